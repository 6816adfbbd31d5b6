//! A packet to words.

use std::net::Ipv4Addr;

use wire::DecodeError;
use wire::read::Reader;

use super::build::{BROADCAST, MAGIC, TYPES};
use super::option::show;
use crate::packet::words::{show_hex, show_octets};
use crate::packet::{Heard, Sent, server4};

const PAD: u8 = 0;
const MESSAGE_TYPE: u8 = 53;
const SERVER_ID: u8 = 54;
const CLIENT_ID: u8 = 61;
const END: u8 = 255;

/// Writes what the server answered to `sent`, word by word, every option in its place.
pub fn reply(heard: &Heard, sent: &Sent) -> Vec<String> {
    let Ok((header, options)) = split(&heard.octets) else {
        return vec![format!("raw={}", show_octets(&heard.octets))];
    };
    let query = split(&sent.octets).ok().map(|(query, _)| query);
    let (kind, rest) = kind(options);
    let mut words = vec![kind];
    words.extend(heard.delivery.iter().cloned());
    fields(&header, query.as_ref(), sent, &mut words);
    walk(rest, sent, &mut words);
    words
}

/// The fields before the options, as octets.
struct Header<'a> {
    op: u8,
    hops: u8,
    transaction: u32,
    secs: u16,
    flags: u16,
    addresses: [Ipv4Addr; 4],
    /// htype and hlen.
    hardware: [u8; 2],
    chaddr: &'a [u8],
    sname: &'a [u8],
    file: &'a [u8],
    magic: &'a [u8],
}

fn split(octets: &[u8]) -> Result<(Header<'_>, &[u8]), DecodeError> {
    let mut reader = Reader::new(octets);
    let (op, htype, hlen) = (reader.u8("op")?, reader.u8("htype")?, reader.u8("hlen")?);
    let header = Header {
        op,
        hops: reader.u8("hops")?,
        transaction: reader.u32("xid")?,
        secs: reader.u16("secs")?,
        flags: reader.u16("flags")?,
        addresses: [reader.ipv4("ciaddr")?, reader.ipv4("yiaddr")?, reader.ipv4("siaddr")?, reader.ipv4("giaddr")?],
        hardware: [htype, hlen],
        chaddr: reader.octets("chaddr", 16)?,
        sname: reader.octets("sname", 64)?,
        file: reader.octets("file", 128)?,
        magic: reader.octets("magic", 4)?,
    };
    Ok((header, octets.get(240..).unwrap_or_default()))
}

/// Takes the message type if it stands where it should, first.
fn kind(options: &[u8]) -> (String, &[u8]) {
    match options {
        [MESSAGE_TYPE, 1, kind, rest @ ..] => {
            let name = usize::from(*kind).checked_sub(1).and_then(|at| TYPES.get(at));
            (name.map_or_else(|| format!("type={kind:#04x}"), |name| (*name).to_owned()), rest)
        }
        _ => ("BOOTP".to_owned(), options),
    }
}

fn fields(header: &Header<'_>, query: Option<&Header<'_>>, sent: &Sent, words: &mut Vec<String>) {
    let [htype, hlen] = header.hardware;
    let same = |same: fn(&Header<'_>, &Header<'_>) -> bool| query.is_some_and(|query| same(header, query));
    let flags = if header.flags == BROADCAST { "broadcast".to_owned() } else { format!("{:#x}", header.flags) };
    let text = |field: &[u8]| {
        let end = field.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
        show_octets(field.get(..end).unwrap_or_default())
    };
    let all = [
        (header.op != 2, format!("op={}", header.op)),
        (!same(|a, b| a.hardware[0] == b.hardware[0]), format!("htype={htype}")),
        (!same(|a, b| a.hardware[1] == b.hardware[1]), format!("hlen={hlen}")),
        (header.hops != 0, format!("hops={}", header.hops)),
        (header.transaction != sent.transaction, format!("xid={:#x}", header.transaction)),
        (header.secs != 0, format!("secs={}", header.secs)),
        (header.flags != 0, format!("flags={flags}")),
    ];
    words.extend(all.into_iter().filter(|(there, _)| *there).map(|(_, word)| word));
    for (name, address) in ["ciaddr", "yiaddr", "siaddr", "giaddr"].iter().zip(header.addresses) {
        if !address.is_unspecified() {
            words.push(format!("{name}={address}"));
        }
    }
    let all = [
        (!same(|a, b| a.chaddr == b.chaddr), format!("chaddr={}", show_hex(header.chaddr))),
        (header.sname.iter().any(|octet| *octet != 0), format!("sname={}", text(header.sname))),
        (header.file.iter().any(|octet| *octet != 0), format!("file={}", text(header.file))),
        (header.magic != MAGIC, format!("magic={}", show_octets(header.magic))),
    ];
    words.extend(all.into_iter().filter(|(there, _)| *there).map(|(_, word)| word));
}

