//! Whether a tracked file names a place only one machine has.

use crate::Problem;
use crate::tree::Tree;

/// Written in halves, so that this file does not name them.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/tmp/", "wt"), concat!("/tmp/", "target"), concat!("/tmp/", "brief")];
const REGISTRY_HOSTS: [&str; 5] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("deb.debian", ".org"),
    concat!("pypi", ".org"),
    concat!("registry.npmjs", ".org"),
];

/// Looks for paths of the machines the project is written on and for hosts of package registries.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, text) in tree.files() {
        for (number, line) in text.lines().enumerate() {
            for word in MACHINE_PATHS.iter().chain(&REGISTRY_HOSTS).filter(|word| line.contains(**word)) {
                problems.push(Problem::new(format!("{name}:{}", number + 1), format!("names {word}")));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_the_workshop_is_a_breach() {
        let text = format!("first\nsee {}\n", concat!("/tmp/", "wt/x"));
        assert_eq!(check(&Tree::of(&[("README.md", &text)])), [Problem::new("README.md:2", "names /tmp/\u{77}t")]);
    }
}
