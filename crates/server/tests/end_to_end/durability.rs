//! The lease file on a disk that is full: nothing is acknowledged that is not in it, and service goes on when there is room.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::lab::Lab;

const CONFIGURATION: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ "eth0", "eth0/2001:db8:100::1" ] },
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp6.leases" },
    "user-context": { "nestor": { "lease-durability": "DURABILITY" } },
    "subnet6": [ { "id": 1, "subnet": "2001:db8:100::/64", "rapid-commit": true,
                   "pools": [ { "pool": "2001:db8:100::1000-2001:db8:100::1fff" } ] } ]
} }"#;
/// Mounts a small file system of its own where the server keeps its leases.
const MOUNT: &str = "mount -t tmpfs -o size=64k,mode=750 tmpfs /var/lib/kea && exec \"$@\"";
/// More clients than there is room for on what is left of a page.
const MOST: u8 = 60;

/// A SOLICIT with rapid commit for one address by client `number`, as a relay passes it on.
fn solicit(number: u8) -> Vec<u8> {
    let mut message = vec![1, 0, 0, number];
    message.extend_from_slice(&[0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, number]);
    message.extend_from_slice(&[0, 14, 0, 0]);
    message.extend_from_slice(&[0, 3, 0, 12, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut envelope = vec![12, 0];
    envelope.extend_from_slice(&"2001:db8:100::2".parse::<std::net::Ipv6Addr>().unwrap().octets());
    envelope.extend_from_slice(&"fe80::1".parse::<std::net::Ipv6Addr>().unwrap().octets());
    envelope.extend_from_slice(&[0, 9, 0, u8::try_from(message.len()).unwrap()]);
    envelope.extend_from_slice(&message);
    envelope
}

/// The DUID of client `number` as lease files hold it.
fn duid(number: u8) -> String {
    format!(",00:03:00:01:02:00:00:00:00:{number:02x},")
}

/// Fills a file system to the last octet.
fn fill(path: &Path) {
    let mut file = fs::File::create(path).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

fn a_full_disk_is_survived(durability: &str) {
    let Some(mut lab) = Lab::new(&["mount"]) else { return };
    // Kea acknowledges leases that it could not write.
    if std::env::var_os("NESTOR_REFERENCE").is_some() {
        return;
    }
    lab.configure(&CONFIGURATION.replace("DURABILITY", durability));
    let server = lab.serve_under(&["sh", "-c", MOUNT, "sh"]);
    let folder = lab.root_of(server).join("var/lib/kea");
    let rows = || fs::read_to_string(folder.join("dhcp6.leases")).unwrap();
    assert!(lab.exchange(&solicit(1)).is_some());
    fill(&folder.join("filler"));
    let refused = (2..MOST).find(|number| {
        let answered = lab.exchange(&solicit(*number)).is_some();
        assert!(!answered || rows().contains(&duid(*number)), "client {number} was told of a lease that is nowhere");
        !answered
    });
    let refused = refused.expect("a full disk refuses some client");
    lab.expect("server", "NESTOR_LEASE_FILE_FAILED");
    lab.expect("server", "No space left on device (os error 28); make room on its file system");
    assert!(lab.runs(server));
    fs::remove_file(folder.join("filler")).unwrap();
    lab.expect("server", "NESTOR_LEASE_FILE_RECOVERED");
    assert!(lab.exchange(&solicit(refused)).is_some(), "service goes on");
    assert!((1..=refused).all(|number| rows().contains(&duid(number))), "{}", rows());
}

#[test]
fn a_full_disk_acknowledges_nothing_and_service_goes_on_when_there_is_room() {
    a_full_disk_is_survived("sync");
}

#[test]
fn a_full_disk_is_survived_where_rows_are_only_written_too() {
    a_full_disk_is_survived("write");
}
