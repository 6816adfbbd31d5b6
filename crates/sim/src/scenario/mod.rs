//! The scenario language: one file, one configuration, steps in time, and what each leads to.
//!
//! ```text
//! # What a reader should know first.
//! config   subnet6: [{ id: 1, subnet: 2001:db8:1::/64, pools: [{ pool: 2001:db8:1::10-2001:db8:1::20 }] }]
//! at 0s    send  SOLICIT from 02:00:00:00:00:01 ia-na=1 via relay link=2001:db8:1::1
//!          hear  ADVERTISE client-id server-id ia-na=1 t1=… address=2001:db8:1::10 preferred=… valid=…
//!          lease none
//! ```
//!
//! A line begins with one of the words below; a line that begins with anything else continues the one before it.
//!
//! | word | meaning |
//! |---|---|
//! | `config` | what stands inside `Dhcp6` (or `Dhcp4`): Kea's JSON, where keys and plain words need no quotes |
//! | `at Ns` | the time of the step that follows on the line, in seconds since the start; time only goes forward |
//! | `send` | a message (see [`crate::packet`] for its words) |
//! | `hear` | the whole reply to the message before it, or `nothing`; `name=$x` takes whatever is there and calls it x |
//! | `lease` | one lease of the whole list the server holds now, or `none`; without `lease` lines nothing is asked |
//! | `count` | statistics and their values now: `pkt6-received=1 subnet[1].assigned-nas=1` |
//! | `neighbour` | an IPv4 address that somebody else on the clients' links has and answers for from now on |
//! | `reclaim` | takes back ended leases, as the server's timer would |
//! | `restart` | stops the server without warning and starts it on what it stored |
//! | `differs B` | `differs process: why` accepts that backend B answers otherwise, for a written reason |
//!
//! `UPDATE=1` rewrites `hear`, `lease` and `count` from what the server did; write `lease ?` or `count NAME=?` to be told.

mod parse;
pub mod relaxed;
mod update;

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use model::Family;
use serde_json::Value;

pub use parse::parse;
pub use update::{Outcome, rewrite};

/// A scenario as read from its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// Where it was read from.
    pub path: PathBuf,
    /// The protocol, told by the configuration.
    pub family: Family,
    /// What stands inside `Dhcp6` or `Dhcp4`.
    pub config: Value,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Backends that may differ, each with its reason.
    pub differs: Vec<(String, String)>,
    /// The text, line by line, for rewriting.
    pub lines: Vec<String>,
}

/// Something that happens at a time, and what shall be true after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Line of the file, from 1.
    pub line: usize,
    /// Seconds since the start.
    pub at: u32,
    /// What happens.
    pub action: Action,
    /// What is expected.
    pub expect: Vec<Expect>,
    /// Where the step's own lines end: the first line after them, from 0.
    pub end: usize,
}

/// What happens in a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// A message is sent.
    Send(Vec<String>),
    /// Somebody else has an address, and answers for it.
    Neighbour(Ipv4Addr),
    /// Ended leases are taken back.
    Reclaim,
    /// The server is killed and started again.
    Restart,
}

/// What shall be true after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Expect {
    /// The lines of the file it stands on, from 0.
    pub lines: std::ops::Range<usize>,
    /// What is asked.
    pub what: Asked,
}

/// What is asked after a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// The words of the reply; empty for silence.
    Hear(Vec<String>),
    /// All leases, each as its words.
    Leases(Vec<Vec<String>>),
    /// Statistics by name with their values.
    Counts(Vec<(String, String)>),
}

impl Scenario {
    /// Says whether a step restarts the server.
    pub fn restarts(&self) -> bool {
        self.steps.iter().any(|step| step.action == Action::Restart)
    }

    /// Gives the name: the path below `scenarios/` without the ending.
    pub fn name(&self) -> String {
        let text = self.path.with_extension("").to_string_lossy().into_owned();
        text.rsplit_once("scenarios/").map_or(text.clone(), |(_, name)| name.to_owned())
    }

    /// Finds the written reason why a backend may differ.
    pub fn reason(&self, backend: &str) -> Option<&str> {
        self.differs.iter().find(|(name, _)| name == backend).map(|(_, reason)| reason.as_str())
    }
}

/// Lists all scenario files below a folder, sorted.
///
/// # Errors
/// [`crate::Fault::Io`] if a folder cannot be read.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>, crate::Fault> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let doing = || format!("reading {}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(crate::Fault::io(doing()))? {
            let path = entry.map_err(crate::Fault::io(doing()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "scn") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
