//! The next free resource of a pool.

use engine::{Facts, Search};
use model::class::Guard;
use model::resource::bits_of;
use model::{AddressRange, LeaseKind, OptionSet, Pool, PoolKey, PoolKind, Prefix};
use proptest::prelude::*;

use super::*;

fn pool(kind: PoolKind, range: AddressRange) -> Pool {
    Pool {
        id: 0,
        index: 0,
        range,
        kind,
        guard: Guard::default(),
        additional_classes: Vec::new(),
        options: OptionSet::default(),
        names: None,
    }
}

fn range(prefix: &str, length: u8) -> AddressRange {
    Prefix { address: prefix.parse().unwrap(), length }.range()
}

fn next(store: &LeaseStore, pool: &Pool, from: u128, ended_before: Option<i64>) -> Option<u128> {
    let key = PoolKey { subnet: SubnetId(1), kind: pool.lease_kind(), index: 0 };
    let until = pool.capacity();
    let ended_before = ended_before.map(UnixTime);
    let found = store.facts().next_free(Search { pool, key, from, until, ended_before }).unwrap();
    found.map(|resource| pool.position(resource).unwrap())
}

fn prefix(address: &str, length: u8) -> Lease {
    Lease { resource: Resource::Prefix(address.parse().unwrap(), length), ..lease(Family::V6, 1) }
}

#[test]
fn an_empty_pool_of_any_size_answers_at_once() {
    let store = LeaseStore::new(Family::V6);
    let all = pool(PoolKind::Addresses, range("::", 0));
    assert_eq!(next(&store, &all, u128::MAX - 1, None), Some(u128::MAX - 1));
    assert_eq!(next(&store, &all, 5, None), Some(5));
}

#[test]
fn runs_of_used_addresses_are_skipped_and_a_full_pool_has_none() {
    for (family, net, length) in [(Family::V4, "192.0.2.0", 28), (Family::V6, "fd00::", 124)] {
        let store = LeaseStore::new(family);
        let pool = pool(PoolKind::Addresses, range(net, length));
        for number in (0..16).filter(|number| *number != 9) {
            store.commit(&[added(&lease(family, number))]).unwrap();
        }
        assert_eq!(next(&store, &pool, 0, None), Some(9));
        assert_eq!(next(&store, &pool, 10, None), None);
        store.commit(&[added(&lease(family, 9))]).unwrap();
        assert_eq!(next(&store, &pool, 0, None), None);
        store.commit(&[deleted(&lease(family, 3))]).unwrap();
        assert_eq!(next(&store, &pool, 0, None), Some(3));
    }
}

#[test]
fn an_ended_lease_is_free_only_for_those_who_do_not_wait_for_reclamation() {
    let store = LeaseStore::new(Family::V6);
    let pool = pool(PoolKind::Addresses, range("fd00::", 126));
    for number in 0..4 {
        let mut lease = lease(Family::V6, number);
        lease.valid = Seconds(if number == 2 { 10 } else { 3_600 });
        store.commit(&[added(&lease)]).unwrap();
    }
    assert_eq!(next(&store, &pool, 0, None), None);
    assert_eq!(next(&store, &pool, 0, Some(1_010)), None);
    assert_eq!(next(&store, &pool, 0, Some(1_011)), Some(2));
    assert_eq!(next(&store, &pool, 3, Some(1_011)), None);
}

#[test]
fn among_thousands_of_ended_leases_the_first_in_the_run_is_found() {
    let store = LeaseStore::new(Family::V4);
    let pool = pool(PoolKind::Addresses, range("10.0.0.0", 16));
    for number in 0..3_000_u32 {
        let address = std::net::Ipv4Addr::from_bits(0x0a00_0000 + number);
        let mut lease = Lease { resource: Resource::V4(address), ..lease(Family::V4, 1) };
        lease.valid = Seconds(3_000 - number);
        store.commit(&[added(&lease)]).unwrap();
    }
    assert_eq!(next(&store, &pool, 100, Some(1_000_000)), Some(100));
    assert_eq!(next(&store, &pool, 0, Some(2_500)), Some(1_501));
    assert_eq!(next(&store, &pool, 0, None), Some(3_000));
}

#[test]
fn reclaimed_and_released_leases_leave_their_resource_free() {
    for state in [LeaseState::Reclaimed, LeaseState::Released] {
        let store = LeaseStore::new(Family::V6);
        let pool = pool(PoolKind::Addresses, range("fd00::", 124));
        store.commit(&[added(&Lease { state, ..lease(Family::V6, 0) })]).unwrap();
        assert_eq!(next(&store, &pool, 0, None), Some(0));
    }
}

