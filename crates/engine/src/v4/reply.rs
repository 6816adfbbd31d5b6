//! A reply being put together: fixed fields, options, and where it goes.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::Resource;
use wire::v4::message::{BOOTREPLY, FILE, FLAG_BROADCAST, MAGIC_COOKIE, SNAME};
use wire::v4::{Message, MessageType, code, relay};
use wire::write::Writer;

use super::agent;
use super::session::{CLIENT_PORT, SERVER_PORT, Session};
use crate::assemble::{self, Options};
use crate::bind::Given;
use crate::event::Event;
use crate::lifetimes;
use crate::naming::ClientName;

/// A reply being put together.
pub(crate) struct Reply<'a> {
    pub(crate) kind: MessageType,
    flags: u16,
    hops: u8,
    ciaddr: Ipv4Addr,
    pub(super) yiaddr: Ipv4Addr,
    siaddr: Ipv4Addr,
    giaddr: Ipv4Addr,
    sname: &'a str,
    file: &'a str,
    pub(super) options: Options<'a>,
    /// A client of BOOTP knows none of DHCP's own options, and wants at least 300 octets (RFC 1542 §2.1).
    bootp: bool,
}

/// Options that a client of BOOTP does not know.
const NOT_BOOTP: [u16; 11] = [50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 61];
/// Octets a client of BOOTP wants at least.
const BOOTP_SIZE: usize = 300;
/// Octets that most replies fit in.
const USUAL_SIZE: usize = 512;

impl<'a> Reply<'a> {
    /// Begins a reply with what it takes from the query, and with what is said to the client of network boot.
    pub(super) fn new(session: &Session<'a>, kind: MessageType) -> Self {
        let message = session.message;
        let (siaddr, sname, file) = session.boot();
        let keeps_ciaddr = kind == MessageType::Ack;
        let mut reply = Self {
            kind,
            flags: message.flags,
            hops: message.hops,
            ciaddr: if keeps_ciaddr { message.ciaddr } else { Ipv4Addr::UNSPECIFIED },
            yiaddr: Ipv4Addr::UNSPECIFIED,
            siaddr,
            giaddr: message.giaddr,
            sname,
            file,
            options: Options::new(),
            bootp: session.is_bootp(),
        };
        if session.model.settings.echo_client_id && !session.client_id.is_empty() {
            reply.options.add(code::CLIENT_ID, session.client_id.clone());
        }
        if let Some(link) = message.options.value(code::SUBNET_SELECTION) {
            reply.options.add(code::SUBNET_SELECTION, link.get(..4).unwrap_or(&link).to_vec());
        }
        let echoed = agent::echoed(&session.agent);
        if !session.recovered && !echoed.is_empty() {
            reply.options.add(code::RELAY_AGENT, echoed);
        }
        reply
    }

    /// Refuses: the client has to start over.
    pub(super) fn nak(session: &Session<'a>) -> Self {
        let mut reply = Self::new(session, MessageType::Nak);
        (reply.siaddr, reply.sname, reply.file) = (Ipv4Addr::UNSPECIFIED, "", "");
        if !reply.giaddr.is_unspecified() {
            // RFC 2131 §4.3.2: the relay cannot know an address of the client.
            reply.flags |= FLAG_BROADCAST;
        }
        reply.add_own_identifier(session);
        reply
    }

