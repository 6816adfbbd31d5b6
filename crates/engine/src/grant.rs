//! Which resource does the client get, when it holds none? The next free one, as the allocator chooses.

use model::{Allocator, ClassName, LeaseKind, Pool, PoolKey, Resource, Subnet, UnixTime};

use crate::facts::{Facts, Missing, Search};
use crate::limits::{Exceeded, Gate};
use crate::reserve::Book;

/// What is looked for, and by whom.
pub(crate) struct Wish<'w, 'm> {
    /// What kind of thing.
    pub(crate) kind: LeaseKind,
    /// The subnets to look in, in order.
    pub(crate) subnets: &'w [&'m Subnet],
    /// The client's classes.
    pub(crate) classes: &'w [ClassName],
    /// What the client asked for.
    pub(crate) hint: Option<Resource>,
    /// Resources given already in this exchange.
    pub(crate) taken: &'w [Resource],
    /// What is reserved for others.
    pub(crate) book: &'w Book<'w, 'm>,
    /// What bounds the number of leases.
    pub(crate) gate: &'w Gate<'w>,
    /// Whether addresses that end in 0 or 255 are left out of what the allocator chooses.
    pub(crate) skips_ends: bool,
    /// Now.
    pub(crate) now: UnixTime,
    /// Chance.
    pub(crate) seed: u64,
}

impl Wish<'_, '_> {
    /// Kea: only in a subnet that holds a whole /24 may an address end in 0 or 255 and still be one of a host.
    const fn skips_ends_of(&self, subnet: &Subnet) -> bool {
        self.skips_ends && subnet.prefix.length <= 24
    }
}

/// Says whether an address would be a network's or its broadcast address if networks were /24.
fn is_end(resource: Resource) -> bool {
    matches!(resource, Resource::V4(address) if matches!(address.octets(), [_, _, _, 0 | u8::MAX]))
}

/// What was found.
#[derive(Debug)]
pub(crate) struct Grant<'m> {
    pub(crate) resource: Resource,
    pub(crate) subnet: &'m Subnet,
    pub(crate) pool: &'m Pool,
    /// It is what the client asked for, not what the allocator chose.
    pub(crate) hinted: bool,
    /// Where the iterative allocator stands now.
    pub(crate) cursors: Vec<(PoolKey, Resource)>,
    /// The limits that stood against others.
    pub(crate) refused: Vec<Exceeded>,
}

/// What was looked at where nothing is free.
#[derive(Debug)]
pub(crate) struct Exhaustion<'m> {
    /// How many resources the client might use.
    pub(crate) attempts: u128,
    /// The last subnet that has any.
    pub(crate) last: Option<&'m Subnet>,
    /// The limits that stood against those that are free.
    pub(crate) refused: Vec<Exceeded>,
    /// Where the iterative allocator stands now.
    pub(crate) cursors: Vec<(PoolKey, Resource)>,
}

/// Looks for a free resource. `Err` inside: none of those the client may use is free.
pub(crate) fn choose<'m>(wish: &Wish<'_, 'm>, facts: &dyn Facts) -> Result<Result<Grant<'m>, Exhaustion<'m>>, Missing> {
    let mut exhausted = Exhaustion { attempts: 0, last: None, refused: Vec::new(), cursors: Vec::new() };
    if let Some(grant) = hinted(wish, facts)? {
        match wish.gate.refuses(grant.subnet.id, wish.kind)? {
            None => return Ok(Ok(grant)),
            Some(exceeded) => exhausted.refused.push(exceeded),
        }
    }
    let mut refused = 0_u128;
    for fit in fits(wish) {
        for subnet in wish.subnets {
            let pools: Vec<&Pool> = usable(wish, subnet).filter(|pool| fit.holds(pool)).collect();
            if pools.is_empty() {
                continue;
            }
            exhausted.last = Some(subnet);
            exhausted.attempts = pools.iter().fold(exhausted.attempts, |sum, pool| sum.saturating_add(pool.capacity()));
            let found = match subnet.allocator_of(wish.kind) {
                Allocator::Iterative => iterative(wish, subnet, &pools, facts)?,
                // Kea: the free lease queue too gives out what has ended and is not yet reclaimed.
                Allocator::Random | Allocator::FreeLeaseQueue => random(wish, subnet, &pools, facts)?,
            };
            let Some(grant) = found else { continue };
            let Some(exceeded) = wish.gate.refuses(subnet.id, wish.kind)? else {
                return Ok(Ok(exhausted.give_way_to(grant)));
            };
            exhausted.refused.push(exceeded);
            exhausted.cursors.extend(grant.cursors);
            refused = refused.saturating_add(1);
            // Kea: goes on with other subnets in DHCPv6 alone.
            if wish.kind == LeaseKind::V4 {
                return Ok(Err(Exhaustion { attempts: refused, ..exhausted }));
            }
        }
    }
    let attempts = if refused == 0 { exhausted.attempts } else { refused };
    Ok(Err(Exhaustion { attempts, ..exhausted }))
}

