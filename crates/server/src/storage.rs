//! Where a configuration keeps its leases: memory, and the lease file behind it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::LeaseDatabase;
use model::{Family, Message, Model};
use store::lease::check::{self, Finding, LeaseChecks};
use store::{Disk, Durability, Journal, LeaseStore, OpenError, SystemDisk};

use crate::delivery::{Answer, Delivery, Outbox};

/// Leases in memory with the journal that makes them last.
#[derive(Debug)]
pub struct Storage {
    /// The leases.
    pub store: Arc<LeaseStore>,
    journal: Option<(Journal, Arc<Outbox>)>,
    plan: Plan,
}

/// How a configuration keeps its leases.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The protocol.
    pub family: Family,
    /// The lease file.
    pub path: PathBuf,
    /// How much an acknowledged lease survives; `None` if leases are not kept.
    pub durability: Option<Durability>,
    /// How many bad rows are borne on load; 0 bears any.
    pub max_row_errors: u32,
}

impl Plan {
    /// Reads the plan off a configuration; `path` is the lease file it names.
    pub fn of(family: Family, database: &LeaseDatabase, path: PathBuf, durability: Option<Durability>) -> Self {
        let durability = durability.filter(|_| database.persist);
        Self { family, path, durability, max_row_errors: database.max_row_errors }
    }

    /// Says whether a configuration with this plan goes on with the storage of the other.
    ///
    /// It must where the lease file is the same: a second journal on a file that is being written would miss leases, and
    /// hand them out again. How durable rows are is changed in place, and how many bad ones are borne is asked on load only.
    pub fn fits(&self, other: &Self) -> bool {
        self.family == other.family
            && self.path == other.path
            && self.durability.is_some() == other.durability.is_some()
    }
}

impl Storage {
    /// Loads the lease file and opens it for appending. Replies held for it leave by `delivery`.
    ///
    /// # Errors
    /// [`OpenError`] if a file cannot be read, written or understood.
    pub fn open(plan: Plan, delivery: &Arc<Delivery>) -> Result<Arc<Self>, OpenError> {
        let store = Arc::new(LeaseStore::new(plan.family));
        let Some(durability) = plan.durability else {
            delivery.log(
                "DHCPSRV_MEMFILE_NO_STORAGE",
                format_args!("running in non-persistent mode, leases will be lost after restart"),
            );
            return Ok(Arc::new(Self { store, journal: None, plan }));
        };
        let disk: Arc<dyn Disk> = Arc::new(SystemDisk);
        let opened = store::open(disk, &plan.path, &store, plan.max_row_errors)?;
        for event in &opened.events {
            delivery.log(event.id(), format_args!("{event}"));
        }
        let queue = Arc::clone(opened.writer.queue());
        store.attach(Arc::clone(&queue));
        let outbox = Arc::new(Outbox::new(Arc::clone(&queue)));
        let (outlet, waiting) = (Arc::clone(delivery), Arc::clone(&outbox));
        let journal = Journal::start(opened.writer.with_durability(durability), move |progress| {
            outlet.journal_moved(progress, &waiting);
        })
        .map_err(|why| OpenError::Disk { what: "start the journal of", path: plan.path.clone(), why })?;
        let storage = Arc::new(Self { store, journal: Some((journal, outbox)), plan });
        if opened.clean_up_now {
            storage.clean_up(delivery);
        }
        Ok(storage)
    }

    /// Gives what the storage was opened by.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Lends where replies wait for the journal; `None` if leases are not kept.
    pub fn outbox(&self) -> Option<&Outbox> {
        self.journal.as_ref().map(|(_, outbox)| &**outbox)
    }

    /// Waits until everything committed so far is as durable as it gets; at once if leases are not kept.
    ///
    /// A journal that cannot write says so in the log, and goes on trying; whoever waits is let go.
    pub fn settle(&self) {
        if let Some((journal, _)) = &self.journal {
            drop(journal.queue().wait_durable(self.store.horizon()));
        }
    }

