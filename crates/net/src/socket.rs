//! The service sockets, opened as Kea opens them.
//!
//! An interface that DHCPv6 is served on gets one socket on its link-local address, one on the group ff02::1:2 and, where
//! the system allows it, one on ff05::1:3; a configured unicast address gets a socket of its own. Addresses of link
//! scope tie a socket to its interface, so that another interface's multicast is not seen.
//!
//! An interface that DHCPv4 is served on gets one raw socket for all its addresses, because a client without an address
//! can be heard and answered by no other, and for each address a UDP socket that gets nothing but holds the port: with it
//! the kernel does not call the port closed, and a second server is noticed. Where only relays are served
//! (`dhcp-socket-type: udp`), each address has a UDP socket and nothing else.
//!
//! The servers of both families talk to each other by a UDP socket each on the IPv6 loopback.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno;

use crate::batch::{Batch, Outgoing, Received, Via};
use crate::error::OpenError;
use crate::frame;
use crate::interface::Interface;
use crate::sys;

mod open;

/// All_DHCP_Relay_Agents_and_Servers, RFC 8415 section 7.1.
pub const ALL_RELAYS_AND_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
/// All_DHCP_Servers, RFC 8415 section 7.1.
pub const ALL_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 1, 3);
/// The port DHCPv6 servers and relays listen on, RFC 8415 section 7.2.
pub const SERVER_PORT: u16 = 547;
/// The port DHCPv6 clients listen on.
pub const CLIENT_PORT: u16 = 546;

/// How packets come in and go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// DHCPv6: UDP, with multicast.
    Udp6,
    /// DHCPv4: packets past the kernel's UDP, also from and to clients without an address.
    Raw4,
    /// DHCPv4: UDP, to the interface's own addresses only.
    Udp4,
}

/// Which sockets an interface is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSpec {
    /// How packets come in.
    pub transport: Transport,
    /// The port to listen on, usually 67 or 547.
    pub port: u16,
    /// The interface is named without an address, or by `*`: with DHCPv6, listen on the link-local address and the
    /// multicast groups; with DHCPv4, on all its addresses.
    pub whole: bool,
    /// Listen on these addresses of the interface (`eth0/2001:db8::1`).
    pub addresses: Vec<IpAddr>,
}

/// What a socket is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It listens on the link-local address.
    LinkLocal,
    /// It listens on a multicast group.
    Group,
    /// It listens on a unicast address.
    Unicast,
    /// It sees the packets of an interface before the kernel's UDP does.
    Raw,
    /// It talks to one other program on this machine, and to nobody else.
    Channel,
}

/// A service socket of an interface.
#[derive(Debug)]
pub struct Socket {
    fd: OwnedFd,
    role: Role,
    /// What it listens on; not empty.
    addresses: Vec<IpAddr>,
    port: u16,
    interface: String,
    ifindex: u32,
    /// The UDP sockets that hold the port of each address for a raw one.
    held: Vec<OwnedFd>,
}

impl Socket {
    /// Opens the sockets an interface is to have; those of `old` that would be the same stay open. What could not be
    /// opened is in the second list; that ff05::1:3 cannot be joined is not an error.
    pub fn open(interface: &Interface, spec: &OpenSpec, old: &[Arc<Self>]) -> (Vec<Arc<Self>>, Vec<OpenError>) {
        open::open(interface, spec, old)
    }

    /// Opens a socket on one port of the loopback that talks to another port there and to nobody else.
    ///
    /// # Errors
    /// [`OpenError`] with the system's reason.
    pub fn channel(own: u16, theirs: u16) -> Result<Arc<Self>, OpenError> {
        open::channel(own, theirs)
    }

    /// Receives the datagrams that are there, without waiting, as many as the batch has room for. Zero if none.
    ///
    /// # Errors
    /// Those of `recvmmsg`, except that there is nothing.
    pub fn recv_batch(&self, batch: &mut Batch) -> io::Result<usize> {
        let (buffers, size, received) = batch.parts();
        match sys::receive(self.fd.as_fd(), buffers, size, received) {
            Err(error) if is_nothing(&error) => return Ok(0),
            other => other?,
        };
        if self.role == Role::Raw {
            received.retain_mut(|datagram| self.unwrap_packet(buffers, size, datagram).is_some());
        }
        Ok(received.len())
    }

