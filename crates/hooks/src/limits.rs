//! How many packets of a class, or for a subnet, were there lately? (`libdhcp_limits.so`)

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::{Facts, Missing, Scope};
use model::Seconds;

/// The library's file name.
pub const LIBRARY: &str = "libdhcp_limits.so";

/// So many packets are remembered of one class or subnet; a limit beyond that is none.
const PACKETS: usize = 1 << 20;
/// So many classes and subnets are remembered; templates make classes out of what clients send.
const SCOPES: usize = 1 << 16;

/// When packets of limited classes, and for limited subnets, were admitted. They are forgotten with the configuration.
#[derive(Debug, Default)]
pub struct Rates {
    windows: Mutex<BTreeMap<Scope, Window>>,
}

/// The packets of one class or subnet.
#[derive(Debug)]
struct Window {
    /// For how long they count.
    span: Duration,
    /// When they were admitted, the oldest first.
    admitted: VecDeque<Duration>,
}

impl Rates {
    /// Tells the time by the clock on the wall, which leases go by, too.
    pub fn now() -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    /// Adds what is known of packets to other facts, as of one moment.
    pub const fn over<'f>(&'f self, facts: &'f dyn Facts, now: Duration) -> Counted<'f> {
        Counted { facts, rates: self, now }
    }

    /// Counts a packet that was admitted ([`engine::Decision::admitted`]).
    pub fn admit(&self, scopes: &[(Scope, Seconds)], now: Duration) {
        let mut windows = self.windows();
        for (scope, span) in scopes {
            let span = Duration::from_secs(span.0.into());
            if windows.len() >= SCOPES && !windows.contains_key(scope) {
                windows.retain(|_, window| window.counts(window.span, now) > 0);
                if windows.len() >= SCOPES {
                    continue;
                }
            }
            let new = || Window { span, admitted: VecDeque::new() };
            let window = windows.entry(scope.clone()).or_insert_with(new);
            window.span = window.span.max(span);
            window.forget(now);
            window.admitted.push_back(now);
        }
    }

    fn windows(&self) -> MutexGuard<'_, BTreeMap<Scope, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    /// Counts the packets of a span before now; those of a time to come, if the clock was set back, are none.
    fn counts(&self, span: Duration, now: Duration) -> usize {
        let older = self.admitted.partition_point(|admitted| admitted.saturating_add(span) <= now);
        let until = self.admitted.partition_point(|admitted| *admitted <= now);
        until.saturating_sub(older)
    }

    fn forget(&mut self, now: Duration) {
        while self.admitted.back().is_some_and(|newest| *newest > now) {
            self.admitted.pop_back();
        }
        let too_many = self.admitted.len() >= PACKETS;
        while self.admitted.front().is_some_and(|oldest| oldest.saturating_add(self.span) <= now) {
            self.admitted.pop_front();
        }
        if too_many && self.admitted.len() >= PACKETS {
            self.admitted.pop_front();
        }
    }
}

/// Facts, and what is known of packets.
pub struct Counted<'f> {
    facts: &'f dyn Facts,
    rates: &'f Rates,
    now: Duration,
}

impl Facts for Counted<'_> {
    fn below(&self) -> Option<&dyn Facts> {
        Some(self.facts)
    }

    fn packets_within(&self, scope: &Scope, span: Seconds) -> Result<u32, Missing> {
        let span = Duration::from_secs(span.0.into());
        let count = self.rates.windows().get(scope).map_or(0, |window| window.counts(span, self.now));
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use model::{ClassName, Family, SubnetId};
    use store::LeaseStore;

    use super::*;

    const MINUTE: Seconds = Seconds(60);

    #[test]
    fn a_packet_counts_until_its_span_has_passed() {
        let rates = Rates::default();
        let store = LeaseStore::new(Family::V4);
        let facts = store.facts();
        let class = Scope::Class(ClassName::new("a"));
        let at = Duration::from_millis;
        let count = |now, span| rates.over(&facts, now).packets_within(&class, span).unwrap();
        rates.admit(&[(class.clone(), MINUTE)], at(500));
        rates.admit(&[(class.clone(), MINUTE), (Scope::Subnet(SubnetId(1)), MINUTE)], at(1_000));
        assert_eq!([count(at(1_000), MINUTE), count(at(60_499), MINUTE), count(at(60_500), MINUTE)], [2, 2, 1]);
        assert_eq!(count(at(1_500), Seconds(1)), 1);
        rates.admit(&[(class.clone(), MINUTE)], at(61_000));
        assert_eq!(rates.windows().get(&class).unwrap().admitted.len(), 1);
        // The clock is set back.
        assert_eq!(count(at(2_000), MINUTE), 0);
        rates.admit(&[(class.clone(), MINUTE)], at(2_000));
        assert_eq!([count(at(2_000), MINUTE), count(at(61_500), MINUTE)], [1, 1]);
    }

    #[test]
    fn classes_that_clients_make_up_are_forgotten_in_time() {
        let rates = Rates::default();
        for number in 0..=SCOPES {
            rates.admit(&[(Scope::Class(ClassName::new(&number.to_string())), Seconds(1))], Duration::from_secs(1));
        }
        assert_eq!(rates.windows().len(), SCOPES);
        rates.admit(&[(Scope::Subnet(SubnetId(1)), Seconds(1))], Duration::from_secs(2));
        assert_eq!(rates.windows().len(), 1);
    }
}
