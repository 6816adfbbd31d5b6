//! `reservations`: what certain clients always get.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv6Addr};

use model::host::{Extras, Reserved};
use model::{BootFields, Family, Host, IdentifierKind, Prefix, Resource, SubnetId};

use super::guard::class_list_loosely;
use super::option_data::OptionScope;
use super::{Reader, v4};
use crate::address::{address, colon_hex, octets, upper_hex};
use crate::fault::{Fault, Read};
use crate::fields::{item_text, items, list, map};
use crate::json::{Node, Value, print};
use crate::show::{Shown, context_of, texts};

/// What identifies a client, in the order Kea looks for them, the most octets of each, and which families have it.
const IDENTIFIERS: [(IdentifierKind, usize, bool, bool); 5] = [
    (IdentifierKind::CircuitId, 128, true, false),
    (IdentifierKind::ClientId, 255, true, false),
    (IdentifierKind::Duid, 130, true, true),
    (IdentifierKind::FlexId, 128, true, true),
    (IdentifierKind::HwAddress, 20, true, true),
];

/// The least octets of a DUID.
const SHORTEST_DUID: usize = 3;

/// Other keywords of a reservation.
const KEYWORDS: [&str; 5] = ["hostname", "option-data", "client-classes", "user-context", "comment"];
/// Those of DHCPv4 alone.
const KEYWORDS_4: [&str; 4] = ["ip-address", "next-server", "server-hostname", "boot-file-name"];
/// Those of DHCPv6 alone.
const KEYWORDS_6: [&str; 3] = ["ip-addresses", "prefixes", "excluded-prefixes"];

/// The reservations of one subnet, or the global ones, as far as they are read.
#[derive(Default)]
struct Known {
    identifiers: HashMap<IdentifierKind, HashSet<Box<[u8]>>>,
    resources: HashSet<Resource>,
}