    /// Sends what was decided about a batch of packets, each answer once its rows are as durable as it gets; takes all.
    ///
    /// Where leases need not be synced this writes the rows of the whole batch with one system call and sends all from
    /// here; elsewhere the journal's thread is woken.
    pub fn deliver(&self, answers: &mut Vec<Answer>, delivery: &Delivery) {
        let waits = answers.iter().any(|(ticket, _)| ticket.is_some());
        let Some((journal, outbox)) = self.journal.as_ref().filter(|_| waits) else {
            delivery.send(answers.iter().map(|(_, parcel)| parcel));
            return answers.clear();
        };
        let progress = journal.finish_batch();
        let durable = progress.as_ref().map(|progress| progress.durable);
        for (ticket, parcel) in answers.extract_if(.., |(ticket, _)| *ticket > durable) {
            if let Some(ticket) = ticket {
                outbox.hold(ticket, parcel);
            }
        }
        delivery.send(answers.iter().map(|(_, parcel)| parcel));
        answers.clear();
        match progress {
            Some(progress) => delivery.journal_moved(&progress, outbox),
            // Replies that tell of what has long been written wait for nothing.
            None => delivery.release(outbox),
        }
    }

    /// Sets how much an acknowledged lease survives from now on.
    pub fn set_durability(&self, durability: Durability) {
        if let Some((journal, _)) = &self.journal {
            journal.queue().set_durability(durability);
        }
    }

    /// Gives the lease file.
    pub fn path(&self) -> &Path {
        &self.plan.path
    }

    /// Holds the leases against a configuration and logs what does not fit. Says whether any was moved or dropped.
    pub fn check(&self, model: &Model, checks: LeaseChecks, delivery: &Delivery) -> bool {
        let mut moved = false;
        for finding in check::check_all(&self.store, model, checks) {
            moved |= !matches!(finding, Finding::Failed { .. });
            delivery.log(finding.id(), format_args!("{finding}"));
        }
        moved
    }

    /// Says whether the lease file is still there. If somebody removed it, the next configuration begins with a new one.
    ///
    /// Kea: reads the lease file anew with every configuration, so that removing it first forgets all leases.
    pub fn is_in_place(&self) -> bool {
        self.journal.is_none() || self.path().exists()
    }

    /// Says whether the lease file is being cleaned up just now.
    pub fn is_cleaning(&self) -> bool {
        self.journal.as_ref().is_some_and(|(journal, _)| journal.is_cleaning())
    }

    /// Cleans the lease file up on a thread of its own; leases are served meanwhile.
    pub fn clean_up(self: &Arc<Self>, delivery: &Arc<Delivery>) {
        if self.journal.is_none() || self.is_cleaning() {
            return;
        }
        delivery.log("DHCPSRV_MEMFILE_LFC_START", format_args!("starting Lease File Cleanup"));
        let (storage, outlet) = (Arc::clone(self), Arc::clone(delivery));
        let work = move || storage.clean_up_here(&outlet);
        if let Err(error) = std::thread::Builder::new().name("lfc".to_owned()).spawn(work) {
            delivery.log("DHCPSRV_MEMFILE_LFC_SPAWN_FAIL", format_args!("lease file cleanup failed to run: {error}"));
        }
    }

    fn clean_up_here(&self, delivery: &Delivery) {
        let Some((journal, _)) = &self.journal else { return };
        let mut report = |event: store::LoadEvent| delivery.log(event.id(), format_args!("{event}"));
        let path = self.path().display();
        match journal.clean_up(&mut report) {
            Ok(()) => {
                delivery
                    .log("DHCPSRV_MEMFILE_LFC_EXECUTE", format_args!("executing Lease File Cleanup of {path}: done"));
            }
            Err(error) => {
                let text = format_args!("lease file cleanup of {path} failed: {error}");
                delivery.log("DHCPSRV_MEMFILE_LFC_SPAWN_FAIL", text);
            }
        }
    }
}

/// Finds a message that is known to be in the catalogue; a missing one is logged as the daemon's own.
pub(crate) fn message(id: &str) -> &'static Message {
    const UNKNOWN: Message =
        Message { id: "NESTOR_MESSAGE", severity: model::Severity::Warn, debuglevel: 0, logger: "" };
    Message::find(id).unwrap_or(&UNKNOWN)
}
