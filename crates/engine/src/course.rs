//! One exchange under way, as far as it is the same in both families: what is known of the client, and what is decided
//! so far.

use std::net::SocketAddr;
use std::sync::Arc;

use model::settings::Names;
use model::{
    ClassName, ClientClass, Family, Lease, LeaseKind, LeaseState, LeaseTimes, Model, Pool, Resource, Seconds, Subnet,
};

use crate::decision::{Label, MessageType};
use crate::event::{Drop, Event};
use crate::exchange::Datagram;
use crate::facts::{Facts, Missing, Scope};
use crate::flex_id::Replaced;
use crate::naming::{ClientName, LeaseName, Rules, SentName};
use crate::reserve::Reservations;
use crate::select::Choice;
use crate::tuning::{self, Calculated};
use crate::{Change, Decision, decision, limits, user_check};

/// Lets what a family adds to a [`Course`], in a type with the field `course`, be used as the course itself.
macro_rules! derefs_to_course {
    ($session:ident) => {
        impl<'a> std::ops::Deref for $session<'a> {
            type Target = crate::course::Course<'a>;

            fn deref(&self) -> &Self::Target {
                &self.course
            }
        }

        impl std::ops::DerefMut for $session<'_> {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.course
            }
        }
    };
}

pub(crate) use derefs_to_course;

/// An exchange under way.
pub(crate) struct Course<'a> {
    pub(crate) datagram: &'a Datagram<'a>,
    pub(crate) model: &'a Model,
    pub(crate) facts: &'a dyn Facts,
    pub(crate) classes: Vec<ClassName>,
    /// The subnet chosen for the client.
    pub(crate) subnet: Option<&'a Subnet>,
    /// The subnet first chosen, wherever the client ends.
    pub(crate) chosen: Option<&'a Subnet>,
    /// The subnets it can get leases from, the chosen one first.
    pub(crate) subnets: Vec<&'a Subnet>,
    /// What is reserved for the client.
    pub(crate) reservations: Reservations<'a>,
    /// What the client sent of its name, and the subnet it was to be named by; `None` if it is not to be named.
    sent_name: Option<(SentName<'a>, Option<&'a Subnet>)>,
    /// The name reserved for the client where it last came by and one is.
    reserved_name: &'a str,
    /// The name is that of the place of the first lease.
    is_named: bool,
    /// The place of the lease has another name for the client than the subnet that was chosen for it.
    pub(crate) is_renamed: bool,
    /// What the client is called.
    pub(crate) name: Option<ClientName>,
    /// What expressions call it.
    pub(crate) calculated: Calculated,
    /// Resources given in this exchange.
    pub(crate) taken: Vec<Resource>,
    /// The associations they were given to, in the same order.
    takers: Vec<u32>,
    /// Pools they came out of.
    pub(crate) pools: Vec<&'a Pool>,
    /// What was replaced in the query before it was read.
    pub(crate) replaced: Replaced,
    decision: Decision,
}

impl<'a> Course<'a> {
    /// Begins with nothing decided.
    pub(crate) fn new(datagram: &'a Datagram<'a>, model: &'a Model, facts: &'a dyn Facts, label: Label) -> Self {
        Self {
            datagram,
            model,
            facts,
            classes: Vec::new(),
            subnet: None,
            chosen: None,
            subnets: Vec::new(),
            reservations: Reservations::default(),
            sent_name: None,
            reserved_name: "",
            is_named: false,
            is_renamed: false,
            name: None,
            calculated: Calculated::default(),
            taken: Vec::new(),
            takers: Vec::new(),
            pools: Vec::new(),
            replaced: Replaced::default(),
            decision: Decision { events: Vec::with_capacity(USUAL_EVENTS), ..Decision::silent(label) },
        }
    }

