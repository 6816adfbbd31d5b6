//! The whole road from a checked tree to a configuration, in the order Kea walks it.

use std::sync::Arc;

use model::ClientClass;
use model::settings::{Names, Reclaim, Settings};
use model::{Family, Hosts, IdentifierKind, MacSource, Model, Subnet, Subnets};
use wire::Duid;
use wire::option::Definitions;

use crate::error::ConfigError;
use crate::fault::{Fault, Read, nearest};
use crate::fields::{flag, list, map, text};
use crate::json::{Node, Value};
use crate::prepare::prepare;
use crate::show::{Shown, sorted};
use crate::spec::libraries::Libraries;
use crate::spec::network::Networks;
use crate::spec::option_data::OptionScope;
use crate::spec::scope::subnets_key;
use crate::spec::subnet::{Around, by_id};
use crate::spec::v4::{Lent, global_flag};
use crate::spec::{Reader, classes, daemon, database, identity, names};
use crate::surroundings::{Origin, Surroundings};
use crate::{Configuration, POST_PARSING, ShownConfiguration};

/// Keys that are shown as they stand in the prepared tree.
const AS_WRITTEN: [&str; 24] = [
    "allocator",
    "cache-max-age",
    "cache-threshold",
    "calculate-tee-times",
    "decline-probation-period",
    "dhcp4o6-port",
    "early-global-reservations-lookup",
    "ip-reservations-unique",
    "max-valid-lifetime",
    "min-valid-lifetime",
    "parked-packet-limit",
    "rebind-timer",
    "renew-timer",
    "reservations-global",
    "reservations-in-subnet",
    "reservations-lookup-first",
    "reservations-out-of-pool",
    "server-tag",
    "statistic-default-sample-age",
    "statistic-default-sample-count",
    "store-extended-info",
    "t1-percent",
    "t2-percent",
    "valid-lifetime",
];

/// Such keys of DHCPv4 alone.
const AS_WRITTEN_4: [&str; 8] = [
    "authoritative",
    "boot-file-name",
    "echo-client-id",
    "match-client-id",
    "next-server",
    "offer-lifetime",
    "server-hostname",
    "stash-agent-options",
];

/// Such keys of DHCPv6 alone.
const AS_WRITTEN_6: [&str; 4] =
    ["max-preferred-lifetime", "min-preferred-lifetime", "pd-allocator", "preferred-lifetime"];

/// Keys with a reader of their own.
const WITH_READER: [&str; 25] = [
    "client-classes",
    "comment",
    "compatibility",
    "config-control",
    "control-socket",
    "control-sockets",
    "dhcp-ddns",
    "dhcp-queue-control",
    "expired-leases-processing",
    "hooks-libraries",
    "host-reservation-identifiers",
    "hosts-database",
    "hosts-databases",
    "interfaces-config",
    "lease-database",
    "loggers",
    "multi-threading",
    "option-data",
    "option-def",
    "reservations",
    "sanity-checks",
    "shared-networks",
    "user-context",
    "ddns-use-conflict-resolution",
    "server-tag",
];

/// Such keys of DHCPv6 alone.
const WITH_READER_6: [&str; 4] = ["data-directory", "mac-sources", "relay-supplied-options", "server-id"];

