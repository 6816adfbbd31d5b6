//! Other people's DHCPv4 clients: bound, renewed, refused; on the server's own link and through a relay.
//!
//! Each step is asserted in the capture on the server's cable, in the client's addresses, in the lease file and in the log.

use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;

use model::Family;
use rustix::process::Signal;
use wire::v4::MessageType;

use crate::capture::{EVERYBODY, Seen};
use crate::lab::{Ground, Host, Lab, SERVER4};

const CONFIGURATION: &str = r#"{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp4.leases" },
    "authoritative": true, "cache-threshold": 0.0, "valid-lifetime": 60, "renew-timer": T1, "rebind-timer": T2,
    "subnet4": [
        { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.109" } ],
          "option-data": [ { "name": "routers", "data": "192.0.2.1" } ] },
        { "id": 2, "subnet": "198.51.100.0/24", "pools": [ { "pool": "198.51.100.100-198.51.100.109" } ],
          "option-data": [ { "name": "routers", "data": "198.51.100.1" } ] }
    ]
} }"#;

/// What udhcpc runs; it says what happened and does what is usual.
const UDHCPC_SCRIPT: &str = r#"#!/bin/sh
echo "event $1 $ip"
case $1 in
    bound|renew) ip addr replace "$ip/$mask" dev "$interface"; ip route replace default via "${router%% *}" ;;
    deconfig) ip addr flush dev "$interface"; ip link set "$interface" up ;;
esac
"#;

/// What dhclient runs; an address that somebody answers for is refused.
const DHCLIENT_SCRIPT: &str = r#"#!/bin/sh
echo "event $reason $new_ip_address"
case $reason in
    PREINIT) ip link set "$interface" up ;;
    BOUND|REBOOT|RENEW|REBIND)
        case $reason in
            BOUND|REBOOT) busybox arping -D -q -c 1 -w 1 -I "$interface" "$new_ip_address" || exit 1 ;;
        esac
        ip addr replace "$new_ip_address/24" dev "$interface"
        ip route replace default via "${new_routers%% *}" ;;
    EXPIRE|FAIL|RELEASE|STOP) ip addr flush dev "$interface" ;;
esac
exit 0
"#;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Client {
    Udhcpc,
    Dhclient,
    Dhcpcd,
}

/// A server that serves and a client that can be started.
pub(crate) struct Scene {
    pub(crate) lab: Lab,
    client: Client,
    ground: Ground,
    pub(crate) server: usize,
}

impl Scene {
    /// Makes it; the client's times to renew and to rebind are in seconds.
    pub(crate) fn new(client: Client, ground: Ground, times: (u32, u32)) -> Option<Self> {
        Self::with(client, ground, times, "")
    }

