//! The tools: nestor, kea-lfc.

pub mod lfc;
