//! Vendor class and vendor options (RFC 8415 §21.16, §21.17), and the user class (§21.15).

use super::Options;
use crate::DecodeError;
use crate::read::Reader;

/// The value of a vendor class option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorClass<'a> {
    /// The vendor's IANA enterprise number.
    pub enterprise: u32,
    /// The vendor's data.
    pub data: Tuples<'a>,
}

impl<'a> VendorClass<'a> {
    /// Decodes the option's value.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is shorter than 4 octets or a tuple is cut off.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        Ok(Self { enterprise: reader.u32("enterprise number")?, data: Tuples::decode(reader.rest())? })
    }
}

/// The value of a vendor options option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorOpts<'a> {
    /// The vendor's IANA enterprise number.
    pub enterprise: u32,
    /// Options of the space `vendor-<enterprise>`.
    pub options: Options<'a>,
}

impl<'a> VendorOpts<'a> {
    /// Decodes the option's value.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is shorter than 4 octets or an option in it is cut off.
    pub fn decode(value: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        Ok(Self { enterprise: reader.u32("enterprise number")?, options: Options::decode(reader.rest())? })
    }

    /// Walks the codes the client asks for in a sub-option that is an option request list; a ragged octet is ignored.
    pub fn requested_options(&self, oro: u16) -> impl Iterator<Item = u16> + use<'a> {
        let (codes, _) = self.options.first(oro).unwrap_or_default().as_chunks::<2>();
        codes.iter().map(|code| u16::from_be_bytes(*code))
    }
}

/// A sequence of octet strings, each after its 16-bit length; iterating cannot fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tuples<'a> {
    octets: &'a [u8],
}

impl<'a> Tuples<'a> {
    /// Checks that `octets` is a sequence of whole tuples, such as the value of a user class option.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if a tuple is cut off.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        while !reader.is_empty() {
            next(&mut reader)?;
        }
        Ok(Self { octets })
    }

    /// Walks the tuples.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::new(self.octets);
        std::iter::from_fn(move || next(&mut reader).ok())
    }

    /// Gives the first tuple.
    pub fn first(&self) -> Option<&'a [u8]> {
        self.iter().next()
    }
}

fn next<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let length = reader.u16("tuple length")?;
    reader.octets("tuple", usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_class_gives_its_enterprise_and_first_tuple() {
        let value = [0, 0, 0x11, 0x8b, 0, 2, b'e', b'm', 0, 1, b'x'];
        let class = VendorClass::decode(&value).unwrap();
        assert_eq!((class.enterprise, class.data.first()), (4491, Some(&b"em"[..])));
        assert_eq!(class.data.iter().count(), 2);
        assert!(VendorClass::decode(&value[..9]).is_err());
    }

    #[test]
    fn vendor_options_give_the_codes_of_the_vendors_own_request_list() {
        let value = [0, 0, 0x11, 0x8b, 0, 1, 0, 4, 0, 32, 0, 33];
        let opts = VendorOpts::decode(&value).unwrap();
        assert_eq!(opts.requested_options(1).collect::<Vec<_>>(), [32, 33]);
    }
}
