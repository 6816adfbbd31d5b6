//! Echo requests to IPv4 addresses, and what comes back (RFC 792).

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, ipproto, recv, sendto, socket_with};

const ECHO_REPLY: u8 = 0;
const UNREACHABLE: u8 = 3;
const ECHO_REQUEST: u8 = 8;
/// Octets of a request: a header, and as many zeros as Kea sends behind it.
const REQUEST: usize = 28;
/// Octets of what is heard that are looked at.
const HEARD: usize = 576;

/// A socket for echo requests.
#[derive(Debug)]
pub struct Icmp(OwnedFd);

/// Names one echo request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    /// Whom it is for.
    pub to: Ipv4Addr,
    /// The identifier.
    pub id: u16,
    /// The sequence number.
    pub sequence: u16,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The one it was for answers.
    Reply(Echo),
    /// Somebody says that it cannot be delivered.
    Unreachable(Echo),
    /// A message that is neither, or is cut off.
    Other,
}

impl Icmp {
    /// Opens a socket.
    ///
    /// # Errors
    /// Of kind `PermissionDenied` without the capability `CAP_NET_RAW`, or if the kernel has no descriptor left.
    pub fn open() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        Ok(Self(socket_with(AddressFamily::INET, SocketType::RAW, flags, Some(ipproto::ICMP))?))
    }

    /// Sends a request. The system's routes say where it leaves.
    ///
    /// # Errors
    /// Whatever the kernel says, such as that there is no route.
    pub fn send(&self, echo: Echo) -> io::Result<()> {
        sendto(&self.0, &request(echo), SendFlags::NOSIGNAL, &SocketAddrV4::new(echo.to, 0))?;
        Ok(())
    }

    /// Gives what came back next, without waiting; `None` if nothing did.
    ///
    /// # Errors
    /// Those of receiving.
    pub fn receive(&self) -> io::Result<Option<Heard>> {
        let mut buffer = [0; HEARD];
        match recv(&self.0, &mut buffer, RecvFlags::empty()) {
            Ok((length, _)) => Ok(Some(buffer.get(..length).and_then(read).unwrap_or(Heard::Other))),
            Err(Errno::AGAIN | Errno::INTR) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for Icmp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn request(echo: Echo) -> [u8; REQUEST] {
    let mut octets = [0; REQUEST];
    let [id1, id2] = echo.id.to_be_bytes();
    let [sequence1, sequence2] = echo.sequence.to_be_bytes();
    if let Some(header) = octets.first_chunk_mut::<8>() {
        *header = [ECHO_REQUEST, 0, 0, 0, id1, id2, sequence1, sequence2];
        // RFC 1071: the complement of the sum of 16-bit words; of zeros there is nothing to add.
        let words = [u32::from(ECHO_REQUEST) << 8, u32::from(echo.id), u32::from(echo.sequence)];
        let sum: u32 = words.iter().sum();
        let sum = (sum & 0xffff) + (sum >> 16);
        let sum = (sum & 0xffff) + (sum >> 16);
        [header[2], header[3]] = (!u16::try_from(sum).unwrap_or(u16::MAX)).to_be_bytes();
    }
    octets
}

/// Reads an IPv4 packet with an ICMP message inside.
fn read(packet: &[u8]) -> Option<Heard> {
    let (from, message) = open(packet, |header| header.get(12..16))?;
    match *message.first()? {
        ECHO_REPLY => Some(Heard::Reply(echo(from, message)?)),
        UNREACHABLE => {
            // RFC 792: the packet that was not delivered follows, at least eight octets of what is inside.
            let (to, request) = open(message.get(8..)?, |header| header.get(16..20))?;
            (request.first() == Some(&ECHO_REQUEST)).then(|| echo(to, request).map(Heard::Unreachable))?
        }
        _ => None,
    }
}

fn echo(to: Ipv4Addr, message: &[u8]) -> Option<Echo> {
    let [id1, id2, sequence1, sequence2] = *message.get(4..8)?.first_chunk()?;
    Some(Echo { to, id: u16::from_be_bytes([id1, id2]), sequence: u16::from_be_bytes([sequence1, sequence2]) })
}

/// Takes the header off an IPv4 packet and picks one of its addresses.
fn open(packet: &[u8], pick: impl Fn(&[u8]) -> Option<&[u8]>) -> Option<(Ipv4Addr, &[u8])> {
    let first = *packet.first()?;
    let (header, payload) = packet.split_at_checked(usize::from(first & 0x0f).saturating_mul(4))?;
    let address: [u8; 4] = *pick(header)?.first_chunk()?;
    (first >> 4 == 4).then_some((address.into(), payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);

    fn packet(from: [u8; 4], to: [u8; 4], message: &[u8]) -> Vec<u8> {
        let header = [0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 1, 0, 0];
        [&header[..], &from, &to, message].concat()
    }

    #[test]
    fn a_request_is_the_one_a_kea_sends() {
        let octets = request(Echo { to: TO, id: 1, sequence: 1 });
        assert_eq!(octets[..8], [8, 0, 0xf7, 0xfd, 0, 1, 0, 1]);
        assert!(octets[8..].iter().all(|octet| *octet == 0));
        assert_eq!(request(Echo { to: TO, id: 0xffff, sequence: 0xffff })[2..4], [0xf7, 0xff]);
    }

    #[test]
    fn a_reply_names_who_answers_and_an_error_names_who_does_not() {
        let asked = Echo { to: TO, id: 1, sequence: 2 };
        let reply = packet([192, 0, 2, 100], [192, 0, 2, 1], &[0, 0, 0xff, 0xfd, 0, 1, 0, 2]);
        assert_eq!(read(&reply), Some(Heard::Reply(asked)));
        let inner = packet([192, 0, 2, 1], [192, 0, 2, 100], &request(asked));
        let error = packet([192, 0, 2, 1], [192, 0, 2, 1], &[&[3, 1, 0, 0, 0, 0, 0, 0], &inner[..28]].concat());
        assert_eq!(read(&error), Some(Heard::Unreachable(asked)));
        for length in 0..error.len() {
            assert_eq!(read(&error[..length]), None, "{length}");
        }
        let query = packet([192, 0, 2, 100], [192, 0, 2, 1], &request(asked));
        assert_eq!(read(&query), None);
    }
}
