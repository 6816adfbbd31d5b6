//! How many leases are there of each class and in each subnet? Counted only where limits are configured.

use std::collections::BTreeMap;

use engine::Scope;
use model::{LeaseKind, LeaseState, SubnetId, context};

use super::csv::Row;

/// Counts of leases.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Those assigned, by the classes their user contexts name.
    classes: BTreeMap<LeaseKind, BTreeMap<String, u64>>,
    /// Those assigned and declined.
    subnets: BTreeMap<(LeaseKind, SubnetId), u64>,
}

impl Tally {
    /// Counts leases.
    pub(crate) fn of<'l>(leases: impl Iterator<Item = Row<'l>>) -> Self {
        let mut tally = Self::default();
        leases.for_each(|lease| tally.add(&lease));
        tally
    }

    /// Counts a lease that is there now.
    pub(crate) fn add(&mut self, lease: &Row<'_>) {
        let Some((kind, subnet, state)) = counted(lease) else { return };
        if matches!(state, LeaseState::Assigned | LeaseState::Declined) {
            *self.subnets.entry((kind, subnet)).or_default() += 1;
        }
        if state == LeaseState::Assigned && !lease.context.is_empty() {
            let classes = self.classes.entry(kind).or_default();
            for class in context::classes(lease.context) {
                *classes.entry(class).or_default() += 1;
            }
        }
    }

    /// Forgets a lease that was counted.
    pub(crate) fn remove(&mut self, lease: &Row<'_>) {
        let Some((kind, subnet, state)) = counted(lease) else { return };
        if matches!(state, LeaseState::Assigned | LeaseState::Declined) {
            less(&mut self.subnets, &(kind, subnet));
        }
        if state == LeaseState::Assigned
            && !lease.context.is_empty()
            && let Some(of_kind) = self.classes.get_mut(&kind)
        {
            for class in context::classes(lease.context) {
                less(of_kind, &class);
            }
        }
    }

    /// Gives how many leases of a kind there are.
    pub(crate) fn count(&self, scope: &Scope, kind: LeaseKind) -> u64 {
        let count = match scope {
            Scope::Class(class) => self.classes.get(&kind).and_then(|classes| classes.get(class.as_str())),
            Scope::Subnet(subnet) => self.subnets.get(&(kind, *subnet)),
        };
        count.copied().unwrap_or_default()
    }
}

/// Gives what a lease is counted by.
fn counted(lease: &Row<'_>) -> Option<(LeaseKind, SubnetId, LeaseState)> {
    Some((lease.resource().ok()?.kind(), SubnetId(lease.subnet), lease.lease_state().ok()?))
}

/// Counts one less of something; of what nothing is left, nothing is kept.
fn less<K: Ord>(counts: &mut BTreeMap<K, u64>, key: &K) {
    let Some(count) = counts.get_mut(key) else { return };
    *count = count.saturating_sub(1);
    if *count == 0 {
        counts.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use model::{ClassName, Lease, Owner, Resource, Seconds, UnixTime};

    use super::*;

    fn lease(state: LeaseState, classes: &[&str]) -> Lease {
        Lease {
            resource: Resource::V4("192.0.2.10".parse().unwrap()),
            owner: Owner::V4 { hw: None, client_id: [1, 2].into() },
            subnet: SubnetId(1),
            pool: 0,
            state,
            cltt: UnixTime(0),
            valid: Seconds(6000),
            preferred: Seconds::ZERO,
            hostname: "".into(),
            fqdn_fwd: false,
            fqdn_rev: false,
            user_context: context::with_classes("", classes.iter().copied()).into(),
        }
    }

    #[test]
    fn declined_leases_count_for_their_subnet_and_released_ones_for_nothing() {
        let leases = [
            lease(LeaseState::Assigned, &["ALL", "a"]),
            lease(LeaseState::Declined, &["a"]),
            lease(LeaseState::Released, &["a"]),
        ];
        let mut tally = Tally::of(leases.iter().map(Row::of_lease));
        let class = |name: &str| Scope::Class(ClassName::new(name));
        let counts = |tally: &Tally| {
            [class("ALL"), class("a"), class("b"), Scope::Subnet(SubnetId(1))]
                .map(|scope| tally.count(&scope, LeaseKind::V4))
        };
        assert_eq!(counts(&tally), [1, 1, 0, 2]);
        assert_eq!(tally.count(&class("a"), LeaseKind::Na), 0);
        for lease in &leases {
            tally.remove(&Row::of_lease(lease));
        }
        assert_eq!(counts(&tally), [0; 4]);
        assert!(tally.subnets.is_empty());
    }
}
