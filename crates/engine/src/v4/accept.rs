//! Is the message for us, and is it one a client may send? (RFC 2131 §4.3)

use std::borrow::Cow;
use std::net::Ipv4Addr;

use model::Family;
use wire::option::definition::DHCP4 as SPACE;
use wire::option::{shape, standard};
use wire::v4::{Message, MessageType, Options, code, relay};

use wire::{ClientFqdn, DecodeError};

use super::Session;
use crate::assemble;
use crate::decision;
use crate::event::Drop;
use crate::naming;

/// Finds the first option of a space whose value cannot be of its type, and gives the octets of that value.
fn broken(options: Options<'_>, space: &str) -> Option<usize> {
    options.iter().find_map(|option| {
        let deferred = space == SPACE && (UNREAD.contains(&option.code) || option.code >= PRIVATE);
        let definition = standard::by_code(Family::V4, space, option.code).filter(|_| !deferred)?;
        let value =
            if options.repeats(option.code) { options.value(option.code)? } else { Cow::Borrowed(option.value) };
        (!shape::fits(definition, &value)).then_some(value.len())
    })
}

/// Says whether every option that is understood can be read, those of the relay included.
///
/// Kea: options of vendors, and those of private use, whose meaning depends on classes, are not looked into.
pub(super) fn well_formed(message: &Message<'_>) -> Result<(), DecodeError> {
    if let Some(value) = message.options.value(code::CLIENT_FQDN)
        && naming::contradict(ClientFqdn::decode(Family::V4, &value)?.flags)
    {
        return Err(DecodeError::BadValue {
            field: "FQDN flags",
            value: value.first().map_or(0, |octet| (*octet).into()),
        });
    }
    let agent = message.options.value(code::RELAY_AGENT).unwrap_or_default();
    match broken(message.options, SPACE).or_else(|| broken(Options::of_value(&agent), AGENT_SPACE)) {
        Some(length) => Err(DecodeError::BadLength { field: "option", length }),
        None => Ok(()),
    }
}

pub(super) const AGENT_SPACE: &str = "dhcp-agent-options-space";
/// Options of vendors, read by those who know the vendor.
const UNREAD: [u16; 3] = [code::VENDOR_ENCAPSULATED, code::VIVCO, code::VIVSO];
/// From here on option codes are for private use.
const PRIVATE: u16 = 224;

/// Says why a message is not for this server, if it is not.
pub(super) fn check(session: &Session<'_>) -> Result<(), Drop> {
    let message = session.message;
    if session.kind == MessageType::Bootp {
        return Err(Drop::NoType);
    }
    if !is_served(session.kind) {
        return Err(Drop::NotServed(decision::MessageType::V4(session.kind)));
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

/// Says whether a message is one that clients send to servers.
const fn is_served(kind: MessageType) -> bool {
    matches!(
        kind,
        MessageType::Discover
            | MessageType::Request
            | MessageType::Decline
            | MessageType::Release
            | MessageType::Inform
    )
}

/// Says whether the server goes by an identifier: an address it listens on, one configured anywhere, or the one a relay
/// stands in for it with.
fn is_ours(session: &Session<'_>, named: &[u8]) -> bool {
    let Some(address) = named.first_chunk::<4>().copied().map(Ipv4Addr::from) else {
        return false;
    };
    // Kea: an identifier of zero names nobody, so it is nobody else's.
    if address.is_unspecified() {
        return true;
    }
    if session.datagram.served.contains(&address) || session.datagram.local == address {
        return true;
    }
    if session.agent_option(relay::SERVER_ID_OVERRIDE).as_deref() == Some(named) {
        return true;
    }
    let model = session.model;
    let everywhere = model.subnets.naming_a_server().map(|subnet| &subnet.options);
    let everywhere = everywhere.chain(model.networks.iter().map(|network| &network.options));
    let everywhere = everywhere.chain(assemble::scopes(session).into_iter().map(|scope| scope.options));
    everywhere
        .flat_map(|scope| scope.all(SPACE, code::SERVER_ID, &session.classes))
        .any(|option| &*option.value == named)
}

/// Says why a message is one no client should send, if it is; one that is not wanted for its class comes first.
pub(super) fn sane(session: &Session<'_>, unwanted: bool) -> Result<(), Drop> {
    if unwanted {
        return Err(Drop::Class);
    }
    let refused = |why: String| {
        let from = session.datagram.from.ip();
        Err(Drop::Options { kind: decision::MessageType::V4(session.kind), from, why: why.into() })
    };
    if session.kind == MessageType::Discover && session.message.options.first(code::SERVER_ID).is_some() {
        return refused(format!("Server-id option was not expected, but received in message {}", session.kind));
    }
    if session.client_id.len() < 2 && session.message.options.first(code::CLIENT_ID).is_some() {
        return Err(Drop::BadClientId { length: session.client_id.len() });
    }
    if session.hw.octets.is_empty() && session.client_id.is_empty() {
        return refused(format!("Missing or useless client-id and no HW address provided in message {}", session.kind));
    }
    Ok(())
}
