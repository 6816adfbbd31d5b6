//! A parsed document: values, and where each was written.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The name of the text something was read from: a file, `<string>` or `<wire>`.
pub type Source = Arc<str>;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column in octets, from 1.
    pub column: u32,
}

/// A run of text: where it starts, and the last octet that still belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The text it is in.
    pub source: Source,
    /// The first octet.
    pub start: Position,
    /// The last octet.
    pub end: Position,
}

impl fmt::Display for Span {
    /// Writes the form of semantic errors: `file:line:column` of the start.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.start.line, self.start.column)
    }
}

/// A value and where it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// From its first to its last octet, brackets and quotes included.
    pub span: Span,
}

/// What a value can be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number without point or exponent.
    Integer(i128),
    /// A number with point or exponent.
    Real(f64),
    /// Text with its escapes resolved; octets from 0x80 on are kept as given.
    String(String),
    /// Values in order.
    List(Vec<Node>),
    /// Entries in the order written; a key stands once.
    Map(Vec<Entry>),
    /// Something made to be shown, as [`super::print::compact`] writes it; no reader makes it.
    Printed(Box<str>),
}

impl Value {
    /// Names the type as Kea does.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Integer(_) => "integer",
            Self::Real(_) => "real",
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Map(_) | Self::Printed(_) => "map",
        }
    }
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key; keywords are not copied.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// Finds the value of a key; `None` if this is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.as_map()?.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Lends the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value { Some(text) } else { None }
    }

    /// Gives the number of an integer.
    pub const fn as_integer(&self) -> Option<i128> {
        if let Value::Integer(number) = &self.value { Some(*number) } else { None }
    }

    /// Gives the truth of a boolean.
    pub const fn as_boolean(&self) -> Option<bool> {
        if let Value::Boolean(truth) = &self.value { Some(*truth) } else { None }
    }

    /// Lends the values of a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Value::List(nodes) = &self.value { Some(nodes) } else { None }
    }

    /// Lends the entries of a map.
    pub fn as_map(&self) -> Option<&[Entry]> {
        if let Value::Map(entries) = &self.value { Some(entries) } else { None }
    }
}
