//! The lease file as an append-only journal with group commit.
//!
//! ```text
//!  commit ──append──► Queue (octets in memory, tickets) ──take all──► Writer ──write, fdatasync──► lease file
//!                        ▲                                              │
//!                        └───────── durable / failed up to ticket N ◄───┘──► on_progress
//! ```
//! Appending is a copy in memory. While the writer waits for the disk, rows gather, and the next write takes them all.
//! Who commits many changes at once says so only after the last ([`Journal::finish_batch`]): where rows need not be synced
//! that writes them with one system call and no other thread.
//! When the disk refuses, the waiting tickets are reported as failed, so that nothing is acknowledged; the rows are kept
//! and written again later, because the memory they describe is kept too.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use model::Family;

use super::cleanup;
use super::csv;
use super::disk::{Disk, DiskFile, LeaseFiles};
use super::memory::Ticket;
use super::open::failed;
use super::pid::PidFile;
use super::read::LoadEvent;
use crate::{CommitError, JournalError, OpenError};

/// Octets that may wait while the disk refuses; commits are refused beyond that.
pub const BACKLOG_LIMIT: usize = 64 << 20;

/// Room taken on the disk ahead of the rows, in octets.
const RESERVE: u64 = 4 << 20;

/// Pause between two attempts while the disk refuses.
const RETRY: Duration = Duration::from_millis(250);

/// How much a durable ticket promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The rows survive a power cut.
    #[default]
    Sync,
    /// The rows survive the end of the process.
    Write,
}

/// Where a ticket stands.
#[derive(Debug, Clone)]
pub enum Fate {
    /// The rows are safe; the reply may leave.
    Durable,
    /// The rows could not be written in time; the reply must not leave.
    Failed(JournalError),
    /// Not known yet.
    Pending,
}

/// News from the writer: all tickets up to `durable` are durable, other ones up to `failed` have failed.
#[derive(Debug, Clone)]
pub struct Progress {
    /// The highest durable ticket.
    pub durable: Ticket,
    /// The highest ticket that is durable or has failed.
    pub settled: Ticket,
    /// Why rows could not be written; `None` if all is well.
    pub error: Option<JournalError>,
}

/// Rows and tickets on their way to the writer. Its lock is held for copying only.
#[derive(Debug, Default)]
pub struct Queue {
    state: Mutex<State>,
    /// Wakes the writer.
    work: Condvar,
    /// Wakes those who wait for tickets or for a rotation.
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    buffer: Vec<u8>,
    /// Octets the writer has taken and not yet written.
    in_hand: usize,
    issued: u64,
    durable: u64,
    settled: u64,
    error: Option<JournalError>,
    durability: Durability,
    closing: bool,
    closed: bool,
    rotation_wanted: bool,
    rotated: Option<Result<Rotation, JournalError>>,
    /// The writer's thread sleeps.
    idle: bool,
    /// How many threads wait for news.
    listeners: usize,
}

/// What came of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The file has become the copy, and a new one was begun.
    Done,
    /// A copy or a completed file waits already; nothing was renamed.
    Waiting,
}

impl Queue {
    /// Gives the ticket of the last append.
    pub fn issued(&self) -> Ticket {
        Ticket(self.state().issued)
    }

    /// Sets how much a durable ticket promises from the next write on.
    pub fn set_durability(&self, durability: Durability) {
        self.state().durability = durability;
    }

    /// Says how much a durable ticket promises.
    pub fn durability(&self) -> Durability {
        self.state().durability
    }

    /// Says where a ticket stands.
    pub fn fate(&self, ticket: Ticket) -> Fate {
        self.state().fate(ticket)
    }

    /// Waits until a ticket is durable.
    ///
    /// # Errors
    /// [`JournalError`] if it failed or the journal was closed first.
    pub fn wait_durable(&self, ticket: Ticket) -> Result<(), JournalError> {
        let mut state = self.state();
        loop {
            match state.fate(ticket) {
                Fate::Durable => return Ok(()),
                Fate::Failed(error) => return Err(error),
                Fate::Pending if state.closed => return Err(JournalError::Closed),
                Fate::Pending => state = self.listen(state),
            }
        }
    }

