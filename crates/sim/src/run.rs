//! Runs one scenario on one backend and says where they disagree.

use std::collections::BTreeMap;

use model::Family;

use crate::Fault;
use crate::backend::Backend;
use crate::packet;
use crate::scenario::{Action, Asked, Outcome, Scenario, Step};

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// What each step led to, for rewriting.
    pub outcomes: Vec<Outcome>,
    /// Where expectation and outcome differ.
    pub differences: Vec<Difference>,
}

/// One expectation that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Line of the scenario file, from 1.
    pub line: usize,
    /// What the file says.
    pub expected: String,
    /// What happened.
    pub found: String,
}

/// Configures the backend anew and takes all steps.
///
/// # Errors
/// [`Fault`] if the scenario could not be run to its end.
pub fn run(scenario: &Scenario, backend: &mut dyn Backend) -> Result<Run, Fault> {
    backend.configure(scenario.family, &scenario.config, scenario.restarts())?;
    let mut run = Run::default();
    let mut names = BTreeMap::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        backend.set_time(step.at)?;
        let outcome = take(scenario.family, (step, index), backend, &names)?;
        compare(step, &outcome, &mut names, &mut run.differences);
        run.outcomes.push(outcome);
    }
    Ok(run)
}

fn take(
    family: Family,
    (step, index): (&Step, usize),
    backend: &mut dyn Backend,
    names: &BTreeMap<String, String>,
) -> Result<Outcome, Fault> {
    let mut outcome = Outcome::default();
    match &step.action {
        Action::Send(words) => {
            let words: Vec<String> = words.iter().map(|word| fill_in(word, names)).collect();
            let transaction = u32::try_from(index).unwrap_or_default() + 0x00a1_0001;
            let server_id = backend.server_id();
            let sent = packet::build(family, &words, &server_id, transaction)
                .map_err(|why| Fault::scenario(step.line, why))?;
            let heard = backend.exchange(&sent)?;
            outcome.heard = Some(heard.map(|heard| packet::reply(&heard, &sent, &server_id)).unwrap_or_default());
        }
        Action::Neighbour(address) => backend.neighbour(*address)?,
        Action::Reclaim => backend.reclaim()?,
        Action::Restart => backend.restart()?,
    }
    for expect in &step.expect {
        match &expect.what {
            Asked::Hear(_) => {}
            Asked::Leases(_) => {
                let mut leases = backend.leases()?;
                leases.sort_by_key(|lease| (lease.prefix_length.is_some(), lease.address));
                outcome.leases = Some(leases.iter().map(crate::backend::LeaseRow::words).collect());
            }
            Asked::Counts(counts) => {
                for (name, _) in counts {
                    let value = backend.statistic(name)?;
                    outcome.counts.push((name.clone(), value.map_or_else(|| "none".to_owned(), |n| n.to_string())));
                }
            }
        }
    }
    Ok(outcome)
}

fn compare(step: &Step, outcome: &Outcome, names: &mut BTreeMap<String, String>, differences: &mut Vec<Difference>) {
    let text = |words: &[String]| if words.is_empty() { "nothing".to_owned() } else { words.join(" ") };
    let mut asked_to_hear = false;
    for expect in &step.expect {
        let (expected, found) = match &expect.what {
            Asked::Hear(words) => {
                asked_to_hear = true;
                let heard = outcome.heard.as_deref().unwrap_or_default();
                if matches(words, heard, names) {
                    continue;
                }
                (text(words), text(heard))
            }
            Asked::Leases(rows) => {
                let found = outcome.leases.as_deref().unwrap_or_default();
                if rows.len() == found.len() && rows.iter().zip(found).all(|(row, lease)| matches(row, lease, names)) {
                    continue;
                }
                let list = |rows: &[Vec<String>]| match rows {
                    [] => "lease none".to_owned(),
                    rows => rows.iter().map(|row| format!("lease {}", row.join(" "))).collect::<Vec<_>>().join("\n"),
                };
                (list(rows), list(found))
            }
            Asked::Counts(counts) => {
                let pairs = |counts: &[(String, String)]| {
                    counts.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
                };
                let asked = |(name, _): &&(String, String)| counts.iter().any(|(known, _)| known == name);
                let found: Vec<_> = outcome.counts.iter().filter(asked).cloned().collect();
                if *counts == found {
                    continue;
                }
                (pairs(counts).join(" "), pairs(&found).join(" "))
            }
        };
        differences.push(Difference { line: expect.lines.start + 1, expected, found });
    }
    if let (Some(words), false) = (&outcome.heard, asked_to_hear) {
        differences.push(Difference { line: step.line, expected: "(no hear line)".to_owned(), found: text(words) });
    }
}

/// Holds expected words against found ones; `name=$x` accepts any value the first time and the same value later.
fn matches(expected: &[String], found: &[String], names: &mut BTreeMap<String, String>) -> bool {
    expected.len() == found.len()
        && expected.iter().zip(found).all(|(expected, found)| {
            let Some((key, name)) = expected.split_once('$') else {
                return expected == found;
            };
            let Some(value) = found.strip_prefix(key) else {
                return false;
            };
            names.entry(name.to_owned()).or_insert_with(|| value.to_owned()) == value
        })
}

fn fill_in(word: &str, names: &BTreeMap<String, String>) -> String {
    let value = word.split_once('$').and_then(|(key, name)| names.get(name).map(|value| format!("{key}{value}")));
    value.unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_name_takes_a_value_once_and_wants_it_again() {
        let mut names = BTreeMap::new();
        assert!(matches(&words("ADVERTISE address=$a"), &words("ADVERTISE address=::1"), &mut names));
        assert!(!matches(&words("REPLY address=$a"), &words("REPLY address=::2"), &mut names));
        assert_eq!(fill_in("address=$a", &names), "address=::1");
    }
}
