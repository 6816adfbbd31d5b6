//! Tickets, groups, failing disks, and power cuts at every octet and every operation.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::sync::Mutex;

use super::*;
use crate::{Durability, Fate, Journal, Ticket};

fn is_failed(fate: &Fate) -> bool {
    matches!(fate, Fate::Failed(_))
}

#[test]
fn one_write_settles_everything_that_waits() {
    let disk = SimulatedDisk::new();
    let (store, mut opened) = opened(&disk, Family::V6);
    let tickets: Vec<_> = (1..9).map(|n| store.commit(&[added(&lease(Family::V6, n))]).unwrap().ticket).collect();
    let queue = Arc::clone(opened.writer.queue());
    assert!(tickets.iter().all(|ticket| matches!(queue.fate(*ticket), Fate::Pending)));
    let before = disk.operations();
    let progress = opened.writer.step();
    assert_eq!(disk.operations() - before, 2, "one write, one sync");
    assert_eq!(progress.durable, Ticket(8));
    assert!(tickets.iter().all(|ticket| matches!(queue.fate(*ticket), Fate::Durable)));
    assert!(matches!(queue.fate(store.commit(&[]).unwrap().ticket), Fate::Durable));
}

#[test]
fn a_full_disk_fails_the_tickets_and_loses_no_row_once_there_is_room() {
    for room in [0, 1, 40, 200] {
        let disk = SimulatedDisk::new();
        let (store, mut opened) = opened(&disk, Family::V6);
        disk.set_room(Some(room));
        let one = store.commit(&[added(&lease(Family::V6, 1)), added(&lease(Family::V6, 2))]).unwrap().ticket;
        let progress = opened.writer.step();
        assert_eq!(progress.durable, Ticket(0));
        let why = progress.error.unwrap().to_string();
        assert!(why.starts_with("cannot write lease file /leases/kea-leases.csv: "), "{why}");
        let queue = Arc::clone(opened.writer.queue());
        assert!(is_failed(&queue.fate(one)));
        let two = store.commit(&[added(&lease(Family::V6, 3))]).unwrap().ticket;
        assert!(matches!(queue.fate(two), Fate::Pending));
        opened.writer.step();
        assert!(is_failed(&queue.fate(two)));
        disk.set_room(None);
        assert_eq!(opened.writer.step().durable, two);
        disk.cut_power();
        assert_eq!(plain(&super::opened(&disk, Family::V6).0), plain(&store));
    }
}

#[test]
fn a_failing_sync_makes_no_ticket_durable() {
    let disk = SimulatedDisk::new();
    let (store, mut opened) = opened(&disk, Family::V4);
    disk.set_sync_fails(true);
    let ticket = store.commit(&[added(&lease(Family::V4, 1))]).unwrap().ticket;
    assert_eq!(opened.writer.step().durable, Ticket(0));
    assert!(is_failed(&opened.writer.queue().fate(ticket)));
    disk.set_sync_fails(false);
    assert_eq!(opened.writer.step().durable, ticket);
    disk.cut_power();
    assert_eq!(super::opened(&disk, Family::V4).0.len(), 1);
}

#[test]
fn without_sync_a_killed_process_loses_nothing() {
    let disk = SimulatedDisk::new();
    let (store, opened) = opened(&disk, Family::V4);
    let mut writer = opened.writer.with_durability(Durability::Write);
    store.commit(&[added(&lease(Family::V4, 1))]).unwrap();
    let before = disk.operations();
    writer.step();
    assert_eq!(disk.operations() - before, 1);
    disk.kill();
    assert_eq!(super::opened(&disk, Family::V4).0.len(), 1);
}

