//! A DHCP unique identifier (RFC 8415 §11).

use std::fmt;

use crate::DecodeError;
use crate::hwaddr::{HardwareAddress, write_hex};
use crate::read::Reader;

/// The octets that name a DHCPv6 client or server for good.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Duid(Box<[u8]>);

/// The shortest and longest DUID taken from the wire, in octets.
///
/// Kea: 3 and 130, where RFC 8415 §11.1 says 1 and 128 octets after the type.
pub const LENGTHS: std::ops::RangeInclusive<usize> = 3..=130;

const LLT: u16 = 1;
const LL: u16 = 3;

impl Duid {
    /// Takes the octets of a client-id or server-id option.
    ///
    /// # Errors
    /// [`DecodeError::BadLength`] if the length is outside [`LENGTHS`].
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        if LENGTHS.contains(&octets.len()) {
            Ok(Self(octets.into()))
        } else {
            Err(DecodeError::BadLength { field: "DUID", length: octets.len() })
        }
    }

    /// Names nobody: the three zero octets Kea gives to declined leases.
    pub fn empty() -> Self {
        Self([0, 0, 0].into())
    }

    /// Lends the octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// Reads the link-layer address out of a DUID of type LLT or LL; `None` for any other type.
    pub fn hardware_address(&self) -> Option<HardwareAddress> {
        let mut reader = Reader::new(&self.0);
        let kind = reader.u16("DUID type").ok()?;
        let htype = reader.u16("hardware type").ok()?;
        match kind {
            LLT => drop(reader.u32("time").ok()?),
            LL => {}
            _ => return None,
        }
        let octets = reader.rest();
        (!octets.is_empty()).then(|| HardwareAddress { htype, octets: octets.into() })
    }
}

impl fmt::Display for Duid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl fmt::Debug for Duid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Duid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_llt_duid_gives_its_link_layer_address() {
        let duid = Duid::decode(&[0, 1, 0, 1, 1, 2, 3, 4, 0xd2, 0xc7, 0xf6, 0xd8, 0xd5, 0x7f]).unwrap();
        assert_eq!(duid.hardware_address().unwrap().to_string(), "d2:c7:f6:d8:d5:7f");
        assert_eq!(Duid::decode(&[0, 2, 0, 0, 9]).unwrap().hardware_address(), None);
    }

    #[test]
    fn a_duid_of_two_octets_is_refused() {
        assert_eq!(Duid::decode(&[0, 1]), Err(DecodeError::BadLength { field: "DUID", length: 2 }));
    }
}
