//! Finds options inside the values of options, as ranges of octets.

use std::ops::Range;

use wire::read::Reader;

use super::tree::{Layout, Vendor};
use crate::Family;

/// Hands out ranges of the octets it is set on.
struct Cursor<'a> {
    reader: Reader<'a>,
    length: usize,
}

impl<'a> Cursor<'a> {
    const fn new(octets: &'a [u8]) -> Self {
        Self { reader: Reader::new(octets), length: octets.len() }
    }

    const fn at(&self) -> usize {
        self.length.saturating_sub(self.reader.left())
    }

    fn number(&mut self, wide: bool) -> Option<usize> {
        if wide {
            self.reader.u16("number").ok().map(usize::from)
        } else {
            self.reader.u8("number").ok().map(usize::from)
        }
    }

    /// Takes octets and says where they are.
    fn octets(&mut self, count: usize) -> Option<Range<usize>> {
        let start = self.at();
        self.reader.octets("octets", count).ok()?;
        Some(start..self.at())
    }
}

/// Finds the first sub-option with this code.
pub(super) fn sub_option(family: Family, octets: &[u8], layout: Layout, code: u16) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(octets);
    match layout {
        Layout::None => return None,
        Layout::After(before) => {
            cursor.octets(usize::from(before))?;
        }
        Layout::AfterPrefix(before) => {
            cursor.octets(usize::from(before))?;
            let bits = cursor.number(false)?;
            cursor.octets(bits.div_ceil(8))?;
        }
    }
    let wide = family == Family::V6;
    while let Some(found) = cursor.number(wide) {
        let length = cursor.number(wide)?;
        let value = cursor.octets(length)?;
        if found == usize::from(code) {
            return Some(value);
        }
    }
    None
}

/// Reads the enterprise number in the value of a vendor option, and finds what belongs to it.
///
/// Kea: of a DHCPv4 option for several enterprises the first counts, and so does the first of several DHCPv6 options.
pub(super) fn vendor(family: Family, vendor: Vendor, octets: &[u8]) -> Option<(u32, Range<usize>)> {
    let mut cursor = Cursor::new(octets);
    let enterprise = cursor.reader.u32("enterprise number").ok()?;
    let part = match (family, vendor) {
        (Family::V6, _) | (Family::V4, Vendor::Class) => cursor.at()..octets.len(),
        (Family::V4, Vendor::Options) => {
            let length = cursor.number(false)?;
            cursor.octets(length)?
        }
    };
    Some((enterprise, part))
}

/// Finds a tuple, counted from 0, behind the enterprise number of a vendor class.
///
/// RFC 3925 §3: in DHCPv4 each tuple but the first has the enterprise number before it.
pub(super) fn tuple(family: Family, octets: &[u8], nth: u8) -> Option<Range<usize>> {
    let mut cursor = Cursor::new(octets);
    for at in 0..=nth {
        if at > 0 && family == Family::V4 {
            cursor.octets(4)?;
        }
        let length = cursor.number(family == Family::V6)?;
        let found = cursor.octets(length)?;
        if at == nth {
            return Some(found);
        }
    }
    None
}
