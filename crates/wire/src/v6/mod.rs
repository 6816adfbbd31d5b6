//! DHCPv6 messages (RFC 8415): headers, option views, identity associations, status codes.

pub mod ia;
pub mod message;
pub mod options;
pub mod prefix_exclude;
pub mod relay;
pub mod status;
pub mod values;
pub mod vendor;

pub use crate::RawOption;
pub use ia::{Ia, IaAddress, IaPrefix};
pub use message::{Message, MessageType};
pub use options::{Options, code};
pub use relay::{Packet, Relay};
pub use status::StatusCode;
pub use vendor::{VendorClass, VendorOpts};
