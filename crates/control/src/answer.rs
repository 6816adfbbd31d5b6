//! What a command answers.

use crate::json::JsonText;

/// How a command went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultCode {
    /// It was done.
    Success,
    /// It failed.
    Error,
    /// There is no such command.
    Unsupported,
    /// It was done and found nothing.
    Empty,
    /// It clashes with what is there.
    Conflict,
    /// It failed and left the server in a state it does not know.
    Fatal,
}

impl ResultCode {
    /// Gives the number in the answer.
    pub const fn number(self) -> u32 {
        match self {
            Self::Success => 0,
            Self::Error => 1,
            Self::Unsupported => 2,
            Self::Empty => 3,
            Self::Conflict => 4,
            Self::Fatal => 5,
        }
    }
}

/// The answer to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it went.
    pub result: ResultCode,
    /// A sentence for people; absent where the arguments say it all.
    pub text: Option<String>,
    /// What was asked for, as JSON text.
    pub arguments: Option<String>,
}

impl Answer {
    /// Answers with a result and a sentence.
    pub fn new(result: ResultCode, text: impl Into<String>) -> Self {
        Self { result, text: Some(text.into()), arguments: None }
    }

    /// Answers that it was done.
    pub fn success(text: impl Into<String>) -> Self {
        Self::new(ResultCode::Success, text)
    }

    /// Answers that it failed.
    pub fn error(text: impl Into<String>) -> Self {
        Self::new(ResultCode::Error, text)
    }

    /// Answers that it clashes with what is there.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::new(ResultCode::Conflict, text)
    }

    /// Answers that nothing was found.
    pub fn empty(text: impl Into<String>) -> Self {
        Self::new(ResultCode::Empty, text)
    }

    /// Answers with what `fill` writes: one JSON value.
    pub fn of(fill: impl FnOnce(&mut JsonText)) -> Self {
        Self { result: ResultCode::Success, text: None, arguments: None }.with(fill)
    }

    /// Adds arguments: one JSON value that `fill` writes.
    #[must_use]
    pub fn with(mut self, fill: impl FnOnce(&mut JsonText)) -> Self {
        let mut json = JsonText::new();
        fill(&mut json);
        self.arguments = Some(json.finish());
        self
    }

    /// Adds a sentence.
    #[must_use]
    pub fn saying(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Writes the answer as a JSON map, keys in alphabetical order.
    pub fn to_json(&self) -> String {
        let mut json = JsonText::new();
        json.map(|map| {
            if let Some(arguments) = &self.arguments {
                map.key("arguments").raw(arguments);
            }
            map.key("result").literal(self.result.number());
            if let Some(text) = &self.text {
                map.key("text").string(text);
            }
        });
        json.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_its_keys_in_order_and_only_those_it_needs() {
        let answer = Answer::success("Configuration successful.").with(|json| json.map(|m| m.key("hash").string("AB")));
        assert_eq!(
            answer.to_json(),
            r#"{ "arguments": { "hash": "AB" }, "result": 0, "text": "Configuration successful." }"#
        );
        assert_eq!(
            Answer::new(ResultCode::Unsupported, "'nope' command not supported.").to_json(),
            r#"{ "result": 2, "text": "'nope' command not supported." }"#
        );
    }
}
