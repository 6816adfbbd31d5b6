//! Kea's JSON dialect to a spec with positions to a resolved model, and back to text.

pub mod json;
