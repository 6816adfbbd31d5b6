//! The tools: nestor, kea-lfc.

pub mod check;
pub mod crash;
pub mod demo;
pub mod lfc;
pub mod nestor;
