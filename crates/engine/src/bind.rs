//! Binding a resource to a client: held leases kept or extended, free resources taken.

use std::net::Ipv6Addr;
use std::sync::Arc;

use model::host::Reserved;
use model::{Family, Lease, LeaseKind, LeaseState, Owner, Pool, PoolKey, Resource, Seconds, Subnet, SubnetId};

use crate::course::Course;
use crate::event::{Bound, Event, Exhausted, Limited, Step};
use crate::facts::Missing;
use crate::grant::{self, Exhaustion, Wish};
use crate::lifetimes::{self, Lifetimes};
use crate::limits::{self, Exceeded, Gate};
use crate::reclaim;
use crate::reserve::{self, Book};

/// What a client is to get, and how.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'c> {
    pub(crate) kind: LeaseKind,
    /// Who is to hold it.
    pub(crate) owner: &'c Owner,
    /// What the client would like to get.
    pub(crate) hint: Option<Resource>,
    /// For how long the client would like to get it.
    pub(crate) wish: Option<Lifetimes>,
    /// The client gets it for good, as those of BOOTP do.
    pub(crate) forever: bool,
    /// Extended information to keep with the lease if its subnet keeps any; `None` leaves what is there.
    pub(crate) context: Option<&'c str>,
    pub(crate) purpose: Purpose,
}

/// Whether leases are promised or made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Nothing is stored, unless the subnet keeps offers from others for a while (`offer-lifetime`).
    Advertise,
    Assign,
    Renew,
}

impl Purpose {
    /// Says what a lease is made for that the client does not hold yet.
    pub(crate) fn of_new(self) -> Self {
        if self == Self::Renew { Self::Assign } else { self }
    }
}

/// A lease for the reply.
pub(crate) struct Given<'a> {
    pub(crate) resource: Resource,
    pub(crate) lifetimes: Lifetimes,
    /// The subnet it came from.
    pub(crate) subnet: &'a Subnet,
    /// What the client must leave out of a prefix (RFC 6603).
    pub(crate) excluded: Option<(Ipv6Addr, u8)>,
    /// The lifetime that timers follow: an offer that is kept is timed by the keeping.
    pub(crate) timed: Seconds,
}

impl<'a> Given<'a> {
    fn new(resource: Resource, lifetimes: Lifetimes, (subnet, pool): Place<'a>) -> Self {
        let timed = lifetimes.valid;
        Self { resource, lifetimes, subnet, excluded: pool.and_then(Pool::excluded), timed }
    }
}

/// Where a resource is; what is reserved may be outside all pools.
pub(crate) type Place<'a> = (&'a Subnet, Option<&'a Pool>);

/// Finds the subnet and pool a resource may be leased in; `None` if the client may not have it.
pub(crate) fn place_of<'a>(course: &Course<'a>, subnet: &'a Subnet, resource: Resource) -> Option<Place<'a>> {
    let mut pools = subnet.pools_of(resource.kind()).iter();
    let pool = pools.find(|pool| pool.contains(resource) && pool.guard.admits(&course.classes))?;
    Some((subnet, Some(pool)))
}

/// Finds where a resource is that is reserved for the client, whoever may use the pool it lies in.
pub(crate) fn place_of_reserved(subnet: &Subnet, resource: Resource) -> Place<'_> {
    (subnet, subnet.pool_of(resource))
}

/// Finds the subnet and pool a lease may stay in; `None` if the client may not keep it.
pub(crate) fn place_of_lease<'a>(course: &Course<'a>, lease: &Lease) -> Result<Option<Place<'a>>, Missing> {
    let Some(subnet) = course.subnets.iter().find(|subnet| subnet.id == lease.subnet) else { return Ok(None) };
    let Some(place) = place_of(course, subnet, lease.resource) else { return Ok(None) };
    Ok((!reserve::is_for_others(course, subnet, lease.resource)?).then_some(place))
}

/// Takes a lease from its client that it may not keep.
pub(crate) fn withdraw(course: &mut Course<'_>, lease: &Arc<Lease>) {
    let gone = if lease.state.holds() { -1 } else { 0 };
    course.tell(Event::Withdrawn(Bound::of(lease, gone)));
    course.store(Some(Arc::clone(lease)), None);
}