    /// Makes it, with some more of what the server's sockets are to be.
    fn with(client: Client, ground: Ground, (renew, rebind): (u32, u32), sockets: &str) -> Option<Self> {
        let tool = match client {
            Client::Udhcpc => "udhcpc",
            Client::Dhclient => "dhclient",
            Client::Dhcpcd => "dhcpcd",
        };
        let mut lab = Lab::on(Family::V4, ground, &[tool, "busybox", "dhcrelay", "tcpdump"])?;
        let text = CONFIGURATION.replace("T1", &renew.to_string()).replace("T2", &rebind.to_string());
        lab.configure(&text.replace(r#""eth0" ] }"#, &format!(r#""eth0" ] {sockets} }}"#)));
        for (name, text) in [("udhcpc.sh", UDHCPC_SCRIPT), ("dhclient.sh", DHCLIENT_SCRIPT)] {
            std::fs::write(lab.path(name), text).unwrap();
            std::fs::set_permissions(lab.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::fs::write(lab.path("dhclient.conf"), "initial-delay 0;\ninitial-interval 1;\nretry 1;\n").unwrap();
        std::fs::write(lab.path("dhcpcd.conf"), "duid ll\nnoipv6\n").unwrap();
        std::fs::create_dir_all(lab.path("client-lib/dhcpcd")).unwrap();
        let server = lab.serve();
        if ground == Ground::Relayed {
            let words = ["dhcrelay", "-4", "-d", "--no-pid", "-id", "relay-down", "-iu", "relay-up", SERVER4];
            lab.start(Host::Relay, &words, "relay");
            lab.expect("relay", "Sending on   Socket/fallback");
        }
        lab.capture(Host::Server, "eth0", "cable");
        Some(Self { lab, client, ground, server })
    }

    /// The address a client is given, counted from the pool's first.
    pub(crate) fn address(&self, number: u8) -> Ipv4Addr {
        match self.ground {
            Ground::Direct => Ipv4Addr::new(192, 0, 2, 100 + number),
            Ground::Relayed => Ipv4Addr::new(198, 51, 100, 100 + number),
        }
    }

    pub(crate) fn start(&mut self, flags: &[&str]) -> usize {
        let path = |name: &str| self.lab.path(name).to_str().unwrap().to_owned();
        let (script, settings) = (path("udhcpc.sh"), path("dhcpcd.conf"));
        let words = match self.client {
            Client::Udhcpc => vec!["udhcpc", "-f", "-i", "eth0", "-s", &script, "-t", "9", "-T", "1", "-A", "1"],
            Client::Dhcpcd => vec!["dhcpcd", "-4", "-B", "-d", "-f", &settings, "-c", "/bin/true"],
            Client::Dhclient => vec!["dhclient", "-d", "-4"],
        };
        let own = self.dhclient_files();
        let files = if self.client == Client::Dhclient { own.iter().map(String::as_str).collect() } else { Vec::new() };
        let last: &[&str] = if self.client == Client::Udhcpc { &[] } else { &["eth0"] };
        let words = [&words[..], &files, flags, last].concat();
        self.lab.start(Host::Client, &words, "client")
    }

    fn dhclient_files(&self) -> [String; 8] {
        let path = |name: &str| self.lab.path(name).to_str().unwrap().to_owned();
        let words = ["-cf", "-sf", "-lf", "-pf"];
        let files = [path("dhclient.conf"), path("dhclient.sh"), path("client-lib/leases"), path("client-run/pid")];
        std::array::from_fn(|at| if at % 2 == 0 { words[at / 2].to_owned() } else { files[at / 2].clone() })
    }

    /// Waits until the client's interface has an address and the lease file says whose.
    pub(crate) fn await_bound(&self, address: Ipv4Addr) {
        let shown = || {
            let list = self.lab.run(Host::Client, &["ip", "-4", "-o", "addr", "show", "dev", "eth0"]);
            String::from_utf8(list.stdout).unwrap()
        };
        let bound = self.lab.wait(40, |_| shown().contains(&format!("inet {address}/24")));
        assert!(bound, "{address} is not on eth0:\n{}\n{}", shown(), self.story());
        let row = self.row(address);
        assert_eq!((row[3].as_str(), row[9].as_str()), ("60", "0"), "{row:?}");
    }

    /// The rows of the lease file about an address, the oldest first.
    fn rows(&self, address: Ipv4Addr) -> Vec<Vec<String>> {
        let text = self.lab.read("lib/kea/dhcp4.leases");
        let rows = text.lines().filter(|line| line.starts_with(&format!("{address},")));
        rows.map(|row| row.split(',').map(str::to_owned).collect()).collect()
    }

    /// The last row of the lease file about an address.
    pub(crate) fn row(&self, address: Ipv4Addr) -> Vec<String> {
        self.rows(address)
            .pop()
            .unwrap_or_else(|| panic!("no {address} in:\n{}", self.lab.read("lib/kea/dhcp4.leases")))
    }

    pub(crate) fn await_row(&self, address: Ipv4Addr, what: &str, is_it: impl Fn(&[String]) -> bool) {
        assert!(self.lab.wait(20, |_| is_it(&self.row(address))), "{what}: {:?}", self.row(address));
    }

    fn await_seen(&self, what: &str, is_it: impl Fn(&[Seen]) -> bool) {
        self.lab.await_seen("cable", what, is_it);
    }

    pub(crate) fn story(&self) -> String {
        format!("{}\n{:#?}\n{}", self.lab.read("client"), self.lab.seen("cable"), self.lab.read("server"))
    }

    /// Ends the server, so that nobody answers.
    pub(crate) fn end_server(&mut self) {
        self.lab.signal(self.server, Signal::TERM);
        assert_eq!(self.lab.exit_code(self.server), Some(0));
    }
}

/// Says whether a reply to a request like `is_it` was seen after it.
fn answered(seen: &[Seen], reply: MessageType, is_it: impl Fn(&Seen) -> bool) -> bool {
    seen.iter().skip_while(|seen| !is_it(seen)).any(|seen| seen.kind == reply)
}

fn is_unicast_renewal(seen: &Seen, address: Ipv4Addr) -> bool {
    seen.kind == MessageType::Request
        && (seen.ciaddr, seen.giaddr, *seen.from.ip()) == (address, Ipv4Addr::UNSPECIFIED, address)
        && seen.to.ip().to_string() == SERVER4
        && (seen.server_id, seen.requested) == (None, None)
}

/// A client is bound, renews by unicast and gives its address back.
fn is_bound_renews_and_releases(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (4, 40)) else { return };
    let address = scene.address(0);
    let started = scene.start(&[]);
    scene.await_bound(address);
    assert_exchange(&scene, address);
    scene.lab.expect("server", &format!("lease {address} has been allocated"));
    let first = scene.row(address);
    assert_eq!(first[5], if ground == Ground::Direct { "1" } else { "2" });

    if client == Client::Udhcpc {
        // It renews when told to; not in the second it was bound in, or the lease file would not show it.
        let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(scene.lab.wait(5, |_| now() + 60 > first[4].parse().unwrap()));
        scene.lab.signal(started, Signal::USR1);
    }
    scene.await_seen("the acknowledgement of a renewal by unicast", |seen| {
        answered(seen, MessageType::Ack, |seen| is_unicast_renewal(seen, address))
    });
    let seen = scene.lab.seen("cable");
    let renewal = seen.iter().position(|seen| is_unicast_renewal(seen, address)).unwrap();
    let ack =
        seen[renewal..].iter().find(|seen| seen.kind == MessageType::Ack && seen.giaddr.is_unspecified()).unwrap();
    assert_eq!(ack.to.to_string(), format!("{address}:68"));
    // Client or router: the machine that sent the query gets the reply.
    assert_eq!(ack.machines[1], seen[renewal].machines[0]);
    scene.await_row(address, "renewed", |row| row[4] > first[4]);

    match client {
        Client::Udhcpc => scene.lab.signal(started, Signal::USR2),
        Client::Dhclient => {
            let own = scene.dhclient_files();
            let files: Vec<&str> = own.iter().map(String::as_str).collect();
            scene.lab.run(Host::Client, &[&["dhclient", "-4", "-r"][..], &files, &["eth0"]].concat());
        }
        Client::Dhcpcd => {
            scene.lab.run(Host::Client, &["dhcpcd", "-4", "-k", "eth0"]);
        }
    }
    scene.await_seen("the release", |seen| {
        seen.iter().any(|seen| seen.kind == MessageType::Release && seen.ciaddr == address)
    });
    // The next reclamation may be a moment away, and writes a row of its own behind the one of the release.
    let released = |row: &Vec<String>| (row[3].as_str(), row[9].as_str()) == ("0", "3");
    assert!(scene.lab.wait(20, |_| scene.rows(address).iter().any(released)), "released: {:?}", scene.rows(address));
    scene.lab.expect("server", "DHCP4_RELEASE ");
    let list = || scene.lab.run(Host::Client, &["ip", "-4", "-o", "addr", "show", "dev", "eth0"]).stdout;
    assert!(scene.lab.wait(10, |_| list().is_empty()), "{}", scene.story());
}

/// The first four messages on the cable are those of RFC 2131 figure 3, and go where Kea sends them.
fn assert_exchange(scene: &Scene, address: Ipv4Addr) {
    let seen = scene.lab.seen("cable");
    let one = |kind| seen.iter().find(|seen| seen.kind == kind).unwrap_or_else(|| panic!("no {kind}: {seen:#?}"));
    let [discover, offer, request, ack] =
        [MessageType::Discover, MessageType::Offer, MessageType::Request, MessageType::Ack].map(one);
    assert_eq!((offer.yiaddr, ack.yiaddr), (address, address));
    assert_eq!(request.requested, Some(address));
    let own: Ipv4Addr = SERVER4.parse().unwrap();
    assert!([offer, request, ack].iter().all(|seen| seen.server_id == Some(own)));
    for reply in [offer, ack] {
        assert_eq!((*reply.from.ip(), reply.from.port()), (own, 67));
        match scene.ground {
            Ground::Relayed => {
                let relay = Ipv4Addr::new(198, 51, 100, 1);
                assert_eq!((discover.giaddr, reply.to.to_string()), (relay, format!("{relay}:67")));
                assert_eq!(reply.machines[1], discover.machines[0]);
            }
            Ground::Direct if discover.broadcast => {
                assert_eq!((reply.to.to_string().as_str(), reply.machines[1]), ("255.255.255.255:68", EVERYBODY));
            }
            Ground::Direct => {
                assert_eq!((reply.to.to_string(), reply.machines[1]), (format!("{address}:68"), discover.machines[0]));
            }
        }
    }
}

/// A client that nobody answers when it renews asks everybody, and is answered by the server that is back.
fn rebinds(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (3, 6)) else { return };
    let address = scene.address(0);
    let started = scene.start(&[]);
    scene.await_bound(address);
    let first = scene.row(address);
    scene.end_server();
    if client == Client::Udhcpc {
        // It goes by the lifetime alone, and renews early when told to.
        scene.lab.signal(started, Signal::USR1);
    }
    scene.await_seen("a renewal in vain", |seen| seen.iter().any(|seen| is_unicast_renewal(seen, address)));
    let relay = if ground == Ground::Relayed { Ipv4Addr::new(198, 51, 100, 1) } else { Ipv4Addr::UNSPECIFIED };
    let is_rebinding = |seen: &Seen| {
        let to_all = ground == Ground::Relayed || seen.to.ip().is_broadcast();
        (seen.kind, seen.ciaddr, seen.giaddr) == (MessageType::Request, address, relay)
            && (seen.server_id, seen.requested) == (None, None)
            && to_all
    };
    scene.await_seen("a request to everybody", |seen| seen.iter().any(is_rebinding));
    scene.server = scene.lab.serve();
    let before = scene.lab.seen("cable").len();
    scene.await_seen("the acknowledgement", |seen| {
        answered(&seen[before.min(seen.len())..], MessageType::Ack, is_rebinding)
    });
    let seen = scene.lab.seen("cable");
    let ack = seen.iter().rfind(|seen| seen.kind == MessageType::Ack).unwrap();
    let to = if ground == Ground::Relayed { format!("{relay}:67") } else { format!("{address}:68") };
    assert_eq!((ack.yiaddr, ack.ciaddr, ack.to.to_string()), (address, address, to));
    scene.await_row(address, "rebound", |row| row[4] > first[4]);
    scene.await_bound(address);
    scene.lab.expect("server", &format!("lease {address} has been allocated"));
}

/// A client that finds its address in use refuses it, and is given another.
fn declines(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (30, 40)) else { return };
    let (taken, next) = (scene.address(0), scene.address(1));
    // The machine at the other end of the client's cable answers for all its addresses.
    let neighbour = if ground == Ground::Relayed { Host::Relay } else { Host::Server };
    scene.lab.address(neighbour, "lo", &format!("{taken}/32"));
    let flags: &[&str] = if client == Client::Udhcpc { &["-a"] } else { &[] };
    scene.start(flags);
    scene.await_seen("the refusal", |seen| {
        seen.iter().any(|seen| seen.kind == MessageType::Decline && seen.requested == Some(taken))
    });
    scene.await_row(taken, "declined", |row| (row[1].as_str(), row[2].as_str(), row[9].as_str()) == ("", "", "1"));
    assert_eq!(scene.row(taken)[3], "86400");
    scene.lab.expect("server", &format!("Received DHCPDECLINE for addr {taken} from client"));
    scene.await_bound(next);
    assert_eq!(scene.row(taken)[9], "1");
}

/// A client that comes back with a lease asks for its address at once, and a server that comes back knows it.
fn asks_for_its_address_after_a_restart(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (30, 40)) else { return };
    let address = scene.address(0);
    let started = scene.start(&[]);
    scene.await_bound(address);
    let first = scene.row(address);
    let signal = if client == Client::Dhclient {
        scene.lab.expect("client-lib/leases", &format!("fixed-address {address};"));
        Signal::KILL
    } else {
        Signal::TERM
    };
    scene.lab.signal(started, signal);
    scene.lab.exit_code(started);
    scene.lab.run(Host::Client, &["ip", "addr", "flush", "dev", "eth0"]);
    scene.end_server();
    scene.server = scene.lab.serve();
    let before = scene.lab.seen("cable").len();
    scene.start(&[]);
    let is_init_reboot = |seen: &Seen| {
        (seen.kind, seen.requested, seen.server_id) == (MessageType::Request, Some(address), None)
            && seen.ciaddr.is_unspecified()
    };
    scene.await_seen("a request without an offer", |seen| answered(&seen[before..], MessageType::Ack, is_init_reboot));
    let seen = scene.lab.seen("cable");
    assert!(seen[before..].iter().all(|seen| seen.kind != MessageType::Discover), "{seen:#?}");
    scene.await_bound(address);
    scene.await_row(address, "extended", |row| row[4] >= first[4]);
    scene.lab.expect("server", &format!("lease {address} has been allocated"));
}

