//! Leases: the memory they are served from, and the files they survive in.

mod context;
pub mod csv;
pub mod disk;
mod index;
pub mod journal;
pub mod memory;
mod spans;
