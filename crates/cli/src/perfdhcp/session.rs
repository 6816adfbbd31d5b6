//! The clients' side of a test: which query is due, which answer belongs to it, what comes next.
//!
//! No socket, no clock: the caller says how many nanoseconds have passed since the test began, hands in what arrived
//! and sends what it finds in the [`Outbox`].

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;

use model::{Family, Resource};

use super::arguments::Mac;
use super::avalanche::Repeats;
use super::clients::{Clients, Random};
use super::counts::{LONGEST_LIST, Leased, Statistics};
use super::flight::{Bound, Flight, Flights};
use super::holders::Holders;
use super::kind::Kind;
use super::outbox::Outbox;
use super::pace::{Pace, SECOND};
use super::plan::{Part, Plan};
use super::reply::{Reply, Verdict};
use super::setup::Setup;
use super::template::Values;

/// Leases kept for renewals and releases.
const MOST_LEASES: usize = 1 << 20;

/// One thread's part of a test.
#[derive(Debug)]
pub struct Session {
    pub(super) plan: Arc<Plan>,
    part: Part,
    holders: Arc<Holders>,
    clients: Clients,
    pub(super) random: Random,
    pub(super) flights: Flights,
    pub(super) repeats: Repeats,
    leases: VecDeque<Box<Bound>>,
    paces: Paces,
    /// Progress towards the next exchange of the mix: renewals, rebindings, releases.
    shares: [u32; 3],
    sequence: u32,
    begun: [u64; 2],
    reply: Reply,
    /// What was counted.
    pub statistics: Statistics,
}

#[derive(Debug)]
struct Paces {
    initial: Pace,
    renew: Pace,
    release: Pace,
}

/// What a session wants to happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// More is due now than the outbox had room for.
    Now,
    /// Nothing is due before this moment, in nanoseconds since the test began.
    At(u64),
    /// Nothing more is begun, and nothing is waited for.
    Done,
}

impl Session {
    /// Begins a part of a test.
    pub fn new(plan: Arc<Plan>, part: Part, holders: Arc<Holders>) -> Self {
        let clients = Clients::new(plan.base, plan.macs.clone(), plan.clients, plan.clients_at_random)
            .every(part.of.into(), part.number.into());
        let mut random = Random::new(plan.seed.wrapping_add(part.number.into()));
        let pace = |rate: u32, head_start: u32| {
            // A part of so many thousandths, so that all parts together keep the rate exactly.
            Pace::new(part.share(u64::from(rate) * 1000), part.share(head_start.into()))
        };
        let paces = Paces {
            initial: pace(plan.rate, plan.preload),
            renew: pace(plan.renew_rate, 0),
            release: pace(plan.release_rate, 0),
        };
        // A random start keeps the answers to an earlier test from being taken for those to this one.
        let sequence = u32::try_from(random.draw() & 0x00ff_ffff).unwrap_or(0);
        Self {
            clients,
            random,
            flights: Flights::new(part.bits()),
            repeats: Repeats::default(),
            leases: VecDeque::new(),
            paces,
            shares: [0; 3],
            sequence,
            begun: [0; 2],
            reply: Reply::default(),
            statistics: Statistics::default(),
            holders,
            part,
            plan,
        }
    }

    /// Begins what is due and gives up what waited too long; `room` is how many queries the outbox may hold.
    ///
    /// With `begin` off, nothing new is begun: the test is at its end.
    pub fn tick(&mut self, now: u64, begin: bool, room: usize, out: &mut Outbox) -> Next {
        self.expire(now);
        if self.plan.avalanche {
            self.repeat(now, room, out);
        }
        let begin = begin && self.plan.period.is_none_or(|period| now < period) && !self.is_exhausted();
        while begin && out.len() < room && self.begin_one(now, out) {}
        // A closed loop that falls behind its rate waits for the server, not for this program.
        if self.plan.in_flight.is_none() {
            self.statistics.skipped = self.paces.initial.skipped();
        }
        if out.len() >= room {
            return Next::Now;
        }
        self.next(begin && !self.is_exhausted())
    }

    /// Takes in a datagram; the next query of its transaction goes to the outbox.
    pub fn receive(&mut self, octets: &[u8], now: u64, out: &mut Outbox) {
        let mut reply = std::mem::take(&mut self.reply);
        if self.plan.setup.read(octets, &mut reply).is_ok() {
            self.heard(now);
            self.take_in(&reply, now, out);
        } else {
            self.statistics.malformed += 1;
        }
        self.reply = reply;
    }

    fn heard(&mut self, now: u64) {
        let statistics = &mut self.statistics;
        if statistics.last > 0 {
            statistics.silence = statistics.silence.max(now.saturating_sub(statistics.last));
        }
        statistics.last = statistics.last.max(now);
    }

