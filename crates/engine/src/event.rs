//! What happened in an exchange: Kea's message identifier, its text, and the statistics it moves.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use model::{ClassName, Lease, LeaseKind, LeaseState, Message, Resource, Seconds, SubnetId};
use wire::v6::MessageType;

use crate::decision::Label;

mod counts;

/// Something that happened. The shell logs and counts it once it has become true.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The packet could not be decoded.
    Undecodable {
        /// Why.
        why: wire::DecodeError,
    },
    /// A message was received and understood.
    Received {
        /// What it is.
        kind: MessageType,
        /// Who sent it.
        from: SocketAddr,
        /// Where to.
        to: IpAddr,
        /// By which interface.
        interface: Box<str>,
    },
    /// A message is dropped.
    Dropped(Drop),
    /// The classes of the client are known.
    Classified {
        /// All of them, in order of assignment.
        classes: Box<[ClassName]>,
    },
    /// A subnet was chosen; `None` if there is none for the client.
    Selected {
        /// The subnet.
        subnet: Option<SubnetId>,
    },
    /// A reply is sent.
    Sent {
        /// What it is.
        kind: MessageType,
        /// From where.
        from: SocketAddr,
        /// Where to.
        to: SocketAddr,
        /// By which interface.
        interface: Box<str>,
    },
    /// A lease is offered.
    Advertised(Bound),
    /// A lease was given that the client did not hold.
    Allocated(Bound),
    /// A lease the client holds was extended.
    Renewed(Bound),
    /// A lease young enough was confirmed as it stands.
    Reused(Bound),
    /// A lease was given back.
    Released {
        /// The lease.
        bound: Bound,
        /// It is kept for the client's return.
        kept: bool,
    },
    /// A lease cannot be given back.
    ReleaseRefused {
        /// What the client named.
        resource: Resource,
        /// The client's identity association.
        iaid: u32,
        /// Why.
        why: Mismatch,
    },
    /// An address is in use by somebody else and out of service now.
    Declined {
        /// The lease.
        bound: Bound,
    },
    /// An address cannot be declined.
    DeclineRefused {
        /// What the client named.
        resource: Resource,
        /// The client's identity association.
        iaid: u32,
        /// Why.
        why: Mismatch,
    },
    /// A lease the client held is taken from it.
    Withdrawn(Bound),
    /// A lease that ended was taken back.
    Reclaimed {
        /// The lease.
        bound: Bound,
        /// What it was.
        state: LeaseState,
    },
    /// Nothing could be given.
    Exhausted(Box<Exhausted>),
    /// A self-made address was registered.
    Registered(Bound),
}

/// A lease as far as logs and statistics tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// What is leased.
    pub resource: Resource,
    /// The client's identity association; 0 in DHCPv4.
    pub iaid: u32,
    /// Where from.
    pub subnet: SubnetId,
    /// Kea's `pool-id`.
    pub pool: u32,
    /// For how long.
    pub valid: Seconds,
    /// By how much the number of assigned leases moves.
    pub assigned: i64,
}

impl Bound {
    /// Reads off a lease what there is to tell; `assigned` says how the number of assigned leases moves.
    pub fn of(lease: &Lease, assigned: i64) -> Self {
        let iaid = match &lease.owner {
            model::Owner::V4 { .. } => 0,
            model::Owner::V6 { iaid, .. } => *iaid,
        };
        let Lease { resource, subnet, pool, valid, .. } = *lease;
        Self { resource, iaid, subnet, pool, valid, assigned }
    }
}

/// Where nothing was left, and who wanted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exhausted {
    /// The subnet the search began in, with its prefix.
    pub subnet: (SubnetId, model::Prefix),
    /// The shared network searched.
    pub network: Option<Box<str>>,
    /// How many resources were there to try; 0 if there is no pool for the client.
    pub attempts: u128,
    /// The client's classes.
    pub classes: Box<[ClassName]>,
}

/// Why a lease a client names is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// There is no such lease.
    NoLease,
    /// It is somebody else's.
    OtherClient,
    /// It is the client's, under another identity association.
    OtherAssociation {
        /// The right one.
        expected: u32,
    },
}

