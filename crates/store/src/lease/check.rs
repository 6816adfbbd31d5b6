//! Do loaded leases still agree with the configuration? Kea's `sanity-checks`.

use std::fmt;

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

/// Leases looked at before others may use the store: packets wait no longer than that takes.
const PAGE: usize = 256;

/// Checks all leases of a store, moves and drops as wanted, and gives what to log. The journal hears nothing, and the next
/// load checks again. Packets may be served meanwhile: a page at a time is looked at.
pub fn check_all(store: &LeaseStore, model: &Model, checks: LeaseChecks) -> Vec<Finding> {
    if checks == LeaseChecks::None {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let (mut last, mut suspects) = (None, Vec::new());
    loop {
        last = store.walk(last, PAGE, &mut |row| {
            let home = model.subnet(SubnetId(row.subnet));
            if !home.is_some_and(|subnet| subnet.prefix.contains(row.address)) {
                suspects.extend(row.resource());
            }
        });
        for stored in suspects.drain(..).filter_map(|resource| store.lease(resource)) {
            let holding = model.subnets.holding(stored.resource.address()).map(|subnet| subnet.id);
            let Some(finding) = check(&stored, holding, checks) else { continue };
            match finding {
                Finding::Failed { .. } => {}
                Finding::Fixed { right, .. } => store.restore(&Lease { subnet: right, ..Lease::clone(&stored) }),
                Finding::Discarded { .. } => drop(store.forget(stored.resource.address())),
            }
            findings.push(finding);
        }
        if last.is_none() {
            return findings;
        }
    }
}

/// Holds one lease against the subnets whose prefix holds its address, lowest id first; `None` if it is where it belongs.
///
/// Prefixes are not checked, as they need not lie in their subnet.
pub fn check(lease: &Lease, holding: impl Iterator<Item = SubnetId>, checks: LeaseChecks) -> Option<Finding> {
    let (resource, subnet) = (lease.resource, lease.subnet);
    if checks == LeaseChecks::None || matches!(resource, Resource::Prefix(..)) {
        return None;
    }
    let mut right = None;
    for id in holding {
        if id == subnet {
            return None;
        }
        right = right.or(Some(id));
    }
    Some(match (checks, right) {
        (LeaseChecks::Fix | LeaseChecks::FixDel, Some(right)) => Finding::Fixed { resource, subnet, right },
        (LeaseChecks::Del, _) | (LeaseChecks::FixDel, None) => Finding::Discarded { resource, subnet, right },
        (LeaseChecks::None | LeaseChecks::Warn | LeaseChecks::Fix, _) => Finding::Failed { resource, subnet, right },
    })
}

#[cfg(test)]
mod tests {
    use model::{Family, Prefix};

    use super::*;
    use crate::battery::lease;

    /// Lists the subnets that hold the address of a lease.
    fn holding(subnets: &[(SubnetId, Prefix)], lease: &Lease) -> impl Iterator<Item = SubnetId> {
        let address = lease.resource.address();
        subnets.iter().filter(move |(_, prefix)| prefix.contains(address)).map(|(id, _)| *id)
    }

    /// What a check says of a lease in the wrong subnet, of one that belongs nowhere, and of a prefix.
    fn told(keyword: &str) -> [String; 3] {
        let subnets = [(SubnetId(1), Prefix { address: "fd00::".parse().unwrap(), length: 64 })];
        let checks = LeaseChecks::from_keyword(keyword).unwrap();
        let misplaced = Lease { subnet: SubnetId(9), ..lease(Family::V6, 1) };
        let stray = Lease { resource: Resource::V6("fd00:9::1".parse().unwrap()), ..misplaced.clone() };
        let prefix = Lease { subnet: SubnetId(9), ..lease(Family::V6, 201) };
        [misplaced, stray, prefix].map(|lease| {
            check(&lease, holding(&subnets, &lease), checks)
                .map(|finding| format!("{} {finding}", finding.id()))
                .unwrap_or_default()
        })
    }

    #[test]
    fn leases_outside_their_subnet_are_told_kept_moved_or_dropped_as_kea_does() {
        let first = "The lease fd00::1 with subnet-id 9 failed subnet-id checks";
        let second = "The lease fd00:9::1 with subnet-id 9 failed subnet-id checks \
                      (the lease IP address did not belong to a configured subnet)";
        let (fail, discard) = ("DHCPSRV_LEASE_SANITY_FAIL", "DHCPSRV_LEASE_SANITY_FAIL_DISCARD");
        let fixed = format!("DHCPSRV_LEASE_SANITY_FIXED {first}, but was corrected to subnet-id 1.");
        let should = "(the lease should have subnet-id 1)";
        assert_eq!(told("none"), ["", "", ""]);
        assert_eq!(told("warn"), [format!("{fail} {first} {should}."), format!("{fail} {second}."), String::new()]);
        assert_eq!(told("fix"), [fixed.clone(), format!("{fail} {second}."), String::new()]);
        assert_eq!(told("fix-del"), [fixed, format!("{discard} {second} and was dropped."), String::new()]);
        let dropped = format!("{discard} {first} {should} and was dropped.");
        assert_eq!(told("del"), [dropped, format!("{discard} {second} and was dropped."), String::new()]);
    }

    #[test]
    fn a_lease_in_the_second_of_two_subnets_that_overlap_is_right() {
        let wide = Prefix { address: "fd00::".parse().unwrap(), length: 32 };
        let subnets = [(SubnetId(1), wide), (SubnetId(2), Prefix { length: 64, ..wide })];
        let lease = Lease { subnet: SubnetId(2), ..lease(Family::V6, 1) };
        assert_eq!(check(&lease, holding(&subnets, &lease), LeaseChecks::Del), None);
    }
}
