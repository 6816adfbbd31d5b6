//! Leases added, updated, and changed in bulk.

use std::net::IpAddr;
use std::sync::Arc;

use config::json::Node;
use control::json::JsonText;
use control::{Access, Answer, Arguments, Entry, ResultCode};
use engine::Change;
use model::{Family, Lease, LeaseKind, LeaseState};
use store::Exclusive;

use super::input::{self, Described};
use super::select::{Purpose, Selector};
use super::{delete, mapped};
use crate::{Desk, Served};

pub(super) const LEASE_ADD: Served = Entry {
    names: ["lease4-add", "lease6-add"],
    access: Access::Write,
    brief: "Adds a lease.",
    run: |desk, family, arguments| {
        let none = || Answer::error("no parameters specified for the command");
        let lease = input::lease(desk, family, arguments.given().ok_or_else(none)?)?.lease;
        let text = format!("Lease for {}, subnet-id {} added.", named(&lease), lease.subnet);
        add(desk, family, lease)?;
        Ok(Answer::success(text))
    },
};

pub(super) const LEASE_UPDATE: Served = Entry {
    names: ["lease4-update", "lease6-update"],
    access: Access::Write,
    brief: "Updates a lease, or makes it if that is forced.",
    run: |desk, family, arguments| {
        let none = || Answer::error(format!("no parameters specified for {} command", arguments.command()));
        let described = input::lease(desk, family, arguments.given().ok_or_else(none)?)?;
        let done = if update(desk, family, described)? { "added" } else { "updated" };
        Ok(Answer::success(format!("{family} lease {done}.")))
    },
};

pub(super) const LEASE_BULK_APPLY: Served = Entry {
    names: ["", "lease6-bulk-apply"],
    access: Access::Write,
    brief: "Deletes, adds and updates many leases.",
    run: bulk_apply,
};

fn named(lease: &Lease) -> String {
    match lease.kind() {
        LeaseKind::V4 | LeaseKind::Na => format!("address {}", lease.resource),
        LeaseKind::Pd => format!("prefix {}", lease.resource),
    }
}

fn add(desk: &Desk, family: Family, lease: Lease) -> Result<(), Answer> {
    let store = desk.store(family);
    let mut leases = store.exclusive();
    if leases.at(lease.resource).is_some() {
        return Err(Answer::conflict(format!("{family} lease already exists.")));
    }
    put(desk, &mut leases, None, lease)
}

/// Updates a lease; returns whether it was made, which happens if that is forced.
fn update(desk: &Desk, family: Family, described: Described) -> Result<bool, Answer> {
    let Described { lease, force_create } = described;
    let store = desk.store(family);
    let mut leases = store.exclusive();
    let before = leases.at(lease.resource);
    let Some(before) = before else {
        if force_create {
            return put(desk, &mut leases, None, lease).map(|()| true);
        }
        let address = lease.resource.address();
        let what = format!("failed to update the lease with address {address}");
        let why = "either because the lease has been deleted or it has changed in the database";
        return Err(Answer::conflict(format!("{what} {why}, in both cases a retry might succeed")));
    };
    refuse_registration(&before, &lease)?;
    put(desk, &mut leases, Some(&before), lease).map(|()| false)
}

/// RFC 9686 §4.2: addresses that clients made for themselves are no leases of the server, and the other way round.
fn refuse_registration(before: &Lease, after: &Lease) -> Result<(), Answer> {
    let address = after.resource.address();
    match (before.state, after.state) {
        _ if after.kind() == LeaseKind::V4 => Ok(()),
        (LeaseState::Registered, LeaseState::Registered) => Ok(()),
        (LeaseState::Registered, _) => Err(Answer::error(format!("illegal reuse of registered address {address}"))),
        (_, LeaseState::Registered) => Err(Answer::error(format!("address in use: {address} can't be registered"))),
        _ => Ok(()),
    }
}

