//! A lease: one resource bound to one client.

use std::fmt;

use wire::{Duid, HardwareAddress};

use crate::{LeaseKind, Resource, Seconds, SubnetId, UnixTime};

/// A binding of one resource to one client, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is leased.
    pub resource: Resource,
    /// Who holds it.
    pub owner: Owner,
    /// The subnet it was given from.
    pub subnet: SubnetId,
    /// Kea's `pool-id`; 0 when the pool has none.
    pub pool: u32,
    /// Where the lease stands in its life.
    pub state: LeaseState,
    /// Client last transaction time.
    pub cltt: UnixTime,
    /// Valid lifetime, counted from `cltt`.
    pub valid: Seconds,
    /// Preferred lifetime, counted from `cltt`; zero in DHCPv4.
    pub preferred: Seconds,
    /// The client's name in DNS; empty if it has none.
    pub hostname: Box<str>,
    /// Whether the server keeps the forward DNS entry.
    pub fqdn_fwd: bool,
    /// Whether the server keeps the reverse DNS entry.
    pub fqdn_rev: bool,
    /// Extended information and anything else, as one line of JSON in Kea's spacing; empty if there is none.
    pub user_context: Box<str>,
}

impl Lease {
    /// Gives the instant the lease ends; `None` if it never does.
    pub fn expires(&self) -> Option<UnixTime> {
        (self.valid != Seconds::INFINITE).then(|| self.cltt + self.valid)
    }

    /// Says whether the lease has ended: its end lies before `now`.
    ///
    /// Kea: a lease still holds in the very second it ends.
    pub fn is_expired_at(&self, now: UnixTime) -> bool {
        self.expires().is_some_and(|end| end < now)
    }

    /// Says whether a client holds the resource at `now`: the lease is assigned and has not ended.
    pub fn is_active_at(&self, now: UnixTime) -> bool {
        self.state == LeaseState::Assigned && !self.is_expired_at(now)
    }

    /// Says whether nobody else may have the resource at `now`: it is assigned, registered or under probation.
    pub fn is_in_use_at(&self, now: UnixTime) -> bool {
        self.state.holds() && !self.is_expired_at(now)
    }

    /// Says what kind of resource is leased.
    pub const fn kind(&self) -> LeaseKind {
        self.resource.kind()
    }
}

/// Who holds a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A DHCPv4 client.
    V4 {
        /// Its hardware address; `None` in a declined lease.
        hw: Option<HardwareAddress>,
        /// The value of its client identifier option; empty if it sends none.
        client_id: Box<[u8]>,
    },
    /// A DHCPv6 identity association.
    V6 {
        /// The client's DUID; [`Duid::empty`] in a declined lease.
        duid: Duid,
        /// The identity association.
        iaid: u32,
        /// The client's hardware address, if one was found, and where.
        hw: Option<(HardwareAddress, MacSource)>,
    },
}

/// Where a DHCPv6 client's hardware address was found; the number is what lease files hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacSource {
    /// Not known.
    Unknown,
    /// The frame.
    Raw,
    /// The client's DUID of type LLT or LL.
    Duid,
    /// The link-local address it sent from.
    Ipv6LinkLocal,
    /// Option 79 of the relay.
    ClientLinkAddr,
    /// Option 37 of the relay.
    RemoteId,
    /// Option 38 of the relay.
    SubscriberId,
    /// Vendor option 1026 of a cable modem termination system.
    DocsisCmts,
    /// Vendor option 36 of a cable modem.
    DocsisModem,
}

const MAC_SOURCES: [(u32, MacSource); 9] = [
    (0, MacSource::Unknown),
    (1, MacSource::Raw),
    (2, MacSource::Duid),
    (4, MacSource::Ipv6LinkLocal),
    (8, MacSource::ClientLinkAddr),
    (16, MacSource::RemoteId),
    (32, MacSource::SubscriberId),
    (64, MacSource::DocsisCmts),
    (128, MacSource::DocsisModem),
];

impl MacSource {
    /// Gives the number lease files hold.
    pub fn number(self) -> u32 {
        MAC_SOURCES.iter().find(|(_, source)| *source == self).map_or(0, |(number, _)| *number)
    }

    /// Reads the source off its number; unknown numbers are [`MacSource::Unknown`].
    pub fn from_number(number: u32) -> Self {
        MAC_SOURCES.iter().find(|(n, _)| *n == number).map_or(Self::Unknown, |(_, source)| *source)
    }
}

/// Where a lease stands in its life; the number is what lease files and databases hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeaseState {
    /// Held by a client, or ended and not yet reclaimed.
    Assigned,
    /// Found in use by somebody else; out of service until probation ends.
    Declined,
    /// Ended and reclaimed; kept for the client's return.
    Reclaimed,
    /// Given back; kept for the client's return.
    Released,
    /// A self-made address the client told about (RFC 9686).
    Registered,
}

impl LeaseState {
    /// Gives the number lease files and databases hold.
    pub const fn number(self) -> u32 {
        match self {
            Self::Assigned => 0,
            Self::Declined => 1,
            Self::Reclaimed => 2,
            Self::Released => 3,
            Self::Registered => 4,
        }
    }

    /// Says whether the state keeps the resource from others until the lease ends.
    pub const fn holds(self) -> bool {
        matches!(self, Self::Assigned | Self::Declined | Self::Registered)
    }

    /// Reads the state off its number.
    pub const fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Assigned,
            1 => Self::Declined,
            2 => Self::Reclaimed,
            3 => Self::Released,
            4 => Self::Registered,
            _ => return None,
        })
    }
}

impl fmt::Display for LeaseState {
    /// Writes Kea's name of the state.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Assigned => "default",
            Self::Declined => "declined",
            Self::Reclaimed => "expired-reclaimed",
            Self::Released => "released",
            Self::Registered => "registered",
        })
    }
}
