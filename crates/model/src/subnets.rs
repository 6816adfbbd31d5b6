//! All subnets of a configuration, found by where a client is without walking them.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Deref;

use crate::resource::bits_of;
use crate::{AddressRange, Family, Prefix, SharedNetwork, Subnet};

/// Subnets by ascending id, with every index that a packet is placed by.
///
/// Kea: of several subnets at a place, the one with the lowest id counts that admits the client; so each search walks the
/// subnets of one place in that order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Subnets {
    /// By ascending id.
    all: Vec<Subnet>,
    here: Places,
    relays: Index<IpAddr>,
    /// Where DHCPv4-over-DHCPv6 clients are.
    over: Places,
    /// Those that configure a server identifier (DHCPv4).
    naming: Vec<Position>,
}

/// The place of a subnet in [`Subnets`].
type Position = u32;

/// Positions, ascending, by what they are found by.
type Index<K> = BTreeMap<K, Vec<Position>>;

/// What a link is known by.
#[derive(Debug, Clone, PartialEq, Default)]
struct Places {
    prefixes: Prefixes,
    interfaces: Index<Box<str>>,
    interface_ids: Index<Box<[u8]>>,
}

impl Subnets {
    /// Sorts subnets by id and makes the indexes; what a subnet leaves open its network decides.
    pub fn new(family: Family, mut all: Vec<Subnet>, networks: &[SharedNetwork]) -> Self {
        all.sort_by_key(|subnet| subnet.id);
        all.shrink_to_fit();
        let mut subnets = Self::default();
        let (mut prefixes, mut over) = (Vec::with_capacity(all.len()), Vec::new());
        for (position, subnet) in (0..).zip(&all) {
            prefixes.push((subnet.prefix, position));
            subnets.add(position, subnet, subnet.network.and_then(|index| networks.get(index.0)));
            if let Some(prefix) =
                subnet.dhcp4o6.as_ref().and_then(|over| over.prefix).filter(|prefix| !prefix.address.is_ipv4())
            {
                over.push((prefix, position));
            }
            if family == Family::V4 && !subnet.options.entries(SPACE, wire::v4::code::SERVER_ID).is_empty() {
                subnets.naming.push(position);
            }
        }
        subnets.here.prefixes = Prefixes::new(prefixes);
        subnets.over.prefixes = Prefixes::new(over);
        subnets.all = all;
        subnets
    }

    fn add(&mut self, position: Position, subnet: &Subnet, network: Option<&SharedNetwork>) {
        let interface = subnet.interface.as_ref().or_else(|| network.and_then(|network| network.interface.as_ref()));
        self.here.interfaces.put(interface, position);
        let id = subnet.interface_id.as_ref().or_else(|| network.and_then(|network| network.interface_id.as_ref()));
        self.here.interface_ids.put(id, position);
        for relay in match network {
            Some(network) if subnet.relays.is_empty() => &network.relays,
            _ => &subnet.relays,
        } {
            self.relays.put(Some(relay), position);
        }
        if let Some(over) = &subnet.dhcp4o6 {
            self.over.interfaces.put(over.interface.as_ref(), position);
            self.over.interface_ids.put(over.interface_id.as_ref(), position);
        }
    }

    /// Walks the subnets whose prefix holds an address.
    pub fn holding(&self, address: IpAddr) -> impl Iterator<Item = &Subnet> {
        let found = self.here.prefixes.holding(address).filter_map(|position| self.at(position));
        found.filter(move |subnet| subnet.prefix.contains(address))
    }

    /// Walks the subnets reached by an interface.
    pub fn on<'s>(&'s self, interface: &str) -> impl Iterator<Item = &'s Subnet> + use<'s> {
        self.list(self.here.interfaces.get(interface))
    }

    /// Walks the subnets behind a relay.
    pub fn behind(&self, relay: IpAddr) -> impl Iterator<Item = &Subnet> {
        self.list(self.relays.get(&relay))
    }

    /// Walks the subnets that relays name by an Interface-Id.
    pub fn named<'s>(&'s self, interface_id: &[u8]) -> impl Iterator<Item = &'s Subnet> + use<'s> {
        self.list(self.here.interface_ids.get(interface_id))
    }

    /// Walks the subnets for DHCPv4-over-DHCPv6 clients with an address, behind an Interface-Id, or on an interface: one
    /// that agrees is enough.
    pub fn over(&self, address: IpAddr, interface_id: Option<&[u8]>, interface: &str) -> impl Iterator<Item = &Subnet> {
        let mut found: Vec<Position> = self.over.prefixes.holding(address).collect();
        found.extend(interface_id.and_then(|id| self.over.interface_ids.get(id)).into_iter().flatten());
        found.extend(self.over.interfaces.get(interface).into_iter().flatten());
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|position| self.at(position))
    }

    /// Walks the subnets whose options hold a server identifier. DHCPv4 only.
    pub fn naming_a_server(&self) -> impl Iterator<Item = &Subnet> {
        self.list(Some(&self.naming))
    }

    fn list<'s>(&'s self, positions: Option<&'s Vec<Position>>) -> impl Iterator<Item = &'s Subnet> + use<'s> {
        positions.into_iter().flatten().filter_map(|position| self.at(*position))
    }

    fn at(&self, position: Position) -> Option<&Subnet> {
        usize::try_from(position).ok().and_then(|position| self.all.get(position))
    }
}

