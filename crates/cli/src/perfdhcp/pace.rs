//! When the next exchange is due.

/// Nanoseconds in a second.
pub const SECOND: u64 = 1_000_000_000;

/// A steady rate that does not wait for answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// Exchanges in 1,000 seconds; zero for as many as can be sent.
    per_1000: u64,
    /// Exchanges that are due at once.
    head_start: u64,
    started: u64,
    skipped: u64,
}

impl Pace {
    /// Makes a pace of so many exchanges a second, in thousandths; zero has no limit.
    pub fn new(per_1000: u64, head_start: u64) -> Self {
        Self { per_1000, head_start, started: 0, skipped: 0 }
    }

    /// Tells whether one is due after so many nanoseconds.
    ///
    /// What is more than a second behind is given up and counted: it was never offered to the server.
    pub fn is_due(&mut self, elapsed: u64) -> bool {
        if self.per_1000 == 0 {
            return true;
        }
        let due = self.due_after(elapsed);
        let behind = due.saturating_sub(self.started);
        let patience = (self.per_1000 / 1000).max(1).max(self.head_start);
        if behind > patience {
            let lost = behind - patience;
            self.skipped += lost;
            self.started += lost;
        }
        due > self.started
    }

    /// Counts one as begun.
    pub fn start(&mut self) {
        self.started += 1;
    }

    /// When the next is due, in nanoseconds since the beginning; zero without a limit.
    pub fn next(&self) -> u64 {
        let number = (self.started + 1).saturating_sub(self.head_start);
        let nanoseconds = u128::from(number) * u128::from(SECOND) * 1000;
        match nanoseconds.checked_div(u128::from(self.per_1000)) {
            Some(time) => u64::try_from(time).unwrap_or(u64::MAX).saturating_add(1),
            None => 0,
        }
    }

    /// Counts what was due and never begun.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    fn due_after(&self, elapsed: u64) -> u64 {
        let due = u128::from(elapsed) * u128::from(self.per_1000) / (u128::from(SECOND) * 1000);
        u64::try_from(due).unwrap_or(u64::MAX).saturating_add(self.head_start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started_by(pace: &mut Pace, elapsed: u64) -> u32 {
        let mut count = 0;
        while pace.is_due(elapsed) && count < 10_000 {
            pace.start();
            count += 1;
        }
        count
    }

    #[test]
    fn a_rate_is_kept_to_the_exchange_however_often_it_is_asked() {
        let mut pace = Pace::new(8_000, 0);
        assert_eq!(started_by(&mut pace, 0), 0);
        assert_eq!(pace.next(), SECOND / 8 + 1);
        assert_eq!(started_by(&mut pace, SECOND / 8 + 1), 1);
        assert_eq!((2..=20).map(|n| started_by(&mut pace, n * SECOND / 8 + 1)).sum::<u32>(), 19);
        assert_eq!(pace.skipped(), 0);
    }

    #[test]
    fn what_is_more_than_a_second_behind_is_given_up_and_counted() {
        let mut pace = Pace::new(100_000, 0);
        assert_eq!(started_by(&mut pace, 3 * SECOND), 100);
        assert_eq!(pace.skipped(), 200);
    }

    #[test]
    fn a_head_start_is_due_at_once() {
        let mut pace = Pace::new(1_000, 500);
        assert_eq!((started_by(&mut pace, 0), started_by(&mut pace, SECOND), pace.skipped()), (500, 1, 0));
    }
}
