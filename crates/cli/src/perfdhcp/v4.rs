//! The messages of DHCPv4: queries to send, answers read.

use std::net::Ipv4Addr;

use model::{Family, Resource};
use wire::DecodeError;
use wire::v4::{Message, MessageType, code};
use wire::write::Writer;

use super::kind::Kind;
use super::reply::{Reply, Told, Verdict};
use super::setup::Setup;
use super::template::{Place, Template};

const XID: usize = 4;
const SECS: usize = 8;
const CIADDR: usize = 12;
const GIADDR: usize = 24;
const CHADDR: usize = 28;
/// Octets between the hardware address of six octets and the cookie.
const REST_OF_HEADER: usize = 236 - CHADDR - 6;
const COOKIE: u32 = 0x6382_5363;
const FLAG_BROADCAST: u16 = 0x8000;
/// What Kea's program asks for: subnet mask, broadcast address, time offset, routers, domain name, name servers, host name.
const REQUESTED: [u8; 7] = [1, 28, 2, 3, 15, 6, 12];

/// Prepares a query.
pub fn template(kind: Kind, setup: &Setup) -> Template {
    let mut writer = Writer::with_capacity(512);
    let hops = 1;
    // A relay's packet: the server answers to the relay's address.
    writer.octets(&[1, 1, 6, hops]);
    writer.u32(0);
    writer.u16(0);
    writer.u16(if setup.broadcast { FLAG_BROADCAST } else { 0 });
    writer.octets(&[0; 12]);
    writer.ipv4(setup.relay4());
    writer.octets(&[0; 6]);
    writer.octets(&[0; REST_OF_HEADER]);
    writer.u32(COOKIE);
    option(&mut writer, code::MESSAGE_TYPE, &[kind.message_type(Family::V4)]);
    let mut identities = vec![CHADDR];
    option(&mut writer, code::CLIENT_ID, &[1, 0, 0, 0, 0, 0, 0]);
    identities.push(writer.len() - 6);
    if !kind.needs_lease() {
        option(&mut writer, code::PARAMETER_REQUEST_LIST, &REQUESTED);
    }
    for (code, value) in &setup.options {
        option(&mut writer, *code, value);
    }
    let end_if = |wanted: bool| if wanted { Place::End } else { Place::Nowhere };
    Template {
        octets: writer.finish(),
        transaction: (XID, 4),
        identities,
        relay: Some(GIADDR),
        address: kind.has_address(Family::V4).then_some(CIADDR),
        elapsed: Some(SECS),
        server: end_if(kind.names_server(Family::V4)),
        lease: end_if(kind.names_lease(Family::V4)),
        envelope: None,
        ends: true,
    }
}

/// Says where the places of a message from a file are if the command line does not.
pub fn places(octets: Vec<u8>) -> Template {
    let identities = vec![CHADDR];
    Template { octets, transaction: (XID, 4), identities, ..Template::default() }
}

/// Reads an answer.
///
/// # Errors
/// [`DecodeError`] if the message is cut off.
pub fn read(octets: &[u8], reply: &mut Reply) -> Result<(), DecodeError> {
    reply.clear();
    let message = Message::decode(octets)?;
    reply.transaction = message.transaction;
    reply.identity = message.chaddr.first_chunk().copied();
    let mut valid = 0;
    for found in message.options.iter() {
        match found.code {
            code::MESSAGE_TYPE => {
                let number = found.value.first().copied().unwrap_or_default();
                reply.verdict = verdict(MessageType::from_number(number));
            }
            code::SERVER_ID => put_option(&mut reply.server, code::SERVER_ID, found.value),
            code::LEASE_TIME => valid = found.value.first_chunk().map_or(0, |time| u32::from_be_bytes(*time)),
            _ => {}
        }
    }
    if message.yiaddr != Ipv4Addr::UNSPECIFIED {
        put_option(&mut reply.lease, code::REQUESTED_ADDRESS, &message.yiaddr.octets());
        reply.tell(Told { resource: Resource::V4(message.yiaddr), valid });
    } else if matches!(reply.verdict, Verdict::Offer | Verdict::Grant) {
        reply.verdict = Verdict::Refusal;
    }
    Ok(())
}

