//! Which leases have ended and wait to be reclaimed, by address: what an allocator may give away again.

use std::ops::RangeInclusive;

use super::places::Place;
use super::postings::Postings;
use super::slab::Slot;
use super::sorted::Sorted;

/// The most leases that are looked at in one go when time has moved on; the rest follows with the next question.
const STEP: usize = 16_384;

/// The leases found to have ended, brought up to date whenever somebody asks: each is looked at once after its end.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    places: Sorted<Place>,
    /// All leases filed below this have been looked at; instant and slot.
    seen: (u32, Slot),
}

impl Ended {
    /// Takes in what ended up to an instant.
    pub(crate) fn advance(&mut self, ending: &Postings, until: u32, place_of: impl Fn(Slot) -> Place) {
        let new = ending.pairs(self.seen).take_while(|(end, _)| *end < until);
        for (end, slot) in new.take(STEP) {
            self.places.insert(place_of(slot));
            self.seen = (end, slot.saturating_add(1));
        }
    }

    /// Hears of a lease that ends at an instant.
    pub(crate) fn file(&mut self, end: Option<u32>, place: Place) {
        if end.is_some_and(|end| self.reaches(end)) {
            self.places.insert(place);
        }
    }

    /// Hears that a lease is no longer what it was.
    pub(crate) fn unfile(&mut self, end: Option<u32>, place: Place) {
        if end.is_some_and(|end| self.reaches(end)) {
            self.places.remove(&place);
        }
    }

    /// Gives the places of a range whose leases have ended, and perhaps some others.
    pub(crate) fn within(&self, range: RangeInclusive<Place>) -> impl Iterator<Item = Place> {
        self.places.from(*range.start()).take_while(move |place| place <= range.end())
    }

    /// Says whether a lease of this end may have been looked at, or would be passed over as if it had been.
    const fn reaches(&self, end: u32) -> bool {
        end <= self.seen.0
    }
}
