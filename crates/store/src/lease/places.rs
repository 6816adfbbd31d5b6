//! Where the lease of an address is kept: addresses in order, each with its slot.

use std::ops::RangeInclusive;

use model::Family;

use super::slab::Slot;
use super::sorted::Sorted;

/// A lease's place: its (first) address as a number. As in Kea's files, one address has one lease.
pub(crate) type Place = u128;

/// Places and slots, as few octets as the family's addresses allow.
#[derive(Debug)]
pub(crate) enum Places {
    /// 32 bits of address above 32 bits of slot.
    V4(Sorted<u64>),
    /// Four times 32 bits of address and the slot.
    V6(Sorted<[u32; 5]>),
}

impl Places {
    pub(crate) fn new(family: Family) -> Self {
        match family {
            Family::V4 => Self::V4(Sorted::default()),
            Family::V6 => Self::V6(Sorted::default()),
        }
    }

    /// Gives the slot of the lease at a place.
    pub(crate) fn get(&self, place: Place) -> Option<Slot> {
        match self {
            Self::V4(sorted) => sorted.at_least(short(place, 0)).map(of_short),
            Self::V6(sorted) => sorted.at_least(long(place, 0)).map(of_long),
        }
        .filter(|(found, _)| *found == place)
        .map(|(_, slot)| slot)
    }

    /// Adds a place that has no slot yet.
    pub(crate) fn insert(&mut self, place: Place, slot: Slot) {
        match self {
            Self::V4(sorted) => sorted.insert(short(place, slot)),
            Self::V6(sorted) => sorted.insert(long(place, slot)),
        }
    }

    pub(crate) fn remove(&mut self, place: Place, slot: Slot) {
        match self {
            Self::V4(sorted) => sorted.remove(&short(place, slot)),
            Self::V6(sorted) => sorted.remove(&long(place, slot)),
        }
    }

    /// Walks the places from `first` on, in order.
    pub(crate) fn from(&self, first: Place) -> impl Iterator<Item = (Place, Slot)> {
        // Only one of the two has anything to give.
        let (shorter, longer) = match self {
            Self::V4(sorted) => (u32::try_from(first).ok().map(|_| sorted.from(short(first, 0))), None),
            Self::V6(sorted) => (None, Some(sorted.from(long(first, 0)))),
        };
        shorter.into_iter().flatten().map(of_short).chain(longer.into_iter().flatten().map(of_long))
    }

    /// Walks the places of a range, in order.
    pub(crate) fn within(&self, range: RangeInclusive<Place>) -> impl Iterator<Item = (Place, Slot)> {
        self.from(*range.start()).take_while(move |(place, _)| place <= range.end())
    }
}

fn short(place: Place, slot: Slot) -> u64 {
    (u64::from(low(place)) << 32) | u64::from(slot)
}

fn of_short(key: u64) -> (Place, Slot) {
    ((key >> 32).into(), low(key.into()))
}

fn long(place: Place, slot: Slot) -> [u32; 5] {
    [low(place >> 96), low(place >> 64), low(place >> 32), low(place), slot]
}

fn of_long([first, second, third, fourth, slot]: [u32; 5]) -> (Place, Slot) {
    let place = [first, second, third, fourth].into_iter().fold(0, |place, part| (place << 32) | Place::from(part));
    (place, slot)
}

/// Keeps the low 32 bits.
pub(crate) fn low(number: u128) -> u32 {
    u32::try_from(number & u128::from(u32::MAX)).unwrap_or_default()
}
