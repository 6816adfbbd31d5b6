//! The queries that wait for their answers.

use std::collections::VecDeque;

use model::Resource;

use super::kind::Kind;

/// A lease a client has, as its next query names it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bound {
    /// The number of the client.
    pub client: u32,
    /// The client's address in DHCPv4.
    pub address: [u8; 4],
    /// The option with the server's identifier.
    pub server: Box<[u8]>,
    /// The options that name the lease.
    pub lease: Box<[u8]>,
    /// The transaction it was offered in; all queries about it go through the same relay.
    pub origin: u32,
    /// What it is a lease of.
    pub resources: [Option<Resource>; 2],
}

/// A query on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    /// Its transaction id.
    pub transaction: u32,
    /// What it is for.
    pub kind: Kind,
    /// The number of the client.
    pub client: u32,
    /// When it was sent, in nanoseconds since the test began.
    pub sent: u64,
    /// How often it was sent again.
    pub repeated: u32,
    /// The lease it concerns; that of the offer only if it may have to be sent again.
    pub bound: Option<Box<Bound>>,
    /// A digest of the server's identifier in the offer it follows, 0 without one.
    pub server: u64,
}

/// All queries on their way, found by transaction id, and when they count as lost.
#[derive(Debug)]
pub struct Flights {
    slots: Vec<Option<Flight>>,
    /// Low bits of a transaction id that are the same for all.
    common_bits: u32,
    count: usize,
    /// What was sent, oldest first: the first exchanges and the others, which may have another patience.
    order: [VecDeque<(u32, u64)>; 2],
}

/// Slots to begin with, and the most there can be.
const FEWEST: usize = 1 << 12;
const MOST: usize = 1 << 20;

impl Flights {
    /// Makes an empty list for transaction ids whose lowest `common_bits` bits are the same.
    pub fn new(common_bits: u32) -> Self {
        Self { slots: vec![None; FEWEST], common_bits, count: 0, order: Default::default() }
    }

    /// Counts the queries on their way.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Tells whether no query is on its way.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a query; returns the one that had to make room, if there are too many.
    pub fn insert(&mut self, flight: Flight) -> Option<Flight> {
        while self.slot(flight.transaction).is_some_and(|slot| slot.is_some()) && self.slots.len() < MOST {
            self.grow();
        }
        if let Some(order) = self.order.get_mut(class(flight.kind)) {
            order.push_back((flight.transaction, flight.sent));
        }
        let old = self.slot(flight.transaction).and_then(|slot| slot.replace(flight));
        self.count += usize::from(old.is_none());
        old
    }

    /// Looks at the query of a transaction.
    pub fn find(&mut self, transaction: u32) -> Option<&mut Flight> {
        self.slot(transaction)?.as_mut().filter(|flight| flight.transaction == transaction)
    }

    /// Takes the query of a transaction away.
    pub fn take(&mut self, transaction: u32) -> Option<Flight> {
        self.find(transaction)?;
        self.count -= 1;
        self.slot(transaction)?.take()
    }

    /// Takes away a query of the given class (0 the first exchanges, 1 the others) that was sent at `until` or before.
    pub fn expire(&mut self, class_number: usize, until: u64) -> Option<Flight> {
        loop {
            let (transaction, sent) = *self.order.get(class_number)?.front()?;
            let waits = |flight: &Flight| flight.sent == sent && class(flight.kind) == class_number;
            let live = self.find(transaction).is_some_and(|flight| waits(flight));
            if live && sent > until {
                return None;
            }
            self.order.get_mut(class_number)?.pop_front();
            if live {
                return self.take(transaction);
            }
        }
    }

    /// When the oldest query of a class was sent; a moment too early if it was answered since.
    pub fn oldest(&self, class_number: usize) -> Option<u64> {
        self.order.get(class_number)?.front().map(|(_, sent)| *sent)
    }

    fn slot(&mut self, transaction: u32) -> Option<&mut Option<Flight>> {
        let number = usize::try_from(transaction >> self.common_bits).unwrap_or(0);
        let mask = self.slots.len() - 1;
        self.slots.get_mut(number & mask)
    }

    fn grow(&mut self) {
        let more = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![None; more]);
        for flight in old.into_iter().flatten() {
            if let Some(slot) = self.slot(flight.transaction) {
                *slot = Some(flight);
            }
        }
    }
}

fn class(kind: Kind) -> usize {
    usize::from(kind != Kind::Initial)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight(transaction: u32, sent: u64) -> Flight {
        Flight { transaction, kind: Kind::Initial, client: 0, sent, repeated: 0, bound: None, server: 0 }
    }

    #[test]
    fn answered_queries_do_not_expire_and_the_others_do_in_order() {
        let mut flights = Flights::new(1);
        (0..10_000).for_each(|n| assert!(flights.insert(flight(n * 2, u64::from(n))).is_none()));
        assert_eq!(flights.take(2).map(|found| found.sent), Some(1));
        assert!(flights.take(2).is_none() && flights.take(3).is_none());
        let mut expired = Vec::new();
        while let Some(found) = flights.expire(0, 3) {
            expired.push(found.transaction);
        }
        assert_eq!(expired, [0, 4, 6]);
        assert_eq!((flights.len(), flights.oldest(0), flights.oldest(1)), (9_996, Some(4), None));
    }

    #[test]
    fn the_second_exchange_of_a_transaction_has_a_time_of_its_own() {
        let mut flights = Flights::new(0);
        flights.insert(flight(7, 1));
        flights.take(7);
        flights.insert(Flight { kind: Kind::Request, ..flight(7, 5) });
        assert!(flights.expire(0, 100).is_none());
        assert!(flights.expire(1, 4).is_none());
        assert_eq!(flights.expire(1, 5).map(|found| found.kind), Some(Kind::Request));
        assert!(flights.is_empty());
    }

    #[test]
    fn beyond_the_limit_the_oldest_makes_room() {
        let mut flights = Flights::new(0);
        let most = u32::try_from(MOST).unwrap();
        (0..most).for_each(|n| assert!(flights.insert(flight(n, 0)).is_none()));
        assert_eq!(flights.insert(flight(most, 1)).map(|old| old.transaction), Some(0));
        assert_eq!(flights.len(), MOST);
    }
}
