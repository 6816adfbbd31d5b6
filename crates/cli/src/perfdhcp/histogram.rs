//! How long things took: counts in buckets that are fine for short times and coarse for long ones.

use std::time::Duration;

/// Steps within one power of two: no value is told off by more than 1/64 of itself.
const STEPS: usize = 64;
const STEP_BITS: u32 = 6;
/// Powers of two above the exact range; the last bucket holds whatever is longer than about 73 minutes.
const POWERS: usize = 37;

/// A histogram of durations, in nanoseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    least: u64,
    most: u64,
    sum: f64,
    squares: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = vec![0; STEPS * POWERS];
        Self { buckets, count: 0, least: u64::MAX, most: 0, sum: 0.0, squares: 0.0 }
    }
}

impl Histogram {
    /// Counts one duration.
    pub fn record(&mut self, nanoseconds: u64) {
        if let Some(bucket) = self.buckets.get_mut(bucket_of(nanoseconds)) {
            *bucket += 1;
        }
        self.count += 1;
        self.least = self.least.min(nanoseconds);
        self.most = self.most.max(nanoseconds);
        let milliseconds = milliseconds(nanoseconds);
        self.sum += milliseconds;
        self.squares += milliseconds * milliseconds;
    }

    /// Adds what another histogram counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            *mine += theirs;
        }
        self.count += other.count;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The shortest in milliseconds; `None` if nothing was counted.
    pub fn least(&self) -> Option<f64> {
        (self.count > 0).then(|| milliseconds(self.least))
    }

    /// The longest in milliseconds.
    pub fn most(&self) -> Option<f64> {
        (self.count > 0).then(|| milliseconds(self.most))
    }

    /// The average in milliseconds.
    pub fn average(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / float(self.count))
    }

    /// The standard deviation in milliseconds.
    pub fn deviation(&self) -> Option<f64> {
        let average = self.average()?;
        Some((self.squares / float(self.count) - average * average).max(0.0).sqrt())
    }

    /// What `share` (0 to 1) of the counted stayed at or below, in milliseconds; never more than the longest.
    pub fn percentile(&self, share: f64) -> Option<f64> {
        let mut left = float(self.count) * share.clamp(0.0, 1.0);
        let last = self.buckets.iter().position(|bucket| {
            left -= float(*bucket);
            *bucket > 0 && left <= 0.0
        });
        let top = last.map_or(self.most, top_of).clamp(self.least.min(self.most), self.most);
        (self.count > 0).then(|| milliseconds(top))
    }
}

/// The bucket of a value: itself below 64, then 64 steps for each power of two.
fn bucket_of(value: u64) -> usize {
    let power = (u64::BITS - value.leading_zeros()).saturating_sub(STEP_BITS + 1);
    let step = usize::try_from(value >> power).unwrap_or(0);
    // Above the exact range `step` lies between 64 and 127.
    (power_start(power) + step).min(STEPS * POWERS - 1)
}

fn power_start(power: u32) -> usize {
    usize::try_from(power).unwrap_or(POWERS) * STEPS
}

/// The highest value of a bucket.
fn top_of(bucket: usize) -> u64 {
    let power = (bucket / STEPS).saturating_sub(1);
    let step = u64::try_from(bucket - power * STEPS).unwrap_or(0);
    ((step + 1) << power) - 1
}

/// Milliseconds of nanoseconds.
pub fn milliseconds(nanoseconds: u64) -> f64 {
    Duration::from_nanos(nanoseconds).as_secs_f64() * 1000.0
}

/// A count as a number to calculate with; exact up to 2^53.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "there is no other conversion; counts are small"
)]
pub fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_told_off_by_more_than_a_sixty_fourth() {
        for value in (0..200).chain((8..40).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 12_345])) {
            let top = top_of(bucket_of(value));
            assert!(top >= value && top - value <= value / 64, "{value} is told as {top}");
        }
    }

    #[test]
    fn percentiles_of_a_thousand_milliseconds_are_themselves() {
        let mut histogram = Histogram::default();
        (1..=500).for_each(|n| histogram.record(n * 1_000_000));
        let mut rest = Histogram::default();
        (501..=1000).for_each(|n| rest.record(n * 1_000_000));
        histogram.merge(&rest);
        for (share, expected) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = histogram.percentile(share).unwrap();
            assert!((found - expected).abs() <= expected / 64.0, "{share}: {found}");
        }
        assert_eq!((histogram.least(), histogram.most(), histogram.average()), (Some(1.0), Some(1000.0), Some(500.5)));
        assert!((histogram.deviation().unwrap() - 288.675).abs() < 0.001);
    }

    #[test]
    fn nothing_counted_has_no_figures() {
        let histogram = Histogram::default();
        assert_eq!((histogram.least(), histogram.average(), histogram.percentile(0.5)), (None, None, None));
    }
}