/// Keeps or extends a lease the client holds, or held and comes back for.
pub(crate) fn keep<'a>(course: &mut Course<'a>, lease: &Arc<Lease>, place: Place<'a>, claim: &Claim<'_>) -> Given<'a> {
    let (subnet, pool) = place;
    let again = asks_again(course, claim);
    // Kea: who asks again stays in the subnet found so far, wherever the lease is.
    let here = course.subnet.filter(|_| again).unwrap_or(subnet);
    // Kea: nor does it bring other words of relays.
    let claim = &Claim { context: claim.context.filter(|_| !again), ..*claim };
    let mut extended = fresh(course, lease.resource, place, claim);
    // What is known of the client beyond this exchange stays.
    if extended.user_context.is_empty() {
        extended.user_context.clone_from(&lease.user_context);
    } else {
        limits::remember(course, &mut extended, lease);
    }
    let promised = claim.purpose == Purpose::Advertise && course.model.family == Family::V6;
    if again {
        let new = lifetimes::choose(&course.times(here), claim.wish, claim.kind);
        let kept = Lifetimes { preferred: lease.preferred, valid: lease.valid };
        let Lifetimes { preferred, valid } = if kept.valid == Seconds::ZERO { new } else { kept };
        (extended.valid, extended.preferred) = (valid, preferred);
    }
    course.take(lease.resource, iaid(claim.owner), pool);
    course.subnet = Some(here);
    let given = |lifetimes, timed| Given { timed, ..Given::new(lease.resource, lifetimes, (here, pool)) };
    let now = course.datagram.at;
    let compared = compared(course, lease, &extended, claim);
    let stands = |wanted: &Lease| lifetimes::reusable(lease, wanted, &here.times, now);
    // Kea: a DHCPv4 client that is called otherwise where its lease is has its lease made anew, and so has one whose name
    // was made out of the address.
    let makes = claim.purpose != Purpose::Advertise && is_generated(course);
    let renamed = (course.is_renamed || makes) && course.model.family == Family::V4;
    // Kea: an offer of DHCPv6 shows the full lifetimes, everything else what is left.
    if let Some(left) = stands(&compared).filter(|_| !promised && !renamed) {
        course.tell(Event::Reused(Bound { valid: left.valid, ..Bound::of(lease, 0) }));
        if makes && !extended.hostname.is_empty() {
            // Kea: the lease gets the name, and what is left of its time.
            let Lifetimes { preferred, valid } = left;
            let named = Lease { cltt: now, preferred, valid, hostname: extended.hostname, ..Lease::clone(lease) };
            course.store(Some(Arc::clone(lease)), Some(named));
        }
        return given(left, left.valid);
    }
    let lifetimes = Lifetimes { preferred: extended.preferred, valid: extended.valid };
    if claim.purpose == Purpose::Advertise {
        let Some(time) = offer_lifetime(course, claim) else {
            course.tell(Event::Advertised(Bound::of(&extended, 0)));
            return given(lifetimes, lifetimes.valid);
        };
        let mut offered = offered(course, extended, time);
        let kept = stands(&Lease { hostname: compared.hostname, ..offered.clone() }).is_some();
        limits::mark(course, &mut offered);
        let lasts = keep_offer(course, lease, offered, (lifetimes.valid, kept));
        return given(lifetimes, if lasts { lifetimes.valid } else { time });
    }
    // Kea: whoever asks a server for more of its own ended lease gets it like any other; a DHCPv6 REQUEST goes on with it.
    let renews = claim.purpose == Purpose::Renew;
    if !again {
        limits::mark(course, &mut extended);
    }
    let returned = returned(course, lease, renews);
    let bound = Bound::of(&extended, returned);
    course.tell(if renews { Event::Renewed(bound) } else { Event::Allocated(bound) });
    course.store(Some(Arc::clone(lease)), Some(extended));
    given(lifetimes, lifetimes.valid)
}

/// Takes back a lease that ended, if it counts as ended, and says by how much the number of leases moves when its client
/// has it again.
fn returned(course: &mut Course<'_>, lease: &Lease, counts_ended: bool) -> i64 {
    let ended = counts_ended && lease.state == LeaseState::Assigned && lease.is_expired_at(course.datagram.at);
    if ended {
        course.tell(reclaim::reclaimed(lease));
    }
    i64::from(ended || !lease.state.holds())
}

/// Makes the lease that keeps an offer from others for some time.
///
/// Kea: an offer has no place in DNS, unless it is of another subnet than the one first chosen.
fn offered(course: &Course<'_>, mut lease: Lease, time: Seconds) -> Lease {
    lease.valid = time;
    if course.chosen.is_none_or(|chosen| chosen.id == lease.subnet) {
        (lease.fqdn_fwd, lease.fqdn_rev) = (false, false);
    }
    lease
}

