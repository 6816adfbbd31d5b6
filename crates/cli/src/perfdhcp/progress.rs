//! A line on the terminal that moves while a test runs.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::arguments::Arguments;
use super::counts::Glance;
use super::plan::Plan;

/// How often the line is drawn.
const EVERY: Duration = Duration::from_millis(200);
const WIDTH: usize = 30;

/// The line; drawn on standard error if that is a terminal.
#[derive(Debug)]
pub struct Progress {
    shown: bool,
    drawn: bool,
    due: Duration,
    before: (Duration, u64),
}

impl Progress {
    /// Makes a line for a test.
    pub fn new(arguments: &Arguments) -> Self {
        // Interim reports and the line would write over each other.
        let wanted = !arguments.quiet && arguments.separator.is_none() && arguments.report.is_none();
        let shown = wanted && io::stderr().is_terminal();
        Self { shown, drawn: false, due: EVERY, before: (Duration::ZERO, 0) }
    }

    /// Draws the line anew if it is time.
    pub fn show(&mut self, elapsed: Duration, plan: &Plan, arguments: &Arguments, glance: &Glance) {
        if !self.shown || elapsed < self.due {
            return;
        }
        let (then, completed) = self.before;
        let seconds = elapsed.saturating_sub(then).as_secs_f64().max(0.001);
        let rate = super::histogram::float(glance.completed.saturating_sub(completed)) / seconds;
        self.due = elapsed + EVERY;
        self.before = (elapsed, glance.completed);
        self.drawn = true;
        let text = line(share(elapsed, plan, arguments, glance), rate, glance);
        // A terminal that is gone does not end a test.
        write!(io::stderr(), "\r{text}\x1b[K").unwrap_or_default();
    }

    /// Removes the line.
    pub fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            write!(io::stderr(), "\r\x1b[K").unwrap_or_default();
        }
    }
}

/// How much of the test is done, 0 to 1; `None` if it has no end.
fn share(elapsed: Duration, plan: &Plan, arguments: &Arguments, glance: &Glance) -> Option<f64> {
    let by_time = arguments.period.map(|period| elapsed.as_secs_f64() / period.as_secs_f64().max(0.001));
    let [limit, _] = plan.requests;
    let [begun, ..] = glance.sent;
    let done = if plan.avalanche { glance.completed } else { begun };
    let by_count = limit.map(|limit| super::histogram::float(done) / super::histogram::float(limit.max(1)));
    by_time.into_iter().chain(by_count).reduce(f64::max).map(|share| share.clamp(0.0, 1.0))
}

fn line(share: Option<f64>, rate: f64, glance: &Glance) -> String {
    let lost: u64 = glance.expired.iter().sum();
    let bar = share.map_or_else(String::new, |share| {
        let full =
            (0..WIDTH).filter(|n| super::histogram::float(u64::try_from(*n).unwrap_or(0)) < share * 30.0).count();
        format!("[{}{}] {:3.0} %  ", "#".repeat(full), ".".repeat(WIDTH.saturating_sub(full)), share * 100.0)
    });
    format!("{bar}{} done, {rate:.0}/s, {lost} lost", glance.completed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is_if_there_is_an_end() {
        let glance = Glance { completed: 500, expired: [1, 2, 0, 0, 0], ..Glance::default() };
        assert_eq!(line(Some(0.5), 99.6, &glance), "[###############...............]  50 %  500 done, 100/s, 3 lost");
        assert_eq!(line(None, 0.0, &glance), "500 done, 0/s, 3 lost");
    }
}
