//! The nouns of DHCP: family, resource, lease, host, subnet, pool, class, option set, message identifiers.
//!
//! Everything here is plain data for both families. A [`Model`] is one checked configuration with inheritance made
//! explicit; it is built by the `config` crate, shared behind an `Arc`, and never edited.

pub mod boot;
pub mod class;
pub mod context;
pub mod expression;
pub mod flexible;
pub mod host;
pub mod lease;
pub mod limits;
pub mod message;
pub mod name_change;
pub mod nearest;
pub mod network;
pub mod options;
pub mod ping_check;
pub mod pool;
pub mod regex;
pub mod resource;
pub mod settings;
pub mod subnet;
pub mod subnets;
pub mod time;
pub mod tuning;
pub mod users;

pub use boot::BootFields;
pub use class::{ClassName, ClientClass};
pub use flexible::FlexibleId;
pub use host::{Host, Hosts, IdentifierKind};
pub use lease::{Lease, LeaseState, MacSource, Owner};
pub use limits::Limits;
pub use message::{Message, Severity};
pub use name_change::NameChange;
pub use network::{SharedNetwork, SharedNetworkIndex};
pub use options::{ConfiguredOption, OptionSet};
pub use ping_check::PingCheck;
pub use pool::{Allocator, Pool, PoolKey, PoolKind};
pub use resource::{AddressRange, LeaseKind, Prefix, Resource};
pub use settings::{Model, Settings};
pub use subnet::{LeaseTimes, Subnet, SubnetId, Triplet};
pub use subnets::Subnets;
pub use time::{Seconds, UnixTime};
pub use tuning::NameTuning;
pub use wire::Family;
