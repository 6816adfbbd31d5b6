//! Relay encapsulation (RFC 8415 §9): a packet is its relays, outermost first, and the message inside.

use std::net::Ipv6Addr;

use super::{Message, MessageType, Options, code};
use crate::DecodeError;
use crate::read::Reader;

/// How many relays a packet may have passed.
///
/// Kea: 32, where RFC 8415 §7.6 has relays stop forwarding at a hop count of 8.
pub const HOP_LIMIT: usize = 32;

/// One relay's envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relay<'a> {
    /// [`MessageType::RelayForward`] or [`MessageType::RelayReply`].
    pub kind: MessageType,
    /// Relays that handled the packet before this one.
    pub hop_count: u8,
    /// An address on the client's link, or `::`.
    pub link_address: Ipv6Addr,
    /// The client or relay this relay heard the message from.
    pub peer_address: Ipv6Addr,
    /// The relay's own options, the relayed message among them.
    pub options: Options<'a>,
}

/// A packet as received: relays outermost first, then the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The envelopes, outermost (nearest the server) first; empty for a packet straight from a client.
    pub relays: Vec<Relay<'a>>,
    /// The innermost message.
    pub message: Message<'a>,
}

impl<'a> Packet<'a> {
    /// Opens all envelopes and decodes the message.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if a header or option is cut off, [`DecodeError::Missing`] if an envelope holds no message,
    /// [`DecodeError::TooMany`] beyond [`HOP_LIMIT`] envelopes.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut relays = Vec::new();
        let mut inner = octets;
        while let Some(kind @ (12 | 13)) = inner.first() {
            if relays.len() == HOP_LIMIT {
                return Err(DecodeError::TooMany { field: "relays", limit: HOP_LIMIT });
            }
            let relay = Relay::decode(MessageType::from_number(*kind), inner)?;
            inner = relay.options.first(code::RELAY_MSG).ok_or(DecodeError::Missing { field: "relayed message" })?;
            relays.push(relay);
        }
        Ok(Self { relays, message: Message::decode(inner)? })
    }

    /// Walks the relays from the one nearest the client.
    pub fn from_client(&self) -> impl Iterator<Item = &Relay<'a>> {
        self.relays.iter().rev()
    }
}

impl<'a> Relay<'a> {
    fn decode(kind: MessageType, octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        reader.u8("message type")?;
        Ok(Self {
            kind,
            hop_count: reader.u8("hop count")?,
            link_address: reader.ipv6("link address")?,
            peer_address: reader.ipv6("peer address")?,
            options: Options::decode(reader.rest())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::Writer;

    fn relayed(times: usize) -> Vec<u8> {
        let mut packet = vec![1, 0, 0, 7];
        for hop in 0..times {
            let mut writer = Writer::new();
            writer.u8(12);
            writer.u8(u8::try_from(hop).unwrap());
            writer.ipv6(Ipv6Addr::LOCALHOST);
            writer.ipv6(Ipv6Addr::UNSPECIFIED);
            writer.option6(code::RELAY_MSG, &packet);
            packet = writer.finish();
        }
        packet
    }

    #[test]
    fn thirty_two_relays_are_opened_and_one_more_is_refused() {
        let octets = relayed(32);
        let packet = Packet::decode(&octets).unwrap();
        assert_eq!(packet.relays.len(), 32);
        assert_eq!(packet.relays[0].hop_count, 31);
        assert_eq!(packet.message.transaction, 7);
        assert!(matches!(Packet::decode(&relayed(33)), Err(DecodeError::TooMany { .. })));
    }

    #[test]
    fn an_envelope_without_a_message_is_refused() {
        let mut octets = vec![12, 0];
        octets.extend_from_slice(&[0; 32]);
        assert_eq!(Packet::decode(&octets), Err(DecodeError::Missing { field: "relayed message" }));
    }
}
