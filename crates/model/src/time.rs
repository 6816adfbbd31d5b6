//! Instants and lifetimes in whole seconds, as DHCP counts them.

use std::fmt;
use std::ops::{Add, Sub};

/// A lifetime in seconds; [`Seconds::INFINITE`] never ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seconds(pub u32);

impl Seconds {
    /// Never ends (RFC 8415 §7.7, RFC 2131 §3.3).
    pub const INFINITE: Self = Self(u32::MAX);
    /// Over at once.
    pub const ZERO: Self = Self(0);

    /// Takes away `other`, down to zero; an infinite lifetime stays infinite.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        if self == Self::INFINITE { self } else { Self(self.0.saturating_sub(other.0)) }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An instant in seconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// Measures the time since `earlier`; zero if that lies in the future.
    #[must_use]
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds(u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX))
    }
}

impl Add<Seconds> for UnixTime {
    type Output = Self;
    fn add(self, lifetime: Seconds) -> Self {
        Self(self.0.saturating_add(i64::from(lifetime.0)))
    }
}

impl Sub<Seconds> for UnixTime {
    type Output = Self;
    fn sub(self, lifetime: Seconds) -> Self {
        Self(self.0.saturating_sub(i64::from(lifetime.0)))
    }
}
