//! The server as a process: signals, a second start, damaged packets.

use rustix::process::Signal;

use crate::lab::Lab;

const CONFIGURATION: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ "eth0", "eth0/2001:db8:100::1" ] },
    "control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005 } ],
    "subnet6": [ { "id": 1, "subnet": "2001:db8:100::/64", "pools": [ { "pool": "2001:db8:100::1000-2001:db8:100::1fff" } ] } ]
} }"#;

#[test]
fn a_reload_with_a_bad_file_leaves_the_server_as_it_was() {
    let Some(mut lab) = Lab::new(&["curl"]) else { return };
    lab.configure(CONFIGURATION);
    let server = lab.serve();
    let before = lab.api(r#"{ "command": "config-hash-get" }"#);
    lab.configure(&CONFIGURATION.replace("2001:db8:100::1fff", "2001:db8:999::1fff"));
    lab.signal(server, Signal::HUP);
    lab.expect("server", "DHCP6_DYNAMIC_RECONFIGURATION_FAIL");
    assert!(lab.runs(server));
    assert_eq!(lab.api(r#"{ "command": "config-hash-get" }"#), before);
    lab.configure(&CONFIGURATION.replace("::1fff", "::2fff"));
    lab.signal(server, Signal::HUP);
    assert!(lab.wait(10, |lab| lab.api(r#"{ "command": "config-get" }"#).contains("2001:db8:100::2fff")));
}

#[test]
fn a_terminated_server_exits_with_zero_and_removes_its_pid_file() {
    let Some(mut lab) = Lab::new(&[]) else { return };
    lab.configure(CONFIGURATION);
    let server = lab.serve();
    let pid_file = "run/kea/kea-dhcp6.kea-dhcp6.pid";
    assert!(lab.read(pid_file).trim().parse::<u32>().is_ok(), "{:?}", lab.read(pid_file));
    lab.signal(server, Signal::TERM);
    assert_eq!(lab.exit_code(server), Some(0), "{}", lab.read("server"));
    assert!(!lab.path(pid_file).exists());
    assert!(lab.read("server").contains("DHCP6_SHUTDOWN"));
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let Some(mut lab) = Lab::new(&[]) else { return };
    lab.configure(CONFIGURATION);
    let first = lab.serve();
    let second = lab.kea(&["-c", "/etc/kea/kea-dhcp6.conf"]);
    assert_eq!(second.status.code(), Some(1));
    let said = format!("{}{}", String::from_utf8_lossy(&second.stdout), String::from_utf8_lossy(&second.stderr));
    assert!(said.contains("DHCP6_ALREADY_RUNNING"), "{said}");
    assert!(lab.runs(first));
}

#[test]
fn damaged_packets_are_counted_and_never_answered() {
    let Some(mut lab) = Lab::new(&["curl"]) else { return };
    lab.configure(CONFIGURATION);
    lab.serve();
    // A header cut off, an option cut off, an envelope without a message.
    let damaged: [&[u8]; 3] = [&[1, 0], &[1, 0, 0, 7, 0, 1, 0, 0x40, 0], &[12, 0]];
    for octets in damaged {
        assert_eq!(lab.exchange(octets), None);
    }
    let number = |name: &str| {
        let answer = lab.api(&format!(r#"{{ "command": "statistic-get", "arguments": {{ "name": "{name}" }} }}"#));
        let (_, rest) = answer.split_once("[ [ ").or_else(|| answer.split_once("[[")).unwrap_or(("", "0,"));
        rest.split(',').next().unwrap().trim().parse::<u64>().unwrap()
    };
    assert!(lab.wait(10, |_| number("pkt6-received") == 3), "{}", number("pkt6-received"));
    assert!(lab.wait(10, |_| number("pkt6-receive-drop") == 3), "{}", number("pkt6-receive-drop"));
    assert_eq!(number("pkt6-sent"), 0);
}

#[test]
fn a_bad_configuration_by_command_changes_nothing() {
    let Some(mut lab) = Lab::new(&["curl"]) else { return };
    lab.configure(CONFIGURATION);
    lab.serve();
    let before = lab.api(r#"{ "command": "config-hash-get" }"#);
    let answer = lab.api(
        r#"{ "command": "config-set", "arguments": { "Dhcp6": { "subnet6": [ { "id": 1, "subnet": "2001:db8::/64", "pols": [] } ] } } }"#,
    );
    assert!(answer.contains("\"result\": 1"), "{answer}");
    assert_eq!(lab.api(r#"{ "command": "config-hash-get" }"#), before);
    let shown = lab.api(r#"{ "command": "config-get" }"#);
    assert!(shown.contains("2001:db8:100::1000/116"), "{shown}");
}
