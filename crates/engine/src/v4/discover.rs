//! DHCPDISCOVER: the client looks for a server (RFC 2131 §4.3.1).

use std::net::Ipv4Addr;
use std::sync::Arc;

use model::host::Reserved;
use model::{Lease, Subnet};
use wire::option::definition::DHCP4;
use wire::v4::{MessageType, code};

use super::holdings;
use super::probe;
use super::reply::Reply;
use super::session::Session;
use crate::assemble;
use crate::bind::{self, Given, Purpose};
use crate::decision::Label;
use crate::event::{Event, Refusal};
use crate::facts::Missing;
use crate::reserve::Own;

/// Offers the client its address, or the one it asks for, or any; silence if there is none.
pub(super) fn discover<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    if session.subnet.is_none() {
        session.refuse(Refusal::NoSubnet, session.requested());
        return Ok(None);
    }
    if prefers_v6(session) {
        return Ok(without_address(session, MessageType::Offer));
    }
    session.prepare_name();
    // Kea: an option that asks for 0.0.0.0 keeps ciaddr from being a hint.
    let hint = match session.message.options.first(code::REQUESTED_ADDRESS) {
        Some(_) => session.requested(),
        None => Some(session.message.ciaddr).filter(|own| !own.is_unspecified()),
    };
    let held = holdings::held(session)?;
    let (events, mut own) = (session.told(), None);
    let given = match holdings::reserved(session, held.as_deref()) {
        None => None,
        // Kea: to this client no address is reserved where one seemed to be, and nothing is offered.
        Some(Own { reserved: None, .. }) => {
            session.refuse(Refusal::NotOffered, session.requested());
            return Ok(None);
        }
        Some(Own { subnet, reserved: Some(reserved) }) => {
            own = Some(reserved.resource);
            offer_reserved(session, (subnet, reserved), held.as_ref())?
        }
    };
    let given = match given {
        Some(given) => Some(given),
        None => offer_any(session, held, hint)?,
    };
    let Some(given) = given else {
        session.refuse(Refusal::NotOffered, session.requested());
        return Ok(None);
    };
    if !probe::may_be_offered(session, &given, own, events)? {
        return Ok(None);
    }
    Ok(Some(Reply::leased(session, MessageType::Offer, &given)))
}

/// Offers what is reserved for the client, unless somebody else has it.
fn offer_reserved<'a>(
    session: &mut Session<'a>,
    (subnet, reserved): (&'a Subnet, Reserved),
    held: Option<&Arc<Lease>>,
) -> Result<Option<Given<'a>>, Missing> {
    let resource = reserved.resource;
    let place = bind::place_of_reserved(subnet, resource);
    session.trace(|| Event::ReservationFound { resource, discovers: true });
    if let Some(lease) = held.filter(|lease| lease.resource == resource) {
        return Ok(Some(holdings::keep(session, lease, place, Purpose::Advertise)));
    }
    let now = session.datagram.at;
    if let Some(lease) = session.facts.lease_at(resource)?.filter(|lease| lease.is_in_use_at(now)) {
        let holder = Box::new(Label::of(&lease));
        session.tell(Event::ReservationConflict { subnet: subnet.id, resource, holder });
        return Ok(None);
    }
    holdings::take(session, resource, place, Purpose::Advertise)
}

/// Offers what the client holds, else what it asks for, else anything.
fn offer_any<'a>(
    session: &mut Session<'a>,
    held: Option<Arc<Lease>>,
    hint: Option<Ipv4Addr>,
) -> Result<Option<Given<'a>>, Missing> {
    if let Some(lease) = held
        && let Some(place) = bind::place_of_lease(session, &lease)?
    {
        return Ok(Some(holdings::keep(session, &lease, place, Purpose::Advertise)));
    }
    holdings::allocate(session, hint, Purpose::Advertise)
}

/// Says whether the client can do without IPv4, and its link too (RFC 8925). The subnet that says so becomes the client's.
pub(super) fn prefers_v6(session: &mut Session<'_>) -> bool {
    if !session.requests(code::V6_ONLY_PREFERRED) {
        return false;
    }
    let configured = |options: &model::OptionSet| !options.entries(DHCP4, code::V6_ONLY_PREFERRED).is_empty();
    let says = |subnet: &&&Subnet| {
        let network = session.model.network_of(subnet);
        configured(&subnet.options) || network.is_some_and(|network| configured(&network.options))
    };
    let subnet = session.subnets.iter().find(says).copied();
    session.subnet = subnet.or(session.subnet);
    subnet.is_some()
}

/// Answers a client that can do without an address.
pub(super) fn without_address<'a>(session: &mut Session<'a>, kind: MessageType) -> Option<Reply<'a>> {
    session.add_classes();
    assemble::value(session, code::V6_ONLY_PREFERRED)?;
    let mut reply = Reply::new(session, kind);
    reply.add_options(session);
    Some(reply)
}