/// A client that comes from another network is told so, and is given an address of this one.
fn is_told_that_its_network_is_another(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (30, 40)) else { return };
    let foreign = Ipv4Addr::new(10, 9, 9, 9);
    let lease = "lease {
  interface \"eth0\";
  fixed-address 10.9.9.9;
  option subnet-mask 255.255.255.0;
  \
                 option dhcp-lease-time 864000;
  option dhcp-message-type 5;
  \
                 option dhcp-server-identifier 10.9.9.1;
  renew 5 2037/01/02 00:00:00;
  \
                 rebind 5 2037/01/02 00:00:00;
  expire 5 2037/01/02 00:00:00;
}
";
    std::fs::write(scene.lab.path("client-lib/leases"), lease).unwrap();
    scene.start(&[]);
    scene.await_seen("the refusal of another network's address", |seen| {
        answered(seen, MessageType::Nak, |seen| {
            (seen.kind, seen.requested, seen.server_id) == (MessageType::Request, Some(foreign), None)
        })
    });
    let seen = scene.lab.seen("cable");
    let nak = seen.iter().find(|seen| seen.kind == MessageType::Nak).unwrap();
    assert_eq!(nak.server_id, Some(SERVER4.parse().unwrap()));
    match ground {
        Ground::Direct => assert_eq!(nak.to.to_string(), "255.255.255.255:68"),
        // RFC 2131 §4.3.2: the relay is told to broadcast, since the client's address is of no use here.
        Ground::Relayed => assert_eq!((nak.to.to_string().as_str(), nak.broadcast), ("198.51.100.1:67", true)),
    }
    scene.await_bound(scene.address(0));
    assert!(!scene.lab.read("lib/kea/dhcp4.leases").contains("10.9.9.9"));
    scene.lab.expect("server", "DHCP4_PACKET_SEND");
    scene.lab.expect("server", "DHCPNAK (type 6)");
}

