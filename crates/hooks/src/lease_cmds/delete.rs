//! Leases deleted and wiped.

use std::sync::Arc;

use config::Fault;
use config::fields::ranged;
use control::{Access, Answer, Arguments, Entry};
use model::{Family, Lease, SubnetId};

use super::select::{Purpose, Selector};
use crate::desk::refusal;
use crate::{Desk, Served};

pub(super) const LEASE_DEL: Served = Entry {
    names: ["lease4-del", "lease6-del"],
    access: Access::Write,
    brief: "Deletes one lease.",
    run: |desk, family, arguments| {
        let selector = Selector::read(family, arguments.node(), Purpose::Delete)?;
        Ok(match delete(desk, family, &selector)? {
            Some(_) => Answer::success(format!("{family} lease deleted.")),
            None => Answer::empty(format!("{family} lease not found.")),
        })
    },
};

/// Deletes the lease that is meant, if there is one.
pub(super) fn delete(desk: &Desk, family: Family, selector: &Selector) -> Result<Option<Arc<Lease>>, Answer> {
    let store = desk.store(family);
    let Some(lease) = selector.find(&store)? else { return Ok(None) };
    match store.delete(lease.resource) {
        Ok(Some((lease, _))) => {
            desk.count([(Some(&*lease), None)]);
            Ok(Some(lease))
        }
        Ok(None) => Ok(None),
        Err(error) => Err(Answer::error(error.to_string())),
    }
}

pub(super) const LEASE_WIPE: Served = Entry {
    names: ["lease4-wipe", "lease6-wipe"],
    access: Access::Write,
    brief: "Deletes all leases, or those of a subnet.",
    run: wipe,
};

/// Deletes the leases of a subnet, or of all that are configured with the subnet id 0 or none.
fn wipe(desk: &Desk, family: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let wanted = match arguments.given() {
        None => None,
        Some(map) if map.as_map().is_none() => {
            return Err(refusal(Fault::at(map, "contains(string) called on a non-map Element in")));
        }
        Some(map) => ranged(map, "subnet-id").map_err(refusal)?.filter(|id| *id != 0).map(SubnetId),
    };
    let subnets = match wanted {
        Some(subnet) => vec![subnet],
        None => desk.subnets(family).iter().map(|subnet| subnet.id).collect(),
    };
    let store = desk.store(family);
    let mut wiped = 0_usize;
    for subnet in &subnets {
        let (leases, _) = store.wipe(Some(*subnet)).map_err(|error| Answer::error(error.to_string()))?;
        desk.count(leases.iter().map(|lease| (Some(&**lease), None)));
        wiped = wiped.saturating_add(leases.len());
    }
    let listed = subnets.iter().fold(String::new(), |listed, subnet| listed + " " + &subnet.to_string());
    let text = format!("Deleted {wiped} {family} lease(s) from subnet(s){listed}");
    Ok(if wiped == 0 { Answer::empty(text) } else { Answer::success(text) })
}