    /// Takes back a query the system did not take.
    pub fn unsent(&mut self, transaction: u32, kind: Kind, again: bool) {
        let counts = self.statistics.of_mut(kind);
        counts.unsent += 1;
        if again {
            counts.resent = counts.resent.saturating_sub(1);
            return;
        }
        counts.sent = counts.sent.saturating_sub(1);
        if self.plan.avalanche {
            // It stays on its way and is sent again when its time comes.
            return;
        }
        if let Some(Flight { bound: Some(bound), .. }) = self.flights.take(transaction) {
            self.keep(bound);
        }
    }

    /// Counts the transactions that are open.
    pub fn open(&self) -> usize {
        self.flights.len()
    }

    /// Tells whether as many exchanges were begun as were asked for.
    pub fn is_exhausted(&self) -> bool {
        let reached =
            |(limit, begun): (&Option<u64>, &u64)| limit.is_some_and(|limit| *begun >= self.part.share(limit));
        self.plan.requests.iter().zip(&self.begun).any(reached)
    }

    fn next(&self, begin: bool) -> Next {
        let lost = [0, 1].map(|class| {
            if self.plan.avalanche {
                return u64::MAX;
            }
            let patience = self.plan.patience.get(class).copied().unwrap_or(SECOND);
            self.flights.oldest(class).map_or(u64::MAX, |sent| sent.saturating_add(patience))
        });
        let waits = lost.into_iter().min().unwrap_or(u64::MAX).min(self.repeats.next().unwrap_or(u64::MAX));
        if !begin {
            return if self.flights.is_empty() { Next::Done } else { Next::At(waits) };
        }
        let full = self.plan.in_flight.is_some_and(|most| self.flights.len() >= self.room_of(most));
        let mut next = if full { u64::MAX } else { self.paces.initial.next() };
        for (rate, pace) in [(self.plan.renew_rate, &self.paces.renew), (self.plan.release_rate, &self.paces.release)] {
            // Without a lease nothing can be due; an answer brings one, and then this is asked again.
            if rate > 0 && !self.leases.is_empty() {
                next = next.min(pace.next());
            }
        }
        Next::At(next.min(waits))
    }

    fn room_of(&self, most: u32) -> usize {
        usize::try_from(self.part.share(most.into()).max(1)).unwrap_or(usize::MAX)
    }

    /// Begins one exchange if one is due; returns whether it did.
    fn begin_one(&mut self, now: u64, out: &mut Outbox) -> bool {
        let by_rate = [(Kind::Renew, self.plan.renew_rate), (Kind::Release, self.plan.release_rate)];
        for (kind, rate) in by_rate {
            let pace = if kind == Kind::Renew { &mut self.paces.renew } else { &mut self.paces.release };
            if rate > 0 && pace.is_due(now) && !self.leases.is_empty() {
                pace.start();
                return self.begin_with_lease(kind, now, out);
            }
        }
        let full = self.plan.in_flight.is_some_and(|most| self.flights.len() >= self.room_of(most));
        if full || self.is_exhausted() || !self.paces.initial.is_due(now) {
            return false;
        }
        self.paces.initial.start();
        if let Some(kind) = self.of_the_mix() {
            return self.begin_with_lease(kind, now, out);
        }
        let [begun, _] = &mut self.begun;
        *begun += 1;
        let client = self.clients.next(&mut self.random);
        let transaction = self.transaction();
        let flight =
            Flight { transaction, kind: Kind::Initial, client, sent: now, repeated: 0, bound: None, server: 0 };
        self.send(flight, out);
        true
    }

    /// Says which exchange with a lease is next, if it is one's turn and there is a lease.
    fn of_the_mix(&mut self) -> Option<Kind> {
        let mix = self.plan.mix;
        if self.leases.is_empty() {
            return None;
        }
        let turns = [(Kind::Renew, mix.renew), (Kind::Rebind, mix.rebind), (Kind::Release, mix.release)];
        let mut chosen = None;
        for ((kind, share), turn) in turns.into_iter().zip(&mut self.shares) {
            *turn += u32::from(share);
            if *turn >= 100 && chosen.is_none() {
                *turn -= 100;
                chosen = Some(kind);
            }
        }
        chosen
    }

    fn begin_with_lease(&mut self, kind: Kind, now: u64, out: &mut Outbox) -> bool {
        let Some(bound) = self.leases.pop_front() else { return false };
        let transaction = self.transaction();
        if kind == Kind::Release {
            bound.resources.iter().flatten().for_each(|resource| self.holders.release(*resource));
        }
        let client = bound.client;
        let flight = Flight { transaction, kind, client, sent: now, repeated: 0, bound: Some(bound), server: 0 };
        self.send(flight, out);
        true
    }

