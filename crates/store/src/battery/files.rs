//! Lease files of other Keas, damaged ones, and the order in which a family of files counts.

use super::*;
use crate::{LoadEvent, OpenError, exercise};

const HEADER: &str =
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id";
const OLD_HEADER: &str = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname";

fn put(disk: &SimulatedDisk, suffix: &str, text: &str) {
    disk.put(Path::new(&format!("{}{suffix}", path().display())), text.as_bytes());
}

fn row(number: u8, hostname: &str) -> String {
    format!("192.0.2.{number},02:00:00:00:00:01,,3600,4000000000,1,0,0,{hostname},0,,0\n")
}

fn hostname_of(store: &LeaseStore, number: u8) -> String {
    store.lease(Resource::V4([192, 0, 2, number].into())).map(|lease| lease.hostname.to_string()).unwrap_or_default()
}

#[test]
fn later_files_of_the_family_count_more_and_a_completed_one_replaces_two() {
    let disk = SimulatedDisk::new();
    put(&disk, ".2", &format!("{HEADER}\n{}{}{}", row(1, "two"), row(2, "two"), row(3, "two")));
    put(&disk, ".1", &format!("{HEADER}\n{}{}", row(2, "one"), row(3, "one")));
    put(&disk, "", &format!("{HEADER}\n{}", row(3, "current")));
    let (store, _) = opened(&disk, Family::V4);
    assert_eq!([1, 2, 3].map(|number| hostname_of(&store, number)), ["two", "one", "current"]);
    put(&disk, ".completed", &format!("{HEADER}\n{}", row(2, "completed")));
    let (store, _) = opened(&disk, Family::V4);
    assert_eq!([1, 2, 3].map(|number| hostname_of(&store, number)), ["", "completed", "current"]);
}

#[test]
fn an_older_file_is_moved_aside_at_once_and_converted() {
    for leftover in [false, true] {
        let disk = SimulatedDisk::new();
        put(&disk, "", &format!("{OLD_HEADER}\n192.0.2.3,02:00,,3600,4000000000,1,0,0,h\n"));
        if leftover {
            put(&disk, ".1", &format!("{HEADER}\n{}", row(2, "one")));
        }
        let (store, mut opened) = opened(&disk, Family::V4);
        assert!(opened.clean_up_now);
        let ids: Vec<_> = opened.events.iter().map(LoadEvent::id).collect();
        assert!(ids.contains(&"DHCPSRV_MEMFILE_NEEDS_UPGRADING"));
        assert_eq!(ids.last(), Some(&"DHCPSRV_MEMFILE_CONVERTING_LEASE_FILES"));
        store.commit(&[added(&lease(Family::V4, 9))]).unwrap();
        opened.writer.step();
        crate::lease::cleanup::run(&disk, opened.writer.files(), Family::V4, &mut |_| ()).unwrap();
        let (again, opened) = super::opened(&disk, Family::V4);
        assert_eq!(plain(&again), plain(&store));
        assert!(!opened.clean_up_now);
    }
}

#[test]
fn a_foreign_file_is_refused_and_left_alone() {
    let disk = SimulatedDisk::new();
    put(&disk, "", "address,hwaddr\n");
    let store = LeaseStore::new(Family::V4);
    let error = open(Arc::new(disk.clone()), &path(), &store, 0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid header 'address,hwaddr' in CSV file '/leases/kea-leases.csv':  - header has only 2 valid column(s), it must have at least 9"
    );
    assert_eq!(disk.content(&path()).unwrap(), b"address,hwaddr\n");
}

