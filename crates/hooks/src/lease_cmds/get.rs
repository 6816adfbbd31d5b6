//! Leases looked up.

use std::net::IpAddr;
use std::sync::Arc;

use config::json::Node;
use control::{Access, Answer, Arguments, Ending, Entry, Pieces};
use engine::ClientKey;
use model::{Family, Lease, LeaseState, Resource, SubnetId};
use store::{LeaseStore, Row};
use wire::HardwareAddress;

use super::select::{self, Purpose, Selector};
use super::{hex, present};
use crate::Served;
use crate::desk::refusal;

pub(super) const LEASE_GET: Served = Entry {
    names: ["lease4-get", "lease6-get"],
    access: Access::Read,
    brief: "Returns one lease.",
    run: |desk, family, arguments| {
        let selector = Selector::read(family, arguments.node(), Purpose::Query)?;
        Ok(match selector.find(&desk.store(family))? {
            Some(lease) => Answer::success(format!("{family} lease found.")).with(|json| present::lease(&lease, json)),
            None => Answer::empty("Lease not found."),
        })
    },
};

pub(super) const LEASE_GET_ALL: Served = Entry {
    names: ["lease4-get-all", "lease6-get-all"],
    access: Access::Read,
    brief: "Returns all leases, or those of some subnets.",
    run: |desk, family, arguments| {
        let store = desk.store(family);
        Ok(Answer::long(match arguments.given() {
            None => Listing::all(store, None),
            Some(map) => Listing::of(store, subnets(map)?, None),
        }))
    },
};

pub(super) const LEASE_GET_PAGE: Served = Entry {
    names: ["lease4-get-page", "lease6-get-page"],
    access: Access::Read,
    brief: "Returns leases page by page, by address.",
    run: |desk, family, arguments| {
        let none = || Answer::error(format!("no parameters specified for the {} command", arguments.command()));
        let map = config::fields::map(arguments.given().ok_or_else(none)?).map_err(refusal)?;
        let start = start(family, text(map, "from")?)?;
        let limit = map.get("limit").ok_or_else(|| unspecified("limit"))?;
        let limit = limit.as_integer().ok_or_else(|| Answer::error("'limit' parameter must be a number"))?;
        let limit = match u32::try_from(limit) {
            Ok(0) => return Err(Answer::error("page size of retrieved leases must not be 0")),
            Ok(limit) => usize::try_from(limit).unwrap_or(usize::MAX),
            Err(_) => {
                let most = u32::MAX;
                return Err(Answer::error(format!("page size of retrieved leases must not be greater than {most}")));
            }
        };
        Ok(page(&desk.store(family), start, limit))
    },
};

pub(super) const LEASE_GET_BY_CLIENT_ID: Served = Entry {
    names: ["lease4-get-by-client-id", ""],
    access: Access::Read,
    brief: "Returns the leases with a client identifier.",
    run: |desk, family, arguments| {
        let octets = select::client_id(key(arguments, "client-id")?)?;
        Ok(listed(family, &desk.store(family).leases_of(ClientKey::ClientId(&octets))))
    },
};

pub(super) const LEASE_GET_BY_DUID: Served = Entry {
    names: ["", "lease6-get-by-duid"],
    access: Access::Read,
    brief: "Returns the leases of a client.",
    run: |desk, family, arguments| {
        let duid = select::duid(&select::duid_octets(key(arguments, "duid")?)?)?;
        Ok(listed(family, &desk.store(family).by_duid(&duid)))
    },
};

pub(super) const LEASE_GET_BY_HOSTNAME: Served = Entry {
    names: ["lease4-get-by-hostname", "lease6-get-by-hostname"],
    access: Access::Read,
    brief: "Returns the leases with a host name.",
    run: |desk, family, arguments| {
        let name = key(arguments, "hostname")?.to_ascii_lowercase();
        if name.is_empty() {
            return Err(Answer::error("'hostname' parameter is empty"));
        }
        Ok(listed(family, &desk.store(family).by_hostname(&name)))
    },
};

pub(super) const LEASE_GET_BY_HW_ADDRESS: Served = Entry {
    // Kea: the second since 3.1.
    names: ["lease4-get-by-hw-address", "lease6-get-by-hw-address"],
    access: Access::Read,
    brief: "Returns the leases with a hardware address.",
    run: |desk, family, arguments| {
        let octets = hex::hardware(key(arguments, "hw-address")?)?;
        Ok(listed(family, &desk.store(family).by_hw(&HardwareAddress::ethernet(&octets))))
    },
};

/// Kea: since 3.1.
pub(super) const LEASE_GET_BY_STATE: Served = Entry {
    names: ["lease4-get-by-state", "lease6-get-by-state"],
    access: Access::Read,
    brief: "Returns the leases in a state, of one subnet or all.",
    run: |desk, family, arguments| {
        let map = super::mapped(arguments)?;
        let state = state(map.get("state").ok_or_else(|| unspecified("state"))?)?;
        let subnet = config::fields::ranged(map, "subnet-id").map_err(refusal)?.filter(|id| *id != 0).map(SubnetId);
        let store = desk.store(family);
        Ok(Answer::long(match subnet {
            None => Listing::all(store, Some(state)),
            Some(subnet) => Listing::of(store, vec![subnet], Some(state)),
        }))
    },
};

/// Leases written before others may use the store: packets wait no longer than that takes.
const PAGE: usize = 256;

/// About how many octets a lease takes as text.
const WRITTEN: usize = 256;

