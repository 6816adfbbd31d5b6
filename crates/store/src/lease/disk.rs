//! What lease files need of a disk, so that a test can be the disk.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};

pub mod simulated;

/// Mode of new lease files, as Kea makes them.
const FILE_MODE: u32 = 0o640;

/// A directory with files.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file for writing at any place, as it is; makes an empty one if there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file for reading from the start; `None` if there is none.
    fn read(&self, path: &Path) -> io::Result<Option<Box<dyn Read + Send>>>;

    /// Renames a file, over another one if need be.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file; one that is not there is removed already.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Says whether there is such a file.
    fn exists(&self, path: &Path) -> io::Result<bool>;

    /// Makes the names in the directory of `path` survive a power cut.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
}

/// A file open for writing.
pub trait DiskFile: fmt::Debug + Send {
    /// Writes all octets from `offset` on.
    fn write_at(&mut self, octets: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file off at a length.
    fn truncate(&mut self, length: u64) -> io::Result<()>;

    /// Makes the content survive a power cut.
    fn sync(&mut self) -> io::Result<()>;

    /// Takes room on the disk for what will be written from an offset on, without making the file longer.
    ///
    /// # Errors
    /// Those of the system; everything can be written all the same.
    fn reserve(&mut self, _offset: u64, _length: u64) -> io::Result<()> {
        Ok(())
    }
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(FILE_MODE).open(path)?;
        Ok(Box::new(SystemFile(file)))
    }

    fn read(&self, path: &Path) -> io::Result<Option<Box<dyn Read + Send>>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// A file of this machine.
#[derive(Debug)]
struct SystemFile(File);

impl DiskFile for SystemFile {
    fn write_at(&mut self, octets: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(octets, offset)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn reserve(&mut self, offset: u64, length: u64) -> io::Result<()> {
        Ok(fallocate(&self.0, FallocateFlags::KEEP_SIZE, offset, length)?)
    }
}

/// The names of one lease file's family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseFiles {
    /// `X`: where changes are appended.
    pub current: PathBuf,
    /// `X.1`: what is to be cleaned.
    pub copy: PathBuf,
    /// `X.2`: what was cleaned before.
    pub previous: PathBuf,
    /// `X.output`: what is being written.
    pub output: PathBuf,
    /// `X.completed`: what is written and only needs to take its place.
    pub completed: PathBuf,
    /// `X.pid`: who is cleaning.
    pub pid: PathBuf,
}

impl LeaseFiles {
    /// Names the family of a lease file.
    pub fn of(current: &Path) -> Self {
        let with = |suffix: &str| {
            let mut name = current.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Self {
            current: current.to_owned(),
            copy: with(".1"),
            previous: with(".2"),
            output: with(".output"),
            completed: with(".completed"),
            pid: with(".pid"),
        }
    }
}
