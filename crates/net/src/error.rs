//! What goes wrong at the border to the kernel, with what to do about it.

use std::io;
use std::net::IpAddr;

use rustix::io::Errno;

/// Why the interfaces could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum InterfaceError {
    /// The kernel refused the question or the answer could not be fetched.
    #[error("cannot list the network interfaces: {0}")]
    Netlink(#[source] io::Error),
    /// The kernel's answer is cut off or inconsistent.
    #[error("cannot list the network interfaces: malformed answer from the kernel")]
    Malformed,
}

/// Why a service socket could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The interface has no link-local address, so that no client could be answered.
    #[error("interface {interface} has no usable IPv6 link-local address")]
    NoLinkLocal {
        /// The interface's name.
        interface: String,
    },
    /// The interface is the loopback, where no DHCPv4 client can be.
    #[error("must not open socket on the loopback interface {interface}")]
    Loopback {
        /// The interface's name.
        interface: String,
    },
    /// The interface is switched off.
    #[error("the interface {interface} is down")]
    Down {
        /// The interface's name.
        interface: String,
    },
    /// The interface is switched on but has no carrier.
    #[error("the interface {interface} is not running")]
    NotRunning {
        /// The interface's name.
        interface: String,
    },
    /// The interface has no IPv4 address, so that no client could be told who its server is.
    #[error("the interface {interface} has no usable IPv4 addresses configured")]
    NoAddress4 {
        /// The interface's name.
        interface: String,
    },
    /// The program may not see packets before the kernel does.
    #[error(
        "a raw socket on interface {interface} needs the capability CAP_NET_RAW, which this program lacks: {HOW_TO_GRANT}"
    )]
    NoRaw {
        /// The interface's name.
        interface: String,
    },
    /// The address is still being checked for duplicates; opening succeeds a second or two later.
    #[error("address {address} on interface {interface} is tentative, try again in a moment")]
    Tentative {
        /// The interface's name.
        interface: String,
        /// The address that is not usable yet.
        address: IpAddr,
    },
    /// The interface does not have the address.
    #[error("interface {interface} does not have address {address}")]
    NoSuchAddress {
        /// The interface's name.
        interface: String,
        /// The address that was asked for.
        address: IpAddr,
    },
    /// Making the socket or setting an option of it failed.
    #[error("failed to {action} on interface {interface}: {source}")]
    Option {
        /// The interface's name.
        interface: String,
        /// What was attempted.
        action: &'static str,
        /// The system's reason.
        source: io::Error,
    },
    /// Binding failed.
    #[error("failed to bind to {address} port {port} on interface {interface}: {source}{}", hint(.source))]
    Bind {
        /// The interface's name.
        interface: String,
        /// The address to bind to.
        address: IpAddr,
        /// The port to bind to.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// The multicast group could not be joined.
    #[error("failed to join multicast group {group} on interface {interface}: {source}")]
    Join {
        /// The interface's name.
        interface: String,
        /// The group's address.
        group: IpAddr,
        /// The system's reason.
        source: io::Error,
    },
}

impl OpenError {
    /// Tells whether trying again later may succeed without anybody changing anything.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Tentative { .. }
            | Self::NoLinkLocal { .. }
            | Self::Down { .. }
            | Self::NotRunning { .. }
            | Self::NoAddress4 { .. } => true,
            Self::Bind { source, .. } => is(source, Errno::ADDRNOTAVAIL) || is(source, Errno::ADDRINUSE),
            Self::Loopback { .. }
            | Self::NoRaw { .. }
            | Self::NoSuchAddress { .. }
            | Self::Option { .. }
            | Self::Join { .. } => false,
        }
    }
}

/// How a program without root gets what it needs.
const HOW_TO_GRANT: &str = "grant it with `setcap cap_net_bind_service,cap_net_raw=+ep PROGRAM`, or in a systemd unit \
                            with AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_NET_RAW";

/// Says what to do about a refused bind.
fn hint(source: &io::Error) -> String {
    let hint = if is(source, Errno::ADDRINUSE) {
        " (another process uses this port)"
    } else if is(source, Errno::ACCESS) || is(source, Errno::PERM) {
        return format!(" (ports below 1024 need root or the capability CAP_NET_BIND_SERVICE: {HOW_TO_GRANT})");
    } else if is(source, Errno::ADDRNOTAVAIL) {
        " (the interface does not have this address, or it is still tentative)"
    } else {
        ""
    };
    hint.to_owned()
}

fn is(source: &io::Error, errno: Errno) -> bool {
    Errno::from_io_error(source) == Some(errno)
}
