//! A whole server in this process: engine, store and journal, with a simulated disk and a clock that is only a number.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use config::json::{Entry, Node, Position, Span, Value as Json};
use config::{ConfigError, Directories, InterfaceInfo, Origin, Surroundings};
use engine::{Count, Datagram, Decision, Missing, Presence, Reply};
use hooks::limits::Rates;
use model::{Family, Model, UnixTime};
use serde_json::Value;
use server::aside::{Informed, Known};
use store::lease::disk::simulated::SimulatedDisk;
use store::{Fate, LeaseStore, Ticket, Writer};
use wire::Duid;

use crate::Fault;
use crate::backend::SERVER_DUID;
use crate::packet::{SERVER, SERVERS4, Sent, server4};

/// Where the leases are, on the simulated disk.
const LEASES: [&str; 2] = ["/var/lib/kea/kea-leases4.csv", "/var/lib/kea/kea-leases6.csv"];

/// How often a decision is made again because leases changed meanwhile.
const CONFLICTS: usize = 3;

/// A server and its disk.
#[derive(Debug)]
pub struct Server {
    /// The disk, which may be told to fail.
    pub disk: SimulatedDisk,
    /// The configuration.
    pub model: Arc<Model>,
    /// The leases.
    pub store: LeaseStore,
    /// Addresses that others on the clients' links have and answer for.
    pub neighbours: BTreeSet<Ipv4Addr>,
    /// Statistics by Kea's names, counted from events.
    pub counts: BTreeMap<String, i64>,
    writer: Option<Writer>,
    /// Packets of what is limited, by the clock of the packets.
    rates: Rates,
}

/// What became of one packet.
#[derive(Debug)]
pub struct Handled {
    /// The reply, to be sent once the ticket is durable.
    pub reply: Option<Reply>,
    /// What the reply has to wait for.
    pub ticket: Ticket,
}

impl Server {
    /// Makes a server from the whole value of `Dhcp4` or `Dhcp6`; with `stored`, leases go through the journal to the disk.
    ///
    /// # Errors
    /// [`Fault::Configuration`] if it is refused.
    pub fn new(family: Family, config: &Value, stored: bool) -> Result<Self, Fault> {
        let configured = configure(family, &node(config), Origin::Command);
        let mut model = configured.map_err(|error| Fault::Configuration { why: error.text })?;
        model.settings.server_duid = duid(config.get("server-id"));
        let model = Arc::new(model);
        let mut server = Self {
            disk: SimulatedDisk::new(),
            store: LeaseStore::new(model.family),
            model,
            neighbours: BTreeSet::new(),
            counts: BTreeMap::new(),
            writer: None,
            rates: Rates::default(),
        };
        server.tally();
        if stored {
            server.open()?;
        }
        Ok(server)
    }

    /// Makes the small server that simulated worlds are built around: few addresses, short lifetimes, leases on disk.
    ///
    /// # Errors
    /// [`Fault::Configuration`] if the configuration is refused.
    pub fn for_world(family: Family) -> Result<Self, Fault> {
        let subnets = family.pick(
            serde_json::json!([{
                "id": 1, "subnet": "192.0.2.0/24", "pools": [{ "pool": "192.0.2.16-192.0.2.31" }],
            }]),
            serde_json::json!([{
                "id": 1, "subnet": "2001:db8:1::/64", "interface": "lan0", "rapid-commit": true,
                "pools": [{ "pool": "2001:db8:1::10-2001:db8:1::1f" }],
                "pd-pools": [{ "prefix": "2001:db8:8000::", "prefix-len": 53, "delegated-len": 56 }],
            }]),
        );
        let mut config = serde_json::json!({ "valid-lifetime": 600, "decline-probation-period": 200 });
        if let Some(map) = config.as_object_mut() {
            map.insert(family.pick("subnet4", "subnet6").to_owned(), subnets);
            if family == Family::V6 {
                map.insert("preferred-lifetime".to_owned(), 300.into());
            }
        }
        Self::new(family, &Value::Object(crate::backend::complete(family, &config)), true)
    }

