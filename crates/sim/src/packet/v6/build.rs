//! Words to a packet.

use std::net::{Ipv6Addr, SocketAddr};

use wire::Family;
use wire::v6::{MessageType, code};
use wire::write::Writer;

use super::option::by_name;
use crate::packet::shape::{Shape, parse_value};
use crate::packet::words::{parse_number, parse_octets};
use crate::packet::{ALL_SERVERS, CLIENT, RELAY, SERVER, Sent, bad, client_port, end_of, server_port};

/// Builds the packet that `words` describe; `server_id` is what a bare `server-id` stands for.
///
/// # Errors
/// The word that could not be understood, and why.
pub fn build(words: &[String], server_id: &[u8], transaction: u32) -> Result<Sent, String> {
    let mut groups = words.split(|word| word == "via");
    let mut draft = Draft::new(transaction);
    draft.message(groups.next().unwrap_or_default(), server_id)?;
    let mut octets = std::mem::take(&mut draft.octets);
    let relays: Vec<&[String]> = groups.collect();
    for (index, relay) in relays.iter().enumerate() {
        octets = draft.envelope(index, relay, &octets)?;
    }
    let relayed = !relays.is_empty();
    let from = draft.src.unwrap_or(if relayed { RELAY } else { draft.client });
    let to = draft.to.unwrap_or(if relayed { SERVER } else { ALL_SERVERS });
    let port = draft.port.unwrap_or(if relayed { server_port(Family::V6) } else { client_port(Family::V6) });
    let Draft { link, client_id, transaction, .. } = draft;
    let mac = end_of(&link, 1);
    let (from, to) = (SocketAddr::new(from.into(), port), to.into());
    Ok(Sent { octets, link, mac, from, to, client_id, transaction, relayed })
}

struct Draft {
    octets: Vec<u8>,
    link: String,
    client: Ipv6Addr,
    src: Option<Ipv6Addr>,
    to: Option<Ipv6Addr>,
    port: Option<u16>,
    client_id: Option<Vec<u8>>,
    transaction: u32,
}

/// An association or an address of one that is still being filled.
struct Open {
    code: u16,
    fixed: Vec<u8>,
    options: Vec<u8>,
}

impl Open {
    fn close(self, into: &mut Vec<u8>) {
        put_option(into, self.code, &[self.fixed, self.options].concat());
    }

    fn set(&mut self, at: usize, number: u32) {
        if let Some(place) = self.fixed.get_mut(at..at.saturating_add(4)) {
            place.copy_from_slice(&number.to_be_bytes());
        }
    }
}

fn put_option(into: &mut Vec<u8>, code: u16, value: &[u8]) {
    let mut writer = Writer::new();
    writer.option6(code, value);
    into.extend_from_slice(writer.as_slice());
}

impl Draft {
    fn new(transaction: u32) -> Self {
        Self {
            octets: Vec::new(),
            link: "lan0".to_owned(),
            client: CLIENT,
            src: None,
            to: None,
            port: None,
            client_id: None,
            transaction,
        }
    }

    fn message(&mut self, words: &[String], server_id: &[u8]) -> Result<(), String> {
        let mut words = words.iter();
        let first = words.next().ok_or("a message type is missing")?;
        if let Some(raw) = first.strip_prefix("raw=") {
            self.octets = parse_octets(raw).ok_or_else(|| bad(first))?;
            return words.try_for_each(|word| self.delivery(word).map(drop));
        }
        let kind = match first.strip_prefix("type=") {
            Some(number) => number.parse().ok().ok_or_else(|| bad(first))?,
            None => MessageType::from_name(&first.replace('-', "_")).ok_or_else(|| bad(first))?.number(),
        };
        let mut body = Body { options: Vec::new(), open: Vec::new() };
        let mut trailing = Vec::new();
        while let Some(word) = words.next() {
            if word == "from" {
                self.from(words.next().ok_or("from whom?")?, &mut body)?;
            } else if word == "server-id" {
                body.close(0);
                put_option(&mut body.options, code::SERVER_ID, server_id);
            } else if let Some(hex) = word.strip_prefix("trailing=") {
                trailing = parse_octets(hex).ok_or_else(|| bad(word))?;
            } else if !self.delivery(word)? {
                body.word(word)?;
            }
        }
        body.close(0);
        let mut writer = Writer::new();
        writer.u8(kind);
        writer.u24(self.transaction);
        writer.octets(&body.options);
        writer.octets(&trailing);
        self.octets = writer.finish();
        Ok(())
    }

