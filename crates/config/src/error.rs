//! What can be wrong with a configuration, and what is worth a log line.

use model::Message;

use crate::json::Span;

/// The first thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct ConfigError {
    /// The part being read, for `failed to create or run parser for configuration element …`.
    pub element: String,
    /// Kea's text, with positions in parentheses where Kea gives them.
    pub text: String,
    /// Where it is, if known.
    pub span: Option<Span>,
    /// What may have been meant.
    pub hint: Option<String>,
    /// Lines for the log that reading gave rise to before, in Kea's order.
    pub notices: Box<[Notice]>,
}

/// A line for the log that reading the configuration gave rise to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What kind of message it is.
    pub id: &'static str,
    /// The text behind the identifier.
    pub text: String,
}

impl Notice {
    /// Finds severity and logger of the message.
    pub fn message(&self) -> Option<&'static Message> {
        Message::find(self.id)
    }
}
