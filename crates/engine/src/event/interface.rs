//! The name of an interface as events hold it: in place, because two events of every packet have one.

use std::fmt;

/// Octets of the longest name; Linux allows 15.
const LONGEST: usize = 23;

/// The name of an interface, cut where it is longer than any system allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InterfaceName {
    octets: [u8; LONGEST],
    length: u8,
}

impl InterfaceName {
    /// Lends the name.
    pub fn as_str(&self) -> &str {
        let octets = self.octets.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(octets).unwrap_or_default()
    }
}

impl From<&str> for InterfaceName {
    fn from(name: &str) -> Self {
        let mut octets = [0; LONGEST];
        let most = name.len().min(LONGEST);
        let length = (0..=most).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
        if let (Some(place), Some(name)) = (octets.get_mut(..length), name.as_bytes().get(..length)) {
            place.copy_from_slice(name);
        }
        Self { octets, length: u8::try_from(length).unwrap_or_default() }
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_and_one_too_long_is_cut_between_letters() {
        assert_eq!(InterfaceName::from("enp0s31f6.4094").as_str(), "enp0s31f6.4094");
        assert_eq!(InterfaceName::from("").as_str(), "");
        assert_eq!(InterfaceName::from("ääääääääääää").as_str(), "äääääääääää");
    }
}
