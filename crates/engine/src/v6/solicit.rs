//! SOLICIT and REQUEST: the client wants leases (RFC 8415 §18.3.1, §18.3.2).

use std::borrow::Cow;

use model::LeaseKind;
use wire::v6::{MessageType, StatusCode, code};

use super::associations::Association;
use super::{Reply, Session};
use crate::bind::Purpose;
use crate::facts::Missing;
use crate::naming::ClientName;

/// Offers leases; with rapid commit on both sides, makes them at once.
pub(super) fn solicit<'a>(session: &mut Session<'a>) -> Result<Reply<'a>, Missing> {
    let wanted = session.packet.message.options.first(code::RAPID_COMMIT).is_some();
    let rapid = wanted && session.subnet.is_some_and(|subnet| subnet.rapid_commit);
    if !rapid {
        return lease(session, MessageType::Advertise, Purpose::Advertise);
    }
    let mut reply = lease(session, MessageType::Reply, Purpose::Assign)?;
    reply.add(code::RAPID_COMMIT, Cow::Borrowed(&[]));
    Ok(reply)
}

/// Makes leases.
pub(super) fn request<'a>(session: &mut Session<'a>) -> Result<Reply<'a>, Missing> {
    lease(session, MessageType::Reply, Purpose::Assign)
}

fn lease<'a>(session: &mut Session<'a>, kind: MessageType, purpose: Purpose) -> Result<Reply<'a>, Missing> {
    session.prepare_name();
    let mut reply = session.reply(kind);
    for association in Association::all(session) {
        let (status, nowhere, nothing) = match association.kind {
            LeaseKind::Pd => {
                (StatusCode::NoPrefixAvail, "Sorry, no subnet available.", "Sorry, no prefixes could be allocated.")
            }
            LeaseKind::Na | LeaseKind::V4 => (
                StatusCode::NoAddrsAvail,
                "Server could not select subnet for this client",
                "Sorry, no address could be allocated.",
            ),
        };
        if session.subnet.is_none() {
            association.refuse(status, nowhere, &[], &mut reply);
            continue;
        }
        let given = association.assign(session, purpose)?.given;
        if given.is_empty() {
            association.refuse(status, nothing, &[], &mut reply);
        } else {
            association.answer(session, &given, &[], &mut reply);
        }
    }
    // Kea: a reserved name that nobody asks for stays that of the first lease.
    if session.name.as_ref().is_none_or(ClientName::is_told) {
        session.settle_name();
    }
    session.answer_name(&mut reply);
    session.add_options(&mut reply);
    Ok(reply)
}
