//! A world too simple to be wrong, and a server small enough to run out of addresses.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use engine::{ClientKey, Decision, Facts, Missing, Search};
use model::class::Guard;
use model::host::Reserved;
use model::settings::{Compatibility, Names, Reclaim};
use model::subnet::Modes;
use model::{
    Allocator, BootFields, Family, Host, Hosts, IdentifierKind, Lease, LeaseTimes, Model, OptionSet, Owner, Pool,
    PoolKey, PoolKind, Prefix, Resource, Seconds, Settings, Subnet, SubnetId, Subnets, Triplet,
};
use wire::Duid;

/// Leases in a plain map: slow, and too simple to be wrong.
#[derive(Default, Clone)]
pub(super) struct World {
    pub(super) leases: BTreeMap<Resource, Arc<Lease>>,
    pub(super) cursors: BTreeMap<PoolKey, Resource>,
}

impl Facts for World {
    fn below(&self) -> Option<&dyn Facts> {
        None
    }

    fn lease_at(&self, resource: Resource) -> Result<Option<Arc<Lease>>, Missing> {
        Ok(self.leases.get(&resource).cloned())
    }

    fn leases_of(&self, client: ClientKey<'_>) -> Result<Vec<Arc<Lease>>, Missing> {
        let owned = |lease: &&Arc<Lease>| match (&lease.owner, client) {
            (Owner::V6 { duid, iaid, .. }, ClientKey::Association { duid: wanted, iaid: association, kind }) => {
                duid == wanted && *iaid == association && lease.kind() == kind
            }
            (Owner::V4 { client_id, .. }, ClientKey::ClientId(wanted)) => **client_id == *wanted,
            (Owner::V4 { hw, .. }, ClientKey::Hardware(wanted)) => hw.as_ref() == Some(wanted),
            _ => false,
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
    pub(super) fn apply(&mut self, decision: &Decision) {
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

pub(super) fn model(family: Family, allocator: Allocator) -> Model {
    let (prefix, length, first, bits) =
        family.pick(("10.0.0.0", 24, "10.0.0.16", 30), ("2001:db8:1::", 64, "2001:db8:1::10", 126));
    let delegated = PoolKind::Prefixes { delegated_length: 56, excluded: None };
    let subnet = Subnet {
        id: SubnetId(1),
        prefix: Prefix { address: prefix.parse().unwrap(), length },
        network: None,
        pools: vec![pool(first, bits, PoolKind::Addresses)],
        pd_pools: family.pick(Vec::new(), vec![pool("2001:db8:8000::", 54, delegated)]),
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
        names: Names::default().into(),
        reservations: Modes::default(),
        boot: BootFields::default(),
        match_client_id: true,
        authoritative: false,
        offer_lifetime: None,
        dhcp4o6: None,
        ping_check: None,
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
        host_identifiers: Vec::new(),
        early_global_lookup: false,
        authoritative: false,
        echo_client_id: true,
        stash_agent_options: false,
        compatibility: Compatibility::default(),
        dhcp4o6_port: 0,
        bootp: false,
        flexible_id: None,
        flexible_options: Vec::new(),
        limits: None,
        name_tuning: None,
    };
    let (options, hosts) = (OptionSet::default(), Hosts::default());
    let subnets = Subnets::new(family, vec![subnet], &[]);
    Model { family, subnets, networks: Vec::new(), options, hosts, settings }
}

pub(super) const SERVER: [u8; 5] = [0, 2, 0, 0, 9];

/// Reserves an address of the pool for client 2, and one outside it for client 3.
pub(super) fn with_hosts(model: Model) -> Model {
    let family = model.family;
    let host = |client: u8, last: u8| {
        let (kind, identifier) = match family {
            Family::V4 => (IdentifierKind::HwAddress, vec![2, 0, 0, 0, 0, client]),
            Family::V6 => (IdentifierKind::Duid, vec![0, 3, 0, 1, client]),
        };
        let resource = reserved(family, last);
        Host {
            kind,
            identifier: identifier.into(),
            subnet: Some(SubnetId(1)),
            resources: [Reserved { resource, excluded: None }].into(),
            hostname: format!("host-{client}").into(),
            extras: None,
        }
    };
    let host_identifiers = vec![IdentifierKind::HwAddress, IdentifierKind::Duid];
    let settings = Settings { host_identifiers, ..model.settings };
    Model {
        hosts: Hosts::new(RESERVED.into_iter().map(|(client, last)| host(client, last)).collect()),
        settings,
        ..model
    }
}

/// Clients, and the last octet of what is reserved for each.
pub(super) const RESERVED: [(u8, u8); 2] = [(2, 0x11), (3, 0x14)];

/// Makes an address of the subnet out of its last octet.
pub(super) fn reserved(family: Family, last: u8) -> Resource {
    match family {
        Family::V4 => Resource::V4(Ipv4Addr::new(10, 0, 0, last)),
        Family::V6 => Resource::V6(Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, last.into())),
    }
}
