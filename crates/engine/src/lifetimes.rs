//! For how long? Lifetimes, timers, and whether a lease is young enough to stay as it is.

use model::{Lease, LeaseKind, LeaseState, LeaseTimes, Seconds, Triplet, UnixTime};

/// Lifetimes of one lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lifetimes {
    pub(crate) preferred: Seconds,
    pub(crate) valid: Seconds,
}

/// Chooses lifetimes within the bounds of a subnet; a wish of zero is none. DHCPv4 knows no preferred lifetime.
///
/// Kea: without a preferred lifetime, or with one above the valid, it is five eighths of the valid.
pub(crate) fn choose(times: &LeaseTimes, wish: Option<Lifetimes>, kind: LeaseKind) -> Lifetimes {
    let valid = times.valid.clamp(wish.map(|wish| wish.valid));
    if kind == LeaseKind::V4 {
        return Lifetimes { preferred: Seconds::ZERO, valid };
    }
    let preferred =
        times.preferred.map_or(Seconds::ZERO, |bounds: Triplet| bounds.clamp(wish.map(|wish| wish.preferred)));
    let preferred = if preferred == Seconds::ZERO || preferred > valid {
        let share = u64::from(valid.0) * 5 / 8;
        if valid == Seconds::INFINITE { valid } else { Seconds(u32::try_from(share).unwrap_or(u32::MAX)) }
    } else {
        preferred
    };
    Lifetimes { preferred, valid }
}

/// Computes T1 and T2 from the shortest preferred lifetime of an identity association; zero leaves it to the client.
pub(crate) fn timers(times: &LeaseTimes, preferred: Seconds) -> (u32, u32) {
    let share = |percent: f64| share(preferred, percent);
    let t2 = match times.rebind {
        Some(rebind) => rebind.0,
        None if times.calculate_tee_times => share(times.t2_percent),
        None => 0,
    };
    let t1 = match times.renew {
        Some(renew) => renew.0,
        None if times.calculate_tee_times => share(times.t1_percent),
        None => 0,
    };
    (if t1 >= t2 { 0 } else { t1 }, t2)
}

/// Computes T1 and T2 of a DHCPv4 lease; what does not lie below the other and the lifetime is not sent.
pub(crate) fn timers4(times: &LeaseTimes, valid: Seconds) -> (Option<u32>, Option<u32>) {
    let of = |explicit: Option<Seconds>, percent: f64| match explicit {
        Some(time) => Some(time.0),
        None => times.calculate_tee_times.then(|| share(valid, percent)),
    };
    let t2 = of(times.rebind, times.t2_percent).filter(|t2| *t2 > 0 && *t2 < valid.0);
    let t1 = of(times.renew, times.t1_percent).filter(|t1| *t1 > 0 && *t1 < t2.unwrap_or(valid.0));
    (t1, t2)
}

/// Takes a share of a lifetime, rounded half up, in integers: shares are configured with few digits.
pub(crate) fn share(lifetime: Seconds, percent: f64) -> u32 {
    let exact = f64::from(lifetime.0) * percent;
    saturating(exact.round())
}

/// Converts a non-negative whole number, by its binary form: no cast, exact for every number a lifetime can be.
fn saturating(value: f64) -> u32 {
    if value >= f64::from(u32::MAX) {
        return u32::MAX;
    }
    if value < 1.0 || value.is_nan() {
        return 0;
    }
    let bits = value.to_bits();
    let power = (bits >> MANTISSA) & 0x7ff;
    let whole = (bits & ((1 << MANTISSA) - 1)) | (1 << MANTISSA);
    // The point stands behind the last of the 52 bits where the power is the bias and 52.
    let shift = (BIAS + MANTISSA).checked_sub(power).and_then(|shift| u32::try_from(shift).ok());
    shift.and_then(|shift| whole.checked_shr(shift)).and_then(|whole| u32::try_from(whole).ok()).unwrap_or_default()
}

/// Bits of a number's fraction, and what its power is counted from (IEEE 754).
const MANTISSA: u64 = 52;
const BIAS: u64 = 1023;

/// Says how much of a held lease is left if it is young enough to be served as it stands; `None` if it is to be extended.
pub(crate) fn reusable(held: &Lease, wanted: &Lease, times: &LeaseTimes, now: UnixTime) -> Option<Lifetimes> {
    let unchanged = held.subnet == wanted.subnet
        && held.owner == wanted.owner
        && held.hostname == wanted.hostname
        && (held.fqdn_fwd, held.fqdn_rev) == (wanted.fqdn_fwd, wanted.fqdn_rev)
        && (held.valid, held.preferred) == (wanted.valid, wanted.preferred)
        && held.user_context == wanted.user_context;
    if !unchanged || held.state != LeaseState::Assigned {
        return None;
    }
    let age = now.since(held.cltt);
    if held.valid == Seconds::INFINITE {
        return Some(Lifetimes { preferred: held.preferred, valid: held.valid });
    }
    // Kea: without a share the age bounds nothing.
    let by_share = times.cache_threshold > 0.0 && f64::from(age.0) <= times.cache_threshold * f64::from(held.valid.0);
    let by_age = times.cache_max_age.is_none_or(|most| most != Seconds::ZERO && age <= most);
    let young = by_share && by_age && age < held.valid;
    // Kea: what is no longer preferred is written anew.
    let preferred = held.preferred == Seconds::ZERO || age < held.preferred;
    (young && preferred).then(|| Lifetimes { preferred: held.preferred.less(age), valid: held.valid.less(age) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> LeaseTimes {
        LeaseTimes {
            valid: Triplet::fixed(Seconds(7200)),
            preferred: None,
            renew: None,
            rebind: None,
            calculate_tee_times: true,
            t1_percent: 0.5,
            t2_percent: 0.8,
            cache_threshold: 0.25,
            cache_max_age: None,
        }
    }

    #[test]
    fn without_a_preferred_lifetime_it_is_five_eighths_and_timers_follow_it() {
        let chosen = choose(&times(), None, LeaseKind::Na);
        assert_eq!(chosen, Lifetimes { preferred: Seconds(4500), valid: Seconds(7200) });
        assert_eq!(timers(&times(), chosen.preferred), (2250, 3600));
    }

    #[test]
    fn whole_numbers_are_converted_exactly_and_others_to_a_bound() {
        for number in [0, 1, 2, 3, 599, 2250, 3600, 1 << 31, (1 << 31) + 1, u32::MAX - 1, u32::MAX] {
            assert_eq!(saturating(f64::from(number)), number);
        }
        assert_eq!((saturating(-5.0), saturating(1e300), saturating(0.4)), (0, u32::MAX, 0));
    }

    #[test]
    fn a_t1_that_is_not_below_t2_is_left_to_the_client() {
        let times = LeaseTimes { renew: Some(Seconds(900)), rebind: Some(Seconds(900)), ..times() };
        assert_eq!(timers(&times, Seconds(4500)), (0, 900));
    }

    #[test]
    fn a_wish_is_brought_within_the_bounds() {
        let bounds = Triplet { min: Seconds(100), default: Seconds(200), max: Seconds(300) };
        let times = LeaseTimes { valid: bounds, preferred: Some(bounds), ..times() };
        let wish = Lifetimes { preferred: Seconds(0), valid: Seconds(1000) };
        assert_eq!(
            choose(&times, Some(wish), LeaseKind::Na),
            Lifetimes { preferred: Seconds(200), valid: Seconds(300) }
        );
    }
}
