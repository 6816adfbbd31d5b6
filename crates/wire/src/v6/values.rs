//! Values of options with one or two fields that the server reads itself.

use super::Options;
use crate::read::Reader;
use crate::{DecodeError, HardwareAddress};

/// Decodes the elapsed time (RFC 8415 §21.9), in hundredths of a second; 65535 means that long or longer.
///
/// # Errors
/// [`DecodeError::BadLength`] if the value is not 2 octets.
pub fn elapsed_time(value: &[u8]) -> Result<u16, DecodeError> {
    exactly_two("elapsed time", value)
}

/// Decodes the UDP port a relay wants its answer on (RFC 8357 §5.1); 0 from the relay means "the port I sent from".
///
/// # Errors
/// [`DecodeError::BadLength`] if the value is not 2 octets.
pub fn relay_source_port(value: &[u8]) -> Result<u16, DecodeError> {
    exactly_two("relay source port", value)
}

/// Decodes the client's link-layer address as its relay saw it (RFC 6939 §4).
///
/// # Errors
/// [`DecodeError::Truncated`] if there is no type, [`DecodeError::Missing`] if there is no address.
pub fn client_link_layer_address(value: &[u8]) -> Result<HardwareAddress, DecodeError> {
    let mut reader = Reader::new(value);
    let htype = reader.u16("link-layer type")?;
    match reader.rest() {
        [] => Err(DecodeError::Missing { field: "link-layer address" }),
        octets => Ok(HardwareAddress { htype, octets: octets.into() }),
    }
}

/// Decodes the options a relay supplies for the client (RFC 6422 §4).
///
/// # Errors
/// [`DecodeError::Truncated`] if one is cut off.
pub fn relay_supplied_options(value: &[u8]) -> Result<Options<'_>, DecodeError> {
    Options::decode(value)
}

/// Decodes a relay's Remote-Id (RFC 4649 §3) into its enterprise number and the id proper.
///
/// # Errors
/// [`DecodeError::Truncated`] if it is shorter than 4 octets.
pub fn remote_id(value: &[u8]) -> Result<(u32, &[u8]), DecodeError> {
    let mut reader = Reader::new(value);
    Ok((reader.u32("enterprise number")?, reader.rest()))
}

fn exactly_two(field: &'static str, value: &[u8]) -> Result<u16, DecodeError> {
    match value {
        [a, b] => Ok(u16::from_be_bytes([*a, *b])),
        _ => Err(DecodeError::BadLength { field, length: value.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_another_length_are_refused() {
        assert_eq!(elapsed_time(&[1, 2]), Ok(258));
        assert_eq!(elapsed_time(&[1]), Err(DecodeError::BadLength { field: "elapsed time", length: 1 }));
        assert_eq!(client_link_layer_address(&[0, 1]), Err(DecodeError::Missing { field: "link-layer address" }));
        assert_eq!(client_link_layer_address(&[0, 1, 2, 3]).unwrap().to_string(), "02:03");
        assert_eq!(remote_id(&[0, 0, 0, 9, 7]), Ok((9, &[7][..])));
    }
}
