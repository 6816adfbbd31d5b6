//! A client that asks for whatever chance tells it to.

use model::Family;
use wire::v6::{Ia, IaAddress, IaPrefix, MessageType, Packet, code};

use crate::packet::{self, Sent};
use crate::random::Random;

/// What a client remembers.
#[derive(Debug)]
pub(super) struct Client {
    mac: String,
    duid: Vec<u8>,
    relayed: bool,
    /// What it was told it has: the association's word and the resource's word.
    held: Vec<(String, String)>,
}

impl Client {
    pub(super) fn new(number: usize) -> Self {
        let [.., high, low] = number.to_be_bytes();
        Self {
            mac: format!("02:00:00:00:{high:02x}:{low:02x}"),
            duid: vec![0, 3, 0, 1, 2, 0, 0, 0, high, low],
            relayed: number.is_multiple_of(2),
            held: Vec::new(),
        }
    }

    pub(super) fn duid(&self) -> &[u8] {
        &self.duid
    }

    /// Makes up a message.
    pub(super) fn act(&self, random: &mut Random, server_id: &[u8]) -> Sent {
        let kinds = [
            ("SOLICIT", 15),
            ("SOLICIT rapid-commit", 15),
            ("REQUEST", 25),
            ("RENEW", 18),
            ("REBIND", 9),
            ("RELEASE", 8),
            ("DECLINE", 3),
            ("CONFIRM", 4),
            ("INFORMATION-REQUEST", 3),
        ];
        let mut draw = random.below(100);
        let chosen = kinds.iter().find(|(_, weight)| {
            let hit = draw < *weight;
            draw = draw.saturating_sub(*weight);
            hit
        });
        let kind = chosen.map_or("SOLICIT", |(kind, _)| *kind);
        let mut text = format!("{kind} from {}", self.mac);
        if matches!(kind, "REQUEST" | "RENEW" | "RELEASE" | "DECLINE") {
            text += " server-id";
        }
        text += &self.associations(kind, random);
        if self.relayed {
            text += " via relay link=2001:db8:1::1 interface-id=0x0102";
        }
        let transaction = u32::try_from(random.below(1 << 24)).unwrap_or_default();
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        packet::build(Family::V6, &words, server_id, transaction).unwrap_or_else(|_| Sent::empty(Family::V6))
    }

    fn associations(&self, kind: &str, random: &mut Random) -> String {
        let mut text = String::new();
        for association in ["ia-na=1", "ia-na=2", "ia-pd=3"] {
            if kind == "INFORMATION-REQUEST" || random.chance(50) {
                continue;
            }
            text = text + " " + association;
            let mine = self.held.iter().filter(|(of, _)| of == association).map(|(_, resource)| resource);
            let hint = random.chance(30) && !matches!(kind, "RELEASE" | "DECLINE");
            match (hint, association.starts_with("ia-na")) {
                (true, true) => text = format!("{text} address=2001:db8:1::{:x}", 0x10 + random.below(16)),
                (true, false) => text = format!("{text} prefix=2001:db8:8000:{:x}00::/56", random.below(8)),
                (false, _) => mine.for_each(|resource| text = format!("{text} {resource}")),
            }
        }
        text
    }

    /// Takes note of what a reply gives.
    pub(super) fn hear(&mut self, octets: &[u8]) {
        let Ok(packet) = Packet::decode(octets) else {
            return;
        };
        if packet.message.kind != MessageType::Reply {
            return;
        }
        for option in packet.message.options.iter() {
            let name = match option.code {
                code::IA_NA => "ia-na",
                code::IA_PD => "ia-pd",
                _ => continue,
            };
            let Ok(ia) = Ia::decode(option.value) else {
                continue;
            };
            let association = format!("{name}={}", ia.iaid);
            self.held.retain(|(of, _)| *of != association);
            let addresses = ia.options.all(code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
            let addresses = addresses.filter(|found| found.valid > 0).map(|found| format!("address={}", found.address));
            let prefixes = ia.options.all(code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
            let prefixes = prefixes
                .filter(|found| found.valid > 0)
                .map(|found| format!("prefix={}/{}", found.prefix, found.length));
            self.held.extend(addresses.chain(prefixes).map(|resource| (association.clone(), resource)));
        }
    }
}
