//! The lease store: leases in memory behind one lock that is never held across a wait.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use engine::{Change, ClientKey, Facts, Missing, Scope, Search};
use model::{Family, Lease, LeaseKind, Owner, PoolKey, Resource, SubnetId, UnixTime};
use wire::{Duid, HardwareAddress};

use super::csv;
use super::index::{Index, PoolCounts, place_of};
use super::journal::Queue;
use super::places::Place;
use crate::CommitError;

/// The number of a commit. Durable once the journal has published this number or a higher one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ticket(pub u64);

/// What a commit leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// What a reply has to wait for.
    pub ticket: Ticket,
}

/// How many leases of one pool stand in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Assigned, ended ones that wait to be reclaimed included.
    pub assigned: u64,
    /// Declined.
    pub declined: u64,
    /// Reclaimed and kept.
    pub reclaimed: u64,
    /// Released and kept.
    pub released: u64,
    /// Self-made addresses that were registered.
    pub registered: u64,
}

/// The leases of one server. Shared: every method takes `&self`.
#[derive(Debug)]
pub struct LeaseStore {
    family: Family,
    inner: RwLock<Inner>,
    /// How many wait to change leases; who looks at all of them lets those go first.
    waiting: AtomicUsize,
}

/// How long a walk pauses at a time while somebody waits to change leases, and how often at most.
const PAUSE: (Duration, u32) = (Duration::from_micros(20), 200);

#[derive(Debug)]
struct Inner {
    family: Family,
    index: Index,
    cursors: BTreeMap<PoolKey, Resource>,
    journal: Option<Arc<Queue>>,
    /// The last ticket given while there is no journal.
    unwritten: u64,
}

impl LeaseStore {
    /// Makes an empty store that keeps nothing on disk until [`LeaseStore::attach`].
    pub fn new(family: Family) -> Self {
        let inner = Inner { family, index: Index::new(family), cursors: BTreeMap::new(), journal: None, unwritten: 0 };
        Self { family, inner: RwLock::new(inner), waiting: AtomicUsize::new(0) }
    }

    /// Says which protocol's leases these are.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Sends every later change to a journal too.
    pub fn attach(&self, journal: Arc<Queue>) {
        self.write().journal = Some(journal);
    }

