//! Do loaded leases still agree with the configuration? Kea's `sanity-checks`.

use std::fmt;
use std::net::IpAddr;

use model::{Lease, Model, Resource, SubnetId};

use super::memory::LeaseStore;

/// What happens to a lease whose address is not in its subnet (`lease-checks`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaseChecks {
    /// Nothing is checked.
    None,
    /// It is kept and reported.
    #[default]
    Warn,
    /// It moves to the right subnet if there is one, and is kept anyway.
    Fix,
    /// It moves to the right subnet, or is dropped if there is none.
    FixDel,
    /// It is dropped.
    Del,
}

impl LeaseChecks {
    /// Reads Kea's keyword.
    pub fn from_keyword(keyword: &str) -> Option<Self> {
        Some(match keyword {
            "none" => Self::None,
            "warn" => Self::Warn,
            "fix" => Self::Fix,
            "fix-del" => Self::FixDel,
            "del" => Self::Del,
            _ => return None,
        })
    }
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The lease is wrong and stays.
    Failed {
        /// What is leased.
        resource: Resource,
        /// The subnet it names.
        subnet: SubnetId,
        /// The subnet it should name.
        right: Option<SubnetId>,
    },
    /// The lease was moved to the right subnet.
    Fixed {
        /// What is leased.
        resource: Resource,
        /// The subnet it named.
        subnet: SubnetId,
        /// The subnet it names now.
        right: SubnetId,
    },
    /// The lease is to be dropped.
    Discarded {
        /// What is leased.
        resource: Resource,
        /// The subnet it names.
        subnet: SubnetId,
        /// The subnet it should name.
        right: Option<SubnetId>,
    },
}

impl Finding {
    /// Gives Kea's message identifier.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Failed { .. } => "DHCPSRV_LEASE_SANITY_FAIL",
            Self::Fixed { .. } => "DHCPSRV_LEASE_SANITY_FIXED",
            Self::Discarded { .. } => "DHCPSRV_LEASE_SANITY_FAIL_DISCARD",
        }
    }
}

impl fmt::Display for Finding {
    /// Writes the text that follows the message identifier.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { resource, subnet, right } => {
                write!(f, "The lease {} with subnet-id {subnet} failed subnet-id checks ", resource.address())?;
                write_right(f, *right)?;
                f.write_str(".")
            }
            Self::Fixed { resource, subnet, right } => {
                write!(f, "The lease {} with subnet-id {subnet} failed subnet-id checks, ", resource.address())?;
                write!(f, "but was corrected to subnet-id {right}.")
            }
            Self::Discarded { resource, subnet, right } => {
                write!(f, "The lease {} with subnet-id {subnet} failed subnet-id checks ", resource.address())?;
                write_right(f, *right)?;
                f.write_str(" and was dropped.")
            }
        }
    }
}

fn write_right(f: &mut fmt::Formatter<'_>, right: Option<SubnetId>) -> fmt::Result {
    match right {
        Some(right) => write!(f, "(the lease should have subnet-id {right})"),
        None => f.write_str("(the lease IP address did not belong to a configured subnet)"),
    }
}

/// Checks all leases of a store, moves and drops as wanted, and gives what to log. For the time right after loading: the
/// journal hears nothing, and the next load checks again.
pub fn check_all(store: &LeaseStore, model: &Model, checks: LeaseChecks) -> Vec<Finding> {
    if checks == LeaseChecks::None {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for stored in store.all() {
        let mut lease = Lease::clone(&stored);
        let Some(finding) = check(&mut lease, model, checks) else { continue };
        match finding {
            Finding::Failed { .. } => {}
            Finding::Fixed { .. } => store.restore(lease),
            Finding::Discarded { .. } => drop(store.forget(stored.resource.address())),
        }
        findings.push(finding);
    }
    findings
}

/// Checks one lease and corrects it if wanted; drop it if the finding is [`Finding::Discarded`].
///
/// Prefixes are not checked, as they need not lie in their subnet.
pub fn check(lease: &mut Lease, model: &Model, checks: LeaseChecks) -> Option<Finding> {
    if checks == LeaseChecks::None || matches!(lease.resource, Resource::Prefix(..)) {
        return None;
    }
    let (resource, subnet) = (lease.resource, lease.subnet);
    let address = resource.address();
    if model.subnet(subnet).is_some_and(|subnet| subnet.prefix.contains(address)) {
        return None;
    }
    let right = subnet_of(model, address);
    Some(match (checks, right) {
        (LeaseChecks::Fix | LeaseChecks::FixDel, Some(right)) => {
            lease.subnet = right;
            Finding::Fixed { resource, subnet, right }
        }
        (LeaseChecks::Del, _) | (LeaseChecks::FixDel, None) => Finding::Discarded { resource, subnet, right },
        (LeaseChecks::None | LeaseChecks::Warn | LeaseChecks::Fix, _) => Finding::Failed { resource, subnet, right },
    })
}

fn subnet_of(model: &Model, address: IpAddr) -> Option<SubnetId> {
    model.subnets.iter().find(|subnet| subnet.prefix.contains(address)).map(|subnet| subnet.id)
}
