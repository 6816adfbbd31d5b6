//! The house rules as code, and the installation layout: `cargo xtask check | compatibility | dist DIR | fuzz … | instructions …`.

mod changes;
mod compatibility;
mod dependencies;
mod dist;
mod documents;
mod places;
mod sizes;
mod tree;
mod twins;

use std::ffi::OsString;
use std::io::Write;
use std::process::{Command, ExitCode};

use tree::Tree;

/// One place where a house rule is broken: the file, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Problem {
    file: String,
    text: String,
}

impl Problem {
    fn new(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), text: text.into() }
    }
}

/// A house rule: its name, and the function that looks for breaches.
type Rule = (&'static str, fn(&Tree) -> Vec<Problem>);

const RULES: [Rule; 7] = [
    ("crates use only what stands above them", dependencies::check),
    ("files stay readable in length", sizes::check),
    ("ARCHITECTURE.md names paths that exist", documents::check),
    ("changes/ speaks to operators, one file a change", changes::check),
    ("no tracked file names a machine or a registry", places::check),
    ("v4 and v6 share no six lines", twins::check),
    ("docs/compatibility.md is up to date", compatibility::check),
];

const USAGE: &str = "usage: cargo xtask check | compatibility | dist DIR | fuzz [ARGUMENTS] | instructions [--update]

  check          look for breaches of the house rules; exit 1 if there is one
  compatibility  rewrite docs/compatibility.md from the tags in the sources
  dist DIR       build for release and lay out an installation in DIR
  fuzz           run the decoders on mutated input: release speed, overflow checks on
  instructions   count the instructions of one message of each kind; exit 1 if they are not those of benches/instructions.txt
";

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    match run(std::env::args_os().skip(1).collect(), &mut out) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Does what the arguments ask for; `false` means it ran and found something wrong.
fn run(arguments: Vec<OsString>, out: &mut dyn Write) -> Result<bool, String> {
    let mut arguments = arguments.into_iter();
    let verb = arguments.next().unwrap_or_default();
    match (verb.to_str().unwrap_or_default(), arguments.next()) {
        ("check", None) => check(&Tree::load()?, out),
        ("compatibility", None) => compatibility::rewrite(&Tree::load()?, out).map(|()| true),
        ("dist", Some(directory)) => dist::dist(&Tree::load()?, directory.as_ref(), out).map(|()| true),
        ("fuzz", first) => workshop("fuzz", "mutate", first.into_iter().chain(arguments).collect()),
        ("instructions", first) => workshop("release", "instructions", first.into_iter().chain(arguments).collect()),
        _ => Err(format!("cannot read the command line\n\n{USAGE}")),
    }
}

fn check(tree: &Tree, out: &mut dyn Write) -> Result<bool, String> {
    let mut broken = 0_usize;
    for (name, rule) in RULES {
        let mut problems = rule(tree);
        problems.sort();
        problems.dedup();
        broken += problems.len();
        let verdict = if problems.is_empty() { "ok" } else { "BROKEN" };
        say(out, &format!("{verdict:<6} {name}"))?;
        for Problem { file, text } in problems {
            say(out, &format!("       {file}: {text}"))?;
        }
    }
    say(out, &twins::share(tree))?;
    say(out, &format!("{} rules, {} files, {broken} breaches", RULES.len(), tree.files().len()))?;
    Ok(broken == 0)
}

/// Hands over to a program of the `sim` crate, in the build its profile makes.
fn workshop(profile: &str, program: &str, arguments: Vec<OsString>) -> Result<bool, String> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--profile", profile, "--package", "nestor-sim", "--bin", program, "--"])
        .args(arguments)
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    Ok(status.success())
}

/// Writes one line.
fn say(out: &mut dyn Write, line: &str) -> Result<(), String> {
    writeln!(out, "{line}").map_err(|error| format!("cannot write: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_verb_prints_the_usage() {
        let error = run(vec!["chekc".into()], &mut Vec::new()).unwrap_err();
        assert!(error.contains("usage: cargo xtask"), "{error}");
    }
}
