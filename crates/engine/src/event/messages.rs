//! Which log messages an event makes, by Kea's identifiers.

use model::{Family, LeaseKind, Message};

use super::{Bound, Drop, Event, Exhausted, Found, Mismatch, Refusal, Stage, Tested, Tester};

/// Identifiers of the messages an event makes.
type Ids = &'static [&'static str];

impl Event {
    /// Gives the log messages it makes in a server of the family; none for what is only counted.
    pub fn messages(&self, family: Family) -> Ids {
        let pick = |v4: Ids, v6: Ids| family.pick(v4, v6);
        match self {
            Self::Undecodable { .. } => pick(&["DHCP4_PACKET_DROP_0001"], &["DHCP6_PACKET_DROP_PARSE_FAIL"]),
            Self::Received { .. } => {
                pick(&["DHCP4_QUERY_LABEL", "DHCP4_PACKET_RECEIVED"], &["DHCP6_QUERY_LABEL", "DHCP6_PACKET_RECEIVED"])
            }
            Self::Dropped(drop) => drop.messages(family),
            Self::Classified { stage: Stage::Joined(_), .. } => {
                pick(&["DHCP4_CLASS_ASSIGNED"], &["DHCP6_CLASS_ASSIGNED"])
            }
            Self::Classified { stage: Stage::Selected, .. } => pick(
                &["DHCP4_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION"],
                &["DHCP6_CLASSES_ASSIGNED_AFTER_SUBNET_SELECTION"],
            ),
            Self::Classified { stage: Stage::Answered(_), .. } => {
                pick(&["DHCP4_CLASSES_ASSIGNED"], &["DHCP6_CLASSES_ASSIGNED"])
            }
            Self::Unconfigured { .. } => pick(&["DHCP4_CLASS_UNCONFIGURED"], &["DHCP6_CLASS_UNCONFIGURED"]),
            Self::Tested(tested) => tested.messages(family),
            Self::Selected { subnet: Some(_) } => pick(&["DHCP4_SUBNET_SELECTED"], &["DHCP6_SUBNET_SELECTED"]),
            Self::Selected { subnet: None } => {
                pick(&["DHCP4_SUBNET_SELECTION_FAILED"], &["DHCP6_SUBNET_SELECTION_FAILED"])
            }
            Self::Sent { .. } => pick(&["DHCP4_PACKET_SEND"], &["DHCP6_PACKET_SEND"]),
            Self::Advertised(bound) => {
                bound.pick([&["DHCP4_LEASE_OFFER"], &["DHCP6_LEASE_ADVERT"], &["DHCP6_PD_LEASE_ADVERT"]])
            }
            Self::Allocated(bound) => {
                bound.pick([&["DHCP4_LEASE_ALLOC"], &["DHCP6_LEASE_ALLOC"], &["DHCP6_PD_LEASE_ALLOC"]])
            }
            Self::Renewed(bound) => {
                bound.pick([&["DHCP4_LEASE_ALLOC"], &["DHCP6_LEASE_RENEW"], &["DHCP6_PD_LEASE_RENEW"]])
            }
            Self::Reused(bound) => {
                bound.pick([&["DHCP4_LEASE_REUSE"], &["DHCP6_LEASE_REUSE"], &["DHCP6_PD_LEASE_REUSE"]])
            }
            Self::Released { bound, kept: true } => bound.pick([
                &["DHCP4_RELEASE", "DHCP4_RELEASE_EXPIRED"],
                &["DHCP6_RELEASE_NA", "DHCP6_RELEASE_NA_EXPIRED"],
                &["DHCP6_RELEASE_PD", "DHCP6_RELEASE_PD_EXPIRED"],
            ]),
            Self::Released { bound, kept: false } => bound.pick([
                &["DHCP4_RELEASE", "DHCP4_RELEASE_DELETED"],
                &["DHCP6_RELEASE_NA", "DHCP6_RELEASE_NA_DELETED"],
                &["DHCP6_RELEASE_PD", "DHCP6_RELEASE_PD_DELETED"],
            ]),
            Self::ReleaseRefused { why, resource, .. } => why.release(resource.kind()),
            Self::Declined { .. } => pick(&["DHCP4_DECLINE_LEASE"], &["DHCP6_DECLINE_LEASE"]),
            Self::FoundInUse(_) => &["DHCP4_SERVER_INITIATED_DECLINE"],
            Self::DeclineRefused { why, .. } => why.decline(family),
            // Kea has no identifier of its own for it; in DHCPv4 the client hears nothing of it either.
            Self::Withdrawn(bound) => bound.pick([&[], &["DHCP6_LEASE_DATA"], &["DHCP6_LEASE_DATA"]]),
            Self::Reclaimed { .. } => pick(&["ALLOC_ENGINE_V4_LEASE_RECLAIM"], &["ALLOC_ENGINE_V6_LEASE_RECLAIM"]),
            Self::ReservedGranted { resource } => match resource.kind() {
                LeaseKind::Pd => &["ALLOC_ENGINE_V6_HR_PREFIX_GRANTED"],
                LeaseKind::V4 | LeaseKind::Na => &["ALLOC_ENGINE_V6_HR_ADDR_GRANTED"],
            },
            Self::ReservationConflict { .. } => &["ALLOC_ENGINE_V4_DISCOVER_ADDRESS_CONFLICT"],
            Self::ReservationFound { discovers, .. } => found(*discovers),
            Self::ReservedName { .. } => &["DHCP4_RESERVED_HOSTNAME_ASSIGNED"],
            Self::ReservedForOthers { .. } => &["ALLOC_ENGINE_V4_REQUEST_ADDRESS_RESERVED"],
            Self::InitReboot { .. } => &["DHCP4_INIT_REBOOT"],
            Self::Refused(refused) => refused.why.messages(),
            Self::Renamed(_) => &["DHCPSRV_QUEUE_NCR"],
            Self::Exhausted(exhausted) => exhausted.messages(family),
            Self::Registered(bound) => bound.pick([&[], &["DHCP6_LEASE_DATA"], &[]]),
            Self::Limited(limited) => limited.messages(),
            Self::Flexible(flexible) => flexible.messages(family),
            Self::Renaming(renaming) => renaming.messages(family),
            Self::Step(_) => &[],
        }
    }

