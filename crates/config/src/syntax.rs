//! From the text of a configuration file to a tree that follows the grammar, or to all that is wrong with it.

use std::fmt;

use model::Family;

use crate::grammar::{self, Kind};
use crate::json::parse::document;
use crate::json::{Loader, Node, SyntaxError, Value, Warning, wire};

/// All that is wrong with a text, in the order of the text; there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntaxErrors {
    /// The error Kea reports.
    pub first: SyntaxError,
    /// Those Kea would report next.
    pub rest: Vec<SyntaxError>,
    /// What Kea warns of before its error.
    pub warnings: Vec<Warning>,
}

impl SyntaxErrors {
    /// Goes through all of them.
    pub fn iter(&self) -> impl Iterator<Item = &SyntaxError> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl fmt::Display for SyntaxErrors {
    /// Writes the line Kea writes: that of the first error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl std::error::Error for SyntaxErrors {}

/// Reads a configuration file and gives the value of its one key, `Dhcp4` or `Dhcp6`.
///
/// As in Kea, a map or list that has a keyword is placed at the keyword; a `comment` is in the `user-context` of its
/// map, and aliases have become the keyword they stand for.
///
/// # Errors
/// [`SyntaxErrors`] with everything that breaks the grammar.
pub fn read(
    family: Family,
    source: &str,
    text: &str,
    load: &Loader<'_>,
) -> Result<(Node, Vec<Warning>), Box<SyntaxErrors>> {
    let parsed = document(source, text, load, &Kind::Map(grammar::top(family)));
    let mut errors = parsed.errors.into_iter();
    if let Some(first) = errors.next() {
        return Err(Box::new(SyntaxErrors { first, rest: errors.collect(), warnings: parsed.warnings }));
    }
    let top = parsed.root.map(|root| root.value);
    let Some(Value::Map(entries)) = top else { return Ok((empty(source), parsed.warnings)) };
    let root = entries.into_iter().next().map_or_else(|| empty(source), |entry| entry.value);
    Ok((root, parsed.warnings))
}

/// A text without a map is always an error; this stands in for what cannot be.
fn empty(source: &str) -> Node {
    let at = crate::json::Position { line: 1, column: 1 };
    Node { value: Value::Map(Vec::new()), span: crate::json::Span { source: source.into(), start: at, end: at } }
}

/// Puts a text through every reader of this crate: what the mutation runs call.
pub fn exercise(text: &str) {
    let load =
        |name: &str| if name == "self" { Ok(text.to_owned()) } else { Err(std::io::Error::other("no such file")) };
    for family in [Family::V4, Family::V6] {
        match read(family, "text", text, &load) {
            Ok((root, _)) => {
                crate::json::print::compact(&root);
                crate::json::print::pretty(&root);
            }
            Err(errors) => {
                crate::diagnostic::render(&errors, family, &|_| Some(text.to_owned()), false);
            }
        }
    }
    let mut framer = wire::Framer::new();
    if framer.feed(text.as_bytes()).is_ok()
        && let Ok(node) = wire::parse("<wire>", text.as_bytes())
    {
        crate::json::print::compact(&node);
    }
}