#[test]
fn a_file_cut_at_any_octet_gives_every_row_before_the_cut_and_goes_on() {
    for family in [Family::V4, Family::V6] {
        let disk = SimulatedDisk::new();
        let (store, mut before) = opened(&disk, family);
        let mut ends = Vec::new();
        for number in [1, 2, 3, 220] {
            store.commit(&[added(&lease(family, number))]).unwrap();
            before.writer.step();
            ends.push(disk.content(&path()).unwrap().len());
        }
        let whole = disk.content(&path()).unwrap();
        for cut in 0..=whole.len() {
            let disk = SimulatedDisk::new();
            disk.put(&path(), &whole[..cut]);
            let (store, mut after) = opened(&disk, family);
            let complete = ends.iter().filter(|end| **end <= cut).count();
            assert!(store.len() == complete || ends.contains(&(cut + 1)), "cut at {cut}");
            store.commit(&[added(&lease(family, 9))]).unwrap();
            after.writer.step();
            disk.cut_power();
            assert_eq!(plain(&opened(&disk, family).0), plain(&store), "cut at {cut}");
        }
    }
}

#[test]
fn a_torn_line_is_reported_with_its_number() {
    let disk = SimulatedDisk::new();
    let (store, mut before) = opened(&disk, Family::V6);
    store.commit(&[added(&lease(Family::V6, 1)), added(&lease(Family::V6, 2))]).unwrap();
    before.writer.step();
    let whole = disk.content(&path()).unwrap();
    disk.put(&path(), &whole[..whole.len() - 20]);
    let (store, after) = opened(&disk, Family::V6);
    assert_eq!(store.len(), 1);
    let told = after.events.last().unwrap();
    assert_eq!(told.id(), "DHCPSRV_MEMFILE_LEASE_LOAD_ROW_ERROR");
    assert!(told.to_string().contains("torn") && told.to_string().ends_with("kea-leases.csv:3)"), "{told}");
}

/// Stops the disk at every operation of a run of commits, rotation and clean-up; every durable commit must be there
/// after a kill and after a power cut.
#[test]
fn no_durable_row_is_lost_wherever_rotation_and_clean_up_stop() {
    let scenario = |disk: &SimulatedDisk, durable: &mut Vec<Lease>| {
        let store = LeaseStore::new(Family::V6);
        let Ok(mut opened) = open(Arc::new(disk.clone()), &path(), &store, 0) else { return };
        store.attach(Arc::clone(opened.writer.queue()));
        for number in 1..=9_u8 {
            let new = lease(Family::V6, number);
            let ticket = store.commit(&[added(&new)]).unwrap().ticket;
            opened.writer.step();
            if matches!(opened.writer.queue().fate(ticket), Fate::Durable) {
                durable.push(new);
            }
            if number % 3 == 0 && opened.writer.rotate().is_ok() {
                let files = opened.writer.files().clone();
                drop(crate::lease::cleanup::run(disk, &files, Family::V6, &mut |_| ()));
            }
        }
    };
    let whole = SimulatedDisk::new();
    let mut durable = Vec::new();
    scenario(&whole, &mut durable);
    assert_eq!(durable.len(), 9);
    for stop in 0..=whole.operations() {
        for power in [false, true] {
            let disk = SimulatedDisk::new();
            disk.break_at(stop);
            let mut durable = Vec::new();
            scenario(&disk, &mut durable);
            if power {
                disk.cut_power();
            } else {
                disk.kill();
            }
            let (store, mut opened) = opened(&disk, Family::V6);
            let loaded = plain(&store);
            assert!(durable.iter().all(|lease| loaded.contains(lease)), "stopped at operation {stop}");
            opened.writer.rotate().unwrap();
            crate::lease::cleanup::run(&disk, opened.writer.files(), Family::V6, &mut |_| ()).unwrap();
            assert_eq!(plain(&super::opened(&disk, Family::V6).0), loaded, "cleaned after stop at {stop}");
        }
    }
}

#[test]
fn when_no_new_file_can_be_begun_rows_go_on_into_the_old_one() {
    let disk = SimulatedDisk::new();
    let (store, mut opened) = opened(&disk, Family::V6);
    disk.set_room(Some(0));
    assert!(opened.writer.rotate().is_err());
    disk.set_room(None);
    store.commit(&[added(&lease(Family::V6, 1))]).unwrap();
    opened.writer.step();
    disk.kill();
    assert_eq!(super::opened(&disk, Family::V6).0.len(), 1);
    assert_eq!(opened.writer.rotate().unwrap(), crate::lease::journal::Rotation::Done);
}

