//! What subnets and shared networks have in common: relays, interface, guards; and which keywords a map may hold.

use std::net::IpAddr;

use model::Family;

use super::Reader;
use crate::address::family_of;
use crate::fault::{Fault, Read, nearest};
use crate::fields::{item_text, items, text};
use crate::json::{Node, Value};
use crate::show::{Shown, texts};
use crate::surroundings::Origin;

/// Which reservations a scope uses.
pub(crate) const RESERVATION_MODES: [&str; 3] =
    ["reservations-global", "reservations-in-subnet", "reservations-out-of-pool"];

/// How clients of a scope are recognised.
pub(crate) struct Link {
    pub(crate) interface: Option<Box<str>>,
    pub(crate) interface_id: Option<Box<[u8]>>,
}

impl Reader<'_> {
    /// Reads the addresses of relays.
    pub(crate) fn relay(&self, relay: Option<&Node>) -> Read<Vec<IpAddr>> {
        let Some(relay) = relay else { return Ok(Vec::new()) };
        let Some(list) = relay.get("ip-addresses") else {
            return Err(Fault::near(relay, "ip-addresses is required"));
        };
        let mut addresses = Vec::new();
        for item in items(list)? {
            let written = item_text(item)?;
            let kind = self.family;
            let Ok(address) = written.parse::<IpAddr>() else {
                return Err(Fault::at(list, format!("address {written} is not a valid: {kind}address")));
            };
            if family_of(address) != kind {
                return Err(Fault::at(list, format!("address {written} is not a: {kind}address")));
            }
            if addresses.contains(&address) {
                return Err(Fault::at(
                    list,
                    format!(
                        "cannot add address: {address} to relay info: RelayInfo already contains address: {address}"
                    ),
                ));
            }
            addresses.push(address);
        }
        Ok(addresses)
    }

    /// Reads interface and interface-id of `whom`, such as `subnet 2001:db8::/32`.
    pub(crate) fn link(&self, node: &Node, whom: std::fmt::Arguments<'_>) -> Read<Link> {
        let interface = text(node, "interface")?.filter(|name| !name.is_empty());
        if let Some(name) = interface {
            let known = |info: &crate::InterfaceInfo| info.name == name;
            if !self.surroundings.interfaces.iter().any(known) {
                let at = node.get("interface").unwrap_or(node);
                let text = format!("Specified network interface name {name} for {whom} is not present in the system");
                let names = self.surroundings.interfaces.iter().map(|info| &*info.name);
                return Err(Fault::at(at, text).hinted(nearest(name, names)));
            }
        }
        // Kea: the text itself is meant, whatever it looks like.
        let interface_id = text(node, "interface-id")?.filter(|id| !id.is_empty());
        if interface.is_some() && interface_id.is_some() {
            return Err(Fault::near(
                node,
                format!(
                    "parser error: interface (defined for locally reachable subnets) and interface-id (defined for \
                     subnets reachable via relays) cannot be defined at the same time for {whom}({})",
                    node.span
                ),
            ));
        }
        Ok(Link { interface: interface.map(Box::from), interface_id: interface_id.map(|id| id.as_bytes().into()) })
    }

    /// Checks the keywords of a map that came with a command; a file's were checked by its grammar.
    pub(crate) fn check_keywords(&self, map: &Node, allowed: Keywords) -> Read<()> {
        if self.origin == Origin::File {
            return Ok(());
        }
        for entry in map.as_map().unwrap_or_default() {
            let Some((_, kind)) = allowed.iter().copied().flatten().find(|(name, _)| *name == entry.key) else {
                let names = allowed.iter().copied().flatten().map(|(name, _)| *name);
                return Err(
                    Fault::near(map, format!("spurious '{}' parameter", entry.key)).hinted(nearest(&entry.key, names))
                );
            };
            if !kind.admits(&entry.value.value) {
                return Err(Fault::near(&entry.value, format!("'{}' parameter is not {}", entry.key, kind.words())));
            }
        }
        Ok(())
    }
}

/// Shows the addresses of relays.
pub(crate) fn show_relays(relays: &[IpAddr]) -> Node {
    let mut shown = Shown::new();
    shown.set("ip-addresses", texts(relays.iter().map(IpAddr::to_string)));
    shown.finish()
}

/// The type of a keyword's value.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Number,
    Truth,
    Fraction,
    List,
    Map,
}

impl Kind {
    const fn admits(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (Self::Text, Value::String(_))
                | (Self::Number, Value::Integer(_))
                | (Self::Truth, Value::Boolean(_))
                | (Self::Fraction, Value::Real(_))
                | (Self::List, Value::List(_))
                | (Self::Map, Value::Map(_))
        )
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Number => "an integer",
            Self::Truth => "a boolean",
            Self::Fraction => "a real",
            Self::List => "a list",
            Self::Map => "a map",
        }
    }
}

