//! A command's arguments, read with the errors operators know.

use config::json::{Node, Value};

use crate::Answer;

/// The arguments of one command.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a> {
    command: &'a str,
    node: Option<&'a Node>,
}

impl<'a> Arguments<'a> {
    /// Wraps what stands under `arguments`.
    pub const fn new(command: &'a str, node: Option<&'a Node>) -> Self {
        Self { command, node }
    }

    /// Gives the name the command was called by.
    pub const fn command(&self) -> &'a str {
        self.command
    }

    /// Lends the arguments as they are.
    pub const fn node(&self) -> Option<&'a Node> {
        self.node
    }

    /// Lends the arguments; `None` also where they are `null`.
    pub fn given(&self) -> Option<&'a Node> {
        self.node.filter(|node| node.value != Value::Null)
    }

    /// Lends the value of a key.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.node.and_then(|node| node.get(key))
    }

    /// Reads a text that may be absent.
    ///
    /// # Errors
    /// An answer that says what is wrong if it is no string.
    pub fn text(&self, key: &str) -> Result<Option<&'a str>, Answer> {
        self.get(key)
            .map(|node| node.as_str().ok_or_else(|| Answer::error(format!("'{key}' parameter is not a string."))))
            .transpose()
    }

    /// Reads a text that must be there.
    ///
    /// # Errors
    /// An answer that says what is wrong if it is absent or no string.
    pub fn required_text(&self, key: &str) -> Result<&'a str, Answer> {
        self.text(key)?.ok_or_else(|| self.missing(key))
    }

    /// Reads an integer that may be absent.
    ///
    /// # Errors
    /// An answer that says what is wrong if it is no integer of that size.
    pub fn integer<T: TryFrom<i128>>(&self, key: &str) -> Result<Option<T>, Answer> {
        let Some(node) = self.get(key) else { return Ok(None) };
        let number = node.as_integer().ok_or_else(|| Answer::error(format!("'{key}' parameter is not an integer.")))?;
        match T::try_from(number) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Answer::error(format!("'{key}' parameter is out of range: {number}"))),
        }
    }

    /// Reads an integer that must be there.
    ///
    /// # Errors
    /// An answer that says what is wrong if it is absent or no integer of that size.
    pub fn required_integer<T: TryFrom<i128>>(&self, key: &str) -> Result<T, Answer> {
        self.integer(key)?.ok_or_else(|| self.missing(key))
    }

    /// Reads a boolean that may be absent.
    ///
    /// # Errors
    /// An answer that says what is wrong if it is no boolean.
    pub fn boolean(&self, key: &str) -> Result<Option<bool>, Answer> {
        self.get(key)
            .map(|node| node.as_boolean().ok_or_else(|| Answer::error(format!("'{key}' parameter is not a boolean."))))
            .transpose()
    }

    /// Insists on a map of arguments.
    ///
    /// # Errors
    /// An answer that says what is missing if there is none.
    pub fn required_map(&self) -> Result<&'a Node, Answer> {
        match self.node {
            Some(node) if matches!(node.value, Value::Map(_)) => Ok(node),
            _ => Err(Answer::error(format!("no parameters specified for the {} command", self.command))),
        }
    }

    fn missing(&self, key: &str) -> Answer {
        let place = self.node.map(|node| format!(" ({})", node.span)).unwrap_or_default();
        Answer::error(format!("missing parameter '{key}'{place}"))
    }
}
