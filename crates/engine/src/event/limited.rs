//! What the limits of leases and packets let pass, and what not (Kea's library `libdhcp_limits.so`).

use std::fmt;

use model::{ClassName, LeaseKind, Resource, SubnetId};

use super::text::Listed;
use crate::limits::Exceeded;

/// A lease or packet held against limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limited {
    /// A lease is refused.
    Lease(Exceeded),
    /// A lease is not.
    LeaseWithin(Resource),
    /// A packet of classes that are limited.
    OfClasses {
        /// All classes of the client.
        classes: Box<[ClassName]>,
        /// The class that it is one too many for, and its limit as written; `None` lets it pass.
        beyond: Option<(ClassName, Box<str>)>,
    },
    /// A packet for a subnet that is limited.
    OfSubnet {
        /// The subnet.
        subnet: SubnetId,
        /// Its limit as written.
        rate: Box<str>,
        /// It is one too many.
        beyond: bool,
    },
    /// A packet for no subnet.
    NoSubnet,
}

impl Limited {
    /// Gives the log messages it makes.
    pub(super) const fn messages(&self) -> &'static [&'static str] {
        match self {
            Self::Lease(Exceeded { kind: LeaseKind::V4, .. }) => {
                &["LIMITS_LEASE_LIMIT_EXCEEDED", "DHCPSRV_HOOK_LEASE4_SELECT_SKIP"]
            }
            Self::Lease(_) => &["LIMITS_LEASE_LIMIT_EXCEEDED", "DHCPSRV_HOOK_LEASE6_SELECT_SKIP"],
            Self::LeaseWithin(_) => &["LIMITS_LEASE_WITHIN_LIMITS"],
            Self::OfClasses { beyond: Some(_), .. } => &["LIMITS_PACKET_WITH_CLIENT_CLASSES_RATE_LIMIT_DROPPED"],
            Self::OfClasses { beyond: None, .. } => &["LIMITS_PACKET_WITH_CLIENT_CLASSES_RATE_LIMIT_HONORED"],
            Self::OfSubnet { beyond: true, .. } => &["LIMITS_PACKET_WITH_SUBNET_ID_RATE_LIMIT_DROPPED"],
            Self::OfSubnet { beyond: false, .. } => &["LIMITS_PACKET_WITH_SUBNET_ID_RATE_LIMIT_HONORED"],
            Self::NoSubnet => &["LIMITS_PACKET_WIIH_SUBNET_ID_RATE_NO_SUBNET"],
        }
    }

    /// Writes the text that follows one of [`Self::messages`].
    pub(super) fn write(&self, id: &str, f: &mut dyn fmt::Write) -> fmt::Result {
        if id.ends_with("LEASE4_SELECT_SKIP") {
            return f.write_str("Lease4 creation was skipped, because of callout skip flag.");
        }
        if id.ends_with("LEASE6_SELECT_SKIP") {
            return f.write_str("Lease6 (non-temporary) creation was skipped, because of callout skip flag.");
        }
        match self {
            Self::Lease(exceeded) => write!(f, "Lease was not allocated due to exceeding {exceeded}."),
            Self::LeaseWithin(resource) => write!(f, "Lease with address {} is within limits.", resource.address()),
            Self::OfClasses { classes, beyond } => {
                write!(f, "Packet assigned to client classes {} is being ", Listed(classes))?;
                match beyond {
                    None => f.write_str("honored."),
                    Some((class, rate)) => {
                        write!(f, "dropped for exceeding the rate limit of {rate} for client class {class}.")
                    }
                }
            }
            Self::OfSubnet { subnet, rate, beyond: true } => {
                write!(
                    f,
                    "Packet assigned to subnet with ID {subnet} is being dropped for exceeding the rate limit of {rate}."
                )
            }
            Self::OfSubnet { subnet, rate, beyond: false } => {
                write!(f, "Packet under subnet with ID {subnet} and limit {rate} is being honored.")
            }
            Self::NoSubnet => f.write_str("Packet is not being rate limited due to no subnet specified."),
        }
    }
}
