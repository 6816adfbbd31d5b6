//! How many leases and packets there may be of a class or in a subnet (Kea's library `libdhcp_limits.so`).

use std::collections::BTreeMap;

use crate::{ClassName, LeaseKind, Seconds, SubnetId};

/// All limits of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// Of classes; those of a template hold for each of the classes it makes.
    pub classes: BTreeMap<ClassName, Limit>,
    /// What the names of classes that templates make begin with, and what holds for each of them.
    pub templates: Vec<(Box<str>, Limit)>,
    /// Of subnets.
    pub subnets: BTreeMap<SubnetId, Limit>,
    /// Packets are counted only once it is known by what else clients are recognised: the other library is named first.
    pub after_flexible_id: bool,
}

impl Limits {
    /// Walks the limits that hold for a class.
    pub fn of_class(&self, class: &ClassName) -> impl Iterator<Item = &Limit> {
        let made = self.templates.iter().filter(|(prefix, _)| class.as_str().starts_with(&**prefix));
        made.map(|(_, limit)| limit).chain(self.classes.get(class))
    }
}

/// What there may be of one class or in one subnet; `None` sets no limit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limit {
    /// `address-limit`.
    pub addresses: Option<u32>,
    /// `prefix-limit`.
    pub prefixes: Option<u32>,
    /// `rate-limit`.
    pub rate: Option<Rate>,
}

impl Limit {
    /// Gives how many leases of a kind there may be.
    pub const fn leases(&self, kind: LeaseKind) -> Option<u32> {
        match kind {
            LeaseKind::V4 | LeaseKind::Na => self.addresses,
            LeaseKind::Pd => self.prefixes,
        }
    }
}

/// How many packets there may be in a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The packets.
    pub packets: u32,
    /// The span.
    pub per: Seconds,
    /// Both, as written.
    pub text: Box<str>,
}
