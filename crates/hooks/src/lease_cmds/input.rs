//! A lease as commands describe it, checked in the order Kea looks at the parts.

use std::net::IpAddr;

use config::fields::{flag, integer, ranged, text};
use config::json::{Entry, Node, Value, print};
use control::Answer;
use model::{Family, Lease, LeaseState, MacSource, Owner, Prefix, Resource, Seconds, Subnet, SubnetId, UnixTime};
use wire::{Duid, HardwareAddress};

use super::{hex, select};
use crate::desk::{Desk, refusal};

/// A lease that a command describes.
pub(super) struct Described {
    pub(super) lease: Lease,
    /// Whether an update may make it.
    pub(super) force_create: bool,
}

/// Reads a lease.
///
/// # Errors
/// The answer that says what is wrong.
pub(super) fn lease(desk: &Desk, family: Family, map: &Node) -> Result<Described, Answer> {
    config::fields::map(map).map_err(refusal)?;
    let address = address(family, map)?;
    let holder = Holder::read(family, map)?;
    let (subnet, pool) = place(desk, family, map, address, holder.length())?;
    let (owner, length) = holder.finish(map)?;
    let times = Times::read(desk, subnet, map, address)?;
    let names = Names::read(map)?;
    let state = state(map, length.is_some())?;
    let user_context = user_context(map)?;
    let resource = resource(address, length)?;
    let force_create = flag(map, "force-create").map_err(refusal)?.unwrap_or(false);
    let lease = Lease {
        resource,
        owner,
        subnet: subnet.id,
        pool,
        state,
        cltt: times.cltt,
        valid: times.valid,
        preferred: family.pick(Seconds(0), times.preferred),
        hostname: names.hostname,
        fqdn_fwd: names.fwd,
        fqdn_rev: names.rev,
        user_context,
    };
    Ok(Described { lease, force_create })
}

/// Says why nobody could hold such a lease; `None` if somebody can.
pub(super) fn anonymous(lease: &Lease) -> Option<String> {
    let address = lease.resource.address();
    let state = lease.state;
    match &lease.owner {
        _ if state == LeaseState::Declined => None,
        Owner::V4 { hw, client_id } if hw.is_none() && client_id.is_empty() => {
            Some(format!("Lease4: {address}, state: {state} has neither hardware address or client id"))
        }
        Owner::V6 { duid, .. } if *duid == Duid::empty() => {
            Some(format!("Lease6: {address}, state: {state}, has no DUID"))
        }
        Owner::V4 { .. } | Owner::V6 { .. } => None,
    }
}

fn missing(map: &Node, key: &str) -> Answer {
    Answer::error(format!("missing parameter '{key}' ({})", map.span))
}

fn required_text<'n>(map: &'n Node, key: &str) -> Result<&'n str, Answer> {
    text(map, key).map_err(refusal)?.ok_or_else(|| missing(map, key))
}

fn address(family: Family, map: &Node) -> Result<IpAddr, Answer> {
    let written = required_text(map, "ip-address")?;
    let Ok(address) = written.parse::<IpAddr>() else {
        let span = map.get("ip-address").map(|node| node.span.to_string()).unwrap_or_default();
        let why = select::unconvertible(written);
        return Err(Answer::error(format!("Failed to convert '{written}' to address: {why}({span})")));
    };
    if address.is_ipv4() == (family == Family::V4) {
        Ok(address)
    } else {
        Err(Answer::error(format!("Non-{family} address specified: {address}")))
    }
}

/// Who holds a lease, as far as Kea reads that before the subnet.
enum Holder {
    V4 { hw: Option<HardwareAddress> },
    V6 { duid: Duid, length: Option<u8> },
}

impl Holder {
    fn read(family: Family, map: &Node) -> Result<Self, Answer> {
        match family {
            Family::V4 => Ok(Self::V4 { hw: hardware(required_text(map, "hw-address")?)? }),
            Family::V6 => {
                let duid = select::duid(&select::duid_octets(required_text(map, "duid")?)?)?;
                Ok(Self::V6 { duid, length: prefix_length(map)? })
            }
        }
    }

