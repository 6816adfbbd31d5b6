//! What is kept of the relays with a lease (`store-extended-info`), in Kea's form.

use std::fmt::Write as _;

use wire::v6::{Packet, Relay, code};
use wire::write::Writer;

/// Writes what is kept of the relays of a packet, the one nearest the server first; `None` if there are none.
pub(super) fn context(packet: &Packet<'_>) -> Option<String> {
    if packet.relays.is_empty() {
        return None;
    }
    let mut text = String::from("{ \"ISC\": { \"relay-info\": [ ");
    for (place, relay) in packet.relays.iter().enumerate() {
        if place > 0 {
            text.push_str(", ");
        }
        one(relay, &mut text);
    }
    text.push_str(" ] } }");
    Some(text)
}

fn one(relay: &Relay<'_>, text: &mut String) {
    let _infallible = write!(text, "{{ \"hop\": {}, \"link\": \"{}\"", relay.hop_count, relay.link_address);
    let mut options = Writer::new();
    for option in relay.options.iter().filter(|option| option.code != code::RELAY_MSG) {
        options.option6(option.code, option.value);
    }
    if !options.is_empty() {
        text.push_str(", \"options\": \"0x");
        wire::hwaddr::write_upper_hex(options.as_slice(), text);
        text.push('"');
    }
    let _infallible = write!(text, ", \"peer\": \"{}\"", relay.peer_address);
    for (code, name) in [(RELAY_ID, "relay-id"), (code::REMOTE_ID, "remote-id")] {
        if let Some(value) = relay.options.first(code) {
            let _infallible = write!(text, ", \"{name}\": \"");
            wire::hwaddr::write_upper_hex(value, text);
            text.push('"');
        }
    }
    text.push_str(" }");
}

/// The relay's own identifier (RFC 5460 §5.4.1).
const RELAY_ID: u16 = 53;
