//! The store against a plain map, the file against the store, and the reader against anything.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::exercise;

/// What is done to the lease of a small number: delete it, or store it with this state and lifetime.
type Step = (u8, Option<(u32, u32, u8)>);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let number = prop_oneof![0..12_u8, 200..206_u8];
    let value = proptest::option::weighted(0.8, (0..5_u32, 0..5_000_u32, 0..4_u8));
    proptest::collection::vec((number, value), 0..80)
}

fn changed(family: Family, number: u8, (state, valid, client): (u32, u32, u8)) -> Lease {
    let base = lease(family, number);
    let Lease { owner, hostname, .. } = lease(family, client);
    let state = LeaseState::from_number(state).unwrap();
    Lease { owner, hostname, state, valid: Seconds(valid + 1), ..base }
}

fn run(family: Family, steps: &[Step], store: &LeaseStore) -> BTreeMap<u128, Lease> {
    let mut plain = BTreeMap::new();
    for (number, value) in steps {
        let resource = lease(family, *number).resource;
        let place = model::resource::bits_of(resource.address());
        let before = store.lease(resource);
        assert_eq!(before.as_deref(), plain.get(&place));
        let after = value.map(|value| changed(family, *number, value));
        store.commit(&[Change { before, after: after.clone().map(Arc::new) }]).unwrap();
        match after {
            Some(after) => plain.insert(place, after),
            None => plain.remove(&place),
        };
    }
    plain
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_store_agrees_with_a_plain_map(steps in steps(), now in 900..7_000_i64) {
        for family in [Family::V4, Family::V6] {
            let store = LeaseStore::new(family);
            let expected = run(family, &steps, &store);
            let leases: Vec<_> = expected.into_values().collect();
            prop_assert_eq!(&plain(&store), &leases);
            let now = UnixTime(now);
            let ended = |lease: &&Lease| lease.state != LeaseState::Reclaimed && lease.is_expired_at(now);
            prop_assert_eq!(store.expired(now, usize::MAX).len(), leases.iter().filter(ended).count());
            for client in 0..4 {
                let Owner::V6 { duid, .. } = lease(Family::V6, client).owner else { unreachable!() };
                let theirs = leases.iter().filter(|lease| matches!(&lease.owner, Owner::V6 { duid: other, .. } if *other == duid));
                prop_assert_eq!(store.by_duid(&duid).len(), theirs.count());
                let hostname = lease(family, client).hostname;
                let named = leases.iter().filter(|lease| lease.hostname == hostname).count();
                prop_assert_eq!(store.by_hostname(&hostname).len(), named);
            }
        }
    }

    #[test]
    fn what_is_written_is_what_is_loaded_before_and_after_clean_up(steps in steps(), pause in 0..80_usize) {
        for family in [Family::V4, Family::V6] {
            let disk = SimulatedDisk::new();
            let (store, mut first) = opened(&disk, family);
            let (early, late) = steps.split_at(pause.min(steps.len()));
            run(family, early, &store);
            first.writer.step();
            prop_assert!(first.writer.rotate().is_ok());
            for (number, value) in late {
                let resource = lease(family, *number).resource;
                let after = value.map(|value| changed(family, *number, value));
                let before = store.lease(resource);
                store.commit(&[Change { before, after: after.map(Arc::new) }]).unwrap();
            }
            first.writer.step();
            disk.cut_power();
            prop_assert_eq!(plain(&opened(&disk, family).0), plain(&store));
            crate::lease::cleanup::run(&disk, first.writer.files(), family, &mut |_| ()).unwrap();
            prop_assert_eq!(plain(&opened(&disk, family).0), plain(&store));
        }
    }

    #[test]
    fn any_texts_in_a_lease_survive_the_file(hostname in "[^A-Z\\pC]{0,20}|[,&#x0-9a-f\n\r]{0,12}", pool in any::<u32>(), cltt in 0..4_294_967_296_i64, valid in 1..=u32::MAX) {
        for family in [Family::V4, Family::V6] {
            let lease = Lease { hostname: hostname.clone().into(), pool, cltt: UnixTime(cltt), valid: Seconds(valid), ..lease(family, 7) };
            let disk = SimulatedDisk::new();
            let (store, mut first) = opened(&disk, family);
            store.commit(&[added(&lease)]).unwrap();
            first.writer.step();
            prop_assert_eq!(plain(&opened(&disk, family).0), vec![lease]);
        }
    }

    #[test]
    fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..300), at in any::<prop::sample::Index>()) {
        exercise(&octets);
        let disk = SimulatedDisk::new();
        let (store, mut first) = opened(&disk, Family::V6);
        store.commit(&[added(&lease(Family::V6, 1)), added(&lease(Family::V6, 220))]).unwrap();
        first.writer.step();
        let mut file = disk.content(&path()).unwrap();
        let at = at.index(file.len());
        file.splice(at..at, octets.iter().copied().take(20));
        exercise(&file);
    }
}
