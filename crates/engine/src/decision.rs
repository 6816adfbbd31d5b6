//! What an exchange wants done: leases changed, a reply sent, events told.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{Lease, NameChange, Owner, PoolKey, Resource, Seconds};
use wire::{HardwareAddress, v4, v6};

use crate::{Event, Scope};

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
    /// What DNS is to be told once the changes are stored, in order.
    pub names: Vec<NameChange>,
    /// Classes and subnets whose packets are limited and which this packet counts for, and how long
    /// ([`crate::Facts::packets_within`]).
    pub admitted: Vec<(Scope, Seconds)>,
    /// What is recorded of the reply in a file once it is sent (Kea's library `libdhcp_user_chk.so`).
    pub record: Option<Box<str>>,
    /// What happened, in order.
    pub events: Vec<Event>,
}

impl Decision {
    /// Begins with nothing to do.
    pub const fn silent(label: Label) -> Self {
        Self {
            label,
            reply: None,
            changes: Vec::new(),
            cursors: Vec::new(),
            names: Vec::new(),
            admitted: Vec::new(),
            record: None,
            events: Vec::new(),
        }
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
    /// The interface it leaves by, if not the one the query came in by.
    pub by: Option<Box<str>>,
}

impl Reply {
    /// Says whether the client may rely on leases from now on, so that they have to be durable first.
    pub fn speaks_of_leases(&self) -> bool {
        matches!(
            self.kind,
            MessageType::V4(v4::MessageType::Ack | v4::MessageType::Bootp) | MessageType::V6(v6::MessageType::Reply)
        )
    }
}

/// What a message of either family is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageType {
    /// In DHCPv4.
    V4(v4::MessageType),
    /// In DHCPv6.
    V6(v6::MessageType),
}

impl MessageType {
    /// Gives the number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Self::V4(kind) => kind.number(),
            Self::V6(kind) => kind.number(),
        }
    }

    /// Gives the name that logs use.
    pub fn name(self) -> &'static str {
        match self {
            Self::V4(kind) => kind.name(),
            Self::V6(kind) => kind.name(),
        }
    }

    /// Says whether the number is none of the family's.
    pub const fn is_unknown(self) -> bool {
        matches!(self, Self::V4(v4::MessageType::Other(18..)) | Self::V6(v6::MessageType::Other(_)))
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Names a client the way Kea's logs do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What the client goes by besides its hardware address.
    pub client: Client,
    /// The client's hardware address, if one was found.
    pub hw: Option<HardwareAddress>,
    /// Transaction id; `None` if no message is meant.
    pub transaction: Option<u32>,
}

/// What a client goes by besides its hardware address; `None` if it sent nothing that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// A DHCPv4 client identifier.
    Id(Option<Box<[u8]>>),
    /// A DHCPv6 DUID.
    Duid(Option<wire::Duid>),
}

impl Label {
    /// Names nobody.
    pub const fn nobody(family: model::Family) -> Self {
        let client = match family {
            model::Family::V4 => Client::Id(None),
            model::Family::V6 => Client::Duid(None),
        };
        Self { client, hw: None, transaction: None }
    }

    /// Names the holder of a lease.
    pub fn of(lease: &Lease) -> Self {
        let (client, hw) = match &lease.owner {
            Owner::V4 { hw, client_id } => (Client::Id((!client_id.is_empty()).then(|| client_id.clone())), hw.clone()),
            Owner::V6 { duid, hw, .. } => (Client::Duid(Some(duid.clone())), hw.as_ref().map(|(hw, _)| hw.clone())),
        };
        Self { client, hw, transaction: None }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.client {
            Client::Id(id) => {
                match &self.hw {
                    Some(hw) => write!(f, "[hwtype={} {hw}], ", hw.htype)?,
                    None => f.write_str("[no hwaddr info], ")?,
                }
                match id {
                    Some(id) => {
                        f.write_str("cid=[")?;
                        wire::hwaddr::write_hex(f, id)?;
                        f.write_str("]")?;
                    }
                    None => f.write_str("cid=[no info]")?,
                }
            }
            Client::Duid(duid) => {
                match duid {
                    Some(duid) => write!(f, "duid=[{duid}], ")?,
                    None => f.write_str("duid=[no info], ")?,
                }
                match &self.hw {
                    Some(hw) => write!(f, "[hwtype={} {hw}]", hw.htype)?,
                    None => f.write_str("[no hwaddr info]")?,
                }
            }
        }
        self.transaction.map_or(Ok(()), |transaction| write!(f, ", tid=0x{transaction:x}"))
    }
}
