//! Identity associations: what is asked for, and what is written into the reply.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::sync::Arc;

use model::host::Reserved;
use model::{Lease, LeaseKind, LeaseState, Owner, Resource, Seconds};
use wire::v6::{Ia, IaAddress, IaPrefix, StatusCode, code, prefix_exclude, status};
use wire::write::Writer;

use super::{Reply, Session, envelopes};
use crate::bind::{self, Claim, Given, Purpose};
use crate::facts::{ClientKey, Missing};
use crate::lifetimes::{self, Lifetimes};
use crate::reserve;

/// An identity association as the client sent it.
pub(super) struct Association<'a> {
    pub(super) kind: LeaseKind,
    pub(super) ia: Ia<'a>,
}

impl<'a> Association<'a> {
    /// Walks the associations of a message, those for addresses first; what cannot be read is passed over.
    pub(super) fn all(session: &Session<'a>) -> Vec<Self> {
        let read = |option: wire::v6::RawOption<'a>| {
            let kind = match option.code {
                code::IA_NA => LeaseKind::Na,
                code::IA_PD => LeaseKind::Pd,
                _ => return None,
            };
            Ia::decode(option.value).ok().map(|ia| Self { kind, ia })
        };
        let mut all: Vec<Self> = session.options().filter_map(read).collect();
        all.sort_by_key(|association| association.kind == LeaseKind::Pd);
        all
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
    ///
    /// Kea: who renews, also has those in subnets of the network that are not for it any more, and loses them.
    fn held(&self, session: &Session<'_>, renews: bool) -> Result<Vec<Arc<Lease>>, Missing> {
        let Some(duid) = &session.duid else { return Ok(Vec::new()) };
        let network = session.subnet.and_then(|subnet| session.model.network_of(subnet)).filter(|_| renews);
        let key = ClientKey::Association { duid, iaid: self.ia.iaid, kind: self.kind };
        let mut leases = session.facts.leases_of(key)?;
        leases.retain(|lease| {
            !matches!(lease.state, LeaseState::Declined | LeaseState::Registered)
                && (session.subnets.iter().any(|subnet| subnet.id == lease.subnet)
                    || network.is_some_and(|network| network.subnets.contains(&lease.subnet)))
                && session.decided(lease.resource).is_none()
                && !session.is_taken_from(self.ia.iaid, lease.resource)
        });
        leases.extend(session.made_under(self.kind, self.ia.iaid));
        Ok(leases)
    }

    /// Says what the association is to get; `owner` is [`Session::owner`] of it, `context` what is kept of the relays.
    pub(super) fn claim<'c>(&self, (owner, context): (&'c Owner, Option<&'c str>), purpose: Purpose) -> Claim<'c> {
        let named = self.named();
        let first = named.first();
        let (hint, wish) = (first.map(|(resource, _)| *resource), first.map(|(_, lifetimes)| *lifetimes));
        Claim { kind: self.kind, owner, hint, wish, forever: false, context, purpose }
    }

    /// Gives the association leases: what is reserved for it, else those it holds, else a new one. Comes back with what
    /// is taken away from it, too.
    ///
    /// Kea: one lease of what is reserved is enough, and takes the place of all that is not.
    pub(super) fn assign(&self, session: &mut Session<'a>, purpose: Purpose) -> Result<Assigned<'a>, Missing> {
        let owner = session.owner(self.ia.iaid);
        let context = if session.keeps_context() { envelopes::context(session.packet) } else { None };
        let claim = self.claim((&owner, context.as_deref()), purpose);
        let fresh = Claim { purpose: purpose.of_new(), ..claim };
        let held = self.held(session, purpose == Purpose::Renew)?;
        let (mut given, mut lost) = (Vec::new(), Vec::new());
        let reserved = self.reserved(session, &held)?;
        if let Some((place, reserved)) = reserved
            && !held.iter().any(|lease| lease.resource == reserved.resource)
        {
            given.extend(bind::take_reserved(session, reserved, place, &fresh)?);
        }
        for lease in held {
            let kept = match reserved {
                Some((place, reserved)) => (lease.resource == reserved.resource).then_some(place),
                None => bind::place_of_lease(session, &lease)?,
            };
            if let Some(place) = kept {
                let mut kept = bind::keep(session, &lease, place, &claim);
                kept.excluded = reserved.map_or(kept.excluded, |(_, reserved)| reserved.excluded);
                given.push(kept);
            } else if purpose != Purpose::Advertise {
                lost.push(lease.resource);
                bind::withdraw(session, &lease);
            }
        }
        if given.is_empty() {
            given.extend(bind::allocate(session, &fresh)?);
        }
        Ok(Assigned { given, lost })
    }

    /// Finds what is reserved for the association: what it holds of it, else the first that nobody has a lease of.
    fn reserved(
        &self,
        session: &Session<'a>,
        held: &[Arc<Lease>],
    ) -> Result<Option<(bind::Place<'a>, Reserved)>, Missing> {
        let subnets = &session.subnets;
        let own = reserve::own(session, self.kind, subnets);
        let own = own.iter().filter_map(|own| Some((own.subnet, own.reserved?)));
        let mut free = None;
        for (subnet, reserved) in own {
            let place = || Some((bind::place_of_reserved(subnet, reserved.resource), reserved));
            if held.iter().any(|lease| lease.resource == reserved.resource) {
                return Ok(place());
            }
            if free.is_none()
                && !session.taken.contains(&reserved.resource)
                && session.facts.lease_at(reserved.resource)?.is_none()
            {
                free = place();
            }
        }
        Ok(free)
    }

    /// Writes the association with its leases into a reply.
    pub(super) fn answer(
        &self,
        session: &Session<'a>,
        given: &[Given<'a>],
        zeroed: &[Resource],
        reply: &mut Reply<'a>,
    ) {
        let shortest = given.iter().map(|given| given.lifetimes.preferred).filter(|time| *time != Seconds::ZERO).min();
        let (t1, t2) = match (given.first(), shortest) {
            (Some(first), Some(shortest)) => lifetimes::timers(&first.subnet.times, shortest),
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
        let status = status::encode(status, text);
        // Kea: of prefixes the status is told first, of addresses last.
        if self.kind == LeaseKind::Pd {
            writer.option6(code::STATUS_CODE, &status);
        }
        for resource in zeroed {
            write(&mut writer, *resource, GONE, None);
        }
        if self.kind != LeaseKind::Pd {
            writer.option6(code::STATUS_CODE, &status);
        }
        reply.add(self.code(), Cow::Owned(writer.finish()));
    }

    const fn code(&self) -> u16 {
        match self.kind {
            LeaseKind::Pd => code::IA_PD,
            LeaseKind::Na | LeaseKind::V4 => code::IA_NA,
        }
    }
}

/// What an association gets, and what it loses.
pub(super) struct Assigned<'a> {
    pub(super) given: Vec<Given<'a>>,
    pub(super) lost: Vec<Resource>,
}

/// Lifetimes of what the client must give up.
const GONE: Lifetimes = Lifetimes { preferred: Seconds::ZERO, valid: Seconds::ZERO };

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
