//! A training course's laboratory for Kea, chapter by chapter: same files, same commands, same answers.

use wire::v6::{Ia, IaPrefix, Message, MessageType, Packet, code};
use wire::write::Writer;

use crate::lab::{Host, Lab, SERVER};

/// The course's file with its misplaced bracket.
const BROKEN: &str = include_str!("../labs/kea-dhcp6-broken.conf");

/// The course's loggers of a real installation.
const LOGGING: &str = include_str!("../labs/6.14-logging.conf");

fn repaired() -> String {
    BROKEN.replace("]},\n        \"loggers\"", "],\n        \"loggers\"")
}

fn with_control_socket() -> String {
    let socket = r#""control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005 } ],"#;
    repaired().replacen("\"interfaces-config\"", &format!("{socket}\n        \"interfaces-config\""), 1)
}

/// The first subnet as chapters 4.12 and 4.13 change it; the second would lie inside it.
fn with_subnet(parameters: &str) -> String {
    let text = repaired();
    let (head, tail) = text.split_once("\"subnet6\"").unwrap();
    let (_, tail) = tail.split_once("\"loggers\"").unwrap();
    format!(
        r#"{head}"subnet6": [ {{ "subnet": "fd00:100::/32", "id": 1000, {parameters}
            "pools": [ {{ "pool": "fd00:100::1-fd00:100::ffff" }} ] }} ],
        "loggers"{tail}"#
    )
}

fn relay(lab: &mut Lab) {
    lab.add_client_cable();
    let up = format!("{SERVER}%eth0");
    lab.start(Host::Client, &["dhcrelay", "-6", "-d", "--no-pid", "-l", "relay-veth0", "-u", &up], "relay");
    lab.expect("relay", "Sending on   Socket/relay-veth0");
}

fn dhclient(lab: &mut Lab, flags: &[&str]) -> String {
    let files = ["-lf", "/var/lib/dhclient6.leases", "-pf", "/run/dhclient6.pid"];
    let words = [&["dhclient", "-d", "-6"], &files[..], flags, &["client-veth0"]].concat();
    lab.start(Host::Client, &words, "client");
    lab.expect("client", "PRC: Bound to lease");
    lab.read("client")
}

fn assert_all(text: &str, expected: &[&str]) {
    for line in expected {
        assert!(text.contains(line), "no {line:?} in:\n{text}");
    }
}

#[test]
fn chapter_4_2_1_the_broken_file_warns_at_32_11_and_fails_at_33_9() {
    let Some(lab) = Lab::new(&[]) else { return };
    lab.configure(BROKEN);
    let done = lab.kea(&["-t", "/etc/kea/kea-dhcp6.conf"]);
    assert_eq!(done.status.code(), Some(1));
    assert_all(
        &String::from_utf8_lossy(&done.stdout),
        &[
            "DHCP6_CONFIG_SYNTAX_WARNING configuration syntax warning: /etc/kea/kea-dhcp6.conf:32.11: Extraneous comma. \
           A piece of configuration may have been omitted.",
        ],
    );
    let said = String::from_utf8_lossy(&done.stderr);
    let first = said.lines().next().unwrap();
    assert_eq!(
        first,
        "Syntax check failed with: /etc/kea/kea-dhcp6.conf:33.9-17: syntax error, unexpected constant string, expecting \",\" or }"
    );
}

