//! Splits text into words and writes hexadecimal and quoted values.

/// Splits at blanks outside double quotes.
pub fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for letter in text.chars() {
        if letter == '"' {
            quoted = !quoted;
        }
        if letter.is_whitespace() && !quoted {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(letter);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Splits at commas outside double quotes.
pub fn split_commas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        if letter == '"' {
            quoted = !quoted;
        }
        if letter == ',' && !quoted {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

/// Writes octets as `"text"` if they are two or more printable characters, else as `0x…`.
pub fn show_octets(octets: &[u8]) -> String {
    let plain = |octet: &u8| (octet.is_ascii_graphic() || *octet == b' ') && *octet != b'"';
    if octets.len() > 1 && octets.iter().all(plain) {
        return format!("\"{}\"", String::from_utf8_lossy(octets));
    }
    octets.iter().fold(String::from("0x"), |text, octet| text + &format!("{octet:02x}"))
}

/// Writes octets in hexadecimal with colons.
pub fn show_hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":")
}

/// Reads octets from `"text"`, `0x…`, or hexadecimal pairs with colons.
pub fn parse_octets(text: &str) -> Option<Vec<u8>> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.strip_suffix('"').map(|inner| inner.as_bytes().to_vec());
    }
    let digits: String = match text.strip_prefix("0x") {
        Some(digits) => digits.to_owned(),
        None if text.contains(':') => return wire::hwaddr::parse_hex(text),
        None => text.to_owned(),
    };
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().filter_map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect())
}

/// Reads a decimal or `0x` number.
pub fn parse_number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x") {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_inside_quotes_do_not_split_words() {
        assert_eq!(split("a=1 b=\"x y\"  c"), ["a=1", "b=\"x y\"", "c"]);
    }

    #[test]
    fn octets_written_are_the_octets_read() {
        for octets in [&b"eth0"[..], &[0, 1, 255], b"a", b"", b"say \"hi\""] {
            assert_eq!(parse_octets(&show_octets(octets)).as_deref(), Some(octets));
        }
    }
}