/// The option space of DHCPv4.
const SPACE: &str = wire::option::definition::DHCP4;

impl Deref for Subnets {
    type Target = [Subnet];

    fn deref(&self) -> &[Subnet] {
        &self.all
    }
}

impl<'s> IntoIterator for &'s Subnets {
    type Item = &'s Subnet;
    type IntoIter = std::slice::Iter<'s, Subnet>;

    fn into_iter(self) -> Self::IntoIter {
        self.all.iter()
    }
}

/// Puts positions into an index.
trait Put<K> {
    /// Puts a position under a key, if there is one.
    fn put(&mut self, key: Option<&K>, position: Position);
}

impl<K: Ord + Clone> Put<K> for Index<K> {
    fn put(&mut self, key: Option<&K>, position: Position) {
        let Some(key) = key else { return };
        match self.get_mut(key) {
            Some(positions) if positions.last() == Some(&position) => {}
            Some(positions) => positions.push(position),
            None => {
                self.insert(key.clone(), vec![position]);
            }
        }
    }
}

/// Prefixes sorted by their first address, each knowing the one around it: two prefixes either lie apart, or one holds
/// the other.
#[derive(Debug, Clone, PartialEq, Default)]
struct Prefixes {
    firsts: Vec<u128>,
    rest: Vec<Range>,
}

/// The end of a prefix, whose it is, and which prefix holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    last: u128,
    around: u32,
    position: Position,
}

/// Stands for no prefix.
const NONE: u32 = u32::MAX;

impl Prefixes {
    fn new(prefixes: Vec<(Prefix, Position)>) -> Self {
        let range = |(prefix, position): (Prefix, Position)| {
            let AddressRange { first, last, .. } = prefix.range();
            (first, last, position)
        };
        let mut ranges: Vec<(u128, u128, Position)> = prefixes.into_iter().map(range).collect();
        ranges.sort_unstable_by_key(|(first, last, position)| (*first, std::cmp::Reverse(*last), *position));
        let mut all = Self { firsts: Vec::with_capacity(ranges.len()), rest: Vec::with_capacity(ranges.len()) };
        for (first, last, position) in ranges {
            let before = u32::try_from(all.firsts.len()).ok().and_then(|length| length.checked_sub(1));
            let around = all.innermost(before.unwrap_or(NONE), last);
            all.firsts.push(first);
            all.rest.push(Range { last, around, position });
        }
        all
    }

    /// Gives the first prefix from `place` outwards that reaches to an address.
    fn innermost(&self, mut place: u32, address: u128) -> u32 {
        while let Some(range) = self.range(place) {
            if range.last >= address {
                return place;
            }
            place = range.around;
        }
        NONE
    }

    fn range(&self, place: u32) -> Option<&Range> {
        usize::try_from(place).ok().and_then(|place| self.rest.get(place))
    }

    /// Walks the prefixes that hold an address, by ascending position.
    fn holding(&self, address: IpAddr) -> impl Iterator<Item = Position> {
        let bits = bits_of(address);
        let after = self.firsts.partition_point(|first| *first <= bits);
        let before = after.checked_sub(1).and_then(|before| u32::try_from(before).ok());
        let innermost = self.innermost(before.unwrap_or(NONE), bits);
        // Prefixes rarely lie in each other, and never deeper than they have bits: looking outwards again for the next
        // position is cheaper than a list.
        let from = move |least: Position| {
            let outwards = std::iter::successors(self.range(innermost), |range| self.range(range.around));
            outwards.map(|range| range.position).filter(|position| *position >= least).min()
        };
        std::iter::successors(from(0), move |position| from(position.checked_add(1)?))
    }
}

#[cfg(test)]
mod tests;
