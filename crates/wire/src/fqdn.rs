//! Domain names: text to DNS labels and back (RFC 1035 §3.1), without compression.
//!
//! ```
//! let mut octets = Vec::new();
//! wire::fqdn::encode("pc1.example.org.", &mut octets)?;
//! let name = wire::fqdn::Name::decode(&octets)?;
//! assert_eq!(name.to_string(), "pc1.example.org.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use crate::DecodeError;
use crate::read::Reader;

/// The most octets a name takes on the wire, its root label included.
pub const NAME_LIMIT: usize = 255;

/// The most octets a label has.
pub const LABEL_LIMIT: usize = 63;

/// Why a text is not a domain name. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty, or ends inside an escape.
    #[error("incomplete textual name in {}", if .0.is_empty() { "<empty>" } else { .0 })]
    Incomplete(String),
    /// A dot at the start.
    #[error("non terminating empty label in {0}")]
    EmptyLabel(String),
    /// Two dots in a row.
    #[error("duplicate period in {0}")]
    DuplicatePeriod(String),
    /// A label beyond [`LABEL_LIMIT`].
    #[error("label is too long in {0}")]
    LongLabel(String),
    /// A name beyond [`NAME_LIMIT`].
    #[error("name is too long for termination in {0}")]
    LongName(String),
    /// A backslash with a number above 255 after it.
    #[error("escaped decimal is too large in {0}")]
    LargeEscape(String),
    /// A backslash with one or two digits after it.
    #[error("mixture of escaped digit and non-digit in {0}")]
    MixedEscape(String),
}

/// A domain name as it is on the wire, borrowed: labels, and the root label if it is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Name<'a> {
    labels: &'a [u8],
    full: bool,
}

impl<'a> Name<'a> {
    /// Decodes octets that are one name, with the root label at its end (a full name) or without (a partial one).
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] inside a label, [`DecodeError::BadValue`] at a compression pointer,
    /// [`DecodeError::BadLength`] beyond [`NAME_LIMIT`] or if octets follow the root label.
    pub fn decode(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(octets);
        let name = Self::walk(octets, &mut reader)?;
        if reader.is_empty() {
            Ok(name)
        } else {
            Err(DecodeError::BadLength { field: "domain name", length: octets.len() })
        }
    }

    /// Reads one full name and leaves the reader after its root label.
    ///
    /// # Errors
    /// As [`Self::decode`], and [`DecodeError::Truncated`] if the octets end before the root label.
    pub fn read(reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let octets = reader.clone().rest();
        let name = Self::walk(octets, reader)?;
        if name.full { Ok(name) } else { Err(DecodeError::Truncated { field: "domain name", needed: 1, left: 0 }) }
    }

    fn walk(octets: &'a [u8], reader: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let mut used: usize = 0;
        let mut full = false;
        while !full && !reader.is_empty() {
            let octet = reader.u8("label length")?;
            let length = usize::from(octet);
            if length > LABEL_LIMIT {
                return Err(DecodeError::BadValue { field: "label length", value: u64::from(octet) });
            }
            full = length == 0;
            if !full {
                reader.octets("label", length)?;
                used = used.saturating_add(length).saturating_add(1);
            }
            if used >= NAME_LIMIT {
                return Err(DecodeError::BadLength { field: "domain name", length: used.saturating_add(1) });
            }
        }
        Ok(Self { labels: octets.get(..used).unwrap_or_default(), full })
    }

    /// Walks the labels, the root left out.
    pub fn labels(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut reader = Reader::new(self.labels);
        std::iter::from_fn(move || {
            let length = reader.u8("label length").ok()?;
            reader.octets("label", usize::from(length)).ok()
        })
    }

    /// Says whether the name has its root label.
    pub const fn is_full(&self) -> bool {
        self.full
    }

    /// Says whether there is no label but perhaps the root.
    pub const fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Gives the text in lower case, as names are kept in leases and sent to the DNS.
    pub fn to_lower_case(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for Name<'_> {
    /// Writes the text form; a full name ends in a dot. What is not a plain character is escaped as in zone files.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, label) in self.labels().enumerate() {
            if index > 0 {
                f.write_str(".")?;
            }
            for octet in label {
                match octet {
                    b'"' | b'(' | b')' | b'.' | b';' | b'\\' | b'@' | b'$' => {
                        write!(f, "\\{}", char::from(*octet))?;
                    }
                    0x21..=0x7e => write!(f, "{}", char::from(*octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
        }
        f.write_str(if self.full { "." } else { "" })
    }
}

/// Appends a name to `octets` in wire form, and says whether it is full: whether the text ends in a dot, and so has the
/// root label.
///
/// # Errors
/// The [`NameError`] that tells what is wrong; `octets` is then as it was.
pub fn encode(text: &str, octets: &mut Vec<u8>) -> Result<bool, NameError> {
    let start = octets.len();
    let result = append(text, octets);
    if result.is_err() {
        octets.truncate(start);
    }
    result
}

/// Appends a name to `octets` in wire form with the root label, whether the text ends in a dot or not.
///
/// # Errors
/// As [`encode`].
pub fn encode_full(text: &str, octets: &mut Vec<u8>) -> Result<(), NameError> {
    if !encode(text, octets)? {
        octets.push(0);
    }
    Ok(())
}

fn append(text: &str, octets: &mut Vec<u8>) -> Result<bool, NameError> {
    if text.is_empty() {
        return Err(NameError::Incomplete(String::new()));
    }
    if text == "." {
        octets.push(0);
        return Ok(true);
    }
    let start = octets.len();
    let mut label: Vec<u8> = Vec::with_capacity(LABEL_LIMIT);
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'.' if label.is_empty() && octets.len() == start => return Err(NameError::EmptyLabel(text.to_owned())),
            b'.' => end_label(text, &mut label, octets)?,
            b'\\' => label.push(escaped(text, &mut rest)?),
            _ => label.push(byte),
        }
    }
    let full = label.is_empty();
    if full {
        octets.push(0);
    } else {
        end_label(text, &mut label, octets)?;
    }
    let root = usize::from(!full);
    if octets.len().saturating_sub(start).saturating_add(root) > NAME_LIMIT {
        return Err(NameError::LongName(text.to_owned()));
    }
    Ok(full)
}

