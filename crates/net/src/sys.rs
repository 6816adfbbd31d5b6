//! The system calls no safe crate offers: batched receive and send with packet information, packet sockets, their filters.
//!
//! Every pointer handed to the kernel here points into arrays that live on the stack of the calling function, or into
//! slices the caller borrowed to it; none outlives the call.

use std::ffi::c_int;
use std::io;
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use crate::batch::{LinkAddress, Outgoing, Received, Via};
use crate::frame::{Checksum, HEADERS};

/// The most datagrams moved by one call.
pub(crate) const MOST: usize = 64;
/// Room for one control message: `in6_pktinfo` needs 40 octets, `in_pktinfo` 32, `tpacket_auxdata` 40.
const CONTROL: usize = 64;
/// What packet(7) says of a packet: `SOL_PACKET`, `PACKET_AUXDATA`, and two bits of its `tp_status`.
const SOL_PACKET: c_int = 263;
const PACKET_AUXDATA: c_int = 8;
const CHECKSUM_NOT_READY: u32 = 1 << 3;
const CHECKSUM_VALID: u32 = 1 << 7;

/// A buffer for control messages, aligned as their header needs it.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct Control([u8; CONTROL]);

/// Everything the kernel reads and writes for one call.
struct Headers {
    messages: [libc::mmsghdr; MOST],
    /// Up to two for each: headers, if we make them, and payload.
    vectors: [[libc::iovec; 2]; MOST],
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
        let [vector, _] = vector;
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
    for (slot, (message, name)) in headers.messages.iter().zip(&headers.names).take(got).enumerate() {
        let (checksum, found) = read_controls(&message.msg_hdr);
        let (to, ifindex) = found.unwrap_or((Ipv6Addr::UNSPECIFIED.into(), 0));
        let described = Received {
            slot,
            start: 0,
            length: usize::try_from(message.msg_len).unwrap_or(size).min(size),
            truncated: message.msg_hdr.msg_flags & libc::MSG_TRUNC != 0,
            from: SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0).into(),
            to,
            ifindex,
            link: LinkAddress::default(),
            checksum,
        };
        received.push(match sender(name) {
            Some(Sender::Address(from)) => Received { from, ..described },
            Some(Sender::Machine(ifindex, link)) => Received { ifindex, link, ..described },
            None => described,
        });
    }
    Ok(got)
}

/// Finds among the control messages what is known of the checksum, and destination address and interface.
#[expect(unsafe_code, reason = "control messages are walked by pointers only")]
fn read_controls(header: &libc::msghdr) -> (Checksum, Option<(IpAddr, u32)>) {
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
            let address = Ipv6Addr::from(found.ipi6_addr.s6_addr);
            return (Checksum::Trusted, Some((address.into(), found.ipi6_ifindex)));
        }
        if (level, kind) == (libc::IPPROTO_IP, libc::IP_PKTINFO) && length >= control_length::<libc::in_pktinfo>() {
            // SAFETY: as above, with an in_pktinfo.
            let found = unsafe { ptr::read_unaligned(data.cast::<libc::in_pktinfo>()) };
            let address = Ipv4Addr::from(found.ipi_addr.s_addr.to_ne_bytes());
            return (Checksum::Trusted, Some((address.into(), u32::try_from(found.ipi_ifindex).unwrap_or(0))));
        }
        // The status is the first field of a tpacket_auxdata.
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA) && length >= control_length::<u32>() {
            // SAFETY: the message's length says that at least a whole u32 follows; read without assuming alignment.
            let status = unsafe { ptr::read_unaligned(data.cast::<u32>()) };
            let trusted = status & (CHECKSUM_NOT_READY | CHECKSUM_VALID) != 0;
            return (if trusted { Checksum::Trusted } else { Checksum::Unknown }, None);
        }
        // SAFETY: as for CMSG_FIRSTHDR; `next` is a header of this buffer.
        next = unsafe { libc::CMSG_NXTHDR(header, next) };
    }
    (Checksum::Unknown, None)
}

