//! Makes up scenarios by chance and writes them to a folder: `chance --count 200 DIR`.

use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;
use model::Family;

const USAGE: &str = "\
usage: chance [--family 4|6] [--seed N] [--count N] DIR

Writes N scenarios (default 100, from seed 1 on; of DHCPv4 unless --family 6) to DIR. Let a real Kea record what they lead
to, and hold ours against that:

  UPDATE=1 differential --against kea DIR/*.scn
  differential --against process DIR/*.scn
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), lexopt::Error> {
    let (mut family, mut seed, mut count, mut folder) = (Family::V4, 1_u64, 100_u64, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("family") => family = if parser.value()? == "6" { Family::V6 } else { Family::V4 },
            Long("seed") => seed = parser.value()?.parse()?,
            Long("count") => count = parser.value()?.parse()?,
            Value(path) if folder.is_none() => folder = Some(PathBuf::from(path)),
            Short(_) | Long(_) | Value(_) => return Err(argument.unexpected()),
        }
    }
    let folder = folder.ok_or("which folder?")?;
    let write = |seed: u64| {
        let name = format!("{}-{seed}.scn", family.pick("v4", "v6"));
        std::fs::write(folder.join(name), sim::chance::scenario(family, seed))
    };
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| (seed..seed.saturating_add(count)).try_for_each(write));
    written.map_err(|error| format!("{}: {error}", folder.display()).into())
}
