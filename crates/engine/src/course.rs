//! One exchange under way, as far as it is the same in both families: what is known of the client, and what is decided
//! so far.

use std::net::SocketAddr;
use std::sync::Arc;

use model::{ClassName, ClientClass, Lease, LeaseTimes, Model, Pool, Resource, Subnet};

use crate::decision::{Label, MessageType};
use crate::event::{Drop, Event};
use crate::exchange::Datagram;
use crate::facts::Facts;
use crate::naming::{ClientName, Rules};
use crate::{Change, Decision, decision};

/// An exchange under way.
pub(crate) struct Course<'a> {
    pub(crate) datagram: &'a Datagram<'a>,
    pub(crate) model: &'a Model,
    pub(crate) facts: &'a dyn Facts,
    pub(crate) classes: Vec<ClassName>,
    /// The subnet chosen for the client.
    pub(crate) subnet: Option<&'a Subnet>,
    /// The subnets it can get leases from, the chosen one first.
    pub(crate) subnets: Vec<&'a Subnet>,
    /// What the client is called.
    pub(crate) name: Option<ClientName>,
    /// Resources given in this exchange.
    pub(crate) taken: Vec<Resource>,
    /// The associations they were given to, in the same order.
    takers: Vec<u32>,
    /// Pools they came out of.
    pub(crate) pools: Vec<&'a Pool>,
    decision: Decision,
}

impl<'a> Course<'a> {
    /// Begins with nothing decided.
    pub(crate) const fn new(datagram: &'a Datagram<'a>, model: &'a Model, facts: &'a dyn Facts, label: Label) -> Self {
        Self {
            datagram,
            model,
            facts,
            classes: Vec::new(),
            subnet: None,
            subnets: Vec::new(),
            name: None,
            taken: Vec::new(),
            takers: Vec::new(),
            pools: Vec::new(),
            decision: Decision::silent(label),
        }
    }

    /// How the client is to be named in its subnet; `None` if it has none.
    pub(crate) fn rules(&self) -> Option<Rules<'a>> {
        self.subnet.map(|subnet| Rules::of(self.model, subnet))
    }

    /// Finds what the first class of the client that sets something sets.
    pub(crate) fn of_class<T>(&self, of: impl Fn(&'a ClientClass) -> Option<T>) -> Option<T> {
        let model = self.model;
        self.classes.iter().filter_map(|name| model.class(name)).find_map(of)
    }

    /// Gives lifetimes and timers of leases of a subnet: the client's classes come first.
    pub(crate) fn times(&self, subnet: &Subnet) -> LeaseTimes {
        let times = subnet.times;
        LeaseTimes {
            valid: self.of_class(|class| class.valid).unwrap_or(times.valid),
            preferred: self.of_class(|class| class.preferred).or(times.preferred),
            ..times
        }
    }

    /// Tells that something happened.
    pub(crate) fn tell(&mut self, event: Event) {
        self.decision.events.push(event);
    }

    /// Tells what only those who look into the program want to know.
    pub(crate) fn trace(&mut self, event: impl FnOnce() -> Event) {
        if self.datagram.trace {
            self.decision.events.push(event());
        }
    }

    /// Stores a lease in place of another.
    ///
    /// A resource that changes twice in one exchange is one change: from what was stored to what it is last.
    pub(crate) fn store(&mut self, before: Option<Arc<Lease>>, after: Option<Lease>) {
        let change = Change { before, after: after.map(Arc::new) };
        let resource = change.resource();
        match self.decision.changes.iter_mut().find(|earlier| earlier.resource() == resource) {
            Some(earlier) => earlier.after = change.after,
            None => self.decision.changes.push(change),
        }
    }

    /// Gives a resource to an association of this exchange.
    pub(crate) fn take(&mut self, resource: Resource, iaid: u32, pool: &'a Pool) {
        self.taken.push(resource);
        self.takers.push(iaid);
        self.pools.push(pool);
    }

    /// Says whether another association of this exchange has the resource already.
    pub(crate) fn is_taken_from(&self, iaid: u32, resource: Resource) -> bool {
        self.taken.iter().zip(&self.takers).any(|(taken, taker)| *taken == resource && *taker != iaid)
    }

    /// Remembers where an iterative allocator stands.
    pub(crate) fn moved(&mut self, cursors: impl IntoIterator<Item = (model::PoolKey, Resource)>) {
        self.decision.cursors.extend(cursors);
    }

    /// Walks the leases this exchange has made.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Arc<Lease>> {
        self.decision.changes.iter().filter_map(|change| change.after.as_ref())
    }

    /// Finds the change this exchange has decided on for a resource.
    pub(crate) fn decided(&self, resource: Resource) -> Option<&Change> {
        self.decision.changes.iter().rev().find(|change| change.resource() == Some(resource))
    }

    /// Ends in silence, for a reason.
    pub(crate) fn dropped(mut self, drop: Drop) -> Decision {
        self.tell(Event::Dropped(drop));
        self.decision
    }

    /// Ends with a reply.
    pub(crate) fn answered(
        mut self,
        kind: MessageType,
        octets: Vec<u8>,
        (from, to): (SocketAddr, SocketAddr),
    ) -> Decision {
        self.tell(Event::Sent { kind, from, to, interface: self.datagram.interface.into() });
        self.decision.reply = Some(decision::Reply { kind, octets, to, by: None });
        self.decision
    }

    /// Ends with a packet for another server on this machine.
    pub(crate) fn handed_on(mut self, kind: MessageType, octets: Vec<u8>, to: SocketAddr) -> Decision {
        self.decision.reply = Some(decision::Reply { kind, octets, to, by: None });
        self.decision
    }

    /// Ends in silence.
    pub(crate) fn silent(self) -> Decision {
        self.decision
    }
}
