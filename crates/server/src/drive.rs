//! The packet road: receive a batch, decide each, store, hand over to delivery.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use engine::{Count, Datagram, Decision, Facts, MessageType, Missing};
use hooks::limits::Rates;
use hooks::user_chk::Registry;
use model::users::Users;
use model::{Family, Model, PoolKey, Resource, UnixTime};
use net::{Batch, Poller, Role, Socket};
use store::{CommitError, Ticket};
use wire::v6;

use crate::aside::{Informed, Known, Packet, ROUNDS, Seen};
use crate::backlog::{Backlog, begins};
use crate::delivery::{Answer, Parcel, Route};
use crate::dialect::Dialect;
use crate::server::{Running, Server};
use crate::{ping, sockets};

/// Datagrams received with one system call.
const BATCH: usize = 32;
/// The largest datagram UDP carries, in octets.
const DATAGRAM: usize = 65_535;
/// With so many datagrams in a batch it is worth looking for more before asking which sockets have any.
const BUSY: usize = 4;
/// So often at most, so that no socket waits for long while others are busy.
const BUSY_ROUNDS: usize = 16;
/// After so many full batches on end more comes in than can be decided on.
const FLOOD: usize = 32;
/// So many packets are decided on between two looks at the socket while others wait.
const TURN: usize = 64;

/// Serves packets until the server stops. Owns the only thread that decides.
pub fn run(server: &Arc<Server>, mut poller: Poller) {
    let mut tray =
        Tray { batch: Batch::new(BATCH, DATAGRAM), answers: Vec::with_capacity(BATCH), seed: Seed::new(), full: 0 };
    let mut ready = Vec::new();
    let words = Dialect::of(server.family);
    let mut served = server.running();
    poller.set_sockets(served.sockets.clone());
    while !server.is_stopping() {
        if let Err(error) = poller.wait(None, &mut ready) {
            server.delivery.log(words.receive_failed, format_args!("error on attempt to receive packet: {error}"));
            std::thread::sleep(std::time::Duration::from_millis(100));
            continue;
        }
        for _ in 0..BUSY_ROUNDS {
            // Only now: what was waited with may have been replaced meanwhile.
            let running = server.running();
            if !Arc::ptr_eq(&running, &served) {
                poller.set_sockets(running.sockets.clone());
                served = running;
            }
            let mut most = 0;
            for socket in &ready {
                most = most.max(receive(server, &served, socket, &mut tray));
            }
            if most < BUSY || server.is_stopping() {
                break;
            }
        }
    }
}

/// What a thread works with, from batch to batch.
struct Tray {
    batch: Batch,
    answers: Vec<Answer>,
    seed: Seed,
    /// Full batches since the last that was not.
    full: usize,
}

/// Serves one batch of a socket, and says how many datagrams it had.
fn receive(server: &Server, running: &Running, socket: &Arc<Socket>, tray: &mut Tray) -> usize {
    match socket.recv_batch(&mut tray.batch) {
        Ok(0) => {}
        Ok(_) => serve(server, running, socket, tray),
        Err(error) => {
            let text = format_args!("error on attempt to receive packet: {error}");
            server.delivery.log(Dialect::of(server.family).receive_failed, text);
        }
    }
    tray.full = if tray.batch.len() < BATCH { 0 } else { tray.full.saturating_add(1) };
    if tray.full >= FLOOD {
        tray.full = 0;
        weather(server, tray);
    }
    tray.batch.len()
}

/// Serves while more comes in than can be decided on.
fn weather(server: &Server, tray: &mut Tray) {
    let mut backlog = Backlog::new();
    loop {
        let running = server.running();
        for socket in &running.sockets {
            gather(server, socket, tray, &mut backlog);
        }
        let world = World::of(server, &running);
        for packet in std::iter::from_fn(|| backlog.take()).take(TURN) {
            tray.answers.extend(answer(&world, &packet.seen(), Known::NOTHING));
        }
        running.storage.deliver(&mut tray.answers, &server.delivery);
        if backlog.is_empty() || server.is_stopping() || !server.service.is_enabled() {
            return;
        }
    }
}

/// Takes what a socket has into the backlog, as far as it comes faster than it can be taken.
fn gather(server: &Server, socket: &Arc<Socket>, tray: &mut Tray, backlog: &mut Backlog) {
    let Tray { batch, seed, .. } = tray;
    let (at, mut dropped) = (now(), 0_i64);
    for _ in 0..FLOOD {
        let Ok(count) = socket.recv_batch(batch) else { break };
        for datagram in batch.iter() {
            let packet = Packet::of(&Seen { socket, datagram, at, seed: seed.next() }, Known::NOTHING);
            if backlog.put(packet, begins(server.family, datagram.octets)) {
                dropped = dropped.saturating_add(1);
            }
        }
        if count < BATCH {
            break;
        }
    }
    if dropped > 0 {
        let words = Dialect::of(server.family);
        let counts = [words.received, words.crowded, words.dropped].map(|name| Count::Global(name, dropped));
        server.delivery.statistics().count(&counts);
    }
}

