//! A disk in memory that fails on demand and forgets what was not synced.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile};

/// What a disk writes whole or not at all, in octets.
const SECTOR: usize = 512;

/// A disk in memory. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub struct SimulatedDisk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    /// The names after each change since they were synced.
    later_names: Vec<BTreeMap<PathBuf, usize>>,
    contents: Vec<Content>,
    /// Operations done so far.
    operations: u64,
    /// From this operation on, every one fails.
    broken_from: Option<u64>,
    /// Octets that still fit; `None` sets no bound.
    room: Option<u64>,
    /// Whether syncing a file fails.
    sync_fails: bool,
}

#[derive(Debug, Default, Clone)]
struct Content {
    written: Vec<u8>,
    synced: Vec<u8>,
}

impl SimulatedDisk {
    /// Makes an empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the operations done so far.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Lets every operation fail from the given one on, as if the machine had stopped there.
    pub fn break_at(&self, operation: u64) {
        self.state().broken_from = Some(operation);
    }

    /// Sets how many octets still fit; a write beyond that is done in part and fails.
    pub fn set_room(&self, room: Option<u64>) {
        self.state().room = room;
    }

    /// Lets syncing fail, or work again.
    pub fn set_sync_fails(&self, fails: bool) {
        self.state().sync_fails = fails;
    }

    /// Kills the process: all that was written stays, and the disk works again.
    pub fn kill(&self) {
        let mut state = self.state();
        state.broken_from = None;
        state.room = None;
        state.sync_fails = false;
    }

    /// Cuts the power: only what was synced stays, names and contents alike, and the disk works again.
    pub fn cut_power(&self) {
        self.kill();
        let mut state = self.state();
        state.names = state.synced_names.clone();
        state.later_names.clear();
        for content in &mut state.contents {
            content.written = content.synced.clone();
        }
    }

    /// Cuts the power while the disk writes: of what was not synced any sectors may stay and others not, a file may be
    /// as long as it had become or end with the last sector that stayed, and of the changes of names the first few stay.
    pub fn cut_power_while_writing(&self, chance: &mut dyn FnMut(usize) -> usize) {
        self.kill();
        let mut state = self.state();
        let mut names = vec![state.synced_names.clone()];
        names.append(&mut state.later_names);
        state.names = names.swap_remove(chance(names.len()));
        state.synced_names = state.names.clone();
        for content in &mut state.contents {
            content.written = content.torn(chance);
            content.synced = content.written.clone();
        }
    }

    /// Puts a file there, synced.
    pub fn put(&self, path: &Path, octets: &[u8]) {
        let mut state = self.state();
        let number = state.contents.len();
        state.contents.push(Content { written: octets.to_vec(), synced: octets.to_vec() });
        state.names.insert(path.to_owned(), number);
        state.synced_names.insert(path.to_owned(), number);
    }

    /// Gives what a file holds now.
    pub fn content(&self, path: &Path) -> Option<Vec<u8>> {
        let state = self.state();
        let content = state.names.get(path).and_then(|number| state.contents.get(*number));
        content.map(|content| content.written.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one operation and says whether it may happen.
    fn operate(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        let number = state.operations;
        state.operations += 1;
        match state.broken_from {
            Some(from) if number >= from => Err(io::Error::other("the disk is gone")),
            _ => Ok(state),
        }
    }
}

impl Content {
    /// Gives what stays of the content.
    fn torn(&self, chance: &mut dyn FnMut(usize) -> usize) -> Vec<u8> {
        let mut stays = self.synced.clone();
        let keeps_length = chance(2) == 0;
        for (number, sector) in self.written.chunks(SECTOR).enumerate() {
            let (start, end) = (number * SECTOR, number * SECTOR + sector.len());
            if self.synced.get(start..end) == Some(sector) || chance(2) == 0 {
                continue;
            }
            if stays.len() < end {
                stays.resize(end, 0);
            }
            if let Some(place) = stays.get_mut(start..end) {
                place.copy_from_slice(sector);
            }
        }
        if keeps_length {
            stays.resize(self.written.len(), 0);
        }
        stays
    }
}

impl State {
    /// Remembers what the names are after a change.
    fn renamed(&mut self) {
        self.later_names.push(self.names.clone());
    }
}

impl Disk for SimulatedDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.operate()?;
        let number = if let Some(number) = state.names.get(path) {
            *number
        } else {
            let number = state.contents.len();
            state.contents.push(Content::default());
            state.names.insert(path.to_owned(), number);
            state.renamed();
            number
        };
        Ok(Box::new(SimulatedFile { disk: self.clone(), number }))
    }

    fn read(&self, path: &Path) -> io::Result<Option<Box<dyn Read + Send>>> {
        let content = {
            let state = self.operate()?;
            state.names.get(path).and_then(|number| state.contents.get(*number)).cloned()
        };
        Ok(content.map(|content| -> Box<dyn Read + Send> { Box::new(Cursor::new(content.written)) }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        let number = state.names.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        state.names.insert(to.to_owned(), number);
        state.renamed();
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        state.names.remove(path);
        state.renamed();
        Ok(())
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        Ok(self.operate()?.names.contains_key(path))
    }

    fn sync_directory(&self, _path: &Path) -> io::Result<()> {
        let mut state = self.operate()?;
        state.synced_names = state.names.clone();
        state.later_names.clear();
        Ok(())
    }
}

/// A file of a simulated disk.
#[derive(Debug)]
struct SimulatedFile {
    disk: SimulatedDisk,
    number: usize,
}

impl DiskFile for SimulatedFile {
    fn write_at(&mut self, octets: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.operate()?;
        let wanted = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let fits = state.room.map_or(wanted, |room| room.min(wanted));
        state.room = state.room.map(|room| room - fits);
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let written = &mut state.contents.get_mut(self.number).ok_or_else(gone)?.written;
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        let part = octets.get(..usize::try_from(fits).map_err(io::Error::other)?).unwrap_or(octets);
        if written.len() < start + part.len() {
            written.resize(start + part.len(), 0);
        }
        if let Some(place) = written.get_mut(start..start + part.len()) {
            place.copy_from_slice(part);
        }
        if fits < wanted { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let mut state = self.disk.operate()?;
        if let Some(content) = state.contents.get_mut(self.number) {
            content.written.truncate(usize::try_from(length).map_err(io::Error::other)?);
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.operate()?;
        if state.sync_fails {
            return Err(io::Error::other("the disk does not sync"));
        }
        if let Some(content) = state.contents.get_mut(self.number) {
            content.synced = content.written.clone();
        }
        Ok(())
    }
}
