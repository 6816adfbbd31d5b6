//! The leases of one server with every index that finds them; knows no lock and no file.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::{ClientKey, Scope, Search};
use hashbrown::{Equivalent, HashMap};
use model::resource::bits_of;
use model::{Lease, LeaseKind, LeaseState, Owner, Resource, SubnetId, UnixTime};
use std::hash::Hash;

use super::spans::Spans;
use super::tally::Tally;

/// A lease's place: its (first) address as a number. As in Kea's files, one address has one lease.
pub(crate) type Place = u128;

/// How many ended leases are looked at one by one before the pool itself is walked instead.
const ENDED_PROBES: usize = 1024;

/// All leases, found by address, client, hardware address, name, subnet and end.
#[derive(Debug, Default)]
pub(crate) struct Index {
    leases: BTreeMap<Place, Arc<Lease>>,
    /// By DUID, or in DHCPv4 by client identifier.
    clients: Multi<Box<[u8]>, (u32, LeaseKind, Place)>,
    hardware: Multi<Box<[u8]>, Place>,
    hostnames: Multi<Box<str>, Place>,
    subnets: BTreeSet<(SubnetId, Place)>,
    /// Leases that wait to end or to be reclaimed.
    ending: BTreeSet<(UnixTime, Place)>,
    /// Leases reclaimed already, by the instant they ended.
    reclaimed: BTreeSet<(UnixTime, Place)>,
    /// What is held, by the number of address bits one resource covers.
    held: BTreeMap<u32, Spans>,
    /// How many leases there are of classes and in subnets, if that is wanted.
    tally: Option<Tally>,
}

pub(crate) fn place_of(resource: Resource) -> Place {
    bits_of(resource.address())
}

/// Gives how many address bits a resource covers: 0 for an address.
fn width_of(resource: Resource) -> u32 {
    match resource {
        Resource::V4(_) | Resource::V6(_) => 0,
        Resource::Prefix(_, length) => 128_u32.saturating_sub(u32::from(length)),
    }
}

/// Drops the low `width` bits: the number of a block of that size.
fn block(bits: u128, width: u32) -> u128 {
    bits.checked_shr(width).unwrap_or(0)
}

/// Gives the last address of a block.
fn last_of(block: u128, width: u32) -> u128 {
    let low = 1_u128.checked_shl(width).map_or(u128::MAX, |size| size - 1);
    block.checked_shl(width).unwrap_or(0) | low
}

impl Index {
    pub(crate) fn len(&self) -> usize {
        self.leases.len()
    }

    /// Counts leases by class and subnet from now on, or no longer.
    pub(crate) fn tally(&mut self, wanted: bool) {
        if wanted != self.tally.is_some() {
            self.tally = wanted.then(|| Tally::of(self.leases.values().map(|lease| &**lease)));
        }
    }

    /// Gives how many leases of a kind there are; none if they are not counted.
    pub(crate) fn count(&self, scope: &Scope, kind: LeaseKind) -> u64 {
        self.tally.as_ref().map_or(0, |tally| tally.count(scope, kind))
    }

    /// Gives whatever lease stands at the address of `resource`, even one of another size.
    pub(crate) fn at(&self, resource: Resource) -> Option<&Arc<Lease>> {
        self.leases.get(&place_of(resource))
    }

    pub(crate) fn lease(&self, resource: Resource) -> Option<&Arc<Lease>> {
        self.at(resource).filter(|lease| lease.resource == resource)
    }

    /// Stores a lease in place of whatever stood at its address.
    pub(crate) fn put(&mut self, lease: Arc<Lease>) {
        let place = place_of(lease.resource);
        self.take(place);
        match &lease.owner {
            Owner::V4 { hw, client_id } => {
                if !client_id.is_empty() {
                    self.clients.insert(client_id.clone(), (0, LeaseKind::V4, place));
                }
                if let Some(hw) = hw {
                    self.hardware.insert(hw.octets.clone(), place);
                }
            }
            Owner::V6 { duid, iaid, hw } => {
                self.clients.insert(duid.octets().into(), (*iaid, lease.kind(), place));
                if let Some((hw, _)) = hw {
                    self.hardware.insert(hw.octets.clone(), place);
                }
            }
        }
        if !lease.hostname.is_empty() {
            self.hostnames.insert(lease.hostname.to_lowercase().into(), place);
        }
        self.subnets.insert((lease.subnet, place));
        if let Some(end) = lease.expires() {
            self.ends_of(lease.state).insert((end, place));
        }
        if lease.state.holds() {
            let width = width_of(lease.resource);
            self.held.entry(width).or_default().insert(block(place, width));
        }
        if let Some(tally) = &mut self.tally {
            tally.add(&lease);
        }
        self.leases.insert(place, lease);
    }