fn serve(server: &Server, running: &Running, socket: &Arc<Socket>, tray: &mut Tray) {
    let Tray { batch, answers, seed, .. } = tray;
    if !server.service.is_enabled() {
        let words = Dialect::of(server.family);
        let each = [words.received, words.disabled, words.dropped].map(|name| Count::Global(name, 1));
        batch.iter().for_each(|_| server.delivery.statistics().count(&each));
        return;
    }
    let at = now();
    let world = World::of(server, running);
    for datagram in batch.iter() {
        let seen = Seen { socket, datagram, at, seed: seed.next() };
        answers.extend(answer(&world, &seen, Known::NOTHING));
    }
    running.storage.deliver(answers, &server.delivery);
}

/// Decides again about a packet that was put aside.
pub(crate) fn resume(server: &Server, packet: &Packet) {
    let running = server.running();
    let answer = answer(&World::of(server, &running), &packet.seen(), packet.known.clone());
    running.storage.deliver(&mut answer.into_iter().collect(), &server.delivery);
}

/// What packets are decided in.
struct World<'a> {
    server: &'a Server,
    running: &'a Running,
    served: Vec<Ipv4Addr>,
    /// Who is registered.
    users: Option<Arc<Users>>,
    trace: bool,
}

impl<'a> World<'a> {
    fn of(server: &'a Server, running: &'a Running) -> Self {
        let users = running.registry.as_ref().map(|registry| users(server, registry));
        Self { server, running, served: sockets::served(&running.sockets), users, trace: server.traces() }
    }
}

/// Gives who is registered now, and tells if that can no longer be read.
pub(crate) fn users(server: &Server, registry: &Registry) -> Arc<Users> {
    let (users, error) = registry.users();
    if let Some(error) = error {
        let id = server.family.pick("USER_CHK_SUBNET4_SELECT_ERROR", "USER_CHK_SUBNET6_SELECT_ERROR");
        server.delivery.log(id, format_args!("{error}; whoever was registered before still is"));
    }
    users
}

/// Decides about a packet and stores; nothing is to be sent if the client is not to hear anything yet.
fn answer(world: &World<'_>, seen: &Seen<'_>, mut known: Known) -> Option<Answer> {
    let World { server, running, ref served, ref users, trace } = *world;
    let Seen { socket, datagram, at, seed } = *seen;
    let query = Datagram {
        octets: datagram.octets,
        interface: socket.interface(),
        from: datagram.from,
        to: datagram.to,
        local: local(server, running, socket, &datagram)?,
        served,
        raw: socket.role() == Role::Raw,
        over: None,
        at,
        seed,
        trace,
    };
    for _ in 0..ROUNDS {
        match decide(server, running, &query, (exchange_of(server.family, socket), &known, users.as_deref()))? {
            Ok((decision, ticket)) => {
                let route = route(server, running, (socket, &datagram), &decision);
                return Some((ticket, Parcel { decision, route }));
            }
            Err(Asks { missing: Missing::Presence(probe), stood }) => {
                known.remember(stood);
                known = ping::ask(server, running, seen, known, *probe)?;
            }
            // The store in memory misses nothing.
            Err(_) => return None,
        }
    }
    None
}

/// Gives the server's IPv4 address towards the client; `None`, told and counted, where it has none and needs one.
fn local(server: &Server, running: &Running, socket: &Socket, datagram: &net::Datagram<'_>) -> Option<Ipv4Addr> {
    let of = |address| if let IpAddr::V4(local) = address { Some(local) } else { None };
    let interface = match (server.family, socket.role()) {
        (Family::V4, Role::Channel) => engine::dhcp4o6::interface(datagram.octets)?,
        _ => return Some(of(socket.local(datagram.to)).unwrap_or(Ipv4Addr::UNSPECIFIED)),
    };
    let found = sockets::by(&running.sockets, interface).and_then(|socket| of(*socket.addresses().first()?));
    if found.is_none() {
        let words = Dialect::of(server.family);
        let text = format_args!("interface {interface} does not have any suitable IPv4 sockets open");
        server.delivery.log(words.no_socket, text);
        let counts = [words.received, words.failed, words.dropped].map(|name| Count::Global(name, 1));
        server.delivery.statistics().count(&counts);
    }
    found
}

