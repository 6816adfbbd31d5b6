//! From the command line to a serving daemon, and to its exit value.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use config::Configuration;
use logging::Logs;
use model::Family;
use net::{Poller, Signal, Signals};

use crate::delivery::Delivery;
use crate::flags::{self, Flags, Request};
use crate::paths::Paths;
use crate::pid::PidFile;
use crate::reconfigure::{self, Reader, ReconfigureError};
use crate::server::{Server, Setup};
use crate::statistics::Statistics;
use crate::{commands, drive, ping, timers, version};

/// Runs a daemon with the arguments its process was started with: the whole of its `main`.
pub fn main(program: &'static str, family: Family) -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|text| text.to_string_lossy().into_owned()).collect();
    run(program, family, &arguments)
}

/// Runs a daemon. `arguments` is the command line without the program's name.
pub fn run(program: &'static str, family: Family, arguments: &[String]) -> ExitCode {
    match flags::parse(program, family, arguments) {
        Err(complaint) => {
            complain(&format!("{complaint}\n{}", flags::usage(program, family)));
            ExitCode::FAILURE
        }
        Ok(Request::Version) => say(version::VERSION),
        Ok(Request::ExtendedVersion) => say(&version::extended(family)),
        Ok(Request::BuildReport) => say(&version::build_report()),
        Ok(Request::Check(flags)) => check(program, family, &flags, Depth::Configuration),
        Ok(Request::CheckDeeply(flags)) => check(program, family, &flags, Depth::Databases),
        Ok(Request::Serve(flags)) => serve(program, family, flags),
    }
}

fn say(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    if writeln!(out, "{text}").is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn complain(text: &str) {
    // If stderr is closed there is nobody to complain to.
    drop(writeln!(std::io::stderr(), "{text}"));
}

/// How far a check goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The text alone.
    Configuration,
    /// The lease file too, in a copy of memory that is thrown away.
    Databases,
}

