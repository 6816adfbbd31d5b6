//! A packet to words.

use std::net::Ipv6Addr;

use wire::Family;
use wire::v6::{Ia, IaAddress, IaPrefix, MessageType, Options, Packet, RawOption, Relay, code};

use super::build::exclude_value;
use super::option::show;
use crate::packet::shape::{Shape, show_value};
use crate::packet::words::show_octets;
use crate::packet::{Heard, Sent};

/// Writes what the server answered to `sent`, word by word, every option in its place.
pub fn reply(heard: &Heard, sent: &Sent, server_id: &[u8]) -> Vec<String> {
    let Ok(packet) = Packet::decode(&heard.octets) else {
        return vec![format!("raw={}", show_octets(&heard.octets))];
    };
    let message = &packet.message;
    let mut words = vec![name(message.kind)];
    if message.transaction != sent.transaction {
        words.push(format!("xid={:#x}", message.transaction));
    }
    words.extend(heard.delivery.iter().cloned());
    for option in message.options.iter() {
        match option {
            RawOption { code: code::CLIENT_ID, value } if sent.client_id.as_deref() == Some(value) => {
                words.push("client-id".to_owned());
            }
            RawOption { code: code::SERVER_ID, value } if value == server_id => words.push("server-id".to_owned()),
            _ => top_level(option, &mut words),
        }
    }
    for relay in packet.from_client() {
        envelope(relay, &mut words);
    }
    words
}

/// Writes any packet word by word.
pub fn packet(octets: &[u8]) -> Vec<String> {
    reply(&Heard { octets: octets.to_vec(), delivery: Vec::new() }, &Sent::empty(Family::V6), &[])
}

fn name(kind: MessageType) -> String {
    if let MessageType::Other(number) = kind { format!("type={number}") } else { kind.name().replace('_', "-") }
}

fn top_level(option: RawOption<'_>, words: &mut Vec<String>) {
    let fits = match option.code {
        code::IA_NA => Ia::decode(option.value).ok().map(|ia| association("ia-na", &ia)),
        code::IA_PD => Ia::decode(option.value).ok().map(|ia| association("ia-pd", &ia)),
        code::IAADDR => IaAddress::decode(option.value).ok().map(|address| self::address(&address)),
        _ => None,
    };
    match fits {
        Some(more) => words.extend(more),
        None => words.push(show(option.code, option.value)),
    }
}

fn association(name: &str, ia: &Ia<'_>) -> Vec<String> {
    let mut words = vec![format!("{name}={}", ia.iaid), format!("t1={}", ia.t1), format!("t2={}", ia.t2)];
    for option in ia.options.iter() {
        let fits = match option.code {
            code::IAADDR => IaAddress::decode(option.value).ok().map(|found| address(&found)),
            code::IAPREFIX => IaPrefix::decode(option.value).ok().map(|found| prefix(&found)),
            code::STATUS_CODE => show_value(Shape::Status, option.value).map(|text| vec![format!("status={text}")]),
            _ => None,
        };
        match fits {
            Some(more) => words.extend(more),
            None => words.push(format!("ia-option-{}={}", option.code, show_octets(option.value))),
        }
    }
    words
}

fn address(found: &IaAddress<'_>) -> Vec<String> {
    let mut words = vec![
        format!("address={}", found.address),
        format!("preferred={}", found.preferred),
        format!("valid={}", found.valid),
    ];
    inner(&found.options, None, &mut words);
    words
}

fn prefix(found: &IaPrefix<'_>) -> Vec<String> {
    let mut words = vec![
        format!("prefix={}/{}", found.prefix, found.length),
        format!("preferred={}", found.preferred),
        format!("valid={}", found.valid),
    ];
    inner(&found.options, Some((found.prefix, found.length)), &mut words);
    words
}

fn inner(options: &Options<'_>, delegated: Option<(Ipv6Addr, u8)>, words: &mut Vec<String>) {
    for option in options.iter() {
        let fits = match option.code {
            code::STATUS_CODE => show_value(Shape::Status, option.value).map(|text| format!("address-status={text}")),
            code::PD_EXCLUDE => delegated.and_then(|(prefix, length)| exclude(prefix, length, option.value)),
            _ => None,
        };
        words.push(fits.unwrap_or_else(|| format!("address-option-{}={}", option.code, show_octets(option.value))));
    }
}

fn exclude(delegated: Ipv6Addr, delegated_length: u8, value: &[u8]) -> Option<String> {
    let (length, rest) = value.split_first()?;
    let mut octets = [0; 16];
    octets.get_mut(..rest.len())?.copy_from_slice(rest);
    let bits = u128::from_be_bytes(octets).checked_shr(delegated_length.into())?;
    let prefix = Ipv6Addr::from_bits(delegated.to_bits() | bits);
    (exclude_value(delegated_length, prefix, *length)? == value).then(|| format!("exclude={prefix}/{length}"))
}

fn envelope(relay: &Relay<'_>, words: &mut Vec<String>) {
    words.extend(["via".to_owned(), "relay".to_owned()]);
    if relay.kind != MessageType::RelayReply {
        words.push(format!("relay-type={}", relay.kind.number()));
    }
    words.push(format!("hop-count={}", relay.hop_count));
    words.push(format!("link={}", relay.link_address));
    words.push(format!("peer={}", relay.peer_address));
    for option in relay.options.iter().filter(|option| option.code != code::RELAY_MSG) {
        words.push(show(option.code, option.value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::build;
    use super::*;
    use crate::packet::words;

    fn there_and_back(text: &str) -> String {
        let sent = build::build(&words::split(text), &[9, 9, 9], 7).unwrap();
        reply(&Heard { octets: sent.octets.clone(), delivery: Vec::new() }, &sent, &[9, 9, 9]).join(" ")
    }

    #[test]
    fn a_message_reads_as_it_was_written() {
        let text = "REPLY client-id server-id \
                    ia-na=1 t1=10 t2=20 address=2001:db8::1 preferred=30 valid=40 status=Success:\"fine thanks\" \
                    dns-servers=2001:db8::53 \
                    ia-pd=2 t1=0 t2=0 prefix=2001:db8:0:100::/56 preferred=1 valid=2 exclude=2001:db8:0:1ff::/64 \
                    via relay relay-type=12 hop-count=0 link=2001:db8::1 peer=fe80::1 interface-id=\"eth0\" \
                    via relay relay-type=12 hop-count=1 link=:: peer=2001:db8:ffff::2";
        let sent = text.replacen("client-id", "from duid=00:01:02", 1);
        assert_eq!(there_and_back(&sent), text);
    }

    #[test]
    fn a_client_named_by_its_ethernet_address_sends_from_the_address_made_of_it() {
        let sent = build::build(&words::split("SOLICIT from 02:00:00:00:00:05"), &[], 1).unwrap();
        assert_eq!(sent.from.ip().to_string(), "fe80::ff:fe00:5");
        assert_eq!(sent.client_id.unwrap(), [0, 3, 0, 1, 2, 0, 0, 0, 0, 5]);
    }
}
