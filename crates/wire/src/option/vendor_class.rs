//! The vendor class (DHCPv4 124, DHCPv6 16): defined as an enterprise number and octets, which must be tuples.

use super::ValueError;
use super::definition::{DHCP4, DHCP6, Definition};
use crate::Family;
use crate::read::Reader;

/// Checks the value of a vendor class; any other option passes.
pub(super) fn check(definition: &Definition, octets: &[u8], family: Family) -> Result<(), ValueError> {
    let Some((enterprise, tuples)) = octets.split_first_chunk::<4>() else {
        return Ok(());
    };
    let mut reader = Reader::new(tuples);
    match (family, &*definition.space, definition.code) {
        (Family::V4, DHCP4, 124) => check4(u32::from_be_bytes(*enterprise), &mut reader),
        (Family::V6, DHCP6, 16) => {
            while !reader.is_empty() {
                skip_tuple(&mut reader, 2)?;
            }
            Ok(())
        }
        (Family::V4 | Family::V6, _, _) => Ok(()),
    }
}

/// RFC 3925 §3: in DHCPv4 each tuple has an enterprise number before it.
fn check4(first: u32, reader: &mut Reader<'_>) -> Result<(), ValueError> {
    while !reader.is_empty() {
        skip_tuple(reader, 1)?;
        if reader.is_empty() {
            break;
        }
        let left = reader.left();
        let second = reader.u32("enterprise number").map_err(|_cause| ValueError::CutEnterprise(left))?;
        if second != first {
            return Err(ValueError::TwoEnterprises { first, second });
        }
    }
    Ok(())
}

/// Passes over a text behind its length, which has so many octets.
pub(super) fn skip_tuple(reader: &mut Reader<'_>, needed: usize) -> Result<(), ValueError> {
    let left = reader.left();
    let length = reader.octets("tuple length", needed).map_err(|_cause| ValueError::CutTupleLength { left, needed })?;
    let length = length.iter().fold(0_usize, |length, octet| length.wrapping_shl(8) | usize::from(*octet));
    let left = reader.left();
    reader.octets("tuple", length).map_err(|_cause| ValueError::CutTuple { left, length }).map(drop)
}
