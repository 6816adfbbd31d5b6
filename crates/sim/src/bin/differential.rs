//! Holds scenarios against servers and prints a table: `differential --against kea --filter rfc8415`.
#![expect(clippy::print_stdout, reason = "a table for people is what this program is for")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use model::Family;
use sim::Fault;
use sim::backend::Backend;
use sim::backend::daemon::{Daemon, Installation};
use sim::backend::process::Process;
use sim::differential::{Verdict, read, run_all};
use sim::scenario::{Scenario, files_below};

const USAGE: &str = "\
usage: differential [--against kea|process|binary]... [--filter TEXT] [--workers N] [--verbose] [--debug]
                    [--reference DIR] [--binary FILE] [FILE.scn]...

Runs the scenarios on each backend and holds what happens against what the files say.
UPDATE=1 rewrites the files from what the (one) backend did. Exit code 1 means something is unexplained.

  --against B      kea: a real Kea 3.0.4 (root needed); process: the engine, in this process; binary: Nestor's
                   daemons over sockets (root needed). Default: process and kea.
  --reference DIR  root directory with the real Kea   [NESTOR_REFERENCE, /opt/reference]
  --binary FILE    Nestor's kea-dhcp6, the other one beside it   [NESTOR_DHCP6]
  --verbose        list also what is equal; --debug lets servers log everything to /tmp/NAME.log in their root
";

struct Flags {
    against: Vec<String>,
    filter: String,
    workers: usize,
    verbose: bool,
    debug: bool,
    reference: PathBuf,
    binary: Option<PathBuf>,
    files: Vec<PathBuf>,
}

