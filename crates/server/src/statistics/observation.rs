//! One statistic: its value, and what it was before.

use std::collections::VecDeque;
use std::fmt::Write;

/// A value at an instant, in microseconds since 1970-01-01 UTC.
pub(super) type Sample = (i128, i64);

/// How many samples a statistic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    Count(u32),
    /// In seconds.
    Age(u32),
}

/// A statistic. There are many and most never move, so that what was before stands elsewhere.
#[derive(Debug)]
pub(super) struct Observation {
    /// The value, high half first: a field of 128 bits would be aligned, and the whole be a third larger.
    halves: [u64; 2],
    at: i64,
    /// Newest first.
    #[expect(clippy::box_collection, reason = "most have no past, and a pointer is a quarter of a deque")]
    past: Option<Box<VecDeque<Sample>>>,
    limit: Limit,
    /// Whether an operator set it to zero, so that it does not say what it is named for.
    pub(super) is_reset: bool,
}

impl Observation {
    pub(super) fn new(value: i128, now: i64, limit: Limit) -> Self {
        Self { halves: halves(value), at: now, past: None, limit, is_reset: false }
    }

    pub(super) fn value(&self) -> i128 {
        let [high, low] = self.halves;
        (i128::from(high.cast_signed()) << 64) | i128::from(low)
    }

    pub(super) fn push(&mut self, value: i128, now: i64) {
        let before = (self.value(), self.at);
        if self.limit != Limit::Count(0) && self.limit != Limit::Count(1) {
            self.past.get_or_insert_default().push_front(before);
        }
        (self.halves, self.at) = (halves(value), now);
        self.trim(now);
    }

    pub(super) fn limit(&mut self, limit: Limit, now: i64) {
        self.limit = limit;
        self.trim(now);
    }

    fn trim(&mut self, now: i64) {
        let Some(past) = &mut self.past else { return };
        match self.limit {
            Limit::Count(most) => past.truncate(usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(1)),
            Limit::Age(age) => {
                let age = i64::from(age).saturating_mul(1_000_000);
                while past.back().is_some_and(|(_, at)| now.saturating_sub(*at) > age) {
                    past.pop_back();
                }
            }
        }
    }

    /// Goes back to zero and forgets what was.
    pub(super) fn reset(&mut self, now: i64) {
        *self = Self { is_reset: true, ..Self::new(0, now, self.limit) };
    }

    /// Appends the samples, newest first, as Kea shows them: a list of lists of value and instant.
    pub(super) fn write(&self, text: &mut String, clock: &mut Clock) {
        text.push_str("[ ");
        one(text, clock, (self.value(), self.at));
        for sample in self.past.iter().flat_map(|past| past.iter()) {
            text.push_str(", ");
            one(text, clock, *sample);
        }
        text.push_str(" ]");
    }
}

fn one(text: &mut String, clock: &mut Clock, (value, at): Sample) {
    if value == 0 {
        text.push_str("[ 0, \"");
    } else {
        // Writing to a `String` cannot fail.
        let _infallible = write!(text, "[ {value}, \"");
    }
    text.push_str(clock.show(at));
    text.push_str("\" ]");
}

fn halves(value: i128) -> [u64; 2] {
    let half = |bits: i128| u64::try_from(bits & i128::from(u64::MAX)).unwrap_or_default();
    [half(value >> 64), half(value)]
}

/// Writes instants in local time, and knows whether anything was written yet. Most samples are of the same instant or
/// second as the one before.
#[derive(Debug, Default)]
pub(super) struct Clock {
    /// Whether an entry was written, so that the next one is separated from it.
    pub(super) begun: bool,
    at: Option<i64>,
    second: i64,
    text: String,
}

/// How many octets of an instant are those of its second, such as `2026-01-01 00:00:00`.
const SECOND: usize = 19;

impl Clock {
    fn show(&mut self, micros: i64) -> &str {
        if self.at != Some(micros) {
            let second = micros.div_euclid(1_000_000);
            if self.at.is_none() || self.second != second || self.text.len() < SECOND {
                self.text = shown(second);
            }
            self.text.truncate(SECOND);
            let _infallible = write!(self.text, ".{:06}", micros.rem_euclid(1_000_000));
            (self.at, self.second) = (Some(micros), second);
        }
        &self.text
    }
}

fn shown(second: i64) -> String {
    let Ok(at) = jiff::Timestamp::from_second(second) else { return String::new() };
    at.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_any_size_comes_back_and_the_newest_samples_stay() {
        for value in [0, 1, -1, i128::from(u64::MAX), 1 << 100, -(1 << 100), i128::MAX, i128::MIN] {
            assert_eq!(Observation::new(value, 0, Limit::Count(1)).value(), value);
        }
        let mut observation = Observation::new(0, 0, Limit::Count(3));
        (1..=5).for_each(|value| observation.push(value.into(), value));
        let mut text = String::new();
        observation.write(&mut text, &mut Clock::default());
        assert_eq!(text.matches("[ ").count(), 4, "{text}");
        assert!(text.starts_with("[ [ 5, \"19") && text.contains(".000005\" ], [ 4, "), "{text}");
    }
}
