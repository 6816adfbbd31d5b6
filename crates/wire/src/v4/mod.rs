//! DHCPv4 messages (RFC 2131): the header, option views, relay agent information.

pub mod message;
pub mod options;
pub mod vendor;

pub use crate::RawOption;
pub use message::{Message, MessageType};
pub use options::{Options, code, relay};