impl Reader<'_> {
    /// Reads the reservations of a subnet, or the global ones.
    pub(crate) fn hosts(&mut self, nodes: &[Node], subnet: Option<(SubnetId, Prefix)>) -> Read<Value> {
        let mut known = Known::default();
        let mut shown = Vec::with_capacity(nodes.len());
        self.hosts.reserve(nodes.len());
        for node in nodes {
            let (mut host, tree) = self.host(map(node)?)?;
            host.subnet = subnet.map(|(id, _)| id);
            let prefix = subnet.map(|(_, prefix)| prefix);
            self.admit(&known, &host, prefix)
                .map_err(|fault| fault.placed(node).hinted(self.earlier(nodes, node, &host)))?;
            known.resources.extend(host.resources.iter().map(|reserved| reserved.resource));
            known.identifiers.entry(host.kind).or_default().insert(host.identifier.clone());
            shown.push((host.identifier.clone(), host.kind, tree));
            self.hosts.push(host);
        }
        shown.sort_by(|one, other| (&one.0, one.1.keyword()).cmp(&(&other.0, other.1.keyword())));
        Ok(Value::List(shown.into_iter().map(|(_, _, tree)| tree).collect()))
    }

    /// Says where an identifier or an address of a host is reserved before it, if it is.
    fn earlier(&self, nodes: &[Node], node: &Node, host: &Host) -> Option<String> {
        let before = nodes.iter().take_while(|before| !std::ptr::eq(*before, node));
        let resources = |node: &Node| match self.family {
            Family::V4 => v4::reserved(node, &mut Shown::new()).map(|(resources, _)| resources),
            Family::V6 => reserved(node, &mut Shown::new()),
        };
        let is_same = |before: &&Node| {
            let same =
                self.identifier(before).is_ok_and(|(kind, octets)| kind == host.kind && *octets == *host.identifier);
            same || resources(before).is_ok_and(|there| there.iter().any(|one| host.resources.contains(one)))
        };
        before.into_iter().find(is_same).map(|before| format!("it stands already at {}", before.span))
    }

    fn host(&mut self, node: &Node) -> Read<(Host, Node)> {
        self.check_host_keywords(node)?;
        let hostname = node.get("hostname").map(|at| item_text(at).map_err(|fault| fault.within(node))).transpose()?;
        let hostname = hostname.unwrap_or("");
        let (kind, identifier) = self.identifier(node)?;
        let mut shown = Shown::new();
        let ((resources, boot), options) = match self.family {
            Family::V4 => (v4::reserved(node, &mut shown)?, self.option_list(node, OptionScope::Other)?),
            Family::V6 => {
                let options = self.option_list(node, OptionScope::Other)?;
                ((reserved(node, &mut shown)?, BootFields::default()), options)
            }
        };
        let classes = class_list_loosely(node, "client-classes")?;
        let hex = matches!(kind, IdentifierKind::HwAddress | IdentifierKind::Duid);
        shown
            .set(kind.keyword(), if hex { colon_hex(&identifier) } else { upper_hex(&identifier) })
            .set("client-classes", texts(classes.iter().map(model::ClassName::as_str)))
            .set("hostname", hostname)
            .set("option-data", options.shown)
            .context(node);
        let shown = shown.finish();
        let user_context = context_of(node).as_ref().map(print::compact).unwrap_or_default().into();
        let extras = Extras { classes, options: options.set, boot, user_context };
        let host = Host {
            kind,
            identifier: identifier.into(),
            subnet: None,
            resources: resources.into(),
            hostname: hostname.into(),
            extras: (extras != Extras::default()).then(|| Box::new(extras)),
        };
        Ok((host, shown))
    }

    fn supported(&self) -> impl Iterator<Item = &'static str> {
        let family = self.family;
        IDENTIFIERS.into_iter().filter(move |(_, _, v4, v6)| family.pick(*v4, *v6)).map(|(kind, ..)| kind.keyword())
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

    fn identifier(&self, node: &Node) -> Read<(IdentifierKind, Vec<u8>)> {
        let mut given = self.supported().filter(|name| node.get(name).is_some());
        let Some((keyword, kind)) = given.next().and_then(|name| Some((name, IdentifierKind::find(name)?))) else {
            let names: Vec<_> = self.supported().collect();
            return Err(Fault::at(
                node,
                format!(
                    "one of the supported identifiers must be specified for host reservation: {}",
                    names.join(", ")
                ),
            ));
        };
        let at = node.get(keyword).unwrap_or(node);
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
        if IDENTIFIERS.iter().any(|(limited, most, ..)| *limited == kind && length > *most) {
            return Err(Fault::at(node, format!("too long client identifier type {kind} length {length}")));
        }
        Ok((kind, identifier))
    }

    /// Says why a host cannot stand beside those before it.
    fn admit(&self, known: &Known, host: &Host, prefix: Option<Prefix>) -> Read<()> {
        let family = self.family;
        let id = host.subnet.unwrap_or(SubnetId(0));
        let addresses = host.resources.iter().map(|reserved| reserved.resource);
        let mut addresses = addresses.filter(|resource| !matches!(resource, Resource::Prefix(..)));
        let outside = prefix.and_then(|prefix| {
            addresses.find(|resource| !prefix.contains(resource.address())).map(|resource| (resource, prefix))
        });
        if let Some((address, prefix)) = outside {
            return Err(Fault::new(format!(
                "specified reservation '{address}' is not within the {family} subnet '{prefix}'"
            )));
        }
        let length = host.identifier.len();
        if host.kind == IdentifierKind::Duid && length < SHORTEST_DUID {
            return Err(Fault::new(format!(
                "identifier is too short ({length}), at least {SHORTEST_DUID} is required"
            )));
        }
        let who = match host.kind {
            IdentifierKind::HwAddress => Some("HW address"),
            IdentifierKind::Duid => Some("DUID"),
            IdentifierKind::CircuitId | IdentifierKind::ClientId | IdentifierKind::FlexId => None,
        };
        let twice = known.identifiers.get(&host.kind).is_some_and(|known| known.contains(&host.identifier));
        if let (true, Some(who)) = (twice, who) {
            let written = colon_hex(&host.identifier);
            return Err(Fault::new(format!(
                "failed to add new host using the {who} '{written}' to the {family} subnet id '{id}' as this host has \
                 already been added"
            )));
        }
        let mut resources = host.resources.iter().map(|reserved| reserved.resource);
        let taken = resources.find(|resource| known.resources.contains(resource)).filter(|_| self.unique_addresses);
        if let Some(taken) = taken {
            return Err(Fault::new(reserved_twice(family, host, id, taken)));
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

/// Says that what a host reserves is reserved already.
fn reserved_twice(family: Family, host: &Host, id: SubnetId, what: Resource) -> String {
    let named = |kind| if host.kind == kind { colon_hex(&host.identifier) } else { "(null)".to_owned() };
    let (hardware, duid) = (named(IdentifierKind::HwAddress), named(IdentifierKind::Duid));
    let whom = format!("host using the HW address '{hardware} and DUID '{duid}'");
    match family {
        Family::V4 => format!(
            "failed to add new {whom} to the {family} subnet id '{id}' for the address {what}: There's already a \
             reservation for this address"
        ),
        Family::V6 => format!(
            "failed to add address reservation for {whom} to the {family} subnet id '{id}' for address/prefix {what}: \
             There's already reservation for this address/prefix"
        ),
    }
}

/// Reads and shows the addresses and prefixes reserved in DHCPv6.
fn reserved(node: &Node, shown: &mut Shown) -> Read<Vec<Reserved>> {
    let (mut addresses, mut prefixes) = (Vec::new(), Vec::new());
    for item in sized(node, "ip-addresses")? {
        add(&mut addresses, (reserved_address(item)?, 128), item)?;
    }
    for item in sized(node, "prefixes")? {
        add(&mut prefixes, reserved_prefix(item)?, item)?;
    }
    let excluded = excluded(node, &prefixes)?;
    shown
        .set("ip-addresses", texts(addresses.iter().map(|(address, _)| address.to_string())))
        .set("prefixes", texts(prefixes.iter().map(|(base, length)| format!("{base}/{length}"))));
    if excluded.iter().any(|(_, prefix)| prefix.is_some()) {
        shown.set("excluded-prefixes", texts(excluded.iter().map(|(written, _)| written)));
    }
    let addresses =
        addresses.into_iter().map(|(address, _)| Reserved { resource: Resource::V6(address), excluded: None });
    let excluded = excluded.into_iter().map(|(_, prefix)| prefix).chain(std::iter::repeat(None));
    let prefixes = prefixes.into_iter().zip(excluded);
    let prefixes =
        prefixes.map(|((base, length), excluded)| Reserved { resource: Resource::Prefix(base, length), excluded });
    Ok(addresses.chain(prefixes).collect())
}

/// An address or prefix with its length.
type Sized6 = (Ipv6Addr, u8);

fn sized<'n>(node: &'n Node, key: &str) -> Read<&'n [Node]> {
    let Some(at) = node.get(key) else { return Ok(&[]) };
    at.as_list().ok_or_else(|| Fault::at(at, "size() called on a non-list Element in"))
}

