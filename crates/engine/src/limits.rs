//! Are there too many leases or packets of a class, or in a subnet, already? (Kea's library `libdhcp_limits.so`)

use std::fmt;

use model::limits::Rate;
use model::{ClassName, Lease, LeaseKind, LeaseState, Limits, Resource, Seconds, SubnetId, context};

use crate::classify::Subject;
use crate::course::Course;
use crate::event::{Drop, Event, Limited};
use crate::facts::{Facts, Missing, Scope};
use crate::{Change, flex_id};

/// A limit that is reached: no lease more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exceeded {
    /// Whose limit it is.
    pub scope: Scope,
    /// What there is too much of.
    pub kind: LeaseKind,
    /// The limit.
    pub limit: u32,
    /// How many leases there are.
    pub count: u64,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.kind == LeaseKind::Pd { "prefix" } else { "address" };
        write!(f, "{what} limit {} for ", self.limit)?;
        match &self.scope {
            Scope::Class(class) => write!(f, "client class \"{class}\"")?,
            Scope::Subnet(subnet) => write!(f, "subnet ID {subnet}")?,
        }
        write!(f, ", current lease count {}", self.count)
    }
}

/// Holds new leases of one exchange against the limits.
pub(crate) struct Gate<'c> {
    limits: Option<&'c Limits>,
    facts: &'c dyn Facts,
    classes: &'c [ClassName],
    changes: &'c [Change],
}

impl<'c> Gate<'c> {
    /// Opens it for the client of an exchange.
    pub(crate) fn of(course: &'c Course<'_>) -> Self {
        let limits = course.model.settings.limits.as_ref();
        Self { limits, facts: course.facts, classes: &course.classes, changes: course.changes() }
    }

    /// Finds the limit that allows no lease more in a subnet; those of classes count before that of the subnet.
    pub(crate) fn refuses(&self, subnet: SubnetId, kind: LeaseKind) -> Result<Option<Exceeded>, Missing> {
        let Some(limits) = self.limits else { return Ok(None) };
        for class in self.classes {
            for limit in limits.of_class(class).filter_map(|limit| limit.leases(kind)) {
                let exceeded = self.exceeded(Scope::Class(class.clone()), kind, limit)?;
                if exceeded.is_some() {
                    return Ok(exceeded);
                }
            }
        }
        match limits.subnets.get(&subnet).and_then(|limit| limit.leases(kind)) {
            Some(limit) => self.exceeded(Scope::Subnet(subnet), kind, limit),
            None => Ok(None),
        }
    }

    /// Says whether any limit holds for the client in a subnet.
    fn is_limited(&self, subnet: SubnetId, kind: LeaseKind) -> bool {
        let Some(limits) = self.limits else { return false };
        let mut of_classes = self.classes.iter().flat_map(|class| limits.of_class(class));
        let of_subnet = limits.subnets.get(&subnet).and_then(|limit| limit.leases(kind));
        of_subnet.is_some() || of_classes.any(|limit| limit.leases(kind).is_some())
    }

    fn exceeded(&self, scope: Scope, kind: LeaseKind, limit: u32) -> Result<Option<Exceeded>, Missing> {
        let stored = self.facts.leases_within(&scope, kind)?;
        let counted = |lease: Option<&std::sync::Arc<Lease>>| lease.is_some_and(|lease| counts(lease, &scope, kind));
        let of = |wanted: fn(&Change) -> Option<&std::sync::Arc<Lease>>| {
            self.changes.iter().filter(|change| counted(wanted(change))).fold(0_u64, |sum, _| sum.saturating_add(1))
        };
        let (gone, new) = (of(|change| change.before.as_ref()), of(|change| change.after.as_ref()));
        let count = stored.saturating_add(new).saturating_sub(gone);
        Ok((count >= u64::from(limit)).then_some(Exceeded { scope, kind, limit, count }))
    }
}

/// Says whether a lease counts for a class or subnet.
fn counts(lease: &Lease, scope: &Scope, kind: LeaseKind) -> bool {
    let counts = match scope {
        Scope::Class(class) => {
            let named = || context::classes(&lease.user_context).iter().any(|named| named == class.as_str());
            lease.state == LeaseState::Assigned && named()
        }
        Scope::Subnet(subnet) => {
            lease.subnet == *subnet && matches!(lease.state, LeaseState::Assigned | LeaseState::Declined)
        }
    };
    counts && lease.kind() == kind
}

/// Says whether the client may get one lease more, and tells it.
pub(crate) fn admits(course: &mut Course<'_>, subnet: SubnetId, resource: Resource) -> Result<bool, Missing> {
    let refused = Gate::of(course).refuses(subnet, resource.kind())?;
    let admits = refused.is_none();
    match refused {
        Some(exceeded) => course.tell(Event::Limited(Box::new(Limited::Lease(exceeded)))),
        None => within(course, subnet, resource),
    }
    Ok(admits)
}

