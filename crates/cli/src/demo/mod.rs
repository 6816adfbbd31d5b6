//! `nestor demo`: servers of both protocols, a relay and clients on hosts of their own, and what they say to each other.

mod client;
pub(crate) mod daemon;
pub(crate) mod packet;
mod relay;
mod view;
pub(crate) mod world;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use client::Bound;
use model::Family;
use view::View;
use world::World;

/// How the demonstration runs.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Options {
    /// Ends after this time; `None` runs until Ctrl-C.
    pub limit: Option<Duration>,
    /// Ends as soon as every client is bound and one has renewed.
    pub once: bool,
    /// Servers to run instead of this program's own, each for the protocol whose digit its name ends in.
    pub servers: Vec<PathBuf>,
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// A message passed the relay, upwards to the server or down to the client.
    Message { client: String, up: bool, text: String },
    /// A client's leases changed; `None` if it lost them.
    Leases { client: (String, Family), bound: Option<Bound> },
    /// The user wants to end it.
    Stop,
}

/// How long `--once` waits before it gives up.
const ONCE: Duration = Duration::from_mins(1);
/// How often the view is brought up to date.
const FRAME: Duration = Duration::from_millis(250);

/// Runs the demonstration; returns whether every client was bound.
///
/// # Errors
/// Those of making the hosts, of the server's start and of the terminal.
pub fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let (events, heard) = mpsc::channel();
    watch_signals(events.clone())?;
    let mut world = World::make(&options.servers)?;
    let mut view = View::new(&world, io::stdout().is_terminal());
    view.begin(out)?;
    let (relays, clients) = (std::mem::take(&mut world.relays), std::mem::take(&mut world.clients));
    let (stop_clients, stop_relay) = (AtomicBool::new(false), AtomicBool::new(false));
    let shown = std::thread::scope(|scope| {
        let to_view = events.clone();
        let relaying: Vec<_> = relays
            .iter()
            .map(|relay| {
                let events = to_view.clone();
                let stop = &stop_relay;
                scope.spawn(move || relay.live(&events, stop))
            })
            .collect();
        let living: Vec<_> = clients
            .iter()
            .map(|client| {
                let events = to_view.clone();
                let stop = &stop_clients;
                scope.spawn(move || client.live(&events, stop))
            })
            .collect();
        let shown = show(&mut view, out, &heard, options);
        stop_clients.store(true, Ordering::Relaxed);
        for client in living {
            drop(client.join());
        }
        stop_relay.store(true, Ordering::Relaxed);
        for relay in relaying {
            drop(relay.join());
        }
        shown
    });
    for event in heard.try_iter() {
        view.take(event, out)?;
    }
    view.end(out)?;
    shown?;
    Ok(view.all_were_bound())
}

/// Draws until the time is up, the goal is reached or the user ends it.
fn show(view: &mut View, out: &mut dyn Write, heard: &Receiver<Event>, options: &Options) -> io::Result<()> {
    let started = Instant::now();
    let limit = options.limit.or(options.once.then_some(ONCE));
    loop {
        match heard.recv_timeout(FRAME) {
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Ok(event) => view.take(event, out)?,
            Err(RecvTimeoutError::Timeout) => {}
        }
        view.draw(out)?;
        let reached = options.once && view.all_were_bound() && view.has_renewed();
        if reached || limit.is_some_and(|limit| started.elapsed() >= limit) {
            return Ok(());
        }
    }
}

/// Turns Ctrl-C, SIGTERM and the loss of the terminal into an event.
fn watch_signals(events: Sender<Event>) -> io::Result<()> {
    let signals = net::signals::Signals::hold()?;
    std::thread::spawn(move || {
        while let Ok(signal) = signals.next() {
            if signal != net::signals::Signal::Child && events.send(Event::Stop).is_err() {
                return;
            }
        }
    });
    Ok(())
}
