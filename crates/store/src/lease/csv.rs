//! Kea's lease file format, both families in one codec: a table of columns per family, rows to and from leases.

use std::borrow::Cow;
use std::net::IpAddr;

use engine::Change;
use model::{Family, Lease, LeaseState, MacSource, Owner, Resource, Seconds, SubnetId, UnixTime};
use wire::hwaddr::{ETHERNET, parse_hex, write_hex};
use wire::{Duid, HardwareAddress};

use super::context;
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

const IA_NA: u32 = 0;
const IA_PD: u32 = 2;
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

/// One line of a lease file, as written: numbers that mean nothing to a server are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The (first) address.
    pub address: IpAddr,
    /// DUID, or in DHCPv4 client identifier.
    pub client: Box<[u8]>,
    /// Hardware address.
    pub hw: Option<HardwareAddress>,
    /// Where the hardware address came from ([`MacSource::number`]).
    pub hw_source: u32,
    /// Valid lifetime; 0 deletes the lease.
    pub valid: u32,
    /// Client last transaction time.
    pub cltt: i64,
    /// Subnet id.
    pub subnet: u32,
    /// Preferred lifetime.
    pub preferred: u32,
    /// 0 for an address, 2 for a prefix.
    pub lease_type: u32,
    /// Identity association.
    pub iaid: u32,
    /// Prefix length, 128 for an address.
    pub length: u32,
    /// Forward DNS entry.
    pub fqdn_fwd: bool,
    /// Reverse DNS entry.
    pub fqdn_rev: bool,
    /// Host name.
    pub hostname: Box<str>,
    /// State number.
    pub state: u32,
    /// User context, one line of JSON.
    pub context: Box<str>,
    /// Pool id.
    pub pool: u32,
}

impl Row {
    /// Reads a line (without its newline).
    ///
    /// # Errors
    /// [`RowError`] with the first column that is wrong. A bad hardware address in DHCPv6 is none: it is dropped.
    pub fn decode(family: Family, header: Header, line: &[u8]) -> Result<Self, RowError> {
        let line = &*text_of(line);
        let found = line.split(',').count();
        if found < header.columns {
            return Err(RowError::Short { found, expected: header.columns });
        }
        let mut row = Self::blank(family);
        let mut hw = HwColumns::default();
        for ((name, column), text) in table(family).iter().take(header.columns).zip(line.split(',')) {
            row.set(family, (name, *column), text, &mut hw)?;
        }
        row.cltt = wrap(family, row.cltt.saturating_sub(i64::from(row.valid)));
        row.set_hardware(family, &hw)?;
        row.check(family)?;
        Ok(row)
    }

    fn blank(family: Family) -> Self {
        Self {
            address: family.pick([0; 4].into(), [0; 16].into()),
            client: Box::default(),
            hw: None,
            hw_source: 0,
            valid: 0,
            cltt: 0,
            subnet: 0,
            preferred: 0,
            lease_type: IA_NA,
            iaid: 0,
            length: family.pick(32, 128),
            fqdn_fwd: false,
            fqdn_rev: false,
            hostname: Box::default(),
            state: 0,
            context: Box::default(),
            pool: 0,
        }
    }

    fn set<'a>(
        &mut self,
        family: Family,
        (name, column): (&'static str, Column),
        text: &'a str,
        hw: &mut HwColumns<'a>,
    ) -> Result<(), RowError> {
        match column {
            Column::Address => self.address = address(family, text)?,
            Column::Client => self.client = identifier(text)?,
            Column::HwAddr => hw.octets = text,
            Column::HwType => hw.htype = text,
            Column::HwSource => hw.source = text,
            Column::Valid => self.valid = number(name, text)?,
            Column::Expire => self.cltt = instant(name, text)?,
            Column::Subnet => self.subnet = number(name, text)?,
            Column::Preferred => self.preferred = number(name, text)?,
            Column::LeaseType => self.lease_type = number(name, text)?,
            Column::Iaid => self.iaid = number(name, text)?,
            Column::PrefixLength => self.length = number(name, text)?,
            Column::FqdnFwd => self.fqdn_fwd = flag(name, text)?,
            Column::FqdnRev => self.fqdn_rev = flag(name, text)?,
            Column::Hostname => self.hostname = hostname(family, unescape(text)),
            Column::State => self.state = number(name, text)?,
            Column::UserContext => self.context = context_of(text)?,
            Column::PoolId => self.pool = number(name, text)?,
        }
        Ok(())
    }