    /// Removes and gives the lease at a place.
    pub(crate) fn take(&mut self, place: Place) -> Option<Arc<Lease>> {
        let lease = self.leases.remove(&place)?;
        match &lease.owner {
            Owner::V4 { hw, client_id } => {
                self.clients.remove(&**client_id, &(0, LeaseKind::V4, place));
                if let Some(hw) = hw {
                    self.hardware.remove(&*hw.octets, &place);
                }
            }
            Owner::V6 { duid, iaid, hw } => {
                self.clients.remove(duid.octets(), &(*iaid, lease.kind(), place));
                if let Some((hw, _)) = hw {
                    self.hardware.remove(&*hw.octets, &place);
                }
            }
        }
        if !lease.hostname.is_empty() {
            self.hostnames.remove(&*lease.hostname.to_lowercase(), &place);
        }
        self.subnets.remove(&(lease.subnet, place));
        if let Some(end) = lease.expires() {
            self.ends_of(lease.state).remove(&(end, place));
        }
        if let Some(tally) = &mut self.tally {
            tally.remove(&lease);
        }
        self.free(&lease);
        Some(lease)
    }

    fn ends_of(&mut self, state: LeaseState) -> &mut BTreeSet<(UnixTime, Place)> {
        if state == LeaseState::Reclaimed { &mut self.reclaimed } else { &mut self.ending }
    }

    /// Marks the block of a lease just removed as free, unless another lease lies in the same block.
    fn free(&mut self, lease: &Lease) {
        let width = width_of(lease.resource);
        let number = block(place_of(lease.resource), width);
        let mut others = self.leases.range(block_range(number, width)).map(|(_, other)| other);
        if others.any(|other| width_of(other.resource) == width && other.state.holds()) {
            return;
        }
        if let Some(spans) = self.held.get_mut(&width) {
            spans.remove(number);
            if spans.is_empty() {
                self.held.remove(&width);
            }
        }
    }

    /// Finds a client's leases by ascending resource.
    pub(crate) fn leases_of(&self, client: ClientKey<'_>) -> Vec<Arc<Lease>> {
        let of_client = |octets: &[u8], wanted: &dyn Fn(u32, LeaseKind) -> bool| {
            let all = self.clients.list(octets).iter();
            let mut places: Vec<_> = all.filter(|(iaid, kind, _)| wanted(*iaid, *kind)).map(|(.., at)| *at).collect();
            places.sort_unstable();
            self.at_places(&places)
        };
        match client {
            ClientKey::Association { duid, iaid, kind } => {
                of_client(duid.octets(), &|other, what| (other, what) == (iaid, kind))
            }
            ClientKey::Duid(duid) => of_client(duid.octets(), &|_, _| true),
            ClientKey::ClientId(octets) => of_client(octets, &|_, _| true),
            ClientKey::Hardware(hw) => {
                let mut leases = self.at_places(self.hardware.list(&*hw.octets));
                leases.retain(|lease| match &lease.owner {
                    Owner::V4 { hw: theirs, .. } => theirs.as_ref() == Some(hw),
                    Owner::V6 { hw: theirs, .. } => theirs.as_ref().is_some_and(|(theirs, _)| theirs == hw),
                });
                leases
            }
        }
    }

    /// Finds leases by host name, upper and lower case alike.
    pub(crate) fn by_hostname(&self, name: &str) -> Vec<Arc<Lease>> {
        self.at_places(self.hostnames.list(&*name.to_lowercase()))
    }

    pub(crate) fn by_subnet(&self, subnet: SubnetId) -> Vec<Arc<Lease>> {
        let range = (subnet, Place::MIN)..=(subnet, Place::MAX);
        self.subnets.range(range).filter_map(|(_, place)| self.leases.get(place)).cloned().collect()
    }

    /// Walks the leases by ascending address, those after `from` only.
    pub(crate) fn after(&self, from: Option<Resource>) -> impl Iterator<Item = &Arc<Lease>> {
        let start = from.map_or(std::ops::Bound::Unbounded, |from| std::ops::Bound::Excluded(place_of(from)));
        self.leases.range((start, std::ops::Bound::Unbounded)).map(|(_, lease)| lease)
    }

    /// Walks the leases that ended before `now` and are not reclaimed, earliest end first.
    pub(crate) fn ended(&self, now: UnixTime) -> impl Iterator<Item = &Arc<Lease>> {
        self.ending.range(..(now, Place::MIN)).filter_map(|(_, place)| self.leases.get(place))
    }

