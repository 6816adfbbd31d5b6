//! A pool: the resources of a subnet that may be leased to whoever comes.

use std::fmt;
use std::net::IpAddr;

use crate::class::Guard;
use crate::settings::Names;
use crate::{AddressRange, ClassName, LeaseKind, OptionSet, Resource, SubnetId};

/// A range of addresses or prefixes to lease from.
#[derive(Debug, Clone, PartialEq)]
pub struct Pool {
    /// Kea's `pool-id`; 0 when none is given. Several pools may share one.
    pub id: u32,
    /// The place of the pool among those of its kind in the subnet, from 0, in configuration order.
    pub index: usize,
    /// All addresses the pool covers.
    pub range: AddressRange,
    /// Addresses or prefixes, and of what size.
    pub kind: PoolKind,
    /// The classes that may use the pool.
    pub guard: Guard,
    /// Classes evaluated once the lease is known.
    pub additional_classes: Vec<ClassName>,
    /// Options for leases out of this pool.
    pub options: OptionSet,
    /// How clients of this pool are named, if otherwise than in its subnet.
    pub names: Option<Box<Names>>,
}

/// What a pool is divided into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// Single addresses.
    Addresses,
    /// Prefixes of one length.
    Prefixes {
        /// Length of each delegated prefix in bits.
        delegated_length: u8,
        /// Prefix the client must leave out (RFC 6603): first address and length.
        excluded: Option<(std::net::Ipv6Addr, u8)>,
    },
}

impl Pool {
    /// Says what leases of the pool are.
    pub fn lease_kind(&self) -> LeaseKind {
        match self.kind {
            PoolKind::Addresses => self.range.family.pick(LeaseKind::V4, LeaseKind::Na),
            PoolKind::Prefixes { .. } => LeaseKind::Pd,
        }
    }

    /// Counts the resources of the pool; saturates at `u128::MAX`.
    pub fn capacity(&self) -> u128 {
        let addresses = self.range.last - self.range.first;
        match self.kind {
            PoolKind::Addresses => addresses.saturating_add(1),
            PoolKind::Prefixes { .. } => (addresses >> self.stride_bits()).saturating_add(1),
        }
    }

    /// Says whether `resource` is of the pool's kind and size and lies in it.
    pub fn contains(&self, resource: Resource) -> bool {
        self.lease_kind() == resource.kind()
            && match self.kind {
                PoolKind::Addresses => true,
                PoolKind::Prefixes { delegated_length, .. } => resource.length() == delegated_length,
            }
            && self.range.contains(resource.address())
    }

    /// Gives the `index`-th resource, counted from 0; `None` beyond the end.
    pub fn nth(&self, index: u128) -> Option<Resource> {
        if index >= self.capacity() {
            return None;
        }
        let bits = self.range.first.checked_add(index.checked_shl(self.stride_bits())?)?;
        Some(match (crate::resource::address_of(self.range.family, bits), self.kind) {
            (IpAddr::V4(address), _) => Resource::V4(address),
            (IpAddr::V6(address), PoolKind::Addresses) => Resource::V6(address),
            (IpAddr::V6(address), PoolKind::Prefixes { delegated_length, .. }) => {
                Resource::Prefix(address, delegated_length)
            }
        })
    }

    /// Gives the place of `resource` in the pool, counted from 0; `None` if it is not in it.
    pub fn position(&self, resource: Resource) -> Option<u128> {
        let bits = crate::resource::bits_of(resource.address());
        self.contains(resource).then(|| (bits - self.range.first) >> self.stride_bits())
    }

    /// Says what clients must leave out of a prefix of the pool: first address and length.
    pub const fn excluded(&self) -> Option<(std::net::Ipv6Addr, u8)> {
        match self.kind {
            PoolKind::Prefixes { excluded, .. } => excluded,
            PoolKind::Addresses => None,
        }
    }

    /// Gives how many address bits one resource of the pool covers: 0 for an address.
    pub fn stride_bits(&self) -> u32 {
        match self.kind {
            PoolKind::Addresses => 0,
            PoolKind::Prefixes { delegated_length, .. } => 128_u32.saturating_sub(u32::from(delegated_length)),
        }
    }
}

/// Names one pool of a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolKey {
    /// The subnet the pool is in.
    pub subnet: SubnetId,
    /// What the pool gives out.
    pub kind: LeaseKind,
    /// [`Pool::index`].
    pub index: usize,
}

impl PoolKey {
    /// Stands for all pools of a subnet that give out `kind`, where it matters which was used last.
    pub const fn all(subnet: SubnetId, kind: LeaseKind) -> Self {
        Self { subnet, kind, index: usize::MAX }
    }

    /// Stands for the subnets of a network that admit the same clients, named by the lowest id, where it matters which
    /// was used last.
    pub const fn group(lowest: SubnetId, kind: LeaseKind) -> Self {
        Self { subnet: lowest, kind, index: usize::MAX - 1 }
    }
}

/// How the next resource is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocator {
    /// The next one after the last one given.
    Iterative,
    /// Any free one.
    Random,
    /// Any free one that is not waiting to be reclaimed; knows at once when nothing is left.
    FreeLeaseQueue,
}

impl fmt::Display for Allocator {
    /// Writes Kea's keyword.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Iterative => "iterative",
            Self::Random => "random",
            Self::FreeLeaseQueue => "flq",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Prefix;

    fn delegated(prefix: &str, length: u8, delegated_length: u8) -> Pool {
        Pool {
            id: 0,
            index: 0,
            range: Prefix { address: prefix.parse().unwrap(), length }.range(),
            kind: PoolKind::Prefixes { delegated_length, excluded: None },
            guard: Guard::default(),
            additional_classes: Vec::new(),
            options: OptionSet::default(),
            names: None,
        }
    }

    #[test]
    fn prefixes_are_counted_and_found_by_their_place() {
        let pool = delegated("fd00:100:10::", 48, 56);
        assert_eq!(pool.capacity(), 256);
        let last = pool.nth(255).unwrap();
        assert_eq!(last.to_string(), "fd00:100:10:ff00::/56");
        assert_eq!(pool.position(last), Some(255));
        assert_eq!(pool.nth(256), None);
        assert!(!pool.contains(Resource::Prefix("fd00:100:10::".parse().unwrap(), 57)));
    }

    #[test]
    fn a_pool_over_everything_does_not_overflow() {
        let pool = delegated("::", 0, 128);
        assert_eq!(pool.capacity(), u128::MAX);
        assert!(pool.nth(u128::MAX - 1).is_some());
    }
}
