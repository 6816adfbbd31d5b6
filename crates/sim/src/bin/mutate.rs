//! Damages packets, configurations and lease files, and reads them: `mutate --packets 10000000 --configurations 1000000`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use model::Family;
use sim::differential::read;
use sim::mutate::{Finding, Kind, Plan, corpus, run};
use sim::scenario::{Scenario, files_below};

const USAGE: &str = "\
usage: mutate [--packets N] [--configurations N] [--lease-files N] [--expressions N] [--seed N] [--threads N]
              [--out DIR]

Reads N damaged inputs of each kind (default 100000 each; of packets, N of each family) with everything that reads such
inputs. An input that makes a reader panic is written to DIR (default: here) in hexadecimal, and the exit code is 1.
Build it with --profile fuzz: release speed, overflow checks on.
";

struct Flags {
    items: [(Kind, u64); 5],
    seed: u64,
    threads: u64,
    out: PathBuf,
}

fn main() -> ExitCode {
    let flags = match flags() {
        Ok(Some(flags)) => flags,
        Ok(None) => {
            eprint!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let scenarios = match files_below(&folder).map_err(|fault| (folder, fault)).and_then(|files| read(&files)) {
        Ok(scenarios) => scenarios,
        Err((path, fault)) => {
            eprintln!("{}: {fault}", path.display());
            return ExitCode::from(2);
        }
    };
    // A panic is a finding, told below; its own message would only scroll by.
    std::panic::set_hook(Box::new(|_| {}));
    let found: usize = flags.items.iter().map(|(kind, items)| one_kind(&flags, *kind, *items, &scenarios)).sum();
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn flags() -> Result<Option<Flags>, lexopt::Error> {
    let mut flags = Flags {
        items: [
            Kind::Packets(Family::V4),
            Kind::Packets(Family::V6),
            Kind::Configurations,
            Kind::LeaseFiles,
            Kind::Expressions,
        ]
        .map(|kind| (kind, 100_000)),
        seed: 1,
        threads: 2,
        out: PathBuf::from("."),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("packets") => {
                flags.items[0].1 = parser.value()?.parse()?;
                flags.items[1].1 = flags.items[0].1;
            }
            Long("configurations") => flags.items[2].1 = parser.value()?.parse()?,
            Long("lease-files") => flags.items[3].1 = parser.value()?.parse()?,
            Long("expressions") => flags.items[4].1 = parser.value()?.parse()?,
            Long("seed") => flags.seed = parser.value()?.parse()?,
            Long("threads") => flags.threads = parser.value()?.parse()?,
            Long("out") => flags.out = parser.value()?.into(),
            Long("help") | Short('h') => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Some(flags))
}

/// Runs one kind with a progress line and gives the number of findings.
fn one_kind(flags: &Flags, kind: Kind, items: u64, scenarios: &[Scenario]) -> usize {
    if items == 0 {
        return 0;
    }
    let corpus = corpus(kind, scenarios);
    let plan = Plan { items, seed: flags.seed, threads: flags.threads };
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begin = Instant::now();
    let findings = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(200));
                if !std::io::stderr().is_terminal() {
                    continue;
                }
                let done = done.load(Ordering::Relaxed);
                let rate = rate(done, begin.elapsed());
                eprint!("\r{}: {done} of {items}, {rate} a second   ", kind.name());
            }
        });
        let findings = run(kind, &corpus, plan, &done);
        over.store(true, Ordering::Relaxed);
        findings
    });
    let took = begin.elapsed();
    eprintln!(
        "\r{}: {items} inputs made from {}, seed {}, {:.1} s, {} a second, {} panics",
        kind.name(),
        corpus.len(),
        flags.seed,
        took.as_secs_f32(),
        rate(items, took),
        findings.len()
    );
    for finding in &findings {
        keep(flags, kind, finding);
    }
    findings.len()
}

fn rate(done: u64, took: Duration) -> u128 {
    u128::from(done) * 1000 / took.as_millis().max(1)
}

fn keep(flags: &Flags, kind: Kind, finding: &Finding) {
    let path = flags.out.join(format!("{}-{}-{}.hex", kind.name(), flags.seed, finding.item));
    let hex = finding.input.iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"));
    eprintln!("input {} of seed {}: {}", finding.item, flags.seed, finding.message);
    match std::fs::write(&path, hex + "\n") {
        Ok(()) => eprintln!("  kept in {}", path.display()),
        Err(error) => eprintln!("  could not be kept in {}: {error}", path.display()),
    }
}
