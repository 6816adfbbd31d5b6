use super::*;
use crate::class::Guard;
use crate::settings::Names;
use crate::subnet::{Dhcp4o6, Modes};
use crate::{Allocator, BootFields, LeaseTimes, OptionSet, Seconds, SharedNetworkIndex, SubnetId, Triplet};

fn subnet(id: u32, prefix: &str) -> Subnet {
    let (address, length) = prefix.split_once('/').unwrap();
    let times = LeaseTimes {
        valid: Triplet::fixed(Seconds(1)),
        preferred: None,
        renew: None,
        rebind: None,
        calculate_tee_times: false,
        t1_percent: 0.5,
        t2_percent: 0.8,
        cache_threshold: 0.0,
        cache_max_age: None,
    };
    Subnet {
        id: SubnetId(id),
        prefix: Prefix { address: address.parse().unwrap(), length: length.parse().unwrap() },
        network: None,
        pools: Vec::new(),
        pd_pools: Vec::new(),
        allocator: Allocator::Iterative,
        pd_allocator: Allocator::Iterative,
        times,
        rapid_commit: false,
        relays: Vec::new(),
        interface: None,
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
    }
}

fn ids<'s>(found: impl Iterator<Item = &'s Subnet>) -> Vec<u32> {
    found.map(|subnet| subnet.id.0).collect()
}

#[test]
fn prefixes_in_each_other_are_all_found_lowest_id_first() {
    let written =
        ["10.1.2.0/24", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/24", "10.2.0.0/16", "0.0.0.0/0", "10.1.2.0/25"];
    let all = written.iter().zip([4, 7, 1, 6, 2, 5, 3]).map(|(prefix, id)| subnet(id, prefix)).collect();
    let subnets = Subnets::new(Family::V4, all, &[]);
    for text in ["10.1.2.3", "10.1.2.200", "10.1.3.1", "10.2.0.0", "10.255.255.255", "11.0.0.0", "255.255.255.255"] {
        let address = text.parse().unwrap();
        let walked = ids(subnets.iter().filter(|subnet| subnet.prefix.contains(address)));
        assert_eq!(ids(subnets.holding(address)), walked, "{text}");
    }
}

#[test]
fn what_a_subnet_leaves_open_its_network_decides() {
    let network = SharedNetwork {
        name: "floor".into(),
        subnets: vec![SubnetId(1), SubnetId(2)],
        relays: vec!["10.9.9.9".parse().unwrap()],
        interface: Some("eth0".into()),
        interface_id: Some([1].into()),
        guard: Guard::default(),
        additional_classes: Vec::new(),
        options: OptionSet::default(),
    };
    let member = |id, prefix| Subnet { network: Some(SharedNetworkIndex(0)), ..subnet(id, prefix) };
    let own = Subnet {
        interface: Some("eth1".into()),
        interface_id: Some([2].into()),
        relays: vec!["10.8.8.8".parse().unwrap()],
        ..member(2, "10.2.0.0/16")
    };
    let alone = Subnet { interface: Some("eth0".into()), ..subnet(3, "10.3.0.0/16") };
    let subnets = Subnets::new(Family::V4, vec![alone, own, member(1, "10.1.0.0/16")], &[network]);
    assert_eq!(ids(subnets.on("eth0")), [1, 3]);
    assert_eq!(ids(subnets.on("eth1")), [2]);
    assert_eq!(ids(subnets.named(&[1])), [1]);
    assert_eq!(ids(subnets.named(&[2])), [2]);
    assert_eq!(ids(subnets.behind("10.9.9.9".parse().unwrap())), [1]);
    assert_eq!(ids(subnets.behind("10.8.8.8".parse().unwrap())), [2]);
}

#[test]
fn one_thing_that_agrees_is_enough_inside_dhcpv6() {
    let over = |id, link| Subnet { dhcp4o6: Some(link), ..subnet(id, &format!("10.{id}.0.0/16")) };
    let prefix = Prefix { address: "2001:db8::".parse().unwrap(), length: 32 };
    let subnets = vec![
        over(3, Dhcp4o6 { prefix: Some(prefix), interface: Some("eth0".into()), interface_id: None }),
        over(2, Dhcp4o6 { interface_id: Some([7].into()), ..Dhcp4o6::default() }),
        over(1, Dhcp4o6 { interface: Some("eth0".into()), ..Dhcp4o6::default() }),
    ];
    let subnets = Subnets::new(Family::V4, subnets, &[]);
    let found = |address: &str, id, interface| ids(subnets.over(address.parse().unwrap(), id, interface));
    assert_eq!(found("2001:db8::1", None, "eth9"), [3]);
    assert_eq!(found("2001:db8::1", Some(&[7][..]), "eth0"), [1, 2, 3]);
    assert!(found("2001:db9::1", None, "eth9").is_empty());
}
