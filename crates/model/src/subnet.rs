//! A subnet: what is given to clients on one prefix.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::class::Guard;
use crate::resource::bits_of;
use crate::settings::Names;
use crate::{
    Allocator, BootFields, ClassName, LeaseKind, OptionSet, PingCheck, Pool, Prefix, Resource, Seconds,
    SharedNetworkIndex,
};

/// Kea's subnet id, 1 to 4294967294.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubnetId(pub u32);

impl fmt::Display for SubnetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A subnet with everything it inherits made its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Subnet {
    /// The id.
    pub id: SubnetId,
    /// The prefix as written; host bits may be set.
    pub prefix: Prefix,
    /// The shared network it belongs to.
    pub network: Option<SharedNetworkIndex>,
    /// Address pools by ascending first address.
    pub pools: Vec<Pool>,
    /// Prefix pools by ascending first address; none in DHCPv4.
    pub pd_pools: Vec<Pool>,
    /// How addresses are chosen.
    pub allocator: Allocator,
    /// How prefixes are chosen.
    pub pd_allocator: Allocator,
    /// Lifetimes and timers.
    pub times: LeaseTimes,
    /// Whether a SOLICIT with rapid commit gets its lease at once.
    pub rapid_commit: bool,
    /// Addresses of relays the subnet is behind; if empty, the network's count.
    pub relays: Vec<IpAddr>,
    /// The interface the subnet is reached by; if `None`, the network's counts.
    pub interface: Option<Box<str>>,
    /// The relay's Interface-Id the subnet is reached by; if `None`, the network's counts.
    pub interface_id: Option<Box<[u8]>>,
    /// The classes that may use the subnet.
    pub guard: Guard,
    /// Classes evaluated once the lease is known.
    pub additional_classes: Vec<ClassName>,
    /// Options for clients in the subnet.
    pub options: OptionSet,
    /// Whether relay information is kept with the lease.
    pub store_extended_info: bool,
    /// How names are made and updated; subnets that say nothing of it share what they inherit.
    pub names: Arc<Names>,
    /// Which reservations count.
    pub reservations: Modes,
    /// Where clients boot from, network and server taken in. DHCPv4 only.
    pub boot: BootFields,
    /// Whether a client is known by its client identifier first (`match-client-id`). DHCPv4 only.
    pub match_client_id: bool,
    /// Whether a rebooting client without a lease is told so (`authoritative`). DHCPv4 only.
    pub authoritative: bool,
    /// How long an address stays taken that was only offered; `None` and zero store no offers. DHCPv4 only.
    pub offer_lifetime: Option<Seconds>,
    /// Which DHCPv4-over-DHCPv6 clients the subnet is for; `None` if for none. DHCPv4 only.
    pub dhcp4o6: Option<Dhcp4o6>,
    /// How addresses are asked for before they are offered; `None` offers them unasked. DHCPv4 only.
    pub ping_check: Option<PingCheck>,
}

/// Which reservations count in a subnet (`reservations-global`, `reservations-in-subnet`, `reservations-out-of-pool`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Modes {
    /// Global ones.
    pub global: bool,
    /// Those of the subnet.
    pub in_subnet: bool,
    /// Those of the subnet lie outside its pools, by promise: what lies inside is not looked up.
    pub out_of_pool: bool,
}

impl Default for Modes {
    fn default() -> Self {
        Self { global: false, in_subnet: true, out_of_pool: false }
    }
}

/// Where DHCPv4-over-DHCPv6 clients of a subnet are (`4o6-*`); one that agrees is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dhcp4o6 {
    /// The client's IPv6 address, or its relay's link address, lies in here.
    pub prefix: Option<Prefix>,
    /// The interface the DHCPv6 server heard the client on.
    pub interface: Option<Box<str>>,
    /// The Interface-Id of the client's DHCPv6 relay.
    pub interface_id: Option<Box<[u8]>>,
}

impl Subnet {
    /// Lends the pools that give out `kind`.
    pub fn pools_of(&self, kind: LeaseKind) -> &[Pool] {
        match kind {
            LeaseKind::V4 | LeaseKind::Na => &self.pools,
            LeaseKind::Pd => &self.pd_pools,
        }
    }

    /// Gives how resources of `kind` are chosen.
    pub const fn allocator_of(&self, kind: LeaseKind) -> Allocator {
        match kind {
            LeaseKind::V4 | LeaseKind::Na => self.allocator,
            LeaseKind::Pd => self.pd_allocator,
        }
    }

    /// Finds the pool that `resource` comes out of.
    pub fn pool_of(&self, resource: Resource) -> Option<&Pool> {
        // Pools lie apart, so only the last one that begins no later than the resource can hold it.
        let (pools, bits) = (self.pools_of(resource.kind()), bits_of(resource.address()));
        let after = pools.partition_point(|pool| pool.range.first <= bits);
        pools.get(after.checked_sub(1)?).filter(|pool| pool.contains(resource))
    }
}

/// A lower bound, a default and an upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Triplet {
    /// The least a client can ask down to.
    pub min: Seconds,
    /// What a client gets that asks for nothing.
    pub default: Seconds,
    /// The most a client can ask up to.
    pub max: Seconds,
}

impl Triplet {
    /// Leaves no choice.
    pub const fn fixed(value: Seconds) -> Self {
        Self { min: value, default: value, max: value }
    }

    /// Brings a client's wish within the bounds; no wish (or zero) gets the default.
    pub fn clamp(&self, wish: Option<Seconds>) -> Seconds {
        match wish {
            Some(wish) if wish != Seconds::ZERO => wish.max(self.min).min(self.max),
            _ => self.default,
        }
    }
}

/// Lifetimes and timers of a subnet, resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeaseTimes {
    /// Valid lifetime.
    pub valid: Triplet,
    /// Preferred lifetime; `None` makes it five eighths of the valid one. DHCPv6 only.
    pub preferred: Option<Triplet>,
    /// Explicit T1.
    pub renew: Option<Seconds>,
    /// Explicit T2.
    pub rebind: Option<Seconds>,
    /// Whether T1 and T2 are computed when not explicit.
    pub calculate_tee_times: bool,
    /// T1 as a share.
    pub t1_percent: f64,
    /// T2 as a share.
    pub t2_percent: f64,
    /// A renewal younger than this share of the lifetime is served from the stored lease; 0 turns that off.
    pub cache_threshold: f64,
    /// The most seconds a stored lease may be served from; `None` sets no bound, zero turns that off.
    pub cache_max_age: Option<Seconds>,
}