    /// Gives the first log message; `None` for what is only counted.
    pub fn message(&self, family: Family) -> Option<&'static Message> {
        self.messages(family).first().and_then(|id| Message::find(id))
    }
}

/// A reserved address was found by a client that looks for a server, or asks one.
const fn found(discovers: bool) -> Ids {
    if discovers { &["ALLOC_ENGINE_V4_DISCOVER_HR"] } else { &["ALLOC_ENGINE_V4_REQUEST_USE_HR"] }
}

impl Tested {
    fn messages(&self, family: Family) -> Ids {
        let pick = |v4: Ids, v6: Ids| family.pick(v4, v6);
        match (self.tester, &self.found) {
            (Tester::Test, Found::Error(_)) => &["DHCPSRV_EVAL_ERROR"],
            (Tester::Test, _) => &["DHCPSRV_EVAL_RESULT"],
            (Tester::Template, Found::Error(_)) => &["DHCPSRV_TEMPLATE_EVAL_ERROR"],
            (Tester::Template, _) => &["DHCPSRV_TEMPLATE_EVAL_RESULT"],
            (Tester::Additional, Found::Value(_)) => {
                pick(&["DHCP4_ADDITIONAL_CLASS_EVAL_RESULT"], &["DHCP6_ADDITIONAL_CLASS_EVAL_RESULT"])
            }
            (Tester::Additional, Found::Error(_)) => {
                pick(&["DHCP4_ADDITIONAL_CLASS_EVAL_ERROR"], &["DHCP6_ADDITIONAL_CLASS_EVAL_ERROR"])
            }
            (Tester::Additional, Found::NoTest) => {
                pick(&["DHCP4_ADDITIONAL_CLASS_NO_TEST"], &["DHCP6_ADDITIONAL_CLASS_NO_TEST"])
            }
            (Tester::Additional, Found::Undefined) => {
                pick(&["DHCP4_ADDITIONAL_CLASS_UNDEFINED"], &["DHCP6_ADDITIONAL_CLASS_UNDEFINED"])
            }
        }
    }
}

impl Bound {
    /// Chooses by what is leased: an IPv4 address, an IPv6 address or a prefix.
    fn pick(&self, [v4, na, pd]: [Ids; 3]) -> Ids {
        match self.resource.kind() {
            LeaseKind::V4 => v4,
            LeaseKind::Na => na,
            LeaseKind::Pd => pd,
        }
    }
}

impl Drop {
    fn messages(&self, family: Family) -> Ids {
        let pick = |v4: Ids, v6: Ids| family.pick(v4, v6);
        match self {
            Self::OtherServer { .. } => pick(&["DHCP4_PACKET_DROP_0003"], &["DHCP6_PACKET_DROP_SERVERID_MISMATCH"]),
            Self::NoType => &["DHCP4_PACKET_DROP_0009"],
            Self::NoAddress => &["DHCP4_PACKET_DROP_0002"],
            Self::BadClientId { .. } => &["DHCP4_PACKET_DROP_0007"],
            Self::Unicast(_) => &["DHCP6_PACKET_DROP_UNICAST"],
            Self::Options { .. } => pick(&["DHCP4_PACKET_DROP_0007"], &["DHCP6_REQUIRED_OPTIONS_CHECK_FAIL"]),
            Self::NotServed(kind) if kind.is_unknown() => {
                pick(&["DHCP4_PACKET_DROP_0005"], &["DHCP6_UNKNOWN_MSG_RECEIVED"])
            }
            Self::NotServed(_) => pick(&["DHCP4_PACKET_DROP_0006"], &["DHCP6_UNKNOWN_MSG_RECEIVED"]),
            Self::Class => pick(&["DHCP4_PACKET_DROP_0010"], &["DHCP6_PACKET_DROP_DROP_CLASS"]),
            Self::Registration { .. } => &["DHCP6_ADDR_REG_INFORM_FAIL"],
            Self::NoSubnet => pick(&["DHCP4_SUBNET_SELECTION_FAILED"], &["DHCP6_SUBNET_SELECTION_FAILED"]),
            Self::Probed { .. } => &["PING_CHECK_DUPLICATE_CHECK", "DHCP4_HOOK_LEASE4_OFFER_DROP"],
            Self::Crowded => &["DHCP4_HOOK_LEASE4_OFFER_PARKING_LOT_FULL"],
            Self::TooMany { of_subnet: false } => {
                pick(&["DHCP4_HOOK_PACKET_RCVD_SKIP"], &["DHCP6_HOOK_PACKET_RCVD_SKIP"])
            }
            Self::TooMany { of_subnet: true } => {
                pick(&["DHCP4_HOOK_SUBNET4_SELECT_DROP"], &["DHCP6_HOOK_SUBNET6_SELECT_DROP"])
            }
            Self::Unservable { .. } => pick(&["DHCP4_PACKET_DROP_0007"], &["DHCP6_PACKET_PROCESS_FAIL"]),
        }
    }
}

