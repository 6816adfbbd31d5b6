//! A log file, with rotation.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use rustix::fs::{FlockOperation, flock};

use crate::error::LogError;
use crate::sink::lock;
use crate::spec::LEAST_MAXSIZE;

/// How much is kept in memory of a file that is not flushed at each message.
const PIECE: usize = 8 * 1024;

/// A file that lines are appended to.
#[derive(Debug)]
pub(crate) struct FileSink {
    rotation: Rotation,
    state: Mutex<State>,
}

/// Where the file is, when it is rotated and how many are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rotation {
    pub(crate) path: PathBuf,
    pub(crate) maxsize: u64,
    pub(crate) maxver: u32,
    /// The file that processes with a common log lock while they rotate it.
    pub(crate) lock: Option<PathBuf>,
}

#[derive(Debug)]
struct State {
    file: File,
    size: u64,
    pending: Vec<u8>,
}

impl FileSink {
    /// Opens the file for appending.
    ///
    /// # Errors
    /// [`LogError::Open`] if that is not possible.
    pub(crate) fn open(rotation: Rotation) -> Result<Self, LogError> {
        let opened = append(&rotation.path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size, file) = opened.map_err(|source| LogError::Open { path: rotation.path.clone(), source })?;
        Ok(Self { rotation, state: Mutex::new(State { file, size, pending: Vec::new() }) })
    }

    /// Appends a line with one write, or keeps it for later; rotates the file when it has become too long.
    pub(crate) fn write(&self, line: &str, at_once: bool) -> io::Result<()> {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        if at_once && state.pending.is_empty() {
            state.file.write_all(line.as_bytes())?;
        } else {
            state.pending.extend_from_slice(line.as_bytes());
            if at_once || state.pending.len() >= PIECE {
                state.write_pending()?;
            }
        }
        state.size = state.size.saturating_add(length);
        if self.rotation.maxsize >= LEAST_MAXSIZE && state.size > self.rotation.maxsize {
            state.write_pending()?;
            state.size = 0;
            self.rotation.rotate(state)?;
        }
        Ok(())
    }

    /// Writes what is kept in memory.
    pub(crate) fn flush(&self) -> io::Result<()> {
        lock(&self.state).write_pending()
    }
}

impl Drop for FileSink {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Nobody is left to hear of a failure.
        let _unheard = state.write_pending().is_ok();
    }
}

impl State {
    fn write_pending(&mut self) -> io::Result<()> {
        let result = self.file.write_all(&self.pending);
        self.pending.clear();
        result
    }
}

impl Rotation {
    /// Renames the file to `.1`, `.1` to `.2` and so on up to `maxver`, and begins a new one.
    fn rotate(&self, state: &mut State) -> io::Result<()> {
        let _guard = self.lock.as_deref().map(exclusive).transpose()?;
        let current = fs::metadata(&self.path).ok().map(|found| (found.dev(), found.ino()));
        let own = state.file.metadata()?;
        // Another process may have rotated the file meanwhile; then its successor is simply opened.
        if current == Some((own.dev(), own.ino())) {
            self.shift()?;
        }
        state.file = append(&self.path)?;
        state.size = state.file.metadata()?.len();
        Ok(())
    }

    fn shift(&self) -> io::Result<()> {
        let most = self.maxver.max(1);
        let free = (1..most).find(|version| !self.version(*version).exists()).unwrap_or(most);
        for version in (1..free).rev() {
            fs::rename(self.version(version), self.version(version.saturating_add(1)))?;
        }
        fs::rename(&self.path, self.version(1))
    }

    fn version(&self, version: u32) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{version}"));
        name.into()
    }
}

/// Takes the lock that processes share; it is given back when the file is closed.
fn exclusive(path: &Path) -> io::Result<File> {
    let file = append(path)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}
