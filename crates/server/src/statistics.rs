//! Statistics: every counter with its last samples, under the names Kea gives them.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use control::json::JsonText;
use engine::Count;
use hashbrown::HashMap;
use model::{Family, LeaseKind, Model, SubnetId};

/// The name of a statistic, made into text only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Name {
    /// One of the whole server.
    Global(&'static str),
    /// One of a subnet.
    Subnet(SubnetId, &'static str),
    /// One of the pools of a subnet that share an id.
    Pool(SubnetId, LeaseKind, u32, &'static str),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global(name) => f.write_str(name),
            Self::Subnet(subnet, name) => write!(f, "subnet[{subnet}].{name}"),
            Self::Pool(subnet, LeaseKind::Pd, pool, name) => write!(f, "subnet[{subnet}].pd-pool[{pool}].{name}"),
            Self::Pool(subnet, LeaseKind::V4 | LeaseKind::Na, pool, name) => {
                write!(f, "subnet[{subnet}].pool[{pool}].{name}")
            }
        }
    }
}

/// A value at an instant, in microseconds since 1970-01-01 UTC.
type Sample = (i128, i64);

/// How many samples a statistic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Count(usize),
    /// In microseconds.
    Age(i64),
}

#[derive(Debug, Clone)]
struct Observation {
    /// Newest first; never empty.
    samples: VecDeque<Sample>,
    limit: Limit,
}

impl Observation {
    fn new(value: i128, now: i64, limit: Limit) -> Self {
        Self { samples: VecDeque::from([(value, now)]), limit }
    }

    fn value(&self) -> i128 {
        self.samples.front().map_or(0, |(value, _)| *value)
    }

    fn push(&mut self, value: i128, now: i64) {
        self.samples.push_front((value, now));
        self.trim(now);
    }

    fn trim(&mut self, now: i64) {
        match self.limit {
            Limit::Count(most) => self.samples.truncate(most.max(1)),
            Limit::Age(age) => {
                while self.samples.len() > 1 && self.samples.back().is_some_and(|(_, at)| now - at > age) {
                    self.samples.pop_back();
                }
            }
        }
    }
}

/// All statistics of a server.
#[derive(Debug)]
pub struct Statistics(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    /// In no order that means anything.
    observations: Vec<(Name, Observation)>,
    /// Where each stands.
    places: HashMap<Name, usize>,
    /// What statistics made from now on keep.
    limit: Limit,
}

/// Samples kept unless configured otherwise.
const DEFAULT_SAMPLES: usize = 20;

/// Nobody counted the statistic yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("No '{0}' statistic found")]
pub struct Unknown(String);

impl Statistics {
    /// Starts with the packet statistics of a family at zero.
    pub fn new(family: Family) -> Self {
        let limit = Limit::Count(DEFAULT_SAMPLES);
        let now = micros();
        let names = family.pick(PACKETS4, PACKETS6);
        let mut inner = Inner { observations: Vec::new(), places: HashMap::new(), limit };
        for name in names {
            inner.add(Name::Global(name), 0, now);
        }
        Self(Mutex::new(inner))
    }

    /// Moves many statistics at once.
    pub fn count(&self, counts: &[Count]) {
        if counts.is_empty() {
            return;
        }
        let now = micros();
        let mut inner = self.inner();
        for count in counts {
            match *count {
                Count::Global(name, by) => inner.add(Name::Global(name), by, now),
                Count::Subnet(subnet, name, by) => {
                    inner.add(Name::Subnet(subnet, name), by, now);
                    if !OF_SUBNETS_ONLY.contains(&name) {
                        inner.add(Name::Global(name), by, now);
                    }
                }
                Count::Pool(subnet, kind, pool, name, by) => inner.add(Name::Pool(subnet, kind, pool, name), by, now),
            }
        }
    }

    /// Takes over a configuration: the statistics of subnets and pools are made anew.
    ///
    /// `counts` says how many leases there are, by subnet, kind and pool id.
    pub fn configure(&self, model: &Model, defaults: config::StatisticDefaults, counts: &LeaseCounts) {
        let now = micros();
        let mut inner = self.inner();
        inner.limit = match (defaults.sample_count, defaults.sample_age) {
            (0, age) if age > 0 => Limit::Age(i64::from(age) * 1_000_000),
            (count, _) => Limit::Count(usize::try_from(count).unwrap_or(DEFAULT_SAMPLES)),
        };
        inner.retain(|name| matches!(name, Name::Global(_)));
        for name in model.family.pick(LEASES4, LEASES6) {
            inner.change(Name::Global(name), 0, now, |_| {});
        }
        let declined = counts.values().map(|count| i128::from(count.declined)).sum();
        for (name, value) in initial(model, counts).into_iter().chain([(Name::Global("declined-addresses"), declined)])
        {
            let fresh = Observation::new(value, now, inner.limit);
            inner.change(name, value, now, |observation| *observation = fresh);
        }
    }

