//! The engine and the store, in this process.

use std::net::SocketAddr;

use model::{LeaseKind, Owner, Resource, UnixTime};
use serde_json::Value;

use super::{Backend, EPOCH, LeaseRow, complete};
use crate::Fault;
use crate::packet::{Heard, Sent};
use crate::process::{Server, datagram, source};

/// A server without sockets, threads or files.
#[derive(Debug, Default)]
pub struct Process {
    server: Option<Server>,
    seconds: u32,
}

impl Process {
    /// Makes one that is not configured yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn now(&self) -> UnixTime {
        UnixTime(EPOCH + i64::from(self.seconds))
    }

    fn server(&mut self) -> Result<&mut Server, Fault> {
        self.server.as_mut().ok_or_else(|| Fault::Server { why: "not configured".to_owned() })
    }
}

impl Backend for Process {
    fn configure(&mut self, config: &Value, stored: bool) -> Result<(), Fault> {
        self.seconds = 0;
        self.server = None;
        self.server = Some(Server::new(&Value::Object(complete(config)), stored)?);
        Ok(())
    }

    fn set_time(&mut self, seconds: u32) -> Result<(), Fault> {
        self.seconds = seconds;
        Ok(())
    }

    fn exchange(&mut self, sent: &Sent) -> Result<Option<Heard>, Fault> {
        let from = source(sent.from, sent.port);
        let now = self.now();
        let server = self.server()?;
        let handled = server.handle(&datagram(&sent.octets, &sent.link, from, sent.to, now))?;
        server.sync();
        Ok(handled.reply.map(|reply| Heard { astray: astray(from, reply.to), octets: reply.octets }))
    }

    fn leases(&mut self) -> Result<Vec<LeaseRow>, Fault> {
        Ok(self.server()?.store.all().iter().map(|lease| row(lease)).collect())
    }

    fn statistic(&mut self, name: &str) -> Result<Option<i64>, Fault> {
        // A statistic nobody has moved yet is there with the value it starts with.
        Ok(Some(self.server()?.counts.get(name).copied().unwrap_or_default()))
    }

    fn reclaim(&mut self) -> Result<(), Fault> {
        let now = self.now();
        self.server()?.reclaim(now)
    }

    fn restart(&mut self) -> Result<(), Fault> {
        let server = self.server()?;
        server.disk.kill();
        server.open()
    }
}

/// Says where a reply went if not where the query came from.
fn astray(from: SocketAddr, to: SocketAddr) -> Option<String> {
    ((from.ip(), from.port()) != (to.ip(), to.port())).then(|| to.to_string())
}

fn row(lease: &model::Lease) -> LeaseRow {
    let address = match lease.resource {
        Resource::V6(address) | Resource::Prefix(address, _) => address,
        Resource::V4(address) => address.to_ipv6_mapped(),
    };
    let (duid, iaid, hw) = match &lease.owner {
        Owner::V6 { duid, iaid, hw } => (duid.octets().to_vec(), *iaid, hw.as_ref().map(|(hw, _)| hw.to_string())),
        Owner::V4 { hw, client_id } => (client_id.to_vec(), 0, hw.as_ref().map(ToString::to_string)),
    };
    LeaseRow {
        address,
        prefix_length: if lease.kind() == LeaseKind::Pd { lease.resource.length() } else { 128 },
        duid,
        iaid,
        subnet: lease.subnet.0,
        cltt: lease.cltt.0 - EPOCH,
        valid: lease.valid.0,
        preferred: lease.preferred.0,
        state: lease.state.number(),
        hw: hw.unwrap_or_default(),
        hostname: lease.hostname.to_string(),
        forward: lease.fqdn_fwd,
        reverse: lease.fqdn_rev,
        pool: lease.pool,
    }
}
