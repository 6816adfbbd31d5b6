//! What is counted.

use std::net::IpAddr;

use super::histogram::Histogram;
use super::kind::{KINDS, Kind};

/// The figures of one kind of exchange.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counts {
    /// Queries the system took, retransmissions not counted.
    pub sent: u64,
    /// Queries that were answered, refusals included.
    pub received: u64,
    /// Queries whose time ran out.
    pub expired: u64,
    /// Answers nobody waits for: late, double, or not ours.
    pub orphans: u64,
    /// Answers that refuse.
    pub rejected: u64,
    /// Leases that are another client's.
    pub not_unique: u64,
    /// Queries the system did not take.
    pub unsent: u64,
    /// Queries sent again.
    pub resent: u64,
    /// Answers of a type that does not belong here.
    pub wrong_type: u64,
    /// Answers to another client.
    pub wrong_client: u64,
    /// Answers without the server's identifier, or with another than the offer had.
    pub wrong_server: u64,
    /// How long answers took.
    pub delays: Histogram,
}

impl Counts {
    /// Queries without an answer.
    pub fn drops(&self) -> u64 {
        self.sent.saturating_sub(self.received)
    }

    fn merge(&mut self, other: &Self) {
        let pairs = [
            (&mut self.sent, other.sent),
            (&mut self.received, other.received),
            (&mut self.expired, other.expired),
            (&mut self.orphans, other.orphans),
            (&mut self.rejected, other.rejected),
            (&mut self.not_unique, other.not_unique),
            (&mut self.unsent, other.unsent),
            (&mut self.resent, other.resent),
            (&mut self.wrong_type, other.wrong_type),
            (&mut self.wrong_client, other.wrong_client),
            (&mut self.wrong_server, other.wrong_server),
        ];
        for (mine, theirs) in pairs {
            *mine += theirs;
        }
        self.delays.merge(&other.delays);
    }
}

/// A lease for the list of leases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leased {
    /// The client's identifier, octets as told.
    pub client: Vec<u8>,
    /// The address.
    pub address: Option<IpAddr>,
    /// The prefix.
    pub prefix: Option<IpAddr>,
}

/// How many timestamps and leases are kept for the lists of a report.
pub const LONGEST_LIST: usize = 1 << 22;

/// All figures of a test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statistics {
    pub(super) kinds: [Counts; KINDS.len()],
    /// Answers that cannot be read.
    pub malformed: u64,
    /// Answers that came and were lost because the socket had no room for them.
    pub overflows: u64,
    /// Exchanges that were due and never begun because this program did not keep up.
    pub skipped: u64,
    /// Exchanges brought to their end: granted, or offered if that is all that is asked for.
    pub completed: u64,
    /// When each answered query was sent and its answer came, in nanoseconds, by kind.
    pub times: [Vec<(u64, u64)>; KINDS.len()],
    /// What was granted, by kind.
    pub leases: [Vec<Leased>; KINDS.len()],
    /// The identifier of the first server that answered.
    pub server: Option<Vec<u8>>,
    /// When the last answer came, in nanoseconds since the test began.
    pub last: u64,
    /// The longest time between an answer and the next one, in nanoseconds; of several threads, that of the one that heard
    /// nothing for longest.
    pub silence: u64,
}

impl Statistics {
    /// The figures of a kind.
    pub fn of(&self, kind: Kind) -> &Counts {
        let [initial, request, renew, rebind, release] = &self.kinds;
        match kind {
            Kind::Initial => initial,
            Kind::Request => request,
            Kind::Renew => renew,
            Kind::Rebind => rebind,
            Kind::Release => release,
        }
    }

    /// The figures of a kind, to be changed.
    pub fn of_mut(&mut self, kind: Kind) -> &mut Counts {
        let [initial, request, renew, rebind, release] = &mut self.kinds;
        match kind {
            Kind::Initial => initial,
            Kind::Request => request,
            Kind::Renew => renew,
            Kind::Rebind => rebind,
            Kind::Release => release,
        }
    }

    /// Adds the figures of another thread.
    pub fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.kinds.iter_mut().zip(&other.kinds) {
            mine.merge(theirs);
        }
        self.malformed += other.malformed;
        self.skipped += other.skipped;
        self.overflows += other.overflows;
        self.completed += other.completed;
        for (mine, theirs) in self.times.iter_mut().zip(other.times) {
            mine.extend(theirs);
        }
        for (mine, theirs) in self.leases.iter_mut().zip(other.leases) {
            mine.extend(theirs);
        }
        self.server = self.server.take().or(other.server);
        self.last = self.last.max(other.last);
        self.silence = self.silence.max(other.silence);
    }

    /// The sum of something over all kinds.
    pub fn sum(&self, of: impl Fn(&Counts) -> u64) -> u64 {
        self.kinds.iter().map(of).sum()
    }
}

/// The figures that are watched while a test runs, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Glance {
    /// Queries sent.
    pub sent: [u64; KINDS.len()],
    /// Answers.
    pub received: [u64; KINDS.len()],
    /// Queries whose time ran out.
    pub expired: [u64; KINDS.len()],
    /// Refusals.
    pub rejected: [u64; KINDS.len()],
    /// Exchanges brought to their end.
    pub completed: u64,
}

impl Glance {
    /// Reads them off.
    pub fn of(statistics: &Statistics) -> Self {
        let all = KINDS.map(|kind| statistics.of(kind));
        Self {
            sent: all.map(|counts| counts.sent),
            received: all.map(|counts| counts.received),
            expired: all.map(|counts| counts.expired),
            rejected: all.map(|counts| counts.rejected),
            completed: statistics.completed,
        }
    }

    /// Adds those of another thread.
    pub fn plus(mut self, other: Self) -> Self {
        let lists = [
            (&mut self.sent, other.sent),
            (&mut self.received, other.received),
            (&mut self.expired, other.expired),
            (&mut self.rejected, other.rejected),
        ];
        for (mine, theirs) in lists {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        self.completed += other.completed;
        self
    }
}
