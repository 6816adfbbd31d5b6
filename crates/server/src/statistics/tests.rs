use std::sync::Arc;

use control::Answer;

use super::*;

fn configuration(family: Family, subnets: &str) -> Model {
    let directories = config::Directories {
        data: "/var/lib/kea".to_owned(),
        control_sockets: "/run/kea".to_owned(),
        logs: "/var/log/kea".to_owned(),
        hooks: "/usr/lib/kea/hooks".to_owned(),
    };
    let surroundings = config::Surroundings {
        interfaces: &[],
        directories: &directories,
        relaxed: true,
        file_mode: &|_| Some(0o750),
        file_text: &|_| None,
    };
    let text = format!(r#"{{ "Dhcp{0}": {{ "subnet{0}": [ {subnets} ] }} }}"#, family.digit());
    let load = |_: &str| Err(std::io::Error::other("no such file"));
    let read = config::from_file_text(family, "text", &text, &load, &surroundings);
    read.unwrap().0.model
}

/// Subnets whose ids and pool ids are in another order as texts than as numbers.
fn many() -> Model {
    let ids = [1, 2, 9, 10, 11, 19, 99, 100, 1000, 4_294_967_294_u32];
    let subnet = |(at, id): (usize, &u32)| {
        let pools = r#"{ "pool": "NET::1/128" }, { "pool": "NET::2/128", "pool-id": 10 }, { "pool": "NET::3/128", "pool-id": 2 }"#;
        let delegated = r#"{ "prefix": "NET:8000::", "prefix-len": 96, "delegated-len": 112 }"#;
        format!(r#"{{ "id": {id}, "subnet": "NET::/64", "pools": [ {pools} ], "pd-pools": [ {delegated} ] }}"#)
            .replace("NET", &format!("2001:db8:0:{at:x}"))
    };
    configuration(Family::V6, &ids.iter().enumerate().map(subnet).collect::<Vec<_>>().join(", "))
}

const DEFAULTS: config::StatisticDefaults = config::StatisticDefaults { sample_count: 20, sample_age: 0 };

fn none() -> LeaseCounts {
    LeaseCounts::new()
}

fn all(statistics: &Arc<Statistics>) -> Vec<(String, String)> {
    let text = Answer::long(Listing::new(Arc::clone(statistics))).to_json();
    let root = config::json::wire::parse("<wire>", text.as_bytes()).unwrap();
    let entries = root.get("arguments").and_then(config::json::Node::as_map).unwrap();
    entries.iter().map(|entry| (entry.key.to_string(), config::json::print::compact(&entry.value))).collect()
}

#[test]
fn all_statistics_come_in_the_order_of_their_names_and_each_is_found_by_its_name() {
    let statistics = Arc::new(Statistics::new(Family::V6));
    statistics.configure(&many(), DEFAULTS, true, &none);
    let listed = all(&statistics);
    assert!(listed.len() > 300 && listed.is_sorted(), "{listed:?}");
    for (name, samples) in &listed {
        assert_eq!(statistics.samples(name).as_ref(), Some(samples), "{name}");
        statistics.remove(Some(name)).unwrap();
        assert_eq!(statistics.samples(name), None);
    }
    assert!(all(&statistics).is_empty());
    assert_eq!(statistics.samples("subnet[1].pool[00].total-nas"), None);
}

#[test]
fn leases_counted_go_on_and_the_rest_begins_anew_with_another_configuration() {
    let statistics = Arc::new(Statistics::new(Family::V6));
    let held = store::lease::memory::Counts { assigned: 4, ..Default::default() };
    let counts = || LeaseCounts::from([((SubnetId(9), LeaseKind::Na, 2), held)]);
    statistics.configure(&many(), DEFAULTS, true, &counts);
    let assigned = Name::Subnet(SubnetId(9), "assigned-nas");
    let of_pool = Name::Pool(SubnetId(9), LeaseKind::Na, 2, "assigned-nas");
    let reused = Name::Subnet(SubnetId(9), "v6-ia-na-lease-reuses");
    statistics.count(&[
        Count::Subnet(SubnetId(9), "assigned-nas", 3),
        Count::Pool(SubnetId(9), LeaseKind::Na, 2, "assigned-nas", 3),
        Count::Subnet(SubnetId(9), "v6-ia-na-lease-reuses", 1),
    ]);
    let values = || [&assigned, &of_pool, &reused].map(|name| statistics.value(name));
    assert_eq!(values(), [Some(7), Some(7), Some(1)]);
    let unasked = || panic!("nobody has to count");
    statistics.configure(&many(), DEFAULTS, false, &unasked);
    assert_eq!(values(), [Some(7), Some(7), Some(0)]);
    statistics.reset(Some("subnet[9].assigned-nas")).unwrap();
    statistics.configure(&many(), DEFAULTS, false, &counts);
    assert_eq!(values(), [Some(4), Some(7), Some(0)]);
    let fewer = configuration(Family::V6, "");
    statistics.configure(&fewer, DEFAULTS, false, &none);
    assert_eq!(values(), [None, None, None]);
}
