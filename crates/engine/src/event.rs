//! What happened in an exchange: Kea's message identifier, its text, and the statistics it moves.

use std::fmt;

use model::{LeaseKind, Message, SubnetId};

use crate::decision::Label;

/// Something that happened. The shell logs and counts it once it has become true.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The packet could not be decoded.
    Undecodable {
        /// Why.
        why: wire::DecodeError,
    },
}

/// A statistic and by how much it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// A statistic of the whole server, such as `pkt6-received`.
    Global(&'static str, i64),
    /// A statistic of a subnet, such as `assigned-nas`; the server's own of the same name moves with it.
    Subnet(SubnetId, &'static str, i64),
    /// A statistic of a pool (`pool[id]` or `pd-pool[id]`), without its subnet's.
    Pool(SubnetId, LeaseKind, u32, &'static str, i64),
}

impl Event {
    /// Gives the log message; `None` for what is only counted.
    pub fn message(&self) -> Option<&'static Message> {
        match self {
            Self::Undecodable { .. } => Message::find("DHCP6_PACKET_DROP_PARSE_FAIL"),
        }
    }

    /// Writes the text that follows the message identifier.
    ///
    /// # Errors
    /// Those of the formatter.
    pub fn write(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Undecodable { why } => write!(f, "{label}: {why}"),
        }
    }

    /// Tells every statistic the event moves.
    pub fn counts(&self, count: &mut dyn FnMut(Count)) {
        match self {
            Self::Undecodable { .. } => count(Count::Global("pkt6-parse-failed", 1)),
        }
    }
}
