//! Addresses that somebody took without asking: the server asks by ICMP before it offers one (`libdhcp_ping_check.so`).

use std::net::Ipv4Addr;

use wire::v4::MessageType;

use crate::clients4::{Client, Scene};
use crate::lab::{Ground, Host, Lab};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_ping_check.so";

/// Makes a server that pings before it offers, with some of the library's parameters.
fn scene(client: Client, ground: Ground, parameters: &str) -> Option<Scene> {
    let mut scene = configured(client, ground, parameters)?;
    scene.server = scene.lab.serve();
    scene.lab.expect("server", "PING_CHECK_MGR_STARTED");
    scene.lab.capture_only(Host::Server, "eth0", "pings", "icmp");
    Some(scene)
}

/// Makes a server that is to ping, and does not run.
fn configured(client: Client, ground: Ground, parameters: &str) -> Option<Scene> {
    let mut scene = Scene::new(client, ground, (30, 40))?;
    scene.end_server();
    let text = scene.lab.read("etc/kea/kea-dhcp4.conf");
    let hook = format!(r#"{{ "library": "{LIBRARY}", "parameters": {{ {parameters} }} }}"#);
    let loggers = r#"[ { "name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 99,
        "output-options": [ { "output": "stdout" } ] } ]"#;
    let more = format!(r#""loggers": {loggers}, "hooks-libraries": [ {hook} ], "authoritative""#);
    scene.lab.configure(&text.replace(r#""authoritative""#, &more));
    Some(scene)
}

/// An echo request or a reply to one: who sent it, who is to hear it, and which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Echo {
    is_request: bool,
    from: Ipv4Addr,
    to: Ipv4Addr,
    id: u16,
    sequence: u16,
}

fn echoes(lab: &Lab) -> Vec<Echo> {
    let read = |frame: &Vec<u8>| {
        let (ip, icmp) = (frame.get(14..34)?, frame.get(34..42)?);
        let address = |at: usize| Ipv4Addr::from(<[u8; 4]>::try_from(&ip[at..at + 4]).unwrap());
        let number = |at: usize| u16::from_be_bytes([icmp[at], icmp[at + 1]]);
        let (from, to, id, sequence) = (address(12), address(16), number(4), number(6));
        matches!(icmp[0], 0 | 8).then_some(Echo { is_request: icmp[0] == 8, from, to, id, sequence })
    };
    lab.frames("pings").iter().filter_map(read).collect()
}

/// An address that somebody has already goes out of service, and the client is given another.
fn somebody_is_there(client: Client, ground: Ground) {
    let Some(mut scene) = scene(client, ground, r#""reply-timeout": 400"#) else { return };
    let (taken, next) = (scene.address(0), scene.address(1));
    match ground {
        Ground::Direct => scene.lab.add_neighbour(&format!("{taken}/24")),
        Ground::Relayed => scene.lab.address(Host::Relay, "lo", &format!("{taken}/32")),
    }
    scene.start(&[]);
    scene.lab.expect("server", "DHCP4_SERVER_INITIATED_DECLINE");
    scene.await_row(taken, "declined", |row| (row[1].as_str(), row[2].as_str(), row[9].as_str()) == ("", "", "1"));
    assert_eq!(scene.row(taken)[3], "86400");
    scene.await_bound(next);
    let seen = scene.lab.seen("cable");
    assert!(seen.iter().all(|seen| seen.yiaddr != taken), "{}", scene.story());
    let offer = seen.iter().find(|seen| seen.kind == MessageType::Offer).unwrap();
    assert_eq!(offer.yiaddr, next);
    scene.lab.expect("server", &format!("address {next} is free to use"));

    let echoes = echoes(&scene.lab);
    let own = Ipv4Addr::new(192, 0, 2, 1);
    let first = Echo { is_request: true, from: own, to: taken, id: 1, sequence: 1 };
    assert_eq!(echoes.first(), Some(&first), "{echoes:?}");
    assert!(echoes.contains(&Echo { is_request: false, from: taken, to: own, ..first }), "{echoes:?}");
    assert!(!echoes.iter().any(|echo| echo.from == next), "{echoes:?}");
}

#[test]
fn an_address_that_answers_is_not_offered_to_udhcpc() {
    somebody_is_there(Client::Udhcpc, Ground::Direct);
}

#[test]
fn an_address_that_answers_is_not_offered_to_dhclient() {
    somebody_is_there(Client::Dhclient, Ground::Direct);
}

#[test]
fn an_address_that_answers_behind_a_relay_is_not_offered() {
    somebody_is_there(Client::Udhcpc, Ground::Relayed);
}

#[test]
fn an_offer_waits_for_all_answers_that_do_not_come() {
    let parameters = r#""min-ping-requests": 3, "reply-timeout": 200"#;
    let Some(mut scene) = scene(Client::Udhcpc, Ground::Relayed, parameters) else { return };
    let address = scene.address(0);
    scene.start(&[]);
    scene.await_bound(address);
    let echoes = echoes(&scene.lab);
    let sequence: Vec<u16> = echoes.iter().map(|echo| echo.sequence).collect();
    assert_eq!(sequence, [1, 2, 3], "{echoes:?}");
    assert!(echoes.iter().all(|echo| (echo.to, echo.is_request, echo.id) == (address, true, 1)));
    let text = scene.lab.read("server");
    assert_eq!(text.matches("PING_CHECK_MGR_REPLY_TIMEOUT_EXPIRED").count(), 3, "{text}");
}

#[test]
fn a_machine_that_nobody_reaches_holds_no_offer_up() {
    let Some(mut scene) = scene(Client::Udhcpc, Ground::Relayed, r#""reply-timeout": 30000"#) else { return };
    let address = scene.address(0);
    // The relay says so at once.
    scene.lab.run(Host::Relay, &["ip", "route", "add", "unreachable", &format!("{address}/32")]);
    scene.start(&[]);
    scene.lab.expect("server", "PING_CHECK_MGR_RECEIVED_UNREACHABLE_MSG");
    scene.await_bound(address);
}

#[test]
fn without_the_right_to_ping_the_configuration_is_refused() {
    let Some(scene) = configured(Client::Udhcpc, Ground::Relayed, "") else { return };
    let text = scene.lab.read("etc/kea/kea-dhcp4.conf");
    scene.lab.configure(&text.replace(r#""eth0" ]"#, r#""eth0" ], "dhcp-socket-type": "udp""#));
    let words = ["setpriv", "--bounding-set", "-net_raw"];
    let ended = scene.lab.kea_under(&words, &["-c", "/etc/kea/kea-dhcp4.conf"]);
    let said = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("DHCP4_INIT_FAIL") && said.contains("Error initializing hooks: "), "{said}");
}
