//! The names of statistics that are there without anybody having counted. A table.

/// Statistics of a subnet that the server as a whole does not have.
pub(super) const OF_SUBNETS_ONLY: &[&str] = &["assigned-nas", "assigned-pds", "registered-nas", "assigned-addresses"];

/// Packet statistics of DHCPv6, zero from the start.
pub(super) const PACKETS6: &[&str] = &[
    "pkt6-addr-reg-inform-received",
    "pkt6-addr-reg-reply-received",
    "pkt6-addr-reg-reply-sent",
    "pkt6-advertise-received",
    "pkt6-advertise-sent",
    "pkt6-decline-received",
    "pkt6-dhcpv4-query-received",
    "pkt6-dhcpv4-response-received",
    "pkt6-dhcpv4-response-sent",
    "pkt6-infrequest-received",
    "pkt6-parse-failed",
    "pkt6-rebind-received",
    "pkt6-receive-drop",
    "pkt6-received",
    "pkt6-release-received",
    "pkt6-renew-received",
    "pkt6-reply-received",
    "pkt6-reply-sent",
    "pkt6-request-received",
    "pkt6-sent",
    "pkt6-solicit-received",
    "pkt6-unknown-received",
];

/// Packet statistics of DHCPv4, zero from the start.
pub(super) const PACKETS4: &[&str] = &[
    "pkt4-ack-received",
    "pkt4-ack-sent",
    "pkt4-decline-received",
    "pkt4-discover-received",
    "pkt4-inform-received",
    "pkt4-nak-received",
    "pkt4-nak-sent",
    "pkt4-offer-received",
    "pkt4-offer-sent",
    "pkt4-parse-failed",
    "pkt4-receive-drop",
    "pkt4-received",
    "pkt4-release-received",
    "pkt4-request-received",
    "pkt4-sent",
    "pkt4-unknown-received",
];

/// Lease statistics of a DHCPv6 server, there once it is configured.
pub(super) const LEASES6: &[&str] = &[
    "cumulative-assigned-nas",
    "cumulative-assigned-pds",
    "cumulative-registered-nas",
    "declined-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v6-allocation-fail",
    "v6-allocation-fail-classes",
    "v6-allocation-fail-no-pools",
    "v6-allocation-fail-shared-network",
    "v6-allocation-fail-subnet",
    "v6-ia-na-lease-reuses",
    "v6-ia-pd-lease-reuses",
];

/// Lease statistics of a DHCPv4 server, there once it is configured.
pub(super) const LEASES4: &[&str] = &[
    "cumulative-assigned-addresses",
    "declined-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v4-allocation-fail",
    "v4-allocation-fail-classes",
    "v4-allocation-fail-no-pools",
    "v4-allocation-fail-shared-network",
    "v4-allocation-fail-subnet",
    "v4-lease-reuses",
    "v4-reservation-conflicts",
];

/// Statistics of each DHCPv6 subnet that start at zero.
pub(super) const SUBNET6: &[&str] = &[
    "cumulative-assigned-nas",
    "cumulative-assigned-pds",
    "cumulative-registered-nas",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v6-ia-na-lease-reuses",
    "v6-ia-pd-lease-reuses",
];

/// Statistics of each DHCPv4 subnet that start at zero.
pub(super) const SUBNET4: &[&str] = &[
    "cumulative-assigned-addresses",
    "reclaimed-declined-addresses",
    "reclaimed-leases",
    "v4-lease-reuses",
    "v4-reservation-conflicts",
];
