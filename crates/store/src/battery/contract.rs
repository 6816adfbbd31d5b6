//! Questions and commits: the same for a store in memory, with a journal, and after a restart.

use engine::ClientKey;
use model::LeaseKind;

use super::*;
use crate::CommitError;
use crate::lease::memory::Counts;

/// Fills a store; `restart` gives the store the questions are put to.
type Restart = fn(Family, &[Vec<Change>]) -> LeaseStore;

fn in_memory(family: Family, commits: &[Vec<Change>]) -> LeaseStore {
    let store = LeaseStore::new(family);
    for changes in commits {
        store.commit(changes).unwrap();
    }
    store
}

fn restarted(family: Family, commits: &[Vec<Change>]) -> LeaseStore {
    let disk = SimulatedDisk::new();
    let (store, mut before) = opened(&disk, family);
    for changes in commits {
        store.commit(changes).unwrap();
        before.writer.step();
    }
    disk.cut_power();
    opened(&disk, family).0
}

/// Runs a test on every kind of store and both families.
fn on_every_store(test: impl Fn(Restart, Family)) {
    let kinds: [Restart; 2] = [in_memory, restarted];
    for restart in kinds {
        test(restart, Family::V4);
        test(restart, Family::V6);
    }
}

#[test]
fn what_was_committed_is_found_by_every_key() {
    on_every_store(|restart, family| {
        let (one, two) = (lease(family, 1), lease(family, 2));
        let store = restart(family, &[vec![added(&two), added(&one)]]);
        assert_eq!(store.lease(one.resource).as_deref(), Some(&one));
        assert_eq!(plain(&store), [one.clone(), two.clone()]);
        assert_eq!(store.len(), 2);
        assert_eq!(store.page(Some(one.resource), 9).len(), 1);
        assert_eq!(*store.by_hostname("HOST-2.example.")[0], two);
        assert_eq!(*store.by_subnet(SubnetId(1))[0], two);
        assert_eq!(*store.by_hw(&HardwareAddress::ethernet(&[2, 0, 0, 0, 0, 1]))[0], one);
        let key = match &one.owner {
            Owner::V4 { client_id, .. } => ClientKey::ClientId(client_id),
            Owner::V6 { duid, iaid, .. } => ClientKey::Association { duid, iaid: *iaid, kind: LeaseKind::Na },
        };
        assert_eq!(*store.leases_of(key)[0], one);
        assert_eq!(store.leases_of(key).len(), 1);
    });
}

#[test]
fn a_deleted_lease_is_found_by_no_key() {
    on_every_store(|restart, family| {
        let one = lease(family, 1);
        let store = restart(family, &[vec![added(&one)], vec![deleted(&one)]]);
        assert!(store.is_empty());
        assert!(store.by_hostname(&one.hostname).is_empty());
        assert!(store.by_subnet(one.subnet).is_empty());
        assert!(store.by_hw(&HardwareAddress::ethernet(&[2, 0, 0, 0, 0, 1])).is_empty());
        assert!(store.expired(UnixTime(i64::MAX), 9).is_empty());
    });
}

#[test]
fn a_commit_on_outdated_facts_changes_nothing_at_all() {
    on_every_store(|restart, family| {
        let (one, two) = (lease(family, 1), lease(family, 2));
        let store = restart(family, &[vec![added(&one)]]);
        let conflict = store.commit(&[added(&two), added(&one)]).unwrap_err();
        assert!(matches!(conflict, CommitError::Conflict { resource, .. } if resource == one.resource));
        assert!(store.commit(&[deleted(&two)]).is_err());
        assert_eq!(plain(&store), [one]);
    });
}

#[test]
fn a_change_across_resources_or_families_is_refused() {
    on_every_store(|restart, family| {
        let (one, two) = (lease(family, 1), lease(family, 2));
        let store = restart(family, &[vec![added(&one)]]);
        assert!(matches!(store.commit(&[replaced(&one, &two)]), Err(CommitError::Mismatch { .. })));
        let other = lease(family.pick(Family::V6, Family::V4), 3);
        assert!(matches!(store.commit(&[added(&other)]), Err(CommitError::Mismatch { .. })));
    });
}

#[test]
fn ended_leases_come_by_their_end_and_reclaimed_ones_apart() {
    on_every_store(|restart, family| {
        let (mut one, mut two, mut three, mut four) =
            (lease(family, 1), lease(family, 2), lease(family, 3), lease(family, 4));
        one.valid = Seconds(500);
        two.valid = Seconds(400);
        three.state = LeaseState::Reclaimed;
        four.valid = Seconds::INFINITE;
        let store = restart(family, &[[&one, &two, &three, &four].map(added).to_vec()]);
        let ended = |now| store.expired(UnixTime(now), 9).iter().map(|lease| lease.resource).collect::<Vec<_>>();
        assert_eq!(ended(1_400), []);
        assert_eq!(ended(1_401), [two.resource]);
        assert_eq!(ended(i64::MAX), [two.resource, one.resource]);
        assert_eq!(store.expired(UnixTime(i64::MAX), 1).len(), 1);
        assert_eq!(*store.reclaimed_before(UnixTime(4_601), 9)[0], three);
        assert!(store.reclaimed_before(UnixTime(4_600), 9).is_empty());
    });
}

#[test]
fn counts_tell_states_apart() {
    on_every_store(|restart, family| {
        let (one, mut three) = (lease(family, 1), lease(family, 3));
        three.state = LeaseState::Declined;
        let store = restart(family, &[vec![added(&one), added(&three)]]);
        let expected = Counts { assigned: 1, declined: 1, ..Counts::default() };
        assert_eq!(store.counts().get(&(SubnetId(2), one.kind(), 0)), Some(&expected));
    });
}

#[test]
fn threads_that_race_for_the_same_addresses_never_get_one_twice() {
    let store = LeaseStore::new(Family::V6);
    let taken: Vec<u8> = std::thread::scope(|scope| {
        let claim = |number: u8| store.commit(&[added(&lease(Family::V6, number))]).is_ok();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(move || (0..200).filter(|n| claim(*n)).collect())).collect();
        threads.into_iter().flat_map(|thread| -> Vec<u8> { thread.join().unwrap() }).collect()
    });
    assert_eq!(taken.len(), 200);
    assert_eq!(store.horizon(), crate::Ticket(200));
}

#[test]
fn wiping_a_subnet_leaves_the_others() {
    on_every_store(|restart, family| {
        let (one, two, three) = (lease(family, 1), lease(family, 2), lease(family, 3));
        let store = restart(family, &[[&one, &two, &three].map(added).to_vec()]);
        let (wiped, _) = store.wipe(Some(SubnetId(2))).unwrap();
        assert_eq!(wiped.len(), 2);
        assert_eq!(plain(&store), std::slice::from_ref(&two));
        assert!(store.delete(two.resource).unwrap().is_some());
        assert!(store.delete(two.resource).unwrap().is_none());
        assert!(store.is_empty());
    });
}

#[test]
fn a_row_of_lifetime_zero_is_forgotten_by_a_restart() {
    for family in [Family::V4, Family::V6] {
        let one = lease(family, 1);
        let mut released = one.clone();
        released.state = LeaseState::Released;
        released.valid = Seconds::ZERO;
        let commits = [vec![added(&one)], vec![replaced(&one, &released)]];
        assert_eq!(in_memory(family, &commits).len(), 1);
        assert_eq!(restarted(family, &commits).len(), 0);
    }
}
