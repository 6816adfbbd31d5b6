//! The PID file that keeps two clean-ups of the same lease files apart.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::process::{Pid, getpid, test_kill_process};

use super::disk::Disk;

/// A PID file of this process; removed when dropped.
#[derive(Debug)]
pub struct PidFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

/// Gives the process, other than this one, that a PID file names and that is alive.
pub fn running(disk: &dyn Disk, path: &Path) -> Option<i32> {
    let mut text = String::new();
    disk.read(path).ok()??.take(32).read_to_string(&mut text).ok()?;
    let number: i32 = text.trim().parse().ok()?;
    let pid = if number > 0 { Pid::from_raw(number)? } else { return None };
    // After a restart in a container the number left behind is often this process's own.
    let alive = pid != getpid() && test_kill_process(pid) != Err(rustix::io::Errno::SRCH);
    alive.then_some(number)
}

impl PidFile {
    /// Claims a PID file; `None` if another process that is alive holds it.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn claim(disk: Arc<dyn Disk>, path: &Path) -> io::Result<Option<Self>> {
        if running(&*disk, path).is_some() {
            return Ok(None);
        }
        let mut file = disk.open(path)?;
        file.truncate(0)?;
        file.write_at(format!("{}\n", getpid().as_raw_nonzero()).as_bytes(), 0)?;
        Ok(Some(Self { disk, path: path.to_owned() }))
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // Nobody is left to tell; a file left behind names a process that is gone.
        drop(self.disk.remove(&self.path));
    }
}
