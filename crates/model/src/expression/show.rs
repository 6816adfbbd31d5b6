//! The text of an option's value, as `.text` gives it.
//!
//! Kea: text is itself; everything else is shown with its code, its length, its fields and its sub-options.

use std::borrow::Cow;
use std::io::Write as _;

use wire::DecodeError;
use wire::fqdn::Name;
use wire::option::{DataType, Definition, standard, vendor};
use wire::read::Reader;

use super::special;
use crate::Family;

/// Shows the value of an option.
pub(super) fn option(family: Family, code: u16, definition: Option<&Definition>, value: &[u8]) -> Vec<u8> {
    if definition.is_some_and(|definition| definition.kind == DataType::String) {
        return value.to_vec();
    }
    let mut shown = Vec::new();
    write_option(&mut shown, (family, 0), code, definition, value);
    shown
}

/// Finds what the standards say about an option in a space.
fn defined(family: Family, space: &str, code: u16) -> Option<&'static Definition> {
    standard::by_code(family, space, code).or_else(|| vendor::by_code(family, space, code))
}

/// Tells the space of an option's sub-options.
pub(super) fn inner_space(
    family: Family,
    code: u16,
    definition: Option<&Definition>,
    value: &[u8],
) -> Option<Cow<'static, str>> {
    let definition = definition?;
    match (family, &*definition.space, code) {
        (Family::V6, "dhcp6", 3 | 5 | 25 | 26) => Some(Cow::Borrowed("dhcp6")),
        (Family::V6, "dhcp6", 17) | (Family::V4, "dhcp4", 125) => {
            let (enterprise, _) = value.split_first_chunk::<4>()?;
            Some(Cow::Owned(vendor::space_of(u32::from_be_bytes(*enterprise))))
        }
        (Family::V6, "dhcp6", 4) => Some(Cow::Borrowed("")),
        (Family::V4 | Family::V6, _, _) => definition.encapsulates.clone(),
    }
}

/// Finds what is known about an option of a vendor.
pub(super) fn vendor_definition(family: Family, enterprise: u32, code: u16) -> Option<&'static Definition> {
    vendor::by_code(family, &vendor::space_of(enterprise), code)
}

/// Finds what the standards say about a sub-option.
pub(super) fn inner_definition(family: Family, code: u16, value: &[u8], inner: u16) -> Option<&'static Definition> {
    let outer = standard::by_code(family, family.pick("dhcp4", "dhcp6"), code);
    let space = inner_space(family, code, outer, value)?;
    defined(family, &space, inner)
}

fn write_option(
    shown: &mut Vec<u8>,
    (family, indent): (Family, usize),
    code: u16,
    definition: Option<&Definition>,
    value: &[u8],
) {
    shown.resize(shown.len().saturating_add(indent), b' ');
    let mut reader = Reader::new(value);
    let start = shown.len();
    let known = definition.is_some_and(|definition| {
        special::write(shown, family, definition, &mut reader)
            .unwrap_or_else(|| {
                put(shown, head(family, code, value.len()).as_bytes());
                write_fields(shown, family, definition, &mut reader)
            })
            .is_ok()
    });
    let space = inner_space(family, code, definition, value).filter(|_| known);
    if !known {
        // What does not fit its definition is shown as octets.
        shown.truncate(start);
        put(shown, head(family, code, value.len()).as_bytes());
        write_octets(shown, value);
    }
    let Some(space) = space.filter(|_| !reader.is_empty() && indent < INDENT_LIMIT) else { return };
    put(shown, b",\noptions:");
    while let Some((code, value)) = sub_option(family, &mut reader) {
        shown.push(b'\n');
        let definition = defined(family, &space, code);
        write_option(shown, (family, indent.saturating_add(2)), code, definition, value);
    }
}

/// Options within options are followed to half this depth.
const INDENT_LIMIT: usize = 16;

fn head(family: Family, code: u16, length: usize) -> String {
    match family {
        Family::V4 => format!("type={code:03}, len={length:03}:"),
        Family::V6 => format!("type={code:05}, len={length:05}:"),
    }
}

fn sub_option<'a>(family: Family, reader: &mut Reader<'a>) -> Option<(u16, &'a [u8])> {
    let mut number = || match family {
        Family::V4 => reader.u8("number").map(u16::from),
        Family::V6 => reader.u16("number"),
    };
    let (code, length) = (number().ok()?, number().ok()?);
    Some((code, reader.octets("value", usize::from(length)).ok()?))
}

/// Appends octets; writing to a vector cannot fail.
pub(super) fn put(shown: &mut Vec<u8>, octets: &[u8]) {
    shown.extend_from_slice(octets);
}

/// Appends a text.
pub(super) fn put_text(shown: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector cannot fail.
    let _done = shown.write_fmt(text);
}

