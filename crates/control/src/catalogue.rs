//! The commands a program serves, each one item: its names, who may call it, what it does.

use model::Family;

use crate::answer::ResultCode;
use crate::{Answer, Arguments, Command};

/// Whether a command only looks or also changes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only looks.
    Read,
    /// It changes something.
    Write,
}

/// One command of a program whose state is `S`.
pub struct Entry<S: ?Sized + 'static> {
    /// The name in DHCPv4 and in DHCPv6; the same where the command knows no family, empty where one lacks it.
    pub names: [&'static str; 2],
    /// Whether it changes anything.
    pub access: Access,
    /// What it does, in one sentence.
    pub brief: &'static str,
    /// Does it. The family is that of the name the caller used.
    pub run: fn(&S, Family, Arguments<'_>) -> Result<Answer, Answer>,
}

impl<S: ?Sized> Entry<S> {
    /// Says for which family the command answers to `name`; for a name without family, `own`.
    pub fn family_of(&self, name: &str, own: Family) -> Option<Family> {
        let [v4, v6] = self.names;
        if name.is_empty() {
            return None;
        }
        match (name == v4, name == v6) {
            (true, true) => Some(own),
            (true, false) => Some(Family::V4),
            (false, true) => Some(Family::V6),
            (false, false) => None,
        }
    }
}

/// Runs the command of `entries` that answers to its name; `None` if there is none.
pub fn dispatch<S: ?Sized>(entries: &[&Entry<S>], state: &S, own: Family, command: &Command) -> Option<Answer> {
    entries.iter().find_map(|entry| {
        let family = entry.family_of(&command.name, own)?;
        let arguments = Arguments::new(&command.name, command.arguments.as_ref());
        Some((entry.run)(state, family, arguments).unwrap_or_else(|error| error))
    })
}

/// Answers a name nobody knows.
pub fn unsupported(name: &str) -> Answer {
    Answer::new(ResultCode::Unsupported, format!("'{name}' command not supported."))
}