    /// Gives the length of a prefix; `None` for an address.
    const fn length(&self) -> Option<u8> {
        match self {
            Self::V4 { .. } => None,
            Self::V6 { length, .. } => *length,
        }
    }

    /// Reads the rest of the holder.
    fn finish(self, map: &Node) -> Result<(Owner, Option<u8>), Answer> {
        match self {
            Self::V4 { hw } => {
                let written = text(map, "client-id").map_err(refusal)?;
                let client_id = written.map(select::client_id).transpose()?.unwrap_or_default().into_boxed_slice();
                Ok((Owner::V4 { hw, client_id }, None))
            }
            Self::V6 { duid, length } => {
                let iaid = ranged(map, "iaid").map_err(refusal)?.ok_or_else(|| missing(map, "iaid"))?;
                let written = text(map, "hw-address").map_err(refusal)?;
                let octets = written.map(hex::hardware).transpose()?;
                let hw = octets.map(|octets| (HardwareAddress::ethernet(&octets), MacSource::Unknown));
                Ok((Owner::V6 { duid, iaid, hw }, length))
            }
        }
    }
}

fn hardware(written: &str) -> Result<Option<HardwareAddress>, Answer> {
    let octets = hex::hardware(written)?;
    Ok((!octets.is_empty()).then(|| HardwareAddress::ethernet(&octets)))
}

fn prefix_length(map: &Node) -> Result<Option<u8>, Answer> {
    match text(map, "type").map_err(refusal)? {
        None | Some("IA_NA") => Ok(None),
        Some("IA_PD") => {
            let length = ranged(map, "prefix-len").map_err(refusal)?;
            length.map(Some).ok_or_else(|| missing(map, "prefix-len"))
        }
        // Kea: takes temporary addresses, which it never gives.
        Some(other) => {
            let why = "the only supported values are: IA_NA and IA_PD";
            Err(Answer::error(format!("Incorrect lease type: {other}, {why}")))
        }
    }
}

/// Finds the subnet, by its number or else by the address, and reads the pool id.
fn place<'d>(
    desk: &'d Desk,
    family: Family,
    map: &Node,
    address: IpAddr,
    length: Option<u8>,
) -> Result<(&'d Subnet, u32), Answer> {
    let id: u32 = ranged(map, "subnet-id").map_err(refusal)?.unwrap_or(0);
    let pool = ranged(map, "pool-id").map_err(refusal)?.unwrap_or(0);
    let subnets = desk.subnets(family);
    let found = if id != 0 {
        subnets.iter().find(|subnet| subnet.id == SubnetId(id)).ok_or_else(|| {
            let why = format!("No {family} subnet with subnet-id={id} currently configured.");
            Answer::conflict(format!("Invalid subnet-id: {why}"))
        })
    } else if length.is_some() {
        let why = "This is allowed for address leases only, not prefix leases.";
        Err(Answer::error(format!("Subnet-id is 0 or not specified. {why}")))
    } else {
        subnets.iter().find(|subnet| subnet.prefix.contains(address)).ok_or_else(|| {
            let why = format!("failed to find a subnet for address {address}");
            Answer::conflict(format!("subnet-id not specified and {why}"))
        })
    };
    let subnet = found?;
    if length.is_none() && !subnet.prefix.contains(address) {
        let why = format!("does not belong to subnet {}, subnet-id={id}", subnet.prefix);
        return Err(Answer::conflict(format!("The address {address} {why}")));
    }
    Ok((subnet, pool))
}

struct Times {
    cltt: UnixTime,
    valid: Seconds,
    preferred: Seconds,
}

