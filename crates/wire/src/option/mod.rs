//! Option definitions as data, and option values as text and as octets.
//!
//! ```
//! use wire::Family;
//! use wire::option::{decode, encode, standard};
//!
//! let dns = standard::by_name(Family::V6, "dhcp6", "dns-servers").ok_or("no such option")?;
//! let octets = encode(dns, "2001:db8::1, 2001:db8::2", Family::V6)?;
//! assert_eq!(decode(dns, &octets, Family::V6)?, "2001:db8::1,2001:db8::2");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod definition;
mod dnr;
mod field;
pub mod hex;
mod names;
mod routes;
mod settle;
pub mod shape;
pub mod standard;
mod standard4;
mod standard6;
mod text;
pub mod value;
pub mod vendor;
mod vendor_class;

pub use definition::{DataType, Definition, DefinitionError, Definitions};
pub use dnr::DnrError;
pub use hex::{HexError, encode_hex};
pub use routes::RouteError;
pub use settle::{OctetsError, settle};
pub use text::decode;
pub use value::{ValueError, encode};
