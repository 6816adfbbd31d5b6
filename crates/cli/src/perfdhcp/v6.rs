//! The messages of DHCPv6: queries to send, answers read.

use model::{Family, Resource};
use wire::DecodeError;
use wire::v6::{Ia, IaAddress, IaPrefix, Message, MessageType, Packet, RawOption, code, status};
use wire::write::Writer;

use super::kind::Kind;
use super::reply::{Reply, Told, Verdict};
use super::setup::Setup;
use super::template::{Place, Template};

const LINK_ADDRESS: usize = 2;
const RELAY_REPLY: u8 = 13;
/// What Kea's program asks for: name servers and search list.
const REQUESTED: [u8; 4] = [0, 23, 0, 24];
/// IAID, T1 and T2 of a new association: 1, 3600 s, 5400 s.
const ASSOCIATION: [u8; 12] = [0, 0, 0, 1, 0, 0, 0x0e, 0x10, 0, 0, 0x15, 0x18];

/// Prepares a query.
pub fn template(kind: Kind, setup: &Setup) -> Template {
    let mut writer = Writer::with_capacity(256);
    let envelope = setup.encapsulated.then(|| open_envelope(&mut writer, setup));
    let start = writer.len();
    writer.u8(kind.message_type(Family::V6));
    writer.u24(0);
    writer.option6(code::CLIENT_ID, &setup.duid);
    let identities = vec![writer.len().saturating_sub(6)];
    if kind == Kind::Initial {
        for (wanted, code) in [(setup.wants_address(), code::IA_NA), (setup.wants_prefix(), code::IA_PD)] {
            if wanted {
                writer.option6(code, &ASSOCIATION);
            }
        }
        if setup.rapid {
            writer.option6(code::RAPID_COMMIT, &[]);
        }
    }
    if kind != Kind::Release {
        writer.option6(code::ORO, &REQUESTED);
    }
    writer.option6(code::ELAPSED_TIME, &[0, 0]);
    let elapsed = Some(writer.len().saturating_sub(2));
    for (code, value) in &setup.options {
        writer.option6(*code, value);
    }
    let end_if = |wanted: bool| if wanted { Place::End } else { Place::Nowhere };
    Template {
        octets: writer.finish(),
        transaction: (start + 1, 3),
        identities,
        relay: envelope.map(|_| LINK_ADDRESS),
        address: None,
        elapsed,
        server: end_if(kind.names_server(Family::V6)),
        lease: end_if(kind.names_lease(Family::V6)),
        envelope,
        ends: false,
    }
}

/// Begins a relay's envelope; returns where the length of what is inside stands.
fn open_envelope(writer: &mut Writer, setup: &Setup) -> usize {
    writer.u8(MessageType::RelayForward.number());
    writer.u8(0);
    writer.ipv6(setup.relay6());
    writer.ipv6(setup.relay6());
    for (code, value) in &setup.relay_options {
        writer.option6(*code, value);
    }
    writer.u16(code::RELAY_MSG);
    writer.u16(0);
    writer.len().saturating_sub(2)
}

/// Says where the places of a message from a file are if the command line does not: those of a DUID of type LLT that comes
/// first.
pub fn places(octets: Vec<u8>) -> Template {
    Template { octets, transaction: (1, 3), identities: vec![16], ..Template::default() }
}

/// Reads an answer, in its envelope or without.
///
/// # Errors
/// [`DecodeError`] if the message is cut off.
pub fn read(octets: &[u8], reply: &mut Reply) -> Result<(), DecodeError> {
    reply.clear();
    let message = open(octets)?;
    reply.transaction = message.transaction;
    reply.verdict = if message.kind == MessageType::Advertise {
        Verdict::Offer
    } else if message.kind == MessageType::Reply {
        Verdict::Grant
    } else {
        Verdict::Other
    };
    let (mut asked, mut refused) = (false, false);
    for option in message.options.iter() {
        match option.code {
            code::CLIENT_ID => reply.identity = option.value.last_chunk().copied(),
            code::SERVER_ID => put_option(&mut reply.server, option),
            code::STATUS_CODE => refused |= is_failure(option.value),
            code::IA_NA | code::IA_PD => {
                asked = true;
                put_option(&mut reply.lease, option);
                refused |= !tell(option, reply)?;
            }
            _ => {}
        }
    }
    if refused || (!asked && reply.verdict == Verdict::Offer) {
        reply.verdict = Verdict::Refusal;
    }
    Ok(())
}

/// Reads the transaction id off an answer and nothing else; `None` if it is cut off.
pub fn transaction(octets: &[u8]) -> Option<u32> {
    match octets {
        [RELAY_REPLY, ..] => open(octets).ok().map(|message| message.transaction),
        [_, a, b, c, ..] => Some(u32::from_be_bytes([0, *a, *b, *c])),
        _ => None,
    }
}

/// Takes a message out of its envelope. Most answers have none, and opening one takes memory.
fn open(octets: &[u8]) -> Result<Message<'_>, DecodeError> {
    if octets.first() == Some(&RELAY_REPLY) { Ok(Packet::decode(octets)?.message) } else { Message::decode(octets) }
}