/// Keeps an offer of a lease the client has or had; says whether the lease lasts longer than the offer and stays.
///
/// Kea: an offer takes nothing away from a lease that lasts longer, nor does one just kept get more.
fn keep_offer(course: &mut Course<'_>, lease: &Arc<Lease>, offered: Lease, (valid, kept): (Seconds, bool)) -> bool {
    let active = lease.is_active_at(course.datagram.at);
    let lasts = active && lease.expires().is_none_or(|end| offered.expires() < Some(end));
    let stays = lasts || kept;
    let assigned = if stays { 0 } else { returned(course, lease, true) };
    let bound = Bound { valid, ..Bound::of(&offered, assigned) };
    course.tell(if kept { Event::Reused(bound) } else { Event::Advertised(bound) });
    if !stays {
        course.store(Some(Arc::clone(lease)), Some(offered));
    }
    lasts
}

/// Says whether a DHCPv6 client asks for a lease of its own again: Kea goes on with the lifetimes it has, whatever is wished.
fn asks_again(course: &Course<'_>, claim: &Claim<'_>) -> bool {
    course.model.family == Family::V6 && claim.purpose != Purpose::Renew
}

fn is_generated(course: &Course<'_>) -> bool {
    course.name.as_ref().is_some_and(|name| name.generated)
}

/// Makes the lease that the stored one is held against to see whether it may stand as it is.
///
/// Kea: an offer compares names as they are before one is made out of the address; a grant takes a name made like that for
/// a new one every time.
fn compared(course: &Course<'_>, lease: &Lease, extended: &Lease, claim: &Claim<'_>) -> Lease {
    let mut compared = extended.clone();
    if is_generated(course) {
        compared.hostname = "".into();
    }
    // Kea: what a prefix is called is not looked at, but when it is renewed.
    if extended.kind() == LeaseKind::Pd && claim.purpose != Purpose::Renew {
        compared.hostname.clone_from(&lease.hostname);
        (compared.fqdn_fwd, compared.fqdn_rev) = (lease.fqdn_fwd, lease.fqdn_rev);
    }
    compared
}

/// Takes a free resource for a client: the one it asks for if it may have it, else what the allocator chooses.
pub(crate) fn allocate<'a>(course: &mut Course<'a>, claim: &Claim<'_>) -> Result<Option<Given<'a>>, Missing> {
    let Some(selected) = course.subnet else { return Ok(None) };
    let subnets = in_order(course, claim.kind);
    let wish = Wish {
        kind: claim.kind,
        subnets: &subnets,
        classes: &course.classes,
        hint: claim.hint,
        taken: &course.taken,
        book: &Book::of(course),
        gate: &Gate::of(course),
        skips_ends: course.model.settings.compatibility.exclude_first_last_24,
        now: course.datagram.at,
        seed: course.datagram.seed,
    };
    let grant = match grant::choose(&wish, course.facts)? {
        Ok(grant) => grant,
        Err(Exhaustion { attempts, last: ended, refused, cursors }) => {
            trace_barred(course, &subnets, claim.kind);
            // Kea: what is refused has been chosen, all the same.
            if let Some(((_, chosen), subnet)) = cursors.last().copied().zip(ended.filter(|_| course.subnets.len() > 1))
            {
                course.moved([(group(course, subnet, claim.kind), chosen)]);
            }
            course.moved(cursors);
            let limited = !refused.is_empty();
            tell_refused(course, refused);
            let network = course.model.network_of(selected).map(|network| network.name.clone());
            let classes = course.classes.as_slice().into();
            // Kea: blames the subnet tried last.
            let last = ended.filter(|_| limited).or(subnets.last().copied()).unwrap_or(selected);
            let subnet = (last.id, last.prefix);
            course.tell(Event::Exhausted(Box::new(Exhausted { subnet, network, attempts, limited, classes })));
            // Kea: what follows goes on from where the search ended.
            course.subnet = ended.or(course.subnet);
            return Ok(None);
        }
    };
    if course.subnets.len() > 1 && !grant.hinted {
        course.moved([(group(course, grant.subnet, claim.kind), grant.resource)]);
    }
    course.moved(grant.cursors);
    tell_refused(course, grant.refused);
    limits::within(course, grant.subnet.id, grant.resource);
    hand_over(course, grant.resource, (grant.subnet, Some(grant.pool)), claim).map(Some)
}

