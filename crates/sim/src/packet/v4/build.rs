//! Words to a packet.

use std::net::{Ipv4Addr, SocketAddr};

use wire::Family;
use wire::write::Writer;

use super::option::{agent_by_name, by_name};
use crate::packet::shape::{Shape, parse_value};
use crate::packet::words::{parse_number, parse_octets};
use crate::packet::{Sent, bad, client_port, end_of, server_port, server4};

/// Message types by number, from 1.
pub const TYPES: [&str; 18] = [
    "DISCOVER",
    "OFFER",
    "REQUEST",
    "DECLINE",
    "ACK",
    "NAK",
    "RELEASE",
    "INFORM",
    "FORCERENEW",
    "LEASEQUERY",
    "LEASEUNASSIGNED",
    "LEASEUNKNOWN",
    "LEASEACTIVE",
    "BULKLEASEQUERY",
    "LEASEQUERYDONE",
    "ACTIVELEASEQUERY",
    "LEASEQUERYSTATUS",
    "TLS",
];

/// The cookie before the options (RFC 2131 §3).
pub const MAGIC: [u8; 4] = [99, 130, 83, 99];

const MESSAGE_TYPE: u16 = 53;
const SERVER_ID: u16 = 54;
const CLIENT_ID: u16 = 61;
const AGENT_OPTIONS: u16 = 82;
const END: u8 = 255;

/// Builds the packet that `words` describe.
///
/// # Errors
/// The word that could not be understood, and why.
pub fn build(words: &[String], transaction: u32) -> Result<Sent, String> {
    let link = words.iter().find_map(|word| word.strip_prefix("on=")).unwrap_or("lan0");
    let mut groups = words.split(|word| word == "via");
    let mut draft = Draft::new(link, transaction);
    draft.message(groups.next().unwrap_or_default())?;
    for relay in groups {
        draft.relay(relay)?;
    }
    draft.finish()
}

struct Draft {
    link: String,
    mac: Option<[u8; 6]>,
    src: Option<Ipv4Addr>,
    port: Option<u16>,
    to: Option<Ipv4Addr>,
    header: Header,
    options: Vec<u8>,
    agent: Vec<u8>,
    client_id: Option<Vec<u8>>,
    relayed: bool,
    raw: Option<Vec<u8>>,
    end: bool,
    trailing: Vec<u8>,
    cut: usize,
}

/// The fields before the options.
struct Header {
    op: u8,
    htype: u8,
    hlen: Option<u8>,
    hops: u8,
    transaction: u32,
    secs: u16,
    flags: u16,
    /// ciaddr, yiaddr, siaddr, giaddr.
    addresses: [Ipv4Addr; 4],
    chaddr: Vec<u8>,
    sname: Vec<u8>,
    file: Vec<u8>,
    magic: Vec<u8>,
}

impl Draft {
    fn new(link: &str, transaction: u32) -> Self {
        Self {
            link: link.to_owned(),
            mac: None,
            src: None,
            port: None,
            to: None,
            header: Header {
                op: 1,
                htype: 1,
                hlen: None,
                hops: 0,
                transaction,
                secs: 0,
                flags: 0,
                addresses: [Ipv4Addr::UNSPECIFIED; 4],
                chaddr: Vec::new(),
                sname: Vec::new(),
                file: Vec::new(),
                magic: MAGIC.to_vec(),
            },
            options: Vec::new(),
            agent: Vec::new(),
            client_id: None,
            relayed: false,
            raw: None,
            end: true,
            trailing: Vec::new(),
            cut: usize::MAX,
        }
    }

    fn message(&mut self, words: &[String]) -> Result<(), String> {
        let mut words = words.iter();
        let first = words.next().ok_or("a message type is missing")?;
        if let Some(raw) = first.strip_prefix("raw=") {
            self.raw = Some(parse_octets(raw).ok_or_else(|| bad(first))?);
        } else if first != "BOOTP" {
            let kind = match first.strip_prefix("type=") {
                Some(octets) => parse_octets(octets),
                None => {
                    TYPES.iter().position(|name| name == first).and_then(|at| Some(vec![u8::try_from(at + 1).ok()?]))
                }
            };
            put_option(&mut self.options, MESSAGE_TYPE, &kind.ok_or_else(|| bad(first))?)?;
        }
        while let Some(word) = words.next() {
            if word == "from" {
                let mac = words.next().ok_or("from whom?")?;
                self.header.chaddr = parse_octets(mac).ok_or_else(|| bad(mac))?;
            } else {
                self.word(word)?;
            }
        }
        Ok(())
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        if self.delivery(name, value).ok_or_else(|| bad(word))?
            || self.header.set(name, value).ok_or_else(|| bad(word))?
        {
            return Ok(());
        }
        if word == "server-id" {
            return put_option(&mut self.options, SERVER_ID, &server4(&self.link).octets());
        }
        let (code, value) = parse_named(by_name(name), value).ok_or_else(|| bad(word))?;
        if code == CLIENT_ID {
            self.client_id = Some(value.clone());
        }
        put_option(&mut self.options, code, &value)
    }

