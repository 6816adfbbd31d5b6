//! Lease file clean-up: the copy and what was cleaned before become one file with one row per lease.
//!
//! The server runs this on a thread of its own instead of starting `kea-lfc` as Kea does: no second program has to be
//! found, a large process need not fork, and the result is known without watching a child. `kea-lfc` is the same code.
//!
//! Each step leaves files that [`super::open::open`] loads completely, and that the next run takes up:
//!
//! | step | files then |
//! |---|---|
//! | read `X.2`, `X.1`; write and sync `X.output` | `X.2` `X.1` (`X.output`) |
//! | rename `X.output` to `X.completed` | `X.2` `X.1` `X.completed` |
//! | remove `X.2`, `X.1` | `X.completed` |
//! | rename `X.completed` to `X.2` | `X.2` |

use std::path::Path;

use model::Family;

use super::blocks::Digest;
use super::csv::{self, Row};
use super::disk::{Disk, LeaseFiles};
use super::open::failed;
use super::packed;
use super::places::{Place, Places};
use super::read::{LoadEvent, Scan, Sink, Source};
use super::slab::{Slab, Slot};
use crate::OpenError;

/// Octets gathered before they are written.
const CHUNK: usize = 1 << 20;

/// How much was read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Rows that were good.
    pub leases: u64,
    /// Attempts at a row; the end of each file read counts as one.
    pub attempts: u64,
    /// Rows that were bad.
    pub errors: u64,
}

impl std::fmt::Display for Statistics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Leases: {}, attempts: {}, errors: {}.", self.leases, self.attempts, self.errors)
    }
}

/// Cleans what waits to be cleaned, and moves the result to its place.
///
/// # Errors
/// [`OpenError`]; running again takes up where this run stopped.
pub fn run(
    disk: &dyn Disk,
    files: &LeaseFiles,
    family: Family,
    on_event: &mut dyn FnMut(LoadEvent),
) -> Result<(), OpenError> {
    let there = |path: &Path| disk.exists(path).map_err(|why| failed("look for", path, why));
    if !there(&files.completed)? {
        if !there(&files.copy)? {
            return Ok(());
        }
        process(disk, files, (family, 0), on_event)?;
    }
    rotate(disk, files)
}

/// Reads the previous file and the copy, writes the output and renames it to the completed file.
///
/// `max_errors` bad rows are borne in each file; 0 sets no bound.
///
/// # Errors
/// [`OpenError`]; previous file and copy are as they were.
pub fn process(
    disk: &dyn Disk,
    files: &LeaseFiles,
    (family, max_errors): (Family, u32),
    on_event: &mut dyn FnMut(LoadEvent),
) -> Result<(Statistics, Statistics), OpenError> {
    let mut latest = Latest { slab: Slab::default(), places: Places::new(family), count: 0, on_event };
    let mut read = Statistics::default();
    for path in [&files.previous, &files.copy] {
        let Some(file) = disk.read(path).map_err(|why| failed("read", path, why))? else { continue };
        let scan = Source { path, family, max_errors }.read(file, &mut latest)?;
        read.add(scan);
    }
    let count = latest.count;
    write(disk, &files.output, family, &latest)?;
    disk.rename(&files.output, &files.completed).map_err(|why| failed("rename", &files.output, why))?;
    disk.sync_directory(&files.completed).map_err(|why| failed("sync", &files.completed, why))?;
    Ok((read, Statistics { leases: count, attempts: count, errors: 0 }))
}

/// Removes what the completed file replaces and gives it the name of the previous one.
///
/// # Errors
/// [`OpenError::Disk`].
pub fn rotate(disk: &dyn Disk, files: &LeaseFiles) -> Result<(), OpenError> {
    for path in [&files.previous, &files.copy] {
        disk.remove(path).map_err(|why| failed("remove", path, why))?;
    }
    disk.rename(&files.completed, &files.previous).map_err(|why| failed("rename", &files.completed, why))?;
    disk.sync_directory(&files.previous).map_err(|why| failed("sync", &files.previous, why))
}

impl Statistics {
    fn add(&mut self, scan: Scan) {
        self.leases += scan.rows;
        self.errors += scan.errors;
        self.attempts += scan.rows + scan.errors + 1;
    }
}

/// The last row of each address.
struct Latest<'a> {
    slab: Slab,
    places: Places,
    count: u64,
    on_event: &'a mut dyn FnMut(LoadEvent),
}

/// Begins what is kept of a row that a packed record says all of.
const PACKED: u8 = 0;
/// Begins what is kept of any other row: its line.
const LINE: u8 = 1;

/// Keeps a row in few octets.
fn keep(family: Family, row: &Row<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.push(PACKED);
    let is_packed =
        packed::write(row, out).is_ok() && packed::read(family, out.get(start + 1..).unwrap_or_default()) == *row;
    if !is_packed {
        out.truncate(start);
        out.push(LINE);
        row.encode(family, out);
    }
}

impl Sink for Latest<'_> {
    fn digest(&self) -> Digest {
        |family, row, out| {
            keep(family, row, out);
            Ok(())
        }
    }

    fn row(&mut self, place: Place, kept: Option<&[u8]>) {
        match (self.places.get(place), kept) {
            (None, None) => {}
            (None, Some(kept)) => {
                // Memory ends long before slots do.
                let Some(slot) = self.slab.insert(kept) else { return };
                self.places.insert(place, slot);
                self.count += 1;
            }
            (Some(slot), None) => {
                self.slab.remove(slot);
                self.places.remove(place, slot);
                self.count -= 1;
            }
            (Some(old), Some(kept)) => {
                let Some(slot) = self.slab.replace(old, kept).filter(|slot| *slot != old) else { return };
                self.places.remove(place, old);
                self.places.insert(place, slot);
            }
        }
    }

    fn event(&mut self, event: LoadEvent) {
        (self.on_event)(event);
    }
}

impl Latest<'_> {
    /// Appends the line of a row.
    fn line(&self, family: Family, slot: Slot, out: &mut Vec<u8>) {
        match self.slab.get(slot).split_first() {
            Some((&PACKED, record)) => packed::read(family, record).encode(family, out),
            Some((_, line)) => {
                let end = line.iter().position(|octet| *octet == b'\n').map_or(line.len(), |at| at + 1);
                out.extend_from_slice(line.get(..end).unwrap_or_default());
            }
            None => {}
        }
    }
}

fn write(disk: &dyn Disk, path: &Path, family: Family, latest: &Latest<'_>) -> Result<(), OpenError> {
    let mut file = disk.open(path).map_err(|why| failed("create", path, why))?;
    file.truncate(0).map_err(|why| failed("truncate", path, why))?;
    let (mut chunk, mut offset) = (Vec::with_capacity(CHUNK), 0_u64);
    csv::write_header(family, &mut chunk);
    let mut put = |chunk: &mut Vec<u8>| {
        file.write_at(chunk, offset).map_err(|why| failed("write", path, why))?;
        offset = offset.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        chunk.clear();
        Ok::<_, OpenError>(())
    };
    for (_, slot) in latest.places.from(0) {
        latest.line(family, slot, &mut chunk);
        if chunk.len() >= CHUNK {
            put(&mut chunk)?;
        }
    }
    put(&mut chunk)?;
    file.sync().map_err(|why| failed("sync", path, why))
}
