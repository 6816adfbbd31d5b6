//! Identity associations: leases found, made, extended, and written into the reply.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::sync::Arc;

use model::{Lease, LeaseKind, LeaseState, LeaseTimes, Owner, Pool, PoolKind, Resource, Seconds, Subnet};
use wire::v6::{Ia, IaAddress, IaPrefix, StatusCode, code, prefix_exclude, status};
use wire::write::Writer;

use super::{Reply, Session};
use crate::event::{Bound, Event, Exhausted};
use crate::facts::{ClientKey, Missing};
use crate::grant::{self, Wish};
use crate::lifetimes::{self, Lifetimes};
use crate::reclaim;

/// An identity association as the client sent it.
pub(super) struct Association<'a> {
    pub(super) kind: LeaseKind,
    pub(super) ia: Ia<'a>,
}

/// A lease for the reply.
pub(super) struct Given {
    pub(super) resource: Resource,
    pub(super) lifetimes: Lifetimes,
    /// Timers of the subnet it came from.
    times: LeaseTimes,
    /// What the client must leave out of a prefix.
    excluded: Option<(Ipv6Addr, u8)>,
}

/// Whether leases are promised or made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Advertise,
    Assign,
    Renew,
}

impl<'a> Association<'a> {
    /// Walks the associations for addresses and prefixes of a message; what cannot be read is passed over.
    pub(super) fn all(session: &Session<'a>) -> Vec<Self> {
        let read = |option: wire::v6::RawOption<'a>| {
            let kind = match option.code {
                code::IA_NA => LeaseKind::Na,
                code::IA_PD => LeaseKind::Pd,
                _ => return None,
            };
            Ia::decode(option.value).ok().map(|ia| Self { kind, ia })
        };
        session.options().filter_map(read).collect()
    }

    /// Lists what the client names in the association, with the lifetimes it would like.
    pub(super) fn named(&self) -> Vec<(Resource, Lifetimes)> {
        let read = |option: wire::v6::RawOption<'_>| match (self.kind, option.code) {
            (LeaseKind::Na, code::IAADDR) => {
                let address = IaAddress::decode(option.value).ok()?;
                let lifetimes = Lifetimes { preferred: Seconds(address.preferred), valid: Seconds(address.valid) };
                Some((Resource::V6(address.address), lifetimes))
            }
            (LeaseKind::Pd, code::IAPREFIX) => {
                let prefix = IaPrefix::decode(option.value).ok()?;
                let lifetimes = Lifetimes { preferred: Seconds(prefix.preferred), valid: Seconds(prefix.valid) };
                Some((Resource::Prefix(prefix.prefix, prefix.length), lifetimes))
            }
            _ => None,
        };
        self.ia.options.iter().filter_map(read).collect()
    }

    /// Finds the client's leases under this association that count: not those declined or registered.
    pub(super) fn held(&self, session: &Session<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        let Some(duid) = &session.duid else { return Ok(Vec::new()) };
        let key = ClientKey::Association { duid, iaid: self.ia.iaid, kind: self.kind };
        let mut leases = session.facts.leases_of(key)?;
        leases.retain(|lease| {
            !matches!(lease.state, LeaseState::Declined | LeaseState::Registered)
                && session.subnets.iter().any(|subnet| subnet.id == lease.subnet)
                && session.decided(lease.resource).is_none()
                && !session.is_taken_from(self.ia.iaid, lease.resource)
        });
        leases.extend(session.made(self.kind, self.ia.iaid));
        Ok(leases)
    }

    /// Gives the association leases: those it holds, else a new one. Empty if there is none to give.
    pub(super) fn assign(&self, session: &mut Session<'a>, purpose: Purpose) -> Result<Vec<Given>, Missing> {
        let wish = self.named().first().map(|(_, lifetimes)| *lifetimes);
        let mut given = Vec::new();
        for lease in self.held(session)? {
            if let Some((subnet, pool)) = place_of(session, &lease) {
                given.push(keep(session, &lease, (subnet, pool), wish, purpose));
            } else if purpose == Purpose::Assign {
                withdraw(session, &lease);
            }
        }
        if given.is_empty() {
            given.extend(self.allocate(session, wish, purpose)?);
        }
        Ok(given)
    }

    /// Takes a free resource for the association.
    pub(super) fn allocate(
        &self,
        session: &mut Session<'a>,
        lifetimes: Option<Lifetimes>,
        purpose: Purpose,
    ) -> Result<Option<Given>, Missing> {
        let Some(selected) = session.subnet else { return Ok(None) };
        let wish = Wish {
            kind: self.kind,
            subnets: &session.subnets,
            classes: &session.classes,
            hint: self.named().first().map(|(resource, _)| *resource),
            taken: &session.taken,
            now: session.datagram.at,
            seed: session.datagram.seed,
        };
        let grant = match grant::choose(&wish, session.facts)? {
            Ok(grant) => grant,
            Err(attempts) => {
                let network = session.model.network_of(selected).map(|network| network.name.clone());
                let classes = session.classes.as_slice().into();
                let subnet = (selected.id, selected.prefix);
                session.tell(Event::Exhausted(Box::new(Exhausted { subnet, network, attempts, classes })));
                return Ok(None);
            }
        };
        session.moved(grant.cursors);
        session.subnet = Some(grant.subnet);
        let before = session.facts.lease_at(grant.resource)?;
        let lease = fresh(session, self.ia.iaid, (grant.resource, grant.subnet, grant.pool), lifetimes);
        let given = given(&lease, grant.pool, &grant.subnet.times);
        session.take(grant.resource, self.ia.iaid, grant.pool);
        if purpose == Purpose::Advertise {
            session.tell(Event::Advertised(Bound::of(&lease, 0)));
            return Ok(Some(given));
        }
        if let Some(ended) = before.as_ref().filter(|ended| ended.state.holds()) {
            session.tell(reclaim::reclaimed(ended));
        }
        session.tell(Event::Allocated(Bound::of(&lease, 1)));
        session.store(before, Some(lease));
        Ok(Some(given))
    }

    /// Writes the association with its leases into a reply.
    pub(super) fn answer(&self, session: &Session<'a>, given: &[Given], zeroed: &[Resource], reply: &mut Reply<'a>) {
        let shortest = given.iter().map(|given| given.lifetimes.preferred).filter(|time| *time != Seconds::ZERO).min();
        let (t1, t2) = match (given.first(), shortest) {
            (Some(first), Some(shortest)) => lifetimes::timers(&first.times, shortest),
            _ => (0, 0),
        };
        let mut writer = Writer::with_capacity(64);
        writer.u32(self.ia.iaid);
        writer.u32(t1);
        writer.u32(t2);
        let excludes = session.requests(code::PD_EXCLUDE);
        for given in given {
            write(&mut writer, given.resource, given.lifetimes, given.excluded.filter(|_| excludes));
        }
        for resource in zeroed {
            write(&mut writer, *resource, GONE, None);
        }
        reply.add(self.code(), Cow::Owned(writer.finish()));
    }

    /// Writes the association with a status, and with what the client must give up, into a reply.
    pub(super) fn refuse(&self, status: StatusCode, text: &str, zeroed: &[Resource], reply: &mut Reply<'a>) {
        let mut writer = Writer::with_capacity(64);
        writer.u32(self.ia.iaid);
        writer.u32(0);
        writer.u32(0);
        for resource in zeroed {
            write(&mut writer, *resource, GONE, None);
        }
        writer.option6(code::STATUS_CODE, &status::encode(status, text));
        reply.add(self.code(), Cow::Owned(writer.finish()));
    }

    const fn code(&self) -> u16 {
        match self.kind {
            LeaseKind::Pd => code::IA_PD,
            LeaseKind::Na | LeaseKind::V4 => code::IA_NA,
        }
    }
}

