//! Options of a DHCPv4 message as a view over octets (RFC 2132), repeated ones put together (RFC 3396). Which codes a message
//! has is taken down once, because a server looks for many that few clients send.

use std::borrow::Cow;

use crate::RawOption;

/// A sequence of options; iterating cannot fail.
///
/// Kea: an option cut off ends the sequence, and so does the end option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options<'a> {
    /// The option field, then `file` and `sname` where they are overloaded (RFC 2131 §4.1).
    areas: [&'a [u8]; 3],
    /// Code 0 fills and code 255 ends; in spaces within options they mean nothing.
    framed: bool,
    /// Codes that may be there; what is not among them need not be looked for.
    there: Codes,
    /// Codes that may be there more than once.
    repeated: Codes,
}

/// A set of option codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Codes([u64; 4]);

impl Codes {
    const NONE: Self = Self([0; 4]);
    /// Nobody looked.
    const ALL: Self = Self([u64::MAX; 4]);

    fn has(&self, code: u16) -> bool {
        self.0.get(usize::from(code >> 6)).is_some_and(|word| word & bit(code) != 0)
    }

    fn add(&mut self, code: u16) {
        if let Some(word) = self.0.get_mut(usize::from(code >> 6)) {
            *word |= bit(code);
        }
    }
}

const fn bit(code: u16) -> u64 {
    1 << (code & 63)
}

/// Walks options, area by area.
#[derive(Debug)]
struct Walk<'a> {
    areas: [&'a [u8]; 3],
    framed: bool,
}

impl<'a> Iterator for Walk<'a> {
    type Item = RawOption<'a>;

    fn next(&mut self) -> Option<RawOption<'a>> {
        loop {
            let [first, second, third] = &mut self.areas;
            if let Some(option) = next(first, self.framed) {
                return Some(option);
            }
            if second.is_empty() && third.is_empty() {
                return None;
            }
            self.areas = [second, third, &[]];
        }
    }
}

impl<'a> Options<'a> {
    /// Views the options of a message; `file` and `sname` count if option 52 says so.
    pub fn of_message(octets: &'a [u8], file: &'a [u8], sname: &'a [u8]) -> Self {
        let plain = Self::looked_over([octets, &[], &[]]);
        let overload = plain.first(code::OVERLOAD).and_then(|value| value.first().copied()).unwrap_or_default();
        if overload & (FILE | SNAME) == 0 {
            return plain;
        }
        let of = |flag: u8, octets: &'a [u8]| if overload & flag == 0 { &[][..] } else { octets };
        Self::looked_over([octets, of(FILE, file), of(SNAME, sname)])
    }

    /// Views areas of options, and takes down which codes they have.
    fn looked_over(areas: [&'a [u8]; 3]) -> Self {
        let (mut there, mut repeated) = (Codes::NONE, Codes::NONE);
        for option in (Walk { areas, framed: true }) {
            if there.has(option.code) {
                repeated.add(option.code);
            }
            there.add(option.code);
        }
        Self { areas, framed: true, there, repeated }
    }

    /// Views options that stand inside an option's value.
    pub const fn of_value(octets: &'a [u8]) -> Self {
        Self { areas: [octets, &[], &[]], framed: false, there: Codes::ALL, repeated: Codes::ALL }
    }

    /// Views options inside an option's value where, as in option 43, code 0 fills and code 255 ends.
    pub const fn of_framed_value(octets: &'a [u8]) -> Self {
        Self { areas: [octets, &[], &[]], framed: true, there: Codes::ALL, repeated: Codes::ALL }
    }

    /// Walks the options in the order received.
    pub fn iter(&self) -> impl Iterator<Item = RawOption<'a>> + use<'a> {
        Walk { areas: self.areas, framed: self.framed }
    }

    /// Walks the values of all options with this code.
    pub fn all(&self, code: u16) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let areas = if self.there.has(code) { self.areas } else { [&[][..]; 3] };
        let options = Walk { areas, framed: self.framed };
        options.filter(move |option| option.code == code).map(|option| option.value)
    }

    /// Finds the first option with this code and gives its value as it stands there, without what repeats it.
    pub fn first(&self, code: u16) -> Option<&'a [u8]> {
        self.all(code).next()
    }

    /// Gives the whole value of an option: that of all with this code, one after the other.
    pub fn value(&self, code: u16) -> Option<Cow<'a, [u8]>> {
        let mut all = self.all(code);
        let first = all.next()?;
        let mut whole = Cow::Borrowed(first);
        if self.repeats(code) {
            all.for_each(|more| whole.to_mut().extend_from_slice(more));
        }
        Some(whole)
    }

    /// Says whether an option may be there more than once.
    pub fn repeats(&self, code: u16) -> bool {
        self.repeated.has(code)
    }

    /// Says whether there is no option.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// Drops the NULs at the end of a text (RFC 2132 §2).
pub fn text(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let length = value.iter().rposition(|octet| *octet != 0).map_or(0, |last| last.saturating_add(1));
    match value {
        Cow::Borrowed(octets) => Cow::Borrowed(octets.get(..length).unwrap_or(octets)),
        Cow::Owned(mut octets) => {
            octets.truncate(length);
            Cow::Owned(octets)
        }
    }
}

/// Option 52: `file` holds options.
const FILE: u8 = 1;
/// Option 52: `sname` holds options.
const SNAME: u8 = 2;

