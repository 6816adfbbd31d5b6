//! Client classes: names, who is a member, what members get.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::expression::{BooleanExpression, StringExpression};
use crate::{BootFields, OptionSet, Seconds, Triplet};

/// The name of a client class; cheap to clone.
#[derive(Clone)]
pub struct ClassName(Text);

#[derive(Clone)]
enum Text {
    Fixed(&'static str),
    Shared(Arc<str>),
}

impl ClassName {
    /// Makes a name out of text.
    pub fn new(name: &str) -> Self {
        Self(Text::Shared(Arc::from(name)))
    }

    /// Names a class that the program itself knows; costs nothing.
    pub const fn fixed(name: &'static str) -> Self {
        Self(Text::Fixed(name))
    }

    /// Lends the name.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Fixed(name) => name,
            Text::Shared(name) => name,
        }
    }
}

impl PartialEq for ClassName {
    fn eq(&self, other: &Self) -> bool {
        // Names of one configuration are mostly the same text in memory, too.
        let (own, other) = (self.as_str(), other.as_str());
        std::ptr::eq(own, other) || own == other
    }
}

impl Eq for ClassName {}

impl PartialOrd for ClassName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ClassName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for ClassName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClassName").field(&self.as_str()).finish()
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The classes that may use something; empty lets everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Guard(pub Vec<ClassName>);

impl Guard {
    /// Says whether a client in `classes` may pass: no class is asked for, or one of them is there.
    pub fn admits(&self, classes: &[ClassName]) -> bool {
        self.0.is_empty() || self.0.iter().any(|wanted| classes.contains(wanted))
    }
}

/// A client class.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientClass {
    /// The name.
    pub name: ClassName,
    /// Who is a member; `None` leaves that to others: reservations, lists of additional classes, templates.
    pub test: Option<Test>,
    /// The test asks whether a reservation was found, by itself or through another class, so it waits until that is known;
    /// a template never does.
    pub depends_on_known: bool,
    /// The class counts only for scopes that list it (`only-in-additional-list`).
    pub only_additional: bool,
    /// Options for members.
    pub options: OptionSet,
    /// The valid lifetime of members' leases; `None` leaves it to the subnet.
    pub valid: Option<Triplet>,
    /// The preferred lifetime; `None` leaves it to the subnet. DHCPv6 only.
    pub preferred: Option<Triplet>,
    /// Where members boot from. DHCPv4 only.
    pub boot: BootFields,
    /// How long an address stays taken that was only offered to a member; `None` leaves it to the subnet. DHCPv4 only.
    pub offer_lifetime: Option<Seconds>,
}

/// Decides about membership.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Members are those for whom it holds (`test`).
    Holds(BooleanExpression),
    /// Members are those for whom it is not empty, and its value names one more class (`template-test`).
    Template(StringExpression),
}

/// Classes that say whether a reservation was found for the client.
pub const KNOWN: [&str; 2] = ["KNOWN", "UNKNOWN"];

/// Classes that are there without being configured.
pub const BUILT_IN: [&str; 4] = ["ALL", "KNOWN", "UNKNOWN", "BOOTP"];

/// Beginnings of names that belong to the server or its features.
const BUILT_IN_PREFIXES: [&str; 4] = ["VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_"];

/// Says whether a class is there without being configured.
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
        || BUILT_IN_PREFIXES.iter().any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
}