/// Lifetimes of what the client must give up.
const GONE: Lifetimes = Lifetimes { preferred: Seconds::ZERO, valid: Seconds::ZERO };

/// Finds the subnet and pool a lease may stay in; `None` if the client may not keep it.
pub(super) fn place_of<'a>(session: &Session<'a>, lease: &Lease) -> Option<(&'a Subnet, &'a Pool)> {
    let subnet = session.subnets.iter().find(|subnet| subnet.id == lease.subnet)?;
    let mut pools = subnet.pools_of(lease.kind()).iter();
    let pool = pools.find(|pool| pool.contains(lease.resource) && pool.guard.admits(&session.classes))?;
    Some((subnet, pool))
}

/// Takes a lease from its client that it may not keep.
pub(super) fn withdraw(session: &mut Session<'_>, lease: &Arc<Lease>) {
    let gone = if lease.state.holds() { -1 } else { 0 };
    session.tell(Event::Withdrawn(Bound::of(lease, gone)));
    session.store(Some(Arc::clone(lease)), None);
}

/// Keeps or extends a lease the client holds, or held and comes back for.
pub(super) fn keep<'a>(
    session: &mut Session<'a>,
    lease: &Arc<Lease>,
    (subnet, pool): (&'a Subnet, &'a Pool),
    wish: Option<Lifetimes>,
    purpose: Purpose,
) -> Given {
    let iaid = match &lease.owner {
        Owner::V6 { iaid, .. } => *iaid,
        Owner::V4 { .. } => 0,
    };
    let mut extended = fresh(session, iaid, (lease.resource, subnet, pool), wish);
    // What is known of the client beyond this exchange stays.
    extended.user_context.clone_from(&lease.user_context);
    session.take(lease.resource, iaid, pool);
    session.subnet = Some(subnet);
    // Kea: an offer shows the full lifetimes, a lease made or extended what is left.
    let stands = lifetimes::reusable(lease, &extended, &subnet.times, session.datagram.at);
    if let Some(left) = stands.filter(|_| purpose != Purpose::Advertise) {
        let bound = Bound { valid: left.valid, ..Bound::of(lease, 0) };
        session.tell(Event::Reused(bound));
        return Given { lifetimes: left, ..given(&extended, pool, &subnet.times) };
    }
    let returned = usize::from(!lease.state.holds());
    let assigned = i64::try_from(returned).unwrap_or_default();
    let outcome = given(&extended, pool, &subnet.times);
    match purpose {
        Purpose::Advertise => {
            session.tell(Event::Advertised(Bound::of(&extended, 0)));
            return outcome;
        }
        Purpose::Assign => session.tell(Event::Allocated(Bound::of(&extended, assigned))),
        Purpose::Renew => session.tell(Event::Renewed(Bound::of(&extended, assigned))),
    }
    session.store(Some(Arc::clone(lease)), Some(extended));
    outcome
}

