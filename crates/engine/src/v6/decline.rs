//! DECLINE: the client found its address in use (RFC 8415 §18.3.8).

use model::LeaseKind;
use wire::v6::{MessageType, StatusCode};

use super::associations::Association;
use super::release::{belongs, find};
use super::{Reply, Session};
use crate::bind;
use crate::event::{Event, Mismatch};
use crate::facts::Missing;

/// Puts addresses out of service and says so, association by association.
pub(super) fn decline<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    let mut reply = session.reply(MessageType::Reply);
    for association in Association::all(session) {
        // Kea: prefixes cannot be declined, and the association is passed over.
        if association.kind == LeaseKind::Pd {
            continue;
        }
        let (status, text) = one(session, &association)?;
        association.refuse(status, text, &[], &mut reply);
    }
    Ok(Some(reply))
}

fn one(session: &mut Session<'_>, association: &Association<'_>) -> Result<(StatusCode, &'static str), Missing> {
    let iaid = association.ia.iaid;
    let mut verdict = (StatusCode::NoBinding, "No addresses sent in IA_NA");
    for (resource, _) in association.named() {
        let lease = find(session, resource)?.filter(|lease| lease.is_active_at(session.datagram.at));
        verdict = match belongs(session, lease.as_deref(), iaid) {
            Ok(()) => {
                if let Some(lease) = lease {
                    bind::put_out_of_service(session, &lease);
                }
                (StatusCode::Success, "Lease declined. Hopefully the next one will be better.")
            }
            Err(why) => {
                session.tell(Event::DeclineRefused { resource, iaid, why });
                (StatusCode::NoBinding, refusal(why))
            }
        };
    }
    Ok(verdict)
}

const fn refusal(why: Mismatch) -> &'static str {
    match why {
        Mismatch::NoLease => "Server does not know about such an address.",
        Mismatch::OtherClient => "This address does not belong to you, you can't decline it",
        Mismatch::OtherAssociation { .. } => "This is your address, but you used wrong IAID",
    }
}
