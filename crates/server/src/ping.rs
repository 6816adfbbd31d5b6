//! Whether somebody is at an address that is about to be offered: echo requests leave, packets wait for what comes back
//! (`libdhcp_ping_check.so`).

use std::collections::BTreeMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use engine::{Presence, Probe};
use model::Model;
use net::{Echo, Heard, Icmp, Poller, Waker};

use crate::aside::{Known, Packet, Seen};
use crate::drive;
use crate::reconfigure::ReconfigureError;
use crate::server::{Running, Server};

/// So many messages are taken from the socket before answers that are late are looked for again.
const HEARD: usize = 64;
/// The counter of echo requests begins where Kea's does: identifier 1, sequence number 1.
const FIRST: u32 = 0x0001_0001;

/// Asks for addresses, and keeps who is to be told.
#[derive(Debug, Default)]
pub struct Pinger {
    checks: Mutex<Checks>,
    thread: Mutex<Option<Listener>>,
}

#[derive(Debug)]
struct Checks {
    /// `None` while nothing is to be asked for, or nobody can be asked.
    socket: Option<Arc<Icmp>>,
    asked: BTreeMap<Ipv4Addr, Check>,
    /// Names the next echo request.
    next: u32,
}

impl Default for Checks {
    fn default() -> Self {
        Self { socket: None, asked: BTreeMap::new(), next: FIRST }
    }
}

/// An address that is asked for.
#[derive(Debug)]
struct Check {
    probe: Probe,
    /// The packet that waits.
    packet: u64,
    /// How many echo requests have been sent, the first and the last.
    sent: u32,
    first: u32,
    last: u32,
    /// When the last one has waited long enough.
    due: Instant,
}

impl Check {
    /// Says whether an echo request is one of this check.
    fn has_sent(&self, echo: Echo) -> bool {
        (self.first..=self.last).contains(&number(echo))
    }

    fn wait(&mut self) {
        self.due = Instant::now() + Duration::from_millis(u64::from(self.probe.check.reply_timeout_ms));
    }
}

#[derive(Debug)]
struct Listener {
    waker: Waker,
    handle: JoinHandle<()>,
}

/// Opens the socket that a configuration asks with, unless an old one has it open.
///
/// # Errors
/// [`ReconfigureError::Icmp`]. Kea: refuses the configuration then, too.
pub(crate) fn open(model: &Model, old: Option<&Running>) -> Result<Option<Arc<Icmp>>, ReconfigureError> {
    if model.subnets.iter().all(|subnet| subnet.ping_check.is_none()) {
        return Ok(None);
    }
    match old.and_then(|old| old.icmp.clone()) {
        Some(open) => Ok(Some(open)),
        None => Icmp::open().map(|socket| Some(Arc::new(socket))).map_err(ReconfigureError::Icmp),
    }
}

/// Says what is missing if a socket is refused for want of rights.
pub(crate) fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied { " (needs CAP_NET_RAW)" } else { "" }
}

/// Listens as the configuration served now wants it.
pub(crate) fn follow(server: &Arc<Server>, running: &Running) {
    let pinger = &server.pinger;
    let listened = std::mem::replace(&mut pinger.checks().socket, running.icmp.clone()).is_some();
    match (listened, running.icmp.is_some()) {
        (true, false) => server.delivery.log("PING_CHECK_MGR_STOPPED", format_args!("channel operations have stopped")),
        (false, true) => match pinger.listen(server) {
            Ok(()) => {
                let text = format_args!("ICMP socket been opened successfully.");
                server.delivery.log("PING_CHECK_CHANNEL_SOCKET_OPENED", text);
                server.delivery.log("PING_CHECK_MGR_STARTED", format_args!("ping channel operations are running"));
            }
            Err(error) => {
                pinger.checks().socket = None;
                let text = format_args!("{error}; addresses are offered unasked");
                server.delivery.log("PING_CHECK_MGR_CHANNEL_DOWN", text);
            }
        },
        (true, true) | (false, false) => {}
    }
    pinger.wake();
}

