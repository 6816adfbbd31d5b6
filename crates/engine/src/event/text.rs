//! The text of log messages: Kea's words, because operators search for them.

use std::fmt;

use model::{ClassName, LeaseKind, Resource};

use super::{Bound, Drop, Event, Exhausted, Found, Mismatch, Refusal, Refused, Stage, Step, Tested};
use crate::decision::{Label, MessageType};

impl Event {
    /// Writes the text that follows one of the identifiers of [`Self::messages`].
    ///
    /// # Errors
    /// Those of the formatter.
    pub fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Undecodable { why } => write!(f, "failed to parse packet: {why}"),
            Self::Received { .. } if id.ends_with("_QUERY_LABEL") => write!(f, "received query: {label}"),
            Self::Received { kind, from, to, interface } => write!(
                f,
                "{label}: {kind} (type {}) received from {} to {to} on interface {interface}",
                kind.number(),
                from.ip()
            ),
            Self::Dropped(drop) => drop.write(id, label, f),
            Self::Classified { stage, classes } => stage.write(&Listed(classes), label, f),
            Self::Unconfigured { class } => {
                write!(f, "{label}: client packet belongs to an unconfigured class: {class}")
            }
            Self::Tested(tested) => tested.write(label, f),
            Self::Selected { subnet: Some(id) } => {
                write!(f, "{label}: the subnet with ID {id} was selected for client assignments")
            }
            Self::Selected { subnet: None } => write!(f, "{label}: failed to select subnet for the client"),
            Self::Sent { kind, from, to, interface } => {
                write!(f, "{label}: trying to send packet {kind} (type {}) from ", kind.number())?;
                write_end(*kind, *from, f)?;
                f.write_str(" to ")?;
                write_end(*kind, *to, f)?;
                write!(f, " on interface {interface}")
            }
            Self::Advertised(_) | Self::Allocated(_) | Self::Renewed(_) | Self::Reused(_) => self.write_given(label, f),
            Self::Released { bound, .. } => bound.write_released(id, label, f),
            Self::ReleaseRefused { resource, iaid, why } => why.write("RELEASE", label, (*resource, *iaid), f),
            Self::DeclineRefused { resource, iaid, why } => why.write("DECLINE", label, (*resource, *iaid), f),
            Self::Declined { bound } => bound.write_declined(label, f),
            Self::FoundInUse(bound) => bound.write_found(label, f),
            Self::Withdrawn(bound) => write!(f, "{label}: lease for {bound} is withdrawn from the client"),
            Self::Reclaimed { bound, whose, .. } => {
                write!(f, "{whose}: reclaiming expired lease for {} {}", noun(bound.resource), bound.resource)
            }
            Self::ReservedGranted { .. }
            | Self::ReservationConflict { .. }
            | Self::ReservationFound { .. }
            | Self::ReservedName { .. }
            | Self::ReservedForOthers { .. } => self.write_reserved(label, f),
            Self::InitReboot { wanted } => {
                write!(f, "{label}: client is in INIT-REBOOT state and requests address {wanted}")
            }
            Self::Refused(refused) => refused.write(label, f),
            Self::Renamed(change) => {
                let what = if change.add { "add" } else { "remove" };
                write!(f, "{label}: Name change request to {what} DNS entry queued: {change}")
            }
            Self::Exhausted(exhausted) => exhausted.write(id, label, f),
            Self::Limited(limited) => limited.write(id, f),
            Self::Flexible(flexible) => flexible.write(id, label, f),
            Self::Renaming(renaming) => renaming.write(label, f),
            Self::Registered(bound) => {
                write!(f, "{label}: registered address {} for {} seconds", bound.resource, bound.valid)
            }
            Self::Step(step) => step.write(f),
        }
    }

    fn write_reserved(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        if let Self::ReservedGranted { resource } = self {
            write!(f, "reserved {} {resource} was assigned to client {label}", noun(*resource))?;
        }
        if let Self::ReservationConflict { resource, holder, .. } = self {
            write!(f, "{label}: conflicting reservation for address {resource} with existing lease of {holder}")?;
        }
        if let Self::ReservationFound { resource, discovers: true } = self {
            write!(f, "client {label} sending DHCPDISCOVER has reservation for the address {resource}")?;
        }
        if let Self::ReservationFound { resource, discovers: false } = self {
            write!(f, "client {label} hasn't requested specific address, using reserved address {resource}")?;
        }
        if let Self::ReservedName { name } = self {
            write!(f, "{label}: server assigned reserved hostname {name}")?;
        }
        if let Self::ReservedForOthers { resource } = self {
            write!(f, "{label}: requested address {resource} is reserved")?;
        }
        Ok(())
    }

    fn write_given(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Advertised(bound) => {
                let what = if bound.resource.kind() == LeaseKind::V4 { "offered" } else { "advertised" };
                write!(f, "{label}: lease {bound} will be {what}")
            }
            Self::Renewed(bound) if bound.resource.kind() != LeaseKind::V4 => {
                write!(f, "{label}: lease {bound} has been allocated")
            }
            Self::Allocated(bound) | Self::Renewed(bound) => {
                write!(f, "{label}: lease {bound} has been allocated for {} seconds", bound.valid)
            }
            Self::Reused(bound) => write!(f, "{label}: lease {bound} has been reused for {} seconds", bound.valid),
            Self::Undecodable { .. }
            | Self::Received { .. }
            | Self::Dropped(_)
            | Self::Classified { .. }
            | Self::Unconfigured { .. }
            | Self::Tested(_)
            | Self::Selected { .. }
            | Self::Sent { .. }
            | Self::Released { .. }
            | Self::ReleaseRefused { .. }
            | Self::Declined { .. }
            | Self::FoundInUse(_)
            | Self::DeclineRefused { .. }
            | Self::Withdrawn(_)
            | Self::Reclaimed { .. }
            | Self::ReservedGranted { .. }
            | Self::ReservationConflict { .. }
            | Self::ReservedForOthers { .. }
            | Self::ReservationFound { .. }
            | Self::ReservedName { .. }
            | Self::InitReboot { .. }
            | Self::Refused(_)
            | Self::Renamed(_)
            | Self::Exhausted(_)
            | Self::Registered(_)
            | Self::Limited(_)
            | Self::Flexible(_)
            | Self::Renaming(_)
            | Self::Step(_) => Ok(()),
        }
    }
}