    /// Locks the leases for reading, for one decision or a small batch.
    pub fn facts(&self) -> FactsGuard<'_> {
        FactsGuard(self.read())
    }

    /// Locks the leases for deciding and committing in one go, which cannot conflict.
    pub fn exclusive(&self) -> Exclusive<'_> {
        Exclusive(self.write())
    }

    /// Stores changes, all or none, each only if what it saw before is still there.
    ///
    /// An empty list changes nothing and gives the ticket of everything committed so far: a reply that tells of stored
    /// leases waits for that.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if a lease changed meanwhile, [`CommitError::Mismatch`] if a change makes no sense,
    /// [`CommitError::Backlog`] if the journal cannot write and holds all it may.
    pub fn commit(&self, changes: &[Change]) -> Result<Committed, CommitError> {
        if changes.is_empty() {
            return Ok(Committed { ticket: self.horizon() });
        }
        let rows = csv::rows_of(self.family, changes);
        let mut inner = self.write();
        let committed = inner.commit(changes, &rows)?;
        let journal = inner.journal.clone();
        drop(inner);
        if let Some(journal) = journal {
            journal.wake();
        }
        Ok(committed)
    }

    /// Gives the ticket of everything committed so far.
    pub fn horizon(&self) -> Ticket {
        self.read().horizon()
    }

    /// Remembers where the iterative allocator stands in some pools.
    pub fn set_cursors(&self, cursors: &[(PoolKey, Resource)]) {
        if !cursors.is_empty() {
            self.write().cursors.extend(cursors.iter().copied());
        }
    }

    /// Counts leases by class and subnet from now on ([`Facts::leases_within`]), or no longer.
    pub fn tally(&self, wanted: bool) {
        self.write().index.tally(wanted);
    }

    /// Puts a lease in without telling the journal: for loading. A lease at the same address is replaced.
    pub fn restore(&self, lease: &Lease) {
        self.write().put(lease);
    }

    /// Locks the leases for loading many, which nobody can be answered meanwhile.
    pub(crate) fn bulk(&self) -> Bulk<'_> {
        let mut inner = self.write();
        inner.index.begin_bulk();
        Bulk(inner)
    }

    /// Takes the lease at an address out without telling the journal: for loading.
    pub fn forget(&self, address: std::net::IpAddr) -> Option<Arc<Lease>> {
        self.write().index.take(model::resource::bits_of(address))
    }

    /// Finds the lease of a resource, whatever its state.
    pub fn lease(&self, resource: Resource) -> Option<Arc<Lease>> {
        self.read().index.lease(resource)
    }

    /// Finds a client's leases by ascending resource.
    pub fn leases_of(&self, client: ClientKey<'_>) -> Vec<Arc<Lease>> {
        self.read().index.leases_of(client)
    }

    /// Finds the leases of a DHCPv6 client.
    pub fn by_duid(&self, duid: &Duid) -> Vec<Arc<Lease>> {
        self.leases_of(ClientKey::Duid(duid))
    }

    /// Finds leases by hardware address.
    pub fn by_hw(&self, hw: &HardwareAddress) -> Vec<Arc<Lease>> {
        self.leases_of(ClientKey::Hardware(hw))
    }

    /// Finds leases by host name, upper and lower case alike.
    pub fn by_hostname(&self, name: &str) -> Vec<Arc<Lease>> {
        self.read().index.by_hostname(name)
    }

    /// Finds the leases of a subnet by ascending resource.
    pub fn by_subnet(&self, subnet: SubnetId) -> Vec<Arc<Lease>> {
        self.read().index.by_subnet(subnet)
    }

    /// Gives up to `limit` leases by ascending address, beginning after `from`.
    pub fn page(&self, from: Option<Resource>, limit: usize) -> Vec<Arc<Lease>> {
        let inner = self.read();
        inner.index.after(from).take(limit).filter_map(|row| row.to_lease().ok().map(Arc::new)).collect()
    }

    /// Shows up to `limit` leases by ascending address, beginning after `from`; gives the last one shown.
    ///
    /// The leases are locked meanwhile: keep `limit` to some thousands, do only copying in `visit`, and go on from what
    /// was given. That walks any number of leases without ever holding a copy of all; a lease that comes or goes between
    /// two pages is shown or not, any other is shown exactly once.
    pub fn walk(&self, from: Option<Resource>, limit: usize, visit: &mut dyn FnMut(&csv::Row<'_>)) -> Option<Resource> {
        let inner = self.read_patiently();
        let mut last = None;
        for row in inner.index.after(from).take(limit) {
            visit(&row);
            last = row.resource().ok();
        }
        last
    }

    /// Names the resources leased in a subnet, in ascending order, for [`LeaseStore::show`] piece by piece.
    pub fn resources_of(&self, subnet: SubnetId) -> Vec<Resource> {
        self.read().index.resources_of(subnet)
    }

    /// Shows the leases of some resources in the order given; those that are not leased are passed over.
    ///
    /// The leases are locked meanwhile, as by [`LeaseStore::walk`].
    pub fn show(&self, resources: &[Resource], visit: &mut dyn FnMut(&csv::Row<'_>)) {
        let inner = self.read_patiently();
        for row in resources.iter().filter_map(|resource| inner.index.row_of(*resource)) {
            visit(&row);
        }
    }

    /// Gives all leases by ascending address.
    pub fn all(&self) -> Vec<Arc<Lease>> {
        self.page(None, usize::MAX)
    }

    /// Counts the leases of every state.
    pub fn len(&self) -> usize {
        self.read().index.len()
    }

    /// Says whether there are no leases at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Deletes a lease, whatever it is; gives what was deleted.
    ///
    /// # Errors
    /// [`CommitError::Backlog`] if the journal cannot take it.
    pub fn delete(&self, resource: Resource) -> Result<Option<(Arc<Lease>, Committed)>, CommitError> {
        let mut exclusive = self.exclusive();
        let Some(lease) = exclusive.0.index.lease(resource) else { return Ok(None) };
        let committed = exclusive.commit(&[Change { before: Some(Arc::clone(&lease)), after: None }])?;
        Ok(Some((lease, committed)))
    }

    /// Deletes the leases of a subnet, or all; gives what was deleted.
    ///
    /// # Errors
    /// [`CommitError::Backlog`] if the journal cannot take it.
    pub fn wipe(&self, subnet: Option<SubnetId>) -> Result<(Vec<Arc<Lease>>, Committed), CommitError> {
        let mut exclusive = self.exclusive();
        let leases = match subnet {
            Some(subnet) => exclusive.0.index.by_subnet(subnet),
            None => exclusive.0.index.after(None).filter_map(|row| row.to_lease().ok().map(Arc::new)).collect(),
        };
        let changes: Vec<_> =
            leases.iter().map(|lease| Change { before: Some(Arc::clone(lease)), after: None }).collect();
        let committed = exclusive.commit(&changes)?;
        Ok((leases, committed))
    }

    /// Gives up to `limit` leases that ended before `now` and are not reclaimed yet, earliest end first.
    pub fn expired(&self, now: UnixTime, limit: usize) -> Vec<Arc<Lease>> {
        self.read().index.ended(now, limit)
    }

    /// Gives up to `limit` reclaimed leases that ended before `instant`, earliest end first.
    pub fn reclaimed_before(&self, instant: UnixTime, limit: usize) -> Vec<Arc<Lease>> {
        self.read().index.reclaimed(instant, limit)
    }

    /// Counts the leases per subnet, kind and pool id.
    pub fn counts(&self) -> PoolCounts {
        self.read().index.counts().clone()
    }

    /// A thread that panicked under the lock left the leases between two changes of an index, never torn in memory;
    /// serving on is better than stopping.
    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Locks for one page of many. The lock itself is not fair: who takes it again at once gets it before one who waits.
    fn read_patiently(&self) -> RwLockReadGuard<'_, Inner> {
        for _ in 0..PAUSE.1 {
            if self.waiting.load(Ordering::Relaxed) == 0 {
                break;
            }
            std::thread::sleep(PAUSE.0);
        }
        self.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, Inner> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let guard = self.inner.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        guard
    }
}