fn add(resources: &mut Vec<Sized6>, resource: Sized6, at: &Node) -> Read<()> {
    if resources.contains(&resource) {
        let what = format!("{}/{}", resource.0, resource.1);
        return Err(Fault::at(at, format!("failed on attempt to add a duplicated host reservation for {what}")));
    }
    resources.push(resource);
    Ok(())
}

fn reserved_address(item: &Node) -> Read<Ipv6Addr> {
    let written = item_text(item).map_err(|fault| fault.within(item))?;
    ipv6(address(written).map_err(|text| Fault::at(item, text))?, item)
}

fn ipv6(address: IpAddr, item: &Node) -> Read<Ipv6Addr> {
    match address {
        IpAddr::V6(address) => Ok(address),
        IpAddr::V4(address) => Err(Fault::at(item, format!("invalid prefix '{address}' for new IPv6 reservation"))),
    }
}

fn reserved_prefix(item: &Node) -> Read<Sized6> {
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
    Ok((ipv6(base, item)?, length))
}

/// Reads what is excluded from each prefix, with how it was written.
fn excluded(node: &Node, delegated: &[Sized6]) -> Read<Vec<(String, Option<Sized6>)>> {
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
    let mut read = Vec::new();
    for (item, (base, length)) in excluded.iter().zip(delegated) {
        let written = item_text(item)?;
        let mut prefix = None;
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
            prefix = Some((address, own));
        }
        read.push((written.to_owned(), prefix));
    }
    Ok(read)
}