    /// Takes a word about how the packet travels; `false` if it is about something else.
    fn delivery(&mut self, word: &str) -> Result<bool, String> {
        let Some((name, value)) = word.split_once('=') else {
            return Ok(false);
        };
        match name {
            "to" => {
                self.to = Some(match value {
                    "unicast" => SERVER,
                    "multicast" => ALL_SERVERS,
                    address => address.parse().ok().ok_or_else(|| bad(word))?,
                });
            }
            "on" => value.clone_into(&mut self.link),
            "src" => self.src = Some(value.parse().ok().ok_or_else(|| bad(word))?),
            "port" => self.port = Some(value.parse().ok().ok_or_else(|| bad(word))?),
            "xid" => self.transaction = parse_number(value).ok_or_else(|| bad(word))?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn from(&mut self, word: &str, body: &mut Body) -> Result<(), String> {
        let duid = if let Some(hex) = word.strip_prefix("duid=") {
            parse_octets(hex).ok_or_else(|| bad(word))?
        } else {
            let mac = parse_octets(word).filter(|mac| mac.len() == 6).ok_or_else(|| bad(word))?;
            self.client = link_local(&mac);
            [&[0, 3, 0, 1], &mac[..]].concat()
        };
        put_option(&mut body.options, code::CLIENT_ID, &duid);
        self.client_id = Some(duid);
        Ok(())
    }

    fn envelope(&mut self, index: usize, words: &[String], inner: &[u8]) -> Result<Vec<u8>, String> {
        let mut hop_count = u8::try_from(index).ok().ok_or("too many relays")?;
        let mut link_address = Ipv6Addr::UNSPECIFIED;
        let mut peer_address = if index == 0 { self.client } else { RELAY };
        let mut options = Vec::new();
        let mut kind = 12;
        for word in words.iter().skip(1) {
            match word.split_once('=') {
                Some(("link", value)) => link_address = value.parse().ok().ok_or_else(|| bad(word))?,
                Some(("peer", value)) => peer_address = value.parse().ok().ok_or_else(|| bad(word))?,
                Some(("hop-count", value)) => hop_count = value.parse().ok().ok_or_else(|| bad(word))?,
                Some(("relay-type", value)) => kind = value.parse().ok().ok_or_else(|| bad(word))?,
                _ if self.delivery(word)? => {}
                _ => put_named(&mut options, word)?,
            }
        }
        let mut writer = Writer::new();
        writer.u8(kind);
        writer.u8(hop_count);
        writer.ipv6(link_address);
        writer.ipv6(peer_address);
        writer.octets(&options);
        writer.option6(code::RELAY_MSG, inner);
        Ok(writer.finish())
    }
}

/// The options of a message, with the association and the address that are open.
struct Body {
    options: Vec<u8>,
    open: Vec<Open>,
}

impl Body {
    /// Closes everything deeper than `depth`.
    fn close(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(done) = self.open.pop() {
                let into = self.open.last_mut().map_or(&mut self.options, |outer| &mut outer.options);
                done.close(into);
            }
        }
    }

    fn word(&mut self, word: &str) -> Result<(), String> {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "ia-na" => self.association(code::IA_NA, 12, value).ok_or_else(|| bad(word)),
            "ia-pd" => self.association(code::IA_PD, 12, value).ok_or_else(|| bad(word)),
            "ia-ta" => self.association(code::IA_TA, 4, value).ok_or_else(|| bad(word)),
            "t1" => self.number(1, 4, value).ok_or_else(|| bad(word)),
            "t2" => self.number(1, 8, value).ok_or_else(|| bad(word)),
            "address" => self.address(value).ok_or_else(|| bad(word)),
            "prefix" => self.prefix(value).ok_or_else(|| bad(word)),
            "preferred" | "valid" => self.lifetime(name, value).ok_or_else(|| bad(word)),
            "exclude" => self.exclude(value).ok_or_else(|| bad(word)),
            _ => self.option(name, value, word),
        }
    }

    fn association(&mut self, code: u16, size: usize, value: &str) -> Option<()> {
        self.close(0);
        let mut open = Open { code, fixed: vec![0; size], options: Vec::new() };
        open.set(0, parse_number(value)?);
        self.open.push(open);
        Some(())
    }

