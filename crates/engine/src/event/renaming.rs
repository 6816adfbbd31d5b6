//! What an expression makes of a client's name (Kea's library `libdhcp_ddns_tuning.so`).

use std::fmt;

use model::Family;

use crate::decision::Label;

/// What became of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renaming {
    /// Another one is calculated.
    Calculated {
        /// What the client would be called.
        before: Box<str>,
        /// What it is called.
        after: Box<str>,
    },
    /// DNS is not told of it.
    Skipped,
    /// None can be calculated, for this reason.
    Failed(Box<str>),
}

impl Renaming {
    /// Gives the log message it makes in a server of the family.
    pub(super) fn messages(&self, family: Family) -> &'static [&'static str] {
        match self {
            Self::Calculated { .. } => {
                family.pick(&["DDNS_TUNING4_CALCULATED_HOSTNAME"], &["DDNS_TUNING6_CALCULATED_HOSTNAME"])
            }
            Self::Skipped => family.pick(&["DDNS_TUNING4_SKIPPING_DDNS"], &["DDNS_TUNING6_SKIPPING_DDNS"]),
            Self::Failed(_) => family.pick(&["DDNS_TUNING4_PROCESS_ERROR"], &["DDNS_TUNING6_PROCESS_ERROR"]),
        }
    }

    /// Writes the text of the message.
    pub(super) fn write(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Calculated { before, after } => {
                write!(f, "Replacing host name: {before}, with calculated host name: {after}, for query: {label}")
            }
            Self::Skipped => {
                write!(f, "Client is a member matches SKIP_DDNS class, skipping DDNS updates, query: {label}")
            }
            Self::Failed(why) => write!(f, "An error occurred processing query {label}: {why}"),
        }
    }
}
