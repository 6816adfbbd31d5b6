//! A host: what is reserved for one client.

use std::cmp::Ordering;
use std::fmt;
use std::net::Ipv6Addr;

use crate::{BootFields, ClassName, LeaseKind, OptionSet, Resource, SubnetId};

/// What a client is recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// The hardware address, without its type.
    HwAddress,
    /// The DUID; in DHCPv4 the one inside a client identifier (RFC 4361).
    Duid,
    /// What a DHCPv4 relay calls the client's circuit.
    CircuitId,
    /// The DHCPv4 client identifier, its type included.
    ClientId,
    /// What an expression makes of the query (`libdhcp_flex_id.so`).
    FlexId,
}

impl IdentifierKind {
    /// All kinds, in the order of their names.
    pub const ALL: [Self; 5] = [Self::CircuitId, Self::ClientId, Self::Duid, Self::FlexId, Self::HwAddress];

    /// Gives Kea's keyword.
    pub const fn keyword(self) -> &'static str {
        match self {
            Self::HwAddress => "hw-address",
            Self::Duid => "duid",
            Self::CircuitId => "circuit-id",
            Self::ClientId => "client-id",
            Self::FlexId => "flex-id",
        }
    }

    /// Finds a kind by Kea's keyword.
    pub fn find(keyword: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.keyword() == keyword)
    }
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}

/// What is reserved for one client in one subnet, or everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What kind of identifier the client is recognised by.
    pub kind: IdentifierKind,
    /// The identifier.
    pub identifier: Box<[u8]>,
    /// The subnet the reservation is for; `None` if it is a global one.
    pub subnet: Option<SubnetId>,
    /// Addresses and prefixes, in the order written; at most one in DHCPv4.
    pub resources: Box<[Reserved]>,
    /// The name; empty if none is reserved.
    pub hostname: Box<str>,
    /// The rest, which few hosts have.
    pub extras: Option<Box<Extras>>,
}

/// An address or a prefix of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved {
    /// The address or prefix.
    pub resource: Resource,
    /// The prefix the client must leave out of a prefix (RFC 6603): first address and length.
    pub excluded: Option<(Ipv6Addr, u8)>,
}

/// What few hosts have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// Classes the client is in.
    pub classes: Vec<ClassName>,
    /// Options for the client.
    pub options: OptionSet,
    /// Where the client boots from. DHCPv4 only.
    pub boot: BootFields,
    /// What the operator notes of the client, as one line of JSON in Kea's spacing; empty if nothing is noted.
    pub user_context: Box<str>,
}

impl Host {
    /// Lends the resources of a kind, in the order written.
    pub fn resources_of(&self, kind: LeaseKind) -> impl Iterator<Item = &Reserved> {
        self.resources.iter().filter(move |reserved| reserved.resource.kind() == kind)
    }

    /// Lends the classes the client is in.
    pub fn classes(&self) -> &[ClassName] {
        self.extras.as_ref().map_or(&[], |extras| &extras.classes)
    }

    /// Lends the options for the client.
    pub fn options(&self) -> Option<&OptionSet> {
        self.extras.as_ref().map(|extras| &extras.options)
    }

    /// Says where the client boots from, if the host says anything of it.
    pub fn boot(&self) -> Option<&BootFields> {
        self.extras.as_ref().map(|extras| &extras.boot)
    }

    /// Lends what the operator notes of the client; empty if nothing is noted.
    pub fn user_context(&self) -> &str {
        self.extras.as_ref().map_or("", |extras| &extras.user_context)
    }

    fn names(&self) -> (IdentifierKind, &[u8]) {
        (self.kind, &self.identifier)
    }
}

/// All hosts of a configuration, found by identifier and by what is reserved in sorted arrays of numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hosts {
    /// By identifier, then by subnet, the global one first.
    hosts: Vec<Host>,
    /// Places of hosts of subnets with what they reserve, by subnet and resource.
    by_resource: Vec<(u32, Resource)>,
}

