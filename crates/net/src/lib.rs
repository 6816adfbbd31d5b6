//! Interfaces and sockets; the only crate where unsafe is possible.
//!
//! [`interfaces`] says what the machine has, [`Socket`] opens the service sockets as Kea does, [`Batch`]
//! receives many datagrams with one system call, [`Poller`] waits for several sockets and a wake-up at once.

pub mod batch;
pub mod error;
mod filter;
mod frame;
pub mod frames;
pub mod icmp;
pub mod interface;
pub mod memory;
pub mod namespace;
mod netlink;
pub mod plain;
pub mod poll;
pub mod signals;
pub mod socket;
mod sys;
mod transmit;

pub use batch::{Batch, Datagram, LinkAddress, Outgoing, Via};
pub use error::{InterfaceError, OpenError};
pub use frames::Frames;
pub use icmp::{Echo, Heard, Icmp};
pub use interface::{Interface, InterfaceAddress, Interfaces, Scope, interfaces};
pub use plain::{Plain, PlainSpec};
pub use poll::{Poller, Waker};
pub use signals::{Signal, Signals};
pub use socket::{OpenSpec, Role, Socket, Transport};
