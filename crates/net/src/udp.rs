//! The service sockets of DHCPv6, opened as Kea opens them.
//!
//! An interface that is listened on gets one socket on its link-local address, one on the group ff02::1:2 and, where
//! the system allows it, one on ff05::1:3; a configured unicast address gets a socket of its own. Addresses of link
//! scope tie a socket to its interface, so that another interface's multicast is not seen.

use std::io;
use std::net::{Ipv6Addr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, ipproto, socket_with, sockopt};

use crate::batch::{Batch, Outgoing};
use crate::error::OpenError;
use crate::interface::Interface;
use crate::sys;

/// All_DHCP_Relay_Agents_and_Servers, RFC 8415 section 7.1.
pub const ALL_RELAYS_AND_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
/// All_DHCP_Servers, RFC 8415 section 7.1.
pub const ALL_SERVERS: Ipv6Addr = Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 1, 3);
/// The port servers and relays listen on, RFC 8415 section 7.2.
pub const SERVER_PORT: u16 = 547;
/// The port clients listen on.
pub const CLIENT_PORT: u16 = 546;
/// Room for bursts, in octets; beyond the system's limit only with privileges.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

/// Which sockets an interface is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSpec {
    /// The port to listen on, usually [`SERVER_PORT`].
    pub port: u16,
    /// Listen on the link-local address and the multicast groups: the interface is named without an address, or by `*`.
    pub multicast: bool,
    /// Listen on these addresses of the interface too (`eth0/2001:db8::1`).
    pub unicast: Vec<Ipv6Addr>,
}

/// What a socket is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It listens on the link-local address.
    LinkLocal,
    /// It listens on a multicast group.
    Group,
    /// It listens on a configured unicast address.
    Unicast,
}

/// A UDP socket of an interface.
#[derive(Debug)]
pub struct Udp6 {
    fd: OwnedFd,
    role: Role,
    address: Ipv6Addr,
    port: u16,
    interface: String,
    ifindex: u32,
}

impl Udp6 {
    /// Opens the sockets an interface is to have. What can be opened is in the first list, the rest in the second; that
    /// ff05::1:3 cannot be joined is not an error.
    pub fn open(interface: &Interface, spec: &OpenSpec) -> (Vec<Self>, Vec<OpenError>) {
        let (mut sockets, mut errors) = (Vec::new(), Vec::new());
        for address in &spec.unicast {
            match open_unicast(interface, *address, spec.port) {
                Ok(socket) => sockets.push(socket),
                Err(error) => errors.push(error),
            }
        }
        if spec.multicast {
            match open_multicast(interface, spec.port) {
                Ok(more) => sockets.extend(more),
                Err(error) => errors.push(error),
            }
        }
        (sockets, errors)
    }

    /// Tells whether opening with this request again would give the same socket, so that it can be kept open.
    pub fn serves(&self, interface: &Interface, spec: &OpenSpec) -> bool {
        let same = self.interface == interface.name && self.ifindex == interface.index && self.port == spec.port;
        same && match self.role {
            Role::Unicast => spec.unicast.contains(&self.address),
            Role::LinkLocal => spec.multicast && interface.address(self.address.into()).is_some(),
            Role::Group => spec.multicast,
        }
    }

    /// Receives the datagrams that are there, without waiting, as many as the batch has room for. Zero if none.
    ///
    /// # Errors
    /// Those of `recvmmsg`, except that there is nothing.
    pub fn recv_batch(&self, batch: &mut Batch) -> io::Result<usize> {
        let (buffers, size, received) = batch.parts();
        match sys::receive(self.fd.as_fd(), buffers, size, received) {
            Err(error) if is_nothing(&error) => Ok(0),
            other => other,
        }
    }

    /// Sends all datagrams; returns how many the kernel took, and calls `failed` for each it refused.
    pub fn send_batch(&self, outgoing: &[Outgoing<'_>], mut failed: impl FnMut(&Outgoing<'_>, &io::Error)) -> usize {
        let (mut rest, mut sent) = (outgoing, 0_usize);
        while let Some((first, others)) = rest.split_first() {
            match sys::send(self.fd.as_fd(), rest) {
                Ok(count) if count > 0 => {
                    sent = sent.saturating_add(count);
                    rest = rest.get(count..).unwrap_or_default();
                }
                Err(error) if Errno::from_io_error(&error) == Some(Errno::INTR) => {}
                // The kernel reports a failure only for the first datagram of a call.
                Ok(_) => {
                    failed(first, &io::Error::other("nothing was sent"));
                    rest = others;
                }
                Err(error) => {
                    failed(first, &error);
                    rest = others;
                }
            }
        }
        sent
    }

