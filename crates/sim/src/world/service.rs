//! What a world needs of its server.

use std::sync::Arc;

use engine::Reply;
use model::{Lease, LeaseKind, LeaseState, Resource, UnixTime};
use store::Ticket;

use crate::packet::Sent;
use crate::process::{Server, datagram};

/// A server that answers packets, keeps leases on a disk, and can be killed.
pub trait Service {
    /// Decides about a packet and commits; gives the reply and what it has to wait for.
    ///
    /// # Errors
    /// What no packet may lead to.
    fn handle(&mut self, sent: &Sent, now: UnixTime) -> Result<(Option<Reply>, Ticket), String>;

    /// Writes what waits; `refused` lets the disk fail this once.
    fn sync(&mut self, refused: bool);

    /// Says whether what a ticket stands for is on disk.
    fn is_durable(&self, ticket: Ticket) -> bool;

    /// Takes back ended leases.
    ///
    /// # Errors
    /// Why they cannot be taken back.
    fn reclaim(&mut self, now: UnixTime) -> Result<(), String>;

    /// Kills the server, with the power cut or not, and starts it on what is on disk.
    ///
    /// # Errors
    /// Why it does not start.
    fn restart(&mut self, power_cut: bool) -> Result<(), String>;

    /// Finds a lease.
    fn lease(&self, resource: Resource) -> Option<Arc<Lease>>;

    /// Gives a statistic of subnet 1 and how many leases it should count; `None` if none is kept.
    fn assigned(&mut self, name: &'static str, kind: LeaseKind) -> Option<(i64, i64)>;

    /// Gives the server's DUID.
    fn server_id(&self) -> Vec<u8>;
}

impl Service for Server {
    fn handle(&mut self, sent: &Sent, now: UnixTime) -> Result<(Option<Reply>, Ticket), String> {
        let handled = Self::handle(self, &datagram(sent, now));
        handled.map(|handled| (handled.reply, handled.ticket)).map_err(|fault| fault.to_string())
    }

    fn sync(&mut self, refused: bool) {
        self.disk.set_sync_fails(refused);
        Self::sync(self);
        self.disk.set_sync_fails(false);
    }

    fn is_durable(&self, ticket: Ticket) -> bool {
        Self::is_durable(self, ticket)
    }

    fn reclaim(&mut self, now: UnixTime) -> Result<(), String> {
        Self::reclaim(self, now).map_err(|fault| fault.to_string())
    }

    fn restart(&mut self, power_cut: bool) -> Result<(), String> {
        if power_cut {
            self.disk.cut_power();
        } else {
            self.disk.kill();
        }
        self.open().map_err(|fault| fault.to_string())?;
        self.recount();
        Ok(())
    }

    fn lease(&self, resource: Resource) -> Option<Arc<Lease>> {
        self.store.lease(resource)
    }

    fn assigned(&mut self, name: &'static str, kind: LeaseKind) -> Option<(i64, i64)> {
        let counted = self.counts.get(&format!("subnet[1].{name}")).copied()?;
        let holds = |lease: &&Arc<Lease>| {
            lease.kind() == kind && matches!(lease.state, LeaseState::Assigned | LeaseState::Declined)
        };
        let there = self.store.all().iter().filter(holds).count();
        Some((counted, i64::try_from(there).unwrap_or(i64::MAX)))
    }

    fn server_id(&self) -> Vec<u8> {
        self.model.settings.server_duid.octets().to_vec()
    }
}
