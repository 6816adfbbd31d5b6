//! Leases: the memory they are served from, and the files they survive in.

mod blocks;
pub mod check;
pub mod cleanup;
mod context;
pub mod csv;
pub mod disk;
mod ended;
mod index;
pub mod journal;
pub mod memory;
pub mod open;
mod packed;
pub mod pid;
mod places;
mod postings;
pub mod read;
pub mod row;
mod slab;
mod sorted;
mod spans;
mod tally;
mod text;
