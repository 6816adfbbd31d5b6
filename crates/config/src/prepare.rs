//! First step of reading: defaults filled in, inherited values copied down.

use std::borrow::Cow;

use model::Family;

use crate::json::{Node, Value};
use crate::show::{entry, made};

/// Values for keys that are not written at the top.
const GLOBAL_DEFAULTS: [(&str, Plain); 20] = [
    ("allocator", Plain::Text("iterative")),
    ("cache-threshold", Plain::Real(0.25)),
    ("ddns-conflict-resolution-mode", Plain::Text("check-with-dhcid")),
    ("ddns-generated-prefix", Plain::Text("myhost")),
    ("ddns-override-client-update", Plain::Flag(false)),
    ("ddns-override-no-update", Plain::Flag(false)),
    ("ddns-qualifying-suffix", Plain::Text("")),
    ("ddns-replace-client-name", Plain::Text("never")),
    ("ddns-send-updates", Plain::Flag(true)),
    ("ddns-update-on-renew", Plain::Flag(false)),
    ("decline-probation-period", Plain::Number(86400)),
    ("dhcp4o6-port", Plain::Number(0)),
    ("early-global-reservations-lookup", Plain::Flag(false)),
    ("hostname-char-replacement", Plain::Text("")),
    ("hostname-char-set", Plain::Text("[^A-Za-z0-9.-]")),
    ("ip-reservations-unique", Plain::Flag(true)),
    ("reservations-lookup-first", Plain::Flag(false)),
    ("store-extended-info", Plain::Flag(false)),
    ("t1-percent", Plain::Real(0.5)),
    ("valid-lifetime", Plain::Number(7200)),
];

/// More of them, shown but read nowhere else.
const MORE_DEFAULTS: [(&str, Plain); 7] = [
    ("parked-packet-limit", Plain::Number(256)),
    ("reservations-global", Plain::Flag(false)),
    ("reservations-in-subnet", Plain::Flag(true)),
    ("reservations-out-of-pool", Plain::Flag(false)),
    ("server-tag", Plain::Text("")),
    ("statistic-default-sample-age", Plain::Number(0)),
    ("statistic-default-sample-count", Plain::Number(20)),
];

/// Defaults of DHCPv4 alone.
const V4_DEFAULTS: [(&str, Plain); 9] = [
    ("authoritative", Plain::Flag(false)),
    ("boot-file-name", Plain::Text("")),
    ("calculate-tee-times", Plain::Flag(false)),
    ("echo-client-id", Plain::Flag(true)),
    ("match-client-id", Plain::Flag(true)),
    ("next-server", Plain::Text("0.0.0.0")),
    ("server-hostname", Plain::Text("")),
    ("stash-agent-options", Plain::Flag(false)),
    ("t2-percent", Plain::Real(0.875)),
];

/// Defaults of DHCPv6 alone.
const V6_DEFAULTS: [(&str, Plain); 3] = [
    ("calculate-tee-times", Plain::Flag(true)),
    ("pd-allocator", Plain::Text("iterative")),
    ("t2-percent", Plain::Real(0.8)),
];

/// Keys that a shared network takes over from the top, and a subnet from its network or the top.
const INHERITED: [&str; 17] = [
    "allocator",
    "cache-max-age",
    "cache-threshold",
    "calculate-tee-times",
    "max-preferred-lifetime",
    "max-valid-lifetime",
    "min-preferred-lifetime",
    "min-valid-lifetime",
    "offer-lifetime",
    "pd-allocator",
    "preferred-lifetime",
    "rebind-timer",
    "renew-timer",
    "store-extended-info",
    "t1-percent",
    "t2-percent",
    "valid-lifetime",
];

/// A value that a table can hold.
#[derive(Clone, Copy)]
enum Plain {
    Text(&'static str),
    Number(u32),
    Flag(bool),
    Real(f64),
}

impl Plain {
    fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::from(text),
            Self::Number(number) => Value::from(number),
            Self::Flag(truth) => Value::from(truth),
            Self::Real(number) => Value::from(number),
        }
    }
}

/// Makes the tree that the readers work on.
pub(crate) fn prepare(family: Family, mut root: Node) -> Node {
    replace_old_names(&mut root);
    let own = family.pick(&V4_DEFAULTS[..], &V6_DEFAULTS[..]);
    for (key, plain) in GLOBAL_DEFAULTS.iter().chain(&MORE_DEFAULTS).chain(own) {
        fill(&mut root, key, || made(plain.value()));
    }
    for_each(&mut root, "control-sockets", |socket| realm(family, socket));
    let subnets = family.pick("subnet4", "subnet6");
    let globals = inheritance(&root);
    for_each(&mut root, "shared-networks", |network| {
        inherit(network, &globals);
        let lent = inheritance(network);
        for_each(network, subnets, |subnet| inherit(subnet, &lent));
    });
    for_each(&mut root, subnets, |subnet| inherit(subnet, &globals));
    root
}

/// Names the realm of a control socket's users.
fn realm(family: Family, socket: &mut Node) {
    let Value::Map(entries) = &mut socket.value else { return };
    if let Some(entry) = entries.iter_mut().find(|entry| entry.key == "authentication") {
        fill(&mut entry.value, "realm", || made(Value::from(family.pick("kea-dhcpv4-server", "kea-dhcpv6-server"))));
    }
}

/// Puts today's keyword where a file uses one of yesterday.
fn replace_old_names(node: &mut Node) {
    if let Value::List(nodes) = &mut node.value {
        nodes.iter_mut().for_each(replace_old_names);
    }
    let Value::Map(entries) = &mut node.value else { return };
    for entry in entries {
        if entry.key == "output_options" {
            entry.key = Cow::Borrowed("output-options");
        }
        if entry.key != "user-context" && entry.key != "parameters" {
            replace_old_names(&mut entry.value);
        }
    }
}

fn inheritance(from: &Node) -> Vec<(&'static str, Node)> {
    INHERITED.iter().filter_map(|key| Some((*key, from.get(key)?.clone()))).collect()
}

fn inherit(into: &mut Node, values: &[(&'static str, Node)]) {
    for (key, value) in values {
        fill(into, key, || value.clone());
    }
}

fn fill(map: &mut Node, key: &'static str, value: impl FnOnce() -> Node) {
    if map.get(key).is_some() {
        return;
    }
    if let Value::Map(entries) = &mut map.value {
        entries.push(entry(key, value()));
    }
}

fn for_each(map: &mut Node, key: &str, mut change: impl FnMut(&mut Node)) {
    let Value::Map(entries) = &mut map.value else { return };
    let Some(entry) = entries.iter_mut().find(|entry| entry.key == key) else { return };
    if let Value::List(nodes) = &mut entry.value.value {
        nodes.iter_mut().for_each(&mut change);
    }
}