    /// Takes a word about how the packet travels or is broken; `Some(false)` if it is about something else.
    fn delivery(&mut self, name: &str, value: &str) -> Option<bool> {
        match name {
            "to" => {
                self.to = Some(match value {
                    "unicast" => server4(&self.link),
                    "broadcast" => Ipv4Addr::BROADCAST,
                    address => address.parse().ok()?,
                });
            }
            // Read before all other words.
            "on" => {}
            "mac" => self.mac = Some(parse_octets(value)?.try_into().ok()?),
            "src" => self.src = Some(value.parse().ok()?),
            "port" => self.port = Some(value.parse().ok()?),
            "options" => self.options.extend(parse_octets(value)?),
            "no-end" => self.end = false,
            "trailing" => self.trailing = parse_octets(value)?,
            "cut" => self.cut = value.parse().ok()?,
            _ => return Some(false),
        }
        Some(true)
    }

    /// Takes the words after `via`: the hop, and the sub-options of its option 82.
    fn relay(&mut self, words: &[String]) -> Result<(), String> {
        self.relayed = true;
        self.header.hops = self.header.hops.saturating_add(1);
        for word in words.iter().skip(1) {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            if let Some(found) = agent_by_name(name) {
                let (code, value) = parse_named(Some(found), value).ok_or_else(|| bad(word))?;
                put_option(&mut self.agent, code, &value)?;
            } else {
                self.word(word)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Sent, String> {
        if !self.agent.is_empty() {
            put_option(&mut self.options, AGENT_OPTIONS, &self.agent)?;
        }
        if self.end {
            self.options.push(END);
        }
        let [ciaddr, _, _, giaddr] = self.header.addresses;
        let mut octets = match self.raw {
            Some(raw) => raw,
            None => [self.header.write(), self.options, self.trailing].concat(),
        };
        octets.truncate(self.cut);
        let family = Family::V4;
        let (from, to, port) = if self.relayed {
            (giaddr, server4(&self.link), server_port(family))
        } else {
            (ciaddr, Ipv4Addr::BROADCAST, client_port(family))
        };
        let from = SocketAddr::new(self.src.unwrap_or(from).into(), self.port.unwrap_or(port));
        let own = if self.relayed { None } else { self.header.chaddr.as_array().copied() };
        let mac = self.mac.or(own).unwrap_or(end_of(&self.link, 1));
        Ok(Sent {
            octets,
            link: self.link,
            mac,
            from,
            to: self.to.unwrap_or(to).into(),
            client_id: self.client_id,
            transaction: self.header.transaction,
            relayed: self.relayed,
        })
    }
}

impl Header {
    /// Takes a word about a field; `Some(false)` if it is about something else.
    fn set(&mut self, name: &str, value: &str) -> Option<bool> {
        let number = || parse_number(value);
        let [ciaddr, yiaddr, siaddr, giaddr] = &mut self.addresses;
        match name {
            "op" => self.op = number()?.try_into().ok()?,
            "htype" => self.htype = number()?.try_into().ok()?,
            "hlen" => self.hlen = Some(number()?.try_into().ok()?),
            "hops" => self.hops = number()?.try_into().ok()?,
            "xid" => self.transaction = number()?,
            "secs" => self.secs = number()?.try_into().ok()?,
            "flags" if value == "broadcast" => self.flags = BROADCAST,
            "flags" => self.flags = number()?.try_into().ok()?,
            "ciaddr" => *ciaddr = value.parse().ok()?,
            "yiaddr" => *yiaddr = value.parse().ok()?,
            "siaddr" => *siaddr = value.parse().ok()?,
            "giaddr" => *giaddr = value.parse().ok()?,
            "chaddr" => self.chaddr = parse_octets(value)?,
            "sname" => self.sname = parse_octets(value)?,
            "file" => self.file = parse_octets(value)?,
            "magic" => self.magic = parse_octets(value)?,
            _ => return Some(false),
        }
        Some(true)
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        let hlen = self.hlen.unwrap_or_else(|| u8::try_from(self.chaddr.len()).unwrap_or(u8::MAX));
        writer.octets(&[self.op, self.htype, hlen, self.hops]);
        writer.u32(self.transaction);
        writer.u16(self.secs);
        writer.u16(self.flags);
        self.addresses.iter().for_each(|address| writer.ipv4(*address));
        for (field, size) in [(&self.chaddr, 16), (&self.sname, 64), (&self.file, 128)] {
            let mut field = field.clone();
            field.resize(size, 0);
            writer.octets(&field);
        }
        writer.octets(&self.magic);
        writer.finish()
    }
}

/// The flag of clients that cannot hear unicast before they have an address.
pub const BROADCAST: u16 = 0x8000;

fn parse_named(found: Option<(u16, Shape)>, value: &str) -> Option<(u16, Vec<u8>)> {
    let (code, shape) = found?;
    Some((code, parse_value(shape, value)?))
}

fn put_option(into: &mut Vec<u8>, code: u16, value: &[u8]) -> Result<(), String> {
    let code = u8::try_from(code).map_err(|_too_large| format!("there is no option {code} in DHCPv4"))?;
    let length =
        u8::try_from(value.len()).map_err(|_too_long| format!("{} octets in one option {code}", value.len()))?;
    into.extend([code, length]);
    into.extend_from_slice(value);
    Ok(())
}
