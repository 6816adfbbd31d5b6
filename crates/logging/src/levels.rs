//! Which messages are wanted: one number per logger, read without a lock.

use std::sync::atomic::{AtomicU8, Ordering};

use model::{Message, Severity};

/// What a logger prints, and what a message needs: 0 nothing, 1 FATAL … 4 INFO, 5 and more DEBUG with its level.
pub(crate) type Rank = u8;

/// The rank of INFO.
pub(crate) const INFO: Rank = 4;
/// The rank of DEBUG with level 99, the highest there is.
pub(crate) const EVERYTHING: Rank = 5 + 99;

/// The rank of a severity; `level` counts for DEBUG only.
pub(crate) fn rank(severity: Severity, level: u8) -> Rank {
    match severity {
        Severity::Fatal => 1,
        Severity::Error => 2,
        Severity::Warn => 3,
        Severity::Info => INFO,
        Severity::Debug => 5_u8.saturating_add(level.min(99)),
    }
}

/// The loggers of the catalogue with their ranks, in an open-addressed table.
#[derive(Debug)]
pub(crate) struct Levels {
    /// No logger prints more than this: most debug messages end here.
    highest: AtomicU8,
    slots: Box<[Option<Slot>]>,
}

#[derive(Debug)]
struct Slot {
    logger: &'static str,
    rank: AtomicU8,
}

impl Levels {
    /// Makes the table for the loggers of all known messages.
    pub(crate) fn new() -> Self {
        let mut loggers: Vec<&'static str> = Message::all().map(|message| message.logger).chain([""]).collect();
        loggers.sort_unstable();
        loggers.dedup();
        let size = loggers.len().saturating_mul(4).next_power_of_two();
        let mut slots: Box<[Option<Slot>]> = std::iter::repeat_with(|| None).take(size).collect();
        for logger in loggers {
            let free = (0..size).map(|step| hash(logger).wrapping_add(step) & (size - 1));
            for at in free {
                if let Some(place @ None) = slots.get_mut(at) {
                    *place = Some(Slot { logger, rank: AtomicU8::new(0) });
                    break;
                }
            }
        }
        Self { highest: AtomicU8::new(0), slots }
    }

    /// Sets the rank of every logger.
    pub(crate) fn set(&self, rank_of: impl Fn(&str) -> Rank) {
        let mut highest = 0;
        for slot in self.slots.iter().flatten() {
            let rank = rank_of(slot.logger);
            highest = highest.max(rank);
            slot.rank.store(rank, Ordering::Relaxed);
        }
        self.highest.store(highest, Ordering::Relaxed);
    }

    /// Tells whether the message is printed; `None` if its logger is not in the catalogue.
    pub(crate) fn allows(&self, message: &Message) -> Option<bool> {
        let wanted = rank(message.severity, message.debuglevel);
        let mask = self.slots.len() - 1;
        let mut at = hash(message.logger) & mask;
        if wanted > self.highest.load(Ordering::Relaxed) {
            // A logger outside the catalogue that prints more than all others raises `highest` when it is set.
            return Some(false);
        }
        while let Some(Some(slot)) = self.slots.get(at) {
            if std::ptr::eq(slot.logger, message.logger) || slot.logger == message.logger {
                return Some(wanted <= slot.rank.load(Ordering::Relaxed));
            }
            at = at.wrapping_add(1) & mask;
        }
        None
    }

    /// Lets messages up to this rank through to the exact check.
    pub(crate) fn raise(&self, rank: Rank) {
        self.highest.fetch_max(rank, Ordering::Relaxed);
    }
}

/// Mixes length and a few letters: enough to keep some fifty short names apart.
fn hash(name: &str) -> usize {
    let octets = name.as_bytes();
    let letter = |at: usize| octets.get(at).copied().map_or(0, usize::from);
    let (length, middle) = (octets.len(), octets.len() / 2);
    let mixed = letter(0).wrapping_mul(31).wrapping_add(letter(middle)).wrapping_mul(31);
    mixed.wrapping_add(letter(length.wrapping_sub(1)).wrapping_mul(7)).wrapping_add(length.wrapping_mul(13))
}