impl<'m> Exhaustion<'m> {
    /// Ends the search where something is found after all.
    fn give_way_to(self, grant: Grant<'m>) -> Grant<'m> {
        let Self { refused, mut cursors, .. } = self;
        cursors.extend(grant.cursors);
        Grant { cursors, refused, ..grant }
    }
}

/// Gives the pools of a subnet that the client may use.
fn usable<'m>(wish: &Wish<'_, '_>, subnet: &'m Subnet) -> impl Iterator<Item = &'m Pool> {
    subnet.pools_of(wish.kind).iter().filter(|pool| pool.guard.admits(wish.classes))
}

/// What the client asked for, if it is in a pool it may use and free.
fn hinted<'m>(wish: &Wish<'_, 'm>, facts: &dyn Facts) -> Result<Option<Grant<'m>>, Missing> {
    let Some(hint) = wish.hint else { return Ok(None) };
    for &subnet in wish.subnets {
        let Some(pool) = usable(wish, subnet).find(|pool| pool.contains(hint)) else { continue };
        // A prefix may be asked for by an address in its middle; only a whole one is one.
        let whole = pool.position(hint).and_then(|place| pool.nth(place)) == Some(hint);
        let key = key(subnet, pool);
        let Some(place) = pool.position(hint).filter(|_| whole && !wish.taken.contains(&hint)) else { continue };
        let search = Search { pool, key, from: place, until: place.saturating_add(1), ended_before: Some(wish.now) };
        if facts.next_free(search)? == Some(hint) && !wish.book.is_for_others(subnet, hint)? {
            return Ok(Some(Grant {
                resource: hint,
                subnet,
                pool,
                hinted: true,
                cursors: Vec::new(),
                refused: Vec::new(),
            }));
        }
    }
    Ok(None)
}

/// Which lengths of delegated prefixes are looked at in one turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    Any,
    Exactly(u8),
    Shorter(u8),
    Longer(u8),
}

impl Fit {
    fn holds(self, pool: &Pool) -> bool {
        let model::PoolKind::Prefixes { delegated_length, .. } = pool.kind else { return true };
        match self {
            Self::Any => true,
            Self::Exactly(length) => delegated_length == length,
            Self::Shorter(length) => delegated_length < length,
            Self::Longer(length) => delegated_length > length,
        }
    }
}

/// Kea: a wish for a length is met exactly, else by a larger prefix, else by a smaller one.
fn fits(wish: &Wish<'_, '_>) -> impl Iterator<Item = Fit> + use<> {
    let fits = match wish.hint {
        Some(Resource::Prefix(_, length)) if length != 0 && length != 128 => {
            [Some(Fit::Exactly(length)), Some(Fit::Shorter(length)), Some(Fit::Longer(length))]
        }
        _ => [Some(Fit::Any), None, None],
    };
    fits.into_iter().flatten()
}

fn key(subnet: &Subnet, pool: &Pool) -> PoolKey {
    PoolKey { subnet: subnet.id, kind: pool.lease_kind(), index: pool.index }
}

