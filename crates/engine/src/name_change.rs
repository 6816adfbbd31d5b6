//! What becomes of a client's name in DNS when its lease changes.

use model::settings::Names;
use model::{Lease, LeaseKind, LeaseState, Model, NameChange, Seconds, SubnetId};

use crate::event::Event;
use crate::{Change, Decision};

/// Adds to a decision what DNS is to be told of the leases it changes.
///
/// Kea: an offer tells nothing, and neither does a lease given back that is kept for its client's return, until it is
/// reclaimed.
pub(crate) fn derive(decision: &mut Decision, model: &Model) {
    let offers = decision.reply.as_ref().is_some_and(|reply| !reply.speaks_of_leases());
    if !model.settings.ddns_enabled || offers {
        return;
    }
    for change in &decision.changes {
        let (removed, added) = of_change(change, |id| model.subnet(id).map(|subnet| &*subnet.names));
        decision.events.extend(removed.iter().chain(&added).cloned().map(|change| Event::Renamed(Box::new(change))));
        decision.names.extend(removed.into_iter().chain(added));
    }
}

/// Says what is to be removed and what to be added when one lease changes.
fn of_change<'m>(
    change: &Change,
    names: impl Fn(SubnetId) -> Option<&'m Names>,
) -> (Option<NameChange>, Option<NameChange>) {
    let wanted = change.after.as_deref().filter(|lease| lease.state == LeaseState::Assigned);
    let gone = change.before.as_deref().filter(|_| ends(change));
    let same = gone.zip(wanted).is_some_and(|(old, new)| of_name(old) == of_name(new));
    let removed = gone.filter(|_| !same).and_then(|lease| request(lease, names(lease.subnet), false));
    let again = |lease: &&Lease| !same || names(lease.subnet).is_some_and(|names| names.update_on_renew);
    let added = wanted.filter(again).and_then(|lease| request(lease, names(lease.subnet), true));
    (removed, added)
}

/// Says whether what was there before ends with a change: it had entries, and they are not kept for a return.
fn ends(change: &Change) -> bool {
    let kept = change.after.as_ref().is_some_and(|lease| lease.state == LeaseState::Released);
    let had = change.before.as_ref().is_some_and(|lease| lease.state != LeaseState::Reclaimed);
    had && !kept
}

fn of_name(lease: &Lease) -> (&str, bool, bool) {
    (&lease.hostname, lease.fqdn_fwd, lease.fqdn_rev)
}

fn request(lease: &Lease, names: Option<&Names>, add: bool) -> Option<NameChange> {
    let (forward, reverse) = (lease.fqdn_fwd, lease.fqdn_rev);
    if lease.hostname.is_empty() || !(forward || reverse) || lease.kind() == LeaseKind::Pd {
        return None;
    }
    let mut fqdn = lease.hostname.to_ascii_lowercase();
    if !fqdn.ends_with('.') {
        fqdn.push('.');
    }
    let ttl = names.map_or(MIN_TTL, |names| ttl(names, lease.valid));
    let owner = lease.owner.clone();
    Some(NameChange { add, forward, reverse, fqdn: fqdn.into(), address: lease.resource.address(), owner, ttl })
}

/// The least time to live unless configured otherwise.
const MIN_TTL: Seconds = Seconds(600);
/// The share of a lease's lifetime that entries live, unless configured otherwise.
const SHARE: f64 = 0.33333;

/// Computes how long entries live: as configured, else a share of the lease's lifetime within bounds.
fn ttl(names: &Names, valid: Seconds) -> Seconds {
    if let Some(fixed) = names.ttl.fixed.filter(|ttl| *ttl != Seconds::ZERO) {
        return fixed;
    }
    let share = crate::lifetimes::share(valid, names.ttl.share.unwrap_or(SHARE));
    let least = Seconds(share).max(names.ttl.least.unwrap_or(MIN_TTL));
    names.ttl.most.map_or(least, |most| least.min(most))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::settings::NameTtl;
    use model::{Owner, Resource, UnixTime};

    use super::*;

    fn lease(name: &str, state: LeaseState) -> Arc<Lease> {
        Arc::new(Lease {
            resource: Resource::V4("192.0.2.10".parse().unwrap()),
            owner: Owner::V4 { hw: None, client_id: [1, 2].into() },
            subnet: SubnetId(1),
            pool: 0,
            state,
            cltt: UnixTime(0),
            valid: Seconds(6000),
            preferred: Seconds::ZERO,
            hostname: name.into(),
            fqdn_fwd: !name.is_empty(),
            fqdn_rev: !name.is_empty(),
            user_context: "".into(),
        })
    }

    #[test]
    fn dns_is_told_what_changes_and_nothing_else() {
        use LeaseState::{Assigned, Declined, Reclaimed, Released};
        let held = |name| Some(lease(name, Assigned));
        let other = |name, state| Some(lease(name, state));
        let cases = [
            (None, held("a.org"), vec!["+a.org."]),
            (held("a.org"), held("a.org"), vec![]),
            (held("a.org"), held("b.org."), vec!["-a.org.", "+b.org."]),
            (held("a.org"), held(""), vec!["-a.org."]),
            (held("a.org"), None, vec!["-a.org."]),
            (held("a.org"), other("a.org", Released), vec![]),
            (other("a.org", Released), other("", Reclaimed), vec!["-a.org."]),
            (held("a.org"), other("", Declined), vec!["-a.org."]),
            (other("", Reclaimed), held("a.org"), vec!["+a.org."]),
        ];
        let names = Names::default();
        for (before, after, expected) in cases {
            let change = Change { before, after };
            let (removed, added) = of_change(&change, |_| Some(&names));
            let told: Vec<String> = removed
                .iter()
                .chain(&added)
                .map(|change| format!("{}{}", if change.add { '+' } else { '-' }, change.fqdn))
                .collect();
            assert_eq!(told, expected, "{change:?}");
        }
    }

    #[test]
    fn entries_live_a_third_of_the_lease_and_at_least_ten_minutes() {
        let mut names = Names::default();
        assert_eq!(ttl(&names, Seconds(6000)), Seconds(2000));
        assert_eq!(ttl(&names, Seconds(600)), Seconds(600));
        names.ttl = NameTtl { most: Some(Seconds(1000)), ..NameTtl::default() };
        assert_eq!(ttl(&names, Seconds(6000)), Seconds(1000));
        names.ttl = NameTtl { fixed: Some(Seconds(42)), ..NameTtl::default() };
        assert_eq!(ttl(&names, Seconds(6000)), Seconds(42));
    }
}
