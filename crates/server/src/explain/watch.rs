//! Leases as a decision sees them, with a note of everything it asked and what it was told.

use std::cell::RefCell;
use std::sync::Arc;

use engine::{ClientKey, Facts, Missing, Presence, Probe, Scope, Search};
use model::{Lease, LeaseKind, LeaseState, Model, Resource, Seconds, SubnetId, UnixTime};

/// So many holders are told of a pool where nothing is free.
const HOLDERS: usize = 4;

/// Leases, and what was asked about them.
pub(crate) struct Watched<'a> {
    leases: &'a dyn Facts,
    model: &'a Model,
    at: UnixTime,
    told: RefCell<Vec<String>>,
}

impl<'a> Watched<'a> {
    pub(crate) const fn new(leases: &'a dyn Facts, model: &'a Model, at: UnixTime) -> Self {
        Self { leases, model, at, told: RefCell::new(Vec::new()) }
    }

    /// Gives what was asked, in order.
    pub(crate) fn told(self) -> Vec<String> {
        self.told.into_inner()
    }

    fn tell(&self, line: String) {
        let mut told = self.told.borrow_mut();
        if !told.contains(&line) {
            told.push(line);
        }
    }

    /// Says who holds a resource, in the words of Kea's logs.
    fn held(&self, lease: &Lease) -> String {
        let state = match lease.state {
            LeaseState::Assigned if lease.is_expired_at(self.at) => "ended, not reclaimed".to_owned(),
            LeaseState::Assigned
            | LeaseState::Declined
            | LeaseState::Reclaimed
            | LeaseState::Released
            | LeaseState::Registered => super::state(lease),
        };
        let until = match lease.expires() {
            Some(end) => format!("{} s left", end.0.saturating_sub(self.at.0).max(0)),
            None => "without end".to_owned(),
        };
        let label = engine::decision::Label::of(lease);
        format!("{}: lease of {label} in subnet {}, {state}, {until}", lease.resource, lease.subnet)
    }

    /// Says for whom a resource is reserved that a decision may pass over.
    fn reserved(&self, subnet: SubnetId, resource: Resource) -> String {
        let host = self.model.hosts.at(subnet, resource).next();
        host.map_or_else(String::new, |host| format!(", reserved for {}", super::host(host)))
    }

    fn search(&self, search: Search<'_>, found: Option<Resource>) -> Result<(), Missing> {
        let (pool, subnet) = (search.pool, search.key.subnet);
        let range = format!("{}-{}", pool.range.first_address(), pool.range.last_address());
        if let Some(resource) = found {
            let reserved = self.reserved(subnet, resource);
            self.tell(format!("{resource}: free in pool {range} of subnet {subnet}{reserved}"));
            return Ok(());
        }
        let places = search.until.saturating_sub(search.from);
        let single = (places == 1).then(|| pool.nth(search.from)).flatten();
        match single {
            Some(resource) => self.tell(format!("{resource}: not free in pool {range} of subnet {subnet}")),
            None if places == 0 => {}
            None => self.tell(format!("pool {range} of subnet {subnet}: none of {places} is free")),
        }
        for place in (search.from..search.until).take(HOLDERS) {
            let lease = pool.nth(place).map(|resource| self.leases.lease_at(resource)).transpose()?.flatten();
            if let Some(lease) = lease {
                self.tell(self.held(&lease));
            }
        }
        Ok(())
    }
}

impl Facts for Watched<'_> {
    fn below(&self) -> Option<&dyn Facts> {
        Some(self.leases)
    }

    fn lease_at(&self, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
        let lease = self.leases.lease_at(resource)?;
        self.tell(lease.as_ref().map_or_else(|| format!("{resource}: no lease"), |lease| self.held(lease)));
        Ok(lease)
    }

    fn leases_of(&self, client: ClientKey<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        let leases = self.leases.leases_of(client)?;
        if leases.is_empty() {
            self.tell(format!("no lease of the client by {}", key(client)));
        }
        for lease in &leases {
            self.tell(format!("lease of the client by {}: {}", key(client), self.held(lease)));
        }
        Ok(leases)
    }

    fn next_free(&self, search: Search<'_>) -> Result<Option<Resource>, Missing> {
        let found = self.leases.next_free(search)?;
        self.search(search, found)?;
        Ok(found)
    }

    /// Nobody is asked for an explanation: it tells what is answered where nobody is there.
    fn presence(&self, _probe: &Probe) -> Result<Presence, Missing> {
        Ok(Presence::Free)
    }

    fn leases_within(&self, scope: &Scope, kind: LeaseKind) -> Result<u64, Missing> {
        let count = self.leases.leases_within(scope, kind)?;
        let what = if kind == LeaseKind::Pd { "prefixes" } else { "addresses" };
        self.tell(match scope {
            Scope::Class(class) => format!("{what} leased to class {class}: {count}"),
            Scope::Subnet(subnet) => format!("{what} leased in subnet {subnet}: {count}"),
        });
        Ok(count)
    }

    fn packets_within(&self, scope: &Scope, span: Seconds) -> Result<u32, Missing> {
        let count = self.leases.packets_within(scope, span)?;
        self.tell(match scope {
            Scope::Class(class) => format!("{count} packets of class {class} in the last {span} s"),
            Scope::Subnet(subnet) => format!("{count} packets for subnet {subnet} in the last {span} s"),
        });
        Ok(count)
    }
}

fn key(client: ClientKey<'_>) -> &'static str {
    match client {
        ClientKey::Association { .. } => "DUID and IAID",
        ClientKey::Duid(_) => "DUID",
        ClientKey::ClientId(_) => "client identifier",
        ClientKey::Hardware(_) => "hardware address",
    }
}