/// The next free resource after the one last given, pool by pool, and around.
///
/// The search begins in the pool used last, whatever it gives out.
fn iterative<'m>(
    wish: &Wish<'_, '_>,
    subnet: &'m Subnet,
    pools: &[&'m Pool],
    facts: &dyn Facts,
) -> Result<Option<Grant<'m>>, Missing> {
    let latest = PoolKey::all(subnet.id, wish.kind);
    let last = facts.cursor(latest);
    let first = last.and_then(|last| pools.iter().position(|pool| pool.contains(last))).unwrap_or_default();
    let (before, after) = pools.split_at_checked(first).unwrap_or((&[], pools));
    // What lies behind the cursor, then all other pools in order, then what lies before: a resource given back is used
    // again only after a round.
    let next = first_place(facts, subnet, after.first());
    let tail = after.first().map(|pool| (*pool, next, pool.capacity()));
    let others = after.iter().skip(1).chain(before).map(|pool| (*pool, 0, pool.capacity()));
    let head = after.first().map(|pool| (*pool, 0, next));
    for (pool, from, until) in tail.into_iter().chain(others).chain(head) {
        let key = key(subnet, pool);
        let run = Run { subnet, pool, key, from, until };
        if let Some(resource) = free_in(wish, &run, facts)? {
            let cursors = vec![(key, resource), (latest, resource)];
            return Ok(Some(Grant { resource, subnet, pool, hinted: false, cursors, refused: Vec::new() }));
        }
    }
    Ok(None)
}

/// The place behind the resource last given out of a pool.
fn first_place(facts: &dyn Facts, subnet: &Subnet, pool: Option<&&Pool>) -> u128 {
    let last = pool.and_then(|pool| facts.cursor(key(subnet, pool)).and_then(|last| pool.position(last)));
    last.map_or(0, |last| last.saturating_add(1))
}

/// Any free resource: the first one from a place of chance on, and around.
fn random<'m>(
    wish: &Wish<'_, '_>,
    subnet: &'m Subnet,
    pools: &[&'m Pool],
    facts: &dyn Facts,
) -> Result<Option<Grant<'m>>, Missing> {
    let chance = mix(wish.seed ^ u64::try_from(wish.taken.len()).unwrap_or_default());
    let first = usize::try_from(chance).unwrap_or_default().checked_rem(pools.len()).unwrap_or_default();
    let (before, after) = pools.split_at_checked(first).unwrap_or((&[], pools));
    for &pool in after.iter().chain(before) {
        let key = key(subnet, pool);
        let wide = (u128::from(mix(chance)) << 64) | u128::from(mix(!chance));
        let start = wide.checked_rem(pool.capacity()).unwrap_or_default();
        for (from, until) in [(start, pool.capacity()), (0, start)] {
            let run = Run { subnet, pool, key, from, until };
            if let Some(resource) = free_in(wish, &run, facts)? {
                return Ok(Some(Grant {
                    resource,
                    subnet,
                    pool,
                    hinted: false,
                    cursors: Vec::new(),
                    refused: Vec::new(),
                }));
            }
        }
    }
    Ok(None)
}

/// A run of places in a pool.
struct Run<'m> {
    subnet: &'m Subnet,
    pool: &'m Pool,
    key: PoolKey,
    from: u128,
    until: u128,
}

/// Finds the first free resource of a run that was not given already in this exchange.
fn free_in(wish: &Wish<'_, '_>, run: &Run<'_>, facts: &dyn Facts) -> Result<Option<Resource>, Missing> {
    let Run { subnet, pool, key, mut from, until } = *run;
    let skips_ends = wish.skips_ends_of(subnet);
    while from < until {
        let Some(resource) = facts.next_free(Search { pool, key, from, until, ended_before: Some(wish.now) })? else {
            return Ok(None);
        };
        let skipped = skips_ends && is_end(resource);
        if !skipped && !wish.taken.contains(&resource) && !wish.book.is_for_others(subnet, resource)? {
            return Ok(Some(resource));
        }
        from = pool.position(resource).unwrap_or(until).saturating_add(1);
    }
    Ok(None)
}

/// Scatters the bits of a number (splitmix64's finisher).
const fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
