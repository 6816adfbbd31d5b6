//! Kea's JSON dialect: comments, includes, extra commas, and a position for everything.

pub mod tree;

pub use tree::{Entry, Node, Position, Source, Span, Value};
