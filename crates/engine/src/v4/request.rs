//! DHCPREQUEST in the four states a client can be in (RFC 2131 §4.3.2).

use std::net::Ipv4Addr;
use std::sync::Arc;

use model::{Lease, Resource, Subnet};
use wire::v4::{MessageType, code};

use super::discover::{prefers_v6, without_address};
use super::holdings;
use super::reply::Reply;
use super::session::Session;
use crate::bind::{self, Given, Place, Purpose};
use crate::event::{Event, Refusal};
use crate::facts::Missing;
use crate::{reserve, select};

/// What the client wants, told by the options and the address it sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It takes up an offer.
    Selecting,
    /// It restarted and has an address from before.
    InitReboot,
    /// It asks the server that gave the address for more time.
    Renewing,
    /// It asks any server for more time.
    Rebinding,
}

fn state(session: &Session<'_>) -> State {
    let options = &session.message.options;
    if options.first(code::SERVER_ID).is_some() {
        State::Selecting
    } else if options.first(code::REQUESTED_ADDRESS).is_some() {
        State::InitReboot
    } else if select::is_broadcast(session.datagram.to) && !session.message.ciaddr.is_unspecified() {
        State::Rebinding
    } else {
        State::Renewing
    }
}

/// Grants an address, or says that the client cannot have it, or says nothing because another server may know better.
pub(super) fn request<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    let state = state(session);
    let requested = session.requested();
    if let Some(wanted) = requested.filter(|_| state == State::InitReboot) {
        session.tell(Event::InitReboot { wanted });
    }
    let Some(subnet) = session.subnet else {
        session.refuse(Refusal::NoSubnet, requested);
        let silent = match state {
            State::Rebinding => true,
            State::InitReboot => !session.model.settings.authoritative,
            State::Selecting | State::Renewing => false,
        };
        return Ok((!silent).then(|| Reply::nak(session)));
    };
    if prefers_v6(session) {
        return Ok(without_address(session, MessageType::Ack));
    }
    let held = holdings::held(session)?;
    if state == State::InitReboot {
        let knows = held.as_ref().map(|lease| Some(lease.resource) == requested.map(Resource::V4));
        match knows {
            Some(true) => {}
            None if !subnet.authoritative => {
                session.refuse(Refusal::NoLease, requested);
                return Ok(None);
            }
            Some(false) | None => {
                session.refuse(Refusal::WrongAddress, requested);
                return Ok(Some(Reply::nak(session)));
            }
        }
    }
    session.prepare_name();
    let own = Some(session.message.ciaddr).filter(|own| !own.is_unspecified());
    Ok(match grant(session, held, requested.or(own))? {
        Ok(given) => Some(Reply::leased(session, MessageType::Ack, &given)),
        Err(why) => {
            session.refuse(why, requested);
            (why != Refusal::UnknownAddress).then(|| Reply::nak(session))
        }
    })
}

/// Gives the client what it wants, or any address if it names none; `held` is the lease it has.
fn grant<'a>(
    session: &mut Session<'a>,
    held: Option<Arc<Lease>>,
    wanted: Option<Ipv4Addr>,
) -> Result<Result<Given<'a>, Refusal>, Missing> {
    let own = holdings::reserved(session, held.as_deref());
    let own = own.and_then(|own| own.reserved.map(|reserved| (own.subnet, reserved.resource)));
    if let (None, Some((_, resource))) = (wanted, own) {
        session.trace(|| Event::ReservationFound { resource, discovers: false });
    }
    let wanted = wanted.map(Resource::V4).or(own.map(|(_, resource)| resource));
    let mut place = None;
    if let Some(wanted) = wanted {
        match may_have(session, wanted, own, held.as_deref())? {
            Ok(found) => place = Some(found),
            Err(why) => return Ok(Err(why)),
        }
    }
    if let Some(lease) = held.as_ref().filter(|lease| wanted.is_none_or(|wanted| lease.resource == wanted)) {
        let kept = match place {
            Some(place) => Some(place),
            None => bind::place_of_lease(session, lease)?,
        };
        if let Some(place) = kept {
            return Ok(Ok(holdings::keep(session, lease, place, Purpose::Renew)));
        }
    }
    let given = match wanted.zip(place) {
        Some((wanted, place)) => holdings::take(session, wanted, place, Purpose::Assign)?,
        None => holdings::allocate(session, None, Purpose::Assign)?,
    };
    let Some(given) = given else { return Ok(Err(Refusal::NotGranted)) };
    if let Some(other) = held.filter(|lease| lease.resource != given.resource) {
        bind::withdraw(session, &other);
    }
    Ok(Ok(given))
}

/// Says where the client may have the address it wants, or why it may not.
fn may_have<'a>(
    session: &mut Session<'a>,
    wanted: Resource,
    own: Option<(&'a Subnet, Resource)>,
    held: Option<&Lease>,
) -> Result<Result<Place<'a>, Refusal>, Missing> {
    let now = session.datagram.at;
    let of_lease = held.and_then(|lease| session.subnets.iter().find(|subnet| subnet.id == lease.subnet).copied());
    if let Some(current) = of_lease.or(session.subnet)
        && reserve::is_for_others(session, current, wanted)?
    {
        session.trace(|| Event::ReservedForOthers { resource: wanted });
        return Ok(Err(Refusal::NotGranted));
    }
    let there = session.facts.lease_at(wanted)?;
    // Kea: of several leases of one card the one that was found is the client's, and no other.
    let found_other = held.is_some_and(|lease| lease.resource != wanted);
    let match_client_id = session.subnet.is_none_or(|subnet| subnet.match_client_id);
    let is_own = |lease: &Lease| !found_other && session.owns(lease, match_client_id);
    if there.is_some_and(|lease| lease.is_in_use_at(now) && !is_own(&lease)) {
        return Ok(Err(Refusal::NotGranted));
    }
    if let Some((subnet, reserved)) = own {
        if reserved == wanted {
            return Ok(Ok(bind::place_of_reserved(subnet, wanted)));
        }
        // Kea: the client may have another address as long as anybody, it included, leases the reserved one.
        if session.facts.lease_at(reserved)?.is_none_or(|lease| lease.is_expired_at(now)) {
            return Ok(Err(Refusal::NotGranted));
        }
    }
    Ok(holdings::place_of(session, wanted).ok_or_else(|| {
        let known = around(session).any(|subnet| subnet.pool_of(wanted).is_some());
        if known { Refusal::NotGranted } else { Refusal::UnknownAddress }
    }))
}

/// Walks the client's subnet and all others of its network, whoever may use them.
fn around<'a>(session: &Session<'a>) -> impl Iterator<Item = &'a Subnet> + use<'a> {
    let model = session.model;
    let network = session.subnet.and_then(|subnet| model.network_of(subnet));
    let others = network.into_iter().flat_map(|network| network.subnets.iter().filter_map(|id| model.subnet(*id)));
    session.subnet.into_iter().chain(others)
}
