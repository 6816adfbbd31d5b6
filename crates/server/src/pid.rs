//! The PID file that keeps a second daemon with the same configuration from starting.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, test_kill_process};

/// A PID file of ours; removed when dropped.
#[derive(Debug)]
pub struct PidFile(PathBuf);

/// Why there is no PID file of ours.
#[derive(Debug, thiserror::Error)]
pub enum PidError {
    /// The daemon runs already.
    #[error("Daemon::createPIDFile: PID: {pid} exists, PID file: {}", path.display())]
    Running {
        /// The PID in the file, which is alive.
        pid: i32,
        /// The file.
        path: PathBuf,
    },
    /// The file holds something else than a PID.
    #[error("PID file {} holds no process number", path.display())]
    Garbage {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("cannot write PID file {}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}

impl PidFile {
    /// Writes our PID, unless the file names a process that is alive.
    ///
    /// # Errors
    /// [`PidError`].
    pub fn create(path: &Path) -> Result<Self, PidError> {
        let failed = |why| PidError::File { path: path.to_owned(), why };
        match fs::read_to_string(path) {
            Ok(text) => {
                let garbage = || PidError::Garbage { path: path.to_owned() };
                let pid: i32 = text.trim().parse().ok().ok_or_else(garbage)?;
                let own = i32::try_from(std::process::id()).unwrap_or(0);
                if pid != own && Pid::from_raw(pid).is_some_and(|pid| test_kill_process(pid).is_ok()) {
                    return Err(PidError::Running { pid, path: path.to_owned() });
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        fs::write(path, format!("{}\n", std::process::id())).map_err(failed)?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Somebody may have removed it; then there is nothing left to do.
        drop(fs::remove_file(&self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_process_keeps_its_file_and_a_dead_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.pid");
        fs::write(&path, "1\n").unwrap();
        assert!(matches!(PidFile::create(&path), Err(PidError::Running { pid: 1, .. })));
        fs::write(&path, "2147483646\n").unwrap();
        let ours = PidFile::create(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        drop(ours);
        assert!(!path.exists());
        fs::write(&path, "garbage").unwrap();
        assert!(matches!(PidFile::create(&path), Err(PidError::Garbage { .. })));
    }
}