impl Step {
    fn write(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Sought { by } => write!(f, "looked for a subnet by {by}"),
            Self::Barred { subnet, classes } => {
                write!(f, "subnet {subnet} matches, but admits only {}", Listed(classes))
            }
            Self::HostsSought { kind, identifier, hosts } => {
                write!(f, "looked for reservations by {kind} ")?;
                wire::hwaddr::write_hex(f, identifier)?;
                f.write_str(if hosts.is_empty() { ": none" } else { "" })?;
                for (at, (subnet, counts)) in hosts.iter().enumerate() {
                    f.write_str(if at == 0 { ": " } else { ", " })?;
                    match subnet {
                        Some(subnet) => write!(f, "one of subnet {subnet}")?,
                        None => f.write_str("a global one")?,
                    }
                    f.write_str(if *counts { "" } else { " (does not count here)" })?;
                }
                Ok(())
            }
            Self::Option { code, found, sent: true } => {
                let (first, others) = found.split_first().map_or(("", &[][..]), |(first, others)| (&**first, others));
                write!(f, "option {code} from {first}")?;
                for (at, other) in others.iter().enumerate() {
                    write!(f, "{} {other}", if at == 0 { "; passed over:" } else { "," })?;
                }
                Ok(())
            }
            Self::Option { code, found, sent: false } => {
                write!(f, "option {code} of {} is silenced by never-send", found.join(", "))
            }
            Self::PoolBarred { subnet, range, classes } => {
                let (first, last) = (range.first_address(), range.last_address());
                write!(f, "pool {first}-{last} of subnet {subnet} admits only {}", Listed(classes))
            }
            Self::Probed { address, check } => {
                let (requests, timeout) = (check.requests, check.reply_timeout_ms);
                write!(f, "{address} is asked for before it is offered: {requests} ICMP echo request")?;
                write!(f, "{}, {timeout} ms for the answer", if requests == 1 { "" } else { "s" })
            }
            Self::User { registered: true, .. } => f.write_str("the client is registered"),
            Self::User { moved, .. } => {
                f.write_str("the client is not registered")?;
                moved.map_or(Ok(()), |subnet| write!(f, ", so it is served in the last subnet, {subnet}"))
            }
        }
    }
}

