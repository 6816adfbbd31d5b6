//! The tools: nestor, kea-lfc, perfdhcp.

pub mod check;
pub mod crash;
pub mod demo;
pub mod explain;
pub mod lfc;
pub mod nestor;
pub mod perfdhcp;
pub mod usage;
