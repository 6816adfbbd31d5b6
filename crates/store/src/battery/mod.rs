//! What every lease store has to do, and what the lease file has to survive.

mod allocation;
mod contract;
mod files;
mod journal;
mod properties;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::Change;
use model::{Family, Lease, LeaseState, MacSource, Owner, Resource, Seconds, SubnetId, UnixTime};
use wire::{Duid, HardwareAddress};

use crate::lease::disk::simulated::SimulatedDisk;
use crate::lease::open::Opened;
use crate::{LeaseStore, open};

/// A lease of a small address, made from its number: same number, same client.
pub(crate) fn lease(family: Family, number: u8) -> Lease {
    let resource = match family {
        Family::V4 => Resource::V4([192, 0, 2, number].into()),
        Family::V6 if number >= 200 => Resource::Prefix(format!("fd00:{number:x}::").parse().unwrap(), 56),
        Family::V6 => Resource::V6(format!("fd00::{number:x}").parse().unwrap()),
    };
    let hw = HardwareAddress::ethernet(&[2, 0, 0, 0, 0, number]);
    let owner = match family {
        Family::V4 => Owner::V4 { hw: Some(hw), client_id: [1, 2, number].into() },
        Family::V6 => Owner::V6 {
            duid: Duid::decode(&[0, 3, 0, 1, number]).unwrap(),
            iaid: u32::from(number),
            hw: Some((hw, MacSource::Duid)),
        },
    };
    Lease {
        resource,
        owner,
        subnet: SubnetId(1 + u32::from(number % 2)),
        pool: 0,
        state: LeaseState::Assigned,
        cltt: UnixTime(1_000),
        valid: Seconds(3_600),
        preferred: family.pick(Seconds::ZERO, Seconds(1_800)),
        hostname: format!("host-{number}.example.").into(),
        fqdn_fwd: true,
        fqdn_rev: false,
        user_context: "{ \"a\": [ 1, 2 ] }".into(),
    }
}

fn added(lease: &Lease) -> Change {
    Change { before: None, after: Some(Arc::new(lease.clone())) }
}

fn deleted(lease: &Lease) -> Change {
    Change { before: Some(Arc::new(lease.clone())), after: None }
}

fn replaced(before: &Lease, after: &Lease) -> Change {
    Change { before: Some(Arc::new(before.clone())), after: Some(Arc::new(after.clone())) }
}

fn path() -> PathBuf {
    Path::new("/leases/kea-leases.csv").to_owned()
}

/// Opens the lease files on a simulated disk into a new store.
fn opened(disk: &SimulatedDisk, family: Family) -> (LeaseStore, Opened) {
    let store = LeaseStore::new(family);
    let opened = open(Arc::new(disk.clone()), &path(), &store, 0).unwrap();
    store.attach(Arc::clone(opened.writer.queue()));
    (store, opened)
}

fn plain(store: &LeaseStore) -> Vec<Lease> {
    store.all().iter().map(|lease| Lease::clone(lease)).collect()
}