/// Stores a lease in the place of another.
fn put(desk: &Desk, leases: &mut Exclusive<'_>, before: Option<&Arc<Lease>>, after: Lease) -> Result<(), Answer> {
    if let Some(why) = input::anonymous(&after) {
        return Err(Answer::error(why));
    }
    let after = Arc::new(after);
    let mut commit = |before: Option<&Arc<Lease>>, after: Option<&Arc<Lease>>| {
        let change = Change { before: before.cloned(), after: after.cloned() };
        leases.commit(&[change]).map(drop).map_err(|error| Answer::error(error.to_string()))
    };
    if before.is_none_or(|before| before.resource == after.resource) {
        commit(before, Some(&after))?;
    } else {
        // A prefix of another length at the same address is another resource.
        commit(before, None)?;
        commit(None, Some(&after))?;
    }
    desk.count([(before.map(|before| &**before), Some(&*after))]);
    Ok(())
}

/// Applies lists of changes: nothing if one of them cannot be read, and then as many as succeed.
fn bulk_apply(desk: &Desk, family: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let map = mapped(arguments)?;
    let (deleted, changed) = (list(map, "deleted-leases")?, list(map, "leases")?);
    if deleted.is_none() && changed.is_none() {
        return Err(Answer::error("neither 'deleted-leases' nor 'leases' parameter specified"));
    }
    let selectors = deleted.unwrap_or_default().iter().map(|node| Selector::read(family, Some(node), Purpose::Delete));
    let selectors: Vec<Selector> = selectors.collect::<Result<_, _>>()?;
    let described = changed.unwrap_or_default().iter().map(|node| input::lease(desk, family, node).map_err(as_error));
    let described: Vec<Described> = described.collect::<Result<_, _>>()?;
    let asked = selectors.len().saturating_add(described.len());

    let deletions = selectors.iter().map(|selector| match delete::delete(desk, family, selector) {
        Ok(Some(_)) => None,
        Ok(None) => Some(Failure::of(selector, Answer::empty("lease not found"))),
        Err(answer) => Some(Failure::of(selector, answer)),
    });
    let not_deleted: Vec<Failure> = deletions.flatten().collect();
    let changes = described.into_iter().map(|described| {
        let described = Described { force_create: true, ..described };
        let selector = Selector::Address(described.lease.resource.address(), described.lease.kind());
        update(desk, family, described).err().map(|answer| Failure::of(&selector, answer))
    });
    let not_changed: Vec<Failure> = changes.flatten().collect();
    Ok(applied(family, asked, &not_deleted, &not_changed))
}

fn applied(family: Family, asked: usize, not_deleted: &[Failure], not_changed: &[Failure]) -> Answer {
    let done = asked.saturating_sub(not_deleted.len()).saturating_sub(not_changed.len());
    let text = format!("Bulk apply of {done} {family} leases completed.");
    let answer = if done == 0 { Answer::empty(text) } else { Answer::success(text) };
    let lists = [("failed-deleted-leases", not_deleted), ("failed-leases", not_changed)];
    // Kea: tells of those only that were named by their address.
    let told = |failures: &[Failure]| failures.iter().any(|failure| failure.address.is_some());
    if !lists.iter().any(|(_, failures)| told(failures)) {
        return answer;
    }
    answer.with(|json| {
        json.map(|map| {
            for (key, failures) in lists.into_iter().filter(|(_, failures)| told(failures)) {
                map.key(key).list(|list| failures.iter().for_each(|failure| failure.write(list)));
            }
        });
    })
}

/// Kea: what is a conflict for one lease is an error of the whole command.
fn as_error(mut answer: Answer) -> Answer {
    answer.result = ResultCode::Error;
    answer
}

fn list<'n>(map: &'n Node, key: &str) -> Result<Option<&'n [Node]>, Answer> {
    let wrong = || Answer::error(format!("the '{key}' parameter must be a list"));
    map.get(key).map(|node| node.as_list().ok_or_else(wrong)).transpose()
}

/// A change of a bulk that did not succeed.
struct Failure {
    /// `None` if the lease was not named by it.
    address: Option<(IpAddr, LeaseKind)>,
    answer: Answer,
}

impl Failure {
    const fn of(selector: &Selector, answer: Answer) -> Self {
        let address = if let Selector::Address(address, kind) = selector { Some((*address, *kind)) } else { None };
        Self { address, answer }
    }

    fn write(&self, json: &mut JsonText) {
        let Some((address, kind)) = self.address else { return };
        json.map(|map| {
            map.key("error-message").string(self.answer.text.as_deref().unwrap_or_default());
            map.key("ip-address").string(&address.to_string());
            map.key("result").literal(self.answer.result.number());
            map.key("type").string(kind.name());
        });
    }
}