    /// Sets the statistics about assigned leases from the leases, as a start does.
    pub fn recount(&mut self) {
        for ((subnet, kind, _), counts) in self.store.counts() {
            let name = match kind {
                model::LeaseKind::V4 => "assigned-addresses",
                model::LeaseKind::Na => "assigned-nas",
                model::LeaseKind::Pd => "assigned-pds",
            };
            let assigned = i64::try_from(counts.assigned + counts.declined).unwrap_or(i64::MAX);
            self.counts.insert(format!("subnet[{}].{name}", subnet.0), assigned);
        }
    }

    /// Counts leases where limits are configured, as a start does.
    fn tally(&self) {
        if self.model.settings.limits.is_some() {
            self.store.tally(true);
        }
    }

    /// Loads the leases from the disk, as a start does.
    ///
    /// # Errors
    /// [`Fault::Server`] if they cannot be read.
    pub fn open(&mut self) -> Result<(), Fault> {
        self.store = LeaseStore::new(self.model.family);
        self.rates = Rates::default();
        let [first, second] = LEASES;
        let leases = Path::new(self.model.family.pick(first, second));
        let opened = store::open(Arc::new(self.disk.clone()), leases, &self.store, 0)
            .map_err(|error| Fault::Server { why: error.to_string() })?;
        self.tally();
        self.store.attach(Arc::clone(opened.writer.queue()));
        self.writer = Some(opened.writer);
        Ok(())
    }

    /// Decides about a packet and commits; nothing is written to disk yet.
    ///
    /// # Errors
    /// [`Fault::Server`] if the engine asks for facts the memory store must have, or the store refuses for good.
    pub fn handle(&mut self, datagram: &Datagram<'_>) -> Result<Handled, Fault> {
        let mut refused = String::new();
        let now = Duration::from_secs(datagram.at.0.unsigned_abs());
        for _ in 0..CONFLICTS {
            let decision = self.decide(datagram, now)?;
            match self.store.commit(&decision.changes) {
                Ok(committed) => {
                    self.rates.admit(&decision.admitted, now);
                    self.conclude(&decision);
                    return Ok(Handled { reply: decision.reply, ticket: committed.ticket });
                }
                Err(error) => refused = error.to_string(),
            }
        }
        Err(Fault::Server { why: refused })
    }

    /// Decides, and again when it is known who is at an address.
    fn decide(&self, datagram: &Datagram<'_>, now: Duration) -> Result<Decision, Fault> {
        let mut known = Known::NOTHING;
        loop {
            let leases = self.store.facts();
            let informed = Informed { leases: &leases, known: &known, users: None };
            match engine::exchange(datagram, &self.model, &self.rates.over(&informed, now)) {
                Ok(decision) => return Ok(decision),
                Err(Missing::Presence(probe)) if !known.has_waited() => {
                    let there = self.neighbours.contains(&probe.address);
                    known.add(probe.address, if there { Presence::Used } else { Presence::Free });
                }
                Err(missing) => return Err(Fault::Server { why: format!("the store misses {missing:?}") }),
            }
        }
    }

    fn conclude(&mut self, decision: &Decision) {
        self.store.set_cursors(&decision.cursors);
        let mut add = |name: String, by: i64| *self.counts.entry(name).or_default() += by;
        for event in &decision.events {
            event.counts(self.model.family, &mut |count| match count {
                Count::Global(name, by) => add(name.to_owned(), by),
                Count::Subnet(subnet, name, by) => {
                    add(format!("subnet[{}].{name}", subnet.0), by);
                    add(name.to_owned(), by);
                }
                Count::Pool(subnet, kind, pool, name, by) => {
                    let pools = if kind == model::LeaseKind::Pd { "pd-pool" } else { "pool" };
                    add(format!("subnet[{}].{pools}[{pool}].{name}", subnet.0), by);
                }
            });
        }
    }

