//! What DNS is to be told of a lease.

use std::fmt;
use std::net::IpAddr;

use crate::{Owner, Seconds};

/// One name change request: entries of a client's name to add to DNS or to take out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameChange {
    /// Whether entries are added; else they are removed.
    pub add: bool,
    /// Whether the entry from name to address changes.
    pub forward: bool,
    /// Whether the entry from address to name changes.
    pub reverse: bool,
    /// The full name, in lower case, with a dot at its end.
    pub fqdn: Box<str>,
    /// The address.
    pub address: IpAddr,
    /// Whose entries they are: what the DHCID (RFC 4701) is made of.
    pub owner: Owner,
    /// Time to live of the entries.
    pub ttl: Seconds,
}

impl fmt::Display for NameChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { add, forward, reverse, fqdn, address, ttl, .. } = self;
        let kind = if *add { "CHG_ADD" } else { "CHG_REMOVE" };
        let word = |yes: bool| if yes { "yes" } else { "no" };
        write!(
            f,
            "Type: {} ({kind}), Forward Change: {}, Reverse Change: {}, FQDN: [{fqdn}], IP Address: [{address}], Lease \
             Length: {ttl}",
            u8::from(!add),
            word(*forward),
            word(*reverse)
        )
    }
}
