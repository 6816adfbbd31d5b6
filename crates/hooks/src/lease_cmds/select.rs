//! Which lease a command means: by address, or by client and subnet.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use control::{Answer, Arguments};
use engine::ClientKey;
use model::{Family, Lease, LeaseKind, Resource, SubnetId};
use store::LeaseStore;
use wire::hwaddr::parse_hex;
use wire::{Duid, HardwareAddress};

/// Finds the lease that the arguments select.
pub(super) fn find(store: &LeaseStore, family: Family, arguments: Arguments<'_>) -> Result<Option<Arc<Lease>>, Answer> {
    let kind = kind(family, arguments)?;
    if let Some(text) = arguments.text("ip-address")? {
        return Ok(by_address(store, address(family, text)?, kind));
    }
    let missing = |key: &str| Answer::error(format!("Mandatory '{key}' parameter missing."));
    let subnet = SubnetId(arguments.integer("subnet-id")?.ok_or_else(|| missing("subnet-id"))?);
    let by = arguments.text("identifier-type")?.ok_or_else(|| missing("identifier-type"))?;
    let identifier = arguments.text("identifier")?.ok_or_else(|| missing("identifier"))?;
    let octets = hexadecimal(identifier)?;
    let leases = match (family, by) {
        (Family::V6, "duid") => {
            let iaid = arguments.integer("iaid")?.unwrap_or(0);
            store.leases_of(ClientKey::Association { duid: &duid(&octets)?, iaid, kind })
        }
        (Family::V4, "hw-address") => store.leases_of(ClientKey::Hardware(&HardwareAddress::ethernet(&octets))),
        (Family::V4, "client-id") => store.leases_of(ClientKey::ClientId(&octets)),
        (Family::V4, "duid") => return Err(Answer::error("Query by duid is not allowed in v4.")),
        (Family::V6, "hw-address") => return Err(Answer::error("Query by hw-address is not allowed in v6.")),
        (Family::V6, "client-id") => return Err(Answer::error("Query by client-id is not allowed in v6.")),
        (_, other) => return Err(Answer::error(format!("Identifier type {other} is not supported."))),
    };
    Ok(leases.into_iter().find(|lease| lease.subnet == subnet))
}

/// Reads an address of the family.
pub(super) fn address(family: Family, text: &str) -> Result<IpAddr, Answer> {
    let parsed = text.parse::<IpAddr>();
    let wrong = || Answer::error(format!("Failed to convert string to address '{text}': Invalid argument"));
    parsed.ok().filter(|address| address.is_ipv4() == (family == Family::V4)).ok_or_else(wrong)
}

/// Reads the DUID of a command.
pub(super) fn duid(octets: &[u8]) -> Result<Duid, Answer> {
    Duid::decode(octets).map_err(|error| Answer::error(error.to_string()))
}

/// Reads hexadecimal pairs with colons.
pub(super) fn hexadecimal(text: &str) -> Result<Vec<u8>, Answer> {
    parse_hex(text).ok_or_else(|| Answer::error(format!("'{text}' is not a valid string of hexadecimal digits")))
}

fn kind(family: Family, arguments: Arguments<'_>) -> Result<LeaseKind, Answer> {
    let Some(node) = arguments.get("type") else { return Ok(family.pick(LeaseKind::V4, LeaseKind::Na)) };
    match (node.as_str(), node.as_integer()) {
        (Some("IA_NA" | "0"), _) | (_, Some(0)) => Ok(LeaseKind::Na),
        (Some("IA_PD" | "2"), _) | (_, Some(2)) => Ok(LeaseKind::Pd),
        (Some("V4" | "3"), _) | (_, Some(3)) => Ok(LeaseKind::V4),
        (Some(other), _) => Err(Answer::error(format!("Invalid lease type specified: {other}"))),
        (None, _) => Err(Answer::error("Invalid lease type specified")),
    }
}

/// A prefix is selected by its first address alone; addresses in memory are unique.
fn by_address(store: &LeaseStore, address: IpAddr, kind: LeaseKind) -> Option<Arc<Lease>> {
    match (address, kind) {
        (IpAddr::V4(address), _) => store.lease(Resource::V4(address)),
        (IpAddr::V6(address), LeaseKind::Pd) => prefix_at(store, address),
        (IpAddr::V6(address), LeaseKind::Na | LeaseKind::V4) => store.lease(Resource::V6(address)),
    }
}

fn prefix_at(store: &LeaseStore, address: Ipv6Addr) -> Option<Arc<Lease>> {
    (1..=128).find_map(|length| store.lease(Resource::Prefix(address, length)))
}
