//! Ended leases are taken back, kept for their client's return, and one day forgotten.

use std::sync::Arc;

use model::{Family, Lease, LeaseState, Model, UnixTime};

use crate::decision::Label;
use crate::event::{Bound, Event};
use crate::{Change, Decision, name_change};

/// Takes back leases that have ended.
///
/// Kea: a lease is taken back in the very second it ends, one second before the allocator would give it to another.
/// A declined lease is deleted: its probation is over. Others are kept as reclaimed if leases are to be kept at all.
pub fn pass(expired: &[Arc<Lease>], model: &Model, keeps: bool, now: UnixTime) -> Decision {
    let mut decision = Decision::silent(Label::nobody(model.family));
    for lease in expired.iter().filter(|lease| lease.expires().is_some_and(|end| end <= now)) {
        decision.events.push(reclaimed(lease));
        decision.changes.push(Change {
            before: Some(Arc::clone(lease)),
            after: (keeps && lease.state != LeaseState::Declined && lease.state != LeaseState::Registered)
                .then(|| Arc::new(kept(lease))),
        });
    }
    name_change::derive(&mut decision, model);
    decision
}

/// Forgets leases that were reclaimed long ago.
pub fn flush(reclaimed: &[Arc<Lease>], family: Family) -> Decision {
    let mut decision = Decision::silent(Label::nobody(family));
    let old = reclaimed.iter().filter(|lease| lease.state == LeaseState::Reclaimed);
    decision.changes.extend(old.map(|lease| Change { before: Some(Arc::clone(lease)), after: None }));
    decision
}

/// Tells that an ended lease is taken back.
pub(crate) fn reclaimed(lease: &Lease) -> Event {
    let assigned = if lease.state == LeaseState::Released || lease.state == LeaseState::Registered { 0 } else { -1 };
    Event::Reclaimed { bound: Bound::of(lease, assigned), state: lease.state, whose: Box::new(Label::of(lease)) }
}

/// The lease as it waits for its client's return.
fn kept(lease: &Lease) -> Lease {
    Lease {
        state: LeaseState::Reclaimed,
        hostname: "".into(),
        fqdn_fwd: false,
        fqdn_rev: false,
        user_context: "".into(),
        ..lease.clone()
    }
}
