//! The messages of DHCPv6 clients and relays.

use std::net::{IpAddr, Ipv6Addr};

use model::Resource;
use wire::v6::{Ia, IaAddress, IaPrefix, Message, MessageType, Packet, code};
use wire::write::Writer;

use super::{Answer, Envelope, Held, Query, Step, least};

/// The identity association of every client here; they differ in their DUIDs.
const IAID: u32 = 1;

/// Writes a client's message.
pub(super) fn query(query: &Query<'_>) -> Vec<u8> {
    let kind = match query.step {
        Step::Discover => MessageType::Solicit,
        Step::Take => MessageType::Request,
        Step::Renew => MessageType::Renew,
        Step::Rebind => MessageType::Rebind,
        Step::Release => MessageType::Release,
    };
    let mut writer = Writer::new();
    writer.u8(kind.number());
    writer.u24(query.transaction);
    writer.option6(code::CLIENT_ID, query.id);
    if let Some(server) = query.server {
        writer.option6(code::SERVER_ID, server);
    }
    writer.option6(code::ELAPSED_TIME, &[0, 0]);
    association(&mut writer, code::IA_NA, query.held);
    if query.router {
        association(&mut writer, code::IA_PD, query.held);
    }
    writer.finish()
}

fn association(writer: &mut Writer, option: u16, held: &[Held]) {
    let ia = writer.begin6(option);
    writer.u32(IAID);
    writer.u32(0);
    writer.u32(0);
    for Held { resource, valid } in held {
        match resource {
            Resource::V6(address) if option == code::IA_NA => {
                let inner = writer.begin6(code::IAADDR);
                writer.ipv6(*address);
                writer.u32(*valid);
                writer.u32(*valid);
                writer.end6(inner);
            }
            Resource::Prefix(prefix, length) if option == code::IA_PD => {
                let inner = writer.begin6(code::IAPREFIX);
                writer.u32(*valid);
                writer.u32(*valid);
                writer.u8(*length);
                writer.ipv6(*prefix);
                writer.end6(inner);
            }
            Resource::V4(_) | Resource::V6(_) | Resource::Prefix(..) => {}
        }
    }
    writer.end6(ia);
}

/// Reads a server's message; `None` if it is none.
pub(super) fn answer(octets: &[u8]) -> Option<Answer> {
    let message = Message::decode(octets).ok()?;
    let associations: Vec<Ia<'_>> = message
        .options
        .iter()
        .filter(|option| [code::IA_NA, code::IA_PD].contains(&option.code))
        .filter_map(|option| Ia::decode(option.value).ok())
        .collect();
    Some(Answer {
        transaction: message.transaction,
        server: message.options.first(code::SERVER_ID)?.to_vec(),
        held: associations.iter().flat_map(leases).collect(),
        t1: least(associations.iter().map(|ia| ia.t1)),
        t2: least(associations.iter().map(|ia| ia.t2)),
    })
}

fn leases(ia: &Ia<'_>) -> Vec<Held> {
    let addresses = ia.options.all(code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
    let prefixes = ia.options.all(code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
    addresses
        .map(|address| Held { resource: Resource::V6(address.address), valid: address.valid })
        .chain(prefixes.map(|p| Held { resource: Resource::Prefix(p.prefix, p.length), valid: p.valid }))
        .collect()
}

/// Names a message and lists the leases in it; `None` if it cannot be read.
pub(super) fn summary(octets: &[u8]) -> Option<(&'static str, Vec<Held>)> {
    let message = Message::decode(octets).ok()?;
    let associations = message.options.iter().filter(|option| [code::IA_NA, code::IA_PD].contains(&option.code));
    let held = associations.filter_map(|option| Ia::decode(option.value).ok()).flat_map(|ia| leases(&ia)).collect();
    Some((message.kind.name(), held))
}

/// Puts a client's message into a relay's envelope (RFC 8415 §19.1).
pub(super) fn forward(message: &[u8], envelope: &Envelope<'_>) -> Vec<u8> {
    let address = |address: IpAddr| if let IpAddr::V6(address) = address { address } else { Ipv6Addr::UNSPECIFIED };
    let mut writer = Writer::new();
    writer.u8(MessageType::RelayForward.number());
    writer.u8(0);
    writer.ipv6(address(envelope.link));
    writer.ipv6(address(envelope.peer));
    writer.option6(code::INTERFACE_ID, envelope.name);
    writer.option6(code::RELAY_MSG, message);
    if let Some(port) = envelope.port {
        writer.option6(code::RELAY_SOURCE_PORT, &port.to_be_bytes());
    }
    writer.finish()
}

/// Opens a server's envelope: the name of the link it is for and the message inside.
pub(super) fn opened(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let packet = Packet::decode(octets).ok()?;
    let envelope = packet.relays.first()?;
    Some((envelope.options.first(code::INTERFACE_ID)?, envelope.options.first(code::RELAY_MSG)?))
}
