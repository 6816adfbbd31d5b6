//! Interfaces and sockets; the only crate where unsafe is possible.
//!
//! [`interfaces`] says what the machine has, [`Udp6`] opens the service sockets of DHCPv6 as Kea does, [`Batch`]
//! receives many datagrams with one system call, [`Poller`] waits for several sockets and a wake-up at once.

pub mod batch;
pub mod error;
pub mod frames;
pub mod interface;
pub mod namespace;
mod netlink;
pub mod plain;
pub mod poll;
pub mod signals;
mod sys;
pub mod udp;

pub use batch::{Batch, Datagram, Outgoing};
pub use error::{InterfaceError, OpenError};
pub use frames::Frames;
pub use interface::{Interface, InterfaceAddress, Interfaces, Scope, interfaces};
pub use plain::{Plain, PlainSpec};
pub use poll::{Poller, Waker};
pub use signals::{Signal, Signals};
pub use udp::{OpenSpec, Role, Udp6};
