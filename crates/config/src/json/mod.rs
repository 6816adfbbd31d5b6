//! Kea's JSON dialect: comments, includes, extra commas, and a position for everything.

mod entries;
pub mod error;
pub mod lex;
pub mod parse;
pub mod print;
mod text;
pub mod tree;
pub mod wire;

pub use error::{Fault, SyntaxError, Warning};
pub use lex::Loader;
pub use parse::{Parsed, parse};
pub use tree::{Entry, Node, Position, Source, Span, Value};
