//! Gives a session a socket and the clock.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use net::{Batch, Outgoing, Via};

use super::counts::Glance;
use super::endpoint::Line;
use super::outbox::Outbox;
use super::plan::{Part, Plan};
use super::session::{Next, Session};

/// Queries that are sent, and answers that are received, with one system call.
pub const BATCH: usize = 64;
/// Batches received at a time.
const BATCHES: usize = 4;
/// The longest answer that is read whole.
const LARGEST: usize = 4096;
/// The longest time between two looks at what the test is to do.
const ATTENTION: Duration = Duration::from_millis(20);
/// How long a full socket is waited for before a query counts as not sent.
const FULL: Duration = Duration::from_millis(5);
/// How often a query is tried that could not be sent for a passing reason.
const TRIES: u32 = 4;
/// Queries refused in a row, after which the test ends.
const REFUSALS: u32 = 1000;

/// What the threads of a test are to do.
#[derive(Debug, Default)]
pub struct Phase(AtomicU8);

impl Phase {
    /// Begin what is due.
    pub const RUN: u8 = 0;
    /// Begin nothing more, and end what is under way.
    pub const DRAIN: u8 = 1;
    /// End now.
    pub const STOP: u8 = 2;

    /// Changes what is to be done; never back.
    pub fn set(&self, phase: u8) {
        self.0.fetch_max(phase, Ordering::Relaxed);
    }

    /// What is to be done.
    pub fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What all threads of a test share.
#[derive(Debug)]
pub struct Shared {
    /// The sessions, one a thread; an answer may arrive at another thread's socket.
    pub sessions: Vec<Mutex<Session>>,
    /// What the test is.
    pub plan: Arc<Plan>,
    /// What is to be done.
    pub phase: Phase,
    /// When the test began.
    pub start: Instant,
    /// Where queries go.
    pub server: SocketAddr,
    /// The interface by which queries leave if the server's address is of link scope.
    pub ifindex: u32,
    /// A quick look at each session's figures.
    pub glances: Vec<Mutex<Glance>>,
}

impl Shared {
    /// Nanoseconds since the test began.
    pub fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// The figures of all sessions at a glance.
    pub fn glance(&self) -> Glance {
        self.glances.iter().map(|glance| *lock(glance)).fold(Glance::default(), Glance::plus)
    }
}

/// A thread of a test.
#[derive(Debug)]
pub struct Worker<'a> {
    shared: &'a Shared,
    line: &'a Line,
    part: Part,
    batch: Batch,
    outbox: Outbox,
    refused: u32,
}

impl<'a> Worker<'a> {
    /// Makes a worker for a part of the test; `line` is bound to where answers come.
    pub fn new(shared: &'a Shared, line: &'a Line, part: Part) -> Self {
        Self { shared, line, part, batch: Batch::new(BATCH, LARGEST), outbox: Outbox::default(), refused: 0 }
    }

    /// Runs the part until its end.
    ///
    /// # Errors
    /// If the socket fails, or takes nothing for long.
    pub fn run(mut self) -> io::Result<()> {
        loop {
            let phase = self.shared.phase.get();
            if phase >= Phase::STOP {
                return Ok(());
            }
            let (next, now) = self.send_due(phase == Phase::RUN)?;
            let got = self.receive()?;
            // Answers may come to this socket as long as anybody waits for one.
            if next == Next::Done && self.all_are_done() {
                return Ok(());
            }
            let pause = match next {
                Next::Now => Duration::ZERO,
                Next::At(at) => Duration::from_nanos(at.saturating_sub(now)).min(ATTENTION),
                Next::Done => ATTENTION,
            };
            if got == 0 && !pause.is_zero() {
                self.line.wait(pause)?;
            }
        }
    }

    fn send_due(&mut self, begin: bool) -> io::Result<(Next, u64)> {
        let now = self.shared.now();
        self.outbox.clear();
        let next = match self.session(self.part.number) {
            Some(mut session) => {
                let next = session.tick(now, begin, BATCH, &mut self.outbox);
                self.look(&session);
                next
            }
            None => Next::Done,
        };
        self.flush()?;
        Ok((next, now))
    }

