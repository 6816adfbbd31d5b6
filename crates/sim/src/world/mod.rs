//! A world in one thread: clients, relays, a network that drops, repeats and reorders, a server that is killed, and a
//! disk that forgets what was not synced. One seed decides everything; time jumps to the next event.
//!
//! After every step the [`ledger`] checks what must always hold: no resource is acknowledged to two owners at once,
//! nothing is acknowledged before it is stored, a restart serves the same leases, statistics equal a recount.

mod client;
pub mod ledger;
mod service;
mod v4;
mod v6;

use std::collections::BTreeMap;

use engine::Reply;
use model::{Family, UnixTime};
use store::Ticket;

pub use ledger::{Ledger, Violation};
pub use service::Service;

use crate::backend::EPOCH;
use crate::packet::{Heard, Sent, reply};
use crate::random::Random;
use client::Client;

/// What a world is made of.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Whose clients they are.
    pub family: Family,
    /// Decides everything.
    pub seed: u64,
    /// How many events happen.
    pub steps: u64,
    /// How many clients there are.
    pub clients: usize,
    /// Whether statistics are held against a recount after every event.
    pub recount: bool,
}

/// What a run showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// A number made of every event: two runs of one seed give the same.
    pub trace: u64,
    /// Packets the server dealt with.
    pub handled: u64,
    /// Resources acknowledged in replies that left the server.
    pub acknowledged: u64,
    /// How often the server was killed or lost power.
    pub restarts: u64,
}

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Act { client: usize },
    Arrive { sent: Sent },
    Hear { client: usize, octets: Vec<u8> },
    Sync,
    Stop { power_cut: bool },
    Reclaim,
}

impl Event {
    /// Tells the event in the words of the scenario language.
    fn told(&self, family: Family) -> String {
        let words = |octets: &[u8]| {
            let heard = Heard { octets: octets.to_vec(), delivery: Vec::new() };
            reply(&heard, &Sent::empty(family), &[]).join(" ")
        };
        match self {
            Self::Act { client } => format!("client {client} makes up its mind"),
            Self::Arrive { sent } => format!("the server hears {}", words(&sent.octets)),
            Self::Hear { client, octets } => format!("client {client} hears {}", words(octets)),
            Self::Sync => "the journal writes".to_owned(),
            Self::Stop { power_cut } => {
                format!("the server is killed{}", if *power_cut { ", the power cut" } else { "" })
            }
            Self::Reclaim => "ended leases are taken back".to_owned(),
        }
    }
}

/// A reply that waits for the disk.
#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    reply: Reply,
    client: usize,
    grants: Vec<ledger::Grant>,
}

/// A world.
#[derive(Debug)]
pub struct World<S> {
    service: S,
    plan: Plan,
    random: Random,
    clients: Vec<Client>,
    now_ms: u64,
    number: u64,
    events: BTreeMap<(u64, u64), Event>,
    waiting: Vec<Waiting>,
    ledger: Ledger,
    report: Report,
}

/// So many packets in a hundred are lost on each way, and as many arrive twice.
const LOST: usize = 6;
/// How long a packet may be on its way.
const DELAY_MS: usize = 2_500;

impl<S: Service> World<S> {
    /// Builds a world around a server.
    pub fn new(service: S, plan: Plan) -> Self {
        let mut world = Self {
            service,
            plan,
            random: Random::new(plan.seed),
            clients: (0..plan.clients).map(|number| Client::new(plan.family, number)).collect(),
            now_ms: 0,
            number: 0,
            events: BTreeMap::new(),
            waiting: Vec::new(),
            ledger: Ledger::default(),
            report: Report { trace: plan.seed, handled: 0, acknowledged: 0, restarts: 0 },
        };
        for client in 0..plan.clients {
            let at = world.delay(20_000);
            world.plan_event(at, Event::Act { client });
        }
        for (within, event) in [(100_000, Event::Stop { power_cut: true }), (15_000, Event::Reclaim)] {
            let at = world.delay(within);
            world.plan_event(at, event);
        }
        world
    }

    /// Lets the planned number of events happen.
    ///
    /// # Errors
    /// The first [`Violation`].
    pub fn run(mut self) -> Result<Report, Violation> {
        for _ in 0..self.plan.steps {
            let Some(((at, _), event)) = self.events.pop_first() else {
                break;
            };
            self.now_ms = at;
            let told = format!("{at} ms: {}", event.told(self.plan.family));
            self.report.trace = told
                .bytes()
                .fold(self.report.trace, |sum, octet| (sum ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3));
            self.ledger.note(told);
            self.happen(event)?;
        }
        Ok(self.report)
    }

