//! Status codes (RFC 8415 §21.13).

use crate::DecodeError;
use crate::read::Reader;

/// How the server says that something went well or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusCode {
    /// It went well.
    Success,
    /// It failed without a better reason.
    UnspecFail,
    /// No address can be assigned.
    NoAddrsAvail,
    /// The server knows no such lease.
    NoBinding,
    /// The address does not belong on the link.
    NotOnLink,
    /// The client shall use multicast.
    UseMulticast,
    /// No prefix can be delegated.
    NoPrefixAvail,
}

impl StatusCode {
    /// Gives the number on the wire.
    pub const fn number(self) -> u16 {
        match self {
            Self::Success => 0,
            Self::UnspecFail => 1,
            Self::NoAddrsAvail => 2,
            Self::NoBinding => 3,
            Self::NotOnLink => 4,
            Self::UseMulticast => 5,
            Self::NoPrefixAvail => 6,
        }
    }
}

/// Decodes a status code option's value into its number and text.
///
/// # Errors
/// [`DecodeError::Truncated`] if it is shorter than 2 octets.
pub fn decode(value: &[u8]) -> Result<(u16, &[u8]), DecodeError> {
    let mut reader = Reader::new(value);
    Ok((reader.u16("status code")?, reader.rest()))
}

/// Encodes a status code option's value.
pub fn encode(code: StatusCode, text: &str) -> Vec<u8> {
    let mut value = code.number().to_be_bytes().to_vec();
    value.extend_from_slice(text.as_bytes());
    value
}
