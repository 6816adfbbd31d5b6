//! A hardware address: the link type and the octets.

use std::fmt::{self, Write as _};

/// A link-layer address with its type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HardwareAddress {
    /// The IANA hardware type; 1 is Ethernet.
    pub htype: u16,
    /// The address, usually 6 octets, at most 20.
    pub octets: Box<[u8]>,
}

/// The hardware type of Ethernet.
pub const ETHERNET: u16 = 1;

impl HardwareAddress {
    /// Names an Ethernet address.
    pub fn ethernet(octets: &[u8]) -> Self {
        Self { htype: ETHERNET, octets: octets.into() }
    }
}

impl fmt::Display for HardwareAddress {
    /// Writes the octets in lower-case hexadecimal with colons, without the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.octets)
    }
}

/// Appends octets as upper-case hexadecimal digits.
pub fn write_upper_hex(octets: &[u8], text: &mut String) {
    for octet in octets {
        let _infallible = write!(text, "{octet:02X}");
    }
}

/// Writes octets as lower-case hexadecimal pairs with colons between them.
///
/// # Errors
/// Those of the formatter.
pub fn write_hex(f: &mut dyn fmt::Write, octets: &[u8]) -> fmt::Result {
    for (index, octet) in octets.iter().enumerate() {
        if index > 0 {
            f.write_char(':')?;
        }
        for digit in [octet >> 4, octet & 15] {
            f.write_char(char::from_digit(u32::from(digit), 16).unwrap_or('0'))?;
        }
    }
    Ok(())
}

/// Reads hexadecimal pairs with colons between them, as [`write_hex`] writes them; the empty text is no octets.
pub fn parse_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(':')
        .map(|pair| {
            let hex = (1..=2).contains(&pair.len()) && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
            hex.then(|| u8::from_str_radix(pair, 16).ok()).flatten()
        })
        .collect()
}
