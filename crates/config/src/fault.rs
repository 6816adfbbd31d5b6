//! A finding of the semantic readers, before it is known which part it belongs to.

use std::fmt;

pub(crate) use model::nearest::nearest;

use crate::error::ConfigError;
use crate::json::{Node, Span};

/// What is wrong, in Kea's words.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(crate) text: String,
    pub(crate) span: Option<Span>,
    pub(crate) hint: Option<String>,
}

/// What a reader returns.
pub type Read<T> = Result<T, Fault>;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Fault {
    /// A finding whose text names no position.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), span: None, hint: None }
    }

    /// A finding at `node`, its position in parentheses behind the text.
    pub fn at(node: &Node, text: impl AsRef<str>) -> Self {
        let text = format!("{} ({})", text.as_ref(), node.span);
        Self { text, span: Some(node.span.clone()), hint: None }
    }

    /// A finding at `node` whose text does not say so.
    pub(crate) fn near(node: &Node, text: impl Into<String>) -> Self {
        Self { text: text.into(), span: Some(node.span.clone()), hint: None }
    }

    /// Puts words before the text.
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        self.text.insert_str(0, prefix);
        self
    }

    /// Puts the position of `node` behind the text, as an enclosing reader does.
    pub(crate) fn within(mut self, node: &Node) -> Self {
        self.text = format!("{} ({})", self.text, node.span);
        self.span.get_or_insert_with(|| node.span.clone());
        self
    }

    /// Gives the finding a place, unless it has one.
    pub(crate) fn placed(mut self, node: &Node) -> Self {
        self.span.get_or_insert_with(|| node.span.clone());
        self
    }

    /// Says what may have been meant.
    pub(crate) fn hinted(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }

    /// Names the part of the configuration.
    pub(crate) fn in_element(self, element: &str) -> ConfigError {
        let Self { text, span, hint } = self;
        ConfigError { element: element.to_owned(), text, span, hint, notices: Box::default() }
    }
}