/// Tells which limits stood against a lease.
fn tell_refused(course: &mut Course<'_>, refused: Vec<Exceeded>) {
    for exceeded in refused {
        course.tell(Event::Limited(Box::new(Limited::Lease(exceeded))));
    }
}

/// Tells which pools the client may not use.
fn trace_barred(course: &mut Course<'_>, subnets: &[&Subnet], kind: LeaseKind) {
    if !course.datagram.trace {
        return;
    }
    for subnet in subnets {
        for pool in subnet.pools_of(kind) {
            if !pool.guard.admits(&course.classes) {
                let (subnet, range, classes) = (subnet.id, pool.range, pool.guard.0.as_slice().into());
                course.tell(Event::Step(Step::PoolBarred { subnet, range, classes }));
            }
        }
    }
}

/// Binds a free resource to a client, unless a limit stands against it.
pub(crate) fn take<'a>(
    course: &mut Course<'a>,
    resource: Resource,
    place: Place<'a>,
    claim: &Claim<'_>,
) -> Result<Option<Given<'a>>, Missing> {
    if !limits::admits(course, place.0.id, resource)? {
        return Ok(None);
    }
    hand_over(course, resource, place, claim).map(Some)
}

/// Binds a free resource to a client.
fn hand_over<'a>(
    course: &mut Course<'a>,
    resource: Resource,
    place: Place<'a>,
    claim: &Claim<'_>,
) -> Result<Given<'a>, Missing> {
    let (subnet, pool) = place;
    course.subnet = Some(subnet);
    let before = course.facts.lease_at(resource)?;
    let mut lease = fresh(course, resource, place, claim);
    limits::mark(course, &mut lease);
    let lifetimes = Lifetimes { preferred: lease.preferred, valid: lease.valid };
    course.take(resource, iaid(claim.owner), pool);
    let held = offer_lifetime(course, claim).filter(|_| claim.purpose == Purpose::Advertise);
    let given = Given { timed: held.unwrap_or(lifetimes.valid), ..Given::new(resource, lifetimes, place) };
    if claim.purpose == Purpose::Advertise && held.is_none() {
        course.tell(Event::Advertised(Bound::of(&lease, 0)));
        return Ok(given);
    }
    if let Some(ended) = before.as_ref().filter(|ended| ended.state.holds()) {
        course.tell(reclaim::reclaimed(ended));
    }
    match held {
        Some(time) => {
            course.tell(Event::Advertised(Bound::of(&lease, 1)));
            lease = offered(course, lease, time);
        }
        None => course.tell(Event::Allocated(Bound::of(&lease, 1))),
    }
    course.store(before, Some(lease));
    Ok(given)
}

/// Binds a free resource that is reserved for the client.
pub(crate) fn take_reserved<'a>(
    course: &mut Course<'a>,
    reserved: Reserved,
    place: Place<'a>,
    claim: &Claim<'_>,
) -> Result<Option<Given<'a>>, Missing> {
    let resource = reserved.resource;
    if !limits::admits(course, place.0.id, resource)? {
        return Ok(None);
    }
    course.tell(Event::ReservedGranted { resource });
    let given = hand_over(course, resource, place, claim)?;
    Ok(Some(Given { excluded: reserved.excluded, ..given }))
}

/// Says how long an offer is kept from others.
///
/// Kea: the subnet first chosen says it, wherever the offer comes from.
fn offer_lifetime(course: &Course<'_>, claim: &Claim<'_>) -> Option<Seconds> {
    course
        .of_class(|class| class.offer_lifetime)
        .or_else(|| course.chosen.and_then(|subnet| subnet.offer_lifetime))
        .filter(|time| *time != Seconds::ZERO && !claim.forever)
}

/// Makes the lease as it shall be stored now.
fn fresh<'a>(course: &mut Course<'a>, resource: Resource, place: Place<'a>, claim: &Claim<'_>) -> Lease {
    let (subnet, pool) = place;
    let Lifetimes { preferred, valid } = if claim.forever {
        Lifetimes { preferred: Seconds::ZERO, valid: Seconds::INFINITE }
    } else {
        lifetimes::choose(&course.times(subnet), claim.wish, resource.kind())
    };
    let names = pool.and_then(|pool| pool.names.as_deref()).unwrap_or(&subnet.names);
    let makes = claim.purpose != Purpose::Advertise || course.model.family == Family::V4;
    let name = course.name_of_lease(resource, (subnet, names), makes);
    Lease {
        resource,
        owner: claim.owner.clone(),
        subnet: subnet.id,
        pool: pool.map_or(0, |pool| pool.id),
        state: LeaseState::Assigned,
        cltt: course.datagram.at,
        valid,
        preferred,
        hostname: name.hostname,
        fqdn_fwd: name.forward,
        fqdn_rev: name.reverse,
        user_context: claim.context.filter(|_| subnet.store_extended_info).unwrap_or_default().into(),
    }
}

