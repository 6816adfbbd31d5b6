//! DHCPDISCOVER: the client looks for a server (RFC 2131 §4.3.1).

use wire::v4::{MessageType, code};

use super::holdings;
use super::reply::Reply;
use super::session::Session;
use crate::assemble;
use crate::bind::{self, Purpose};
use crate::event::Refusal;
use crate::facts::Missing;

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
    let own = held.and_then(|lease| bind::place_of_lease(session, &lease).map(|place| (lease, place)));
    let given = match own {
        Some((lease, place)) => Some(holdings::keep(session, &lease, place, Purpose::Advertise)),
        None => holdings::allocate(session, hint, Purpose::Advertise)?,
    };
    let Some(given) = given else {
        session.refuse(Refusal::NotOffered, session.requested());
        return Ok(None);
    };
    Ok(Some(Reply::leased(session, MessageType::Offer, &given)))
}

/// Says whether the client can do without IPv4, and its link too (RFC 8925). The subnet that says so becomes the client's.
pub(super) fn prefers_v6(session: &mut Session<'_>) -> bool {
    if !session.requests(code::V6_ONLY_PREFERRED) {
        return false;
    }
    let configured =
        |options: &model::OptionSet| options.all("dhcp4", code::V6_ONLY_PREFERRED, &session.classes).next().is_some();
    let says = |subnet: &&&model::Subnet| {
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
