//! Every decoder at once, for whoever throws octets and texts at them: nothing here may panic, whatever comes in.

use std::hint::black_box;
use std::net::Ipv6Addr;

use crate::fqdn::{self, Name};
use crate::option::{DataType, Definition, decode, encode, encode_hex, standard};
use crate::read::Reader;
use crate::v6::{Ia, IaAddress, IaPrefix, Message, Options, Packet, VendorClass, VendorOpts};
use crate::v6::{code, prefix_exclude, status, values, vendor};
use crate::{ClientFqdn, Duid, Family, duid, hwaddr, v4};

/// How deep options within options are followed.
const DEPTH_LIMIT: usize = 8;

/// Decodes everything there is in a DHCPv6 packet, and the octets as a message, as options and as values besides.
pub fn packet6(octets: &[u8]) {
    if let Ok(packet) = Packet::decode(octets) {
        for relay in packet.from_client() {
            black_box((relay.hop_count, relay.link_address, relay.peer_address));
            options6(relay.options, DHCP6, 0);
        }
        message6(&packet.message);
    } else if let Ok(message) = Message::decode(octets) {
        message6(&message);
    }
    if let Ok(options) = Options::decode(octets) {
        options6(options, DHCP6, 0);
    }
    value6(octets);
    any_definition(octets);
}

/// Decodes everything there is in a DHCPv4 packet, and the octets as options inside an option besides.
pub fn packet4(octets: &[u8]) {
    if let Ok(message) = v4::Message::decode(octets) {
        black_box((message.kind().name(), message.kind().number(), message.wants_broadcast()));
        black_box((message.hardware_address().to_string(), message.requested_options().count()));
        for option in message.options.iter() {
            black_box(message.options.value(option.code).map(|value| options4(DHCP4, option.code, &value, 0)));
        }
    }
    options4(DHCP4, v4::code::VENDOR_ENCAPSULATED, octets, 0);
    options4(DHCP4, v4::code::RELAY_AGENT, octets, 0);
    black_box(v4::vendor::blocks(octets).map(|block| block.data.len()).sum::<usize>());
}

const DHCP4: &str = crate::option::definition::DHCP4;

fn options4(space: &str, code: u16, value: &[u8], depth: usize) {
    let Some(definition) = standard::by_code(Family::V4, space, code).filter(|_| depth <= DEPTH_LIMIT) else {
        return;
    };
    black_box(decode(definition, value, Family::V4).is_ok());
    if let Some(inner) = definition.encapsulates.as_deref() {
        for options in [v4::Options::of_value(value), v4::Options::of_framed_value(value)] {
            for option in options.iter() {
                options4(inner, option.code, option.value, depth.saturating_add(1));
            }
        }
    }
    black_box(ClientFqdn::decode(Family::V4, value).is_ok());
}

/// Encodes a text as a value of every type, alone and as a list, and writes what came out as text again.
pub fn option_text(text: &str) {
    for family in [Family::V4, Family::V6] {
        for definition in definitions() {
            there_and_back(&definition, text, family);
        }
    }
    for (family, space, code) in [(Family::V4, "dhcp4", 121), (Family::V4, "dhcp4", 162), (Family::V6, DHCP6, 144)] {
        if let Some(definition) = standard::by_code(family, space, code) {
            there_and_back(definition, text, family);
        }
    }
    let mut octets = Vec::new();
    black_box(fqdn::encode(text, &mut octets).is_ok());
    black_box(Name::decode(&octets).map(|name| (name.to_string(), name.to_lower_case())).is_ok());
    black_box((encode_hex(text).is_ok(), hwaddr::parse_hex(text), crate::option::vendor::enterprise_of(text)));
    black_box((DataType::from_name(text), crate::option::definition::is_name(text)));
}

const DHCP6: &str = crate::option::definition::DHCP6;

/// One definition for every type, one for a list of it, and records that end in it, once and repeated.
fn definitions() -> impl Iterator<Item = Definition> {
    DataType::all().flat_map(|kind| {
        let single = Definition::custom("mine", 60_000, "mine", kind);
        let list = Definition { array: true, ..single.clone() };
        let record =
            Definition { kind: DataType::Record, record: vec![DataType::Uint8, kind].into(), ..single.clone() };
        let repeating = Definition { array: true, ..record.clone() };
        [single, list, record, repeating]
    })
}

