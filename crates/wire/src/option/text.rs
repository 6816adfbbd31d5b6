//! The octets of an option value to text.

use super::definition::{DataType, Definition};
use super::value::{Special, encode};
use super::{dnr, field, routes};
use crate::read::Reader;
use crate::{DecodeError, Family};

/// Writes an option value as text that [`encode`] turns into the same octets.
///
/// Of an option that encapsulates a space, the octets after its own fields are sub-options and left out.
///
/// # Errors
/// [`DecodeError::Truncated`], [`DecodeError::BadValue`] and [`DecodeError::BadLength`] if the octets do not fit the
/// definition; [`DecodeError::NoText`] if they do but have no text form, such as a string that begins with a blank.
pub fn decode(definition: &Definition, octets: &[u8], family: Family) -> Result<String, DecodeError> {
    let mut reader = Reader::new(octets);
    let text = match Special::of(definition, family) {
        Some(Special::Routes) => routes::decode(&mut reader)?,
        Some(Special::Dnr) => dnr::decode(&mut reader, family)?,
        None => decode_fields(definition, &mut reader, family)?,
    };
    if !reader.is_empty() && definition.encapsulates.is_none() {
        return Err(DecodeError::BadLength { field: definition.kind.name(), length: octets.len() });
    }
    let own = octets.len().saturating_sub(reader.left());
    match encode(definition, &text, family) {
        Ok(again) if octets.get(..own) == Some(&*again) => Ok(text),
        Ok(_) | Err(_) => Err(DecodeError::NoText { field: definition.kind.name() }),
    }
}

fn decode_fields(definition: &Definition, reader: &mut Reader<'_>, family: Family) -> Result<String, DecodeError> {
    let mut text = String::new();
    if definition.kind == DataType::Empty {
        return Ok(text);
    }
    let form = field::Form::of(definition, family);
    let one = [definition.kind];
    let fields = if definition.kind == DataType::Record { &*definition.record } else { &one };
    let mut next = |kind: DataType, reader: &mut Reader<'_>| {
        if !text.is_empty() {
            text.push(',');
        }
        let start = text.len();
        field::decode(kind, form, reader, &mut text)?;
        if text.len() == start {
            // A value of no octets is written as a blank; without one the comma split would drop it.
            text.push(' ');
        }
        Ok(())
    };
    for kind in fields {
        next(*kind, reader)?;
    }
    if let (true, Some(last)) = (definition.array, fields.last()) {
        while !reader.is_empty() {
            next(*last, reader)?;
        }
    }
    Ok(text)
}
