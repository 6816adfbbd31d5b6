//! Chance that a seed decides: the same seed gives the same numbers on every machine (SplitMix64).

/// A stream of numbers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Begins the stream of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Begins the stream of one item of many, independent of its neighbours.
    pub fn of_item(seed: u64, item: u64) -> Self {
        let mut mix = Self(seed ^ item.wrapping_mul(0xd134_2543_de82_ef95));
        Self(mix.next_u64())
    }

    /// Gives the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Gives a number below `bound`; 0 if the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        let number = self.next_u64().checked_rem(bound).unwrap_or_default();
        usize::try_from(number).unwrap_or_default()
    }

    /// Gives one octet.
    pub fn octet(&mut self) -> u8 {
        let [octet, ..] = self.next_u64().to_le_bytes();
        octet
    }

    /// Says yes with a chance of `percent` in a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Picks one of some things.
    pub fn pick<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        things.get(self.below(things.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let numbers = |seed| {
            std::iter::repeat_with(move || seed).take(1).flat_map(|seed| {
                let mut random = Random::new(seed);
                (0..5).map(move |_| random.next_u64()).collect::<Vec<_>>()
            })
        };
        assert!(numbers(7).eq(numbers(7)));
        assert!(numbers(7).ne(numbers(8)));
        assert_eq!(Random::new(1).below(0), 0);
    }
}
