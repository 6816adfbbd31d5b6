//! Kea's loggers: severities, patterns, outputs and rotation.
//!
//! [`Logs`] is the handle the daemons pass around: it asks [`enabled`](Logs::enabled) before a message's text is made
//! and [`log`](Logs::log)s it. What is printed where follows from [`LoggerSpec`]s, the `loggers` of the configuration.

mod clock;
pub mod error;
mod format;
mod json;
mod levels;
mod logs;
mod pattern;
mod sink;
pub mod spec;
mod tree;

pub use error::LogError;
pub use logs::{Logs, Setup};
pub use spec::{Destination, LoggerSpec, OutputSpec, Threshold};

#[cfg(test)]
mod tests;
