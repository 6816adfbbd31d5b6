//! Does a value in octets fit its option, and which of the octets does the option keep?
//!
//! Kea: a configured value is read as if it had come in a packet, and what was read is sent. The texts are those Kea prints.

use std::collections::BTreeMap;

use super::definition::{DHCP4, DHCP6, DataType, Definition};
use super::field::Form;
use super::value::{Special, ValueError};
use super::{dnr, names, routes, vendor_class};
use crate::Family;
use crate::read::Reader;
use crate::v4::Options;
use crate::write::Writer;

/// Why octets are no value of an option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OctetsError {
    /// Fewer octets than an address, a name or the fields of a record take.
    #[error("option buffer truncated")]
    Truncated,
    /// Fewer octets than a number takes.
    #[error("OptionInt {0} truncated")]
    NumberCut(u16),
    /// A number in a list has too few octets.
    #[error("OptionIntArray {0} truncated")]
    NumbersCut(u16),
    /// A list of IPv4 addresses with a broken one.
    #[error("DHCPv4 Option4AddrLst {code} has invalid length={length}, must be divisible by 4.")]
    Addresses4 {
        /// The option.
        code: u16,
        /// Octets of the value.
        length: usize,
    },
    /// A list of IPv6 addresses with a broken one.
    #[error("Option {code} malformed: len={length} is not divisible by 16.")]
    Addresses6 {
        /// The option.
        code: u16,
        /// Octets of the value.
        length: usize,
    },
    /// Text without a character.
    #[error("failed to parse an option '{0}' holding string value' was empty or contained only nuls")]
    NoText(u16),
    /// A truth that is neither 0 nor 1.
    #[error("unable to read the buffer as boolean value. Invalid value {0}")]
    Boolean(u8),
    /// A prefix longer than an address.
    #[error("unable to read a prefix from a buffer: bad prefix_len {0}, allowed range is [0..128]")]
    PrefixLength(u8),
    /// A prefix of fewer octets than its length says.
    #[error("unable to read a prefix having length of {0} from a truncated buffer")]
    PrefixCut(u8),
    /// Nothing where a name is.
    #[error("unable to read FQDN from a buffer. The buffer is empty.")]
    NoName,
    /// No name where there is at least one.
    #[error("FQDN list option has invalid length of 0")]
    NoNames,
    /// A name that does not end.
    #[error("incomplete wire-format name")]
    NameCut,
    /// A name that goes on elsewhere.
    #[error("bad compression pointer (out of range): {0}")]
    Pointer(u16),
    /// A label of impossible length.
    #[error("unknown label character: {0}")]
    Label(u8),
    /// The client's name is not one.
    #[error("failed to parse the domain-name in DHCPv4 Client FQDN  Option: {0}")]
    ClientName(Box<Self>),
    /// An option of its own form is too short or contradicts itself.
    #[error("{0}")]
    Form(&'static str),
    /// Classless routes are shorter than one of them.
    #[error("DHCPv4 OptionClasslessStaticRoute 121 has invalid length={0}, must be at least 5.")]
    RoutesCut(usize),
    /// Classless routes with a mask longer than an address.
    #[error("DHCPv4 OptionClasslessStaticRoute 121 has invalid value, provided width of subnet mask {0} is not valid.")]
    RouteMask(u8),
    /// A vendor class without enterprise number.
    #[error("parsed Vendor Class option data truncated to size {0}")]
    VendorClassCut(usize),
    /// Vendor options without enterprise number.
    #[error("Truncated vendor-specific information option, length={0}")]
    VendorOptionsCut(usize),
    /// A vendor's option that is cut off.
    #[error("Vendor option parse failed. Tried to parse {needed} bytes from {left}-byte long buffer.")]
    VendorOption {
        /// Octets with its header.
        needed: usize,
        /// Octets left.
        left: usize,
    },
    /// Resolvers that end too early.
    #[error("DHCPv{} Encrypted DNS Option ({}) malformed: data truncated to size {length}", .family.digit(), .family.pick(162, 144))]
    Resolvers {
        /// The protocol.
        family: Family,
        /// Octets of the value.
        length: usize,
    },
}

/// Reads a value in octets as its option and gives the octets that are sent.
///
/// # Errors
/// The [`ValueError`] that tells why the octets are no value of this option.
pub fn settle(definition: &Definition, octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    if let Some(settled) = peculiar(definition, octets, family) {
        return settled;
    }
    match (definition.array, definition.kind) {
        (_, DataType::Record) => record(definition, octets, family),
        (true, kind) => list(definition, kind, octets, Form::of(definition, family)),
        (false, kind) => single(definition, kind, octets, family),
    }
}

