//! What an exchange wants done: leases changed, a reply sent, events told.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{Lease, PoolKey, Resource};
use wire::v6::MessageType;
use wire::{Duid, HardwareAddress};

use crate::Event;

/// The outcome of one exchange. The shell stores the changes first; only then is anything else true.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Names the client in every log line.
    pub label: Label,
    /// What the client hears; `None` is silence.
    pub reply: Option<Reply>,
    /// Leases to store, all or none.
    pub changes: Vec<Change>,
    /// Where the iterative allocator stands now in the pools it used; also counts when nothing is stored.
    pub cursors: Vec<(PoolKey, Resource)>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Decision {
    /// Begins with nothing to do.
    pub const fn silent(label: Label) -> Self {
        Self { label, reply: None, changes: Vec::new(), cursors: Vec::new(), events: Vec::new() }
    }
}

/// One lease to store, provided it still is what the decision saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What the decision saw: `None` if there was no lease of the resource.
    pub before: Option<Arc<Lease>>,
    /// What shall be there: `None` deletes.
    pub after: Option<Arc<Lease>>,
}

impl Change {
    /// Names the resource that changes; `None` if the change is empty.
    pub fn resource(&self) -> Option<Resource> {
        self.after.as_ref().or(self.before.as_ref()).map(|lease| lease.resource)
    }
}

/// A message to send, through the interface the query came in by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What the message is, for log and statistics: the innermost type, not the relay's envelope.
    pub kind: MessageType,
    /// The whole packet, relay envelopes included.
    pub octets: Vec<u8>,
    /// Where it goes. The scope id of a link-local address is the shell's to set.
    pub to: SocketAddr,
}

/// Names a client the way Kea's logs do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Label {
    /// The client's DUID; `None` if it sent none that can be read.
    pub duid: Option<Duid>,
    /// The client's hardware address, if one was found.
    pub hw: Option<HardwareAddress>,
    /// Transaction id.
    pub transaction: u32,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.duid {
            Some(duid) => write!(f, "duid=[{duid}], ")?,
            None => f.write_str("duid=[no info], ")?,
        }
        match &self.hw {
            Some(hw) => write!(f, "[hwtype={} {hw}], ", hw.htype)?,
            None => f.write_str("[no hwaddr info], ")?,
        }
        write!(f, "tid=0x{:x}", self.transaction)
    }
}
