//! Who was promised what: the book the world's promises are checked against.

use std::collections::{BTreeMap, VecDeque};

use super::{Service, v4, v6};
use crate::packet::Sent;
use model::{LeaseKind, LeaseState, Owner, Resource, UnixTime};

/// A promise: a resource, whose it is, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What.
    pub resource: Resource,
    /// The client: its DUID, or its client identifier.
    pub client: Vec<u8>,
    /// Its association; DHCPv4 has none.
    pub iaid: u32,
    /// The last second it holds.
    pub until: UnixTime,
}

impl Grant {
    fn of_same_owner(&self, other: &Self) -> bool {
        (self.resource.kind(), &self.client, self.iaid) == (other.resource.kind(), &other.client, other.iaid)
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

    /// Strikes out what clients no longer have since the server gave them another address.
    pub fn moved(&mut self, granted: &[Grant]) {
        self.standing.retain(|_, grant| !is_moved(grant, granted));
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
                let same = match &lease.owner {
                    Owner::V4 { client_id, .. } => **client_id == *grant.client,
                    Owner::V6 { duid, iaid, .. } => duid.octets() == grant.client && *iaid == grant.iaid,
                };
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
        let names =
            [("assigned-addresses", LeaseKind::V4), ("assigned-nas", LeaseKind::Na), ("assigned-pds", LeaseKind::Pd)];
        for (name, kind) in names {
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
    let given_back = if sent.from.is_ipv4() { v4::given_back(&sent.octets) } else { v6::given_back(&sent.octets) };
    sent.client_id.as_deref() == Some(&grant.client) && given_back.contains(&(grant.iaid, grant.resource))
}

/// Says whether the owner of a promise was given another address instead: DHCPv4 knows one at a time.
pub fn is_moved(grant: &Grant, granted: &[Grant]) -> bool {
    let other = |it: &Grant| it.resource != grant.resource && it.of_same_owner(grant);
    grant.resource.kind() == LeaseKind::V4 && granted.iter().any(other)
}

/// Reads the promises out of a reply: what it gives, and what it takes back.
pub fn grants(sent: &Sent, reply: &[u8], now: UnixTime) -> (Vec<Grant>, Vec<Grant>) {
    let promised = if sent.from.is_ipv4() { v4::promised(reply) } else { v6::promised(reply) };
    let client = sent.client_id.clone().unwrap_or_default();
    let grant = |(iaid, resource, valid): (u32, Resource, u32)| {
        let until = now + model::Seconds(valid);
        (valid > 0, Grant { resource, client: client.clone(), iaid, until })
    };
    let (given, taken): (Vec<_>, Vec<_>) = promised.into_iter().map(grant).partition(|(gives, _)| *gives);
    let grants = |list: Vec<(bool, Grant)>| list.into_iter().map(|(_, grant)| grant).collect();
    (grants(given), grants(taken))
}
