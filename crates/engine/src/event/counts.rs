//! Which statistics an event moves.

use model::{Family, LeaseKind, LeaseState};
use wire::{v4, v6};

use super::{Bound, Count, Drop, Event, Exhausted};
use crate::decision::MessageType;

/// Names a statistic that both families have, under the prefix of each.
macro_rules! packets {
    ($family:expr, $name:literal) => {
        $family.pick(concat!("pkt4-", $name), concat!("pkt6-", $name))
    };
}

type Sink<'a> = &'a mut dyn FnMut(Count);

impl Event {
    /// Tells every statistic the event moves in a server of the family.
    pub fn counts(&self, family: Family, count: &mut dyn FnMut(Count)) {
        match self {
            Self::Undecodable { .. } => {
                count(Count::Global(packets!(family, "received"), 1));
                count(Count::Global(packets!(family, "parse-failed"), 1));
                count(Count::Global(packets!(family, "receive-drop"), 1));
            }
            Self::Received { kind, .. } => {
                count(Count::Global(packets!(family, "received"), 1));
                if let Some(name) = received(*kind) {
                    count(Count::Global(name, 1));
                }
            }
            Self::Dropped(drop) => drop.counts(family, count),
            Self::Sent { kind, .. } => {
                count(Count::Global(packets!(family, "sent"), 1));
                if let Some(name) = sent(*kind) {
                    count(Count::Global(name, 1));
                }
            }
            Self::Advertised(bound)
            | Self::Allocated(bound)
            | Self::Renewed(bound)
            | Self::Withdrawn(bound)
            | Self::Released { bound, .. } => {
                bound.assigned(count);
            }
            Self::Reused(bound) => count(Count::Subnet(bound.subnet, reuses(bound.kind()), 1)),
            Self::Declined { bound } => bound.everywhere("declined-addresses", 1, count),
            Self::FoundInUse(bound) => bound.found_in_use(count),
            Self::Reclaimed { bound, state, .. } => {
                bound.assigned(count);
                bound.everywhere("reclaimed-leases", 1, count);
                if *state == LeaseState::Registered {
                    count(Count::Subnet(bound.subnet, "registered-nas", -1));
                }
                if *state == LeaseState::Declined {
                    bound.everywhere("declined-addresses", -1, count);
                    bound.everywhere("reclaimed-declined-addresses", 1, count);
                }
            }
            Self::Exhausted(exhausted) => exhausted.counts(family, count),
            Self::Registered(bound) => {
                count(Count::Subnet(bound.subnet, "registered-nas", bound.assigned));
                count(Count::Subnet(bound.subnet, "cumulative-registered-nas", bound.assigned));
            }
            Self::ReservationConflict { subnet, .. } => count(Count::Subnet(*subnet, CONFLICTS, 1)),
            Self::ReservedGranted { .. }
            | Self::ReservationFound { .. }
            | Self::ReservedName { .. }
            | Self::ReservedForOthers { .. }
            | Self::InitReboot { .. }
            | Self::Refused(_)
            | Self::Renamed(_)
            | Self::Classified { .. }
            | Self::Unconfigured { .. }
            | Self::Tested(_)
            | Self::Selected { .. }
            | Self::ReleaseRefused { .. }
            | Self::DeclineRefused { .. }
            | Self::Limited(_)
            | Self::Flexible(_)
            | Self::Renaming(_)
            | Self::Step(_) => {}
        }
    }
}

/// Counts reservations that somebody else's lease stands against.
const CONFLICTS: &str = "v4-reservation-conflicts";

/// What counts that nothing could be given: in a subnet, in a network, nothing free, no pools, for which classes.
const FAILURES4: [&str; 5] = [
    "v4-allocation-fail-subnet",
    "v4-allocation-fail-shared-network",
    "v4-allocation-fail",
    "v4-allocation-fail-no-pools",
    "v4-allocation-fail-classes",
];
const FAILURES6: [&str; 5] = [
    "v6-allocation-fail-subnet",
    "v6-allocation-fail-shared-network",
    "v6-allocation-fail",
    "v6-allocation-fail-no-pools",
    "v6-allocation-fail-classes",
];

impl Exhausted {
    fn counts(&self, family: Family, count: Sink<'_>) {
        let [subnet, network, none_free, no_pools, classes] = family.pick(FAILURES4, FAILURES6);
        let searched = i64::from(self.attempts > 0);
        let first = if self.network.is_some() { network } else { subnet };
        // Kea: a statistic of a subnet is there once there was something to count, be it nothing.
        for (name, by) in [(first, 1), (none_free, searched), (no_pools, 1 - searched), (classes, 1)] {
            if by > 0 || name == none_free {
                count(Count::Subnet(self.subnet.0, name, by));
            }
        }
    }
}

