//! `perfdhcp`: puts load on a DHCP server, and says what became of it.
//!
//! Flags, modes and report are Kea's; a closed loop, mixes of exchanges, percentiles, checks of every answer, JSON and several
//! threads come on top. [`session`] is the test without sockets and clock, [`worker`] lends it both, [`report`] tells the result.

pub mod arguments;
pub mod avalanche;
pub mod clients;
pub mod counts;
pub mod endpoint;
pub mod fault;
pub mod flight;
pub mod histogram;
pub mod holders;
pub mod json;
pub mod kind;
pub mod outbox;
pub mod pace;
pub mod plan;
pub mod progress;
pub mod reply;
pub mod report;
pub mod respond;
pub mod run;
pub mod session;
pub mod setup;
pub mod show;
pub mod template;
pub mod usage;
pub mod v4;
pub mod v6;
pub mod validate;
pub mod worker;

use std::ffi::OsString;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{SystemTime, UNIX_EPOCH};

use arguments::{Action, Arguments, Scenario};
use endpoint::{Endpoint, EndpointError};
use fault::UsageError;
use net::{InterfaceError, Interfaces};
use plan::Plan;
use report::Report;
use setup::Setup;
use usage::USAGE;

/// The Kea whose place this takes.
const VERSION: &str = "3.0.4";
/// What DUIDs count their seconds from: the beginning of 2000, in seconds since 1970.
const YEAR_2000: u64 = 946_684_800;
/// What the exit code is if an exchange was lost.
const LOST: u8 = 3;
/// The most threads that can be asked for.
const MOST_THREADS: u32 = 64;

/// Why a test could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no way to the server.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// The machine's interfaces are unknown.
    #[error(transparent)]
    Interfaces(#[from] InterfaceError),
    /// A file of `-T` cannot be read.
    #[error("unable to open template file {0}")]
    TemplateFile(String),
    /// A file of `-T` has something else than digits in it.
    #[error("'{0}' is not a hexadecimal digit")]
    TemplateDigit(char),
    /// A file of `-T` ends in the middle of an octet.
    #[error("odd number of digits in template file {0}")]
    TemplateOdd(String),
    /// The address of `--respond` or `--echo` is none.
    #[error("expected address:port, got '{0}'")]
    Respond(String),
    /// Sending, receiving or printing failed.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Runs the program with the words after its name.
pub fn main(words: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let words: Vec<OsString> = words.collect();
    let result = match Arguments::parse(words.iter().cloned()) {
        Ok(Action::Test(arguments)) => return test(&arguments, &words, out, err),
        Ok(Action::Usage) => write!(out, "{USAGE}").map_err(RunError::Io),
        Ok(Action::Version) => writeln!(out, "{VERSION}").map_err(RunError::Io),
        Ok(Action::ExtendedVersion) => {
            writeln!(out, "{VERSION} (nestor {})", env!("CARGO_PKG_VERSION")).map_err(RunError::Io)
        }
        Ok(Action::Respond(place)) => respond(&place, respond::respond),
        Ok(Action::Echo(place)) => respond(&place, respond::echo),
        Err(wrong) => return refuse(&wrong, out, err),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error, err),
    }
}

/// Kea: wrong usage is an error like any other, although its manual names another exit code.
fn refuse(wrong: &UsageError, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    // Nothing can be told if the outputs are closed; the exit code still says it.
    drop(write!(out, "{USAGE}").and_then(|()| out.flush()));
    drop(writeln!(err, "\nERROR: parsing command line options: {wrong}"));
    ExitCode::FAILURE
}

fn fail(error: &RunError, err: &mut dyn Write) -> ExitCode {
    drop(writeln!(err, "\nERROR: running perfdhcp: {error}"));
    ExitCode::FAILURE
}

