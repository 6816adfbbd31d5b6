//! What is reserved for the client, and what for others?
//!
//! A client is recognised by the first of its identifiers, in the configured order, that a host has. One look-up per
//! identifier finds the hosts of all subnets of a network and the global one.

use model::host::Reserved;
use model::{ClassName, Host, IdentifierKind, LeaseKind, Model, Resource, Subnet, SubnetId};

use crate::course::Course;
use crate::event::{Event, Step};
use crate::facts::{Facts, Missing};
use crate::select;

/// One thing a client is recognised by.
pub(crate) type Identifier = (IdentifierKind, Vec<u8>);

/// What is reserved, as one client sees it.
#[derive(Debug, Default)]
pub(crate) struct Reservations<'a> {
    identifiers: Vec<Identifier>,
    global: Option<&'a Host>,
    /// The client's hosts of subnets, at most one of each.
    in_subnets: Vec<(SubnetId, &'a Host)>,
}

/// Something reserved for the client, and where it is to be leased.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own<'a> {
    pub(crate) subnet: &'a Subnet,
    /// `None` if a global host has an address there, but the host of the subnet, which counts more, has none.
    pub(crate) reserved: Option<Reserved>,
}

/// Lists what the client is recognised by: of each kind that counts what `of` finds. Empty if there are no hosts.
pub(crate) fn identifiers(course: &Course<'_>, of: impl Fn(IdentifierKind) -> Option<Vec<u8>>) -> Vec<Identifier> {
    if course.model.hosts.is_empty() && !course.facts.keeps_hosts() {
        return Vec::new();
    }
    let kinds = course.model.settings.host_identifiers.iter();
    let found = kinds.filter_map(|kind| of(*kind).map(|octets| (*kind, octets)));
    found.filter(|(_, octets)| !octets.is_empty()).collect()
}

/// Looks for the client's global host.
pub(crate) fn find_global(course: &mut Course<'_>) -> Result<(), Missing> {
    for (kind, identifier) in &course.reservations.identifiers {
        let mut hosts = hosts_of(course, *kind, identifier)?;
        if let Some(host) = hosts.find(|host| host.subnet.is_none()) {
            course.reservations.global = Some(host);
            break;
        }
    }
    Ok(())
}

/// Looks for the client's hosts where it is: in its subnet and the others of its network, and globally.
///
/// Kea: the modes of the chosen subnet also say whether the other subnets of its network are looked at; in DHCPv6 it takes
/// `reservations-global` without `reservations-in-subnet` to leave them out.
pub(crate) fn find(course: &mut Course<'_>) -> Result<(), Missing> {
    let Some(subnet) = course.subnet else { return Ok(()) };
    let modes = subnet.reservations;
    if !modes.global {
        course.reservations.global = None;
    } else if course.reservations.global.is_none() {
        find_global(course)?;
    }
    let without_subnets = !modes.in_subnet && course.model.family.pick(true, modes.global);
    if without_subnets || course.reservations.identifiers.is_empty() {
        return trace(course);
    }
    let mut subnets = select::reachable(course.model, subnet, &course.classes);
    subnets.retain(|subnet| subnet.reservations.in_subnet);
    let mut found: Vec<(SubnetId, &Host)> = Vec::new();
    for (kind, identifier) in &course.reservations.identifiers {
        for host in hosts_of(course, *kind, identifier)? {
            let Some(id) = host.subnet.filter(|id| subnets.iter().any(|subnet| subnet.id == *id)) else { continue };
            if !found.iter().any(|(known, _)| *known == id) {
                found.push((id, host));
            }
        }
    }
    course.reservations.in_subnets = found;
    trace(course)
}

/// Tells which hosts the client's identifiers found, and which of them count.
fn trace(course: &mut Course<'_>) -> Result<(), Missing> {
    if !course.datagram.trace {
        return Ok(());
    }
    for (kind, identifier) in course.reservations.identifiers.clone() {
        let counts = |host: &Host| course.reservations.counts(host);
        let hosts = hosts_of(course, kind, &identifier)?.map(|host| (host.subnet, counts(host))).collect();
        course.tell(Event::Step(Step::HostsSought { kind, identifier: identifier.into(), hosts }));
    }
    Ok(())
}

/// Walks the hosts with an identifier: those of the configuration, then others.
fn hosts_of<'a>(
    course: &Course<'a>,
    kind: IdentifierKind,
    identifier: &[u8],
) -> Result<impl Iterator<Item = &'a Host> + use<'a>, Missing> {
    let others = course.facts.hosts_of(kind, identifier)?;
    Ok(course.model.hosts.of(kind, identifier).iter().chain(others))
}

impl<'a> Reservations<'a> {
    /// Begins with what the client is recognised by.
    pub(crate) const fn new(identifiers: Vec<Identifier>) -> Self {
        Self { identifiers, global: None, in_subnets: Vec::new() }
    }

    /// Says whether the client has a host at all.
    pub(crate) const fn is_known(&self) -> bool {
        self.global.is_some() || !self.in_subnets.is_empty()
    }

