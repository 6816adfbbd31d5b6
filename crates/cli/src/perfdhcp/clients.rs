//! The clients that are played.

use super::arguments::Mac;

/// A source of numbers that only need to look random; the same seed gives the same numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random(u64);

impl Random {
    /// Starts at a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Gives the next number (splitmix64).
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Gives a number below `limit`; zero if that is zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.draw().checked_rem(limit).unwrap_or(0)
    }
}

/// Which client is next, and what it is called.
#[derive(Debug, Clone)]
pub struct Clients {
    base: u64,
    list: Vec<Mac>,
    count: u64,
    at_random: bool,
    next: u64,
    step: u64,
}

impl Clients {
    /// Counts `count` clients from `base`, in turn or at random; with a `list`, draws from it at random instead.
    pub fn new(base: Mac, list: Vec<Mac>, count: u64, at_random: bool) -> Self {
        let count = if list.is_empty() { count.max(1) } else { u64::try_from(list.len()).unwrap_or(1) };
        let at_random = at_random || !list.is_empty();
        Self {
            base: base.iter().fold(0, |number, octet| number << 8 | u64::from(*octet)),
            list,
            count,
            at_random,
            next: 0,
            step: 1,
        }
    }

    /// Takes every `step`th client only, from `first` on.
    pub fn every(mut self, step: u64, first: u64) -> Self {
        (self.step, self.next) = (step.max(1), first);
        self
    }

    /// Says which client is next.
    pub fn next(&mut self, random: &mut Random) -> u32 {
        let number = if self.at_random { random.below(self.count) } else { self.next % self.count };
        self.next = self.next.wrapping_add(self.step);
        u32::try_from(number).unwrap_or(0)
    }

    /// The octets that tell the client apart.
    pub fn identity(&self, number: u32) -> Mac {
        if !self.list.is_empty() {
            return self.list.get(usize::try_from(number).unwrap_or(0)).copied().unwrap_or_default();
        }
        let [_, _, octets @ ..] = self.base.wrapping_add(number.into()).to_be_bytes();
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_come_in_turn_and_count_on_over_the_borders_of_octets() {
        let mut clients = Clients::new([0, 0x0c, 1, 2, 3, 0xff], Vec::new(), 3, false);
        let mut random = Random::new(1);
        let turn: Vec<u32> = (0..4).map(|_| clients.next(&mut random)).collect();
        assert_eq!(turn, [0, 1, 2, 0]);
        assert_eq!((clients.identity(0), clients.identity(2)), ([0, 0x0c, 1, 2, 3, 0xff], [0, 0x0c, 1, 2, 4, 1]));
        let mut odd = clients.every(2, 1);
        assert_eq!((odd.next(&mut random), odd.next(&mut random)), (1, 0));
    }

    #[test]
    fn clients_of_a_list_are_drawn_and_the_seed_decides() {
        let list = vec![[1; 6], [2; 6], [3; 6]];
        let draw = |seed| {
            let (mut clients, mut random) = (Clients::new([0; 6], list.clone(), 1, false), Random::new(seed));
            let numbers: Vec<u32> = (0..50).map(|_| clients.next(&mut random)).collect();
            numbers.into_iter().map(|number| clients.identity(number)).collect::<Vec<_>>()
        };
        assert_eq!(draw(5), draw(5));
        assert!(list.iter().all(|mac| draw(5).contains(mac)));
    }
}