/// Notes what an association gives; returns whether it gives anything.
fn tell(option: RawOption<'_>, reply: &mut Reply) -> Result<bool, DecodeError> {
    let association = Ia::decode(option.value)?;
    let mut given = false;
    for inner in association.options.iter() {
        match inner.code {
            code::IAADDR => {
                let IaAddress { address, valid, .. } = IaAddress::decode(inner.value)?;
                given |= valid > 0;
                reply.tell(Told { resource: Resource::V6(address), valid });
            }
            code::IAPREFIX => {
                let IaPrefix { prefix, length, valid, .. } = IaPrefix::decode(inner.value)?;
                given |= valid > 0;
                reply.tell(Told { resource: Resource::Prefix(prefix, length), valid });
            }
            code::STATUS_CODE if is_failure(inner.value) => return Ok(false),
            _ => {}
        }
    }
    // The answer to a RELEASE lists its associations empty, with Success.
    Ok(given || association.options.first(code::STATUS_CODE).is_some())
}

fn is_failure(value: &[u8]) -> bool {
    status::decode(value).is_ok_and(|(number, _)| number != 0)
}

fn put_option(out: &mut Vec<u8>, option: RawOption<'_>) {
    out.extend_from_slice(&option.code.to_be_bytes());
    out.extend_from_slice(&u16::try_from(option.value.len()).unwrap_or_default().to_be_bytes());
    out.extend_from_slice(option.value);
}

#[cfg(test)]
mod tests {
    use super::super::arguments::LeaseType;
    use super::super::template::Values;
    use super::*;

    fn setup(encapsulated: bool) -> Setup {
        Setup {
            family: Family::V6,
            local: "2001:db8::1".parse().unwrap(),
            lease_type: LeaseType::AddressAndPrefix,
            duid: vec![0, 3, 0, 1, 2, 0, 0, 0, 0, 0],
            relay_options: vec![(38, vec![0x12, 0x34])],
            encapsulated,
            ..Setup::default()
        }
    }

    fn query(kind: Kind, encapsulated: bool, lease: &[u8]) -> Vec<u8> {
        let server = [0, 2, 0, 4, 0, 3, 0, 1];
        let values =
            Values { transaction: 7, identity: [2, 0, 0, 0, 0, 9], server: &server, lease, ..Values::default() };
        let mut out = Vec::new();
        template(kind, &setup(encapsulated)).fill(&values, &mut out);
        out
    }

    #[test]
    fn a_solicit_asks_for_what_is_wanted_and_an_envelope_holds_it_whole() {
        let octets = query(Kind::Initial, true, &[]);
        let packet = Packet::decode(&octets).unwrap();
        assert_eq!(packet.relays[0].options.first(code::SUBSCRIBER_ID), Some(&[0x12, 0x34][..]));
        assert_eq!(packet.relays[0].link_address, "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap());
        let message = packet.message;
        assert_eq!((message.kind, message.transaction), (MessageType::Solicit, 7));
        assert_eq!(message.options.first(code::CLIENT_ID), Some(&[0, 3, 0, 1, 2, 0, 0, 0, 0, 9][..]));
        for (code, there) in [(code::IA_NA, true), (code::IA_PD, true), (code::SERVER_ID, false), (14, false)] {
            assert_eq!(message.options.first(code).is_some(), there, "{code}");
        }
    }

    #[test]
    fn an_answer_is_read_and_the_next_query_repeats_its_leases() {
        let mut ia = Writer::new();
        ia.octets(&ASSOCIATION);
        let address: std::net::Ipv6Addr = "2001:db8::77".parse().unwrap();
        let mut value = address.octets().to_vec();
        value.extend([0, 0, 0, 60, 0, 0, 0, 90]);
        ia.option6(code::IAADDR, &value);
        let mut lease = Writer::new();
        lease.option6(code::IA_NA, ia.as_slice());
        let mut octets = query(Kind::Request, false, lease.as_slice());
        for (number, verdict) in [(2, Verdict::Offer), (7, Verdict::Grant), (3, Verdict::Other)] {
            octets[0] = number;
            let mut reply = Reply::default();
            read(&octets, &mut reply).unwrap();
            assert_eq!((reply.verdict, reply.transaction, reply.identity), (verdict, 7, Some([2, 0, 0, 0, 0, 9])));
            assert_eq!(reply.told[0], Some(Told { resource: Resource::V6(address), valid: 90 }));
            assert_eq!((reply.lease.as_slice(), reply.server.len()), (lease.as_slice(), 8));
        }
    }

    #[test]
    fn a_status_that_is_no_success_is_a_refusal() {
        let mut octets = query(Kind::Renew, false, &[0, 13, 0, 2, 0, 3]);
        octets[0] = 7;
        let mut reply = Reply::default();
        read(&octets, &mut reply).unwrap();
        assert_eq!(reply.verdict, Verdict::Refusal);
        assert!(read(&octets[..octets.len() - 1], &mut reply).is_err());
    }
}