    /// Writes a query and waits for its answer, if there will be one.
    fn send(&mut self, flight: Flight, out: &mut Outbox) {
        self.statistics.of_mut(flight.kind).sent += 1;
        self.write(&flight, false, out);
        if !flight.kind.is_answered(self.plan.setup.family) {
            return;
        }
        if self.plan.avalanche {
            self.repeats.plan(&flight, &mut self.random);
        }
        if let Some(lost) = self.flights.insert(flight) {
            self.give_up(lost);
        }
    }

    pub(super) fn write(&mut self, flight: &Flight, again: bool, out: &mut Outbox) {
        let plan = Arc::clone(&self.plan);
        let Some(template) = plan.template(flight.kind) else { return };
        let bound = flight.bound.as_deref();
        let values = Values {
            transaction: flight.transaction,
            identity: self.clients.identity(flight.client),
            relay: self.relay(bound.map_or(flight.transaction, |bound| bound.origin)),
            address: bound.map(|bound| bound.address).unwrap_or_default(),
            elapsed: self.elapsed(flight),
            server: bound.map_or(&[], |bound| &bound.server),
            lease: bound.map_or(&[], |bound| &bound.lease),
        };
        out.push(flight.transaction, flight.kind, again, |octets| template.fill(&values, octets));
    }

    /// The relay a query goes through: always the same for the transaction it has to do with.
    fn relay(&self, transaction: u32) -> Option<IpAddr> {
        let mut random = Random::new(self.plan.seed ^ u64::from(transaction));
        let count = u64::try_from(self.plan.relays.len()).ok().filter(|count| *count > 0)?;
        self.plan.relays.get(usize::try_from(random.below(count)).ok()?).copied()
    }

    /// How long a client says it has been trying: seconds in DHCPv4, hundredths in DHCPv6.
    fn elapsed(&self, flight: &Flight) -> u16 {
        let unit = if self.plan.setup.family == Family::V4 { 1 } else { 100 };
        match self.plan.late {
            Some((from, until)) if flight.kind == Kind::Initial && (from..until).contains(&flight.sent) => {
                let seconds = (flight.sent - from) / SECOND + 1;
                u16::try_from(seconds * unit).unwrap_or(u16::MAX)
            }
            Some(_) | None => 0,
        }
    }

    fn transaction(&mut self) -> u32 {
        self.sequence = self.sequence.wrapping_add(1);
        let transaction = self.sequence << self.part.bits() | self.part.number;
        if self.plan.setup.family == Family::V4 { transaction } else { transaction & 0x00ff_ffff }
    }

    /// Gives up what waited too long. In an avalanche nobody gives up.
    fn expire(&mut self, now: u64) {
        if self.plan.avalanche {
            return;
        }
        for (class, patience) in self.plan.patience.into_iter().enumerate() {
            let Some(until) = now.checked_sub(patience) else { continue };
            while let Some(lost) = self.flights.expire(class, until) {
                self.give_up(lost);
            }
        }
    }

    fn give_up(&mut self, lost: Flight) {
        self.statistics.of_mut(lost.kind).expired += 1;
        // Unanswered, a client keeps what it has.
        if let Some(bound) = lost.bound.filter(|_| lost.kind.needs_lease() && lost.kind != Kind::Release) {
            self.keep(bound);
        }
    }

    fn keep(&mut self, bound: Box<Bound>) {
        if self.plan.uses_leases() && self.leases.len() < MOST_LEASES {
            self.leases.push_back(bound);
        }
    }

    fn take_in(&mut self, reply: &Reply, now: u64, out: &mut Outbox) {
        let expected = self.flights.find(reply.transaction).map(|flight| (flight.kind, flight.client));
        let Some((kind, client)) = expected else {
            let kind = if reply.verdict == Verdict::Offer { Kind::Initial } else { Kind::Request };
            self.statistics.of_mut(kind).orphans += 1;
            return;
        };
        let identity = self.clients.identity(client);
        if self.plan.checks_client && reply.identity.is_some_and(|told| told != identity) {
            self.statistics.of_mut(kind).wrong_client += 1;
            self.statistics.of_mut(kind).orphans += 1;
            return;
        }
        // An offer where a grant is expected is the second server's, or the same one's twice.
        let fits = match reply.verdict {
            Verdict::Offer => kind == Kind::Initial,
            Verdict::Grant => kind != Kind::Initial || self.plan.setup.rapid,
            Verdict::Refusal => true,
            Verdict::Other => false,
        };
        if !fits {
            let counts = self.statistics.of_mut(kind);
            counts.orphans += 1;
            counts.wrong_type += u64::from(reply.verdict == Verdict::Other);
            return;
        }
        let Some(flight) = self.flights.take(reply.transaction) else { return };
        self.count(&flight, reply, identity, now);
        if self.statistics.server.is_none() {
            self.statistics.server = Some(reply.server.clone());
        }
        if reply.verdict == Verdict::Refusal {
            // What a client is refused, another may have.
            let refused = flight.bound.iter().flat_map(|bound| bound.resources.into_iter().flatten());
            refused.for_each(|resource| self.holders.release(resource));
            return;
        }
        match kind {
            Kind::Initial => self.offered(&flight, reply, now, out),
            Kind::Request | Kind::Renew | Kind::Rebind => self.granted(flight, reply),
            Kind::Release => {}
        }
    }