fn end_label(text: &str, label: &mut Vec<u8>, octets: &mut Vec<u8>) -> Result<(), NameError> {
    match u8::try_from(label.len()) {
        Ok(0) => Err(NameError::DuplicatePeriod(text.to_owned())),
        Ok(octet) if label.len() <= LABEL_LIMIT => {
            octets.push(octet);
            octets.append(label);
            Ok(())
        }
        Ok(_) | Err(_) => Err(NameError::LongLabel(text.to_owned())),
    }
}

/// Reads what follows a backslash: a character that stands for itself, or three decimal digits.
fn escaped(text: &str, rest: &mut std::str::Bytes<'_>) -> Result<u8, NameError> {
    let mut next = || rest.next().ok_or_else(|| NameError::Incomplete(text.to_owned()));
    let first = next()?;
    if !first.is_ascii_digit() {
        return Ok(first);
    }
    let mut number = u16::from(first.saturating_sub(b'0'));
    for _ in 0..2 {
        let digit = next()?;
        if !digit.is_ascii_digit() {
            return Err(NameError::MixedEscape(text.to_owned()));
        }
        number = number.saturating_mul(10).saturating_add(u16::from(digit.saturating_sub(b'0')));
    }
    u8::try_from(number).map_err(|_cause| NameError::LargeEscape(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> Result<Vec<u8>, NameError> {
        let mut octets = Vec::new();
        encode(text, &mut octets).map(|_| octets)
    }

    #[test]
    fn a_trailing_dot_makes_a_name_full() {
        assert_eq!(encoded("pc.org.").unwrap(), b"\x02pc\x03org\x00");
        assert_eq!(encoded("pc.org").unwrap(), b"\x02pc\x03org");
        assert_eq!(Name::decode(b"\x02pc\x03org").unwrap().to_string(), "pc.org");
        assert_eq!(Name::decode(b"\x02PC\x00").unwrap().to_lower_case(), "pc.");
        assert!(Name::decode(b"").unwrap().is_empty());
    }

    #[test]
    fn labels_end_at_63_octets_and_names_at_255() {
        let label = "a".repeat(63);
        assert!(encoded(&label).is_ok());
        assert_eq!(encoded(&format!("a{label}")), Err(NameError::LongLabel(format!("a{label}"))));
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(encoded(&format!("{longest}.")).unwrap().len(), 255);
        assert!(encoded(&longest).is_ok());
        let octets = encoded(&format!("{longest}.")).unwrap();
        assert_eq!(Name::decode(&octets).unwrap().to_string(), format!("{longest}."));
        assert!(matches!(encoded(&format!("{longest}b")), Err(NameError::LongName(_))));
    }

    #[test]
    fn empty_labels_pointers_and_leftovers_are_refused() {
        assert_eq!(encoded("a..b"), Err(NameError::DuplicatePeriod("a..b".to_owned())));
        assert_eq!(encoded(".a"), Err(NameError::EmptyLabel(".a".to_owned())));
        assert_eq!(encoded(""), Err(NameError::Incomplete(String::new())));
        assert_eq!(Name::decode(&[0xc0, 0]), Err(DecodeError::BadValue { field: "label length", value: 0xc0 }));
        assert_eq!(Name::decode(&[1, b'a', 0, 0]), Err(DecodeError::BadLength { field: "domain name", length: 4 }));
        assert!(Name::read(&mut Reader::new(&[1, b'a'])).is_err());
    }

    #[test]
    fn escapes_survive_a_round_trip() {
        let octets = encoded(r"a\.b\000\\x.").unwrap();
        assert_eq!(octets, b"\x06a.b\x00\\x\x00");
        assert_eq!(Name::decode(&octets).unwrap().to_string(), r"a\.b\000\\x.");
        assert_eq!(encoded(r"a\25"), Err(NameError::Incomplete(r"a\25".to_owned())));
        assert_eq!(encoded(r"a\256"), Err(NameError::LargeEscape(r"a\256".to_owned())));
    }
}
