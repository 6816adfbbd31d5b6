//! The leases of one server with every index that finds them; knows no lock and no file.
//!
//! A lease is a record of some dozen octets in a slot ([`super::packed`], [`super::slab`]). What finds it holds four octets
//! of slot beside four of key ([`super::postings`]); a key is a hash or a number that many may share, so whoever looks
//! reads the records found. A [`Lease`] is made when somebody asks for one.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use engine::{ClientKey, Scope, Search};
use hashbrown::DefaultHashBuilder;
use model::resource::bits_of;
use model::{Family, Lease, LeaseKind, LeaseState, Resource, SubnetId, UnixTime};

use super::csv::Row;
use super::ended::Ended;
use super::memory::Counts;
use super::packed;
use super::places::{Place, Places};
use super::postings::{Postings, pair};
use super::row::IA_PD;
use super::slab::{Slab, Slot};
use super::spans::Spans;
use super::tally::Tally;

/// Pools by subnet, kind and pool id.
pub(crate) type PoolCounts = BTreeMap<(SubnetId, LeaseKind, u32), Counts>;

/// All leases, found by address, client, hardware address, name, subnet and end.
#[derive(Debug)]
pub(crate) struct Index {
    family: Family,
    slab: Slab,
    places: Places,
    filed: Filed,
    /// Whether only `slab` and `places` are kept until [`Index::end_bulk`].
    in_bulk: bool,
    count: usize,
    /// How many leases there are of classes and in subnets, if that is wanted.
    tally: Option<Tally>,
    hasher: DefaultHashBuilder,
    /// Room to pack a record in.
    record: Vec<u8>,
}

/// Everything that can be made anew from the records.
#[derive(Debug, Default)]
struct Filed {
    /// By DUID, or in DHCPv4 by client identifier.
    clients: Postings,
    hardware: Postings,
    /// By name in lower case.
    hostnames: Postings,
    subnets: Postings,
    /// Leases that wait to end or to be reclaimed.
    ending: Postings,
    /// Leases reclaimed already, by the instant they ended.
    reclaimed: Postings,
    /// Those of `ending` that have ended, by place.
    ended: Mutex<Ended>,
    /// What is held, by the number of address bits one resource covers.
    held: BTreeMap<u32, Spans>,
    counts: PoolCounts,
}

/// What a lease is filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Keys {
    client: Option<u32>,
    hardware: Option<u32>,
    hostname: Option<u32>,
    subnet: u32,
    ending: Option<u32>,
    reclaimed: Option<u32>,
    held: Option<(u32, u128)>,
    pool: (SubnetId, LeaseKind, u32),
    state: LeaseState,
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

/// Brings an instant into the 32 bits it is filed under; the order stays, but instants after 2106 are filed as one.
fn clock(instant: UnixTime) -> u32 {
    u32::try_from(instant.0.max(0)).unwrap_or(u32::MAX)
}

fn resource_of(row: &Row<'_>) -> Option<Resource> {
    row.resource().ok()
}

fn holds(row: &Row<'_>) -> bool {
    LeaseState::from_number(row.state).is_some_and(LeaseState::holds)
}

fn has_ended(row: &Row<'_>, instant: UnixTime) -> bool {
    row.expires().is_some_and(|end| end < instant)
}

impl Index {
    pub(crate) fn new(family: Family) -> Self {
        Self {
            family,
            slab: Slab::default(),
            places: Places::new(family),
            filed: Filed::default(),
            in_bulk: false,
            count: 0,
            tally: None,
            hasher: DefaultHashBuilder::default(),
            record: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Counts leases by class and subnet from now on, or no longer.
    pub(crate) fn tally(&mut self, wanted: bool) {
        if wanted != self.tally.is_some() {
            self.tally = wanted.then(|| Tally::of(self.after(None)));
        }
    }

    /// Gives how many leases of a kind there are; none if they are not counted.
    pub(crate) fn count(&self, scope: &Scope, kind: LeaseKind) -> u64 {
        self.tally.as_ref().map_or(0, |tally| tally.count(scope, kind))
    }

    /// Gives whatever lease stands at the address of `resource`, even one of another size.
    pub(crate) fn at(&self, resource: Resource) -> Option<Row<'_>> {
        self.places.get(place_of(resource)).map(|slot| self.row(slot))
    }

    pub(crate) fn row_of(&self, resource: Resource) -> Option<Row<'_>> {
        self.at(resource).filter(|row| resource_of(row) == Some(resource))
    }

