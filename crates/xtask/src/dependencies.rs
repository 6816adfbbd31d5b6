//! Which crate may use which: the floor plan of ARCHITECTURE.md as a table.

use std::process::Command;

use serde_json::Value;

use crate::Problem;
use crate::tree::Tree;

/// Each crate and the crates of the workspace it may use; what those use is written out.
const MAY_USE: [(&str, &[&str]); 13] = [
    ("wire", &[]),
    ("model", &["wire"]),
    ("engine", &["model", "wire"]),
    ("config", &["model", "wire"]),
    ("logging", &["model", "wire"]),
    ("control", &["config", "model", "wire"]),
    ("store", &["engine", "model", "wire"]),
    ("net", &["wire"]),
    ("hooks", &["engine", "store", "control", "config", "model", "wire"]),
    ("server", &["hooks", "net", "logging", "store", "control", "config", "engine", "model", "wire"]),
    ("cli", &["server", "hooks", "net", "logging", "store", "control", "config", "engine", "model", "wire"]),
    ("sim", &["server", "hooks", "net", "logging", "store", "control", "config", "engine", "model", "wire"]),
    ("xtask", &["hooks", "engine", "store", "control", "config", "model", "wire"]),
];

/// The pure crates and the foreign crates each may link.
const PURE: [(&str, &[&str]); 4] = [
    ("wire", &["thiserror"]),
    ("model", &["thiserror"]),
    ("engine", &["thiserror"]),
    ("config", &["thiserror", "sha2"]),
];

/// Looks for dependencies that the plan does not have.
pub(crate) fn check(tree: &Tree) -> Vec<Problem> {
    match metadata(tree) {
        Ok(metadata) => breaches(&metadata),
        Err(error) => vec![Problem::new("Cargo.toml", error)],
    }
}

/// Asks cargo about the workspace.
pub(crate) fn metadata(tree: &Tree) -> Result<Value, String> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(tree.root())
        .output()
        .map_err(|error| format!("cannot run cargo metadata: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn breaches(metadata: &Value) -> Vec<Problem> {
    array(metadata, "packages").flat_map(of_package).collect()
}

fn of_package(package: &Value) -> Vec<Problem> {
    let name = short(text(package, "name"));
    let file = format!("crates/{name}/Cargo.toml");
    let Some((_, may_use)) = MAY_USE.iter().find(|(krate, _)| *krate == name) else {
        return vec![Problem::new(file, format!("crate `{name}` is not on the plan of ARCHITECTURE.md"))];
    };
    let pure = PURE.iter().find(|(krate, _)| *krate == name);
    let mut problems = Vec::new();
    for dependency in array(package, "dependencies") {
        let used = text(dependency, "name");
        let for_tests = dependency.get("kind").and_then(Value::as_str) == Some("dev");
        if dependency.get("path").is_some_and(Value::is_string) {
            if !may_use.contains(&short(used)) {
                problems.push(Problem::new(&file, format!("`{name}` may not use `{}`", short(used))));
            }
        } else if pure.is_some_and(|(_, allowed)| !for_tests && !allowed.contains(&used)) {
            problems.push(Problem::new(&file, format!("`{name}` is pure and may not link `{used}`")));
        }
    }
    problems
}

fn array<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn short(package: &str) -> &str {
    package.strip_prefix("nestor-").unwrap_or(package)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, dependencies: &str) -> Value {
        serde_json::from_str(&format!(r#"{{"packages":[{{"name":"{name}","dependencies":[{dependencies}]}}]}}"#))
            .unwrap()
    }

    #[test]
    fn an_engine_that_uses_the_store_is_a_breach() {
        let found = breaches(&package("nestor-engine", r#"{"name":"nestor-store","path":"/x"}"#));
        assert_eq!(found, [Problem::new("crates/engine/Cargo.toml", "`engine` may not use `store`")]);
    }

    #[test]
    fn a_pure_crate_links_no_foreign_crate_except_in_tests() {
        let linked = breaches(&package("nestor-wire", r#"{"name":"libc","kind":null}"#));
        assert_eq!(linked, [Problem::new("crates/wire/Cargo.toml", "`wire` is pure and may not link `libc`")]);
        assert!(breaches(&package("nestor-wire", r#"{"name":"proptest","kind":"dev"}"#)).is_empty());
    }

    #[test]
    fn a_crate_off_the_plan_is_a_breach() {
        assert_eq!(breaches(&package("nestor-junk", "")).len(), 1);
    }

    #[test]
    fn the_plan_is_closed_so_what_a_used_crate_uses_is_allowed_too() {
        for (name, uses) in MAY_USE {
            for used in uses {
                let (_, theirs) = MAY_USE.iter().find(|(other, _)| other == used).unwrap();
                assert!(theirs.iter().all(|deep| uses.contains(deep)), "{name} uses {used}");
            }
        }
    }
}
