//! All statistics, written some subnets at a time.

use std::sync::Arc;

use control::{Ending, Pieces, ResultCode};
use model::SubnetId;

use super::groups::{LAST, text_order};
use super::observation::Clock;
use super::{AT_ONCE, Statistics};

/// The answer to `statistic-get-all`, in the order of the names.
pub struct Listing {
    statistics: Arc<Statistics>,
    /// The subnets still to be written, the next one last.
    subnets: Vec<SubnetId>,
    begun: bool,
    clock: Clock,
}

/// Where the statistics of subnets stand among those of the server.
const SUBNETS: &str = "subnet[";

impl Listing {
    /// Begins.
    pub fn new(statistics: Arc<Statistics>) -> Self {
        let mut subnets: Vec<SubnetId> = statistics.inner().subnets.keys().copied().collect();
        subnets.sort_unstable_by_key(|id| std::cmp::Reverse(text_order(id.0)));
        Self { statistics, subnets, begun: false, clock: Clock::default() }
    }
}

impl Pieces for Listing {
    fn next(&mut self, text: &mut String) -> Option<Ending> {
        let inner = self.statistics.inner();
        if !self.begun {
            self.begun = true;
            text.push_str("{ ");
            inner.globals.write(("", SUBNETS), "", text, &mut self.clock);
        }
        let rest = self.subnets.len().saturating_sub(AT_ONCE);
        for id in self.subnets.drain(rest..).rev() {
            if let Some(found) = inner.subnets.get(&id) {
                found.write(id, text, &mut self.clock);
            }
        }
        if !self.subnets.is_empty() {
            return None;
        }
        inner.globals.write((SUBNETS, LAST), "", text, &mut self.clock);
        text.push_str(" }");
        Some(Ending { result: ResultCode::Success, text: None })
    }
}
