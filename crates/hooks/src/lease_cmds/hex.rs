//! Octets written in hexadecimal, and what Kea says of those that are not.

use control::Answer;

/// Longest hardware address, in octets.
const LONGEST_HW: usize = 20;

/// Reads a hardware address: digits in ones and twos with colons between; the empty text is no octets.
///
/// # Errors
/// The answer that says what is wrong.
pub(super) fn hardware(text: &str) -> Result<Vec<u8>, Answer> {
    let octets = separated(text, ':')?;
    if octets.len() > LONGEST_HW {
        return Err(Answer::error("address vector size exceeds MAX_HWADDR_LEN"));
    }
    Ok(octets)
}

/// Reads an identifier of `least` to `most` octets: as hardware addresses are written, or with blanks, or run together.
///
/// # Errors
/// The answer that says what is wrong.
pub(super) fn identifier(text: &str, least: usize, most: usize) -> Result<Vec<u8>, Answer> {
    let octets = match (text.contains(':'), text.contains(' ')) {
        (true, _) => separated(text, ':')?,
        (false, true) => separated(text, ' ')?,
        (false, false) => plain(text)?,
    };
    if octets.len() < least {
        let found = octets.len();
        return Err(Answer::error(format!("identifier is too short ({found}), at least {least} is required")));
    }
    if octets.len() > most {
        let found = octets.len();
        return Err(Answer::error(format!("identifier is too large ({found}), at most {most} is required")));
    }
    Ok(octets)
}

fn separated(text: &str, separator: char) -> Result<Vec<u8>, Answer> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(separator).map(|digits| pair(text, digits, separator)).collect()
}

fn pair(whole: &str, digits: &str, separator: char) -> Result<u8, Answer> {
    if digits.is_empty() {
        let why = format!("two consecutive separators ('{separator}') specified in a decoded string '{whole}'");
        return Err(Answer::error(why));
    }
    if digits.len() > 2 {
        return Err(Answer::error(format!("invalid format of the decoded string '{whole}'")));
    }
    if let Some(wrong) = digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
        return Err(Answer::error(format!("'{wrong}' is not a valid hexadecimal digit in decoded string '{whole}'")));
    }
    u8::from_str_radix(digits, 16).map_err(|error| Answer::error(error.to_string()))
}

/// Reads digits without separators, `0x` before them or not; a single first digit is an octet of its own.
fn plain(text: &str) -> Result<Vec<u8>, Answer> {
    let wrong = || Answer::error(format!("'{text}' is not a valid string of hexadecimal digits"));
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let halves: Option<Vec<u8>> =
        digits.chars().map(|digit| digit.to_digit(16).and_then(|half| u8::try_from(half).ok())).collect();
    let mut halves = halves.ok_or_else(wrong)?;
    if halves.is_empty() && !text.is_empty() {
        return Err(wrong());
    }
    if !halves.len().is_multiple_of(2) {
        halves.insert(0, 0);
    }
    let (pairs, _) = halves.as_chunks::<2>();
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_read_as_kea_reads_them() {
        for (text, octets) in [
            ("", &[][..]),
            ("1", &[1]),
            ("102", &[1, 2]),
            ("0x0102", &[1, 2]),
            ("1:2:a", &[1, 2, 10]),
            ("01 fF", &[1, 255]),
        ] {
            assert_eq!(identifier(text, 0, 9).unwrap(), octets, "{text}");
        }
        assert_eq!(hardware("").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said_in_keas_words() {
        for (text, why) in [
            ("zz", "'zz' is not a valid string of hexadecimal digits"),
            ("0X01", "'0X01' is not a valid string of hexadecimal digits"),
            ("a:zz", "'z' is not a valid hexadecimal digit in decoded string 'a:zz'"),
            ("01:02:", "two consecutive separators (':') specified in a decoded string '01:02:'"),
            (" 01", "two consecutive separators (' ') specified in a decoded string ' 01'"),
            ("0102:03", "invalid format of the decoded string '0102:03'"),
            ("01", "identifier is too short (1), at least 2 is required"),
        ] {
            assert_eq!(identifier(text, 2, 255).unwrap_err(), Answer::error(why));
        }
        assert_eq!(hardware("0102").unwrap_err(), Answer::error("invalid format of the decoded string '0102'"));
    }
}