/// Many leases, written page by page.
///
/// Kea: holds them all in memory with their text, and serves nobody meanwhile. What comes or goes while the answer is
/// written may be in it or not.
struct Listing {
    store: Arc<LeaseStore>,
    rest: Rest,
    /// The only state wanted.
    state: Option<LeaseState>,
    begun: bool,
    count: usize,
}

/// What is still to be written.
enum Rest {
    /// All that comes behind a lease.
    After(Option<Resource>),
    /// The leases of subnets, the last one first, with what is left of the one begun.
    Of(Vec<SubnetId>, std::vec::IntoIter<Resource>),
}

impl Listing {
    fn all(store: Arc<LeaseStore>, state: Option<LeaseState>) -> Self {
        Self { store, rest: Rest::After(None), state, begun: false, count: 0 }
    }

    fn of(store: Arc<LeaseStore>, mut subnets: Vec<SubnetId>, state: Option<LeaseState>) -> Self {
        subnets.reverse();
        let rest = Rest::Of(subnets, Vec::new().into_iter());
        Self { store, rest, state, begun: false, count: 0 }
    }

    /// Writes the next leases; says whether there can be more.
    fn write(&mut self, text: &mut String) -> bool {
        let (count, state) = (&mut self.count, self.state.map(LeaseState::number));
        let mut visit = |row: &Row<'_>| {
            if state.is_none_or(|state| state == row.state) {
                text.push_str(if *count > 0 { ", " } else { "" });
                *count += 1;
                present::write(row, text);
            }
        };
        match &mut self.rest {
            Rest::After(last) => {
                *last = self.store.walk(*last, PAGE, &mut visit);
                last.is_some()
            }
            Rest::Of(subnets, resources) => {
                let page: Vec<Resource> = resources.take(PAGE).collect();
                self.store.show(&page, &mut visit);
                if page.len() < PAGE {
                    let Some(next) = subnets.pop() else { return false };
                    *resources = self.store.resources_of(next).into_iter();
                }
                true
            }
        }
    }
}

impl Pieces for Listing {
    fn next(&mut self, text: &mut String) -> Option<Ending> {
        if !self.begun {
            self.begun = true;
            text.push_str("{ \"leases\": [ ");
        }
        if self.write(text) {
            return None;
        }
        text.push_str(" ] }");
        Some(present::found(self.store.family(), self.count))
    }
}

/// Answers with the leases behind one, or with the first ones.
fn page(store: &LeaseStore, start: Option<Resource>, limit: usize) -> Answer {
    let (mut text, mut count, mut last) = (String::with_capacity(limit.min(PAGE) * WRITTEN), 0_usize, start);
    while count < limit {
        let behind = store.walk(last, PAGE.min(limit - count), &mut |row| {
            text.push_str(if count > 0 { ", " } else { "" });
            count += 1;
            present::write(row, &mut text);
        });
        let Some(behind) = behind else { break };
        last = Some(behind);
    }
    present::page(store.family(), count, text)
}

/// Reads a state by its number or name.
fn state(node: &Node) -> Result<LeaseState, Answer> {
    let number = match node.as_str() {
        Some("assigned") => Some(LeaseState::Assigned.number()),
        Some(name) => {
            (0..).map_while(LeaseState::from_number).find(|state| state.to_string() == name).map(LeaseState::number)
        }
        None => node.as_integer().and_then(|number| u32::try_from(number).ok()),
    };
    let wrong = || Answer::error(format!("Invalid state value: {}", config::json::print::compact(node)));
    number.and_then(LeaseState::from_number).ok_or_else(wrong)
}

fn listed(family: Family, leases: &[Arc<Lease>]) -> Answer {
    present::leases(family, leases.iter().map(|lease| &**lease))
}

fn unspecified(key: &str) -> Answer {
    Answer::error(format!("'{key}' parameter not specified"))
}

/// Reads the one text that leases are looked up by.
fn key<'a>(arguments: Arguments<'a>, key: &str) -> Result<&'a str, Answer> {
    text(super::mapped(arguments)?, key)
}

fn text<'n>(map: &'n Node, key: &str) -> Result<&'n str, Answer> {
    let node = map.get(key).ok_or_else(|| unspecified(key))?;
    node.as_str().ok_or_else(|| Answer::error(format!("'{key}' parameter must be a string")))
}

/// Kea: numbers that no subnet can have find nothing.
fn subnets(map: &Node) -> Result<Vec<SubnetId>, Answer> {
    let map = config::fields::map(map).map_err(refusal)?;
    let list = map.get("subnets").ok_or_else(|| unspecified("subnets"))?;
    let list = list.as_list().ok_or_else(|| Answer::error("'subnets' parameter must be a list"))?;
    let numbers: Option<Vec<i128>> = list.iter().map(Node::as_integer).collect();
    let numbers = numbers.ok_or_else(|| Answer::error("listed subnet identifiers must be numbers"))?;
    Ok(numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).map(SubnetId).collect())
}

/// Reads where a page starts: after an address, or at the start.
fn start(family: Family, from: &str) -> Result<Option<Resource>, Answer> {
    if from == "start" {
        return Ok(None);
    }
    let Ok(address) = from.parse::<IpAddr>() else {
        return Err(Answer::error(format!(
            "'from' parameter value is neither 'start' keyword nor a valid {family} address"
        )));
    };
    match (family, address) {
        (Family::V4, IpAddr::V4(address)) => Ok(Some(Resource::V4(address))),
        (Family::V6, IpAddr::V6(address)) => Ok(Some(Resource::V6(address))),
        _ => Err(Answer::error(format!("'from' parameter value {from} is not an {family} address"))),
    }
}
