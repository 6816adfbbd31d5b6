//! What an expression can ask about a packet.

use std::borrow::Cow;

use super::Field;

/// A packet and what is known of it besides.
pub trait Query {
    /// Gives the value of an option of the message: the first with this code, and all that continues it.
    fn option(&self, code: u16) -> Option<Cow<'_, [u8]>>;

    /// Gives the value of an option a DHCPv6 relay added. Relays count from 0 at the server, from -1 at the client.
    fn relay_option(&self, relay: i8, code: u16) -> Option<Cow<'_, [u8]>>;

    /// Appends the octets of a property of the packet; nothing if it has none.
    fn field(&self, field: Field, octets: &mut Vec<u8>);

    /// Says whether options are looked into whose meaning depends on classes; they are when the first classes are known.
    fn is_unpacked(&self) -> bool;

    /// Says whether the packet belongs to a class already.
    fn is_member(&self, class: &str) -> bool;
}
