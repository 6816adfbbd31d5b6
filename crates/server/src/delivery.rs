//! The way out: replies leave, and events are told, once what they say is true.
//!
//! A reply that speaks of stored leases waits until their rows are durable. It waits here, not in a thread: the journal's
//! thread sends whatever its last write has made true. Every journal has an [`Outbox`] of its own, because tickets of
//! one mean nothing to another.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use engine::{Count, Decision, Event};
use hashbrown::HashMap;
use logging::Logs;
use model::{Family, Message};
use net::{LinkAddress, Outgoing, Role, Socket, Via};
use store::{Fate, Progress, Queue, Ticket};

use crate::dialect::Dialect;
use crate::records::Recorder;
use crate::statistics::Statistics;
use crate::storage::message;

/// The most replies that wait for the disk; beyond that the oldest is dropped, as its client has long asked again.
const HELD_LIMIT: usize = 65_536;

/// Sends replies, logs and counts.
#[derive(Debug)]
pub struct Delivery {
    family: Family,
    logs: Logs,
    statistics: Arc<Statistics>,
    /// All messages by their identifiers, to be found without a search.
    catalogue: HashMap<&'static str, &'static Message>,
    /// Records who was answered; `None` if nobody wants to know.
    recorder: Mutex<Option<Recorder>>,
}

/// Replies that wait until a journal has written what they say.
#[derive(Debug)]
pub struct Outbox {
    queue: Arc<Queue>,
    held: Mutex<VecDeque<(Ticket, Parcel)>>,
    failing: Mutex<bool>,
}

impl Outbox {
    /// Makes an empty one for the journal of `queue`.
    pub fn new(queue: Arc<Queue>) -> Self {
        Self { queue, held: Mutex::default(), failing: Mutex::default() }
    }

    /// Keeps a reply until its rows are durable. Call [`Delivery::release`] after the last of a batch.
    pub fn hold(&self, ticket: Ticket, parcel: Parcel) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= HELD_LIMIT {
            held.pop_front();
        }
        held.push_back((ticket, parcel));
    }

    /// Takes out what has become durable, and counts what has failed.
    fn take_settled(&self) -> (Vec<Parcel>, i64) {
        let (mut durable, mut failed) = (Vec::new(), 0_i64);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((ticket, _)) = held.front() {
            match self.queue.fate(*ticket) {
                Fate::Pending => break,
                Fate::Durable => durable.extend(held.pop_front().map(|(_, parcel)| parcel)),
                Fate::Failed(_) => {
                    held.pop_front();
                    failed = failed.saturating_add(1);
                }
            }
        }
        (durable, failed)
    }
}

/// What is to be sent and told of one exchange.
#[derive(Debug)]
pub struct Parcel {
    /// The exchange.
    pub decision: Decision,
    /// The way to its client.
    pub route: Route,
}

/// What is to be sent, and what it has to wait for; `None` if for nothing.
pub type Answer = (Option<Ticket>, Parcel);

/// The way back to a client.
#[derive(Debug, Clone)]
pub struct Route {
    /// The socket the reply leaves by.
    pub socket: Arc<Socket>,
    /// The address the reply comes from.
    pub source: IpAddr,
    /// The interface it leaves by.
    pub ifindex: u32,
    /// The machine on the link it came from, if the socket is a raw one.
    pub machine: LinkAddress,
    /// The port every reply goes to, if not the usual one.
    pub client_port: Option<u16>,
    /// The system's routes choose where a DHCPv4 reply by UDP leaves.
    pub use_routing: bool,
    /// The address the query came from, if every reply is to go there.
    pub to_source: Option<IpAddr>,
}

impl Route {
    /// Says how a reply leaves. A raw socket neither routes nor asks who has an address.
    ///
    /// Kea: the reply goes to the machine the query came from, client or router, whatever hardware address the client
    /// says it has; to all if a client on the link wants that, even where the IP address is the client's own.
    fn via(&self, reply: &[u8]) -> Via {
        match self.socket.role() {
            Role::Raw if is_for_everybody(reply) => Via::Link(LinkAddress::BROADCAST),
            Role::Raw => Via::Link(self.machine),
            Role::Unicast if self.source.is_ipv4() && !self.use_routing => Via::Interface,
            Role::Unicast | Role::LinkLocal | Role::Group | Role::Channel => Via::Route,
        }
    }
}

/// Says whether a DHCPv4 message for no relay has the broadcast flag (RFC 2131 §2).
fn is_for_everybody(message: &[u8]) -> bool {
    let is_relayed = message.get(24..28).is_some_and(|giaddr| giaddr.iter().any(|octet| *octet != 0));
    !is_relayed && message.get(10).is_some_and(|flags| flags & 0x80 != 0)
}

/// Room for what a small batch counts.
const COUNTS: usize = 128;
/// Room for the replies of a batch.
const TOGETHER: usize = 32;

impl Delivery {
    /// Makes an outlet of a daemon of `family` that logs and counts there.
    pub fn new(family: Family, logs: Logs, statistics: Arc<Statistics>) -> Self {
        let catalogue = Message::all().map(|message| (message.id, message)).collect();
        Self { family, logs, statistics, catalogue, recorder: Mutex::default() }
    }

    /// Lends the loggers.
    pub const fn logs(&self) -> &Logs {
        &self.logs
    }

    /// Lends the statistics.
    pub const fn statistics(&self) -> &Arc<Statistics> {
        &self.statistics
    }

