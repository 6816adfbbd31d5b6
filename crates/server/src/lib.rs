//! The DHCP daemons: the engine's steps mapped to I/O.
//!
//! ```text
//!  sockets ─batch─► drive ─decide─► engine         control ─command─► commands ─► reconfigure
//!                     │ commit                                                       │ swap
//!                     ▼                                                              ▼
//!                   store ─rows─► journal ─durable─► delivery ─► sockets, log      Running
//! ```
//! A decision that needs to know more puts its packet aside, and it is decided on again when the answer is there ([`ping`]).
//! One thread decides, and writes the rows of a batch of packets itself where they need not be synced; else the journal's
//! thread writes, syncs and sends what its write has made true. Timers, signals and each control connection have threads
//! of their own. What a configuration serves with is one value, [`server::Running`],
//! which is replaced as a whole.

pub mod aside;
mod backlog;
mod commands;
pub mod delivery;
pub mod dialect;
pub mod drive;
pub mod explain;
pub mod flags;
pub mod paths;
pub mod pid;
pub mod ping;
pub mod reconfigure;
mod records;
pub mod server;
pub mod server_id;
pub mod service;
pub mod sockets;
pub mod start;
pub mod statistics;
pub mod storage;
pub mod timers;
pub mod version;

pub use start::{main, run};
