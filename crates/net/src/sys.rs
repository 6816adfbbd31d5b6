//! The system calls no safe crate offers: batched receive and send with packet information, two socket options.
//!
//! Every pointer handed to the kernel here points into arrays that live on the stack of the calling function, or into
//! slices the caller borrowed to it; none outlives the call.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use crate::batch::{Outgoing, Received};

/// The most datagrams moved by one call.
pub(crate) const MOST: usize = 64;
/// Room for one control message: `in6_pktinfo` needs 40 octets, `in_pktinfo` 32.
const CONTROL: usize = 64;

/// A buffer for control messages, aligned as their header needs it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

/// Everything the kernel reads and writes for one call.
struct Headers {
    messages: [libc::mmsghdr; MOST],
    vectors: [libc::iovec; MOST],
    names: [libc::sockaddr_storage; MOST],
    controls: [Control; MOST],
}

impl Headers {
    #[expect(unsafe_code, reason = "libc's structures have no safe constructor for all zeros")]
    fn new() -> Self {
        // SAFETY: all four are plain C structures and integers for which all bits zero is a valid value (null pointers,
        // zero lengths, family AF_UNSPEC).
        unsafe { MaybeUninit::zeroed().assume_init() }
    }
}

/// Receives what is there without waiting; returns how many datagrams.
///
/// `buffers` is cut into pieces of `size` octets, one per datagram.
#[expect(unsafe_code, reason = "recvmmsg has no safe wrapper")]
pub(crate) fn receive(
    fd: BorrowedFd<'_>,
    buffers: &mut [u8],
    size: usize,
    received: &mut Vec<Received>,
) -> io::Result<usize> {
    let mut headers = Headers::new();
    let mut count: libc::c_uint = 0;
    let parts =
        headers.messages.iter_mut().zip(&mut headers.vectors).zip(&mut headers.names).zip(&mut headers.controls);
    for ((((message, vector), name), control), buffer) in parts.zip(buffers.chunks_exact_mut(size)) {
        vector.iov_base = buffer.as_mut_ptr().cast();
        vector.iov_len = buffer.len();
        let header = &mut message.msg_hdr;
        header.msg_iov = vector;
        header.msg_iovlen = 1;
        header.msg_name = ptr::from_mut(name).cast();
        header.msg_namelen = length_of::<libc::sockaddr_storage>();
        header.msg_control = ptr::from_mut(control).cast();
        header.msg_controllen = CONTROL;
        count = count.saturating_add(1);
    }
    // SAFETY: the first `count` messages were filled above with pointers into `headers` and `buffers`, which are both
    // borrowed mutably for the whole call, with their true lengths. A null timeout is allowed.
    let got = unsafe {
        libc::recvmmsg(fd.as_raw_fd(), headers.messages.as_mut_ptr(), count, libc::MSG_DONTWAIT, ptr::null_mut())
    };
    let got = usize::try_from(got).map_err(|_negative| io::Error::last_os_error())?;
    for (message, name) in headers.messages.iter().zip(&headers.names).take(got) {
        received.push(describe(message, name, size));
    }
    Ok(got)
}

/// Reads one datagram's headers after the kernel has filled them.
fn describe(message: &libc::mmsghdr, name: &libc::sockaddr_storage, size: usize) -> Received {
    let (to, ifindex) = packet_information(&message.msg_hdr).unwrap_or((Ipv6Addr::UNSPECIFIED.into(), 0));
    Received {
        length: usize::try_from(message.msg_len).unwrap_or(size).min(size),
        truncated: message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
        from: socket_address(name).unwrap_or(SocketAddr::V6(SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0))),
        to,
        ifindex,
    }
}

/// Finds the destination address and the interface among the control messages.
#[expect(unsafe_code, reason = "control messages are walked by pointers only")]
fn packet_information(header: &libc::msghdr) -> Option<(IpAddr, u32)> {
    // SAFETY: `msg_control` and `msg_controllen` describe a live, aligned buffer that the kernel filled with whole
    // control messages, as CMSG_FIRSTHDR and CMSG_NXTHDR require; both return null at the end.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    while !next.is_null() {
        // SAFETY: not null, hence a header inside the buffer.
        let (level, kind, length) = unsafe { ((*next).cmsg_level, (*next).cmsg_type, (*next).cmsg_len) };
        // SAFETY: the data begin behind the header, still inside the buffer or one past its end.
        let data = unsafe { libc::CMSG_DATA(next) };
        if (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) && length >= control_length::<libc::in6_pktinfo>()
        {
            // SAFETY: the message's length says that a whole in6_pktinfo follows; read without assuming alignment.
            let found = unsafe { ptr::read_unaligned(data.cast::<libc::in6_pktinfo>()) };
            return Some((Ipv6Addr::from(found.ipi6_addr.s6_addr).into(), found.ipi6_ifindex));
        }
        if (level, kind) == (libc::IPPROTO_IP, libc::IP_PKTINFO) && length >= control_length::<libc::in_pktinfo>() {
            // SAFETY: as above, with an in_pktinfo.
            let found = unsafe { ptr::read_unaligned(data.cast::<libc::in_pktinfo>()) };
            let address = Ipv4Addr::from(found.ipi_addr.s_addr.to_ne_bytes());
            return Some((address.into(), u32::try_from(found.ipi_ifindex).unwrap_or(0)));
        }
        // SAFETY: as for CMSG_FIRSTHDR; `next` is a header of this buffer.
        next = unsafe { libc::CMSG_NXTHDR(header, next) };
    }
    None
}

