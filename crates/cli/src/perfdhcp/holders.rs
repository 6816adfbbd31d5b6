//! Which client has which address, to notice when one is given to two.

use std::collections::HashMap;
use std::sync::Mutex;

use model::Resource;

use super::arguments::Mac;
use super::pace::SECOND;
use super::reply::Told;

/// How many leases are kept in mind; beyond that, new ones are not checked.
const MOST: usize = 1 << 24;
const SHARDS: usize = 16;

/// Everything that was granted, shared by all threads.
#[derive(Debug, Default)]
pub struct Holders {
    shards: [Mutex<HashMap<Resource, Holder>>; SHARDS],
}

#[derive(Debug, Clone, Copy)]
struct Holder {
    client: Mac,
    until: u64,
}

impl Holders {
    /// Notes that a client was granted something; returns whether another one has it still.
    pub fn grant(&self, told: Told, client: Mac, now: u64) -> bool {
        let until = now.saturating_add(u64::from(told.valid).saturating_mul(SECOND));
        self.with(told.resource, |holders| {
            let before = holders.get(&told.resource).copied();
            if before.is_some() || holders.len() < MOST / SHARDS {
                holders.insert(told.resource, Holder { client, until });
            }
            before.is_some_and(|before| before.client != client && before.until > now)
        })
    }

    /// Tells whether something that is offered to a client is another's.
    pub fn is_taken(&self, told: Told, client: Mac, now: u64) -> bool {
        self.with(told.resource, |holders| {
            holders.get(&told.resource).is_some_and(|holder| holder.client != client && holder.until > now)
        })
    }

    /// Forgets what a client gave back.
    pub fn release(&self, resource: Resource) {
        self.with(resource, |holders| holders.remove(&resource));
    }

    fn with<T>(&self, resource: Resource, work: impl FnOnce(&mut HashMap<Resource, Holder>) -> T) -> T {
        let bits = match resource {
            Resource::V4(address) => u128::from(address.to_bits()),
            Resource::V6(address) => address.to_bits(),
            // Prefixes differ in their upper bits.
            Resource::Prefix(address, length) => address.to_bits() >> (128_u32.saturating_sub(length.into()).min(127)),
        };
        let number = usize::try_from(bits % 16).unwrap_or(0);
        let [first, ..] = &self.shards;
        let shard = self.shards.get(number).unwrap_or(first);
        // A thread that panicked cannot have left a map half changed.
        work(&mut shard.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(address: &str, valid: u32) -> Told {
        Told { resource: Resource::V6(address.parse().unwrap()), valid }
    }

    #[test]
    fn an_address_is_one_clients_until_it_ends_or_is_given_back() {
        let holders = Holders::default();
        let lease = told("2001:db8::1", 10);
        assert!(!holders.grant(lease, [1; 6], 0));
        assert!(!holders.grant(lease, [1; 6], SECOND));
        assert!(holders.is_taken(lease, [2; 6], 2 * SECOND));
        assert!(!holders.is_taken(lease, [2; 6], 11 * SECOND));
        assert!(holders.grant(lease, [2; 6], 5 * SECOND));
        holders.release(lease.resource);
        assert!(!holders.grant(lease, [3; 6], 6 * SECOND));
    }
}
