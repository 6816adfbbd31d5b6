//! How service sockets are opened, and which of the open ones can stay.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, ipproto, socket_with, sockopt};

use super::{ALL_RELAYS_AND_SERVERS, ALL_SERVERS, OpenSpec, Role, Socket, Transport};
use crate::error::OpenError;
use crate::interface::Interface;
use crate::{filter, sys};

/// Room for bursts, in octets; beyond the system's limit only with privileges.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;

type Outcome = (Vec<Arc<Socket>>, Vec<OpenError>);

pub(super) fn open(interface: &Interface, spec: &OpenSpec, old: &[Arc<Socket>]) -> Outcome {
    let old: Vec<Arc<Socket>> = old
        .iter()
        .filter(|socket| socket.interface == interface.name && socket.ifindex == interface.index)
        .filter(|socket| socket.port == spec.port)
        .cloned()
        .collect();
    let opener = Opener { interface, port: spec.port, old: &old };
    if let Err(error) = opener.ready(spec.transport) {
        return (Vec::new(), vec![error]);
    }
    match spec.transport {
        Transport::Udp6 => {
            let (mut sockets, mut errors) = opener.unicast(&spec.addresses);
            if spec.whole {
                match opener.multicast() {
                    Ok(more) => sockets.extend(more),
                    Err(error) => errors.push(error),
                }
            }
            (sockets, errors)
        }
        Transport::Raw4 | Transport::Udp4 => {
            let addresses = match opener.addresses4(spec) {
                Ok(addresses) => addresses,
                Err(error) => return (Vec::new(), vec![error]),
            };
            if spec.transport == Transport::Udp4 { opener.unicast(&addresses) } else { opener.raw(&addresses) }
        }
    }
}

pub(super) fn channel(own: u16, theirs: u16) -> Result<Arc<Socket>, OpenError> {
    let interface = Interface::loopback();
    let opener = Opener { interface: &interface, port: own, old: &[] };
    let socket = opener.socket(Role::Channel, Ipv6Addr::LOCALHOST.into())?;
    connect(&socket.fd, &SocketAddrV6::new(Ipv6Addr::LOCALHOST, theirs, 0, 0))
        .map_err(|errno| opener.option("connect to the other server", errno.into()))?;
    Ok(socket)
}

/// What the sockets of one interface are opened with.
struct Opener<'a> {
    interface: &'a Interface,
    port: u16,
    /// The sockets of the interface with the same port that are open at present.
    old: &'a [Arc<Socket>],
}

