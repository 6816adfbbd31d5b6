//! Where leases live: in memory, and in Kea's CSV lease file as the journal of every change.
//!
//! [`LeaseStore`] answers questions and takes changes; it never touches a disk. What a commit changed is appended, under
//! the same lock, to the queue of a [`Journal`], whose own thread writes and syncs whatever has gathered. Every commit
//! gets a [`Ticket`]; a reply may leave once its ticket is durable.
//!
//! ```
//! # use std::sync::Arc;
//! # use store::{Journal, LeaseStore, lease::disk::SystemDisk};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("leases6.csv");
//! let store = LeaseStore::new(model::Family::V6);
//! let opened = store::open(Arc::new(SystemDisk), &path, &store, 0)?;
//! let journal = Journal::start(opened.writer, |progress| drop(progress.durable))?;
//! store.attach(Arc::clone(journal.queue()));
//! let committed = store.commit(&[])?;
//! journal.queue().wait_durable(committed.ticket)?;
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod battery;
pub mod error;
pub mod lease;

pub use error::{CommitError, JournalError, OpenError, RowError};
pub use lease::csv::Row;
pub use lease::disk::{Disk, LeaseFiles, SystemDisk};
pub use lease::journal::{Durability, Fate, Journal, Progress, Queue, Writer};
pub use lease::memory::{Committed, Counts, Exclusive, FactsGuard, LeaseStore, Ticket};
pub use lease::open::{Opened, open};
pub use lease::read::{LoadEvent, exercise};
