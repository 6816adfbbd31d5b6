//! `reservations`: what certain clients always get.

use std::net::IpAddr;

use model::{Family, Prefix, SubnetId};

use super::guard::class_list_loosely;
use super::option_data::OptionScope;
use super::{Reader, v4};
use crate::address::{address, colon_hex, octets, upper_hex};
use crate::fault::{Fault, Read};
use crate::fields::{item_text, items, list, map};
use crate::json::{Node, Value};
use crate::show::{Shown, texts};

/// What identifies a client, in the order Kea looks for them, the most octets of each, and which families have it.
const IDENTIFIERS: [(&str, usize, bool, bool); 5] = [
    ("circuit-id", 128, true, false),
    ("client-id", 255, true, false),
    ("duid", 130, true, true),
    ("flex-id", 128, true, true),
    ("hw-address", 20, true, true),
];

/// The least octets of a DUID.
const SHORTEST_DUID: usize = 3;

/// Other keywords of a reservation.
const KEYWORDS: [&str; 5] = ["hostname", "option-data", "client-classes", "user-context", "comment"];
/// Those of DHCPv4 alone.
const KEYWORDS_4: [&str; 4] = ["ip-address", "next-server", "server-hostname", "boot-file-name"];
/// Those of DHCPv6 alone.
const KEYWORDS_6: [&str; 3] = ["ip-addresses", "prefixes", "excluded-prefixes"];

struct Host {
    kind: &'static str,
    identifier: Vec<u8>,
    resources: Vec<(IpAddr, u8)>,
    shown: Node,
}

