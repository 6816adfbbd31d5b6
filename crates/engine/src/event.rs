//! What happened in an exchange: Kea's message identifier, its text, and the statistics it moves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::expression::Outcome;
use model::{
    AddressRange, ClassName, IdentifierKind, Lease, LeaseKind, LeaseState, NameChange, PingCheck, Resource, Seconds,
    SubnetId,
};

pub use self::flexible::{Changed, Flexible, Place};
pub use self::interface::InterfaceName;
pub use self::limited::Limited;
pub use self::renaming::Renaming;
use crate::decision::{Label, MessageType};

mod counts;
mod flexible;
mod interface;
mod limited;
mod messages;
mod renaming;
mod text;

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
        interface: InterfaceName,
    },
    /// A message is dropped.
    Dropped(Drop),
    /// The client was put into classes.
    Classified {
        /// When, or into which.
        stage: Stage,
        /// All it is in, in order of assignment.
        classes: Box<[ClassName]>,
    },
    /// The client is in a class that is not configured.
    Unconfigured {
        /// The class.
        class: ClassName,
    },
    /// A class was tested, or looked at to be added.
    Tested(Box<Tested>),
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
        interface: InterfaceName,
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
    /// Somebody uses an address that was to be offered, and it is out of service now.
    FoundInUse(Bound),
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
        /// Whose it was.
        whose: Box<Label>,
    },
    /// A DHCPv4 client wants its old address confirmed after a restart.
    InitReboot {
        /// The address.
        wanted: Ipv4Addr,
    },
    /// A DHCPv4 client does not get what it wants.
    Refused(Refused),
    /// DNS is to be told.
    Renamed(Box<NameChange>),
    /// The client gets what is reserved for it. DHCPv6 only.
    ReservedGranted {
        /// What it is.
        resource: Resource,
    },
    /// Somebody else holds what is reserved for the client. DHCPv4 only.
    ReservationConflict {
        /// The subnet.
        subnet: SubnetId,
        /// The address.
        resource: Resource,
        /// Who holds it.
        holder: Box<Label>,
    },
    /// An address is reserved for the client. DHCPv4 only.
    ReservationFound {
        /// The address.
        resource: Resource,
        /// The client looks for a server; else it wants an address and names none.
        discovers: bool,
    },
    /// The client is told a name reserved for it. DHCPv4 only.
    ReservedName {
        /// The name, as it is told.
        name: Box<str>,
    },
    /// The client wants what is reserved for somebody else. DHCPv4 only.
    ReservedForOthers {
        /// The address.
        resource: Resource,
    },
    /// Nothing could be given.
    Exhausted(Box<Exhausted>),
    /// An expression made something of the query or the reply.
    Flexible(Box<Flexible>),
    /// An expression was asked for the client's name.
    Renaming(Box<Renaming>),
    /// A lease or packet was held against limits.
    Limited(Box<Limited>),
    /// A self-made address was registered.
    Registered(Bound),
    /// A step on the way to the decision; only told to those who want debug events, and never logged.
    Step(Step),
}

/// A step on the way to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A subnet was looked for.
    Sought {
        /// What it was looked for by.
        by: Box<str>,
    },
    /// A subnet was found that the client may not use.
    Barred {
        /// The subnet.
        subnet: SubnetId,
        /// The classes that may, those of its network last.
        classes: Box<[ClassName]>,
    },
    /// Hosts were looked for by one of the client's identifiers.
    HostsSought {
        /// Which identifier.
        kind: IdentifierKind,
        /// Its value.
        identifier: Box<[u8]>,
        /// Where they are reserved for, `None` for a global one; and whether they count.
        hosts: Box<[(Option<SubnetId>, bool)]>,
    },
    /// An option was found that the client asks for or is to get.
    Option {
        /// Its code.
        code: u16,
        /// Where it is configured, the place that counts first.
        found: Box<[Box<str>]>,
        /// Whether it is sent; `never-send` somewhere silences it.
        sent: bool,
    },
    /// A pool was passed over, because the client may not use it.
    PoolBarred {
        /// Its subnet.
        subnet: SubnetId,
        /// What it covers.
        range: AddressRange,
        /// The classes that may.
        classes: Box<[ClassName]>,
    },
    /// An address is asked for before it is offered.
    Probed {
        /// The address.
        address: Ipv4Addr,
        /// How it is asked for.
        check: PingCheck,
    },
    /// The client was looked up among those that are registered.
    User {
        /// Whether it is one of them.
        registered: bool,
        /// The subnet it is served in, because it is not.
        moved: Option<SubnetId>,
    },
}

