//! Kea's lease file format, both families in one codec: a table of columns per family, rows to and from leases.

use std::net::IpAddr;

use engine::Change;
use model::{Family, LeaseState};
use wire::duid::LENGTHS;
use wire::hwaddr::ETHERNET;

use super::context;
use super::row::IA_PD;
pub use super::row::Row;
use super::text;
use crate::RowError;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Address,
    Client,
    HwAddr,
    HwType,
    HwSource,
    Valid,
    Expire,
    Subnet,
    Preferred,
    LeaseType,
    Iaid,
    PrefixLength,
    FqdnFwd,
    FqdnRev,
    Hostname,
    State,
    UserContext,
    PoolId,
}

type Table = [(&'static str, Column)];

const V4: &Table = &[
    ("address", Column::Address),
    ("hwaddr", Column::HwAddr),
    ("client_id", Column::Client),
    ("valid_lifetime", Column::Valid),
    ("expire", Column::Expire),
    ("subnet_id", Column::Subnet),
    ("fqdn_fwd", Column::FqdnFwd),
    ("fqdn_rev", Column::FqdnRev),
    ("hostname", Column::Hostname),
    ("state", Column::State),
    ("user_context", Column::UserContext),
    ("pool_id", Column::PoolId),
];

const V6: &Table = &[
    ("address", Column::Address),
    ("duid", Column::Client),
    ("valid_lifetime", Column::Valid),
    ("expire", Column::Expire),
    ("subnet_id", Column::Subnet),
    ("pref_lifetime", Column::Preferred),
    ("lease_type", Column::LeaseType),
    ("iaid", Column::Iaid),
    ("prefix_len", Column::PrefixLength),
    ("fqdn_fwd", Column::FqdnFwd),
    ("fqdn_rev", Column::FqdnRev),
    ("hostname", Column::Hostname),
    ("hwaddr", Column::HwAddr),
    ("state", Column::State),
    ("user_context", Column::UserContext),
    ("hwtype", Column::HwType),
    ("hwaddr_source", Column::HwSource),
    ("pool_id", Column::PoolId),
];

/// Columns of the oldest format: up to and including `hostname`.
const OLDEST_V4: usize = 9;
const OLDEST_V6: usize = 12;

/// Longest hardware address, in octets.
const LONGEST_HW: usize = 20;

fn table(family: Family) -> &'static Table {
    family.pick(V4, V6)
}

/// Gives the number of the newest format, as Kea prints it.
pub fn schema_version(family: Family) -> &'static str {
    family.pick("3.0", "5.0")
}

/// Writes the header line, with its newline.
pub fn write_header(family: Family, out: &mut Vec<u8>) {
    for (index, (name, _)) in table(family).iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(name.as_bytes());
    }
    out.push(b'\n');
}

/// How the header of a file compares with the newest format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// The same.
    Current,
    /// An older Kea wrote it; missing columns take their defaults.
    Older,
    /// A newer Kea wrote it; additional columns are passed over.
    Newer,
}

/// A header that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// How many columns of ours it has.
    columns: usize,
    /// How it compares.
    pub schema: Schema,
}

impl Header {
    /// Is what this program writes.
    pub fn current(family: Family) -> Self {
        Self { columns: table(family).len(), schema: Schema::Current }
    }

    /// Reads a header line (without its newline).
    ///
    /// # Errors
    /// What is wrong, in Kea's words.
    pub fn decode(family: Family, line: &str) -> Result<Self, String> {
        let table = table(family);
        let mut columns = 0;
        let mut names = line.split(',');
        for ((expected, _), found) in table.iter().zip(names.by_ref()) {
            if *expected != found {
                return Err(format!(" - header contains an invalid column: '{found}'"));
            }
            columns += 1;
        }
        let least = family.pick(OLDEST_V4, OLDEST_V6);
        if columns < least {
            return Err(format!(" - header has only {columns} valid column(s), it must have at least {least}"));
        }
        let more = line.split(',').count() > table.len();
        let schema = match (columns < table.len(), more) {
            (true, _) => Schema::Older,
            (false, true) => Schema::Newer,
            (false, false) => Schema::Current,
        };
        Ok(Self { columns, schema })
    }
}

/// Room for the parts of a row that are not in the line as such; use one for many rows.
#[derive(Debug, Default)]
pub struct Scratch {
    line: String,
    client: Vec<u8>,
    hw: Vec<u8>,
    hostname: String,
    context: String,
}

/// What is gathered of a line before it is known to be good.
struct Fields<'a> {
    row: Row<'static>,
    hostname: &'a [u8],
    hw: HwColumns<'a>,
}

/// The three columns a DHCPv6 hardware address is spread over.
#[derive(Default)]
struct HwColumns<'a> {
    octets: &'a [u8],
    htype: &'a [u8],
    source: &'a [u8],
}