/// Why a message is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drop {
    /// It is for another server.
    OtherServer {
        /// The one named, and ours.
        named: Box<[u8]>,
        /// Ours.
        own: wire::Duid,
    },
    /// It must not be sent to a unicast address.
    Unicast(MessageType),
    /// An option is missing, or there where it must not be.
    Options {
        /// The message.
        kind: MessageType,
        /// Who sent it.
        from: IpAddr,
        /// What is wrong, as Kea says it.
        why: Box<str>,
    },
    /// The message is none a server serves.
    NotServed(MessageType),
    /// The client is in the class DROP.
    Class,
    /// A self-made address cannot be registered.
    Registration {
        /// The reason.
        why: &'static str,
    },
    /// The client's subnet is not known, and silence is the answer.
    NoSubnet,
    /// It cannot be dealt with, and nothing counts that.
    Unservable {
        /// The reason.
        why: &'static str,
    },
}

/// A statistic and by how much it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// A statistic of the whole server, such as `pkt6-received`.
    Global(&'static str, i64),
    /// A statistic of a subnet, such as `assigned-nas`; the server's own of the same name moves with it.
    Subnet(SubnetId, &'static str, i64),
    /// A statistic of a pool (`pool[id]` or `pd-pool[id]`), without its subnet's.
    Pool(SubnetId, LeaseKind, u32, &'static str, i64),
}

impl Event {
    /// Gives the log messages it makes; none for what is only counted.
    pub fn messages(&self) -> &'static [&'static str] {
        match self {
            Self::Undecodable { .. } => &["DHCP6_PACKET_DROP_PARSE_FAIL"],
            Self::Received { .. } => &["DHCP6_QUERY_LABEL", "DHCP6_PACKET_RECEIVED"],
            Self::Dropped(drop) => drop.messages(),
            Self::Classified { .. } => &["DHCP6_CLASSES_ASSIGNED"],
            Self::Selected { subnet: Some(_) } => &["DHCP6_SUBNET_SELECTED"],
            Self::Selected { subnet: None } => &["DHCP6_SUBNET_SELECTION_FAILED"],
            Self::Sent { .. } => &["DHCP6_PACKET_SEND"],
            Self::Advertised(bound) => bound.pick(&["DHCP6_LEASE_ADVERT"], &["DHCP6_PD_LEASE_ADVERT"]),
            Self::Allocated(bound) => bound.pick(&["DHCP6_LEASE_ALLOC"], &["DHCP6_PD_LEASE_ALLOC"]),
            Self::Renewed(bound) => bound.pick(&["DHCP6_LEASE_RENEW"], &["DHCP6_PD_LEASE_RENEW"]),
            Self::Reused(bound) => bound.pick(&["DHCP6_LEASE_REUSE"], &["DHCP6_PD_LEASE_REUSE"]),
            Self::Released { bound, kept: true } => bound.pick(
                &["DHCP6_RELEASE_NA", "DHCP6_RELEASE_NA_EXPIRED"],
                &["DHCP6_RELEASE_PD", "DHCP6_RELEASE_PD_EXPIRED"],
            ),
            Self::Released { bound, kept: false } => bound.pick(
                &["DHCP6_RELEASE_NA", "DHCP6_RELEASE_NA_DELETED"],
                &["DHCP6_RELEASE_PD", "DHCP6_RELEASE_PD_DELETED"],
            ),
            Self::ReleaseRefused { why, resource, .. } => why.release(resource.kind()),
            Self::Declined { .. } => &["DHCP6_DECLINE_LEASE"],
            Self::DeclineRefused { why, .. } => why.decline(),
            Self::Withdrawn(_) => &["DHCP6_LEASE_DATA"],
            Self::Reclaimed { .. } => &["ALLOC_ENGINE_V6_LEASE_RECLAIM"],
            Self::Exhausted(exhausted) => exhausted.messages(),
            Self::Registered(bound) => bound.pick(&["DHCP6_LEASE_DATA"], &[]),
        }
    }

    /// Gives the first log message; `None` for what is only counted.
    pub fn message(&self) -> Option<&'static Message> {
        self.messages().first().and_then(|id| Message::find(id))
    }

    /// Writes the text that follows one of the identifiers of [`Self::messages`].
    ///
    /// # Errors
    /// Those of the formatter.
    pub fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Undecodable { why } => write!(f, "failed to parse packet: {why}"),
            Self::Received { .. } if id == "DHCP6_QUERY_LABEL" => write!(f, "received query: {label}"),
            Self::Received { kind, from, to, interface } => write!(
                f,
                "{label}: {kind} (type {}) received from {} to {to} on interface {interface}",
                kind.number(),
                from.ip()
            ),
            Self::Dropped(drop) => drop.write(label, f),
            Self::Classified { classes } => {
                write!(f, "{label}: client packet has been assigned to the following classes: {}", Listed(classes))
            }
            Self::Selected { subnet: Some(id) } => {
                write!(f, "{label}: the subnet with ID {id} was selected for client assignments")
            }
            Self::Selected { subnet: None } => write!(f, "{label}: failed to select subnet for the client"),
            Self::Sent { kind, from, to, interface } => write!(
                f,
                "{label}: trying to send packet {kind} (type {}) from [{}]:{} to [{}]:{} on interface {interface}",
                kind.number(),
                from.ip(),
                from.port(),
                to.ip(),
                to.port()
            ),
            Self::Advertised(bound) => write!(f, "{label}: lease for {bound} will be advertised"),
            Self::Allocated(bound) => {
                write!(f, "{label}: lease for {bound} has been allocated for {} seconds", bound.valid)
            }
            Self::Renewed(bound) => write!(f, "{label}: lease for {bound} has been allocated"),
            Self::Reused(bound) => write!(f, "{label}: lease for {bound} has been reused for {} seconds", bound.valid),
            Self::Released { bound, .. } => {
                let how = if id.ends_with("_EXPIRED") {
                    "expired on release"
                } else if id.ends_with("_DELETED") {
                    "was deleted on release"
                } else {
                    "was released properly"
                };
                write!(f, "{label}: binding for {bound} {how}")
            }
            Self::ReleaseRefused { resource, iaid, why } => why.write("RELEASE", label, (*resource, *iaid), f),
            Self::DeclineRefused { resource, iaid, why } => why.write("DECLINE", label, (*resource, *iaid), f),
            Self::Declined { bound } => write!(
                f,
                "Client {label} sent DECLINE for address {} and the server marked it as declined. The lease will be \
                 recovered in {} seconds.",
                bound.resource, bound.valid
            ),
            Self::Withdrawn(bound) => write!(f, "{label}: lease for {bound} is withdrawn from the client"),
            Self::Reclaimed { bound, .. } => write!(f, "{label}: reclaiming expired lease for {bound}"),
            Self::Exhausted(exhausted) => exhausted.write(id, label, f),
            Self::Registered(bound) => {
                write!(f, "{label}: registered address {} for {} seconds", bound.resource, bound.valid)
            }
        }
    }
}