    pub(crate) fn lease(&self, resource: Resource) -> Option<Arc<Lease>> {
        self.row_of(resource).and_then(|row| made(&row))
    }

    fn row(&self, slot: Slot) -> Row<'_> {
        packed::read(self.family, self.slab.get(slot))
    }

    /// Stores a lease in place of whatever stood at its address. Numbers no server knows are refused.
    pub(crate) fn put(&mut self, row: &Row<'_>) -> Result<(), crate::RowError> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        let packed = packed::write(row, &mut record);
        if packed.is_ok() {
            self.put_record(row, &record);
        }
        self.record = record;
        packed
    }

    /// Stores a packed record, or takes out what is there, between [`Index::begin_bulk`] and [`Index::end_bulk`].
    pub(crate) fn put_packed(&mut self, place: Place, record: Option<&[u8]>) {
        debug_assert!(self.in_bulk, "only there nothing is filed");
        let old = self.places.get(place);
        let slot = match (record, old) {
            (Some(record), Some(old)) => self.slab.replace(old, record),
            (Some(record), None) => self.slab.insert(record),
            (None, Some(old)) => {
                self.slab.remove(old);
                None
            }
            (None, None) => None,
        };
        if slot == old {
            return;
        }
        if let Some(old) = old {
            self.places.remove(place, old);
            self.count -= 1;
        }
        if let Some(slot) = slot {
            self.places.insert(place, slot);
            self.count += 1;
        }
    }

    fn put_record(&mut self, row: &Row<'_>, record: &[u8]) {
        let place = bits_of(row.address);
        let Some(old) = self.places.get(place) else {
            // A slab is full only long after the memory is.
            let Some(slot) = self.slab.insert(record) else { return };
            self.places.insert(place, slot);
            self.count += 1;
            if !self.in_bulk {
                if let Some(tally) = &mut self.tally {
                    tally.add(row);
                }
                let keys = self.keys(row);
                self.filed.file(&keys, slot, place);
            }
            return;
        };
        let was = (!self.in_bulk).then(|| self.keys(&self.row(old)));
        self.recount(old, row);
        let Some(slot) = self.slab.replace(old, record) else { return };
        if slot != old {
            self.places.remove(place, old);
            self.places.insert(place, slot);
        }
        let Some(was) = was else { return };
        let keys = self.keys(row);
        if was.held != keys.held {
            self.free(&was, place);
        }
        self.filed.refile((&was, old), (&keys, slot), place);
    }

    /// Counts a lease that takes the place of the one in a slot.
    fn recount(&mut self, old: Slot, row: &Row<'_>) {
        if let Some(tally) = self.tally.as_mut().filter(|_| !self.in_bulk) {
            tally.remove(&packed::read(self.family, self.slab.get(old)));
            tally.add(row);
        }
    }

    /// Removes and gives the lease at a place.
    pub(crate) fn take(&mut self, place: Place) -> Option<Arc<Lease>> {
        let slot = self.places.get(place)?;
        let row = self.row(slot);
        let lease = made(&row);
        if !self.in_bulk {
            let keys = self.keys(&row);
            self.free(&keys, place);
            self.filed.unfile(&keys, slot, place);
            if let Some(tally) = &mut self.tally {
                tally.remove(&packed::read(self.family, self.slab.get(slot)));
            }
        }
        self.places.remove(place, slot);
        self.slab.remove(slot);
        self.count -= 1;
        lease
    }

    /// Lets many leases be put and taken with nothing to find them by but their places.
    pub(crate) fn begin_bulk(&mut self) {
        self.in_bulk = true;
        self.filed = Filed::default();
    }

    /// Files all leases again after [`Index::begin_bulk`].
    pub(crate) fn end_bulk(&mut self) {
        let mut filed = Filed::default();
        let mut pairs: [Vec<u64>; 6] = Default::default();
        for (place, slot) in self.places.from(0) {
            let keys = self.keys(&self.row(slot));
            let numbers = [keys.client, keys.hardware, keys.hostname, Some(keys.subnet), keys.ending, keys.reclaimed];
            for (pairs, number) in pairs.iter_mut().zip(numbers) {
                pairs.extend(number.map(|number| pair(number, slot)));
            }
            filed.hold(&keys);
            debug_assert!(keys.held.is_none_or(|(width, number)| number == block(place, width)), "held where it lies");
        }
        let [clients, hardware, hostnames, subnets, ending, reclaimed] = pairs.map(Postings::from_pairs);
        self.filed = Filed { clients, hardware, hostnames, subnets, ending, reclaimed, ..filed };
        self.in_bulk = false;
        self.tally = self.tally.is_some().then(|| Tally::of(self.after(None)));
    }

    fn keys(&self, row: &Row<'_>) -> Keys {
        let hash = |octets: &[u8]| super::places::low(self.hasher.hash_one(octets).into());
        let kind = match self.family {
            Family::V4 => LeaseKind::V4,
            Family::V6 if row.lease_type == IA_PD => LeaseKind::Pd,
            Family::V6 => LeaseKind::Na,
        };
        let state = LeaseState::from_number(row.state).unwrap_or(LeaseState::Assigned);
        let end = row.expires().map(clock);
        let held = state.holds().then(|| resource_of(row).map(width_of)).flatten();
        Keys {
            client: (!row.client.is_empty()).then(|| hash(row.client)),
            hardware: row.hw.map(|(_, octets)| hash(octets)),
            hostname: (!row.hostname.is_empty()).then(|| hash(row.hostname.to_lowercase().as_bytes())),
            subnet: row.subnet,
            ending: end.filter(|_| state != LeaseState::Reclaimed),
            reclaimed: end.filter(|_| state == LeaseState::Reclaimed),
            held: held.map(|width| (width, block(bits_of(row.address), width))),
            pool: (SubnetId(row.subnet), kind, row.pool),
            state,
        }
    }

    /// Marks the block of a lease as free, unless another lease than that at `place` lies in the same block.
    fn free(&mut self, keys: &Keys, place: Place) {
        let Some((width, number)) = keys.held else { return };
        let mut others = self.places.within(block_range(number, width)).filter(|(other, _)| *other != place);
        let is_held = width != 0
            && others.any(|(_, slot)| {
                let row = self.row(slot);
                resource_of(&row).map(width_of) == Some(width) && holds(&row)
            });
        if !is_held && let Some(spans) = self.filed.held.get_mut(&width) {
            spans.remove(number);
            if spans.is_empty() {
                self.filed.held.remove(&width);
            }
        }
    }

    /// Finds a client's leases by ascending resource.
    pub(crate) fn leases_of(&self, client: ClientKey<'_>) -> Vec<Arc<Lease>> {
        match client {
            ClientKey::Association { duid, iaid, kind } => self.of_client(duid.octets(), &|row| {
                row.iaid == iaid && resource_of(row).map(Resource::kind) == Some(kind)
            }),
            ClientKey::Duid(duid) => self.of_client(duid.octets(), &|_| true),
            ClientKey::ClientId(octets) => self.of_client(octets, &|_| true),
            ClientKey::Hardware(hw) => {
                let number = self.hash(&hw.octets);
                let theirs = |row: &Row<'_>| row.hw == Some((hw.htype, &*hw.octets));
                self.in_order(self.filed.hardware.of(number), &theirs)
            }
        }
    }

    fn of_client(&self, octets: &[u8], wanted: &dyn Fn(&Row<'_>) -> bool) -> Vec<Arc<Lease>> {
        let slots = self.filed.clients.of(self.hash(octets));
        self.in_order(slots, &|row| row.client == octets && wanted(row))
    }

    fn hash(&self, octets: &[u8]) -> u32 {
        super::places::low(self.hasher.hash_one(octets).into())
    }

    /// Makes the leases of some slots that are wanted, by ascending resource.
    fn in_order(&self, slots: impl Iterator<Item = Slot>, wanted: &dyn Fn(&Row<'_>) -> bool) -> Vec<Arc<Lease>> {
        let rows = slots.map(|slot| self.row(slot)).filter(wanted);
        let mut leases: Vec<_> = rows.filter_map(|row| made(&row)).collect();
        if leases.len() > 1 {
            leases.sort_unstable_by_key(|lease| place_of(lease.resource));
        }
        leases
    }

    /// Finds leases by host name, upper and lower case alike.
    pub(crate) fn by_hostname(&self, name: &str) -> Vec<Arc<Lease>> {
        let name = name.to_lowercase();
        let slots = self.filed.hostnames.of(self.hash(name.as_bytes()));
        self.in_order(slots, &|row| row.hostname.to_lowercase() == name)
    }

    pub(crate) fn by_subnet(&self, subnet: SubnetId) -> Vec<Arc<Lease>> {
        self.in_order(self.filed.subnets.of(subnet.0), &|_| true)
    }

    /// Names what is leased in a subnet, in order.
    pub(crate) fn resources_of(&self, subnet: SubnetId) -> Vec<Resource> {
        let rows = self.filed.subnets.of(subnet.0).map(|slot| self.row(slot));
        let mut resources: Vec<_> = rows.filter_map(|row| resource_of(&row)).collect();
        resources.sort_unstable_by_key(|resource| place_of(*resource));
        resources
    }

    /// Walks the leases by ascending address, those after `from` only.
    pub(crate) fn after(&self, from: Option<Resource>) -> impl Iterator<Item = Row<'_>> {
        let start = from.map_or(Some(0), |from| place_of(from).checked_add(1));
        start.into_iter().flat_map(|start| self.places.from(start)).map(|(_, slot)| self.row(slot))
    }

    /// Gives up to `limit` leases that ended before `now` and are not reclaimed, earliest end first.
    pub(crate) fn ended(&self, now: UnixTime, limit: usize) -> Vec<Arc<Lease>> {
        self.until(&self.filed.ending, now, limit)
    }

    /// Gives up to `limit` reclaimed leases that ended before `instant`, earliest end first.
    pub(crate) fn reclaimed(&self, instant: UnixTime, limit: usize) -> Vec<Arc<Lease>> {
        self.until(&self.filed.reclaimed, instant, limit)
    }

    fn until(&self, filed: &Postings, instant: UnixTime, limit: usize) -> Vec<Arc<Lease>> {
        let rows = filed.within(0..=clock(instant)).map(|slot| self.row(slot));
        let ended = rows.filter(|row| has_ended(row, instant));
        let mut leases: Vec<_> = ended.filter_map(|row| made(&row)).take(limit).collect();
        leases.sort_unstable_by_key(|lease| (lease.expires(), place_of(lease.resource)));
        leases
    }

    pub(crate) fn counts(&self) -> &PoolCounts {
        &self.filed.counts
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
        let ends = self.filed.held.iter().filter_map(|(width, spans)| {
            spans.taken_until(block(first, *width), block(last, *width)).map(|end| last_of(end, *width))
        });
        ends.max()
    }

    /// Gives the first place before `until` whose lease ended before `instant`.
    fn first_ended(&self, search: &Search<'_>, until: u128, instant: UnixTime) -> Option<u128> {
        if search.from >= until {
            return None;
        }
        let first = place_of(search.pool.nth(search.from)?);
        let last = search.pool.nth(until - 1).map_or(Place::MAX, place_of);
        let mut ended = self.filed.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.advance(&self.filed.ending, clock(instant), |slot| bits_of(self.row(slot).address));
        ended.within(first..=last).find_map(|place| {
            let row = self.row(self.places.get(place)?);
            let resource = resource_of(&row)?;
            let position = search.pool.position(resource)?;
            let wanted = has_ended(&row, instant) && holds(&row) && (search.from..until).contains(&position);
            (wanted && self.is_alone(resource, instant)).then_some(position)
        })
    }

    /// Says whether no lease that goes on after `instant` shares addresses with this one.
    fn is_alone(&self, resource: Resource, instant: UnixTime) -> bool {
        let (place, width) = (place_of(resource), width_of(resource));
        let range = block_range(block(place, width), width);
        let mut smaller = self.places.within(range.clone()).map(|(_, slot)| self.row(slot));
        smaller.all(|other| !holds(&other) || has_ended(&other, instant))
            && self.filed.held.iter().filter(|(other, _)| **other > width).all(|(width, spans)| {
                spans.taken_until(block(*range.start(), *width), block(*range.end(), *width)).is_none()
            })
    }
}