    /// Counts an answer and checks what it says.
    fn count(&mut self, flight: &Flight, reply: &Reply, identity: Mac, now: u64) {
        let kind = flight.kind;
        let grants = reply.verdict == Verdict::Grant && kind != Kind::Release;
        let mut doubled = 0;
        for told in reply.told.iter().flatten() {
            let taken = if grants {
                self.holders.grant(*told, identity, now)
            } else {
                self.plan.unique_offers && self.holders.is_taken(*told, identity, now)
            };
            doubled += u64::from(taken);
        }
        let other = flight.server != 0 && digest(&reply.server) != flight.server;
        let done = kind == self.plan.last_kind() && reply.verdict != Verdict::Refusal;
        let (keeps_times, keeps_leases) = (self.plan.keeps_times, self.plan.keeps_leases);
        let counts = self.statistics.of_mut(kind);
        counts.received += 1;
        counts.rejected += u64::from(reply.verdict == Verdict::Refusal);
        counts.not_unique += doubled;
        counts.wrong_server += u64::from(reply.server.is_empty() || other);
        counts.delays.record(now.saturating_sub(flight.sent));
        self.statistics.completed += u64::from(done);
        if let Some(list) = self.statistics.times.get_mut(kind.index()).filter(|_| keeps_times)
            && list.len() < LONGEST_LIST
        {
            list.push((flight.sent, now));
        }
        if let Some(list) = self.statistics.leases.get_mut(kind.index()).filter(|_| keeps_leases)
            && list.len() < LONGEST_LIST
        {
            list.push(leased(&self.plan.setup, identity, reply));
        }
    }

    /// Takes up an offer, unless that was all that was wanted.
    fn offered(&mut self, flight: &Flight, reply: &Reply, now: u64, out: &mut Outbox) {
        if self.plan.initial_only {
            return;
        }
        let [_, begun] = &mut self.begun;
        *begun += 1;
        let server = match (&self.statistics.server, self.plan.first_server) {
            (Some(first), true) => first.clone().into(),
            _ => reply.server.as_slice().into(),
        };
        let lease = reply.lease.as_slice().into();
        let bound = Bound { client: flight.client, server, lease, origin: flight.transaction, ..Bound::default() };
        let server = digest(&bound.server);
        let request = Flight {
            transaction: flight.transaction,
            kind: Kind::Request,
            client: flight.client,
            sent: now,
            repeated: 0,
            bound: Some(Box::new(bound)),
            server,
        };
        self.send(request, out);
    }

    /// Keeps a lease for later exchanges.
    fn granted(&mut self, flight: Flight, reply: &Reply) {
        if !self.plan.uses_leases() {
            return;
        }
        let mut bound = flight.bound.unwrap_or_default();
        bound.client = flight.client;
        if bound.lease.as_ref() != reply.lease {
            bound.lease = reply.lease.as_slice().into();
        }
        if bound.server.as_ref() != reply.server && !self.plan.first_server {
            bound.server = reply.server.as_slice().into();
        }
        bound.resources = reply.told.map(|told| told.map(|told| told.resource));
        if let [Some(Resource::V4(address)), _] = bound.resources {
            bound.address = address.octets();
        }
        self.keep(bound);
    }
}

/// A digest of a server's identifier, never zero (FNV-1a).
fn digest(octets: &[u8]) -> u64 {
    let step = |hash: u64, octet: &u8| (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    octets.iter().fold(0xcbf2_9ce4_8422_2325, step) | 1
}

/// A line of the list of leases.
fn leased(setup: &Setup, identity: Mac, reply: &Reply) -> Leased {
    let mut client = vec![1];
    if setup.family == Family::V6 {
        setup.duid.clone_into(&mut client);
        client.truncate(client.len().saturating_sub(6));
    }
    client.extend(identity);
    let mut leased = Leased { client, address: None, prefix: None };
    for told in reply.told.iter().flatten() {
        match told.resource {
            Resource::V4(address) => leased.address = Some(address.into()),
            Resource::V6(address) => leased.address = Some(address.into()),
            Resource::Prefix(address, _) => leased.prefix = Some(address.into()),
        }
    }
    leased
}

#[cfg(test)]
mod tests;
