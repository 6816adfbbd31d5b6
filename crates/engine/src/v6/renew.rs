//! RENEW and REBIND: the client wants to keep its leases (RFC 8415 §18.3.4, §18.3.5).

use model::{LeaseKind, Resource};
use wire::v6::{MessageType, StatusCode};

use super::associations::{Assigned, Association};
use super::{Reply, Session};
use crate::bind::Purpose;
use crate::event::{Drop, Event};
use crate::facts::Missing;

/// Extends leases of a client that knows this server.
pub(super) fn renew<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    extend(session)
}

/// Extends leases of a client that lost its server.
///
/// Kea: without a subnet an association for prefixes silences the whole message.
pub(super) fn rebind<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    let prefixes = Association::all(session).iter().any(|association| association.kind == LeaseKind::Pd);
    if session.subnet.is_none() && prefixes {
        session.tell(Event::Dropped(Drop::NoSubnet));
        return Ok(None);
    }
    extend(session)
}

fn extend<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    session.prepare_name();
    let mut reply = session.reply(MessageType::Reply);
    for association in Association::all(session) {
        one(session, &association, &mut reply)?;
    }
    session.settle_name();
    session.answer_name(&mut reply);
    session.add_options(&mut reply);
    Ok(Some(reply))
}

fn one<'a>(session: &mut Session<'a>, association: &Association<'a>, reply: &mut Reply<'a>) -> Result<(), Missing> {
    let prefixes = association.kind == LeaseKind::Pd;
    if session.subnet.is_none() {
        let text = if prefixes {
            "Sorry, no known PD leases for this duid/iaid."
        } else {
            "Sorry, no known leases for this duid/iaid."
        };
        association.refuse(StatusCode::NoBinding, text, &[], reply);
        return Ok(());
    }
    let named = association.named();
    let Assigned { given, mut lost } = association.assign(session, Purpose::Renew)?;
    let is_given = |resource: &Resource| given.iter().any(|given| given.resource == *resource);
    for (resource, _) in named {
        if !is_given(&resource) && !lost.contains(&resource) && is_whole(resource) {
            lost.push(resource);
        }
    }
    if given.is_empty() {
        let (status, text) = if prefixes {
            (StatusCode::NoPrefixAvail, "Sorry, no prefixes could be assigned at this time.")
        } else {
            (StatusCode::NoAddrsAvail, "Sorry, no addresses could be assigned at this time.")
        };
        association.refuse(status, text, &lost, reply);
    } else {
        association.answer(session, &given, &lost, reply);
    }
    Ok(())
}

/// Says whether a resource is one at all.
///
/// Kea: a prefix without an address or a length is a wish, and nothing to give up.
const fn is_whole(resource: Resource) -> bool {
    match resource {
        Resource::Prefix(address, length) => !address.is_unspecified() && length != 0 && length <= 128,
        Resource::V4(_) | Resource::V6(_) => true,
    }
}
