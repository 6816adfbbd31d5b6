//! The options of DHCPv6 by name, independent of the tables the server uses.

use super::super::shape::{self, Shape};

const TABLE: &[(u16, &str, Shape)] = &[
    (1, "client-id", Shape::Octets),
    (2, "server-id", Shape::Octets),
    (6, "oro", Shape::Numbers(2)),
    (7, "preference", Shape::Numbers(1)),
    (8, "elapsed-time", Shape::Numbers(2)),
    (11, "auth", Shape::Octets),
    (12, "unicast", Shape::Addresses6),
    (13, "message-status", Shape::Status),
    (14, "rapid-commit", Shape::Empty),
    (15, "user-class", Shape::Tuples(2)),
    (16, "vendor-class", Shape::VendorClass),
    (17, "vendor-opts", Shape::VendorOptions),
    (18, "interface-id", Shape::Octets),
    (19, "reconf-msg", Shape::Numbers(1)),
    (20, "reconf-accept", Shape::Empty),
    (21, "sip-server-dns", Shape::Names),
    (22, "sip-server-addr", Shape::Addresses6),
    (23, "dns-servers", Shape::Addresses6),
    (24, "domain-search", Shape::Names),
    (27, "nis-servers", Shape::Addresses6),
    (28, "nisp-servers", Shape::Addresses6),
    (29, "nis-domain-name", Shape::Names),
    (30, "nisp-domain-name", Shape::Names),
    (31, "sntp-servers", Shape::Addresses6),
    (32, "information-refresh-time", Shape::Numbers(4)),
    (33, "bcmcs-server-dns", Shape::Names),
    (34, "bcmcs-server-addr", Shape::Addresses6),
    (37, "remote-id", Shape::Octets),
    (38, "subscriber-id", Shape::Octets),
    (39, "client-fqdn", Shape::Fqdn6),
    (40, "pana-agent", Shape::Addresses6),
    (41, "new-posix-timezone", Shape::Octets),
    (42, "new-tzdb-timezone", Shape::Octets),
    (43, "ero", Shape::Numbers(2)),
    (51, "v6-lost", Shape::Names),
    (52, "capwap-ac-v6", Shape::Addresses6),
    (53, "relay-id", Shape::Octets),
    (56, "ntp-server", Shape::Options(2)),
    (57, "v6-access-domain", Shape::Names),
    (58, "sip-ua-cs-list", Shape::Names),
    (59, "bootfile-url", Shape::Octets),
    (60, "bootfile-param", Shape::Tuples(2)),
    (61, "client-arch-type", Shape::Numbers(2)),
    (62, "nii", Shape::Octets),
    (64, "aftr-name", Shape::Names),
    (65, "erp-local-domain-name", Shape::Names),
    (66, "rsoo", Shape::Options(2)),
    (79, "client-linklayer-addr", Shape::Octets),
    (80, "link-address", Shape::Addresses6),
    (82, "solmax-rt", Shape::Numbers(4)),
    (83, "inf-max-rt", Shape::Numbers(4)),
    (88, "dhcp4o6-server-addr", Shape::Addresses6),
    (103, "v6-captive-portal", Shape::Octets),
    (135, "relay-source-port", Shape::Numbers(2)),
    (143, "ipv6-address-andsf", Shape::Addresses6),
    (148, "addr-reg-enable", Shape::Empty),
];

/// Finds an option by its name, or by `option-CODE`.
pub fn by_name(name: &str) -> Option<(u16, Shape)> {
    if let Some(code) = name.strip_prefix("option-") {
        return code.parse().ok().map(|code| (code, Shape::Octets));
    }
    TABLE.iter().find(|(_, known, _)| *known == name).map(|(code, _, shape)| (*code, *shape))
}

/// Writes one option as a word; values that do not fit their shape become `option-CODE=0x…`.
pub fn show(code: u16, value: &[u8]) -> String {
    let named = TABLE.iter().find(|(known, _, _)| *known == code).map(|(_, name, shape)| (*name, *shape));
    shape::show_word(code, named, value)
}