/// Length of a control message with a `T` inside, as `cmsg_len` counts it.
#[expect(unsafe_code, reason = "libc declares CMSG_LEN unsafe although it only calculates")]
fn control_length<T>() -> usize {
    // SAFETY: arithmetic on its argument only.
    let length = unsafe { libc::CMSG_LEN(length_of::<T>()) };
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Sends as many of the datagrams as the kernel takes at once; returns how many.
#[expect(unsafe_code, reason = "sendmmsg has no safe wrapper")]
pub(crate) fn send(fd: BorrowedFd<'_>, outgoing: &[Outgoing<'_>]) -> io::Result<usize> {
    let mut headers = Headers::new();
    let mut count: libc::c_uint = 0;
    let parts =
        headers.messages.iter_mut().zip(&mut headers.vectors).zip(&mut headers.names).zip(&mut headers.controls);
    for ((((message, vector), name), control), datagram) in parts.zip(outgoing) {
        vector.iov_base = datagram.octets.as_ptr().cast_mut().cast();
        vector.iov_len = datagram.octets.len();
        let header = &mut message.msg_hdr;
        header.msg_iov = vector;
        header.msg_iovlen = 1;
        header.msg_namelen = write_address(name, datagram);
        header.msg_name = ptr::from_mut(name).cast();
        header.msg_controllen = write_information(control, datagram);
        header.msg_control = if header.msg_controllen == 0 { ptr::null_mut() } else { ptr::from_mut(control).cast() };
        count = count.saturating_add(1);
    }
    // SAFETY: the first `count` messages point into `headers` and into the borrowed payloads with their true lengths;
    // the kernel only reads the payloads, so that the cast from const is never used to write.
    let sent = unsafe { libc::sendmmsg(fd.as_raw_fd(), headers.messages.as_mut_ptr(), count, libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_negative| io::Error::last_os_error())
}

/// Writes the destination; returns its length.
#[expect(unsafe_code, reason = "sockaddr_storage is filled through its variants")]
fn write_address(name: &mut libc::sockaddr_storage, datagram: &Outgoing<'_>) -> libc::socklen_t {
    match datagram.to {
        SocketAddr::V4(to) => {
            let address = libc::sockaddr_in {
                sin_family: family(libc::AF_INET),
                sin_port: to.port().to_be(),
                sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(to.ip().octets()) },
                sin_zero: [0; 8],
            };
            // SAFETY: sockaddr_storage is larger than, and aligned for, every socket address.
            unsafe { ptr::from_mut(name).cast::<libc::sockaddr_in>().write(address) };
            length_of::<libc::sockaddr_in>()
        }
        SocketAddr::V6(to) => {
            let scope = if datagram.is_on_link() { datagram.ifindex } else { 0 };
            let address = libc::sockaddr_in6 {
                sin6_family: family(libc::AF_INET6),
                sin6_port: to.port().to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr { s6_addr: to.ip().octets() },
                sin6_scope_id: if to.scope_id() == 0 { scope } else { to.scope_id() },
            };
            // SAFETY: sockaddr_storage is larger than, and aligned for, every socket address.
            unsafe { ptr::from_mut(name).cast::<libc::sockaddr_in6>().write(address) };
            length_of::<libc::sockaddr_in6>()
        }
    }
}

/// Writes the packet information that chooses source and interface; returns its length, 0 if both are free.
fn write_information(control: &mut Control, datagram: &Outgoing<'_>) -> usize {
    let ifindex = if datagram.is_on_link() { datagram.ifindex } else { 0 };
    let source = datagram.usable_source();
    if ifindex == 0 && source.is_none() {
        return 0;
    }
    match (datagram.to, source) {
        (SocketAddr::V4(_), Some(IpAddr::V6(_))) | (SocketAddr::V6(_), Some(IpAddr::V4(_))) => 0,
        (SocketAddr::V4(_), source) => {
            let source = if let Some(IpAddr::V4(source)) = source { source } else { Ipv4Addr::UNSPECIFIED };
            let information = libc::in_pktinfo {
                ipi_ifindex: c_int::try_from(ifindex).unwrap_or(0),
                ipi_spec_dst: libc::in_addr { s_addr: u32::from_ne_bytes(source.octets()) },
                ipi_addr: libc::in_addr { s_addr: 0 },
            };
            put_control(control, (libc::IPPROTO_IP, libc::IP_PKTINFO), information)
        }
        (SocketAddr::V6(_), source) => {
            let source = if let Some(IpAddr::V6(source)) = source { source } else { Ipv6Addr::UNSPECIFIED };
            let information =
                libc::in6_pktinfo { ipi6_addr: libc::in6_addr { s6_addr: source.octets() }, ipi6_ifindex: ifindex };
            put_control(control, (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO), information)
        }
    }
}

