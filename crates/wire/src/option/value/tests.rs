use super::*;
use crate::option::definition::DataType as T;
use crate::option::{decode, standard};

fn definition(kind: T, array: bool, record: &[T]) -> Definition {
    Definition { array, record: record.to_vec().into(), ..Definition::custom("dhcp4", 222, "foo", kind) }
}

fn hex(octets: &[u8]) -> String {
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn outcome(definition: &Definition, text: &str, family: Family) -> String {
    encode(definition, text, family).map_or_else(|error| error.to_string(), |octets| hex(&octets))
}

#[test]
fn single_values_are_encoded_as_kea_sends_them() {
    let cases = [
        (T::Boolean, "True", "01"),
        (T::Boolean, "01", "01"),
        (T::Boolean, " true ", "01"),
        (T::Uint8, "+5", "05"),
        (T::Uint8, "5,6", "05"),
        (T::Uint8, "08", "08"),
        (T::Uint8, "0X10", "10"),
        (T::Int8, "-0x5", "fb"),
        (T::Ipv4Address, "2001:db8::1", "20010db8"),
        (T::Ipv6Address, "::ffff:1.2.3.4", "00000000000000000000ffff01020304"),
        (T::Ipv6Prefix, "2001:db8::1/32", "2020010db8"),
        (T::Ipv6Prefix, "::/0", "00"),
        (T::Ipv6Prefix, "2001:dbff::/27", "1b2001dbe0"),
        (T::Psid, "8/4", "048000"),
        (T::Psid, "3/0", "000000"),
        (T::Psid, "5/3", "03a000"),
        (T::Psid, "65535/16", "10ffff"),
        (T::Psid, "1 0/ 4", "04a000"),
        (T::Ipv6Prefix, "2001 :db8::/3 2", "2020010db8"),
        (T::Ipv6Prefix, "2001:db8::/0x20", "2020010db8"),
        (T::Psid, " 0x3 / 4 ", "043000"),
        (T::String, "a\\,b", "612c62"),
        (T::String, "a\\b", "615c62"),
        (T::String, "a\\", "615c"),
        (T::String, "a\\\\b", "615c62"),
        (T::String, "a,b", "61"),
        (T::String, " a b ", "612062"),
        (T::Fqdn, "a\\xb", "0361786200"),
        (T::Fqdn, "Example.ORG", "074578616d706c65034f524700"),
        (T::Fqdn, "a.b.", "0161016200"),
        (T::Binary, "01 02", "0102"),
        (T::Binary, "0aFF", "0aff"),
        (T::Empty, "", ""),
    ];
    for (kind, text, octets) in cases {
        assert_eq!(outcome(&definition(kind, false, &[]), text, Family::V6), octets, "{kind} {text}");
    }
}

#[test]
fn lists_and_records_are_encoded_as_kea_sends_them() {
    use T::{Binary, Fqdn, Ipv6Prefix, Psid, Record, String, Tuple, Uint8, Uint16};
    let cases: [(T, bool, &[T], &str, &str); 14] = [
        (Uint8, true, &[], "1,2,", "0102"),
        (Uint8, true, &[], ",1,,2", "0102"),
        (Fqdn, true, &[], "a.b,c.d", "01610162000163016400"),
        (Tuple, true, &[], "a\\,b,c", "0003612c62000163"),
        (Tuple, true, &[], "a,bc,d e", "000161000262630003642065"),
        (Psid, true, &[], "3/4,5/4", "043000045000"),
        (Ipv6Prefix, true, &[], "2001:db8::/32,2001:db8:1::/48", "2020010db83020010db80001"),
        (Record, false, &[Uint8, String], "1,abc,def", "01616263"),
        (Record, false, &[Uint8, String], "1, ", "01"),
        (Record, false, &[Uint8, Fqdn, Uint8], "1,a.b,3,4", "01016101620003"),
        (Record, true, &[Uint8, Uint16], "1,2,3,4", "01000200030004"),
        (Record, false, &[Uint8, Binary], "1,0102", "010102"),
        (Record, false, &[Psid, Uint8], "3/4,1", "04300001"),
        (Record, false, &[Ipv6Prefix, Uint8], "2001:db8::/20,9", "1420010009"),
    ];
    for (kind, array, record, text, octets) in cases {
        assert_eq!(outcome(&definition(kind, array, record), text, Family::V6), octets, "{kind} {text}");
    }
}

fn refused(cases: &[(T, &str, &str)]) {
    for (kind, text, why) in cases {
        assert_eq!(outcome(&definition(*kind, false, &[]), text, Family::V4), *why, "{kind} {text}");
    }
}

#[test]
fn what_does_not_fit_is_refused_in_keas_words() {
    let cases = [
        (T::Boolean, "maybe", "unable to covert the value 'maybe' to boolean data type"),
        (T::Boolean, "2", "unable to convert '2' to boolean data type"),
        (T::Boolean, "0x1", "unable to covert the value '0x1' to boolean data type"),
        (
            T::Uint8,
            "256",
            "unable to convert '256' to numeric type. This value is expected to be in the range of 0..255",
        ),
        (
            T::Uint8,
            "abc",
            "unable to convert 'abc' to numeric type. This value is expected to be in the range of 0..255",
        ),
        (
            T::Uint8,
            "1e2",
            "unable to convert '1e2' to numeric type. This value is expected to be in the range of 0..255",
        ),
        (
            T::Int8,
            "-129",
            "unable to convert '-129' to numeric type. This value is expected to be in the range of -128..127",
        ),
        (
            T::Uint32,
            "-1",
            "unable to convert '-1' to numeric type. This value is expected to be in the range of 0..4294967295",
        ),
        (T::Uint8, "0xFG", "unable to convert the value '0xFG' to integer data type"),
        (T::Uint8, "0x-5", "unable to convert the value '0x-5' to integer data type"),
        (T::Uint8, "- 5", "unable to convert the value '- 5' to integer data type"),
        (T::Uint8, " ", "unable to convert the value '' to integer data type"),
        (T::Uint32, "9223372036854775808", "unable to convert the value '9223372036854775808' to integer data type"),
        (T::Uint8, "", "no option value specified"),
        (T::Uint8, ",", "no option value specified"),
        (T::Empty, "x", "attempt to write invalid option data field type into the option buffer: 0"),
    ];
    refused(&cases);
}

#[test]
fn addresses_and_names_that_do_not_fit_are_refused_in_keas_words() {
    let cases = [
        (T::Ipv4Address, "1.2.3.4.5", "Failed to convert string to address '1.2.3.4.5': Invalid argument"),
        (T::Ipv6Address, "1.2.3.4", "option buffer truncated"),
        (T::Ipv6Prefix, "2001:db8::", "provided address/prefix 2001:db8:: is not valid."),
        (T::Ipv6Prefix, "2001:db8::/129", "bad prefix_len 129, allowed range is [0..128]"),
        (T::Ipv6Prefix, "2001:db8::/300", "provided prefix 300 is not valid."),
        (T::Ipv6Prefix, "2001:db8::/-1", "provided prefix -1 is not valid."),
        (T::Ipv6Prefix, "1.2.3.4/24", "provided address 1.2.3.4 is not a valid IPv4 or IPv6 address."),
        (T::Ipv6Prefix, "/32", "Failed to convert string to address '': Invalid argument"),
        (T::Psid, "3", "provided PSID value 3 is not valid"),
        (T::Psid, "3/17", "invalid value 17 of PSID length"),
        (T::Psid, "16/4", "invalid PSID value 16 for a specified PSID length 4"),
        (T::Psid, "70000/16", "provided PSID 70000 is not valid"),
        (T::Psid, "3/256", "provided PSID length 256 is not valid"),
        (T::String, " ", "failed to parse an option '222' holding string value' was empty or contained only nuls"),
        (T::Fqdn, ".", "option buffer truncated"),
        (T::Fqdn, "a b", "option buffer truncated"),
        (T::Fqdn, " ", "incomplete textual name in <empty>"),
        (T::Fqdn, "..", "non terminating empty label in .."),
        (T::Fqdn, "a.b..", "duplicate period in a.b.."),
        (T::Fqdn, "a\\256", "escaped decimal is too large in a\\256"),
        (T::Fqdn, "a\\1b", "mixture of escaped digit and non-digit in a\\1b"),
        (T::Binary, "0aF", "unable to cast 0aF to binary data type: non-zero bits left over 0aF"),
        (T::Binary, "0", "unable to cast 0 to binary data type: Incomplete input for base16: 0"),
        (
            T::Binary,
            "zz",
            "unable to cast zz to binary data type: attempt to decode a value not in base16 char set: zz",
        ),
    ];
    refused(&cases);
    let list = definition(T::Uint8, true, &[]);
    assert_eq!(outcome(&list, ",", Family::V4), "option 222 empty");
    let record = definition(T::Record, false, &[T::Uint8, T::String]);
    assert_eq!(
        outcome(&record, "1,", Family::V4),
        "number of data fields for the option type '222' is greater than number of values provided."
    );
    let tuple = definition(T::Tuple, false, &[]);
    assert_eq!(outcome(&tuple, &"a".repeat(256), Family::V4), "invalid tuple value (size 256 larger than 255)");
}

#[test]
fn options_with_a_form_of_their_own_are_encoded_and_refused_as_kea_does() {
    let routes = standard::by_code(Family::V4, "dhcp4", 121).unwrap();
    let v4_dnr = standard::by_code(Family::V4, "dhcp4", 162).unwrap();
    let v6_dnr = standard::by_code(Family::V6, "dhcp6", 144).unwrap();
    let cases = [
        (routes, "10.0.0.0/8 - 10.0.0.1, 0.0.0.0/0 - 10.0.0.2", "080a0a000001000a000002"),
        (
            routes,
            "10.0.0.0/33-1.2.3.4",
            "DHCPv4 OptionClasslessStaticRoute 121 has invalid value, provided prefix len 33 is not valid. Error: Provided IPv4 prefix len is out of 0-32 range.",
        ),
        (routes, "x", "DHCPv4 OptionClasslessStaticRoute 121 has invalid length=1, must be at least 5."),
        (
            routes,
            "10.0.0.0/8-::1",
            "DHCPv4 OptionClasslessStaticRoute 121 has invalid value, provided router address ::1 is not a valid IPv4 address. Error: This is not IPv4 address.",
        ),
        (v6_dnr, "10, A.org", "000a00070161036f726700"),
        (v6_dnr, "10, .", "000a000100"),
        (
            v6_dnr,
            "10, a.org., 2001:db8::1, port=853 alpn=dot\\,doq dohpath=/q{?dns}",
            "000a00070161036f726700001020010db80000000000000000000000010001000803646f7403646f71000300020355000700082f717b3f646e737d",
        ),
        (
            v6_dnr,
            "10",
            "DHCPv6 Encrypted DNS Option (144) malformed: Option config requires at least comma separated Service Priority and ADN",
        ),
        (
            v6_dnr,
            "10, a.org., x, alpn=dot",
            "DHCPv6 Encrypted DNS Option (144) malformed: Cannot parse IPv6 address from given value: x. Error: Failed to convert string to address 'x': Invalid argument",
        ),
        (
            v4_dnr,
            "10, a.org., 10.0.0.1 10.0.0.2, port=853 alpn=dot\\,doq | 20, b.org.",
            "0025000a070161036f726700080a0000010a0000020001000803646f7403646f71000300020355000a0014070162036f726700",
        ),
        (standard::by_code(Family::V4, "dhcp4", 143).unwrap(), "abc,de", "000361626300026465"),
        (
            v4_dnr,
            "10, a..b",
            "DHCPv4 Encrypted DNS Option (162) malformed: Cannot parse ADN FQDN from given value: a..b. Error: duplicate period in a..b",
        ),
        (
            v4_dnr,
            "10, a.org., 10.0.0.1, alpn=dot alpn=doq",
            "DHCPv4 Encrypted DNS Option (162) malformed: Wrong Svc Params syntax - key alpn is duplicated.",
        ),
    ];
    for (definition, text, expected) in cases {
        let family = if definition.space == "dhcp4" { Family::V4 } else { Family::V6 };
        assert_eq!(outcome(definition, text, family), expected, "{text}");
    }
}

#[test]
fn a_vendor_class_is_refused_in_keas_words_when_its_octets_are_no_tuples() {
    let v4 = standard::by_code(Family::V4, "dhcp4", 124).unwrap();
    let v6 = standard::by_code(Family::V6, "dhcp6", 16).unwrap();
    let cases = [
        (v6, "4491, ", "0000118b"),
        (v6, "4491,000161", "0000118b000161"),
        (v6, "4491,00", "unable to parse the opaque data tuple, the buffer length is 1, expected at least 2"),
        (
            v6,
            "4491,0261620161",
            "unable to parse the opaque data tuple, the buffer length is 3, but the tuple length is 609",
        ),
        (v4, "4491,0161,02", "0000118b0161"),
        (v4, "4491,01", "unable to parse the opaque data tuple, the buffer length is 0, but the tuple length is 1"),
        (v4, "4491,000161", "Expected buffer to be long enough to read a 4-byte integer, but got 2 bytes instead"),
        (v4, "4491,0001610001", "V-I Vendor Class option with two different enterprise ids: 4491 and 23134209"),
    ];
    for (definition, text, expected) in cases {
        let family = if definition.space == "dhcp4" { Family::V4 } else { Family::V6 };
        assert_eq!(outcome(definition, text, family), expected, "{text}");
    }
}

#[test]
fn service_parameters_are_refused_in_keas_words() {
    let dnr = standard::by_code(Family::V6, "dhcp6", 144).unwrap();
    let cases = [
        (
            "alpn=h2",
            "dohpath SvcParam missing. When alpn SvcParam indicates support for HTTP, dohpath must be present.",
        ),
        ("alpn=radius/1.1", "alpn-id radius/1.1 not found in ALPN-IDs registry"),
        ("dohpath=x", "dohpath SvcParamValue URI Template MUST contain a 'dns' variable."),
        ("ipv4hint=1", "key ipv4hint must not be used"),
        ("ech=1", "key ech not supported in DNR option SvcParams"),
        ("pvd=1", "key pvd not found in SvcParamKeys registry"),
        ("port=", "SvcParamKey=SvcParamValue pair syntax must be used"),
    ];
    for (parameters, why) in cases {
        let text = format!("1, a.b, ::1, {parameters}");
        let expected = format!("DHCPv6 Encrypted DNS Option (144) malformed: Wrong Svc Params syntax - {why}");
        assert_eq!(outcome(dnr, &text, Family::V6), expected);
    }
    assert!(outcome(dnr, "1, a.b, ::1%lo, port=-5 alpn=dot\\,", Family::V6).ends_with("0001000403646f7400030002fffb"));
}

#[test]
fn a_value_without_a_text_form_is_said_to_have_none() {
    let text = definition(T::String, false, &[]);
    for octets in [&b" a"[..], b"\xff", b"", b"\0"] {
        assert!(decode(&text, octets, Family::V6).is_err(), "{octets:?}");
    }
    assert!(decode(&definition(T::Psid, false, &[]), &[4, 0x3f, 0], Family::V6).is_err());
    assert_eq!(decode(&text, b"a,b\\", Family::V6).unwrap(), "a\\,b\\\\");
}
