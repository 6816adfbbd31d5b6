//! A lease as commands show it.

use std::fmt::Write;
use std::net::IpAddr;

use control::json::{JsonText, write_string};
use control::{Answer, Ending, ResultCode};
use model::{Family, Lease, LeaseKind, Owner};
use wire::hwaddr::write_hex;

/// Writes a lease as a map, keys in alphabetical order.
pub(super) fn lease(lease: &Lease, json: &mut JsonText) {
    json.by_hand(|text| write(lease, text));
}

/// Appends a lease as a map, keys in alphabetical order: a million of them are written by one command.
pub(super) fn write(lease: &Lease, text: &mut String) {
    let kind = lease.kind();
    text.push_str("{ ");
    if let Owner::V4 { client_id, .. } = &lease.owner
        && !client_id.is_empty()
    {
        quoted(text, "\"client-id\": \"", |text| write_hex(text, client_id));
    }
    number(text, "\"cltt\": ", lease.cltt.0);
    if let Owner::V6 { duid, .. } = &lease.owner {
        quoted(text, "\"duid\": \"", |text| write_hex(text, duid.octets()));
    }
    truth(text, "\"fqdn-fwd\": ", lease.fqdn_fwd);
    truth(text, "\"fqdn-rev\": ", lease.fqdn_rev);
    text.push_str("\"hostname\": ");
    write_string(text, &lease.hostname);
    text.push_str(", ");
    owner(&lease.owner, text);
    quoted(text, "\"ip-address\": \"", |text| address(text, lease.resource.address()));
    if lease.pool != 0 {
        number(text, "\"pool-id\": ", lease.pool);
    }
    if kind != LeaseKind::V4 {
        number(text, "\"preferred-lft\": ", lease.preferred.0);
    }
    if kind == LeaseKind::Pd {
        number(text, "\"prefix-len\": ", lease.resource.length());
    }
    number(text, "\"state\": ", lease.state.number());
    number(text, "\"subnet-id\": ", lease.subnet.0);
    if kind != LeaseKind::V4 {
        quoted(text, "\"type\": \"", |text| text.write_str(kind.name()));
    }
    if !lease.user_context.is_empty() {
        text.push_str("\"user-context\": ");
        text.push_str(&lease.user_context);
        text.push_str(", ");
    }
    text.push_str("\"valid-lft\": ");
    decimal(text, lease.valid.0.into());
    text.push_str(" }");
}

fn owner(owner: &Owner, text: &mut String) {
    let hardware =
        |octets: &[u8], text: &mut String| quoted(text, "\"hw-address\": \"", |text| write_hex(text, octets));
    match owner {
        Owner::V4 { hw, .. } => hardware(hw.as_ref().map_or(&[], |hw| &hw.octets), text),
        Owner::V6 { iaid, hw, .. } => {
            if let Some((hw, _)) = hw {
                hardware(&hw.octets, text);
            }
            number(text, "\"iaid\": ", *iaid);
        }
    }
}

/// Appends a key, with its colon and the first quote, and a value that needs no escapes.
fn quoted(text: &mut String, key: &str, value: impl FnOnce(&mut String) -> std::fmt::Result) {
    text.push_str(key);
    // Writing to a `String` cannot fail.
    let _infallible = value(text);
    text.push_str("\", ");
}

fn truth(text: &mut String, key: &str, value: bool) {
    text.push_str(key);
    text.push_str(if value { "true, " } else { "false, " });
}

fn number(text: &mut String, key: &str, value: impl Into<i64>) {
    text.push_str(key);
    decimal(text, value.into());
    text.push_str(", ");
}

/// Appends a number, faster than formatting does.
fn decimal(text: &mut String, number: i64) {
    let mut digits = ['0'; 20];
    let (mut left, mut count) = (number.unsigned_abs(), 0_usize);
    if number < 0 {
        text.push('-');
    }
    for slot in digits.iter_mut().rev() {
        *slot = u8::try_from(left % 10).ok().map_or('0', |digit| char::from(b'0'.saturating_add(digit)));
        left /= 10;
        count += 1;
        if left == 0 {
            break;
        }
    }
    text.extend(digits.iter().skip(digits.len() - count));
}

/// Appends an address; IPv4 addresses are plain numbers with dots.
fn address(text: &mut String, address: IpAddr) -> std::fmt::Result {
    let IpAddr::V4(address) = address else { return write!(text, "{address}") };
    for (at, octet) in address.octets().into_iter().enumerate() {
        if at > 0 {
            text.push('.');
        }
        decimal(text, octet.into());
    }
    Ok(())
}

/// Answers with leases; `paged` also says how many.
pub(super) fn leases<'a>(family: Family, leases: impl ExactSizeIterator<Item = &'a Lease>, paged: bool) -> Answer {
    let count = leases.len();
    let Ending { result, text } = found(family, count);
    Answer::new(result, text.unwrap_or_default()).with(|json| {
        json.map(|map| {
            if paged {
                map.key("count").literal(count);
            }
            map.key("leases").list(|list| leases.for_each(|found| lease(found, list)));
        });
    })
}

/// Says that so many leases were found.
pub(super) fn found(family: Family, count: usize) -> Ending {
    let result = if count == 0 { ResultCode::Empty } else { ResultCode::Success };
    Ending { result, text: Some(format!("{count} {family} lease(s) found.")) }
}
