//! Which statistics an event moves.

use model::{LeaseKind, LeaseState};
use wire::v6::MessageType;

use super::{Bound, Count, Drop, Event};

type Sink<'a> = &'a mut dyn FnMut(Count);

impl Event {
    /// Tells every statistic the event moves.
    pub fn counts(&self, count: &mut dyn FnMut(Count)) {
        match self {
            Self::Undecodable { .. } => {
                for name in ["pkt6-received", "pkt6-parse-failed", "pkt6-receive-drop"] {
                    count(Count::Global(name, 1));
                }
            }
            Self::Received { kind, .. } => {
                count(Count::Global("pkt6-received", 1));
                if let Some(name) = received(*kind) {
                    count(Count::Global(name, 1));
                }
            }
            Self::Dropped(drop) => drop.counts(count),
            Self::Sent { kind, .. } => {
                count(Count::Global("pkt6-sent", 1));
                if let Some(name) = sent(*kind) {
                    count(Count::Global(name, 1));
                }
            }
            Self::Allocated(bound) | Self::Renewed(bound) | Self::Withdrawn(bound) | Self::Released { bound, .. } => {
                bound.assigned(count);
            }
            Self::Reused(bound) => count(Count::Subnet(bound.subnet, reuses(bound.kind()), 1)),
            Self::Declined { bound } => bound.everywhere("declined-addresses", 1, count),
            Self::Reclaimed { bound, state } => {
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
            Self::Exhausted(exhausted) => {
                let second = if exhausted.attempts == 0 { "v6-allocation-fail-no-pools" } else { "v6-allocation-fail" };
                let first = if exhausted.network.is_some() {
                    "v6-allocation-fail-shared-network"
                } else {
                    "v6-allocation-fail-subnet"
                };
                for name in [first, second, "v6-allocation-fail-classes"] {
                    count(Count::Subnet(exhausted.subnet.0, name, 1));
                }
            }
            Self::Registered(bound) => {
                count(Count::Subnet(bound.subnet, "registered-nas", bound.assigned));
                count(Count::Subnet(bound.subnet, "cumulative-registered-nas", bound.assigned));
            }
            Self::Advertised(_)
            | Self::Classified { .. }
            | Self::Selected { .. }
            | Self::ReleaseRefused { .. }
            | Self::DeclineRefused { .. } => {}
        }
    }
}

impl Drop {
    fn counts(&self, count: Sink<'_>) {
        let name = match self {
            Self::Unservable { .. } | Self::Registration { .. } => return,
            Self::OtherServer { .. } => "pkt6-not-for-us",
            Self::Unicast(_) | Self::Options { .. } | Self::NotServed(_) => "pkt6-rfc-violation",
            Self::Class => "pkt6-admin-filtered",
            Self::NoSubnet => "pkt6-processing-failed",
        };
        count(Count::Global(name, 1));
        count(Count::Global("pkt6-receive-drop", 1));
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
        let (assigned, cumulative) = match self.kind() {
            LeaseKind::V4 => ("assigned-addresses", "cumulative-assigned-addresses"),
            LeaseKind::Na => ("assigned-nas", "cumulative-assigned-nas"),
            LeaseKind::Pd => ("assigned-pds", "cumulative-assigned-pds"),
        };
        self.everywhere(assigned, self.assigned, count);
        if self.assigned > 0 {
            self.everywhere(cumulative, self.assigned, count);
        }
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

const fn received(kind: MessageType) -> Option<&'static str> {
    Some(match kind {
        MessageType::Solicit => "pkt6-solicit-received",
        MessageType::Advertise => "pkt6-advertise-received",
        MessageType::Request => "pkt6-request-received",
        MessageType::Renew => "pkt6-renew-received",
        MessageType::Rebind => "pkt6-rebind-received",
        MessageType::Reply => "pkt6-reply-received",
        MessageType::Release => "pkt6-release-received",
        MessageType::Decline => "pkt6-decline-received",
        MessageType::InformationRequest => "pkt6-infrequest-received",
        MessageType::Dhcpv4Query => "pkt6-dhcpv4-query-received",
        MessageType::Dhcpv4Response => "pkt6-dhcpv4-response-received",
        MessageType::AddrRegInform => "pkt6-addr-reg-inform-received",
        MessageType::AddrRegReply => "pkt6-addr-reg-reply-received",
        MessageType::Confirm | MessageType::RelayForward | MessageType::RelayReply | MessageType::Other(_) => {
            "pkt6-unknown-received"
        }
        // Kea: no server expects it, and nothing counts it.
        MessageType::Reconfigure => return None,
    })
}

fn sent(kind: MessageType) -> Option<&'static str> {
    let names = [
        (MessageType::Advertise, "pkt6-advertise-sent"),
        (MessageType::Reply, "pkt6-reply-sent"),
        (MessageType::AddrRegReply, "pkt6-addr-reg-reply-sent"),
    ];
    names.iter().find(|(sent, _)| *sent == kind).map(|(_, name)| *name)
}
