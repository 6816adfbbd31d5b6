//! Mutation runs: damaged packets, configurations and lease files through everything that reads them.
//!
//! Input number `n` of a seed is the same on every machine and with any number of threads, so a finding is a seed and a
//! number; the input is kept as well.

mod change;
mod target;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub use change::mutate;
pub use target::{Kind, Reader, corpus};

use crate::random::Random;

/// An input that made a reader panic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The number of the input.
    pub item: u64,
    /// The input.
    pub input: Vec<u8>,
    /// What the panic said.
    pub message: String,
}

/// How much to do.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many inputs.
    pub items: u64,
    /// Decides all of them.
    pub seed: u64,
    /// How many threads share the work.
    pub threads: u64,
}

/// Feeds mutations of `corpus` to readers of one kind; `progress` counts what is done.
pub fn run(kind: Kind, corpus: &[Vec<u8>], plan: Plan, progress: &AtomicU64) -> Vec<Finding> {
    let findings = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..plan.threads.max(1) {
            let findings = &findings;
            scope.spawn(move || {
                let mut reader = Reader::new(kind);
                let mut item = thread;
                while item < plan.items {
                    let input = mutate(corpus, &mut Random::of_item(plan.seed, item), kind.is_text());
                    if let Some(message) = panics(&mut reader, &input) {
                        reader = Reader::new(kind);
                        let finding = Finding { item, input, message };
                        findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
                    }
                    progress.fetch_add(1, Ordering::Relaxed);
                    item += plan.threads.max(1);
                }
            });
        }
    });
    findings.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one input; gives what the panic said if there was one.
fn panics(reader: &mut Reader, input: &[u8]) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| reader.read(input))).err()?;
    let text = panic.downcast_ref::<String>().cloned();
    Some(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
}
