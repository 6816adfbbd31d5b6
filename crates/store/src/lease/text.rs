//! Numbers, addresses, identifiers and free text as octets of a lease file, without going through formatters.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Gives a text for a message, whatever octets it is made of.
pub(crate) fn lossy(text: &[u8]) -> Box<str> {
    String::from_utf8_lossy(text).into()
}

/// Reads anything the way the standard library does.
pub(crate) fn parse<T: FromStr>(text: &[u8]) -> Option<T> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Reads a number of one to nine plain digits, which is almost every number in a lease file.
pub(crate) fn read_digits(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 9 {
        return None;
    }
    text.iter().try_fold(0_u32, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + u32::from(digit))
    })
}

/// Reads a number of one to eighteen plain digits.
pub(crate) fn read_long(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0_i64, |value, octet| {
        let digit = octet.wrapping_sub(b'0');
        (digit < 10).then(|| value * 10 + i64::from(digit))
    })
}

/// Reads an IPv4 address of four plain numbers without leading zeros; others may be addresses all the same.
pub(crate) fn read_ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let (mut octets, mut place, mut digits) = ([0_u8; 4], 0_usize, 0_u32);
    for octet in text {
        if *octet == b'.' {
            place += 1;
            if digits == 0 || place > 3 {
                return None;
            }
            digits = 0;
            continue;
        }
        let digit = octet.wrapping_sub(b'0');
        let number = octets.get_mut(place)?;
        if digit > 9 || (digits > 0 && *number == 0) {
            return None;
        }
        *number = number.checked_mul(10)?.checked_add(digit)?;
        digits += 1;
    }
    (place == 3 && digits > 0).then(|| octets.into())
}

/// Reads hexadecimal pairs with colons between them into `octets`; the empty text is no octets.
///
/// A pair may have one digit only. `None` if it is no such text; `octets` then holds anything.
pub(crate) fn read_hex(text: &[u8], octets: &mut Vec<u8>) -> Option<()> {
    octets.clear();
    let mut rest = text;
    // Almost every identifier is nothing but whole pairs.
    while let [high, low, b':', more @ ..] = rest
        && !more.is_empty()
    {
        let (high, low) = (nibble(*high)?, nibble(*low)?);
        octets.push((high << 4) | low);
        rest = more;
    }
    while !rest.is_empty() {
        rest = match rest {
            [high, low, b':', more @ ..] if !more.is_empty() => {
                octets.push((nibble(*high)? << 4) | nibble(*low)?);
                more
            }
            [high, low] => {
                octets.push((nibble(*high)? << 4) | nibble(*low)?);
                &[]
            }
            [one, b':', more @ ..] if !more.is_empty() => {
                octets.push(nibble(*one)?);
                more
            }
            [one] => {
                octets.push(nibble(*one)?);
                &[]
            }
            _ => return None,
        };
    }
    Some(())
}

/// The values of hexadecimal digits, and [`NO_DIGIT`].
const NIBBLES: [u8; 256] = nibbles();
const NO_DIGIT: u8 = 0xff;

const fn nibbles() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    let mut rest: &[u8] = DIGITS;
    while let [digit, more @ ..] = rest {
        set(&mut values, *digit, value);
        set(&mut values, digit.to_ascii_uppercase(), value);
        value += 1;
        rest = more;
    }
    values
}

const fn set(values: &mut [u8; 256], digit: u8, value: u8) {
    let (mut rest, mut before): (&mut [u8], u8) = (values, digit);
    while let [first, more @ ..] = rest {
        if before == 0 {
            *first = value;
            return;
        }
        before -= 1;
        rest = more;
    }
}

fn nibble(octet: u8) -> Option<u8> {
    NIBBLES.get(usize::from(octet)).copied().filter(|value| *value != NO_DIGIT)
}

fn digit(nibble: u8) -> u8 {
    DIGITS.get(usize::from(nibble & 15)).copied().unwrap_or(b'0')
}

/// Writes octets as lower-case hexadecimal pairs with colons between them.
pub(crate) fn write_hex(octets: &[u8], out: &mut Vec<u8>) {
    for (index, octet) in octets.iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        out.extend_from_slice(&[digit(octet >> 4), digit(*octet)]);
    }
}