/// Reads a checked tree into a configuration.
pub(crate) fn resolve(
    family: Family,
    root: Node,
    origin: Origin,
    surroundings: &Surroundings<'_>,
) -> Result<Configuration, ConfigError> {
    let root = prepare(family, root);
    let mut reader = Reader {
        family,
        origin,
        surroundings,
        definitions: Definitions::new(family),
        class_definitions: Vec::new(),
        unique_addresses: true,
        class_names: Vec::new(),
        hosts: Vec::new(),
        waiting_classes: Vec::new(),
        notices: Vec::new(),
        ping_check: None,
        unserved: Vec::new(),
    };
    keywords(family, &root, origin).map_err(|fault| fault.in_element(POST_PARSING))?;
    let outcome = Parts { reader: &mut reader, root: &root, shown: Shown::new() }.read();
    let mut configuration = match outcome {
        Ok(configuration) => configuration,
        Err(error) => return Err(ConfigError { notices: reader.notices.into(), ..error }),
    };
    if configuration.model.subnets.iter().any(|subnet| !subnet.names.char_set.is_valid()) {
        reader.unserved("hostname-char-set that is no regular expression");
    }
    if adapts(family, &root) {
        reader.unserved("adaptive-lease-time-threshold");
    }
    for feature in std::mem::take(&mut reader.unserved) {
        reader
            .notice("NESTOR_FEATURE_NOT_SERVED", format!("{feature}: configured, but this version does not serve it"));
    }
    configuration.notices = std::mem::take(&mut reader.notices);
    Ok(configuration)
}

/// Says whether any scope asks for lifetimes by how full its pools are, a keyword of Kea 3.1 and later.
fn adapts(family: Family, root: &Node) -> bool {
    let asks = |scope: &Node| scope.get("adaptive-lease-time-threshold").is_some();
    let within = |scope: &Node| nodes(scope, subnets_key(family)).iter().any(asks);
    asks(root) || within(root) || nodes(root, "shared-networks").iter().any(|network| asks(network) || within(network))
}

fn nodes<'n>(map: &'n Node, key: &str) -> &'n [Node] {
    map.get(key).and_then(Node::as_list).unwrap_or_default()
}

/// Refuses unknown keywords at the top of a command's configuration.
fn keywords(family: Family, root: &Node, origin: Origin) -> Read<()> {
    if origin == Origin::File {
        return Ok(());
    }
    inheritable(family, root)?;
    let own = family.pick(&[][..], &WITH_READER_6[..]);
    let known = || as_written(family).chain(&WITH_READER).chain(own).chain(&names::KEYS).copied();
    let known = || known().chain([subnets_key(family)]);
    for entry in map(root)?.as_map().unwrap_or_default() {
        if entry.key == "ddns-use-conflict-resolution" {
            return Err(Fault::near(&entry.value, format!("invalid global parameter name '{}'", entry.key)));
        }
        if !known().any(|key| key == entry.key) || entry.key == "comment" {
            let text = format!("unsupported global configuration parameter: {}", entry.key);
            return Err(Fault::at(&entry.value, text).hinted(nearest(&entry.key, known())));
        }
    }
    Ok(())
}

/// Refuses lists of subnets that inherited values cannot be put into.
fn inheritable(family: Family, root: &Node) -> Read<()> {
    for network in root.get("shared-networks").and_then(Node::as_list).unwrap_or_default() {
        for subnet in list(network, subnets_key(family))? {
            if family == Family::V4 {
                map(subnet)?;
            }
        }
    }
    Ok(())
}

fn as_written(family: Family) -> impl Iterator<Item = &'static &'static str> {
    AS_WRITTEN.iter().chain(family.pick(&AS_WRITTEN_4[..], &AS_WRITTEN_6[..]))
}

struct Parts<'r, 'a, 'n> {
    reader: &'r mut Reader<'a>,
    root: &'n Node,
    shown: Shown,
}

/// Subnets and networks as read.
struct Topology {
    subnets: Vec<Subnet>,
    networks: Networks,
}

/// What holds for the server and is read before the subnets.
struct Early {
    reclaim: Reclaim,
    mac_sources: Vec<MacSource>,
    ddns_enabled: bool,
    classes: Vec<ClientClass>,
    host_identifiers: Vec<IdentifierKind>,
    libraries: Libraries,
}

/// Names the part a finding belongs to.
fn part<T>(element: &str, read: Read<T>) -> Result<T, ConfigError> {
    read.map_err(|fault| fault.in_element(element))
}

