//! Counts what an answer costs without a kernel: instructions of decode, decide and encode, held against committed figures.
//!
//! Each message is decided again and again in this process, from its octets to the octets of the reply, under `callgrind`.
//! The difference between two numbers of repetitions leaves starting, configuring and loading out. A count hardly depends on
//! the machine and not at all on its other work, so that a slower road is seen by a check and not by an operator.

use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use lexopt::prelude::*;
use model::{Family, UnixTime};
use serde_json::{Value as Json, json};
use sim::packet::{self, Sent};
use sim::process::{Server, datagram};

const USAGE: &str = "\
usage: instructions [--update]

Counts the instructions of decode, decide and encode for one message of each kind, in the release build, with valgrind.
Without a flag the counts are held against benches/instructions.txt; the exit code is 1 if one differs by more than 5 %,
2 if nothing could be counted. --update writes the file instead.
";

/// By how many percent a count may differ from the committed one.
const TOLERANCE: f64 = 5.0;
/// How often a message is decided in the shorter and in the longer run.
const REPETITIONS: [u32; 2] = [500, 2500];

/// One message whose cost is counted: its name, its family, its words, and those of what the client said before.
struct Case {
    name: &'static str,
    family: Family,
    before: Option<&'static str>,
    words: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        name: "DISCOVER",
        family: Family::V4,
        before: None,
        words: "DISCOVER from 02:00:00:00:00:01 client-id=0x01020000000001 prl=1,3,6,15 via relay giaddr=10.0.0.2",
    },
    Case {
        name: "REQUEST",
        family: Family::V4,
        before: None,
        words: "REQUEST from 02:00:00:00:00:01 client-id=0x01020000000001 requested-address=10.16.0.0 server-id prl=1,3,6,15 via relay giaddr=10.0.0.2",
    },
    Case {
        name: "REQUEST-renewing",
        family: Family::V4,
        before: Some(
            "REQUEST from 02:00:00:00:00:01 client-id=0x01020000000001 requested-address=10.16.0.0 server-id via relay giaddr=10.0.0.2",
        ),
        words: "REQUEST from 02:00:00:00:00:01 client-id=0x01020000000001 ciaddr=10.16.0.0 prl=1,3,6,15 via relay giaddr=10.0.0.2",
    },
    Case {
        name: "SOLICIT",
        family: Family::V6,
        before: None,
        words: "SOLICIT from 02:00:00:00:00:01 ia-na=1 oro=23,24 via relay link=2001:db8:1::1",
    },
    Case {
        name: "RENEW",
        family: Family::V6,
        before: Some(
            "REQUEST from 02:00:00:00:00:01 server-id ia-na=1 address=2001:db8:1::10 via relay link=2001:db8:1::1",
        ),
        words: "RENEW from 02:00:00:00:00:01 server-id ia-na=1 address=2001:db8:1::10 oro=23,24 via relay link=2001:db8:1::1",
    },
];

fn main() -> ExitCode {
    match work() {
        Ok(code) => code,
        Err(why) => {
            eprintln!("instructions: {why}");
            ExitCode::from(2)
        }
    }
}

fn work() -> Result<ExitCode, String> {
    let mut update = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next().map_err(|error| format!("{error}\n{USAGE}"))? {
        match argument {
            Long("update") => update = true,
            // What the program starts itself with, under valgrind.
            Long("decide") => {
                let case = parser.value().map_err(|error| error.to_string())?;
                let times = parser.value().and_then(|times| times.parse()).map_err(|error| error.to_string())?;
                return decide(&case.to_string_lossy(), times).map(|()| ExitCode::SUCCESS);
            }
            Long("help") | Short('h') => {
                eprint!("{USAGE}");
                return Ok(ExitCode::SUCCESS);
            }
            Short(_) | Long(_) | Value(_) => return Err(format!("{}\n{USAGE}", argument.unexpected())),
        }
    }
    let counted = CASES.iter().map(|case| Ok((case.name, count(case)?))).collect::<Result<Vec<_>, String>>()?;
    if update { write(&counted).map(|()| ExitCode::SUCCESS) } else { compare(&counted) }
}

/// Decides one message so many times; the work that is counted.
fn decide(name: &str, times: u32) -> Result<(), String> {
    let case = CASES.iter().find(|case| case.name == name).ok_or_else(|| format!("no case {name}"))?;
    let mut server = Server::new(case.family, &configuration(case.family), false).map_err(|fault| fault.to_string())?;
    let now = UnixTime(1_900_000_000);
    if let Some(before) = case.before {
        let sent = build(case.family, before)?;
        let handled = server.handle(&datagram(&sent, now)).map_err(|fault| fault.to_string())?;
        handled.reply.ok_or_else(|| format!("{name}: the client was not answered the first time"))?;
    }
    let sent = build(case.family, case.words)?;
    let decided = engine::exchange(&datagram(&sent, now), &server.model, &server.store.facts());
    let decision = decided.map_err(|missing| format!("{name}: {missing:?}"))?;
    let stores = case.name != "DISCOVER" && case.name != "SOLICIT";
    if decision.reply.is_none() || decision.changes.is_empty() == stores {
        return Err(format!("{name}: the message does not lead to what is to be counted: {decision:?}"));
    }
    for _ in 0..times {
        let facts = server.store.facts();
        let decided = engine::exchange(black_box(&datagram(&sent, now)), &server.model, &facts);
        black_box(decided).map_err(|missing| format!("{name}: {missing:?}"))?;
    }
    Ok(())
}