    /// Offers or grants an address.
    pub(super) fn leased(session: &mut Session<'a>, kind: MessageType, given: &Given<'a>) -> Self {
        session.add_classes();
        let mut reply = Self::new(session, kind);
        if let Resource::V4(address) = given.resource {
            reply.yiaddr = address;
        }
        reply.add_name(session);
        let told = session.name.as_ref().and_then(ClientName::host_name);
        if let Some(name) = told.filter(|_| !session.reservations.hostname(session.subnet).is_empty()) {
            let name = name.into();
            session.trace(|| Event::ReservedName { name });
        }
        let valid = given.lifetimes.valid;
        let mask = u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(given.subnet.prefix.length))).unwrap_or(0);
        reply.options.add_four(code::LEASE_TIME, valid.0.to_be_bytes());
        reply.options.add_four(code::SUBNET_MASK, mask.to_be_bytes());
        let (t1, t2) = lifetimes::timers4(&given.subnet.times, given.timed);
        for (code, timer) in [(code::RENEWAL_TIME, t1), (code::REBINDING_TIME, t2)] {
            if let Some(timer) = timer {
                reply.options.add_four(code, timer.to_be_bytes());
            }
        }
        reply.add_options(session);
        reply
    }

    fn add_name(&mut self, session: &Session<'a>) {
        let Some(name) = &session.name else { return };
        let rules = session.rules();
        if let Some(value) = name.option(rules) {
            self.options.add(code::CLIENT_FQDN, value);
        } else if let Some(text) = name.host_name() {
            self.options.add(code::HOST_NAME, text.as_bytes().to_vec());
        }
    }

    /// Adds configured options and the server's identifier.
    pub(super) fn add_options(&mut self, session: &mut Session<'a>) {
        let asked = session.asked();
        assemble::options(session, asked, &mut self.options);
        self.add_identifier(session);
    }

    /// Adds the identifier the client will know the server by, unless one is configured and there.
    pub(super) fn add_identifier(&mut self, session: &Session<'a>) {
        // One that is configured is what everybody gets, and was added with the others.
        if !self.options.has(code::SERVER_ID) {
            self.add_own_identifier(session);
        }
    }

    /// Adds the address that was asked, whatever identifier is configured.
    pub(super) fn add_own_identifier(&mut self, session: &Session<'a>) {
        self.options.add_four(code::SERVER_ID, session.datagram.local.octets());
    }

    /// Answers a client that keeps the address it has: straight to it, if it says where it is.
    pub(super) fn informs(&mut self, session: &Session<'a>) {
        let message = session.message;
        if message.ciaddr.is_unspecified() && !message.giaddr.is_unspecified() {
            self.flags |= FLAG_BROADCAST;
            return;
        }
        self.hops = 0;
        self.giaddr = Ipv4Addr::UNSPECIFIED;
        self.options.remove(code::RELAY_AGENT);
    }

    /// Says where the reply goes.
    pub(super) fn address(&self, session: &Session<'_>) -> SocketAddr {
        let client = |address: Ipv4Addr| SocketAddr::new(IpAddr::V4(address), CLIENT_PORT);
        if !self.giaddr.is_unspecified() {
            let port = match session.agent_option(relay::RELAY_PORT) {
                Some(_) => session.datagram.from.port(),
                None => SERVER_PORT,
            };
            return SocketAddr::new(IpAddr::V4(self.giaddr), port);
        }
        if !session.message.ciaddr.is_unspecified() {
            return client(session.message.ciaddr);
        }
        if self.kind == MessageType::Nak {
            return client(Ipv4Addr::BROADCAST);
        }
        if self.yiaddr.is_unspecified() {
            return SocketAddr::new(session.datagram.from.ip(), CLIENT_PORT);
        }
        if session.message.wants_broadcast() || !session.datagram.raw {
            return client(Ipv4Addr::BROADCAST);
        }
        client(self.yiaddr)
    }

    /// Writes the packet: the message type, the options by ascending code, what goes back to the relay.
    pub(super) fn write(&mut self, query: &Message<'_>) -> Vec<u8> {
        self.options.sort();
        let mut writer = Writer::with_capacity(USUAL_SIZE);
        writer.octets(&[BOOTREPLY, query.htype, query.hlen, self.hops]);
        writer.u32(query.transaction);
        writer.u16(0);
        writer.u16(self.flags);
        for address in [self.ciaddr, self.yiaddr, self.siaddr, self.giaddr] {
            writer.ipv4(address);
        }
        let hardware = query.chaddr.get(..usize::from(query.hlen)).unwrap_or(&query.chaddr);
        writer.octets(hardware);
        writer.zeros(query.chaddr.len().saturating_sub(hardware.len()));
        padded::<SNAME>(&mut writer, self.sname);
        padded::<FILE>(&mut writer, self.file);
        writer.u32(MAGIC_COOKIE);
        if !self.bootp {
            writer.option4(narrow(code::MESSAGE_TYPE), &[self.kind.number()]);
        }
        let last = |code: u16| code == code::RELAY_AGENT;
        for (code, value) in self.options.iter().filter(|(code, _)| !last(*code)) {
            if !(self.bootp && NOT_BOOTP.contains(&code)) {
                writer.option4(narrow(code), value);
            }
        }
        for (code, value) in self.options.iter().filter(|(code, _)| last(*code)) {
            writer.option4(narrow(code), value);
        }
        writer.u8(END);
        if self.bootp {
            writer.zeros(BOOTP_SIZE.saturating_sub(writer.len()));
        }
        writer.finish()
    }
}

/// The end of all options.
const END: u8 = 255;

fn narrow(code: u16) -> u8 {
    u8::try_from(code).unwrap_or_default()
}

fn padded<const N: usize>(writer: &mut Writer, text: &str) {
    let text = text.as_bytes().get(..N).unwrap_or(text.as_bytes());
    writer.octets(text);
    writer.zeros(N.saturating_sub(text.len()));
}
