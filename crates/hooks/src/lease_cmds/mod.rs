//! `libdhcp_lease_cmds.so`: leases looked up, made, changed, deleted and written by command.

mod change;
mod delete;
mod get;
mod hex;
mod input;
mod present;
mod resend;
mod select;
mod write;

use config::json::Node;
use control::{Answer, Arguments};

use crate::Served;

/// The file name of the Kea library this stands for.
pub const LIBRARY: &str = "libdhcp_lease_cmds.so";

/// The commands of the library.
pub(crate) const COMMANDS: &[&Served] = &[
    &change::LEASE_ADD,
    &change::LEASE_BULK_APPLY,
    &change::LEASE_UPDATE,
    &delete::LEASE_DEL,
    &delete::LEASE_WIPE,
    &get::LEASE_GET,
    &get::LEASE_GET_ALL,
    &get::LEASE_GET_BY_CLIENT_ID,
    &get::LEASE_GET_BY_DUID,
    &get::LEASE_GET_BY_HOSTNAME,
    &get::LEASE_GET_BY_HW_ADDRESS,
    &get::LEASE_GET_BY_STATE,
    &get::LEASE_GET_PAGE,
    &resend::LEASE_RESEND_DDNS,
    &write::LEASE_WRITE,
];

/// Insists on a map of arguments.
fn mapped(arguments: Arguments<'_>) -> Result<&Node, Answer> {
    let map = arguments.node().filter(|node| node.as_map().is_some());
    map.ok_or_else(|| Answer::error("Command arguments missing or a not a map."))
}
