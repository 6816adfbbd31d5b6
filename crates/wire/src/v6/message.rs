//! The message between client and server (RFC 8415 §8).

use super::Options;
use crate::DecodeError;
use crate::numbered::numbered;
use crate::read::Reader;

/// What a message is for: its first octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageType {
    /// Client looks for servers.
    Solicit,
    /// Server answers a Solicit.
    Advertise,
    /// Client takes up an offer.
    Request,
    /// Client asks whether its addresses fit the link.
    Confirm,
    /// Client extends its leases with the server that gave them.
    Renew,
    /// Client extends its leases with any server.
    Rebind,
    /// Server answers.
    Reply,
    /// Client gives leases back.
    Release,
    /// Client found its address in use.
    Decline,
    /// Server asks the client to come back.
    Reconfigure,
    /// Client asks for options only.
    InformationRequest,
    /// Relay to server.
    RelayForward,
    /// Server to relay.
    RelayReply,
    /// A DHCPv4 query inside DHCPv6 (RFC 7341).
    Dhcpv4Query,
    /// A DHCPv4 response inside DHCPv6 (RFC 7341).
    Dhcpv4Response,
    /// Client registers a self-made address (RFC 9686).
    AddrRegInform,
    /// Server acknowledges a registration (RFC 9686).
    AddrRegReply,
    /// Any other number.
    Other(u8),
}

/// Number, type and the name Kea prints.
const TYPES: [(u8, MessageType, &str); 17] = [
    (1, MessageType::Solicit, "SOLICIT"),
    (2, MessageType::Advertise, "ADVERTISE"),
    (3, MessageType::Request, "REQUEST"),
    (4, MessageType::Confirm, "CONFIRM"),
    (5, MessageType::Renew, "RENEW"),
    (6, MessageType::Rebind, "REBIND"),
    (7, MessageType::Reply, "REPLY"),
    (8, MessageType::Release, "RELEASE"),
    (9, MessageType::Decline, "DECLINE"),
    (10, MessageType::Reconfigure, "RECONFIGURE"),
    (11, MessageType::InformationRequest, "INFORMATION_REQUEST"),
    (12, MessageType::RelayForward, "RELAY_FORWARD"),
    (13, MessageType::RelayReply, "RELAY_REPLY"),
    (20, MessageType::Dhcpv4Query, "DHCPV4_QUERY"),
    (21, MessageType::Dhcpv4Response, "DHCPV4_RESPONSE"),
    (36, MessageType::AddrRegInform, "ADDR_REG_INFORM"),
    (37, MessageType::AddrRegReply, "ADDR_REG_REPLY"),
];

numbered!(MessageType, TYPES);

/// A message without its relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// What the message is for.
    pub kind: MessageType,
    /// Transaction id, 24 bits.
    pub transaction: u32,
    /// The options in the order received.
    pub options: Options<'a>,
}

impl<'a> Message<'a> {
    /// Decodes type, transaction id and the framing of the options.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if the header or an option is cut off.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let kind = MessageType::from_number(reader.u8("message type")?);
        let transaction = reader.u24("transaction id")?;
        Ok(Self { kind, transaction, options: Options::decode(reader.rest())? })
    }

    /// Walks the codes of the option request option; a ragged last octet is ignored.
    pub fn requested_options(&self) -> impl Iterator<Item = u16> + use<'a> {
        let (codes, _) = self.options.first(super::code::ORO).unwrap_or_default().as_chunks::<2>();
        codes.iter().map(|code| u16::from_be_bytes(*code))
    }
}