/// A client whose network is replaced is told so when it renews, and is given an address of the new one.
fn is_told_that_its_network_is_replaced(client: Client, ground: Ground) {
    let Some(mut scene) = Scene::new(client, ground, (6, 40)) else { return };
    let (old, new) = (scene.address(0), Ipv4Addr::new(10, 77, 0, 100));
    let started = scene.start(&[]);
    scene.await_bound(old);
    let (net, place) = match ground {
        Ground::Direct => ("192.0.2", r#""interface": "eth0""#),
        Ground::Relayed => ("198.51.100", r#""relay": { "ip-addresses": [ "198.51.100.1" ] }"#),
    };
    let subnet =
        |net: &str, rest: &str| format!(r#""subnet": "{net}.0/24",{rest} "pools": [ {{ "pool": "{net}.100-{net}.109""#);
    let text = scene.lab.read("etc/kea/kea-dhcp4.conf");
    let changed = text.replace(&subnet(net, ""), &subnet("10.77.0", &format!(" {place},")));
    assert_ne!(changed, text);
    scene.lab.configure(&changed);
    scene.lab.signal(scene.server, Signal::HUP);
    scene.lab.expect("server", "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS");
    if client == Client::Udhcpc {
        scene.lab.signal(started, Signal::USR1);
    }
    scene.await_seen("the refusal of the replaced network's address", |seen| {
        answered(seen, MessageType::Nak, |seen| is_unicast_renewal(seen, old))
    });
    let seen = scene.lab.seen("cable");
    let nak = seen.iter().find(|seen| seen.kind == MessageType::Nak).unwrap();
    assert_eq!((nak.to.to_string(), nak.server_id), (format!("{old}:68"), Some(SERVER4.parse().unwrap())));
    scene.await_bound(new);
    assert_eq!(scene.row(new)[5], scene.row(old)[5]);
    scene.lab.expect("server", "DHCPNAK (type 6)");
}

/// A client with an address from elsewhere asks for the rest, and no lease is made.
fn is_informed(ground: Ground) {
    let Some(mut scene) = Scene::new(Client::Dhcpcd, ground, (30, 40)) else { return };
    let own = scene.address(50);
    let inform = format!("--inform={own}/24");
    scene.start(&[&inform]);
    scene.await_seen("the answer to a client with an address", |seen| {
        answered(seen, MessageType::Ack, |seen| (seen.kind, seen.ciaddr) == (MessageType::Inform, own))
    });
    let seen = scene.lab.seen("cable");
    let ack = seen.iter().find(|seen| seen.kind == MessageType::Ack).unwrap();
    assert_eq!((ack.to.to_string(), ack.yiaddr), (format!("{own}:68"), Ipv4Addr::UNSPECIFIED));
    assert!(!scene.lab.read("lib/kea/dhcp4.leases").contains(&own.to_string()));
    scene.lab.expect("server", "DHCPINFORM (type 8)");
}

#[test]
fn without_raw_sockets_relays_are_served_and_the_kernel_sends() {
    let sockets = r#", "dhcp-socket-type": "udp", "outbound-interface": "use-routing""#;
    let Some(mut scene) = Scene::with(Client::Udhcpc, Ground::Relayed, (30, 40), sockets) else { return };
    let raw = scene.lab.run(Host::Server, &["cat", "/proc/net/packet"]);
    // A heading, and the socket of tcpdump.
    assert_eq!(String::from_utf8(raw.stdout).unwrap().lines().count(), 2);
    let address = scene.address(0);
    scene.start(&[]);
    scene.await_bound(address);
    assert_exchange(&scene, address);
    scene.lab.expect("server", &format!("lease {address} has been allocated"));
}

#[test]
fn a_reload_moves_the_server_to_another_address_and_other_sockets() {
    let Some(mut scene) = Scene::new(Client::Udhcpc, Ground::Direct, (30, 40)) else { return };
    scene.lab.address(Host::Server, "eth0", "192.0.2.3/24");
    let text = scene.lab.read("etc/kea/kea-dhcp4.conf");
    let changes = [
        text.replace(r#""eth0" ]"#, r#""eth0" ], "dhcp-socket-type": "udp""#),
        text.replace(r#""eth0" ]"#, r#""eth0/192.0.2.1" ], "dhcp-socket-type": "udp""#),
        text.clone(),
        text.replace(r#""eth0" ]"#, r#""eth0/192.0.2.3" ]"#),
    ];
    let successes = |lab: &Lab| lab.read("server").matches("DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS").count();
    for (count, change) in changes.iter().enumerate() {
        scene.lab.configure(change);
        scene.lab.signal(scene.server, Signal::HUP);
        assert!(scene.lab.wait(10, |lab| successes(lab) > count), "{}", scene.lab.read("server"));
    }
    assert!(!scene.lab.read("server").contains("DHCPSRV_OPEN_SOCKET_FAIL"), "{}", scene.lab.read("server"));
    scene.start(&[]);
    scene.await_bound(scene.address(0));
    let seen = scene.lab.seen("cable");
    let ack = seen.iter().find(|seen| seen.kind == MessageType::Ack).unwrap();
    let own = Ipv4Addr::new(192, 0, 2, 3);
    assert_eq!((ack.server_id, *ack.from.ip()), (Some(own), own));
}

#[test]
fn an_interface_with_two_addresses_answers_once() {
    // Kea: answers once for each address; there is nothing to compare.
    if std::env::var_os("NESTOR_REFERENCE").is_some() {
        return;
    }
    let Some(mut scene) = Scene::new(Client::Udhcpc, Ground::Direct, (30, 40)) else { return };
    scene.end_server();
    scene.lab.address(Host::Server, "eth0", "192.0.2.3/24");
    scene.server = scene.lab.serve();
    scene.start(&[]);
    scene.await_bound(scene.address(0));
    let seen = scene.lab.seen("cable");
    let count = |kind| seen.iter().filter(|seen| seen.kind == kind).count();
    assert_eq!(count(MessageType::Offer), count(MessageType::Discover), "{seen:#?}");
    assert_eq!(count(MessageType::Ack), count(MessageType::Request), "{seen:#?}");
}

#[test]
fn two_capabilities_are_enough_and_a_missing_one_is_named() {
    let Some(mut scene) = Scene::new(Client::Udhcpc, Ground::Direct, (30, 40)) else { return };
    if std::env::var_os("NESTOR_REFERENCE").is_some() {
        return;
    }
    for (missing, id, named) in [
        ("-net_raw", "DHCPSRV_OPEN_SOCKET_FAIL", "interface eth0 needs the capability CAP_NET_RAW"),
        ("-net_bind_service", "DHCPSRV_OPEN_SOCKET_FAIL", "capability CAP_NET_BIND_SERVICE: grant it with `setcap"),
        ("-sys_admin", "DHCP4_STARTED", ""),
    ] {
        scene.end_server();
        let bounds = format!("-all,+net_raw,+net_bind_service,{missing}");
        scene.server = scene.lab.serve_under(&["setpriv", "--inh-caps", "-all", "--bounding-set", &bounds]);
        let log = scene.lab.read("server");
        assert!(log.lines().any(|line| line.contains(id) && line.contains(named)), "{missing}: {log}");
        assert_eq!(log.contains("DHCPSRV_OPEN_SOCKET_FAIL"), !named.is_empty(), "{missing}: {log}");
    }
    scene.start(&[]);
    scene.await_bound(scene.address(0));
}

#[test]
fn udhcpc_is_bound_renews_and_releases() {
    is_bound_renews_and_releases(Client::Udhcpc, Ground::Direct);
}

#[test]
fn udhcpc_is_bound_renews_and_releases_through_a_relay() {
    is_bound_renews_and_releases(Client::Udhcpc, Ground::Relayed);
}

#[test]
fn dhclient_is_bound_renews_and_releases() {
    is_bound_renews_and_releases(Client::Dhclient, Ground::Direct);
}

#[test]
fn dhclient_is_bound_renews_and_releases_through_a_relay() {
    is_bound_renews_and_releases(Client::Dhclient, Ground::Relayed);
}

#[test]
fn dhcpcd_is_bound_renews_and_releases() {
    is_bound_renews_and_releases(Client::Dhcpcd, Ground::Direct);
}

#[test]
fn dhcpcd_is_bound_renews_and_releases_through_a_relay() {
    is_bound_renews_and_releases(Client::Dhcpcd, Ground::Relayed);
}

#[test]
fn dhclient_rebinds() {
    rebinds(Client::Dhclient, Ground::Direct);
}

#[test]
fn dhclient_rebinds_through_a_relay() {
    rebinds(Client::Dhclient, Ground::Relayed);
}

#[test]
fn dhcpcd_rebinds() {
    rebinds(Client::Dhcpcd, Ground::Direct);
}

#[test]
fn dhcpcd_rebinds_through_a_relay() {
    rebinds(Client::Dhcpcd, Ground::Relayed);
}

#[test]
fn udhcpc_declines_an_address_in_use() {
    declines(Client::Udhcpc, Ground::Direct);
}

#[test]
fn udhcpc_declines_an_address_in_use_through_a_relay() {
    declines(Client::Udhcpc, Ground::Relayed);
}

#[test]
fn dhclient_declines_an_address_in_use() {
    declines(Client::Dhclient, Ground::Direct);
}

#[test]
fn dhclient_declines_an_address_in_use_through_a_relay() {
    declines(Client::Dhclient, Ground::Relayed);
}

#[test]
fn dhcpcd_declines_an_address_in_use() {
    declines(Client::Dhcpcd, Ground::Direct);
}

#[test]
fn dhcpcd_declines_an_address_in_use_through_a_relay() {
    declines(Client::Dhcpcd, Ground::Relayed);
}

#[test]
fn dhclient_asks_for_its_address_after_a_restart() {
    asks_for_its_address_after_a_restart(Client::Dhclient, Ground::Direct);
}

#[test]
fn dhclient_asks_for_its_address_after_a_restart_through_a_relay() {
    asks_for_its_address_after_a_restart(Client::Dhclient, Ground::Relayed);
}

#[test]
fn dhcpcd_asks_for_its_address_after_a_restart() {
    asks_for_its_address_after_a_restart(Client::Dhcpcd, Ground::Direct);
}

#[test]
fn dhcpcd_asks_for_its_address_after_a_restart_through_a_relay() {
    asks_for_its_address_after_a_restart(Client::Dhcpcd, Ground::Relayed);
}

#[test]
fn dhclient_is_told_that_its_network_is_another() {
    is_told_that_its_network_is_another(Client::Dhclient, Ground::Direct);
}

#[test]
fn dhclient_is_told_that_its_network_is_another_through_a_relay() {
    is_told_that_its_network_is_another(Client::Dhclient, Ground::Relayed);
}

#[test]
fn udhcpc_rebinds() {
    rebinds(Client::Udhcpc, Ground::Direct);
}

#[test]
fn udhcpc_rebinds_through_a_relay() {
    rebinds(Client::Udhcpc, Ground::Relayed);
}

#[test]
fn udhcpc_is_told_that_its_network_is_replaced() {
    is_told_that_its_network_is_replaced(Client::Udhcpc, Ground::Direct);
}

#[test]
fn udhcpc_is_told_that_its_network_is_replaced_through_a_relay() {
    is_told_that_its_network_is_replaced(Client::Udhcpc, Ground::Relayed);
}

#[test]
fn dhcpcd_is_told_that_its_network_is_replaced() {
    is_told_that_its_network_is_replaced(Client::Dhcpcd, Ground::Direct);
}

#[test]
fn dhcpcd_is_told_that_its_network_is_replaced_through_a_relay() {
    is_told_that_its_network_is_replaced(Client::Dhcpcd, Ground::Relayed);
}

// The manual says that without `re-detect` only the start looks; Kea 3.0.4 looks at every reload, and so do we.
#[test]
fn a_reload_sees_a_new_address_whatever_redetect_says() {
    for word in ["false", "true"] {
        let sockets = format!(r#", "re-detect": {word}"#);
        let Some(mut scene) = Scene::with(Client::Udhcpc, Ground::Direct, (30, 40), &sockets) else { return };
        scene.lab.address(Host::Server, "eth0", "192.0.2.3/24");
        scene.lab.signal(scene.server, Signal::HUP);
        scene.lab.expect("server", "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS");
        let bound = scene.lab.run(Host::Server, &["cat", "/proc/net/udp"]);
        let bound = String::from_utf8(bound.stdout).unwrap();
        assert!(bound.contains("010200C0:0043"), "{bound}");
        assert!(bound.contains("030200C0:0043"), "{word}: {bound}");
        scene.end_server();
    }
}

#[test]
fn every_allocator_gives_from_a_pool_of_sixteen_million_without_listing_it() {
    for allocator in ["iterative", "random", "flq"] {
        let Some(mut scene) = Scene::new(Client::Udhcpc, Ground::Direct, (30, 40)) else { return };
        let pool = r#""subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.109" } ],"#;
        let vast = format!(
            r#""subnet": "10.0.0.0/8", "interface": "eth0", "allocator": "{allocator}", "pools": [ {{ "pool": "10.0.0.0/8" }} ],"#
        );
        let text = scene.lab.read("etc/kea/kea-dhcp4.conf");
        assert!(text.contains(pool));
        scene.lab.configure(&text.replace(pool, &vast));
        let before = scene.lab.resident(scene.server);
        scene.lab.signal(scene.server, Signal::HUP);
        scene.lab.expect("server", "DHCP4_DYNAMIC_RECONFIGURATION_SUCCESS");
        scene.start(&[]);
        scene.await_seen("a lease", |seen| seen.iter().any(|seen| seen.kind == MessageType::Ack));
        let ack = scene.lab.seen("cable").into_iter().find(|seen| seen.kind == MessageType::Ack).unwrap();
        assert_eq!(ack.yiaddr.octets()[0], 10);
        assert_eq!(scene.row(ack.yiaddr)[5], "1");
        let grown = scene.lab.resident(scene.server).saturating_sub(before);
        // A bit an address would be 2 MiB.
        assert!(grown < 2 << 10, "{allocator}: {grown} KiB more");
    }
}

#[test]
fn dhcpcd_is_informed() {
    is_informed(Ground::Direct);
}

#[test]
fn dhcpcd_is_informed_through_a_relay() {
    is_informed(Ground::Relayed);
}