fn verdict(kind: MessageType) -> Verdict {
    if kind == MessageType::Offer {
        Verdict::Offer
    } else if kind == MessageType::Ack {
        Verdict::Grant
    } else if kind == MessageType::Nak {
        Verdict::Refusal
    } else {
        Verdict::Other
    }
}

fn option(writer: &mut Writer, code: u16, value: &[u8]) {
    writer.option4(u8::try_from(code).unwrap_or_default(), value);
}

fn put_option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let mut writer = Writer::with_capacity(value.len() + 2);
    option(&mut writer, code, value);
    out.extend_from_slice(writer.as_slice());
}

#[cfg(test)]
mod tests {
    use super::super::template::Values;
    use super::*;

    fn query(kind: Kind) -> Vec<u8> {
        let setup = Setup { local: [192, 0, 2, 1].into(), broadcast: true, ..Setup::default() };
        let values = Values {
            transaction: 0x0102_0304,
            identity: [2, 0, 0, 0, 0, 9],
            address: [192, 0, 2, 77],
            elapsed: 5,
            server: &[54, 4, 192, 0, 2, 2],
            lease: &[50, 4, 192, 0, 2, 77],
            ..Values::default()
        };
        let mut out = Vec::new();
        template(kind, &setup).fill(&values, &mut out);
        out
    }

    #[test]
    fn a_discover_names_the_client_twice_and_comes_through_a_relay() {
        let octets = query(Kind::Initial);
        let message = Message::decode(&octets).unwrap();
        assert_eq!((message.kind(), message.transaction, message.secs), (MessageType::Discover, 0x0102_0304, 5));
        assert_eq!((message.hops, message.giaddr, message.wants_broadcast()), (1, [192, 0, 2, 1].into(), true));
        assert_eq!(message.hardware_address().octets.as_ref(), [2, 0, 0, 0, 0, 9]);
        assert_eq!(message.options.first(code::CLIENT_ID), Some(&[1, 2, 0, 0, 0, 0, 9][..]));
        assert_eq!((message.options.first(code::SERVER_ID), octets.last()), (None, Some(&255)));
    }

    #[test]
    fn each_query_about_a_lease_names_it_where_rfc_2131_wants_it() {
        for (kind, server, requested, own) in [
            (Kind::Request, true, true, false),
            (Kind::Renew, false, false, true),
            (Kind::Rebind, false, false, true),
            (Kind::Release, true, false, true),
        ] {
            let octets = query(kind);
            let message = Message::decode(&octets).unwrap();
            assert_eq!(message.options.first(code::SERVER_ID).is_some(), server, "{kind:?}");
            assert_eq!(message.options.first(code::REQUESTED_ADDRESS).is_some(), requested, "{kind:?}");
            assert_eq!(!message.ciaddr.is_unspecified(), own, "{kind:?}");
        }
    }

    #[test]
    fn a_nak_is_a_refusal_and_an_offer_of_nothing_too() {
        let mut octets = query(Kind::Initial);
        octets[0] = 2;
        let mut reply = Reply::default();
        for (kind, address, verdict) in [
            (2, 77, Verdict::Offer),
            (5, 77, Verdict::Grant),
            (6, 0, Verdict::Refusal),
            (2, 0, Verdict::Refusal),
            (1, 77, Verdict::Other),
        ] {
            octets[16..20].copy_from_slice(&[if address == 0 { 0 } else { 192 }, 0, 0, address]);
            octets[242] = kind;
            read(&octets, &mut reply).unwrap();
            assert_eq!((reply.verdict, reply.identity), (verdict, Some([2, 0, 0, 0, 0, 9])), "{kind} {address}");
        }
        assert!(read(&octets[..200], &mut reply).is_err());
    }
}
