//! DHCPv4 inside DHCPv6 (RFC 7341): the DHCPv6 server hands a query on to the DHCPv4 server and the answer back.
//!
//! Between the two, a vendor option of ISC says where the query came from. It stands in the message, not in a relay's
//! envelope, and comes back unchanged with the answer.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use model::Model;
use wire::option::vendor::ENTERPRISE_ISC;
use wire::read::Reader;
use wire::v6::{MessageType, Options, Packet, RawOption, Relay, VendorOpts, code};
use wire::write::Writer;

use crate::Decision;
use crate::decision::{self, Label};
use crate::event::{Drop, Event};
use crate::exchange::{Datagram, Over, exchange};
use crate::facts::{Facts, Missing};

/// Sub-option: the interface the query came in by.
const INTERFACE: u16 = 60_000;
/// Sub-option: who sent it.
const SOURCE_ADDRESS: u16 = 60_001;
/// Sub-option: from which port.
const SOURCE_PORT: u16 = 60_002;

/// Where a query came from.
struct Origin<'a> {
    interface: &'a str,
    address: Ipv6Addr,
    port: u16,
}

impl<'a> Origin<'a> {
    /// Finds it in a message of the channel.
    fn find(options: Options<'a>) -> Option<Self> {
        let said = options.all(code::VENDOR_OPTS).filter_map(|value| VendorOpts::decode(value).ok());
        let said = said.into_iter().find(|vendor| vendor.enterprise == ENTERPRISE_ISC)?.options;
        let interface = std::str::from_utf8(said.first(INTERFACE)?).ok()?;
        let address = Reader::new(said.first(SOURCE_ADDRESS)?).ipv6("source address").ok()?;
        let port = said.first(SOURCE_PORT).and_then(|value| Reader::new(value).u16("source port").ok());
        Some(Self { interface, address, port: port.unwrap_or_default() })
    }

    fn option(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u32(ENTERPRISE_ISC);
        writer.option6(INTERFACE, self.interface.as_bytes());
        writer.option6(SOURCE_ADDRESS, &self.address.octets());
        writer.option6(SOURCE_PORT, &self.port.to_be_bytes());
        writer.finish()
    }
}

/// Says whether an option is the one that says where a query came from.
fn is_origin(option: &RawOption<'_>) -> bool {
    option.code == code::VENDOR_OPTS
        && VendorOpts::decode(option.value).is_ok_and(|vendor| vendor.enterprise == ENTERPRISE_ISC)
}

/// Gives the interface a query on the channel came in by: the DHCPv4 server goes by its address there.
pub fn interface(octets: &[u8]) -> Option<&str> {
    // The packet borrows from the octets, not from itself.
    let packet = Packet::decode(octets).ok()?;
    Origin::find(packet.message.options).map(|origin| origin.interface)
}

/// Writes a query as it goes to the DHCPv4 server.
pub(crate) fn forwarded(packet: &Packet<'_>, datagram: &Datagram<'_>) -> Option<Vec<u8>> {
    let SocketAddr::V6(from) = datagram.from else { return None };
    let origin = Origin { interface: datagram.interface, address: *from.ip(), port: from.port() }.option();
    let mut options: Vec<(u16, &[u8])> = vec![(code::VENDOR_OPTS, &origin)];
    options.extend(packet.message.options.iter().map(|option| (option.code, option.value)));
    options.sort_by_key(|(code, _)| *code);
    let head = (packet.message.kind, packet.message.transaction);
    Some(enveloped(&packet.relays, &message(head, &options), None))
}

fn message((kind, transaction): (MessageType, u32), options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(512);
    writer.u8(kind.number());
    writer.u24(transaction);
    for (code, value) in options {
        writer.option6(*code, value);
    }
    writer.finish()
}

