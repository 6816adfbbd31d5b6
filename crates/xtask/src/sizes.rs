//! How long a source file may be.

use crate::Problem;
use crate::tree::Tree;

/// The most lines a source file may have, tests included.
const LIMIT: usize = 800;

/// What the first line of a file says that is a table and may be longer.
const TABLE: &str = "A table:";

/// Looks for sources that are too long and no tables.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let long = |text: &str| text.lines().count() > LIMIT && !is_table(text);
    tree.sources()
        .filter(|(_, text)| long(text))
        .map(|(name, text)| Problem::new(name, format!("{} lines, {LIMIT} are allowed", text.lines().count())))
        .collect()
}

/// Says whether a source calls itself a table.
pub(crate) fn is_table(text: &str) -> bool {
    text.lines().next().is_some_and(|line| line.contains(TABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_a_breach_unless_it_says_that_it_is_a_table() {
        let long = "//! Does things.\n".repeat(801);
        let table = format!("//! All codes. A table: nothing to read top-down.\n{long}");
        let found = check(&Tree::of(&[("crates/a/src/long.rs", &long), ("crates/a/src/table.rs", &table)]));
        assert_eq!(found, [Problem::new("crates/a/src/long.rs", "801 lines, 800 are allowed")]);
    }
}