#[test]
fn bad_rows_are_named_and_the_rest_is_loaded_up_to_the_bound() {
    let disk = SimulatedDisk::new();
    put(&disk, "", &format!("{HEADER}\n{}bogus\n\n{}\u{0}\u{0}\n", row(1, "a"), row(2, "b")));
    let (store, opened) = opened(&disk, Family::V4);
    assert_eq!(store.len(), 2);
    let told: Vec<_> = opened.events.iter().map(ToString::to_string).collect();
    assert!(told[1].starts_with("discarding row 2, error: row has only 1 of 12 columns"), "{told:?}");
    assert!(told[1].ends_with("kea-leases.csv:3)") && told[2].ends_with("kea-leases.csv:6)"), "{told:?}");
    let refused = open(Arc::new(disk), &path(), &LeaseStore::new(Family::V4), 1);
    assert!(matches!(refused, Err(OpenError::TooManyRowErrors { limit: 1, .. })));
}

#[test]
fn a_line_longer_than_any_row_is_skipped_in_pieces() {
    let disk = SimulatedDisk::new();
    let long = "x".repeat(3 << 20);
    put(&disk, "", &format!("{HEADER}\n{long}\n{}{long}", row(1, "a")));
    let (store, _) = opened(&disk, Family::V4);
    assert_eq!(store.len(), 1);
    let kept = disk.content(&path()).unwrap();
    assert!(kept.ends_with(row(1, "a").as_bytes()));
}

#[test]
fn a_clean_up_by_a_living_process_keeps_the_server_from_starting() {
    let disk = SimulatedDisk::new();
    put(&disk, ".pid", "1\n");
    let refused = open(Arc::new(disk.clone()), &path(), &LeaseStore::new(Family::V4), 0).unwrap_err();
    assert_eq!(refused.to_string(), "unable to load leases from files while the lease file cleanup is in progress");
    put(&disk, ".pid", &format!("{}\n", std::process::id()));
    opened(&disk, Family::V4);
}

#[test]
fn odd_octets_are_no_reason_to_panic() {
    for octets in [&b""[..], b"\n", b"address", b"\xff\xfe,\n\n", b",,,,,,,,,,,\n"] {
        exercise(octets);
        exercise(&[HEADER.as_bytes(), b"\n", octets].concat());
    }
}

#[test]
fn a_file_of_many_blocks_is_read_in_its_order() {
    let mut expected = std::collections::BTreeMap::new();
    let (mut text, mut bad) = (format!("{HEADER}\n"), Vec::new());
    for number in 0..40_000_u64 {
        let address = std::net::Ipv4Addr::from_bits(u32::try_from(0x0a00_0000 + number * 7_919 % 30_000).unwrap());
        let valid = if number % 11 == 0 { 0 } else { 3600 };
        if number % 5_000 == 4_999 {
            text.push_str("bogus\n\n");
            bad.push((number + 1, text.lines().count() - 1));
            continue;
        }
        let line = format!("{address},02:00:00:00:00:01,,{valid},4000000000,1,0,0,host-{number},0,,0\n");
        text.push_str(&line);
        if valid == 0 {
            expected.remove(&address)
        } else {
            expected.insert(address, line)
        };
    }
    let disk = SimulatedDisk::new();
    put(&disk, ".1", &text);
    put(&disk, "", &format!("{HEADER}\n"));
    let (store, opened) = opened(&disk, Family::V4);
    let mut rows = Vec::new();
    store.walk(None, usize::MAX, &mut |row| row.encode(Family::V4, &mut rows));
    let expected: String = expected.into_values().collect();
    assert!(rows == expected.as_bytes());
    let told = opened.events.iter().filter(|event| matches!(event, LoadEvent::Row { .. })).map(ToString::to_string);
    for ((row, line), told) in bad.iter().zip(told) {
        assert!(told.starts_with(&format!("discarding row {row}, ")) && told.ends_with(&format!(":{line})")), "{told}");
    }
    crate::lease::cleanup::run(&disk, opened.writer.files(), Family::V4, &mut |_| ()).unwrap();
    let previous = Path::new("/leases/kea-leases.csv.2");
    assert!(disk.content(previous).unwrap() == format!("{HEADER}\n{expected}").as_bytes());
}
