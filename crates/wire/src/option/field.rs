//! One field of an option value: its text to octets, and octets to its text.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::definition::{DHCP4, DataType, Definition};
use super::hex;
use super::value::ValueError;
use crate::fqdn::{self, Name};
use crate::read::Reader;
use crate::{DecodeError, Family};

/// What the layout of a field depends on besides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Tuples have a length of 16 bits.
    wide_tuples: bool,
}

impl Form {
    /// RFC 8572 §8.2: DHCPv4's option 143 has lengths of 16 bits.
    pub(super) fn of(definition: &Definition, family: Family) -> Self {
        Self { wide_tuples: family == Family::V6 || (definition.space == DHCP4 && definition.code == 143) }
    }

    /// Octets of the length of a tuple.
    pub(super) const fn tuple_length(self) -> usize {
        if self.wide_tuples { 2 } else { 1 }
    }
}

/// Appends the octets of one field.
pub(super) fn encode(kind: DataType, text: &str, form: Form, octets: &mut Vec<u8>) -> Result<(), ValueError> {
    match kind {
        DataType::Empty | DataType::Record => return Err(ValueError::Unexpected),
        DataType::Binary | DataType::Internal => octets.extend(binary(text)?),
        DataType::Boolean => octets.push(boolean(text)?),
        DataType::Int8 => octets.extend(number::<i8>(text, i8::MIN, i8::MAX)?.to_be_bytes()),
        DataType::Int16 => octets.extend(number::<i16>(text, i16::MIN, i16::MAX)?.to_be_bytes()),
        DataType::Int32 => octets.extend(number::<i32>(text, i32::MIN, i32::MAX)?.to_be_bytes()),
        DataType::Uint8 => octets.extend(number::<u8>(text, u8::MIN, u8::MAX)?.to_be_bytes()),
        DataType::Uint16 => octets.extend(number::<u16>(text, u16::MIN, u16::MAX)?.to_be_bytes()),
        DataType::Uint32 => octets.extend(number::<u32>(text, u32::MIN, u32::MAX)?.to_be_bytes()),
        DataType::Ipv4Address => octets.extend(ipv4(text)?.octets()),
        DataType::Ipv6Address => match address(text)? {
            IpAddr::V6(address) => octets.extend(address.octets()),
            IpAddr::V4(_) => return Err(ValueError::Truncated),
        },
        DataType::Ipv6Prefix => prefix(text, octets)?,
        DataType::Psid => psid(text, octets)?,
        DataType::String => octets.extend_from_slice(text.as_bytes()),
        DataType::Tuple => tuple(text, form, octets)?,
        DataType::Fqdn => name(text, octets)?,
    }
    Ok(())
}

fn binary(text: &str) -> Result<Vec<u8>, ValueError> {
    let packed = without_blanks(text);
    if packed.is_empty() {
        return Ok(Vec::new());
    }
    let octets = hex::digits(&packed).ok_or_else(|| ValueError::Binary(text.to_owned()))?;
    if packed.len().is_multiple_of(2) {
        Ok(octets)
    } else if packed.ends_with('0') {
        Err(ValueError::OddBinary(text.to_owned()))
    } else {
        Err(ValueError::LeftOverBinary(text.to_owned()))
    }
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|character| !character.is_ascii_whitespace()).collect()
}

fn boolean(text: &str) -> Result<u8, ValueError> {
    match text.to_ascii_lowercase().as_str() {
        "true" => return Ok(1),
        "false" => return Ok(0),
        _ => {}
    }
    match text.parse::<i64>() {
        Ok(0) => Ok(0),
        Ok(1) => Ok(1),
        Ok(_) => Err(ValueError::BooleanNumber(text.to_owned())),
        Err(_) => Err(ValueError::Boolean(text.to_owned())),
    }
}