    /// Sends all datagrams; returns how many the kernel took, and calls `failed` for each it refused.
    pub fn send_batch(&self, outgoing: &[Outgoing<'_>], mut failed: impl FnMut(&Outgoing<'_>, &io::Error)) -> usize {
        if self.role != Role::Raw {
            return self.send_all(outgoing, &[], failed);
        }
        let (mut packets, mut headers) = (Vec::with_capacity(outgoing.len()), Vec::with_capacity(outgoing.len()));
        for datagram in outgoing {
            match self.headers(datagram) {
                Some(made) => {
                    packets.push(Outgoing { ifindex: self.ifindex, ..*datagram });
                    headers.push(made);
                }
                None => failed(datagram, &io::ErrorKind::InvalidInput.into()),
            }
        }
        self.send_all(&packets, &headers, failed)
    }

    /// Gives the address a reply comes from: the one the query was sent to, or, if that was everybody's, the first the
    /// socket listens on.
    pub fn local(&self, to: IpAddr) -> IpAddr {
        match self.addresses.first() {
            Some(first) if self.role == Role::Raw && !self.addresses.contains(&to) => *first,
            Some(_) | None => to,
        }
    }

    /// What it is there for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The addresses it listens on, at least one.
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name of its interface.
    pub fn interface(&self) -> &str {
        &self.interface
    }

    /// The index of its interface.
    pub fn ifindex(&self) -> u32 {
        self.ifindex
    }

    /// Takes the headers off a packet; `None` if it is damaged or not for us.
    fn unwrap_packet(&self, buffers: &[u8], size: usize, datagram: &mut Received) -> Option<()> {
        let start = datagram.slot.checked_mul(size)?;
        let packet = buffers.get(start..start.checked_add(datagram.length)?)?;
        let inside = frame::open(packet, datagram.checksum)?;
        if !inside.to.is_broadcast() && !self.addresses.contains(&inside.to.into()) {
            return None;
        }
        datagram.start = inside.payload.start;
        datagram.length = inside.payload.len();
        datagram.from = inside.from.into();
        datagram.to = inside.to.into();
        Some(())
    }

    /// Makes the headers of a packet; `None` if it has no machine or no IPv4 address to go to.
    fn headers(&self, datagram: &Outgoing<'_>) -> Option<[u8; frame::HEADERS]> {
        let Via::Link(_) = datagram.via else { return None };
        let IpAddr::V4(source) = self.local(datagram.source.unwrap_or(Ipv4Addr::UNSPECIFIED.into())) else {
            return None;
        };
        frame::headers(SocketAddrV4::new(source, self.port), datagram.to, datagram.octets)
    }

    fn send_all(
        &self,
        outgoing: &[Outgoing<'_>],
        headers: &[[u8; frame::HEADERS]],
        mut failed: impl FnMut(&Outgoing<'_>, &io::Error),
    ) -> usize {
        let (mut rest, mut headers, mut sent) = (outgoing, headers, 0_usize);
        while let Some((first, others)) = rest.split_first() {
            let taken = match sys::send(self.fd.as_fd(), rest, headers) {
                Ok(count) if count > 0 => {
                    sent = sent.saturating_add(count);
                    rest = rest.get(count..).unwrap_or_default();
                    count
                }
                Err(error) if Errno::from_io_error(&error) == Some(Errno::INTR) => 0,
                // The kernel reports a failure only for the first datagram of a call.
                refused => {
                    failed(first, &refused.err().unwrap_or_else(|| io::Error::other("nothing was sent")));
                    rest = others;
                    1
                }
            };
            headers = headers.get(taken..).unwrap_or_default();
        }
        sent
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn is_nothing(error: &io::Error) -> bool {
    // A reset is the echo of an answer that reached nobody; it says nothing about what comes in.
    let harmless = [Errno::AGAIN, Errno::INTR, Errno::CONNREFUSED, Errno::HOSTUNREACH, Errno::NETUNREACH];
    Errno::from_io_error(error).is_some_and(|errno| harmless.contains(&errno))
}

#[cfg(test)]
mod tests;
