//! The options of DHCPv4 by name: Kea's, without their `dhcp-` where that says nothing.

use wire::Family;
use wire::option::standard;
use wire::option::{DataType, Definition};

use super::super::shape::{self, Shape};

/// The space of the sub-options of a relay.
pub const AGENT: &str = "dhcp-agent-options-space";

/// Options with a shorter name or a shape of their own; the others are found in the table of definitions.
const OWN: &[(u16, &str, Shape)] = &[
    (12, "host-name", Shape::Octets),
    (43, "vendor-encapsulated-options", Shape::Options(1)),
    (50, "requested-address", Shape::Addresses4),
    (51, "lease-time", Shape::Numbers(4)),
    (53, "message-type", Shape::Numbers(1)),
    (54, "server-id", Shape::Addresses4),
    (55, "prl", Shape::Numbers(1)),
    (56, "message", Shape::Octets),
    (57, "max-message-size", Shape::Numbers(2)),
    (58, "renewal-time", Shape::Numbers(4)),
    (59, "rebinding-time", Shape::Numbers(4)),
    (60, "vendor-class", Shape::Octets),
    (61, "client-id", Shape::Octets),
    (81, "fqdn", Shape::Fqdn4),
    (82, "dhcp-agent-options", Shape::Options(1)),
    (124, "vivco-suboptions", Shape::VendorClass4),
    (125, "vivso-suboptions", Shape::VendorOptions4),
];

/// Finds an option by its name, or by `option-CODE`.
pub fn by_name(name: &str) -> Option<(u16, Shape)> {
    let own = OWN.iter().find(|(_, known, _)| *known == name).map(|(code, _, shape)| (*code, *shape));
    own.or_else(|| in_space(wire::option::definition::DHCP4, name, "option-"))
}

/// Finds a sub-option of a relay by its name, or by `sub-option-CODE`.
pub fn agent_by_name(name: &str) -> Option<(u16, Shape)> {
    in_space(AGENT, name, "sub-option-")
}

fn in_space(space: &str, name: &str, prefix: &str) -> Option<(u16, Shape)> {
    if let Some(code) = name.strip_prefix(prefix) {
        return code.parse::<u8>().ok().map(|code| (code.into(), Shape::Octets));
    }
    standard::by_name(Family::V4, space, name).map(|definition| (definition.code, shape_of(definition)))
}

/// Writes one option as a word; values that do not fit their shape become `option-CODE=0x…`.
pub fn show(code: u16, value: &[u8]) -> String {
    let own = OWN.iter().find(|(known, _, _)| *known == code).map(|(_, name, shape)| (*name, *shape));
    let standard = || {
        let definition = standard::by_code(Family::V4, wire::option::definition::DHCP4, code)?;
        Some((&*definition.name, shape_of(definition)))
    };
    shape::show_word(code, own.or_else(standard), value)
}

fn shape_of(definition: &Definition) -> Shape {
    match definition.kind {
        DataType::Boolean | DataType::Int8 | DataType::Uint8 => Shape::Numbers(1),
        DataType::Int16 | DataType::Uint16 => Shape::Numbers(2),
        DataType::Int32 | DataType::Uint32 => Shape::Numbers(4),
        DataType::Ipv4Address => Shape::Addresses4,
        DataType::Ipv6Address => Shape::Addresses6,
        DataType::Fqdn => Shape::Names,
        DataType::Tuple => Shape::Tuples(1),
        DataType::Empty
        | DataType::Binary
        | DataType::String
        | DataType::Ipv6Prefix
        | DataType::Psid
        | DataType::Record
        | DataType::Internal => Shape::Octets,
    }
}
