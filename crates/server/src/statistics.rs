//! Statistics: every counter with its last samples, under the names Kea gives them.

mod groups;
mod listing;
mod names;
mod observation;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use engine::Count;
use model::{Family, LeaseKind, Model, SubnetId};

use groups::{Group, Key, OfSubnet, Recount};
use names::{LEASES4, LEASES6, OF_SUBNETS_ONLY, PACKETS4, PACKETS6};
use observation::{Clock, Limit, Observation};

pub use listing::Listing;

/// The name of a statistic, made into text only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
            Self::Pool(subnet, kind, pool, name) => {
                write!(f, "subnet[{subnet}].{}[{pool}].{name}", groups::word(*kind))
            }
        }
    }
}

/// All statistics of a server.
#[derive(Debug)]
pub struct Statistics(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    globals: Group,
    subnets: BTreeMap<SubnetId, OfSubnet>,
    /// What statistics made from now on keep.
    limit: Limit,
}

/// Samples kept unless configured otherwise.
const DEFAULT_SAMPLES: u32 = 20;
/// Subnets worked on before others may count: packets wait no longer than that takes.
const AT_ONCE: usize = 64;

/// Nobody counted the statistic yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("No '{0}' statistic found")]
pub struct Unknown(String);

/// How many leases there are, by subnet, kind and pool id.
pub type LeaseCounts = BTreeMap<(SubnetId, LeaseKind, u32), store::lease::memory::Counts>;

impl Statistics {
    /// Starts with the packet statistics of a family at zero.
    pub fn new(family: Family) -> Self {
        let limit = Limit::Count(DEFAULT_SAMPLES);
        let now = micros();
        let mut globals = Group::default();
        for name in family.pick(PACKETS4, PACKETS6) {
            globals.change(name, 0, (now, limit), |_| {});
        }
        Self(Mutex::new(Inner { globals, subnets: BTreeMap::new(), limit }))
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

    /// Takes over a configuration: the statistics of subnets and pools are made anew, some at a time.
    ///
    /// How many leases there are goes on where it was counted before, for packets are served meanwhile; with `anew`, and
    /// where it was not, `counts` says it: by subnet, kind and pool id.
    pub fn configure(
        &self,
        model: &Model,
        defaults: config::StatisticDefaults,
        anew: bool,
        counts: &dyn Fn() -> LeaseCounts,
    ) {
        let recount = Recount::new(anew, counts);
        let limit = match (defaults.sample_count, defaults.sample_age) {
            (0, age) if age > 0 => Limit::Age(age),
            (count, _) => Limit::Count(count),
        };
        self.configure_globals(model.family, limit, &recount);
        for some in model.subnets.chunks(AT_ONCE) {
            let now = micros();
            recount.prepare(|| {
                let inner = self.inner();
                some.iter()
                    .all(|subnet| inner.subnets.get(&subnet.id).is_some_and(|old| old.covers(subnet, model.family)))
            });
            // What is replaced goes when the lock is free again.
            let mut old = Vec::with_capacity(some.len());
            let mut inner = self.inner();
            for subnet in some {
                let before = inner.subnets.remove(&subnet.id);
                let after = OfSubnet::new(subnet, model.family, (now, limit), (before.as_ref(), &recount));
                inner.subnets.insert(subnet.id, after);
                old.extend(before);
            }
            drop(inner);
        }
        let gone: Vec<SubnetId> =
            self.inner().subnets.keys().filter(|id| model.subnet(**id).is_none()).copied().collect();
        for some in gone.chunks(AT_ONCE) {
            let mut inner = self.inner();
            let old: Vec<_> = some.iter().filter_map(|id| inner.subnets.remove(id)).collect();
            drop(inner);
            drop(old);
        }
    }

    fn configure_globals(&self, family: Family, limit: Limit, recount: &Recount<'_>) {
        const DECLINED: &str = "declined-addresses";
        let now = micros();
        recount.prepare(|| self.inner().globals.kept(DECLINED).is_some());
        let mut inner = self.inner();
        inner.limit = limit;
        for name in family.pick(LEASES4, LEASES6) {
            inner.globals.change(name, 0, (now, limit), |_| {});
        }
        let counted = || recount.counts().values().map(|count| i128::from(count.declined)).sum();
        let declined = recount.or(inner.globals.kept(DECLINED), counted);
        inner.globals.put(DECLINED, Observation::new(declined, now, limit));
    }

    /// Sets a statistic to a value.
    pub fn set(&self, name: Name, value: i128) {
        let now = micros();
        self.inner().change(name, value, now, |observation| observation.push(value, now));
    }

    /// Gives the present value of a statistic.
    pub fn value(&self, name: &Name) -> Option<i128> {
        self.inner().find(Key::of(name)).map(Observation::value)
    }

    /// Gives the present values of some statistics of a subnet; 0 for those that are not there.
    pub fn of_subnet<const N: usize>(&self, subnet: SubnetId, names: [&'static str; N]) -> [i128; N] {
        let inner = self.inner();
        let found = inner.subnets.get(&subnet);
        names.map(|name| found.and_then(|found| found.own.get(name)).map_or(0, Observation::value))
    }

    /// Gives one statistic as a list of its samples, in JSON; `None` if there is no such statistic.
    pub fn samples(&self, wanted: &str) -> Option<String> {
        let mut text = String::new();
        let inner = self.inner();
        inner.find(Key::parse(wanted))?.write(&mut text, &mut Clock::default());
        Some(text)
    }

    /// Sets one statistic, or all with `None`, back to zero and forgets its samples.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn reset(&self, wanted: Option<&str>) -> Result<(), Unknown> {
        let now = micros();
        self.for_each(wanted, |observation| observation.reset(now))
    }

    /// Keeps at most so many samples of one statistic, or of all with `None`.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn limit_count(&self, wanted: Option<&str>, most: usize) -> Result<(), Unknown> {
        self.limit(wanted, Limit::Count(u32::try_from(most).unwrap_or(u32::MAX)))
    }

