//! Client classes by name.

use std::fmt;
use std::sync::Arc;

/// The name of a client class; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassName(pub Arc<str>);

impl ClassName {
    /// Makes a name out of text.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// Lends the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

/// Classes that are there without being configured.
pub const BUILT_IN: [&str; 4] = ["ALL", "KNOWN", "UNKNOWN", "BOOTP"];

/// Beginnings of names that belong to the server or its features.
const BUILT_IN_PREFIXES: [&str; 4] = ["VENDOR_CLASS_", "HA_", "AFTER_", "EXTERNAL_"];

/// Says whether a class is there without being configured.
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.contains(&name)
        || BUILT_IN_PREFIXES.iter().any(|prefix| name.strip_prefix(prefix).is_some_and(|rest| !rest.is_empty()))
}