    /// Finds the host that counts in a subnet: its own, else the global one.
    pub(crate) fn current(&self, subnet: Option<&Subnet>) -> Option<&'a Host> {
        subnet.and_then(|subnet| self.of_subnet(subnet)).or(self.global)
    }

    /// Says whether a host is one that was found to count for the client.
    fn counts(&self, host: &Host) -> bool {
        self.global.iter().chain(self.in_subnets.iter().map(|(_, host)| host)).any(|own| std::ptr::eq(*own, host))
    }

    fn of_subnet(&self, subnet: &Subnet) -> Option<&'a Host> {
        self.in_subnets.iter().find(|(id, _)| *id == subnet.id).map(|(_, host)| *host)
    }

    /// Finds the name reserved in a subnet; empty if there is none.
    pub(crate) fn hostname(&self, subnet: Option<&Subnet>) -> &'a str {
        self.current(subnet).map_or("", |host| &host.hostname)
    }

    /// Finds the name of the global host, if that is the one that reserves a resource.
    pub(crate) fn global_hostname(&self, subnet: &Subnet, resource: Resource) -> Option<&'a str> {
        let has = |host: &Host| host.resources.iter().any(|reserved| reserved.resource == resource);
        let global = self.global.filter(|host| has(host))?;
        (!self.of_subnet(subnet).is_some_and(has)).then_some(&*global.hostname)
    }

    /// Lends the classes of the host that counts, if they are known before the client has a lease.
    ///
    /// Kea: those of a host in a shared network come only when the lease says which subnet it is in.
    pub(crate) fn early_classes(&self, subnet: Option<&Subnet>) -> &'a [ClassName] {
        let host = match subnet.filter(|subnet| subnet.network.is_none()) {
            Some(subnet) => self.current(Some(subnet)),
            None => self.global,
        };
        host.map_or(&[], Host::classes)
    }
}

/// Lists what is reserved for the client, in the order it is to be given.
///
/// Kea: in DHCPv4 a global address counts before one of the subnet, in DHCPv6 after all of them.
pub(crate) fn own<'a>(course: &Course<'a>, kind: LeaseKind, subnets: &[&'a Subnet]) -> Vec<Own<'a>> {
    let reservations = &course.reservations;
    if !reservations.is_known() {
        return Vec::new();
    }
    let mut own = Vec::new();
    let mut global = Vec::new();
    for &subnet in subnets {
        for reserved in reservations.global.iter().flat_map(|host| host.resources_of(kind)) {
            let fits = kind == LeaseKind::Pd || subnet.prefix.contains(reserved.resource.address());
            if !fits || !subnet.reservations.global {
                continue;
            }
            let reserved = Some(*reserved);
            match (kind, reservations.of_subnet(subnet)) {
                (LeaseKind::V4, Some(host)) => {
                    own.push(Own { subnet, reserved: host.resources_of(kind).next().copied() });
                }
                (LeaseKind::V4, None) => own.push(Own { subnet, reserved }),
                (LeaseKind::Na | LeaseKind::Pd, _) => global.push(Own { subnet, reserved }),
            }
        }
        let hosts = reservations.of_subnet(subnet).filter(|_| subnet.reservations.in_subnet);
        for reserved in hosts.into_iter().flat_map(|host| host.resources_of(kind)) {
            if !is_promised_away(subnet, reserved.resource) {
                own.push(Own { subnet, reserved: Some(*reserved) });
            }
        }
    }
    own.append(&mut global);
    own
}

/// Says whether a resource lies where nothing is reserved, by promise.
fn is_promised_away(subnet: &Subnet, resource: Resource) -> bool {
    subnet.reservations.out_of_pool && subnet.pool_of(resource).is_some()
}

/// Says whether a resource of a subnet is reserved, and for none of the client's identifiers.
pub(crate) fn is_for_others(course: &Course<'_>, subnet: &Subnet, resource: Resource) -> Result<bool, Missing> {
    Book::of(course).is_for_others(subnet, resource)
}

/// Says whether a resource of a subnet is reserved for anybody.
pub(crate) fn is_reserved(course: &Course<'_>, subnet: &Subnet, resource: Resource) -> Result<bool, Missing> {
    Ok(Book::of(course).hosts_at(subnet, resource)?.is_some_and(|mut hosts| hosts.next().is_some()))
}

/// Where to look up what is reserved.
pub(crate) struct Book<'b, 'a> {
    model: &'a Model,
    facts: &'a dyn Facts,
    identifiers: &'b [Identifier],
}

impl<'b, 'a> Book<'b, 'a> {
    /// Opens it for the client of an exchange.
    pub(crate) fn of(course: &'b Course<'a>) -> Self {
        Self { model: course.model, facts: course.facts, identifiers: &course.reservations.identifiers }
    }

    /// Says whether a resource of a subnet is reserved, and for none of the client's identifiers.
    pub(crate) fn is_for_others(&self, subnet: &Subnet, resource: Resource) -> Result<bool, Missing> {
        let Some(hosts) = self.hosts_at(subnet, resource)? else { return Ok(false) };
        let own = |host: &Host| {
            self.identifiers.iter().any(|(kind, octets)| *kind == host.kind && **octets == *host.identifier)
        };
        let mut reserved = false;
        for host in hosts {
            if own(host) {
                return Ok(false);
            }
            reserved = true;
        }
        Ok(reserved)
    }

    /// Walks the hosts that reserve a resource of a subnet; `None` if none is looked up.
    fn hosts_at(&self, subnet: &Subnet, resource: Resource) -> Result<Option<impl Iterator<Item = &'a Host>>, Missing> {
        if !subnet.reservations.in_subnet || is_promised_away(subnet, resource) {
            return Ok(None);
        }
        let others = self.facts.hosts_at(subnet.id, resource)?;
        Ok(Some(self.model.hosts.at(subnet.id, resource).chain(others)))
    }
}