impl Parts<'_, '_, '_> {
    fn read(mut self) -> Result<Configuration, ConfigError> {
        let root = self.root;
        self.reader.unique_addresses =
            part("ip-reservations-unique", flag(root, "ip-reservations-unique"))?.unwrap_or(true);
        let defs = part("option-def", self.reader.option_defs(root))?;
        let options = part("option-data", self.reader.option_list(root, OptionScope::Global))?;
        self.shown.set("option-def", defs).set("option-data", options.shown);
        let mac_sources = self.v6_only("mac-sources", identity::mac_sources(root))?;
        let (control_sockets, tree) = part("control-sockets", self.reader.control_sockets(root))?;
        self.optional("control-sockets", tree);
        let (multi_threading, tree) = part("multi-threading", Reader::multi_threading(root))?;
        self.shown.node("multi-threading", tree);
        let tree = part("dhcp-queue-control", self.reader.queue_control(root, multi_threading))?;
        self.shown.node("dhcp-queue-control", tree);
        self.reader.lookup_first(multi_threading);
        let identifiers = classes::host_identifiers(self.reader, root);
        let (host_identifiers, tree) = part("host-reservation-identifiers", identifiers)?;
        self.shown.set("host-reservation-identifiers", tree);
        let (server_id, tree) = part("server-id", self.reader.server_id(root))?;
        if self.reader.family == Family::V6 {
            self.shown.node("server-id", tree);
        }
        let (sanity, tree) = part("sanity-checks", daemon::sanity_checks(root))?;
        self.shown.node("sanity-checks", tree);
        let (reclaim, tree) = part("expired-leases-processing", daemon::reclaim(root))?;
        self.shown.node("expired-leases-processing", tree);
        let (hooks, tree) = part("hooks-libraries", self.reader.hooks(root))?;
        self.shown.node("hooks-libraries", tree);
        let (ddns, tree) = part("dhcp-ddns", self.reader.dhcp_ddns(root))?;
        self.shown.node("dhcp-ddns", tree);
        let (classes, tree) = part("client-classes", self.reader.client_classes(root))?;
        if !classes.is_empty() {
            self.shown.set("client-classes", tree);
        }
        let (lease_database, tree) = part("lease-database", database::lease_database(root))?;
        self.shown.node("lease-database", tree);
        self.databases()?;
        let topology = self.topology()?;
        let libraries = self.reader.libraries(root, &hooks, (&classes, &topology.subnets));
        let libraries = part("hooks-libraries", libraries)?;
        let ddns_enabled = ddns.is_some();
        let early = Early { reclaim, mac_sources, ddns_enabled, classes, host_identifiers, libraries };
        let settings = self.settings(&topology, early)?;
        let (interfaces, tree) = part("interfaces-config", self.reader.interfaces(root))?;
        self.shown.node("interfaces-config", tree);
        let (loggers, tree) = part("loggers", self.reader.loggers(root))?;
        self.optional("loggers", tree);
        let Topology { subnets, networks } = topology;
        let (family, networks, options) = (self.reader.family, networks.all, options.set);
        let hosts = Hosts::new(std::mem::take(&mut self.reader.hosts));
        let subnets = Subnets::new(family, subnets, &networks);
        let model = Model { family, subnets, networks, options, hosts, settings };
        Ok(Configuration {
            model,
            interfaces,
            lease_database,
            control_sockets,
            loggers,
            hooks,
            server_id,
            multi_threading,
            sanity,
            statistics: daemon::statistics(root),
            ddns,
            server_tag: part(POST_PARSING, text(root, "server-tag"))?.unwrap_or("").to_owned(),
            parked_packet_limit: daemon::global_number(root, "parked-packet-limit").unwrap_or(256),
            notices: Vec::new(),
            shown: ShownConfiguration::new(family, &self.shown.finish()),
            user_context: root.get("user-context").cloned(),
        })
    }

    /// Shows a list that DHCPv6 alone has.
    fn v6_only<T: Default>(&mut self, key: &str, read: Read<(T, Value)>) -> Result<T, ConfigError> {
        if self.reader.family == Family::V4 {
            return Ok(T::default());
        }
        let (meant, shown) = part(key, read)?;
        self.shown.set(key, shown);
        Ok(meant)
    }

    fn optional(&mut self, key: &str, tree: Option<Node>) {
        if let Some(tree) = tree {
            self.shown.node(key, tree);
        }
    }

    fn databases(&mut self) -> Result<(), ConfigError> {
        let tree = part("hosts-database", self.reader.hosts_database(self.root))?;
        self.optional("hosts-database", tree);
        let trees = part("hosts-databases", self.reader.hosts_databases(self.root))?;
        if !trees.is_empty() {
            self.shown.node("hosts-databases", database::shown_list(trees));
        }
        Ok(())
    }

    fn topology(&mut self) -> Result<Topology, ConfigError> {
        let outer = Arc::new(part(POST_PARSING, names::over(&Names::default(), self.root))?);
        let lent = Lent::top(self.reader, self.root);
        let mut networks = part("shared-networks", self.reader.shared_networks(self.root, (&outer, &lent)))?;
        self.shown.node("shared-networks", networks.tree());
        let key = subnets_key(self.reader.family);
        let around = Around { network: None, names: &outer, lent: &lent, relay: None, rapid_commit: false };
        let mut subnets = networks.subnets.clone();
        let mut shown = Vec::new();
        for node in part(key, list(self.root, key))? {
            let spec = part(key, map(node).and_then(|node| self.reader.subnet(node, &around)))?;
            part(key, networks.taken.check(&spec.subnet).map_err(|text| Fault::at(node, text)))?;
            networks.taken.add(&spec.subnet);
            shown.push((spec.subnet.id, spec.shown));
            subnets.push(spec.subnet);
        }
        self.shown.node(key, by_id(shown));
        Ok(Topology { subnets, networks })
    }

    /// Reads what Kea reads after the subnets, and makes the checks that need the whole.
    fn settings(&mut self, topology: &Topology, early: Early) -> Result<Settings, ConfigError> {
        let root = self.root;
        let hosts = part("reservations", list(root, "reservations").and_then(|nodes| self.reader.hosts(nodes, None)))?;
        if hosts != Value::List(Vec::new()) {
            self.shown.set("reservations", hosts);
        }
        let tree = part("config-control", self.reader.config_control(root))?;
        self.optional("config-control", tree);
        let (compatibility, tree) = part("compatibility", daemon::compatibility(self.reader, root))?;
        self.optional("compatibility", tree);
        let supplied = identity::relay_supplied(self.reader, root);
        let supplied = self.v6_only("relay-supplied-options", supplied)?;
        let (decline_probation, dhcp4o6_port) = part(POST_PARSING, self.reader.post_checks(root))?;
        part(POST_PARSING, topology.networks.check(root))?;
        self.globals();
        Ok(Settings {
            server_duid: Duid::empty(),
            decline_probation,
            reclaim: early.reclaim,
            mac_sources: early.mac_sources,
            relay_supplied_options: supplied,
            allow_address_registration: true,
            ddns_enabled: early.ddns_enabled,
            classes: early.classes,
            host_identifiers: early.host_identifiers,
            early_global_lookup: global_flag(self.reader, root, "early-global-reservations-lookup").unwrap_or(false),
            authoritative: global_flag(self.reader, root, "authoritative").unwrap_or(false),
            echo_client_id: part(POST_PARSING, flag(root, "echo-client-id"))?.unwrap_or(true),
            stash_agent_options: global_flag(self.reader, root, "stash-agent-options").unwrap_or(false),
            compatibility,
            dhcp4o6_port,
            bootp: early.libraries.bootp,
            flexible_id: early.libraries.flexible_id,
            flexible_options: early.libraries.flexible_options,
            limits: early.libraries.limits,
            name_tuning: early.libraries.name_tuning,
        })
    }

    fn globals(&mut self) {
        for key in as_written(self.reader.family) {
            if let Some(node) = self.root.get(key) {
                self.shown.node(key, sorted(node));
            }
        }
        names::show(&mut self.shown, self.root);
        self.shown.context(self.root);
    }
}
