//! Collects the tags `RFC nnnn §x:` and `Kea:` from the sources' comments into docs/compatibility.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write;

use crate::tree::Tree;
use crate::{Problem, say};

const FILE: &str = "docs/compatibility.md";
const HEAD: &str = "# Where the text decides, and where Kea does\n
Written by `cargo xtask compatibility` from the comments of the sources; do not edit.
`RFC` lines say which section a piece of code follows, `Kea` lines where Kea's behaviour is followed against or beyond an RFC.\n";

/// One tagged sentence and the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Tag {
    section: Section,
    text: String,
    file: String,
}

/// What a tag cites.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Rfc { number: u32, parts: Vec<u32>, section: String },
    Kea,
}

/// Compares the file with what the sources say.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    if tree.text(FILE) == page(tree) {
        Vec::new()
    } else {
        vec![Problem::new(FILE, "is not what the sources say: run `cargo xtask compatibility`")]
    }
}

/// Rewrites the file.
pub(crate) fn rewrite(tree: &Tree, out: &mut dyn Write) -> Result<(), String> {
    let file = tree.root().join(FILE);
    let page = page(tree);
    file.parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| std::fs::write(&file, &page))
        .map_err(|error| format!("cannot write {FILE}: {error}"))?;
    say(out, &format!("{FILE}: {} tags", page.lines().filter(|line| line.starts_with("- ")).count()))
}

fn page(tree: &Tree) -> String {
    let mut chapters: BTreeMap<String, BTreeSet<Tag>> = BTreeMap::new();
    for (file, text) in tree.sources().filter(|(file, _)| !file.starts_with("crates/xtask/")) {
        for tag in tags(file, text) {
            let chapter = match &tag.section {
                Section::Rfc { number, .. } => format!("RFC {number:04}"),
                Section::Kea => "Kea".to_owned(),
            };
            chapters.entry(chapter).or_default().insert(tag);
        }
    }
    let mut page = HEAD.to_owned();
    for (chapter, tags) in &chapters {
        page.extend(["\n## ", chapter, "\n\n"]);
        for Tag { section, text, file } in tags {
            let section =
                if let Section::Rfc { section, .. } = section { format!("§{section} ") } else { String::new() };
            if writeln!(page, "- {section}{text} (`{file}`)").is_err() {
                return page;
            }
        }
    }
    page
}

/// Finds the tags of one file; a tag's text goes on to the end of its paragraph.
fn tags(file: &str, source: &str) -> Vec<Tag> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut open = false;
    for line in source.lines().map(str::trim) {
        let comment = line.strip_prefix("//").map(|rest| rest.trim_start_matches(['/', '!']).trim());
        let Some(comment) = comment.filter(|comment| !comment.is_empty()) else {
            open = false;
            continue;
        };
        if let Some((section, text)) = tag(comment) {
            tags.push(Tag { section, text: text.to_owned(), file: file.to_owned() });
            open = true;
        } else if open && let Some(last) = tags.last_mut() {
            last.text.push(' ');
            last.text.push_str(comment);
        }
    }
    tags
}

fn tag(comment: &str) -> Option<(Section, &str)> {
    if let Some(text) = comment.strip_prefix("Kea: ") {
        return Some((Section::Kea, text));
    }
    let (number, rest) = comment.strip_prefix("RFC ")?.split_once(" §")?;
    let (section, text) = rest.split_once(": ")?;
    let known = section.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let parts = section.split('.').map(|part| part.parse().unwrap_or(0)).collect();
    known.then_some((Section::Rfc { number: number.parse().ok()?, parts, section: section.to_owned() }, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "/// Answers.\n///\n/// RFC 8415 §18.3.10: a client that has\n/// no lease.\n\n// Kea: answers anyway.\nfn f() {}\n// RFC 8415 §9.1: first.\n";

    #[test]
    fn tags_are_sorted_by_document_and_section_with_their_whole_sentence() {
        let page = page(&Tree::of(&[("crates/a/src/x.rs", SOURCE)]));
        let lines: Vec<&str> = page.lines().skip_while(|line| !line.starts_with("## ")).collect();
        assert_eq!(
            lines,
            [
                "## Kea",
                "",
                "- answers anyway. (`crates/a/src/x.rs`)",
                "",
                "## RFC 8415",
                "",
                "- §9.1 first. (`crates/a/src/x.rs`)",
                "- §18.3.10 a client that has no lease. (`crates/a/src/x.rs`)",
            ]
        );
    }

    #[test]
    fn a_mention_of_an_rfc_without_a_section_and_colon_is_no_tag() {
        assert!(tags("x.rs", "/// See RFC 8415 §9.\n/// RFC 8415 says so.\n").is_empty());
    }
}