/// Tells that a lease is within its limits, if there are any.
pub(crate) fn within(course: &mut Course<'_>, subnet: SubnetId, resource: Resource) {
    if course.datagram.trace && Gate::of(course).is_limited(subnet, resource.kind()) {
        course.tell(Event::Limited(Box::new(Limited::LeaseWithin(resource))));
    }
}

/// Notes in the user context of a lease what classes it counts for, if any is limited anywhere.
pub(crate) fn mark(course: &Course<'_>, lease: &mut Lease) {
    if course.model.settings.limits.is_some() {
        let names = course.classes.iter().map(ClassName::as_str);
        lease.user_context = context::with_classes(&lease.user_context, names).into();
    }
}

/// Leaves in the user context of a lease what classes it counted for so far.
pub(crate) fn remember(course: &Course<'_>, lease: &mut Lease, before: &Lease) {
    if course.model.settings.limits.is_none() {
        return;
    }
    let named = context::classes(&before.user_context);
    if !named.is_empty() {
        lease.user_context = context::with_classes(&lease.user_context, named.iter().map(|name| &**name)).into();
    }
}

/// Does to a query that was received what libraries do to it: packets beyond a class's rate are dropped, and the client's
/// identifier may be replaced ([`flex_id::replace`]).
///
/// Kea: in the order in which the libraries are configured.
pub(crate) fn receive(course: &mut Course<'_>, subject: Subject<'_>) -> Result<Result<Option<Vec<u8>>, Drop>, Missing> {
    let replaces_first = course.model.settings.limits.as_ref().is_none_or(|limits| limits.after_flexible_id);
    if replaces_first {
        let replaced = flex_id::replace(course, subject);
        return match replaced {
            Ok(options) => Ok(classes(course)?.map(|()| options)),
            Err(drop) => Ok(Err(drop)),
        };
    }
    Ok(match classes(course)? {
        Ok(()) => flex_id::replace(course, subject),
        Err(drop) => Err(drop),
    })
}

/// Counts the packet for its classes, unless it is one too many for one of them.
fn classes(course: &mut Course<'_>) -> Result<Result<(), Drop>, Missing> {
    let model = course.model;
    let Some(limits) = &model.settings.limits else { return Ok(Ok(())) };
    let listed = || -> Box<[ClassName]> { course.classes.as_slice().into() };
    let (scopes, beyond) = held_against(course, limits)?;
    if beyond.is_some() {
        let told = Limited::OfClasses { classes: listed(), beyond };
        course.tell(Event::Limited(Box::new(told)));
        return Ok(Err(Drop::TooMany { of_subnet: false }));
    }
    if !scopes.is_empty() {
        let classes = listed();
        course.trace(|| Event::Limited(Box::new(Limited::OfClasses { classes, beyond: None })));
        course.admit(scopes);
    }
    Ok(Ok(()))
}

/// A class or subnet, and how long packets count for it.
type Span = (Scope, Seconds);

/// A class and its limit as written.
type Beyond = (ClassName, Box<str>);

/// Lists the classes of the client whose packets are limited, up to the one for which this packet is one too many.
fn held_against(course: &Course<'_>, limits: &Limits) -> Result<(Vec<Span>, Option<Beyond>), Missing> {
    let mut scopes: Vec<Span> = Vec::new();
    for class in &course.classes {
        for rate in limits.of_class(class).filter_map(|limit| limit.rate.as_ref()) {
            let scope = Scope::Class(class.clone());
            if is_reached(course, &scope, rate)? {
                return Ok((scopes, Some((class.clone(), rate.text.clone()))));
            }
            match scopes.iter_mut().find(|(there, _)| *there == scope) {
                Some((_, span)) => *span = rate.per.max(*span),
                None => scopes.push((scope, rate.per)),
            }
        }
    }
    Ok((scopes, None))
}

/// Counts the packet for the client's subnet, unless it is one too many for it.
pub(crate) fn subnet(course: &mut Course<'_>) -> Result<Result<(), Drop>, Missing> {
    let model = course.model;
    let Some(limits) = &model.settings.limits else { return Ok(Ok(())) };
    let Some(subnet) = course.subnet.map(|subnet| subnet.id) else {
        course.trace(|| Event::Limited(Box::new(Limited::NoSubnet)));
        return Ok(Ok(()));
    };
    let Some(rate) = limits.subnets.get(&subnet).and_then(|limit| limit.rate.as_ref()) else { return Ok(Ok(())) };
    let scope = Scope::Subnet(subnet);
    let beyond = is_reached(course, &scope, rate)?;
    let told = || Event::Limited(Box::new(Limited::OfSubnet { subnet, rate: rate.text.clone(), beyond }));
    if beyond {
        course.tell(told());
        return Ok(Err(Drop::TooMany { of_subnet: true }));
    }
    course.trace(told);
    course.admit([(scope, rate.per)]);
    Ok(Ok(()))
}

fn is_reached(course: &Course<'_>, scope: &Scope, rate: &Rate) -> Result<bool, Missing> {
    Ok(course.facts.packets_within(scope, rate.per)? >= rate.packets)
}
