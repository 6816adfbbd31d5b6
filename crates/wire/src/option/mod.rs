//! Option definitions as data, and option values as text and as octets.

pub mod definition;
pub mod standard;
mod standard4;
mod standard6;
pub mod vendor;

pub use definition::{DataType, Definition, DefinitionError, Definitions};