impl Hosts {
    /// Sorts hosts into their order and makes the index; where two are equal in identifier and subnet the earlier one is
    /// found first.
    pub fn new(mut hosts: Vec<Host>) -> Self {
        hosts.sort_by(|one, other| one.names().cmp(&other.names()).then(one.subnet.cmp(&other.subnet)));
        let mut by_resource = Vec::new();
        for (place, host) in (0_u32..).zip(&hosts) {
            if host.subnet.is_some() {
                by_resource.extend(host.resources.iter().map(|reserved| (place, reserved.resource)));
            }
        }
        let mut all = Self { hosts, by_resource: Vec::new() };
        by_resource.sort_by(|(one, first), (other, second)| {
            all.subnet_at(*one).cmp(&all.subnet_at(*other)).then(first.cmp(second)).then(one.cmp(other))
        });
        by_resource.shrink_to_fit();
        all.by_resource = by_resource;
        all
    }

    /// Says whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// Counts them.
    pub const fn len(&self) -> usize {
        self.hosts.len()
    }

    /// Finds all hosts with an identifier: the global one first, then those of subnets by ascending id.
    pub fn of(&self, kind: IdentifierKind, identifier: &[u8]) -> &[Host] {
        let wanted = (kind, identifier);
        run(&self.hosts, |host| host.names().cmp(&wanted))
    }

    /// Finds the hosts of a subnet that reserve a resource.
    pub fn at(&self, subnet: SubnetId, resource: Resource) -> impl Iterator<Item = &Host> {
        let wanted = (Some(subnet), resource);
        let places = run(&self.by_resource, |(place, resource)| (self.subnet_at(*place), *resource).cmp(&wanted));
        places.iter().filter_map(|(place, _)| self.host_at(*place))
    }

    fn host_at(&self, place: u32) -> Option<&Host> {
        usize::try_from(place).ok().and_then(|place| self.hosts.get(place))
    }

    fn subnet_at(&self, place: u32) -> Option<SubnetId> {
        self.host_at(place).and_then(|host| host.subnet)
    }
}

/// Finds the run of equal elements in a sorted slice.
fn run<T>(sorted: &[T], order: impl Fn(&T) -> Ordering) -> &[T] {
    let start = sorted.partition_point(|element| order(element) == Ordering::Less);
    let rest = sorted.get(start..).unwrap_or_default();
    let length = rest.iter().take_while(|element| order(element) == Ordering::Equal).count();
    rest.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(identifier: u8, subnet: Option<u32>, address: &str) -> Host {
        let resource = Resource::V4(address.parse().unwrap());
        Host {
            kind: IdentifierKind::HwAddress,
            identifier: [identifier].into(),
            subnet: subnet.map(SubnetId),
            resources: [Reserved { resource, excluded: None }].into(),
            hostname: "".into(),
            extras: None,
        }
    }

    #[test]
    fn one_look_up_finds_a_client_in_all_subnets_and_globally() {
        let hosts = Hosts::new(vec![
            host(7, Some(2), "192.0.2.7"),
            host(8, Some(1), "192.0.2.8"),
            host(7, None, "192.0.2.9"),
            host(7, Some(1), "192.0.2.7"),
        ]);
        let subnets: Vec<_> = hosts.of(IdentifierKind::HwAddress, &[7]).iter().map(|host| host.subnet).collect();
        assert_eq!(subnets, [None, Some(SubnetId(1)), Some(SubnetId(2))]);
        assert!(hosts.of(IdentifierKind::Duid, &[7]).is_empty());
    }

    #[test]
    fn a_reserved_address_is_found_in_its_subnet_only() {
        let hosts =
            Hosts::new(vec![host(7, Some(2), "192.0.2.7"), host(8, Some(2), "192.0.2.7"), host(9, None, "192.0.2.9")]);
        let at = |subnet, address: &str| hosts.at(SubnetId(subnet), Resource::V4(address.parse().unwrap())).count();
        assert_eq!((at(2, "192.0.2.7"), at(1, "192.0.2.7"), at(2, "192.0.2.9")), (2, 0, 0));
    }
}