    fn set_hardware(&mut self, family: Family, hw: &HwColumns<'_>) -> Result<(), RowError> {
        if hw.octets.is_empty() {
            return Ok(());
        }
        match family {
            Family::V4 => {
                let octets = identifier(hw.octets)?;
                if octets.len() > LONGEST_HW {
                    return Err(RowError::IdentifierLength(octets.len(), 0, LONGEST_HW));
                }
                self.hw = Some(HardwareAddress { htype: ETHERNET, octets });
            }
            // Kea: a hardware address that cannot be read costs itself, not the lease.
            Family::V6 => {
                let htype = if hw.htype.is_empty() { Some(ETHERNET) } else { hw.htype.parse().ok() };
                let octets = identifier(hw.octets).ok().filter(|octets| octets.len() <= LONGEST_HW);
                self.hw = htype.zip(octets).map(|(htype, octets)| HardwareAddress { htype, octets });
                self.hw_source = hw.source.parse().unwrap_or_default();
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
                if !wire::duid::LENGTHS.contains(&length) {
                    return Err(RowError::IdentifierLength(
                        length,
                        *wire::duid::LENGTHS.start(),
                        *wire::duid::LENGTHS.end(),
                    ));
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

    /// Says whether the row takes the lease away.
    pub fn deletes(&self) -> bool {
        self.valid == 0
    }

    /// Appends the row as a line.
    pub fn encode(&self, family: Family, out: &mut Vec<u8>) {
        let mut line = String::with_capacity(160);
        for (index, (_, column)) in table(family).iter().enumerate() {
            if index > 0 {
                line.push(',');
            }
            self.write(*column, &mut line);
        }
        line.push('\n');
        out.extend_from_slice(line.as_bytes());
    }

    fn write(&self, column: Column, line: &mut String) {
        use std::fmt::Write as _;
        let written = match column {
            Column::Address => write!(line, "{}", self.address),
            Column::Client => write_hex(line, &self.client),
            Column::HwAddr => self.hw.as_ref().map_or(Ok(()), |hw| write_hex(line, &hw.octets)),
            Column::HwType => self.hw.as_ref().map_or(Ok(()), |hw| write!(line, "{}", hw.htype)),
            Column::HwSource => self.hw.as_ref().map_or(Ok(()), |_| write!(line, "{}", self.hw_source)),
            Column::Valid => write!(line, "{}", self.valid),
            Column::Expire => write!(line, "{}", self.cltt.saturating_add(i64::from(self.valid))),
            Column::Subnet => write!(line, "{}", self.subnet),
            Column::Preferred => write!(line, "{}", self.preferred),
            Column::LeaseType => write!(line, "{}", self.lease_type),
            Column::Iaid => write!(line, "{}", self.iaid),
            Column::PrefixLength => write!(line, "{}", self.length),
            Column::FqdnFwd => write!(line, "{}", u8::from(self.fqdn_fwd)),
            Column::FqdnRev => write!(line, "{}", u8::from(self.fqdn_rev)),
            Column::Hostname => escape(&self.hostname, line),
            Column::State => write!(line, "{}", self.state),
            Column::UserContext => escape(&self.context, line),
            Column::PoolId => write!(line, "{}", self.pool),
        };
        debug_assert!(written.is_ok(), "writing into a string cannot fail");
    }

    /// Makes the row that stores a lease.
    pub fn of_lease(lease: &Lease) -> Self {
        let (client, hw, hw_source, iaid) = match &lease.owner {
            Owner::V4 { hw, client_id } => (client_id.clone(), hw.clone(), 0, 0),
            Owner::V6 { duid, iaid, hw } => {
                let source = hw.as_ref().map_or(0, |(_, source)| source.number());
                (duid.octets().into(), hw.as_ref().map(|(hw, _)| hw.clone()), source, *iaid)
            }
        };
        let lease_type = if matches!(lease.resource, Resource::Prefix(..)) { IA_PD } else { IA_NA };
        Self {
            address: lease.resource.address(),
            client,
            hw,
            hw_source,
            valid: lease.valid.0,
            cltt: lease.cltt.0,
            subnet: lease.subnet.0,
            preferred: lease.preferred.0,
            lease_type,
            iaid,
            length: lease.resource.length().into(),
            fqdn_fwd: lease.fqdn_fwd,
            fqdn_rev: lease.fqdn_rev,
            hostname: lease.hostname.clone(),
            state: lease.state.number(),
            context: lease.user_context.clone(),
            pool: lease.pool,
        }
    }

    /// Makes the lease a row stores.
    ///
    /// # Errors
    /// [`RowError::LeaseType`] or [`RowError::State`] for numbers no server knows.
    pub fn into_lease(self) -> Result<Lease, RowError> {
        let (resource, owner) = match self.address {
            IpAddr::V4(address) => (Resource::V4(address), Owner::V4 { hw: self.hw, client_id: self.client }),
            IpAddr::V6(address) => {
                let length = u8::try_from(self.length).ok().ok_or(RowError::PrefixLength(self.length))?;
                let resource = match self.lease_type {
                    IA_NA => Resource::V6(address),
                    IA_PD => Resource::Prefix(address, length),
                    other => return Err(RowError::LeaseType(other)),
                };
                let source = MacSource::from_number(self.hw_source);
                let too_long = RowError::IdentifierLength(self.client.len(), 3, 130);
                let duid = Duid::decode(&self.client).ok().ok_or(too_long)?;
                (resource, Owner::V6 { duid, iaid: self.iaid, hw: self.hw.map(|hw| (hw, source)) })
            }
        };
        Ok(Lease {
            resource,
            owner,
            subnet: SubnetId(self.subnet),
            pool: self.pool,
            state: LeaseState::from_number(self.state).ok_or(RowError::State(self.state))?,
            cltt: UnixTime(self.cltt),
            valid: Seconds(self.valid),
            preferred: Seconds(self.preferred),
            hostname: self.hostname,
            fqdn_fwd: self.fqdn_fwd,
            fqdn_rev: self.fqdn_rev,
            user_context: self.context,
        })
    }
}

/// Reads octets as UTF-8, or else as Latin-1.
///
/// Kea: host names are octets, and a control command writes `é` as one of them. Discarding such a row would lose a lease
/// that somebody holds.
fn text_of(octets: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(octets) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(octets.iter().copied().map(char::from).collect()),
    }
}

/// Writes the rows that make changes last.
pub fn rows_of(family: Family, changes: &[Change]) -> Vec<u8> {
    let mut out = Vec::with_capacity(changes.len().saturating_mul(160));
    for change in changes {
        match (&change.before, &change.after) {
            (_, Some(after)) => Row::of_lease(after).encode(family, &mut out),
            (Some(before), None) => {
                let mut row = Row::of_lease(before);
                row.valid = 0;
                row.preferred = 0;
                row.encode(family, &mut out);
            }
            (None, None) => {}
        }
    }
    out
}

/// The three columns a DHCPv6 hardware address is spread over.
#[derive(Default)]
struct HwColumns<'a> {
    octets: &'a str,
    htype: &'a str,
    source: &'a str,
}

fn address(family: Family, text: &str) -> Result<IpAddr, RowError> {
    let address: IpAddr = text.parse().ok().ok_or_else(|| RowError::Address(text.into()))?;
    let ours = address.is_ipv4() == (family == Family::V4);
    ours.then_some(address).ok_or_else(|| RowError::Address(text.into()))
}

fn identifier(text: &str) -> Result<Box<[u8]>, RowError> {
    parse_hex(text).map(Vec::into_boxed_slice).ok_or_else(|| RowError::Hex(text.into()))
}

/// Reads a number of 32 bits.
///
/// Kea: a minus sign is taken and the value wraps around.
fn number(column: &'static str, text: &str) -> Result<u32, RowError> {
    let bad = || RowError::Number { column, text: text.into() };
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    if negative && digits.starts_with('+') {
        return Err(bad());
    }
    let value: u32 = digits.parse().ok().ok_or_else(bad)?;
    Ok(if negative { value.wrapping_neg() } else { value })
}

fn instant(column: &'static str, text: &str) -> Result<i64, RowError> {
    text.parse().ok().ok_or_else(|| RowError::Number { column, text: text.into() })
}

fn flag(column: &'static str, text: &str) -> Result<bool, RowError> {
    match text {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(RowError::Number { column, text: text.into() }),
    }
}

/// Kea: keeps 32 bits of a DHCPv6 lease's last transaction, so that an instant before 1970 becomes one after 2038.
fn wrap(family: Family, cltt: i64) -> i64 {
    family.pick(cltt, cltt & i64::from(u32::MAX))
}

/// Kea: DHCPv4 host names are read in lower case, DHCPv6 ones as they are.
fn hostname(family: Family, mut name: String) -> Box<str> {
    if family == Family::V4 {
        name.make_ascii_lowercase();
    }
    name.into()
}

fn context_of(text: &str) -> Result<Box<str>, RowError> {
    if text.is_empty() {
        return Ok(Box::default());
    }
    let text = unescape(text);
    context::normalised(&text).map(String::into_boxed_str).ok_or_else(|| RowError::Context(text.into()))
}

/// Writes a text so that it holds neither the separator nor a line end.
///
/// Kea: escapes `,` and `&`, and leaves control characters as they are; a line feed would tear the row in two, so here
/// they are escaped too, which Kea reads.
fn escape(text: &str, line: &mut String) -> std::fmt::Result {
    use std::fmt::Write as _;
    for character in text.chars() {
        if matches!(character, ',' | '&') || character.is_ascii_control() {
            write!(line, "&#x{:02x}", u32::from(character))?;
        } else {
            line.push(character);
        }
    }
    Ok(())
}

/// Reads a text written by [`escape`]; what is no whole escape stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&#x") {
        out.push_str(before);
        let code = after.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let escaped = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii);
        if let Some(octet) = escaped {
            out.push(char::from(octet));
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push_str("&#x");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
