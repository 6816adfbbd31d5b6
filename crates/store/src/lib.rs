//! Where leases live: in memory, and in Kea's CSV lease file as the journal of every change.
//!
//! [`LeaseStore`] answers questions and takes changes; it never touches a disk. What a commit changed is appended, under
//! the same lock, to the queue of a [`Journal`], whose own thread writes and syncs whatever has gathered. Every commit
//! gets a [`Ticket`]; a reply may leave once its ticket is durable.

pub mod error;
pub mod lease;

pub use error::{CommitError, JournalError, OpenError, RowError};
pub use lease::memory::{Committed, Exclusive, FactsGuard, LeaseStore, Ticket};
