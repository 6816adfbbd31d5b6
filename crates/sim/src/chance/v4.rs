//! What chance draws from for DHCPv4. A table: rows of how often, what, and which values.

use super::{Chance, Net, Row, Words};

pub(super) const WORDS: Words = Words {
    subnets: "subnet4",
    nets: [
        Net {
            prefix: "192.0.2.0/24",
            pools: &["192.0.2.10-192.0.2.12", "192.0.2.30-192.0.2.31"],
            more: &[
                (5, "interface", &["lan0", "lan1"]),
                (15, "reservations", &["[{ hw-address: 02:00:00:00:00:01, ip-address: 192.0.2.10 }]"]),
            ],
        },
        Net {
            prefix: "10.0.0.0/24",
            pools: &["10.0.0.10-10.0.0.11", "10.0.0.30-10.0.0.31"],
            more: &[
                (8, "relay", &["{ ip-addresses: [172.16.0.1] }"]),
                (
                    30,
                    "reservations",
                    &[
                        "[{ hw-address: 02:00:00:00:00:01, ip-address: 10.0.0.10 }]",
                        "[{ hw-address: 02:00:00:00:00:02, ip-address: 10.0.0.99, hostname: h2, next-server: 10.3.3.3 }]",
                        "[{ client-id: \"0101\", ip-address: 10.0.0.11, option-data: [{ name: domain-name, data: host }] }]",
                        "[{ hw-address: 02:00:00:00:00:03, client-classes: [t], hostname: \"H3.example.net\" }]",
                    ],
                ),
            ],
        },
        Net {
            prefix: "10.2.0.0/24",
            pools: &["10.2.0.10-10.2.0.13", "10.2.0.30-10.2.0.31"],
            more: &[
                (8, "relay", &["{ ip-addresses: [172.16.0.1] }"]),
                (15, "reservations", &["[{ circuit-id: \"'eth0'\", ip-address: 10.2.0.30 }]"]),
            ],
        },
    ],
    global: &[
        (30, "authoritative", &["true"]),
        (10, "echo-client-id", &["false"]),
        (20, "stash-agent-options", &["true"]),
        (15, "compatibility", &["{ ignore-rai-link-selection: true }", "{ exclude-first-last-24: true }"]),
        (
            20,
            "client-classes",
            &[
                "[{ name: VENDOR_CLASS_x, next-server: 10.8.8.8, valid-lifetime: 77, offer-lifetime: 33 }]",
                "[{ name: t, test: \"option[12].exists\", option-data: [{ name: time-servers, data: 10.0.0.44 }] }]",
                "[{ name: t, test: \"substring(pkt4.mac,5,1) == 0x01\", boot-file-name: t }]",
                "[{ name: t, test: \"member('KNOWN')\", next-server: 10.8.8.9, option-data: [{ name: routers, data: 10.0.0.9 }] }]",
            ],
        ),
        (10, "hooks-libraries", &["[{ library: libdhcp_bootp.so }]"]),
    ],
    scope: &[
        (10, "offer-lifetime", &["20", "60"]),
        (15, "match-client-id", &["true", "false"]),
        (10, "next-server", &["10.9.9.1", "10.9.9.2"]),
        (10, "boot-file-name", &["f1", "f2"]),
        (10, "server-hostname", &["s1", "s2"]),
    ],
    near: &[],
    options: &[
        (15, "routers", &["10.0.0.1", "10.0.0.2"]),
        (15, "domain-name-servers", &["10.0.0.53", "10.0.0.54"]),
        (15, "domain-name", &["d1", "d2"]),
        (15, "time-servers", &["10.0.0.4", "10.0.0.5"]),
        (15, "log-servers", &["10.0.0.7", "10.0.0.8"]),
        (6, "host-name", &["given"]),
        (4, "v6-only-preferred", &["\"1800\""]),
        (5, "dhcp-server-identifier", &["10.1.2.3", "10.1.2.4"]),
        (5, "vendor-class-identifier", &["vc"]),
    ],
    counts: "pkt4-received pkt4-sent subnet[1].assigned-addresses subnet[2].assigned-addresses subnet[3].assigned-addresses \
             declined-addresses subnet[2].cumulative-assigned-addresses reclaimed-leases",
};

const NETS: [&str; 3] = ["192.0.2", "10.0.0", "10.2.0"];
const HOSTS: [u8; 10] = [10, 10, 10, 11, 11, 12, 13, 30, 31, 99];

const KINDS: [(&str, usize); 11] = [
    ("DISCOVER", 12),
    ("DISCOVER requested-address=", 11),
    ("REQUEST server-id requested-address=", 25),
    ("REQUEST requested-address=", 8),
    ("REQUEST to=unicast ciaddr=", 14),
    ("REQUEST ciaddr=", 8),
    ("REQUEST", 3),
    ("RELEASE ciaddr=", 8),
    ("DECLINE requested-address=", 4),
    ("INFORM ciaddr=", 4),
    ("BOOTP", 2),
];

/// Makes up a message.
pub(super) fn message(chance: &mut Chance) -> String {
    let mut text = chance.draw(&KINDS).to_owned();
    if text.ends_with('=') {
        text = format!("{text}{}.{}", chance.one(&NETS), chance.one(&HOSTS));
    }
    text = format!("{text} from 02:00:00:00:00:0{}", 1 + chance.0.below(4));
    let net = chance.one(&NETS);
    let rest: [Row; 9] = [
        (35, " client-id", &["0x0101", "0x0102", "0x0103"]),
        (30, " prl", &["1,3,4,12,51", "6,7,15,58,59", "108,54,60,61", "81,82,125,43"]),
        (15, " host-name", &["\"host\"", "\"Host_a\"", "\"a.b\"", "\"x.\"", "\"two words\"", "\"q1\""]),
        (15, " fqdn", &["SE:one", "E:two.x", "EN:One_a.example.net.", "SE:", "OE:", "S:\"text\""]),
        (15, " lease-time", &["10", "50", "500", "5000", "0"]),
        (15, " vendor-class", &["0x78", "0x79"]),
        (12, " flags", &["broadcast"]),
        (60, " via relay giaddr", &["10.0.0.1", "10.0.0.1", "10.2.0.1", "172.16.0.1", "192.0.2.200"]),
        (6, " subnet-selection", &["10.0.0.0", "10.2.0.0"]),
    ];
    let relayed = !text.contains("unicast");
    for word in chance.some(&rest).into_iter().map(|word| word.replacen(": ", "=", 1)) {
        if relayed || !word.contains("relay") {
            text += &word;
        }
    }
    if text.contains("relay") {
        let agent: [Row; 3] = [
            (30, " circuit-id", &["\"eth0\"", "\"eth1\""]),
            (10, " remote-id", &["0x0a0b"]),
            (10, " link-selection", &["10.0.0.0", "10.2.0.0", "192.0.2.0"]),
        ];
        chance.some(&agent).iter().for_each(|word| text += &word.replacen(": ", "=", 1));
    } else if chance.0.chance(10) {
        text += " on=lan1";
    } else if chance.0.chance(5) {
        text = format!("{text} src={net}.99");
    }
    text
}