    /// Keeps samples of one statistic, or of all with `None`, for so many seconds.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn limit_age(&self, wanted: Option<&str>, seconds: u32) -> Result<(), Unknown> {
        self.limit(wanted, Limit::Age(seconds))
    }

    fn limit(&self, wanted: Option<&str>, limit: Limit) -> Result<(), Unknown> {
        let now = micros();
        if wanted.is_none() {
            self.inner().limit = limit;
        }
        self.for_each(wanted, |observation| observation.limit(limit, now))
    }

    /// Forgets one statistic, or all with `None`; it is made anew when something counts.
    ///
    /// # Errors
    /// [`Unknown`] if there is no such statistic.
    pub fn remove(&self, wanted: Option<&str>) -> Result<(), Unknown> {
        let mut inner = self.inner();
        let Some(wanted) = wanted else {
            inner.globals = Group::default();
            let all = std::mem::take(&mut inner.subnets);
            drop(inner);
            drop(all);
            return Ok(());
        };
        let key = Key::parse(wanted);
        match inner.group_mut(&key).and_then(|group| group.remove(key.name())) {
            Some(_gone) => Ok(()),
            None => Err(Unknown(wanted.to_owned())),
        }
    }

    fn for_each(&self, wanted: Option<&str>, mut change: impl FnMut(&mut Observation)) -> Result<(), Unknown> {
        let mut inner = self.inner();
        if let Some(wanted) = wanted {
            let key = Key::parse(wanted);
            let found = inner.group_mut(&key).and_then(|group| group.get_mut(key.name()));
            return found.map(change).ok_or_else(|| Unknown(wanted.to_owned()));
        }
        inner.globals.iter_mut().for_each(&mut change);
        let ids: Vec<SubnetId> = inner.subnets.keys().copied().collect();
        drop(inner);
        for some in ids.chunks(AT_ONCE) {
            let mut inner = self.inner();
            for id in some {
                inner.subnets.get_mut(id).into_iter().flat_map(OfSubnet::iter_mut).for_each(&mut change);
            }
        }
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn add(&mut self, name: Name, by: i64, now: i64) {
        let by = i128::from(by);
        self.change(name, by, now, |observation| observation.push(observation.value().saturating_add(by), now));
    }

    /// Changes a statistic, or makes it with a first value.
    fn change(&mut self, name: Name, first: i128, now: i64, change: impl FnOnce(&mut Observation)) {
        let made = (now, self.limit);
        match name {
            Name::Global(name) => self.globals.change(name, first, made, change),
            Name::Subnet(subnet, name) => {
                self.subnets.entry(subnet).or_default().own.change(name, first, made, change);
            }
            Name::Pool(subnet, kind, pool, name) => {
                self.subnets.entry(subnet).or_default().pool(kind, pool).change(name, first, made, change);
            }
        }
    }

    fn find(&self, key: Key<'_>) -> Option<&Observation> {
        match key {
            Key::Global(name) => self.globals.get(name),
            Key::Subnet(subnet, name) => self.subnets.get(&subnet)?.own.get(name),
            Key::Pool(subnet, delegates, pool, name) => self.subnets.get(&subnet)?.find(delegates, pool)?.get(name),
        }
    }

    fn group_mut(&mut self, key: &Key<'_>) -> Option<&mut Group> {
        match *key {
            Key::Global(_) => Some(&mut self.globals),
            Key::Subnet(subnet, _) => self.subnets.get_mut(&subnet).map(|found| &mut found.own),
            Key::Pool(subnet, delegates, pool, _) => self.subnets.get_mut(&subnet)?.find_mut(delegates, pool),
        }
    }
}

fn micros() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}

#[cfg(test)]
mod tests;