    /// Takes back ended leases, as the timer does.
    ///
    /// The timer takes a lease in the very second it ends, the allocator one second later.
    ///
    /// # Errors
    /// [`Fault::Server`] if the store refuses.
    pub fn reclaim(&mut self, now: UnixTime) -> Result<(), Fault> {
        let expired = self.store.expired(now + model::Seconds(1), usize::MAX);
        let keeps = self.model.settings.reclaim.hold_time != model::Seconds::ZERO;
        let decision = engine::reclaim::pass(&expired, &self.model, keeps, now);
        self.store.commit(&decision.changes).map_err(|error| Fault::Server { why: error.to_string() })?;
        self.conclude(&decision);
        Ok(())
    }

    /// Writes and syncs what waits; a simulated disk may fail.
    pub fn sync(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.step();
        }
    }

    /// Says whether what a ticket stands for is on disk; always so without a journal.
    pub fn is_durable(&self, ticket: Ticket) -> bool {
        self.writer.as_ref().is_none_or(|writer| matches!(writer.queue().fate(ticket), Fate::Durable))
    }
}

/// Makes what the server hears of a packet.
pub fn datagram(sent: &Sent, at: UnixTime) -> Datagram<'_> {
    Datagram {
        octets: &sent.octets,
        interface: &sent.link,
        from: sent.from,
        to: sent.to,
        local: server4(&sent.link),
        served: &SERVERS4,
        raw: true,
        over: None,
        at,
        seed: at.0.unsigned_abs(),
        trace: false,
    }
}

/// Reads the value of `Dhcp4` or `Dhcp6` on a machine with the links `lan0` and `lan1`.
///
/// # Errors
/// What is wrong with it.
pub fn configure(family: Family, root: &Node, origin: Origin) -> Result<Model, ConfigError> {
    let interface = |name: &str, addresses: &[IpAddr]| InterfaceInfo {
        name: name.to_owned(),
        up: true,
        loopback: false,
        addresses: addresses.to_vec(),
    };
    let near = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 0x100));
    let [first, second] = SERVERS4.map(IpAddr::V4);
    let interfaces = [interface("lan0", &[near, SERVER.into(), first]), interface("lan1", &[near, second])];
    let directories = Directories {
        data: "/var/lib/kea".to_owned(),
        control_sockets: "/run/kea".to_owned(),
        logs: "/var/log/kea".to_owned(),
        hooks: "/usr/lib/kea/hooks".to_owned(),
    };
    let surroundings = Surroundings {
        interfaces: &interfaces,
        directories: &directories,
        relaxed: true,
        file_mode: &|_| Some(0o750),
        file_text: &|_| None,
    };
    config::configure(family, root, origin, &surroundings).map(|configured| configured.model)
}

/// Makes the DUID a scenario configures with type EN or LL; the usual one otherwise.
fn duid(written: Option<&Value>) -> Duid {
    let text = |key: &str| written.and_then(|map| map.get(key)).and_then(Value::as_str).unwrap_or_default();
    let number =
        |key: &str| written.and_then(|map| map.get(key)).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    let identifier = crate::packet::words::parse_octets(text("identifier")).unwrap_or_default();
    let octets = match text("type") {
        "EN" => [&[0, 2][..], &number("enterprise-id").unwrap_or_default().to_be_bytes(), &identifier].concat(),
        "LL" => {
            let htype = u16::try_from(number("htype").unwrap_or(1)).unwrap_or(1);
            [&[0, 3][..], &htype.to_be_bytes(), &identifier].concat()
        }
        _ => SERVER_DUID.to_vec(),
    };
    Duid::decode(&octets).unwrap_or_else(|_| Duid::empty())
}

/// Turns plain JSON into the tree the configuration is read from; positions are all the same.
pub fn node(value: &Value) -> Node {
    let place = Position { line: 1, column: 1 };
    let span = Span { source: Arc::from("<scenario>"), start: place, end: place };
    let value = match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Boolean(*flag),
        Value::Number(number) => match number.as_i128() {
            Some(whole) => Json::Integer(whole),
            None => Json::Real(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Json::String(text.clone()),
        Value::Array(items) => Json::List(items.iter().map(node).collect()),
        Value::Object(map) => {
            Json::Map(map.iter().map(|(key, value)| Entry { key: key.clone().into(), value: node(value) }).collect())
        }
    };
    Node { value, span }
}
