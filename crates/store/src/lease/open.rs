//! Loads the family of lease files at start and opens the current one for appending.

use std::io;
use std::path::Path;
use std::sync::Arc;

use model::Family;

use super::blocks::Digest;
use super::cleanup;
use super::disk::{Disk, DiskFile, LeaseFiles};
use super::journal::{Writer, begin};
use super::memory::{Bulk, LeaseStore};
use super::packed;
use super::pid;
use super::places::Place;
use super::read::{LoadEvent, Scan, Sink, Source, Tail};
use crate::OpenError;

/// What came of opening the lease files.
#[derive(Debug)]
pub struct Opened {
    /// Appends to the current file; give its queue to [`LeaseStore::attach`] and itself to a journal.
    pub writer: Writer,
    /// What to log, in order.
    pub events: Vec<LoadEvent>,
    /// Whether a clean-up has to run at once, to bring the files into the newest format.
    pub clean_up_now: bool,
}

/// Loads all lease files into a store: `X.completed`, or else `X.2` and `X.1`; then `X`.
///
/// A torn last line of `X` is cut off, an older or newer format moves `X` aside for conversion, a missing `X` is made.
///
/// # Errors
/// [`OpenError`]; nothing was changed on disk unless [`OpenError::Disk`] tells of a failed change.
pub fn open(disk: Arc<dyn Disk>, path: &Path, store: &LeaseStore, max_row_errors: u32) -> Result<Opened, OpenError> {
    let files = LeaseFiles::of(path);
    if pid::running(&*disk, &files.pid).is_some() {
        return Err(OpenError::CleanupRunning);
    }
    let (current, mut converts, mut events) = load_all(&*disk, &files, store, max_row_errors)?;
    let family = store.family();
    let open = match current {
        Some(scan) if scan.tail != Tail::NoHeader && !scan.converts => mend(&*disk, path, scan)?,
        Some(scan) if scan.converts => {
            converts = true;
            set_aside(&*disk, &files, family, &mut events)?;
            begin(&*disk, path, family).map_err(|why| failed("create", path, why))?
        }
        Some(_) | None => begin(&*disk, path, family).map_err(|why| failed("create", path, why))?,
    };
    if converts {
        events.push(LoadEvent::Converting { family });
    }
    Ok(Opened { writer: Writer::new(disk, files, family, open), events, clean_up_now: converts })
}

/// Loads what there is of a family of lease files; gives what came of the current one, whether one of the others has to
/// be converted, and what to log.
fn load_all(
    disk: &dyn Disk,
    files: &LeaseFiles,
    store: &LeaseStore,
    max_row_errors: u32,
) -> Result<(Option<Scan>, bool, Vec<LoadEvent>), OpenError> {
    let mut loader = Loader { disk, family: store.family(), leases: store.bulk(), max_row_errors, events: Vec::new() };
    let mut converts = false;
    if let Some(scan) = loader.load(&files.completed)? {
        converts |= scan.converts;
    } else {
        for path in [&files.previous, &files.copy] {
            converts |= loader.load(path)?.is_some_and(|scan| scan.converts);
        }
    }
    let current = loader.load(&files.current)?;
    Ok((current, converts, loader.events))
}

/// Loads one lease file without changing it, as [`open`] would; gives what to log.
///
/// # Errors
/// Those of [`open`].
pub fn load_one(disk: &dyn Disk, path: &Path, store: &LeaseStore) -> Result<(Option<Scan>, Vec<LoadEvent>), OpenError> {
    let mut loader =
        Loader { disk, family: store.family(), leases: store.bulk(), max_row_errors: 0, events: Vec::new() };
    let scan = loader.load(path)?;
    Ok((scan, loader.events))
}

struct Loader<'a> {
    disk: &'a dyn Disk,
    family: Family,
    leases: Bulk<'a>,
    max_row_errors: u32,
    events: Vec<LoadEvent>,
}

impl Loader<'_> {
    fn load(&mut self, path: &Path) -> Result<Option<Scan>, OpenError> {
        let Some(file) = self.disk.read(path).map_err(|why| failed("read", path, why))? else { return Ok(None) };
        let source = Source { path, family: self.family, max_errors: self.max_row_errors };
        source.read(file, self).map(Some)
    }
}

impl Sink for Loader<'_> {
    fn digest(&self) -> Digest {
        |_, row, out| packed::write(row, out)
    }

    fn row(&mut self, place: Place, kept: Option<&[u8]>) {
        self.leases.put_packed(place, kept);
    }

    fn event(&mut self, event: LoadEvent) {
        self.events.push(event);
    }
}

/// Opens the current file so that the next row begins a line, and makes sure that what was loaded stays.
fn mend(disk: &dyn Disk, path: &Path, scan: Scan) -> Result<(Box<dyn DiskFile>, u64), OpenError> {
    let mut file = disk.open(path).map_err(|why| failed("open", path, why))?;
    let mut length = scan.length;
    match scan.tail {
        Tail::Torn => file.truncate(length).map_err(|why| failed("truncate", path, why))?,
        Tail::Unended => {
            file.write_at(b"\n", length).map_err(|why| failed("write", path, why))?;
            length = length.saturating_add(1);
        }
        Tail::None | Tail::NoHeader => {}
    }
    file.sync().map_err(|why| failed("sync", path, why))?;
    disk.sync_directory(path).map_err(|why| failed("sync", path, why))?;
    Ok((file, length))
}

/// Makes a current file of another format the copy to be cleaned; a clean-up that waits is finished first.
fn set_aside(
    disk: &dyn Disk,
    files: &LeaseFiles,
    family: Family,
    events: &mut Vec<LoadEvent>,
) -> Result<(), OpenError> {
    let waits = |path: &Path| disk.exists(path).map_err(|why| failed("look for", path, why));
    if waits(&files.completed)? || waits(&files.copy)? {
        cleanup::run(disk, files, family, &mut |event| events.push(event))?;
    }
    disk.rename(&files.current, &files.copy).map_err(|why| failed("rename", &files.current, why))?;
    disk.sync_directory(&files.copy).map_err(|why| failed("sync", &files.copy, why))
}

pub(crate) fn failed(what: &'static str, path: &Path, why: io::Error) -> OpenError {
    OpenError::Disk { what, path: path.to_owned(), why }
}
