//! Waits for several sockets and a wake-up at once.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::io::Errno;

use crate::icmp::Icmp;
use crate::socket::Socket;

/// A set of sockets to wait for.
#[derive(Debug)]
pub struct Poller {
    wake: Arc<OwnedFd>,
    sockets: Vec<Arc<Socket>>,
}

/// Ends a wait from another thread. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Waker(Arc<OwnedFd>);

impl Poller {
    /// Makes a poller for these sockets.
    ///
    /// # Errors
    /// If the kernel has no descriptor left.
    pub fn new(sockets: Vec<Arc<Socket>>) -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { wake: Arc::new(wake), sockets })
    }

    /// Replaces the sockets; wakers stay valid.
    pub fn set_sockets(&mut self, sockets: Vec<Arc<Socket>>) {
        self.sockets = sockets;
    }

    /// The sockets waited for.
    pub fn sockets(&self) -> &[Arc<Socket>] {
        &self.sockets
    }

    /// Makes a handle that ends the wait.
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.wake))
    }

    /// Waits until a socket has something, somebody wakes, or the time is over (`None`: for ever).
    ///
    /// Puts the sockets that have something into `ready` (emptied first); returns whether it was woken. A wake-up that
    /// came before the wait is not lost; several count as one. A signal ends the wait like the end of the time.
    ///
    /// # Errors
    /// Those of `poll` and of the wake-up descriptor.
    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Arc<Socket>>) -> io::Result<bool> {
        ready.clear();
        let mut fds = Vec::with_capacity(self.sockets.len().saturating_add(1));
        fds.push(PollFd::new(&*self.wake, PollFlags::IN));
        fds.extend(self.sockets.iter().map(|socket| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::IN)));
        let timeout = timeout.map(|timeout| Timespec::try_from(timeout).unwrap_or(A_DAY));
        match poll(&mut fds, timeout.as_ref()) {
            Err(Errno::INTR) => return Ok(false),
            other => other?,
        };
        let mut results = fds.iter().map(PollFd::revents);
        let woken = results.next().is_some_and(|events| !events.is_empty());
        ready.extend(
            results.zip(&self.sockets).filter(|(events, _)| !events.is_empty()).map(|(_, socket)| Arc::clone(socket)),
        );
        if woken {
            drain(&self.wake)?;
        }
        Ok(woken)
    }
}

impl Poller {
    /// Waits until something comes back to a socket for echo requests, somebody wakes, or the time is over (`None`: for
    /// ever). The service sockets are not looked at.
    ///
    /// # Errors
    /// Those of `poll` and of the wake-up descriptor.
    pub fn wait_for_echo(&self, icmp: Option<&Icmp>, timeout: Option<Duration>) -> io::Result<()> {
        let mut fds = vec![PollFd::new(&*self.wake, PollFlags::IN)];
        fds.extend(icmp.map(|icmp| PollFd::from_borrowed_fd(icmp.as_fd(), PollFlags::IN)));
        let timeout = timeout.map(|timeout| Timespec::try_from(timeout).unwrap_or(A_DAY));
        match poll(&mut fds, timeout.as_ref()) {
            Err(Errno::INTR) => return Ok(()),
            other => other?,
        };
        drain(&self.wake)
    }
}

/// What a timeout too long for the kernel is cut to.
const A_DAY: Timespec = Timespec { tv_sec: 86_400, tv_nsec: 0 };

fn drain(wake: &OwnedFd) -> io::Result<()> {
    match rustix::io::read(wake, &mut [0_u8; 8]) {
        Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

impl Waker {
    /// Ends the current wait, or the next one if nobody waits.
    ///
    /// # Errors
    /// Those of writing to the wake-up descriptor.
    pub fn wake(&self) -> io::Result<()> {
        match rustix::io::write(&*self.0, &1_u64.to_ne_bytes()) {
            // A counter that is full means that the waiter has been woken already.
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_before_the_wait_is_not_lost_and_counts_once() {
        let poller = Poller::new(Vec::new()).unwrap();
        let waker = poller.waker();
        waker.wake().unwrap();
        waker.clone().wake().unwrap();
        let mut ready = Vec::new();
        assert!(poller.wait(None, &mut ready).unwrap());
        assert!(!poller.wait(Some(Duration::ZERO), &mut ready).unwrap());
        assert!(ready.is_empty());
    }
}
