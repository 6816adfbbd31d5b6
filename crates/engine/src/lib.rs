//! The verbs of DHCP, pure: select, grant, assemble, reclaim, and the life of one exchange.
//!
//! A decision is an ordinary function of message, configuration, facts and time. It stores nothing, sends nothing and
//! waits for nothing; what it wants done is in the [`Decision`] it returns. Read [`exchange`] first.

pub mod decision;
pub mod dhcp4o6;
pub mod event;
pub mod exchange;
pub mod facts;
pub mod reclaim;

mod assemble;
mod bind;
mod classify;
mod course;
mod flex_id;
mod flex_option;
mod grant;
mod identify;
mod lifetimes;
pub mod limits;
mod name_change;
mod naming;
mod reserve;
pub mod select;
mod tuning;
mod user_check;
mod v4;
mod v6;

pub use decision::{Change, Decision, MessageType, Reply};
pub use event::{Count, Event};
pub use exchange::{Datagram, Over, exchange};
pub use facts::{ClientKey, Facts, Missing, Presence, Probe, Scope, Search};
