//! What the client holds, and what it gets.

use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::Arc;

use model::{Lease, LeaseKind, LeaseState, Resource};
use wire::v4::code;

use super::{Session, agent};
use crate::bind::{self, Given, Purpose};
use crate::facts::{ClientKey, Missing};
use crate::reserve::{self, Own};

/// Finds the client's lease in its subnet or another of its network: by client identifier, else by hardware address.
pub(super) fn held(session: &Session<'_>) -> Result<Option<Arc<Lease>>, Missing> {
    if !session.client_id.is_empty() {
        let leases = session.facts.leases_of(ClientKey::ClientId(&session.client_id))?;
        for subnet in session.subnets.iter().filter(|subnet| subnet.match_client_id) {
            if let Some(lease) = leases.iter().find(|lease| lease.subnet == subnet.id && counts(lease)) {
                return Ok(Some(Arc::clone(lease)));
            }
        }
    }
    if session.hw.octets.is_empty() {
        return Ok(None);
    }
    let leases = session.facts.leases_of(ClientKey::Hardware(&session.hw))?;
    let of = |subnet: &&model::Subnet| {
        let own = |lease: &&Arc<Lease>| {
            lease.subnet == subnet.id && counts(lease) && session.owns(lease, subnet.match_client_id)
        };
        leases.iter().find(own).cloned()
    };
    Ok(session.subnets.iter().find_map(of))
}

fn counts(lease: &Lease) -> bool {
    lease.state != LeaseState::Declined
}

/// Finds where the client may have an address; `None` if it may not.
pub(super) fn place_of<'a>(session: &Session<'a>, resource: Resource) -> Option<bind::Place<'a>> {
    session.subnets.iter().find_map(|subnet| bind::place_of(session, subnet, resource))
}

/// Keeps the client's lease, or extends it.
pub(super) fn keep<'a>(
    session: &mut Session<'a>,
    lease: &Arc<Lease>,
    place: bind::Place<'a>,
    purpose: Purpose,
) -> Given<'a> {
    let owner = session.owner(place.0);
    let context = context(session);
    let claim = session.claim(&owner, context.as_deref(), purpose);
    bind::keep(session, lease, place, &claim)
}

/// Gives the client a free address: the one it names, if it may have it, else any.
///
/// Kea: the subnet whose pool the named address is in becomes the client's, free or not.
pub(super) fn allocate<'a>(
    session: &mut Session<'a>,
    hint: Option<Ipv4Addr>,
    purpose: Purpose,
) -> Result<Option<Given<'a>>, Missing> {
    if let Some((subnet, _)) = hint.and_then(|hint| place_of(session, Resource::V4(hint))) {
        session.subnet = Some(subnet);
        let place = session.subnets.iter().position(|other| other.id == subnet.id);
        session.subnets.rotate_left(place.unwrap_or_default());
    }
    let Some(subnet) = session.subnet else { return Ok(None) };
    let owner = session.owner(subnet);
    let context = context(session);
    let mut claim = session.claim(&owner, context.as_deref(), purpose);
    claim.hint = hint.map(Resource::V4);
    bind::allocate(session, &claim)
}

/// Writes what may be kept of the relay with the lease.
fn context(session: &Session<'_>) -> Option<String> {
    if !session.keeps_context() {
        return None;
    }
    let sent: Cow<'_, [u8]> = session.message.options.value(code::RELAY_AGENT).unwrap_or_default();
    (!sent.is_empty()).then(|| agent::context(&agent::echoed(&sent)))
}

/// Gives the client one address that is free, unless a limit stands against it.
pub(super) fn take<'a>(
    session: &mut Session<'a>,
    resource: Resource,
    place: bind::Place<'a>,
    purpose: Purpose,
) -> Result<Option<Given<'a>>, Missing> {
    let owner = session.owner(place.0);
    let context = context(session);
    let claim = session.claim(&owner, context.as_deref(), purpose);
    bind::take(session, resource, place, &claim)
}

/// Finds the address reserved for the client; its subnet comes first, that of the lease it holds before that.
pub(super) fn reserved<'a>(session: &Session<'a>, held: Option<&Lease>) -> Option<Own<'a>> {
    if !session.reservations.is_known() {
        return None;
    }
    let mut subnets = session.subnets.clone();
    let of_lease = held.and_then(|lease| subnets.iter().position(|subnet| subnet.id == lease.subnet));
    subnets.rotate_left(of_lease.unwrap_or_default());
    reserve::own(session, LeaseKind::V4, &subnets).first().copied()
}
