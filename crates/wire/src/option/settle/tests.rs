use super::*;
use crate::option::{encode_hex, standard};

fn outcome(family: Family, code: u16, octets: &str) -> String {
    let space = family.pick(DHCP4, DHCP6);
    let definition = standard::by_code(family, space, code).unwrap();
    let octets = encode_hex(octets).unwrap();
    match settle(definition, &octets, family) {
        Ok(octets) => {
            let mut text = String::new();
            crate::hwaddr::write_upper_hex(&octets, &mut text);
            text.to_lowercase()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn what_is_too_long_is_cut_and_what_is_too_short_refused() {
    let cases = [
        (Family::V4, 16, "0001020304", "00010203"),
        (Family::V4, 16, "000102", "option buffer truncated"),
        (Family::V4, 19, "0a0b", "0a"),
        (Family::V4, 13, "016100016200", "0161000162"),
        (Family::V4, 13, "0101010101010101010101010101010101", "010101050101010101"),
        (Family::V4, 13, "ffffffffffffffffff", "ffff"),
        (Family::V4, 2, "000102", "OptionInt 2 truncated"),
        (Family::V4, 17, "61620000", "6162"),
        (
            Family::V4,
            17,
            "0000",
            "failed to parse an option '17' holding string value' was empty or contained only nuls",
        ),
        (Family::V4, 3, "0001020304", "DHCPv4 Option4AddrLst 3 has invalid length=5, must be divisible by 4."),
        (Family::V6, 23, "00", "Option 23 malformed: len=1 is not divisible by 16."),
        (Family::V4, 25, "000102", "OptionIntArray 25 truncated"),
        (Family::V4, 25, "", "option 25 empty"),
        (Family::V4, 78, "01020304050607", "0102030405"),
        (Family::V4, 78, "0061", "option buffer truncated"),
        (Family::V4, 79, "02", "unable to read the buffer as boolean value. Invalid value 2"),
        (Family::V6, 14, "0001", ""),
        (
            Family::V6,
            136,
            "0002ab",
            "unable to parse the opaque data tuple, the buffer length is 1, but the tuple length is 2",
        ),
    ];
    for (family, code, octets, expected) in cases {
        assert_eq!(outcome(family, code, octets), expected, "{family:?} {code} {octets}");
    }
}

#[test]
fn names_and_prefixes_are_looked_at_label_by_label_and_bit_by_bit() {
    let cases = [
        (Family::V4, 137, "016100aa", "016100"),
        (Family::V4, 137, "", "unable to read FQDN from a buffer. The buffer is empty."),
        (Family::V4, 119, "0161", "incomplete wire-format name"),
        (Family::V4, 119, "0161c000", "bad compression pointer (out of range): 0"),
        (Family::V4, 119, "0161000261620041", "unknown label character: 65"),
        (Family::V4, 88, "", "FQDN list option has invalid length of 0"),
        (Family::V6, 39, "02074578616d706c6500", "02076578616d706c6500"),
        (
            Family::V6,
            39,
            "05016100",
            "both N and S flag of the DHCPv6 Client FQDN Option are set. According to RFC 4704, if the N bit is 1 the S bit MUST be 0",
        ),
        (Family::V6, 67, "016100aa", "01610080"),
        (Family::V6, 67, "0001", "excluded prefix length must not be 0"),
        (
            Family::V6,
            26,
            "0000000100000002203ffe0000ffffffffffffffffffffffff",
            "0000000100000002203ffe0000000000000000000000000000",
        ),
        (
            Family::V4,
            121,
            "ff0a000001",
            "DHCPv4 OptionClasslessStaticRoute 121 has invalid value, provided width of subnet mask 255 is not valid.",
        ),
        (Family::V4, 124, "000941", "parsed Vendor Class option data truncated to size 3"),
        (Family::V6, 17, "02", "Truncated vendor-specific information option, length=1"),
    ];
    for (family, code, octets, expected) in cases {
        assert_eq!(outcome(family, code, octets), expected, "{family:?} {code} {octets}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_kept_of_octets_is_kept_again(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..40), small in proptest::bool::ANY) {
        let octets: Vec<u8> = if small { octets.iter().map(|octet| octet % 5).collect() } else { octets };
        for family in [Family::V4, Family::V6] {
            for definition in standard::all(family) {
                if let Ok(kept) = settle(definition, &octets, family) {
                    proptest::prop_assert_eq!(settle(definition, &kept, family), Ok(kept), "{}", definition.name);
                }
            }
        }
    }
}