/// Puts a message into the envelopes of its relays: as they came, or as `kind` answers them.
fn enveloped(relays: &[Relay<'_>], message: &[u8], kind: Option<MessageType>) -> Vec<u8> {
    let mut inner = message.to_vec();
    for relay in relays.iter().rev() {
        let mut writer = Writer::with_capacity(inner.len().saturating_add(64));
        writer.u8(kind.unwrap_or(relay.kind).number());
        writer.u8(relay.hop_count);
        writer.ipv6(relay.link_address);
        writer.ipv6(relay.peer_address);
        let answers = |code: u16| kind.is_none() || matches!(code, code::INTERFACE_ID | code::RELAY_SOURCE_PORT);
        for option in relay.options.iter() {
            match option.code {
                code::RELAY_MSG => writer.option6(code::RELAY_MSG, &inner),
                other if answers(other) => writer.option6(other, option.value),
                _ => {}
            }
        }
        inner = writer.finish();
    }
    inner
}

/// Decides what a query from the DHCPv6 server leads to.
///
/// # Errors
/// [`Missing`] names a fact that has to be fetched before the same call is made again.
pub fn query(datagram: &Datagram<'_>, model: &Model, facts: &dyn Facts) -> Result<Decision, Missing> {
    let packet = match Packet::decode(datagram.octets) {
        Ok(packet) => packet,
        Err(why) => return Ok(told(model, Event::Undecodable { why })),
    };
    let options = packet.message.options;
    let parts = Origin::find(options).zip(options.first(code::DHCPV4_MSG));
    let Some((origin, octets)) = parts.filter(|_| packet.message.kind == MessageType::Dhcpv4Query) else {
        return Ok(told(model, Event::Dropped(Drop::Unservable { why: "no query of DHCPv4 is inside" })));
    };
    let from = SocketAddr::from((origin.address, origin.port));
    let interface_id = packet.from_client().find_map(|relay| relay.options.first(code::INTERFACE_ID));
    let over = Some(Over { remote: origin.address, interface_id });
    let inner = Datagram { octets, interface: origin.interface, from, over, ..*datagram };
    let mut decision = exchange(&inner, model, facts)?;
    if let Some(reply) = &mut decision.reply {
        let way = origin.option();
        let options: [(u16, &[u8]); 2] = [(code::VENDOR_OPTS, &way), (code::DHCPV4_MSG, &reply.octets)];
        let answer = message((MessageType::Dhcpv4Response, packet.message.transaction), &options);
        reply.octets = enveloped(&packet.relays, &answer, Some(MessageType::RelayReply));
        reply.to = datagram.from;
    }
    Ok(decision)
}

/// Decides where an answer from the DHCPv4 server goes.
pub fn response(datagram: &Datagram<'_>, model: &Model) -> Decision {
    let packet = match Packet::decode(datagram.octets) {
        Ok(packet) => packet,
        Err(why) => return told(model, Event::Undecodable { why }),
    };
    let kind = decision::MessageType::V6(packet.message.kind);
    // Kea: an answer from the other server does not count as a packet received.
    let mut decision = Decision::silent(Label::nobody(model.family));
    let origin = Origin::find(packet.message.options);
    let Some(origin) = origin.filter(|_| packet.message.kind == MessageType::Dhcpv4Response) else {
        decision.events.push(Event::Dropped(Drop::Unservable { why: "it says not where the query came from" }));
        return decision;
    };
    let kept = packet.message.options.iter().filter(|option| !is_origin(option));
    let options: Vec<(u16, &[u8])> = kept.map(|option| (option.code, option.value)).collect();
    let head = (packet.message.kind, packet.message.transaction);
    let octets = enveloped(&packet.relays, &message(head, &options), None);
    let port = match packet.relays.first() {
        None => CLIENT_PORT,
        Some(relay) if relay.options.first(code::RELAY_SOURCE_PORT).is_some() => origin.port,
        Some(_) => SERVER_PORT,
    };
    let to = SocketAddr::from((origin.address, port));
    let (from, by) = (datagram.from, Some(origin.interface.into()));
    decision.events.push(Event::Sent { kind, from, to, interface: origin.interface.into() });
    decision.reply = Some(decision::Reply { kind, octets, to, by });
    decision
}

const CLIENT_PORT: u16 = 546;
const SERVER_PORT: u16 = 547;

fn told(model: &Model, event: Event) -> Decision {
    let mut decision = Decision::silent(Label::nobody(model.family));
    decision.events.push(event);
    decision
}

/// Gives the end of the channel a server sends to: queries to the port above, answers to the port itself.
pub fn channel(model: &Model) -> Option<SocketAddr> {
    let port = model.settings.dhcp4o6_port;
    let port = model.family.pick(port, port.saturating_add(1));
    (model.settings.dhcp4o6_port != 0).then(|| SocketAddr::from((Ipv6Addr::LOCALHOST, port)))
}

/// The address DHCPv4 knows no server by.
pub const NO_ADDRESS: Ipv4Addr = Ipv4Addr::UNSPECIFIED;

#[cfg(test)]
mod tests {
    use super::*;

    fn relayed_query() -> Vec<u8> {
        let query = message((MessageType::Dhcpv4Query, 0x0080_0000), &[(code::DHCPV4_MSG, &[1, 2, 3])]);
        let mut writer = Writer::new();
        writer.octets(&[12, 0]);
        writer.ipv6("2001:db8:9::1".parse().unwrap());
        writer.ipv6("fe80::5".parse().unwrap());
        writer.option6(code::INTERFACE_ID, b"if7");
        writer.option6(code::RELAY_MSG, &query);
        writer.finish()
    }

    #[test]
    fn where_a_query_came_from_is_found_again_on_the_channel() {
        let octets = relayed_query();
        let packet = Packet::decode(&octets).unwrap();
        let from = "[2001:db8:9::99]:547".parse().unwrap();
        let datagram = Datagram {
            octets: &octets,
            interface: "a0",
            from,
            to: Ipv6Addr::LOCALHOST.into(),
            local: NO_ADDRESS,
            served: &[],
            raw: false,
            over: None,
            at: model::UnixTime(0),
            seed: 0,
            trace: false,
        };
        let sent = forwarded(&packet, &datagram).unwrap();
        assert_eq!(interface(&sent), Some("a0"));
        let on_channel = Packet::decode(&sent).unwrap();
        let origin = Origin::find(on_channel.message.options).unwrap();
        assert_eq!(SocketAddr::from((origin.address, origin.port)), from);
        assert_eq!(on_channel.relays[0].options.first(code::INTERFACE_ID), Some(&b"if7"[..]));
        assert_eq!(on_channel.message.options.first(code::DHCPV4_MSG), Some(&[1, 2, 3][..]));
    }
}