fn write_octets(shown: &mut Vec<u8>, value: &[u8]) {
    for (nth, octet) in value.iter().enumerate() {
        put_text(shown, format_args!("{}{octet:02x}", if nth == 0 { ' ' } else { ':' }));
    }
    write_printable(shown, value);
}

/// Adds the octets as text if they are one.
fn write_printable(shown: &mut Vec<u8>, value: &[u8]) {
    if value.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ') {
        put(shown, b" '");
        put(shown, value);
        put(shown, b"'");
    }
}

fn write_fields(
    shown: &mut Vec<u8>,
    family: Family,
    definition: &Definition,
    reader: &mut Reader<'_>,
) -> Result<(), DecodeError> {
    let sub_options = inner_space(family, definition.code, Some(definition), &[0; 4]).is_some();
    if definition.kind == DataType::Empty && sub_options {
        return Ok(());
    }
    if matches!(definition.kind, DataType::Empty | DataType::Binary) {
        write_octets(shown, reader.rest());
        return Ok(());
    }
    let one = [definition.kind];
    let fields = if definition.kind == DataType::Record { &*definition.record } else { &one };
    let form = match (definition.kind, definition.array) {
        (DataType::Record, _) | (_, false) => Form::Field,
        (DataType::Ipv4Address | DataType::Ipv6Address, true) => Form::Bare,
        (kind, true) if is_number(kind) => Form::Tight,
        (_, true) => Form::Field,
    };
    for field in fields {
        write_field(shown, *field, form, reader)?;
    }
    while let (true, false, Some(last)) = (definition.array, reader.is_empty(), fields.last()) {
        write_field(shown, *last, form, reader)?;
    }
    if reader.is_empty() || sub_options {
        Ok(())
    } else {
        Err(DecodeError::BadLength { field: definition.kind.name(), length: reader.left() })
    }
}

const fn is_number(kind: DataType) -> bool {
    matches!(
        kind,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Uint8 | DataType::Uint16 | DataType::Uint32
    )
}

/// How the type of a field is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `1 (uint8)`.
    Field,
    /// `1(uint8)`.
    Tight,
    /// `1`.
    Bare,
}

fn write_field(shown: &mut Vec<u8>, kind: DataType, form: Form, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
    put(shown, b" ");
    match kind {
        DataType::Empty | DataType::Record | DataType::Internal | DataType::Binary => {
            let octets = reader.rest();
            for octet in octets {
                put_text(shown, format_args!("{octet:02X}"));
            }
            write_printable(shown, octets);
        }
        DataType::Boolean => match reader.u8("boolean")? {
            0 => put(shown, b"false"),
            1 => put(shown, b"true"),
            value => return Err(DecodeError::BadValue { field: "boolean", value: u64::from(value) }),
        },
        DataType::Int8 => put_text(shown, format_args!("{}", reader.array("int8").map(i8::from_be_bytes)?)),
        DataType::Int16 => put_text(shown, format_args!("{}", reader.array("int16").map(i16::from_be_bytes)?)),
        DataType::Int32 => put_text(shown, format_args!("{}", reader.array("int32").map(i32::from_be_bytes)?)),
        DataType::Uint8 => put_text(shown, format_args!("{}", reader.u8("uint8")?)),
        DataType::Uint16 => put_text(shown, format_args!("{}", reader.u16("uint16")?)),
        DataType::Uint32 => put_text(shown, format_args!("{}", reader.u32("uint32")?)),
        DataType::Ipv4Address => put_text(shown, format_args!("{}", reader.ipv4("ipv4-address")?)),
        DataType::Ipv6Address => put_text(shown, format_args!("{}", reader.ipv6("ipv6-address")?)),
        DataType::Ipv6Prefix => {
            // Kea: has no text for a prefix.
            let length = reader.u8("prefix length")?;
            reader.octets("ipv6-prefix", usize::from(length.div_ceil(8)))?;
        }
        DataType::Psid => {
            let length = reader.u8("PSID length")?;
            let number = reader.u16("PSID")?;
            let number = 16_u32.checked_sub(u32::from(length)).and_then(|unused| number.checked_shr(unused));
            put_text(shown, format_args!("len={length},psid={}", number.unwrap_or_default()));
        }
        DataType::String => quoted(shown, reader.rest()),
        DataType::Tuple => {
            let length = reader.u8("tuple length")?;
            quoted(shown, reader.octets("tuple", usize::from(length))?);
        }
        DataType::Fqdn => quoted(shown, Name::read(reader)?.to_string().as_bytes()),
    }
    match form {
        Form::Field => put_text(shown, format_args!(" ({kind})")),
        Form::Tight => put_text(shown, format_args!("({kind})")),
        Form::Bare => {}
    }
    Ok(())
}

fn quoted(shown: &mut Vec<u8>, text: &[u8]) {
    put(shown, b"\"");
    put(shown, text);
    put(shown, b"\"");
}
