//! The tools: nestor, kea-lfc.