/// Reads options whose form their definition does not tell; `None` for all others.
fn peculiar(definition: &Definition, octets: &[u8], family: Family) -> Option<Result<Vec<u8>, ValueError>> {
    if let Some(special) = Special::of(definition, family) {
        return Some(internal(special, octets, family));
    }
    let form = |text| Some(Err(OctetsError::Form(text).into()));
    let length = octets.len();
    match (family, &*definition.space, definition.code) {
        (Family::V4, DHCP4, 79) if octets.is_empty() => form("SLP Service Scope option (79) truncated"),
        (Family::V4, DHCP4, 79) => {
            let first = octets.first().copied().filter(|octet| *octet > 1)?;
            Some(Err(OctetsError::Boolean(first).into()))
        }
        (Family::V4, DHCP4, 81) if length < 3 => form("DHCPv4 Client FQDN Option (81) is truncated"),
        (Family::V6, DHCP6, 39) if length < 1 => {
            form("DHCPv6 Client FQDN Option (39) is truncated. Minimal option size is 1, got option with size 0")
        }
        (Family::V4, DHCP4, 81) | (Family::V6, DHCP6, 39) => Some(client_name(octets, family)),
        (Family::V6, DHCP6, 3 | 25) if length < 12 => {
            form("input option buffer has invalid size, expected at least 12 bytes")
        }
        (Family::V6, DHCP6, 5) if length < 24 => {
            form("input option buffer has invalid size, expected at least 24 bytes")
        }
        (Family::V6, DHCP6, 26) if length < 25 => {
            form("input option buffer has invalid size, expected at least 25 bytes")
        }
        (Family::V6, DHCP6, 26) => Some(Ok(masked(octets, 8))),
        (Family::V6, DHCP6, 13) if length < 2 => form("Status Code option (13) truncated"),
        (Family::V6, DHCP6, 67) if length < 2 => form("truncated Prefix Exclude option"),
        (Family::V6, DHCP6, 67) if octets.first() == Some(&0) => form("excluded prefix length must not be 0"),
        (Family::V6, DHCP6, 67) => Some(Ok(excluded(octets))),
        (Family::V4, DHCP4, 124) | (Family::V6, DHCP6, 16) if length < 4 => {
            Some(Err(OctetsError::VendorClassCut(length).into()))
        }
        (Family::V4, DHCP4, 124) | (Family::V6, DHCP6, 16) => {
            Some(vendor_class::check(definition, octets, family).map(|()| octets.to_vec()))
        }
        (Family::V4, DHCP4, 125) | (Family::V6, DHCP6, 17) if length < 4 => {
            Some(Err(OctetsError::VendorOptionsCut(length).into()))
        }
        (Family::V4, DHCP4, 125) | (Family::V6, DHCP6, 17) => Some(vendor_options(octets, family)),
        (Family::V4, DHCP4, 88 | 119 | 141) if octets.is_empty() => Some(Err(OctetsError::NoNames.into())),
        (Family::V4 | Family::V6, _, _) => None,
    }
}

fn internal(special: Special, octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    let mut reader = Reader::new(octets);
    let length = octets.len();
    match special {
        Special::Routes if length < 5 => Err(OctetsError::RoutesCut(length).into()),
        Special::Routes => match (routes::decode(&mut reader), octets.first()) {
            (Err(_), Some(mask)) if *mask > 32 => Err(OctetsError::RouteMask(*mask).into()),
            (Err(_), _) => Err(OctetsError::RoutesCut(length).into()),
            (Ok(_), _) => Ok(octets.to_vec()),
        },
        Special::Dnr if length == 0 && family == Family::V4 => Ok(Vec::new()),
        Special::Dnr => match dnr::decode(&mut reader, family) {
            Ok(_) => Ok(octets.to_vec()),
            Err(_) => Err(OctetsError::Resolvers { family, length }.into()),
        },
    }
}

