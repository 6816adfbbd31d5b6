//! The two questions asked of the kernel's routing socket: links and addresses.
//!
//! Layouts are those of rtnetlink(7); all numbers are in the machine's byte order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};
use wire::HardwareAddress;

use crate::error::InterfaceError;
use crate::interface::{Interface, InterfaceAddress, Scope};

const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
/// NLM_F_REQUEST and NLM_F_DUMP.
const REQUEST_DUMP: u16 = 0x1 | 0x300;
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_FLAGS: u16 = 8;
const IFF_UP: u32 = 0x1;
const IFF_BROADCAST: u32 = 0x2;
const IFF_LOOPBACK: u32 = 0x8;
const IFF_POINTOPOINT: u32 = 0x10;
const IFF_RUNNING: u32 = 0x40;
const IFF_MULTICAST: u32 = 0x1000;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
/// A machine with more parts of an answer than this is not one we serve; it bounds the loop.
const MOST_PARTS: usize = 100_000;

/// Asks for all links; their addresses are empty.
pub(crate) fn links() -> Result<Vec<Interface>, InterfaceError> {
    let mut found = Vec::new();
    dump(RTM_GETLINK, |kind, body| {
        if kind == RTM_NEWLINK {
            found.push(link(body)?);
        }
        Some(())
    })?;
    Ok(found)
}

/// Asks for all addresses with the index of their link.
pub(crate) fn addresses() -> Result<Vec<(u32, InterfaceAddress)>, InterfaceError> {
    let mut found = Vec::new();
    dump(RTM_GETADDR, |kind, body| {
        if kind == RTM_NEWADDR {
            let (index, entry) = address(body)?;
            found.extend(entry.map(|entry| (index, entry)));
        }
        Some(())
    })?;
    Ok(found)
}

/// Sends a dump request and hands every message of the answer to `take`, which returns `None` for a malformed one.
fn dump(question: u16, mut take: impl FnMut(u16, &[u8]) -> Option<()>) -> Result<(), InterfaceError> {
    let failed = |errno: rustix::io::Errno| InterfaceError::Netlink(errno.into());
    // Protocol 0 is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None).map_err(failed)?;
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&socket, &request(question), SendFlags::empty(), &kernel).map_err(failed)?;
    let mut buffer = vec![0_u8; 64 * 1024];
    for _ in 0..MOST_PARTS {
        let (_, length) = match recv(&socket, buffer.as_mut_slice(), RecvFlags::TRUNC) {
            Err(rustix::io::Errno::INTR) => continue,
            other => other.map_err(failed)?,
        };
        let part = buffer.get(..length).ok_or(InterfaceError::Malformed)?;
        if walk(part, &mut take)? {
            return Ok(());
        }
    }
    Err(InterfaceError::Malformed)
}

/// Makes a dump request: a header and a body of zeros, which means every family.
fn request(question: u16) -> [u8; 32] {
    let mut octets = [0_u8; 32];
    let header = 32_u32.to_ne_bytes().into_iter().chain(question.to_ne_bytes()).chain(REQUEST_DUMP.to_ne_bytes());
    for (place, octet) in octets.iter_mut().zip(header.chain(1_u32.to_ne_bytes())) {
        *place = octet;
    }
    octets
}

/// Walks the messages of one datagram; true once the answer is complete.
fn walk(mut part: &[u8], take: &mut impl FnMut(u16, &[u8]) -> Option<()>) -> Result<bool, InterfaceError> {
    while !part.is_empty() {
        let length = read_u32(part, 0).and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| *length >= 16).ok_or(InterfaceError::Malformed)?;
        let message = part.get(..length).ok_or(InterfaceError::Malformed)?;
        let kind = read_u16(message, 4).ok_or(InterfaceError::Malformed)?;
        let body = message.get(16..).ok_or(InterfaceError::Malformed)?;
        match kind {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => {
                let code = read_u32(body, 0).ok_or(InterfaceError::Malformed)?.cast_signed();
                return Err(InterfaceError::Netlink(std::io::Error::from_raw_os_error(code.wrapping_neg())));
            }
            other => take(other, body).ok_or(InterfaceError::Malformed)?,
        }
        part = part.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

/// Reads an `ifinfomsg` and its attributes.
fn link(body: &[u8]) -> Option<Interface> {
    let flags = read_u32(body, 8)?;
    let has = |bit: u32| flags & bit != 0;
    let mut interface = Interface {
        index: read_u32(body, 4)?,
        name: String::new(),
        up: has(IFF_UP),
        running: has(IFF_RUNNING),
        loopback: has(IFF_LOOPBACK),
        multicast: has(IFF_MULTICAST),
        broadcast: has(IFF_BROADCAST),
        point_to_point: has(IFF_POINTOPOINT),
        mtu: 0,
        hardware: HardwareAddress { htype: read_u16(body, 2)?, octets: Box::default() },
        addresses: Vec::new(),
    };
    for (kind, value) in Attributes(body.get(16..)?) {
        match kind {
            IFLA_ADDRESS => interface.hardware.octets = value.into(),
            IFLA_IFNAME => {
                let name = value.split(|octet| *octet == 0).next().unwrap_or_default();
                interface.name = String::from_utf8_lossy(name).into_owned();
            }
            IFLA_MTU => interface.mtu = read_u32(value, 0)?,
            _ => {}
        }
    }
    Some(interface)
}

/// Reads an `ifaddrmsg` and its attributes: the link's index, and the address if it is an IPv4 or IPv6 one.
fn address(body: &[u8]) -> Option<(u32, Option<InterfaceAddress>)> {
    let [family, prefix_length, short_flags, scope] = *body.first_chunk::<4>()?;
    let index = read_u32(body, 4)?;
    let mut flags = u32::from(short_flags);
    let (mut local, mut peer) = (None, None);
    for (kind, value) in Attributes(body.get(8..)?) {
        match kind {
            IFA_LOCAL => local = ip(family, value),
            IFA_ADDRESS => peer = ip(family, value),
            IFA_FLAGS => flags = read_u32(value, 0)?,
            _ => {}
        }
    }
    let scope = match scope {
        0 => Scope::Global,
        253 => Scope::Link,
        254 => Scope::Host,
        other => Scope::Other(other),
    };
    // On point-to-point links the local address is the own one; elsewhere both are the same or only one is given.
    let entry = local.or(peer).map(|address| InterfaceAddress {
        address,
        prefix_length,
        scope,
        tentative: flags & IFA_F_TENTATIVE != 0,
        duplicate: flags & IFA_F_DADFAILED != 0,
        deprecated: flags & IFA_F_DEPRECATED != 0,
    });
    Some((index, entry))
}

fn ip(family: u8, value: &[u8]) -> Option<IpAddr> {
    match i32::from(family) {
        libc::AF_INET => <[u8; 4]>::try_from(value).ok().map(|octets| Ipv4Addr::from(octets).into()),
        libc::AF_INET6 => <[u8; 16]>::try_from(value).ok().map(|octets| Ipv6Addr::from(octets).into()),
        _ => None,
    }
}

/// The attributes behind a message's fixed part; ends at the first that does not fit.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = usize::from(read_u16(self.0, 0)?);
        // The two upper bits say "nested" and "network byte order"; neither is part of the type.
        let kind = read_u16(self.0, 2)? & 0x3fff;
        let value = self.0.get(4..length)?;
        self.0 = self.0.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    }
}

fn read_u16(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().copied().map(u16::from_ne_bytes)
}

fn read_u32(octets: &[u8], at: usize) -> Option<u32> {
    octets.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests;
