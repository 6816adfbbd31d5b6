//! Writes numbers, addresses and options; lengths are patched when the part they count is complete.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A growing message.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    octets: Vec<u8>,
}

/// An option whose length is not known yet; give it back to [`Writer::end6`].
#[derive(Debug)]
#[must_use = "an option that is never ended has length 0"]
pub struct Open {
    start: usize,
}

/// The most octets of an option's value in one part.
const PART: usize = 253;

impl Writer {
    /// Starts an empty message.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// Starts an empty message with room for `capacity` octets.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { octets: Vec::with_capacity(capacity) }
    }

    /// Counts the octets written so far.
    pub const fn len(&self) -> usize {
        self.octets.len()
    }

    /// Says whether nothing was written yet.
    pub const fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Appends one octet.
    pub fn u8(&mut self, value: u8) {
        self.octets.push(value);
    }

    /// Appends a 16-bit number in network order.
    pub fn u16(&mut self, value: u16) {
        self.octets.extend_from_slice(&value.to_be_bytes());
    }

    /// Appends the low 24 bits of a number in network order.
    pub fn u24(&mut self, value: u32) {
        let [_, a, b, c] = value.to_be_bytes();
        self.octets.extend_from_slice(&[a, b, c]);
    }

    /// Appends a 32-bit number in network order.
    pub fn u32(&mut self, value: u32) {
        self.octets.extend_from_slice(&value.to_be_bytes());
    }

    /// Appends an IPv4 address.
    pub fn ipv4(&mut self, address: Ipv4Addr) {
        self.octets.extend_from_slice(&address.octets());
    }

    /// Appends an IPv6 address.
    pub fn ipv6(&mut self, address: Ipv6Addr) {
        self.octets.extend_from_slice(&address.octets());
    }

    /// Appends octets as they are.
    pub fn octets(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Appends so many zeros.
    pub fn zeros(&mut self, count: usize) {
        self.octets.resize(self.octets.len().saturating_add(count), 0);
    }

    /// Begins a DHCPv6 option: its code, and room for its 16-bit length.
    pub fn begin6(&mut self, code: u16) -> Open {
        self.u16(code);
        self.u16(0);
        Open { start: self.octets.len() }
    }

    /// Ends an option begun with [`Self::begin6`]. A value above 65,535 octets is cut back to nothing.
    pub fn end6(&mut self, Open { start }: Open) {
        let Some(length_at) = start.checked_sub(2) else {
            return;
        };
        let length = u16::try_from(self.octets.len().saturating_sub(start)).unwrap_or_else(|_| {
            self.octets.truncate(start);
            0
        });
        if let Some(place) = self.octets.get_mut(length_at..start) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    /// Appends a whole DHCPv6 option.
    pub fn option6(&mut self, code: u16, value: &[u8]) {
        let open = self.begin6(code);
        self.octets(value);
        self.end6(open);
    }

    /// Appends a DHCPv4 option; a value above 253 octets goes into several of the same code (RFC 3396).
    ///
    /// Kea: each part is filled to 253 octets, code and length not counted.
    pub fn option4(&mut self, code: u8, value: &[u8]) {
        let mut parts = value.chunks(PART);
        // An empty value is one option too.
        self.part4(code, parts.next().unwrap_or_default());
        for part in parts {
            self.part4(code, part);
        }
    }

    fn part4(&mut self, code: u8, part: &[u8]) {
        self.u8(code);
        self.u8(u8::try_from(part.len()).unwrap_or_default());
        self.octets(part);
    }

    /// Hands out what was written.
    pub fn finish(self) -> Vec<u8> {
        self.octets
    }

    /// Lends what was written.
    pub fn as_slice(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_options_get_their_own_lengths() {
        let mut writer = Writer::new();
        let outer = writer.begin6(3);
        writer.u32(7);
        writer.option6(13, &[0, 0]);
        writer.end6(outer);
        assert_eq!(writer.finish(), [0, 3, 0, 10, 0, 0, 0, 7, 0, 13, 0, 2, 0, 0]);
    }
}
