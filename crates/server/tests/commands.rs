//! The daemon's commands, asked of the real program over its unix socket. Needs no privileges.

#![expect(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const CONFIGURATION: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ ] },
    "control-sockets": [ { "socket-type": "unix", "socket-name": "s.sock" } ],
    "hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" } ],
    "loggers": [ { "name": "kea-dhcp6", "severity": "INFO", "output-options": [ { "output": "kea.log" } ] } ],
    "subnet6": [ { "id": 7, "subnet": "2001:db8:1::/64", "pools": [ { "pool": "2001:db8:1::10-2001:db8:1::20" } ] } ]
} }"#;

/// Leases that end within a second, taken back, forgotten and cleaned up as soon as the timers can.
const SHORT_LIVED: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ "lo/::1" ] },
    "control-sockets": [ { "socket-type": "unix", "socket-name": "s.sock" } ],
    "hooks-libraries": [ { "library": "libdhcp_lease_cmds.so" } ],
    "loggers": [ { "name": "kea-dhcp6", "severity": "INFO", "output-options": [ { "output": "kea.log" } ] } ],
    "valid-lifetime": 1,
    "lease-database": { "type": "memfile", "lfc-interval": 1 },
    "expired-leases-processing": {
        "reclaim-timer-wait-time": 1, "flush-reclaimed-timer-wait-time": 1, "hold-reclaimed-time": 2 },
    "subnet6": [ { "id": 1, "subnet": "::/64", "pools": [ { "pool": "::1:10-::1:20" } ] } ]
} }"#;

/// A DHCPv4 server without sockets for clients.
const CONFIGURATION_4: &str = r#"{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ ] },
    "control-sockets": [ { "socket-type": "unix", "socket-name": "s.sock" } ],
    "loggers": [ { "name": "kea-dhcp4", "severity": "INFO", "output-options": [ { "output": "kea.log" } ] } ],
    "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "next-server": "192.0.2.5" },
                 { "id": 2, "subnet": "10.0.0.0/8", "client-classes": [ "c" ] },
                 { "id": 5, "subnet": "13.0.0.0/8", "4o6-subnet": "2001:db8:5::/48", "4o6-interface-id": "abc" } ],
    "shared-networks": [ { "name": "n", "subnet4": [ { "id": 7, "subnet": "14.0.0.0/8" } ] } ]
} }"#;

/// A daemon of its own in a folder of its own; ended with the test.
struct Daemon {
    folder: TempDir,
    child: Child,
}

impl Daemon {
    fn start() -> Self {
        Self::start_with(CONFIGURATION, &[])
    }

    fn start_with(configuration: &str, flags: &[&str]) -> Self {
        Self::start_among(&[], configuration, flags)
    }

