//! A shared network: subnets on one link.

use std::net::IpAddr;

use crate::class::Guard;
use crate::{ClassName, OptionSet, SubnetId};

/// The place of a shared network in [`crate::Model::networks`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SharedNetworkIndex(pub usize);

/// Subnets that live on the same link and lend each other their pools.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedNetwork {
    /// The name.
    pub name: Box<str>,
    /// Its subnets by ascending id.
    pub subnets: Vec<SubnetId>,
    /// Addresses of relays on the link; count for subnets without their own.
    pub relays: Vec<IpAddr>,
    /// The interface the link is reached by; counts for subnets without their own.
    pub interface: Option<Box<str>>,
    /// The Interface-Id the link is reached by; counts for subnets without their own.
    pub interface_id: Option<Box<[u8]>>,
    /// The classes that may use the network.
    pub guard: Guard,
    /// Classes evaluated once the lease is known.
    pub additional_classes: Vec<ClassName>,
    /// Options for clients in the network.
    pub options: OptionSet,
}
