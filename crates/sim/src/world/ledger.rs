//! Who was promised what: the book the world's promises are checked against.

use std::collections::{BTreeMap, VecDeque};

use model::{LeaseKind, LeaseState, Owner, Resource, UnixTime};
use wire::v6::{Ia, IaAddress, IaPrefix, MessageType, Packet, code};

use super::Service;
use crate::packet::Sent;

/// A promise: a resource, whose it is, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub resource: Resource,
    /// The client.
    pub duid: Vec<u8>,
    /// Its association.
    pub iaid: u32,
    /// The last second it holds.
    pub until: UnixTime,
}

impl Grant {
    fn of_same_owner(&self, other: &Self) -> bool {
        (self.resource.kind(), &self.duid, self.iaid) == (other.resource.kind(), &other.duid, other.iaid)
    }
}

/// A promise that was broken, and what happened before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}\nbefore that:\n{}", .before.join("\n"))]
pub struct Violation {
    /// What must not be.
    pub what: String,
    /// The last events.
    pub before: Vec<String>,
}

/// The promises that stand.
#[derive(Debug, Default)]
pub struct Ledger {
    standing: BTreeMap<Resource, Grant>,
    past: VecDeque<String>,
}

/// How many past events a violation tells.
const PAST: usize = 40;

impl Ledger {
    /// Remembers an event.
    pub fn note(&mut self, told: String) {
        if self.past.len() == PAST {
            self.past.pop_front();
        }
        self.past.push_back(told);
    }

    /// Makes a violation of what was seen.
    pub fn violated(&self, what: impl Into<String>) -> Violation {
        Violation { what: what.into(), before: self.past.iter().cloned().collect() }
    }

    /// Enters a promise that has left the server.
    ///
    /// # Errors
    /// A [`Violation`] if the resource is promised to somebody else.
    pub fn acknowledge(&mut self, grant: &Grant, now: UnixTime) -> Result<(), Violation> {
        if let Some(other) = self.standing.get(&grant.resource)
            && !other.of_same_owner(grant)
            && other.until >= now
        {
            return Err(self.violated(format!("{} is acknowledged twice: {other:?} and {grant:?}", grant.resource)));
        }
        self.standing.insert(grant.resource, grant.clone());
        Ok(())
    }

    /// Strikes out what a client gives back with a message the server has dealt with.
    pub fn given_back(&mut self, sent: &Sent) {
        self.standing.retain(|_, grant| !gives_back(sent, grant));
    }

    /// Strikes out what the server takes back from its owner.
    pub fn revoked(&mut self, revoked: &[Grant]) {
        self.standing
            .retain(|_, grant| !revoked.iter().any(|it| it.resource == grant.resource && it.of_same_owner(grant)));
    }

    /// Holds the leases of a server that was just started against the promises.
    ///
    /// # Errors
    /// A [`Violation`] if a promise that stands is not among the leases.
    pub fn survived(&self, service: &dyn Service, now: UnixTime) -> Result<(), Violation> {
        for grant in self.standing.values().filter(|grant| grant.until >= now) {
            let kept = service.lease(grant.resource).is_some_and(|lease| {
                let same = matches!(&lease.owner, Owner::V6 { duid, iaid, .. }
                    if duid.octets() == grant.duid && *iaid == grant.iaid);
                same && lease.state == LeaseState::Assigned && lease.expires().is_none_or(|end| end >= grant.until)
            });
            if !kept {
                return Err(self.violated(format!("a restart lost {grant:?}")));
            }
        }
        Ok(())
    }

    /// Holds the statistics against the leases, where the server keeps any.
    ///
    /// # Errors
    /// A [`Violation`] if they differ.
    pub fn recount(&self, service: &mut dyn Service) -> Result<(), Violation> {
        for (name, kind) in [("assigned-nas", LeaseKind::Na), ("assigned-pds", LeaseKind::Pd)] {
            if let Some((counted, there)) = service.assigned(name, kind)
                && counted != there
            {
                return Err(self.violated(format!("{name} is {counted}, but {there} are assigned")));
            }
        }
        Ok(())
    }
}

/// Says whether a message gives a resource back.
pub fn gives_back(sent: &Sent, grant: &Grant) -> bool {
    let Ok(packet) = Packet::decode(&sent.octets) else {
        return false;
    };
    matches!(packet.message.kind, MessageType::Release | MessageType::Decline)
        && sent.client_id.as_deref() == Some(&grant.duid)
        && resources(&packet).iter().any(|(iaid, resource, _)| (*iaid, *resource) == (grant.iaid, grant.resource))
}

/// Reads the promises out of a reply: what it gives, and what it takes back.
pub fn grants(sent: &Sent, reply: &[u8], now: UnixTime) -> (Vec<Grant>, Vec<Grant>) {
    let Ok(packet) = Packet::decode(reply) else {
        return (Vec::new(), Vec::new());
    };
    if packet.message.kind != MessageType::Reply {
        return (Vec::new(), Vec::new());
    }
    let duid = sent.client_id.clone().unwrap_or_default();
    let grant = |(iaid, resource, valid): (u32, Resource, u32)| {
        let until = now + model::Seconds(valid);
        (valid > 0, Grant { resource, duid: duid.clone(), iaid, until })
    };
    let (given, taken): (Vec<_>, Vec<_>) = resources(&packet).into_iter().map(grant).partition(|(gives, _)| *gives);
    let grants = |list: Vec<(bool, Grant)>| list.into_iter().map(|(_, grant)| grant).collect();
    (grants(given), grants(taken))
}

fn resources(packet: &Packet<'_>) -> Vec<(u32, Resource, u32)> {
    let mut found = Vec::new();
    for option in packet.message.options.iter().filter(|option| matches!(option.code, code::IA_NA | code::IA_PD)) {
        let Ok(ia) = Ia::decode(option.value) else {
            continue;
        };
        let addresses = ia.options.all(code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
        found.extend(addresses.map(|it| (ia.iaid, Resource::V6(it.address), it.valid)));
        let prefixes = ia.options.all(code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
        found.extend(prefixes.map(|it| (ia.iaid, Resource::Prefix(it.prefix, it.length), it.valid)));
    }
    found
}
