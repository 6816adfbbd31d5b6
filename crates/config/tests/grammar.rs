//! The grammar's table against the list of all keywords of Kea.

use std::collections::BTreeMap;

use config::grammar::{self, Key, Kind, MapRule, Status};
use model::Family;

/// Path, type and status of each keyword.
fn keywords(family: Family) -> Vec<(String, String, String)> {
    let text = family.pick(include_str!("data/keywords4.csv"), include_str!("data/keywords6.csv"));
    text.lines()
        .skip(1)
        .map(|line| {
            let mut fields = line.splitn(3, ',').map(str::to_owned);
            (
                fields.next().unwrap_or_default().replace("[]", ""),
                fields.next().unwrap_or_default(),
                fields.next().unwrap_or_default(),
            )
        })
        .collect()
}

fn walk(rule: &'static MapRule, path: &str, found: &mut BTreeMap<String, &'static Key>) {
    for key in rule.keys() {
        let path = if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) };
        if let Kind::Map(inner) | Kind::Maps(inner) | Kind::SomeMaps(inner) = &key.kind {
            walk(inner, &path, found);
        }
        assert!(found.insert(path.clone(), key).is_none(), "{path} stands twice in the table");
    }
}

/// The list gives all databases the same keywords; Kea 3.0.4 was seen to refuse these two where they mean nothing.
fn refused_by_kea(path: &str) -> bool {
    let database = |key: &str| path.ends_with(key).then(|| !path.contains("hosts-database"));
    database("database.readonly").or_else(|| database("databases.readonly")).unwrap_or(false)
        || (path.ends_with(".max-row-errors") && !path.contains("lease-database"))
}

fn type_of(key: &Key) -> String {
    let words = |words: &[&str]| words.join("|");
    match &key.kind {
        Kind::Integer => "integer".to_owned(),
        Kind::Real => "real".to_owned(),
        Kind::Boolean => "boolean".to_owned(),
        Kind::String | Kind::Expression | Kind::Comment | Kind::Checks { .. } => "string".to_owned(),
        Kind::Word(choice) | Kind::ReplaceName(choice) => format!("enum({})", words(choice.words)).to_lowercase(),
        Kind::Map(_) | Kind::Free | Kind::UserContext => "map".to_owned(),
        Kind::Maps(_) | Kind::SomeMaps(_) => "list of maps".to_owned(),
        Kind::Strings => "list of strings".to_owned(),
        Kind::SomeStrings(choice) => format!("list of {}|string", words(choice.words)),
        Kind::SomeWords(choice) => format!("list of {}", words(choice.words)),
        Kind::Values => "list of any".to_owned(),
        Kind::Anything => "any".to_owned(),
    }
}

#[test]
fn every_keyword_of_kea_is_in_the_table_with_its_type_and_nothing_else_is() {
    for family in [Family::V4, Family::V6] {
        let mut found = BTreeMap::new();
        walk(grammar::top(family), "", &mut found);
        for (path, kind, status) in keywords(family) {
            if refused_by_kea(&path) {
                continue;
            }
            let key = found.remove(&path).unwrap_or_else(|| panic!("{path} is not in the table"));
            let kind = if kind.starts_with("enum") { kind.to_lowercase() } else { kind };
            assert_eq!(type_of(key), kind, "{path}");
            assert_eq!(key.status == Status::Later, status == "added after 3.0.4", "{path}");
            if status == "deprecated" {
                assert_ne!(key.status, Status::Current, "{path}");
            }
        }
        found.retain(|_, key| key.name != "output_options");
        let rest: Vec<&String> = found.keys().filter(|path| !path.contains("output_options.")).collect();
        assert!(rest.is_empty(), "more than Kea has: {rest:?}");
    }
}

#[test]
fn a_map_is_found_by_its_path() {
    let pools = grammar::map(Family::V6, "Dhcp6.shared-networks[].subnet6[].pools[]").unwrap();
    assert_eq!(pools.name, "pools");
    assert_eq!(grammar::map(Family::V6, "Dhcp6.subnet6").unwrap().name, "subnet6");
    assert!(grammar::map(Family::V4, "Dhcp4.subnet6").is_none());
}

#[test]
fn a_misspelt_keyword_has_near_ones() {
    let subnet = grammar::map(Family::V6, "Dhcp6.subnet6").unwrap();
    assert_eq!(grammar::suggestions(subnet, "renew-timr"), ["renew-timer"]);
    assert_eq!(grammar::suggestions(subnet, "zork"), [""; 0]);
    assert!(grammar::places(Family::V6, "pd-pools").contains(&"Dhcp6.subnet6[]".to_owned()));
}
