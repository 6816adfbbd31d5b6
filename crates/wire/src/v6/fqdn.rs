//! The Client FQDN option (RFC 4704).

use crate::DecodeError;
use crate::fqdn::{self, Name, NameError};
use crate::read::Reader;

/// The server does the forward update.
pub const FLAG_S: u8 = 0x01;
/// The server overrode the client's wish.
pub const FLAG_O: u8 = 0x02;
/// Nobody updates the DNS for this client.
pub const FLAG_N: u8 = 0x04;

/// The value of a Client FQDN option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientFqdn<'a> {
    /// [`FLAG_S`], [`FLAG_O`], [`FLAG_N`]; the other bits as received.
    pub flags: u8,
    /// The name: full, partial or empty.
    pub name: Name<'a>,
}

impl<'a> ClientFqdn<'a> {
    /// Decodes the option's value.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is empty or a label is cut off; the errors of [`Name::decode`].
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        Ok(Self { flags: reader.u8("FQDN flags")?, name: Name::decode(reader.rest())? })
    }
}

/// Encodes the option's value. The name is full if it ends in a dot, partial if not, and may be empty.
///
/// # Errors
/// The [`NameError`] of the name.
pub fn encode(flags: u8, name: &str) -> Result<Vec<u8>, NameError> {
    let mut value = vec![flags];
    if !name.is_empty() {
        fqdn::encode(name, &mut value)?;
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_partial_and_empty_names_are_told_apart() {
        for (name, full) in [("pc1.example.org.", true), ("pc1", false), ("", false)] {
            let value = encode(FLAG_S, name).unwrap();
            let fqdn = ClientFqdn::decode(&value).unwrap();
            assert_eq!((fqdn.flags, fqdn.name.to_string().as_str(), fqdn.name.is_full()), (FLAG_S, name, full));
        }
    }
}
