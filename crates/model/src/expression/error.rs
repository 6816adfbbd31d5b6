//! What can be wrong with the text of an expression, and where.

use std::fmt;

/// A place in the text of an expression: lines and columns from 1, columns in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The last column that belongs to it.
    pub last: u32,
}

impl Span {
    pub(super) fn new(line: u32, column: u32, length: usize) -> Self {
        let length = u32::try_from(length).unwrap_or(u32::MAX).max(1);
        Self { line, column, last: column.saturating_add(length - 1) }
    }

    pub(super) fn next_column(self, length: usize) -> u32 {
        self.column.saturating_add(u32::try_from(length).unwrap_or(u32::MAX))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.line, self.column)?;
        if self.last > self.column { write!(f, "-{}", self.last) } else { Ok(()) }
    }
}

/// Why a text is no expression. It reads like Kea's message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}{problem}", place = span.map_or_else(String::new, |span| format!("<string>:{span}: ")))]
pub struct SyntaxError {
    /// Where; a regular expression says nothing about that.
    pub span: Option<Span>,
    /// What is wrong.
    pub problem: Problem,
    /// What may have been meant.
    pub hint: Option<String>,
}

/// What is wrong. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// No word begins with this.
    #[error("Invalid character: {}", .0.unwrap_or(' '))]
    Character(Option<char>),
    /// A word that cannot stand here.
    #[error("syntax error, unexpected {found}{}", expecting(expected))]
    Unexpected {
        /// The kind of word.
        found: &'static str,
        /// What could stand here; nothing if that is too much to list.
        expected: Vec<&'static str>,
    },
    /// A number that is no number of the machine.
    #[error("Failed to convert {0} to an integer.")]
    Integer(String),
    /// A number beyond what its place allows.
    #[error("{what} in {text}. Allowed range: {least}..{most}")]
    Range {
        /// What the number is.
        what: &'static str,
        /// The number.
        text: String,
        /// The least one.
        least: i64,
        /// The greatest one.
        most: i64,
    },
    /// Not an address.
    #[error("Failed to convert {0} to an IP address.")]
    Address(String),
    /// No option has this name.
    #[error("option '{0}' is not defined")]
    Option(String),
    /// No class has this name, or none before this one.
    #[error("Not defined client class '{0}'")]
    Class(String),
    /// Something of the other protocol.
    #[error("{what} can only be used in DHCPv{family}.")]
    Family {
        /// The word.
        what: &'static str,
        /// The protocol it belongs to.
        family: char,
    },
    /// DHCPv4 has no relays within relays.
    #[error("Nest level invalid for DHCPv4 packets")]
    NestLevel,
    /// Not a regular expression.
    #[error("invalid regular expression '{pattern}': {why}")]
    Pattern {
        /// The text.
        pattern: String,
        /// What is wrong with it.
        why: crate::regex::PatternError,
    },
    /// Parentheses in parentheses, without end.
    #[error("nested more than {0} levels deep")]
    Depth(usize),
}

/// Writes what is expected, if there is a list.
fn expecting(expected: &[&'static str]) -> String {
    if expected.is_empty() { String::new() } else { format!(", expecting {}", expected.join(" or ")) }
}
