//! What holds for every packet and every history, whatever the server was sent before, in both families.
#![expect(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

mod dialect;
mod world;

use model::{Allocator, Family, Owner, UnixTime};
use proptest::prelude::*;

use crate::dialect::{Deed, Step, acknowledged, decide};
use crate::world::{RESERVED, World, model, reserved, with_hosts};

fn step() -> impl Strategy<Value = Step> {
    let deeds = vec![Deed::Look, Deed::Take, Deed::Renew, Deed::Rebind, Deed::GiveBack, Deed::Decline];
    let association = (1_u32..4, prop::option::of(0x0f_u8..0x15));
    (prop::sample::select(deeds), 1_u8..5, prop::collection::vec(association, 1..3), 0_u8..60, any::<u64>())
        .prop_map(|(deed, client, associations, wait, seed)| Step { deed, client, associations, wait, seed })
}

fn families() -> impl Strategy<Value = Family> {
    prop::sample::select(vec![Family::V4, Family::V6])
}

fn allocators() -> impl Strategy<Value = Allocator> {
    prop::sample::select(vec![Allocator::Iterative, Allocator::Random, Allocator::FreeLeaseQueue])
}

proptest! {
    #[test]
    fn no_octets_make_a_decision_panic(
        mut octets in prop::collection::vec(any::<u8>(), 0..400),
        family in families(),
        framed in any::<bool>(),
    ) {
        // Most octets at random would stop at the cookie.
        if let Some(cookie) = octets.get_mut(236..240).filter(|_| framed) {
            cookie.copy_from_slice(&wire::v4::message::MAGIC_COOKIE.to_be_bytes());
        }
        decide(&octets, 0, 1, &model(family, Allocator::Iterative), &World::default());
    }

    #[test]
    fn no_history_gives_one_address_to_two_owners(
        steps in prop::collection::vec(step(), 1..60),
        allocator in allocators(),
        family in families(),
    ) {
        let (model, mut world, mut now) = (model(family, allocator), World::default(), 0_i64);
        for step in &steps {
            now += i64::from(step.wait);
            let decision = decide(&step.octets(family), now, step.seed, &model, &world);
            let before = world.clone();
            world.apply(&decision);
            for (iaid, resource) in acknowledged(&decision, family) {
                // What is acknowledged is stored, for the one who hears of it, and nobody else had it a moment ago.
                let lease = world.leases.get(&resource).expect("an acknowledged lease is stored");
                prop_assert!(lease.is_active_at(UnixTime(now)));
                prop_assert!(step.is(&lease.owner));
                if let Owner::V6 { iaid: theirs, .. } = &lease.owner {
                    prop_assert_eq!(*theirs, iaid);
                }
                if let Some(held) = before.leases.get(&resource).filter(|held| held.is_in_use_at(UnixTime(now))) {
                    prop_assert!(step.is(&held.owner));
                }
            }
        }
    }

    #[test]
    fn no_history_gives_what_is_reserved_to_another_client(
        steps in prop::collection::vec(step(), 1..60),
        allocator in allocators(),
        family in families(),
    ) {
        let (model, mut world, mut now) = (with_hosts(model(family, allocator)), World::default(), 0_i64);
        for step in &steps {
            now += i64::from(step.wait);
            let decision = decide(&step.octets(family), now, step.seed, &model, &world);
            world.apply(&decision);
            for (_, resource) in acknowledged(&decision, family) {
                let for_whom = RESERVED.iter().find(|(_, last)| reserved(family, *last) == resource);
                prop_assert!(for_whom.is_none_or(|(client, _)| *client == step.client));
            }
        }
    }

    #[test]
    fn the_same_message_time_and_seed_make_the_same_decision(
        steps in prop::collection::vec(step(), 1..20),
        allocator in allocators(),
        family in families(),
    ) {
        let (model, mut world, mut now) = (model(family, allocator), World::default(), 0_i64);
        for step in &steps {
            now += i64::from(step.wait);
            let octets = step.octets(family);
            let first = decide(&octets, now, step.seed, &model, &world);
            prop_assert_eq!(&first, &decide(&octets, now, step.seed, &model, &world));
            world.apply(&first);
        }
    }
}
