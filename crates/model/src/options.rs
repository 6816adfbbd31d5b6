//! Option values as configured, ready for the wire.

use crate::ClassName;
use crate::class::Guard;

/// The options of one scope: a pool, a subnet, a shared network, a class, a host or the whole server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OptionSet {
    /// By space and code.
    entries: Vec<ConfiguredOption>,
    /// The spaces, with where the entries of each end.
    spaces: Vec<(Box<str>, usize)>,
}

/// One `option-data` entry with its value encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfiguredOption {
    /// The option space, such as `dhcp6` or `vendor-4491`.
    pub space: Box<str>,
    /// The option code.
    pub code: u16,
    /// The value as it goes on the wire, sub-options of an encapsulated space included; empty for a mere `never-send`.
    pub value: Box<[u8]>,
    /// Sent also to clients that do not ask for it.
    pub always_send: bool,
    /// Never sent, whatever other scopes say.
    pub never_send: bool,
    /// The option counts only for clients in one of these classes.
    pub guard: Guard,
}

impl OptionSet {
    /// Collects entries; those of one code keep their order.
    pub fn new(mut entries: Vec<ConfiguredOption>) -> Self {
        entries.sort_by(|a, b| (&a.space, a.code).cmp(&(&b.space, b.code)));
        entries.shrink_to_fit();
        let mut spaces: Vec<(Box<str>, usize)> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            match spaces.last_mut() {
                Some((space, end)) if *space == entry.space => *end = at.saturating_add(1),
                _ => spaces.push((entry.space.clone(), at.saturating_add(1))),
            }
        }
        spaces.shrink_to_fit();
        Self { entries, spaces }
    }

    /// Says whether the scope has no options at all.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Walks all entries, by space and code.
    pub fn iter(&self) -> impl Iterator<Item = &ConfiguredOption> {
        self.entries.iter()
    }

    /// Walks the entries of one option that count for a client in `classes`, in the order written.
    pub fn all<'a, 'b>(
        &'a self,
        space: &str,
        code: u16,
        classes: &'b [ClassName],
    ) -> impl Iterator<Item = &'a ConfiguredOption> + use<'a, 'b> {
        self.entries(space, code).iter().filter(move |entry| entry.guard.admits(classes))
    }

    /// Lends the entries of one option, whomever they count for, in the order written.
    pub fn entries(&self, space: &str, code: u16) -> &[ConfiguredOption] {
        let all = self.space(space);
        let rest = all.get(all.partition_point(|entry| entry.code < code)..).unwrap_or_default();
        rest.get(..rest.partition_point(|entry| entry.code == code)).unwrap_or_default()
    }

    /// Lends the entries of one space, whomever they count for, by code.
    pub fn space(&self, space: &str) -> &[ConfiguredOption] {
        let mut start = 0;
        for (name, end) in &self.spaces {
            if **name == *space {
                return self.entries.get(start..*end).unwrap_or_default();
            }
            start = *end;
        }
        &[]
    }

    /// Walks the entries of one space that count for a client in `classes`, by code.
    pub fn in_space<'a, 'b>(
        &'a self,
        space: &str,
        classes: &'b [ClassName],
    ) -> impl Iterator<Item = &'a ConfiguredOption> + use<'a, 'b> {
        self.space(space).iter().filter(move |entry| entry.guard.admits(classes))
    }
}