/// How a packet is decided on.
type Exchange = fn(&Datagram<'_>, &Model, &dyn Facts) -> Result<Decision, Missing>;

/// Says how packets of a socket are decided on: those of the other family's server are another matter.
fn exchange_of(family: Family, socket: &Socket) -> Exchange {
    match (socket.role(), family) {
        (Role::Channel, Family::V4) => engine::dhcp4o6::query,
        (Role::Channel, Family::V6) => |datagram, model, _| Ok(engine::dhcp4o6::response(datagram, model)),
        (Role::LinkLocal | Role::Group | Role::Unicast | Role::Raw, _) => engine::exchange,
    }
}

/// Says how a reply leaves: as the query came in, or to the other family's server, or back from it to the client.
fn route(
    server: &Server,
    running: &Running,
    (socket, datagram): (&Arc<Socket>, &net::Datagram<'_>),
    decision: &Decision,
) -> Route {
    let reply = decision.reply.as_ref();
    let hands_over = reply.is_some_and(|reply| reply.kind == MessageType::V6(v6::MessageType::Dhcpv4Query));
    let by = reply.and_then(|reply| sockets::by(&running.sockets, reply.by.as_deref()?));
    let other = if hands_over { sockets::channel(&running.sockets) } else { by };
    let leaves_by = other.unwrap_or(socket);
    let to_client = leaves_by.role() != Role::Channel;
    Route {
        socket: Arc::clone(leaves_by),
        source: if other.is_some() { Ipv6Addr::UNSPECIFIED.into() } else { socket.local(datagram.to) },
        ifindex: if other.is_some() { leaves_by.ifindex() } else { datagram.ifindex },
        machine: datagram.link,
        client_port: server.flags.client_port.filter(|_| to_client),
        use_routing: running.configuration.interfaces.use_routing,
        to_source: (server.flags.to_source && to_client).then(|| datagram.from.ip()),
    }
}

/// A decision that is made and stored. The ticket says what the reply has to wait for; `None` if for nothing.
type Decided = (Decision, Option<Ticket>);

/// A fact that a decision needs. The allocators have moved, so that others are not kept from going on.
struct Asks {
    missing: Missing,
    /// Where they stood.
    stood: Vec<(PoolKey, Option<Resource>)>,
}

/// Decides and stores.
///
/// A panic costs this packet and nothing else.
fn decide(
    server: &Server,
    running: &Running,
    query: &Datagram<'_>,
    (exchange, known, users): (Exchange, &Known, Option<&Users>),
) -> Option<Result<Decided, Asks>> {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut leases = running.storage.store.exclusive();
        let informed = Informed { leases: &leases, known, users };
        let decision = match counted(running, &informed, |facts| exchange(query, &running.configuration.model, facts)) {
            Ok(decision) => decision,
            Err(missing) => {
                let cursors = if let Missing::Presence(probe) = &missing { &*probe.cursors } else { &[] };
                let stood = cursors.iter().map(|(pool, _)| (*pool, leases.cursor(*pool))).collect();
                leases.set_cursors(cursors);
                return Ok(Err(Asks { missing, stood }));
            }
        };
        if !known.has_waited() {
            leases.set_cursors(&decision.cursors);
        }
        let speaks_of_leases = decision.reply.as_ref().is_some_and(engine::Reply::speaks_of_leases);
        if decision.changes.is_empty() && !speaks_of_leases {
            return Ok(Ok((decision, None)));
        }
        let committed = leases.commit_in_batch(&decision.changes)?;
        Ok(Ok((decision, Some(committed.ticket))))
    }));
    match attempt {
        Ok(Ok(decided)) => Some(decided),
        Ok(Err(error)) => {
            refuse(server, &error);
            None
        }
        Err(_) => {
            let words = Dialect::of(server.family);
            server.delivery.log(words.exchange_failed, format_args!("exception occurred during packet processing"));
            server.delivery.statistics().count(&[words.failed, words.dropped].map(|name| Count::Global(name, 1)));
            None
        }
    }
}

/// Decides with what is known of packets too, where they are limited, and counts this one if it is admitted.
fn counted(
    running: &Running,
    leases: &dyn Facts,
    decide: impl FnOnce(&dyn Facts) -> Result<Decision, Missing>,
) -> Result<Decision, Missing> {
    let Some(rates) = &running.rates else { return decide(leases) };
    let now = Rates::now();
    let decision = decide(&rates.over(leases, now))?;
    rates.admit(&decision.admitted, now);
    Ok(decision)
}

fn refuse(server: &Server, error: &CommitError) {
    server.delivery.log("NESTOR_LEASE_NOT_STORED", format_args!("{error}; the client is not answered"));
    server.delivery.statistics().count(&[Count::Global(Dialect::of(server.family).dropped, 1)]);
}

/// The wall clock in whole seconds.
pub(crate) fn now() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// Chance for decisions: splitmix64 from a random start.
struct Seed(u64);

impl Seed {
    fn new() -> Self {
        let mut octets = [0_u8; 8];
        // Without randomness the clock has to do: nothing secret is made of it.
        if getrandom::fill(&mut octets).is_err() {
            octets = now().0.to_ne_bytes();
        }
        Self(u64::from_ne_bytes(octets))
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
