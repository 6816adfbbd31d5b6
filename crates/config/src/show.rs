//! Building of the tree that `config-get` returns.

use std::borrow::Cow;
use std::sync::Arc;

use crate::json::tree::Position;
use crate::json::{Entry, Node, Span, Value, print};

/// A map under construction, as text: a tree of what 10,000 subnets show would take ten times the memory. Its keys come
/// out sorted; of a key set twice the last counts.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Keys and values, one behind the other.
    text: String,
    /// Where each key starts, its value, and what comes behind.
    entries: Vec<[usize; 3]>,
}

impl Shown {
    pub(crate) fn new() -> Self {
        Self { text: String::with_capacity(512), entries: Vec::with_capacity(24) }
    }

    /// Sets one entry.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<Value>) -> &mut Self {
        self.value(key, &value.into())
    }

    /// Sets one entry to a finished node.
    pub(crate) fn node(&mut self, key: &str, node: Node) -> &mut Self {
        let Node { value, .. } = node;
        self.value(key, &value)
    }

    fn value(&mut self, key: &str, value: &Value) -> &mut Self {
        let start = self.text.len();
        self.text.push_str(key);
        let middle = self.text.len();
        print::append(&mut self.text, value);
        self.entries.push([start, middle, self.text.len()]);
        self
    }

    /// Sets entries to what `map` has; those it lacks stay away.
    pub(crate) fn copy(&mut self, map: &Node, keys: &[&str]) -> &mut Self {
        for key in keys {
            if let Some(node) = map.get(key) {
                self.value(key, &node.value);
            }
        }
        self
    }

    /// Sets the user context, with the comment moved into it.
    pub(crate) fn context(&mut self, map: &Node) -> &mut Self {
        if let Some(context) = context_of(map) {
            self.node("user-context", context);
        }
        self
    }

    /// Makes the map.
    pub(crate) fn finish(self) -> Node {
        let Self { text, entries } = self;
        let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
        let mut sorted: Vec<(&str, &str)> =
            entries.iter().map(|[start, middle, end]| (part(*start, *middle), part(*middle, *end))).collect();
        if !sorted.is_sorted_by(|one, other| one.0 < other.0) {
            sorted.reverse();
            sorted.sort_by_key(|(key, _)| *key);
            sorted.dedup_by(|one, other| one.0 == other.0);
        }
        let mut printed = String::with_capacity(text.len() + sorted.len() * 6 + 4);
        printed.push_str("{ ");
        for (at, (key, value)) in sorted.into_iter().enumerate() {
            printed.push_str(if at > 0 { ", " } else { "" });
            print::string(&mut printed, key);
            printed.push_str(": ");
            printed.push_str(value);
        }
        printed.push_str(" }");
        made(Value::Printed(printed.into_boxed_str()))
    }
}

/// Gives the user context of a map as it is shown, with the comment moved into it.
pub(crate) fn context_of(map: &Node) -> Option<Node> {
    let mut context = map.get("user-context").and_then(Node::as_map).map(|entries| {
        let mut context = Shown::default();
        for entry in entries {
            context.value(&entry.key, &entry.value.value);
        }
        context
    });
    if let Some(comment) = map.get("comment") {
        context.get_or_insert_default().value("comment", &comment.value);
    }
    context.map(Shown::finish)
}

/// Copies a node with all maps in it sorted by key.
pub(crate) fn sorted(node: &Node) -> Node {
    let value = match &node.value {
        Value::List(nodes) => Value::List(nodes.iter().map(sorted).collect()),
        Value::Map(entries) => {
            let mut entries: Vec<Entry> =
                entries.iter().map(|there| Entry { key: there.key.clone(), value: sorted(&there.value) }).collect();
            entries.sort_by(|one, other| one.key.cmp(&other.key));
            Value::Map(entries)
        }
        plain @ (Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Real(_)
        | Value::String(_)
        | Value::Printed(_)) => plain.clone(),
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
pub(crate) fn entry(key: impl Into<Cow<'static, str>>, value: Node) -> Entry {
    Entry { key: key.into(), value }
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
