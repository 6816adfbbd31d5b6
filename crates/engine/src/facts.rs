//! What a decision may ask about the world: leases, and hosts that are not in the configuration.

use std::net::Ipv4Addr;
use std::sync::Arc;

use model::users::Users;
use model::{
    ClassName, Host, IdentifierKind, Lease, LeaseKind, PingCheck, Pool, PoolKey, Resource, Seconds, SubnetId, UnixTime,
};
use wire::{Duid, HardwareAddress};

use crate::decision::Label;

/// A fact is not at hand. The shell fetches it and asks for the decision again, from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// The lease of this resource.
    LeaseAt(Resource),
    /// The leases of some client.
    LeasesOf,
    /// The next free resource of this pool.
    Free(PoolKey),
    /// The hosts with this identifier.
    HostsOf(IdentifierKind, Box<[u8]>),
    /// The hosts of this subnet that reserve this resource.
    HostsAt(SubnetId, Resource),
    /// How many leases there are of a class or in a subnet.
    LeasesWithin(LeaseKind),
    /// How many packets there were of a class or in a subnet.
    PacketsWithin(Seconds),
    /// Whether somebody uses an address already.
    Presence(Box<Probe>),
}

/// An address that is to be offered, and may be in use by somebody who never asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The address.
    pub address: Ipv4Addr,
    /// How to ask.
    pub check: PingCheck,
    /// Names the client it is for.
    pub label: Label,
    /// Where the iterative allocator stands after it chose the address. Other clients may go on from there while this one
    /// waits; its own decision is made again from where the allocator stood before.
    pub cursors: Box<[(PoolKey, Resource)]>,
}

/// Who is at an address that is to be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Nobody answers.
    Free,
    /// Somebody does.
    Used,
    /// It is being asked on behalf of another exchange.
    Asked,
    /// Too many exchanges wait for answers already.
    Crowded,
}

/// Answers a decision's questions, all as of one moment.
///
/// Facts may lie over others: what one layer does not know itself, it asks the one below. So a layer has the questions it
/// answers, and no list of the rest that could be forgotten when there is a new one.
pub trait Facts {
    /// Lends the facts that answer whatever these do not; `None` where there are none, and nothing more is known.
    fn below(&self) -> Option<&dyn Facts>;

    /// Finds the lease of a resource, whatever its state.
    ///
    /// # Errors
    /// [`Missing::LeaseAt`] if it has to be fetched first.
    fn lease_at(&self, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
        self.below().map_or(Ok(None), |below| below.lease_at(resource))
    }

    /// Finds the leases of a client, whatever their state, by ascending resource.
    ///
    /// # Errors
    /// [`Missing::LeasesOf`] if they have to be fetched first.
    fn leases_of(&self, client: ClientKey<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        self.below().map_or(Ok(Vec::new()), |below| below.leases_of(client))
    }

    /// Finds the first free resource of a pool among a run of its places.
    ///
    /// # Errors
    /// [`Missing::Free`] if it has to be fetched first.
    fn next_free(&self, search: Search<'_>) -> Result<Option<Resource>, Missing> {
        self.below().map_or(Ok(None), |below| below.next_free(search))
    }

    /// Gives the resource the iterative allocator last chose in a pool; `None` if it chose none yet.
    fn cursor(&self, pool: PoolKey) -> Option<Resource> {
        self.below().and_then(|below| below.cursor(pool))
    }

    /// Says whether there may be hosts beyond those of the configuration.
    fn keeps_hosts(&self) -> bool {
        self.below().is_some_and(Facts::keeps_hosts)
    }

    /// Finds the hosts with an identifier, of all subnets and global ones, beyond those of the configuration.
    ///
    /// # Errors
    /// [`Missing::HostsOf`] if they have to be fetched first.
    fn hosts_of(&self, kind: IdentifierKind, identifier: &[u8]) -> Result<Vec<&Host>, Missing> {
        self.below().map_or(Ok(Vec::new()), |below| below.hosts_of(kind, identifier))
    }

    /// Finds the hosts of a subnet that reserve a resource, beyond those of the configuration.
    ///
    /// # Errors
    /// [`Missing::HostsAt`] if they have to be fetched first.
    fn hosts_at(&self, subnet: SubnetId, resource: Resource) -> Result<Vec<&Host>, Missing> {
        self.below().map_or(Ok(Vec::new()), |below| below.hosts_at(subnet, resource))
    }

    /// Says whether somebody uses an address already. Where nobody can be asked it is free.
    ///
    /// # Errors
    /// [`Missing::Presence`] if it has to be asked first.
    fn presence(&self, probe: &Probe) -> Result<Presence, Missing> {
        self.below().map_or(Ok(Presence::Free), |below| below.presence(probe))
    }

    /// Lends the clients that are registered; `None` if nobody is to be registered.
    fn users(&self) -> Option<&Users> {
        self.below().and_then(Facts::users)
    }

    /// Counts the leases of a class that are assigned, or those of a subnet that are assigned or declined, ended ones that
    /// wait to be reclaimed included. Asked only where limits are configured; nothing is counted by default.
    ///
    /// # Errors
    /// [`Missing::LeasesWithin`] if they have to be counted first.
    fn leases_within(&self, scope: &Scope, kind: LeaseKind) -> Result<u64, Missing> {
        self.below().map_or(Ok(0), |below| below.leases_within(scope, kind))
    }

    /// Counts the packets of a class or for a subnet that were admitted ([`crate::Decision::admitted`]) less than `span`
    /// ago. Asked only where limits are configured; nothing is counted by default.
    ///
    /// # Errors
    /// [`Missing::PacketsWithin`] if they have to be counted first.
    fn packets_within(&self, scope: &Scope, span: Seconds) -> Result<u32, Missing> {
        self.below().map_or(Ok(0), |below| below.packets_within(scope, span))
    }
}

/// What leases and packets are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// By a class.
    Class(ClassName),
    /// By a subnet.
    Subnet(SubnetId),
}

/// Names the client whose leases are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientKey<'a> {
    /// One identity association of a DHCPv6 client.
    Association {
        /// The client.
        duid: &'a Duid,
        /// Its identity association.
        iaid: u32,
        /// Addresses or prefixes.
        kind: LeaseKind,
    },
    /// A DHCPv6 client with all its associations.
    Duid(&'a Duid),
    /// A DHCPv4 client by its client identifier.
    ClientId(&'a [u8]),
    /// A DHCPv4 client by its hardware address.
    Hardware(&'a HardwareAddress),
}

/// A run of places in a pool to search for a free resource.
#[derive(Debug, Clone, Copy)]
pub struct Search<'a> {
    /// The pool.
    pub pool: &'a Pool,
    /// Names the pool.
    pub key: PoolKey,
    /// The first place to look at, counted from 0 ([`Pool::nth`]).
    pub from: u128,
    /// The place to stop before; at most [`Pool::capacity`].
    pub until: u128,
    /// A lease that ended before this instant does not count as one; `None` lets every lease count until it is reclaimed.
    pub ended_before: Option<UnixTime>,
}
