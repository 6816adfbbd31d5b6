//! The engine and the store, in this process.

use std::net::Ipv4Addr;

use engine::Reply;
use model::{Family, LeaseKind, Owner, Resource, UnixTime};
use serde_json::Value;

use super::{Backend, EPOCH, LeaseRow, compact, complete};
use crate::Fault;
use crate::packet::{EVERYBODY, Heard, Sent};
use crate::process::{Server, datagram};

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
    fn configure(&mut self, family: Family, config: &Value, stored: bool) -> Result<(), Fault> {
        self.seconds = 0;
        self.server = None;
        self.server = Some(Server::new(family, &Value::Object(complete(family, config)), stored)?);
        Ok(())
    }

    fn set_time(&mut self, seconds: u32) -> Result<(), Fault> {
        self.seconds = seconds;
        Ok(())
    }

    fn exchange(&mut self, sent: &Sent) -> Result<Option<Heard>, Fault> {
        let now = self.now();
        let server = self.server()?;
        let handled = server.handle(&datagram(sent, now))?;
        server.sync();
        Ok(handled.reply.map(|reply| {
            let delivery = sent.delivery(reply.to, ethernet(sent, &reply));
            Heard { octets: reply.octets, delivery }
        }))
    }

    fn leases(&mut self) -> Result<Vec<LeaseRow>, Fault> {
        Ok(self.server()?.store.all().iter().map(|lease| row(lease)).collect())
    }

    fn statistic(&mut self, name: &str) -> Result<Option<i64>, Fault> {
        // A statistic nobody has moved yet is there with the value it starts with.
        Ok(Some(self.server()?.counts.get(name).copied().unwrap_or_default()))
    }

    fn neighbour(&mut self, address: Ipv4Addr) -> Result<(), Fault> {
        self.server()?.neighbours.insert(address);
        Ok(())
    }

    fn reclaim(&mut self) -> Result<(), Fault> {
        let now = self.now();
        let server = self.server()?;
        server.reclaim(now)?;
        server.sync();
        Ok(())
    }

    fn restart(&mut self) -> Result<(), Fault> {
        let server = self.server()?;
        server.disk.kill();
        server.open()
    }
}

/// Gives the frame's destination as the shell chooses it: whoever sent the query's frame, unless a client on the link asked
/// for broadcast.
///
/// Kea: the broadcast flag decides alone, so that a DHCPNAK to 255.255.255.255 goes to one station without it.
fn ethernet(sent: &Sent, reply: &Reply) -> [u8; 6] {
    let direct = reply.octets.get(24..28) == Some(&[0; 4]);
    let asked = reply.octets.get(10).is_some_and(|flags| flags & 0x80 != 0);
    if reply.to.is_ipv4() && direct && asked { EVERYBODY } else { sent.mac }
}

fn row(lease: &model::Lease) -> LeaseRow {
    let address = match lease.resource {
        Resource::V6(address) | Resource::Prefix(address, _) => address.into(),
        Resource::V4(address) => address.into(),
    };
    let (client, iaid, hw) = match &lease.owner {
        Owner::V6 { duid, iaid, hw } => (duid.octets().to_vec(), *iaid, hw.as_ref().map(|(hw, _)| hw)),
        Owner::V4 { hw, client_id } => (client_id.to_vec(), 0, hw.as_ref()),
    };
    LeaseRow {
        address,
        prefix_length: (lease.kind() == LeaseKind::Pd).then(|| lease.resource.length()),
        client,
        iaid,
        subnet: lease.subnet.0,
        cltt: lease.cltt.0 - EPOCH,
        valid: lease.valid.0,
        preferred: lease.preferred.0,
        state: lease.state.number(),
        hw: hw.map(ToString::to_string).unwrap_or_default(),
        hostname: lease.hostname.to_string(),
        forward: lease.fqdn_fwd,
        reverse: lease.fqdn_rev,
        pool: lease.pool,
        context: compact(&lease.user_context),
    }
}