    /// Says whether debug events of exchanges are worth collecting.
    pub fn traces(&self) -> bool {
        let mut messages = Dialect::of(self.family).traces.iter().filter_map(|id| self.catalogue.get(id));
        messages.any(|message| self.logs.enabled(message))
    }

    /// Logs one line.
    pub fn log(&self, id: &str, text: fmt::Arguments<'_>) {
        self.logs.log(message(id), text);
    }

    /// Sends and tells at once.
    pub fn send<'p>(&self, parcels: impl Iterator<Item = &'p Parcel> + Clone) {
        let mut counts = Vec::with_capacity(COUNTS);
        let mut text = String::new();
        for parcel in parcels.clone() {
            self.tell(&parcel.decision, &mut text, &mut counts);
        }
        self.statistics.count(&counts);
        let records = parcels.clone().filter_map(|parcel| parcel.decision.record.as_deref());
        let mut together = Vec::with_capacity(TOGETHER);
        let mut parcels = parcels.filter_map(Parcel::outgoing).peekable();
        while let Some((socket, outgoing)) = parcels.next() {
            together.push(outgoing);
            if parcels.peek().is_none_or(|(next, _)| !Arc::ptr_eq(socket, next)) {
                self.send_by(socket, &together);
                together.clear();
            }
        }
        self.record(records);
    }

    /// Records in a file who is answered from now on; if a file is written already, it goes on in that.
    ///
    /// # Errors
    /// If there can be no thread more.
    pub(crate) fn start_records(&self, path: &Path) -> io::Result<()> {
        let mut recorder = self.recorder();
        if recorder.is_none() {
            *recorder = Some(Recorder::start(path, &self.logs)?);
        }
        Ok(())
    }

    /// Waits until all records are written.
    pub(crate) fn finish_records(&self) {
        let recorder = self.recorder().take();
        if let Some(recorder) = recorder {
            recorder.finish();
        }
    }

    fn record<'p>(&self, records: impl Iterator<Item = &'p str>) {
        let mut records = records.peekable();
        if records.peek().is_some()
            && let Some(recorder) = &mut *self.recorder()
        {
            records.for_each(|record| recorder.record(record.into()));
        }
    }

    fn recorder(&self) -> MutexGuard<'_, Option<Recorder>> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what has become durable and drops what has failed.
    pub fn release(&self, outbox: &Outbox) {
        let (durable, failed) = outbox.take_settled();
        self.send(durable.iter());
        if failed > 0 {
            self.statistics.count(&[Count::Global(Dialect::of(self.family).dropped, failed)]);
        }
    }

    /// Hears of the journal's progress, on the journal's thread.
    pub(crate) fn journal_moved(&self, progress: &Progress, outbox: &Outbox) {
        {
            let mut failing = outbox.failing.lock().unwrap_or_else(PoisonError::into_inner);
            match &progress.error {
                Some(error) if !*failing => {
                    *failing = true;
                    self.log(
                        "NESTOR_LEASE_FILE_FAILED",
                        format_args!(
                            "{error}; {}: no lease is acknowledged until it can be written, which is tried again by itself",
                            error.advice()
                        ),
                    );
                }
                None if *failing => {
                    *failing = false;
                    self.log(
                        "NESTOR_LEASE_FILE_RECOVERED",
                        format_args!("the lease file is written again, all leases are in it"),
                    );
                }
                Some(_) | None => {}
            }
        }
        self.release(outbox);
    }

    /// Logs and counts what needs no reply.
    pub fn tell_all(&self, decision: &Decision) {
        let mut counts = Vec::new();
        self.tell(decision, &mut String::new(), &mut counts);
        self.statistics.count(&counts);
    }

    /// Logs the events of a decision and collects what they count.
    fn tell(&self, decision: &Decision, text: &mut String, counts: &mut Vec<Count>) {
        for event in &decision.events {
            event.counts(self.family, &mut |count| counts.push(count));
            self.tell_one(event, decision, text);
        }
    }

    fn tell_one(&self, event: &Event, decision: &Decision, text: &mut String) {
        for id in event.messages(self.family) {
            let Some(message) = self.catalogue.get(id) else { continue };
            if self.logs.enabled(message) {
                text.clear();
                let _infallible = event.write(id, &decision.label, text);
                self.logs.log(message, format_args!("{text}"));
            }
        }
    }

    fn send_by(&self, socket: &Socket, outgoing: &[Outgoing<'_>]) {
        socket.send_batch(outgoing, |failed, error| {
            let words = Dialect::of(self.family);
            let id = if socket.role() == Role::Channel { words.hand_over_failed } else { words.send_failed };
            self.log(id, format_args!("failed to send {} packet to {}: {error}", words.protocol, failed.to));
        });
    }
}

impl Parcel {
    /// Gives what is to be sent, and by which socket; `None` for silence.
    fn outgoing(&self) -> Option<(&Arc<Socket>, Outgoing<'_>)> {
        let reply = self.decision.reply.as_ref()?;
        let mut to: SocketAddr = reply.to;
        if let Some(source) = self.route.to_source {
            to.set_ip(source);
        }
        if let Some(port) = self.route.client_port {
            to.set_port(port);
        }
        let Route { source, ifindex, .. } = self.route;
        let (octets, via) = (&reply.octets, self.route.via(&reply.octets));
        Some((&self.route.socket, Outgoing { octets, to, source: Some(source), ifindex, via }))
    }
}