fn number<T: TryFrom<i64> + Into<i64>>(text: &str, least: T, most: T) -> Result<T, ValueError> {
    let number = integer(text).ok_or_else(|| ValueError::Integer(text.to_owned()))?;
    T::try_from(number).map_err(|_cause| ValueError::Range {
        text: text.to_owned(),
        least: least.into(),
        most: most.into(),
    })
}

/// Reads a decimal number, or a hexadecimal one with or without `0x`.
///
/// Kea: digits that make no decimal number are taken as hexadecimal, so `1e` is 30.
fn integer(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number);
    }
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let decimal = digits.len() == text.len() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !decimal).then(|| i64::from_str_radix(&format!("{sign}{digits}"), 16).ok()).flatten()
}

/// Reads an address of either family; a zone is dropped.
fn address(text: &str) -> Result<IpAddr, ValueError> {
    let address = match text.split_once('%') {
        Some((address, _)) => address.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => text.parse(),
    };
    address.map_err(|_cause| ValueError::Address(text.to_owned()))
}

/// Kea: of an IPv6 address the first four octets are taken.
fn ipv4(text: &str) -> Result<Ipv4Addr, ValueError> {
    Ok(match address(text)? {
        IpAddr::V4(address) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.octets();
            Ipv4Addr::new(a, b, c, d)
        }
    })
}

fn prefix(text: &str, octets: &mut Vec<u8>) -> Result<(), ValueError> {
    let Some((before, after)) = text.split_once('/') else {
        return Err(ValueError::Prefix(text.to_owned()));
    };
    let (before, after) = (&*without_blanks(before), &*without_blanks(after));
    let IpAddr::V6(prefix) = address(before)? else {
        return Err(ValueError::PrefixFamily(before.to_owned()));
    };
    let length = number(after, u8::MIN, u8::MAX).map_err(|_cause| ValueError::PrefixLength(after.to_owned()))?;
    if length > 128 {
        return Err(ValueError::LongPrefix(length));
    }
    let mask = u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(length))).unwrap_or_default();
    let bits = prefix.to_bits() & mask;
    octets.push(length);
    octets.extend(bits.to_be_bytes().iter().take(usize::from(length.div_ceil(8))));
    Ok(())
}

fn psid(text: &str, octets: &mut Vec<u8>) -> Result<(), ValueError> {
    let Some((before, after)) = text.split_once('/') else {
        return Err(ValueError::Psid(text.to_owned()));
    };
    let (before, after) = (&*without_blanks(before), &*without_blanks(after));
    let number = number(before, u16::MIN, u16::MAX).map_err(|_cause| ValueError::PsidNumber(before.to_owned()))?;
    let length = self::number(after, u8::MIN, u8::MAX).map_err(|_cause| ValueError::PsidLength(after.to_owned()))?;
    let unused = 16_u32.checked_sub(u32::from(length)).ok_or(ValueError::LongPsid(length))?;
    if length > 0 && number.checked_shr(u32::from(length)).unwrap_or_default() != 0 {
        return Err(ValueError::WidePsid { number, length });
    }
    octets.push(length);
    octets.extend(number.checked_shl(unused).unwrap_or_default().to_be_bytes());
    Ok(())
}

