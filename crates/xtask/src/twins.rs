//! Whether a file in `v4/` and a file in `v6/` say the same six lines: then what they share belongs above both.

use crate::Problem;
use crate::tree::Tree;

/// So many equal lines in a row are a twin.
const RUN: usize = 6;

/// Looks for runs of equal lines between the two families, digits 4 and 6 taken as one.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let of = |folder: &str| -> Vec<(String, Vec<Line>)> {
        let family = |name: &str| name.split('/').any(|part| part == folder);
        tree.sources().filter(|(name, _)| family(name)).map(|(name, text)| (name.to_owned(), lines(text))).collect()
    };
    let (fours, sixes) = (of("v4"), of("v6"));
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

/// A line that counts, and its number.
struct Line {
    number: usize,
    text: String,
}

/// Drops comments, imports, lone brackets and the tests; folds the family's digit.
fn lines(text: &str) -> Vec<Line> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(|(_, line)| !line.starts_with("//") && !line.starts_with("use ") && line.len() > 3)
        .map(|(number, line)| Line { number, text: line.replace(['4', '6'], "#") })
        .collect()
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

    #[test]
    fn six_lines_that_differ_only_in_the_family_are_a_twin() {
        let line = |n: u8| format!("let v6_{n} = read6({n});");
        let six = [0, 1, 2, 3, 4, 5].map(line).join("\n");
        let four = format!("fn read() {{\n{}", six.replace('6', "4"));
        let found = check(&Tree::of(&[("crates/a/src/v4/x.rs", &four), ("crates/a/src/v6/y.rs", &six)]));
        assert_eq!(found, [Problem::new("crates/a/src/v4/x.rs:2", "says what crates/a/src/v6/y.rs:1 says")]);
        let five = [0, 1, 2, 3, 4].map(line).join("\n");
        assert!(check(&Tree::of(&[("crates/a/src/v4/x.rs", &four), ("crates/a/src/v6/y.rs", &five)])).is_empty());
    }
}
