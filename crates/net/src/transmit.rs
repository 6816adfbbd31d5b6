//! Sends that spare the kernel work: by a connected socket, and many datagrams of equal length in one piece.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

use crate::batch::Outgoing;
use crate::sys;

/// The most datagrams of one call, and the most that are cut from one piece.
pub(crate) const MOST: usize = sys::MOST;
/// Room for the one control message, a 16-bit length.
const CONTROL: usize = 32;
/// Octets of a 16-bit number.
const SIZE: u32 = 2;

/// A buffer for the control message, aligned as its header needs it.
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

/// Everything the kernel reads for datagrams that need no address.
struct Headers {
    messages: [libc::mmsghdr; MOST],
    vectors: [libc::iovec; MOST],
}

/// Sends as many of the datagrams to a connected socket's peer as the kernel takes at once; returns how many.
#[expect(unsafe_code, reason = "sendmmsg has no safe wrapper")]
pub(crate) fn to_peer(fd: BorrowedFd<'_>, outgoing: &[Outgoing<'_>]) -> io::Result<usize> {
    // SAFETY: plain C structures of integers and pointers, for which all bits zero is a valid value.
    let mut headers: Headers = unsafe { MaybeUninit::zeroed().assume_init() };
    let mut count: libc::c_uint = 0;
    for ((message, vector), datagram) in headers.messages.iter_mut().zip(&mut headers.vectors).zip(outgoing) {
        vector.iov_base = datagram.octets.as_ptr().cast_mut().cast();
        vector.iov_len = datagram.octets.len();
        message.msg_hdr.msg_iov = vector;
        message.msg_hdr.msg_iovlen = 1;
        count = count.saturating_add(1);
    }
    // SAFETY: the first `count` messages point into `headers` and into the borrowed payloads with their true lengths; the
    // kernel only reads the payloads, so that the cast from const is never used to write.
    let sent = unsafe { libc::sendmmsg(fd.as_raw_fd(), headers.messages.as_mut_ptr(), count, libc::MSG_NOSIGNAL) };
    usize::try_from(sent).map_err(|_negative| io::Error::last_os_error())
}

/// Sends a payload as datagrams of `size` octets each, all or none of them (`UDP_SEGMENT`).
///
/// `to_peer` leaves the destination to a connected socket.
#[expect(unsafe_code, reason = "no safe crate sends the UDP_SEGMENT control message")]
pub(crate) fn in_one_piece(fd: BorrowedFd<'_>, piece: &Outgoing<'_>, size: u16, to_peer: bool) -> io::Result<()> {
    let octets = piece.octets;
    let mut vector = libc::iovec { iov_base: octets.as_ptr().cast_mut().cast(), iov_len: octets.len() };
    let mut control = Control([0; CONTROL]);
    // SAFETY: plain C structures of integers and pointers, for which all bits zero is a valid value.
    let (mut message, mut name): (libc::msghdr, libc::sockaddr_storage) =
        unsafe { MaybeUninit::zeroed().assume_init() };
    message.msg_iov = &raw mut vector;
    message.msg_iovlen = 1;
    if !to_peer {
        message.msg_namelen = sys::write_address(&mut name, piece);
        message.msg_name = (&raw mut name).cast();
    }
    message.msg_control = (&raw mut control).cast();
    // SAFETY: both only calculate.
    let (space, length) = unsafe { (libc::CMSG_SPACE(SIZE), libc::CMSG_LEN(SIZE)) };
    message.msg_controllen = usize::try_from(space).map_err(io::Error::other)?.min(CONTROL);
    let length = usize::try_from(length).map_err(io::Error::other)?;
    // SAFETY: `msg_control` and `msg_controllen` describe `control`, which is aligned and has room for one header and a
    // 16-bit number on every platform; hence the header is not null, and header and data lie inside. The kernel only reads
    // `octets`, `name`, `vector` and `control`, which all live until the call returns.
    let sent = unsafe {
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::SOL_UDP;
        (*header).cmsg_type = libc::UDP_SEGMENT;
        (*header).cmsg_len = length;
        ptr::write_unaligned(libc::CMSG_DATA(header).cast::<u16>(), size);
        libc::sendmsg(fd.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL)
    };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
