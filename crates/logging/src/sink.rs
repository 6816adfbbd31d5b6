//! Where lines go: console, system log, files.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::Severity;

use crate::format::{Entry, Formatter};
use crate::pattern::Pattern;
use crate::sink::file::FileSink;
use crate::sink::syslog::Syslog;
use crate::spec::OutputSpec;

pub(crate) mod file;
pub(crate) mod syslog;

/// Lines longer than this are not worth keeping their buffer for.
const KEPT: usize = 64 * 1024;

/// One configured output: a layout and where it goes.
#[derive(Debug)]
pub(crate) struct Output {
    /// The formatter and the buffer of the line. Held while a line is made and written, so that lines keep their order.
    state: Mutex<(Formatter, String)>,
    sink: Arc<Sink>,
    flush: bool,
    lost: AtomicU64,
}

/// A place lines are written to; several outputs may share a file.
#[derive(Debug)]
pub(crate) enum Sink {
    Stdout,
    Stderr,
    Syslog(Syslog),
    File(FileSink),
}

impl Output {
    pub(crate) fn new(spec: &OutputSpec, sink: Arc<Sink>) -> Self {
        let formatter = Formatter::new(Pattern::parse(spec.layout()));
        Self { state: Mutex::new((formatter, String::new())), sink, flush: spec.flush, lost: AtomicU64::new(0) }
    }

    /// Writes one message.
    pub(crate) fn write(&self, entry: &Entry<'_>) {
        let mut state = lock(&self.state);
        let (formatter, line) = &mut *state;
        line.clear();
        // A text that cannot be formatted is printed as far as it got.
        let complete = formatter.write(line, entry).is_ok();
        if !complete {
            line.push('\n');
        }
        let at_once = self.flush || entry.message.severity >= Severity::Error;
        if self.sink.write(line, (entry.message.severity, entry.at.second), at_once).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        if line.capacity() > KEPT {
            *line = String::new();
        }
    }

    /// Writes what is still in memory.
    pub(crate) fn flush(&self) -> io::Result<()> {
        match &*self.sink {
            Sink::Stdout => io::stdout().flush(),
            Sink::File(file) => file.flush(),
            Sink::Stderr | Sink::Syslog(_) => Ok(()),
        }
    }

    /// How many messages could not be written.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Sink {
    fn write(&self, line: &str, (severity, second): (Severity, i64), at_once: bool) -> io::Result<()> {
        match self {
            Self::Stdout => write_console(io::stdout().lock(), line),
            Self::Stderr => write_console(io::stderr().lock(), line),
            Self::Syslog(syslog) => syslog.write(line, severity, second),
            Self::File(file) => file.write(line, at_once),
        }
    }
}

fn write_console(mut stream: impl Write, line: &str) -> io::Result<()> {
    stream.write_all(line.as_bytes())?;
    stream.flush()
}

/// Locks even after a panic elsewhere: a line is made anew each time.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
