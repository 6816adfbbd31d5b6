//! Which lease a command means: by address, or by client and subnet.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use config::Fault;
use config::json::Node;
use control::Answer;
use engine::ClientKey;
use model::{Family, Lease, LeaseKind, Resource, SubnetId};
use store::LeaseStore;
use wire::{Duid, HardwareAddress};

use super::hex;
use crate::desk::refusal;

/// What to do with a lease, as errors say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Query,
    Delete,
}

/// How a lease is found.
pub(super) enum Selector {
    /// Kea: knows temporary addresses and identifiers of the type `address`, and finds nothing by them.
    Nothing,
    Address(IpAddr, LeaseKind),
    Hardware(HardwareAddress, Option<SubnetId>),
    ClientId(Vec<u8>, Option<SubnetId>),
    Association {
        duid: Duid,
        iaid: u32,
        kind: LeaseKind,
        subnet: Option<SubnetId>,
    },
}

impl Selector {
    /// Reads the selector of a map of arguments.
    ///
    /// # Errors
    /// The answer that says what is wrong.
    pub(super) fn read(family: Family, arguments: Option<&Node>, purpose: Purpose) -> Result<Self, Answer> {
        let map = arguments.filter(|node| node.as_map().is_some());
        let map = map.ok_or_else(|| Answer::error("Parameters missing or are not a map."))?;
        if map.get("update-ddns").is_some_and(|node| node.as_boolean().is_none()) {
            return Err(Answer::error("'update-ddns' is not a boolean"));
        }
        let kind = kind(family, map)?;
        let Some(kind) = kind.or_else(|| family.pick(Some(LeaseKind::V4), None)) else { return Ok(Self::Nothing) };
        if let Some(node) = map.get("ip-address") {
            let text = node.as_str().ok_or_else(|| Answer::error("'ip-address' is not a string."))?;
            return Ok(Self::Address(address(family, text)?, kind));
        }
        let subnet = map.get("subnet-id").ok_or_else(|| Answer::error("Mandatory 'subnet-id' parameter missing."))?;
        let subnet = subnet.as_integer().ok_or_else(|| Answer::error("'subnet-id' parameter is not integer."))?;
        let subnet = u32::try_from(subnet).ok().map(SubnetId);
        let iaid = map.get("iaid").map_or(Ok(0), |node| node.as_integer().ok_or_else(|| no_integer(node)))?;
        let text = |key: &str| {
            let why = || format!("No 'ip-address' provided and '{key}' is either missing or not a string.");
            map.get(key).and_then(Node::as_str).ok_or_else(|| Answer::error(why()))
        };
        let (by, identifier) = (text("identifier-type")?, text("identifier")?);
        match by {
            "hw-address" => {
                let hw = HardwareAddress::ethernet(&hex::hardware(identifier)?);
                allowed(family == Family::V4, family, by, purpose).map(|()| Self::Hardware(hw, subnet))
            }
            "client-id" => {
                let octets = client_id(identifier)?;
                allowed(family == Family::V4, family, by, purpose).map(|()| Self::ClientId(octets, subnet))
            }
            "duid" => {
                let (duid, iaid) = (duid(&duid_octets(identifier)?)?, config::fields::truncated(iaid));
                let selector = Self::Association { duid, iaid, kind, subnet };
                allowed(family == Family::V6, family, by, purpose).map(|()| selector)
            }
            "address" => Ok(Self::Nothing),
            other => {
                let why = "the only supported values are: address, hw-address, duid";
                Err(Answer::error(format!("Incorrect identifier type: {other}, {why}")))
            }
        }
    }