impl Inner {
    fn horizon(&self) -> Ticket {
        self.journal.as_ref().map_or(Ticket(self.unwritten), |journal| journal.issued())
    }

    fn commit(&mut self, changes: &[Change], rows: &[u8]) -> Result<Committed, CommitError> {
        for change in changes {
            self.check(change)?;
        }
        let ticket = if let Some(journal) = &self.journal {
            journal.append(rows)?
        } else {
            self.unwritten += 1;
            Ticket(self.unwritten)
        };
        for change in changes {
            match (&change.after, &change.before) {
                (Some(after), _) => self.put(after),
                (None, Some(before)) => drop(self.index.take(place_of(before.resource))),
                (None, None) => {}
            }
        }
        Ok(Committed { ticket })
    }

    /// Stores a lease, which was made by a server and so has no number that no server knows.
    fn put(&mut self, lease: &Lease) {
        let stored = self.index.put(&csv::Row::of_lease(lease));
        debug_assert!(stored.is_ok(), "{stored:?}");
    }

    fn check(&self, change: &Change) -> Result<(), CommitError> {
        let Some(resource) = change.resource() else { return Ok(()) };
        let agrees = |lease: &Arc<Lease>| lease.resource == resource && belongs(self.family, lease);
        if !change.before.iter().chain(&change.after).all(agrees) {
            return Err(CommitError::Mismatch { resource });
        }
        // A lease of another size at the same address is in the way only while somebody holds it.
        let in_the_way = |row: &csv::Row<'_>| {
            row.resource() == Ok(resource) || row.lease_state().is_ok_and(model::LeaseState::holds)
        };
        let stored = self.index.at(resource).filter(in_the_way);
        if stored == change.before.as_deref().map(csv::Row::of_lease) {
            Ok(())
        } else {
            let stored = stored.and_then(|row| row.to_lease().ok()).map(Arc::new);
            Err(CommitError::Conflict { resource, stored })
        }
    }
}