    /// Appends rows and gives their ticket; [`Queue::wake`] gets them written.
    ///
    /// # Errors
    /// [`CommitError::Backlog`] if the disk refuses and too much waits already.
    pub(crate) fn append(&self, rows: &[u8]) -> Result<Ticket, CommitError> {
        let mut state = self.state();
        let waiting = state.buffer.len().saturating_add(state.in_hand);
        if waiting > BACKLOG_LIMIT {
            return Err(CommitError::Backlog { waiting });
        }
        state.buffer.extend_from_slice(rows);
        state.issued += 1;
        Ok(Ticket(state.issued))
    }

    /// Lets the journal's thread write what waits.
    pub fn wake(&self) {
        // A thread that is busy looks again before it sleeps: waking it would be a system call for nothing.
        if self.state().idle {
            self.work.notify_one();
        }
    }

    /// Asks the writer's thread for a rotation and waits for it.
    fn rotate(&self) -> Result<Rotation, JournalError> {
        let mut state = self.state();
        state.rotation_wanted = true;
        self.work.notify_one();
        loop {
            if let Some(result) = state.rotated.take() {
                return result;
            }
            if state.closed {
                return Err(JournalError::Closed);
            }
            state = self.listen(state);
        }
    }

    /// Waits for news.
    fn listen<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.listeners += 1;
        let mut state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.listeners -= 1;
        state
    }

    /// Tells those who wait for news, if anybody does.
    fn tell(&self) {
        if self.state().listeners > 0 {
            self.news.notify_all();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; gives what: rotate, and whether to end.
    fn wait_for_work(&self) -> (bool, bool) {
        let mut state = self.state();
        while state.error.is_none() && state.buffer.is_empty() && !state.closing && !state.rotation_wanted {
            state.idle = true;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle = false;
        }
        if state.error.is_some() && !state.closing {
            state = self
                .work
                .wait_timeout_while(state, RETRY, |state| !state.closing)
                .map_or_else(|e| e.into_inner().0, |w| w.0);
        }
        (std::mem::take(&mut state.rotation_wanted), state.closing)
    }
}

impl State {
    fn fate(&self, ticket: Ticket) -> Fate {
        if ticket.0 <= self.durable {
            return Fate::Durable;
        }
        match &self.error {
            Some(error) if ticket.0 <= self.settled => Fate::Failed(error.clone()),
            _ => Fate::Pending,
        }
    }
}

/// The end of the queue at the disk. [`Journal`] runs one on a thread; a simulation steps it by hand.
#[derive(Debug)]
pub struct Writer {
    queue: Arc<Queue>,
    disk: Arc<dyn Disk>,
    files: LeaseFiles,
    family: Family,
    file: Box<dyn DiskFile>,
    /// How far the file is known to hold whole rows.
    length: u64,
    /// How far room is taken on the disk; `None` where that cannot be done.
    reserved: Option<u64>,
    /// Rows taken from the queue and not yet written for good.
    batch: Vec<u8>,
    /// Whether the open file stands under the name of the copy, because no new one could be begun.
    displaced: bool,
}

impl Drop for Writer {
    fn drop(&mut self) {
        if self.batch.is_empty() {
            self.give_back();
        }
    }
}

impl Writer {
    /// Takes over an open lease file that holds `length` octets of whole rows.
    pub(crate) fn new(disk: Arc<dyn Disk>, files: LeaseFiles, family: Family, open: (Box<dyn DiskFile>, u64)) -> Self {
        let (file, length) = open;
        Self {
            queue: Arc::default(),
            disk,
            files,
            family,
            file,
            length,
            reserved: Some(length),
            batch: Vec::new(),
            displaced: false,
        }
    }

    /// Sets how much a durable ticket promises.
    #[must_use]
    pub fn with_durability(self, durability: Durability) -> Self {
        self.queue.set_durability(durability);
        self
    }

    /// Lends the queue whose rows are written.
    pub fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Lends the names of the files.
    pub fn files(&self) -> &LeaseFiles {
        &self.files
    }

    /// Writes and syncs all rows that wait, and settles their tickets.
    pub fn step(&mut self) -> Progress {
        let issued = {
            let mut state = self.queue.state();
            if self.batch.is_empty() {
                std::mem::swap(&mut self.batch, &mut state.buffer);
            } else {
                self.batch.append(&mut state.buffer);
            }
            state.in_hand = self.batch.len();
            state.issued
        };
        let outcome = self.write_batch();
        let progress = {
            let mut state = self.queue.state();
            state.settled = issued;
            match outcome {
                Ok(()) => {
                    state.durable = issued;
                    state.in_hand = 0;
                    state.error = None;
                }
                Err(error) => state.error = Some(error),
            }
            Progress { durable: Ticket(state.durable), settled: Ticket(issued), error: state.error.clone() }
        };
        self.queue.tell();
        progress
    }

    /// Always writes from the last known good end, so that a half-written attempt is written over. After a failed sync
    /// the octets are written anew, because the system may have dropped them and forgotten.
    fn write_batch(&mut self) -> Result<(), JournalError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.reserve();
        if let Err(why) = self.file.write_at(&self.batch, self.length) {
            let failed = disk_error("write", &self.files.current, why);
            // Best effort: if the remains stay, the next attempt or the next start takes care of them.
            drop(self.file.truncate(self.length));
            return Err(failed);
        }
        if self.queue.state().durability == Durability::Sync {
            self.file.sync().map_err(|why| disk_error("sync", &self.files.current, why))?;
        }
        self.length = self.length.saturating_add(u64::try_from(self.batch.len()).unwrap_or(u64::MAX));
        self.batch.clear();
        Ok(())
    }

    /// Takes room for this write and many more, so that writing need not look for it each time.
    ///
    /// The file does not become longer by it: Kea and whoever else reads it sees nothing but rows.
    fn reserve(&mut self) {
        let end = self.length.saturating_add(u64::try_from(self.batch.len()).unwrap_or(u64::MAX));
        let Some(reserved) = self.reserved.filter(|reserved| *reserved < end) else { return };
        let until = end.saturating_add(RESERVE);
        // Where that fails, because there is no room or no such thing, the write itself tells what matters.
        self.reserved = self.file.reserve(reserved, until.saturating_sub(reserved)).ok().map(|()| until);
    }

    /// Gives back the room that was taken and not used.
    fn give_back(&mut self) {
        if self.reserved.is_some_and(|reserved| reserved > self.length) {
            // Room that stays taken is found by the next start.
            drop(self.file.truncate(self.length));
        }
    }

    /// Renames the lease file to the copy and begins a new one, unless a clean-up still waits.
    ///
    /// # Errors
    /// [`JournalError::Disk`]; rows then go on being written to the file that was open, whatever its name.
    pub fn rotate(&mut self) -> Result<Rotation, JournalError> {
        if !self.displaced {
            for path in [&self.files.completed, &self.files.copy] {
                if self.disk.exists(path).map_err(|why| disk_error("look for", path, why))? {
                    return Ok(Rotation::Waiting);
                }
            }
        }
        self.write_batch()?;
        if self.queue.state().durability == Durability::Write {
            self.file.sync().map_err(|why| disk_error("sync", &self.files.current, why))?;
        }
        if !self.displaced {
            let renamed = self.disk.rename(&self.files.current, &self.files.copy);
            renamed.map_err(|why| disk_error("rename", &self.files.current, why))?;
            self.displaced = true;
        }
        let (file, length) = begin(&*self.disk, &self.files.current, self.family)
            .map_err(|why| disk_error("create", &self.files.current, why))?;
        self.give_back();
        self.file = file;
        self.length = length;
        self.reserved = Some(length);
        self.displaced = false;
        Ok(Rotation::Done)
    }
}