impl Stage {
    fn write(&self, all: &Listed<'_>, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        write!(f, "{label}: client packet has been assigned ")?;
        match self {
            Self::Joined(class) => write!(f, "to the following class: {class}"),
            Self::Selected => write!(f, "to the following classes: {all}"),
            Self::Answered(kind) => write!(f, "on {kind} message to the following classes: {all}"),
        }
    }
}

impl Tested {
    fn write(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let class = &self.class;
        match &self.found {
            Found::Value(value) | Found::Error(value) => {
                write!(f, "{label}: Expression '{class}' evaluated to {value}")
            }
            Found::NoTest => write!(
                f,
                "additional class {class} has no test expression, adding it to client's classes unconditionally"
            ),
            Found::Undefined => write!(f, "additional class {class} has no definition"),
        }
    }
}

/// Writes address and port as Kea does: an IPv6 address in brackets.
fn write_end(kind: MessageType, end: std::net::SocketAddr, f: &mut dyn fmt::Write) -> fmt::Result {
    match kind {
        MessageType::V4(_) => write!(f, "{}:{}", end.ip(), end.port()),
        MessageType::V6(_) => write!(f, "[{}]:{}", end.ip(), end.port()),
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.resource {
            Resource::V4(address) => address.fmt(f),
            Resource::V6(_) | Resource::Prefix(..) => {
                write!(f, "for {} {} and iaid={}", noun(self.resource), self.resource, self.iaid)
            }
        }
    }
}

impl Bound {
    fn write_declined(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let Self { resource, valid, .. } = self;
        if let Resource::V4(address) = resource {
            return write!(
                f,
                "Received DHCPDECLINE for addr {address} from client {label}. The lease will be unavailable for {valid} \
                 seconds."
            );
        }
        write!(
            f,
            "Client {label} sent DECLINE for address {resource} and the server marked it as declined. The lease will be \
             recovered in {valid} seconds."
        )
    }

    fn write_found(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let Self { resource, valid, .. } = self;
        write!(
            f,
            "{label}: Lease for addr {resource} has been found to be already in use. The lease will be unavailable for \
             {valid} seconds."
        )
    }

    fn write_released(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let how = if id.ends_with("_EXPIRED") {
            "expired on release"
        } else if id.ends_with("_DELETED") {
            "was deleted on release"
        } else {
            "was released properly"
        };
        match self.resource {
            Resource::V4(address) => write!(f, "{label}: address {address} {how}."),
            Resource::V6(_) | Resource::Prefix(..) => write!(f, "{label}: binding {self} {how}"),
        }
    }
}

const fn noun(resource: Resource) -> &'static str {
    match resource {
        Resource::V4(_) | Resource::V6(_) => "address",
        Resource::Prefix(..) => "prefix",
    }
}

