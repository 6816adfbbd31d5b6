//! The handle that daemons log through.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant as Monotonic;

use model::Message;

use crate::clock::Instant;
use crate::error::LogError;
use crate::format::Entry;
use crate::levels::{Levels, rank};
use crate::sink::file::{FileSink, Rotation};
use crate::sink::syslog::{self, Syslog};
use crate::sink::{Output, Sink};
use crate::spec::{Destination, LoggerSpec, OutputSpec};
use crate::tree::Tree;

/// All loggers of a daemon. A clone is the same loggers.
#[derive(Debug, Clone)]
pub struct Logs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: String,
    verbose: bool,
    lock: Option<PathBuf>,
    started: Monotonic,
    process: u32,
    levels: Levels,
    tree: RwLock<Arc<Tree>>,
}

/// Loggers that are ready to be used: their files are open.
#[derive(Debug)]
pub struct Setup(Arc<Tree>);

impl Logs {
    /// Begins with everything from INFO on to standard output.
    ///
    /// `root` is the daemon's name, such as `kea-dhcp6`. With `verbose` (`-d`) every logger prints everything, whatever
    /// is configured. `lock` is the path of `logger_lockfile`, `None` for `KEA_LOCKFILE_DIR=none`.
    pub fn new(root: &str, verbose: bool, lock: Option<PathBuf>) -> Self {
        let mut tree = Tree::new(root, verbose);
        tree.set_root_output(console(Destination::Stdout, Sink::Stdout));
        let inner = Inner {
            root: root.to_owned(),
            verbose,
            lock,
            started: Monotonic::now(),
            process: std::process::id(),
            levels: Levels::new(),
            tree: RwLock::new(Arc::new(tree)),
        };
        let logs = Self(Arc::new(inner));
        logs.update_levels();
        logs
    }

    /// Tells whether the message would be printed. Costs some nanoseconds; ask before making an expensive text.
    pub fn enabled(&self, message: &Message) -> bool {
        self.0.levels.allows(message).unwrap_or_else(|| self.tree().rank(message.logger) >= needed(message))
    }

    /// Prints the message if it is wanted. `text` is what follows the identifier.
    pub fn log(&self, message: &Message, text: fmt::Arguments<'_>) {
        if !self.enabled(message) {
            return;
        }
        let entry = Entry {
            message,
            text,
            root: &self.0.root,
            at: Instant::now(),
            process: self.0.process,
            thread: thread(),
            elapsed: self.0.started.elapsed().as_millis(),
        };
        for output in self.tree().outputs(message.logger) {
            output.write(&entry);
        }
    }

    /// Replaces all loggers. On failure nothing changes.
    ///
    /// # Errors
    /// [`LogError::Open`] if a file cannot be opened.
    pub fn replace(&self, specs: &[LoggerSpec]) -> Result<(), LogError> {
        self.prepare(specs).map(|setup| drop(self.swap(setup)))
    }

    /// Does everything that can fail in replacing the loggers, without using them yet.
    ///
    /// # Errors
    /// [`LogError::Open`] if a file cannot be opened, [`LogError::Debuglevel`] if a level is out of range.
    pub fn prepare(&self, specs: &[LoggerSpec]) -> Result<Setup, LogError> {
        let mut tree = Tree::new(&self.0.root, self.0.verbose);
        let mut files = Vec::new();
        for spec in specs {
            if spec.debuglevel > 99 {
                return Err(LogError::Debuglevel(spec.debuglevel.into()));
            }
            let outputs: Result<_, _> = spec.outputs.iter().map(|output| self.output(output, &mut files)).collect();
            tree.add(spec, outputs?);
        }
        if tree.lacks_root_output() {
            // Kea: without any logger messages go to stdout, with loggers that leave out the root's output to stderr.
            let output = if specs.is_empty() {
                console(Destination::Stdout, Sink::Stdout)
            } else {
                console(Destination::Stderr, Sink::Stderr)
            };
            tree.set_root_output(output);
        }
        Ok(Setup(Arc::new(tree)))
    }

    /// Uses prepared loggers from now on; returns those used so far, which can be swapped back.
    pub fn swap(&self, setup: Setup) -> Setup {
        let old = {
            let mut tree = self.0.tree.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *tree, setup.0)
        };
        self.update_levels();
        // Nobody is left to hear of a failure to write the rest of the old files.
        let _unheard = old.all_outputs().map(|output| output.flush()).filter(Result::is_err).count();
        Setup(old)
    }

    /// Writes what outputs without `flush` keep in memory. Call it before the process ends.
    ///
    /// # Errors
    /// The first failure; all outputs are tried.
    pub fn flush(&self) -> std::io::Result<()> {
        let mut first = Ok(());
        for output in self.tree().all_outputs() {
            first = first.and(output.flush());
        }
        first
    }

    /// Says how many messages could not be written since the loggers were last replaced: a full disk, no log daemon.
    pub fn lost(&self) -> u64 {
        self.tree().all_outputs().fold(0, |sum, output| sum.saturating_add(output.lost()))
    }

    /// The daemon's name.
    pub fn root(&self) -> &str {
        &self.0.root
    }

    fn tree(&self) -> Arc<Tree> {
        Arc::clone(&self.0.tree.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn update_levels(&self) {
        let tree = self.tree();
        self.0.levels.set(|logger| tree.rank(logger));
        self.0.levels.raise(tree.highest());
    }

    /// Makes one output. A file named twice is opened once.
    fn output(&self, spec: &OutputSpec, files: &mut Files) -> Result<Arc<Output>, LogError> {
        let sink = match &spec.destination {
            Destination::Stdout => Arc::new(Sink::Stdout),
            Destination::Stderr => Arc::new(Sink::Stderr),
            Destination::Syslog(facility) => {
                Arc::new(Sink::Syslog(Syslog::new(syslog::SOCKET, &self.0.root, facility.as_deref())))
            }
            Destination::File(path) => self.file(path, spec, files)?,
        };
        Ok(Arc::new(Output::new(spec, sink)))
    }

    fn file(&self, path: &Path, spec: &OutputSpec, files: &mut Files) -> Result<Arc<Sink>, LogError> {
        if let Some((_, sink)) = files.iter().find(|(opened, _)| opened == path) {
            return Ok(Arc::clone(sink));
        }
        let (path, lock) = (path.to_owned(), self.0.lock.clone());
        let rotation = Rotation { path: path.clone(), maxsize: spec.maxsize, maxver: spec.maxver, lock };
        let sink = Arc::new(Sink::File(FileSink::open(rotation)?));
        files.push((path, Arc::clone(&sink)));
        Ok(sink)
    }
}

/// The files opened so far, by path.
type Files = Vec<(PathBuf, Arc<Sink>)>;

fn needed(message: &Message) -> u8 {
    rank(message.severity, message.debuglevel)
}

fn console(destination: Destination, sink: Sink) -> Arc<Output> {
    Arc::new(Output::new(&OutputSpec::new(destination), Arc::new(sink)))
}

/// The system's number of the calling thread.
fn thread() -> u64 {
    u64::try_from(rustix::thread::gettid().as_raw_nonzero().get()).unwrap_or(0)
}
