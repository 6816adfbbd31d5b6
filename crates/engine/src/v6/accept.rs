//! Is the message for us, and has it the options it must have? (RFC 8415 §16)

use std::net::IpAddr;

use wire::v6::{MessageType, code};

use super::Session;
use crate::event::Drop;

/// How often an option may be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Forbidden,
    Once,
    AtMostOnce,
}

/// Says why a message is dropped, if it is.
pub(super) fn check(session: &Session<'_>) -> Result<(), Drop> {
    let message = &session.packet.message;
    if let Some(named) = message.options.first(code::SERVER_ID)
        && named != session.model.settings.server_duid.octets()
    {
        let own = session.model.settings.server_duid.clone();
        return Err(Drop::OtherServer { named: named.into(), own });
    }
    let multicast_only = matches!(
        message.kind,
        MessageType::Solicit | MessageType::Confirm | MessageType::Rebind | MessageType::InformationRequest
    );
    if multicast_only && session.packet.relays.is_empty() && !session.datagram.to.is_multicast() {
        return Err(Drop::Unicast(message.kind));
    }
    let Some((client, server)) = presence(message.kind) else { return Ok(()) };
    require(session, (code::CLIENT_ID, "client-id"), client)?;
    require(session, (code::SERVER_ID, "server-id"), server)?;
    if client == Presence::Once && session.duid.is_none() {
        return Err(refused(session, "the client-id option holds no DUID".into()));
    }
    Ok(())
}

/// How often client and server identifier may be there; `None` for messages a server does not serve.
const fn presence(kind: MessageType) -> Option<(Presence, Presence)> {
    match kind {
        MessageType::Solicit | MessageType::Rebind | MessageType::Confirm | MessageType::AddrRegInform => {
            Some((Presence::Once, Presence::Forbidden))
        }
        MessageType::Request | MessageType::Renew | MessageType::Release | MessageType::Decline => {
            Some((Presence::Once, Presence::Once))
        }
        MessageType::InformationRequest | MessageType::Dhcpv4Query => {
            Some((Presence::AtMostOnce, Presence::AtMostOnce))
        }
        MessageType::Advertise
        | MessageType::Reply
        | MessageType::Reconfigure
        | MessageType::RelayForward
        | MessageType::RelayReply
        | MessageType::Dhcpv4Response
        | MessageType::AddrRegReply
        | MessageType::Other(_) => None,
    }
}

fn require(session: &Session<'_>, (code, name): (u16, &str), presence: Presence) -> Result<(), Drop> {
    let count = session.packet.message.options.all(code).count();
    let wanted = match presence {
        Presence::Forbidden if count > 0 => "0 expected",
        Presence::Once if count != 1 => "exactly 1 expected",
        Presence::AtMostOnce if count > 1 => "at most 1 expected",
        Presence::Forbidden | Presence::Once | Presence::AtMostOnce => return Ok(()),
    };
    Err(refused(session, format!("Invalid number of {name} options received ({count}), {wanted}").into()))
}

fn refused(session: &Session<'_>, why: Box<str>) -> Drop {
    let from: IpAddr = session.datagram.from.ip();
    Drop::Options { kind: session.packet.message.kind, from, why }
}
