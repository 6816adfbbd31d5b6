//! DHCPRELEASE: the client gives its address back (RFC 2131 §4.3.4). There is no reply.

use model::{LeaseState, Resource};

use super::reply::Reply;
use super::session::Session;
use crate::bind;
use crate::event::{Event, Mismatch};
use crate::facts::Missing;

/// Takes the address back, if it is the client's.
pub(super) fn release<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    let resource = Resource::V4(session.message.ciaddr);
    let lease = session.facts.lease_at(resource)?;
    match session.mismatch(lease.as_deref()) {
        Err(why) => session.tell(Event::ReleaseRefused { resource, iaid: 0, why }),
        Ok(()) => {
            if let Some(lease) = lease.filter(|lease| lease.state == LeaseState::Assigned) {
                bind::give_back(session, &lease);
            }
        }
    }
    Ok(None)
}

impl Session<'_> {
    /// Says why a lease the client names is not its own.
    pub(super) fn mismatch(&self, lease: Option<&model::Lease>) -> Result<(), Mismatch> {
        let Some(lease) = lease else { return Err(Mismatch::NoLease) };
        let subnet = self.model.subnet(lease.subnet);
        let match_client_id = subnet.is_none_or(|subnet| subnet.match_client_id);
        if self.owns(lease, match_client_id) { Ok(()) } else { Err(Mismatch::OtherClient) }
    }
}