impl<'a> Row<'a> {
    /// Reads a line (without its newline).
    ///
    /// Kea: host names are octets, and a control command writes `é` as one of them; a line that is no UTF-8 is read as
    /// Latin-1. Discarding it would lose a lease that somebody holds.
    ///
    /// # Errors
    /// [`RowError`] with the first column that is wrong. A bad hardware address in DHCPv6 is none: it is dropped.
    pub fn decode(family: Family, header: Header, line: &'a [u8], scratch: &'a mut Scratch) -> Result<Self, RowError> {
        let Scratch { line: text, client, hw, hostname, context } = scratch;
        let line = if line.is_ascii() || std::str::from_utf8(line).is_ok() {
            line
        } else {
            text.clear();
            text.extend(line.iter().copied().map(char::from));
            text.as_bytes()
        };
        let mut fields = Fields { row: Row::blank(family), hostname: &[], hw: HwColumns::default() };
        client.clear();
        context.clear();
        let mut columns = line.split(|octet| *octet == b',');
        let mut found = 0;
        for ((name, column), text) in table(family).iter().take(header.columns).zip(columns.by_ref()) {
            if let Err(error) = fields.set((name, *column), text, (family, client)) {
                return Err(short(header, line).unwrap_or(error));
            }
            if *column == Column::UserContext {
                // The context is looked at in its turn, as the first wrong column is the one that is told.
                context_of(text, context).map_err(|error| short(header, line).unwrap_or(error))?;
            }
            found += 1;
        }
        if found < header.columns {
            return Err(RowError::Short { found, expected: header.columns });
        }
        let Fields { row, hostname: name, hw: columns, .. } = fields;
        let mut row = Row { client, hostname: hostname_of(family, name, hostname), context, ..row };
        row.cltt = wrap(family, row.cltt.saturating_sub(i64::from(row.valid)));
        row.set_hardware(family, &columns, hw)?;
        row.check(family)?;
        Ok(row)
    }

    fn set_hardware(&mut self, family: Family, columns: &HwColumns<'_>, hw: &'a mut Vec<u8>) -> Result<(), RowError> {
        if columns.octets.is_empty() {
            return Ok(());
        }
        let octets = text::read_hex(columns.octets, hw);
        let hw: &'a [u8] = hw;
        match family {
            Family::V4 => {
                octets.ok_or_else(|| RowError::Hex(text::lossy(columns.octets)))?;
                if hw.len() > LONGEST_HW {
                    return Err(RowError::IdentifierLength(hw.len(), 0, LONGEST_HW));
                }
                self.hw = Some((ETHERNET, hw));
            }
            // Kea: a hardware address that cannot be read costs itself, not the lease.
            Family::V6 => {
                let htype = if columns.htype.is_empty() { Some(ETHERNET) } else { text::parse(columns.htype) };
                let octets = octets.filter(|()| hw.len() <= LONGEST_HW);
                self.hw = htype.zip(octets).map(|(htype, ())| (htype, hw));
                self.hw_source = text::parse(columns.source).unwrap_or_default();
            }
        }
        Ok(())
    }

    fn check(&mut self, family: Family) -> Result<(), RowError> {
        let length = self.client.len();
        match family {
            Family::V4 => {
                let declined = self.state == LeaseState::Declined.number();
                if self.hw.is_none() && self.client.is_empty() && !declined {
                    return Err(RowError::Anonymous);
                }
                if length == 1 || length > 255 {
                    return Err(RowError::IdentifierLength(length, 2, 255));
                }
            }
            Family::V6 => {
                if !LENGTHS.contains(&length) {
                    return Err(RowError::IdentifierLength(length, *LENGTHS.start(), *LENGTHS.end()));
                }
                if self.lease_type != IA_PD {
                    self.length = 128;
                } else if self.length > 128 {
                    return Err(RowError::PrefixLength(self.length));
                }
            }
        }
        Ok(())
    }

    /// Appends the row as a line.
    pub fn encode(&self, family: Family, out: &mut Vec<u8>) {
        for (index, (_, column)) in table(family).iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write(*column, out);
        }
        out.push(b'\n');
    }

    fn write(&self, column: Column, out: &mut Vec<u8>) {
        match column {
            Column::Address => text::write_address(self.address, out),
            Column::Client => text::write_hex(self.client, out),
            Column::HwAddr => text::write_hex(self.hw.map_or(&[], |(_, octets)| octets), out),
            Column::HwType => self.hw.into_iter().for_each(|(htype, _)| text::write_number(htype.into(), out)),
            Column::HwSource => self.hw.into_iter().for_each(|_| text::write_number(self.hw_source.into(), out)),
            Column::Valid => text::write_number(self.valid.into(), out),
            Column::Expire => text::write_signed(self.cltt.saturating_add(i64::from(self.valid)), out),
            Column::Subnet => text::write_number(self.subnet.into(), out),
            Column::Preferred => text::write_number(self.preferred.into(), out),
            Column::LeaseType => text::write_number(self.lease_type.into(), out),
            Column::Iaid => text::write_number(self.iaid.into(), out),
            Column::PrefixLength => text::write_number(self.length.into(), out),
            Column::FqdnFwd => text::write_number(self.fqdn_fwd.into(), out),
            Column::FqdnRev => text::write_number(self.fqdn_rev.into(), out),
            Column::Hostname => text::escape(self.hostname, out),
            Column::State => text::write_number(self.state.into(), out),
            Column::UserContext => text::escape(self.context, out),
            Column::PoolId => text::write_number(self.pool.into(), out),
        }
    }
}

