use super::*;

fn record_of(fields: &[DataType], array: bool) -> Definition {
    Definition { record: Cow::Owned(fields.to_vec()), array, ..Definition::custom("x", 1, "foo", DataType::Record) }
}

fn problem(definition: &Definition) -> String {
    definition.check().map_or_else(|error| error.to_string(), |()| "none".to_owned())
}

#[test]
fn a_definition_that_cannot_be_is_refused_in_keas_words() {
    use DataType::{Binary, Internal, Record, String, Tuple, Uint8};
    let base = Definition::custom("dhcp4", 222, "foo", Uint8);
    let cases = [
        (
            record_of(&[], false),
            "invalid number of data fields: 0 specified for the option of type 'record'. Expected at least 2 fields.",
        ),
        (
            record_of(&[Uint8, Record], false),
            "invalid record type values specified for the option definition: attempted to add invalid data type 'record' to the record.",
        ),
        (record_of(&[String, Uint8], false), "string data field can't be laid before data fields of other types."),
        (record_of(&[Binary, Uint8], false), "binary data field can't be laid before data fields of other types."),
        (record_of(&[Uint8, Tuple], false), "none"),
        (record_of(&[Uint8, Internal], false), "internal data type can't be stored as a field in an option record."),
        (record_of(&[Uint8, String], true), "array of strings is not a valid option definition."),
        (
            Definition { array: true, kind: DataType::Empty, ..base.clone() },
            "array of empty value is not a valid option definition.",
        ),
        (
            Definition { record: Cow::Borrowed(&[Uint8]), ..base.clone() },
            "invalid record type values specified for the option definition: 'record' option type must be used instead of 'uint8' to add data fields to the record",
        ),
        (
            Definition { array: true, encapsulates: Some("x".into()), ..base.clone() },
            "option 'dhcp4.foo', comprising an array of data fields may not encapsulate any option space",
        ),
        (
            Definition { encapsulates: Some("dhcp4".into()), ..base.clone() },
            "option must not encapsulate an option space it belongs to: 'dhcp4.foo' is set to encapsulate 'dhcp4'",
        ),
        (
            Definition { encapsulates: Some("a b".into()), ..base.clone() },
            "invalid encapsulated option space name: 'a b'",
        ),
        (Definition { name: "-ab".into(), ..base.clone() }, "invalid option name '-ab'"),
        (Definition { name: "a_b".into(), ..base.clone() }, "none"),
        (Definition { space: "a b".into(), ..base }, "invalid option space name 'a b'"),
    ];
    for (definition, why) in cases {
        assert_eq!(problem(&definition), why, "{definition:?}");
    }
}

fn added(family: Family, space: &str, code: u16, name: &str) -> String {
    let mut definitions = Definitions::new(family);
    let mine = Definition::custom("dhcp4", 222, "mine", DataType::Uint8);
    definitions.add(mine).unwrap();
    let result = definitions.add(Definition::custom(space, code, name, DataType::Uint8));
    result.map_or_else(|error| error.to_string(), |()| "none".to_owned())
}

#[test]
fn a_code_or_name_that_is_taken_is_refused_in_keas_words() {
    use Family::{V4, V6};
    let cases = [
        (V4, "dhcp4", 3, "foo", "unable to override definition of option '3' in standard option space 'dhcp4'"),
        (
            V4,
            "dhcp4",
            223,
            "routers",
            "unable to override definition of option 'routers' in standard option space 'dhcp4'",
        ),
        (
            V4,
            "dhcp-agent-options-space",
            2,
            "foo",
            "unable to override definition of option '2' in standard option space 'dhcp-agent-options-space'",
        ),
        (V4, "dhcp4", 43, "foo", "none"),
        (V4, "dhcp4", 224, "foo", "none"),
        (V4, "dhcp4", 222, "foo", "option definition with code '222' already exists in option space 'dhcp4'"),
        (V4, "dhcp4", 223, "mine", "option definition with name 'mine' already exists in option space 'dhcp4'"),
        (
            V6,
            "s46-cont-mape-options",
            89,
            "foo",
            "unable to override definition of option '89' in standard option space 's46-cont-mape-options'",
        ),
        (V6, "vendor-4491", 32, "foo", "none"),
    ];
    for (family, space, code, name, why) in cases {
        assert_eq!(added(family, space, code, name), why);
    }
}

#[test]
fn a_configured_definition_of_option_43_goes_before_the_last_resort() {
    let mut definitions = Definitions::new(Family::V4);
    assert_eq!(definitions.by_code("dhcp4", 43).unwrap().name, "vendor-encapsulated-options");
    definitions.add(Definition::custom("dhcp4", 43, "mine", DataType::Uint8)).unwrap();
    assert_eq!(definitions.by_code("dhcp4", 43).unwrap().name, "mine");
    assert_eq!(definitions.by_name("dhcp4", "vendor-encapsulated-options").unwrap().code, 43);
}

#[test]
fn a_vendors_definition_goes_before_a_configured_one() {
    let mut definitions = Definitions::new(Family::V6);
    definitions.add(Definition::custom("vendor-4491", 32, "mine", DataType::Uint8)).unwrap();
    assert_eq!(definitions.by_code("vendor-4491", 32).unwrap().name, "tftp-servers");
    assert_eq!(definitions.by_name("docsis3-v6", "device-id").unwrap().code, 36);
}
