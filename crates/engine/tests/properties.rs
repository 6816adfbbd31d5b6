//! What holds for every packet and every history, whatever the server was sent before.
#![expect(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use engine::{ClientKey, Datagram, Decision, Facts, Missing, Search, exchange};
use model::class::Guard;
use model::settings::{Compatibility, Names, Reclaim, ReplaceClientName};
use model::{
    Allocator, BootFields, Family, Lease, LeaseTimes, Model, OptionSet, Owner, Pool, PoolKey, PoolKind, Prefix,
    Resource, Seconds, Settings, Subnet, SubnetId, Triplet, UnixTime,
};
use proptest::prelude::*;
use wire::Duid;
use wire::v6::{Ia, IaAddress, MessageType, Packet, code};
use wire::write::Writer;

/// Leases in a plain map: slow, and too simple to be wrong.
#[derive(Default, Clone)]
struct World {
    leases: BTreeMap<Resource, Arc<Lease>>,
    cursors: BTreeMap<PoolKey, Resource>,
}

impl Facts for World {
    fn lease_at(&self, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
        Ok(self.leases.get(&resource).cloned())
    }

    fn leases_of(&self, client: ClientKey<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        let ClientKey::Association { duid: wanted, iaid: association, kind } = client else { return Ok(Vec::new()) };
        let owned = |lease: &&Arc<Lease>| match &lease.owner {
            Owner::V6 { duid, iaid, .. } => duid == wanted && *iaid == association && lease.kind() == kind,
            Owner::V4 { .. } => false,
        };
        Ok(self.leases.values().filter(owned).cloned().collect())
    }

    fn next_free(&self, search: Search<'_>) -> Result<Option<Resource>, Missing> {
        let is_free = |resource: &Resource| match self.leases.get(resource) {
            None => true,
            Some(lease) => match search.ended_before {
                Some(now) => !lease.is_in_use_at(now),
                None => !lease.state.holds(),
            },
        };
        Ok((search.from..search.until).filter_map(|place| search.pool.nth(place)).find(is_free))
    }

    fn cursor(&self, pool: PoolKey) -> Option<Resource> {
        self.cursors.get(&pool).copied()
    }
}

impl World {
    /// Stores a decision, provided that it saw what is there.
    fn apply(&mut self, decision: &Decision) {
        for change in &decision.changes {
            let resource = change.resource().unwrap();
            assert_eq!(self.leases.get(&resource), change.before.as_ref(), "decided on something else than there is");
            match &change.after {
                Some(lease) => self.leases.insert(resource, Arc::clone(lease)),
                None => self.leases.remove(&resource),
            };
        }
        self.cursors.extend(decision.cursors.iter().copied());
    }
}

fn pool(first: &str, length: u8, kind: PoolKind) -> Pool {
    Pool {
        id: 0,
        index: 0,
        range: Prefix { address: first.parse().unwrap(), length }.range(),
        kind,
        guard: Guard::default(),
        additional_classes: Vec::new(),
        options: OptionSet::default(),
        names: None,
    }
}

fn times() -> LeaseTimes {
    LeaseTimes {
        valid: Triplet::fixed(Seconds(100)),
        preferred: None,
        renew: None,
        rebind: None,
        calculate_tee_times: true,
        t1_percent: 0.5,
        t2_percent: 0.8,
        cache_threshold: 0.25,
        cache_max_age: None,
    }
}

fn names() -> Names {
    Names {
        send_updates: true,
        override_no_update: false,
        override_client_update: false,
        replace: ReplaceClientName::Never,
        generated_prefix: "myhost".into(),
        qualifying_suffix: "".into(),
        update_on_renew: false,
        char_set: "[^A-Za-z0-9.-]".into(),
        char_replacement: "".into(),
    }
}

fn model(allocator: Allocator) -> Model {
    let delegated = PoolKind::Prefixes { delegated_length: 56, excluded: None };
    let subnet = Subnet {
        id: SubnetId(1),
        prefix: Prefix { address: "2001:db8:1::".parse().unwrap(), length: 64 },
        network: None,
        pools: vec![pool("2001:db8:1::10", 126, PoolKind::Addresses)],
        pd_pools: vec![pool("2001:db8:8000::", 54, delegated)],
        allocator,
        pd_allocator: allocator,
        times: times(),
        rapid_commit: true,
        relays: Vec::new(),
        interface: Some("eth0".into()),
        interface_id: None,
        guard: Guard::default(),
        additional_classes: Vec::new(),
        options: OptionSet::default(),
        store_extended_info: false,
        names: names(),
        boot: BootFields::default(),
        match_client_id: true,
        authoritative: false,
        offer_lifetime: None,
        dhcp4o6: None,
    };
    let settings = Settings {
        server_duid: Duid::decode(&SERVER).unwrap(),
        decline_probation: Seconds(50),
        reclaim: Reclaim {
            wait_time: 10,
            flush_wait_time: 25,
            hold_time: Seconds(3600),
            max_leases: 100,
            max_time_ms: 250,
            unwarned_cycles: 5,
        },
        mac_sources: Vec::new(),
        relay_supplied_options: vec![65],
        allow_address_registration: true,
        ddns_enabled: false,
        classes: Vec::new(),
        authoritative: false,
        echo_client_id: true,
        stash_agent_options: false,
        compatibility: Compatibility::default(),
        dhcp4o6_port: 0,
        bootp: false,
    };
    Model { family: Family::V6, subnets: vec![subnet], networks: Vec::new(), options: OptionSet::default(), settings }
}

