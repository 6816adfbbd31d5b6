//! Runs every scenario on every backend asked for and sums up where they disagree.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::Fault;
use crate::backend::Backend;
use crate::run::{Difference, Run, run};
use crate::scenario::{Scenario, parse, rewrite};

/// How a scenario fared on one backend.
#[derive(Debug)]
pub enum Verdict {
    /// Everything as the file says.
    Equal,
    /// Different, and the file says why that is accepted.
    Explained {
        /// The reason written in the file.
        reason: String,
    },
    /// The file accepts a difference that is no longer there.
    Stale,
    /// Different without a reason.
    Unexplained(Vec<Difference>),
    /// It could not be run.
    Broken(Fault),
}

impl Verdict {
    /// Says whether somebody has to look at this.
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Stale | Self::Unexplained(_) | Self::Broken(_))
    }

    /// Gives the word for the table.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Explained { .. } => "different, explained",
            Self::Stale => "STALE REASON",
            Self::Unexplained(_) => "UNEXPLAINED",
            Self::Broken(_) => "BROKEN",
        }
    }
}

/// Starts one backend; several may be started at once, each with its own number.
pub type Start<'a> = &'a (dyn Fn(usize) -> Result<Box<dyn Backend>, Fault> + Sync);

/// Reads scenario files.
///
/// # Errors
/// The file and what is wrong with it.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Scenario>, (PathBuf, Fault)> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).map_err(Fault::io("reading"))?;
        parse(path, &text)
    };
    paths.iter().map(|path| read(path).map_err(|fault| (path.clone(), fault))).collect()
}

/// Runs all scenarios on `workers` instances of the backend `name`; verdicts come in the order of the scenarios.
///
/// With `update`, files whose expectations are not met are rewritten from what happened.
///
/// # Errors
/// [`Fault`] if no instance could be started.
pub fn run_all(
    scenarios: &[Scenario],
    name: &str,
    start: Start<'_>,
    workers: usize,
    update: bool,
) -> Result<Vec<Verdict>, Fault> {
    let next = AtomicUsize::new(0);
    let verdicts: Mutex<Vec<Option<Verdict>>> = Mutex::new(scenarios.iter().map(|_| None).collect());
    let failed = Mutex::new(None);
    std::thread::scope(|scope| {
        for worker in 0..workers.clamp(1, scenarios.len().max(1)) {
            let (next, verdicts, failed) = (&next, &verdicts, &failed);
            scope.spawn(move || {
                let judge = |scenario: &Scenario, outcome| judge(scenario, name, outcome, update);
                if let Err(fault) = work(scenarios, &|| start(worker), next, &judge, verdicts) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
                }
            });
        }
    });
    if let Some(fault) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(fault);
    }
    Ok(verdicts.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

fn work(
    scenarios: &[Scenario],
    start: &dyn Fn() -> Result<Box<dyn Backend>, Fault>,
    next: &AtomicUsize,
    judge: &dyn Fn(&Scenario, Result<Run, Fault>) -> Verdict,
    verdicts: &Mutex<Vec<Option<Verdict>>>,
) -> Result<(), Fault> {
    let mut backend = start()?;
    while let Some((at, scenario)) =
        Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, scenarios.get(at)?)))
    {
        let outcome = run(scenario, backend.as_mut());
        if matches!(outcome, Err(Fault::Io { .. } | Fault::Server { .. })) {
            drop(backend);
            backend = start()?;
        }
        let verdict = judge(scenario, outcome);
        if let Some(place) = verdicts.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
            *place = Some(verdict);
        }
    }
    Ok(())
}

/// Weighs what a run showed against what the file says; with `update`, makes the file say it.
pub fn judge(scenario: &Scenario, name: &str, outcome: Result<Run, Fault>, update: bool) -> Verdict {
    let run = match outcome {
        Ok(run) => run,
        Err(fault) => {
            // A server that dies of a packet is a difference too.
            return scenario
                .reason(name)
                .map_or(Verdict::Broken(fault), |reason| Verdict::Explained { reason: reason.to_owned() });
        }
    };
    match (run.differences.is_empty(), scenario.reason(name)) {
        (true, None) => Verdict::Equal,
        (true, Some(_)) => Verdict::Stale,
        (false, Some(reason)) => Verdict::Explained { reason: reason.to_owned() },
        (false, None) if update => match std::fs::write(&scenario.path, rewrite(scenario, &run.outcomes)) {
            Ok(()) => Verdict::Equal,
            Err(error) => Verdict::Broken(Fault::io("rewriting the scenario")(error)),
        },
        (false, None) => Verdict::Unexplained(run.differences),
    }
}
