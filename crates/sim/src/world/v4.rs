//! What DHCPv4 clients say and hear.

use std::net::Ipv4Addr;

use model::Resource;
use wire::v4::{Message, MessageType, code};

use super::client::{Client, draw};
use crate::random::Random;

/// How a message goes through the relay.
pub(super) const RELAY: &str = " via relay giaddr=192.0.2.254 circuit-id=0x0102";

const KINDS: [(&str, usize); 8] = [
    ("DISCOVER", 22),
    ("REQUEST server-id", 28),
    ("REQUEST", 10),
    ("REQUEST ciaddr", 18),
    ("REQUEST ciaddr to=unicast", 9),
    ("RELEASE ciaddr", 8),
    ("DECLINE", 2),
    ("INFORM ciaddr=192.0.2.9", 3),
];

/// Makes up a message.
pub(super) fn message(client: &Client, random: &mut Random) -> String {
    let kind = draw(&KINDS, random);
    let any = format!("192.0.2.{}", 0x10 + random.below(16));
    let held = client.held.first().filter(|_| !random.chance(20)).map_or(&any, |(_, address)| address);
    let mut text = kind.replace("ciaddr to", &format!("ciaddr={held} to"));
    if text.ends_with("ciaddr") {
        text = format!("{text}={held}");
    } else if !text.contains("ciaddr") && !random.chance(20) {
        text = format!("{text} requested-address={held}");
    }
    format!("{text} from {} client-id=0x01{}", client.mac, client.mac.replace(':', ""))
}

/// Takes note of what a reply gives.
pub(super) fn hear(client: &mut Client, octets: &[u8]) {
    match Message::decode(octets) {
        Ok(message) if message.kind() == MessageType::Nak => client.held.clear(),
        Ok(message) if !message.yiaddr.is_unspecified() => {
            client.held = vec![(String::new(), message.yiaddr.to_string())];
        }
        Ok(_) | Err(_) => {}
    }
}

/// Lists what a message gives back.
pub(super) fn given_back(octets: &[u8]) -> Vec<(u32, Resource)> {
    let Ok(message) = Message::decode(octets) else {
        return Vec::new();
    };
    let address = if message.kind() == MessageType::Release {
        Some(message.ciaddr)
    } else if message.kind() == MessageType::Decline {
        message.options.first(code::REQUESTED_ADDRESS).and_then(address)
    } else {
        None
    };
    address.map(|address| (0, Resource::V4(address))).into_iter().collect()
}

/// Lists what a reply promises: the address and its lifetime.
pub(super) fn promised(octets: &[u8]) -> Vec<(u32, Resource, u32)> {
    let acknowledged = Message::decode(octets).ok().filter(|message| message.kind() == MessageType::Ack);
    let promise = acknowledged.and_then(|message| {
        let valid = u32::from_be_bytes(*message.options.first(code::LEASE_TIME)?.as_array()?);
        Some((0, Resource::V4(message.yiaddr), valid))
    });
    promise.into_iter().collect()
}

fn address(octets: &[u8]) -> Option<Ipv4Addr> {
    octets.as_array::<4>().map(|octets| Ipv4Addr::from(*octets))
}
