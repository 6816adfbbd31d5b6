//! Network namespaces, virtual cables and addresses for demonstrations and tests, without any tool installed.
//!
//! A namespace lives as long as somebody holds it: its [`Namespace`], a socket opened in it, a program started in it. It is
//! gone with the last of them, however they end, so that nothing is left behind on the machine.

use std::ffi::c_int;
use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with};

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const NLMSG_ERROR: u16 = 2;
/// NLM_F_REQUEST and NLM_F_ACK.
const REQUEST: u16 = 0x1 | 0x4;
/// NLM_F_EXCL and NLM_F_CREATE.
const CREATE: u16 = 0x200 | 0x400;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_FD: u16 = 28;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFF_UP: u32 = 1;
const IFA_F_NODAD: u8 = 2;
const INET: u8 = 2;
const INET6: u8 = 10;

/// A network of its own: interfaces, addresses, ports.
#[derive(Debug)]
pub struct Namespace(File);

impl Namespace {
    /// Makes a network with nothing in it but its loopback.
    ///
    /// # Errors
    /// Those of unshare(2); `PermissionDenied` without the right to administer the network.
    pub fn new() -> io::Result<Self> {
        on_own_thread(|| {
            unshare()?;
            // Where these may be written, addresses can be used at once; elsewhere they are checked for duplicates first.
            drop(std::fs::write("/proc/sys/net/ipv6/conf/all/accept_dad", "0"));
            drop(std::fs::write("/proc/sys/net/ipv6/conf/default/accept_dad", "0"));
            set_up("lo")?;
            File::open("/proc/thread-self/ns/net").map(Self)
        })
    }

    /// Opens a network that `ip netns add` made.
    ///
    /// # Errors
    /// `NotFound` if there is none of that name.
    pub fn named(name: &str) -> io::Result<Self> {
        File::open(std::path::Path::new("/run/netns").join(name)).map(Self)
    }

    /// Does `work` inside: sockets it opens and programs it starts stay there.
    ///
    /// # Errors
    /// Those of setns(2) and of `work`.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        on_own_thread(|| {
            enter(&self.0)?;
            work()
        })
    }

    /// Makes a virtual cable: interface `here` in this network, its other end `there` in `other`.
    ///
    /// # Errors
    /// Those of the kernel, such as `AlreadyExists`.
    pub fn cable(&self, here: &str, other: &Self, there: &str) -> io::Result<()> {
        let fd = u32::try_from(other.0.as_raw_fd()).unwrap_or_default();
        let mut peer = link_header(0, 0);
        peer.extend(attribute(IFLA_IFNAME, &name(there)));
        peer.extend(attribute(IFLA_NET_NS_FD, &fd.to_ne_bytes()));
        let mut info = attribute(IFLA_INFO_KIND, b"veth\0");
        info.extend(attribute(IFLA_INFO_DATA, &attribute(VETH_INFO_PEER, &peer)));
        let mut body = link_header(0, 0);
        body.extend(attribute(IFLA_IFNAME, &name(here)));
        body.extend(attribute(IFLA_LINKINFO, &info));
        self.run(|| request(RTM_NEWLINK, CREATE, &body))
    }
}

/// Runs `work` where nobody else notices which network it moved to.
fn on_own_thread<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|_panic| Err(io::Error::other("the work in the namespace panicked")))
}

/// Switches an interface on.
///
/// # Errors
/// Those of the kernel, such as `No such device`.
pub fn set_up(interface: &str) -> io::Result<()> {
    request(RTM_NEWLINK, 0, &link_header(index(interface)?, IFF_UP))
}

/// Switches an interface off.
///
/// # Errors
/// Those of the kernel, such as `No such device`.
pub fn set_down(interface: &str) -> io::Result<()> {
    let mut header = link_header(index(interface)?, 0);
    // The flags are all off; the mask says which of them counts.
    header.truncate(12);
    header.extend(IFF_UP.to_ne_bytes());
    request(RTM_NEWLINK, 0, &header)
}

/// Gives an interface an address that can be used at once.
///
/// # Errors
/// Those of the kernel, such as `AlreadyExists`.
pub fn add_address(interface: &str, address: impl Into<IpAddr>, length: u8) -> io::Result<()> {
    request(RTM_NEWADDR, CREATE, &address_message(index(interface)?, address.into(), length))
}

/// Takes an address away again.
///
/// # Errors
/// Those of the kernel, such as `AddrNotAvailable`.
pub fn remove_address(interface: &str, address: impl Into<IpAddr>, length: u8) -> io::Result<()> {
    request(RTM_DELADDR, 0, &address_message(index(interface)?, address.into(), length))
}