#[test]
fn a_held_prefix_blocks_smaller_and_larger_ones_that_overlap_it() {
    let store = LeaseStore::new(Family::V6);
    store.commit(&[added(&prefix("fd00:1:0:100::", 56))]).unwrap();
    let larger = PoolKind::Prefixes { delegated_length: 52, excluded: None };
    let smaller = PoolKind::Prefixes { delegated_length: 60, excluded: None };
    let net = range("fd00:1::", 48);
    assert_eq!(next(&store, &pool(larger, net), 0, None), Some(1));
    assert_eq!(next(&store, &pool(smaller, net), 15, None), Some(15));
    assert_eq!(next(&store, &pool(smaller, net), 16, None), Some(32));
    assert_eq!(pool(larger, net).lease_kind(), LeaseKind::Pd);
}

#[test]
fn two_leases_in_one_block_hold_it_until_both_are_gone() {
    let store = LeaseStore::new(Family::V6);
    let (first, second) = (prefix("fd00:1::", 56), prefix("fd00:1::1", 56));
    store.commit(&[added(&first), added(&second)]).unwrap();
    let pool = pool(PoolKind::Prefixes { delegated_length: 56, excluded: None }, range("fd00:1::", 48));
    store.commit(&[deleted(&first)]).unwrap();
    assert_eq!(next(&store, &pool, 0, None), Some(1));
    store.commit(&[deleted(&second)]).unwrap();
    assert_eq!(next(&store, &pool, 0, None), Some(0));
}

#[test]
fn a_lease_of_another_size_at_the_address_is_in_the_way_only_while_it_is_held() {
    let store = LeaseStore::new(Family::V6);
    let held = prefix("fd00:1::", 56);
    store.commit(&[added(&held)]).unwrap();
    let other = prefix("fd00:1::", 60);
    assert!(store.commit(&[added(&other)]).is_err());
    let reclaimed = Lease { state: LeaseState::Reclaimed, ..held.clone() };
    store.commit(&[replaced(&held, &reclaimed)]).unwrap();
    store.commit(&[added(&other)]).unwrap();
    assert_eq!(plain(&store), [other]);
}

/// First and last address of a resource as numbers.
fn extent(resource: Resource) -> (u128, u128) {
    let first = bits_of(resource.address());
    let size = 128 - u32::from(resource.length());
    (first, first | ((1 << size) - 1))
}

/// Says the plain way whether a place of a pool is free.
fn is_free(leases: &[Lease], resource: Resource, ended_before: Option<i64>) -> bool {
    let (first, last) = extent(resource);
    let meets = |lease: &&Lease| {
        let theirs = extent(lease.resource);
        lease.state.holds() && theirs.0 <= last && first <= theirs.1
    };
    let meeting: Vec<_> = leases.iter().filter(meets).collect();
    let ended = |lease: &&Lease| {
        ended_before.is_some_and(|now| lease.is_expired_at(UnixTime(now)))
            && lease.resource.length() >= resource.length()
    };
    meeting.is_empty() || (meeting.iter().any(|lease| lease.resource == resource) && meeting.iter().all(ended))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_first_free_place_is_the_one_a_walk_would_find(
        given in proptest::collection::vec((52..=60_u8, any::<u8>(), 0..5_u32, 1..5_u32), 0..40),
        length in 52..=60_u8,
        from in 0..40_u128,
        ended_before in proptest::option::of(1_000..1_006_i64),
    ) {
        let store = LeaseStore::new(Family::V6);
        for (length, place, state, valid) in given {
            let first = (0xfd00_0001_u128 << 96) | (u128::from(place) << 68);
            let shift = 128 - u32::from(length);
            let resource = Resource::Prefix((first >> shift << shift).into(), length);
            let state = LeaseState::from_number(state).unwrap();
            let after = Lease { resource, state, valid: Seconds(valid), ..lease(Family::V6, 1) };
            let before = store.lease(resource);
            // A lease of another size at the same address may be in the way.
            drop(store.commit(&[Change { before, after: Some(Arc::new(after)) }]));
        }
        let pool = pool(PoolKind::Prefixes { delegated_length: length, excluded: None }, range("fd00:1::", 52));
        let leases = plain(&store);
        let mut places = from..pool.capacity();
        let expected = places.find(|place| is_free(&leases, pool.nth(*place).unwrap(), ended_before));
        prop_assert_eq!(next(&store, &pool, from, ended_before), expected);
    }
}
