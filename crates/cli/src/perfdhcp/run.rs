//! A test from its first query to the last answer: threads, limits, interim reports.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::Thread;
use std::time::{Duration, Instant};

use net::Signals;

use super::arguments::{Arguments, MaxDrop};
use super::counts::{Glance, Statistics};
use super::endpoint::{Endpoint, Line};
use super::holders::Holders;
use super::plan::{Part, Plan};
use super::progress::Progress;
use super::report;
use super::session::Session;
use super::worker::{Phase, Shared, Worker, lock};

/// How often limits are looked at.
const WATCH: Duration = Duration::from_millis(10);
/// Exchanges after which a share of lost ones means something.
const MEANINGFUL: u64 = 10;

/// What came of a test.
#[derive(Debug)]
pub struct Outcome {
    /// What was counted.
    pub statistics: Statistics,
    /// How long it took, up to the last answer.
    pub elapsed: Duration,
    /// Why it ended, as `-x e` tells it; `None` if it was interrupted.
    pub reason: Option<&'static str>,
}

/// Runs a test; interim reports go to `out`.
///
/// # Errors
/// Those of the sockets.
pub fn run(
    arguments: &Arguments,
    plan: &Arc<Plan>,
    endpoint: &Endpoint,
    lines: &[Line],
    out: &mut dyn Write,
) -> io::Result<Outcome> {
    let interrupted = Arc::new(AtomicBool::new(false));
    watch_signals(&interrupted);
    let count = u32::try_from(lines.len()).map_err(io::Error::other)?;
    let parts: Vec<Part> = (0..count).map(|number| Part { number, of: count }).collect();
    let holders = Arc::new(Holders::default());
    let session = |part: &Part| Mutex::new(Session::new(Arc::clone(plan), *part, Arc::clone(&holders)));
    let shared = Shared {
        sessions: parts.iter().map(session).collect(),
        glances: parts.iter().map(|_| Mutex::default()).collect(),
        plan: Arc::clone(plan),
        phase: Phase::default(),
        start: Instant::now(),
        server: endpoint.server,
        ifindex: endpoint.ifindex,
    };
    let mut supervisor =
        Supervisor { arguments, plan, shared: &shared, interrupted: &interrupted, reason: None, ended: None };
    let watcher = std::thread::current();
    let failed = std::thread::scope(|scope| {
        let workers: Vec<_> = lines
            .iter()
            .zip(&parts)
            .map(|(line, part)| {
                let (shared, watcher) = (&shared, watcher.clone());
                scope.spawn(move || {
                    let _call = Call(watcher);
                    Worker::new(shared, line, *part).run()
                })
            })
            .collect();
        supervisor.watch(out, || workers.iter().any(std::thread::ScopedJoinHandle::is_finished));
        let join = |worker: std::thread::ScopedJoinHandle<'_, io::Result<()>>| {
            worker.join().unwrap_or_else(|_panic| Err(io::Error::other("a thread of the test panicked")))
        };
        workers.into_iter().map(join).find_map(Result::err)
    });
    let (reason, ended) = (supervisor.reason, supervisor.ended);
    if let Some(error) = failed {
        return Err(error);
    }
    let mut statistics = Statistics::default();
    for session in &shared.sessions {
        statistics.merge(std::mem::take(&mut lock(session).statistics));
    }
    statistics.overflows = lines.iter().map(Line::overflows).sum();
    let last = Duration::from_nanos(statistics.last);
    let elapsed = ended.map_or_else(|| shared.start.elapsed(), |ended| ended.max(last));
    Ok(Outcome { statistics, elapsed, reason })
}

/// Wakes the supervisor when a thread ends, however it ends.
struct Call(Thread);

impl Drop for Call {
    fn drop(&mut self) {
        self.0.unpark();
    }
}

/// Looks at the limits of a test while it runs.
struct Supervisor<'a> {
    arguments: &'a Arguments,
    plan: &'a Plan,
    shared: &'a Shared,
    interrupted: &'a AtomicBool,
    reason: Option<&'static str>,
    /// When no more was begun.
    ended: Option<Duration>,
}

impl Supervisor<'_> {
    fn watch(&mut self, out: &mut dyn Write, is_over: impl Fn() -> bool) {
        let mut progress = Progress::new(self.arguments);
        let mut report_due = self.arguments.report;
        let mut stop_at = None;
        while !is_over() {
            std::thread::park_timeout(WATCH);
            let elapsed = self.shared.start.elapsed();
            let glance = self.shared.glance();
            if let Some(due) = report_due.filter(|due| elapsed >= *due && self.ended.is_none()) {
                let mut text = String::new();
                report::interim(&mut text, self.arguments, self.plan, &glance).unwrap_or_default();
                // Whoever reads the reports may leave; the test goes on.
                out.write_all(text.as_bytes()).and_then(|()| out.flush()).unwrap_or_default();
                report_due = self.arguments.report.map(|every| due + every);
            }
            progress.show(elapsed, self.plan, self.arguments, &glance);
            if self.ended.is_none() {
                stop_at = self.end(elapsed, &glance);
            }
            let now = self.interrupted.load(Ordering::Relaxed) || stop_at.is_some_and(|stop| elapsed >= stop);
            if now {
                self.ended.get_or_insert(elapsed);
                self.shared.phase.set(Phase::STOP);
            }
        }
        // One thread that failed ends the test of all.
        self.shared.phase.set(Phase::DRAIN);
        self.ended.get_or_insert(self.shared.start.elapsed());
        progress.clear();
    }

    /// Ends the test if a limit is reached; says when all is to stop.
    fn end(&mut self, elapsed: Duration, glance: &Glance) -> Option<Duration> {
        let (reason, wait) = if self.exhausted() {
            ("Reached max requests limit.", true)
        } else if self.arguments.period.is_some_and(|period| elapsed >= period && !self.plan.avalanche) {
            ("reached test-period.", true)
        } else {
            (self.too_many_lost(glance)?, false)
        };
        self.reason = Some(reason);
        self.ended = Some(elapsed);
        self.shared.phase.set(Phase::DRAIN);
        match (self.arguments.exit_wait, wait) {
            (Some(wait), _) => Some(elapsed + wait),
            (None, false) => Some(elapsed),
            (None, true) => None,
        }
    }

    fn exhausted(&self) -> bool {
        let limited = self.plan.requests.iter().any(Option::is_some);
        limited && self.shared.sessions.iter().all(|session| lock(session).is_exhausted())
    }

    fn too_many_lost(&self, glance: &Glance) -> Option<&'static str> {
        for ((limit, lost), sent) in self.arguments.max_drops.iter().zip(glance.expired).zip(glance.sent) {
            match limit {
                MaxDrop::Count(most) if lost >= *most => return Some("Reached maximum drops number."),
                MaxDrop::Percent(most) if sent > MEANINGFUL && lost * 100 >= sent * u64::from(*most) => {
                    return Some("Reached maximum percentage drops.");
                }
                MaxDrop::Count(_) | MaxDrop::Percent(_) => {}
            }
        }
        None
    }
}

/// Notes SIGINT and SIGTERM, which end a test early but with its report. Without the means, they end the program.
fn watch_signals(interrupted: &Arc<AtomicBool>) {
    let Ok(signals) = Signals::hold() else { return };
    let (interrupted, supervisor) = (Arc::clone(interrupted), std::thread::current());
    std::thread::spawn(move || {
        while let Ok(signal) = signals.next() {
            if signal == net::Signal::Stop {
                interrupted.store(true, Ordering::Relaxed);
                supervisor.unpark();
            }
        }
    });
}
