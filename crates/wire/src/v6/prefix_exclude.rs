//! The excluded prefix inside a delegated prefix (RFC 6603 §4.2).

use std::net::Ipv6Addr;

use crate::DecodeError;
use crate::read::Reader;

/// A prefix: its first address and its length in bits.
pub type Prefix = (Ipv6Addr, u8);

/// Encodes the excluded prefix: its length, then the bits that lie between the two lengths, left aligned.
///
/// `None` if it is not longer than the delegated prefix, longer than 128 bits, or outside it.
pub fn encode(delegated: Prefix, excluded: Prefix) -> Option<Vec<u8>> {
    let ((delegated, delegated_length), (excluded, length)) = (delegated, excluded);
    let count = subnet_octets(delegated_length, length)?;
    if (delegated.to_bits() ^ excluded.to_bits()) & mask(delegated_length) != 0 {
        return None;
    }
    let bits = (excluded.to_bits() & mask(length)).checked_shl(u32::from(delegated_length)).unwrap_or_default();
    let mut value = vec![length];
    value.extend(bits.to_be_bytes().iter().take(count));
    Some(value)
}

/// Decodes the option's value, which means something only within the prefix it is about.
///
/// # Errors
/// [`DecodeError::Truncated`] if octets are missing, [`DecodeError::BadLength`] if there are too many,
/// [`DecodeError::BadValue`] if the length is not between that of the delegated prefix and 128.
pub fn decode(value: &[u8], delegated: Prefix) -> Result<Prefix, DecodeError> {
    let (delegated, delegated_length) = delegated;
    let mut reader = Reader::new(value);
    let length = reader.u8("excluded prefix length")?;
    let count = subnet_octets(delegated_length, length)
        .ok_or(DecodeError::BadValue { field: "excluded prefix length", value: u64::from(length) })?;
    let subnet = reader.octets("excluded prefix", count)?;
    if !reader.is_empty() {
        return Err(DecodeError::BadLength { field: "excluded prefix", length: value.len() });
    }
    let mut octets = [0; 16];
    for (place, octet) in octets.iter_mut().zip(subnet) {
        *place = *octet;
    }
    let bits = u128::from_be_bytes(octets).checked_shr(u32::from(delegated_length)).unwrap_or_default();
    let bits = (delegated.to_bits() & mask(delegated_length)) | (bits & mask(length));
    Ok((Ipv6Addr::from_bits(bits), length))
}

/// Counts the octets of the subnet id; `None` if the lengths do not fit.
fn subnet_octets(delegated: u8, excluded: u8) -> Option<usize> {
    let bits = excluded.checked_sub(delegated).filter(|bits| *bits > 0 && excluded <= 128)?;
    Some(usize::from(bits.div_ceil(8)))
}

fn mask(length: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(length))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Prefix {
        let (address, length) = text.split_once('/').unwrap();
        (address.parse().unwrap(), length.parse().unwrap())
    }

    #[test]
    fn the_subnet_id_is_what_lies_between_the_lengths() {
        let cases: [(&str, &str, &[u8]); 4] = [
            (
                "2001:db8:dead:beef::/64",
                "2001:db8:dead:beef:cafe:babe:f00d:1/128",
                &[128, 0xca, 0xfe, 0xba, 0xbe, 0xf0, 0x0d, 0, 1],
            ),
            ("fd00:100:10::/56", "fd00:100:10:ff::/64", &[64, 0xff]),
            ("2001:db8::/59", "2001:db8:0:1f::/64", &[64, 0xf8]),
            ("::/0", "::1/128", &[128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        ];
        for (delegated, excluded, octets) in cases {
            let (delegated, excluded) = (prefix(delegated), prefix(excluded));
            assert_eq!(encode(delegated, excluded).unwrap(), octets);
            assert_eq!(decode(octets, delegated), Ok(excluded));
        }
    }

    #[test]
    fn prefixes_that_do_not_fit_are_refused() {
        assert_eq!(encode(prefix("2001:db8::/64"), prefix("2001:db8::/64")), None);
        assert_eq!(encode(prefix("2001:db8::/64"), prefix("2001:db9::/72")), None);
        assert!(decode(&[129, 0], prefix("2001:db8::/64")).is_err());
        assert!(decode(&[72], prefix("2001:db8::/64")).is_err());
        assert!(decode(&[72, 0, 0], prefix("2001:db8::/64")).is_err());
    }
}
