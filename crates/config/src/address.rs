//! Reading of addresses and prefixes, with Kea's words for what is none.

use std::net::IpAddr;

use model::Family;

/// Reads an address of either family.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    plain(text).ok_or_else(|| format!("Failed to convert string to address '{text}': Invalid argument"))
}

/// Reads an address where another text says what is wrong.
pub(crate) fn plain(text: &str) -> Option<IpAddr> {
    text.parse().ok()
}

/// Says which family an address is of.
pub(crate) const fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() { Family::V4 } else { Family::V6 }
}

/// Reads octets written as hex digits: `0x0102`, `0102`, `01:02`, `1:2`, or as `'text'` in quotes.
pub(crate) fn octets(text: &str) -> Option<Vec<u8>> {
    if let Some(inner) = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return Some(inner.as_bytes().to_vec());
    }
    if text.contains([':', ' ']) {
        let separator = if text.contains(':') { ':' } else { ' ' };
        let mut octets = Vec::with_capacity(text.len() / 2);
        for written in text.split(separator) {
            octets.push(pair(written)?);
        }
        return Some(octets);
    }
    hex(text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text))
}

/// Reads hex digits without separators; an odd number of them has a zero before it.
pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { text.to_owned() };
    if !padded.is_ascii() {
        return None;
    }
    (0..padded.len()).step_by(2).map(|at| padded.get(at..at + 2).and_then(pair)).collect()
}

/// Writes octets as hex digits in upper case.
pub(crate) fn upper_hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 2);
    wire::hwaddr::write_upper_hex(octets, &mut text);
    text
}

/// Writes octets as hex pairs in lower case with colons.
pub(crate) fn colon_hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() * 3);
    // Writing to a string cannot fail.
    let _infallible = wire::hwaddr::write_hex(&mut text, octets);
    text
}

fn pair(text: &str) -> Option<u8> {
    let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    match *text.as_bytes() {
        [one] => digit(one),
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    }
}
