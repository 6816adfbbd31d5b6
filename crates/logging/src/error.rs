//! Why a logging configuration cannot be used.

use std::io;
use std::path::PathBuf;

/// What is wrong with a logger.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The keyword is none of Kea's severities.
    #[error("unrecognized log severity: {0}")]
    Severity(String),
    /// The level is out of range.
    #[error("Unsupported debuglevel value {0}, expected 0-99")]
    Debuglevel(i64),
    /// The log file cannot be opened for writing.
    #[error("unable to open log file '{}': {source}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}
