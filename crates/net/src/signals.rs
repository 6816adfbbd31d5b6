//! Signals as something to read, so that they are acted on by a thread and not in a handler.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{FromRawFd, OwnedFd};

/// A signal a daemon acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGHUP: read the configuration again.
    Reload,
    /// SIGTERM or SIGINT: stop.
    Stop,
    /// SIGCHLD: a child ended.
    Child,
}

/// The signals of this process, held back from their usual effect.
#[derive(Debug)]
pub struct Signals(OwnedFd);

/// Size of the kernel's `signalfd_siginfo`, in octets; the signal's number is its first word.
const SIGINFO: usize = 128;

impl Signals {
    /// Holds back SIGHUP, SIGTERM, SIGINT and SIGCHLD. Call it before any thread starts: threads inherit it.
    ///
    /// # Errors
    /// If the kernel has no descriptor left.
    pub fn hold() -> io::Result<Self> {
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        #[expect(unsafe_code, reason = "neither std nor rustix can hold back signals or read them")]
        // SAFETY: `sigemptyset` makes `set` whole before it is used; the descriptor of a successful `signalfd` is ours.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            for signal in [libc::SIGHUP, libc::SIGTERM, libc::SIGINT, libc::SIGCHLD] {
                libc::sigaddset(set.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
            match libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC) {
                -1 => Err(io::Error::last_os_error()),
                fd => Ok(Self(OwnedFd::from_raw_fd(fd))),
            }
        }
    }

    /// Waits for the next signal.
    ///
    /// # Errors
    /// Those of `read`.
    pub fn next(&self) -> io::Result<Signal> {
        loop {
            let mut info = [0_u8; SIGINFO];
            match rustix::io::read(&self.0, &mut info) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let number = info.first_chunk::<4>().map_or(0, |word| i32::from_ne_bytes(*word));
            match number {
                libc::SIGHUP => return Ok(Signal::Reload),
                libc::SIGTERM | libc::SIGINT => return Ok(Signal::Stop),
                libc::SIGCHLD => return Ok(Signal::Child),
                _ => {}
            }
        }
    }
}
