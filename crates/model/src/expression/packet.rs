//! What an expression sees of a received packet of either protocol.

use std::borrow::Cow;
use std::net::IpAddr;

use wire::option::definition::DHCP4;
use wire::option::{DataType, standard};
use wire::{v4, v6};

use super::{Field, Query};
use crate::{ClassName, Family};

/// What is known of a packet besides its octets.
#[derive(Debug, Clone, Copy)]
pub struct Reception<'a> {
    /// Name of the interface it came in by.
    pub interface: &'a str,
    /// Who sent it.
    pub source: IpAddr,
    /// The address it was sent to.
    pub destination: IpAddr,
    /// Octets of the datagram.
    pub length: usize,
}

/// A DHCPv4 message with the classes it is in so far.
#[derive(Debug, Clone, Copy)]
pub struct Query4<'a> {
    /// The message.
    pub message: &'a v4::Message<'a>,
    /// What its relay said of the client earlier and stands in for option 82.
    pub recovered: Option<&'a [u8]>,
    /// Options of vendors and of private use are looked into, now that the first classes are known.
    pub unpacked: bool,
    /// How it came in.
    pub reception: Reception<'a>,
    /// Its classes.
    pub classes: &'a [ClassName],
}

/// A DHCPv6 packet with the classes it is in so far.
#[derive(Debug, Clone, Copy)]
pub struct Query6<'a> {
    /// The message and its relays.
    pub packet: &'a v6::Packet<'a>,
    /// How it came in.
    pub reception: Reception<'a>,
    /// Its classes.
    pub classes: &'a [ClassName],
}

fn address(octets: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => octets.extend(address.octets()),
        IpAddr::V6(address) => octets.extend(address.octets()),
    }
}

fn number(octets: &mut Vec<u8>, number: u32) {
    octets.extend(number.to_be_bytes());
}

fn contains(classes: &[ClassName], class: &str) -> bool {
    classes.iter().any(|name| name.as_str() == class)
}

impl Reception<'_> {
    /// Appends a property that packets of both protocols have.
    fn field(&self, field: Field, length: usize, octets: &mut Vec<u8>) {
        if field == Field::Interface {
            octets.extend_from_slice(self.interface.as_bytes());
        } else if field == Field::Source {
            address(octets, self.source);
        } else if field == Field::Destination {
            address(octets, self.destination);
        } else if field == Field::Length {
            number(octets, u32::try_from(length).unwrap_or(u32::MAX));
        }
    }
}

impl Query for Query4<'_> {
    fn option(&self, code: u16) -> Option<Cow<'_, [u8]>> {
        let recovered = self.recovered.filter(|_| code == v4::code::RELAY_AGENT);
        let value = recovered.map(Cow::Borrowed).or_else(|| self.message.options.value(code))?;
        let definition = standard::by_code(Family::V4, DHCP4, code);
        let is_text = definition.is_some_and(|definition| definition.kind == DataType::String);
        Some(if is_text { v4::options::text(value) } else { value })
    }

    fn relay_option(&self, _relay: i8, _code: u16) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn field(&self, field: Field, octets: &mut Vec<u8>) {
        let message = self.message;
        match field {
            Field::Mac => {
                let length = usize::from(message.hlen);
                octets.extend_from_slice(message.chaddr.get(..length).unwrap_or(&message.chaddr));
            }
            Field::HardwareLength => number(octets, u32::from(message.hlen)),
            Field::HardwareType => number(octets, u32::from(message.htype)),
            Field::Ciaddr => octets.extend(message.ciaddr.octets()),
            Field::Giaddr => octets.extend(message.giaddr.octets()),
            Field::Yiaddr => octets.extend(message.yiaddr.octets()),
            Field::Siaddr => octets.extend(message.siaddr.octets()),
            Field::MessageType => number(octets, u32::from(message.kind().number())),
            Field::Transaction => number(octets, message.transaction),
            // Kea: without the magic cookie and what follows the options.
            Field::Length => {
                let options = message.options.iter().map(|option| option.value.len().saturating_add(2));
                self.reception.field(field, options.sum::<usize>().saturating_add(v4::message::HEADER), octets);
            }
            Field::Interface | Field::Source | Field::Destination => self.reception.field(field, 0, octets),
            Field::PeerAddress(_) | Field::LinkAddress(_) => {}
        }
    }

    fn is_unpacked(&self) -> bool {
        self.unpacked
    }

    fn is_member(&self, class: &str) -> bool {
        contains(self.classes, class)
    }
}

impl Query6<'_> {
    /// Finds a relay, counted from 0 at the server or from -1 at the client.
    fn relay(&self, relay: i8) -> Option<&v6::Relay<'_>> {
        let from_client = usize::from(relay.unsigned_abs());
        let at = if relay < 0 { self.packet.relays.len().checked_sub(from_client)? } else { from_client };
        self.packet.relays.get(at)
    }
}

impl Query for Query6<'_> {
    fn option(&self, code: u16) -> Option<Cow<'_, [u8]>> {
        self.packet.message.options.first(code).map(Cow::Borrowed)
    }

    fn relay_option(&self, relay: i8, code: u16) -> Option<Cow<'_, [u8]>> {
        self.relay(relay)?.options.first(code).map(Cow::Borrowed)
    }

    fn field(&self, field: Field, octets: &mut Vec<u8>) {
        match field {
            Field::MessageType => number(octets, u32::from(self.packet.message.kind.number())),
            Field::Transaction => number(octets, self.packet.message.transaction),
            Field::PeerAddress(relay) => {
                octets.extend(self.relay(relay).into_iter().flat_map(|relay| relay.peer_address.octets()));
            }
            Field::LinkAddress(relay) => {
                octets.extend(self.relay(relay).into_iter().flat_map(|relay| relay.link_address.octets()));
            }
            Field::Interface | Field::Source | Field::Destination | Field::Length => {
                self.reception.field(field, self.reception.length, octets);
            }
            Field::Mac
            | Field::HardwareLength
            | Field::HardwareType
            | Field::Ciaddr
            | Field::Giaddr
            | Field::Yiaddr
            | Field::Siaddr => {}
        }
    }

    fn is_unpacked(&self) -> bool {
        true
    }

    fn is_member(&self, class: &str) -> bool {
        contains(self.classes, class)
    }
}
