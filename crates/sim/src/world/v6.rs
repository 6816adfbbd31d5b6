//! What DHCPv6 clients say and hear.

use model::Resource;
use wire::v6::{Ia, IaAddress, IaPrefix, MessageType, Packet, code};

use super::client::{Client, draw};
use crate::random::Random;

/// How a message goes through the relay.
pub(super) const RELAY: &str = " via relay link=2001:db8:1::1 interface-id=0x0102";

const KINDS: [(&str, usize); 9] = [
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

/// Makes up a message.
pub(super) fn message(client: &Client, random: &mut Random) -> String {
    let kind = draw(&KINDS, random);
    let mut text = format!("{kind} from {}", client.mac);
    if matches!(kind, "REQUEST" | "RENEW" | "RELEASE" | "DECLINE") {
        text += " server-id";
    }
    text + &associations(client, kind, random)
}

fn associations(client: &Client, kind: &str, random: &mut Random) -> String {
    let mut text = String::new();
    for association in ["ia-na=1", "ia-na=2", "ia-pd=3"] {
        if kind == "INFORMATION-REQUEST" || random.chance(50) {
            continue;
        }
        text = text + " " + association;
        let mine = client.held.iter().filter(|(of, _)| of == association).map(|(_, resource)| resource);
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
pub(super) fn hear(client: &mut Client, octets: &[u8]) {
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
        client.held.retain(|(of, _)| *of != association);
        let addresses = ia.options.all(code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
        let addresses = addresses.filter(|found| found.valid > 0).map(|found| format!("address={}", found.address));
        let prefixes = ia.options.all(code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
        let prefixes =
            prefixes.filter(|found| found.valid > 0).map(|found| format!("prefix={}/{}", found.prefix, found.length));
        client.held.extend(addresses.chain(prefixes).map(|resource| (association.clone(), resource)));
    }
}

/// Lists what a message gives back: association and resource.
pub(super) fn given_back(octets: &[u8]) -> Vec<(u32, Resource)> {
    let Ok(packet) = Packet::decode(octets) else {
        return Vec::new();
    };
    if !matches!(packet.message.kind, MessageType::Release | MessageType::Decline) {
        return Vec::new();
    }
    resources(&packet).into_iter().map(|(iaid, resource, _)| (iaid, resource)).collect()
}

/// Lists what a reply promises: association, resource and lifetime, which is zero for what it takes back.
pub(super) fn promised(octets: &[u8]) -> Vec<(u32, Resource, u32)> {
    let Ok(packet) = Packet::decode(octets) else {
        return Vec::new();
    };
    if packet.message.kind == MessageType::Reply { resources(&packet) } else { Vec::new() }
}

fn resources(packet: &Packet<'_>) -> Vec<(u32, Resource, u32)> {
    let mut found = Vec::new();
    for option in packet.message.options.iter().filter(|option| matches!(option.code, code::IA_NA | code::IA_PD)) {
        let Ok(ia) = Ia::decode(option.value) else {
            continue;
        };
        let addresses = ia.options.all(code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
        found.extend(addresses.map(|it| (ia.iaid, Resource::V6(it.address), it.valid)));
        let prefixes = ia.options.all(code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
        found.extend(prefixes.map(|it| (ia.iaid, Resource::Prefix(it.prefix, it.length), it.valid)));
    }
    found
}
