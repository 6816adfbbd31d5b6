//! DHCPv6 messages as text.

pub mod build;
pub mod option;
pub mod show;
