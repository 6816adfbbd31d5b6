//! Building of the tree that `config-get` returns.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::json::tree::Position;
use crate::json::{Entry, Node, Span, Value};

/// A map under construction; its keys come out sorted.
#[derive(Debug, Default)]
pub(crate) struct Shown(BTreeMap<String, Node>);

impl Shown {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sets one entry.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        self.node(key, made(value.into()))
    }

    /// Sets one entry to a finished node.
    pub(crate) fn node(&mut self, key: &str, node: Node) -> &mut Self {
        self.0.insert(key.to_owned(), node);
        self
    }

    /// Sets entries to what `map` has; those it lacks stay away.
    pub(crate) fn copy(&mut self, map: &Node, keys: &[&str]) -> &mut Self {
        for key in keys {
            if let Some(node) = map.get(key) {
                self.node(key, sorted(node));
            }
        }
        self
    }

    /// Sets the user context, with the comment moved into it.
    pub(crate) fn context(&mut self, map: &Node) -> &mut Self {
        let mut context = match map.get("user-context").map(sorted) {
            Some(Node { value: Value::Map(entries), .. }) => {
                Some(Self(entries.into_iter().map(|entry| (entry.key, entry.value)).collect()))
            }
            _ => None,
        };
        if let Some(comment) = map.get("comment") {
            context.get_or_insert_default().node("comment", sorted(comment));
        }
        if let Some(context) = context {
            self.node("user-context", context.finish());
        }
        self
    }

    /// Makes the map.
    pub(crate) fn finish(self) -> Node {
        let entries = self.0.into_iter().map(|(key, value)| entry(key, value)).collect();
        made(Value::Map(entries))
    }
}

/// Copies a node with all maps in it sorted by key.
pub(crate) fn sorted(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(nodes) => Value::List(nodes.iter().map(sorted).collect()),
        Value::Map(entries) => {
            let entries: BTreeMap<_, _> =
                entries.iter().map(|entry| (entry.key.clone(), sorted(&entry.value))).collect();
            Value::Map(entries.into_iter().map(|(key, value)| entry(key, value)).collect())
        }
        plain @ (Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::String(_)) => {
            plain.clone()
        }
    };
    Node { value, span: node.span.clone() }
}

/// Makes a node that was written nowhere.
pub(crate) fn made(value: Value) -> Node {
    Node { value, span: nowhere() }
}

/// Makes a list of texts.
pub(crate) fn texts<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Value {
    Value::List(items.into_iter().map(|item| made(Value::String(item.as_ref().to_owned()))).collect())
}

/// Makes an entry whose key was written nowhere.
pub(crate) fn entry(key: String, value: Node) -> Entry {
    Entry { key, key_span: nowhere(), value }
}

fn nowhere() -> Span {
    // The empty text is shared, which matters where there are a million reservations.
    Span { source: Arc::default(), start: Position::default(), end: Position::default() }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(i128::from(number))
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<Vec<Node>> for Value {
    fn from(nodes: Vec<Node>) -> Self {
        Self::List(nodes)
    }
}
