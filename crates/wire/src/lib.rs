//! Bytes to and from DHCP messages and option values; the tables of standard options.
//!
//! Decoding borrows: a message is a header and a view over the option octets, and a value stays octets until somebody
//! asks for its type. Nothing here panics on input, allocates per option, or knows what a server would do with it.

pub mod client_fqdn;
pub mod duid;
pub mod error;
pub mod exercise;
pub mod family;
pub mod fqdn;
pub mod hwaddr;
mod numbered;
pub mod option;
pub mod raw;
pub mod read;
pub mod v4;
pub mod v6;
pub mod write;

pub use client_fqdn::ClientFqdn;
pub use duid::Duid;
pub use error::DecodeError;
pub use family::Family;
pub use hwaddr::HardwareAddress;
pub use raw::RawOption;
