//! `libdhcp_lease_cmds.so`: leases looked up, deleted and wiped by command.

mod delete;
mod get;
mod present;
mod select;

use std::sync::Arc;

use control::catalogue::{Entry, dispatch};
use control::{Answer, Command};
use model::Family;
use store::LeaseStore;

use crate::StatisticName;

/// The file name of the Kea library this stands for.
pub const LIBRARY: &str = "libdhcp_lease_cmds.so";

/// What the commands work on.
pub struct Desk<'a> {
    /// The leases.
    pub store: Arc<LeaseStore>,
    /// Sets a statistic.
    pub statistics: &'a dyn Fn(StatisticName, i64),
}

/// Looks something up.
type Lookup = Entry<LeaseStore>;

const LOOKUPS: &[&Lookup] = &[
    &delete::LEASE_DEL,
    &get::LEASE_GET,
    &get::LEASE_GET_ALL,
    &get::LEASE_GET_BY_DUID,
    &get::LEASE_GET_BY_HOSTNAME,
    &get::LEASE_GET_PAGE,
];

/// The names of the command that also sets statistics.
const LEASE_WIPE: [&str; 2] = ["lease4-wipe", "lease6-wipe"];

/// Carries out a command of the library; `None` if it has no such command.
pub fn run(desk: &Desk<'_>, own: Family, command: &Command) -> Option<Answer> {
    if command.name == own.pick(LEASE_WIPE[0], LEASE_WIPE[1]) {
        let arguments = control::Arguments::new(&command.name, command.arguments.as_ref());
        return Some(delete::wipe(desk, own, arguments).unwrap_or_else(|error| error));
    }
    dispatch(LOOKUPS, &*desk.store, own, command)
}

/// Lists the commands of the library for a family.
pub fn names(family: Family) -> impl Iterator<Item = &'static str> {
    let lookups = LOOKUPS.iter().map(move |entry| family.pick(entry.names[0], entry.names[1]));
    lookups.filter(|name| !name.is_empty()).chain([family.pick(LEASE_WIPE[0], LEASE_WIPE[1])])
}