/// Says whether resource and owner of a lease are of one family, the store's.
fn belongs(family: Family, lease: &Lease) -> bool {
    match (family, lease.kind(), &lease.owner) {
        (Family::V4, LeaseKind::V4, Owner::V4 { .. }) => true,
        (Family::V6, LeaseKind::Na | LeaseKind::Pd, Owner::V6 { .. }) => lease.resource.length() <= 128,
        (Family::V4 | Family::V6, ..) => false,
    }
}

/// The leases as of one moment, for a decision. Hold it briefly: commits wait.
#[derive(Debug)]
pub struct FactsGuard<'a>(RwLockReadGuard<'a, Inner>);

/// The leases while many are loaded; found by nothing but their addresses until dropped.
#[derive(Debug)]
pub(crate) struct Bulk<'a>(RwLockWriteGuard<'a, Inner>);

impl Bulk<'_> {
    /// Puts a packed lease in, or takes one out, without telling the journal.
    pub(crate) fn put_packed(&mut self, place: Place, record: Option<&[u8]>) {
        self.0.index.put_packed(place, record);
    }
}

impl Drop for Bulk<'_> {
    fn drop(&mut self) {
        self.0.index.end_bulk();
    }
}

/// The leases, for one decision and its commit.
#[derive(Debug)]
pub struct Exclusive<'a>(RwLockWriteGuard<'a, Inner>);

impl Exclusive<'_> {
    /// Gives the lease at the (first) address of a resource, whatever its state and size.
    pub fn at(&self, resource: Resource) -> Option<Arc<Lease>> {
        self.0.index.at(resource).and_then(|row| row.to_lease().ok()).map(Arc::new)
    }

    /// Stores changes as [`LeaseStore::commit`] does.
    ///
    /// # Errors
    /// Those of [`LeaseStore::commit`].
    pub fn commit(&mut self, changes: &[Change]) -> Result<Committed, CommitError> {
        let committed = self.commit_in_batch(changes)?;
        if let Some(journal) = &self.0.journal {
            journal.wake();
        }
        Ok(committed)
    }

    /// Stores changes as [`LeaseStore::commit`] does, but leaves getting them written to
    /// [`super::journal::Journal::finish_batch`], which has to follow soon.
    ///
    /// # Errors
    /// Those of [`LeaseStore::commit`].
    pub fn commit_in_batch(&mut self, changes: &[Change]) -> Result<Committed, CommitError> {
        if changes.is_empty() {
            return Ok(Committed { ticket: self.0.horizon() });
        }
        let rows = csv::rows_of(self.0.family, changes);
        self.0.commit(changes, &rows)
    }

    /// Remembers where the iterative allocator stands in some pools.
    pub fn set_cursors(&mut self, cursors: &[(PoolKey, Resource)]) {
        self.0.cursors.extend(cursors.iter().copied());
    }
}

impl Facts for Inner {
    fn below(&self) -> Option<&dyn Facts> {
        None
    }

    fn lease_at(&self, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
        Ok(self.index.lease(resource))
    }

    fn leases_of(&self, client: ClientKey<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        Ok(self.index.leases_of(client))
    }

    fn next_free(&self, search: Search<'_>) -> Result<Option<Resource>, Missing> {
        Ok(self.index.next_free(&search))
    }

    fn cursor(&self, pool: PoolKey) -> Option<Resource> {
        self.cursors.get(&pool).copied()
    }

    fn leases_within(&self, scope: &Scope, kind: LeaseKind) -> Result<u64, Missing> {
        Ok(self.index.count(scope, kind))
    }
}

impl Facts for FactsGuard<'_> {
    fn below(&self) -> Option<&dyn Facts> {
        Some(&*self.0)
    }
}

impl Facts for Exclusive<'_> {
    fn below(&self) -> Option<&dyn Facts> {
        Some(&*self.0)
    }
}
