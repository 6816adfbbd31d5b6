//! `config-get` and the log lines of reading, key by key and line by line as Kea 3.0.4 gave them.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use std::collections::BTreeSet;

    use config::json::{Node, Value, parse};
    use model::Family;

    /// A configuration, what `config-get` showed of it, and what reading it logged.
    struct Case {
        family: Family,
        name: &'static str,
        input: &'static str,
        shown: &'static str,
        log: &'static str,
    }

    macro_rules! case {
        ($family:ident, $folder:literal, $name:literal) => {
            Case {
                family: Family::$family,
                name: concat!($folder, "/", $name),
                input: include_str!(concat!("data/", $folder, "/", $name, ".conf")),
                shown: include_str!(concat!("data/", $folder, "/", $name, ".json")),
                log: include_str!(concat!("data/", $folder, "/", $name, ".log")),
            }
        };
    }

    const CASES: [Case; 26] = [
        case!(V6, "config-get6", "01-options"),
        case!(V6, "config-get6", "02-networks"),
        case!(V6, "config-get6", "03-globals"),
        case!(V6, "config-get6", "04-hosts"),
        case!(V6, "config-get6", "05-sockets"),
        case!(V6, "config-get6", "06-empty"),
        case!(V6, "config-get6", "07-triplets"),
        case!(V6, "config-get6", "08-optiontypes"),
        case!(V6, "config-get6", "09-hostorder"),
        case!(V6, "config-get6", "10-db"),
        case!(V6, "config-get6", "11-pd"),
        case!(V6, "config-get6", "12-misc"),
        case!(V6, "config-get6", "13-rest"),
        case!(V4, "config-get4", "01-options"),
        case!(V4, "config-get4", "02-networks"),
        case!(V4, "config-get4", "03-globals"),
        case!(V4, "config-get4", "04-hosts"),
        case!(V4, "config-get4", "05-empty"),
        case!(V4, "config-get4", "06-triplets"),
        case!(V4, "config-get4", "07-optiontypes"),
        case!(V4, "config-get4", "08-misc"),
        case!(V4, "config-get4", "09-more"),
        case!(V4, "config-get4", "10-netboot"),
        case!(V4, "config-get4", "11-pxe"),
        case!(V4, "config-get4", "12-more-labs"),
        case!(V4, "config-get4", "13-timers"),
    ];

    fn no_includes(_: &str) -> std::io::Result<String> {
        Err(std::io::Error::other("no such file"))
    }

    fn read(case: &Case) -> config::Configuration {
        surroundings::with(|surroundings| {
            config::from_file_text(case.family, "x.conf", case.input, &no_includes, surroundings)
                .unwrap_or_else(|error| panic!("{}: {error}", case.name))
                .0
        })
    }

    fn kea(case: &Case, key: &str) -> Node {
        parse("kea", case.shown, &no_includes).root.unwrap().get(key).unwrap().clone()
    }

    fn compare(at: &str, ours: &Node, theirs: &Node, differences: &mut Vec<String>) {
        match (&ours.value, &theirs.value) {
            (Value::Map(_), Value::Map(_)) => {
                let keys = |node: &Node| -> BTreeSet<String> {
                    node.as_map().unwrap().iter().map(|entry| entry.key.clone().into_owned()).collect()
                };
                for key in keys(ours).union(&keys(theirs)) {
                    let at = format!("{at}.{key}");
                    match (ours.get(key), theirs.get(key)) {
                        (Some(ours), Some(theirs)) => compare(&at, ours, theirs, differences),
                        (Some(ours), None) => {
                            differences.push(format!("{at}: Kea shows nothing, not {:?}", ours.value));
                        }
                        (None, theirs) => differences.push(format!("{at}: missing {:?}", theirs.unwrap().value)),
                    }
                }
            }
            (Value::List(ours), Value::List(theirs)) if ours.len() == theirs.len() => {
                for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                    compare(&format!("{at}[{index}]"), ours, theirs, differences);
                }
            }
            (ours, theirs) if ours == theirs => {}
            (ours, theirs) => differences.push(format!("{at}: {ours:?}, Kea: {theirs:?}")),
        }
    }

    #[test]
    fn every_key_of_config_get_is_as_kea_shows_it() {
        let mut differences = Vec::new();
        for case in &CASES {
            compare(
                case.name,
                &read(case).shown.tree(),
                &kea(case, case.family.pick("Dhcp4", "Dhcp6")),
                &mut differences,
            );
        }
        assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    }

    #[test]
    fn the_configuration_hash_is_the_one_kea_computes() {
        let mut differences = Vec::new();
        for case in &CASES {
            let ours = read(case).shown.hash().to_owned();
            let theirs = kea(case, "hash");
            if Some(&*ours) != theirs.as_str() {
                differences.push(format!("{}: {ours}, Kea: {:?}", case.name, theirs.as_str()));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    #[test]
    fn reading_logs_the_lines_kea_logs_in_its_order() {
        let mut differences = Vec::new();
        for case in &CASES {
            let theirs = case.log;
            let ours: Vec<String> = read(case)
                .notices
                .iter()
                .filter(|notice| !notice.id.starts_with("NESTOR"))
                .map(|notice| format!("{} {}", notice.id, notice.text))
                .collect();
            if ours != theirs.lines().collect::<Vec<_>>() {
                differences.push(format!("{}:\n{}\nKea:\n{theirs}", case.name, ours.join("\n")));
            }
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }

    #[test]
    fn what_config_get_shows_can_be_configured_again() {
        for case in &CASES {
            let first = read(case);
            let text = first.shown.file_text();
            let again = surroundings::with(|surroundings| {
                config::from_file_text(case.family, "again", &text, &no_includes, surroundings)
                    .unwrap_or_else(|error| panic!("{}: {error}", case.name))
                    .0
            });
            let mut differences = Vec::new();
            compare("again", &again.shown.tree(), &first.shown.tree(), &mut differences);
            differences.retain(|difference| !difference.contains("interfaces-config"));
            assert!(differences.is_empty(), "{}: {differences:?}", case.name);
        }
    }
}
