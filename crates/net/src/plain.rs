//! A UDP socket of either family for programs that play clients or relays: batched, with no role and no packet information.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, ipproto, socket_with, sockopt};

use crate::batch::{Batch, Outgoing};
use crate::{sys, transmit};

/// Room for bursts in either direction, in octets; beyond the system's limit only with privileges.
const BUFFER: usize = 8 * 1024 * 1024;

/// Where a plain socket is to be.
#[derive(Debug, Clone, Copy)]
pub struct PlainSpec<'a> {
    /// The address and port to bind to; a port of zero lets the system choose, a link-local address has its scope.
    pub local: SocketAddr,
    /// The interface the socket is tied to; needs privileges.
    pub device: Option<&'a str>,
    /// Other sockets of this process may have the same address and port.
    pub shared: bool,
    /// The only place it sends to and hears from; a shared address has another socket for the rest.
    pub peer: Option<SocketAddr>,
}

/// A UDP socket that never blocks.
#[derive(Debug)]
pub struct Plain {
    fd: OwnedFd,
    local: SocketAddr,
    connected: bool,
}

impl Plain {
    /// Opens and binds a socket; broadcasts are allowed.
    ///
    /// # Errors
    /// The system's reason, if one of the calls fails.
    pub fn open(spec: &PlainSpec<'_>) -> io::Result<Self> {
        let family = if spec.local.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let kind = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = socket_with(family, SocketType::DGRAM, kind, Some(ipproto::UDP))?;
        if spec.local.is_ipv4() {
            sockopt::set_socket_broadcast(&fd, true)?;
        } else {
            sockopt::set_ipv6_v6only(&fd, true)?;
        }
        if spec.shared {
            sockopt::set_socket_reuseport(&fd, true)?;
        }
        if let Some(device) = spec.device {
            sys::bind_to_device(fd.as_fd(), device)?;
        }
        // Larger buffers are a help against bursts, not a condition; without privileges the system's limit applies.
        if sockopt::set_socket_recv_buffer_size_force(&fd, BUFFER).is_err() {
            sockopt::set_socket_recv_buffer_size(&fd, BUFFER)?;
        }
        sockopt::set_socket_send_buffer_size(&fd, BUFFER)?;
        bind(&fd, &spec.local)?;
        if let Some(peer) = spec.peer {
            rustix::net::connect(&fd, &peer)?;
        }
        let local = SocketAddr::try_from(rustix::net::getsockname(&fd)?)?;
        Ok(Self { fd, local, connected: spec.peer.is_some() })
    }

    /// Receives the datagrams that are there, without waiting, as many as the batch has room for. Zero if none.
    ///
    /// # Errors
    /// Those of `recvmmsg`, except that there is nothing and that something sent before could not be delivered.
    pub fn recv_batch(&self, batch: &mut Batch) -> io::Result<usize> {
        let (buffers, size, received) = batch.parts();
        match sys::receive(self.fd.as_fd(), buffers, size, received) {
            Err(error) if says_nothing(&error) => Ok(0),
            other => other,
        }
    }

