//! Clients that repeat themselves until they are answered, less and less often.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::clients::Random;
use super::flight::Flight;
use super::kind::Kind;
use super::outbox::Outbox;
use super::pace::SECOND;
use super::session::Session;

/// The longest time between two queries of a client, in seconds as a power of two.
const LONGEST: u32 = 6;

/// When which query is sent again.
#[derive(Debug, Default)]
pub struct Repeats(BinaryHeap<Reverse<(u64, u32, Kind)>>);

impl Repeats {
    /// Notes when a query that was just sent will be sent again: after a second, then two, four and so on, half a second
    /// more or less.
    pub fn plan(&mut self, flight: &Flight, random: &mut Random) {
        let since_first = SECOND * ((2_u64 << flight.repeated.min(LONGEST)) - 1);
        let beyond = u64::from(flight.repeated.saturating_sub(LONGEST)) * (SECOND << LONGEST);
        let due = flight.sent.saturating_add(since_first + beyond - SECOND / 2 + random.below(SECOND));
        self.0.push(Reverse((due, flight.transaction, flight.kind)));
    }

    /// When the next query is sent again.
    pub fn next(&self) -> Option<u64> {
        self.0.peek().map(|Reverse((due, _, _))| *due)
    }

    fn pop(&mut self, now: u64) -> Option<(u32, Kind)> {
        self.next().filter(|due| *due <= now)?;
        self.0.pop().map(|Reverse((_, transaction, kind))| (transaction, kind))
    }
}

impl Session {
    /// Sends again what is due and not answered yet.
    pub(super) fn repeat(&mut self, now: u64, room: usize, out: &mut Outbox) {
        while out.len() < room {
            let Some((transaction, kind)) = self.repeats.pop(now) else { return };
            let waiting = self.flights.find(transaction).filter(|flight| flight.kind == kind);
            let Some(flight) = waiting.map(|flight| {
                flight.repeated += 1;
                flight.clone()
            }) else {
                continue;
            };
            self.statistics.of_mut(kind).resent += 1;
            self.write(&flight, true, out);
            self.repeats.plan(&flight, &mut self.random);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_between_two_queries_doubles() {
        let mut repeats = Repeats::default();
        let mut random = Random::new(3);
        let mut flight =
            Flight { transaction: 1, kind: Kind::Initial, client: 0, sent: 0, repeated: 0, bound: None, server: 0 };
        let mut before = 0;
        for expected in [1, 2, 4, 8, 16, 32, 64, 64] {
            repeats.plan(&flight, &mut random);
            let due = repeats.next().unwrap();
            assert!((due - before).abs_diff(expected * SECOND) <= SECOND, "{expected}: {before} {due}");
            assert_eq!(repeats.pop(due - 1), None);
            assert_eq!(repeats.pop(due), Some((1, Kind::Initial)));
            (before, flight.repeated) = (due, flight.repeated + 1);
        }
    }
}