/// Length of a control message with a `T` inside, as `cmsg_len` counts it.
#[expect(unsafe_code, reason = "libc declares CMSG_LEN unsafe although it only calculates")]
fn control_length<T>() -> usize {
    // SAFETY: arithmetic on its argument only.
    let length = unsafe { libc::CMSG_LEN(length_of::<T>()) };
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Sends as many of the datagrams as the kernel takes at once; returns how many.
///
/// `prefixes` are the headers to send before each of them by a packet socket; empty for others.
#[expect(unsafe_code, reason = "sendmmsg has no safe wrapper")]
pub(crate) fn send(fd: BorrowedFd<'_>, outgoing: &[Outgoing<'_>], prefixes: &[[u8; HEADERS]]) -> io::Result<usize> {
    let mut headers = Headers::new();
    let mut count: libc::c_uint = 0;
    let parts =
        headers.messages.iter_mut().zip(&mut headers.vectors).zip(&mut headers.names).zip(&mut headers.controls);
    let prefixes = prefixes.iter().map(Some).chain(std::iter::repeat(None));
    for ((((message, vectors), name), control), (datagram, prefix)) in parts.zip(outgoing.iter().zip(prefixes)) {
        let header = &mut message.msg_hdr;
        header.msg_iov = vectors.as_mut_ptr();
        for (vector, octets) in
            vectors.iter_mut().zip(prefix.map(|prefix| &prefix[..]).into_iter().chain([datagram.octets]))
        {
            vector.iov_base = octets.as_ptr().cast_mut().cast();
            vector.iov_len = octets.len();
            header.msg_iovlen = header.msg_iovlen.saturating_add(1);
        }
        header.msg_namelen = write_address(name, datagram);
        header.msg_name = ptr::from_mut(name).cast();
        header.msg_controllen = write_information(control, datagram);
        header.msg_control = if header.msg_controllen == 0 { ptr::null_mut() } else { ptr::from_mut(control).cast() };
        count = count.saturating_add(1);
    }
    // SAFETY: the first `count` messages point into `headers` and into the borrowed prefixes and payloads with their true
    // lengths; the kernel only reads these, so that the cast from const is never used to write.
    let sent = unsafe { libc::sendmmsg(fd.as_raw_fd(), headers.messages.as_mut_ptr(), count, libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_negative| io::Error::last_os_error())
}

/// Writes the destination; returns its length.
#[expect(unsafe_code, reason = "sockaddr_storage is filled through its variants")]
pub(crate) fn write_address(name: &mut libc::sockaddr_storage, datagram: &Outgoing<'_>) -> libc::socklen_t {
    if let Via::Link(link) = datagram.via {
        // SAFETY: sockaddr_storage is larger than, and aligned for, every socket address.
        unsafe { ptr::from_mut(name).cast::<libc::sockaddr_ll>().write(machine(datagram.ifindex, link)) };
        return length_of::<libc::sockaddr_ll>();
    }
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
    let (ifindex, source) = (datagram.exit(), datagram.usable_source());
    if matches!(datagram.via, Via::Link(_)) || ifindex == 0 && source.is_none() {
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

/// Who sent a datagram, as far as the socket knows.
enum Sender {
    /// An address with its port.
    Address(SocketAddr),
    /// A machine on the link of an interface.
    Machine(u32, LinkAddress),
}

/// Reads an address the kernel wrote.
#[expect(unsafe_code, reason = "sockaddr_storage is read through its variants")]
fn sender(name: &libc::sockaddr_storage) -> Option<Sender> {
    if name.ss_family == family(libc::AF_INET6) {
        // SAFETY: the family says which variant it is; sockaddr_storage is larger than, and aligned for, all of them.
        let found = unsafe { *ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
        let address = Ipv6Addr::from(found.sin6_addr.s6_addr);
        let (port, scope) = (u16::from_be(found.sin6_port), found.sin6_scope_id);
        return Some(Sender::Address(SocketAddrV6::new(address, port, 0, scope).into()));
    }
    if name.ss_family == family(libc::AF_INET) {
        // SAFETY: as above.
        let found = unsafe { *ptr::from_ref(name).cast::<libc::sockaddr_in>() };
        let address = Ipv4Addr::from(found.sin_addr.s_addr.to_ne_bytes());
        return Some(Sender::Address(SocketAddrV4::new(address, u16::from_be(found.sin_port)).into()));
    }
    if name.ss_family == family(libc::AF_PACKET) {
        // SAFETY: as above.
        let found = unsafe { *ptr::from_ref(name).cast::<libc::sockaddr_ll>() };
        let octets = found.sll_addr.get(..usize::from(found.sll_halen)).unwrap_or_default();
        let index = u32::try_from(found.sll_ifindex).unwrap_or(0);
        return Some(Sender::Machine(index, LinkAddress::new(octets).unwrap_or_default()));
    }
    None
}

/// Makes the address of a machine on an interface's link, for IPv4.
fn machine(ifindex: u32, link: LinkAddress) -> libc::sockaddr_ll {
    let mut octets = [0; 8];
    for (place, octet) in octets.iter_mut().zip(link.octets()) {
        *place = *octet;
    }
    libc::sockaddr_ll {
        sll_family: family(libc::AF_PACKET),
        sll_protocol: ipv4(),
        sll_ifindex: c_int::try_from(ifindex).unwrap_or(0),
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: u8::try_from(link.octets().len()).unwrap_or(0),
        sll_addr: octets,
    }
}

/// The EtherType of IPv4 in network byte order, as packet sockets want it.
fn ipv4() -> u16 {
    u16::try_from(libc::ETH_P_IP).unwrap_or(0).to_be()
}

/// Opens a packet socket that receives nothing yet; link-layer headers are the kernel's to make and to take off.
#[expect(unsafe_code, reason = "rustix knows no packet sockets")]
pub(crate) fn packet_socket() -> io::Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no pointer is passed.
    let fd = unsafe { libc::socket(libc::AF_PACKET, kind, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened the descriptor for us, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Ties a packet socket to an interface; from here on it receives the interface's IPv4 packets.
#[expect(unsafe_code, reason = "rustix knows no packet sockets")]
pub(crate) fn bind_packets(fd: BorrowedFd<'_>, ifindex: u32) -> io::Result<()> {
    let address = machine(ifindex, LinkAddress::default());
    // SAFETY: the pointer and the length describe `address`, which the kernel only reads.
    let result =
        unsafe { libc::bind(fd.as_raw_fd(), ptr::from_ref(&address).cast(), length_of::<libc::sockaddr_ll>()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Lets only those packets in that a program of classic BPF passes.
#[expect(unsafe_code, reason = "setsockopt takes the program as a pointer")]
pub(crate) fn attach_filter(fd: BorrowedFd<'_>, program: &[libc::sock_filter]) -> io::Result<()> {
    let length = libc::c_ushort::try_from(program.len()).map_err(io::Error::other)?;
    let value = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let size = length_of::<libc::sock_fprog>();
    // SAFETY: `value` describes `program`, and both outlive the call, which only reads them: the kernel keeps a copy.
    let result = unsafe {
        libc::setsockopt(fd.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, ptr::from_ref(&value).cast(), size)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Asks of every packet whether its checksum was calculated and found right (`PACKET_AUXDATA`).
pub(crate) fn set_receive_checksum(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (SOL_PACKET, PACKET_AUXDATA), &1_i32.to_ne_bytes())
}

/// Asks for the destination address and interface of every IPv4 datagram (`IP_PKTINFO`).
pub(crate) fn set_receive_information4(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (libc::IPPROTO_IP, libc::IP_PKTINFO), &1_i32.to_ne_bytes())
}

/// Asks for the destination address and interface of every IPv6 datagram (`IPV6_RECVPKTINFO`).
pub(crate) fn set_receive_information6(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO), &1_i32.to_ne_bytes())
}

/// Limits delivery to groups this socket joined itself (`IPV6_MULTICAST_ALL` off).
pub(crate) fn set_own_groups_only6(fd: BorrowedFd<'_>) -> io::Result<()> {
    set_option(fd, (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_ALL), &0_i32.to_ne_bytes())
}

/// Ties the socket to an interface (`SO_BINDTODEVICE`).
pub(crate) fn bind_to_device(fd: BorrowedFd<'_>, interface: &str) -> io::Result<()> {
    set_option(fd, (libc::SOL_SOCKET, libc::SO_BINDTODEVICE), interface.as_bytes())
}

/// Counts the datagrams for which the socket had no room (`SO_MEMINFO`).
#[expect(unsafe_code, reason = "getsockopt for an option rustix does not know")]
pub(crate) fn overflows(fd: BorrowedFd<'_>) -> io::Result<u32> {
    const NUMBERS: usize = 9;
    let mut numbers = [0_u32; NUMBERS];
    let mut length = length_of::<[u32; NUMBERS]>();
    // SAFETY: the pointers describe `numbers` with its true length and `length`, which the kernel writes; both live until
    // the call returns.
    let result = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            numbers.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    let [.., dropped] = numbers;
    if result == 0 { Ok(dropped) } else { Err(io::Error::last_os_error()) }
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
