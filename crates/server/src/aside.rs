//! Packets put aside until a fact is known that their decision asked for. Then they are decided on again, from the top, as of
//! the moment they came in: nobody's thread waits with them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::{Facts, Missing, Presence, Probe};
use model::users::Users;
use model::{PoolKey, Resource, UnixTime};
use net::{Datagram, LinkAddress, Socket};

/// The most packets aside where the configuration sets no bound.
const MOST: usize = 65_536;
/// So many facts are fetched for one packet.
pub(crate) const ROUNDS: usize = 16;

/// A packet with what decides about it beyond configuration and leases.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) socket: &'a Arc<Socket>,
    pub(crate) datagram: Datagram<'a>,
    /// When it came in.
    pub(crate) at: UnixTime,
    /// Its share of chance.
    pub(crate) seed: u64,
}

/// A packet that waits.
#[derive(Debug)]
pub(crate) struct Packet {
    socket: Arc<Socket>,
    octets: Box<[u8]>,
    from: SocketAddr,
    to: IpAddr,
    ifindex: u32,
    link: LinkAddress,
    at: UnixTime,
    seed: u64,
    /// What has been found out for it.
    pub(crate) known: Known,
}

impl Packet {
    /// Keeps a packet beyond the batch it came in.
    pub(crate) fn of(seen: &Seen<'_>, known: Known) -> Self {
        let Datagram { octets, from, to, ifindex, link, .. } = seen.datagram;
        let Seen { at, seed, .. } = *seen;
        Self { socket: Arc::clone(seen.socket), octets: octets.into(), from, to, ifindex, link, at, seed, known }
    }

    /// Shows it as it came in.
    pub(crate) fn seen(&self) -> Seen<'_> {
        let Self { socket, octets, from, to, ifindex, link, at, seed, .. } = self;
        let datagram = Datagram { octets, from: *from, to: *to, ifindex: *ifindex, truncated: false, link: *link };
        Seen { socket, datagram, at: *at, seed: *seed }
    }
}

/// The packets that wait. Whoever fetches a fact holds the number of the packet it is for.
#[derive(Debug, Default)]
pub(crate) struct Aside(Mutex<Packets>);

#[derive(Debug, Default)]
struct Packets {
    waiting: BTreeMap<u64, Packet>,
    last: u64,
}

impl Aside {
    /// Puts a packet aside and gives its number; `None` if there are `limit` already, 0 setting no bound of its own.
    pub(crate) fn put(&self, packet: Packet, limit: u32) -> Option<u64> {
        let limit = if limit == 0 { MOST } else { usize::try_from(limit).unwrap_or(MOST).min(MOST) };
        let mut packets = self.packets();
        if packets.waiting.len() >= limit {
            return None;
        }
        packets.last = packets.last.wrapping_add(1);
        let number = packets.last;
        packets.waiting.insert(number, packet);
        Some(number)
    }

    /// Takes a packet back.
    pub(crate) fn take(&self, number: u64) -> Option<Packet> {
        self.packets().waiting.remove(&number)
    }

    fn packets(&self) -> MutexGuard<'_, Packets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What has been found out for a packet that waited.
#[derive(Debug, Clone, Default)]
pub struct Known {
    presence: Vec<(Ipv4Addr, Presence)>,
    cursors: Vec<(PoolKey, Option<Resource>)>,
}

impl Known {
    /// Nothing.
    pub const NOTHING: Self = Self { presence: Vec::new(), cursors: Vec::new() };

    /// Says whether the packet has waited, so that the allocators have moved for it already.
    pub const fn has_waited(&self) -> bool {
        !self.presence.is_empty()
    }

    /// Adds who is at an address.
    pub fn add(&mut self, address: Ipv4Addr, presence: Presence) {
        self.presence.push((address, presence));
    }

    /// Remembers where allocators stood before they moved for the packet.
    pub fn remember(&mut self, cursors: Vec<(PoolKey, Option<Resource>)>) {
        for (pool, stood) in cursors {
            if !self.cursors.iter().any(|(known, _)| *known == pool) {
                self.cursors.push((pool, stood));
            }
        }
    }
}

/// Leases, and what was found out for a packet; what was not is missing.
#[derive(Clone, Copy)]
pub struct Informed<'a> {
    /// The leases.
    pub leases: &'a dyn Facts,
    /// What was found out.
    pub known: &'a Known,
    /// Who is registered; `None` if nobody is to be.
    pub users: Option<&'a Users>,
}

impl Facts for Informed<'_> {
    fn below(&self) -> Option<&dyn Facts> {
        Some(self.leases)
    }

    fn cursor(&self, pool: PoolKey) -> Option<Resource> {
        let known = self.known.cursors.iter().find(|(known, _)| *known == pool);
        known.map_or_else(|| self.leases.cursor(pool), |(_, stood)| *stood)
    }

    fn users(&self) -> Option<&Users> {
        self.users
    }

    fn presence(&self, probe: &Probe) -> Result<Presence, Missing> {
        let known = self.known.presence.iter().rev().find(|(address, _)| *address == probe.address);
        known.map(|(_, presence)| *presence).ok_or_else(|| Missing::Presence(Box::new(probe.clone())))
    }
}

#[cfg(test)]
mod tests {
    use engine::Scope;
    use hooks::limits::Rates;
    use model::{Family, Seconds, SubnetId};
    use store::LeaseStore;

    use super::*;

    #[test]
    fn what_is_known_of_packets_is_asked_of_the_facts_below() {
        let (rates, now) = (Rates::default(), Rates::now());
        let scope = Scope::Subnet(SubnetId(1));
        rates.admit(&[(scope.clone(), Seconds(60))], now);
        let store = LeaseStore::new(Family::V4);
        let leases = store.facts();
        let counted = rates.over(&leases, now);
        let informed = Informed { leases: &counted, known: &Known::NOTHING, users: None };
        assert_eq!(informed.packets_within(&scope, Seconds(60)), Ok(1));
    }
}