    /// Sends as many datagrams as the kernel takes in one call (at most 64); returns how many. A socket with a peer sends
    /// to it whatever the datagrams say.
    ///
    /// # Errors
    /// Why the first was refused; `WouldBlock` if there is no room at the moment.
    pub fn send_some(&self, outgoing: &[Outgoing<'_>]) -> io::Result<usize> {
        loop {
            let sent = if self.connected {
                transmit::to_peer(self.fd.as_fd(), outgoing)
            } else {
                sys::send(self.fd.as_fd(), outgoing, &[])
            };
            match sent {
                Err(error) if is(&error, Errno::INTR) => {}
                other => return other,
            }
        }
    }

    /// Sends datagrams of `size` octets (the last may be shorter), all in one piece that the kernel cuts apart; all or none.
    ///
    /// At most 64 fit. A packet socket on the same machine may see the piece as it is.
    ///
    /// # Errors
    /// `InvalidInput` if there are too many or `size` is none; else those of `sendmsg`.
    pub fn send_in_one_piece(&self, piece: &Outgoing<'_>, size: usize) -> io::Result<()> {
        let size = u16::try_from(size).map_err(|_large| io::ErrorKind::InvalidInput)?;
        if size == 0 || piece.octets.len().div_ceil(usize::from(size)) > transmit::MOST {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        loop {
            match transmit::in_one_piece(self.fd.as_fd(), piece, size, self.connected) {
                Err(error) if is(&error, Errno::INTR) => {}
                other => return other,
            }
        }
    }

    /// Waits until something can be received, or sent, or the time is over; tells whether something can be received.
    ///
    /// # Errors
    /// Those of `poll`; a signal ends the wait like the end of the time.
    pub fn wait(&self, timeout: Duration, to_send: bool) -> io::Result<bool> {
        let events = if to_send { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
        wait_for(&mut [PollFd::new(&self.fd, events)], timeout)
    }

    /// Waits until this socket or the other has something, or the time is over; tells whether one has.
    ///
    /// # Errors
    /// Those of `poll`; a signal ends the wait like the end of the time.
    pub fn wait_with(&self, other: &Self, timeout: Duration) -> io::Result<bool> {
        wait_for(&mut [self, other].map(|socket| PollFd::new(&socket.fd, PollFlags::IN)), timeout)
    }

    /// Counts the datagrams that came and found no room, since the socket was opened.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn overflows(&self) -> io::Result<u32> {
        sys::overflows(self.fd.as_fd())
    }

    /// The address and port it is bound to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }
}

fn wait_for(fds: &mut [PollFd<'_>], timeout: Duration) -> io::Result<bool> {
    let timeout = Timespec::try_from(timeout).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 });
    match poll(fds, Some(&timeout)) {
        Ok(_) => Ok(fds.iter().any(|fd| fd.revents().contains(PollFlags::IN))),
        Err(Errno::INTR) => Ok(false),
        Err(errno) => Err(errno.into()),
    }
}

impl AsFd for Plain {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Tells whether an error of a receive stands for "nothing is there": some are echoes of earlier sends.
fn says_nothing(error: &io::Error) -> bool {
    [Errno::AGAIN, Errno::INTR, Errno::CONNREFUSED, Errno::HOSTUNREACH, Errno::NETUNREACH]
        .iter()
        .any(|errno| is(error, *errno))
}

fn is(error: &io::Error, errno: Errno) -> bool {
    Errno::from_io_error(error) == Some(errno)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Via;

    fn open(local: &str) -> Plain {
        Plain::open(&PlainSpec { local: local.parse().unwrap(), device: None, shared: false, peer: None }).unwrap()
    }

    #[test]
    fn many_datagrams_of_either_family_go_with_one_call_and_come_with_one() {
        for local in ["127.0.0.1:0", "[::1]:0"] {
            let (near, far) = (open(local), open(local));
            let payloads: Vec<[u8; 4]> = (0_u32..40).map(u32::to_be_bytes).collect();
            let outgoing: Vec<Outgoing<'_>> = payloads
                .iter()
                .map(|octets| Outgoing { octets, to: far.local(), source: None, ifindex: 0, via: Via::Route })
                .collect();
            assert_eq!(near.send_some(&outgoing).unwrap(), 40);
            assert!(far.wait(Duration::from_secs(5), false).unwrap());
            let mut batch = Batch::new(64, 2048);
            assert_eq!(far.recv_batch(&mut batch).unwrap(), 40);
            assert!(batch.iter().zip(&payloads).all(|(got, sent)| got.octets == sent && got.from == near.local()));
            assert_eq!(far.recv_batch(&mut batch).unwrap(), 0);
        }
    }

    #[test]
    fn datagrams_without_room_are_counted() {
        let (near, far) = (open("127.0.0.1:0"), open("127.0.0.1:0"));
        sockopt::set_socket_recv_buffer_size(&far, 4096).unwrap();
        let octets = [0; 1000];
        let to = far.local();
        for _ in 0..50 {
            near.send_some(&[Outgoing { octets: &octets, to, source: None, ifindex: 0, via: Via::Route }]).unwrap();
        }
        let mut batch = Batch::new(64, 2048);
        let arrived = u32::try_from(far.recv_batch(&mut batch).unwrap()).unwrap();
        assert!((1..50).contains(&arrived), "{arrived}");
        assert_eq!(far.overflows().unwrap() + arrived, 50);
    }

    #[test]
    fn pieces_arrive_as_datagrams_of_their_own() {
        for local in ["127.0.0.1:0", "[::1]:0"] {
            let far = open(local);
            let spec = PlainSpec { local: local.parse().unwrap(), device: None, shared: true, peer: Some(far.local()) };
            let near = Plain::open(&spec).unwrap();
            let octets: Vec<u8> = (0..6).flat_map(|number| [number; 10]).collect();
            let piece = Outgoing { octets: &octets, to: far.local(), source: None, ifindex: 0, via: Via::Route };
            near.send_in_one_piece(&piece, 10).unwrap();
            assert!(far.wait(Duration::from_secs(5), false).unwrap());
            let mut batch = Batch::new(64, 2048);
            assert_eq!(far.recv_batch(&mut batch).unwrap(), 6);
            assert!(batch.iter().zip(0_u8..).all(|(got, number)| got.octets == [number; 10]));
            assert_eq!(near.send_some(&[piece, piece]).unwrap(), 2);
            far.wait(Duration::from_secs(5), false).unwrap();
            assert_eq!(far.recv_batch(&mut batch).unwrap(), 2);
            assert_eq!(near.send_in_one_piece(&piece, 0).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }
    }
}
