//! Messages as text: what scenarios send and hear, word by word.
//!
//! A message is its type and one word per option, in the order of the packet:
//!
//! ```text
//! SOLICIT from 02:00:00:00:00:01 ia-na=1 address=2001:db8:1::10 oro=23,24 via relay link=2001:db8:1::1
//! ADVERTISE client-id server-id ia-na=1 t1=1000 t2=2000 address=2001:db8:1::10 preferred=2500 valid=4000
//! DISCOVER from 02:00:00:00:00:01 client-id=0x0102 prl=1,3,6 via relay giaddr=10.0.0.1 circuit-id="eth0"
//! OFFER to=10.0.0.1:67 hops=1 yiaddr=10.0.0.10 giaddr=10.0.0.1 subnet-mask=255.255.255.0 lease-time=7200 server-id
//! ```
//!
//! In both families:
//!
//! - In a reply the bare words `client-id` and `server-id` mean "the one expected".
//! - Any option goes by Kea's name or as `option-CODE=0x…`.
//! - `to=`, `on=`, `src=`, `port=`, `xid=`, `type=`, `trailing=0x…`, `raw=0x…` change how or what is sent.
//!
//! DHCPv6:
//!
//! - `from` names the client: `02:…` stands for the DUID-LL of that Ethernet address, `duid=…` for any DUID; without `from`
//!   no client-id is sent.
//! - `ia-na=IAID`, `ia-pd=IAID`, `ia-ta=IAID` open an association; `t1 t2 address prefix status` belong to it, and
//!   `preferred valid exclude address-status` to the last address or prefix. The next other word closes it.
//! - A status is `status=NAME:"text"`; that of the whole message is `message-status`.
//! - `via relay` puts the message into an envelope; the first is nearest the client.
//! - Inside an association an option is `ia-option-CODE`, inside an address `address-option-CODE`.
//!
//! DHCPv4:
//!
//! - `from 02:…` sets the hardware address, and the source of the Ethernet frame (`mac=` changes only that one).
//! - Header fields go by their names: `op htype hlen hops xid secs flags ciaddr yiaddr siaddr giaddr chaddr sname file magic`.
//!   In a reply those are written that are not zero, and not as in the query: the type, the addresses of the hardware.
//! - Options whose Kea name begins with `dhcp-` go without it, and there are `prl`, `client-id`, `server-id`, `vendor-class`.
//! - `via relay giaddr=… circuit-id="eth0"` makes the hop, and a last option 82 of the sub-options named.
//! - `BOOTP` is a message without a type, `no-end` one without end, `cut=N` leaves only N octets of it,
//!   `options=0x…` stands for raw octets between options.
//! - `to=ADDRESS:PORT` in a reply is where it went; `ethernet=` tells the frame's destination where it is not the source of
//!   the query's frame.

pub mod shape;
pub mod v4;
pub mod v6;
pub mod words;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::Family;

/// A packet on its way to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The payload.
    pub octets: Vec<u8>,
    /// Name of the server's interface on the link it is sent on.
    pub link: String,
    /// The sender's Ethernet address.
    pub mac: [u8; 6],
    /// The sender's address and port.
    pub from: SocketAddr,
    /// Where it is sent: the server's unicast address, a multicast group, or everybody.
    pub to: IpAddr,
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
    /// Words about where it went, as far as it is known and not what goes without saying.
    pub delivery: Vec<String>,
}

/// The server's global address on its first link, where relays send to.
pub const SERVER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 1);
/// The relay's address.
pub const RELAY: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 2);
/// All DHCP relay agents and servers.
pub const ALL_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
/// The link-local address of a client that is not named by its Ethernet address.
pub const CLIENT: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 0x101);
/// The IPv4 addresses of the server's links, `lan0` and `lan1`.
pub static SERVERS4: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(198, 51, 100, 1)];
/// The Ethernet address everybody hears.
pub const EVERYBODY: [u8; 6] = [0xff; 6];

/// Gives the port clients send from and hear on.
pub const fn client_port(family: Family) -> u16 {
    match family {
        Family::V4 => 68,
        Family::V6 => 546,
    }
}

/// Gives the port servers listen on, and relays send from and hear on.
pub const fn server_port(family: Family) -> u16 {
    match family {
        Family::V4 => 67,
        Family::V6 => 547,
    }
}

/// Gives the server's IPv4 address on a link.
pub fn server4(link: &str) -> Ipv4Addr {
    let [first, second] = SERVERS4;
    if link == "lan1" { second } else { first }
}

/// Gives the Ethernet address of the server's (`0`) or the clients' (`1`) end of a link.
pub fn end_of(link: &str, end: u8) -> [u8; 6] {
    [2, 0, 0, 0, if link == "lan1" { 2 } else { 1 }, end]
}

/// Builds the packet that `words` describe; `server_id` is what a bare `server-id` stands for in DHCPv6.
///
/// # Errors
/// The word that could not be understood, and why.
pub fn build(family: Family, words: &[String], server_id: &[u8], transaction: u32) -> Result<Sent, String> {
    match family {
        Family::V4 => v4::build::build(words, transaction),
        Family::V6 => v6::build::build(words, server_id, transaction),
    }
}

/// Writes what the server answered to `sent`, word by word, every option in its place.
pub fn reply(heard: &Heard, sent: &Sent, server_id: &[u8]) -> Vec<String> {
    match sent.from {
        SocketAddr::V4(_) => v4::show::reply(heard, sent),
        SocketAddr::V6(_) => v6::show::reply(heard, sent, server_id),
    }
}

impl Sent {
    /// Makes a packet with nothing in it, from nobody in particular.
    pub fn empty(family: Family) -> Self {
        let port = client_port(family);
        let (from, to) = match family {
            Family::V4 => (SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port), Ipv4Addr::BROADCAST.into()),
            Family::V6 => (SocketAddr::new(CLIENT.into(), port), ALL_SERVERS.into()),
        };
        let link = "lan0".to_owned();
        let mac = end_of(&link, 1);
        Self { octets: Vec::new(), link, mac, from, to, client_id: None, transaction: 0, relayed: false }
    }

    /// Writes where a reply went: all of it in DHCPv4, in DHCPv6 only if not where the query came from.
    pub fn delivery(&self, to: SocketAddr, ethernet: [u8; 6]) -> Vec<String> {
        let mut words = Vec::new();
        if to.is_ipv4() || (to.ip(), to.port()) != (self.from.ip(), self.from.port()) {
            words.push(format!("to={to}"));
        }
        if to.is_ipv4() && ethernet != self.mac {
            words.push(match ethernet {
                EVERYBODY => "ethernet=broadcast".to_owned(),
                other => format!("ethernet={}", words::show_hex(&other)),
            });
        }
        words
    }
}

/// Says which word is not understood.
fn bad(word: &str) -> String {
    format!("cannot understand \"{word}\"")
}
