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

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

use model::Family;

use super::csv::{self, Row};
use super::disk::{Disk, LeaseFiles};
use super::open::failed;
use super::read::{LoadEvent, Scan, Sink, Source};
use crate::{OpenError, RowError};

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
    let mut latest = Latest { family, rows: BTreeMap::new(), on_event };
    let mut read = Statistics::default();
    for path in [&files.previous, &files.copy] {
        let Some(file) = disk.read(path).map_err(|why| failed("read", path, why))? else { continue };
        let scan = Source { path, family, max_errors }.read(file, &mut latest)?;
        read.add(scan);
    }
    let count = u64::try_from(latest.rows.len()).unwrap_or(u64::MAX);
    write(disk, &files.output, family, latest.rows.into_values())?;
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

/// The last row of each address, as it will be written.
struct Latest<'a> {
    family: Family,
    rows: BTreeMap<IpAddr, Box<[u8]>>,
    on_event: &'a mut dyn FnMut(LoadEvent),
}

impl Sink for Latest<'_> {
    fn row(&mut self, row: &Row<'_>) -> Result<(), RowError> {
        if row.deletes() {
            self.rows.remove(&row.address);
        } else {
            let mut line = Vec::with_capacity(160);
            row.encode(self.family, &mut line);
            self.rows.insert(row.address, line.into_boxed_slice());
        }
        Ok(())
    }

    fn event(&mut self, event: LoadEvent) {
        (self.on_event)(event);
    }
}

fn write(disk: &dyn Disk, path: &Path, family: Family, rows: impl Iterator<Item = Box<[u8]>>) -> Result<(), OpenError> {
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
    for row in rows {
        chunk.extend_from_slice(&row);
        if chunk.len() >= CHUNK {
            put(&mut chunk)?;
        }
    }
    put(&mut chunk)?;
    file.sync().map_err(|why| failed("sync", path, why))
}
