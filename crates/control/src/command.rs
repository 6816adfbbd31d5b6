//! A command as it comes over a channel.

use config::json::{Node, Value};

use crate::Answer;

/// A command with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// What to do.
    pub name: String,
    /// What to do it with.
    pub arguments: Option<Node>,
}

const KEYS: [&str; 4] = ["command", "arguments", "service", "remote-address"];

impl Command {
    /// Reads a command off the JSON text of a request.
    ///
    /// # Errors
    /// The answer that says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, Answer> {
        let root =
            config::json::wire::parse("<wire>", text.as_bytes()).map_err(|error| Answer::error(error.to_string()))?;
        Self::of(root).map_err(|why| Answer::error(format!("Error during command processing: invalid command: {why}")))
    }

    fn of(root: Node) -> Result<Self, String> {
        let kind = root.value.type_name();
        let Value::Map(entries) = root.value else {
            return Err(format!("expected toplevel entry to be a map, got {kind} instead"));
        };
        let mut name = None;
        let mut arguments = None;
        for entry in entries {
            if !KEYS.contains(&&*entry.key) {
                return Err(format!("unsupported parameter '{}'", entry.key));
            }
            if entry.key == "command" {
                let Value::String(text) = entry.value.value else {
                    // Kea: names a map whatever the value is.
                    return Err("expected 'command' to be a string, got map instead".to_owned());
                };
                name = Some(text);
            } else if entry.key == "arguments" {
                arguments = Some(entry.value);
            }
        }
        let name = name.ok_or("does not contain mandatory 'command'")?;
        Ok(Self { name, arguments })
    }
}
