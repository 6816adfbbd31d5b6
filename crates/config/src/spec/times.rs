//! Lifetimes, timers and caching, as any scope may set them.

use std::fmt::Arguments;

use model::{LeaseTimes, Seconds, Triplet};

use super::Reader;
use crate::fault::{Fault, Read};
use crate::fields::{flag, low32, real};
use crate::json::Node;
use crate::show::Shown;

/// Reads the lifetime `name` with its bounds; `whose` completes the text about bounds without a default.
pub(crate) fn triplet(map: &Node, name: &str, whose: Arguments<'_>) -> Read<Option<Triplet>> {
    bounds(map, name, whose).map_err(|fault| {
        let (min, max) = ends(name);
        fault.placed([min, max, name].iter().find_map(|key| map.get(key)).unwrap_or(map))
    })
}

/// Gives the keys of the bounds of a lifetime.
fn ends(name: &str) -> (&'static str, &'static str) {
    match name {
        PREFERRED => ("min-preferred-lifetime", "max-preferred-lifetime"),
        _ => ("min-valid-lifetime", "max-valid-lifetime"),
    }
}

const PREFERRED: &str = "preferred-lifetime";

fn bounds(map: &Node, name: &str, whose: Arguments<'_>) -> Read<Option<Triplet>> {
    let (least, most) = ends(name);
    let min = low32(map, least)?;
    let default = low32(map, name)?;
    let max = low32(map, most)?;
    let middle = match (min, default, max) {
        (None, None, None) => return Ok(None),
        (Some(min), None, Some(_)) if min != u32::MAX => {
            return Err(Fault::new(format!("have min-{name} and max-{name} but no {name} (default){whose}")));
        }
        (_, Some(default), _) => default,
        (Some(only), None, _) | (None, None, Some(only)) => only,
    };
    let (low, high) = (min.unwrap_or(middle), max.unwrap_or(middle));
    let text = match (min.is_some(), max.is_some()) {
        (true, true) if low > high => {
            format!("the value of min-{name} ({low}) is not less than max-{name} ({high})")
        }
        (true, true) if middle < low || middle > high => format!(
            "the value of (default) {name} ({middle}) is not between min-{name} ({low}) and max-{name} ({high})"
        ),
        (true, false) if low > middle => {
            format!("the value of min-{name} ({low}) is not less than (default) {name} ({middle})")
        }
        (false, true) if middle > high => {
            format!("the value of (default) {name} ({middle}) is not less than max-{name} ({high})")
        }
        _ => return Ok(Some(Triplet { min: Seconds(low), default: Seconds(middle), max: Seconds(high) })),
    };
    Err(Fault::new(text))
}

/// Reads lifetimes, timers and caching of a network or subnet whose inherited values are in place.
pub(crate) fn lease_times(map: &Node, whose: Arguments<'_>) -> Read<LeaseTimes> {
    let preferred = triplet(map, "preferred-lifetime", whose)?;
    let valid = triplet(map, "valid-lifetime", whose)?.unwrap_or_else(|| Triplet::fixed(Seconds(7200)));
    Ok(LeaseTimes {
        valid,
        preferred,
        renew: low32(map, "renew-timer")?.map(Seconds),
        rebind: low32(map, "rebind-timer")?.map(Seconds),
        calculate_tee_times: flag(map, "calculate-tee-times")?.unwrap_or(true),
        t1_percent: real(map, "t1-percent")?.unwrap_or(0.5),
        t2_percent: real(map, "t2-percent")?.unwrap_or(0.8),
        cache_threshold: real(map, "cache-threshold")?.unwrap_or(0.25),
        cache_max_age: low32(map, "cache-max-age")?.map(Seconds),
    })
}

impl Reader<'_> {
    /// Warns of a T1 after T2 of `whom`, such as `subnet-id 1`; such a T1 is not sent.
    pub(crate) fn warn_of_timers(&mut self, times: &LeaseTimes, whom: Arguments<'_>) {
        if let (Some(renew), Some(rebind)) = (times.renew, times.rebind)
            && renew > rebind
        {
            let text = format!(
                "in {whom}, the value of renew-timer {renew} is greater than the value of rebind-timer {rebind}, \
                 ignoring renew-timer"
            );
            self.notice("DHCPSRV_CFGMGR_RENEW_GTR_REBIND", text);
        }
    }
}

/// Checks the shares of T1 and T2; Kea looks at them only after interface and guards.
pub(crate) fn check_shares(times: &LeaseTimes) -> Read<()> {
    let LeaseTimes { t1_percent: t1, t2_percent: t2, .. } = *times;
    let share = |value: f64| value > 0.0 && value < 1.0;
    if times.calculate_tee_times {
        if !share(t2) {
            return Err(Fault::new(format!(
                "t2-percent:  {t2} is invalid, it must be greater than 0.0 and less than 1.0"
            )));
        }
        if !share(t1) {
            return Err(Fault::new(format!(
                "t1-percent:  {t1} is invalid it must be greater than 0.0 and less than 1.0"
            )));
        }
        if t1 >= t2 {
            return Err(Fault::new(format!("t1-percent:  {t1} is invalid, it must be less than t2-percent: {t2}")));
        }
    }
    Ok(())
}

/// Checks the share for caching; Kea looks at it only after names.
pub(crate) fn check_cache(times: &LeaseTimes) -> Read<()> {
    let cache_threshold = times.cache_threshold;
    if (0.0..1.0).contains(&cache_threshold) {
        return Ok(());
    }
    Err(Fault::new(format!(
        "cache-threshold: {cache_threshold} is invalid, it must be greater than or equal to 0.0 and less than 1.0"
    )))
}

/// Shows a lifetime with both bounds.
pub(crate) fn show_triplet(shown: &mut Shown, name: &str, triplet: Option<Triplet>) {
    let Some(triplet) = triplet else { return };
    let (min, max) = ends(name);
    shown.set(name, triplet.default.0).set(min, triplet.min.0).set(max, triplet.max.0);
}

/// Shows a lifetime with those bounds that differ from it.
pub(crate) fn show_triplet_briefly(shown: &mut Shown, name: &str, triplet: Option<Triplet>) {
    let Some(Triplet { min, default, max }) = triplet else { return };
    shown.set(name, default.0);
    if min < default {
        shown.set(&format!("min-{name}"), min.0);
    }
    if max > default {
        shown.set(&format!("max-{name}"), max.0);
    }
}

/// Shows lifetimes, timers and caching of a network or subnet.
pub(crate) fn show(shown: &mut Shown, map: &Node, times: &LeaseTimes) {
    show_triplet(shown, "preferred-lifetime", times.preferred);
    show_triplet(shown, "valid-lifetime", Some(times.valid));
    let numbers =
        [("renew-timer", times.renew), ("rebind-timer", times.rebind), ("cache-max-age", times.cache_max_age)];
    for (key, value) in numbers {
        if let Some(value) = value {
            shown.set(key, value.0);
        }
    }
    shown.copy(map, &["calculate-tee-times", "t1-percent", "t2-percent", "cache-threshold"]);
}