    /// Sets a statistic to a value.
    pub fn set(&self, name: Name, value: i128) {
        let now = micros();
        self.inner().change(name, value, now, |observation| observation.push(value, now));
    }

    /// Gives the present value of a statistic.
    pub fn value(&self, name: &Name) -> Option<i128> {
        let inner = self.inner();
        let (_, observation) = inner.observations.get(*inner.places.get(name)?)?;
        Some(observation.value())
    }

    /// Writes one statistic, or all with `None`, as a map of name to samples.
    pub fn write(&self, wanted: Option<&str>, json: &mut JsonText) {
        let inner = self.inner();
        let mut named: Vec<(String, &Observation)> = inner
            .observations
            .iter()
            .map(|(name, observation)| (name.to_string(), observation))
            .filter(|(name, _)| wanted.is_none_or(|wanted| name == wanted))
            .collect();
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        json.map(|map| {
            for (name, observation) in named {
                map.key(&name).list(|samples| {
                    for (value, at) in &observation.samples {
                        samples.list(|sample| {
                            sample.literal(value);
                            sample.string(&instant(*at));
                        });
                    }
                });
            }
        });
    }

    /// Sets one statistic, or all with `None`, back to zero and forgets its samples.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn reset(&self, wanted: Option<&str>) -> Result<(), Unknown> {
        let now = micros();
        self.for_each(wanted, |observation| observation.samples = VecDeque::from([(0, now)]))
    }

    /// Keeps at most so many samples of one statistic, or of all with `None`.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn limit_count(&self, wanted: Option<&str>, most: usize) -> Result<(), Unknown> {
        let now = micros();
        if wanted.is_none() {
            self.inner().limit = Limit::Count(most);
        }
        self.for_each(wanted, |observation| {
            observation.limit = Limit::Count(most);
            observation.trim(now);
        })
    }

    /// Keeps samples of one statistic, or of all with `None`, for so many seconds.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn limit_age(&self, wanted: Option<&str>, seconds: u32) -> Result<(), Unknown> {
        let now = micros();
        let limit = Limit::Age(i64::from(seconds) * 1_000_000);
        if wanted.is_none() {
            self.inner().limit = limit;
        }
        self.for_each(wanted, |observation| {
            observation.limit = limit;
            observation.trim(now);
        })
    }

    /// Forgets one statistic, or all with `None`; it is made anew when something counts.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn remove(&self, wanted: Option<&str>) -> Result<(), Unknown> {
        let mut inner = self.inner();
        let before = inner.observations.len();
        inner.retain(|name| wanted.is_some_and(|wanted| name.to_string() != wanted));
        match wanted {
            Some(wanted) if inner.observations.len() == before => Err(Unknown(wanted.to_owned())),
            _ => Ok(()),
        }
    }

    fn for_each(&self, wanted: Option<&str>, mut change: impl FnMut(&mut Observation)) -> Result<(), Unknown> {
        let mut found = wanted.is_none();
        for (name, observation) in &mut self.inner().observations {
            if wanted.is_none_or(|wanted| name.to_string() == wanted) {
                found = true;
                change(observation);
            }
        }
        if found { Ok(()) } else { Err(Unknown(wanted.unwrap_or_default().to_owned())) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, name: Name, by: i64, now: i64) {
        let by = i128::from(by);
        self.change(name, by, now, |observation| observation.push(observation.value() + by, now));
    }

    /// Changes a statistic, or makes it with a first value.
    fn change(&mut self, name: Name, first: i128, now: i64, change: impl FnOnce(&mut Observation)) {
        let at = *self.places.entry(name).or_insert(self.observations.len());
        match self.observations.get_mut(at) {
            Some((_, observation)) => change(observation),
            None => self.observations.push((name, Observation::new(first, now, self.limit))),
        }
    }

    fn retain(&mut self, keeps: impl Fn(&Name) -> bool) {
        self.observations.retain(|(name, _)| keeps(name));
        self.places = self.observations.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    }
}

/// How many leases there are, by subnet, kind and pool id.
pub type LeaseCounts = BTreeMap<(SubnetId, LeaseKind, u32), store::lease::memory::Counts>;

