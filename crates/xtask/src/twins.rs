//! Whether a file of DHCPv4 and a file of DHCPv6 say the same six lines: then what they share belongs above both.

use crate::Problem;
use crate::sizes::is_table;
use crate::tree::Tree;

/// So many equal lines in a row are a twin.
const RUN: usize = 6;

/// Looks for runs of lines that are equal once names, numbers and texts no longer say which family they are of.
///
/// Tables are left out: their rows look alike, and each says something else.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let of = |family: char| -> Vec<(&str, Vec<Line>)> {
        let ours = tree.sources().filter(|(name, text)| family_of(name) == Some(family) && !is_table(text));
        ours.map(|(name, text)| (name, lines(text))).collect()
    };
    let (fours, sixes) = (of('4'), of('6'));
    let mut problems = Vec::new();
    for (four, ours) in &fours {
        for (six, theirs) in &sixes {
            if let Some((here, there)) = twin(ours, theirs) {
                problems.push(Problem::new(format!("{four}:{here}"), format!("says what {six}:{there} says")));
            }
        }
    }
    problems
}

/// Says how much of the code is of one family: in files and folders that are named for it.
pub(crate) fn share(tree: &Tree) -> String {
    let (mut all, mut by) = (0_usize, [('4', 0_usize), ('6', 0)]);
    for (name, text) in tree.sources() {
        let count = lines(text).len();
        all += count;
        by.iter_mut().filter(|(family, _)| family_of(name) == Some(*family)).for_each(|(_, lines)| *lines += count);
    }
    let [(_, four), (_, six)] = by;
    let percent = |part: usize| format!("{}.{}", part * 100 / all.max(1), part * 1000 / all.max(1) % 10);
    format!(
        "{all} lines of code without tests: DHCPv4 alone {four} ({} %), DHCPv6 alone {six} ({} %)",
        percent(four),
        percent(six)
    )
}

/// Says for which family a file is named: `v4/x.rs`, `v4.rs`, `clients4.rs`.
fn family_of(name: &str) -> Option<char> {
    let parts = name.strip_suffix(".rs").unwrap_or(name).split('/').collect::<Vec<_>>();
    let is_of = |family: &char| {
        let folder = ['v', *family].iter().collect::<String>();
        parts.contains(&folder.as_str()) || parts.last().is_some_and(|stem| stem.ends_with(*family))
    };
    ['4', '6'].into_iter().find(is_of)
}

/// A line that counts, and its number.
struct Line {
    number: usize,
    text: String,
}

/// Drops comments, imports, lone brackets and the tests, and folds what differs between twins.
fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.starts_with("//") && !line.starts_with("use ") && line.len() > 3)
        .map(|(number, line)| Line { number, text: folded(line) })
        // Rows of texts and numbers are data.
        .filter(|line| line.text.contains(char::is_alphabetic))
        .collect()
}

/// Takes texts for one text, numbers for one number, and the family's digit in a name for one digit.
fn folded(line: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(character) = rest.next() {
        let in_name = before.is_alphanumeric() || before == '_';
        match character {
            '"' => {
                let mut escaped = false;
                for inside in rest.by_ref() {
                    if inside == '"' && !escaped {
                        break;
                    }
                    escaped = inside == '\\' && !escaped;
                }
                out.push('"');
            }
            '0'..='9' if !in_name => {
                while rest.next_if(|next| next.is_alphanumeric() || *next == '_').is_some() {}
                out.push('0');
            }
            '4' | '6' => out.push('#'),
            other => out.push(other),
        }
        before = character;
    }
    out
}

fn twin(ours: &[Line], theirs: &[Line]) -> Option<(usize, usize)> {
    for here in ours.windows(RUN) {
        for there in theirs.windows(RUN) {
            if here.iter().zip(there).all(|(a, b)| a.text == b.text) {
                return Some((here.first()?.number, there.first()?.number));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u8) -> String {
        format!("let v6_{n}x = read6({n}, \"say \\\"{n}\\\"\");")
    }

    #[test]
    fn six_lines_that_differ_only_in_the_family_are_a_twin() {
        let six = [0, 1, 2, 3, 4, 5].map(line).join("\n");
        let four = format!("fn read() {{\n{}", six.replace('6', "4").replace("say", "tell").replace("(3,", "(77,"));
        let found = check(&Tree::of(&[("crates/a/src/v4/x.rs", &four), ("crates/a/src/clients6.rs", &six)]));
        assert_eq!(found, [Problem::new("crates/a/src/v4/x.rs:2", "says what crates/a/src/clients6.rs:1 says")]);
        let five = [0, 1, 2, 3, 4].map(line).join("\n");
        assert!(check(&Tree::of(&[("crates/a/src/v4/x.rs", &four), ("crates/a/src/v6/y.rs", &five)])).is_empty());
    }

    #[test]
    fn a_table_is_no_twin_and_lines_with_other_names_are_none() {
        let six = [0, 1, 2, 3, 4, 5].map(line).join("\n");
        let table = format!("//! Codes. A table: one row each.\n{six}");
        assert!(check(&Tree::of(&[("crates/a/src/v4/x.rs", &table), ("crates/a/src/v6/y.rs", &six)])).is_empty());
        let other = six.replace("read6", "peek6");
        assert!(check(&Tree::of(&[("crates/a/src/v4/x.rs", &other), ("crates/a/src/v6/y.rs", &six)])).is_empty());
    }

    #[test]
    fn the_share_of_a_family_is_counted_in_its_files() {
        let tree = Tree::of(&[("a/v4/x.rs", "first();\n// no\nsecond();"), ("a/b.rs", "third();\n}\nfourth();")]);
        assert_eq!(share(&tree), "4 lines of code without tests: DHCPv4 alone 2 (50.0 %), DHCPv6 alone 0 (0.0 %)");
    }
}
