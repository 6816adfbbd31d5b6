//! The workshop: text scenarios, the backends they run on, the differential runner, a simulated world, mutation runs.
//!
//! A scenario is a text file with a configuration, messages and what they lead to (see [`scenario`] for the language).
//! It runs on any [`backend::Backend`]: in process, against the daemon over sockets, or against a real Kea the same way.

pub mod backend;
pub mod chance;
pub mod differential;
pub mod fault;
pub mod mutate;
pub mod packet;
pub mod process;
pub mod random;
pub mod run;
pub mod scenario;
pub mod world;

pub use fault::Fault;
