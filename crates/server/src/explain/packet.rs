//! The packet a client would send, made of what is said of the client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::{Family, Resource};
use wire::v4::message::{BOOTREQUEST, FILE, MAGIC_COOKIE, SNAME};
use wire::write::Writer;
use wire::{v4, v6};

use super::{Client, Question};

/// The client that is meant if nothing is said of it.
const SOMEBODY: [u8; 6] = [2, 0, 0, 0, 0, 1];
/// The transaction of all packets made here.
const TRANSACTION: u32 = 0x1234;
/// The only identity association of a client here.
const IAID: u32 = 1;
/// The enterprise that stands before a DHCPv6 vendor class: none.
const NOBODY: u32 = 0;
const END: u8 = 255;

/// A packet with where it comes from and goes to.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) octets: Vec<u8>,
    pub(crate) from: SocketAddr,
    pub(crate) to: IpAddr,
}

/// What the packet is made for besides the question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Server<'a> {
    /// Its IPv4 address towards the client.
    pub(crate) local: Ipv4Addr,
    pub(crate) duid: &'a [u8],
}

/// What a client wants: its word, the types it stands for, and what goes with it.
struct Situation {
    word: &'static str,
    v4: Option<v4::MessageType>,
    v6: Option<v6::MessageType>,
    /// It is for one server.
    names_server: bool,
    /// It is about an address that the client has (in DHCPv4, in `ciaddr`).
    holds: bool,
}

const fn situation(
    word: &'static str,
    (v4, v6): (Option<v4::MessageType>, Option<v6::MessageType>),
    names_server: bool,
    holds: bool,
) -> Situation {
    Situation { word, v4, v6, names_server, holds }
}

use v4::MessageType as M4;
use v6::MessageType as M6;

const SITUATIONS: [Situation; 11] = [
    situation("discover", (Some(M4::Discover), Some(M6::Solicit)), false, false),
    situation("solicit", (Some(M4::Discover), Some(M6::Solicit)), false, false),
    situation("request", (Some(M4::Request), Some(M6::Request)), true, false),
    situation("init-reboot", (Some(M4::Request), Some(M6::Rebind)), false, false),
    situation("renew", (Some(M4::Request), Some(M6::Renew)), true, true),
    situation("rebind", (Some(M4::Request), Some(M6::Rebind)), false, true),
    situation("release", (Some(M4::Release), Some(M6::Release)), true, true),
    situation("decline", (Some(M4::Decline), Some(M6::Decline)), true, false),
    situation("inform", (Some(M4::Inform), Some(M6::InformationRequest)), false, true),
    situation("information-request", (Some(M4::Inform), Some(M6::InformationRequest)), false, true),
    situation("confirm", (None, Some(M6::Confirm)), false, true),
];

/// Makes the packet of a question; `Err` says why there is none.
pub(crate) fn sent(question: &Question, family: Family, server: Server<'_>) -> Result<Sent, String> {
    let word = if question.message.is_empty() { "discover" } else { question.message.as_str() };
    let found = SITUATIONS.iter().find(|situation| situation.word == word);
    let found = found.filter(|situation| family.pick(situation.v4.is_some(), situation.v6.is_some()));
    let situation = found.ok_or_else(|| {
        let words: Vec<&str> = SITUATIONS.iter().map(|situation| situation.word).collect();
        format!("{family} has no message '{word}'; there are {}", words.join(", "))
    })?;
    let client = &question.client;
    let (octets, ends) = match family {
        Family::V4 => {
            let (octets, place) = message4(client, situation, server)?;
            let given = question.packet.as_deref().and_then(|packet| place4(packet, situation));
            (octets, ends4(&given.unwrap_or(place), server))
        }
        Family::V6 => {
            let (octets, from) = message6(client, situation, server)?;
            let given = question.packet.as_deref().filter(|_| client.relay.is_none()).and_then(relay6);
            let to = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2).into();
            (octets, (given.unwrap_or(from), to))
        }
    };
    let (from, to) = (question.from.unwrap_or(ends.0), question.to.unwrap_or(ends.1));
    Ok(Sent { octets: question.packet.clone().unwrap_or(octets), from, to })
}

