//! What `nestor` does with its command line.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Arg, Parser, ValueExt};
use model::Family;

use crate::{check, crash, demo, explain};

/// What `nestor --help` prints.
pub const USAGE: &str = "\
Nestor: DHCP servers that read Kea's configuration, speak Kea's API and keep Kea's lease files.

usage: nestor demo [--for SECONDS] [--once] [--server PROGRAM]...
       nestor crash-test [-4 | -6] [--kills N] [--clients N] [--server PROGRAM]...
       nestor check FILE
       nestor explain -c FILE [--leases FILE] [--mac HEX] [what else is known of the client]...
       nestor --help | --version

  demo        the DHCPv4 and the DHCPv6 server, a relay and three clients on hosts of their own, live
  crash-test  kill -9 each server again and again under load, and look for lost or doubled leases
  check       say what is wrong with a configuration file, with its lines, and what of it is not served
  explain     say what a client would be answered under a configuration, and why

  --for SECONDS     end after this time (demo; without it, Ctrl-C ends)
  --once            end when every client is bound and one has renewed; exit 1 if that fails (demo)
  -4, -6            kill the server of this protocol only (crash-test)
  --kills N         how often each server is killed, 50 by default (crash-test)
  --clients N       how many clients are served at once, 8 by default (crash-test)
  --server PROGRAM  run this server instead of this program's own, for the protocol whose digit its name ends in

  -c FILE             the configuration, of kea-dhcp4 or kea-dhcp6 (explain, as all below)
  --leases FILE       the lease file; without it nothing is leased yet
  --message WORD      discover, request, init-reboot, renew, rebind, release, decline, inform, confirm
  --packet HEX        the message itself
  --mac HEX, --client-id HEX, --duid HEX, --vendor-class TEXT, --hostname TEXT, --option CODE=HEX
                      the client, and options it sends
  --requested ADDR    what it asks for or holds: an address, or a prefix with its length
  --relay ADDR        the relay's address on the client's link
  --interface NAME    where the message comes in
  --server ADDR       the server's IPv4 address there
  --at SECONDS        when, since 1970; now by default

Details: man nestor
";

/// A command line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Task {
    Help,
    Version,
    Demo(demo::Options),
    Crash(crash::Options),
    Check(PathBuf),
    Explain(Box<explain::Question>),
}

/// Runs the tool; `arguments` without the program's name.
pub fn main(arguments: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let task = match parse(arguments) {
        Ok(task) => task,
        Err(error) => return failed(err, &format!("{error}\n\n{USAGE}")),
    };
    let done = match task {
        Task::Help => out.write_all(USAGE.as_bytes()).map(|()| true),
        Task::Version => writeln!(out, "nestor {}", env!("CARGO_PKG_VERSION")).map(|()| true),
        Task::Demo(options) => demo::run(&options, out),
        Task::Crash(options) => crash::run(&options, out),
        Task::Check(file) => check::run(&file, out),
        Task::Explain(question) => explain::run(&question, out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => failed(err, &error.to_string()),
    }
}

fn failed(err: &mut dyn Write, text: &str) -> ExitCode {
    // Where even the error stream is closed, the exit code still tells.
    drop(writeln!(err, "nestor: {}", text.trim_end()));
    ExitCode::FAILURE
}

fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Task, lexopt::Error> {
    let mut parser = Parser::from_args(arguments);
    match parser.next()? {
        None | Some(Arg::Long("help") | Arg::Short('h')) => Ok(Task::Help),
        Some(Arg::Long("version") | Arg::Short('V')) => Ok(Task::Version),
        Some(Arg::Value(verb)) if verb == "demo" => demo_of(parser).map(Task::Demo),
        Some(Arg::Value(verb)) if verb == "crash-test" => crash_of(parser).map(Task::Crash),
        Some(Arg::Value(verb)) if verb == "check" => {
            let file = parser.value()?;
            parser.next()?.map_or(Ok(Task::Check(file.into())), |more| Err(more.unexpected()))
        }
        Some(Arg::Value(verb)) if verb == "explain" => {
            explain::read(parser).map(|question| Task::Explain(Box::new(question)))
        }
        Some(other) => Err(other.unexpected()),
    }
}

fn demo_of(mut parser: Parser) -> Result<demo::Options, lexopt::Error> {
    let mut options = demo::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("for") => options.limit = Some(Duration::from_secs(parser.value()?.parse()?)),
            Arg::Long("once") => options.once = true,
            Arg::Long("server") => options.servers.push(PathBuf::from(parser.value()?)),
            Arg::Long(_) | Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(options)
}

fn crash_of(mut parser: Parser) -> Result<crash::Options, lexopt::Error> {
    let mut options = crash::Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('4') => options.families = vec![Family::V4],
            Arg::Short('6') => options.families = vec![Family::V6],
            Arg::Long("kills") => options.kills = parser.value()?.parse()?,
            Arg::Long("clients") => options.clients = parser.value()?.parse()?,
            Arg::Long("server") => options.servers.push(PathBuf::from(parser.value()?)),
            Arg::Long(_) | Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Task, lexopt::Error> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn the_demonstration_takes_a_time_and_a_server() {
        let options =
            demo::Options { limit: Some(Duration::from_secs(5)), once: true, servers: vec!["/sbin/x".into()] };
        assert_eq!(read("demo --for 5 --once --server /sbin/x").unwrap(), Task::Demo(options));
    }

    #[test]
    fn an_unknown_word_is_refused_and_no_word_is_a_call_for_help() {
        assert!(read("demmo").is_err());
        assert!(read("check").is_err() && read("check a b").is_err());
        assert_eq!(read("check a").unwrap(), Task::Check("a".into()));
        assert!(read("demo --fro 5").is_err());
        assert_eq!(read("").unwrap(), Task::Help);
    }
}