/// A small network as operators have it: one subnet, one pool, a handful of options. A renewal is stored, however early.
fn configuration(family: Family) -> Json {
    let subnets = family.pick(
        json!([{
            "id": 1, "subnet": "10.0.0.0/8", "pools": [{ "pool": "10.16.0.0-10.31.255.255" }],
            "option-data": [{ "name": "routers", "data": "10.0.0.1" }],
        }]),
        json!([{ "id": 1, "subnet": "2001:db8:1::/64", "pools": [{ "pool": "2001:db8:1::/64" }] }]),
    );
    let options = family.pick(
        json!([
            { "name": "domain-name-servers", "data": "10.0.0.53, 10.0.1.53" },
            { "name": "domain-name", "data": "example.org" },
        ]),
        json!([
            { "name": "dns-servers", "data": "2001:db8::53, 2001:db8:1::53" },
            { "name": "domain-search", "data": "example.org" },
        ]),
    );
    let config = json!({ family.pick("subnet4", "subnet6"): subnets, "option-data": options, "cache-threshold": 0.0 });
    Json::Object(sim::backend::complete(family, &config))
}

fn build(family: Family, words: &str) -> Result<Sent, String> {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    packet::build(family, &words, &sim::backend::SERVER_DUID, 0x00a1_0001)
}

/// Counts the instructions of one message.
fn count(case: &Case) -> Result<u64, String> {
    let [few, many] = REPETITIONS;
    let (few_took, many_took) = (callgrind(case, few)?, callgrind(case, many)?);
    many_took
        .checked_sub(few_took)
        .and_then(|took| took.checked_div(u64::from(many - few)))
        .ok_or_else(|| format!("{}: {few} took {few_took} instructions and {many} {many_took}", case.name))
}

fn callgrind(case: &Case, times: u32) -> Result<u64, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["--decide", case.name, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be started: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let total = told.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    total.filter(|_| output.status.success()).ok_or_else(|| format!("valgrind: {}\n{told}", output.status))
}

fn figures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../benches/instructions.txt")
}

fn write(counted: &[(&str, u64)]) -> Result<(), String> {
    let heading =
        "# Instructions of decode, decide and encode for one message; `cargo xtask instructions --update` writes this.";
    let lines = counted.iter().map(|(name, count)| format!("{name} {count}\n"));
    let text: String = std::iter::once(format!("{heading}\n")).chain(lines).collect();
    std::fs::write(figures(), &text).map_err(|error| format!("{}: {error}", figures().display()))?;
    say(&text)
}

/// Holds the counts against the committed ones.
fn compare(counted: &[(&str, u64)]) -> Result<ExitCode, String> {
    let text = std::fs::read_to_string(figures()).map_err(|error| format!("{}: {error}", figures().display()))?;
    let mut outside = false;
    say(&format!("{:<18} {:>10} {:>10} {:>9}\n", "message", "committed", "counted", "change"))?;
    for (name, count) in counted {
        let committed = committed(&text, name).ok_or_else(|| format!("no figure for {name}; see --update"))?;
        let change = change(committed, *count);
        let far = change.abs() > TOLERANCE;
        outside |= far;
        say(&format!(
            "{name:<18} {committed:>10} {count:>10} {change:>+8.1} %{}\n",
            if far { "  OUTSIDE" } else { "" }
        ))?;
    }
    if outside {
        say(&format!(
            "A message takes more than {TOLERANCE} % more or fewer instructions than benches/instructions.txt says. If it shall, run\n\
             `cargo xtask instructions --update` and commit the file with the change that made the difference.\n"
        ))?;
    }
    Ok(if outside { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn committed(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Gives the change from one count to another in percent.
fn change(from: u64, to: u64) -> f64 {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    100.0 * (number(to) / number(from).max(1.0) - 1.0)
}

fn say(text: &str) -> Result<(), String> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| format!("cannot write: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_leads_to_what_is_counted_and_has_a_figure() {
        let text = std::fs::read_to_string(figures()).unwrap();
        for case in &CASES {
            assert_eq!(decide(case.name, 1), Ok(()));
            assert!(committed(&text, case.name).is_some(), "{}", case.name);
        }
    }

    #[test]
    fn a_change_is_told_in_percent_of_what_was_committed() {
        assert!((change(200, 190) + 5.0).abs() < 1e-9);
        assert!((change(200, 220) - 10.0).abs() < 1e-9);
    }
}
