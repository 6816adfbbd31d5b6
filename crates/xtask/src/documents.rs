//! Whether the paths that ARCHITECTURE.md names are there.

use crate::Problem;
use crate::tree::Tree;

const FILE: &str = "ARCHITECTURE.md";

/// Looks for named paths that do not exist; a path may leave out the leading `crates/`.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let text = tree.text(FILE);
    if text.is_empty() {
        return vec![Problem::new(FILE, "is missing")];
    }
    paths(text)
        .filter(|path| !tree.has(path) && !tree.has(&format!("crates/{path}")))
        .map(|path| Problem::new(FILE, format!("names `{path}`, which does not exist")))
        .collect()
}

/// Picks the relative paths out of the back-quoted words.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let plain = |word: &&str| word.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c));
    let path = |word: &&str| word.contains('/') && !word.starts_with('/') && !word.contains("//");
    text.split('`').skip(1).step_by(2).filter(plain).filter(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_not_there_is_a_breach_and_system_paths_are_none() {
        let text =
            "Open `engine/src/grant.rs` or `crates/wire/`, not `engine/src/grnt.rs`; leases are in `/var/lib/kea`.";
        let tree = Tree::of(&[(FILE, text), ("crates/engine/src/grant.rs", ""), ("crates/wire/src/lib.rs", "")]);
        assert_eq!(check(&tree), [Problem::new(FILE, "names `engine/src/grnt.rs`, which does not exist")]);
    }
}