#[test]
fn chapter_4_2_1_the_repaired_file_passes_with_the_notices_of_the_course() {
    let Some(lab) = Lab::new(&[]) else { return };
    lab.configure(&repaired());
    let done = lab.kea(&["-t", "/etc/kea/kea-dhcp6.conf"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_all(
        &String::from_utf8_lossy(&done.stdout),
        &[
            "DHCPSRV_MT_DISABLED_QUEUE_CONTROL disabling dhcp queue control when multi-threading is enabled.",
            "DHCP6_RESERVATIONS_LOOKUP_FIRST_ENABLED Multi-threading is enabled",
            "DHCPSRV_CFGMGR_NEW_SUBNET6 a new subnet has been added to configuration: fd00:100::/64 with params: \
             valid-lifetime=7200, rapid-commit is false",
            "fd00:200::/64 with params: valid-lifetime=7200, rapid-commit is false",
            "DHCPSRV_CFGMGR_USE_UNICAST listening on unicast address 2001:db8:100::1, on interface eth0",
        ],
    );
}

#[test]
fn chapter_4_2_2_an_isc_client_is_bound_through_an_isc_relay() {
    let Some(mut lab) = Lab::new(&["dhclient", "dhcrelay"]) else { return };
    lab.configure(&repaired());
    lab.serve();
    relay(&mut lab);
    let client = dhclient(&mut lab, &[]);
    assert_all(
        &client,
        &[
            "RCV: Advertise message on client-veth0",
            "RCV:  | X-- t1 - renew  +2250",
            "RCV:  | X-- t2 - rebind +3600",
            "RCV:  | | X-- IAADDR fd00:100::1",
            "RCV:  | | | X-- Preferred lifetime 4500.",
            "RCV:  | | | X-- Max lifetime 7200.",
            "RCV: Reply message on client-veth0",
        ],
    );
    let log = lab.read("log/kea/kea-dhcp6.log");
    assert_all(
        &log,
        &[
            "DHCP6_QUERY_LABEL received query: duid=[00:01:00:01:",
            ": SOLICIT (type 1) received from 2001:db8:100::2 to 2001:db8:100::1 on interface eth0",
            "DHCP6_LEASE_ADVERT duid=[",
            ": lease for address fd00:100::1 and iaid=",
            "trying to send packet ADVERTISE (type 2) from [2001:db8:100::1]:547 to [2001:db8:100::2]:547 on interface eth0",
            ": REQUEST (type 3) received from",
            "DHCP6_LEASE_ALLOC duid=[",
            "has been allocated for 7200 seconds",
            "trying to send packet REPLY (type 7)",
        ],
    );
    let rows = lab.read("lib/kea/dhcp6.leases");
    let mut rows = rows.lines();
    assert_eq!(
        rows.next().unwrap(),
        "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,\
         hwaddr,state,user_context,hwtype,hwaddr_source,pool_id"
    );
    let row: Vec<&str> = rows.next().unwrap().split(',').collect();
    assert_eq!((row[0], row[2], row[4], row[5], row[6]), ("fd00:100::1", "7200", "1000", "4500", "0"));
    assert_eq!((row[8], &row[9..12], row[13], &row[14..]), ("128", &["0", "0", ""][..], "0", &["", "1", "2", "0"][..]));
    assert!(row[1].starts_with("00:01:00:01:") && row[1].ends_with(row[12]), "{row:?}");
}

#[test]
fn chapter_4_3_the_http_channel_shows_changes_and_writes_the_configuration() {
    let Some(mut lab) = Lab::new(&["curl", "jq", "lsof"]) else { return };
    lab.configure(&with_control_socket());
    lab.serve();
    let loggers = lab.run(
        Host::Server,
        &[
            "sh",
            "-c",
            r#"curl -s --json '{ "command": "config-get" }' http://[::1]:8005/ | jq -c ".[0].arguments.Dhcp6.loggers""#,
        ],
    );
    assert_eq!(
        String::from_utf8(loggers.stdout).unwrap().trim_end(),
        r#"[{"debuglevel":0,"name":"kea-dhcp6","output-options":[{"flush":true,"maxsize":10240000,"maxver":1,"output":"/var/log/kea/kea-dhcp6.log","pattern":""}],"severity":"INFO"}]"#
    );
    let commands = lab.api(r#"{ "command": "list-commands" }"#);
    assert_all(&commands, &["\"config-set\"", "\"config-write\"", "\"list-commands\""]);

    let change = r#"curl -s --json '{ "command": "config-get" }' http://[::1]:8005/ \
        | jq '.[0] | { command: "config-set", arguments: (.arguments | del(.hash) | .Dhcp6.allocator = "random") }' > "$0"
        curl -s -X POST -H "Content-Type: application/json" -d @"$0" http://[::1]:8005/ \
        | jq -r '.[0] | "\(.result) \(.text) \(.arguments.hash | test("^[0-9A-F]{64}$"))"'"#;
    let file = lab.path("kea-dhcp6.tmp");
    let done = lab.run(Host::Server, &["sh", "-c", change, file.to_str().unwrap()]);
    assert_eq!(String::from_utf8(done.stdout).unwrap().trim_end(), "0 Configuration successful. true");
    assert_all(&lab.api(r#"{ "command": "config-get" }"#), &["\"allocator\": \"random\""]);

    let written = lab.api(r#"{ "command": "config-write", "arguments": { "filename": "kea-dhcp6-new.json" } }"#);
    assert_all(&written, &["Configuration written to /etc/kea/kea-dhcp6-new.json successful"]);
    assert_all(&lab.read("etc/kea/kea-dhcp6-new.json"), &["\"allocator\": \"random\"", "fd00:200::/64"]);
    let done = lab.kea(&["-t", "/etc/kea/kea-dhcp6-new.json"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn chapter_4_12_rapid_commit_needs_two_messages_only() {
    let Some(mut lab) = Lab::new(&["dhclient", "dhcrelay"]) else { return };
    lab.configure(&with_subnet("\"rapid-commit\": true,"));
    lab.serve();
    relay(&mut lab);
    let settings = lab.path("dhclient6.conf");
    std::fs::write(&settings, "send dhcp6.rapid-commit;\n").unwrap();
    let client = dhclient(&mut lab, &["-cf", settings.to_str().unwrap()]);
    assert_all(&client, &["RCV: Reply message on client-veth0", "IAADDR fd00:100::1"]);
    assert!(!client.contains("Advertise message") && !client.contains("XMT: Forming Request"), "{client}");
}

#[test]
fn chapter_4_13_an_isc_client_is_delegated_a_prefix() {
    let Some(mut lab) = Lab::new(&["dhclient", "dhcrelay", "curl"]) else { return };
    lab.configure(&with_subnet(
        r#""pd-pools": [ { "prefix": "fd00:100:10::", "prefix-len": 48, "delegated-len": 56,
            "excluded-prefix": "fd00:100:10::", "excluded-prefix-len": 64 } ],"#,
    ));
    lab.serve();
    relay(&mut lab);
    let client = dhclient(&mut lab, &["-P"]);
    assert_all(&client, &["IAPREFIX fd00:100:10::/56", "Preferred lifetime 4500.", "Max lifetime 7200."]);
    let rows = lab.read("lib/kea/dhcp6.leases");
    let row: Vec<&str> = rows.lines().nth(1).unwrap().split(',').collect();
    assert_eq!((row[0], row[6], row[8]), ("fd00:100:10::", "2", "56"));
}

#[test]
fn chapter_4_13_a_client_that_asks_learns_which_prefix_is_excluded() {
    let Some(mut lab) = Lab::new(&[]) else { return };
    lab.configure(&with_subnet(
        r#""pd-pools": [ { "prefix": "fd00:100:10::", "prefix-len": 48, "delegated-len": 56,
            "excluded-prefix": "fd00:100:10::", "excluded-prefix-len": 64 } ],"#,
    ));
    lab.serve();
    let answer = lab.exchange(&relayed_solicit()).unwrap();
    let packet = Packet::decode(&answer).unwrap();
    let message = Message::decode(packet.relays[0].options.first(code::RELAY_MSG).unwrap()).unwrap();
    assert_eq!(message.kind, MessageType::Advertise);
    let association = Ia::decode(message.options.first(code::IA_PD).unwrap()).unwrap();
    let prefix = IaPrefix::decode(association.options.first(code::IAPREFIX).unwrap()).unwrap();
    assert_eq!((prefix.prefix.to_string().as_str(), prefix.length), ("fd00:100:10::", 56));
    // RFC 6603: the excluded prefix's length, then its bits behind the delegated ones.
    assert_eq!(prefix.options.first(code::PD_EXCLUDE), Some(&[64, 0][..]));
}

#[test]
fn chapter_6_14_each_part_of_the_server_logs_to_its_own_file() {
    let Some(mut lab) = Lab::new(&[]) else { return };
    let text = repaired();
    let (before, _) = text.split_once("\"loggers\"").unwrap();
    lab.configure(&format!("{before}{LOGGING} }} }}"));
    assert_eq!(lab.kea(&["-t", "/etc/kea/kea-dhcp6.conf"]).status.code(), Some(0));
    lab.serve();
    lab.exchange(&relayed_solicit()).unwrap();
    for (file, line) in [
        ("packets", "DEBUG [kea-dhcp6.packets/"),
        ("packets", "DHCP6_PACKET_RECEIVED"),
        ("dhcp6", "INFO  [kea-dhcp6.dhcp6/"),
        ("dhcp6", "DHCP6_STARTED"),
    ] {
        lab.expect(&format!("log/kea/kea-dhcp6-{file}.log"), line);
    }
    for file in ["kea-dhcp6.log", "kea-dhcp6-eval.log", "kea-dhcp6-commands.log", "kea-dhcp6-alloc.log"] {
        assert!(lab.path(&format!("log/kea/{file}")).exists(), "no {file}");
    }
}

/// A SOLICIT for a prefix that asks for the excluded one, in the envelope of a relay on the first subnet.
fn relayed_solicit() -> Vec<u8> {
    let mut message = Writer::new();
    message.u8(MessageType::Solicit.number());
    message.u24(7);
    message.option6(code::CLIENT_ID, &[0, 3, 0, 1, 2, 0, 0, 0, 0, 1]);
    message.option6(code::IA_PD, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    message.option6(code::ORO, &code::PD_EXCLUDE.to_be_bytes());
    let mut envelope = Writer::new();
    envelope.u8(MessageType::RelayForward.number());
    envelope.u8(0);
    envelope.ipv6("fd00:100::ffff".parse().unwrap());
    envelope.ipv6("fe80::1".parse().unwrap());
    envelope.option6(code::RELAY_MSG, &message.finish());
    envelope.finish()
}