/// Asks for an address. The packet waits for the answer, and nothing is returned; else what to decide by at once.
pub(crate) fn ask(
    server: &Server,
    running: &Running,
    seen: &Seen<'_>,
    mut known: Known,
    probe: Probe,
) -> Option<Known> {
    let address = probe.address;
    let mut checks = server.pinger.checks();
    let Some(socket) = checks.socket.clone() else {
        known.add(address, Presence::Free);
        return Some(known);
    };
    if checks.asked.contains_key(&address) {
        known.add(address, Presence::Asked);
        return Some(known);
    }
    let limit = running.configuration.parked_packet_limit;
    let Some(packet) = server.aside.put(Packet::of(seen, known.clone()), limit) else {
        known.add(address, Presence::Crowded);
        return Some(known);
    };
    let label = &probe.label;
    server.delivery.log("PING_CHECK_MGR_START_PING_CHECK", format_args!("for {address}, initiated by {label}"));
    server
        .delivery
        .log("DHCP4_HOOK_LEASE4_OFFER_PARK", format_args!("{label}: packet waits for an answer of {address}"));
    let next = checks.next;
    let mut check = Check { probe, packet, sent: 0, first: next, last: next, due: Instant::now() };
    if !checks.send(server, &socket, &mut check) {
        server.aside.take(packet);
        tell_free(server, &check);
        known.add(address, Presence::Free);
        return Some(known);
    }
    checks.asked.insert(address, check);
    drop(checks);
    server.pinger.wake();
    None
}

impl Checks {
    /// Sends an echo request; says whether it left.
    fn send(&mut self, server: &Server, socket: &Icmp, check: &mut Check) -> bool {
        let (address, next) = (check.probe.address, self.next);
        let echo = echo(address, next);
        if let Err(error) = socket.send(echo) {
            server.delivery.log(
                "PING_CHECK_CHANNEL_NETWORK_WRITE_ERROR",
                format_args!("occurred trying to ping {address}, error {error}"),
            );
            return false;
        }
        server.delivery.log(
            "PING_CHECK_CHANNEL_ECHO_REQUEST_SENT",
            format_args!("to address {address}, id {}, sequence {}", echo.id, echo.sequence),
        );
        self.next = next.checked_add(1).unwrap_or(FIRST);
        check.last = next;
        check.sent = check.sent.saturating_add(1);
        check.wait();
        true
    }

    /// Says what something that came back settles, if anything.
    fn settle(&mut self, server: &Server, heard: Heard) -> Option<(Check, Presence)> {
        let (echo, presence) = match heard {
            Heard::Reply(echo) => (echo, Presence::Used),
            Heard::Unreachable(echo) => (echo, Presence::Free),
            Heard::Other => return None,
        };
        let Echo { to, id, sequence } = echo;
        let waited_for = self.asked.get(&to).is_some_and(|check| check.has_sent(echo));
        let [received, expected, unexpected] = if presence == Presence::Used {
            server.delivery.log(
                "PING_CHECK_CHANNEL_ECHO_REPLY_RECEIVED",
                format_args!("from address {to}, id {id}, sequence {sequence}"),
            );
            ["from", "PING_CHECK_MGR_RECEIVED_ECHO_REPLY", "PING_CHECK_MGR_RECEIVED_UNEXPECTED_ECHO_REPLY"]
        } else {
            ["for", "PING_CHECK_MGR_RECEIVED_UNREACHABLE_MSG", "PING_CHECK_MGR_RECEIVED_UNEXPECTED_UNREACHABLE_MSG"]
        };
        if !waited_for {
            let text = format_args!("{received} {to}, id {id}, sequence {sequence}, that nobody waits for");
            server.delivery.log(unexpected, text);
            return None;
        }
        server.delivery.log(expected, format_args!("{received} {to}, id {id}, sequence {sequence}"));
        self.asked.remove(&to).map(|check| (check, presence))
    }

    /// Sends again where no answer came in time, and gives the checks that have waited long enough.
    fn advance(&mut self, server: &Server) -> Vec<Check> {
        let now = Instant::now();
        let late = self.asked.iter().filter(|(_, check)| check.due <= now).map(|(address, _)| *address);
        let mut over = Vec::new();
        for address in late.collect::<Vec<_>>() {
            let Some(mut check) = self.asked.remove(&address) else { continue };
            let (sent, model::PingCheck { requests, reply_timeout_ms, .. }) = (check.sent, check.probe.check);
            server.delivery.log(
                "PING_CHECK_MGR_REPLY_TIMEOUT_EXPIRED",
                format_args!("for {address}, ECHO REQUEST {sent} of {requests}, reply-timeout {reply_timeout_ms}"),
            );
            let socket = self.socket.clone().filter(|_| sent < requests);
            match socket {
                Some(socket) if self.send(server, &socket, &mut check) => {
                    self.asked.insert(address, check);
                }
                Some(_) | None => over.push(check),
            }
        }
        over
    }
}