    /// Takes the subnet found for the client, or that for clients nobody registered, unless it had too many packets already.
    pub(crate) fn select(&mut self, (subnet, steps): Choice<'a>) -> Result<Result<(), Drop>, Missing> {
        self.decision.events.extend(steps.into_iter().map(Event::Step));
        self.subnet = user_check::place(self, subnet);
        limits::subnet(self)
    }

    /// How the client is to be named.
    pub(crate) fn rules(&self) -> Rules<'a> {
        Rules::of(self.model, self.subnet, self.reservations.hostname(self.subnet))
    }

    /// Names the client by what it sent, and settles who updates DNS.
    pub(crate) fn prepare_name(&mut self, sent: SentName<'a>) {
        let name = self.rules().name(&sent);
        self.name = tuning::apply(self, name, self.subnet);
        self.reserved_name = self.reservations.hostname(self.subnet);
        self.sent_name = Some((sent, self.subnet));
    }

    /// Gives what a lease keeps of the name; `makes` says whether one is made out of the address if there is none.
    ///
    /// Kea: what is reserved where the client gets its first lease, is what it is called; but a global address comes with
    /// the global name, if the client does not know the FQDN option. By which rules it is called, the subnet of the lease
    /// says in DHCPv4, the one first chosen in DHCPv6.
    pub(crate) fn name_of_lease(&mut self, resource: Resource, place: (&'a Subnet, &Names), makes: bool) -> LeaseName {
        let (subnet, _) = place;
        let reserved = self.reservations.hostname(Some(subnet));
        if !reserved.is_empty() {
            self.reserved_name = reserved;
        }
        if let Some((sent, planned)) = self.sent_name.as_ref().filter(|_| !self.is_named)
            && (resource.kind() != LeaseKind::Pd || sent.fqdn.is_none())
        {
            let ruled = if self.model.family == Family::V4 { Some(subnet) } else { *planned };
            let renamed = reserved != self.reservations.hostname(*planned);
            if renamed || ruled.map(|subnet| subnet.id) != planned.map(|subnet| subnet.id) {
                let name = Rules::of(self.model, ruled, reserved).name(sent);
                self.name = tuning::apply(self, name, ruled);
                self.is_renamed = renamed;
            }
            self.is_named = true;
        }
        self.kept_name(resource, place, makes)
    }

    /// Names the client and all its new leases by where it ended.
    ///
    /// Kea: a DHCPv6 client has one name, whatever the subnets of its leases: that of the subnet that gave last.
    pub(crate) fn settle_name(&mut self) {
        let (Some(subnet), Some((sent, _))) = (self.subnet, self.sent_name.as_ref()) else { return };
        let name = Rules::of(self.model, Some(subnet), self.reserved_name).name(sent);
        let name = tuning::apply(self, name, Some(subnet));
        let before = self.name.take();
        if name.is_none() && before.as_ref().is_some_and(|name| !name.is_told()) {
            self.name = before;
            return;
        }
        self.name = name;
        // Kea: the pool of the first lease counts, if it is one of that subnet.
        let first = self.pools.first().filter(|pool| is_of(pool, subnet));
        let names = first.and_then(|pool| pool.names.as_deref()).unwrap_or(&subnet.names);
        for at in 0..self.decision.changes.len() {
            let after = self.decision.changes.get(at).and_then(|change| change.after.clone());
            let Some(lease) = after.filter(|lease| lease.state == LeaseState::Assigned) else { continue };
            let name = match &before {
                // Kea: where nothing is called by a name, the leases still say that DNS is to be told.
                Some(before) if self.name.is_none() => before.unnamed(),
                _ => self.kept_name(lease.resource, (subnet, names), true),
            };
            if let Some(change) = self.decision.changes.get_mut(at) {
                change.after = Some(Arc::new(name.of(&lease)));
            }
        }
        if let Some(name) = self.name.as_mut().filter(|name| name.is_told()) {
            name.qualify(names);
        }
    }

    fn kept_name(&mut self, resource: Resource, (subnet, names): (&'a Subnet, &Names), makes: bool) -> LeaseName {
        let global = self.reservations.global_hostname(subnet, resource);
        match (&mut self.name, global.filter(|_| self.model.family == Family::V6)) {
            (Some(name), Some(global)) if !name.is_told() => LeaseName::kept(global, names),
            (Some(name), _) => name.for_lease(names, resource, makes),
            (None, _) => LeaseName::default(),
        }
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

    /// Says whether a lease of this exchange may keep what relays say of the client.
    pub(crate) fn keeps_context(&self) -> bool {
        self.subnets.iter().any(|subnet| subnet.store_extended_info)
    }

    /// Tells that something happened.
    pub(crate) fn tell(&mut self, event: Event) {
        self.decision.events.push(event);
    }

    /// Tells what happened, in order.
    pub(crate) fn tell_all(&mut self, events: Vec<Event>) {
        self.decision.events.extend(events);
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
    pub(crate) fn take(&mut self, resource: Resource, iaid: u32, pool: Option<&'a Pool>) {
        self.taken.push(resource);
        self.takers.push(iaid);
        self.pools.extend(pool);
    }

    /// Says whether another association of this exchange has the resource already.
    pub(crate) fn is_taken_from(&self, iaid: u32, resource: Resource) -> bool {
        self.taken.iter().zip(&self.takers).any(|(taken, taker)| *taken == resource && *taker != iaid)
    }

    /// Walks the pools of the subnet where the client ended that something came out of.
    ///
    /// Kea: pools of other subnets add nothing to the reply.
    pub(crate) fn pools_here(&self) -> impl Iterator<Item = &'a Pool> + use<'a, '_> {
        let subnet = self.subnet;
        self.pools.iter().copied().filter(move |pool| subnet.is_some_and(|subnet| is_of(pool, subnet)))
    }

    /// Names the client in log lines.
    pub(crate) const fn label(&self) -> &Label {
        &self.decision.label
    }

    /// Says where the iterative allocator stands in the pools it used.
    pub(crate) fn cursors(&self) -> &[(model::PoolKey, Resource)] {
        &self.decision.cursors
    }

    /// Counts what was told so far.
    pub(crate) fn told(&self) -> usize {
        self.decision.events.len()
    }

    /// Takes back what was told after the first so many events, and all that was to be stored.
    pub(crate) fn unsay(&mut self, events: usize) {
        self.decision.events.truncate(events);
        self.decision.changes.clear();
    }

    /// Remembers where an iterative allocator stands.
    pub(crate) fn moved(&mut self, cursors: impl IntoIterator<Item = (model::PoolKey, Resource)>) {
        self.decision.cursors.extend(cursors);
    }

    /// Walks the leases this exchange has made.
    pub(crate) fn made(&self) -> impl Iterator<Item = &Arc<Lease>> {
        self.decision.changes.iter().filter_map(|change| change.after.as_ref())
    }

    /// Lists the changes decided on so far.
    pub(crate) fn changes(&self) -> &[Change] {
        &self.decision.changes
    }

    /// Counts the packet for classes or a subnet that are limited.
    pub(crate) fn admit(&mut self, scopes: impl IntoIterator<Item = (Scope, Seconds)>) {
        self.decision.admitted.extend(scopes);
    }

    /// Finds the change this exchange has decided on for a resource.
    pub(crate) fn decided(&self, resource: Resource) -> Option<&Change> {
        self.decision.changes.iter().rev().find(|change| change.resource() == Some(resource))
    }

    /// Notes what is to be recorded of the reply.
    pub(crate) fn record(&mut self, text: String) {
        self.decision.record = Some(text.into());
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

/// Room for what happens in almost every exchange.
const USUAL_EVENTS: usize = 6;

/// Says whether a pool is one of a subnet.
fn is_of(pool: &Pool, subnet: &Subnet) -> bool {
    subnet.pools_of(pool.lease_kind()).iter().any(|own| std::ptr::eq(own, pool))
}
