//! A client: it gets leases, renews and rebinds as its timers say, and gives them back at the end.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use model::Family;

use super::Event;
use super::packet::{self, Answer, Held, Query, Step};

/// How long to wait for an answer before asking again.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a waiting client looks whether it shall stop.
const TICK: Duration = Duration::from_millis(100);

/// Who the client is and where it speaks from.
#[derive(Debug)]
pub(crate) struct Client {
    /// The protocol it speaks.
    pub(crate) family: Family,
    /// Its name on the screen.
    pub(crate) name: String,
    /// Its DUID, which names it in both protocols.
    pub(crate) id: Vec<u8>,
    /// It is a router: it asks for a prefix besides its address.
    pub(crate) router: bool,
    /// The socket it sends from and listens on.
    pub(crate) socket: UdpSocket,
    /// Where servers or relays listen.
    pub(crate) to: SocketAddr,
}

/// A client's leases and when it has to act on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    /// The addresses and prefixes.
    pub(crate) held: Vec<Held>,
    /// When it renews.
    pub(crate) renew: Instant,
    /// When it asks any server.
    pub(crate) rebind: Instant,
    /// When the first of its leases ends.
    pub(crate) end: Instant,
    /// The server that gave them.
    server: Vec<u8>,
}

impl Client {
    /// Gets leases and keeps them until `stop`; then gives them back.
    ///
    /// # Errors
    /// If its socket fails.
    pub(crate) fn live(&self, events: &Sender<Event>, stop: &AtomicBool) -> io::Result<()> {
        let mut seed = packet::seed_of(&self.id);
        let mut bound: Option<Bound> = None;
        while !stop.load(Ordering::Relaxed) {
            let next = match &bound {
                None => self.acquire(&mut seed)?,
                Some(leases) => match self.keep(leases, &mut seed)? {
                    Some(leases) => Some(leases),
                    None if Instant::now() < leases.end => continue,
                    None => None,
                },
            };
            if next != bound {
                tell(events, Event::Leases { client: (self.name.clone(), self.family), bound: next.clone() });
            }
            bound = next;
        }
        if let Some(leases) = bound {
            self.ask(Step::Release, &leases.held, Some(&leases.server), &mut seed)?;
        }
        Ok(())
    }

    /// Asks for new leases: takes the first offer.
    fn acquire(&self, seed: &mut u32) -> io::Result<Option<Bound>> {
        let Some(offer) = self.ask(Step::Discover, &[], None, seed)? else {
            return Ok(None);
        };
        if offer.held.is_empty() {
            std::thread::sleep(PATIENCE);
            return Ok(None);
        }
        let reply = self.ask(Step::Take, &offer.held, Some(&offer.server), seed)?;
        Ok(reply.and_then(Bound::of))
    }

    /// Waits for T1, then renews, and from T2 on rebinds; `None` if nothing came of it.
    fn keep(&self, leases: &Bound, seed: &mut u32) -> io::Result<Option<Bound>> {
        let now = Instant::now();
        if now < leases.renew {
            std::thread::sleep(TICK.min(leases.renew.saturating_duration_since(now)));
            return Ok(Some(leases.clone()));
        }
        let (step, server) =
            if now < leases.rebind { (Step::Renew, Some(leases.server.as_slice())) } else { (Step::Rebind, None) };
        let reply = self.ask(step, &leases.held, server, seed)?;
        Ok(reply.and_then(Bound::of))
    }

    /// Sends one message and waits for the answer to it.
    fn ask(&self, step: Step, held: &[Held], server: Option<&[u8]>, seed: &mut u32) -> io::Result<Option<Answer>> {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let transaction = *seed >> 8;
        let Self { family, ref id, router, .. } = *self;
        let query = Query { family, step, transaction, id, server, router, held };
        self.socket.send_to(&packet::query(&query), self.to)?;
        if step == Step::Release && family == Family::V4 {
            // RFC 2131 §4.4.6: nobody answers.
            return Ok(None);
        }
        self.socket.set_read_timeout(Some(TICK))?;
        let until = Instant::now() + PATIENCE;
        let mut buffer = [0; 2048];
        while Instant::now() < until {
            let Ok((length, _)) = self.socket.recv_from(&mut buffer) else {
                continue;
            };
            let answer = buffer.get(..length).and_then(|octets| packet::answer(family, octets));
            if let Some(answer) = answer.filter(|answer| answer.transaction == transaction) {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

impl Bound {
    /// Reads the leases off a reply; `None` if it grants nothing.
    fn of(reply: Answer) -> Option<Self> {
        let now = Instant::now();
        let held: Vec<Held> = reply.held.into_iter().filter(|held| held.valid > 0).collect();
        let shortest = held.iter().map(|held| held.valid).min()?;
        let (t1, t2) = (reply.t1.unwrap_or(shortest / 2), reply.t2.unwrap_or(shortest / 5 * 4));
        let after = |seconds: u32| now + Duration::from_secs(u64::from(seconds));
        Some(Self { held, renew: after(t1), rebind: after(t2), end: after(shortest), server: reply.server })
    }
}

/// Sends an event; nobody listens any more once the demonstration ends.
fn tell(events: &Sender<Event>, event: Event) {
    drop(events.send(event));
}