#[derive(Clone, Copy)]
pub(super) struct Listed<'a>(pub(super) &'a [ClassName]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, class) in self.0.iter().enumerate() {
            write!(f, "{}{class}", if at == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Drop {
    fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::OtherServer { own, interface, .. } if own.is_empty() => {
                write!(f, "{label}, from interface {interface}: it contains a foreign server identifier")
            }
            Self::OtherServer { named, own, .. } => {
                write!(f, "{label}: dropping packet with server identifier: ")?;
                wire::hwaddr::write_hex(f, named)?;
                f.write_str(", server is using: ")?;
                wire::hwaddr::write_hex(f, own)
            }
            Self::NoType => {
                write!(f, "{label}: Option 53 missing (no DHCP message type), is this a BOOTP packet?")
            }
            Self::BadClientId { length } => {
                write!(f, "{label}: failed to process packet: a client-id of {length} octets, at least 2 are needed")
            }
            Self::NoAddress => {
                write!(f, "{label}: DHCPINFORM with neither a source address nor ciaddr, nowhere to send the reply to")
            }
            Self::Unicast(kind) => {
                write!(f, "{label}: dropping unicast {kind} packet as this packet should be sent to multicast")
            }
            Self::Options { kind: MessageType::V4(_), why, .. } => {
                write!(f, "{label}: failed to process packet: {why}")
            }
            Self::Options { kind, from, why } => {
                write!(f, "{label}: {kind} message received from {from} failed the following check: {why}")
            }
            Self::NotServed(kind @ MessageType::V4(_)) => {
                let what = if kind.is_unknown() { "unrecognized type" } else { "unsupported DHCPv4 message type" };
                write!(f, "{label}: {what} {}", kind.number())
            }
            Self::NotServed(kind) => write!(f, "{label}: received message of type {} is not served", kind.number()),
            Self::Class => write!(f, "dropped as member of the special class 'DROP': {label}"),
            Self::Registration { why } => write!(f, "{label}: error on ADDR-REG-INFORM: {why}"),
            Self::NoSubnet => write!(f, "{label}: failed to select subnet for the client"),
            Self::Crowded => {
                write!(f, "{label}: as many packets wait as parked-packet-limit allows, this one is dropped")
            }
            Self::Probed { address } => {
                write!(f, "{label}: {address} is asked for already, whether it is in use; the packet is dropped")
            }
            Self::TooMany { of_subnet: false } => {
                write!(f, "{label}: packet is dropped, because a callout set the next step to SKIP")
            }
            Self::TooMany { .. } if id.starts_with("DHCP6") => {
                write!(f, "{label}: packet was dropped because a callout set the drop flag")
            }
            Self::TooMany { .. } => {
                write!(f, "{label}: packet was dropped, because a callout set the next step to 'drop'")
            }
            Self::Unservable { why } => write!(f, "{label}: processing of the message failed: {why}"),
        }
    }
}

impl Mismatch {
    fn write(
        self,
        what: &str,
        label: &Label,
        (resource, iaid): (Resource, u32),
        f: &mut dyn fmt::Write,
    ) -> fmt::Result {
        if let Resource::V4(address) = resource {
            return match (what, self == Self::NoLease) {
                ("RELEASE", true) => write!(f, "{label}: client is trying to release non-existing lease {address}"),
                ("RELEASE", false) => {
                    write!(
                        f,
                        "{label}: client is trying to release the lease {address} which belongs to a different client"
                    )
                }
                (_, true) => {
                    write!(f, "Received DHCPDECLINE for addr {address} from client {label}, but no such lease found.")
                }
                (_, false) => write!(
                    f,
                    "Received DHCPDECLINE for addr {address} from client {label}, but the lease belongs to another client."
                ),
            };
        }
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

impl Refused {
    fn write(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let Self { why, kind, from, ciaddr, requested } = self;
        let requested = requested.map_or_else(|| "(no address)".to_owned(), |address| address.to_string());
        let what = match why {
            Refusal::NoSubnet => {
                return write!(f, "{label}: failed to select a subnet for incoming packet, src {from}, type {kind}");
            }
            Refusal::NoLease => {
                return write!(f, "{label}: no lease for address {requested} requested by INIT-REBOOT client");
            }
            Refusal::WrongAddress => {
                return write!(f, "{label}: invalid address {requested} requested by INIT-REBOOT client");
            }
            Refusal::NotOffered => "failed to advertise a lease",
            Refusal::NotGranted => "failed to grant a lease",
            Refusal::UnknownAddress => "client requested an unknown address",
        };
        write!(f, "{label}: {what}, client sent ciaddr {ciaddr}, requested-ip-address {requested}")
    }
}

impl Exhausted {
    fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        let (subnet, prefix) = self.subnet;
        let network = self.network.as_deref().unwrap_or("(none)");
        let family = if prefix.address.is_ipv4() { "IPv4" } else { "IPv6" };
        if id.ends_with("_CLASSES") {
            return write!(
                f,
                "{label}: Failed to allocate an {family} address for client with classes: {}",
                Listed(&self.classes)
            );
        }
        if id.ends_with("_NO_POOLS") {
            return write!(f, "{label}: no pools were available for the lease allocation");
        }
        if id.ends_with("_ALLOC_FAIL") {
            let what = if prefix.address.is_ipv4() { "address" } else { "lease" };
            return write!(f, "{label}: failed to allocate an {family} {what} after {} attempt(s)", self.attempts);
        }
        write!(
            f,
            "{label}: failed to allocate an {family} lease in the subnet {prefix}, subnet-id {subnet}, shared network \
             {network}"
        )
    }
}