/// Opens a UDP socket that hears what is broadcast on an interface, whether that has an address or not, and broadcasts there.
///
/// # Errors
/// Those of the kernel, such as `No such device`.
pub fn broadcast_socket(interface: &str, port: u16) -> io::Result<UdpSocket> {
    let socket = socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    crate::sys::bind_to_device(socket.as_fd(), interface)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::BROADCAST, port))?;
    let socket = UdpSocket::from(socket);
    socket.set_broadcast(true)?;
    Ok(socket)
}

/// Gives the kernel's number of an interface in the calling thread's network.
///
/// # Errors
/// Those of the kernel, such as `No such device`.
pub fn index(interface: &str) -> io::Result<u32> {
    let socket = socket_with(AddressFamily::INET6, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    Ok(rustix::net::netdevice::name_to_index(&socket, interface)?)
}

#[expect(unsafe_code, reason = "no safe crate offers unshare for one thread")]
fn unshare() -> io::Result<()> {
    // SAFETY: CLONE_NEWNET changes only which network the calling thread sees; no memory or descriptor is touched.
    let done: c_int = unsafe { libc::unshare(libc::CLONE_NEWNET) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[expect(unsafe_code, reason = "no safe function that this workspace links offers setns")]
fn enter(namespace: &File) -> io::Result<()> {
    // SAFETY: the descriptor is open for the whole call, and only the calling thread's network changes.
    let done: c_int = unsafe { libc::setns(namespace.as_raw_fd(), libc::CLONE_NEWNET) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn name(interface: &str) -> Vec<u8> {
    interface.bytes().chain([0]).collect()
}

/// An ifinfomsg: family, padding, type, index, flags, mask of changed flags.
fn link_header(index: u32, flags: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), flags.to_ne_bytes()].concat()
}

/// An ifaddrmsg and its attributes: family, length, flags, scope, index.
fn address_message(index: u32, address: IpAddr, length: u8) -> Vec<u8> {
    let (family, octets) = match address {
        IpAddr::V4(address) => (INET, address.octets().to_vec()),
        IpAddr::V6(address) => (INET6, address.octets().to_vec()),
    };
    let mut body = [[family, length, IFA_F_NODAD, 0], index.to_ne_bytes()].concat();
    body.extend(attribute(IFA_LOCAL, &octets));
    body.extend(attribute(IFA_ADDRESS, &octets));
    body
}

/// One attribute, padded to four octets; the length does not count the padding.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len().saturating_add(4)).unwrap_or(u16::MAX);
    let mut octets = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    octets.extend_from_slice(value);
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// Sends one request to the kernel and waits for its acknowledgement.
fn request(kind: u16, flags: u16, body: &[u8]) -> io::Result<()> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    let length = u32::try_from(body.len().saturating_add(16)).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend(kind.to_ne_bytes());
    message.extend((REQUEST | flags).to_ne_bytes());
    message.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    message.extend_from_slice(body);
    sendto(&socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    acknowledged(socket.as_fd())
}

fn acknowledged(socket: std::os::fd::BorrowedFd<'_>) -> io::Result<()> {
    let mut buffer = [0; 4096];
    let (_, length) = recv(socket, buffer.as_mut_slice(), RecvFlags::empty())?;
    let answer = buffer.get(..length).unwrap_or_default();
    let kind = answer.get(4..).and_then(<[u8]>::first_chunk).copied().map(u16::from_ne_bytes);
    let code = answer.get(16..).and_then(<[u8]>::first_chunk).copied().map(i32::from_ne_bytes);
    match (kind, code) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(code)) => Err(io::Error::from_raw_os_error(code.saturating_neg())),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the kernel's answer is no acknowledgement")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_padded_and_its_length_is_not() {
        let kind = IFLA_IFNAME.to_ne_bytes();
        let expected = [&5_u16.to_ne_bytes()[..], &kind, &[7, 0, 0, 0]].concat();
        assert_eq!(attribute(IFLA_IFNAME, &[7]), expected);
    }

    #[test]
    fn two_namespaces_are_joined_and_the_machine_has_no_new_interface() {
        let made = Namespace::new().and_then(|first| {
            let second = Namespace::new()?;
            first.cable("nestor-a", &second, "nestor-b")?;
            first.run(|| {
                set_up("nestor-a")?;
                for (address, length) in [("fd00::1", 64), ("192.0.2.1", 24)] {
                    let address: IpAddr = address.parse().unwrap();
                    add_address("nestor-a", address, length)?;
                    remove_address("nestor-a", address, length)?;
                }
                Ok(())
            })?;
            second.run(|| index("nestor-b"))
        });
        match made {
            Ok(index) => assert!(index > 0),
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::PermissionDenied),
        }
        assert!(index("nestor-a").is_err() && index("nestor-b").is_err());
    }
}
