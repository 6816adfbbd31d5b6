//! What a command answers.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::json::{JsonText, write_string};

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
    /// What was asked for, where it is too long to be held at once; `arguments`, `result` and `text` do not count then.
    pub pieces: Option<Long>,
}

/// Writes arguments that are too long to be held at once.
pub trait Pieces: Send {
    /// Appends the next piece of one JSON value; gives how it went once nothing is left.
    ///
    /// A piece takes some ten thousand octets: it is made in one go, so whatever is locked for it must not be locked long.
    fn next(&mut self, text: &mut String) -> Option<Ending>;
}

/// How many octets of arguments are rather copied than sent apart.
const COPIED: usize = 16 << 10;

/// What stands behind long arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// How it went.
    pub result: ResultCode,
    /// A sentence for people.
    pub text: Option<String>,
}

/// Arguments still to be written; they can be written once.
#[derive(Clone)]
pub struct Long(Arc<Mutex<dyn Pieces>>);

impl fmt::Debug for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Long")
    }
}

impl PartialEq for Long {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Long {}

impl Answer {
    /// Answers with a result and a sentence.
    pub fn new(result: ResultCode, text: impl Into<String>) -> Self {
        Self { result, text: Some(text.into()), arguments: None, pieces: None }
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
        Self { result: ResultCode::Success, text: None, arguments: None, pieces: None }.with(fill)
    }

    /// Answers with arguments that are written piece by piece.
    pub fn long(pieces: impl Pieces + 'static) -> Self {
        let pieces = Some(Long(Arc::new(Mutex::new(pieces))));
        Self { result: ResultCode::Success, text: None, arguments: None, pieces }
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
        let mut whole = String::new();
        let mut keep = |piece: &str| {
            whole.push_str(piece);
            Ok(())
        };
        // A `String` takes whatever comes.
        let _infallible = self.write(&mut keep);
        whole
    }

    /// Writes the answer as a JSON map, keys in alphabetical order, to whom it is for: in one piece, or in many.
    ///
    /// # Errors
    /// That of `to`, which hears no more then.
    pub fn write(&self, to: &mut dyn FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let mut text = String::from("{ ");
        let ending = match &self.pieces {
            None => None,
            Some(Long(pieces)) => {
                let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
                text.push_str("\"arguments\": ");
                loop {
                    if let Some(ending) = pieces.next(&mut text) {
                        text.push_str(", ");
                        break Some(ending);
                    }
                    to(&text)?;
                    text.clear();
                }
            }
        };
        if let Some(arguments) = &self.arguments {
            text.push_str("\"arguments\": ");
            if arguments.len() > COPIED {
                to(&text)?;
                to(arguments)?;
                text.clear();
            } else {
                text.push_str(arguments);
            }
            text.push_str(", ");
        }
        let (result, said) = match &ending {
            Some(Ending { result, text }) => (*result, text),
            None => (self.result, &self.text),
        };
        text.push_str("\"result\": ");
        text.push_str(&result.number().to_string());
        if let Some(said) = said {
            text.push_str(", \"text\": ");
            write_string(&mut text, said);
        }
        text.push_str(" }");
        to(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_answer_reads_like_a_short_one() {
        struct Numbers(u32);
        impl Pieces for Numbers {
            fn next(&mut self, text: &mut String) -> Option<Ending> {
                self.0 += 1;
                text.push_str(if self.0 == 1 { "[ " } else { ", " });
                text.push_str(&self.0.to_string());
                (self.0 == 3).then(|| {
                    text.push_str(" ]");
                    Ending { result: ResultCode::Empty, text: Some("3 numbers".to_owned()) }
                })
            }
        }
        let answer = Answer::long(Numbers(0));
        let mut pieces = Vec::new();
        let mut keep = |piece: &str| {
            pieces.push(piece.to_owned());
            Ok(())
        };
        answer.write(&mut keep).unwrap();
        assert_eq!(pieces.len(), 3);
        assert_eq!(pieces.concat(), r#"{ "arguments": [ 1, 2, 3 ], "result": 3, "text": "3 numbers" }"#);
    }

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
