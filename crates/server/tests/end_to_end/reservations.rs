//! The laboratory's chapters about comments that stay (4.4) and reservations (4.5), its texts as they stand.

use model::Family;

use crate::lab::{Ground, Host, Lab};

const CONTEXT: &str = include_str!("../labs/4.4-user-context.json");
const RESERVATION: &str = include_str!("../labs/4.5.1-reservation.conf");
const LOOK_UP: &str = include_str!("../labs/4.5.2-reservation-look-up.conf");
const BASIC: &str = include_str!("../labs/kea-dhcp6-broken.conf");

const INTERFACES4: &str = r#""interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp4.leases" },"#;
const CHANNEL: &str =
    r#""control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005 } ],"#;

/// What udhcpc runs; it says what it was given.
const TELL: &str = "#!/bin/sh\necho \"event $1 $ip\"\n";

/// Every place that may hold a user context, each saying where it is; comments of all kinds between.
const EVERYWHERE: &str = r#"{ # a comment of a shell
  "Dhcp4": { // a comment of C++
    "user-context": { "here": "server" }, /* a comment
    of C */
    "interfaces-config": { "interfaces": [ "eth0" ], "user-context": { "here": "interfaces" } },
    "control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005,
        "user-context": { "here": "channel" } } ],
    "dhcp-ddns": { "enable-updates": false, "user-context": { "here": "names" } },
    "loggers": [ { "name": "kea-dhcp4", "output-options": [ { "output": "/var/log/kea/kea-dhcp4.log" } ],
        "severity": "INFO", "user-context": { "here": "logger" } } ],
    "option-def": [ { "name": "mine", "code": 234, "type": "string", "user-context": { "here": "definition" } } ],
    "option-data": [ { "name": "mine", "data": "x", "user-context": { "here": "option" } } ],
    "client-classes": [ { "name": "c", "user-context": { "here": "class" } } ],
    "shared-networks": [ { "name": "n", "user-context": { "here": "network" }, "subnet4": [
      { "id": 1, "subnet": "192.0.2.0/24", "user-context": { "here": "subnet" },
        "pools": [ { "pool": "192.0.2.100-192.0.2.109", "user-context": { "here": "pool" } } ],
        "reservations": [ { "hw-address": "02:00:00:00:00:01", "user-context": { "here": "reservation" } } ] } ] } ]
  }
}"#;

fn assert_all(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(text.contains(line), "no {line:?} in:\n{text}");
    }
}

#[test]
fn chapter_4_4_user_contexts_stay_at_every_level_and_comments_do_not() {
    let Some(mut lab) = Lab::on(Family::V4, Ground::Direct, &["curl"]) else { return };
    lab.configure(EVERYWHERE);
    lab.serve();
    let shown = lab.api(r#"{ "command": "config-get" }"#);
    let places = ["server", "interfaces", "channel", "names", "logger", "definition", "option", "class", "network"];
    for place in places.iter().chain(&["subnet", "pool", "reservation"]) {
        assert_all(&shown, &[&format!("\"user-context\": {{ \"here\": \"{place}\" }}")]);
    }
    assert!(!shown.contains("a comment"), "{shown}");

    let rest = format!(r#"{INTERFACES4} {CHANNEL} "subnet4": [ {{ "id": 1, "subnet": "192.0.2.0/24" }} ] }} }} }}"#);
    let answer = lab.api(&format!("{CONTEXT}{rest}"));
    assert_all(&answer, &["\"result\": 0", "\"text\": \"Configuration successful.\""]);
    let shown = lab.api(r#"{ "command": "config-get" }"#);
    assert_all(
        &shown,
        &[
            r#""comment": "This is a comment in the user context""#,
            r#""comment02": "/user-context/ Blocks can contain any JSON structures""#,
            r#""comment03": "The user context blocks are loaded by the Kea parser but ignored by the Kea server""#,
            r#""ResponsibleAdmin": "Joe Doe""#,
            r#""Location": "Datacenter NY""#,
        ],
    );
}

#[test]
fn chapter_4_5_1_a_client_is_given_the_address_and_the_resolvers_reserved_for_its_card() {
    let Some(mut lab) = Lab::new(&["dhclient", "dhcrelay"]) else { return };
    lab.add_client_cable();
    let card = lab.run(Host::Client, &["cat", "/sys/class/net/client-veth0/address"]);
    let card = String::from_utf8(card.stdout).unwrap();
    let (before, _) = BASIC.split_once("\"subnet6\"").unwrap();
    let (_, after) = BASIC.split_once("]},\n").unwrap();
    let reservation = RESERVATION.replace("[...]", "").replace("xx:xx:xx:xx:xx:xx", card.trim());
    lab.configure(&format!("{before}{reservation} ], {after}"));
    lab.serve();
    let up = format!("{}%eth0", crate::lab::SERVER);
    lab.start(Host::Client, &["dhcrelay", "-6", "-d", "--no-pid", "-l", "relay-veth0", "-u", &up], "relay");
    lab.expect("relay", "Sending on   Socket/relay-veth0");
    let files = ["-lf", "/var/lib/dhclient6.leases", "-pf", "/run/dhclient6.pid"];
    lab.start(Host::Client, &[&["dhclient", "-d", "-v", "-6"], &files[..], &["client-veth0"]].concat(), "client");
    lab.expect("client", "PRC: Bound to lease");
    assert_all(
        &lab.read("client"),
        &["IAADDR fd00:100::4242", "t1 - renew  +2250", "Preferred lifetime 4500.", "Max lifetime 7200."],
    );
    lab.expect("client-lib/dhclient6.leases", "option dhcp6.name-servers 2620:fe::fe,2620:fe::9;");
    assert!(lab.read("lib/kea/dhcp6.leases").contains("\nfd00:100::4242,"), "{}", lab.read("lib/kea/dhcp6.leases"));
}

#[test]
fn chapter_4_5_2_reservations_are_found_by_the_identifiers_that_are_listed() {
    let Some(mut lab) = Lab::on(Family::V4, Ground::Direct, &["udhcpc", "curl"]) else { return };
    let card = lab.run(Host::Client, &["cat", "/sys/class/net/eth0/address"]);
    let card = String::from_utf8(card.stdout).unwrap();
    let head = LOOK_UP.replacen("[...]", &format!("{{ \"Dhcp4\": {{ {INTERFACES4} {CHANNEL}"), 1);
    let text = head.replace(
        "[...]",
        &format!(
            r#"{{ "id": 1, "subnet": "192.0.2.0/24", "pools": [ {{ "pool": "192.0.2.100-192.0.2.109" }} ],
               "reservations": [ {{ "hw-address": "{}", "ip-address": "192.0.2.42" }} ] }} ] }} }}"#,
            card.trim()
        ),
    );
    lab.configure(&text);
    assert_eq!(lab.kea(&["-t", "/etc/kea/kea-dhcp4.conf"]).status.code(), Some(0));
    lab.serve();
    let shown = lab.api(r#"{ "command": "config-get" }"#);
    assert_all(&shown, &[r#""host-reservation-identifiers": [ "duid", "hw-address" ]"#]);
    let tell = lab.path("tell.sh");
    std::fs::write(&tell, TELL).unwrap();
    let tell = tell.to_str().unwrap();
    lab.run(Host::Client, &["chmod", "755", tell]);
    lab.start(Host::Client, &["udhcpc", "-f", "-q", "-n", "-i", "eth0", "-s", tell], "client");
    lab.expect("client", "event bound 192.0.2.42");
}