impl<'a> Fields<'a> {
    fn set(
        &mut self,
        (name, column): (&'static str, Column),
        text: &'a [u8],
        (family, client): (Family, &mut Vec<u8>),
    ) -> Result<(), RowError> {
        let row = &mut self.row;
        match column {
            Column::Address => row.address = address(family, text)?,
            Column::Client => {
                text::read_hex(text, client).ok_or_else(|| RowError::Hex(text::lossy(text)))?;
            }
            Column::HwAddr => self.hw.octets = text,
            Column::HwType => self.hw.htype = text,
            Column::HwSource => self.hw.source = text,
            Column::Valid => row.valid = number(name, text)?,
            Column::Expire => row.cltt = instant(name, text)?,
            Column::Subnet => row.subnet = number(name, text)?,
            Column::Preferred => row.preferred = number(name, text)?,
            Column::LeaseType => row.lease_type = number(name, text)?,
            Column::Iaid => row.iaid = number(name, text)?,
            Column::PrefixLength => row.length = number(name, text)?,
            Column::FqdnFwd => row.fqdn_fwd = flag(name, text)?,
            Column::FqdnRev => row.fqdn_rev = flag(name, text)?,
            Column::Hostname => self.hostname = text,
            Column::State => row.state = number(name, text)?,
            Column::UserContext => {}
            Column::PoolId => row.pool = number(name, text)?,
        }
        Ok(())
    }
}

/// Says that a line has too few columns, which is told before anything else that is wrong with it.
fn short(header: Header, line: &[u8]) -> Option<RowError> {
    let found = line.split(|octet| *octet == b',').count();
    (found < header.columns).then_some(RowError::Short { found, expected: header.columns })
}

/// Writes the rows that make changes last.
pub fn rows_of(family: Family, changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::with_capacity(changes.len().saturating_mul(160));
    for change in changes {
        match (&change.before, &change.after) {
            (_, Some(after)) => Row::of_lease(after).encode(family, &mut out),
            (Some(before), None) => Row { valid: 0, preferred: 0, ..Row::of_lease(before) }.encode(family, &mut out),
            (None, None) => {}
        }
    }
    out
}

fn address(family: Family, text: &[u8]) -> Result<IpAddr, RowError> {
    let address: Option<IpAddr> = match family {
        Family::V4 => text::read_ipv4(text).or_else(|| text::parse(text)).map(IpAddr::V4),
        Family::V6 => text::parse(text).map(IpAddr::V6),
    };
    address.ok_or_else(|| RowError::Address(text::lossy(text)))
}

/// Reads a number of 32 bits.
///
/// Kea: a minus sign is taken and the value wraps around.
fn number(column: &'static str, text: &[u8]) -> Result<u32, RowError> {
    if let Some(value) = text::read_digits(text) {
        return Ok(value);
    }
    let bad = || RowError::Number { column, text: text::lossy(text) };
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    if negative && digits.starts_with(b"+") {
        return Err(bad());
    }
    let value: u32 = text::parse(digits).ok_or_else(bad)?;
    Ok(if negative { value.wrapping_neg() } else { value })
}

fn instant(column: &'static str, text: &[u8]) -> Result<i64, RowError> {
    text::read_long(text)
        .or_else(|| text::parse(text))
        .ok_or_else(|| RowError::Number { column, text: text::lossy(text) })
}

fn flag(column: &'static str, text: &[u8]) -> Result<bool, RowError> {
    match text {
        b"0" => Ok(false),
        b"1" => Ok(true),
        _ => Err(RowError::Number { column, text: text::lossy(text) }),
    }
}

/// Kea: keeps 32 bits of a DHCPv6 lease's last transaction, so that an instant before 1970 becomes one after 2038.
fn wrap(family: Family, cltt: i64) -> i64 {
    family.pick(cltt, cltt & i64::from(u32::MAX))
}

/// Kea: DHCPv4 host names are read in lower case, DHCPv6 ones as they are.
fn hostname_of<'a>(family: Family, text: &[u8], name: &'a mut String) -> &'a str {
    name.clear();
    if text.is_empty() {
        return name;
    }
    text::unescape(text, name);
    if family == Family::V4 {
        name.make_ascii_lowercase();
    }
    name
}

fn context_of(text: &[u8], context: &mut String) -> Result<(), RowError> {
    context.clear();
    if text.is_empty() {
        return Ok(());
    }
    let mut plain = String::with_capacity(text.len());
    text::unescape(text, &mut plain);
    *context = context::normalised(&plain).ok_or(RowError::Context(plain.into()))?;
    Ok(())
}

#[cfg(test)]
mod tests;