/// A writer that the journal's thread and those who finish batches take turns at.
#[derive(Debug)]
struct Desk {
    writer: Mutex<Writer>,
    /// Whether the writer is busy with more than a write.
    rotating: AtomicBool,
}

impl Desk {
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until the queue is closed.
    fn run(&self, queue: &Queue, on_progress: &dyn Fn(&Progress)) {
        loop {
            let (rotate, closing) = queue.wait_for_work();
            let progress = self.writer().step();
            on_progress(&progress);
            if rotate {
                self.rotating.store(true, Ordering::Release);
                let result = self.writer().rotate();
                self.rotating.store(false, Ordering::Release);
                queue.state().rotated = Some(result);
                queue.news.notify_all();
            }
            if closing {
                queue.state().closed = true;
                queue.news.notify_all();
                return;
            }
        }
    }
}

fn disk_error(what: &'static str, path: &std::path::Path, why: std::io::Error) -> JournalError {
    JournalError::Disk { what, path: path.to_owned(), why: Arc::new(why) }
}

/// Begins a new lease file: header written, content and name synced.
pub(crate) fn begin(
    disk: &dyn Disk,
    path: &std::path::Path,
    family: Family,
) -> std::io::Result<(Box<dyn DiskFile>, u64)> {
    let mut header = Vec::new();
    csv::write_header(family, &mut header);
    let mut file = disk.open(path)?;
    file.truncate(0)?;
    file.write_at(&header, 0)?;
    file.sync()?;
    disk.sync_directory(path)?;
    Ok((file, u64::try_from(header.len()).unwrap_or(u64::MAX)))
}

