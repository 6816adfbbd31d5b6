//! The messages of DHCPv4 clients and relays.

use std::net::{IpAddr, Ipv4Addr};

use model::Resource;
use wire::v4::message::{BOOTREQUEST, FILE, FLAG_BROADCAST, MAGIC_COOKIE, SNAME};
use wire::v4::{Message, MessageType, code, relay};
use wire::write::Writer;

use super::{Answer, Envelope, Held, Query, Step, least};

const ETHERNET: u8 = 1;
const MAC: usize = 6;
/// Where `hops` and `giaddr` are in a message.
const HOPS: usize = 3;
const GIADDR: std::ops::Range<usize> = 24..28;
/// What an identifier made of a DUID begins with, and the only identity association here (RFC 4361 §6.1).
const NODE: [u8; 5] = [255, 0, 0, 0, 1];
const END: u8 = 255;

/// Writes a client's message.
///
/// RFC 2131 §4.3.2: a client that has an address puts it into `ciaddr`, one that wants it into an option.
pub(super) fn query(query: &Query<'_>) -> Vec<u8> {
    let kind = match query.step {
        Step::Discover => MessageType::Discover,
        Step::Take | Step::Renew | Step::Rebind => MessageType::Request,
        Step::Release => MessageType::Release,
    };
    let holds = matches!(query.step, Step::Renew | Step::Rebind | Step::Release);
    let address = query.held.iter().find_map(|held| address_of(held.resource));
    let mut writer = Writer::new();
    writer.octets(&[BOOTREQUEST, ETHERNET, 6, 0]);
    writer.u32(query.transaction);
    writer.u16(0);
    writer.u16(FLAG_BROADCAST);
    writer.ipv4(address.filter(|_| holds).unwrap_or(Ipv4Addr::UNSPECIFIED));
    writer.octets(&[0; 12]);
    let mac = query.id.last_chunk::<MAC>().unwrap_or(&[0; MAC]);
    writer.octets(mac);
    writer.octets(&[0; 16 - MAC + SNAME + FILE]);
    writer.u32(MAGIC_COOKIE);
    option(&mut writer, code::MESSAGE_TYPE, &[kind.number()]);
    option(&mut writer, code::CLIENT_ID, &[&NODE, query.id].concat());
    if let Some(server) = query.server.filter(|_| matches!(query.step, Step::Take | Step::Release)) {
        option(&mut writer, code::SERVER_ID, server);
    }
    if let Some(address) = address.filter(|_| !holds) {
        option(&mut writer, code::REQUESTED_ADDRESS, &address.octets());
    }
    writer.u8(END);
    writer.finish()
}

fn option(writer: &mut Writer, code: u16, value: &[u8]) {
    writer.option4(u8::try_from(code).unwrap_or(END), value);
}

const fn address_of(resource: Resource) -> Option<Ipv4Addr> {
    if let Resource::V4(address) = resource { Some(address) } else { None }
}

/// Reads a server's message; `None` if it is none.
pub(super) fn answer(octets: &[u8]) -> Option<Answer> {
    let message = Message::decode(octets).ok()?;
    let granted = matches!(message.kind(), MessageType::Offer | MessageType::Ack);
    Some(Answer {
        transaction: message.transaction,
        server: message.options.first(code::SERVER_ID)?.to_vec(),
        held: if granted { leases(&message) } else { Vec::new() },
        t1: least(seconds(&message, code::RENEWAL_TIME).into_iter()),
        t2: least(seconds(&message, code::REBINDING_TIME).into_iter()),
    })
}

fn seconds(message: &Message<'_>, code: u16) -> Option<u32> {
    message.options.first(code)?.first_chunk().map(|octets| u32::from_be_bytes(*octets))
}

/// Lists the addresses a message is about: given, held, or asked for.
fn leases(message: &Message<'_>) -> Vec<Held> {
    let asked = message.options.first(code::REQUESTED_ADDRESS).and_then(|value| value.first_chunk::<4>());
    let asked = asked.map_or(Ipv4Addr::UNSPECIFIED, |octets| Ipv4Addr::from(*octets));
    let address = [message.yiaddr, message.ciaddr, asked].into_iter().find(|address| !address.is_unspecified());
    let valid = seconds(message, code::LEASE_TIME).unwrap_or(0);
    address.map(|address| Held { resource: Resource::V4(address), valid }).into_iter().collect()
}

/// Names a message and lists the leases in it; `None` if it cannot be read.
pub(super) fn summary(octets: &[u8]) -> Option<(&'static str, Vec<Held>)> {
    let message = Message::decode(octets).ok()?;
    Some((message.kind().name(), leases(&message)))
}

/// Puts what a relay says into a client's message (RFC 3046, RFC 3527).
pub(super) fn forward(message: &[u8], envelope: &Envelope<'_>) -> Vec<u8> {
    let mut relayed = message.to_vec();
    if let Some(hops) = relayed.get_mut(HOPS) {
        *hops = hops.saturating_add(1);
    }
    if let (Some(place), IpAddr::V4(giaddr)) = (relayed.get_mut(GIADDR), envelope.peer) {
        place.copy_from_slice(&giaddr.octets());
    }
    if relayed.last() == Some(&END) {
        relayed.pop();
    }
    let mut words = Writer::new();
    option(&mut words, relay::CIRCUIT_ID, envelope.name);
    if let IpAddr::V4(link) = envelope.link {
        option(&mut words, relay::LINK_SELECTION, &link.octets());
    }
    if let Some(port) = envelope.port {
        // Kea: wants two octets in it, where RFC 8357 §5.4 has none, and drops the message otherwise.
        option(&mut words, relay::RELAY_PORT, &port.to_be_bytes());
    }
    let mut writer = Writer::new();
    writer.octets(&relayed);
    option(&mut writer, code::RELAY_AGENT, words.as_slice());
    writer.u8(END);
    writer.finish()
}

/// Reads off a server's message the name of the link it is for; the client gets it as it is.
pub(super) fn opened(octets: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let message = Message::decode(octets).ok()?;
    let words = message.options.first(code::RELAY_AGENT)?;
    let (number, rest) = words.split_first()?;
    let (length, rest) = rest.split_first()?;
    let name = rest.get(..usize::from(*length)).filter(|_| u16::from(*number) == relay::CIRCUIT_ID)?;
    Some((name.to_vec(), octets))
}