fn there_and_back(definition: &Definition, text: &str, family: Family) {
    if let Ok(octets) = encode(definition, text, family) {
        black_box(decode(definition, &octets, family).is_ok());
    }
}

fn message6(message: &Message<'_>) {
    black_box((message.kind.name(), message.kind.number(), message.requested_options().count()));
    options6(message.options, DHCP6, 0);
}

fn options6(options: Options<'_>, space: &str, depth: usize) {
    if depth > DEPTH_LIMIT {
        return;
    }
    black_box(options.first(code::CLIENT_ID));
    for option in options.iter() {
        let value = option.value;
        if let Some(definition) = standard::by_code(Family::V6, space, option.code) {
            black_box(decode(definition, value, Family::V6).is_ok());
            if let Some(inner) = definition.encapsulates.as_deref() {
                follow(Options::decode(value).ok(), inner, depth);
            }
        }
        if space == DHCP6 {
            nested6(option.code, value, depth);
        }
    }
}

fn nested6(option: u16, value: &[u8], depth: usize) {
    match option {
        code::IA_NA | code::IA_PD => follow(Ia::decode(value).ok().map(|ia| ia.options), DHCP6, depth),
        code::IAADDR => follow(IaAddress::decode(value).ok().map(|address| address.options), DHCP6, depth),
        code::IAPREFIX => {
            if let Ok(prefix) = IaPrefix::decode(value) {
                let whole = (prefix.prefix, prefix.length);
                let excluded = prefix.options.first(code::PD_EXCLUDE).map(|value| prefix_exclude::decode(value, whole));
                black_box(excluded.and_then(Result::ok).and_then(|excluded| prefix_exclude::encode(whole, excluded)));
                follow(Some(prefix.options), DHCP6, depth);
            }
        }
        code::VENDOR_OPTS => {
            if let Ok(opts) = VendorOpts::decode(value) {
                black_box(opts.requested_options(1).count());
                for option in opts.options.iter() {
                    let space = crate::option::vendor::space_of(opts.enterprise);
                    let definition = crate::option::vendor::by_code(Family::V6, &space, option.code);
                    black_box(definition.map(|definition| decode(definition, option.value, Family::V6).is_ok()));
                }
            }
        }
        code::RSOO => follow(values::relay_supplied_options(value).ok(), DHCP6, depth),
        _ => value6(value),
    }
}

fn follow(options: Option<Options<'_>>, space: &str, depth: usize) {
    if let Some(options) = options {
        options6(options, space, depth.saturating_add(1));
    }
}

/// Reads octets as every value that has a decoder of its own.
fn value6(value: &[u8]) {
    let duid = Duid::decode(value).ok();
    black_box(
        duid.map(|duid| (duid.to_string(), duid.hardware_address(), duid::LENGTHS.contains(&duid.octets().len()))),
    );
    for family in [Family::V4, Family::V6] {
        let fqdn = ClientFqdn::decode(family, value);
        black_box(fqdn.map(|fqdn| (fqdn.flags.octet(family), fqdn.name().to_string())).is_ok());
    }
    black_box(Name::read(&mut Reader::new(value)).map(|name| name.labels().count()).is_ok());
    black_box(
        VendorClass::decode(value).map(|class| (class.data.first().is_some(), class.data.iter().count())).is_ok(),
    );
    black_box(vendor::Tuples::decode(value).is_ok());
    black_box((status::decode(value).is_ok(), values::elapsed_time(value).is_ok()));
    black_box((values::relay_source_port(value).is_ok(), values::remote_id(value).is_ok()));
    black_box(values::client_link_layer_address(value).map(|address| address.to_string()).is_ok());
    let length = value.first().copied().unwrap_or_default();
    black_box(prefix_exclude::decode(value, (Ipv6Addr::LOCALHOST, length.wrapping_sub(7))).is_ok());
}

/// Writes octets as the text of an option that the first two of them choose, in either family.
fn any_definition(octets: &[u8]) {
    let Some(([first, second], value)) = octets.split_first_chunk::<2>() else {
        return;
    };
    let family = if first.is_multiple_of(2) { Family::V4 } else { Family::V6 };
    if let Some(definition) = standard::all(family).nth(usize::from(*second)) {
        black_box(decode(definition, value, family).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_all_is_no_reason_to_panic() {
        packet6(&[]);
        packet4(&[]);
        packet4(&[1; 300]);
        option_text("");
        packet6(&[12; 40]);
    }
}
