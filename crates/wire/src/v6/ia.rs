//! Identity associations and what they hold (RFC 8415 §21.4, §21.6, §21.21, §21.22).

use std::net::Ipv6Addr;

use super::Options;
use crate::DecodeError;
use crate::read::Reader;

/// The value of an IA_NA or IA_PD option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ia<'a> {
    /// Names the association within the client.
    pub iaid: u32,
    /// Seconds until the client renews; 0 leaves it to the client.
    pub t1: u32,
    /// Seconds until the client rebinds; 0 leaves it to the client.
    pub t2: u32,
    /// IAADDR or IAPREFIX options, and a status.
    pub options: Options<'a>,
}

impl<'a> Ia<'a> {
    /// Decodes the value of an IA_NA or IA_PD option.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is shorter than 12 octets or an option in it is cut off.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        Ok(Self {
            iaid: reader.u32("IAID")?,
            t1: reader.u32("T1")?,
            t2: reader.u32("T2")?,
            options: Options::decode(reader.rest())?,
        })
    }
}

/// The value of an IAADDR option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IaAddress<'a> {
    /// The address.
    pub address: Ipv6Addr,
    /// Preferred lifetime in seconds.
    pub preferred: u32,
    /// Valid lifetime in seconds.
    pub valid: u32,
    /// Options of the address, a status among them.
    pub options: Options<'a>,
}

impl<'a> IaAddress<'a> {
    /// Decodes the value of an IAADDR option.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is shorter than 24 octets or an option in it is cut off.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        Ok(Self {
            address: reader.ipv6("address")?,
            preferred: reader.u32("preferred lifetime")?,
            valid: reader.u32("valid lifetime")?,
            options: Options::decode(reader.rest())?,
        })
    }
}

/// The value of an IAPREFIX option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IaPrefix<'a> {
    /// Preferred lifetime in seconds.
    pub preferred: u32,
    /// Valid lifetime in seconds.
    pub valid: u32,
    /// Prefix length in bits, 0 to 128.
    pub length: u8,
    /// The prefix; bits beyond the length may be set.
    pub prefix: Ipv6Addr,
    /// Options of the prefix: an excluded prefix, a status.
    pub options: Options<'a>,
}

impl<'a> IaPrefix<'a> {
    /// Decodes the value of an IAPREFIX option.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is shorter than 25 octets or an option in it is cut off, [`DecodeError::BadValue`] if
    /// the prefix is longer than 128 bits.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        let prefix = Self {
            preferred: reader.u32("preferred lifetime")?,
            valid: reader.u32("valid lifetime")?,
            length: reader.u8("prefix length")?,
            prefix: reader.ipv6("prefix")?,
            options: Options::decode(reader.rest())?,
        };
        if prefix.length > 128 {
            return Err(DecodeError::BadValue { field: "prefix length", value: u64::from(prefix.length) });
        }
        Ok(prefix)
    }
}