    fn now(&self) -> UnixTime {
        UnixTime(EPOCH + i64::try_from(self.now_ms / 1000).unwrap_or_default())
    }

    fn delay(&mut self, within_ms: usize) -> u64 {
        self.now_ms + u64::try_from(1 + self.random.below(within_ms)).unwrap_or(1)
    }

    fn plan_event(&mut self, at: u64, event: Event) {
        self.number += 1;
        self.events.insert((at, self.number), event);
    }

    /// Puts a packet on the network: it may be lost, arrive late, or arrive twice.
    fn travel(&mut self, event: impl Fn() -> Event) {
        let copies = match self.random.below(100) {
            chance if chance < LOST => 0,
            chance if chance < 2 * LOST => 2,
            _ => 1,
        };
        for _ in 0..copies {
            let at = self.delay(DELAY_MS);
            self.plan_event(at, event());
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Act { client } => self.act(client),
            Event::Arrive { sent } => self.arrive(&sent)?,
            Event::Hear { client, octets } => {
                if let Some(client) = self.clients.get_mut(client) {
                    client.hear(&octets);
                }
            }
            Event::Sync => self.sync()?,
            Event::Stop { power_cut } => self.stop(power_cut)?,
            Event::Reclaim => {
                self.service.reclaim(self.now()).map_err(|why| self.ledger.violated(why))?;
                let at = self.delay(30_000);
                self.plan_event(at, Event::Reclaim);
            }
        }
        if self.plan.recount { self.ledger.recount(&mut self.service) } else { Ok(()) }
    }

    fn act(&mut self, client: usize) {
        let sent = self.clients.get(client).map(|it| it.act(&mut self.random, &self.service.server_id()));
        if let Some(sent) = sent {
            self.travel(|| Event::Arrive { sent: sent.clone() });
        }
        let at = self.delay(40_000);
        self.plan_event(at, Event::Act { client });
    }

    fn arrive(&mut self, sent: &Sent) -> Result<(), Violation> {
        let now = self.now();
        let (reply, ticket) = self.service.handle(sent, now).map_err(|why| self.ledger.violated(why))?;
        self.report.handled += 1;
        self.ledger.given_back(sent);
        let gone = |grant: &ledger::Grant| ledger::gives_back(sent, grant);
        for waiting in &mut self.waiting {
            waiting.grants.retain(|grant| !gone(grant));
        }
        let at = self.delay(300);
        self.plan_event(at, Event::Sync);
        let Some(reply) = reply else {
            return Ok(());
        };
        let client = sent.client_id.as_deref().and_then(|id| self.clients.iter().position(|it| it.id() == id));
        let (grants, revoked) = ledger::grants(sent, &reply.octets, now);
        self.ledger.revoked(&revoked);
        self.ledger.moved(&grants);
        for waiting in &mut self.waiting {
            waiting.grants.retain(|grant| !ledger::is_moved(grant, &grants));
        }
        if let Some(client) = client {
            self.waiting.push(Waiting { ticket, reply, client, grants });
        }
        Ok(())
    }

    /// Lets the journal write, and lets go the replies whose leases are on disk. Now and then the disk refuses.
    fn sync(&mut self) -> Result<(), Violation> {
        self.service.sync(self.random.chance(5));
        let waiting = std::mem::take(&mut self.waiting);
        let now = self.now();
        for it in waiting {
            if !self.service.is_durable(it.ticket) {
                continue;
            }
            for grant in &it.grants {
                self.ledger.acknowledge(grant, now)?;
                self.report.acknowledged += 1;
            }
            let (client, octets) = (it.client, it.reply.octets);
            self.travel(|| Event::Hear { client, octets: octets.clone() });
        }
        Ok(())
    }

    fn stop(&mut self, power_cut: bool) -> Result<(), Violation> {
        self.waiting.clear();
        self.report.restarts += 1;
        self.service.restart(power_cut).map_err(|why| self.ledger.violated(why))?;
        self.ledger.survived(&self.service, self.now())?;
        let at = self.delay(400_000);
        let power_cut = self.random.chance(50);
        self.plan_event(at, Event::Stop { power_cut });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
