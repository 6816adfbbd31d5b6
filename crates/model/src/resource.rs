//! What a client can lease: an IPv4 address, an IPv6 address or an IPv6 prefix.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Family;

/// An address with a length; bits beyond the length are kept as given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    /// The first address, usually with all host bits clear.
    pub address: IpAddr,
    /// Length in bits, at most 32 or 128.
    pub length: u8,
}

impl Prefix {
    /// Says whether `address` is of this family and agrees in the first `length` bits.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = self.width().saturating_sub(u32::from(self.length));
        match (self.address, address) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                (ours.to_bits() ^ theirs.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// Gives all addresses of the prefix.
    pub fn range(&self) -> AddressRange {
        let hosts = self.width().saturating_sub(u32::from(self.length));
        let mask = 1_u128.checked_shl(hosts).map_or(u128::MAX, |size| size - 1);
        let bits = bits_of(self.address);
        AddressRange { family: family_of(self.address), first: bits & !mask, last: bits | mask }
    }

    fn width(&self) -> u32 {
        if self.address.is_ipv4() { 32 } else { 128 }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// A run of addresses as numbers, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressRange {
    /// The family the numbers belong to.
    pub family: Family,
    /// The first address; for IPv4 in the low 32 bits.
    pub first: u128,
    /// The last address, not below `first`.
    pub last: u128,
}

impl AddressRange {
    /// Says whether the range holds `address`.
    pub fn contains(&self, address: IpAddr) -> bool {
        family_of(address) == self.family && (self.first..=self.last).contains(&bits_of(address))
    }

    /// Gives the first address.
    pub fn first_address(&self) -> IpAddr {
        address_of(self.family, self.first)
    }

    /// Gives the last address.
    pub fn last_address(&self) -> IpAddr {
        address_of(self.family, self.last)
    }
}

/// Reads an address as a number, IPv4 in the low 32 bits.
pub fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Writes a number as an address; IPv4 takes the low 32 bits.
pub fn address_of(family: Family, bits: u128) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits & u128::from(u32::MAX)).unwrap_or_default())),
        Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(bits)),
    }
}

fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

/// The kind of thing that is leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LeaseKind {
    /// An IPv4 address.
    V4,
    /// A non-temporary IPv6 address.
    Na,
    /// A delegated IPv6 prefix.
    Pd,
}

impl LeaseKind {
    /// Gives Kea's name: `V4`, `IA_NA` or `IA_PD`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V4 => "V4",
            Self::Na => "IA_NA",
            Self::Pd => "IA_PD",
        }
    }

    /// Gives the names of the statistics that count such leases in a subnet or pool.
    pub const fn statistics(self) -> LeaseStatistics {
        let [total, assigned, cumulative] = match self {
            Self::V4 => ["total-addresses", "assigned-addresses", "cumulative-assigned-addresses"],
            Self::Na => ["total-nas", "assigned-nas", "cumulative-assigned-nas"],
            Self::Pd => ["total-pds", "assigned-pds", "cumulative-assigned-pds"],
        };
        LeaseStatistics { total, assigned, cumulative }
    }
}

/// The names of the statistics of one kind of lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseStatistics {
    /// How many can be given.
    pub total: &'static str,
    /// How many are given.
    pub assigned: &'static str,
    /// How many were ever given.
    pub cumulative: &'static str,
}

/// One thing a client can lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Resource {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// A non-temporary IPv6 address.
    V6(Ipv6Addr),
    /// A delegated IPv6 prefix: first address and length in bits.
    Prefix(Ipv6Addr, u8),
}

impl Resource {
    /// Says what kind of thing this is.
    pub const fn kind(self) -> LeaseKind {
        match self {
            Self::V4(_) => LeaseKind::V4,
            Self::V6(_) => LeaseKind::Na,
            Self::Prefix(..) => LeaseKind::Pd,
        }
    }

    /// Gives the (first) address.
    pub const fn address(self) -> IpAddr {
        match self {
            Self::V4(address) => IpAddr::V4(address),
            Self::V6(address) | Self::Prefix(address, _) => IpAddr::V6(address),
        }
    }

    /// Gives the length in bits: 32 or 128 for an address.
    pub const fn length(self) -> u8 {
        match self {
            Self::V4(_) => 32,
            Self::V6(_) => 128,
            Self::Prefix(_, length) => length,
        }
    }
}

impl fmt::Display for Resource {
    /// Writes an address plainly, a prefix with `/length`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(address) => address.fmt(f),
            Self::V6(address) => address.fmt(f),
            Self::Prefix(address, length) => write!(f, "{address}/{length}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_of_length_zero_holds_every_address_of_its_family() {
        let all = Prefix { address: "::".parse().unwrap(), length: 0 };
        assert!(all.contains("fd00::1".parse().unwrap()));
        assert!(!all.contains("192.0.2.1".parse().unwrap()));
        assert_eq!(all.range().last, u128::MAX);
    }

    #[test]
    fn the_range_of_a_prefix_ignores_its_host_bits() {
        let subnet = Prefix { address: "192.0.2.5".parse().unwrap(), length: 24 };
        assert_eq!(subnet.range().first_address().to_string(), "192.0.2.0");
        assert_eq!(subnet.range().last_address().to_string(), "192.0.2.255");
    }
}
