//! Expressions: compiled when they are read, an array of strings as well as one string.

use std::sync::Arc;

use model::ClassName;
use model::expression::{Source, SyntaxError, Vocabulary};

use super::Reader;
use crate::fault::{Fault, Read};
use crate::fields::item_text;
use crate::json::{Node, Position, Span, Value};

impl Reader<'_> {
    /// Reads the expression under a key and compiles it; `None` if there is none.
    pub(crate) fn expression<T>(
        &self,
        map: &Node,
        key: &str,
        compile: impl FnOnce(&str, &Vocabulary<'_>) -> Result<T, SyntaxError>,
    ) -> Read<Option<T>> {
        let Some(node) = map.get(key) else { return Ok(None) };
        let source = source(node, key)?;
        let vocabulary = Vocabulary { definitions: &self.definitions, classes: Some(self.class_names.as_slice()) };
        let text = |error: &SyntaxError| format!("expression: [{}] error: {error} at ({})", source.text(), node.span);
        compile(source.text(), &vocabulary).map(Some).map_err(|error| fault((node, &source), text(&error), error))
    }

    /// Reads an expression of a library and compiles it: it may name any class, and `tell` words what is wrong with it.
    pub(crate) fn library_expression<T>(
        &self,
        node: &Node,
        compile: impl FnOnce(&str, &Vocabulary<'_>) -> Result<T, SyntaxError>,
        tell: impl FnOnce(&str, &SyntaxError) -> String,
    ) -> Read<T> {
        let source = source(node, "")?;
        let vocabulary = Vocabulary { definitions: &self.definitions, classes: None };
        compile(source.text(), &vocabulary).map_err(|error| fault((node, &source), tell(source.text(), &error), error))
    }

    /// Says whether a test waits until reservations are looked up.
    pub(crate) fn waits(&self, asked: &[&ClassName]) -> bool {
        asked.iter().any(|class| {
            model::class::KNOWN.contains(&class.as_str())
                || self.waiting_classes.iter().any(|waiting| waiting == *class)
        })
    }
}

/// Gives the text under a node.
///
/// Kea: knows one string only; the strings of an array are lines of one expression here.
fn source(node: &Node, key: &str) -> Read<Source> {
    match &node.value {
        Value::String(text) => Ok(Source::new([text.as_str()])),
        Value::List(items) => Ok(Source::new(items.iter().map(item_text).collect::<Read<Vec<_>>>()?)),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::Map(_) | Value::Printed(_) => {
            Err(Fault::at(node, format!("invalid type specified for parameter '{key}'")))
        }
    }
}

fn fault((node, source): (&Node, &Source), text: String, error: SyntaxError) -> Fault {
    let mut fault = Fault::near(node, text);
    if let Some(span) = error.span {
        let (nth, within) = source.locate(span);
        let string = node.as_list().map_or(Some(node), |items| items.get(nth));
        fault.span = string.map(|string| place(string, within));
    }
    fault.hinted(error.hint)
}

/// Finds the octets of a string that a place in its text stands for; the whole string if it has escapes.
fn place(node: &Node, within: model::expression::Span) -> Span {
    let Span { source, start, end } = &node.span;
    let written = end.column.checked_sub(start.column).filter(|_| start.line == end.line);
    let plain = node.as_str().is_some_and(|text| {
        u32::try_from(text.len()).ok().and_then(|length| length.checked_add(1)) == written && within.line == 1
    });
    if !plain {
        return node.span.clone();
    }
    let column = |column: u32| start.column.saturating_add(column);
    let at = |column| Position { line: start.line, column };
    Span { source: Arc::clone(source), start: at(column(within.column)), end: at(column(within.last)) }
}
