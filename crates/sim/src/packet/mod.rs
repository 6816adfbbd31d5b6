//! Messages as text: what scenarios send and hear, word by word.
//!
//! A message is its type and one word per option, in the order of the packet:
//!
//! ```text
//! SOLICIT from 02:00:00:00:00:01 ia-na=1 address=2001:db8:1::10 oro=23,24 via relay link=2001:db8:1::1
//! ADVERTISE client-id server-id ia-na=1 t1=1000 t2=2000 address=2001:db8:1::10 preferred=2500 valid=4000
//! ```
//!
//! - `from` names the client: `02:…` stands for the DUID-LL of that Ethernet address, `duid=…` for any DUID; without `from`
//!   no client-id is sent. In a reply the bare words `client-id` and `server-id` mean "the one expected".
//! - `ia-na=IAID`, `ia-pd=IAID`, `ia-ta=IAID` open an association; `t1 t2 address prefix status` belong to it, and
//!   `preferred valid exclude address-status` to the last address or prefix. The next other word closes it.
//! - A status is `status=NAME:"text"`; that of the whole message is `message-status`.
//! - `via relay` puts the message into an envelope; the first is nearest the client.
//! - Any option goes by Kea's name or as `option-CODE=0x…`; inside an association `ia-option-CODE`, inside an address
//!   `address-option-CODE`.
//! - `to=`, `on=`, `src=`, `port=`, `xid=`, `type=`, `trailing=0x…`, `raw=0x…` change how or what is sent.

pub mod build;
pub mod option;
pub mod show;
pub mod words;

use std::net::Ipv6Addr;

/// A packet on its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The payload.
    pub octets: Vec<u8>,
    /// Name of the server's interface on the link it is sent on.
    pub link: String,
    /// The sender's address.
    pub from: Ipv6Addr,
    /// The sender's port.
    pub port: u16,
    /// Where it is sent: the server's unicast address or a multicast group.
    pub to: Ipv6Addr,
    /// The client identifier sent, to recognise in the reply.
    pub client_id: Option<Vec<u8>>,
    /// The transaction id sent.
    pub transaction: u32,
    /// Whether it goes through relays.
    pub relayed: bool,
}

/// A packet the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The payload.
    pub octets: Vec<u8>,
    /// Where it went, if that is known and not where the query came from (a client's port is 546, a relay's 547 or its own).
    pub astray: Option<String>,
}

/// The server's global address on its first link, where relays send to.
pub const SERVER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 1);
/// The relay's address.
pub const RELAY: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 2);
/// All DHCP relay agents and servers.
pub const ALL_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
/// The port clients send from.
pub const CLIENT_PORT: u16 = 546;
/// The port relays send from and servers listen on.
pub const SERVER_PORT: u16 = 547;
/// The link-local address of a client that is not named by its Ethernet address.
pub const CLIENT: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 0x101);