fn walk(options: &[u8], sent: &Sent, words: &mut Vec<String>) {
    let server = server4(&sent.link).octets();
    let mut rest = options;
    loop {
        rest = match rest {
            [] => return words.push("no-end".to_owned()),
            [END, trailing @ ..] => {
                if trailing.iter().any(|octet| *octet != PAD) {
                    words.push(format!("trailing={}", show_octets(trailing)));
                } else if !trailing.is_empty() {
                    words.push(format!("padding={}", trailing.len()));
                }
                return;
            }
            [PAD, tail @ ..] => {
                words.push("pad".to_owned());
                tail
            }
            [code, length, tail @ ..] if tail.len() >= usize::from(*length) => {
                let (value, tail) = tail.split_at_checked(usize::from(*length)).unwrap_or_default();
                words.push(match *code {
                    CLIENT_ID if sent.client_id.as_deref() == Some(value) => "client-id".to_owned(),
                    SERVER_ID if value == server => "server-id".to_owned(),
                    code => show(code.into(), value),
                });
                tail
            }
            broken => return words.push(format!("options={}", show_octets(broken))),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::build;
    use super::*;
    use crate::packet::words;

    fn there_and_back(text: &str) -> String {
        let sent = build::build(&words::split(text), 7).unwrap();
        reply(&Heard { octets: sent.octets.clone(), delivery: Vec::new() }, &sent).join(" ")
    }

    #[test]
    fn a_message_reads_as_it_was_written() {
        for text in [
            "OFFER op=1 flags=broadcast yiaddr=192.0.2.10 siaddr=192.0.2.2 subnet-mask=255.255.255.0 routers=192.0.2.1 \
             lease-time=7200 server-id client-id=0x010203",
            "type=0x21 op=1 secs=9 ciaddr=192.0.2.9 sname=\"boot\" file=\"/x y\" option-250=0x01 no-end",
            "BOOTP op=1 server-id=192.0.2.9 host-name=\"a b\" trailing=0x0001",
            "ACK op=1 pad pad option-224=\"xy\" options=0x0105",
        ] {
            let sent = text.replace("op=1", "from 02:00:00:00:00:01").replace("pad pad", "options=0x0000");
            let sent = sent.replace("options=0x0105", "options=0x0105 no-end");
            assert_eq!(there_and_back(&sent), text.replace("client-id=0x010203", "client-id"));
        }
    }

    #[test]
    fn a_relay_makes_a_hop_and_a_last_option() {
        let text =
            "DISCOVER from 02:00:00:00:00:01 via relay giaddr=10.0.0.1 circuit-id=\"eth0\" link-selection=10.1.0.0";
        let expected = "DISCOVER op=1 hops=1 giaddr=10.0.0.1 dhcp-agent-options=1=\"eth0\",5=0x0a010000";
        assert_eq!(there_and_back(text), expected);
        let sent = build::build(&words::split(text), 7).unwrap();
        assert_eq!((sent.from.to_string(), sent.to.to_string()), ("10.0.0.1:67".to_owned(), "192.0.2.1".to_owned()));
    }

    #[test]
    fn a_client_without_an_address_sends_to_everybody() {
        let sent =
            build::build(&words::split("REQUEST from 02:00:00:00:00:05 requested-address=192.0.2.10"), 1).unwrap();
        assert_eq!(sent.from.to_string(), "0.0.0.0:68");
        assert_eq!(sent.mac, [2, 0, 0, 0, 0, 5]);
    }
}
