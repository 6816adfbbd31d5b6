//! ADDR-REG-INFORM: the client tells of an address it made itself (RFC 9686).

use std::borrow::Cow;
use std::net::IpAddr;

use model::{Lease, LeaseState, Owner, Resource, Seconds};
use wire::v6::{IaAddress, MessageType, code};

use super::{Reply, Session};
use crate::event::{Bound, Drop, Event};
use crate::facts::Missing;
use crate::reserve;

/// Registers the address if it is the client's to use; silence otherwise.
pub(super) fn addr_reg_inform<'a>(session: &mut Session<'a>) -> Result<Option<Reply<'a>>, Missing> {
    match register(session)? {
        Ok(value) => {
            let mut reply = session.reply(MessageType::AddrRegReply);
            reply.add(code::IAADDR, Cow::Borrowed(value));
            session.answer_name(&mut reply);
            Ok(Some(reply))
        }
        Err(why) => {
            session.tell(Event::Dropped(Drop::Registration { why }));
            Ok(None)
        }
    }
}

fn register<'a>(session: &mut Session<'a>) -> Result<Result<&'a [u8], &'static str>, Missing> {
    let options = session.packet.message.options;
    if !session.model.settings.allow_address_registration {
        return Ok(Err("address registration is not allowed"));
    }
    let Some(subnet) = session.subnet else { return Ok(Err("no subnet was selected")) };
    let associations = [code::IA_NA, code::IA_TA, code::IA_PD];
    if associations.iter().any(|code| options.first(*code).is_some()) {
        return Ok(Err("an identity association is there"));
    }
    let mut values = options.all(code::IAADDR);
    let (Some(value), None) = (values.next(), values.next()) else { return Ok(Err("exactly 1 IAADDR expected")) };
    let Ok(address) = IaAddress::decode(value) else { return Ok(Err("the IAADDR cannot be read")) };
    let sender = match session.packet.from_client().next() {
        Some(relay) => IpAddr::V6(relay.peer_address),
        None => session.datagram.from.ip(),
    };
    if sender != IpAddr::V6(address.address) {
        return Ok(Err("the address is not the one it was sent from"));
    }
    if !subnet.prefix.contains(sender) {
        return Ok(Err("the address is not in the client's subnet"));
    }
    let resource = Resource::V6(address.address);
    if reserve::is_reserved(session, subnet, resource)? {
        return Ok(Err("the address is reserved"));
    }
    let before = session.facts.lease_at(resource)?;
    if before.as_ref().is_some_and(|lease| lease.state == LeaseState::Assigned || lease.state == LeaseState::Declined) {
        return Ok(Err("the address is leased"));
    }
    session.prepare_name();
    let name = session.name_of_lease(resource, (subnet, &subnet.names), true);
    let lease = Lease {
        resource,
        owner: Owner::V6 {
            duid: session.duid.clone().unwrap_or_else(wire::Duid::empty),
            iaid: 0,
            hw: session.hw.clone(),
        },
        subnet: subnet.id,
        pool: 0,
        state: LeaseState::Registered,
        cltt: session.datagram.at,
        valid: Seconds(address.valid),
        preferred: Seconds(address.preferred),
        hostname: name.hostname,
        fqdn_fwd: name.forward,
        fqdn_rev: name.reverse,
        user_context: "".into(),
    };
    let known = before.as_ref().is_some_and(|lease| lease.state == LeaseState::Registered);
    session.tell(Event::Registered(Bound::of(&lease, i64::from(!known))));
    session.store(before, Some(lease));
    Ok(Ok(value))
}
