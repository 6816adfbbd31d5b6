//! Leases: the memory they are served from, and the files they survive in.

pub mod check;
pub mod cleanup;
mod context;
pub mod csv;
pub mod disk;
mod index;
pub mod journal;
pub mod memory;
pub mod open;
pub mod pid;
pub mod read;
pub mod row;
mod spans;
mod tally;
mod text;
