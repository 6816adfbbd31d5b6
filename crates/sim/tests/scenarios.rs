//! Every scenario runs in process; one that fails must be listed in `scenarios/PENDING`. Listed ones that hold are named.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use sim::backend::process::Process;
use sim::differential::{Verdict, read, run_all};
use sim::scenario::files_below;

/// What `scenarios/PENDING` holds while the server cannot serve at all.
const ALL: &str = "*";

#[test]
fn every_scenario_holds_in_process_or_is_pending() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").canonicalize().unwrap();
    let text = fs::read_to_string(folder.join("PENDING")).unwrap_or_default();
    let pending: BTreeSet<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
    let scenarios = read(&files_below(&folder).unwrap()).unwrap();
    assert!(scenarios.len() >= 150, "scenarios got lost");
    let update = std::env::var_os("UPDATE").is_some();
    let verdicts = run_all(&scenarios, "process", &|_| Ok(Box::new(Process::new())), 2, update).unwrap();
    let mut wrong = Vec::new();
    let mut failing = 0;
    for (scenario, verdict) in scenarios.iter().zip(&verdicts) {
        let name = scenario.name();
        let listed = pending.contains(name.as_str()) || pending.contains(ALL);
        failing += usize::from(verdict.is_bad());
        match (verdict.is_bad(), listed) {
            (true, false) => wrong.push(format!("{name}: {}", describe(verdict))),
            (false, true) if !pending.contains(ALL) => {
                println!("{name} holds: take it off scenarios/PENDING");
            }
            _ => {}
        }
    }
    println!("{} scenarios, {failing} do not hold in process yet", scenarios.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), scenarios.len(), wrong.join("\n"));
}

fn describe(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Unexplained(differences) => differences
            .iter()
            .map(|difference| {
                format!("line {}\n  expected {}\n  found    {}", difference.line, difference.expected, difference.found)
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Verdict::Broken(fault) => fault.to_string(),
        Verdict::Equal | Verdict::Explained { .. } | Verdict::Stale => verdict.word().to_owned(),
    }
}
