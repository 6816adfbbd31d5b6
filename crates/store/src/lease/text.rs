//! Numbers, addresses, identifiers and free text as octets of a lease file, without going through formatters.

use std::io::Write as _;
use std::net::IpAddr;
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

/// Reads hexadecimal pairs with colons between them into `octets`; the empty text is no octets.
///
/// A pair may have one digit only. `None` if it is no such text; `octets` then holds anything.
pub(crate) fn read_hex(text: &[u8], octets: &mut Vec<u8>) -> Option<()> {
    octets.clear();
    let mut rest = text;
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

fn nibble(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'a'..=b'f' => Some(octet - b'a' + 10),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
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
        fn numbers_are_written_as_everywhere_else(number in any::<i64>(), small in -1000..1000_i64, octets in any::<[u8; 4]>()) {
            for number in [number, small] {
                let mut ours = Vec::new();
                write_signed(number, &mut ours);
                prop_assert_eq!(ours, number.to_string().into_bytes());
            }
            let mut ours = Vec::new();
            write_address(octets.into(), &mut ours);
            prop_assert_eq!(ours, IpAddr::from(octets).to_string().into_bytes());
            prop_assert_eq!(read_digits(small.to_string().as_bytes()), u32::try_from(small).ok());
        }
    }
}
