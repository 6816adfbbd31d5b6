//! The tables of standard options against the list they were made from.

use wire::Family;
use wire::option::{Definition, standard};

fn line(row: &Definition) -> String {
    let record: Vec<&str> = row.record.iter().map(|kind| kind.name()).collect();
    let encapsulates = row.encapsulates.as_deref().unwrap_or_default();
    let (space, code, name, kind) = (&row.space, row.code, &row.name, row.kind);
    format!("{space},{code},{name},{kind},{},{},{encapsulates},{}", row.array, record.join(";"), row.configurable)
}

fn compare(family: Family, list: &str) {
    let mut ours: Vec<String> = standard::all(family).map(line).collect();
    let mut listed: Vec<&str> = list.lines().skip(1).collect();
    ours.sort();
    listed.sort_unstable();
    assert_eq!(ours, listed);
}

#[test]
fn the_tables_have_every_listed_option_and_no_other() {
    compare(Family::V4, include_str!("data/options4.csv"));
    compare(Family::V6, include_str!("data/options6.csv"));
}

#[test]
fn every_standard_option_is_found_by_code_and_by_name_and_is_a_definition_one_could_write() {
    for family in [Family::V4, Family::V6] {
        let definitions = wire::option::Definitions::new(family);
        for row in standard::all(family) {
            assert_eq!(definitions.by_code(&row.space, row.code), Some(row));
            assert_eq!(definitions.by_name(&row.space, &row.name), Some(row));
            let mine = Definition { code: 60_100, space: "mine".into(), ..row.clone() };
            assert_eq!(mine.check(), Ok(()), "{row:?}");
        }
    }
}