/// When the classes of a client are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It was found to be in this one.
    Joined(ClassName),
    /// Its subnet is known, and all but additional classes.
    Selected,
    /// Its message is answered.
    Answered(MessageType),
}

/// What became of one class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// What looked at it.
    pub tester: Tester,
    /// The class.
    pub class: ClassName,
    /// What was found.
    pub found: Found,
    /// The comparisons of its test with what they saw; only told to those who want debug events.
    pub outcomes: Box<[Outcome]>,
}

/// What looks at a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tester {
    /// Its `test`.
    Test,
    /// Its `template-test`.
    Template,
    /// A list of additional classes.
    Additional,
}

/// What is found when a class is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The value of its test.
    Value(Box<str>),
    /// Why its test has no value.
    Error(Box<str>),
    /// It has no test.
    NoTest,
    /// There is no such class.
    Undefined,
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
    /// The subnet the search ended in, with its prefix.
    pub subnet: (SubnetId, model::Prefix),
    /// The shared network searched.
    pub network: Option<Box<str>>,
    /// How many resources were there to try; 0 if there is no pool for the client.
    pub attempts: u128,
    /// A limit allows no lease more, free resources or not.
    pub limited: bool,
    /// The client's classes.
    pub classes: Box<[ClassName]>,
}

/// What a DHCPv4 client does not get, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The reason.
    pub why: Refusal,
    /// The message.
    pub kind: MessageType,
    /// Who sent it.
    pub from: IpAddr,
    /// The address the client says it has.
    pub ciaddr: Ipv4Addr,
    /// The address the client asks for.
    pub requested: Option<Ipv4Addr>,
}

/// Why a DHCPv4 client does not get what it wants. Not every reason is told to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no subnet for it.
    NoSubnet,
    /// It restarted, and there is no lease of the address it had.
    NoLease,
    /// It restarted, and has another address than it thinks.
    WrongAddress,
    /// No address can be offered.
    NotOffered,
    /// The address cannot be granted.
    NotGranted,
    /// The address is none this server gives out.
    UnknownAddress,
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
        /// The one named.
        named: Box<[u8]>,
        /// Ours; empty in DHCPv4, where every address may be one.
        own: Box<[u8]>,
        /// By which interface it came in.
        interface: InterfaceName,
    },
    /// It has no message type: it is of BOOTP.
    NoType,
    /// It has a client identifier too short to be one.
    BadClientId {
        /// Its octets.
        length: usize,
    },
    /// It asks for options, and says nowhere where to send them.
    NoAddress,
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
    /// The address it would be offered is being asked for already.
    Probed {
        /// The address.
        address: Ipv4Addr,
    },
    /// Too many wait already to be told whether an address is in use.
    Crowded,
    /// There were too many of its classes, or for its subnet, a short time ago.
    TooMany {
        /// It is the subnet that limits them.
        of_subnet: bool,
    },
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

#[cfg(test)]
mod tests {
    use model::{Family, Message};
    use wire::v6;

    use super::*;
    use crate::decision::Client;