impl Bound {
    fn pick<T>(&self, address: T, prefix: T) -> T {
        if self.resource.kind() == LeaseKind::Pd { prefix } else { address }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} and iaid={}", noun(self.resource), self.resource, self.iaid)
    }
}

const fn noun(resource: Resource) -> &'static str {
    match resource {
        Resource::V4(_) | Resource::V6(_) => "address",
        Resource::Prefix(..) => "prefix",
    }
}

struct Listed<'a>(&'a [ClassName]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, class) in self.0.iter().enumerate() {
            write!(f, "{}{class}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Drop {
    fn messages(&self) -> &'static [&'static str] {
        match self {
            Self::OtherServer { .. } => &["DHCP6_PACKET_DROP_SERVERID_MISMATCH"],
            Self::Unicast(_) => &["DHCP6_PACKET_DROP_UNICAST"],
            Self::Options { .. } => &["DHCP6_REQUIRED_OPTIONS_CHECK_FAIL"],
            Self::NotServed(_) => &["DHCP6_UNKNOWN_MSG_RECEIVED"],
            Self::Class => &["DHCP6_PACKET_DROP_DROP_CLASS"],
            Self::Registration { .. } => &["DHCP6_ADDR_REG_INFORM_FAIL"],
            Self::NoSubnet => &["DHCP6_SUBNET_SELECTION_FAILED"],
            Self::Unservable { .. } => &["DHCP6_PACKET_PROCESS_FAIL"],
        }
    }

