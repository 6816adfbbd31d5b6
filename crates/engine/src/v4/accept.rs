//! Is the message for us, and is it one a client may send? (RFC 2131 §4.3)

use std::net::Ipv4Addr;

use wire::v4::{MessageType, code, relay};

use super::Session;
use crate::assemble;
use crate::decision;
use crate::event::Drop;

/// Says why a message is not for this server, if it is not.
pub(super) fn check(session: &Session<'_>) -> Result<(), Drop> {
    let message = session.message;
    match session.kind {
        MessageType::Bootp => return Err(Drop::NoType),
        MessageType::Discover
        | MessageType::Request
        | MessageType::Decline
        | MessageType::Release
        | MessageType::Inform => {}
        kind @ (MessageType::Offer
        | MessageType::Ack
        | MessageType::Nak
        | MessageType::LeaseQuery
        | MessageType::LeaseUnassigned
        | MessageType::LeaseUnknown
        | MessageType::LeaseActive
        | MessageType::BulkLeaseQuery
        | MessageType::LeaseQueryDone
        | MessageType::Other(_)) => return Err(Drop::NotServed(decision::MessageType::V4(kind))),
    }
    let nowhere = message.giaddr.is_unspecified()
        && message.ciaddr.is_unspecified()
        && session.datagram.from.ip().is_unspecified();
    if session.kind == MessageType::Inform && nowhere {
        return Err(Drop::NoAddress);
    }
    match message.options.value(code::SERVER_ID) {
        Some(named) if !session.model.settings.compatibility.ignore_server_identifier && !is_ours(session, &named) => {
            Err(Drop::OtherServer {
                named: (&*named).into(),
                own: [].into(),
                interface: session.datagram.interface.into(),
            })
        }
        _ => Ok(()),
    }
}

/// Says whether the server goes by an identifier: an address it listens on, one configured anywhere, or the one a relay
/// stands in for it with.
fn is_ours(session: &Session<'_>, named: &[u8]) -> bool {
    let Some(address) = named.first_chunk::<4>().filter(|_| named.len() == 4).copied().map(Ipv4Addr::from) else {
        return false;
    };
    if session.datagram.served.contains(&address) || session.datagram.local == address {
        return true;
    }
    if session.agent_option(relay::SERVER_ID_OVERRIDE).as_deref() == Some(named) {
        return true;
    }
    let model = session.model;
    let everywhere = model.subnets.iter().map(|subnet| &subnet.options);
    let everywhere = everywhere.chain(model.networks.iter().map(|network| &network.options));
    let everywhere = everywhere.chain(assemble::scopes(session));
    everywhere
        .flat_map(|scope| scope.all("dhcp4", code::SERVER_ID, &session.classes))
        .any(|option| &*option.value == named)
}

/// Says why a message is one no client should send, if it is.
pub(super) fn sane(session: &Session<'_>) -> Result<(), Drop> {
    let refused = |why: String| {
        let from = session.datagram.from.ip();
        Err(Drop::Options { kind: decision::MessageType::V4(session.kind), from, why: why.into() })
    };
    if session.kind == MessageType::Discover && session.message.options.first(code::SERVER_ID).is_some() {
        return refused(format!("Server-id option was not expected, but received in message {}", session.kind));
    }
    if session.hw.octets.is_empty() && session.client_id.is_empty() {
        return refused(format!("Missing or useless client-id and no HW address provided in message {}", session.kind));
    }
    Ok(())
}