    fn samples() -> Vec<Event> {
        let address = Resource::V6("2001:db8::1".parse().unwrap());
        let old = Resource::V4("192.0.2.1".parse().unwrap());
        let prefix = Resource::Prefix("2001:db8::".parse().unwrap(), 56);
        let bound =
            |resource| Bound { resource, iaid: 1, subnet: SubnetId(1), pool: 0, valid: Seconds(4000), assigned: 1 };
        let mut events = vec![
            Event::Selected { subnet: None },
            Event::Selected { subnet: Some(SubnetId(1)) },
            Event::Dropped(Drop::Unicast(MessageType::V6(v6::MessageType::Solicit))),
            Event::Dropped(Drop::Class),
            Event::Dropped(Drop::NoSubnet),
            Event::Dropped(Drop::Crowded),
            Event::Dropped(Drop::Probed { address: "192.0.2.1".parse().unwrap() }),
            Event::Dropped(Drop::TooMany { of_subnet: false }),
            Event::Dropped(Drop::TooMany { of_subnet: true }),
            Event::Limited(Box::new(Limited::NoSubnet)),
            Event::Renaming(Box::new(Renaming::Skipped)),
            Event::Renaming(Box::new(Renaming::Failed("of a test".into()))),
            Event::Renaming(Box::new(Renaming::Calculated { before: "".into(), after: "a".into() })),
            Event::Dropped(Drop::NotServed(MessageType::V6(v6::MessageType::Reply))),
            Event::Dropped(Drop::Unservable { why: "of a test" }),
            Event::Dropped(Drop::Registration { why: "of a test" }),
            Event::Registered(bound(address)),
        ];
        for resource in [address, prefix, old] {
            events.extend(limited(resource).map(|limited| Event::Limited(Box::new(limited))));
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
                Event::FoundInUse(bound),
                Event::ReservedGranted { resource },
                Event::ReservedForOthers { resource },
                Event::ReservationConflict {
                    subnet: SubnetId(1),
                    resource,
                    holder: Box::new(Label::nobody(Family::V4)),
                },
                Event::ReservationFound { resource, discovers: true },
                Event::ReservationFound { resource, discovers: false },
                Event::ReservedName { name: "h".into() },
                Event::Reclaimed { bound, state: LeaseState::Assigned, whose: Box::new(Label::nobody(Family::V6)) },
            ]);
            for why in [Mismatch::NoLease, Mismatch::OtherClient, Mismatch::OtherAssociation { expected: 2 }] {
                events.push(Event::ReleaseRefused { resource, iaid: 1, why });
                events.push(Event::DeclineRefused { resource, iaid: 1, why });
            }
        }
        for (network, attempts) in [(None, 0), (None, 3), (Some("n".into()), 0), (Some("n".into()), 3)] {
            let subnet = (SubnetId(1), model::Prefix { address: "2001:db8::".parse().unwrap(), length: 64 });
            let classes = [ClassName::new("ALL")].into();
            events.push(Event::Exhausted(Box::new(Exhausted { subnet, network, attempts, limited: false, classes })));
        }
        events
    }

    fn limited(resource: Resource) -> [Limited; 6] {
        let (scope, kind) = (crate::Scope::Subnet(SubnetId(1)), resource.kind());
        let exceeded = crate::limits::Exceeded { scope, kind, limit: 1, count: 1 };
        let of_classes = |beyond| Limited::OfClasses { classes: [ClassName::new("ALL")].into(), beyond };
        let of_subnet = |beyond| Limited::OfSubnet { subnet: SubnetId(1), rate: "1 packet per day".into(), beyond };
        [
            Limited::Lease(exceeded),
            Limited::LeaseWithin(resource),
            of_classes(None),
            of_classes(Some((ClassName::new("ALL"), "1 packet per day".into()))),
            of_subnet(true),
            of_subnet(false),
        ]
    }

    #[test]
    fn every_identifier_an_event_prints_is_in_the_catalogue() {
        for event in samples() {
            for id in [Family::V4, Family::V6].iter().flat_map(|family| event.messages(*family)) {
                assert!(Message::find(id).is_some(), "{id}");
            }
        }
    }

    #[test]
    fn the_line_of_a_new_lease_is_the_one_operators_know() {
        let label = Label {
            client: Client::Duid(Some(wire::Duid::decode(&[0, 3, 0, 1, 2]).unwrap())),
            hw: None,
            transaction: Some(0x1c),
        };
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