#[test]
fn a_running_journal_settles_tickets_cleans_up_and_ends_with_everything_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("leases6.csv");
    let store = LeaseStore::new(Family::V6);
    let opened = open(Arc::new(crate::SystemDisk), &path, &store, 0).unwrap();
    let heard = Arc::new(Mutex::new(Ticket(0)));
    let hears = Arc::clone(&heard);
    let journal = Journal::start(opened.writer, move |news| *hears.lock().unwrap() = news.durable).unwrap();
    store.attach(Arc::clone(journal.queue()));
    let one = store.commit(&[added(&lease(Family::V6, 1))]).unwrap();
    journal.queue().wait_durable(one.ticket).unwrap();
    journal
        .clean_up(&mut |_| {
            assert!(journal.is_cleaning());
            assert!(matches!(journal.clean_up(&mut |_| ()), Err(crate::OpenError::CleanupRunning)));
        })
        .unwrap();
    assert!(!journal.is_cleaning());
    store.commit(&[added(&lease(Family::V6, 2))]).unwrap();
    drop(journal);
    assert_eq!(*heard.lock().unwrap(), Ticket(2));
    let again = LeaseStore::new(Family::V6);
    open(Arc::new(crate::SystemDisk), &path, &again, 0).unwrap();
    assert_eq!(plain(&again), plain(&store));
    assert!(path.with_extension("csv.2").exists() && !path.with_extension("csv.pid").exists());
}

#[test]
fn durability_can_be_raised_while_rows_are_written() {
    let disk = SimulatedDisk::new();
    let (store, opened) = opened(&disk, Family::V6);
    let mut writer = opened.writer.with_durability(Durability::Write);
    store.commit(&[added(&lease(Family::V6, 1))]).unwrap();
    writer.step();
    writer.queue().set_durability(Durability::Sync);
    store.commit(&[added(&lease(Family::V6, 2))]).unwrap();
    writer.step();
    disk.cut_power();
    assert_eq!(super::opened(&disk, Family::V6).0.len(), 2);
}

#[test]
fn a_real_device_without_room_fails_the_ticket() {
    let disk = crate::SystemDisk;
    let full = Path::new("/dev/full");
    let file = crate::Disk::open(&disk, full).unwrap();
    let files = crate::LeaseFiles::of(full);
    let mut writer = crate::Writer::new(Arc::new(disk), files, Family::V6, (file, 0));
    let store = LeaseStore::new(Family::V6);
    store.attach(Arc::clone(writer.queue()));
    let ticket = store.commit(&[added(&lease(Family::V6, 1))]).unwrap().ticket;
    writer.step();
    let Fate::Failed(crate::JournalError::Disk { why, .. }) = writer.queue().fate(ticket) else {
        panic!("acknowledged")
    };
    assert_eq!(why.kind(), ErrorKind::StorageFull);
}

#[test]
fn a_batch_is_written_by_who_finishes_it_where_nothing_has_to_be_synced() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("leases4.csv");
    let store = LeaseStore::new(Family::V4);
    let opened = open(Arc::new(crate::SystemDisk), &path, &store, 0).unwrap();
    let journal = Journal::start(opened.writer.with_durability(Durability::Write), |_| ()).unwrap();
    store.attach(Arc::clone(journal.queue()));
    let tickets: Vec<_> = (1..9)
        .map(|number| store.exclusive().commit_in_batch(&[added(&lease(Family::V4, number))]).unwrap().ticket)
        .collect();
    let progress = journal.finish_batch().unwrap();
    assert_eq!((progress.durable, tickets.last().copied()), (Ticket(8), Some(Ticket(8))));
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 9);
    journal.queue().set_durability(Durability::Sync);
    let ticket = store.exclusive().commit_in_batch(&[added(&lease(Family::V4, 9))]).unwrap().ticket;
    assert!(journal.finish_batch().is_none());
    journal.queue().wait_durable(ticket).unwrap();
}

