//! What can be wrong with the text of a configuration, in Kea's words.

use std::fmt;

use super::{Position, Span};
use crate::grammar::MapRule;

/// Something odd that Kea accepts with a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub text: &'static str,
}

impl Warning {
    /// What Kea says of a comma with nothing behind it.
    pub const EXTRA_COMMA: &'static str = "Extraneous comma. A piece of configuration may have been omitted.";
}

impl fmt::Display for Warning {
    /// Writes what follows `configuration syntax warning: ` in Kea's log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", Range(&self.span), self.text)
    }
}

/// One thing that is wrong with the text.
#[derive(Debug, Clone, PartialEq)]
pub struct SyntaxError {
    /// Where; of an include that cannot be read, the place of its directive.
    pub span: Span,
    /// What.
    pub fault: Fault,
    /// The map it happened in, when the grammar knows it.
    pub map: Option<&'static MapRule>,
}

/// What is wrong. `Display` gives Kea's text without the place.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A token stands where another should.
    Unexpected {
        /// Kea's name of what stands there.
        found: String,
        /// Kea's names of what could stand there; empty if there are too many to list.
        expected: Vec<&'static str>,
    },
    /// A key the map does not know.
    UnknownKeyword {
        /// The key.
        keyword: String,
    },
    /// A key that stood before.
    Duplicate {
        /// The key.
        keyword: String,
        /// Kea's name of the map.
        map: &'static str,
        /// Where the earlier value stands.
        previous: Span,
    },
    /// A second `user-context`, or a second `comment`.
    DuplicateContext {
        /// `user-context` or `user-context/comment`.
        what: &'static str,
        /// Where the earlier one stands.
        previous: Span,
    },
    /// A map lacks a key; the place is that of the map, or of its key.
    Missing {
        /// The key that lacks.
        keyword: &'static str,
        /// Kea's name of the map.
        map: &'static str,
        /// From the opening to the closing bracket.
        between: Span,
    },
    /// An octet that begins no token.
    InvalidCharacter(char),
    /// A string with something in it that may not be there.
    BadString {
        /// Offset in the string.
        near: usize,
        /// Kea's name of the trouble.
        trouble: &'static str,
        /// The string as written.
        text: String,
    },
    /// A number that fits no 64 bits, or no real.
    BadNumber {
        /// The number as written.
        text: String,
        /// `an integer` or `a floating point`.
        to: &'static str,
    },
    /// `True` and the like.
    LowerCaseOnly(&'static str),
    /// `/*` without `*/`.
    UnclosedComment {
        /// The line of the `/*`.
        line: u32,
    },
    /// `<?include` without `?>`.
    UnclosedDirective,
    /// An include that cannot be read.
    CannotInclude(String),
    /// A chain of more than eleven includes.
    TooManyIncludes,
    /// A word that `lease-checks` or `extended-info-checks` does not know.
    UnsupportedChecks {
        /// The keyword.
        keyword: &'static str,
        /// The word.
        found: String,
        /// The words it knows.
        supported: &'static [&'static str],
    },
    /// A boolean for `ddns-replace-client-name`, as it was before Kea 1.4.
    BooleanReplaceName,
    /// Maps and lists nest deeper than anyone needs.
    TooDeep(usize),
}

impl fmt::Display for SyntaxError {
    /// Writes the line Kea writes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::UnclosedComment { .. }
            | Fault::UnclosedDirective
            | Fault::CannotInclude(_)
            | Fault::TooManyIncludes => self.fault.fmt(f),
            Fault::Missing { .. } => {
                let Fault::Missing { keyword, map, between } = &self.fault else { return Ok(()) };
                let Position { line, column } = between.end;
                write!(
                    f,
                    "missing parameter '{keyword}' ({}) [{map} map between {between} and {}:{line}:{column}]",
                    self.span, between.source
                )
            }
            Fault::Duplicate { .. } => write!(f, "{}: {}", self.span, self.fault),
            Fault::BadString { near, .. } => write!(f, "{} (near {near}): {}", Range(&self.span), self.fault),
            Fault::Unexpected { .. }
            | Fault::UnknownKeyword { .. }
            | Fault::DuplicateContext { .. }
            | Fault::InvalidCharacter(_)
            | Fault::BadNumber { .. }
            | Fault::LowerCaseOnly(_)
            | Fault::UnsupportedChecks { .. }
            | Fault::BooleanReplaceName
            | Fault::TooDeep(_) => {
                let map = self.map.map_or("toplevel", |map| map.name);
                let after = if matches!(self.fault, Fault::UnknownKeyword { .. }) {
                    format!(" in {map} map.")
                } else {
                    String::new()
                };
                write!(f, "{}: {}{after}", Range(&self.span), self.fault)
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } if expected.is_empty() => {
                write!(f, "syntax error, unexpected {found}")
            }
            Self::Unexpected { found, expected } => {
                write!(f, "syntax error, unexpected {found}, expecting {}", expected.join(" or "))
            }
            Self::UnknownKeyword { keyword } => write!(f, "got unexpected keyword \"{keyword}\""),
            Self::Duplicate { keyword, map, previous } => {
                write!(f, "duplicate {keyword} entries in {map} map (previous at {previous})")
            }
            Self::DuplicateContext { what, previous } => write!(f, "duplicate {what} entries (previous at {previous})"),
            Self::Missing { keyword, map, .. } => write!(f, "missing parameter '{keyword}' in {map} map"),
            Self::InvalidCharacter(found) => write!(f, "Invalid character: {found}"),
            Self::BadString { trouble, text, .. } => write!(f, "{trouble} in {text}"),
            Self::BadNumber { text, to } => write!(f, "Failed to convert {text} to {to}."),
            Self::LowerCaseOnly(word) => write!(f, "JSON {word} reserved keyword is lower case only"),
            Self::UnclosedComment { line } => write!(f, "Comment not closed. (/* in line {line}"),
            Self::UnclosedDirective => f.write_str("Directive not closed."),
            Self::CannotInclude(path) => write!(f, "Can't open include file {path}"),
            Self::TooManyIncludes => f.write_str("Too many nested include."),
            Self::UnsupportedChecks { keyword, found, supported } => {
                write!(f, "Unsupported '{keyword} value: {found}, supported values are: {}", supported.join(", "))
            }
            Self::BooleanReplaceName => {
                f.write_str("boolean values for the ddns-replace-client-name are no longer supported")
            }
            Self::TooDeep(limit) => write!(f, "more than {limit} levels of nesting"),
        }
    }
}

/// The form of places in syntax errors: `file:line.column`, `-column` or `-line.column` for more than one octet.
struct Range<'s>(&'s Span);

impl fmt::Display for Range<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { source, start, end } = self.0;
        write!(f, "{source}:{}.{}", start.line, start.column)?;
        if end.line > start.line {
            write!(f, "-{}.{}", end.line, end.column)
        } else if end.column > start.column {
            write!(f, "-{}", end.column)
        } else {
            Ok(())
        }
    }
}