/// Takes a lease back from its client: keeps it for the client's return, or forgets it.
///
/// Kea: giving back twice succeeds twice.
pub(crate) fn give_back(course: &mut Course<'_>, lease: &Arc<Lease>) {
    let kept = course.model.settings.reclaim.keeps_leases() && lease.valid != Seconds::INFINITE;
    let gone = if lease.state.holds() { -1 } else { 0 };
    course.tell(Event::Released { bound: Bound::of(lease, gone), kept });
    let released = kept.then(|| Lease {
        state: LeaseState::Released,
        valid: Seconds::ZERO,
        preferred: Seconds::ZERO,
        ..Lease::clone(lease)
    });
    course.store(Some(Arc::clone(lease)), released);
}

/// Puts an address that somebody else uses out of service for a while.
pub(crate) fn put_out_of_service(course: &mut Course<'_>, lease: &Arc<Lease>) {
    let declined = declined(course, lease.resource, iaid(&lease.owner), (lease.subnet, lease.pool));
    course.tell(Event::Declined { bound: Bound::of(&declined, 0) });
    course.store(Some(Arc::clone(lease)), Some(declined));
}

/// Puts an address out of service for a while that was to be offered: the server itself found somebody there.
pub(crate) fn found_in_use(course: &mut Course<'_>, given: &Given<'_>, before: Option<Arc<Lease>>) {
    let pool = given.subnet.pool_of(given.resource).map_or(0, |pool| pool.id);
    let declined = declined(course, given.resource, 0, (given.subnet.id, pool));
    let counted = course.decided(given.resource).is_some() || before.as_ref().is_some_and(|lease| lease.state.holds());
    course.tell(Event::FoundInUse(Bound::of(&declined, i64::from(!counted))));
    course.store(before, Some(declined));
}

/// Makes the lease that keeps a resource out of service.
fn declined(course: &Course<'_>, resource: Resource, iaid: u32, (subnet, pool): (SubnetId, u32)) -> Lease {
    let owner = match course.model.family {
        Family::V4 => Owner::V4 { hw: None, client_id: [].into() },
        Family::V6 => Owner::V6 { duid: wire::Duid::empty(), iaid, hw: None },
    };
    Lease {
        resource,
        owner,
        subnet,
        pool,
        state: LeaseState::Declined,
        cltt: course.datagram.at,
        valid: course.model.settings.decline_probation,
        preferred: Seconds::ZERO,
        hostname: "".into(),
        fqdn_fwd: false,
        fqdn_rev: false,
        user_context: "".into(),
    }
}

const fn iaid(owner: &Owner) -> u32 {
    match owner {
        Owner::V6 { iaid, .. } => *iaid,
        Owner::V4 { .. } => 0,
    }
}

/// Lists the subnets in the order they are searched.
///
/// Kea: the search begins where something was last found, among the subnets that admit the same clients as
/// the chosen one; then it goes around.
fn in_order<'a>(course: &Course<'a>, kind: LeaseKind) -> Vec<&'a Subnet> {
    let mut subnets = course.subnets.clone();
    let Some(selected) = course.subnet.filter(|_| subnets.len() > 1) else {
        return subnets;
    };
    let last = course.facts.cursor(group(course, selected, kind));
    let preferred = last.and_then(|last| {
        subnets.iter().position(|subnet| subnet.guard == selected.guard && subnet.pool_of(last).is_some())
    });
    let stands = subnets.iter().position(|subnet| subnet.id == selected.id);
    subnets.rotate_left(preferred.or(stands).unwrap_or_default());
    subnets
}

/// Names the subnets of a network that admit the same clients.
fn group(course: &Course<'_>, like: &Subnet, kind: LeaseKind) -> PoolKey {
    let alike = course.subnets.iter().filter(|subnet| subnet.guard == like.guard);
    PoolKey::group(alike.map(|subnet| subnet.id).min().unwrap_or(like.id), kind)
}
