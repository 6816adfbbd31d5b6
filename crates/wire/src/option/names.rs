//! Passing over a domain name, with Kea's words for what is wrong with it.

use super::settle::OctetsError;
use crate::read::Reader;

/// Passes over a full name.
pub(super) fn skip(reader: &mut Reader<'_>) -> Result<(), OctetsError> {
    if reader.is_empty() {
        return Err(OctetsError::NoName);
    }
    while label(reader)? {}
    Ok(())
}

/// Passes over labels up to the end of the octets.
pub(super) fn skip_partial(reader: &mut Reader<'_>) -> Result<(), OctetsError> {
    while !reader.is_empty() {
        if !label(reader)? {
            return Err(OctetsError::NameCut);
        }
    }
    Ok(())
}

/// Passes over a label; says whether another one follows.
fn label(reader: &mut Reader<'_>) -> Result<bool, OctetsError> {
    let cut = |_cause| OctetsError::NameCut;
    let length = reader.u8("label length").map_err(cut)?;
    match length {
        0 => Ok(false),
        1..=63 => reader.octets("label", usize::from(length)).map(|_label| true).map_err(cut),
        64..=191 => Err(OctetsError::Label(length)),
        192.. => Err(OctetsError::Pointer(u16::from_be_bytes([length & 0x3f, reader.u8("pointer").map_err(cut)?]))),
    }
}
