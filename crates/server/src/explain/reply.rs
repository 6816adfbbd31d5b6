//! A reply as it goes on the wire, in words.

use std::borrow::Cow;

use config::json::Node;
use model::Family;
use wire::option::{DataType, Definition, Definitions};
use wire::{v4, v6};

/// Collects the option definitions of a configuration, so that options have names.
pub(crate) fn definitions(family: Family, tree: &Node) -> Definitions {
    let mut definitions = Definitions::new(family);
    let own = family.pick("dhcp4", "dhcp6");
    for entry in tree.get("option-def").and_then(Node::as_list).unwrap_or_default() {
        let text = |key: &str| entry.get(key).and_then(Node::as_str);
        let code = entry.get("code").and_then(Node::as_integer).and_then(|code| u16::try_from(code).ok());
        let kind = text("type").and_then(DataType::from_name);
        if let (Some(code), Some(kind), Some(name)) = (code, kind, text("name")) {
            let records = text("record-types").unwrap_or_default().split(',');
            let definition = Definition {
                array: entry.get("array").and_then(Node::as_boolean).unwrap_or_default(),
                record: Cow::Owned(records.filter_map(|kind| DataType::from_name(kind.trim())).collect()),
                encapsulates: text("encapsulate")
                    .filter(|space| !space.is_empty())
                    .map(|space| space.to_owned().into()),
                ..Definition::custom(text("space").unwrap_or(own), code, name, kind)
            };
            // A definition that cannot be is refused with the configuration; here it only goes without a name.
            drop(definitions.add(definition));
        }
    }
    definitions
}

/// Writes a reply: its fields, then its options.
pub(crate) fn lines(definitions: &Definitions, octets: &[u8]) -> Vec<String> {
    let read = match definitions.family() {
        Family::V4 => v4::Message::decode(octets).map(|message| message4(definitions, &message)),
        Family::V6 => v6::Packet::decode(octets).map(|packet| packet6(definitions, &packet)),
    };
    read.unwrap_or_else(|why| vec![format!("a packet that cannot be read: {why}")])
}

fn message4(definitions: &Definitions, message: &v4::Message<'_>) -> Vec<String> {
    let mut lines = vec![message.kind().name().to_owned()];
    let addresses = [
        ("ciaddr", message.ciaddr),
        ("yiaddr", message.yiaddr),
        ("siaddr", message.siaddr),
        ("giaddr", message.giaddr),
    ];
    for (name, address) in addresses.into_iter().filter(|(_, address)| !address.is_unspecified()) {
        lines.push(format!("  {name} {address}"));
    }
    for (name, field) in [("sname", &message.sname[..]), ("file", &message.file[..])] {
        let text: Vec<u8> = field.iter().copied().take_while(|octet| *octet != 0).collect();
        if !text.is_empty() {
            lines.push(format!("  {name} {}", String::from_utf8_lossy(&text)));
        }
    }
    let mut codes: Vec<u16> = Vec::new();
    for option in message.options.iter() {
        if !codes.contains(&option.code) {
            codes.push(option.code);
            let value = message.options.value(option.code).unwrap_or_default();
            push(definitions, "dhcp4", (option.code, &value), "  ", &mut lines);
        }
    }
    lines
}

fn packet6(definitions: &Definitions, packet: &v6::Packet<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for relay in &packet.relays {
        lines.push(format!("{} link {} peer {}", relay.kind.name(), relay.link_address, relay.peer_address));
    }
    lines.push(packet.message.kind.name().to_owned());
    options6(definitions, &packet.message.options, "  ", &mut lines);
    lines
}

fn options6(definitions: &Definitions, options: &v6::Options<'_>, indent: &str, lines: &mut Vec<String>) {
    for option in options.iter() {
        if let (v6::code::IA_NA | v6::code::IA_PD, Ok(ia)) = (option.code, v6::Ia::decode(option.value)) {
            let name = if option.code == v6::code::IA_NA { "ia-na" } else { "ia-pd" };
            lines.push(format!("{indent}option {} {name} iaid {}, t1 {}, t2 {}", option.code, ia.iaid, ia.t1, ia.t2));
            options6(definitions, &ia.options, &format!("{indent}  "), lines);
            continue;
        }
        push(definitions, "dhcp6", (option.code, option.value), indent, lines);
        let inner = match option.code {
            v6::code::IAADDR => v6::IaAddress::decode(option.value).map(|address| address.options),
            v6::code::IAPREFIX => v6::IaPrefix::decode(option.value).map(|prefix| prefix.options),
            _ => continue,
        };
        if let Ok(inner) = inner {
            options6(definitions, &inner, &format!("{indent}  "), lines);
        }
    }
}

/// Writes one option: code, name and value, as text if its definition has one.
fn push(definitions: &Definitions, space: &str, (code, value): (u16, &[u8]), indent: &str, lines: &mut Vec<String>) {
    let definition = definitions.by_code(space, code);
    let name = definition.map_or("(not defined)", |definition| &definition.name);
    let text = definition.and_then(|definition| wire::option::decode(definition, value, definitions.family()).ok());
    lines.push(format!("{indent}option {code} {name} {}", text.unwrap_or_else(|| octets(value))).trim_end().to_owned());
}

fn octets(value: &[u8]) -> String {
    let mut text = "0x".to_owned();
    wire::hwaddr::write_upper_hex(value, &mut text);
    text
}
