//! A running daemon: what its threads share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use config::Configuration;
use control::{Channel, Command, Handler};
use hooks::limits::Rates;
use hooks::user_chk::Registry;
use logging::Logs;
use model::Family;
use net::{Icmp, Socket, Waker};

use crate::aside::Aside;
use crate::commands;
use crate::delivery::Delivery;
use crate::flags::Flags;
use crate::paths::Paths;
use crate::ping::Pinger;
use crate::service::Service;
use crate::statistics::Statistics;
use crate::storage::Storage;

/// One daemon. All its threads hold the same one.
pub struct Server {
    /// The protocol served.
    pub family: Family,
    /// The program's name, such as `kea-dhcp6`.
    pub program: &'static str,
    /// The command line.
    pub flags: Flags,
    /// The directories.
    pub paths: Paths,
    /// The way out for replies, log lines and counts.
    pub delivery: Arc<Delivery>,
    /// Who has switched the service off.
    pub service: Service,
    /// When the daemon started.
    pub started: Instant,
    /// Packets that wait for facts.
    pub(crate) aside: Aside,
    /// Asks whether addresses are in use. DHCPv4 only.
    pub(crate) pinger: Pinger,
    running: ArcSwap<Running>,
    /// Held by whoever changes the configuration; has the channels, which only a change touches.
    pub(crate) control: Mutex<Vec<Channel>>,
    stop: Stop,
    waker: Waker,
}

/// What one configuration serves with. Replaced as a whole, never edited.
#[derive(Clone)]
pub struct Running {
    /// The configuration.
    pub configuration: Arc<Configuration>,
    /// The leases.
    pub storage: Arc<Storage>,
    /// Whether those are the leases of the configuration before, where it is known how many there are.
    pub leases_counted: bool,
    /// The sockets served.
    pub sockets: Vec<Arc<Socket>>,
    /// Why sockets could not be opened.
    pub socket_errors: Vec<String>,
    /// How often opening them was tried again.
    pub socket_retries: u32,
    /// When packets came that are limited; `None` if none are.
    pub rates: Option<Arc<Rates>>,
    /// Who is registered; `None` if nobody is to be.
    pub registry: Option<Arc<Registry>>,
    /// Asks addresses whether somebody is there; `None` if nobody wants to know.
    pub icmp: Option<Arc<Icmp>>,
    /// When it began to serve.
    pub since: Instant,
}

/// The wish to stop, with the exit value.
#[derive(Debug, Default)]
struct Stop {
    wanted: AtomicBool,
    value: Mutex<Option<u8>>,
    news: Condvar,
}

impl Server {
    /// Puts a daemon together around its first configuration. `control` is still empty.
    pub fn new(setup: Setup, running: Running, waker: Waker) -> Self {
        let Setup { family, program, flags, paths, delivery } = setup;
        Self {
            family,
            program,
            flags,
            paths,
            delivery,
            service: Service::default(),
            started: Instant::now(),
            aside: Aside::default(),
            pinger: Pinger::default(),
            running: ArcSwap::from_pointee(running),
            control: Mutex::default(),
            stop: Stop::default(),
            waker,
        }
    }

    /// Gives what is served with at present.
    pub fn running(&self) -> Arc<Running> {
        self.running.load_full()
    }

    /// Serves with something else from now on.
    pub(crate) fn swap(&self, running: Running) -> Arc<Running> {
        let old = self.running.swap(Arc::new(running));
        self.wake();
        old
    }

    /// Locks the channels. Whoever holds them is the one who changes the configuration.
    pub(crate) fn channels(&self) -> MutexGuard<'_, Vec<Channel>> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lends the statistics.
    pub fn statistics(&self) -> &Statistics {
        self.delivery.statistics()
    }

    /// Lends the loggers.
    pub fn logs(&self) -> &Logs {
        self.delivery.logs()
    }

    /// Says whether debug events are worth collecting.
    pub fn traces(&self) -> bool {
        self.delivery.traces()
    }

    /// Asks all threads to end; the process exits with `value`.
    pub fn stop(&self, value: u8) {
        self.stop.wanted.store(true, Ordering::Release);
        let mut wanted = self.stop.value.lock().unwrap_or_else(PoisonError::into_inner);
        wanted.get_or_insert(value);
        self.stop.news.notify_all();
        self.wake();
    }

    /// Says whether the daemon is about to end.
    pub fn is_stopping(&self) -> bool {
        self.stop.wanted.load(Ordering::Acquire)
    }

    /// Waits for the wish to stop, or for some time; gives the exit value once it is there.
    pub fn wait_for_stop(&self, timeout: Duration) -> Option<u8> {
        let wanted = self.stop.value.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = self.stop.news.wait_timeout_while(wanted, timeout, |value| value.is_none());
        let (value, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        *value
    }

    fn wake(&self) {
        // A waker fails only when the descriptor is gone, and then there is nobody to wake.
        drop(self.waker.wake());
    }
}

/// What a daemon is put together from.
pub struct Setup {
    /// The protocol served.
    pub family: Family,
    /// The program's name.
    pub program: &'static str,
    /// The command line.
    pub flags: Flags,
    /// The directories.
    pub paths: Paths,
    /// The way out.
    pub delivery: Arc<Delivery>,
}

/// Carries out commands for channels, as long as the daemon lives.
pub(crate) struct Desk(pub(crate) std::sync::Weak<Server>);

impl Handler for Desk {
    fn handle(&self, command: &Command) -> control::Answer {
        match self.0.upgrade() {
            Some(server) => commands::run(&server, command),
            None => control::Answer::error("the server is shutting down"),
        }
    }
}
