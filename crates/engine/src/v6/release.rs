//! RELEASE: the client gives leases back (RFC 8415 §18.3.7).

use std::sync::Arc;

use model::{Lease, LeaseKind, Owner, Resource};
use wire::v6::{MessageType, StatusCode};

use super::associations::Association;
use super::{Reply, Session};
use crate::bind;
use crate::event::{Event, Mismatch};
use crate::facts::Missing;

/// Takes leases back and says so, association by association.
pub(super) fn release<'a>(session: &mut Session<'a>) -> Result<Reply<'a>, Missing> {
    let mut reply = session.reply(MessageType::Reply);
    let mut summary = StatusCode::Success;
    for association in Association::all(session) {
        let (status, text) = one(session, &association)?;
        if status != StatusCode::Success {
            summary = status;
        }
        association.refuse(status, text, &[], &mut reply);
    }
    reply.status(summary, "Summary status for all processed IA_NAs");
    Ok(reply)
}

/// What is said of an association.
type Verdict = (StatusCode, &'static str);

fn one(session: &mut Session<'_>, association: &Association<'_>) -> Result<Verdict, Missing> {
    let named = association.named();
    let Some((resource, _)) = named.first().copied() else {
        let text = match association.kind {
            LeaseKind::Pd => "You did not include a prefix in your RELEASE",
            LeaseKind::Na | LeaseKind::V4 => "You did not include an address in your RELEASE",
        };
        return Ok((StatusCode::NoBinding, text));
    };
    let iaid = association.ia.iaid;
    let lease = find(session, resource)?;
    if let Err(why) = belongs(session, lease.as_deref(), iaid) {
        session.tell(Event::ReleaseRefused { resource, iaid, why });
        return Ok((StatusCode::NoBinding, refusal(why)));
    }
    if let Some(lease) = lease {
        bind::give_back(session, &lease);
    }
    Ok((StatusCode::Success, "Lease released. Thank you, please come again."))
}

/// Kea: speaks of addresses to those who give back prefixes too.
const fn refusal(why: Mismatch) -> &'static str {
    match why {
        Mismatch::NoLease => "Sorry, no known leases for this duid/iaid, can't release.",
        Mismatch::OtherClient => "This address does not belong to you, you can't release it",
        Mismatch::OtherAssociation { .. } => "This is your address, but you used wrong IAID",
    }
}

/// Finds a lease as it stands, what this exchange has decided included.
pub(super) fn find(session: &Session<'_>, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
    match session.decided(resource) {
        Some(decided) => Ok(decided.after.clone()),
        None => session.facts.lease_at(resource),
    }
}

/// Says whether a lease is the client's, under this association.
pub(super) fn belongs(session: &Session<'_>, lease: Option<&Lease>, iaid: u32) -> Result<(), Mismatch> {
    let Some(Lease { owner: Owner::V6 { duid, iaid: expected, .. }, .. }) = lease else {
        return Err(Mismatch::NoLease);
    };
    if session.duid.as_ref() != Some(duid) {
        return Err(Mismatch::OtherClient);
    }
    if *expected == iaid { Ok(()) } else { Err(Mismatch::OtherAssociation { expected: *expected }) }
}