impl Reader<'_> {
    /// Reads the reservations of a subnet, or the global ones.
    pub(crate) fn hosts(&mut self, nodes: &[Node], subnet: Option<(SubnetId, Prefix)>) -> Read<Value> {
        let mut hosts: Vec<Host> = Vec::new();
        for node in nodes {
            self.unserved("reservations");
            let host = self.host(map(node)?)?;
            self.admit(&hosts, &host, subnet).map_err(|fault| fault.placed(node))?;
            hosts.push(host);
        }
        hosts.sort_by(|one, other| (&one.identifier, one.kind).cmp(&(&other.identifier, other.kind)));
        Ok(Value::List(hosts.into_iter().map(|host| host.shown).collect()))
    }

    fn host(&mut self, node: &Node) -> Read<Host> {
        self.check_host_keywords(node)?;
        let hostname = node.get("hostname").map(|at| item_text(at).map_err(|fault| fault.within(node))).transpose()?;
        let (kind, identifier) = self.identifier(node)?;
        let mut shown = Shown::new();
        let (resources, options) = match self.family {
            Family::V4 => (v4::reserved(node, &mut shown)?, self.option_list(node, OptionScope::Other)?),
            Family::V6 => {
                let options = self.option_list(node, OptionScope::Other)?;
                (reserved(node, &mut shown)?, options)
            }
        };
        let classes = class_list_loosely(node, "client-classes")?;
        shown
            .set(
                kind,
                if matches!(kind, "hw-address" | "duid") { colon_hex(&identifier) } else { upper_hex(&identifier) },
            )
            .set("client-classes", texts(classes.iter().map(model::ClassName::as_str)))
            .set("hostname", hostname.unwrap_or(""))
            .set("option-data", options.shown)
            .context(node);
        Ok(Host { kind, identifier, resources, shown: shown.finish() })
    }

    fn supported(&self) -> impl Iterator<Item = &'static str> {
        let family = self.family;
        IDENTIFIERS.into_iter().filter(move |(_, _, v4, v6)| family.pick(*v4, *v6)).map(|(name, ..)| name)
    }

    fn check_host_keywords(&self, node: &Node) -> Read<()> {
        let own = self.family.pick(&KEYWORDS_4[..], &KEYWORDS_6[..]);
        let names = || KEYWORDS.iter().chain(own).copied().chain(self.supported());
        match node.as_map().unwrap_or_default().iter().find(|entry| !names().any(|name| name == entry.key)) {
            Some(entry) => Err(Fault::at(node, format!("unsupported configuration parameter '{}'", entry.key))
                .hinted(crate::fault::nearest(&entry.key, names()))),
            None => Ok(()),
        }
    }

    fn identifier(&self, node: &Node) -> Read<(&'static str, Vec<u8>)> {
        let mut given = self.supported().filter(|name| node.get(name).is_some());
        let Some(kind) = given.next() else {
            let names: Vec<_> = self.supported().collect();
            return Err(Fault::at(
                node,
                format!(
                    "one of the supported identifiers must be specified for host reservation: {}",
                    names.join(", ")
                ),
            ));
        };
        let at = node.get(kind).unwrap_or(node);
        let written = item_text(at).map_err(|fault| fault.within(node))?;
        if let Some(other) = given.next() {
            return Err(Fault::at(node, format!("the '{other}' and '{kind}' are mutually exclusive")));
        }
        if written.is_empty() {
            return Err(Fault::at(node, "empty host identifier used"));
        }
        let identifier = octets(written).filter(|octets| !octets.is_empty());
        let identifier =
            identifier.ok_or_else(|| Fault::at(node, format!("invalid host identifier value '{written}'")))?;
        let length = identifier.len();
        if IDENTIFIERS.iter().any(|(name, most, ..)| *name == kind && length > *most) {
            return Err(Fault::at(node, format!("too long client identifier type {kind} length {length}")));
        }
        Ok((kind, identifier))
    }

    fn admit(&self, hosts: &[Host], host: &Host, subnet: Option<(SubnetId, Prefix)>) -> Read<()> {
        let family = self.family;
        let (id, prefix) = subnet.map_or((SubnetId(0), None), |(id, prefix)| (id, Some(prefix)));
        if let Some(prefix) = prefix {
            let whole = family.pick(32, 128);
            let outside =
                host.resources.iter().find(|(address, length)| *length == whole && !prefix.contains(*address));
            if let Some((address, _)) = outside {
                return Err(Fault::new(format!(
                    "specified reservation '{address}' is not within the {family} subnet '{prefix}'"
                )));
            }
        }
        let length = host.identifier.len();
        if host.kind == "duid" && length < SHORTEST_DUID {
            return Err(Fault::new(format!(
                "identifier is too short ({length}), at least {SHORTEST_DUID} is required"
            )));
        }
        let written = colon_hex(&host.identifier);
        let (who, hardware, duid) = match host.kind {
            "hw-address" => (Some("HW address"), &*written, "(null)"),
            "duid" => (Some("DUID"), "(null)", &*written),
            _ => (None, "(null)", "(null)"),
        };
        let twice = hosts.iter().any(|other| other.kind == host.kind && other.identifier == host.identifier);
        if let (true, Some(who)) = (twice, who) {
            return Err(Fault::new(format!(
                "failed to add new host using the {who} '{written}' to the {family} subnet id '{id}' as this host has \
                 already been added"
            )));
        }
        let taken = |resource: &&(IpAddr, u8)| hosts.iter().any(|other| other.resources.contains(resource));
        if let Some((address, length)) = host.resources.iter().find(taken).filter(|_| self.unique_addresses) {
            let whom = format!("host using the HW address '{hardware} and DUID '{duid}'");
            return Err(Fault::new(match family {
                Family::V4 => format!(
                    "failed to add new {whom} to the {family} subnet id '{id}' for the address {address}: There's \
                     already a reservation for this address"
                ),
                Family::V6 => {
                    let what = if *length == 128 { address.to_string() } else { format!("{address}/{length}") };
                    format!(
                        "failed to add address reservation for {whom} to the {family} subnet id '{id}' for \
                         address/prefix {what}: There's already reservation for this address/prefix"
                    )
                }
            }));
        }
        // Kea: DHCPv6 lets two hosts have the same flex-id.
        if twice && family == Family::V4 {
            let (kind, identifier) = (host.kind, upper_hex(&host.identifier));
            return Err(Fault::new(format!(
                "failed to add duplicate {family} host using identifier: {kind}={identifier}"
            )));
        }
        Ok(())
    }
}

