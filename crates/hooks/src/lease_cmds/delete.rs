//! Leases deleted and wiped.

use control::{Access, Answer, Arguments};
use model::{Family, SubnetId};

use super::{Desk, Lookup, select};
use crate::StatisticName;

pub(super) const LEASE_DEL: Lookup = Lookup {
    names: ["lease4-del", "lease6-del"],
    access: Access::Write,
    brief: "Deletes one lease.",
    run: |store, family, arguments| {
        let missing = || Answer::empty(format!("{family} lease not found."));
        let lease = select::find(store, family, arguments)?.ok_or_else(missing)?;
        match store.delete(lease.resource) {
            Ok(Some(_)) => Ok(Answer::success(format!("{family} lease deleted."))),
            Ok(None) => Err(missing()),
            Err(error) => Err(Answer::error(error.to_string())),
        }
    },
};

/// Deletes the leases of a subnet, or all with the subnet id 0 or none.
pub(super) fn wipe(desk: &Desk<'_>, family: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let subnet = arguments.integer("subnet-id")?.filter(|id| *id != 0).map(SubnetId);
    let (wiped, _) = desk.store.wipe(subnet).map_err(|error| Answer::error(error.to_string()))?;
    let mut ids: Vec<SubnetId> = match subnet {
        Some(subnet) => vec![subnet],
        None => wiped.iter().map(|lease| lease.subnet).collect(),
    };
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        for name in family.pick(
            &["assigned-addresses", "declined-addresses"][..],
            &["assigned-nas", "assigned-pds", "declined-addresses"][..],
        ) {
            (desk.statistics)(StatisticName::Subnet(*id, name), 0);
        }
    }
    let listed: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let text = format!("Deleted {} {family} lease(s) from subnet(s) {}", wiped.len(), listed.join(" "));
    Ok(if wiped.is_empty() { Answer::empty(text) } else { Answer::success(text) })
}
