//! Leases looked up.

use std::sync::Arc;

use control::{Access, Answer, Arguments};
use model::{Family, Lease, Resource, SubnetId};

use super::{Lookup, present, select};

pub(super) const LEASE_GET: Lookup = Lookup {
    names: ["lease4-get", "lease6-get"],
    access: Access::Read,
    brief: "Returns one lease.",
    run: |store, family, arguments| {
        Ok(match select::find(store, family, arguments)? {
            Some(lease) => Answer::success(format!("{family} lease found.")).with(|json| present::lease(&lease, json)),
            None => Answer::empty("Lease not found."),
        })
    },
};

pub(super) const LEASE_GET_ALL: Lookup = Lookup {
    names: ["lease4-get-all", "lease6-get-all"],
    access: Access::Read,
    brief: "Returns all leases, or those of some subnets.",
    run: |store, family, arguments| {
        let found = match arguments.node() {
            None => store.all(),
            Some(_) => subnets(arguments)?.into_iter().flat_map(|subnet| store.by_subnet(subnet)).collect(),
        };
        Ok(listed(family, &found, false))
    },
};

pub(super) const LEASE_GET_PAGE: Lookup = Lookup {
    names: ["lease4-get-page", "lease6-get-page"],
    access: Access::Read,
    brief: "Returns leases page by page, by address.",
    run: |store, family, arguments| {
        arguments.required_map()?;
        let missing = |key: &str| Answer::error(format!("'{key}' parameter not specified"));
        let from = arguments.text("from")?.ok_or_else(|| missing("from"))?;
        let start = start(family, from)?;
        let limit: usize = arguments.integer("limit")?.ok_or_else(|| missing("limit"))?;
        if limit == 0 {
            return Err(Answer::error("page size of retrieved leases must not be 0"));
        }
        Ok(listed(family, &store.page(start, limit), true))
    },
};

pub(super) const LEASE_GET_BY_DUID: Lookup = Lookup {
    names: ["", "lease6-get-by-duid"],
    access: Access::Read,
    brief: "Returns the leases of a client.",
    run: |store, family, arguments| {
        let duid = select::duid(&select::hexadecimal(arguments.required_text("duid")?)?)?;
        Ok(listed(family, &store.by_duid(&duid), false))
    },
};

pub(super) const LEASE_GET_BY_HOSTNAME: Lookup = Lookup {
    names: ["lease4-get-by-hostname", "lease6-get-by-hostname"],
    access: Access::Read,
    brief: "Returns the leases with a host name.",
    run: |store, family, arguments| {
        let name = arguments.required_text("hostname")?.to_ascii_lowercase();
        Ok(listed(family, &store.by_hostname(&name), false))
    },
};

fn listed(family: Family, leases: &[Arc<Lease>], paged: bool) -> Answer {
    present::leases(family, leases.iter().map(|lease| &**lease), paged)
}

fn subnets(arguments: Arguments<'_>) -> Result<Vec<SubnetId>, Answer> {
    let list = arguments.get("subnets").ok_or_else(|| Answer::error("'subnets' parameter not specified"))?;
    let list = list.as_list().ok_or_else(|| Answer::error("'subnets' parameter must be a list"))?;
    let ids = list.iter().map(|node| node.as_integer().and_then(|id| u32::try_from(id).ok()).map(SubnetId));
    ids.collect::<Option<_>>().ok_or_else(|| Answer::error("listed subnet identifiers must be numbers"))
}

/// Reads where a page starts: after an address, or at the start.
fn start(family: Family, from: &str) -> Result<Option<Resource>, Answer> {
    if from == "start" {
        return Ok(None);
    }
    let Ok(address) = from.parse::<std::net::IpAddr>() else {
        return Err(Answer::error(format!(
            "'from' parameter value is neither 'start' keyword nor a valid {family} address"
        )));
    };
    match (family, address) {
        (Family::V4, std::net::IpAddr::V4(address)) => Ok(Some(Resource::V4(address))),
        (Family::V6, std::net::IpAddr::V6(address)) => Ok(Some(Resource::V6(address))),
        _ => Err(Answer::error(format!("'from' parameter value {from} is not an {family} address"))),
    }
}
