//! The world is held against a toy server that is right, and against toys that are wrong in one way each.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::sync::Arc;

use engine::Reply;
use model::{Lease, LeaseKind, LeaseState, Owner, Resource, Seconds, SubnetId, UnixTime};
use store::Ticket;
use wire::Duid;
use wire::v6::{Ia, MessageType, Packet, code};
use wire::write::Writer;

use super::*;
use crate::packet::Sent;
use crate::process::Server;

/// In what way a toy is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    GivesTwice,
    RepliesBeforeSync,
}

/// Gives one address to every association that asks, for ten minutes.
#[derive(Debug)]
struct Toy {
    fault: Fault,
    leases: BTreeMap<Resource, Arc<Lease>>,
    on_disk: BTreeMap<Resource, Arc<Lease>>,
    issued: u64,
    durable: u64,
}

impl Toy {
    fn new(fault: Fault) -> Self {
        Self { fault, leases: BTreeMap::new(), on_disk: BTreeMap::new(), issued: 0, durable: 0 }
    }

    fn choose(&self, duid: &Duid, iaid: u32, now: UnixTime) -> Option<Resource> {
        let owned =
            |lease: &Lease| matches!(&lease.owner, Owner::V6 { duid: d, iaid: i, .. } if (d, *i) == (duid, iaid));
        let held = self.leases.values().find(|lease| owned(lease) && lease.state == LeaseState::Assigned);
        let free = |resource: &Resource| {
            self.fault == Fault::GivesTwice || self.leases.get(resource).is_none_or(|lease| !lease.is_in_use_at(now))
        };
        let pool = (0x10..0x20_u16).map(|low| Resource::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, low)));
        held.map(|lease| lease.resource).or_else(|| pool.into_iter().find(free))
    }
}

impl Service for Toy {
    fn handle(&mut self, sent: &Sent, now: UnixTime) -> Result<(Option<Reply>, Ticket), String> {
        let Ok(packet) = Packet::decode(&sent.octets) else { return Ok((None, Ticket(self.issued))) };
        let kind = packet.message.kind;
        let duid = Duid::decode(sent.client_id.as_deref().unwrap_or_default()).map_err(|error| error.to_string())?;
        let grants = matches!(kind, MessageType::Request | MessageType::Renew | MessageType::Rebind);
        let mut writer = Writer::new();
        writer.u8(MessageType::Reply.number());
        writer.u24(packet.message.transaction);
        for value in packet.message.options.all(code::IA_NA) {
            let ia = Ia::decode(value).map_err(|error| error.to_string())?;
            let chosen = self.choose(&duid, ia.iaid, now);
            let Some(resource @ Resource::V6(address)) = chosen.filter(|_| grants) else { continue };
            let owner = Owner::V6 { duid: duid.clone(), iaid: ia.iaid, hw: None };
            let lease = Lease {
                resource,
                owner,
                subnet: SubnetId(1),
                pool: 0,
                state: LeaseState::Assigned,
                cltt: now,
                valid: Seconds(600),
                preferred: Seconds(300),
                hostname: "".into(),
                fqdn_fwd: false,
                fqdn_rev: false,
                user_context: "".into(),
            };
            self.leases.insert(resource, Arc::new(lease));
            self.issued += 1;
            let open = writer.begin6(code::IA_NA);
            writer.u32(ia.iaid);
            writer.octets(&[0; 8]);
            let inner = writer.begin6(code::IAADDR);
            writer.ipv6(address);
            writer.u32(300);
            writer.u32(600);
            writer.end6(inner);
            writer.end6(open);
        }
        let reply = Reply {
            kind: engine::MessageType::V6(MessageType::Reply),
            octets: writer.finish(),
            to: sent.from,
            by: None,
        };
        Ok((Some(reply), Ticket(self.issued)))
    }

    fn sync(&mut self, refused: bool) {
        if !refused {
            self.durable = self.issued;
            self.on_disk = self.leases.clone();
        }
    }

    fn is_durable(&self, ticket: Ticket) -> bool {
        ticket.0 <= self.durable || self.fault == Fault::RepliesBeforeSync
    }

    fn reclaim(&mut self, _now: UnixTime) -> Result<(), String> {
        Ok(())
    }

    fn restart(&mut self, _power_cut: bool) -> Result<(), String> {
        self.leases = self.on_disk.clone();
        Ok(())
    }

    fn lease(&self, resource: Resource) -> Option<Arc<Lease>> {
        self.leases.get(&resource).cloned()
    }

    fn assigned(&mut self, _name: &'static str, _kind: LeaseKind) -> Option<(i64, i64)> {
        None
    }

    fn server_id(&self) -> Vec<u8> {
        vec![0, 2, 0, 0, 0, 1, 1]
    }
}

const STEPS: u64 = 20_000;

fn toy(fault: Fault, seed: u64) -> Result<Report, Violation> {
    World::new(Toy::new(fault), Plan { family: Family::V6, seed, steps: STEPS, clients: 12, recount: true }).run()
}

#[test]
fn a_server_that_keeps_its_promises_passes() {
    for seed in 1..4 {
        let report = toy(Fault::None, seed).unwrap();
        assert!(report.acknowledged > 500 && report.restarts > 3, "{report:?}");
    }
}

#[test]
fn one_seed_gives_one_trace() {
    assert_eq!(toy(Fault::None, 5), toy(Fault::None, 5));
    assert_ne!(toy(Fault::None, 5).unwrap().trace, toy(Fault::None, 6).unwrap().trace);
}

#[test]
fn an_address_given_twice_is_found() {
    let violation = toy(Fault::GivesTwice, 1).unwrap_err();
    assert!(violation.what.contains("acknowledged twice"), "{violation}");
}

#[test]
fn a_reply_that_leaves_before_the_disk_is_found() {
    let lost = (1..20).find_map(|seed| toy(Fault::RepliesBeforeSync, seed).err()).unwrap();
    assert!(lost.what.contains("a restart lost"), "{lost}");
}

#[test]
fn the_real_engine_keeps_its_promises_in_both_families() {
    for family in [Family::V4, Family::V6] {
        let plan = Plan { family, seed: 1, steps: STEPS, clients: 12, recount: true };
        let report = World::new(Server::for_world(family).unwrap(), plan).run();
        let again = World::new(Server::for_world(family).unwrap(), plan).run();
        assert_eq!(report, again);
        match report {
            Ok(report) => assert!(report.acknowledged > 500 && report.restarts > 3, "{report:?}"),
            Err(violation) => panic!("{violation}"),
        }
    }
}
