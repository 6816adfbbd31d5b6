//! Vendor-identifying options 124 and 125 (RFC 3925): blocks of one enterprise each.

use crate::read::Reader;

/// One vendor's part of option 124 or 125.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// The vendor's IANA enterprise number.
    pub enterprise: u32,
    /// The vendor's data: its class in 124, options of the space `vendor-<enterprise>` in 125.
    pub data: &'a [u8],
}

/// Walks the blocks; one cut off ends the walk.
pub fn blocks(value: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut reader = Reader::new(value);
    std::iter::from_fn(move || {
        let enterprise = reader.u32("enterprise number").ok()?;
        let length = reader.u8("vendor data length").ok()?;
        let data = reader.octets("vendor data", usize::from(length)).ok()?;
        Some(Block { enterprise, data })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendor_has_a_block_of_its_own() {
        let value = [0, 0, 0x11, 0x8b, 2, 1, 0, 0, 0, 0x7e, 0xd9, 0, 0, 0, 0, 1, 9];
        let all: Vec<Block<'_>> = blocks(&value).collect();
        assert_eq!(all, [Block { enterprise: 4491, data: &[1, 0] }, Block { enterprise: 32473, data: &[] }]);
    }
}
