//! One exchange under way: what is known of the client, and what is decided so far.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{ClassName, Lease, LeaseKind, LeaseState, MacSource, Model, Owner, Pool, Resource, Subnet};
use wire::v6::{Packet, code, values};
use wire::{Duid, HardwareAddress};

use super::Reply;
use crate::decision::{Client, Label, MessageType};
use crate::event::{Drop, Event};
use crate::exchange::Datagram;
use crate::facts::Facts;
use crate::naming::{ClientName, Rules};
use crate::{Change, Decision, decision, identify};

/// An exchange under way.
pub(crate) struct Session<'a> {
    pub(crate) datagram: &'a Datagram<'a>,
    pub(crate) packet: &'a Packet<'a>,
    pub(crate) model: &'a Model,
    pub(crate) facts: &'a dyn Facts,
    /// The client's DUID, if it sent one that can be read.
    pub(crate) duid: Option<Duid>,
    pub(crate) hw: Option<(HardwareAddress, MacSource)>,
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

impl<'a> Session<'a> {
    /// Begins with what the packet itself says.
    pub(crate) fn new(
        datagram: &'a Datagram<'a>,
        packet: &'a Packet<'a>,
        model: &'a Model,
        facts: &'a dyn Facts,
    ) -> Self {
        let duid = packet.message.options.first(code::CLIENT_ID).and_then(|value| Duid::decode(value).ok());
        let hw = identify::hardware(packet, datagram.from, duid.as_ref(), &model.settings.mac_sources);
        // Kea: the label is made before the packet is looked into, so it never shows a hardware address.
        let label =
            Label { client: Client::Duid(duid.clone()), hw: None, transaction: Some(packet.message.transaction) };
        Self {
            datagram,
            packet,
            model,
            facts,
            duid,
            hw,
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

    /// Lists leases this exchange has made under an association: a message may name one twice.
    pub(crate) fn made(&self, kind: LeaseKind, iaid: u32) -> Vec<Arc<Lease>> {
        let made = self.decision.changes.iter().filter_map(|change| change.after.clone());
        made.filter(|lease| {
            lease.kind() == kind
                && lease.state == LeaseState::Assigned
                && matches!(lease.owner, Owner::V6 { iaid: theirs, .. } if theirs == iaid)
        })
        .collect()
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

    /// Ends with a reply, or without one.
    pub(crate) fn decide(mut self, reply: Option<Reply<'a>>) -> Decision {
        let Some(mut reply) = reply else { return self.decision };
        reply.supply_from_relays(self.packet, &self.model.settings.relay_supplied_options);
        let to = self.destination();
        self.tell(Event::Sent {
            kind: MessageType::V6(reply.kind),
            from: SocketAddr::new(self.datagram.to, SERVER_PORT),
            to,
            interface: self.datagram.interface.into(),
        });
        let octets = reply.write(self.packet);
        self.decision.reply = Some(decision::Reply { kind: MessageType::V6(reply.kind), octets, to });
        self.decision
    }

    /// Where a reply goes: to the client, or to the relay and the port it names.
    fn destination(&self) -> SocketAddr {
        let port = match self.packet.relays.first() {
            None => CLIENT_PORT,
            Some(outermost) => match outermost.options.first(code::RELAY_SOURCE_PORT) {
                Some(value) if values::relay_source_port(value).is_ok() => self.datagram.from.port(),
                _ => SERVER_PORT,
            },
        };
        let mut to = self.datagram.from;
        to.set_port(port);
        to
    }

    /// Walks the client's identity associations of both kinds in the order sent.
    pub(crate) fn options(&self) -> impl Iterator<Item = wire::v6::RawOption<'a>> + use<'a> {
        self.packet.message.options.iter()
    }

    /// Says whether the client asks for an option.
    pub(crate) fn requests(&self, code: u16) -> bool {
        self.packet.message.requested_options().any(|requested| requested == code)
    }

    /// Reads the client's name and settles who updates DNS.
    pub(crate) fn prepare_name(&mut self) {
        let Some(subnet) = self.subnet else { return };
        let rules = Rules::of(self.model, subnet);
        self.name = match self.packet.message.options.first(code::CLIENT_FQDN) {
            Some(value) => rules.fqdn(value),
            None => rules.nameless(),
        };
    }

    /// Tells the client what it is called.
    pub(crate) fn answer_name(&self, reply: &mut Reply<'a>) {
        if let Some(value) = self.name.as_ref().and_then(|name| name.option(self.model.family)) {
            reply.add(code::CLIENT_FQDN, Cow::Owned(value));
        }
    }

    /// Begins a reply with the identifiers every reply has.
    pub(crate) fn reply(&self, kind: wire::v6::MessageType) -> Reply<'a> {
        let mut reply = Reply::new(kind, self.packet.message.transaction);
        if let Some(client) = self.packet.message.options.first(code::CLIENT_ID) {
            reply.add(code::CLIENT_ID, Cow::Borrowed(client));
        }
        reply.add(code::SERVER_ID, Cow::Borrowed(self.model.settings.server_duid.octets()));
        reply
    }
}

const CLIENT_PORT: u16 = 546;
const SERVER_PORT: u16 = 547;
