//! Whole Ethernet frames of IPv4 on one interface, sent and heard as they are, for demonstrations and tests.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with};

use crate::{namespace, sys};

/// A socket that hears every IPv4 frame arriving at an interface, whoever it is for.
#[derive(Debug)]
pub struct Frames(OwnedFd);

impl Frames {
    /// Opens one on an interface of the calling thread's network.
    ///
    /// # Errors
    /// Those of the kernel: `PermissionDenied` without the right to raw sockets, `No such device`.
    pub fn open(interface: &str) -> io::Result<Self> {
        let index = namespace::index(interface)?;
        let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        sys::bind_packets(socket.as_fd(), index)?;
        Ok(Self(socket))
    }

    /// Sends a whole frame.
    ///
    /// # Errors
    /// Those of the kernel, such as `Message too long`.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        send(&self.0, frame, SendFlags::empty()).map(drop).map_err(io::Error::from)
    }

    /// Waits so long for a frame; gives its length.
    ///
    /// # Errors
    /// Those of the kernel, such as `Network is down`.
    pub fn receive(&self, buffer: &mut [u8], wait: Duration) -> io::Result<Option<usize>> {
        let wait = Timespec::try_from(wait).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&wait))? == 0 {
            return Ok(None);
        }
        let (_, length) = recv(&self.0, buffer, RecvFlags::DONTWAIT)?;
        Ok(Some(length))
    }
}
