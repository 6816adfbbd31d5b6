//! Reads numbers, addresses and sub-slices off octets, never past their end.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::DecodeError;

/// A cursor over octets that only moves forward.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first octet of `octets`.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Says whether all octets were read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Counts the octets left.
    pub const fn left(&self) -> usize {
        self.rest.len()
    }

    /// Takes all octets that are left.
    pub const fn rest(&mut self) -> &'a [u8] {
        let rest = self.rest;
        self.rest = &[];
        rest
    }

    /// Takes `length` octets.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer are left.
    pub const fn octets(&mut self, field: &'static str, length: usize) -> Result<&'a [u8], DecodeError> {
        match self.rest.split_at_checked(length) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => Err(DecodeError::Truncated { field, needed: length, left: self.rest.len() }),
        }
    }

    /// Takes `N` octets as an array.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer are left.
    pub const fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        match self.rest.split_first_chunk::<N>() {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(*taken)
            }
            None => Err(DecodeError::Truncated { field, needed: N, left: self.rest.len() }),
        }
    }

    /// Takes one octet.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if none is left.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    /// Takes a 16-bit number in network order.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer than 2 octets are left.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    /// Takes a 24-bit number in network order.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer than 3 octets are left.
    pub fn u24(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array::<3>(field).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Takes a 32-bit number in network order.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer than 4 octets are left.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Takes an IPv4 address.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer than 4 octets are left.
    pub fn ipv4(&mut self, field: &'static str) -> Result<Ipv4Addr, DecodeError> {
        self.array::<4>(field).map(Ipv4Addr::from)
    }

    /// Takes an IPv6 address.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if fewer than 16 octets are left.
    pub fn ipv6(&mut self, field: &'static str) -> Result<Ipv6Addr, DecodeError> {
        self.array::<16>(field).map(Ipv6Addr::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_past_the_end_says_what_was_missing_and_moves_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u16("code"), Ok(0x0102));
        assert_eq!(reader.u32("iaid"), Err(DecodeError::Truncated { field: "iaid", needed: 4, left: 1 }));
        assert_eq!(reader.rest(), &[3]);
        assert!(reader.is_empty());
    }
}
