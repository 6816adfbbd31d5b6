//! A sorted set that needs little more memory than what it holds.

/// The most keys in one chunk.
const FULL: usize = 256;
/// With fewer keys than this a chunk joins its neighbour.
const SPARSE: usize = FULL / 4;

/// Keys in ascending order, each once, in chunks of up to [`FULL`].
#[derive(Debug, Clone)]
pub(crate) struct Sorted<K> {
    /// A lower bound of the keys of each chunk but the first, whose bound is minus infinity.
    bounds: Vec<K>,
    chunks: Vec<Vec<K>>,
}

impl<K> Default for Sorted<K> {
    fn default() -> Self {
        Self { bounds: Vec::new(), chunks: Vec::new() }
    }
}

impl<K: Copy + Ord> Sorted<K> {
    /// Takes over sorted keys, none of them twice.
    pub(crate) fn from_sorted(keys: &[K]) -> Self {
        let chunks: Vec<_> = keys.chunks(FULL).map(<[K]>::to_vec).collect();
        Self { bounds: chunks.iter().filter_map(|chunk| chunk.first().copied()).collect(), chunks }
    }

    /// Adds a key; adding it twice is adding it once.
    pub(crate) fn insert(&mut self, key: K) {
        let mut number = self.chunk_of(&key);
        let Some(chunk) = self.chunks.get_mut(number) else {
            self.chunks.push(vec![key]);
            self.bounds.push(key);
            return;
        };
        // Keys that come in order leave full chunks behind.
        let Err(mut at) = (if chunk.last() < Some(&key) { Err(chunk.len()) } else { chunk.binary_search(&key) }) else {
            return;
        };
        if chunk.len() >= FULL {
            let upper = if at == chunk.len() { Vec::new() } else { chunk.split_off(FULL / 2) };
            let stays = chunk.len();
            let bound = upper.first().copied().unwrap_or(key);
            self.chunks.insert(number + 1, upper);
            self.bounds.insert(number + 1, bound);
            if at > stays || (at == stays && bound == key) {
                number += 1;
                at -= stays;
            }
        }
        if let Some(chunk) = self.chunks.get_mut(number) {
            chunk.insert(at, key);
        }
    }

    /// Takes a key out; taking out what is not there does nothing.
    pub(crate) fn remove(&mut self, key: &K) {
        let number = self.chunk_of(key);
        let Some(chunk) = self.chunks.get_mut(number) else { return };
        let Ok(at) = chunk.binary_search(key) else { return };
        chunk.remove(at);
        let left = chunk.len();
        if left < SPARSE {
            self.join(number, left);
        }
    }

    /// Gives all keys from `first` on, in order.
    pub(crate) fn from(&self, first: K) -> impl Iterator<Item = K> {
        let number = self.chunk_of(&first);
        let chunk = self.chunks.get(number).map_or(&[][..], |chunk| chunk);
        let start = chunk.partition_point(|key| *key < first);
        let later = self.chunks.get(number + 1..).unwrap_or_default();
        chunk.get(start..).unwrap_or_default().iter().chain(later.iter().flatten()).copied()
    }

    /// Gives the first key that is not smaller than `first`.
    pub(crate) fn at_least(&self, first: K) -> Option<K> {
        self.from(first).next()
    }

    /// Finds the chunk a key belongs into.
    fn chunk_of(&self, key: &K) -> usize {
        self.bounds.partition_point(|bound| bound <= key).saturating_sub(1)
    }

    /// Lets a chunk with few keys join the one before or after it if both have room in one.
    fn join(&mut self, number: usize, left: usize) {
        let room = |other: usize| self.chunks.get(other).is_some_and(|chunk| chunk.len() + left <= FULL - SPARSE);
        let first = match number.checked_sub(1) {
            Some(before) if room(before) => before,
            _ if room(number + 1) => number,
            _ if left == 0 => {
                self.chunks.remove(number);
                self.bounds.remove(number);
                return;
            }
            _ => return,
        };
        let mut upper = self.chunks.remove(first + 1);
        self.bounds.remove(first + 1);
        if let Some(lower) = self.chunks.get_mut(first) {
            lower.append(&mut upper);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn agree(sorted: &Sorted<u32>, plain: &BTreeSet<u32>) {
        assert!(sorted.from(0).eq(plain.iter().copied()));
        assert!(sorted.chunks.iter().all(|chunk| chunk.len() <= FULL));
        assert_eq!(sorted.chunks.len(), sorted.bounds.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_agrees_with_a_plain_set(
            given in proptest::collection::btree_set(0..6_000_u32, 0..2_000),
            steps in proptest::collection::vec((any::<bool>(), 0..6_000_u32, 1..40_u32), 0..200),
        ) {
            let keys: Vec<_> = given.iter().copied().collect();
            let (mut sorted, mut plain) = (Sorted::from_sorted(&keys), given);
            agree(&sorted, &plain);
            for (add, first, count) in steps {
                for key in first..first + count {
                    if add {
                        sorted.insert(key);
                        plain.insert(key);
                    } else {
                        sorted.remove(&key);
                        plain.remove(&key);
                    }
                }
                prop_assert_eq!(sorted.at_least(first), plain.range(first..).next().copied());
            }
            agree(&sorted, &plain);
        }
    }

    #[test]
    fn keys_that_come_in_order_fill_chunks_and_empty_ones_go() {
        let (mut sorted, mut plain) = (Sorted::default(), BTreeSet::new());
        for key in 0..10_000_u32 {
            sorted.insert(key);
            plain.insert(key);
        }
        agree(&sorted, &plain);
        assert_eq!(sorted.chunks.len(), 10_000_usize.div_ceil(FULL));
        for key in (0..10_000).filter(|key| key % 100 != 0) {
            sorted.remove(&key);
            plain.remove(&key);
        }
        agree(&sorted, &plain);
        assert!(sorted.chunks.len() < 4, "{}", sorted.chunks.len());
    }
}