    fn number(&mut self, depth: usize, at: usize, value: &str) -> Option<()> {
        self.close(depth);
        self.open.get_mut(depth.checked_sub(1)?)?.set(at, parse_number(value)?);
        Some(())
    }

    /// Opens an address: inside the open association, or at top level if there is none.
    fn address(&mut self, value: &str) -> Option<()> {
        self.close(1);
        let address: Ipv6Addr = value.parse().ok()?;
        self.open.push(Open {
            code: code::IAADDR,
            fixed: [&address.octets()[..], &[0; 8]].concat(),
            options: Vec::new(),
        });
        Some(())
    }

    fn prefix(&mut self, value: &str) -> Option<()> {
        self.close(1);
        let (address, length) = value.split_once('/')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let fixed = [&[0; 8], &[length.parse::<u8>().ok()?][..], &address.octets()].concat();
        self.open.push(Open { code: code::IAPREFIX, fixed, options: Vec::new() });
        Some(())
    }

    fn lifetime(&mut self, name: &str, value: &str) -> Option<()> {
        let open = self.open.last_mut()?;
        let start = if open.code == code::IAADDR { 16 } else { 0 };
        open.set(if name == "valid" { start + 4 } else { start }, parse_number(value)?);
        Some(())
    }

    fn exclude(&mut self, value: &str) -> Option<()> {
        let open = self.open.last_mut().filter(|open| open.code == code::IAPREFIX)?;
        let delegated = *open.fixed.get(8)?;
        let (address, length) = value.split_once('/')?;
        let length: u8 = length.parse().ok()?;
        let octets = exclude_value(delegated, address.parse().ok()?, length)?;
        put_option(&mut open.options, code::PD_EXCLUDE, &octets);
        Some(())
    }

    fn option(&mut self, name: &str, value: &str, word: &str) -> Result<(), String> {
        let inside = |name: &str, prefix: &str| name.strip_prefix(prefix).map(str::to_owned);
        let (depth, name) = match (inside(name, "ia-option-"), inside(name, "address-option-")) {
            (Some(code), _) => (1, format!("option-{code}")),
            (_, Some(code)) => (2, format!("option-{code}")),
            _ if name == "status" => (1, "message-status".to_owned()),
            _ if name == "address-status" => (2, "message-status".to_owned()),
            _ => (0, name.to_owned()),
        };
        let depth = if depth == 2 { self.open.len() } else { depth };
        if depth > self.open.len() {
            return Err(format!("{word} stands outside an association"));
        }
        self.close(depth);
        let into = self.open.last_mut().map_or(&mut self.options, |outer| &mut outer.options);
        let (code, shape) = by_name(&name).ok_or_else(|| bad(word))?;
        put_option(into, code, &parse_value(shape, value).ok_or_else(|| bad(word))?);
        Ok(())
    }
}

/// Writes the value of an excluded-prefix option (RFC 6603 §4.2): its length and the bits after the delegated prefix.
pub fn exclude_value(delegated: u8, prefix: Ipv6Addr, length: u8) -> Option<Vec<u8>> {
    let bits = u32::from(length.checked_sub(delegated).filter(|bits| *bits > 0 && length <= 128)?);
    let shifted = prefix.to_bits().checked_shl(delegated.into())?;
    let octets = usize::try_from(bits.div_ceil(8)).ok()?;
    Some([&[length], shifted.to_be_bytes().get(..octets)?].concat())
}

fn put_named(into: &mut Vec<u8>, word: &str) -> Result<(), String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let (code, shape): (u16, Shape) = by_name(name).ok_or_else(|| bad(word))?;
    put_option(into, code, &parse_value(shape, value).ok_or_else(|| bad(word))?);
    Ok(())
}

/// Makes the link-local address of an Ethernet address (EUI-64).
pub fn link_local(mac: &[u8]) -> Ipv6Addr {
    let bits = mac.iter().fold(0_u128, |bits, octet| bits << 8 | u128::from(*octet));
    let (high, low) = (bits >> 24, bits & 0x00ff_ffff);
    Ipv6Addr::from_bits(0xfe80 << 112 | (high ^ 0x0002_0000) << 40 | 0xff_fe00_0000 | low)
}