/// Gives the statistics of subnets and pools of a configuration with their first values.
fn initial(model: &Model, counts: &LeaseCounts) -> Vec<(Name, i128)> {
    let mut values = Vec::new();
    let kinds: &[LeaseKind] = model.family.pick(&[LeaseKind::V4], &[LeaseKind::Na, LeaseKind::Pd]);
    for subnet in &model.subnets {
        values.extend(model.family.pick(SUBNET4, SUBNET6).iter().map(|name| (Name::Subnet(subnet.id, name), 0)));
        for kind in kinds {
            let names = kind.statistics();
            let mut capacity = 0_u128;
            for pool in subnet.pools_of(*kind) {
                let name = |name| Name::Pool(subnet.id, *kind, pool.id, name);
                let held = counts.get(&(subnet.id, *kind, pool.id)).copied().unwrap_or_default();
                capacity = capacity.saturating_add(pool.capacity());
                let total = i128::try_from(pool.capacity()).unwrap_or(i128::MAX);
                let assigned = i128::from(held.assigned) + i128::from(held.declined);
                values.extend([
                    (name(names.total), total),
                    (name(names.assigned), assigned),
                    (name(names.cumulative), 0),
                    (name("reclaimed-leases"), 0),
                ]);
                if *kind != LeaseKind::Pd {
                    let declined = i128::from(held.declined);
                    values.extend([(name("declined-addresses"), declined), (name("reclaimed-declined-addresses"), 0)]);
                }
            }
            let of_subnet = || counts.iter().filter(|((id, of, _), _)| id == &subnet.id && of == kind);
            let declined: i128 = of_subnet().map(|(_, held)| i128::from(held.declined)).sum();
            let assigned: i128 = of_subnet().map(|(_, held)| i128::from(held.assigned)).sum::<i128>() + declined;
            let total = i128::try_from(capacity).unwrap_or(i128::MAX);
            values.extend([
                (Name::Subnet(subnet.id, names.total), total),
                (Name::Subnet(subnet.id, names.assigned), assigned),
            ]);
            if *kind != LeaseKind::Pd {
                values.push((Name::Subnet(subnet.id, "declined-addresses"), declined));
                let registered = of_subnet().map(|(_, held)| i128::from(held.registered)).sum();
                if *kind == LeaseKind::Na {
                    values.push((Name::Subnet(subnet.id, "registered-nas"), registered));
                }
            }
        }
    }
    values
}

fn micros() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

fn instant(micros: i64) -> String {
    let Ok(at) = jiff::Timestamp::from_microsecond(micros) else { return String::new() };
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
}

/// Statistics of a subnet that the server as a whole does not have.
const OF_SUBNETS_ONLY: &[&str] = &["assigned-nas", "assigned-pds", "registered-nas", "assigned-addresses"];

/// Packet statistics of DHCPv6, zero from the start.
const PACKETS6: &[&str] = &[
    "pkt6-addr-reg-inform-received",
    "pkt6-addr-reg-reply-received",
    "pkt6-addr-reg-reply-sent",
    "pkt6-advertise-received",
    "pkt6-advertise-sent",
    "pkt6-decline-received",
    "pkt6-dhcpv4-query-received",
    "pkt6-dhcpv4-response-received",
    "pkt6-dhcpv4-response-sent",
    "pkt6-infrequest-received",
    "pkt6-parse-failed",
    "pkt6-rebind-received",
    "pkt6-receive-drop",
    "pkt6-received",
    "pkt6-release-received",
    "pkt6-renew-received",
    "pkt6-reply-received",
    "pkt6-reply-sent",
    "pkt6-request-received",
    "pkt6-sent",
    "pkt6-solicit-received",
    "pkt6-unknown-received",
];

/// Packet statistics of DHCPv4, zero from the start.
const PACKETS4: &[&str] = &[
    "pkt4-ack-received",
    "pkt4-ack-sent",
    "pkt4-decline-received",
    "pkt4-discover-received",
    "pkt4-inform-received",
    "pkt4-nak-received",
    "pkt4-nak-sent",
    "pkt4-offer-received",
    "pkt4-offer-sent",
    "pkt4-parse-failed",
    "pkt4-receive-drop",
    "pkt4-received",
    "pkt4-release-received",
    "pkt4-request-received",
    "pkt4-sent",
    "pkt4-unknown-received",
];

/// Lease statistics of a DHCPv6 server, there once it is configured.
const LEASES6: &[&str] = &[
    "cumulative-assigned-nas",
    "cumulative-assigned-pds",
    "cumulative-registered-nas",
    "declined-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v6-allocation-fail",
    "v6-allocation-fail-classes",
    "v6-allocation-fail-no-pools",
    "v6-allocation-fail-shared-network",
    "v6-allocation-fail-subnet",
    "v6-ia-na-lease-reuses",
    "v6-ia-pd-lease-reuses",
];

/// Lease statistics of a DHCPv4 server, there once it is configured.
const LEASES4: &[&str] = &[
    "cumulative-assigned-addresses",
    "declined-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v4-allocation-fail",
    "v4-allocation-fail-classes",
    "v4-allocation-fail-no-pools",
    "v4-allocation-fail-shared-network",
    "v4-allocation-fail-subnet",
    "v4-lease-reuses",
    "v4-reservation-conflicts",
];

/// Statistics of each DHCPv6 subnet that start at zero.
const SUBNET6: &[&str] = &[
    "cumulative-assigned-nas",
    "cumulative-assigned-pds",
    "cumulative-registered-nas",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v6-ia-na-lease-reuses",
    "v6-ia-pd-lease-reuses",
];

/// Statistics of each DHCPv4 subnet that start at zero.
const SUBNET4: &[&str] = &[
    "cumulative-assigned-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v4-lease-reuses",
    "v4-reservation-conflicts",
];
