//! What all queries of a test have in common.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::Family;
use wire::DecodeError;

use super::arguments::{Arguments, LeaseType, Mac};
use super::kind::{KINDS, Kind};
use super::reply::Reply;
use super::template::{Place, Template};
use super::{v4, v6};

/// The hardware address clients are counted from if the command line names none.
pub const BASE: Mac = [0, 0x0c, 1, 2, 3, 4];

/// What queries are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The family of the test.
    pub family: Family,
    /// The address queries come from, which stands for the relay's.
    pub local: IpAddr,
    /// DHCPv4 clients want their answers broadcast.
    pub broadcast: bool,
    /// DHCPv6 messages are in an envelope.
    pub encapsulated: bool,
    /// SOLICIT asks for a lease at once.
    pub rapid: bool,
    /// What is asked for.
    pub lease_type: LeaseType,
    /// A client's DUID, whose last six octets differ from client to client.
    pub duid: Vec<u8>,
    /// Further options.
    pub options: Vec<(u16, Vec<u8>)>,
    /// Further options of the envelope.
    pub relay_options: Vec<(u16, Vec<u8>)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            family: Family::V4,
            local: Ipv4Addr::UNSPECIFIED.into(),
            broadcast: false,
            encapsulated: false,
            rapid: false,
            lease_type: LeaseType::Address,
            duid: Vec::new(),
            options: Vec::new(),
            relay_options: Vec::new(),
        }
    }
}

impl Setup {
    /// Reads it off a command line; `since_2000` dates the clients' DUIDs, in seconds.
    pub fn new(arguments: &Arguments, local: IpAddr, since_2000: u32) -> Self {
        Self {
            family: arguments.family(),
            local,
            broadcast: arguments.broadcast,
            encapsulated: arguments.encapsulated,
            rapid: arguments.rapid,
            lease_type: arguments.lease_type,
            duid: duid(arguments, since_2000),
            options: arguments.options.clone(),
            relay_options: arguments.relay_options.clone(),
        }
    }

    /// The six octets clients are counted from.
    pub fn base(&self, arguments: &Arguments) -> Mac {
        let given = if self.family == Family::V6 { self.duid.last_chunk().copied() } else { arguments.mac };
        given.unwrap_or(BASE)
    }

    /// The relay's address in DHCPv4.
    pub fn relay4(&self) -> Ipv4Addr {
        if let IpAddr::V4(address) = self.local { address } else { Ipv4Addr::UNSPECIFIED }
    }

    /// The relay's address in DHCPv6.
    pub fn relay6(&self) -> Ipv6Addr {
        if let IpAddr::V6(address) = self.local { address } else { Ipv6Addr::UNSPECIFIED }
    }

    /// Tells whether clients want addresses.
    pub fn wants_address(&self) -> bool {
        self.lease_type != LeaseType::Prefix
    }

    /// Tells whether clients want prefixes.
    pub fn wants_prefix(&self) -> bool {
        self.lease_type != LeaseType::Address
    }

    /// Prepares the queries of all kinds, in the order of [`KINDS`]; `files` are messages to use for the first two.
    pub fn templates(&self, arguments: &Arguments, files: &[Vec<u8>]) -> Vec<Template> {
        let own = |kind| if self.family == Family::V4 { v4::template(kind, self) } else { v6::template(kind, self) };
        let of = |kind: &Kind| match files.get(kind.index()) {
            Some(octets) => self.with_file(*kind, arguments, octets.clone()),
            None => own(*kind),
        };
        KINDS.iter().map(of).collect()
    }

    /// Finds the places of a message from a file.
    fn with_file(&self, kind: Kind, arguments: &Arguments, octets: Vec<u8>) -> Template {
        let places = if self.family == Family::V4 { v4::places } else { v6::places };
        let mut template = places(octets);
        let of = |list: &[usize]| list.get(kind.index()).or(list.first()).copied();
        if let Some(at) = of(&arguments.transaction_offsets) {
            template.transaction.0 = at;
        }
        if let Some(last) = of(&arguments.random_offsets) {
            template.identities = vec![last.saturating_sub(5)];
        }
        if kind == Kind::Request {
            template.elapsed = arguments.elapsed_offset.filter(|at| *at > 0);
            template.server = arguments.server_offset.map_or(Place::Nowhere, Place::At);
            template.lease = arguments.address_offset.map_or(Place::Nowhere, Place::At);
        }
        template
    }

