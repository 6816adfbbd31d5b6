//! The text of an option value without a definition: hexadecimal digits, or characters in single quotes.

/// The text is neither hexadecimal digits nor quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("option data is not a valid string of hexadecimal digits: {0}")]
pub struct HexError(pub String);

/// Encodes the `data` of an entry whose `csv-format` is false.
///
/// Octets are pairs of digits in a row (an odd first one stands alone) with or without `0x` before them, or one or two
/// digits each with `:` or a blank between them; characters in single quotes are themselves. No text is no octets.
///
/// # Errors
/// [`HexError`] for anything else.
pub fn encode_hex(text: &str) -> Result<Vec<u8>, HexError> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let quoted = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    if let Some(characters) = quoted.filter(|characters| !characters.is_empty()) {
        return Ok(characters.as_bytes().to_vec());
    }
    let octets = match [':', ' '].iter().find(|separator| text.contains(**separator)) {
        Some(separator) => text.split(*separator).map(one_octet).collect(),
        None => digits(text.strip_prefix("0x").unwrap_or(text)),
    };
    octets.ok_or_else(|| HexError(text.to_owned()))
}

/// Reads digits in a row; with an odd number of them a zero is put before the first.
pub(super) fn digits(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return None;
    }
    let bytes = text.as_bytes();
    let (first, pairs) = bytes.split_at_checked(bytes.len() % 2)?;
    let mut octets = Vec::with_capacity(bytes.len().div_ceil(2));
    for digit in first {
        octets.push(nibble(*digit)?);
    }
    for pair in pairs.chunks_exact(2) {
        let octet = pair.iter().try_fold(0_u8, |octet, digit| Some(octet.wrapping_shl(4) | nibble(*digit)?))?;
        octets.push(octet);
    }
    Some(octets)
}

fn one_octet(text: &str) -> Option<u8> {
    match *digits(text)?.as_slice() {
        [octet] => Some(octet),
        _ => None,
    }
}

fn nibble(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_text_is_read_as_kea_reads_it() {
        let good: [(&str, &[u8]); 12] = [
            ("01:02:a", &[1, 2, 10]),
            ("0102a", &[0, 0x10, 0x2a]),
            ("0x0102", &[1, 2]),
            ("01 02", &[1, 2]),
            ("'abc'", b"abc"),
            ("'a'b'", b"a'b"),
            ("'a,b'", b"a,b"),
            ("", &[]),
            ("a", &[10]),
            ("0x1", &[1]),
            ("1:2:3", &[1, 2, 3]),
            ("0 1", &[0, 1]),
        ];
        for (text, octets) in good {
            assert_eq!(encode_hex(text).as_deref(), Ok(octets), "{text}");
        }
        let bad = [
            " 01", "0x", "01:0203", "01-02", "'", "''", "0X12", "'abc", "zz", "01::02", ": ", "0x01:02", "01:",
            "01 :02", " ",
        ];
        for text in bad {
            let why = encode_hex(text).unwrap_err().to_string();
            assert_eq!(why, format!("option data is not a valid string of hexadecimal digits: {text}"));
        }
    }
}