impl Opener<'_> {
    /// Makes sure that packets can come in by the interface.
    fn ready(&self, transport: Transport) -> Result<(), OpenError> {
        let interface = self.interface.name.clone();
        match self.interface {
            Interface { loopback: true, .. } if transport != Transport::Udp6 => Err(OpenError::Loopback { interface }),
            Interface { up: false, .. } => Err(OpenError::Down { interface }),
            Interface { running: false, .. } => Err(OpenError::NotRunning { interface }),
            Interface { .. } => Ok(()),
        }
    }

    /// Opens a socket for each of some addresses.
    fn unicast(&self, addresses: &[IpAddr]) -> Outcome {
        let (mut sockets, mut errors) = (Vec::new(), Vec::new());
        for address in addresses {
            let is_same = |socket: &&Arc<Socket>| socket.role == Role::Unicast && socket.addresses == [*address];
            let socket = match self.old.iter().find(is_same) {
                Some(same) => Ok(Arc::clone(same)),
                None => self.check(*address).and_then(|()| self.socket(Role::Unicast, *address)),
            };
            match socket {
                Ok(socket) => sockets.push(socket),
                Err(error) => errors.push(error),
            }
        }
        (sockets, errors)
    }

    /// Opens the link-local socket and those of the groups. Without the first, the others are of no use.
    fn multicast(&self) -> Result<Vec<Arc<Socket>>, OpenError> {
        let is_there = |socket: &Arc<Socket>| {
            socket.role == Role::LinkLocal
                && socket.addresses.iter().all(|address| self.interface.address(*address).is_some())
        };
        if self.old.iter().any(is_there) {
            let same = self.old.iter().filter(|socket| matches!(socket.role, Role::LinkLocal | Role::Group));
            return Ok(same.cloned().collect());
        }
        let name = || self.interface.name.clone();
        let usable = self.interface.link_local6().find(|(_, entry)| !entry.tentative && !entry.duplicate);
        let address = match (usable, self.interface.link_local6().find(|(_, entry)| entry.tentative)) {
            (Some((address, _)), _) => address,
            (None, Some((address, _))) => {
                return Err(OpenError::Tentative { interface: name(), address: address.into() });
            }
            (None, None) => return Err(OpenError::NoLinkLocal { interface: name() }),
        };
        let mut sockets = vec![self.socket(Role::LinkLocal, address.into())?];
        sockets.push(self.socket(Role::Group, ALL_RELAYS_AND_SERVERS.into())?);
        sockets.extend(self.socket(Role::Group, ALL_SERVERS.into()).ok());
        Ok(sockets)
    }

    /// Lists the addresses DHCPv4 is to be served on; never none.
    fn addresses4(&self, spec: &OpenSpec) -> Result<Vec<IpAddr>, OpenError> {
        let own = self.interface.addresses.iter().map(|entry| entry.address).filter(|own| own.is_ipv4() && spec.whole);
        let mut addresses: Vec<IpAddr> = own.collect();
        for address in &spec.addresses {
            if !addresses.contains(address) {
                addresses.push(*address);
            }
        }
        if addresses.is_empty() {
            return Err(OpenError::NoAddress4 { interface: self.interface.name.clone() });
        }
        Ok(addresses)
    }

    /// Opens the one raw socket, for those of the addresses whose port can be held.
    fn raw(&self, addresses: &[IpAddr]) -> Outcome {
        if let Some(same) = self.old.iter().find(|socket| socket.role == Role::Raw && socket.addresses == addresses) {
            return (vec![Arc::clone(same)], Vec::new());
        }
        let (mut served, mut held, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for address in addresses {
            match self.check(*address).and_then(|()| self.hold(*address)) {
                Ok(fd) => {
                    served.push(*address);
                    held.push(fd);
                }
                Err(error) => errors.push(error),
            }
        }
        if served.is_empty() {
            return (Vec::new(), errors);
        }
        match self.packets(&served) {
            Ok(fd) => {
                let socket = Socket {
                    fd,
                    role: Role::Raw,
                    addresses: served,
                    port: self.port,
                    interface: self.interface.name.clone(),
                    ifindex: self.interface.index,
                    held,
                };
                (vec![Arc::new(socket)], errors)
            }
            Err(error) => {
                errors.push(error);
                (Vec::new(), errors)
            }
        }
    }

    /// Opens a socket that sees the interface's packets. It gets nothing before its filter is in place.
    fn packets(&self, addresses: &[IpAddr]) -> Result<OwnedFd, OpenError> {
        let fd = sys::packet_socket().map_err(|source| match Errno::from_io_error(&source) {
            Some(Errno::PERM | Errno::ACCESS) => OpenError::NoRaw { interface: self.interface.name.clone() },
            _ => self.option("open a raw socket", source),
        })?;
        let addresses: Vec<Ipv4Addr> = addresses
            .iter()
            .filter_map(|address| match address {
                IpAddr::V4(address) => Some(*address),
                IpAddr::V6(_) => None,
            })
            .collect();
        let program = filter::datagrams(self.interface.index, self.port, &addresses);
        sys::attach_filter(fd.as_fd(), &program).map_err(|source| self.option("filter packets", source))?;
        sys::set_receive_checksum(fd.as_fd()).map_err(|source| self.option("ask for checksums", source))?;
        self.set_buffer(&fd)?;
        sys::bind_packets(fd.as_fd(), self.interface.index)
            .map_err(|source| self.option("bind a raw socket", source))?;
        Ok(fd)
    }

    /// Opens a UDP socket that holds the port of an address and gets nothing.
    fn hold(&self, address: IpAddr) -> Result<OwnedFd, OpenError> {
        let fd = self.udp(address)?;
        sys::attach_filter(fd.as_fd(), &filter::nothing())
            .map_err(|source| self.option("keep packets from a socket", source))?;
        self.bind(&fd, address)?;
        Ok(fd)
    }

    fn socket(&self, role: Role, address: IpAddr) -> Result<Arc<Socket>, OpenError> {
        let fd = self.udp(address)?;
        let asked = if address.is_ipv4() {
            sys::set_receive_information4(fd.as_fd())
        } else {
            sys::set_receive_information6(fd.as_fd())
        };
        asked.map_err(|source| self.option("ask for packet information", source))?;
        self.set_buffer(&fd)?;
        match address {
            IpAddr::V6(group) if role == Role::Group => {
                self.prepare_group(&fd, group)?;
                self.bind(&fd, address)?;
                self.join(&fd, group)?;
            }
            IpAddr::V4(_) | IpAddr::V6(_) => self.bind(&fd, address)?,
        }
        Ok(Arc::new(Socket {
            port: self.local_port(&fd)?,
            fd,
            role,
            addresses: vec![address],
            interface: self.interface.name.clone(),
            ifindex: self.interface.index,
            held: Vec::new(),
        }))
    }

    /// Makes a UDP socket of an address's family.
    fn udp(&self, address: IpAddr) -> Result<OwnedFd, OpenError> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let kind = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = socket_with(family, SocketType::DGRAM, kind, Some(ipproto::UDP))
            .map_err(|errno| self.option("open a socket", errno.into()))?;
        if address.is_ipv4() {
            sockopt::set_socket_broadcast(&fd, true).map_err(|errno| self.option("allow broadcast", errno.into()))?;
        } else {
            sockopt::set_ipv6_v6only(&fd, true)
                .map_err(|errno| self.option("restrict a socket to IPv6", errno.into()))?;
        }
        Ok(fd)
    }

    fn set_buffer(&self, fd: &OwnedFd) -> Result<(), OpenError> {
        // The larger buffer is a help against bursts, not a condition; without privileges the system's limit applies.
        if sockopt::set_socket_recv_buffer_size_force(fd, RECEIVE_BUFFER).is_err() {
            sockopt::set_socket_recv_buffer_size(fd, RECEIVE_BUFFER)
                .map_err(|errno| self.option("set the receive buffer", errno.into()))?;
        }
        Ok(())
    }

    /// Group addresses may be shared by processes, and must not bring other interfaces' packets.
    fn prepare_group(&self, fd: &OwnedFd, group: Ipv6Addr) -> Result<(), OpenError> {
        sockopt::set_socket_reuseaddr(fd, true).map_err(|errno| self.option("share a group's port", errno.into()))?;
        // Kernels before 4.20 do not know this option; the scope of ff02::1:2 ties the socket to its interface anyway.
        if sys::set_own_groups_only6(fd.as_fd()).is_err() || group == ALL_SERVERS {
            sys::bind_to_device(fd.as_fd(), &self.interface.name)
                .map_err(|source| self.option("tie a socket to its interface", source))?;
        }
        Ok(())
    }

    fn bind(&self, fd: &OwnedFd, address: IpAddr) -> Result<(), OpenError> {
        let bound = match self.holder(address) {
            // Only for this moment: what shares an address for good would share it with a second server, too.
            Some(holder) => {
                let sharing = |on| [holder, fd.as_fd()].iter().try_for_each(|fd| sockopt::set_socket_reuseaddr(fd, on));
                let bound = sharing(true).and_then(|()| bind(fd, &self.place(address)));
                bound.and(sharing(false))
            }
            None => bind(fd, &self.place(address)),
        };
        bound.map_err(|errno| OpenError::Bind {
            interface: self.interface.name.clone(),
            address,
            port: self.port,
            source: errno.into(),
        })
    }

    /// Finds our own socket that has an address already and will be closed when the new ones are used.
    fn holder(&self, address: IpAddr) -> Option<BorrowedFd<'_>> {
        self.old.iter().find_map(|socket| match socket.role {
            Role::Unicast if socket.addresses == [address] => Some(socket.fd.as_fd()),
            Role::Raw => {
                let mut held = socket.addresses.iter().zip(&socket.held);
                held.find(|(held, _)| **held == address).map(|(_, fd)| fd.as_fd())
            }
            Role::Unicast | Role::LinkLocal | Role::Group | Role::Channel => None,
        })
    }

    fn place(&self, address: IpAddr) -> SocketAddr {
        match address {
            IpAddr::V6(address) => {
                let on_link = address.is_unicast_link_local() || address.is_multicast();
                let scope = if on_link { self.interface.index } else { 0 };
                SocketAddrV6::new(address, self.port, 0, scope).into()
            }
            IpAddr::V4(_) => SocketAddr::new(address, self.port),
        }
    }

    fn join(&self, fd: &OwnedFd, group: Ipv6Addr) -> Result<(), OpenError> {
        sockopt::set_ipv6_add_membership(fd, &group, self.interface.index).map_err(|errno| OpenError::Join {
            interface: self.interface.name.clone(),
            group: group.into(),
            source: errno.into(),
        })
    }

    /// The port that was bound to, which the system chose if zero was asked for.
    fn local_port(&self, fd: &OwnedFd) -> Result<u16, OpenError> {
        let name = rustix::net::getsockname(fd).and_then(SocketAddr::try_from);
        Ok(name.map_err(|errno| self.option("read back the port", errno.into()))?.port())
    }

    /// Makes sure that the interface has an address and may use it.
    fn check(&self, address: IpAddr) -> Result<(), OpenError> {
        let interface = self.interface.name.clone();
        match self.interface.address(address) {
            None => Err(OpenError::NoSuchAddress { interface, address }),
            Some(entry) if entry.tentative => Err(OpenError::Tentative { interface, address }),
            Some(_) => Ok(()),
        }
    }

    fn option(&self, action: &'static str, source: io::Error) -> OpenError {
        OpenError::Option { interface: self.interface.name.clone(), action, source }
    }
}