/// Where a DHCPv4 client is, as its message says: the relay's address, its own, and whether it is sent to everybody.
struct Place4 {
    relay: Ipv4Addr,
    own: Ipv4Addr,
    broadcast: bool,
}

/// Reads off a DHCPv4 message where the client is; `None` if it cannot be read.
fn place4(packet: &[u8], situation: &Situation) -> Option<Place4> {
    let message = v4::Message::decode(packet).ok()?;
    let broadcast = message.ciaddr.is_unspecified() || situation.word == "rebind";
    Some(Place4 { relay: message.giaddr, own: message.ciaddr, broadcast })
}

fn ends4(place: &Place4, server: Server<'_>) -> (SocketAddr, IpAddr) {
    if !place.relay.is_unspecified() {
        return (SocketAddr::new(place.relay.into(), 67), server.local.into());
    }
    if place.broadcast {
        return (SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 68), Ipv4Addr::BROADCAST.into());
    }
    (SocketAddr::new(place.own.into(), 68), server.local.into())
}

/// Gives the relay a DHCPv6 packet comes from; `None` if it comes from a client.
fn relay6(packet: &[u8]) -> Option<SocketAddr> {
    let packet = v6::Packet::decode(packet).ok()?;
    packet.relays.first().map(|relay| SocketAddr::new(relay.link_address.into(), 547))
}

fn message4(client: &Client, situation: &Situation, server: Server<'_>) -> Result<(Vec<u8>, Place4), String> {
    let wanted = match client.requested {
        None => Ipv4Addr::UNSPECIFIED,
        Some(Resource::V4(address)) => address,
        Some(other @ (Resource::V6(_) | Resource::Prefix(..))) => return Err(format!("{other} is no IPv4 address")),
    };
    let relay = match client.relay {
        None => Ipv4Addr::UNSPECIFIED,
        Some(IpAddr::V4(relay)) => relay,
        Some(IpAddr::V6(relay)) => return Err(format!("{relay} is no address of a DHCPv4 relay")),
    };
    let ciaddr = if situation.holds { wanted } else { Ipv4Addr::UNSPECIFIED };
    let mac = client.mac.as_deref().unwrap_or(&SOMEBODY);
    let length = u8::try_from(mac.len()).ok().filter(|length| *length <= 16);
    let mut writer = Writer::new();
    writer.octets(&[BOOTREQUEST, 1, length.ok_or("a hardware address has at most 16 octets")?]);
    writer.u8(u8::from(!relay.is_unspecified()));
    writer.u32(TRANSACTION);
    writer.u32(0);
    writer.ipv4(ciaddr);
    writer.octets(&[0; 8]);
    writer.ipv4(relay);
    writer.octets(mac);
    writer.octets(&vec![0; (16_usize.saturating_sub(mac.len())).saturating_add(SNAME + FILE)]);
    writer.u32(MAGIC_COOKIE);
    options4(&mut writer, client, situation, server)?;
    let broadcast = !situation.holds || situation.word == "rebind";
    Ok((writer.finish(), Place4 { relay, own: ciaddr, broadcast }))
}

fn options4(writer: &mut Writer, client: &Client, situation: &Situation, server: Server<'_>) -> Result<(), String> {
    let kind = situation.v4.map_or(0, v4::MessageType::number);
    let mut option = |code: u16, value: &[u8]| {
        let code = u8::try_from(code).ok().ok_or_else(|| format!("DHCPv4 has no option {code}"))?;
        writer.option4(code, value);
        Ok::<_, String>(())
    };
    option(v4::code::MESSAGE_TYPE, &[kind])?;
    if let Some(id) = &client.client_id {
        option(v4::code::CLIENT_ID, id)?;
    }
    if let (Some(Resource::V4(wanted)), false) = (client.requested, situation.holds) {
        option(v4::code::REQUESTED_ADDRESS, &wanted.octets())?;
    }
    // RFC 2131 §4.3.2: who renews does not name the server.
    if situation.names_server && situation.word != "renew" {
        option(v4::code::SERVER_ID, &server.local.octets())?;
    }
    if let Some(class) = &client.vendor_class {
        option(v4::code::VENDOR_CLASS, class.as_bytes())?;
    }
    if let Some(name) = &client.hostname {
        option(v4::code::HOST_NAME, name.as_bytes())?;
    }
    option(v4::code::PARAMETER_REQUEST_LIST, &[1, 3, 6, 12, 15, 28, 42, 43, 66, 67, 119, 121])?;
    for (code, value) in &client.options {
        option(*code, value)?;
    }
    writer.u8(END);
    Ok(())
}