/// RFC 4702 §2.1, RFC 4704 §4.1: flags of which S and N exclude each other, and a name, which Kea sends in small letters.
fn client_name(octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    const BOTH: [&str; 2] = [
        "both N and S flag of the DHCPv4 Client FQDN Option are set. According to RFC 4702, if the N bit is 1 the S bit MUST be 0",
        "both N and S flag of the DHCPv6 Client FQDN Option are set. According to RFC 4704, if the N bit is 1 the S bit MUST be 0",
    ];
    let (n, start) = family.pick((8, 3), (4, 1));
    let flags = octets.first().copied().unwrap_or_default();
    if flags & 1 != 0 && flags & n != 0 {
        return Err(OctetsError::Form(family.pick(BOTH[0], BOTH[1])).into());
    }
    let (head, name) = octets.split_at_checked(start).unwrap_or((octets, &[]));
    // RFC 4702 §2.3.1: without E the name is text.
    let is_text = family == Family::V4 && flags & 4 == 0;
    let is_full = name.last() == Some(&0);
    let read = if is_full { names::skip(&mut Reader::new(name)) } else { names::skip_partial(&mut Reader::new(name)) };
    if let (false, Err(why)) = (is_text, read) {
        return Err(match (family, is_full) {
            (Family::V4, _) => OctetsError::ClientName(Box::new(why)),
            (Family::V6, true) => OctetsError::Form("failed to parse fully qualified domain-name from wire format"),
            (Family::V6, false) => OctetsError::Form("failed to parse partial domain-name from wire format"),
        }
        .into());
    }
    Ok([head, &name.to_ascii_lowercase()].concat())
}

/// Clears the bits of a prefix that its length, the octet before it, does not cover.
fn masked(octets: &[u8], length_at: usize) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let mut length = usize::from(octets.get(length_at).copied().unwrap_or_default());
    for octet in octets.iter_mut().skip(length_at + 1).take(16) {
        let kept = u32::try_from(length.min(8)).unwrap_or_default();
        *octet &= !(u8::MAX.checked_shr(kept).unwrap_or_default());
        length = length.saturating_sub(8);
    }
    octets
}

/// Clears the bits of the last octet of an excluded prefix that its length does not cover.
fn excluded(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    let used = u32::from(octets.first().copied().unwrap_or_default() % 8);
    if let Some(last) = octets.last_mut().filter(|_| used != 0) {
        *last &= !(u8::MAX >> used);
    }
    octets
}

fn single(definition: &Definition, kind: DataType, octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    let mut reader = Reader::new(octets);
    match kind {
        DataType::Int8 | DataType::Uint8 | DataType::Int16 | DataType::Uint16 | DataType::Int32 | DataType::Uint32 => {
            let width = super::shape::size(definition).unwrap_or_default();
            let (number, rest) = octets.split_at_checked(width).ok_or(OctetsError::NumberCut(definition.code))?;
            Ok([number, &inside(rest, family)].concat())
        }
        DataType::String => {
            let end = octets.iter().rposition(|octet| *octet != 0).ok_or(OctetsError::NoText(definition.code))?;
            Ok(octets.get(..=end).unwrap_or_default().to_vec())
        }
        DataType::Empty if definition.encapsulates.is_none() && definition.code != 43 => Ok(Vec::new()),
        DataType::Empty | DataType::Binary | DataType::Internal => Ok(octets.to_vec()),
        DataType::Fqdn if octets == [0] => Err(OctetsError::Truncated.into()),
        DataType::Boolean
        | DataType::Ipv4Address
        | DataType::Ipv6Address
        | DataType::Ipv6Prefix
        | DataType::Psid
        | DataType::Tuple
        | DataType::Fqdn
        | DataType::Record => {
            field(kind, &mut reader, Form::of(definition, family))?;
            // Kea: a name takes as many octets as its text has characters, and one; the root is a dot.
            let least = if kind == DataType::Fqdn { 2 } else { 0 };
            let taken = (octets.len() - reader.left()).max(least);
            Ok(octets.get(..taken).unwrap_or_default().to_vec())
        }
    }
}

/// Takes the whole options that follow a number, in DHCPv4 those of one code as one (RFC 3396).
fn inside(rest: &[u8], family: Family) -> Vec<u8> {
    let mut writer = Writer::new();
    match family {
        Family::V4 => {
            let mut options = BTreeMap::<u16, Vec<u8>>::new();
            for option in Options::of_value(rest).iter() {
                options.entry(option.code).or_default().extend(option.value);
            }
            for (code, value) in options {
                writer.option4(u8::try_from(code).unwrap_or_default(), &value);
            }
        }
        Family::V6 => {
            let mut reader = Reader::new(rest);
            while let Ok((code, value)) = option6(&mut reader) {
                writer.option6(code, value);
            }
        }
    }
    writer.finish()
}

