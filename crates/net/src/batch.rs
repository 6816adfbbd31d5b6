//! Many datagrams at once: the buffers to receive into, and what is to be sent.

use std::net::{IpAddr, SocketAddr};

use crate::frame::Checksum;
use crate::sys;

/// Room for datagrams that arrive together. Made once, used for every receive.
#[derive(Debug)]
pub struct Batch {
    octets: Vec<u8>,
    size: usize,
    received: Vec<Received>,
}

/// What is known of one datagram besides its octets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Received {
    /// The number of its buffer, and where in it the payload begins.
    pub(crate) slot: usize,
    pub(crate) start: usize,
    pub(crate) length: usize,
    pub(crate) truncated: bool,
    pub(crate) from: SocketAddr,
    pub(crate) to: IpAddr,
    pub(crate) ifindex: u32,
    pub(crate) link: LinkAddress,
    pub(crate) checksum: Checksum,
}

/// The address of a machine on a link, such as an Ethernet address. Empty if there is none or it is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkAddress {
    octets: [u8; 8],
    length: u8,
}

/// A datagram as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// The payload.
    pub octets: &'a [u8],
    /// Who sent it; a link-local address has its scope.
    pub from: SocketAddr,
    /// The address it was sent to: unicast or multicast; unspecified if the kernel did not say.
    pub to: IpAddr,
    /// The interface it came in by; zero if the kernel did not say.
    pub ifindex: u32,
    /// It was longer than the buffer and its end is lost.
    pub truncated: bool,
    /// The machine on the link that it came from, its sender or a router; known of raw sockets only.
    pub link: LinkAddress,
}

/// A datagram to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// The payload.
    pub octets: &'a [u8],
    /// Where to. A link-local address needs no scope: [`ifindex`](Self::ifindex) is used.
    pub to: SocketAddr,
    /// The address to send from, usually the one the query was sent to. A multicast address, or a link-local one
    /// towards a farther destination, is ignored: then, as with `None`, the kernel chooses.
    pub source: Option<IpAddr>,
    /// The interface to send by if the destination is link-local or multicast; others as [`via`](Self::via) says.
    pub ifindex: u32,
    /// How it leaves.
    pub via: Via,
}

/// How a datagram leaves the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// As the routing table has it.
    #[default]
    Route,
    /// By the interface it names, whatever the routing table has.
    Interface,
    /// By a raw socket, to this machine on the link; the kernel neither routes nor asks for addresses.
    Link(LinkAddress),
}

impl LinkAddress {
    /// All machines on an Ethernet.
    pub const BROADCAST: Self = Self { octets: [255, 255, 255, 255, 255, 255, 0, 0], length: 6 };

    /// Takes up to 8 octets; `None` if there are more, as on InfiniBand.
    pub fn new(octets: &[u8]) -> Option<Self> {
        let mut address = Self { octets: [0; 8], length: u8::try_from(octets.len()).ok()? };
        address.octets.get_mut(..octets.len())?.copy_from_slice(octets);
        Some(address)
    }

    /// Lends the octets.
    pub fn octets(&self) -> &[u8] {
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }
}

/// What large buffers are longer by.
const SKEW: usize = 4_160;

impl Batch {
    /// Makes room for `count` datagrams (1 to 64) of up to `size` octets each (65,535 loses nothing).
    pub fn new(count: usize, size: usize) -> Self {
        let count = count.clamp(1, sys::MOST);
        let size = size.clamp(1, 65_536);
        // Large ones not a power of two apart: else the beginnings of all would fight for the same lines of the cache.
        let size = if size > SKEW { size.saturating_add(SKEW) } else { size };
        Self { octets: vec![0; count.saturating_mul(size)], size, received: Vec::with_capacity(count) }
    }

    /// Walks what the last receive brought, in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = Datagram<'_>> {
        self.received.iter().map(|received| Datagram {
            octets: self.payload(received).unwrap_or_default(),
            from: received.from,
            to: received.to,
            ifindex: received.ifindex,
            truncated: received.truncated,
            link: received.link,
        })
    }

    /// Says how many datagrams the last receive brought.
    pub fn len(&self) -> usize {
        self.received.len()
    }

    /// Tells whether the last receive brought nothing.
    pub fn is_empty(&self) -> bool {
        self.received.is_empty()
    }

    fn payload(&self, received: &Received) -> Option<&[u8]> {
        let start = received.slot.checked_mul(self.size)?.checked_add(received.start)?;
        self.octets.get(start..start.checked_add(received.length)?)
    }

    /// Gives the parts a receive fills: buffers of equal size, and the list of what arrived, emptied.
    pub(crate) fn parts(&mut self) -> (&mut [u8], usize, &mut Vec<Received>) {
        self.received.clear();
        (&mut self.octets, self.size, &mut self.received)
    }
}

impl Outgoing<'_> {
    /// The interface to send by; 0 leaves it to the kernel.
    pub(crate) fn exit(&self) -> u32 {
        if self.via == Via::Interface || self.is_on_link() { self.ifindex } else { 0 }
    }

    /// Tells whether the interface decides where the datagram goes.
    pub(crate) fn is_on_link(&self) -> bool {
        match self.to.ip() {
            IpAddr::V4(address) => address.is_link_local() || address.is_broadcast() || address.is_multicast(),
            IpAddr::V6(address) => address.is_unicast_link_local() || address.is_multicast(),
        }
    }

    /// The source address that can be used towards the destination.
    pub(crate) fn usable_source(&self) -> Option<IpAddr> {
        self.source.filter(|source| match source {
            IpAddr::V4(address) => self.to.is_ipv4() && !address.is_multicast() && !address.is_broadcast(),
            IpAddr::V6(address) => {
                let far = address.is_unicast_link_local() && !self.is_on_link();
                self.to.is_ipv6() && !address.is_multicast() && !far
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(to: &str, source: &str) -> Option<IpAddr> {
        let (to, source) = (to.parse().unwrap(), source.parse().ok());
        Outgoing { octets: &[], to, source, ifindex: 2, via: Via::Route }.usable_source()
    }

    #[test]
    fn a_source_is_used_only_where_it_can_reach_the_destination() {
        let table = [
            ("[fe80::1]:546", "ff02::1:2", false),
            ("[fe80::1]:546", "fe80::2", true),
            ("[2001:db8::1]:547", "fe80::2", false),
            ("[2001:db8::1]:547", "2001:db8::2", true),
            ("[2001:db8::1]:547", "192.0.2.1", false),
            ("192.0.2.1:67", "192.0.2.2", true),
            ("192.0.2.1:67", "255.255.255.255", false),
        ];
        for (to, source, used) in table {
            assert_eq!(outgoing(to, source).is_some(), used, "{source} to {to}");
        }
    }
}
