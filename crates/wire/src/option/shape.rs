//! Can a value be one of its type at all? Asked of what strangers send, before anybody reads it.

use super::definition::{DataType, Definition};
use super::routes;
use crate::read::Reader;

/// Says whether a value is long enough for its type, and, if it is a list, made of whole elements.
///
/// Kea: a value longer than its type is cut to it, see [`size`]; lists of texts and names are not looked into.
pub fn fits(definition: &Definition, value: &[u8]) -> bool {
    if definition.kind == DataType::Internal {
        return definition.code != CLASSLESS_ROUTES || routes::decode(&mut Reader::new(value)).is_ok();
    }
    if definition.kind == DataType::Record {
        let fields = definition.record.iter().map_while(|kind| width(*kind));
        return value.len() >= fields.sum();
    }
    match width(definition.kind) {
        Some(width) if definition.array => !value.is_empty() && value.len().is_multiple_of(width),
        Some(width) => value.len() >= width,
        None => true,
    }
}

/// Gives the octets of a value if they are always as many; `None` for lists, records and what varies.
pub fn size(definition: &Definition) -> Option<usize> {
    width(definition.kind).filter(|_| !definition.array)
}

/// Gives the octets of one value of a list; `None` for what varies.
pub(super) fn element(definition: &Definition) -> Option<usize> {
    width(definition.kind)
}

/// The option whose internal form is a list of routes (RFC 3442).
const CLASSLESS_ROUTES: u16 = 121;

/// Octets of a type that always takes as many.
const fn width(kind: DataType) -> Option<usize> {
    Some(match kind {
        DataType::Boolean | DataType::Int8 | DataType::Uint8 => 1,
        DataType::Int16 | DataType::Uint16 => 2,
        DataType::Psid => 3,
        DataType::Int32 | DataType::Uint32 | DataType::Ipv4Address => 4,
        DataType::Ipv6Address => 16,
        DataType::Empty
        | DataType::Binary
        | DataType::Ipv6Prefix
        | DataType::String
        | DataType::Tuple
        | DataType::Fqdn
        | DataType::Record
        | DataType::Internal => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;
    use crate::option::standard;

    #[test]
    fn values_too_short_and_lists_with_a_broken_element_do_not_fit() {
        let of = |code| standard::by_code(Family::V4, "dhcp4", code).unwrap();
        for (code, fitting, broken) in
            [(51, &[0, 0, 0, 1, 9][..], &[0, 0, 1][..]), (55, &[1], &[]), (3, &[10, 0, 0, 1], &[10, 0, 0, 1, 2])]
        {
            assert!(fits(of(code), fitting), "{code}");
            assert!(!fits(of(code), broken), "{code}");
        }
        assert!(fits(of(12), &[]) && !fits(of(81), &[0, 0]) && !fits(of(121), &[0x30]));
        assert_eq!((size(of(51)), size(of(3)), size(of(12))), (Some(4), None, None));
    }
}
