//! Kea's JSON dialect to a spec with positions to a resolved model, and back to text.
//!
//! The road of a configuration: text → [`json`] tree → [`configure`] → [`Configuration`], which holds the resolved
//! [`model::Model`], what the shell needs to set itself up, the tree that `config-get` returns, and the log lines the
//! reading gave rise to. Nothing here touches a file or the system: what must be known about them comes in as
//! [`Surroundings`].

mod address;
mod configuration;
pub mod diagnostic;
mod error;
mod fault;
pub mod fields;
pub mod grammar;
pub mod json;
mod paths;
mod prepare;
mod resolve;
mod show;
mod spec;
mod surroundings;
pub mod syntax;
mod text;

pub use configuration::{
    Authentication, BasicClient, Configuration, ControlSocket, DdnsClient, HookLibrary, HttpHeader, Interfaces,
    LeaseDatabase, Listen, ListenAddress, LoggerOutput, LoggerSpec, MultiThreading, SanityChecks, ServerId,
    ShownConfiguration, SocketType, StatisticDefaults, Tls,
};
pub use error::{ConfigError, Notice};
pub use fault::{Fault, Read};
pub use paths::supported_path;
pub use surroundings::{Directories, InterfaceInfo, Origin, Surroundings};

pub use text::{FileError, exercise, from_file_text};

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
    resolve::resolve(family, root.clone(), origin, surroundings)
}

/// The element Kea names for what it checks once everything is read.
const POST_PARSING: &str = "<post parsing>";
