//! A message prepared once, with the places that differ from one query to the next.

use std::net::IpAddr;

use super::arguments::Mac;

/// A prepared message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// The octets all queries have in common, with room for what differs.
    pub octets: Vec<u8>,
    /// Where the transaction id stands, and how many octets it has.
    pub transaction: (usize, usize),
    /// Where the six octets stand that tell clients apart.
    pub identities: Vec<usize>,
    /// Where a relay's address stands.
    pub relay: Option<usize>,
    /// Where the client's own address stands.
    pub address: Option<usize>,
    /// Where the two octets stand that say how long the client has been trying.
    pub elapsed: Option<usize>,
    /// What becomes of the server's identifier.
    pub server: Place,
    /// What becomes of the options that name the lease.
    pub lease: Place,
    /// Where the 16-bit length of the relayed message stands.
    pub envelope: Option<usize>,
    /// The message ends with an octet that says so.
    pub ends: bool,
}

/// Where something of variable length goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Nowhere.
    #[default]
    Nowhere,
    /// Behind all other options.
    End,
    /// Over what stands at this offset.
    At(usize),
}

/// What goes into the places.
#[derive(Debug, Clone, Copy, Default)]
pub struct Values<'a> {
    /// The transaction id; of three octets, if the message has no room for four.
    pub transaction: u32,
    /// The octets that tell the client apart.
    pub identity: Mac,
    /// The relay the query comes through; `None` leaves the one in the template.
    pub relay: Option<IpAddr>,
    /// The client's address.
    pub address: [u8; 4],
    /// Since when the client has been trying, in the unit of the message.
    pub elapsed: u16,
    /// The option with the server's identifier.
    pub server: &'a [u8],
    /// The options that name the lease.
    pub lease: &'a [u8],
}

impl Template {
    /// Appends a query to `out`.
    pub fn fill(&self, values: &Values<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.octets);
        if let Some(message) = out.get_mut(start..) {
            self.patch(values, message);
        }
        for (place, octets) in [(self.lease, values.lease), (self.server, values.server)] {
            if place == Place::End {
                out.extend_from_slice(octets);
            }
        }
        if self.ends {
            out.push(END);
        }
        if let (Some(at), Some(message)) = (self.envelope, out.get_mut(start..)) {
            let length = u16::try_from(message.len().saturating_sub(at + 2)).unwrap_or(u16::MAX);
            put(message, at, &length.to_be_bytes());
        }
    }

    fn patch(&self, values: &Values<'_>, message: &mut [u8]) {
        let (at, length) = self.transaction;
        let transaction = values.transaction.to_be_bytes();
        put(message, at, transaction.get(4_usize.saturating_sub(length)..).unwrap_or_default());
        for at in &self.identities {
            put(message, *at, &values.identity);
        }
        match (self.relay, values.relay) {
            (Some(at), Some(IpAddr::V4(relay))) => put(message, at, &relay.octets()),
            (Some(at), Some(IpAddr::V6(relay))) => put(message, at, &relay.octets()),
            (_, None) | (None, _) => {}
        }
        if let Some(at) = self.address {
            put(message, at, &values.address);
        }
        if let Some(at) = self.elapsed {
            put(message, at, &values.elapsed.to_be_bytes());
        }
        for (place, octets) in [(self.server, values.server), (self.lease, values.lease)] {
            if let Place::At(at) = place {
                put(message, at, octets);
            }
        }
    }
}

/// The option that ends a DHCPv4 message.
const END: u8 = 255;

/// Overwrites octets; what does not fit is left out.
fn put(message: &mut [u8], at: usize, octets: &[u8]) {
    if let Some(place) = at.checked_add(octets.len()).and_then(|end| message.get_mut(at..end)) {
        place.copy_from_slice(octets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_gets_its_value_and_the_envelope_its_length() {
        let template = Template {
            octets: vec![0; 24],
            transaction: (1, 3),
            identities: vec![4],
            relay: Some(10),
            address: Some(14),
            elapsed: Some(18),
            server: Place::At(20),
            lease: Place::End,
            envelope: Some(22),
            ends: true,
        };
        let values = Values {
            transaction: 0x0102_0304,
            identity: [6; 6],
            relay: Some([7; 4].into()),
            address: [8; 4],
            elapsed: 9,
            server: &[2, 2],
            lease: &[3, 3, 3],
        };
        let mut out = vec![99];
        template.fill(&values, &mut out);
        let mut expected = vec![99, 0, 2, 3, 4, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 0, 9, 2, 2, 0, 4];
        expected.extend([3, 3, 3, 255]);
        assert_eq!(out, expected);
    }

    #[test]
    fn a_place_outside_the_message_is_left_alone() {
        let template = Template { octets: vec![1, 2], transaction: (1, 4), ..Template::default() };
        let mut out = Vec::new();
        template.fill(&Values::default(), &mut out);
        assert_eq!(out, [1, 2]);
    }
}
