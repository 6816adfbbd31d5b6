//! Kea's JSON dialect to a spec with positions to a resolved model, and back to text.
//!
//! The road of a configuration: text → [`json`] tree → [`configure`] → [`Configuration`], which holds the resolved
//! [`model::Model`], what the shell needs to set itself up, the tree that `config-get` returns, and the log lines the
//! reading gave rise to. Nothing here touches a file or the system: what must be known about them comes in as
//! [`Surroundings`].

mod configuration;
pub mod diagnostic;
mod error;
pub mod grammar;
pub mod json;
mod surroundings;
pub mod syntax;

pub use configuration::{
    Authentication, BasicClient, Configuration, ControlSocket, DdnsClient, HookLibrary, HttpHeader, Interfaces,
    LeaseDatabase, Listen, ListenAddress, LoggerOutput, LoggerSpec, MultiThreading, SanityChecks, ServerId,
    StatisticDefaults, Tls,
};
pub use error::{ConfigError, Notice};
pub use surroundings::{Directories, InterfaceInfo, Origin, Surroundings};

use model::Family;

use crate::json::Node;

/// Reads a checked tree: the value of the top key, such as `Dhcp6`.
///
/// # Errors
/// The first thing that is wrong, in the order Kea looks at the parts.
pub fn configure(
    family: Family,
    root: &Node,
    origin: Origin,
    surroundings: &Surroundings<'_>,
) -> Result<Configuration, ConfigError> {
    let _ = (family, origin, surroundings);
    Err(ConfigError {
        element: String::from("<outside parsing phase>"),
        text: String::from("not written yet"),
        span: Some(root.span.clone()),
        hint: None,
    })
}
