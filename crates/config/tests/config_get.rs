//! `config-get` and the log lines of reading, key by key and line by line as Kea 3.0.4 gave them.

mod surroundings;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use config::json::{Node, Value, parse};
use model::Family;

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/config-get");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "conf"));
    files.sort();
    files
}

fn no_includes(_: &str) -> std::io::Result<String> {
    Err(std::io::Error::other("no such file"))
}

fn read(path: &Path) -> config::Configuration {
    let text = std::fs::read_to_string(path).unwrap();
    surroundings::with(|surroundings| {
        config::from_file_text(Family::V6, "x.conf", &text, &no_includes, surroundings)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            .0
    })
}

fn kea(path: &Path, key: &str) -> Node {
    let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
    parse("kea", &text, &no_includes).root.unwrap().get(key).unwrap().clone()
}

fn compare(at: &str, ours: &Node, theirs: &Node, differences: &mut Vec<String>) {
    match (&ours.value, &theirs.value) {
        (Value::Map(_), Value::Map(_)) => {
            let keys = |node: &Node| -> BTreeSet<String> {
                node.as_map().unwrap().iter().map(|entry| entry.key.clone()).collect()
            };
            for key in keys(ours).union(&keys(theirs)) {
                let at = format!("{at}.{key}");
                match (ours.get(key), theirs.get(key)) {
                    (Some(ours), Some(theirs)) => compare(&at, ours, theirs, differences),
                    (Some(ours), None) => differences.push(format!("{at}: Kea shows nothing, not {:?}", ours.value)),
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
    for path in inputs() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        compare(&name, &read(&path).tree, &kea(&path, "Dhcp6"), &mut differences);
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn the_configuration_hash_is_the_one_kea_computes() {
    let mut differences = Vec::new();
    for path in inputs() {
        let ours = config::hash(Family::V6, &read(&path).tree);
        let theirs = kea(&path, "hash");
        if Some(&*ours) != theirs.as_str() {
            differences.push(format!("{}: {ours}, Kea: {:?}", path.display(), theirs.as_str()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn reading_logs_the_lines_kea_logs_in_its_order() {
    let mut differences = Vec::new();
    for path in inputs() {
        let theirs = std::fs::read_to_string(path.with_extension("log")).unwrap();
        let ours: Vec<String> = read(&path)
            .notices
            .iter()
            .filter(|notice| !notice.id.starts_with("NESTOR"))
            .map(|notice| format!("{} {}", notice.id, notice.text))
            .collect();
        if ours != theirs.lines().collect::<Vec<_>>() {
            differences.push(format!("{}:\n{}\nKea:\n{theirs}", path.display(), ours.join("\n")));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_config_get_shows_can_be_configured_again() {
    for path in inputs() {
        let first = read(&path);
        let text = config::config_file_text(Family::V6, &first.tree);
        let again = surroundings::with(|surroundings| {
            config::from_file_text(Family::V6, "again", &text, &no_includes, surroundings)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
                .0
        });
        let mut differences = Vec::new();
        compare("again", &again.tree, &first.tree, &mut differences);
        differences.retain(|difference| !difference.contains("interfaces-config"));
        assert!(differences.is_empty(), "{}: {differences:?}", path.display());
    }
}