impl Times {
    /// Kea: the preferred lifetime is by default the subnet's valid one.
    fn read(desk: &Desk, subnet: &Subnet, map: &Node, address: IpAddr) -> Result<Self, Answer> {
        let default = subnet.times.valid.default;
        let valid = ranged(map, "valid-lft").map_err(refusal)?.map_or(default, Seconds);
        let preferred = match subnet.prefix.address {
            IpAddr::V4(_) => default,
            IpAddr::V6(_) => ranged(map, "preferred-lft").map_err(refusal)?.map_or(default, Seconds),
        };
        let cltt = match integer(map, "expire").map_err(refusal)? {
            None => desk.now,
            Some(expire) if expire <= 0 => {
                return Err(Answer::error(format!("expiration time must be positive for address {address}")));
            }
            Some(expire) if expire < i128::from(valid.0) => {
                let why = "expiration time must be greater than valid lifetime";
                return Err(Answer::error(format!("{why} for address {address}")));
            }
            Some(expire) => UnixTime(i64::try_from(expire - i128::from(valid.0)).unwrap_or(i64::MAX)),
        };
        Ok(Self { cltt, valid, preferred })
    }
}

struct Names {
    fwd: bool,
    rev: bool,
    hostname: Box<str>,
}

impl Names {
    fn read(map: &Node) -> Result<Self, Answer> {
        let fwd = flag(map, "fqdn-fwd").map_err(refusal)?.unwrap_or(false);
        let rev = flag(map, "fqdn-rev").map_err(refusal)?.unwrap_or(false);
        let hostname = text(map, "hostname").map_err(refusal)?.unwrap_or_default().to_ascii_lowercase();
        if hostname.is_empty() && (fwd || rev) {
            let why = "No hostname specified and either forward or reverse fqdn was set to true.";
            return Err(Answer::error(why));
        }
        Ok(Self { fwd, rev, hostname: hostname.into() })
    }
}

fn state(map: &Node, is_prefix: bool) -> Result<LeaseState, Answer> {
    let number: u8 = ranged(map, "state").map_err(refusal)?.unwrap_or(0);
    let Some(state) = LeaseState::from_number(number.into()) else {
        let known = "0 (default), 1 (declined), 2 (expired-reclaimed), 3 (released) and 4 (registered)";
        return Err(Answer::error(format!("Invalid state value: {number}, supported values are: {known}")));
    };
    if is_prefix && state == LeaseState::Declined {
        return Err(Answer::error("Invalid declined state for PD prefix."));
    }
    Ok(state)
}

/// Reads the user context with the comment, which becomes a part of it.
fn user_context(map: &Node) -> Result<Box<str>, Answer> {
    let context = map.get("user-context");
    if let Some(node) = context.filter(|node| node.as_map().is_none()) {
        return Err(Answer::error(format!("Invalid user context '{}' is not a JSON map.", print::compact(node))));
    }
    let mut entries: Vec<Entry> = context.and_then(Node::as_map).unwrap_or_default().to_vec();
    let comment = map.as_map().unwrap_or_default().iter().find(|entry| entry.key == "comment");
    if let Some(comment) = comment {
        if let Some(context) = context.filter(|context| context.get("comment").is_some()) {
            let (comment, context) = (print::compact(&comment.value), print::compact(context));
            return Err(Answer::error(format!("Duplicated comment entry '{comment}' in user context '{context}'")));
        }
        entries.push(comment.clone());
    }
    if entries.is_empty() {
        return Ok(Box::default());
    }
    Ok(print::compact(&Node { value: Value::Map(entries), span: map.span.clone() }).into())
}

fn resource(address: IpAddr, length: Option<u8>) -> Result<Resource, Answer> {
    match (address, length) {
        (IpAddr::V4(address), _) => Ok(Resource::V4(address)),
        (IpAddr::V6(address), None) => Ok(Resource::V6(address)),
        (IpAddr::V6(_), Some(length @ (0 | 129..))) => Err(Answer::error(format!("Invalid prefix length: {length}"))),
        (IpAddr::V6(first), Some(length)) => {
            let prefix = Prefix { address, length };
            if prefix.range().first_address() == address {
                Ok(Resource::Prefix(first, length))
            } else {
                let pair = format!("{}/{length}", prefix.range().first_address());
                Err(Answer::error(format!("Prefix address: {first} exceeds prefix/prefix-len pair: {pair}")))
            }
        }
    }
}