fn test(arguments: &Arguments, words: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let said = if arguments.separator.is_none() && !arguments.json { banner(arguments, words, out) } else { Ok(()) };
    let interfaces = match said.map_err(RunError::Io).and_then(|()| Ok(net::interfaces()?)) {
        Ok(interfaces) => interfaces,
        Err(error) => return fail(&error, err),
    };
    let on_interface = arguments.local.as_deref().is_some_and(|name| interfaces.named(name).is_some());
    if let Err(wrong) = validate::validate(arguments, on_interface) {
        return refuse(&wrong, out, err);
    }
    if let Some(script) = &arguments.wrapped {
        call(script, "start");
    }
    let result = measure(arguments, &interfaces, out);
    if let Some(script) = &arguments.wrapped {
        call(script, "stop");
    }
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(LOST),
        Err(error) => fail(&error, err),
    }
}

fn banner(arguments: &Arguments, words: &[OsString], out: &mut dyn Write) -> io::Result<()> {
    let name = OsString::from("Running: perfdhcp");
    let words: Vec<_> = std::iter::once(&name).chain(words).map(|word| word.to_string_lossy()).collect();
    let scenario = if arguments.scenario == Scenario::Basic { "basic" } else { "avalanche" };
    writeln!(out, "{}\nScenario: {scenario}.", words.join(" "))?;
    if arguments.single_thread != Some(true) {
        writeln!(out, "Multi-thread mode enabled.")?;
    }
    out.flush()
}

/// Runs a test and tells what came of it; returns whether nothing was lost.
fn measure(arguments: &Arguments, interfaces: &Interfaces, out: &mut dyn Write) -> Result<bool, RunError> {
    let files = arguments.templates.iter().map(|file| template(file)).collect::<Result<Vec<_>, _>>()?;
    let endpoint = Endpoint::find(arguments, interfaces)?;
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let since_2000 = u32::try_from(since_1970.as_secs().saturating_sub(YEAR_2000)).unwrap_or(u32::MAX);
    let setup = Setup::new(arguments, endpoint.local.ip(), since_2000);
    let seed = u64::try_from(since_1970.as_nanos() & u128::from(u64::MAX)).unwrap_or(0);
    let mut text = String::new();
    if arguments.diagnoses('a') {
        let server = endpoint.server.ip().to_string();
        // A string takes everything.
        show::arguments(&mut text, arguments, &endpoint.interface, &server).unwrap_or_default();
        show::identifiers(&mut text, arguments.mac.unwrap_or(setup::BASE), &setup.duid).unwrap_or_default();
        out.write_all(std::mem::take(&mut text).as_bytes())?;
    }
    let lines = endpoint.open(arguments.threads.unwrap_or(1).min(MOST_THREADS))?;
    let plan = Arc::new(Plan::new(arguments, setup, &files, seed));
    let outcome = run::run(arguments, &plan, &endpoint, &lines, out)?;
    if let Some(reason) = outcome.reason.filter(|_| arguments.diagnoses('e') && !arguments.json) {
        writeln!(out, "{reason}")?;
    }
    let report = Report { arguments, plan: &plan, statistics: &outcome.statistics, elapsed: outcome.elapsed };
    if arguments.json {
        writeln!(out, "{:#}", json::object(&report))?;
    } else {
        report.write(&mut text).unwrap_or_default();
        out.write_all(text.as_bytes())?;
    }
    out.flush()?;
    // Kea: an avalanche ends well whatever was lost on the way.
    Ok(report.is_complete() || plan.avalanche)
}

fn template(file: &Path) -> Result<Vec<u8>, RunError> {
    let name = || file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|_unreadable| RunError::TemplateFile(name()))?;
    setup::hexadecimal(&text)
        .map_err(|wrong| wrong.map_or_else(|| RunError::TemplateOdd(name()), RunError::TemplateDigit))
}

/// Calls the script of `-w`. Kea: that it cannot be run is nobody's concern.
fn call(script: &OsString, word: &str) {
    drop(Command::new(script).arg(word).status());
}

fn respond(place: &str, server: fn(SocketAddr, &AtomicBool) -> io::Result<u64>) -> Result<(), RunError> {
    let local: SocketAddr = place.parse().map_err(|_bad| RunError::Respond(place.to_owned()))?;
    server(local, &AtomicBool::new(false))?;
    Ok(())
}