    /// Walks the reclaimed leases that ended before `instant`, earliest end first.
    pub(crate) fn reclaimed(&self, instant: UnixTime) -> impl Iterator<Item = &Arc<Lease>> {
        self.reclaimed.range(..(instant, Place::MIN)).filter_map(|(_, place)| self.leases.get(place))
    }

    /// Finds the first free resource of a run of a pool's places.
    pub(crate) fn next_free(&self, search: &Search<'_>) -> Option<Resource> {
        let until = search.until.min(search.pool.capacity());
        let gap = self.gap(search, until);
        let ended = search
            .ended_before
            .and_then(|instant| self.first_ended(search, gap.unwrap_or(until), instant))
            .and_then(|position| search.pool.nth(position));
        ended.or_else(|| gap.and_then(|position| search.pool.nth(position)))
    }

    /// Gives the first place that nothing held overlaps, ended or not.
    fn gap(&self, search: &Search<'_>, until: u128) -> Option<u128> {
        let width = search.pool.stride_bits();
        let mut position = search.from;
        while position < until {
            let first = place_of(search.pool.nth(position)?);
            let last = last_of(block(first, width), width);
            let Some(taken) = self.taken_until(first, last) else { return Some(position) };
            let skipped = block(taken.checked_sub(search.pool.range.first)?, width);
            position = skipped.max(position).checked_add(1)?;
        }
        None
    }

    /// Gives the last address of a held run that overlaps `first..=last`.
    fn taken_until(&self, first: u128, last: u128) -> Option<u128> {
        let ends = self.held.iter().filter_map(|(width, spans)| {
            spans.taken_until(block(first, *width), block(last, *width)).map(|end| last_of(end, *width))
        });
        ends.max()
    }

    /// Gives the first place before `until` whose lease ended before `instant`.
    fn first_ended(&self, search: &Search<'_>, until: u128, instant: UnixTime) -> Option<u128> {
        let position = |lease: &Arc<Lease>| {
            let position = search.pool.position(lease.resource)?;
            let wanted = lease.state.holds() && (search.from..until).contains(&position);
            (wanted && self.is_alone(lease, instant)).then_some(position)
        };
        if self.ended(instant).nth(ENDED_PROBES).is_none() {
            return self.ended(instant).filter_map(position).min();
        }
        let first = place_of(search.pool.nth(search.from)?);
        let mut leases = self.leases.range(first..=search.pool.range.last).map(|(_, lease)| lease);
        leases.find_map(|lease| if lease.is_expired_at(instant) { position(lease) } else { None })
    }

    /// Says whether no lease that goes on after `instant` shares addresses with this one.
    fn is_alone(&self, lease: &Lease, instant: UnixTime) -> bool {
        let (place, width) = (place_of(lease.resource), width_of(lease.resource));
        let range = block_range(block(place, width), width);
        let wider = self.held.iter().filter(|(other, _)| **other > width);
        let mut smaller = self.leases.range(range.clone()).map(|(_, other)| other);
        smaller.all(|other| !other.state.holds() || other.is_expired_at(instant))
            && wider.into_iter().all(|(width, spans)| {
                spans.taken_until(block(*range.start(), *width), block(*range.end(), *width)).is_none()
            })
    }

    fn at_places(&self, places: &[Place]) -> Vec<Arc<Lease>> {
        places.iter().filter_map(|place| self.leases.get(place)).cloned().collect()
    }
}

fn block_range(number: u128, width: u32) -> std::ops::RangeInclusive<u128> {
    number.checked_shl(width).unwrap_or(0)..=last_of(number, width)
}

/// A map from one key to a sorted list of values.
#[derive(Debug)]
struct Multi<K, V>(HashMap<K, Vec<V>>);

impl<K, V> Default for Multi<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Hash + Eq, V: Ord> Multi<K, V> {
    fn insert(&mut self, key: K, value: V) {
        let list = self.0.entry(key).or_insert_with(|| Vec::with_capacity(1));
        if let Err(at) = list.binary_search(&value) {
            list.insert(at, value);
        }
    }

    fn remove<Q: Hash + Equivalent<K> + ?Sized>(&mut self, key: &Q, value: &V) {
        let Some(list) = self.0.get_mut(key) else { return };
        if let Ok(at) = list.binary_search(value) {
            list.remove(at);
        }
        if list.is_empty() {
            self.0.remove(key);
        }
    }

    fn list<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> &[V] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}
