//! A lease as commands show it.

use control::json::JsonText;
use control::{Answer, ResultCode};
use model::{Family, Lease, LeaseKind, Owner, Seconds};

/// Writes a lease as a map, keys in alphabetical order.
pub(super) fn lease(lease: &Lease, json: &mut JsonText) {
    json.map(|map| {
        if let Owner::V4 { client_id, .. } = &lease.owner
            && !client_id.is_empty()
        {
            map.key("client-id").string(&hexadecimal(client_id));
        }
        map.key("cltt").literal(lease.cltt.0);
        if let Owner::V6 { duid, .. } = &lease.owner {
            map.key("duid").string(&duid.to_string());
        }
        map.key("fqdn-fwd").literal(lease.fqdn_fwd);
        map.key("fqdn-rev").literal(lease.fqdn_rev);
        map.key("hostname").string(&lease.hostname);
        owner(&lease.owner, map);
        map.key("ip-address").string(&lease.resource.address().to_string());
        if lease.pool != 0 {
            map.key("pool-id").literal(lease.pool);
        }
        if lease.kind() != LeaseKind::V4 {
            map.key("preferred-lft").literal(lease.preferred);
        }
        if lease.kind() == LeaseKind::Pd {
            map.key("prefix-len").literal(lease.resource.length());
        }
        map.key("state").literal(lease.state.number());
        map.key("subnet-id").literal(lease.subnet);
        if lease.kind() != LeaseKind::V4 {
            map.key("type").string(lease.kind().name());
        }
        if !lease.user_context.is_empty() {
            map.key("user-context").raw(&lease.user_context);
        }
        map.key("valid-lft").literal(Seconds(lease.valid.0));
    });
}

fn owner(owner: &Owner, map: &mut JsonText) {
    match owner {
        Owner::V4 { hw, .. } => {
            map.key("hw-address").string(&hw.as_ref().map(ToString::to_string).unwrap_or_default());
        }
        Owner::V6 { iaid, hw, .. } => {
            if let Some((hw, _)) = hw {
                map.key("hw-address").string(&hw.to_string());
            }
            map.key("iaid").literal(iaid);
        }
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _infallible = wire::hwaddr::write_hex(&mut text, octets);
    text
}

/// Answers with leases; `paged` also says how many.
pub(super) fn leases<'a>(family: Family, leases: impl ExactSizeIterator<Item = &'a Lease>, paged: bool) -> Answer {
    let count = leases.len();
    let result = if count == 0 { ResultCode::Empty } else { ResultCode::Success };
    Answer::new(result, format!("{count} {family} lease(s) found.")).with(|json| {
        json.map(|map| {
            if paged {
                map.key("count").literal(count);
            }
            map.key("leases").list(|list| leases.for_each(|found| lease(found, list)));
        });
    })
}