/// Writes one control message at the buffer's start; returns the space it takes.
#[expect(unsafe_code, reason = "control messages are written by pointers only")]
fn put_control<T: Copy>(control: &mut Control, (level, kind): (c_int, c_int), value: T) -> usize {
    // SAFETY: arithmetic on its argument only.
    let space = unsafe { libc::CMSG_SPACE(length_of::<T>()) };
    let space = usize::try_from(space).unwrap_or(usize::MAX);
    if space > CONTROL {
        return 0;
    }
    let header = ptr::from_mut(control).cast::<libc::cmsghdr>();
    // SAFETY: the buffer is aligned for cmsghdr and, by the check above, holds header and value.
    unsafe {
        (*header).cmsg_level = level;
        (*header).cmsg_type = kind;
        (*header).cmsg_len = control_length::<T>();
        ptr::write_unaligned(libc::CMSG_DATA(header).cast::<T>(), value);
    }
    space
}

/// Reads an address the kernel wrote.
#[expect(unsafe_code, reason = "sockaddr_storage is read through its variants")]
fn socket_address(name: &libc::sockaddr_storage) -> Option<SocketAddr> {
    if name.ss_family == family(libc::AF_INET6) {
        // SAFETY: the family says which variant it is; sockaddr_storage is larger than, and aligned for, all of them.
        let found = unsafe { *ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
        let address = Ipv6Addr::from(found.sin6_addr.s6_addr);
        let (port, scope) = (u16::from_be(found.sin6_port), found.sin6_scope_id);
        return Some(SocketAddrV6::new(address, port, 0, scope).into());
    }
    if name.ss_family == family(libc::AF_INET) {
        // SAFETY: as above.
        let found = unsafe { *ptr::from_ref(name).cast::<libc::sockaddr_in>() };
        let address = Ipv4Addr::from(found.sin_addr.s_addr.to_ne_bytes());
        return Some(SocketAddrV4::new(address, u16::from_be(found.sin_port)).into());
    }
    None
}

/// Asks for the destination address and interface of every IPv6 datagram (`IPV6_RECVPKTINFO`).
pub(crate) fn set_receive_information6(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO), &1_i32.to_ne_bytes())
}

/// Limits delivery to groups this socket joined itself (`IPV6_MULTICAST_ALL` off).
pub(crate) fn set_own_groups_only6(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_ALL), &0_i32.to_ne_bytes())
}

/// Makes a raw packet socket hear the IPv4 frames of one interface, and send by it.
#[expect(unsafe_code, reason = "no safe bind knows the address of a packet socket")]
pub(crate) fn bind_to_frames(fd: BorrowedFd<'_>, ifindex: u32) -> io::Result<()> {
    // SAFETY: a plain C structure for which all bits zero is a valid value.
    let mut address: libc::sockaddr_ll = unsafe { MaybeUninit::zeroed().assume_init() };
    address.sll_family = family(libc::AF_PACKET);
    address.sll_protocol = u16::try_from(libc::ETH_P_IP).map_err(io::Error::other)?.to_be();
    address.sll_ifindex = c_int::try_from(ifindex).map_err(io::Error::other)?;
    // SAFETY: the pointer and the length describe `address`, which the kernel only reads.
    let result =
        unsafe { libc::bind(fd.as_raw_fd(), ptr::from_ref(&address).cast(), length_of::<libc::sockaddr_ll>()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Ties the socket to an interface (`SO_BINDTODEVICE`).
pub(crate) fn bind_to_device(fd: BorrowedFd<'_>, interface: &str) -> io::Result<()> {
    set_option(fd, (libc::SOL_SOCKET, libc::SO_BINDTODEVICE), interface.as_bytes())
}

#[expect(unsafe_code, reason = "setsockopt for options rustix does not know")]
fn set_option(fd: BorrowedFd<'_>, (level, name): (c_int, c_int), value: &[u8]) -> io::Result<()> {
    let length = libc::socklen_t::try_from(value.len()).map_err(io::Error::other)?;
    // SAFETY: the pointer and the length describe `value`, which the kernel only reads.
    let result = unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, value.as_ptr().cast(), length) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn family(number: c_int) -> libc::sa_family_t {
    libc::sa_family_t::try_from(number).unwrap_or(0)
}

fn length_of<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}