/// Reads and shows the addresses and prefixes reserved in DHCPv6.
fn reserved(node: &Node, shown: &mut Shown) -> Read<Vec<(IpAddr, u8)>> {
    let mut resources = Vec::new();
    let (mut addresses, mut prefixes) = (Vec::new(), Vec::new());
    for item in sized(node, "ip-addresses")? {
        let reserved = reserved_address(item)?;
        add(&mut resources, (reserved, 128), item)?;
        addresses.push(reserved.to_string());
    }
    for item in sized(node, "prefixes")? {
        let reserved = reserved_prefix(item)?;
        add(&mut resources, reserved, item)?;
        prefixes.push(format!("{}/{}", reserved.0, reserved.1));
    }
    let excluded = excluded(node, &resources)?;
    shown.set("ip-addresses", texts(addresses)).set("prefixes", texts(prefixes));
    if excluded.iter().any(|prefix| !prefix.is_empty()) {
        shown.set("excluded-prefixes", texts(excluded));
    }
    Ok(resources)
}

fn sized<'n>(node: &'n Node, key: &str) -> Read<&'n [Node]> {
    let Some(at) = node.get(key) else { return Ok(&[]) };
    at.as_list().ok_or_else(|| Fault::at(at, "size() called on a non-list Element in"))
}

fn add(resources: &mut Vec<(IpAddr, u8)>, resource: (IpAddr, u8), at: &Node) -> Read<()> {
    if resources.contains(&resource) {
        let what = format!("{}/{}", resource.0, resource.1);
        return Err(Fault::at(at, format!("failed on attempt to add a duplicated host reservation for {what}")));
    }
    resources.push(resource);
    Ok(())
}

fn reserved_address(item: &Node) -> Read<IpAddr> {
    let written = item_text(item).map_err(|fault| fault.within(item))?;
    let reserved = address(written).map_err(|text| Fault::at(item, text))?;
    if reserved.is_ipv4() {
        return Err(Fault::at(item, format!("invalid prefix '{reserved}' for new IPv6 reservation")));
    }
    Ok(reserved)
}

fn reserved_prefix(item: &Node) -> Read<(IpAddr, u8)> {
    let written = item_text(item)?;
    let Some((base, length)) = written.split_once('/') else {
        return Err(Fault::at(item, format!("prefix reservation requires prefix length be specified in '{written}'")));
    };
    let length = length.parse::<u8>().ok().filter(|length| (1..=128).contains(length));
    let Some(length) = length else {
        return Err(Fault::at(item, "'prefix-len' value must be in range of [1..128]"));
    };
    let base = address(base).map_err(|text| Fault::at(item, text))?;
    let first = Prefix { address: base, length }.range().first_address();
    if first != base {
        let text = format!("Prefix address: {base} exceeds prefix/prefix-len pair: {first}/{length}");
        return Err(Fault::at(item, text));
    }
    Ok((base, length))
}

fn excluded(node: &Node, resources: &[(IpAddr, u8)]) -> Read<Vec<String>> {
    let Some(excluded) = node.get("excluded-prefixes") else { return Ok(Vec::new()) };
    if node.get("prefixes").is_none() {
        return Err(Fault::near(node, "'excluded-prefixes' parameter requires the 'prefixes' parameter"));
    }
    let excluded = items(excluded)?;
    let prefixes = list(node, "prefixes")?;
    if excluded.len() != prefixes.len() {
        return Err(Fault::near(
            node,
            format!(
                "'excluded-prefixes' parameter does not match the 'prefixes' parameter: {} != {}",
                excluded.len(),
                prefixes.len()
            ),
        ));
    }
    let delegated = resources.iter().skip(resources.len().saturating_sub(prefixes.len()));
    let mut texts = Vec::new();
    for (item, (base, length)) in excluded.iter().zip(delegated) {
        let written = item_text(item)?;
        if !written.is_empty() {
            let (address, own) = reserved_prefix(item)?;
            if own <= *length {
                return Err(Fault::at(
                    item,
                    format!(
                        "length of the excluded prefix {address}/{own} must be greater than the length of the \
                         delegated prefix {base}/{length}"
                    ),
                ));
            }
        }
        texts.push(written.to_owned());
    }
    Ok(texts)
}
