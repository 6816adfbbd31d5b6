//! The message between client and server (RFC 2131 §2).

use std::net::Ipv4Addr;

use super::{Options, code};
use crate::numbered::numbered;
use crate::read::Reader;
use crate::{DecodeError, HardwareAddress};

/// What a message is for: the value of option 53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageType {
    /// There is no option 53: the packet is of BOOTP (RFC 951).
    Bootp,
    /// Client looks for servers.
    Discover,
    /// Server offers an address.
    Offer,
    /// Client takes up an offer, or wants to keep an address.
    Request,
    /// Client found its address in use.
    Decline,
    /// Server grants.
    Ack,
    /// Server refuses.
    Nak,
    /// Client gives its address back.
    Release,
    /// Client asks for options only.
    Inform,
    /// Relay asks about a lease (RFC 4388).
    LeaseQuery,
    /// Server does not know (RFC 4388).
    LeaseUnassigned,
    /// Server knows no such lease (RFC 4388).
    LeaseUnknown,
    /// Server tells of a lease (RFC 4388).
    LeaseActive,
    /// Relay asks about many leases (RFC 6926).
    BulkLeaseQuery,
    /// The answer to many is complete (RFC 6926).
    LeaseQueryDone,
    /// Any other number.
    Other(u8),
}

/// Number, type and the name Kea prints.
const TYPES: [(u8, MessageType, &str); 15] = [
    (0, MessageType::Bootp, "BOOTP"),
    (1, MessageType::Discover, "DHCPDISCOVER"),
    (2, MessageType::Offer, "DHCPOFFER"),
    (3, MessageType::Request, "DHCPREQUEST"),
    (4, MessageType::Decline, "DHCPDECLINE"),
    (5, MessageType::Ack, "DHCPACK"),
    (6, MessageType::Nak, "DHCPNAK"),
    (7, MessageType::Release, "DHCPRELEASE"),
    (8, MessageType::Inform, "DHCPINFORM"),
    (10, MessageType::LeaseQuery, "DHCPLEASEQUERY"),
    (11, MessageType::LeaseUnassigned, "DHCPLEASEUNASSIGNED"),
    (12, MessageType::LeaseUnknown, "DHCPLEASEUNKNOWN"),
    (13, MessageType::LeaseActive, "DHCPLEASEACTIVE"),
    (14, MessageType::BulkLeaseQuery, "DHCPBULKLEASEQUERY"),
    (15, MessageType::LeaseQueryDone, "DHCPLEASEQUERYDONE"),
];

numbered!(MessageType, TYPES);

/// A message as a header and a view over its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// 1 from a client or relay, 2 from a server.
    pub op: u8,
    /// The type of the hardware address.
    pub htype: u8,
    /// Octets of [`Self::chaddr`] that count, at most 16.
    pub hlen: u8,
    /// Relays gone through.
    pub hops: u8,
    /// Transaction id.
    pub transaction: u32,
    /// Seconds since the client began.
    pub secs: u16,
    /// [`FLAG_BROADCAST`]; the other bits as received.
    pub flags: u16,
    /// The client's own address, if it has one.
    pub ciaddr: Ipv4Addr,
    /// The address the server gives.
    pub yiaddr: Ipv4Addr,
    /// The next server of network boot.
    pub siaddr: Ipv4Addr,
    /// The first relay.
    pub giaddr: Ipv4Addr,
    /// The client's hardware address, padded.
    pub chaddr: [u8; 16],
    /// The server's name, NUL-padded.
    pub sname: &'a [u8; SNAME],
    /// The boot file, NUL-padded.
    pub file: &'a [u8; FILE],
    /// The options, those in an overloaded `file` and `sname` included.
    pub options: Options<'a>,
}

/// The client wants replies broadcast.
pub const FLAG_BROADCAST: u16 = 0x8000;
/// `op` of what clients and relays send.
pub const BOOTREQUEST: u8 = 1;
/// `op` of what servers send.
pub const BOOTREPLY: u8 = 2;
/// What options begin with (RFC 1497).
pub const MAGIC_COOKIE: u32 = 0x6382_5363;
/// Octets of the header, without the cookie.
pub const HEADER: usize = 236;
/// Octets of `sname`.
pub const SNAME: usize = 64;
/// Octets of `file`.
pub const FILE: usize = 128;
/// The longest hardware address the header holds.
const CHADDR: u8 = 16;

