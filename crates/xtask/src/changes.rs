//! Whether every file in `changes/` is a release note.

use crate::Problem;
use crate::tree::Tree;

const KINDS: [&str; 5] = ["added", "changed", "fixed", "removed", "security"];
const LONGEST_TITLE: usize = 100;
const LONGEST_LINE: usize = 120;

/// Looks for files that are not `KIND: sentence`, an empty line, and text for operators.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    tree.files()
        .iter()
        .filter_map(|(name, text)| Some((name, name.strip_prefix("changes/")?, text)))
        .filter(|(_, short, _)| *short != "README.md")
        .flat_map(|(name, short, text)| {
            faults(short, text).into_iter().map(|fault| Problem::new(name, fault)).collect::<Vec<_>>()
        })
        .collect()
}

fn faults(name: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let slug = name.strip_suffix(".md").unwrap_or_default();
    if slug.is_empty() || !slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        faults.push("is not named with lower-case words, hyphens and .md".to_owned());
    }
    let mut lines = text.lines();
    let title = lines.next().unwrap_or_default();
    let sentence = title.split_once(": ").filter(|(kind, _)| KINDS.contains(kind)).map(|(_, sentence)| sentence);
    match sentence {
        None => faults.push(format!("does not begin with one of {} and a colon", KINDS.join(", "))),
        Some(sentence) if sentence.is_empty() || sentence.ends_with('.') => {
            faults.push("has a title that is empty or ends with a full stop".to_owned());
        }
        Some(_) if title.len() > LONGEST_TITLE => faults.push(format!("has a title above {LONGEST_TITLE} characters")),
        Some(_) => {}
    }
    if lines.next().is_none_or(|line| !line.is_empty()) || lines.all(|line| line.trim().is_empty()) {
        faults.push("has no empty line and text after its title".to_owned());
    }
    if text.lines().any(|line| line.chars().count() > LONGEST_LINE) {
        faults.push(format!("has a line above {LONGEST_LINE} characters"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_note_has_a_kind_a_title_and_a_text() {
        assert!(faults("kea-dhcp6.md", "added: kea-dhcp6 serves leases\n\nStart it as before.\n").is_empty());
    }

    #[test]
    fn a_note_without_kind_or_text_is_a_breach() {
        assert_eq!(faults("Kea.txt", "kea-dhcp6 serves leases\n").len(), 3);
    }
}
