//! Is the message for us, and has it the options it must have? (RFC 8415 §16)

use std::net::IpAddr;

use model::Family;
use wire::v6::{Ia, IaAddress, IaPrefix, Message, MessageType, code};
use wire::{ClientFqdn, DecodeError};

use super::Session;
use crate::decision;
use crate::event::Drop;
use crate::facts::Missing;

/// Says whether what must be read of a message can be read: associations, what they hold, and the list of requests.
pub(super) fn well_formed(message: &Message<'_>) -> Result<(), DecodeError> {
    for option in message.options.iter() {
        match option.code {
            code::IA_NA | code::IA_PD => {
                for inner in Ia::decode(option.value)?.options.iter() {
                    if inner.code == code::IAADDR {
                        IaAddress::decode(inner.value)?;
                    } else if inner.code == code::IAPREFIX {
                        match IaPrefix::decode(inner.value) {
                            // Kea: a length beyond 128 makes a wish that cannot be met, not a broken packet.
                            Ok(_) | Err(DecodeError::BadValue { .. }) => {}
                            Err(why) => return Err(why),
                        }
                    }
                }
            }
            code::ORO if !option.value.len().is_multiple_of(2) => {
                return Err(DecodeError::BadLength { field: "option request", length: option.value.len() });
            }
            _ => {}
        }
    }
    Ok(())
}

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
        let own = session.model.settings.server_duid.octets().into();
        return Err(Drop::OtherServer { named: named.into(), own, interface: session.datagram.interface.into() });
    }
    let multicast_only = matches!(
        message.kind,
        MessageType::Solicit | MessageType::Confirm | MessageType::Rebind | MessageType::InformationRequest
    );
    if multicast_only && session.packet.relays.is_empty() && !session.datagram.to.is_multicast() {
        return Err(Drop::Unicast(decision::MessageType::V6(message.kind)));
    }
    if message.kind == MessageType::Dhcpv4Query {
        let nothing = message.options.first(code::DHCPV4_MSG).is_none();
        return match session.model.settings.dhcp4o6_port {
            0 => Err(Drop::Unservable { why: "DHCPv4-over-DHCPv6 is not configured" }),
            _ if nothing => Err(Drop::Unservable { why: "no query of DHCPv4 is inside" }),
            _ => Ok(()),
        };
    }
    Ok(())
}

/// Does to a message what libraries do to it, and says why it is not dealt with, if it is not.
pub(super) fn admit(session: &mut Session<'_>, unwanted: bool) -> Result<Result<Option<Vec<u8>>, Drop>, Missing> {
    let received = session.receive()?;
    Ok(received.and_then(|options| sane(session, unwanted).map(|()| options)))
}

/// Says whether the message has the options it must have, and none it must not have; one that is not wanted for its class
/// comes first.
fn sane(session: &Session<'_>, unwanted: bool) -> Result<(), Drop> {
    if unwanted {
        return Err(Drop::Class);
    }
    let message = &session.packet.message;
    let Some((client, server)) = presence(message.kind) else { return Ok(()) };
    require(session, (code::CLIENT_ID, "client-id"), client)?;
    require(session, (code::SERVER_ID, "server-id"), server)?;
    if session.duid.is_none() && message.options.first(code::CLIENT_ID).is_some() {
        return Err(refused(session, "the client-id option holds no DUID".into()));
    }
    let hw = session.duid.as_ref().and_then(wire::Duid::hardware_address);
    if hw.is_some_and(|hw| hw.octets.len() > HARDWARE_ADDRESS) {
        return Err(Drop::Unservable { why: "the DUID holds a hardware address of more than 20 octets" });
    }
    let contradicts =
        |value| ClientFqdn::decode(Family::V6, value).is_ok_and(|sent| crate::naming::contradict(sent.flags));
    if takes_names(message.kind) && message.options.first(code::CLIENT_FQDN).is_some_and(contradicts) {
        return Err(Drop::Unservable { why: "flags S and N of the client FQDN option are both set" });
    }
    Ok(())
}

/// The longest hardware address in a DUID, in octets.
const HARDWARE_ADDRESS: usize = 20;

const fn takes_names(kind: MessageType) -> bool {
    matches!(kind, MessageType::Solicit | MessageType::Request | MessageType::Renew | MessageType::Rebind)
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
    Drop::Options { kind: decision::MessageType::V6(session.packet.message.kind), from, why }
}