impl<'a> Message<'a> {
    /// Decodes the header and finds the options.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] below 236 octets, [`DecodeError::BadValue`] for a hardware address above 16 octets or
    /// another magic cookie.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        if octets.len() < HEADER {
            return Err(DecodeError::Truncated { field: "DHCPv4 header", needed: HEADER, left: octets.len() });
        }
        let mut reader = Reader::new(octets);
        let [op, htype, hlen, hops] = reader.array("header")?;
        if hlen > CHADDR {
            return Err(DecodeError::BadValue { field: "hardware address length", value: u64::from(hlen) });
        }
        let transaction = reader.u32("transaction id")?;
        let (secs, flags) = (reader.u16("secs")?, reader.u16("flags")?);
        let [ciaddr, yiaddr] = [reader.ipv4("ciaddr")?, reader.ipv4("yiaddr")?];
        let [siaddr, giaddr] = [reader.ipv4("siaddr")?, reader.ipv4("giaddr")?];
        let chaddr = reader.array("chaddr")?;
        let sname = field(&mut reader, "sname")?;
        let file = field(&mut reader, "file")?;
        let cookie = reader.u32("magic cookie")?;
        if cookie != MAGIC_COOKIE {
            return Err(DecodeError::BadValue { field: "magic cookie", value: u64::from(cookie) });
        }
        let options = Options::of_message(reader.rest(), file, sname);
        Ok(Self {
            op,
            htype,
            hlen,
            hops,
            transaction,
            secs,
            flags,
            ciaddr,
            yiaddr,
            siaddr,
            giaddr,
            chaddr,
            sname,
            file,
            options,
        })
    }

    /// Gives what the message is for; [`MessageType::Bootp`] without option 53.
    pub fn kind(&self) -> MessageType {
        let value = self.options.first(code::MESSAGE_TYPE);
        value.and_then(|value| value.first().copied()).map_or(MessageType::Bootp, MessageType::from_number)
    }

    /// Gives the client's hardware address; empty octets if it has none.
    pub fn hardware_address(&self) -> HardwareAddress {
        let octets = self.chaddr.get(..usize::from(self.hlen)).unwrap_or(&self.chaddr);
        HardwareAddress { htype: u16::from(self.htype), octets: octets.into() }
    }

    /// Walks the codes of the parameter request list.
    pub fn requested_options(&self) -> impl Iterator<Item = u16> + use<'a> {
        let pieces = self.options.all(code::PARAMETER_REQUEST_LIST);
        pieces.flat_map(|piece| piece.iter().map(|code| u16::from(*code)))
    }

    /// Says whether the client wants replies broadcast.
    pub const fn wants_broadcast(&self) -> bool {
        self.flags & FLAG_BROADCAST != 0
    }
}

fn field<'a, const N: usize>(reader: &mut Reader<'a>, name: &'static str) -> Result<&'a [u8; N], DecodeError> {
    let octets = reader.octets(name, N)?;
    octets.first_chunk().ok_or(DecodeError::Truncated { field: name, needed: N, left: octets.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(options: &[u8]) -> Vec<u8> {
        let mut octets = vec![0_u8; HEADER];
        octets[..8].copy_from_slice(&[1, 1, 6, 0, 0, 0, 0, 7]);
        octets[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 1]);
        octets.extend(MAGIC_COOKIE.to_be_bytes());
        octets.extend(options);
        octets
    }

    #[test]
    fn a_message_gives_its_type_and_its_hardware_address() {
        let octets = message(&[53, 1, 1, 55, 2, 1, 3, 255]);
        let message = Message::decode(&octets).unwrap();
        assert_eq!((message.kind(), message.transaction), (MessageType::Discover, 7));
        assert_eq!(message.hardware_address().to_string(), "02:00:00:00:00:01");
        assert_eq!(message.requested_options().collect::<Vec<_>>(), [1, 3]);
    }

    #[test]
    fn without_option_53_a_message_is_of_bootp() {
        let octets = message(&[255]);
        assert_eq!(Message::decode(&octets).unwrap().kind(), MessageType::Bootp);
    }

    #[test]
    fn a_short_header_a_long_address_and_another_cookie_are_refused() {
        assert!(matches!(Message::decode(&[1; 235]), Err(DecodeError::Truncated { needed: 236, left: 235, .. })));
        let mut octets = message(&[]);
        octets[2] = 17;
        assert!(matches!(Message::decode(&octets), Err(DecodeError::BadValue { value: 17, .. })));
        octets[2] = 6;
        octets[239] = 0;
        assert!(matches!(Message::decode(&octets), Err(DecodeError::BadValue { field: "magic cookie", .. })));
    }
}
