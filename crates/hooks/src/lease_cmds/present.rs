//! A lease as commands show it.

use std::fmt::Write;
use std::net::IpAddr;

use control::json::{JsonText, write_string};
use control::{Answer, Ending, ResultCode};
use model::{Family, Lease, LeaseKind};
use store::Row;
use wire::hwaddr::write_hex;

/// A prefix, as rows say it.
const IA_PD: u32 = 2;

/// Writes a lease as a map, keys in alphabetical order.
pub(super) fn lease(lease: &Lease, json: &mut JsonText) {
    json.by_hand(|text| write(&Row::of_lease(lease), text));
}

/// Appends a lease as a map, keys in alphabetical order: a million of them are written by one command.
pub(super) fn write(lease: &Row<'_>, text: &mut String) {
    let is_v4 = lease.address.is_ipv4();
    let is_prefix = !is_v4 && lease.lease_type == IA_PD;
    text.push_str("{ ");
    if is_v4 && !lease.client.is_empty() {
        quoted(text, "\"client-id\": \"", |text| write_hex(text, lease.client));
    }
    number(text, "\"cltt\": ", lease.cltt);
    if !is_v4 {
        quoted(text, "\"duid\": \"", |text| write_hex(text, lease.client));
    }
    truth(text, "\"fqdn-fwd\": ", lease.fqdn_fwd);
    truth(text, "\"fqdn-rev\": ", lease.fqdn_rev);
    text.push_str("\"hostname\": ");
    write_string(text, lease.hostname);
    text.push_str(", ");
    if is_v4 || lease.hw.is_some() {
        let octets = lease.hw.map_or(&[][..], |(_, octets)| octets);
        quoted(text, "\"hw-address\": \"", |text| write_hex(text, octets));
    }
    if !is_v4 {
        number(text, "\"iaid\": ", lease.iaid);
    }
    quoted(text, "\"ip-address\": \"", |text| address(text, lease.address));
    if lease.pool != 0 {
        number(text, "\"pool-id\": ", lease.pool);
    }
    if !is_v4 {
        number(text, "\"preferred-lft\": ", lease.preferred);
    }
    if is_prefix {
        number(text, "\"prefix-len\": ", lease.length);
    }
    number(text, "\"state\": ", lease.state);
    number(text, "\"subnet-id\": ", lease.subnet);
    if !is_v4 {
        let kind = if is_prefix { LeaseKind::Pd } else { LeaseKind::Na };
        quoted(text, "\"type\": \"", |text| text.write_str(kind.name()));
    }
    if !lease.context.is_empty() {
        text.push_str("\"user-context\": ");
        text.push_str(lease.context);
        text.push_str(", ");
    }
    text.push_str("\"valid-lft\": ");
    decimal(text, lease.valid.into());
    text.push_str(" }");
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

/// Answers with leases.
pub(super) fn leases<'a>(family: Family, leases: impl ExactSizeIterator<Item = &'a Lease>) -> Answer {
    let count = leases.len();
    answer(found(family, count), |map| map.key("leases").list(|list| leases.for_each(|found| lease(found, list))))
}

/// Answers with a page of leases: so many, as the text of a list's elements, which is not copied.
pub(super) fn page(family: Family, count: usize, mut listed: String) -> Answer {
    listed.insert_str(0, &format!("{{ \"count\": {count}, \"leases\": [ "));
    listed.push_str(" ] }");
    let Ending { result, text } = found(family, count);
    Answer { arguments: Some(listed), ..Answer::new(result, text.unwrap_or_default()) }
}

fn answer(ending: Ending, fill: impl FnOnce(&mut JsonText)) -> Answer {
    Answer::new(ending.result, ending.text.unwrap_or_default()).with(|json| json.map(fill))
}

/// Says that so many leases were found.
pub(super) fn found(family: Family, count: usize) -> Ending {
    let result = if count == 0 { ResultCode::Empty } else { ResultCode::Success };
    Ending { result, text: Some(format!("{count} {family} lease(s) found.")) }
}