impl Pinger {
    fn checks(&self) -> MutexGuard<'_, Checks> {
        self.checks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn thread(&self) -> MutexGuard<'_, Option<Listener>> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread that listens, unless it runs.
    fn listen(&self, server: &Arc<Server>) -> io::Result<()> {
        let mut thread = self.thread();
        if thread.is_none() {
            let poller = Poller::new(Vec::new())?;
            let (waker, server) = (poller.waker(), Arc::clone(server));
            let work = move || run(&server, &poller);
            let handle = std::thread::Builder::new().name("pings".to_owned()).spawn(work)?;
            *thread = Some(Listener { waker, handle });
        }
        Ok(())
    }

    /// Lets the thread look again.
    pub(crate) fn wake(&self) {
        if let Some(listener) = &*self.thread() {
            // A waker fails only when the descriptor is gone, and then there is nobody to wake.
            drop(listener.waker.wake());
        }
    }

    /// Waits for the end of the thread, which comes when the server stops.
    pub(crate) fn join(&self) {
        let listener = self.thread().take();
        if let Some(listener) = listener {
            drop(listener.waker.wake());
            // A panic in there has cost what it was about, and was told on the console.
            drop(listener.handle.join());
        }
    }
}

/// Listens until the server stops.
fn run(server: &Server, poller: &Poller) {
    while !server.is_stopping() {
        let (socket, due) = {
            let checks = server.pinger.checks();
            (checks.socket.clone(), checks.asked.values().map(|check| check.due).min())
        };
        let timeout = due.map(|due| due.saturating_duration_since(Instant::now()));
        if let Err(error) = poller.wait_for_echo(socket.as_deref(), timeout) {
            server.delivery.log("PING_CHECK_UNEXPECTED_READ_ERROR", format_args!("waiting for echo replies: {error}"));
            std::thread::sleep(Duration::from_millis(100));
        }
        for (check, presence) in hear(server, socket.as_deref()) {
            resume(server, &check, presence);
        }
        let over = server.pinger.checks().advance(server);
        for check in over {
            resume(server, &check, Presence::Free);
        }
    }
}

/// Takes what came back from the socket and gives what it settles.
fn hear(server: &Server, socket: Option<&Icmp>) -> Vec<(Check, Presence)> {
    let mut settled = Vec::new();
    for _ in 0..HEARD {
        match socket.map_or(Ok(None), Icmp::receive) {
            Ok(Some(heard)) => settled.extend(server.pinger.checks().settle(server, heard)),
            Ok(None) => break,
            Err(error) => {
                server.delivery.log("PING_CHECK_CHANNEL_SOCKET_READ_FAILED", format_args!("{error}"));
                break;
            }
        }
    }
    settled
}

/// Decides again about the packet that waited.
///
/// Kea: the offer is lost if the service was switched off meanwhile.
fn resume(server: &Server, check: &Check, presence: Presence) {
    if presence == Presence::Free {
        tell_free(server, check);
    }
    let Some(mut packet) = server.aside.take(check.packet) else { return };
    if server.service.is_enabled() {
        packet.known.add(check.probe.address, presence);
        drive::resume(server, &packet);
    }
}

fn tell_free(server: &Server, check: &Check) {
    let Probe { address, label, .. } = &check.probe;
    let text = format_args!("address {address} is free to use for {label}");
    server.delivery.log("PING_CHECK_MGR_LEASE_FREE_TO_USE", text);
}

/// Names an echo request by a number.
fn echo(to: Ipv4Addr, number: u32) -> Echo {
    let [id1, id2, sequence1, sequence2] = number.to_be_bytes();
    Echo { to, id: u16::from_be_bytes([id1, id2]), sequence: u16::from_be_bytes([sequence1, sequence2]) }
}

fn number(echo: Echo) -> u32 {
    u32::from(echo.id) << 16 | u32::from(echo.sequence)
}
