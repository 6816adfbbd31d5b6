//! Kea's log message identifiers: what each is called, how grave it is, and which logger prints it.

use std::fmt;

mod own;
mod table;

/// A log message's identity. The text that follows it is made where the thing happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Kea's identifier, such as `DHCP6_LEASE_ALLOC`, which operators search for.
    pub id: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// For [`Severity::Debug`]: the level from which it is printed, 0 to 99.
    pub debuglevel: u8,
    /// The logger below the daemon's root, such as `leases`; empty for the root itself.
    pub logger: &'static str,
}

/// How grave a message is, gravest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// For those who look into the program.
    Debug,
    /// For the record.
    Info,
    /// Something to look at.
    Warn,
    /// Something failed.
    Error,
    /// The program cannot go on.
    Fatal,
}

impl Severity {
    /// Gives Kea's keyword.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Message {
    /// Finds a message by its identifier.
    pub fn find(id: &str) -> Option<&'static Self> {
        let find = |messages: &'static [Self]| {
            let at = messages.binary_search_by(|message| message.id.cmp(id)).ok()?;
            messages.get(at)
        };
        find(table::MESSAGES).or_else(|| find(own::MESSAGES))
    }

    /// Walks all messages: Kea's by identifier, then our own.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        table::MESSAGES.iter().chain(own::MESSAGES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_message_is_found() {
        assert!(table::MESSAGES.is_sorted_by_key(|message| message.id));
        assert_eq!(Message::find("DHCP6_LEASE_ALLOC").unwrap().logger, "leases");
        assert!(Message::all().all(|message| Message::find(message.id) == Some(message)));
    }
}
