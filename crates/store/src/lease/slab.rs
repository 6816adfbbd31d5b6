//! Many small records of octets in few large pieces of memory, each found by a number of 32 bits.
//!
//! A record lies in a slot of its size rounded up to eight octets; slots of one size stand side by side in pages. Records
//! that are larger than the largest slot have a piece of memory each.

/// Sizes of slots are multiples of this.
const GRAIN: usize = 8;
/// How many sizes of slots there are; the largest is 248 octets.
const SIZES: u32 = 31;
/// Bits of a number that name a slot among those of its size.
const INDEX_BITS: u32 = 27;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;
/// Slots in a page, as a power of two.
const PAGE_BITS: u32 = 10;
/// The end of the list of free slots; no slot has this index.
const NONE: u32 = INDEX_MASK;

/// Names a record.
pub(crate) type Slot = u32;

/// The records.
#[derive(Debug)]
pub(crate) struct Slab {
    sizes: Vec<Size>,
    large: Vec<Box<[u8]>>,
    free_large: Vec<u32>,
}

/// All slots of one size.
#[derive(Debug)]
struct Size {
    octets: usize,
    pages: Vec<Box<[u8]>>,
    /// Slots ever used.
    used: u32,
    /// The first free slot; a free slot begins with the index of the next.
    free: u32,
}

impl Default for Slab {
    fn default() -> Self {
        let sizes = (1..=SIZES).filter_map(|number| usize::try_from(number).ok());
        let sizes = sizes.map(|number| Size { octets: number * GRAIN, pages: Vec::new(), used: 0, free: NONE });
        Self { sizes: sizes.collect(), large: Vec::new(), free_large: Vec::new() }
    }
}

impl Slab {
    /// Stores a record; `None` if there are more than a hundred million of its size.
    pub(crate) fn insert(&mut self, record: &[u8]) -> Option<Slot> {
        let class = class_of(record.len());
        let index = match self.size(class) {
            Some(size) => size.insert(record)?,
            None => self.insert_large(record)?,
        };
        Some((class << INDEX_BITS) | index)
    }

    /// Stores a record in place of another; gives where it is now, which is the same place if the size allows.
    pub(crate) fn replace(&mut self, slot: Slot, record: &[u8]) -> Option<Slot> {
        let (class, index) = split(slot);
        if class == class_of(record.len())
            && let Some(place) = self.size(class).and_then(|size| size.slot_mut(index))
        {
            write(place, record);
            return Some(slot);
        }
        let new = self.insert(record)?;
        self.remove(slot);
        Some(new)
    }

    /// Lends a record, with whatever fills its slot up; nothing if there is no such slot.
    pub(crate) fn get(&self, slot: Slot) -> &[u8] {
        let (class, index) = split(slot);
        match self.sizes.get(to_usize(class)) {
            Some(size) => size.slot(index),
            None => self.large.get(to_usize(index)).map_or(&[], |record| record),
        }
    }

    /// Frees a slot that holds a record.
    pub(crate) fn remove(&mut self, slot: Slot) {
        let (class, index) = split(slot);
        if let Some(size) = self.size(class) {
            size.remove(index);
        } else if let Some(record) = self.large.get_mut(to_usize(index)) {
            *record = Box::default();
            self.free_large.push(index);
        }
    }

    fn size(&mut self, class: u32) -> Option<&mut Size> {
        self.sizes.get_mut(to_usize(class))
    }

    fn insert_large(&mut self, record: &[u8]) -> Option<u32> {
        if let Some(index) = self.free_large.pop() {
            *self.large.get_mut(to_usize(index))? = record.into();
            return Some(index);
        }
        let index = u32::try_from(self.large.len()).ok().filter(|index| *index < NONE)?;
        self.large.push(record.into());
        Some(index)
    }
}

impl Size {
    fn insert(&mut self, record: &[u8]) -> Option<u32> {
        let index = self.free;
        if index == NONE {
            let index = self.used;
            if index >= NONE {
                return None;
            }
            if to_usize(index >> PAGE_BITS) == self.pages.len() {
                self.pages.push(vec![0; self.octets << PAGE_BITS].into_boxed_slice());
            }
            self.used += 1;
            write(self.slot_mut(index)?, record);
            return Some(index);
        }
        let place = self.slot_mut(index)?;
        let next = place.first_chunk().map_or(NONE, |next| u32::from_le_bytes(*next));
        write(place, record);
        self.free = next;
        Some(index)
    }

    fn remove(&mut self, index: u32) {
        let next = self.free.to_le_bytes();
        if let Some(place) = self.slot_mut(index) {
            write(place, &next);
            self.free = index;
        }
    }

    fn place(&self, index: u32) -> (usize, usize) {
        (to_usize(index >> PAGE_BITS), to_usize(index & ((1 << PAGE_BITS) - 1)) * self.octets)
    }

    fn slot(&self, index: u32) -> &[u8] {
        let (page, start) = self.place(index);
        self.pages.get(page).and_then(|page| page.get(start..start + self.octets)).unwrap_or_default()
    }

    fn slot_mut(&mut self, index: u32) -> Option<&mut [u8]> {
        let (page, start) = self.place(index);
        let end = start + self.octets;
        self.pages.get_mut(page)?.get_mut(start..end)
    }
}

fn class_of(length: usize) -> u32 {
    u32::try_from(length.saturating_sub(1) / GRAIN).unwrap_or(SIZES).min(SIZES)
}

const fn split(slot: Slot) -> (u32, u32) {
    (slot >> INDEX_BITS, slot & INDEX_MASK)
}

fn write(place: &mut [u8], record: &[u8]) {
    if let Some(place) = place.get_mut(..record.len()) {
        place.copy_from_slice(record);
    }
}

/// No machine this runs on counts octets in less than 32 bits.
fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn records_are_what_was_put_there(steps in proptest::collection::vec((0..12_u8, 0..700_usize, any::<u8>()), 0..300)) {
            let (mut slab, mut plain) = (Slab::default(), BTreeMap::<u8, (Slot, Vec<u8>)>::new());
            for (name, length, fill) in steps {
                let record = vec![fill; length];
                match plain.remove(&name) {
                    Some((slot, _)) if fill < 60 => slab.remove(slot),
                    Some((slot, _)) => {
                        plain.insert(name, (slab.replace(slot, &record).unwrap(), record));
                    }
                    None => {
                        plain.insert(name, (slab.insert(&record).unwrap(), record));
                    }
                }
                for (slot, record) in plain.values() {
                    prop_assert_eq!(&slab.get(*slot)[..record.len()], &**record);
                }
            }
        }
    }

    #[test]
    fn a_freed_slot_is_used_again_before_a_new_one() {
        let mut slab = Slab::default();
        let slots: Vec<_> = (0..3_000_u32).map(|number| slab.insert(&number.to_le_bytes()).unwrap()).collect();
        slab.remove(slots[7]);
        slab.remove(slots[2_000]);
        assert_eq!(slab.insert(b"again"), Some(slots[2_000]));
        assert_eq!(slab.insert(b"once more"), Some(1 << INDEX_BITS));
        assert_eq!(slab.insert(b"again"), Some(slots[7]));
        assert_eq!(slab.get(slots[2_999])[..4], 2_999_u32.to_le_bytes());
    }
}