    /// Reads an answer.
    ///
    /// # Errors
    /// [`DecodeError`] if the message is cut off.
    pub fn read(&self, octets: &[u8], reply: &mut Reply) -> Result<(), DecodeError> {
        if self.family == Family::V4 { v4::read(octets, reply) } else { v6::read(octets, reply) }
    }

    /// Reads the transaction id off an answer and nothing else; `None` if it is cut off.
    pub fn transaction(&self, octets: &[u8]) -> Option<u32> {
        if self.family == Family::V4 {
            return octets.get(4..)?.first_chunk().map(|id| u32::from_be_bytes(*id));
        }
        v6::transaction(octets)
    }
}

/// The DUID of the first client: as given, of type LL with a list of hardware addresses, else of type LLT.
fn duid(arguments: &Arguments, since_2000: u32) -> Vec<u8> {
    if let Some(duid) = &arguments.duid {
        return duid.clone();
    }
    let mut duid = Vec::with_capacity(14);
    if let Some(mac) = arguments.macs.first() {
        duid.extend([0, 3, 0, 1]);
        duid.extend(mac);
    } else {
        duid.extend([0, 1, 0, 1]);
        duid.extend(since_2000.to_be_bytes());
        duid.extend(arguments.mac.unwrap_or(BASE));
    }
    duid
}

/// Reads a message from a file's text: hexadecimal digits and blanks.
///
/// # Errors
/// The first character that is neither, or `None` if a digit is left over.
pub fn hexadecimal(text: &str) -> Result<Vec<u8>, Option<char>> {
    let mut octets = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for character in text.chars().filter(|character| !character.is_ascii_whitespace()) {
        let digit = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(Some(character))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(high << 4 | digit),
        }
    }
    if high.is_some() { Err(None) } else { Ok(octets) }
}

#[cfg(test)]
mod tests {
    use super::super::template::Values;
    use super::*;

    #[test]
    fn a_message_from_a_file_gets_what_differs_at_the_offsets_given() {
        let arguments = Arguments {
            transaction_offsets: vec![1, 1],
            random_offsets: vec![9],
            server_offset: Some(10),
            address_offset: Some(12),
            elapsed_offset: Some(14),
            ..Arguments::default()
        };
        let setup = Setup { family: Family::V6, ..Setup::default() };
        let templates = setup.templates(&arguments, &[vec![0; 16], vec![0; 16]]);
        let values = Values {
            transaction: 0x01_0203,
            identity: [6; 6],
            elapsed: 9,
            server: &[2, 2],
            lease: &[3, 3],
            ..Values::default()
        };
        let fill = |number: usize| {
            let mut out = Vec::new();
            templates[number].fill(&values, &mut out);
            out
        };
        assert_eq!(fill(0), [0, 1, 2, 3, 6, 6, 6, 6, 6, 6, 0, 0, 0, 0, 0, 0]);
        assert_eq!(fill(1), [0, 1, 2, 3, 6, 6, 6, 6, 6, 6, 2, 2, 3, 3, 0, 9]);
    }

    #[test]
    fn a_file_is_hexadecimal_digits_and_blanks() {
        assert_eq!(hexadecimal("12 B4\n1 2"), Ok(vec![0x12, 0xb4, 0x12]));
        assert_eq!((hexadecimal("12v"), hexadecimal("123")), (Err(Some('v')), Err(None)));
    }

    #[test]
    fn clients_are_counted_from_the_mac_or_the_end_of_the_duid() {
        let arguments = Arguments { duid: Some(vec![1, 2, 3, 4, 5, 6, 7]), mac: Some([9; 6]), ..Arguments::default() };
        let four = Setup::new(&arguments, Ipv4Addr::LOCALHOST.into(), 0);
        assert_eq!(four.base(&arguments), [9; 6]);
        let arguments = Arguments { given_family: Some(Family::V6), ..arguments };
        assert_eq!(Setup::new(&arguments, Ipv4Addr::LOCALHOST.into(), 0).base(&arguments), [2, 3, 4, 5, 6, 7]);
    }
}