impl Filed {
    /// The files with what a lease is filed under in each.
    fn files<'a>(&'a mut self, keys: &Keys) -> [(&'a mut Postings, Option<u32>); 6] {
        [
            (&mut self.clients, keys.client),
            (&mut self.hardware, keys.hardware),
            (&mut self.hostnames, keys.hostname),
            (&mut self.subnets, Some(keys.subnet)),
            (&mut self.ending, keys.ending),
            (&mut self.reclaimed, keys.reclaimed),
        ]
    }

    fn file(&mut self, keys: &Keys, slot: Slot, place: Place) {
        for (file, number) in self.files(keys) {
            if let Some(number) = number {
                file.insert(number, slot);
            }
        }
        self.ended().file(keys.ending, place);
        self.hold(keys);
    }

    /// Takes a lease out of all files; what it holds is another matter ([`Index::free`]).
    fn unfile(&mut self, keys: &Keys, slot: Slot, place: Place) {
        for (file, number) in self.files(keys) {
            if let Some(number) = number {
                file.remove(number, slot);
            }
        }
        self.ended().unfile(keys.ending, place);
        count(&mut self.counts, keys, |count| *count = count.saturating_sub(1));
    }

    /// Moves a lease to what it is filed under now.
    fn refile(&mut self, (was, old): (&Keys, Slot), (keys, slot): (&Keys, Slot), place: Place) {
        let before = self.files(was).map(|(_, number)| number);
        for ((file, number), before) in self.files(keys).into_iter().zip(before) {
            if number == before && slot == old {
                continue;
            }
            if let Some(before) = before {
                file.remove(before, old);
            }
            if let Some(number) = number {
                file.insert(number, slot);
            }
        }
        self.ended().unfile(was.ending, place);
        self.ended().file(keys.ending, place);
        count(&mut self.counts, was, |count| *count = count.saturating_sub(1));
        self.hold(keys);
    }

    /// Marks what a lease holds, and counts it.
    fn hold(&mut self, keys: &Keys) {
        if let Some((width, number)) = keys.held {
            self.held.entry(width).or_default().insert(number);
        }
        count(&mut self.counts, keys, |count| *count += 1);
    }

    fn ended(&mut self) -> &mut Ended {
        self.ended.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(counts: &mut PoolCounts, keys: &Keys, change: impl FnOnce(&mut u64)) {
    let counted = counts.entry(keys.pool).or_default();
    change(match keys.state {
        LeaseState::Assigned => &mut counted.assigned,
        LeaseState::Declined => &mut counted.declined,
        LeaseState::Reclaimed => &mut counted.reclaimed,
        LeaseState::Released => &mut counted.released,
        LeaseState::Registered => &mut counted.registered,
    });
    if *counted == Counts::default() {
        counts.remove(&keys.pool);
    }
}

fn made(row: &Row<'_>) -> Option<Arc<Lease>> {
    row.to_lease().ok().map(Arc::new)
}

fn block_range(number: u128, width: u32) -> std::ops::RangeInclusive<u128> {
    number.checked_shl(width).unwrap_or(0)..=last_of(number, width)
}