    /// Finds the lease that is meant.
    ///
    /// # Errors
    /// An answer if several could be meant.
    pub(super) fn find(&self, store: &LeaseStore) -> Result<Option<Arc<Lease>>, Answer> {
        let in_subnet = |leases: Vec<Arc<Lease>>, subnet: Option<SubnetId>| {
            leases.into_iter().filter(move |lease| Some(lease.subnet) == subnet)
        };
        match self {
            Self::Nothing => Ok(None),
            Self::Address(address, kind) => Ok(by_address(store, *address, *kind)),
            Self::Hardware(hw, subnet) => Ok(in_subnet(store.by_hw(hw), *subnet).next()),
            Self::ClientId(octets, subnet) => {
                Ok(in_subnet(store.leases_of(ClientKey::ClientId(octets)), *subnet).next())
            }
            Self::Association { duid, iaid, kind, subnet } => {
                let leases = store.leases_of(ClientKey::Association { duid, iaid: *iaid, kind: *kind });
                let mut leases = in_subnet(leases, *subnet);
                let (first, second) = (leases.next(), leases.next());
                if let (Some(lease), Some(_)) = (&first, second) {
                    let kind = if *kind == LeaseKind::Pd { 2 } else { 0 };
                    let whose = format!("duid {duid}, iaid {iaid} and subnet-id {}", lease.subnet);
                    return Err(Answer::error(format!("More than one lease found for type {kind}, {whose}")));
                }
                Ok(first)
            }
        }
    }
}

fn no_integer(node: &Node) -> Answer {
    refusal(Fault::at(node, "intValue() called on non-integer Element in"))
}

fn allowed(is: bool, family: Family, by: &str, purpose: Purpose) -> Result<(), Answer> {
    let version = family.pick("v4", "v6");
    match purpose {
        _ if is => Ok(()),
        Purpose::Query => Err(Answer::error(format!("Query by {by} is not allowed in {version}."))),
        Purpose::Delete if by == "client-id" => Err(Answer::error("Unknown query type: 3")),
        Purpose::Delete => Err(Answer::error(format!("Delete by {by} is not allowed in {version}."))),
    }
}

/// Reads an address of the family.
pub(super) fn address(family: Family, text: &str) -> Result<IpAddr, Answer> {
    let Ok(address) = text.parse::<IpAddr>() else { return Err(Answer::error(unconvertible(text))) };
    if address.is_ipv4() == (family == Family::V4) {
        Ok(address)
    } else {
        Err(Answer::error(format!("Invalid {family} address specified: {address}")))
    }
}

/// Says that a text is no address.
pub(super) fn unconvertible(text: &str) -> String {
    format!("Failed to convert string to address '{text}': Invalid argument")
}

/// Reads a client identifier.
pub(super) fn client_id(text: &str) -> Result<Vec<u8>, Answer> {
    hex::identifier(text, 2, 255)
}

/// Reads the octets of a DUID.
pub(super) fn duid_octets(text: &str) -> Result<Vec<u8>, Answer> {
    hex::identifier(text, *wire::duid::LENGTHS.start(), *wire::duid::LENGTHS.end())
}

/// Makes a DUID of octets.
pub(super) fn duid(octets: &[u8]) -> Result<Duid, Answer> {
    Duid::decode(octets).map_err(|error| Answer::error(error.to_string()))
}

/// Reads the kind of lease; `None` for a temporary address.
fn kind(family: Family, map: &Node) -> Result<Option<LeaseKind>, Answer> {
    let Some(node) = map.get("type") else { return Ok(Some(family.pick(LeaseKind::V4, LeaseKind::Na))) };
    let Some(text) = node.as_str() else {
        return Err(refusal(Fault::at(node, "stringValue() called on non-string Element in")));
    };
    match text {
        "IA_NA" | "0" => Ok(Some(LeaseKind::Na)),
        "IA_TA" | "1" => Ok(None),
        "IA_PD" | "2" => Ok(Some(LeaseKind::Pd)),
        "V4" | "3" => Ok(Some(LeaseKind::V4)),
        other => {
            let why = "only supported values are: IA_NA, IA_TA, IA_PD and V4";
            Err(Answer::error(format!("Invalid lease type specified: {other}, {why}")))
        }
    }
}

/// A prefix is selected by its first address alone; addresses in memory are unique.
fn by_address(store: &LeaseStore, address: IpAddr, kind: LeaseKind) -> Option<Arc<Lease>> {
    match (address, kind) {
        (IpAddr::V4(address), _) => store.lease(Resource::V4(address)),
        (IpAddr::V6(address), LeaseKind::Pd) => prefix_at(store, address),
        (IpAddr::V6(address), LeaseKind::Na) => store.lease(Resource::V6(address)),
        (IpAddr::V6(_), LeaseKind::V4) => None,
    }
}

fn prefix_at(store: &LeaseStore, address: Ipv6Addr) -> Option<Arc<Lease>> {
    (1..=128).find_map(|length| store.lease(Resource::Prefix(address, length)))
}
