//! Whether packets are served: who switched the service off, and until when.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who switches the service off. Each has a switch of its own; the service runs when all are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OriginId(pub u32);

impl OriginId {
    /// The operator.
    pub const USER: Self = Self(1);
    /// A high-availability partner, by command.
    pub const PARTNER: Self = Self(2000);
}

/// All switches.
#[derive(Debug, Default)]
pub struct Service(Mutex<BTreeMap<OriginId, Option<Instant>>>);

impl Service {
    /// Switches the service off, for a time or until [`Service::enable`].
    pub fn disable(&self, origin: OriginId, period: Option<Duration>) {
        let until = period.and_then(|period| Instant::now().checked_add(period));
        self.off().insert(origin, until);
    }

    /// Switches the service on as far as `origin` goes.
    pub fn enable(&self, origin: OriginId) {
        self.off().remove(&origin);
    }

    /// Says whether packets are served; switches whose time is over are on again.
    pub fn is_enabled(&self) -> bool {
        let mut off = self.off();
        if !off.is_empty() {
            let now = Instant::now();
            off.retain(|_, until| until.is_none_or(|until| now < until));
        }
        off.is_empty()
    }

    /// Lists who has switched the service off, by number.
    pub fn disabled_by(&self) -> Vec<OriginId> {
        if self.is_enabled() { Vec::new() } else { self.off().keys().copied().collect() }
    }

    fn off(&self) -> MutexGuard<'_, BTreeMap<OriginId, Option<Instant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_origin_has_a_switch_of_its_own() {
        let service = Service::default();
        service.disable(OriginId::USER, None);
        service.disable(OriginId::PARTNER, None);
        service.enable(OriginId::USER);
        assert!(!service.is_enabled());
        assert_eq!(service.disabled_by(), [OriginId::PARTNER]);
        service.enable(OriginId::PARTNER);
        assert!(service.is_enabled());
    }

    #[test]
    fn a_period_that_is_over_switches_on_by_itself() {
        let service = Service::default();
        service.disable(OriginId::USER, Some(Duration::ZERO));
        assert!(service.is_enabled());
    }
}
