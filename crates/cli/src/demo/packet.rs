//! The messages of the demonstration's clients and relay: how they are written and what is read off the answers.

use std::net::Ipv6Addr;

use model::Resource;
use wire::v6::{Ia, IaAddress, IaPrefix, Message, MessageType, code};
use wire::write::Writer;

/// The identity association of every client here; they differ in their DUIDs.
const IAID: u32 = 1;

/// What a client asks.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pub(crate) kind: MessageType,
    pub(crate) transaction: u32,
    pub(crate) duid: &'a [u8],
    /// The server the client chose; `None` if any may answer.
    pub(crate) server: Option<&'a [u8]>,
    /// A prefix is asked for, too.
    pub(crate) router: bool,
    /// What the client holds or was offered.
    pub(crate) held: &'a [Held],
}

/// One lease as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// Address or prefix.
    pub(crate) resource: Resource,
    /// Valid lifetime in seconds.
    pub(crate) valid: u32,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Which query it answers.
    pub(crate) transaction: u32,
    /// The server's DUID.
    pub(crate) server: Vec<u8>,
    /// Addresses and prefixes, in the order of the answer.
    pub(crate) held: Vec<Held>,
    /// Seconds until the client renews; `None` if it may choose.
    pub(crate) t1: Option<u32>,
    /// Seconds until the client asks any server; `None` if it may choose.
    pub(crate) t2: Option<u32>,
}

/// Starts a client's random numbers from its DUID, so that a run can be repeated.
pub(crate) fn seed_of(duid: &[u8]) -> u32 {
    duid.iter().fold(0x811c_9dc5, |hash, octet| (hash ^ u32::from(*octet)).wrapping_mul(0x0100_0193))
}

/// Writes a client's message.
pub(crate) fn query(query: &Query<'_>) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(query.kind.number());
    writer.u24(query.transaction);
    writer.option6(code::CLIENT_ID, query.duid);
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
pub(crate) fn answer(octets: &[u8]) -> Option<Answer> {
    let message = Message::decode(octets).ok()?;
    let associations: Vec<Ia<'_>> = message
        .options
        .iter()
        .filter(|option| [code::IA_NA, code::IA_PD].contains(&option.code))
        .filter_map(|option| Ia::decode(option.value).ok())
        .collect();
    let least = |times: &mut dyn Iterator<Item = u32>| times.filter(|time| *time > 0).min();
    Some(Answer {
        transaction: message.transaction,
        server: message.options.first(code::SERVER_ID)?.to_vec(),
        held: associations.iter().flat_map(leases).collect(),
        t1: least(&mut associations.iter().map(|ia| ia.t1)),
        t2: least(&mut associations.iter().map(|ia| ia.t2)),
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

/// Says in a few words what a message is: its name and the leases in it.
pub(crate) fn describe(octets: &[u8]) -> String {
    let Ok(message) = Message::decode(octets) else {
        return "a message that cannot be read".to_owned();
    };
    let mut text = message.kind.name().to_owned();
    let associations = message.options.iter().filter(|option| [code::IA_NA, code::IA_PD].contains(&option.code));
    for Held { resource, valid } in associations.filter_map(|o| Ia::decode(o.value).ok()).flat_map(|ia| leases(&ia)) {
        text.extend([" ".to_owned(), resource.to_string(), format!(" ({valid} s)")]);
    }
    text
}

/// Puts a client's message into a relay's envelope.
pub(crate) fn forward(message: &[u8], link: Ipv6Addr, peer: Ipv6Addr, interface_id: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(MessageType::RelayForward.number());
    writer.u8(0);
    writer.ipv6(link);
    writer.ipv6(peer);
    writer.option6(code::INTERFACE_ID, interface_id);
    writer.option6(code::RELAY_MSG, message);
    writer.finish()
}

/// Puts a message into the envelope of a relay that speaks from a port of its own (RFC 8357).
pub(crate) fn forward_from_port(message: &[u8], link: Ipv6Addr, port: u16) -> Vec<u8> {
    let mut envelope = forward(message, link, Ipv6Addr::LOCALHOST, b"crash");
    let mut option = Writer::new();
    option.option6(code::RELAY_SOURCE_PORT, &port.to_be_bytes());
    envelope.extend(option.finish());
    envelope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_carries_each_lease_in_the_association_of_its_kind() {
        let held = [
            Held { resource: Resource::V6("fd00::1".parse().unwrap()), valid: 60 },
            Held { resource: Resource::Prefix("fd01::".parse().unwrap(), 56), valid: 60 },
        ];
        let server = [0, 3, 0, 1, 9];
        let octets = query(&Query {
            kind: MessageType::Renew,
            transaction: 7,
            duid: &[0, 3, 0, 1, 1],
            server: Some(&server),
            router: true,
            held: &held,
        });
        let read = answer(&octets).unwrap();
        assert_eq!((read.transaction, read.server.as_slice(), read.held.as_slice()), (7, &server[..], &held[..]));
        assert_eq!(describe(&octets), "RENEW fd00::1 (60 s) fd01::/56 (60 s)");
    }
}
