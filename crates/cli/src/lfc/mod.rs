//! `kea-lfc` as a program: flags, outputs and exit codes of Kea's; the work is [`store::lease::cleanup`].

mod arguments;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use model::{Family, Message};
use store::lease::cleanup;
use store::lease::pid::PidFile;
use store::{Disk, LeaseFiles, OpenError, SystemDisk};

use arguments::{Action, Arguments, USAGE};

/// The Kea whose place this takes.
const VERSION: &str = "3.0.4";

/// Bad rows that are borne in each file.
const MAX_ROW_ERRORS: u32 = 100;

/// How much less urgent than a server the clean-up is.
const NICENESS: i32 = 4;

/// Runs the program with the words after its name.
///
/// Kea: only wrong usage is a failure; whatever happens to the files is logged and ends with 0.
pub fn main(words: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> ExitCode {
    let written = match Arguments::parse(words) {
        Ok(Action::Clean(arguments)) => clean(&arguments, out, err),
        Ok(Action::Usage) => writeln!(err, "{USAGE}"),
        Ok(Action::Version) => writeln!(out, "{VERSION}"),
        Ok(Action::ExtendedVersion) => writeln!(out, "{VERSION} (nestor {})", env!("CARGO_PKG_VERSION")),
        Ok(Action::Report) => writeln!(out, "nestor {}, lease file clean-up", env!("CARGO_PKG_VERSION")),
        Err(wrong) => {
            // Nothing can be told if standard error is closed; the exit code still says it.
            drop(writeln!(err, "Usage error: {wrong}\n{USAGE}\nService failed: {wrong}"));
            return ExitCode::FAILURE;
        }
    };
    // Output that nobody reads changes nothing about the files.
    drop(written);
    ExitCode::SUCCESS
}

fn clean(arguments: &Arguments, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<()> {
    let mut log = Log { out: arguments.verbose.then_some(err) };
    if arguments.verbose {
        writeln!(out, "{arguments}")?;
        out.flush()?;
    }
    log.say("LFC_START", "Starting lease file cleanup");
    let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
    let pid = &arguments.files.pid;
    let claimed = PidFile::claim(Arc::clone(&disk), pid);
    match claimed {
        Ok(Some(_held)) => {
            // A clean-up that may not be patient is a clean-up all the same.
            rustix::process::nice(NICENESS).ok();
            work(&*disk, arguments, &mut log);
        }
        Ok(None) => log.say("LFC_RUNNING", "LFC instance already running"),
        Err(_) => {
            log.say("LFC_FAIL_PID_CREATE", &format!(": Unable to open PID file '{}' for write", pid.display()));
        }
    }
    Ok(())
}

fn work(disk: &dyn Disk, arguments: &Arguments, log: &mut Log<'_>) {
    let files = &arguments.files;
    let result = disk.exists(&files.completed).map_err(|why| OpenError::Disk {
        what: "look for",
        path: files.completed.clone(),
        why,
    });
    let processed = result.and_then(|done| if done { Ok(()) } else { process(disk, files, arguments.family, log) });
    match processed {
        Ok(()) => {
            log.say("LFC_ROTATING", "LFC rotating files");
            if let Err(why) = cleanup::rotate(disk, files) {
                log.say("LFC_FAIL_ROTATE", &format!(": {why}"));
            }
        }
        Err(why) => log.say("LFC_FAIL_PROCESS", &format!(": {why}")),
    }
    log.say("LFC_TERMINATE", "LFC finished processing");
}

fn process(disk: &dyn Disk, files: &LeaseFiles, family: Family, log: &mut Log<'_>) -> Result<(), OpenError> {
    let (previous, copy) = (files.previous.display(), files.copy.display());
    log.say("LFC_PROCESSING", &format!("Previous file: {previous}, copy file: {copy}"));
    let (read, written) = cleanup::process(disk, files, (family, MAX_ROW_ERRORS), &mut |event| {
        log.say(event.id(), &event.to_string());
    })?;
    log.say("LFC_READ_STATS", &read.to_string());
    log.say("LFC_WRITE_STATS", &written.to_string());
    Ok(())
}

/// Kea's log lines, or none without `-d`.
struct Log<'a> {
    out: Option<&'a mut dyn Write>,
}

impl Log<'_> {
    fn say(&mut self, id: &str, text: &str) {
        let Some(out) = &mut self.out else { return };
        let message = Message::find(id);
        let severity = message.map_or("INFO", |message| message.severity.name());
        let logger = match message.map(|message| message.logger) {
            Some(child) if !matches!(child, "" | "DhcpLFC") => format!("DhcpLFC.{child}"),
            Some(_) | None => "DhcpLFC".to_owned(),
        };
        let now = jiff::Zoned::now();
        let (time, ms) = (now.strftime("%Y-%m-%d %H:%M:%S"), now.millisecond());
        // The only thread has the number of the process.
        let pid = std::process::id();
        // A log that cannot be written is no reason to leave the files half cleaned.
        drop(writeln!(out, "{time}.{ms:03} {severity:<5} [{logger}/{pid}.{pid}] {id} {text}"));
    }
}

#[cfg(test)]
mod tests;
