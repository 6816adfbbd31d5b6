//! DHCPDECLINE: the client found its address in use (RFC 2131 §4.3.3). There is no reply.

use model::Resource;

use super::reply::Reply;
use super::session::Session;
use crate::bind;
use crate::event::Event;
use crate::facts::Missing;

/// Puts the address out of service, if it is the client's.
pub(super) fn decline<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    let Some(address) = session.requested() else { return Ok(None) };
    let resource = Resource::V4(address);
    let now = session.datagram.at;
    let lease = session.facts.lease_at(resource)?.filter(|lease| lease.is_active_at(now));
    match (session.mismatch(lease.as_deref()), lease) {
        (Ok(()), Some(lease)) => bind::put_out_of_service(session, &lease),
        (Ok(()), None) => {}
        (Err(why), _) => session.tell(Event::DeclineRefused { resource, iaid: 0, why }),
    }
    Ok(None)
}
