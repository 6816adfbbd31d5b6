//! The Client FQDN option of both families (RFC 4702, RFC 4704).

use crate::fqdn::{self, Name, NameError};
use crate::read::Reader;
use crate::{DecodeError, Family};

/// Who updates the DNS, and how the name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// S: the server does the forward update.
    pub server_updates: bool,
    /// O: the server overrode the client's wish.
    pub overridden: bool,
    /// E: the name is in wire form, not text. DHCPv4 only; in DHCPv6 it always is.
    pub canonical: bool,
    /// N: nobody updates the DNS for this client.
    pub no_updates: bool,
    /// The two result codes of DHCPv4, which say nothing any more (RFC 4702 §2.2).
    pub results: [u8; 2],
}

impl Flags {
    /// Reads the flags off their octet; other bits say nothing.
    pub const fn from_octet(family: Family, octet: u8) -> Self {
        match family {
            Family::V4 => Self {
                server_updates: octet & 1 != 0,
                overridden: octet & 2 != 0,
                canonical: octet & 4 != 0,
                no_updates: octet & 8 != 0,
                results: [0; 2],
            },
            Family::V6 => Self {
                server_updates: octet & 1 != 0,
                overridden: octet & 2 != 0,
                canonical: true,
                no_updates: octet & 4 != 0,
                results: [0; 2],
            },
        }
    }

    /// Gives the octet.
    pub fn octet(self, family: Family) -> u8 {
        let of = |set: bool, bit: u8| if set { bit } else { 0 };
        let (e, n) = family.pick((4, 8), (0, 4));
        of(self.server_updates, 1) | of(self.overridden, 2) | of(self.canonical, e) | of(self.no_updates, n)
    }
}

/// The value of a Client FQDN option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientFqdn {
    /// Who updates the DNS.
    pub flags: Flags,
    /// The name in wire form.
    labels: Vec<u8>,
}

impl ClientFqdn {
    /// Decodes the option's value.
    ///
    /// # Errors
    /// [`DecodeError::Truncated`] if it is too short or a label is cut off; the errors of [`Name::decode`];
    /// [`DecodeError::NoText`] if a name that claims to be text is none.
    pub fn decode(family: Family, value: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(value);
        let mut flags = Flags::from_octet(family, reader.u8("FQDN flags")?);
        if family == Family::V4 {
            flags.results = reader.array("FQDN result codes")?;
        }
        let name = reader.clone().rest();
        if flags.canonical || name.is_empty() {
            // In DHCPv4 the option may come again, and its parts are one value: the first full name counts.
            let whole = Name::decode(name);
            if family == Family::V4 && whole.is_err() {
                Name::read(&mut reader)?;
                let read = name.len().saturating_sub(reader.left());
                return Ok(Self { flags, labels: name.get(..read).unwrap_or(name).to_vec() });
            }
            whole?;
            return Ok(Self { flags, labels: name.to_vec() });
        }
        let mut labels = Vec::with_capacity(name.len().saturating_add(1));
        let no_text = DecodeError::NoText { field: "domain name" };
        let text = std::str::from_utf8(name).map_err(|_cause| no_text.clone())?;
        fqdn::encode(text, &mut labels).map_err(|_cause| no_text)?;
        Ok(Self { flags, labels })
    }

    /// Lends the name: full, partial or empty.
    pub fn name(&self) -> Name<'_> {
        Name::decode(&self.labels).unwrap_or_default()
    }
}

/// Encodes the option's value. The name is full if it ends in a dot, partial if not, and may be empty.
///
/// # Errors
/// The [`NameError`] of the name.
pub fn encode(family: Family, flags: Flags, name: &str) -> Result<Vec<u8>, NameError> {
    let mut value = vec![flags.octet(family)];
    if family == Family::V4 {
        value.extend(flags.results);
    }
    if flags.canonical || family == Family::V6 {
        if !name.is_empty() {
            fqdn::encode(name, &mut value)?;
        }
    } else {
        value.extend_from_slice(name.as_bytes());
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_partial_and_empty_names_are_told_apart() {
        let flags = Flags { server_updates: true, canonical: true, ..Flags::default() };
        for family in [Family::V4, Family::V6] {
            for (name, full) in [("pc1.example.org.", true), ("pc1", false), ("", false)] {
                let value = encode(family, flags, name).unwrap();
                let fqdn = ClientFqdn::decode(family, &value).unwrap();
                assert_eq!((fqdn.flags, fqdn.name().to_string().as_str(), fqdn.name().is_full()), (flags, name, full));
            }
        }
    }

    #[test]
    fn a_name_in_text_is_read_as_one_in_wire_form() {
        let flags = Flags { no_updates: true, ..Flags::default() };
        let value = encode(Family::V4, flags, "pc1.example.org.").unwrap();
        assert_eq!(value, b"\x08\0\0pc1.example.org.");
        let fqdn = ClientFqdn::decode(Family::V4, &value).unwrap();
        assert_eq!((fqdn.flags, fqdn.name().labels().count(), fqdn.name().is_full()), (flags, 3, true));
        assert!(ClientFqdn::decode(Family::V4, b"\0\0\0a..b").is_err());
    }
}