const SERVER: [u8; 5] = [0, 2, 0, 0, 9];

/// One message of one client, with up to two associations.
#[derive(Debug, Clone)]
struct Step {
    kind: MessageType,
    client: u8,
    associations: Vec<(u32, Option<u8>)>,
    wait: u8,
    seed: u64,
}

fn step() -> impl Strategy<Value = Step> {
    let kind = prop::sample::select(vec![
        MessageType::Solicit,
        MessageType::Request,
        MessageType::Renew,
        MessageType::Rebind,
        MessageType::Release,
        MessageType::Decline,
    ]);
    let association = (1_u32..4, prop::option::of(0x0f_u8..0x15));
    (kind, 1_u8..5, prop::collection::vec(association, 1..3), 0_u8..60, any::<u64>())
        .prop_map(|(kind, client, associations, wait, seed)| Step { kind, client, associations, wait, seed })
}

fn octets(step: &Step) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.u8(step.kind.number());
    writer.u24(7);
    writer.option6(code::CLIENT_ID, &[0, 3, 0, 1, step.client]);
    if !matches!(step.kind, MessageType::Solicit | MessageType::Rebind) {
        writer.option6(code::SERVER_ID, &SERVER);
    }
    if step.seed.is_multiple_of(2) {
        writer.option6(code::RAPID_COMMIT, &[]);
    }
    for (iaid, address) in &step.associations {
        let open = writer.begin6(code::IA_NA);
        writer.u32(*iaid);
        writer.u32(0);
        writer.u32(0);
        if let Some(address) = address {
            let inner = writer.begin6(code::IAADDR);
            writer.ipv6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, u16::from(*address)));
            writer.u32(0);
            writer.u32(0);
            writer.end6(inner);
        }
        writer.end6(open);
    }
    writer.finish()
}

fn decide(octets: &[u8], at: i64, seed: u64, model: &Model, world: &World) -> Decision {
    let datagram = Datagram {
        octets,
        interface: "eth0",
        from: "[fe80::1]:546".parse().unwrap(),
        to: "ff02::1:2".parse::<IpAddr>().unwrap(),
        local: std::net::Ipv4Addr::UNSPECIFIED,
        served: &[],
        raw: true,
        at: UnixTime(at),
        seed,
        trace: true,
    };
    exchange(&datagram, model, world).unwrap()
}

/// Lists what a reply acknowledges: addresses with a lifetime, by association.
fn acknowledged(decision: &Decision) -> Vec<(u32, Resource)> {
    let Some(reply) = decision.reply.as_ref().filter(|reply| reply.speaks_of_leases()) else {
        return Vec::new();
    };
    let packet = Packet::decode(&reply.octets).unwrap();
    let mut found = Vec::new();
    for value in packet.message.options.all(code::IA_NA) {
        let ia = Ia::decode(value).unwrap();
        for value in ia.options.all(code::IAADDR) {
            let address = IaAddress::decode(value).unwrap();
            if address.valid > 0 {
                found.push((ia.iaid, Resource::V6(address.address)));
            }
        }
    }
    found
}

fn allocators() -> impl Strategy<Value = Allocator> {
    prop::sample::select(vec![Allocator::Iterative, Allocator::Random, Allocator::FreeLeaseQueue])
}

proptest! {
    #[test]
    fn no_octets_make_a_decision_panic(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        decide(&octets, 0, 1, &model(Allocator::Iterative), &World::default());
    }

    #[test]
    fn no_history_gives_one_address_to_two_owners(
        steps in prop::collection::vec(step(), 1..60),
        allocator in allocators(),
    ) {
        let (model, mut world, mut now) = (model(allocator), World::default(), 0_i64);
        for step in &steps {
            now += i64::from(step.wait);
            let decision = decide(&octets(step), now, step.seed, &model, &world);
            let before = world.clone();
            world.apply(&decision);
            let client = Duid::decode(&[0, 3, 0, 1, step.client]).unwrap();
            for (iaid, resource) in acknowledged(&decision) {
                // What is acknowledged is stored, for the one who hears of it, and nobody else had it a moment ago.
                let lease = world.leases.get(&resource).expect("an acknowledged lease is stored");
                prop_assert!(lease.is_active_at(UnixTime(now)));
                let Owner::V6 { duid, iaid: theirs, .. } = &lease.owner else { panic!("a v4 owner") };
                prop_assert_eq!((duid, *theirs), (&client, iaid));
                if let Some(held) = before.leases.get(&resource).filter(|held| held.is_in_use_at(UnixTime(now))) {
                    let Owner::V6 { duid, .. } = &held.owner else { panic!("a v4 owner") };
                    prop_assert_eq!(duid, &client);
                }
            }
        }
    }

    #[test]
    fn the_same_message_time_and_seed_make_the_same_decision(
        steps in prop::collection::vec(step(), 1..20),
        allocator in allocators(),
    ) {
        let (model, mut world, mut now) = (model(allocator), World::default(), 0_i64);
        for step in &steps {
            now += i64::from(step.wait);
            let first = decide(&octets(step), now, step.seed, &model, &world);
            prop_assert_eq!(&first, &decide(&octets(step), now, step.seed, &model, &world));
            world.apply(&first);
        }
    }
}