    /// What it is there for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The address it listens on.
    pub fn address(&self) -> Ipv6Addr {
        self.address
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
}

impl AsFd for Udp6 {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn is_nothing(error: &io::Error) -> bool {
    // A reset is the echo of an answer that reached nobody; it says nothing about what comes in.
    let harmless = [Errno::AGAIN, Errno::INTR, Errno::CONNREFUSED, Errno::HOSTUNREACH, Errno::NETUNREACH];
    Errno::from_io_error(error).is_some_and(|errno| harmless.contains(&errno))
}

fn open_unicast(interface: &Interface, address: Ipv6Addr, port: u16) -> Result<Udp6, OpenError> {
    let entry = interface.address(address.into());
    let entry = entry.ok_or(OpenError::NoSuchAddress { interface: interface.name.clone(), address: address.into() })?;
    if entry.tentative {
        return Err(OpenError::Tentative { interface: interface.name.clone(), address: address.into() });
    }
    Opening { interface, role: Role::Unicast, address, port }.open()
}

/// Opens the link-local socket and those of the groups. Without the first, the others are of no use.
fn open_multicast(interface: &Interface, port: u16) -> Result<Vec<Udp6>, OpenError> {
    let usable = interface.link_local6().find(|(_, entry)| !entry.tentative && !entry.duplicate);
    let address = match (usable, interface.link_local6().find(|(_, entry)| entry.tentative)) {
        (Some((address, _)), _) => address,
        (None, Some((address, _))) => {
            return Err(OpenError::Tentative { interface: interface.name.clone(), address: address.into() });
        }
        (None, None) => return Err(OpenError::NoLinkLocal { interface: interface.name.clone() }),
    };
    let mut sockets = vec![Opening { interface, role: Role::LinkLocal, address, port }.open()?];
    sockets.push(Opening { interface, role: Role::Group, address: ALL_RELAYS_AND_SERVERS, port }.open()?);
    sockets.extend(Opening { interface, role: Role::Group, address: ALL_SERVERS, port }.open().ok());
    Ok(sockets)
}

/// One socket about to be opened.
struct Opening<'a> {
    interface: &'a Interface,
    role: Role,
    address: Ipv6Addr,
    port: u16,
}

impl Opening<'_> {
    fn open(&self) -> Result<Udp6, OpenError> {
        let kind = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = socket_with(AddressFamily::INET6, SocketType::DGRAM, kind, Some(ipproto::UDP))
            .map_err(|errno| self.option("open a socket", errno.into()))?;
        sockopt::set_ipv6_v6only(&fd, true).map_err(|errno| self.option("restrict a socket to IPv6", errno.into()))?;
        sys::set_receive_information6(fd.as_fd())
            .map_err(|source| self.option("ask for packet information", source))?;
        // The larger buffer is a help against bursts, not a condition; without privileges the system's limit applies.
        if sockopt::set_socket_recv_buffer_size_force(&fd, RECEIVE_BUFFER).is_err() {
            sockopt::set_socket_recv_buffer_size(&fd, RECEIVE_BUFFER)
                .map_err(|errno| self.option("set the receive buffer", errno.into()))?;
        }
        if self.role == Role::Group {
            self.prepare_group(&fd)?;
        }
        self.bind(&fd)?;
        if self.role == Role::Group {
            self.join(&fd)?;
        }
        let (address, port, ifindex) = (self.address, self.local_port(&fd)?, self.interface.index);
        Ok(Udp6 { fd, role: self.role, address, port, interface: self.interface.name.clone(), ifindex })
    }

    /// Group addresses may be shared by processes, and must not bring other interfaces' packets.
    fn prepare_group(&self, fd: &OwnedFd) -> Result<(), OpenError> {
        sockopt::set_socket_reuseaddr(fd, true).map_err(|errno| self.option("share a group's port", errno.into()))?;
        // Kernels before 4.20 do not know this option; the scope of ff02::1:2 ties the socket to its interface anyway.
        if sys::set_own_groups_only6(fd.as_fd()).is_err() || self.address == ALL_SERVERS {
            sys::bind_to_device(fd.as_fd(), &self.interface.name)
                .map_err(|source| self.option("tie a socket to its interface", source))?;
        }
        Ok(())
    }

    fn bind(&self, fd: &OwnedFd) -> Result<(), OpenError> {
        let (address, port) = (self.address, self.port);
        let on_link = address.is_unicast_link_local() || address.is_multicast();
        let scope = if on_link { self.interface.index } else { 0 };
        bind(fd, &SocketAddrV6::new(address, port, 0, scope)).map_err(|errno| OpenError::Bind {
            interface: self.interface.name.clone(),
            address: address.into(),
            port,
            source: errno.into(),
        })
    }

    fn join(&self, fd: &OwnedFd) -> Result<(), OpenError> {
        sockopt::set_ipv6_add_membership(fd, &self.address, self.interface.index).map_err(|errno| OpenError::Join {
            interface: self.interface.name.clone(),
            group: self.address.into(),
            source: errno.into(),
        })
    }

    /// The port that was bound to, which the system chose if zero was asked for.
    fn local_port(&self, fd: &OwnedFd) -> Result<u16, OpenError> {
        let name = rustix::net::getsockname(fd).map_err(|errno| self.option("read back the port", errno.into()))?;
        let name = SocketAddrV6::try_from(name).map_err(|errno| self.option("read back the port", errno.into()))?;
        Ok(name.port())
    }

    fn option(&self, action: &'static str, source: io::Error) -> OpenError {
        OpenError::Option { interface: self.interface.name.clone(), action, source }
    }
}

#[cfg(test)]
mod namespace;
#[cfg(test)]
mod tests;
