//! Statistics in groups: those of the server, of a subnet, of the pools of a subnet that share an id.

use std::cell::OnceCell;

use model::{Family, LeaseKind, Subnet, SubnetId};
use store::lease::memory::Counts;

use super::LeaseCounts;
use super::names::{SUBNET4, SUBNET6};
use super::observation::{Clock, Limit, Observation};

/// The instant and the limit statistics are made with.
pub(super) type Made = (i64, Limit);

/// Statistics by name.
#[derive(Debug, Default)]
pub(super) struct Group(Vec<(&'static str, Observation)>);

impl Group {
    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| (*other).cmp(name))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Observation> {
        self.place(name).ok().and_then(|at| self.0.get(at)).map(|(_, observation)| observation)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Observation> {
        self.place(name).ok().and_then(|at| self.0.get_mut(at)).map(|(_, observation)| observation)
    }

    /// Gives the value of a statistic that says what it is named for.
    pub(super) fn kept(&self, name: &str) -> Option<i128> {
        self.get(name).filter(|observation| !observation.is_reset).map(Observation::value)
    }

    /// Changes a statistic, or makes it with a first value.
    pub(super) fn change(
        &mut self,
        name: &'static str,
        first: i128,
        made: Made,
        change: impl FnOnce(&mut Observation),
    ) {
        match self.place(name) {
            Ok(at) => {
                if let Some((_, observation)) = self.0.get_mut(at) {
                    change(observation);
                }
            }
            Err(at) => self.0.insert(at, (name, Observation::new(first, made.0, made.1))),
        }
    }

    pub(super) fn put(&mut self, name: &'static str, observation: Observation) {
        match self.place(name) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = observation;
                }
            }
            Err(at) => self.0.insert(at, (name, observation)),
        }
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Observation> {
        self.place(name).ok().map(|at| self.0.remove(at).1)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Observation> {
        self.0.iter_mut().map(|(_, observation)| observation)
    }

    /// Appends the statistics from a name on, up to another, each behind `prefix`, as entries of a map.
    pub(super) fn write(&self, (from, to): (&str, &str), prefix: &str, text: &mut String, clock: &mut Clock) {
        for (name, observation) in self.0.iter().filter(|(name, _)| (from..to).contains(name)) {
            text.push_str(if clock.begun { ", \"" } else { "\"" });
            clock.begun = true;
            text.push_str(prefix);
            text.push_str(name);
            text.push_str("\": ");
            observation.write(text, clock);
        }
    }

    /// Makes a group of statistics that all begin at the same instant.
    fn of(values: impl Iterator<Item = (&'static str, i128)>, made: Made) -> Self {
        let mut all: Vec<_> = values.map(|(name, value)| (name, Observation::new(value, made.0, made.1))).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all.shrink_to_fit();
        Self(all)
    }
}

/// The statistics of a subnet.
#[derive(Debug, Default)]
pub(super) struct OfSubnet {
    pub(super) own: Group,
    /// In the order of their names.
    pools: Vec<(PoolPlace, Group)>,
}

/// Whether the pools delegate prefixes (the other way round: those that do come first), and where their id stands.
type PoolPlace = (bool, u64);

impl OfSubnet {
    /// Makes those of a subnet. How many leases there are goes on from `before`, or is counted.
    pub(super) fn new(
        subnet: &Subnet,
        family: Family,
        made: Made,
        (before, recount): (Option<&Self>, &Recount<'_>),
    ) -> Self {
        let mut own: Vec<(&'static str, i128)> = family.pick(SUBNET4, SUBNET6).iter().map(|name| (*name, 0)).collect();
        let mut pools: Vec<(PoolPlace, Group)> = Vec::new();
        for kind in kinds(family) {
            let kept = |name| before.and_then(|before| before.own.kept(name));
            for (name, counted) in held(*kind) {
                own.push((name, recount.or(kept(name), || recount.sum(subnet.id, *kind, counted))));
            }
            let capacity = subnet.pools_of(*kind).iter().fold(0_u128, |sum, pool| sum.saturating_add(pool.capacity()));
            let names = kind.statistics();
            own.push((names.total, i128::try_from(capacity).unwrap_or(i128::MAX)));
            for pool in subnet.pools_of(*kind) {
                let kept = |name| before.and_then(|before| before.find(is_delegated(*kind), pool.id)?.kept(name));
                let counted = |counted: Counted| counted(&recount.of(subnet.id, *kind, pool.id));
                let moving = held(*kind).filter(|(name, _)| *name != REGISTERED);
                let values = moving.map(|(name, count)| (name, recount.or(kept(name), || counted(count))));
                let mut fixed = vec![
                    (names.total, i128::try_from(pool.capacity()).unwrap_or(i128::MAX)),
                    (names.cumulative, 0),
                    ("reclaimed-leases", 0),
                ];
                fixed.extend((*kind != LeaseKind::Pd).then_some(("reclaimed-declined-addresses", 0)));
                let place = place(is_delegated(*kind), pool.id);
                // Of pools that share an id the last one counts.
                pools.retain(|(other, _)| *other != place);
                pools.push((place, Group::of(values.chain(fixed), made)));
            }
        }
        pools.sort_unstable_by_key(|(place, _)| *place);
        pools.shrink_to_fit();
        Self { own: Group::of(own.into_iter(), made), pools }
    }

    /// Says whether it is known of all leases of a subnet how many there are.
    pub(super) fn covers(&self, subnet: &Subnet, family: Family) -> bool {
        kinds(family).iter().all(|kind| {
            let kind = *kind;
            held(kind).all(|(name, _)| self.own.kept(name).is_some())
                && subnet.pools_of(kind).iter().all(|pool| {
                    let found = self.find(is_delegated(kind), pool.id);
                    let mut names = held(kind).filter(|(name, _)| *name != REGISTERED);
                    names.all(|(name, _)| found.is_some_and(|found| found.kept(name).is_some()))
                })
        })
    }

    /// Lends the statistics of pools that share an id, made if need be.
    pub(super) fn pool(&mut self, kind: LeaseKind, id: u32) -> &mut Group {
        let place = place(is_delegated(kind), id);
        let at = match self.pools.binary_search_by_key(&place, |(other, _)| *other) {
            Ok(at) => at,
            Err(at) => {
                self.pools.insert(at, (place, Group::default()));
                at
            }
        };
        // There is one at this place now.
        match self.pools.get_mut(at) {
            Some((_, group)) => group,
            None => &mut self.own,
        }
    }

    pub(super) fn find(&self, delegates: bool, id: u32) -> Option<&Group> {
        let at = self.pools.binary_search_by_key(&place(delegates, id), |(other, _)| *other).ok()?;
        self.pools.get(at).map(|(_, group)| group)
    }

    pub(super) fn find_mut(&mut self, delegates: bool, id: u32) -> Option<&mut Group> {
        let at = self.pools.binary_search_by_key(&place(delegates, id), |(other, _)| *other).ok()?;
        self.pools.get_mut(at).map(|(_, group)| group)
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Observation> {
        self.own.iter_mut().chain(self.pools.iter_mut().flat_map(|(_, group)| group.iter_mut()))
    }

    /// Appends all of them in the order of their names, as entries of a map.
    pub(super) fn write(&self, subnet: SubnetId, text: &mut String, clock: &mut Clock) {
        let prefix = format!("subnet[{subnet}].");
        let pools = word(LeaseKind::Pd);
        self.own.write(("", pools), &prefix, text, clock);
        for ((addresses, place), group) in &self.pools {
            let word = word(if *addresses { LeaseKind::Na } else { LeaseKind::Pd });
            group.write(("", LAST), &format!("{prefix}{word}[{}].", number(*place)), text, clock);
        }
        self.own.write((pools, LAST), &prefix, text, clock);
    }
}

/// Lists the kinds of leases of a family.
fn kinds(family: Family) -> &'static [LeaseKind] {
    family.pick(&[LeaseKind::V4], &[LeaseKind::Na, LeaseKind::Pd])
}

/// Behind all names.
pub(super) const LAST: &str = "~";

/// Gives the word for pools of a kind.
pub(super) const fn word(kind: LeaseKind) -> &'static str {
    match kind {
        LeaseKind::Pd => "pd-pool",
        LeaseKind::V4 | LeaseKind::Na => "pool",
    }
}

fn is_delegated(kind: LeaseKind) -> bool {
    kind == LeaseKind::Pd
}

fn place(delegates: bool, id: u32) -> PoolPlace {
    (!delegates, text_order(id))
}

/// The most digits of a number.
const DIGITS: u32 = 10;

/// Gives numbers that are in the order of the texts `1]`, `10]`, …: the digits of each, filled up with a greater one.
pub(super) fn text_order(number: u32) -> u64 {
    let digits = number.checked_ilog10().unwrap_or(0) + 1;
    let mut order = (0..digits)
        .fold((0_u64, u64::from(number)), |(order, rest), at| (order + (rest % 10) * 11_u64.pow(at), rest / 10));
    for _ in digits..DIGITS {
        order.0 = order.0 * 11 + 10;
    }
    order.0
}

/// Gives the number that is at a place in that order.
fn number(mut order: u64) -> u64 {
    while order % 11 == 10 {
        order /= 11;
    }
    let (mut number, mut unit) = (0, 1);
    while order > 0 {
        number += (order % 11) * unit;
        (order, unit) = (order / 11, unit * 10);
    }
    number
}

/// What of the leases of a pool is counted.
type Counted = fn(&Counts) -> i128;

const REGISTERED: &str = "registered-nas";

/// Lists the statistics of a kind that say how many leases there are.
fn held(kind: LeaseKind) -> impl Iterator<Item = (&'static str, Counted)> {
    let assigned: Counted = |held| i128::from(held.assigned) + i128::from(held.declined);
    let declined: Counted = |held| i128::from(held.declined);
    let registered: Counted = |held| i128::from(held.registered);
    let all = [(kind.statistics().assigned, assigned), ("declined-addresses", declined), (REGISTERED, registered)];
    let most = match kind {
        LeaseKind::Pd => 1,
        LeaseKind::V4 => 2,
        LeaseKind::Na => 3,
    };
    all.into_iter().take(most)
}

/// How many leases there are, counted only when somebody has to know.
pub(super) struct Recount<'c> {
    anew: bool,
    count: &'c dyn Fn() -> LeaseCounts,
    counts: OnceCell<LeaseCounts>,
}

impl<'c> Recount<'c> {
    pub(super) fn new(anew: bool, count: &'c dyn Fn() -> LeaseCounts) -> Self {
        Self { anew, count, counts: OnceCell::new() }
    }

    /// Counts, unless all that will be asked for is known: before a lock is taken that nobody should wait for.
    pub(super) fn prepare(&self, is_known: impl FnOnce() -> bool) {
        if self.counts.get().is_none() && (self.anew || !is_known()) {
            self.counts();
        }
    }

    pub(super) fn counts(&self) -> &LeaseCounts {
        self.counts.get_or_init(self.count)
    }

    /// Gives what is known already, or else what is counted.
    pub(super) fn or(&self, known: Option<i128>, counted: impl FnOnce() -> i128) -> i128 {
        known.filter(|_| !self.anew).unwrap_or_else(counted)
    }

    fn of(&self, subnet: SubnetId, kind: LeaseKind, pool: u32) -> Counts {
        self.counts().get(&(subnet, kind, pool)).copied().unwrap_or_default()
    }

    fn sum(&self, subnet: SubnetId, kind: LeaseKind, counted: Counted) -> i128 {
        let pools = (subnet, kind, u32::MIN)..=(subnet, kind, u32::MAX);
        self.counts().range(pools).map(|(_, held)| counted(held)).sum()
    }
}

/// What a name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'n> {
    Global(&'n str),
    Subnet(SubnetId, &'n str),
    /// Whether the pools delegate prefixes, and their id.
    Pool(SubnetId, bool, u32, &'n str),
}

impl<'n> Key<'n> {
    pub(super) fn of(name: &super::Name) -> Self {
        match *name {
            super::Name::Global(name) => Self::Global(name),
            super::Name::Subnet(subnet, name) => Self::Subnet(subnet, name),
            super::Name::Pool(subnet, kind, pool, name) => Self::Pool(subnet, is_delegated(kind), pool, name),
        }
    }

    /// Reads a name as Kea writes it; what is not of a subnet is of the server.
    pub(super) fn parse(text: &'n str) -> Self {
        let Some((subnet, rest)) = indexed(text, "subnet") else { return Self::Global(text) };
        let subnet = SubnetId(subnet);
        let pool =
            |kind| indexed(rest, word(kind)).map(|(pool, name)| Self::Pool(subnet, is_delegated(kind), pool, name));
        pool(LeaseKind::Na).or_else(|| pool(LeaseKind::Pd)).unwrap_or(Self::Subnet(subnet, rest))
    }

    pub(super) const fn name(&self) -> &'n str {
        match self {
            Self::Global(name) | Self::Subnet(_, name) | Self::Pool(_, _, _, name) => name,
        }
    }
}

/// Reads `word[number].` off the beginning of a name.
fn indexed<'n>(text: &'n str, word: &str) -> Option<(u32, &'n str)> {
    let (number, rest) = text.strip_prefix(word)?.strip_prefix('[')?.split_once("].")?;
    let is_plain = number.bytes().all(|digit| digit.is_ascii_digit()) && (number == "0" || !number.starts_with('0'));
    Some((number.parse().ok().filter(|_| is_plain)?, rest))
}
