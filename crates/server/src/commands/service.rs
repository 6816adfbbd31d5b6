//! Commands that switch the service and reclaim leases.

use std::time::Duration;

use control::{Access, Answer, Arguments, Entry};

use super::Served;
use crate::service::OriginId;
use crate::timers;

pub(super) const DHCP_DISABLE: Served = Entry {
    names: ["dhcp-disable"; 2],
    access: Access::Write,
    brief: "Switches the service off, for a time if one is given.",
    run: |server, family, arguments| {
        let period = match arguments.get("max-period") {
            None => None,
            Some(node) => {
                let seconds = node.as_integer().and_then(|seconds| u64::try_from(seconds).ok());
                let positive = seconds.filter(|seconds| *seconds > 0);
                Some(positive.ok_or_else(|| Answer::error("'max-period' must be positive integer"))?)
            }
        };
        server.service.disable(origin(arguments)?, period.map(Duration::from_secs));
        let service = format!("DHCPv{} service disabled", family.digit());
        Ok(Answer::success(match period {
            None => service,
            Some(seconds) => format!("{service} for {seconds} seconds"),
        }))
    },
};

pub(super) const DHCP_ENABLE: Served = Entry {
    names: ["dhcp-enable"; 2],
    access: Access::Write,
    brief: "Switches the service on.",
    run: |server, _, arguments| {
        server.service.enable(origin(arguments)?);
        Ok(Answer::success("DHCP service successfully enabled"))
    },
};

pub(super) const LEASES_RECLAIM: Served = Entry {
    names: ["leases-reclaim"; 2],
    access: Access::Write,
    brief: "Reclaims all ended leases at once, and removes them if asked to.",
    run: |server, _, arguments| {
        let missing = || Answer::error("Missing mandatory 'remove' parameter.");
        let node = arguments.get("remove").ok_or_else(missing)?;
        let remove = node.as_boolean().ok_or_else(|| Answer::error("'remove' parameter expected to be a boolean."))?;
        let running = server.running();
        timers::reclaim_all(server, &running, remove);
        Ok(Answer::success("Reclamation of expired leases is complete."))
    },
};

/// Reads whose switch is meant: a number wins over a name.
fn origin(arguments: Arguments<'_>) -> Result<OriginId, Answer> {
    if let Some(id) = arguments.integer::<u32>("origin-id")? {
        return Ok(OriginId(id));
    }
    let Some(node) = arguments.get("origin") else { return Ok(OriginId::USER) };
    match (node.as_str(), node.as_integer().map(u32::try_from)) {
        (Some("user"), _) => Ok(OriginId::USER),
        (Some("ha-partner"), _) => Ok(OriginId::PARTNER),
        (Some(other), _) => Err(Answer::error(format!("invalid value used for 'origin' parameter: {other}"))),
        (None, Some(Ok(id))) => Ok(OriginId(id)),
        (None, _) => Err(Answer::error("'origin' parameter must be a string or a number")),
    }
}