fn tuple(text: &str, form: Form, octets: &mut Vec<u8>) -> Result<(), ValueError> {
    let size = text.len();
    if form.wide_tuples {
        let length =
            u16::try_from(size).map_err(|_cause| ValueError::LongTuple { size, limit: usize::from(u16::MAX) })?;
        octets.extend(length.to_be_bytes());
    } else {
        let length =
            u8::try_from(size).map_err(|_cause| ValueError::LongTuple { size, limit: usize::from(u8::MAX) })?;
        octets.push(length);
    }
    octets.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Kea: the root, and names whose text needs an escape, are refused.
fn name(text: &str, octets: &mut Vec<u8>) -> Result<(), ValueError> {
    let start = octets.len();
    fqdn::encode_full(text, octets)?;
    let written = octets.get(start..).unwrap_or_default();
    let plain = Name::decode(written).is_ok_and(|name| !name.is_empty() && !name.to_string().contains('\\'));
    if plain { Ok(()) } else { Err(ValueError::Truncated) }
}

/// Reads one field and appends its text, commas and backslashes escaped.
pub(super) fn decode(
    kind: DataType,
    form: Form,
    reader: &mut Reader<'_>,
    text: &mut String,
) -> Result<(), DecodeError> {
    // Writing to a string cannot fail.
    let result = match kind {
        DataType::Empty | DataType::Record => return Err(DecodeError::NoText { field: "nested record" }),
        DataType::Binary | DataType::Internal => reader.rest().iter().try_for_each(|octet| write!(text, "{octet:02x}")),
        DataType::Boolean => match reader.u8("boolean")? {
            0 => text.write_str("false"),
            1 => text.write_str("true"),
            value => return Err(DecodeError::BadValue { field: "boolean", value: u64::from(value) }),
        },
        DataType::Int8 => write!(text, "{}", reader.array("int8").map(i8::from_be_bytes)?),
        DataType::Int16 => write!(text, "{}", reader.array("int16").map(i16::from_be_bytes)?),
        DataType::Int32 => write!(text, "{}", reader.array("int32").map(i32::from_be_bytes)?),
        DataType::Uint8 => write!(text, "{}", reader.u8("uint8")?),
        DataType::Uint16 => write!(text, "{}", reader.u16("uint16")?),
        DataType::Uint32 => write!(text, "{}", reader.u32("uint32")?),
        DataType::Ipv4Address => write!(text, "{}", reader.ipv4("ipv4-address")?),
        DataType::Ipv6Address => write!(text, "{}", reader.ipv6("ipv6-address")?),
        DataType::Ipv6Prefix => {
            let (prefix, length) = read_prefix(reader)?;
            write!(text, "{prefix}/{length}")
        }
        DataType::Psid => {
            let (number, length) = read_psid(reader)?;
            write!(text, "{number}/{length}")
        }
        DataType::String => escape("string", reader.rest(), text)?,
        DataType::Tuple => escape("tuple", read_tuple(form, reader)?, text)?,
        DataType::Fqdn => escape("fqdn", Name::read(reader)?.to_string().as_bytes(), text)?,
    };
    result.map_err(|_cause| DecodeError::NoText { field: kind.name() })
}

fn read_prefix(reader: &mut Reader<'_>) -> Result<(Ipv6Addr, u8), DecodeError> {
    let length = reader.u8("prefix length")?;
    if length > 128 {
        return Err(DecodeError::BadValue { field: "prefix length", value: u64::from(length) });
    }
    let significant = reader.octets("ipv6-prefix", usize::from(length.div_ceil(8)))?;
    let mut octets = [0; 16];
    for (place, octet) in octets.iter_mut().zip(significant) {
        *place = *octet;
    }
    Ok((Ipv6Addr::from(octets), length))
}

fn read_psid(reader: &mut Reader<'_>) -> Result<(u16, u8), DecodeError> {
    let length = reader.u8("PSID length")?;
    let unused = 16_u32
        .checked_sub(u32::from(length))
        .ok_or(DecodeError::BadValue { field: "PSID length", value: u64::from(length) })?;
    Ok((reader.u16("PSID")?.checked_shr(unused).unwrap_or_default(), length))
}

fn read_tuple<'a>(form: Form, reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let length = if form.wide_tuples { reader.u16("tuple length")? } else { u16::from(reader.u8("tuple length")?) };
    reader.octets("tuple", usize::from(length))
}

/// Appends text with its commas and backslashes escaped; it must be UTF-8.
fn escape(field: &'static str, octets: &[u8], text: &mut String) -> Result<std::fmt::Result, DecodeError> {
    let plain = std::str::from_utf8(octets).map_err(|_cause| DecodeError::NoText { field })?;
    for character in plain.chars() {
        if matches!(character, ',' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    Ok(Ok(()))
}
