//! The life of one exchange, as one plain list of steps.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::{Family, Model, UnixTime};

use crate::{Decision, Facts, Missing, name_change, v4, v6};

/// A packet as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// The payload of the UDP datagram.
    pub octets: &'a [u8],
    /// Name of the interface it came in by.
    pub interface: &'a str,
    /// Who sent it.
    pub from: SocketAddr,
    /// The address it was sent to: unicast or multicast.
    pub to: IpAddr,
    /// The server's address on that interface: the one it was sent to, or the interface's first if it was broadcast.
    /// DHCPv4 clients know the server by it; nothing in DHCPv6 does.
    pub local: Ipv4Addr,
    /// All addresses the server listens on, any of which a DHCPv4 client may name.
    pub served: &'a [Ipv4Addr],
    /// Whether frames can be sent to DHCPv4 clients that have no address yet; else replies to them are broadcast.
    pub raw: bool,
    /// How it came, if it was inside DHCPv6 (RFC 7341).
    pub over: Option<Over<'a>>,
    /// When it came in.
    pub at: UnixTime,
    /// Decides whatever is left to chance.
    pub seed: u64,
    /// Whether debug events are wanted too.
    pub trace: bool,
}

/// How a DHCPv4 packet came through DHCPv6.
#[derive(Debug, Clone, Copy)]
pub struct Over<'a> {
    /// Who sent the DHCPv6 packet.
    pub remote: Ipv6Addr,
    /// What the relay nearest the client calls the client's link.
    pub interface_id: Option<&'a [u8]>,
}

/// Decides what a packet leads to.
///
/// # Errors
/// [`Missing`] names a fact that has to be fetched before the same call is made again.
pub fn exchange(datagram: &Datagram<'_>, model: &Model, facts: &dyn Facts) -> Result<Decision, Missing> {
    let mut decision = match model.family {
        Family::V6 => v6::exchange(datagram, model, facts),
        Family::V4 => v4::exchange(datagram, model, facts),
    }?;
    name_change::derive(&mut decision, model);
    Ok(decision)
}