impl Mismatch {
    const fn release(self, kind: LeaseKind) -> Ids {
        match (self, kind) {
            (Self::NoLease, LeaseKind::V4) => &["DHCP4_RELEASE_FAIL_NO_LEASE"],
            (Self::OtherClient | Self::OtherAssociation { .. }, LeaseKind::V4) => &["DHCP4_RELEASE_FAIL_WRONG_CLIENT"],
            (Self::NoLease, LeaseKind::Na) => &["DHCP6_RELEASE_NA_FAIL_NOT_ASSIGNED"],
            (Self::OtherClient, LeaseKind::Na) => &["DHCP6_RELEASE_NA_FAIL_WRONG_DUID"],
            (Self::OtherAssociation { .. }, LeaseKind::Na) => &["DHCP6_RELEASE_NA_FAIL_WRONG_IAID"],
            (Self::NoLease, LeaseKind::Pd) => &["DHCP6_RELEASE_PD_FAIL_NOT_ASSIGNED"],
            (Self::OtherClient, LeaseKind::Pd) => &["DHCP6_RELEASE_PD_FAIL_WRONG_DUID"],
            (Self::OtherAssociation { .. }, LeaseKind::Pd) => &["DHCP6_RELEASE_PD_FAIL_WRONG_IAID"],
        }
    }

    const fn decline(self, family: Family) -> Ids {
        match (self, family) {
            (Self::NoLease, Family::V4) => &["DHCP4_DECLINE_LEASE_NOT_FOUND"],
            (Self::OtherClient | Self::OtherAssociation { .. }, Family::V4) => &["DHCP4_DECLINE_LEASE_MISMATCH"],
            (Self::NoLease, Family::V6) => &["DHCP6_DECLINE_FAIL_NO_LEASE"],
            (Self::OtherClient, Family::V6) => &["DHCP6_DECLINE_FAIL_DUID_MISMATCH"],
            (Self::OtherAssociation { .. }, Family::V6) => &["DHCP6_DECLINE_FAIL_IAID_MISMATCH"],
        }
    }
}

impl Refusal {
    const fn messages(self) -> Ids {
        match self {
            Self::NoSubnet => &["DHCP4_PACKET_NAK_0001"],
            Self::NoLease => &["DHCP4_NO_LEASE_INIT_REBOOT"],
            Self::WrongAddress => &["DHCP4_PACKET_NAK_0002"],
            Self::NotOffered => &["DHCP4_PACKET_NAK_0003"],
            Self::NotGranted => &["DHCP4_PACKET_NAK_0004"],
            Self::UnknownAddress => &["DHCP4_UNKNOWN_ADDRESS_REQUESTED"],
        }
    }
}

impl Exhausted {
    /// What was searched, how the search ended, and for whom it was.
    fn messages(&self, family: Family) -> Ids {
        let [of_subnet, of_network]: [[Ids; 2]; 2] = family.pick(
            [
                [
                    &["ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", CLASSES4],
                    &["ALLOC_ENGINE_V4_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V4_ALLOC_FAIL", CLASSES4],
                ],
                [
                    &["ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V4_ALLOC_FAIL_NO_POOLS", CLASSES4],
                    &["ALLOC_ENGINE_V4_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V4_ALLOC_FAIL", CLASSES4],
                ],
            ],
            [
                [
                    &["ALLOC_ENGINE_V6_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS", CLASSES6],
                    &["ALLOC_ENGINE_V6_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V6_ALLOC_FAIL", CLASSES6],
                ],
                [
                    &["ALLOC_ENGINE_V6_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS", CLASSES6],
                    &["ALLOC_ENGINE_V6_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V6_ALLOC_FAIL", CLASSES6],
                ],
            ],
        );
        let [no_pools, none_free] = if self.network.is_some() { of_network } else { of_subnet };
        if self.attempts == 0 { no_pools } else { none_free }
    }
}

const CLASSES4: &str = "ALLOC_ENGINE_V4_ALLOC_FAIL_CLASSES";
const CLASSES6: &str = "ALLOC_ENGINE_V6_ALLOC_FAIL_CLASSES";
