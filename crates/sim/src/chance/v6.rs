//! What chance draws from for DHCPv6. A table: rows of how often, what, and which values.

use super::{Chance, Net, Row, Words};

pub(super) const WORDS: Words = Words {
    subnets: "subnet6",
    nets: [
        Net {
            prefix: "2001:db8:1::/64",
            pools: &["2001:db8:1::10-2001:db8:1::12", "2001:db8:1::30-2001:db8:1::31"],
            more: &[
                (40, "interface", &["lan0"]),
                (50, "pd-pools", &["[{ prefix: 2001:db8:8000::, prefix-len: 62, delegated-len: 64 }]"]),
            ],
        },
        Net {
            prefix: "2001:db8:2::/64",
            pools: &["2001:db8:2::10-2001:db8:2::11", "2001:db8:2::30-2001:db8:2::31"],
            more: &[
                (8, "relay", &["{ ip-addresses: [2001:db8:9::1] }"]),
                (
                    30,
                    "reservations",
                    &[
                        "[{ hw-address: 02:00:00:00:00:01, ip-addresses: [\"2001:db8:2::10\"] }]",
                        "[{ hw-address: 02:00:00:00:00:02, ip-addresses: [\"2001:db8:2::99\"], hostname: h2 }]",
                        "[{ hw-address: 02:00:00:00:00:03, prefixes: [\"2001:db8:9000::/63\"], client-classes: [t] }]",
                    ],
                ),
                (40, "pd-pools", &["[{ prefix: 2001:db8:9000::, prefix-len: 62, delegated-len: 63 }]"]),
            ],
        },
        Net {
            prefix: "2001:db8:3::/64",
            pools: &["2001:db8:3::10-2001:db8:3::13", "2001:db8:3::30-2001:db8:3::31"],
            more: &[(8, "interface-id", &["eth9"])],
        },
    ],
    global: &[(
        20,
        "client-classes",
        &[
            "[{ name: VENDOR_CLASS_x, valid-lifetime: 77 }]",
            "[{ name: t, test: \"option[39].exists\", option-data: [{ name: nis-domain-name, data: t.org, always-send: true }] }]",
            "[{ name: t, test: \"member('KNOWN')\", valid-lifetime: 88 }]",
        ],
    )],
    scope: &[(15, "preferred-lifetime", &["30", "50", "200"])],
    near: &[],
    options: &[
        (15, "dns-servers", &["\"2001:db8::1\"", "\"2001:db8::2\""]),
        (15, "domain-search", &["a.org", "b.org"]),
        (15, "sntp-servers", &["\"2001:db8::3\""]),
        (10, "information-refresh-time", &["\"600\""]),
        (5, "preference", &["\"9\""]),
    ],
    counts: "pkt6-received pkt6-sent subnet[1].assigned-nas subnet[1].assigned-pds subnet[2].assigned-nas subnet[3].assigned-nas \
             declined-addresses subnet[1].cumulative-assigned-nas reclaimed-leases",
};

const KINDS: [(&str, usize); 9] = [
    ("SOLICIT", 20),
    ("SOLICIT rapid-commit", 5),
    ("REQUEST server-id", 25),
    ("RENEW server-id", 15),
    ("REBIND", 10),
    ("RELEASE server-id", 8),
    ("DECLINE server-id", 4),
    ("CONFIRM", 4),
    ("INFORMATION-REQUEST", 3),
];

const HOSTS: [&str; 9] = ["10", "10", "10", "11", "12", "13", "30", "31", "99"];

/// Makes up a message.
pub(super) fn message(chance: &mut Chance) -> String {
    let kind = chance.draw(&KINDS);
    let mut text = format!("{kind} from 02:00:00:00:00:0{}", 1 + chance.0.below(4));
    let rest: [Row; 4] = [
        (40, " oro", &["23,24", "31,32,39", "82,83,7"]),
        (20, " client-fqdn", &["S:one", ":two.x", "N:One_a.example.net.", "S:", "O:one"]),
        (15, " vendor-class", &["1:0x78", "1:0x79"]),
        (10, " elapsed-time", &["0", "500"]),
    ];
    chance.some(&rest).iter().for_each(|word| text += &word.replacen(": ", "=", 1));
    if kind != "INFORMATION-REQUEST" {
        for association in ["ia-na=1", "ia-na=2", "ia-pd=3"] {
            if chance.0.chance(if association == "ia-na=1" { 85 } else { 25 }) {
                text = format!("{text} {association}{}", resource(chance, association, kind));
            }
        }
    }
    if chance.0.chance(65) {
        let links = ["2001:db8:1::1", "2001:db8:1::1", "2001:db8:2::1", "2001:db8:3::1", "2001:db8:9::1"];
        text = format!("{text} via relay link={}", chance.one(&links));
        chance.some(&[(15, " interface-id", &["\"eth9\"", "\"eth1\""])]).iter().for_each(|word| {
            text += &word.replacen(": ", "=", 1);
        });
    }
    text
}

/// What an association asks for, or says it has.
fn resource(chance: &mut Chance, association: &str, kind: &str) -> String {
    if kind.starts_with("SOLICIT") && chance.0.chance(60) {
        return String::new();
    }
    let lifetimes = if chance.0.chance(15) { " preferred=40 valid=80" } else { "" };
    if association.starts_with("ia-na") {
        let (net, host) = (1 + chance.0.below(3), chance.one(&HOSTS));
        return format!(" address=2001:db8:{net}::{host}{lifetimes}");
    }
    let prefix = chance.one(&["2001:db8:8000::/64", "2001:db8:8000:1::/64", "2001:db8:9000::/63", "::/64", "::/0"]);
    format!(" prefix={prefix}{lifetimes}")
}