fn option6<'a>(reader: &mut Reader<'a>) -> Result<(u16, &'a [u8]), OctetsError> {
    let left = reader.left();
    let header = reader.u16("option code").and_then(|code| Ok((code, reader.u16("option length")?)));
    let (code, length) = header.map_err(|_cause| OctetsError::Form("Vendor option parse failed: truncated header"))?;
    let left = left.saturating_sub(4);
    let value = reader.octets("option", usize::from(length));
    let needed = usize::from(length).saturating_add(4);
    value
        .map(|value| (code, value))
        .map_err(|_cause| OctetsError::VendorOption { needed, left: left.saturating_add(4) })
}

/// Checks what follows the enterprise number of vendor options.
fn vendor_options(octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    let mut reader = Reader::new(octets.get(4..).unwrap_or_default());
    match family {
        Family::V4 => {
            let length = reader.u8("vendor options").map_or(0, usize::from);
            if reader.left() < length {
                return Err(OctetsError::Form("Attempt to parse truncated vendor option").into());
            }
        }
        Family::V6 => {
            while !reader.is_empty() {
                option6(&mut reader)?;
            }
        }
    }
    Ok(octets.to_vec())
}

fn list(definition: &Definition, kind: DataType, octets: &[u8], form: Form) -> Result<Vec<u8>, ValueError> {
    let (code, length) = (definition.code, octets.len());
    let whole = || Ok(octets.to_vec());
    match kind {
        DataType::Ipv4Address if !length.is_multiple_of(4) => Err(OctetsError::Addresses4 { code, length }.into()),
        DataType::Ipv6Address if !length.is_multiple_of(16) => Err(OctetsError::Addresses6 { code, length }.into()),
        DataType::Int8 | DataType::Uint8 | DataType::Int16 | DataType::Uint16 | DataType::Int32 | DataType::Uint32 => {
            if length == 0 {
                return Err(ValueError::EmptyArray(code));
            }
            let width = super::shape::element(definition).unwrap_or(1);
            if length.is_multiple_of(width) { whole() } else { Err(OctetsError::NumbersCut(code).into()) }
        }
        DataType::Fqdn | DataType::Tuple => {
            let mut reader = Reader::new(octets);
            while !reader.is_empty() {
                field(kind, &mut reader, form)?;
            }
            whole()
        }
        DataType::Ipv4Address
        | DataType::Ipv6Address
        | DataType::Boolean
        | DataType::Ipv6Prefix
        | DataType::Psid
        | DataType::Empty
        | DataType::Binary
        | DataType::String
        | DataType::Record
        | DataType::Internal => whole(),
    }
}

/// Reads the fields of a record; the last one may be repeated. What does not fill a field more is left out.
fn record(definition: &Definition, octets: &[u8], family: Family) -> Result<Vec<u8>, ValueError> {
    let (mut reader, form) = (Reader::new(octets), Form::of(definition, family));
    for kind in definition.record.iter() {
        field(*kind, &mut reader, form)?;
    }
    let mut taken = octets.len() - reader.left();
    if let (true, Some(last)) = (definition.array, definition.record.last()) {
        while !reader.is_empty() && field(*last, &mut reader, form).is_ok() {
            taken = octets.len() - reader.left();
        }
    }
    Ok(octets.get(..taken).unwrap_or_default().to_vec())
}

fn field(kind: DataType, reader: &mut Reader<'_>, form: Form) -> Result<(), ValueError> {
    let truncated = |_cause| OctetsError::Truncated;
    let take = |reader: &mut Reader<'_>, count| reader.octets("value", count).map(drop).map_err(truncated);
    match kind {
        DataType::Empty => {}
        DataType::Binary | DataType::String | DataType::Internal | DataType::Record => take(reader, reader.left())?,
        DataType::Boolean | DataType::Int8 | DataType::Uint8 => take(reader, 1)?,
        DataType::Int16 | DataType::Uint16 => take(reader, 2)?,
        DataType::Psid => take(reader, 3)?,
        DataType::Int32 | DataType::Uint32 | DataType::Ipv4Address => take(reader, 4)?,
        DataType::Ipv6Address => take(reader, 16)?,
        DataType::Ipv6Prefix => {
            let length = reader.u8("prefix length").map_err(truncated)?;
            if length > 128 {
                return Err(OctetsError::PrefixLength(length).into());
            }
            take(reader, usize::from(length).div_ceil(8)).map_err(|_cause| OctetsError::PrefixCut(length))?;
        }
        DataType::Tuple => vendor_class::skip_tuple(reader, form.tuple_length())?,
        DataType::Fqdn => names::skip(reader)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests;