impl Drop {
    fn counts(&self, family: Family, count: Sink<'_>) {
        let name = match self {
            Self::Unservable { .. } | Self::Registration { .. } | Self::Probed { .. } => return,
            Self::BadClientId { .. } | Self::Crowded => {
                return count(Count::Global(packets!(family, "receive-drop"), 1));
            }
            // Kea: counts nothing else of it.
            Self::TooMany { .. } => return count(Count::Global(packets!(family, "limit-exceeded"), 1)),
            Self::OtherServer { .. } => packets!(family, "not-for-us"),
            Self::Unicast(_) | Self::Options { .. } | Self::NotServed(_) | Self::NoType | Self::NoAddress => {
                packets!(family, "rfc-violation")
            }
            Self::Class => packets!(family, "admin-filtered"),
            Self::NoSubnet => packets!(family, "processing-failed"),
        };
        count(Count::Global(name, 1));
        count(Count::Global(packets!(family, "receive-drop"), 1));
    }
}

impl Bound {
    const fn kind(&self) -> LeaseKind {
        self.resource.kind()
    }

    /// Counts that a lease came or went.
    fn assigned(&self, count: Sink<'_>) {
        if self.assigned == 0 {
            return;
        }
        let names = self.kind().statistics();
        self.everywhere(names.assigned, self.assigned, count);
        if self.assigned > 0 {
            self.everywhere(names.cumulative, self.assigned, count);
        }
    }

    /// Kea: an address found in use counts as assigned, but not as one more that was ever assigned.
    fn found_in_use(&self, count: Sink<'_>) {
        self.everywhere(self.kind().statistics().assigned, self.assigned, count);
        self.everywhere("declined-addresses", 1, count);
    }

    fn everywhere(&self, name: &'static str, by: i64, count: Sink<'_>) {
        count(Count::Subnet(self.subnet, name, by));
        count(Count::Pool(self.subnet, self.kind(), self.pool, name, by));
    }
}

const fn reuses(kind: LeaseKind) -> &'static str {
    match kind {
        LeaseKind::V4 => "v4-lease-reuses",
        LeaseKind::Na => "v6-ia-na-lease-reuses",
        LeaseKind::Pd => "v6-ia-pd-lease-reuses",
    }
}

fn received(kind: MessageType) -> Option<&'static str> {
    match kind {
        MessageType::V4(kind) => Some(received4(kind)),
        MessageType::V6(kind) => received6(kind),
    }
}

const fn received4(kind: v4::MessageType) -> &'static str {
    match kind {
        v4::MessageType::Discover => "pkt4-discover-received",
        v4::MessageType::Offer => "pkt4-offer-received",
        v4::MessageType::Request => "pkt4-request-received",
        v4::MessageType::Ack => "pkt4-ack-received",
        v4::MessageType::Nak => "pkt4-nak-received",
        v4::MessageType::Release => "pkt4-release-received",
        v4::MessageType::Decline => "pkt4-decline-received",
        v4::MessageType::Inform => "pkt4-inform-received",
        // Kea: lease queries are counted as such by the library that answers them.
        v4::MessageType::LeaseQuery
        | v4::MessageType::Bootp
        | v4::MessageType::LeaseUnassigned
        | v4::MessageType::LeaseUnknown
        | v4::MessageType::LeaseActive
        | v4::MessageType::BulkLeaseQuery
        | v4::MessageType::LeaseQueryDone
        | v4::MessageType::Other(_) => "pkt4-unknown-received",
    }
}

const fn received6(kind: v6::MessageType) -> Option<&'static str> {
    Some(match kind {
        v6::MessageType::Solicit => "pkt6-solicit-received",
        v6::MessageType::Advertise => "pkt6-advertise-received",
        v6::MessageType::Request => "pkt6-request-received",
        v6::MessageType::Renew => "pkt6-renew-received",
        v6::MessageType::Rebind => "pkt6-rebind-received",
        v6::MessageType::Reply => "pkt6-reply-received",
        v6::MessageType::Release => "pkt6-release-received",
        v6::MessageType::Decline => "pkt6-decline-received",
        v6::MessageType::InformationRequest => "pkt6-infrequest-received",
        v6::MessageType::Dhcpv4Query => "pkt6-dhcpv4-query-received",
        v6::MessageType::Dhcpv4Response => "pkt6-dhcpv4-response-received",
        v6::MessageType::AddrRegInform => "pkt6-addr-reg-inform-received",
        v6::MessageType::AddrRegReply => "pkt6-addr-reg-reply-received",
        v6::MessageType::Confirm
        | v6::MessageType::RelayForward
        | v6::MessageType::RelayReply
        | v6::MessageType::Other(_) => "pkt6-unknown-received",
        // Kea: no server expects it, and nothing counts it.
        v6::MessageType::Reconfigure => return None,
    })
}

fn sent(kind: MessageType) -> Option<&'static str> {
    let names = [
        (MessageType::V4(v4::MessageType::Offer), "pkt4-offer-sent"),
        (MessageType::V4(v4::MessageType::Ack), "pkt4-ack-sent"),
        (MessageType::V4(v4::MessageType::Nak), "pkt4-nak-sent"),
        (MessageType::V6(v6::MessageType::Advertise), "pkt6-advertise-sent"),
        (MessageType::V6(v6::MessageType::Reply), "pkt6-reply-sent"),
        (MessageType::V6(v6::MessageType::AddrRegReply), "pkt6-addr-reg-reply-sent"),
        (MessageType::V6(v6::MessageType::Dhcpv4Response), "pkt6-dhcpv4-response-sent"),
    ];
    names.iter().find(|(sent, _)| *sent == kind).map(|(_, name)| *name)
}