    fn write(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::OtherServer { named, own } => {
                write!(f, "{label}: dropping packet with server identifier: ")?;
                wire::hwaddr::write_hex(f, named)?;
                write!(f, ", server is using: {own}")
            }
            Self::Unicast(kind) => {
                write!(f, "{label}: dropping unicast {kind} packet as this packet should be sent to multicast")
            }
            Self::Options { kind, from, why } => {
                write!(f, "{label}: {kind} message received from {from} failed the following check: {why}")
            }
            Self::NotServed(kind) => write!(f, "{label}: received message of type {} is not served", kind.number()),
            Self::Class => write!(f, "dropped as member of the special class 'DROP': {label}"),
            Self::Registration { why } => write!(f, "{label}: error on ADDR-REG-INFORM: {why}"),
            Self::NoSubnet => write!(f, "{label}: failed to select subnet for the client"),
            Self::Unservable { why } => write!(f, "{label}: processing of the message failed: {why}"),
        }
    }
}

impl Mismatch {
    fn release(self, kind: LeaseKind) -> &'static [&'static str] {
        match (self, kind == LeaseKind::Pd) {
            (Self::NoLease, false) => &["DHCP6_RELEASE_NA_FAIL_NOT_ASSIGNED"],
            (Self::OtherClient, false) => &["DHCP6_RELEASE_NA_FAIL_WRONG_DUID"],
            (Self::OtherAssociation { .. }, false) => &["DHCP6_RELEASE_NA_FAIL_WRONG_IAID"],
            (Self::NoLease, true) => &["DHCP6_RELEASE_PD_FAIL_NOT_ASSIGNED"],
            (Self::OtherClient, true) => &["DHCP6_RELEASE_PD_FAIL_WRONG_DUID"],
            (Self::OtherAssociation { .. }, true) => &["DHCP6_RELEASE_PD_FAIL_WRONG_IAID"],
        }
    }

    const fn decline(self) -> &'static [&'static str] {
        match self {
            Self::NoLease => &["DHCP6_DECLINE_FAIL_NO_LEASE"],
            Self::OtherClient => &["DHCP6_DECLINE_FAIL_DUID_MISMATCH"],
            Self::OtherAssociation { .. } => &["DHCP6_DECLINE_FAIL_IAID_MISMATCH"],
        }
    }

    fn write(
        self,
        what: &str,
        label: &Label,
        (resource, iaid): (Resource, u32),
        f: &mut dyn fmt::Write,
    ) -> fmt::Result {
        let noun = noun(resource);
        write!(f, "Client {label} sent {what} for {noun} {resource}, but ")?;
        match self {
            Self::NoLease => write!(f, "there's no lease for it"),
            Self::OtherClient => write!(f, "it belongs to another client"),
            Self::OtherAssociation { expected } => {
                write!(f, "used a wrong IAID ({iaid}), instead of expected {expected}")
            }
        }
    }
}