fn check(program: &'static str, family: Family, flags: &Flags, depth: Depth) -> ExitCode {
    let paths = Paths::from_environment();
    let delivery = outlet(program, family, flags, &paths);
    let reader = Reader { family, flags, paths: &paths, delivery: &delivery };
    let outcome = net::interfaces()
        .map_err(ReconfigureError::from)
        .and_then(|interfaces| reader.file(&interfaces))
        .and_then(|configuration| match depth {
            Depth::Configuration => Ok(()),
            Depth::Databases => reconfigure::try_database(&reader, &configuration),
        });
    match outcome {
        Ok(()) => {
            if flags.verbose {
                complain("Syntax check OK");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            reconfigure::log_parser_failure(family, &delivery, &error);
            let prefix =
                if reconfigure::is_syntax(&error) { "Syntax check failed with: " } else { "Error encountered: " };
            complain(&format!("{prefix}{error}"));
            if let Some(picture) = reconfigure::picture(family, &error) {
                complain(&picture);
            }
            ExitCode::FAILURE
        }
    }
}

fn outlet(program: &str, family: Family, flags: &Flags, paths: &Paths) -> Arc<Delivery> {
    let logs = Logs::new(program, flags.verbose, paths.lock.clone());
    Arc::new(Delivery::new(family, logs, Arc::new(Statistics::new(family))))
}

fn serve(program: &'static str, family: Family, mut flags: Flags) -> ExitCode {
    rustix::process::umask(rustix::fs::Mode::WGRP | rustix::fs::Mode::RWXO);
    let paths = Paths::from_environment();
    let delivery = outlet(program, family, &flags, &paths);
    let signals = match Signals::hold() {
        Ok(signals) => signals,
        Err(error) => {
            complain(&format!("{program}: cannot wait for signals: {error}"));
            return ExitCode::FAILURE;
        }
    };
    delivery.log(
        family.pick("DHCP4_STARTING", "DHCP6_STARTING"),
        format_args!("Kea DHCPv{} server version {} (stable) starting", family.digit(), version::VERSION),
    );
    if flags.relaxed {
        let id = family.pick("DHCP4_SECURITY_CHECKS_DISABLED", "DHCP6_SECURITY_CHECKS_DISABLED");
        delivery.log(id, format_args!("paths are not held to their directories, because of the flag -X"));
    }
    flags.to_source = family == Family::V4 && std::env::var_os("KEA_TEST_SEND_RESPONSES_TO_SOURCE").is_some();
    if flags.to_source {
        delivery.log(
            "DHCP4_TESTING_MODE_SEND_TO_SOURCE_ENABLED",
            format_args!("every reply goes to the address its query came from: for tests only"),
        );
    }
    let pid_file = match PidFile::create(&paths.pid_file(program, &flags.file)) {
        Ok(file) => file,
        Err(error) => {
            complain(&format!("{program} already running? {error}"));
            let id = family.pick("DHCP4_ALREADY_RUNNING", "DHCP6_ALREADY_RUNNING");
            delivery.log(id, format_args!("{program} already running? {error}"));
            return ExitCode::FAILURE;
        }
    };
    let file = flags.file.clone();
    let setup = Setup { family, program, flags, paths, delivery: Arc::clone(&delivery) };
    let value = match begin(setup) {
        Ok((server, poller)) => live(&server, poller, signals),
        Err(error) => {
            fail(family, &delivery, &file, &error);
            1
        }
    };
    delivery.finish_records();
    // What cannot be written at the end is lost with the outputs that refuse it.
    drop(delivery.logs().flush());
    drop(pid_file);
    ExitCode::from(value)
}

/// Says why the daemon does not start: in the log, and on the console in the words scripts look for.
fn fail(family: Family, delivery: &Delivery, file: &str, error: &ReconfigureError) {
    reconfigure::log_parser_failure(family, delivery, error);
    let id = family.pick("DHCP4_CONFIG_LOAD_FAIL", "DHCP6_CONFIG_LOAD_FAIL");
    delivery.log(id, format_args!("configuration error using file: {file}, reason: {error}"));
    let id = family.pick("DHCP4_INIT_FAIL", "DHCP6_INIT_FAIL");
    let text = format!("failed to initialize Kea server: configuration error using file '{file}': {error}");
    delivery.log(id, format_args!("{text}"));
    complain(&format!("{id} {text}"));
    if let Some(picture) = reconfigure::picture(family, error) {
        complain(&picture);
    }
}

/// Reads the first configuration and opens everything it asks for.
fn begin(setup: Setup) -> Result<(Arc<Server>, Poller), ReconfigureError> {
    let (family, delivery) = (setup.family, Arc::clone(&setup.delivery));
    delivery.log("COMMAND_RECEIVED", format_args!("Received command 'config-set'"));
    let interfaces = net::interfaces()?;
    let reader = Reader { family, flags: &setup.flags, paths: &setup.paths, delivery: &delivery };
    let configuration = read_apart(&reader, &interfaces)?;
    reconfigure::check_loggers(&reader, &configuration)?;
    // The loggers are in use from here on; without a server there is nothing to go back to.
    drop(reconfigure::use_loggers(delivery.logs(), &configuration, &setup.paths, &delivery));
    let running = reconfigure::prepare(&reader, configuration, &interfaces, &delivery, None)?;
    let poller = Poller::new(running.sockets.clone()).map_err(ReconfigureError::System)?;
    let server = Arc::new(Server::new(setup, running, poller.waker()));
    {
        let mut channels = server.channels();
        reconfigure::open_channels(&server, &server.running().configuration, &mut channels)?;
    }
    let running = server.running();
    reconfigure::count_anew(&server, &running);
    reconfigure::log_complete(&server, &running);
    ping::follow(&server, &running);
    drop(running);
    // What the text of a large configuration took is not needed again until the next one.
    net::memory::give_back();
    Ok((server, poller))
}

/// Reads the configuration file on a thread of its own, whose memory is apart from that of the first thread: when all of it
/// is freed one day, at a reload, the thread that serves packets does not wait for its memory.
fn read_apart(reader: &Reader<'_>, interfaces: &net::Interfaces) -> Result<Configuration, ReconfigureError> {
    let read = std::thread::scope(|scope| scope.spawn(|| reader.file(interfaces)).join());
    read.unwrap_or_else(|_panic| Err(ReconfigureError::System(std::io::Error::other("the configuration was not read"))))
}

/// Serves until told to stop; gives the exit value.
fn live(server: &Arc<Server>, poller: Poller, signals: Signals) -> u8 {
    let running = server.running();
    let threading = running.configuration.multi_threading;
    let family = server.family;
    let threads = match threading.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        given => usize::from(given),
    };
    server.delivery.log(
        family.pick("DHCP4_MULTI_THREADING_INFO", "DHCP6_MULTI_THREADING_INFO"),
        format_args!(
            "enabled: {}, number of threads: {threads}, queue size: {}",
            if threading.enabled { "yes" } else { "no" },
            threading.queue_size
        ),
    );
    server.delivery.log(
        family.pick("DHCP4_STARTED", "DHCP6_STARTED"),
        format_args!("Kea DHCPv{} server version {} started", family.digit(), version::VERSION),
    );
    drop(running);
    let timing = {
        let server = Arc::clone(server);
        std::thread::Builder::new().name("timers".to_owned()).spawn(move || timers::run(&server))
    };
    let listening = {
        let server = Arc::clone(server);
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || obey(&server, &signals))
    };
    if timing.is_err() || listening.is_err() {
        server.stop(1);
    }
    // Packets are served by the first thread: glibc's memory for it grows in large steps, that for others by pages.
    if catch_unwind(AssertUnwindSafe(|| drive::run(server, poller))).is_err() {
        server.delivery.log("NESTOR_PACKETS_ENDED", format_args!("the packet thread ended in a panic"));
        server.stop(1);
    }
    let value = timing.ok().and_then(|timing| timing.join().ok()).unwrap_or(1);
    server.pinger.join();
    {
        let mut channels = server.channels();
        channels.iter().for_each(|channel| channel.drain(LAST_WORDS));
        channels.clear();
    }
    server.delivery.log(family.pick("DHCP4_SHUTDOWN", "DHCP6_SHUTDOWN"), format_args!("server shutdown"));
    value
}

/// How long the end waits for the answer to the command that asked for it.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// Does what signals ask for.
fn obey(server: &Arc<Server>, signals: &Signals) {
    loop {
        match signals.next() {
            Ok(Signal::Reload) => {
                // Success and failure are in the log.
                drop(commands::reload(server));
            }
            Ok(Signal::Stop) => return server.stop(0),
            Ok(Signal::Child) => {}
            Err(error) => {
                server.delivery.log("NESTOR_SIGNALS_LOST", format_args!("cannot wait for signals: {error}"));
                return;
            }
        }
    }
}