    fn receive(&mut self) -> io::Result<usize> {
        let line = self.line;
        let mut got = 0;
        for socket in line.speaks.iter().chain([&line.hears]) {
            // More than one full batch, so that whoever sends as fast as it can hears as fast, too.
            for _ in 0..BATCHES {
                let count = socket.recv_batch(&mut self.batch)?;
                if count > 0 {
                    got += count;
                    self.hand_over();
                    self.flush()?;
                }
                if count < BATCH {
                    break;
                }
            }
        }
        Ok(got)
    }

    /// Hands what arrived to the sessions it is for; their next queries are in the outbox then.
    fn hand_over(&mut self) {
        let now = self.shared.now();
        self.outbox.clear();
        let mut held: Option<(u32, MutexGuard<'_, Session>)> = None;
        for datagram in self.batch.iter() {
            let owner = self.owner_of(datagram.octets);
            if held.as_ref().is_none_or(|(number, _)| *number != owner) {
                drop(held.take());
                held = self.session(owner).map(|session| (owner, session));
            }
            if let Some((_, session)) = &mut held {
                session.receive(datagram.octets, now, &mut self.outbox);
            }
        }
    }

    /// Sends what is in the outbox, and tells the sessions what was not taken.
    fn flush(&mut self) -> io::Result<()> {
        if self.outbox.is_empty() {
            return Ok(());
        }
        let (to, ifindex) = (self.shared.server, self.shared.ifindex);
        let letter = |octets| Outgoing { octets, to, source: None, ifindex, via: Via::Route };
        let socket = self.line.sender();
        let in_pieces = self.shared.plan.in_pieces;
        if in_pieces && self.outbox.runs().all(|(octets, size)| socket.send_in_one_piece(&letter(octets), size).is_ok())
        {
            return Ok(());
        }
        let outgoing: Vec<Outgoing<'_>> = self.outbox.iter().map(|(_, octets)| letter(octets)).collect();
        let (mut done, mut tries) = (0, 0);
        while let Some(rest) = outgoing.get(done..).filter(|rest| !rest.is_empty()) {
            match socket.send_some(rest) {
                Ok(sent) => (done, tries, self.refused) = (done + sent, 0, 0),
                // Either there is no room, or this is the echo of an earlier query that reached nobody.
                Err(error) if tries < TRIES && is_passing(&error) => {
                    tries += 1;
                    if error.kind() == io::ErrorKind::WouldBlock {
                        socket.wait(FULL, true)?;
                    }
                }
                Err(error) => {
                    self.give_back(done);
                    self.refused += 1;
                    if self.refused > REFUSALS {
                        return Err(error);
                    }
                    (done, tries) = (done + 1, 0);
                }
            }
        }
        Ok(())
    }

    fn give_back(&self, number: usize) {
        let Some((letter, _)) = self.outbox.iter().nth(number) else { return };
        if let Some(mut session) = self.session(self.part.owner(letter.transaction)) {
            session.unsent(letter.transaction, letter.kind, letter.again);
        }
    }

    /// Reads off an answer whose it is; anything unreadable is the reader's own.
    fn owner_of(&self, octets: &[u8]) -> u32 {
        if self.part.of == 1 {
            return 0;
        }
        let transaction = self.shared.plan.setup.transaction(octets);
        let owner = transaction.map_or(self.part.number, |transaction| self.part.owner(transaction));
        if owner < self.part.of { owner } else { self.part.number }
    }

    fn session(&self, number: u32) -> Option<MutexGuard<'a, Session>> {
        self.shared.sessions.get(usize::try_from(number).ok()?).map(lock)
    }

    fn look(&self, session: &Session) {
        if let Some(glance) = usize::try_from(self.part.number).ok().and_then(|number| self.shared.glances.get(number))
        {
            *lock(glance) = Glance::of(&session.statistics);
        }
    }

    fn all_are_done(&self) -> bool {
        self.shared.sessions.iter().all(|session| {
            let session = lock(session);
            session.open() == 0 && (session.is_exhausted() || self.shared.phase.get() != Phase::RUN)
        })
    }
}

fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused)
}

/// A thread that panicked is reported when it is joined; its figures are still worth reading.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
