//! JSON between programs: commands, answers, channels (unix and HTTP), authentication.
//!
//! A channel turns octets into a [`Command`] and an [`Answer`] into octets; what a command does is the business of the
//! [`Handler`] behind the channel. Answers are written as text straight away, so that a million leases cost no tree.

pub mod answer;
pub mod arguments;
pub mod authenticate;
pub mod catalogue;
pub mod channel;
pub mod command;
pub mod json;

pub use answer::{Answer, Ending, Pieces, ResultCode};
pub use arguments::Arguments;
pub use catalogue::{Access, Entry};
pub use channel::{Channel, ChannelError, Handler};
pub use command::Command;