/// Writes a number in decimal.
pub(crate) fn write_number(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut length = 0_usize;
    for place in digits.iter_mut().rev() {
        *place = digit(u8::try_from(number % 10).unwrap_or_default());
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(digits.len() - length..).unwrap_or_default());
}

/// Writes a number that may be negative.
pub(crate) fn write_signed(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    write_number(number.unsigned_abs(), out);
}

/// Writes an address.
pub(crate) fn write_address(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(address) => {
            for (index, octet) in address.octets().into_iter().enumerate() {
                if index > 0 {
                    out.push(b'.');
                }
                write_number(octet.into(), out);
            }
        }
        IpAddr::V6(address) => {
            // Writing into memory cannot fail.
            let _infallible = write!(out, "{address}");
        }
    }
}

/// Writes a text so that it holds neither the separator nor a line end.
///
/// Kea: escapes `,` and `&`, and leaves control characters as they are; a line feed would tear the row in two, so here
/// they are escaped too, which Kea reads.
pub(crate) fn escape(text: &str, out: &mut Vec<u8>) {
    for octet in text.bytes() {
        if matches!(octet, b',' | b'&') || octet.is_ascii_control() {
            out.extend_from_slice(b"&#x");
            out.extend_from_slice(&[digit(octet >> 4), digit(octet)]);
        } else {
            out.push(octet);
        }
    }
}

/// Appends a text written by [`escape`]; what is no whole escape stands for itself. `text` is UTF-8.
pub(crate) fn unescape(text: &[u8], out: &mut String) {
    let Ok(mut rest) = std::str::from_utf8(text) else { return };
    if !text.contains(&b'&') {
        out.push_str(rest);
        return;
    }
    while let Some((before, after)) = rest.split_once("&#x") {
        out.push_str(before);
        let code = after.get(..2).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let escaped = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(u8::is_ascii);
        if let Some(octet) = escaped {
            out.push(char::from(octet));
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push_str("&#x");
            rest = after;
        }
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::hwaddr;

    use super::*;

    #[test]
    fn no_text_can_tear_a_row() {
        let mut line = Vec::new();
        escape("a,b&c\nd\r&#x2c", &mut line);
        assert!(!line.iter().any(|octet| b"\n\r,".contains(octet)));
        let read = |text: &[u8]| {
            let mut out = String::new();
            unescape(text, &mut out);
            out
        };
        assert_eq!(read(&line), "a,b&c\nd\r&#x2c");
        assert_eq!(read(b"&#xzz&#x&#x2"), "&#xzz&#x&#x2");
    }

    proptest! {
        #[test]
        fn identifiers_are_read_and_written_as_everywhere_else(text in "([0-9a-fA-F]{0,3}[:g]?){0,5}", octets in proptest::collection::vec(any::<u8>(), 0..9)) {
            let mut read = Vec::new();
            let taken = read_hex(text.as_bytes(), &mut read).map(|()| read);
            prop_assert_eq!(taken, hwaddr::parse_hex(&text));
            let (mut ours, mut theirs) = (Vec::new(), String::new());
            write_hex(&octets, &mut ours);
            hwaddr::write_hex(&mut theirs, &octets).unwrap();
            prop_assert_eq!(ours, theirs.into_bytes());
        }

        #[test]
        fn what_is_quickly_read_as_an_address_is_one(text in "([0-9]{0,4}\\.){0,5}[0-9]{0,3}") {
            if let Some(address) = read_ipv4(text.as_bytes()) {
                prop_assert_eq!(text.parse(), Ok(address));
            }
        }

        #[test]
        fn numbers_are_written_as_everywhere_else(number in any::<i64>(), small in -1000..1000_i64, octets in any::<[u8; 4]>()) {
            for number in [number, small] {
                let mut ours = Vec::new();
                write_signed(number, &mut ours);
                prop_assert_eq!(ours, number.to_string().into_bytes());
            }
            let mut ours = Vec::new();
            write_address(octets.into(), &mut ours);
            prop_assert_eq!(&ours, &IpAddr::from(octets).to_string().into_bytes());
            prop_assert_eq!(read_digits(small.to_string().as_bytes()), u32::try_from(small).ok());
            prop_assert_eq!(read_long(small.to_string().as_bytes()), Some(small).filter(|small| *small >= 0));
            prop_assert_eq!(read_ipv4(&ours), Some(octets.into()));
        }
    }
}
