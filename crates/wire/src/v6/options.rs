//! Options of a DHCPv6 message as a view over octets whose framing was checked once.

use crate::read::Reader;
use crate::{DecodeError, RawOption};

/// A sequence of options; iterating cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options<'a> {
    octets: &'a [u8],
}

impl<'a> Options<'a> {
    /// Checks that `octets` is a sequence of whole options.
    ///
    /// Kea: a tail too short for an option's header is passed over.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if an option's header or value is cut off.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        while reader.left() >= HEADER {
            next(&mut reader)?;
        }
        let whole = octets.len().saturating_sub(reader.left());
        Ok(Self { octets: octets.get(..whole).unwrap_or(octets) })
    }

    /// Walks the options in the order received.
    pub fn iter(&self) -> impl Iterator<Item = RawOption<'a>> + use<'a> {
        let mut reader = Reader::new(self.octets);
        std::iter::from_fn(move || next(&mut reader).ok())
    }

    /// Finds the value of the first option with this code.
    pub fn first(&self, code: u16) -> Option<&'a [u8]> {
        self.iter().find(|option| option.code == code).map(|option| option.value)
    }

    /// Walks the values of all options with this code.
    pub fn all(&self, code: u16) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.iter().filter(move |option| option.code == code).map(|option| option.value)
    }

    /// Lends the octets as received.
    pub const fn as_slice(&self) -> &'a [u8] {
        self.octets
    }
}

/// Octets of an option's code and length.
const HEADER: usize = 4;

fn next<'a>(reader: &mut Reader<'a>) -> Result<RawOption<'a>, DecodeError> {
    let code = reader.u16("option code")?;
    let length = reader.u16("option length")?;
    let value = reader.octets("option value", usize::from(length))?;
    Ok(RawOption { code, value })
}

/// Codes of the options the protocol itself needs.
pub mod code {
    /// Client identifier.
    pub const CLIENT_ID: u16 = 1;
    /// Server identifier.
    pub const SERVER_ID: u16 = 2;
    /// Identity association for non-temporary addresses.
    pub const IA_NA: u16 = 3;
    /// Identity association for temporary addresses.
    pub const IA_TA: u16 = 4;
    /// An address of an identity association.
    pub const IAADDR: u16 = 5;
    /// Option request.
    pub const ORO: u16 = 6;
    /// Preference.
    pub const PREFERENCE: u16 = 7;
    /// Elapsed time, in hundredths of a second.
    pub const ELAPSED_TIME: u16 = 8;
    /// The relayed message.
    pub const RELAY_MSG: u16 = 9;
    /// Authentication.
    pub const AUTH: u16 = 11;
    /// Server unicast.
    pub const UNICAST: u16 = 12;
    /// Status code.
    pub const STATUS_CODE: u16 = 13;
    /// Rapid commit.
    pub const RAPID_COMMIT: u16 = 14;
    /// User class.
    pub const USER_CLASS: u16 = 15;
    /// Vendor class.
    pub const VENDOR_CLASS: u16 = 16;
    /// Vendor-specific information.
    pub const VENDOR_OPTS: u16 = 17;
    /// Interface-Id of a relay.
    pub const INTERFACE_ID: u16 = 18;
    /// Identity association for prefix delegation.
    pub const IA_PD: u16 = 25;
    /// A prefix of an identity association.
    pub const IAPREFIX: u16 = 26;
    /// Remote-Id of a relay.
    pub const REMOTE_ID: u16 = 37;
    /// Subscriber-Id of a relay.
    pub const SUBSCRIBER_ID: u16 = 38;
    /// Client FQDN.
    pub const CLIENT_FQDN: u16 = 39;
    /// Network time servers.
    pub const NTP_SERVER: u16 = 56;
    /// Relay-supplied options.
    pub const RSOO: u16 = 66;
    /// Excluded prefix.
    pub const PD_EXCLUDE: u16 = 67;
    /// Client link-layer address, from a relay.
    pub const CLIENT_LINKLAYER_ADDR: u16 = 79;
    /// A DHCPv4 message (RFC 7341).
    pub const DHCPV4_MSG: u16 = 87;
    /// UDP source port of a relay.
    pub const RELAY_SOURCE_PORT: u16 = 135;
}