fn next<'a>(rest: &mut &'a [u8], framed: bool) -> Option<RawOption<'a>> {
    loop {
        let (code, tail) = rest.split_first()?;
        if framed && *code == 0 {
            *rest = tail;
            continue;
        }
        if framed && *code == u8::MAX {
            *rest = &[];
            return None;
        }
        let taken = tail.split_first().and_then(|(length, tail)| tail.split_at_checked(usize::from(*length)));
        let Some((value, tail)) = taken else {
            *rest = &[];
            return None;
        };
        *rest = tail;
        return Some(RawOption { code: u16::from(*code), value });
    }
}

/// Codes of the options the protocol itself needs.
pub mod code {
    /// Subnet mask.
    pub const SUBNET_MASK: u16 = 1;
    /// Routers.
    pub const ROUTERS: u16 = 3;
    /// Domain name servers.
    pub const DOMAIN_NAME_SERVERS: u16 = 6;
    /// Host name.
    pub const HOST_NAME: u16 = 12;
    /// Domain name.
    pub const DOMAIN_NAME: u16 = 15;
    /// Vendor-specific information of the vendor class named in option 60.
    pub const VENDOR_ENCAPSULATED: u16 = 43;
    /// The address the client wants.
    pub const REQUESTED_ADDRESS: u16 = 50;
    /// Lease time, in seconds.
    pub const LEASE_TIME: u16 = 51;
    /// `file` or `sname` hold options.
    pub const OVERLOAD: u16 = 52;
    /// What the message is for.
    pub const MESSAGE_TYPE: u16 = 53;
    /// Server identifier.
    pub const SERVER_ID: u16 = 54;
    /// Parameter request list.
    pub const PARAMETER_REQUEST_LIST: u16 = 55;
    /// Text for humans.
    pub const MESSAGE: u16 = 56;
    /// The largest message the client takes.
    pub const MAX_MESSAGE_SIZE: u16 = 57;
    /// T1, in seconds.
    pub const RENEWAL_TIME: u16 = 58;
    /// T2, in seconds.
    pub const REBINDING_TIME: u16 = 59;
    /// Vendor class identifier.
    pub const VENDOR_CLASS: u16 = 60;
    /// Client identifier.
    pub const CLIENT_ID: u16 = 61;
    /// The server that has the boot file.
    pub const TFTP_SERVER_NAME: u16 = 66;
    /// The boot file.
    pub const BOOT_FILE_NAME: u16 = 67;
    /// User class.
    pub const USER_CLASS: u16 = 77;
    /// Client FQDN (RFC 4702).
    pub const CLIENT_FQDN: u16 = 81;
    /// Relay agent information (RFC 3046).
    pub const RELAY_AGENT: u16 = 82;
    /// The client can do without IPv4 (RFC 8925).
    pub const V6_ONLY_PREFERRED: u16 = 108;
    /// Subnet selection (RFC 3011).
    pub const SUBNET_SELECTION: u16 = 118;
    /// Vendor-identifying vendor class (RFC 3925).
    pub const VIVCO: u16 = 124;
    /// Vendor-identifying vendor-specific information (RFC 3925).
    pub const VIVSO: u16 = 125;
}

/// Codes of the sub-options of option 82.
pub mod relay {
    /// Circuit id.
    pub const CIRCUIT_ID: u16 = 1;
    /// Remote id.
    pub const REMOTE_ID: u16 = 2;
    /// Link selection (RFC 3527).
    pub const LINK_SELECTION: u16 = 5;
    /// Server identifier override (RFC 5107).
    pub const SERVER_ID_OVERRIDE: u16 = 11;
    /// Relay identifier (RFC 6925).
    pub const RELAY_ID: u16 = 12;
    /// The relay wants the answer at the port it sent from (RFC 8357).
    pub const RELAY_PORT: u16 = 19;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_long_option_are_put_together_in_order() {
        let options =
            Options::of_message(&[12, 1, b'a', 0, 60, 1, b'x', 12, 2, b'b', b'c', 255, 12, 1, b'd'], &[], &[]);
        assert_eq!(options.value(code::HOST_NAME).as_deref(), Some(&b"abc"[..]));
        assert!(matches!(options.value(code::VENDOR_CLASS), Some(Cow::Borrowed(b"x"))));
    }

    #[test]
    fn an_option_cut_off_ends_the_list() {
        let options = Options::of_message(&[53, 1, 1, 12, 9, b'a'], &[], &[]);
        assert_eq!(options.iter().count(), 1);
        assert_eq!(Options::of_message(&[53], &[], &[]).iter().count(), 0);
    }

    #[test]
    fn overloaded_fields_follow_the_options() {
        let options = Options::of_message(&[52, 1, 3, 12, 1, b'a'], &[12, 1, b'b', 255], &[12, 1, b'c', 255]);
        assert_eq!(options.value(code::HOST_NAME).as_deref(), Some(&b"abc"[..]));
        let options = Options::of_message(&[52, 1, 2], &[12, 1, b'b', 255], &[12, 1, b'c', 255]);
        assert_eq!(options.value(code::HOST_NAME).as_deref(), Some(&b"c"[..]));
    }

    #[test]
    fn inside_an_option_code_0_and_255_are_codes_like_others() {
        let options = Options::of_value(&[0, 1, 7, 255, 0]);
        assert_eq!(options.iter().map(|option| option.code).collect::<Vec<_>>(), [0, 255]);
    }
}
