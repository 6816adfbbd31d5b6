//! Slots filed under a number of 32 bits: a hash, a subnet id, an instant.

use std::ops::RangeInclusive;

use super::slab::Slot;
use super::sorted::Sorted;

/// Pairs of a number and a slot, by ascending number.
#[derive(Debug, Default)]
pub(crate) struct Postings(Sorted<u64>);

impl Postings {
    /// Takes over pairs made by [`pair`], in any order.
    pub(crate) fn from_pairs(mut pairs: Vec<u64>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        Self(Sorted::from_sorted(&pairs))
    }

    pub(crate) fn insert(&mut self, number: u32, slot: Slot) {
        self.0.insert(pair(number, slot));
    }

    pub(crate) fn remove(&mut self, number: u32, slot: Slot) {
        self.0.remove(&pair(number, slot));
    }

    /// Gives the slots filed under a number.
    pub(crate) fn of(&self, number: u32) -> impl Iterator<Item = Slot> {
        self.within(number..=number)
    }

    /// Gives the slots filed under the numbers of a range, by ascending number.
    pub(crate) fn within(&self, range: RangeInclusive<u32>) -> impl Iterator<Item = Slot> {
        self.pairs((*range.start(), 0)).take_while(move |(number, _)| number <= range.end()).map(|(_, slot)| slot)
    }

    /// Gives numbers and slots, from a pair on.
    pub(crate) fn pairs(&self, (number, slot): (u32, Slot)) -> impl Iterator<Item = (u32, Slot)> {
        self.0.from(pair(number, slot)).map(split)
    }
}

/// Files a slot under a number.
pub(crate) fn pair(number: u32, slot: Slot) -> u64 {
    (u64::from(number) << 32) | u64::from(slot)
}

fn split(pair: u64) -> (u32, Slot) {
    let low = |number: u64| u32::try_from(number & u64::from(u32::MAX)).unwrap_or_default();
    (low(pair >> 32), low(pair))
}
