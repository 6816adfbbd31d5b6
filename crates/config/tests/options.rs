//! Every row of the two tables of standard options: what it is, its values as text and as octets, each to the other.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use config::Configuration;
    use model::Family;
    use wire::option::{Definition, decode, encode, encode_hex, settle, standard, vendor};

    use super::surroundings;

    const TABLE4: &str = include_str!("data/options4.txt");
    const TABLE6: &str = include_str!("data/options6.txt");

    /// One value of an option.
    struct Case<'a> {
        family: Family,
        definition: &'static Definition,
        form: &'a str,
        text: &'a str,
        octets: &'a str,
    }

    fn tables() -> [(Family, &'static str); 2] {
        [(Family::V4, TABLE4), (Family::V6, TABLE6)]
    }

    fn definition(family: Family, words: &[&str]) -> &'static Definition {
        let (space, code) = (words[1], words[2].parse().unwrap());
        let found = standard::by_code(family, space, code).or_else(|| vendor::by_code(family, space, code));
        let found = found.or_else(|| standard::last_resort_by_code(family, space, code));
        found.unwrap_or_else(|| panic!("no option {words:?}"))
    }

    fn lines(table: &str) -> impl Iterator<Item = &str> {
        table.lines().filter(|line| !line.starts_with('#'))
    }

    fn cases() -> Vec<Case<'static>> {
        let mut cases = Vec::new();
        for (family, table) in tables() {
            let mut current = None;
            for line in lines(table) {
                if let Some((form, rest)) = line.split_once('|') {
                    let (text, octets) = rest.rsplit_once('|').unwrap();
                    cases.push(Case { family, definition: current.unwrap(), form, text, octets });
                } else {
                    current = Some(definition(family, &line.split(' ').collect::<Vec<_>>()));
                }
            }
        }
        cases
    }

    /// Describes a definition as the tables do.
    fn describe(space: &str, definition: &Definition) -> String {
        let Definition { code, name, kind, array, record, encapsulates, .. } = definition;
        let mut text = format!("option {space} {code} {name} {kind}");
        text.push_str(if *array { " array" } else { "" });
        if !record.is_empty() {
            let fields: Vec<String> = record.iter().map(ToString::to_string).collect();
            write!(text, " record {}", fields.join(",")).unwrap();
        }
        if let Some(inside) = encapsulates {
            write!(text, " encapsulates {inside}").unwrap();
        }
        text
    }

    fn hex(octets: &[u8]) -> String {
        octets.iter().fold(String::new(), |mut text, octet| {
            write!(text, "{octet:02x}").unwrap();
            text
        })
    }

    fn octets(text: &str) -> Vec<u8> {
        encode_hex(text).unwrap()
    }

    fn read(case: &Case<'_>) -> Configuration {
        let Definition { space, code, name, .. } = case.definition;
        let which = if case.form == "code" { format!("\"code\": {code}") } else { format!("\"name\": \"{name}\"") };
        let csv = match case.form {
            "code" => "",
            "hex" => ", \"csv-format\": false",
            _ => ", \"csv-format\": true",
        };
        let data = case.text.replace('\\', "\\\\");
        let key = case.family.pick("Dhcp4", "Dhcp6");
        let text = format!(
            "{{\"{key}\": {{ \"option-data\": [{{ \"space\": \"{space}\", {which}{csv}, \"data\": \"{data}\" }}] }}}}"
        );
        surroundings::with(|surroundings| {
            let none = |_: &str| Err(std::io::Error::other("no such file"));
            match config::from_file_text(case.family, "x.conf", &text, &none, surroundings) {
                Ok((configuration, _)) => configuration,
                Err(why) => panic!("{text}: {why}"),
            }
        })
    }

    #[test]
    fn every_row_of_the_tables_is_defined_as_it_says() {
        let mut wrong = Vec::new();
        for (family, table) in tables() {
            let rows: Vec<&str> = lines(table).filter(|line| line.starts_with("option ")).collect();
            assert_eq!(rows.len(), family.pick(156, 100));
            for row in rows {
                let words: Vec<&str> = row.split(' ').collect();
                let found = describe(words[1], definition(family, &words));
                if found != row {
                    wrong.push(format!("{row}\n  is {found}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_value_of_every_option_becomes_the_octets_kea_sends() {
        let mut wrong = Vec::new();
        let cases = cases();
        assert!(cases.len() > 2000);
        for case in &cases {
            let Definition { space, code, .. } = case.definition;
            let model = read(case).model;
            let found = model.options.all(space, *code, &[]).next().map(|option| hex(&option.value));
            let expected = case.octets;
            if found.as_deref() != Some(expected) {
                wrong.push(format!("{space} {code} {} {:?}: {found:?}, Kea {expected}", case.form, case.text));
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    }

    #[test]
    fn octets_become_text_that_becomes_the_same_octets() {
        let mut wrong = Vec::new();
        for case in cases() {
            let (definition, before) = (case.definition, octets(case.octets));
            let text = match decode(definition, &before, case.family) {
                Ok(text) => text,
                Err(why) => {
                    wrong.push(format!("{} {} {}: {why}", definition.space, definition.code, case.octets));
                    continue;
                }
            };
            let after = match encode(definition, &text, case.family) {
                Ok(after) => settle(definition, &after, case.family).map_err(|why| why.to_string()),
                Err(why) => Err(why.to_string()),
            };
            if after.as_ref() != Ok(&before) {
                wrong
                    .push(format!("{} {} {} is {text:?} is {after:?}", definition.space, definition.code, case.octets));
            }
        }
        assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    }
}