/// Tables of keywords that a map may hold.
pub(crate) type Keywords = &'static [&'static [(&'static str, Kind)]];

/// Keywords of `pools`.
pub(crate) const POOL: Keywords = &[&[("pool", Kind::Text)], POOLS, NAMES, ANY];
/// Keywords of `pd-pools`.
pub(crate) const PD_POOL: Keywords = &[
    &[
        ("prefix", Kind::Text),
        ("prefix-len", Kind::Number),
        ("delegated-len", Kind::Number),
        ("excluded-prefix", Kind::Text),
        ("excluded-prefix-len", Kind::Number),
    ],
    POOLS,
    ANY,
];
/// Keywords of `subnet4`.
const SUBNET_4: Keywords = &[SUBNET, OF_DHCP4, OVER_DHCP6, LINK, NAMES, ANY];
/// Keywords of `subnet6`.
const SUBNET_6: Keywords = &[SUBNET, &[("pd-pools", Kind::List)], OF_DHCP6, LINK, NAMES, ANY];
/// Keywords of `shared-networks` in DHCPv4.
const NETWORK_4: Keywords = &[NETWORK, &[("subnet4", Kind::List)], OF_DHCP4, LINK, NAMES, ANY];
/// Keywords of `shared-networks` in DHCPv6.
const NETWORK_6: Keywords = &[NETWORK, &[("subnet6", Kind::List)], OF_DHCP6, LINK, NAMES, ANY];
/// Keywords of `option-data`.
pub(crate) const OPTION_DATA: Keywords = &[
    &[
        ("name", Kind::Text),
        ("data", Kind::Text),
        ("code", Kind::Number),
        ("space", Kind::Text),
        ("csv-format", Kind::Truth),
        ("always-send", Kind::Truth),
        ("never-send", Kind::Truth),
        ("client-classes", Kind::List),
    ],
    CONTEXT,
];
/// Keywords of `option-def`.
pub(crate) const OPTION_DEF: Keywords = &[
    &[
        ("name", Kind::Text),
        ("code", Kind::Number),
        ("type", Kind::Text),
        ("array", Kind::Truth),
        ("record-types", Kind::Text),
        ("space", Kind::Text),
        ("encapsulate", Kind::Text),
    ],
    CONTEXT,
];

const CONTEXT: &[(&str, Kind)] = &[("user-context", Kind::Map), ("comment", Kind::Text)];
const ANY: &[(&str, Kind)] = &[
    ("option-data", Kind::List),
    ("client-class", Kind::Text),
    ("client-classes", Kind::List),
    ("require-client-classes", Kind::List),
    ("evaluate-additional-classes", Kind::List),
    ("user-context", Kind::Map),
    ("comment", Kind::Text),
];
const POOLS: &[(&str, Kind)] = &[("pool-id", Kind::Number)];
const SUBNET: &[(&str, Kind)] =
    &[("id", Kind::Number), ("subnet", Kind::Text), ("pools", Kind::List), ("reservations", Kind::List)];
const NETWORK: &[(&str, Kind)] = &[("name", Kind::Text)];
const OF_DHCP4: &[(&str, Kind)] = &[
    ("authoritative", Kind::Truth),
    ("boot-file-name", Kind::Text),
    ("match-client-id", Kind::Truth),
    ("next-server", Kind::Text),
    ("offer-lifetime", Kind::Number),
    ("server-hostname", Kind::Text),
];
const OVER_DHCP6: &[(&str, Kind)] =
    &[("4o6-interface", Kind::Text), ("4o6-interface-id", Kind::Text), ("4o6-subnet", Kind::Text)];
const OF_DHCP6: &[(&str, Kind)] = &[
    ("interface-id", Kind::Text),
    ("rapid-commit", Kind::Truth),
    ("pd-allocator", Kind::Text),
    ("preferred-lifetime", Kind::Number),
    ("min-preferred-lifetime", Kind::Number),
    ("max-preferred-lifetime", Kind::Number),
];
const LINK: &[(&str, Kind)] = &[
    ("interface", Kind::Text),
    ("relay", Kind::Map),
    ("allocator", Kind::Text),
    ("store-extended-info", Kind::Truth),
    ("reservations-global", Kind::Truth),
    ("reservations-in-subnet", Kind::Truth),
    ("reservations-out-of-pool", Kind::Truth),
    ("renew-timer", Kind::Number),
    ("rebind-timer", Kind::Number),
    ("valid-lifetime", Kind::Number),
    ("min-valid-lifetime", Kind::Number),
    ("max-valid-lifetime", Kind::Number),
    ("calculate-tee-times", Kind::Truth),
    ("t1-percent", Kind::Fraction),
    ("t2-percent", Kind::Fraction),
    ("cache-threshold", Kind::Fraction),
    ("cache-max-age", Kind::Number),
];
const NAMES: &[(&str, Kind)] = &[
    ("ddns-send-updates", Kind::Truth),
    ("ddns-override-no-update", Kind::Truth),
    ("ddns-override-client-update", Kind::Truth),
    ("ddns-replace-client-name", Kind::Text),
    ("ddns-generated-prefix", Kind::Text),
    ("ddns-qualifying-suffix", Kind::Text),
    ("ddns-update-on-renew", Kind::Truth),
    ("ddns-use-conflict-resolution", Kind::Truth),
    ("ddns-conflict-resolution-mode", Kind::Text),
    ("ddns-ttl-percent", Kind::Fraction),
    ("ddns-ttl", Kind::Number),
    ("ddns-ttl-min", Kind::Number),
    ("ddns-ttl-max", Kind::Number),
    ("hostname-char-set", Kind::Text),
    ("hostname-char-replacement", Kind::Text),
];

/// Gives the keywords of a subnet.
pub(crate) fn subnet_keywords(family: Family) -> Keywords {
    family.pick(SUBNET_4, SUBNET_6)
}

/// Gives the keywords of a shared network.
pub(crate) fn network_keywords(family: Family) -> Keywords {
    family.pick(NETWORK_4, NETWORK_6)
}

/// Names the list of subnets of a family.
pub(crate) fn subnets_key(family: Family) -> &'static str {
    family.pick("subnet4", "subnet6")
}