fn message6(client: &Client, situation: &Situation, server: Server<'_>) -> Result<(Vec<u8>, SocketAddr), String> {
    let mac = client.mac.as_deref().unwrap_or(&SOMEBODY);
    let duid = client.duid.clone().unwrap_or_else(|| [&[0, 3, 0, 1], mac].concat());
    let mut writer = Writer::new();
    writer.u8(situation.v6.map_or(0, v6::MessageType::number));
    writer.u24(TRANSACTION);
    writer.option6(v6::code::CLIENT_ID, &duid);
    if situation.names_server {
        writer.option6(v6::code::SERVER_ID, server.duid);
    }
    writer.option6(v6::code::ELAPSED_TIME, &[0, 0]);
    writer.option6(v6::code::ORO, &[0, 23, 0, 24, 0, 31, 0, 56]);
    if situation.v6 != Some(M6::InformationRequest) {
        association(&mut writer, client.requested)?;
    }
    if let Some(class) = &client.vendor_class {
        let open = writer.begin6(v6::code::VENDOR_CLASS);
        writer.u32(NOBODY);
        writer.u16(u16::try_from(class.len()).ok().ok_or("the vendor class is too long")?);
        writer.octets(class.as_bytes());
        writer.end6(open);
    }
    if let Some(name) = &client.hostname {
        let flags = wire::client_fqdn::Flags::default();
        let value = wire::client_fqdn::encode(Family::V6, flags, name).map_err(|error| error.to_string())?;
        writer.option6(v6::code::CLIENT_FQDN, &value);
    }
    for (code, value) in &client.options {
        writer.option6(*code, value);
    }
    let peer = link_local(mac);
    match client.relay {
        None => Ok((writer.finish(), SocketAddr::new(peer.into(), 546))),
        Some(IpAddr::V4(relay)) => Err(format!("{relay} is no address of a DHCPv6 relay")),
        Some(IpAddr::V6(relay)) => {
            let mut envelope = Writer::new();
            envelope.u8(M6::RelayForward.number());
            envelope.u8(0);
            envelope.ipv6(relay);
            envelope.ipv6(peer);
            envelope.option6(v6::code::RELAY_MSG, writer.as_slice());
            Ok((envelope.finish(), SocketAddr::new(relay.into(), 547)))
        }
    }
}

/// Asks for an address, or for a prefix if that is what is wanted.
fn association(writer: &mut Writer, wanted: Option<Resource>) -> Result<(), String> {
    let prefix = matches!(wanted, Some(Resource::Prefix(..)));
    let ia = writer.begin6(if prefix { v6::code::IA_PD } else { v6::code::IA_NA });
    writer.u32(IAID);
    writer.octets(&[0; 8]);
    match wanted {
        None => {}
        Some(Resource::V4(address)) => return Err(format!("{address} is no IPv6 address")),
        Some(Resource::V6(address)) => {
            let inner = writer.begin6(v6::code::IAADDR);
            writer.ipv6(address);
            writer.octets(&[0; 8]);
            writer.end6(inner);
        }
        Some(Resource::Prefix(address, length)) => {
            let inner = writer.begin6(v6::code::IAPREFIX);
            writer.octets(&[0; 8]);
            writer.u8(length);
            writer.ipv6(address);
            writer.end6(inner);
        }
    }
    writer.end6(ia);
    Ok(())
}

/// The address a host makes of its hardware address (RFC 4291 appendix A).
fn link_local(mac: &[u8]) -> Ipv6Addr {
    let mut octets = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0xff, 0xfe, 0, 0, 1];
    if let [first, second, third, fourth, fifth, sixth] = *mac {
        octets = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ 2, second, third, 0xff, 0xfe, fourth, fifth, sixth];
    }
    octets.into()
}