/// Splitmix64 as numbers below a bound.
fn chance(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |bound| {
        seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

/// Commits, renews, rotates and cleans up until the disk stops; gives what was acknowledged.
fn live(
    disk: &SimulatedDisk,
    family: Family,
    acknowledged: &mut BTreeMap<u8, Lease>,
    chance: &mut dyn FnMut(usize) -> usize,
) {
    let store = LeaseStore::new(family);
    let Ok(mut opened) = open(Arc::new(disk.clone()), &path(), &store, 0) else { return };
    store.attach(Arc::clone(opened.writer.queue()));
    for _ in 0..15 {
        let mut waiting = Vec::new();
        for _ in 0..=chance(6) {
            let new = lease(family, u8::try_from(1 + chance(60)).unwrap());
            let before = store.lease(new.resource);
            let cltt = before.as_ref().map_or(new.cltt, |before| before.cltt + Seconds(1));
            let new = Lease { cltt, ..new };
            let change = Change { before, after: Some(Arc::new(new.clone())) };
            waiting.push((store.commit(&[change]).unwrap().ticket, new));
        }
        opened.writer.step();
        for (ticket, new) in waiting {
            if matches!(opened.writer.queue().fate(ticket), Fate::Durable) {
                acknowledged.insert(new.resource.address().to_string().bytes().fold(0, u8::wrapping_add), new);
            }
        }
        if chance(8) == 0 && opened.writer.rotate().is_ok() {
            drop(crate::lease::cleanup::run(disk, opened.writer.files(), family, &mut |_| ()));
        }
    }
}

/// 1,500 power cuts, five on each disk, in the middle of whatever is written, with sectors torn and names half changed: every
/// lease that was acknowledged is there, as acknowledged or later.
#[test]
fn no_acknowledged_lease_is_lost_in_1_500_power_cuts() {
    for seed in 0..300 {
        let family = if seed % 2 == 0 { Family::V4 } else { Family::V6 };
        let (disk, mut chance) = (SimulatedDisk::new(), chance(seed));
        let mut acknowledged = BTreeMap::new();
        for cut in 0..5 {
            disk.break_at(disk.operations() + u64::try_from(chance(60)).unwrap());
            live(&disk, family, &mut acknowledged, &mut chance);
            disk.cut_power_while_writing(&mut chance);
            let (store, _) = opened(&disk, family);
            for lease in acknowledged.values() {
                let found = store.lease(lease.resource).unwrap_or_else(|| panic!("seed {seed}, cut {cut}: {lease:?}"));
                assert!(found.cltt >= lease.cltt && found.owner == lease.owner, "seed {seed}, cut {cut}: {lease:?}");
            }
        }
    }
}

#[test]
fn room_is_taken_ahead_without_making_the_file_longer_and_given_back() {
    use std::os::unix::fs::MetadataExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("leases4.csv");
    let store = LeaseStore::new(Family::V4);
    let mut opened = open(Arc::new(crate::SystemDisk), &path, &store, 0).unwrap();
    store.attach(Arc::clone(opened.writer.queue()));
    store.commit(&[added(&lease(Family::V4, 1))]).unwrap();
    opened.writer.step();
    let (length, text) = (std::fs::metadata(&path).unwrap().len(), std::fs::read(&path).unwrap());
    assert_eq!(length, u64::try_from(text.len()).unwrap());
    assert!(text.ends_with(b",0\n"));
    drop(opened);
    assert!(std::fs::metadata(&path).unwrap().blocks() < 100);
    assert_eq!(std::fs::read(&path).unwrap(), text);
}

#[test]
fn a_batch_that_could_not_be_written_is_tried_again_by_the_thread() {
    let disk = SimulatedDisk::new();
    let (store, opened) = opened(&disk, Family::V4);
    let writer = opened.writer.with_durability(Durability::Write);
    let journal = Journal::start(writer, |_| ()).unwrap();
    disk.set_room(Some(0));
    let ticket = store.exclusive().commit_in_batch(&[added(&lease(Family::V4, 1))]).unwrap().ticket;
    assert!(journal.finish_batch().unwrap().error.is_some());
    assert!(is_failed(&journal.queue().fate(ticket)));
    disk.set_room(None);
    while is_failed(&journal.queue().fate(ticket)) {
        std::thread::yield_now();
    }
    assert!(matches!(journal.queue().fate(ticket), Fate::Durable));
}
