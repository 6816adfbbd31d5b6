//! A wall clock that scenarios set, for servers that run as processes of their own.
//!
//! A small library is compiled with the system's C compiler and loaded into the server before libc. It takes the time
//! from a file that is mapped there and written here, so a scenario about an hour takes a millisecond.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::EPOCH;
use crate::Fault;

/// The clock of one server.
#[derive(Debug)]
pub struct Clock {
    library: PathBuf,
    path: PathBuf,
    file: File,
}

impl Clock {
    /// Makes a clock in `folder` whose files begin with `name`; it stands at the start of a scenario.
    ///
    /// # Errors
    /// [`Fault::Io`] if there is no C compiler or the folder cannot be written.
    pub fn new(folder: &Path, name: &str) -> Result<Self, Fault> {
        let source = folder.join(format!("{name}-clock.c"));
        let library = folder.join(format!("{name}-clock.so"));
        fs::write(&source, include_str!("clock.c")).map_err(Fault::io("writing the clock's source"))?;
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).status();
        let done = compiled.map_err(Fault::io("running cc, which the servers' clock needs"))?.success();
        fs::remove_file(&source).map_err(Fault::io("removing the clock's source"))?;
        if !done {
            return Err(Fault::Server { why: "cc could not compile the servers' clock".to_owned() });
        }
        let path = folder.join(format!("{name}-clock"));
        fs::write(&path, [0; 4096]).map_err(Fault::io("writing the clock"))?;
        let file = File::options().write(true).open(&path).map_err(Fault::io("opening the clock"))?;
        let clock = Self { library, path, file };
        clock.set(0)?;
        Ok(clock)
    }

    /// Moves the clock to so many seconds after the start.
    ///
    /// # Errors
    /// [`Fault::Io`] if its file cannot be written.
    pub fn set(&self, seconds: u32) -> Result<(), Fault> {
        let now = EPOCH + i64::from(seconds);
        self.file.write_all_at(&now.to_ne_bytes(), 0).map_err(Fault::io("setting the clock"))
    }

    /// Lists the environment a server needs, as seen from `root`.
    pub fn environment(&self, root: &Path) -> [(&'static str, String); 2] {
        let inside = |path: &Path| {
            let below = path.strip_prefix(root).unwrap_or(path);
            Path::new("/").join(below).to_string_lossy().into_owned()
        };
        [("LD_PRELOAD", inside(&self.library)), ("SIM_CLOCK", inside(&self.path))]
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        for path in [&self.library, &self.path] {
            if let Err(error) = fs::remove_file(path) {
                eprintln!("leaving {} behind: {error}", path.display());
            }
        }
    }
}
