//! Which network interfaces the machine has, and which addresses they carry.

use std::net::{IpAddr, Ipv6Addr};

use wire::HardwareAddress;

use crate::error::InterfaceError;
use crate::netlink;

/// One network interface as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The kernel's number of it, from 1.
    pub index: u32,
    /// Its name, such as `eth0`.
    pub name: String,
    /// It has been switched on.
    pub up: bool,
    /// It has a carrier.
    pub running: bool,
    /// It is the loopback.
    pub loopback: bool,
    /// It can do multicast.
    pub multicast: bool,
    /// It can do broadcast.
    pub broadcast: bool,
    /// It is one end of a point-to-point link.
    pub point_to_point: bool,
    /// The largest packet it carries, in octets.
    pub mtu: u32,
    /// The link-layer address with the kernel's ARPHRD type as hardware type; no octets if it has none.
    pub hardware: HardwareAddress,
    /// All addresses, IPv4 and IPv6, in the kernel's order.
    pub addresses: Vec<InterfaceAddress>,
}

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceAddress {
    /// The address.
    pub address: IpAddr,
    /// Length of the network prefix in bits.
    pub prefix_length: u8,
    /// How far it is valid.
    pub scope: Scope,
    /// It is still being checked for duplicates and cannot be bound to.
    pub tentative: bool,
    /// The check found a duplicate; it cannot be used.
    pub duplicate: bool,
    /// Its preferred lifetime is over.
    pub deprecated: bool,
}

/// How far an address is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere, as far as the kernel knows.
    Global,
    /// On the link.
    Link,
    /// On this machine.
    Host,
    /// Any other: site or a number of the administrator's.
    Other(u8),
}

impl Interface {
    /// The loopback as every machine has it, for sockets that need nothing else of it.
    pub(crate) fn loopback() -> Self {
        Self {
            index: 0,
            name: "lo".to_owned(),
            up: true,
            running: true,
            loopback: true,
            multicast: false,
            broadcast: false,
            point_to_point: false,
            mtu: 65_536,
            hardware: HardwareAddress { htype: 772, octets: Box::default() },
            addresses: Vec::new(),
        }
    }

    /// Gives the link-local IPv6 addresses, tentative ones included.
    pub fn link_local6(&self) -> impl Iterator<Item = (Ipv6Addr, &InterfaceAddress)> {
        self.addresses.iter().filter_map(|entry| match entry.address {
            IpAddr::V6(address) if address.is_unicast_link_local() => Some((address, entry)),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        })
    }

    /// Finds an address of the interface.
    pub fn address(&self, address: IpAddr) -> Option<&InterfaceAddress> {
        self.addresses.iter().find(|entry| entry.address == address)
    }

    /// Tells whether other machines can be reached by it: it is up, running and not the loopback.
    pub fn reaches_others(&self) -> bool {
        self.up && self.running && !self.loopback
    }

    /// Tells whether a server DUID may be built from it: up, running, not the loopback, at least 6 octets, not all zero.
    pub fn is_identifying(&self) -> bool {
        let octets = &self.hardware.octets;
        self.reaches_others() && octets.len() >= 6 && octets.iter().any(|octet| *octet != 0)
    }
}

/// All interfaces of the machine (of the network namespace), by index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interfaces(Vec<Interface>);

impl Interfaces {
    /// Takes a list as it is, for tests and simulations.
    pub fn new(list: Vec<Interface>) -> Self {
        Self(list)
    }

    /// Finds an interface by its name.
    pub fn named(&self, name: &str) -> Option<&Interface> {
        self.iter().find(|interface| interface.name == name)
    }

    /// Finds an interface by its index.
    pub fn indexed(&self, index: u32) -> Option<&Interface> {
        self.iter().find(|interface| interface.index == index)
    }

    /// Walks all interfaces in the order of their indexes.
    pub fn iter(&self) -> std::slice::Iter<'_, Interface> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Interfaces {
    type Item = &'a Interface;
    type IntoIter = std::slice::Iter<'a, Interface>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Asks the kernel for all interfaces and their addresses.
///
/// # Errors
/// [`InterfaceError::Netlink`] if the kernel refuses, [`InterfaceError::Malformed`] if its answer makes no sense.
pub fn interfaces() -> Result<Interfaces, InterfaceError> {
    let mut list = netlink::links()?;
    for (index, address) in netlink::addresses()? {
        if let Some(interface) = list.iter_mut().find(|interface| interface.index == index) {
            interface.addresses.push(address);
        }
    }
    list.sort_by_key(|interface| interface.index);
    Ok(Interfaces(list))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn the_loopback_is_found_with_its_addresses() {
        let found = interfaces().unwrap();
        let lo = found.named("lo").unwrap();
        assert!(lo.loopback && lo.index > 0 && lo.mtu > 0);
        assert!(!lo.reaches_others() && !lo.is_identifying());
        assert_eq!(found.indexed(lo.index), Some(lo));
        if lo.up {
            let entry = lo.address(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
            assert_eq!((entry.prefix_length, entry.scope), (8, Scope::Host));
        }
    }
}