impl Exhausted {
    fn messages(&self) -> &'static [&'static str] {
        match (self.network.is_some(), self.attempts == 0) {
            (false, false) => &["ALLOC_ENGINE_V6_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V6_ALLOC_FAIL", CLASSES],
            (false, true) => &["ALLOC_ENGINE_V6_ALLOC_FAIL_SUBNET", "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS", CLASSES],
            (true, false) => &["ALLOC_ENGINE_V6_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V6_ALLOC_FAIL", CLASSES],
            (true, true) => {
                &["ALLOC_ENGINE_V6_ALLOC_FAIL_SHARED_NETWORK", "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS", CLASSES]
            }
        }
    }

    fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let (subnet, prefix) = self.subnet;
        let network = self.network.as_deref().unwrap_or("(none)");
        match id {
            CLASSES => write!(
                f,
                "{label}: Failed to allocate an IPv6 address for client with classes: {}",
                Listed(&self.classes)
            ),
            "ALLOC_ENGINE_V6_ALLOC_FAIL" => {
                write!(f, "{label}: failed to allocate an IPv6 lease after {} attempt(s)", self.attempts)
            }
            "ALLOC_ENGINE_V6_ALLOC_FAIL_NO_POOLS" => {
                write!(f, "{label}: no pools were available for the lease allocation")
            }
            _ => write!(
                f,
                "{label}: failed to allocate an IPv6 lease in the subnet {prefix}, subnet-id {subnet}, shared network \
                 {network}"
            ),
        }
    }
}

const CLASSES: &str = "ALLOC_ENGINE_V6_ALLOC_FAIL_CLASSES";

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Event> {
        let address = Resource::V6("2001:db8::1".parse().unwrap());
        let prefix = Resource::Prefix("2001:db8::".parse().unwrap(), 56);
        let bound =
            |resource| Bound { resource, iaid: 1, subnet: SubnetId(1), pool: 0, valid: Seconds(4000), assigned: 1 };
        let mut events = vec![
            Event::Selected { subnet: None },
            Event::Selected { subnet: Some(SubnetId(1)) },
            Event::Dropped(Drop::Unicast(MessageType::Solicit)),
            Event::Dropped(Drop::Class),
            Event::Dropped(Drop::NoSubnet),
            Event::Dropped(Drop::NotServed(MessageType::Reply)),
            Event::Dropped(Drop::Unservable { why: "of a test" }),
            Event::Dropped(Drop::Registration { why: "of a test" }),
            Event::Registered(bound(address)),
        ];
        for resource in [address, prefix] {
            let bound = bound(resource);
            events.extend([
                Event::Advertised(bound),
                Event::Allocated(bound),
                Event::Renewed(bound),
                Event::Reused(bound),
                Event::Withdrawn(bound),
                Event::Released { bound, kept: true },
                Event::Released { bound, kept: false },
                Event::Declined { bound },
                Event::Reclaimed { bound, state: LeaseState::Assigned },
            ]);
            for why in [Mismatch::NoLease, Mismatch::OtherClient, Mismatch::OtherAssociation { expected: 2 }] {
                events.push(Event::ReleaseRefused { resource, iaid: 1, why });
                events.push(Event::DeclineRefused { resource, iaid: 1, why });
            }
        }
        for (network, attempts) in [(None, 0), (None, 3), (Some("n".into()), 0), (Some("n".into()), 3)] {
            let subnet = (SubnetId(1), model::Prefix { address: "2001:db8::".parse().unwrap(), length: 64 });
            let classes = [ClassName::new("ALL")].into();
            events.push(Event::Exhausted(Box::new(Exhausted { subnet, network, attempts, classes })));
        }
        events
    }

    #[test]
    fn every_identifier_an_event_prints_is_in_the_catalogue() {
        for event in samples() {
            for id in event.messages() {
                assert!(Message::find(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn the_line_of_a_new_lease_is_the_one_operators_know() {
        let label = Label { duid: Some(wire::Duid::decode(&[0, 3, 0, 1, 2]).unwrap()), hw: None, transaction: 0x1c };
        let resource = Resource::V6("fd00:100::1".parse().unwrap());
        let bound = Bound { resource, iaid: 7, subnet: SubnetId(1), pool: 0, valid: Seconds(7200), assigned: 1 };
        let mut text = String::new();
        Event::Allocated(bound).write("DHCP6_LEASE_ALLOC", &label, &mut text).unwrap();
        assert_eq!(
            text,
            "duid=[00:03:00:01:02], [no hwaddr info], tid=0x1c: lease for address fd00:100::1 and iaid=7 has been \
             allocated for 7200 seconds"
        );
    }
}
