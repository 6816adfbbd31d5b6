//! A client that asks for whatever chance tells it to.

use model::Family;

use super::{v4, v6};
use crate::packet::{self, Sent};
use crate::random::Random;

/// What a client remembers.
#[derive(Debug)]
pub(super) struct Client {
    family: Family,
    pub(super) mac: String,
    id: Vec<u8>,
    relayed: bool,
    /// What it was told it has: the association's word and the resource's word; DHCPv4 has one nameless association.
    pub(super) held: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(family: Family, number: usize) -> Self {
        let [.., high, low] = number.to_be_bytes();
        let kind: &[u8] = family.pick(&[1], &[0, 3, 0, 1]);
        Self {
            family,
            mac: format!("02:00:00:00:{high:02x}:{low:02x}"),
            id: [kind, &[2, 0, 0, 0, high, low]].concat(),
            relayed: number.is_multiple_of(2),
            held: Vec::new(),
        }
    }

    /// Gives the DUID or the client identifier.
    pub(super) fn id(&self) -> &[u8] {
        &self.id
    }

    /// Makes up a message.
    pub(super) fn act(&self, random: &mut Random, server_id: &[u8]) -> Sent {
        let (mut text, relay) = match self.family {
            Family::V4 => (v4::message(self, random), v4::RELAY),
            Family::V6 => (v6::message(self, random), v6::RELAY),
        };
        if self.relayed {
            text += relay;
        }
        let transaction = u32::try_from(random.below(1 << 24)).unwrap_or_default();
        let words = packet::words::split(&text);
        packet::build(self.family, &words, server_id, transaction).unwrap_or_else(|_| Sent::empty(self.family))
    }

    /// Takes note of what a reply gives.
    pub(super) fn hear(&mut self, octets: &[u8]) {
        match self.family {
            Family::V4 => v4::hear(self, octets),
            Family::V6 => v6::hear(self, octets),
        }
    }
}

/// Draws one of the words by their weights, which sum to a hundred.
pub(super) fn draw(kinds: &[(&'static str, usize)], random: &mut Random) -> &'static str {
    let mut drawn = random.below(100);
    let chosen = kinds.iter().find(|(_, weight)| {
        let hit = drawn < *weight;
        drawn = drawn.saturating_sub(*weight);
        hit
    });
    chosen.or(kinds.first()).map_or("", |(kind, _)| *kind)
}
