//! Accepts connections until told to stop, each on a thread of its own, never more than a written limit.

use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fd::OwnedFd;

/// The most connections one channel serves at a time; more wait in the kernel's queue.
pub(super) const CONNECTION_LIMIT: usize = 64;

/// An accepting thread; dropping it stops the thread. Connections under way are served to their end.
#[derive(Debug)]
pub(super) struct Acceptor {
    stop: Arc<OwnedFd>,
    open: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    /// Starts a thread that calls `accept` whenever `listener` is readable, and `serve` with what it gives.
    pub(super) fn start<L, C>(
        listener: L,
        accept: fn(&L) -> io::Result<C>,
        serve: impl Fn(C) + Send + Sync + 'static,
    ) -> io::Result<Self>
    where
        L: AsFd + Send + 'static,
        C: Send + 'static,
    {
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?);
        let waker = Arc::clone(&stop);
        let open = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&open);
        let serve = Arc::new(serve);
        let thread = std::thread::Builder::new()
            .name("control".to_owned())
            .spawn(move || run(&listener, (&waker, &count), accept, &serve))?;
        Ok(Self { stop, open, thread: Some(thread) })
    }

    /// Waits until no connection is open, at most so long: whoever was answered has the answer then.
    pub(super) fn drain(&self, patience: Duration) {
        let until = Instant::now() + patience;
        while self.open.load(Ordering::Acquire) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        // The counter of the eventfd cannot overflow by one write.
        let _wakes = rustix::io::write(&*self.stop, &1_u64.to_ne_bytes());
        let own = std::thread::current().id();
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != own
        {
            drop(thread.join());
        }
    }
}

fn run<L: AsFd, C: Send + 'static, F: Fn(C) + Send + Sync + 'static>(
    listener: &L,
    (stop, open): (&OwnedFd, &Arc<AtomicUsize>),
    accept: fn(&L) -> io::Result<C>,
    serve: &Arc<F>,
) {
    loop {
        let mut watched = [PollFd::new(stop, PollFlags::IN), PollFd::new(listener, PollFlags::IN)];
        if poll(&mut watched, None).is_err() {
            continue;
        }
        let [stopping, ready] = &watched;
        if !stopping.revents().is_empty() {
            return;
        }
        if ready.revents().is_empty() {
            continue;
        }
        if open.load(Ordering::Relaxed) >= CONNECTION_LIMIT {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let Ok(connection) = accept(listener) else { continue };
        let slot = Slot::take(open);
        let serve = Arc::clone(serve);
        // Without a thread the connection is closed, which tells the client to try again.
        drop(std::thread::Builder::new().name("connection".to_owned()).spawn(move || {
            serve(connection);
            drop(slot);
        }));
    }
}

/// One of the limited places for a connection, free again when dropped.
struct Slot(Arc<AtomicUsize>);

impl Slot {
    fn take(open: &Arc<AtomicUsize>) -> Self {
        open.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(open))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}
