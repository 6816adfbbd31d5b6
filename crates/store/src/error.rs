//! What can go wrong with leases and their files, by cause.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;

use model::{Lease, Resource};

/// Why changes were not stored. Nothing of them was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// Somebody else changed a lease since the decision looked; forget the facts and decide again.
    #[error("the lease of {resource} is not what the decision saw")]
    Conflict {
        /// The lease in question.
        resource: Resource,
        /// What is stored now.
        stored: Option<Arc<Lease>>,
    },
    /// Before and after are of different resources or of another family than the store.
    #[error("a change of {resource} does not belong together or into this store")]
    Mismatch {
        /// The resource named by the change.
        resource: Resource,
    },
    /// The journal cannot write, and as much as may wait is waiting.
    #[error("the lease file cannot be written and {waiting} octets wait already")]
    Backlog {
        /// Octets that wait to be written.
        waiting: usize,
    },
}

/// Why rows could not be made durable.
#[derive(Debug, Clone, thiserror::Error)]
pub enum JournalError {
    /// Writing, syncing or renaming failed; the rows are kept and tried again.
    #[error("cannot {what} lease file {}: {why}", path.display())]
    Disk {
        /// What was tried: `write`, `sync`, `truncate`, `rename`, `create`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's word.
        why: Arc<std::io::Error>,
    },
    /// The journal was closed before the rows were written.
    #[error("the lease file is closed")]
    Closed,
}

impl JournalError {
    /// Says what somebody who runs the server can do about it.
    pub fn advice(&self) -> &'static str {
        let kind = if let Self::Disk { why, .. } = self { Some(why.kind()) } else { None };
        match kind {
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => "make room on its file system",
            Some(ErrorKind::ReadOnlyFilesystem) => "mount its file system for writing again",
            Some(ErrorKind::PermissionDenied | ErrorKind::NotFound) => "see to its directory and who may write there",
            Some(_) | None => "see what the kernel says of its disk",
        }
    }
}

/// Why a row of a lease file is discarded. The texts follow Kea where its own are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The address cannot be read or is of the other family.
    #[error("failed to convert string to address '{0}'")]
    Address(Box<str>),
    /// An identifier is no hexadecimal.
    #[error("invalid format of the decoded string '{0}'")]
    Hex(Box<str>),
    /// An identifier is shorter or longer than allowed.
    #[error("identifier has {0} octets, at least {1} and at most {2} are required")]
    IdentifierLength(usize, usize, usize),
    /// A DHCPv4 lease names its client by nothing at all.
    #[error("lease has neither a hardware address nor a client identifier")]
    Anonymous,
    /// A number cannot be read or is too large for its column.
    #[error("bad value '{text}' in column {column}")]
    Number {
        /// The column's name.
        column: &'static str,
        /// What stands there.
        text: Box<str>,
    },
    /// The row is shorter than the header says.
    #[error("row has only {found} of {expected} columns")]
    Short {
        /// Columns in the row.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// The user context is no JSON map.
    #[error("user context '{0}' is not a JSON map")]
    Context(Box<str>),
    /// Leases of this type are not served.
    #[error("unsupported lease type {0}")]
    LeaseType(u32),
    /// A prefix is longer than 128 bits.
    #[error("prefix length {0} is greater than 128")]
    PrefixLength(u32),
    /// There is no such state.
    #[error("unknown lease state {0}")]
    State(u32),
    /// The line is longer than any row can be.
    #[error("the line is too long for a lease")]
    TooLong,
    /// The file ended in the middle of the row.
    #[error("the row is torn: the file ends before its line does")]
    Torn,
}

/// Why a lease file cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The first line is not that of a lease file of this family.
    #[error("invalid header '{header}' in CSV file '{}': {why}", path.display())]
    Header {
        /// The line found.
        header: Box<str>,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: Box<str>,
    },
    /// More rows are bad than `max-row-errors` allows.
    #[error("exceeded maximum number of failures {limit} to read a lease from the lease file {}", path.display())]
    TooManyRowErrors {
        /// The limit.
        limit: u32,
        /// The file.
        path: PathBuf,
    },
    /// A clean-up of the files is under way in another process.
    #[error("unable to load leases from files while the lease file cleanup is in progress")]
    CleanupRunning,
    /// The journal could not begin a new file.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The operating system refused.
    #[error("cannot {what} {}: {why}", path.display())]
    Disk {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's word.
        why: std::io::Error,
    },
}