/// Makes the lease as it shall be stored now.
fn fresh(
    session: &mut Session<'_>,
    iaid: u32,
    (resource, subnet, pool): (Resource, &Subnet, &Pool),
    wish: Option<Lifetimes>,
) -> Lease {
    let Lifetimes { preferred, valid } = lifetimes::choose(&subnet.times, wish);
    let name = session.name.as_mut().map(|name| name.for_address(&subnet.names, resource)).unwrap_or_default();
    Lease {
        resource,
        owner: Owner::V6 { duid: session.duid.clone().unwrap_or_else(wire::Duid::empty), iaid, hw: session.hw.clone() },
        subnet: subnet.id,
        pool: pool.id,
        state: LeaseState::Assigned,
        cltt: session.datagram.at,
        valid,
        preferred,
        hostname: name.hostname,
        fqdn_fwd: name.forward,
        fqdn_rev: name.reverse,
        user_context: "".into(),
    }
}

fn given(lease: &Lease, pool: &Pool, times: &LeaseTimes) -> Given {
    let excluded = match pool.kind {
        PoolKind::Prefixes { excluded, .. } => excluded,
        PoolKind::Addresses => None,
    };
    let lifetimes = Lifetimes { preferred: lease.preferred, valid: lease.valid };
    Given { resource: lease.resource, lifetimes, times: *times, excluded }
}

fn write(writer: &mut Writer, resource: Resource, lifetimes: Lifetimes, excluded: Option<(Ipv6Addr, u8)>) {
    match resource {
        Resource::V6(address) => {
            let open = writer.begin6(code::IAADDR);
            writer.ipv6(address);
            writer.u32(lifetimes.preferred.0);
            writer.u32(lifetimes.valid.0);
            writer.end6(open);
        }
        Resource::Prefix(prefix, length) => {
            let open = writer.begin6(code::IAPREFIX);
            writer.u32(lifetimes.preferred.0);
            writer.u32(lifetimes.valid.0);
            writer.u8(length);
            writer.ipv6(prefix);
            if let Some(value) = excluded.and_then(|excluded| prefix_exclude::encode((prefix, length), excluded)) {
                writer.option6(code::PD_EXCLUDE, &value);
            }
            writer.end6(open);
        }
        Resource::V4(_) => {}
    }
}
