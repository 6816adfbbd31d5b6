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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::path::Path;

    use model::Family;
    use serde_json::Value;

    use super::*;
    use crate::backend::LeaseRow;
    use crate::packet::{Heard, Sent};

    /// Sends every message back.
    struct Mirror;

    impl Backend for Mirror {
        fn configure(&mut self, _family: Family, _config: &Value, _stored: bool) -> Result<(), Fault> {
            Ok(())
        }
        fn set_time(&mut self, _seconds: u32) -> Result<(), Fault> {
            Ok(())
        }
        fn exchange(&mut self, sent: &Sent) -> Result<Option<Heard>, Fault> {
            Ok(Some(Heard { octets: sent.octets.clone(), delivery: Vec::new() }))
        }
        fn leases(&mut self) -> Result<Vec<LeaseRow>, Fault> {
            Ok(Vec::new())
        }
        fn statistic(&mut self, _name: &str) -> Result<Option<i64>, Fault> {
            Ok(Some(3))
        }
        fn neighbour(&mut self, _address: Ipv4Addr) -> Result<(), Fault> {
            Ok(())
        }
        fn reclaim(&mut self) -> Result<(), Fault> {
            Err(Fault::Command { command: "leases-reclaim", why: "a mirror keeps no leases".to_owned() })
        }
        fn restart(&mut self) -> Result<(), Fault> {
            Ok(())
        }
    }

    fn verdict(rest: &str) -> Verdict {
        let text = format!("config a: 1\n{rest}\n");
        let scenario = parse(Path::new("x"), &text).unwrap();
        judge(&scenario, "mirror", run(&scenario, &mut Mirror), false)
    }

    #[test]
    fn what_the_file_says_is_equal() {
        let steps = "at 0s send REQUEST from 02:00:00:00:00:01 server-id oro=23\nhear REQUEST client-id server-id oro=23\n\
                     lease none\ncount x=3\nat 1s restart\nlease none";
        assert!(matches!(verdict(steps), Verdict::Equal));
    }

    #[test]
    fn what_the_file_does_not_say_is_unexplained_down_to_the_line() {
        let Verdict::Unexplained(differences) = verdict("at 0s send SOLICIT oro=23\nhear SOLICIT oro=24\ncount x=4")
        else {
            panic!("not told");
        };
        let lines: Vec<_> = differences.iter().map(|it| (it.line, it.expected.as_str(), it.found.as_str())).collect();
        assert_eq!(lines, [(3, "SOLICIT oro=24", "SOLICIT oro=23"), (4, "x=4", "x=3")]);
        assert!(verdict("at 0s send SOLICIT\nhear nothing").is_bad());
        assert!(verdict("at 0s send SOLICIT").is_bad(), "a message without hear is not checked");
    }

    #[test]
    fn a_written_reason_explains_a_difference_of_its_backend_only() {
        let explained = "differs mirror: it only repeats\nat 0s send SOLICIT\nhear nothing";
        assert!(matches!(verdict(explained), Verdict::Explained { .. }));
        assert!(verdict("differs kea: it is Kea\nat 0s send SOLICIT\nhear nothing").is_bad());
        assert!(matches!(verdict("differs mirror: no more\nat 0s send SOLICIT\nhear SOLICIT"), Verdict::Stale));
    }

    #[test]
    fn what_a_backend_cannot_do_breaks_the_scenario() {
        assert!(matches!(verdict("at 0s reclaim"), Verdict::Broken(Fault::Command { .. })));
    }
}
