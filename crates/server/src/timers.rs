//! What happens by the clock: ended leases are reclaimed, lease files cleaned up, sockets tried again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Decision, reclaim};
use model::settings::Reclaim;

use crate::dialect::Dialect;
use crate::drive;
use crate::server::{Running, Server};
use crate::sockets;
use crate::storage::Storage;

/// How finely the clock is looked at; all periods are whole seconds.
const TICK: Duration = Duration::from_millis(500);
/// Leases reclaimed in one go, between two of which packets are served.
const CHUNK: usize = 256;

/// Runs until the server stops; gives the exit value.
pub fn run(server: &Arc<Server>) -> u8 {
    let mut reclaimed = Instant::now();
    let mut flushed = Instant::now();
    let mut cleaned = Instant::now();
    let mut tried = Instant::now();
    let mut slow_passes = 0;
    loop {
        if let Some(value) = server.wait_for_stop(TICK) {
            return value;
        }
        let running = server.running();
        let settings = running.configuration.model.settings.reclaim;
        if is_due(reclaimed, settings.wait_time) {
            slow_passes = if pass(server, &running, settings) { slow_passes + 1 } else { 0 };
            warn_of_slowness(server, settings, &mut slow_passes);
            reclaimed = Instant::now();
        }
        if is_due(flushed, settings.flush_wait_time) {
            flush(server, &running, settings);
            flushed = Instant::now();
        }
        if is_due(cleaned, running.configuration.lease_database.lfc_interval) {
            running.storage.clean_up(&server.delivery);
            cleaned = Instant::now();
        }
        let wait = Duration::from_millis(u64::from(running.configuration.interfaces.retry_wait_ms));
        if !running.socket_errors.is_empty() && tried.elapsed() >= wait {
            try_sockets(server, &running);
            tried = Instant::now();
        }
    }
}

fn is_due(last: Instant, period: u32) -> bool {
    period != 0 && last.elapsed() >= Duration::from_secs(u64::from(period))
}

/// Reclaims ended leases within the bounds of one pass; says whether a bound was hit.
fn pass(server: &Server, running: &Running, settings: Reclaim) -> bool {
    let most =
        if settings.max_leases == 0 { usize::MAX } else { usize::try_from(settings.max_leases).unwrap_or(usize::MAX) };
    let until =
        (settings.max_time_ms != 0).then(|| Instant::now() + Duration::from_millis(u64::from(settings.max_time_ms)));
    let mut left = most;
    loop {
        let count = reclaim_some(server, running, left.min(CHUNK));
        if count == 0 {
            return false;
        }
        left = left.saturating_sub(count);
        if left == 0 || until.is_some_and(|until| Instant::now() >= until) {
            return !running.storage.store.expired(drive::now(), 1).is_empty();
        }
    }
}

fn warn_of_slowness(server: &Server, settings: Reclaim, slow_passes: &mut u32) {
    if settings.unwarned_cycles != 0 && *slow_passes > settings.unwarned_cycles {
        let cycles = settings.unwarned_cycles;
        server.delivery.log(
            Dialect::of(server.family).reclamation_slow,
            format_args!("expired leases still exist after {cycles} reclamations"),
        );
        *slow_passes = 0;
    }
}

/// Reclaims up to `most` ended leases; gives how many, 0 too if they could not be stored: the next pass tries again.
fn reclaim_some(server: &Server, running: &Running, most: usize) -> usize {
    let store = &running.storage.store;
    let now = drive::now();
    let expired = store.expired(now + model::Seconds(1), most);
    if expired.is_empty() {
        return 0;
    }
    let model = &running.configuration.model;
    let outcome = reclaim::pass(&expired, model, model.settings.reclaim.hold_time != model::Seconds::ZERO, now);
    if carry_out(server, &running.storage, &outcome) { expired.len() } else { 0 }
}

/// Reclaims all ended leases; with `remove` they are deleted instead of kept for their clients' return.
pub fn reclaim_all(server: &Server, running: &Running, remove: bool) {
    let model = &running.configuration.model;
    let keeps = !remove && model.settings.reclaim.hold_time != model::Seconds::ZERO;
    loop {
        let now = drive::now();
        let expired = running.storage.store.expired(now + model::Seconds(1), CHUNK);
        if expired.is_empty() || !carry_out(server, &running.storage, &reclaim::pass(&expired, model, keeps, now)) {
            return;
        }
    }
}

/// Removes leases that were reclaimed longer ago than they are to be kept.
fn flush(server: &Server, running: &Running, settings: Reclaim) {
    let store = &running.storage.store;
    loop {
        let old = store.reclaimed_before(drive::now() - settings.hold_time, CHUNK);
        if old.is_empty() {
            return;
        }
        let more = old.len() == CHUNK;
        if !carry_out(server, &running.storage, &reclaim::flush(&old, server.family)) || !more {
            return;
        }
    }
}

/// Stores and tells; a lease that changed meanwhile is left for the next pass. Says whether it was done.
fn carry_out(server: &Server, storage: &Storage, outcome: &Decision) -> bool {
    if storage.store.commit(&outcome.changes).is_err() {
        return false;
    }
    server.delivery.tell_all(outcome);
    true
}

fn try_sockets(server: &Arc<Server>, running: &Running) {
    let wanted = &running.configuration.interfaces;
    if running.socket_retries >= wanted.max_retries {
        return;
    }
    let Ok(control) = server.control.try_lock() else { return };
    let Ok(interfaces) = net::interfaces() else { return };
    let sockets = sockets::open(&running.configuration, &interfaces, server.flags.port, &running.sockets);
    sockets.log_errors(&server.delivery);
    let tries = running.socket_retries.saturating_add(1);
    if sockets.errors.is_empty() {
        server
            .delivery
            .log("NESTOR_SOCKETS_OPEN", format_args!("all service sockets are open now, after {tries} more tries"));
    } else if tries == wanted.max_retries {
        let words = Dialect::of(server.family);
        server.delivery.log(words.sockets_failed, format_args!("{}", sockets::exhausted(tries)));
        if wanted.require_all {
            server.stop(1);
        }
    }
    drop(server.swap(Running {
        sockets: sockets.open,
        socket_errors: sockets.errors,
        socket_retries: tries,
        ..running.clone()
    }));
    drop(control);
}