/// A running journal. Dropping it writes what waits and ends its thread.
pub struct Journal {
    queue: Arc<Queue>,
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
    disk: Arc<dyn Disk>,
    files: LeaseFiles,
    family: Family,
    cleaning: AtomicBool,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.files.current).finish_non_exhaustive()
    }
}

impl Journal {
    /// Runs a writer on its own thread; `on_progress` hears of every batch there.
    ///
    /// # Errors
    /// Those of starting a thread.
    pub fn start(writer: Writer, on_progress: impl Fn(&Progress) + Send + 'static) -> std::io::Result<Self> {
        let queue = Arc::clone(&writer.queue);
        let (disk, files, family) = (Arc::clone(&writer.disk), writer.files.clone(), writer.family);
        let desk = Arc::new(Desk { writer: Mutex::new(writer), rotating: AtomicBool::new(false) });
        let (works_at, takes_from) = (Arc::clone(&desk), Arc::clone(&queue));
        let work = move || works_at.run(&takes_from, &on_progress);
        let thread = std::thread::Builder::new().name("journal".into()).spawn(work)?;
        Ok(Self { queue, desk, thread: Some(thread), disk, files, family, cleaning: AtomicBool::new(false) })
    }

    /// Lends the queue, for [`super::memory::LeaseStore::attach`] and for waiting.
    pub fn queue(&self) -> &Arc<Queue> {
        &self.queue
    }

    /// Gets everything written that was committed in batches ([`super::memory::Exclusive::commit_in_batch`]): call it
    /// once after the last commit of a batch, holding no lock.
    ///
    /// With [`Durability::Write`] the rows of the whole batch are written here and now, by one system call, and the
    /// answer says how far things are durable: replies to tickets up to that may leave at once, by the hand of the
    /// caller. If it holds an error, nobody else has heard of it. With [`Durability::Sync`], and while the lease file is
    /// exchanged, the journal's thread is woken instead, the answer is `None`, and replies leave when `on_progress` of
    /// [`Journal::start`] tells: nobody who receives packets waits for a disk.
    pub fn finish_batch(&self) -> Option<Progress> {
        if self.queue.durability() == Durability::Sync || self.desk.rotating.load(Ordering::Acquire) {
            self.queue.wake();
            return None;
        }
        let progress = self.desk.writer().step();
        if progress.error.is_some() {
            // The thread tries again from now on.
            self.queue.wake();
        }
        Some(progress)
    }

    /// Renames the lease file to the copy and begins a new one, between two batches; waits until that is done.
    ///
    /// # Errors
    /// Those of [`Writer::rotate`].
    pub fn rotate(&self) -> Result<Rotation, JournalError> {
        self.queue.rotate()
    }
}

impl Journal {
    /// Says whether [`Journal::clean_up`] runs just now; a new configuration has to wait for it.
    pub fn is_cleaning(&self) -> bool {
        self.cleaning.load(Ordering::Acquire)
    }

    /// Cleans the lease files while rows go on being written; takes its time, so call it on a thread of its own.
    ///
    /// # Errors
    /// [`OpenError::CleanupRunning`] if another thread or process cleans them, otherwise what stopped the run; the next
    /// run takes up where it stopped.
    pub fn clean_up(&self, on_event: &mut dyn FnMut(LoadEvent)) -> Result<(), OpenError> {
        if self.cleaning.swap(true, Ordering::AcqRel) {
            return Err(OpenError::CleanupRunning);
        }
        let _cleaning = Cleaning(&self.cleaning);
        let claimed = PidFile::claim(Arc::clone(&self.disk), &self.files.pid);
        let Some(_pid) = claimed.map_err(|why| failed("create", &self.files.pid, why))? else {
            return Err(OpenError::CleanupRunning);
        };
        self.rotate()?;
        cleanup::run(&*self.disk, &self.files, self.family, on_event)
    }
}

/// Marks that a clean-up runs, until dropped.
struct Cleaning<'a>(&'a AtomicBool);

impl Drop for Cleaning<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.queue.state().closing = true;
        self.queue.work.notify_all();
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has told so already; its tickets stay pending.
            drop(thread.join());
        }
    }
}
