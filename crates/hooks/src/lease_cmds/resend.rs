//! The DNS entries of a lease asked for again.

use std::net::IpAddr;

use control::{Access, Answer, Entry};
use model::{Family, Resource};

use crate::Served;
use crate::desk::refusal;

pub(super) const LEASE_RESEND_DDNS: Served = Entry {
    names: ["lease4-resend-ddns", "lease6-resend-ddns"],
    access: Access::Write,
    brief: "Sends the DNS updates of a lease again.",
    run: |desk, family, arguments| {
        // Kea: ends with a segmentation fault where there are no arguments.
        let missing = || Answer::error("'ip-address' parameter is missing.");
        let map = config::fields::map(arguments.given().ok_or_else(missing)?).map_err(refusal)?;
        let node = map.get("ip-address").ok_or_else(missing)?;
        let text = node.as_str().ok_or_else(|| Answer::error("'ip-address' is not a string."))?;
        let resource = match (family, text.parse::<IpAddr>()) {
            (Family::V4, Ok(IpAddr::V4(address))) => Resource::V4(address),
            (Family::V6, Ok(IpAddr::V6(address))) => Resource::V6(address),
            (_, Ok(address)) => return Err(Answer::error(format!("Invalid {family} address specified: {address}"))),
            (_, Err(_)) => return Err(Answer::error(format!("'{text}' is not a valid IP address."))),
        };
        if !desk.configuration.model.settings.ddns_enabled {
            return Err(Answer::conflict("DDNS updating is not enabled"));
        }
        let store = desk.store(family);
        let lease = store.lease(resource).ok_or_else(|| Answer::empty(format!("No lease found for: {text}")))?;
        if lease.hostname.is_empty() {
            return Err(Answer::conflict(format!("Lease for: {text}, has no hostname, nothing to update")));
        }
        if !lease.fqdn_fwd && !lease.fqdn_rev {
            let why = "Neither forward nor reverse updates enabled for lease for";
            return Err(Answer::conflict(format!("{why}: {text}")));
        }
        Err(Answer::error(format!("name change requests are not sent yet, none for: {text}")))
    },
};
