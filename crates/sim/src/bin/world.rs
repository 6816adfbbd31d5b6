//! Runs simulated worlds, one per seed, until a promise is broken: `world --seeds 1000`.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Instant;

use lexopt::prelude::*;
use model::Family;
use sim::process::Server;
use sim::world::{Plan, World};

const USAGE: &str = "\
usage: world [--family 4|6] [--seeds N] [--from SEED] [--steps N] [--clients N] [--no-recount]

Runs N worlds (default 100) of DHCPv6 or DHCPv4 (default both), the first with SEED (default 1), each of so many events (default 20000) and clients (12).
Statistics are held against a recount unless --no-recount is given. The first broken promise is told with its seed and the last events; the exit code is then 1.
";

fn main() -> ExitCode {
    match flags() {
        Ok(Some((families, seeds, plan))) => {
            let run = |family: &Family| worlds(seeds, Plan { family: *family, ..plan });
            families.iter().map(run).find(|code| *code != ExitCode::SUCCESS).unwrap_or(ExitCode::SUCCESS)
        }
        Ok(None) => {
            eprint!("{USAGE}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn flags() -> Result<Option<(Vec<Family>, u64, Plan)>, lexopt::Error> {
    let mut families = vec![Family::V4, Family::V6];
    let mut seeds = 100;
    let mut plan = Plan { family: Family::V6, seed: 1, steps: 20_000, clients: 12, recount: true };
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("family") => {
                let digit: String = parser.value()?.parse()?;
                families.retain(|family| family.pick("4", "6") == digit);
            }
            Long("seeds") => seeds = parser.value()?.parse()?,
            Long("from") => plan.seed = parser.value()?.parse()?,
            Long("steps") => plan.steps = parser.value()?.parse()?,
            Long("clients") => plan.clients = parser.value()?.parse()?,
            Long("no-recount") => plan.recount = false,
            Long("help") | Short('h') => return Ok(None),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(Some((families, seeds, plan)))
}

fn worlds(seeds: u64, plan: Plan) -> ExitCode {
    let begin = Instant::now();
    let (mut acknowledged, mut restarts) = (0, 0);
    for seed in plan.seed..plan.seed.saturating_add(seeds) {
        let server = match Server::for_world(plan.family) {
            Ok(server) => server,
            Err(fault) => {
                eprintln!("{fault}");
                return ExitCode::from(3);
            }
        };
        match World::new(server, Plan { seed, ..plan }).run() {
            Ok(report) => {
                acknowledged += report.acknowledged;
                restarts += report.restarts;
            }
            Err(violation) => {
                eprintln!("\nseed {seed}: {violation}");
                return ExitCode::FAILURE;
            }
        }
        if std::io::stderr().is_terminal() {
            eprint!("\rseed {seed}: {acknowledged} acknowledged, {restarts} restarts, all promises kept   ");
        }
    }
    eprintln!(
        "\r{seeds} worlds of {}, {} events each: {acknowledged} acknowledged, {restarts} restarts, all promises kept, {:.1} s",
        plan.family.pick("DHCPv4", "DHCPv6"),
        plan.steps,
        begin.elapsed().as_secs_f32()
    );
    ExitCode::SUCCESS
}
