//! Packets that wait because more come in than can be decided on.
//!
//! A server that answers whatever came first, or drops whatever came last, does worse the more is asked of it: it offers much
//! and has no time for those who take an offer up. So packets that go on with something are decided on first, and of clients
//! that just begin, who ask again by themselves, the one that has waited longest is dropped.

use std::collections::VecDeque;

use model::Family;
use wire::{v4, v6};

use crate::aside::Packet;

/// So many clients that just begin may wait.
const MOST: usize = 1_024;

/// The packets that wait, in two lines.
#[derive(Debug)]
pub(crate) struct Backlog<P = Packet> {
    going_on: VecDeque<P>,
    beginning: VecDeque<P>,
}

impl<P> Backlog<P> {
    /// Begins with none.
    pub(crate) const fn new() -> Self {
        Self { going_on: VecDeque::new(), beginning: VecDeque::new() }
    }

    /// Says whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.going_on.is_empty() && self.beginning.is_empty()
    }

    /// Adds a packet to its line; says whether another had to give way, the one that waited longest.
    pub(crate) fn put(&mut self, packet: P, begins: bool) -> bool {
        let (line, most) = if begins { (&mut self.beginning, MOST) } else { (&mut self.going_on, 4 * MOST) };
        let full = line.len() >= most;
        if full {
            line.pop_front();
        }
        line.push_back(packet);
        full
    }

    /// Takes the packet that is next.
    pub(crate) fn take(&mut self) -> Option<P> {
        self.going_on.pop_front().or_else(|| self.beginning.pop_front())
    }
}

/// Says whether a client begins with a packet: it looks for servers.
pub(crate) fn begins(family: Family, octets: &[u8]) -> bool {
    match family {
        Family::V4 => {
            let message = v4::Message::decode(octets);
            message.is_ok_and(|message| message.kind() == v4::MessageType::Discover)
        }
        Family::V6 => {
            let packet = v6::Packet::decode(octets);
            packet.is_ok_and(|packet| packet.message.kind == v6::MessageType::Solicit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_comes_first_and_of_who_begins_the_last_stay() {
        let mut backlog = Backlog::new();
        for number in 0..MOST + 2 {
            assert_eq!(backlog.put(number, true), number >= MOST);
        }
        assert!(!backlog.put(7_000, false) && !backlog.put(7_001, false));
        let order: Vec<usize> = std::iter::from_fn(|| backlog.take()).collect();
        assert_eq!(order[..4], [7_000, 7_001, 2, 3]);
        assert_eq!((order.len(), backlog.is_empty()), (MOST + 2, true));
    }

    #[test]
    fn a_client_begins_with_a_search_for_servers() {
        let mut octets = vec![0_u8; 236];
        octets.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255]);
        assert!(begins(Family::V4, &octets));
        octets[242] = 3;
        assert!(!begins(Family::V4, &octets) && !begins(Family::V4, &[]));
        assert!(begins(Family::V6, &[1, 0, 0, 1]) && !begins(Family::V6, &[3, 0, 0, 1]));
        let mut relayed = vec![0_u8; 34];
        relayed[0] = 12;
        relayed.extend([0, 9, 0, 4, 1, 0, 0, 1]);
        assert!(begins(Family::V6, &relayed));
    }
}