    /// Starts where some files are already.
    fn start_among(files: &[(&str, String)], configuration: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o750)).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::write(folder.path().join("d.conf"), configuration).unwrap();
        let is_v4 = configuration.contains("\"Dhcp4\"");
        let binary = if is_v4 { env!("CARGO_BIN_EXE_kea-dhcp4") } else { env!("CARGO_BIN_EXE_kea-dhcp6") };
        let child = program_of(binary, folder.path())
            .args(["-c", "d.conf"])
            .args(flags)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self { folder, child };
        let patience = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(daemon.folder.path().join("s.sock")).is_err() {
            assert!(Instant::now() < patience, "the daemon did not come up: {}", daemon.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    fn ask(&self, command: &str) -> String {
        let mut stream = UnixStream::connect(self.folder.path().join("s.sock")).unwrap();
        stream.write_all(command.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("kea.log")).unwrap_or_default()
    }

    fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn program(folder: &Path) -> Command {
    program_of(env!("CARGO_BIN_EXE_kea-dhcp6"), folder)
}

fn program_of(binary: &str, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    for name in ["KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR"] {
        command.env(name, folder);
    }
    command
}

#[test]
fn a_configuration_is_got_set_written_and_reloaded() {
    let daemon = Daemon::start();
    let got = daemon.ask(r#"{ "command": "config-get" }"#);
    assert!(got.contains(r#""allocator": "iterative""#), "{got}");
    // What config-get returns can be set again, with one word changed.
    let inner = got.split_once(r#""Dhcp6": "#).unwrap().1.split_once(r#", "hash""#).unwrap().0;
    let changed = inner.replace(r#""allocator": "iterative""#, r#""allocator": "random""#);
    let set = daemon.ask(&format!(r#"{{ "command": "config-set", "arguments": {{ "Dhcp6": {changed} }} }}"#));
    assert!(set.contains("Configuration successful.") && set.contains(r#""hash": ""#), "{set}");
    assert!(daemon.ask(r#"{ "command": "config-get" }"#).contains(r#""allocator": "random""#));
    let written = daemon.ask(r#"{ "command": "config-write", "arguments": { "filename": "new.json" } }"#);
    assert!(written.contains("Configuration written to new.json successful"), "{written}");
    assert!(std::fs::read_to_string(daemon.folder.path().join("new.json")).unwrap().contains("\"random\""));
    let elsewhere = daemon.ask(r#"{ "command": "config-write", "arguments": { "filename": "/tmp/x/y" } }"#);
    assert!(elsewhere.contains("not allowed to write config into"), "{elsewhere}");
    let reloaded = daemon.ask(r#"{ "command": "config-reload" }"#);
    assert!(reloaded.contains("Configuration successful."), "{reloaded}");
    assert!(daemon.ask(r#"{ "command": "config-get" }"#).contains(r#""allocator": "iterative""#));
}

/// A client's request for an address, which it may send to the server alone.
fn request(daemon: &Daemon, transaction: u32) -> wire::write::Writer {
    let server_id = std::fs::read_to_string(daemon.folder.path().join("kea-dhcp6-serverid")).unwrap();
    let mut request = wire::write::Writer::new();
    request.u8(wire::v6::MessageType::Request.number());
    request.u24(transaction);
    request.option6(wire::v6::code::CLIENT_ID, &[0, 3, 0, 1, 2, 0, 0, 0, 0, 1]);
    request.option6(wire::v6::code::SERVER_ID, &wire::hwaddr::parse_hex(server_id.trim()).unwrap());
    request.option6(wire::v6::code::IA_NA, &[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    request
}

/// A configuration of so many subnets that reading it takes a while.
fn many_subnets() -> String {
    let subnet = |id: u32| {
        let prefix = format!("2001:db8:{id:x}");
        format!(r#"{{ "id": {id}, "subnet": "{prefix}::/64", "pools": [ {{ "pool": "{prefix}::1-{prefix}::ff" }} ] }}"#)
    };
    let subnets: Vec<String> = (1..=4000).map(subnet).collect();
    let head = r#"{ "Dhcp6": { "interfaces-config": { "interfaces": [ "lo/::1" ] },
        "control-sockets": [ { "socket-type": "unix", "socket-name": "s.sock" } ],
        "loggers": [ { "name": "kea-dhcp6", "severity": "WARN", "output-options": [ { "output": "kea.log" } ] } ],"#;
    format!(r#"{head} "subnet6": [ {} ] }} }}"#, subnets.join(", "))
}

#[test]
fn every_query_is_answered_while_a_large_configuration_is_reloaded() {
    let client = std::net::UdpSocket::bind("[::1]:0").unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let free = std::net::UdpSocket::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let (ours, theirs) = (client.local_addr().unwrap().port().to_string(), free.to_string());
    let daemon = Daemon::start_with(&many_subnets(), &["-p", &theirs, "-P", &ours]);
    let mut reply = [0; 1500];
    let mut query = |number: u32| {
        client.send_to(request(&daemon, number).as_slice(), ("::1", free)).unwrap();
        let length = client.recv(&mut reply).unwrap();
        assert_eq!(reply[..length][1..4], number.to_be_bytes()[1..], "the answer to query {number}");
    };
    query(1);
    // Queries go one by one while each way to reload is under way, so that one unanswered would stop the test.
    let file = std::fs::read_to_string(daemon.folder.path().join("d.conf")).unwrap();
    let set = format!(r#"{{ "command": "config-set", "arguments": {file} }}"#);
    for command in [r#"{ "command": "config-reload" }"#, &set] {
        let mut answered = 0;
        std::thread::scope(|scope| {
            let reload = scope.spawn(|| daemon.ask(command));
            while !reload.is_finished() {
                answered += 1;
                query(answered + 1);
            }
            assert!(reload.join().unwrap().contains("Configuration successful."));
        });
        assert!(answered > 10, "{answered} queries were answered meanwhile");
    }
}

#[test]
fn a_clean_up_holds_up_no_reload() {
    // A file of an earlier schema is cleaned up as soon as it is read, and so many rows take a while.
    let row =
        |n: u32| format!("{},02:00:00:00:00:01,,3600,4000000000,2,0,0,,0\n", std::net::Ipv4Addr::from(0x0a00_0001 + n));
    let rows: String = (0..300_000).map(row).collect();
    let head = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state\n";
    let file = [("kea-leases4.csv", [head, &rows].concat())];
    let daemon = Daemon::start_among(&file, CONFIGURATION_4, &[]);
    let set = daemon.ask(r#"{ "command": "config-reload" }"#);
    let log = daemon.log();
    assert!(set.contains("Configuration successful."), "{set}");
    assert!(log.contains("DHCPSRV_MEMFILE_LFC_START") && !log.contains("DHCPSRV_MEMFILE_LFC_EXECUTE"), "{log}");
    let patience = Instant::now() + Duration::from_mins(1);
    while !daemon.log().contains("DHCPSRV_MEMFILE_LFC_EXECUTE") {
        assert!(Instant::now() < patience, "{}", daemon.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let cleaned = std::fs::read_to_string(daemon.folder.path().join("kea-leases4.csv.2")).unwrap();
    assert_eq!(cleaned.lines().count(), 300_001);
}

#[test]
fn a_bad_configuration_changes_nothing() {
    let daemon = Daemon::start();
    let hash = daemon.ask(r#"{ "command": "config-hash-get" }"#);
    let bad = daemon.ask(r#"{ "command": "config-set", "arguments": { "Dhcp6": { "foo": 1 } } }"#);
    assert!(bad.contains("\"result\": 1") && bad.contains("foo"), "{bad}");
    let tested = daemon.ask(r#"{ "command": "config-test", "arguments": { "Dhcp4": {} } }"#);
    assert!(tested.contains("Missing mandatory 'Dhcp6' parameter."), "{tested}");
    std::fs::write(daemon.folder.path().join("d.conf"), "{ broken").unwrap();
    let reloaded = daemon.ask(r#"{ "command": "config-reload" }"#);
    assert!(reloaded.contains("Config reload failed: "), "{reloaded}");
    assert_eq!(daemon.ask(r#"{ "command": "config-hash-get" }"#), hash);
    assert!(daemon.log().contains("DHCP6_DYNAMIC_RECONFIGURATION_FAIL"));
}

#[test]
fn a_hang_up_with_a_broken_file_keeps_serving() {
    let daemon = Daemon::start();
    let hash = daemon.ask(r#"{ "command": "config-hash-get" }"#);
    std::fs::write(daemon.folder.path().join("d.conf"), "{ broken").unwrap();
    let pid = rustix::process::Pid::from_raw(daemon.child.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::HUP).unwrap();
    let patience = Instant::now() + Duration::from_secs(20);
    while !daemon.log().contains("DHCP6_DYNAMIC_RECONFIGURATION_FAIL") {
        assert!(Instant::now() < patience, "{}", daemon.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(daemon.ask(r#"{ "command": "config-hash-get" }"#), hash);
}

#[test]
fn a_lease_file_in_use_is_not_opened_a_second_time() {
    let daemon = Daemon::start();
    for durability in ["write", "sync"] {
        let context = format!(r#""user-context": {{ "nestor": {{ "lease-durability": "{durability}" }} }},"#);
        let changed = CONFIGURATION.replacen(r#""interfaces-config""#, &format!(r#"{context} "interfaces-config""#), 1);
        let set = daemon.ask(&format!(r#"{{ "command": "config-set", "arguments": {changed} }}"#));
        assert!(set.contains("Configuration successful."), "{set}");
    }
    assert_eq!(daemon.log().matches("DHCPSRV_MEMFILE_DB ").count(), 1, "{}", daemon.log());
    let other = CONFIGURATION.replacen(
        r#""subnet6""#,
        r#""lease-database": { "type": "memfile", "name": "other.csv" }, "subnet6""#,
        1,
    );
    let set = daemon.ask(&format!(r#"{{ "command": "config-set", "arguments": {other} }}"#));
    assert!(set.contains("Configuration successful."), "{set}");
    assert_eq!(daemon.log().matches("DHCPSRV_MEMFILE_DB ").count(), 2, "{}", daemon.log());
}

#[test]
fn the_service_can_be_switched_off_and_on() {
    let daemon = Daemon::start();
    let off = daemon.ask(r#"{ "command": "dhcp-disable", "arguments": { "max-period": 20 } }"#);
    assert!(off.contains("DHCPv6 service disabled for 20 seconds"), "{off}");
    let status = daemon.ask(r#"{ "command": "status-get" }"#);
    assert!(status.contains(r#""disabled-by-user": true, "globally-disabled": true"#), "{status}");
    assert!(daemon.ask(r#"{ "command": "dhcp-enable" }"#).contains("DHCP service successfully enabled"));
    assert!(daemon.ask(r#"{ "command": "status-get" }"#).contains(r#""globally-disabled": false"#));
    assert!(daemon.ask(r#"{ "command": "status-get" }"#).contains(r#""sockets": { "status": "ready" }"#));
}

#[test]
fn statistics_and_leases_are_told_and_the_exit_value_is_the_one_asked_for() {
    let daemon = Daemon::start();
    let all = daemon.ask(r#"{ "command": "statistic-get-all" }"#);
    assert!(all.contains(r#""subnet[7].total-nas": [ [ 17, ""#), "{all}");
    assert!(all.contains(r#""pkt6-received": [ [ 0, ""#), "{all}");
    let unknown = daemon.ask(r#"{ "command": "statistic-reset", "arguments": { "name": "nope" } }"#);
    assert_eq!(unknown, r#"{ "result": 1, "text": "No 'nope' statistic found" }"#);
    let leases = daemon.ask(r#"{ "command": "lease6-get-all" }"#);
    assert_eq!(leases, r#"{ "arguments": { "leases": [  ] }, "result": 3, "text": "0 IPv6 lease(s) found." }"#);
    let one = daemon.ask(r#"{ "command": "lease6-get", "arguments": { "ip-address": "2001:db8:1::10" } }"#);
    assert_eq!(one, r#"{ "result": 3, "text": "Lease not found." }"#);
    let unsupported = daemon.ask(r#"{ "command": "nope" }"#);
    assert_eq!(unsupported, r#"{ "result": 2, "text": "'nope' command not supported." }"#);
    let bye = daemon.ask(r#"{ "command": "shutdown", "arguments": { "exit-value": 3 } }"#);
    assert_eq!(bye, r#"{ "result": 0, "text": "Shutting down." }"#);
    assert_eq!(daemon.end(), Some(3));
}

#[test]
fn an_ended_lease_is_reclaimed_forgotten_and_cleaned_out_of_the_file_by_the_clock() {
    let client = std::net::UdpSocket::bind("[::1]:0").unwrap();
    client.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let free = std::net::UdpSocket::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let (ours, theirs) = (client.local_addr().unwrap().port().to_string(), free.to_string());
    let daemon = Daemon::start_with(SHORT_LIVED, &["-p", &theirs, "-P", &ours]);
    client.send_to(request(&daemon, 7).as_slice(), ("::1", free)).unwrap();
    let mut reply = [0; 1500];
    client.recv(&mut reply).unwrap();
    assert_eq!(reply[0], wire::v6::MessageType::Reply.number());
    // Each state is seen in turn; the timers run once a second.
    for wanted in [r#""state": 0"#, r#""state": 2"#, "0 IPv6 lease(s) found."] {
        let patience = Instant::now() + Duration::from_secs(20);
        while !daemon.ask(r#"{ "command": "lease6-get-all" }"#).contains(wanted) {
            assert!(Instant::now() < patience, "never saw {wanted}: {}", daemon.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let assigned = daemon.ask(r#"{ "command": "statistic-get", "arguments": { "name": "subnet[1].assigned-nas" } }"#);
    assert!(assigned.contains(r#""subnet[1].assigned-nas": [ [ 0, ""#), "{assigned}");
    let cleaned = daemon.folder.path().join("kea-leases6.csv.2");
    let patience = Instant::now() + Duration::from_secs(20);
    while !std::fs::read_to_string(&cleaned).is_ok_and(|text| text.lines().count() == 1) {
        assert!(Instant::now() < patience, "the lease file was not cleaned up: {}", daemon.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_check_says_what_kea_says_and_exits_alike() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.conf"), "{ \"Dhcp6\": { \"foo-bar\": 1 } }").unwrap();
    let output = program(folder.path()).args(["-t", "bad.conf"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told, "Syntax check failed with: bad.conf:1.14-22: got unexpected keyword \"foo-bar\" in Dhcp6 map.\n");
    let version = program(folder.path()).arg("-v").output().unwrap();
    assert_eq!((version.status.code(), &*version.stdout), (Some(0), &b"3.0.4\n"[..]));
    let nothing = program(folder.path()).output().unwrap();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(nothing.stderr.starts_with(b"Configuration file not specified.\n"));
}

#[test]
fn a_dhcpv4_configuration_is_got_set_and_tested() {
    let daemon = Daemon::start_with(CONFIGURATION_4, &[]);
    let got = daemon.ask(r#"{ "command": "config-get" }"#);
    assert!(got.contains(r#""next-server": "192.0.2.5""#) && got.contains(r#""t2-percent": 0.875"#), "{got}");
    let inner = got.split_once(r#""Dhcp4": "#).unwrap().1.split_once(r#", "hash""#).unwrap().0;
    let changed = inner.replace(r#""authoritative": false"#, r#""authoritative": true"#);
    let set = daemon.ask(&format!(r#"{{ "command": "config-set", "arguments": {{ "Dhcp4": {changed} }} }}"#));
    assert!(set.contains("Configuration successful."), "{set}");
    assert!(daemon.ask(r#"{ "command": "config-get" }"#).contains(r#""authoritative": true"#));
    let wrong = inner.replace(r#""next-server": "192.0.2.5""#, r#""next-server": "x""#);
    let tested = daemon.ask(&format!(r#"{{ "command": "config-test", "arguments": {{ "Dhcp4": {wrong} }} }}"#));
    assert!(tested.contains("subnet configuration failed: invalid parameter next-server : x(<wire>:0:"), "{tested}");
    let other = daemon.ask(r#"{ "command": "config-test", "arguments": { "Dhcp6": { } } }"#);
    assert!(other.contains("Missing mandatory 'Dhcp4' parameter."), "{other}");
}

#[test]
fn the_subnet_of_a_client_is_told_as_kea_tells_it() {
    let daemon = Daemon::start_with(CONFIGURATION_4, &[]);
    // Each answer is that of kea-dhcp4 3.0.4.
    for (arguments, answer) in [
        (r#"{ "address": "192.0.2.9" }"#, r#"{ "result": 0, "text": "selected subnet '192.0.2.0/24' id 1" }"#),
        (r#"{ "relay": "10.0.0.1" }"#, r#"{ "result": 3, "text": "no subnet selected" }"#),
        (
            r#"{ "relay": "10.0.0.1", "classes": [ "c" ] }"#,
            r#"{ "result": 0, "text": "selected subnet '10.0.0.0/8' id 2" }"#,
        ),
        (
            r#"{ "subnet": "14.0.0.1", "relay": "192.0.2.1" }"#,
            r#"{ "result": 0, "text": "selected shared network 'n' starting with subnet '14.0.0.0/8' id 7" }"#,
        ),
        (
            r#"{ "address": "192.0.2.9", "local": "255.255.255.255" }"#,
            r#"{ "result": 3, "text": "no subnet selected" }"#,
        ),
        (r#"{ "address": "::1" }"#, r#"{ "result": 1, "text": "bad 'address' entry: not IPv4" }"#),
        (r#"{ "bogus": 1 }"#, r#"{ "result": 1, "text": "unknown entry 'bogus'" }"#),
    ] {
        let said = daemon.ask(&format!(r#"{{ "command": "subnet4-select-test", "arguments": {arguments} }}"#));
        assert_eq!(said.trim_end(), answer, "{arguments}");
    }
    let over = r#"{ "command": "subnet4o6-select-test", "arguments": { "interface-id": "'abc'" } }"#;
    assert!(daemon.ask(over).contains("selected subnet '13.0.0.0/8' id 5"));
    let listed = daemon.ask(r#"{ "command": "list-commands" }"#);
    assert!(listed.contains("subnet4o6-select-test") && !listed.contains("subnet6"), "{listed}");
    assert!(daemon.ask(r#"{ "command": "subnet6-select-test", "arguments": { } }"#).contains("not supported"));
}

#[test]
fn the_server_explains_what_it_would_answer_and_changes_nothing() {
    let daemon = Daemon::start();
    let statistics = || daemon.ask(r#"{ "command": "statistic-get-all" }"#);
    let leases = || daemon.ask(r#"{ "command": "lease6-get-all" }"#);
    let before = (statistics(), leases());
    let ask = |arguments: &str| daemon.ask(&format!(r#"{{ "command": "nestor-explain", "arguments": {arguments} }}"#));
    let said =
        ask(r#"{ "relay": "2001:db8:1::1", "mac": [ "02:00:00:00:00:07" ], "message": "request", "at": 1700000000 }"#);
    assert!(said.contains(r#""text": "grants 2001:db8:1::10 from subnet 7 for 7200 s""#), "{said}");
    assert!(said.contains(r#""family": 6, "lines": [ "query", "#), "{said}");
    assert_eq!((statistics(), leases()), before);
    for (arguments, why) in [
        (r#"{ "relay": "192.0.2.1" }"#, "192.0.2.1 is no address of a DHCPv6 relay"),
        (r#"{ "colour": "red" }"#, "unknown entry 'colour'"),
        (r#"{ "mac": true }"#, "'mac' must be a string"),
        (r#"{ "mac": "xyz" }"#, "'mac': 'xyz' is no hexadecimal number"),
        (r#"{ "packet": "01" }"#, "no answer: the packet cannot be read"),
        ("[ ]", "arguments must be a map"),
    ] {
        let said = ask(arguments);
        assert!(said.contains(why), "{arguments}: {said}");
    }
    assert!(daemon.ask(r#"{ "command": "nestor-explain" }"#).contains("in no subnet"));
}