fn main() -> ExitCode {
    match flags() {
        Ok(Some(flags)) => differential(&flags),
        Ok(None) => {
            print!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn flags() -> Result<Option<Flags>, lexopt::Error> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let mut flags = Flags {
        against: Vec::new(),
        filter: String::new(),
        workers: 2,
        verbose: false,
        debug: false,
        reference: variable("NESTOR_REFERENCE").unwrap_or_else(|| "/opt/reference".into()),
        binary: variable("NESTOR_DHCP6"),
        files: Vec::new(),
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("against") => flags.against.push(parser.value()?.string()?),
            Long("filter") => flags.filter = parser.value()?.string()?,
            Long("workers") => flags.workers = parser.value()?.parse()?,
            Long("reference") => flags.reference = parser.value()?.into(),
            Long("binary") => flags.binary = Some(parser.value()?.into()),
            Long("verbose") => flags.verbose = true,
            Long("debug") => flags.debug = true,
            Long("help") | Short('h') => return Ok(None),
            Value(file) => flags.files.push(file.into()),
            Short(_) | Long(_) => return Err(argument.unexpected()),
        }
    }
    if flags.against.is_empty() {
        flags.against = vec!["process".to_owned(), "kea".to_owned()];
    }
    Ok(Some(flags))
}

fn differential(flags: &Flags) -> ExitCode {
    let scenarios = match scenarios(flags) {
        Ok(scenarios) => scenarios,
        Err((path, fault)) => {
            eprintln!("{}: {fault}", path.display());
            return ExitCode::from(2);
        }
    };
    let (mut ran, mut bad) = (0, 0);
    for name in &flags.against {
        match against(flags, name, &scenarios) {
            Ok(Some(unexplained)) => {
                ran += 1;
                bad += unexplained;
            }
            Ok(None) => {}
            Err(fault) => {
                println!("{name}: BROKEN: {fault}");
                bad += 1;
            }
        }
    }
    match (bad, ran) {
        (0, 0) => {
            println!("NOTHING RAN: no backend is there");
            ExitCode::from(3)
        }
        (0, _) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn scenarios(flags: &Flags) -> Result<Vec<Scenario>, (PathBuf, Fault)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let files = if flags.files.is_empty() {
        let folder = folder.canonicalize().unwrap_or(folder);
        files_below(&folder).map_err(|fault| (folder, fault))?
    } else {
        flags.files.clone()
    };
    let mut scenarios = read(&files)?;
    scenarios.retain(|scenario| scenario.name().contains(&flags.filter));
    Ok(scenarios)
}

/// Runs all scenarios on one backend, each family on a server of its own, and prints their tables; `None` if the backend
/// is not there.
fn against(flags: &Flags, name: &str, scenarios: &[Scenario]) -> Result<Option<usize>, Fault> {
    let mut unexplained = None;
    for family in [Family::V4, Family::V6] {
        let scenarios: Vec<_> = scenarios.iter().filter(|scenario| scenario.family == family).cloned().collect();
        let installation = installation(flags, name, family);
        if scenarios.is_empty() || (installation.is_none() && name != "process") {
            continue;
        }
        let begin = Instant::now();
        let update = std::env::var_os("UPDATE").is_some();
        let start = |worker: usize| -> Result<Box<dyn Backend>, Fault> {
            let Some(installation) = &installation else {
                return Ok(Box::new(Process::new()));
            };
            let unique = format!("sim{}{worker}", std::process::id() % 10_000);
            Ok(Box::new(Daemon::start(installation.clone(), &unique)?))
        };
        let verdicts = run_all(&scenarios, name, &start, flags.workers, update)?;
        *unexplained.get_or_insert(0) += table(flags, (name, family), &scenarios, &verdicts, begin.elapsed());
    }
    Ok(unexplained)
}

fn installation(flags: &Flags, name: &str, family: Family) -> Option<Installation> {
    let lease_commands = Some("libdhcp_lease_cmds.so".to_owned());
    let program = family.pick("kea-dhcp4", "kea-dhcp6");
    let (root, program) = match name {
        "kea" => (flags.reference.clone(), program.to_owned()),
        "binary" => {
            let Some(binary) = &flags.binary else {
                println!("binary: SKIPPED, no --binary FILE was given");
                return None;
            };
            ("/".into(), binary.with_file_name(program).to_string_lossy().into_owned())
        }
        "process" => return None,
        _ => {
            println!("{name}: SKIPPED, there is no such backend");
            return None;
        }
    };
    let grace = Duration::from_millis(if name == "kea" { 20 } else { 60 });
    let installation = Installation { family, root, program, lease_commands, grace, debug: flags.debug };
    if installation.is_there() {
        return Some(installation);
    }
    println!("{name}: SKIPPED, there is no {} in {}", installation.program, installation.root.display());
    None
}

fn table(
    flags: &Flags,
    (name, family): (&str, Family),
    scenarios: &[Scenario],
    verdicts: &[Verdict],
    took: Duration,
) -> usize {
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| wanted(verdict)).count();
    for (scenario, verdict) in scenarios.iter().zip(verdicts) {
        if flags.verbose || !matches!(verdict, Verdict::Equal) {
            println!("{name:8} {:20} {}", verdict.word(), scenario.name());
        }
        match verdict {
            Verdict::Equal | Verdict::Stale => {}
            Verdict::Explained { reason } => println!("         because {reason}"),
            Verdict::Broken(fault) => println!("         {fault}"),
            Verdict::Unexplained(differences) => {
                for difference in differences {
                    println!("    {}:{}", scenario.path.display(), difference.line);
                    println!("      expected {}", difference.expected.replace('\n', "\n               "));
                    println!("      found    {}", difference.found.replace('\n', "\n               "));
                }
            }
        }
    }
    let bad = count(Verdict::is_bad);
    let equal = count(|verdict| matches!(verdict, Verdict::Equal));
    let explained = count(|verdict| matches!(verdict, Verdict::Explained { .. }));
    println!(
        "{name}: {} scenarios of {}: {equal} equal, {explained} different with a written reason, {bad} unexplained ({:.1} s)",
        verdicts.len(),
        family.pick("DHCPv4", "DHCPv6"),
        took.as_secs_f32()
    );
    bad
}
