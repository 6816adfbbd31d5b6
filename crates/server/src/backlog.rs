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
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    going_on: VecDeque<Packet>,
    beginning: VecDeque<Packet>,
}

impl Backlog {
    /// Says whether nobody waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.going_on.is_empty() && self.beginning.is_empty()
    }

    /// Adds a packet to its line; says whether another had to give way, the one that waited longest.
    pub(crate) fn put(&mut self, packet: Packet, begins: bool) -> bool {
        let (line, most) = if begins { (&mut self.beginning, MOST) } else { (&mut self.going_on, 4 * MOST) };
        let full = line.len() >= most;
        if full {
            line.pop_front();
        }
        line.push_back(packet);
        full
    }

    /// Takes the packet that is next.
    pub(crate) fn take(&mut self) -> Option<Packet> {
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
