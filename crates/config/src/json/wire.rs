//! The JSON of commands: read as Kea reads it off a socket, and the question when a command is complete.
//!
//! Kea's reader of commands is not that of its files: it takes comments, and a last comma in lists; keys may repeat (the
//! last counts); numbers are read loosely; and positions count lines from 0 and, on the first line, octets from 0.

use super::text::decode;
use super::{Entry, Node, Position, Source, Span, Value};

/// How deep maps and lists of one command may nest.
const MAX_DEPTH: usize = 200;

/// Why the text of a command cannot be read. The texts are Kea's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The text begins with something that opens neither a map nor a list.
    #[error("invalid first character {0}")]
    FirstCharacter(char),
    /// A slash that begins no comment.
    #[error("invalid characters /{0}")]
    LoneSlash(char),
    /// Where a value should stand is something else.
    #[error("error: unexpected character {found} in {at}")]
    UnexpectedCharacter {
        /// What stands there.
        found: char,
        /// The place, as `<wire>:line:column`.
        at: String,
    },
    /// A separator is missing.
    #[error("'{found}' read, one of \"{expected}\" expected in {at}")]
    Separator {
        /// What stands there.
        found: char,
        /// The characters of which one should stand there.
        expected: &'static str,
        /// The place.
        at: String,
    },
    /// A key is no string.
    #[error("String expected in {0}")]
    StringExpected(String),
    /// A word that begins like `true` or `false`.
    #[error("Bad boolean value: {word} in {at}")]
    BadBoolean {
        /// The word.
        word: String,
        /// The place.
        at: String,
    },
    /// A word that begins like `null`.
    #[error("Bad null value: {word} in {at}")]
    BadNull {
        /// The word.
        word: String,
        /// The place.
        at: String,
    },
    /// An unknown escape.
    #[error("Bad escape in {0}")]
    BadEscape(String),
    /// An escape of a character above `\u00ff`.
    #[error("Unsupported unicode escape in {0}")]
    UnsupportedEscape(String),
    /// An escape with a digit that is none.
    #[error("Not hexadecimal in unicode escape in {0}")]
    NotHexadecimal(String),
    /// A number that is no real.
    #[error(
        "Number overflow while trying to cast '{text}' to double: bad lexical cast: source type value could not be \
         interpreted as target in {at}"
    )]
    BadReal {
        /// The number as written.
        text: String,
        /// The place.
        at: String,
    },
    /// A number that does not fit 128 bits.
    #[error(
        "Number overflow while trying to cast '{text}' to int64 and subsequently to int128: bad lexical cast: source \
         type value could not be interpreted as target, overflow in multiplication in {at}"
    )]
    BadInteger {
        /// The number as written.
        text: String,
        /// The place.
        at: String,
    },
    /// A number with a sign inside.
    #[error("Unexpected content found while parsing character string.")]
    BadNumber,
    /// The text ends too soon.
    #[error("Unterminated value in {0}")]
    Unterminated(String),
    /// Maps and lists nest deeper than anyone needs.
    #[error("more than {MAX_DEPTH} levels of nesting in {0}")]
    TooDeep(String),
}

/// Reads the JSON of a command; `source` is the name positions carry: `<wire>` or `<string>`.
///
/// What follows the first complete value is ignored, as Kea ignores it.
///
/// # Errors
/// [`WireError`] says what is wrong and where, in Kea's words.
pub fn parse(source: &str, bytes: &[u8]) -> Result<Node, WireError> {
    let mut reader = Reader { source: source.into(), bytes, at: 0, line: 0, column: 0, depth: 0 };
    reader.skip_before_first()?;
    reader.value()
}

struct Reader<'t> {
    source: Source,
    bytes: &'t [u8],
    at: usize,
    line: u32,
    column: u32,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn bump(&mut self) -> Option<u8> {
        let octet = self.peek()?;
        self.at += 1;
        if octet == b'\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(octet)
    }

    fn position(&self) -> Position {
        Position { line: self.line, column: self.column }
    }

    fn place(&self, position: Position) -> String {
        format!("{}:{}:{}", self.source, position.line, position.column)
    }

    fn here(&self) -> String {
        self.place(self.position())
    }

    fn shift(&self, by: u32) -> String {
        let here = self.position();
        self.place(Position { column: here.column.saturating_add(by), ..here })
    }

    /// Drops blanks and comments before the value; positions count from the value on.
    fn skip_before_first(&mut self) -> Result<(), WireError> {
        self.skip()?;
        match self.peek() {
            Some(b'{' | b'[') => {}
            Some(other) => return Err(WireError::FirstCharacter(char::from(other))),
            None => return Err(WireError::Unterminated(self.here())),
        }
        (self.line, self.column) = (0, 0);
        Ok(())
    }

    /// Skips blanks and comments. A block comment counts as its line ends only.
    fn skip(&mut self) -> Result<(), WireError> {
        while let Some(octet) = self.peek() {
            match octet {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.bump();
                }
                b'#' => self.skip_line(),
                b'/' => match self.bytes.get(self.at + 1).copied() {
                    Some(b'/') => self.skip_line(),
                    Some(b'*') => self.skip_block(),
                    other => return Err(WireError::LoneSlash(other.map_or(' ', char::from))),
                },
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|octet| octet != b'\n') {
            self.at += 1;
        }
    }

    fn skip_block(&mut self) {
        self.at += 2;
        while let Some(octet) = self.peek() {
            if octet == b'*' && self.bytes.get(self.at + 1) == Some(&b'/') {
                self.at += 2;
                return;
            }
            if octet == b'\n' {
                self.bump();
            } else {
                self.at += 1;
            }
        }
    }

    fn node(&self, value: Value, start: Position) -> Node {
        Node { value, span: Span { source: Source::clone(&self.source), start, end: self.position() } }
    }

    fn value(&mut self) -> Result<Node, WireError> {
        self.skip()?;
        let start = self.position();
        let Some(first) = self.peek() else { return Err(WireError::Unterminated(self.here())) };
        let value = match first {
            b'{' | b'[' => return self.nested(first == b'{'),
            b'"' => Value::String(self.string()?),
            b'0'..=b'9' | b'-' | b'+' | b'.' => self.number(start)?,
            b't' | b'f' => match self.word().as_str() {
                "true" => Value::Boolean(true),
                "false" => Value::Boolean(false),
                word => return Err(WireError::BadBoolean { word: word.to_owned(), at: self.place(start) }),
            },
            b'n' => match self.word().as_str() {
                "null" => Value::Null,
                word => return Err(WireError::BadNull { word: word.to_owned(), at: self.place(start) }),
            },
            other => {
                return Err(WireError::UnexpectedCharacter { found: char::from(other), at: self.shift(1) });
            }
        };
        Ok(self.node(value, start))
    }

    fn nested(&mut self, map: bool) -> Result<Node, WireError> {
        self.bump();
        // Kea: maps and lists are placed behind their bracket.
        let start = self.position();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(WireError::TooDeep(self.here()));
        }
        let value = if map { self.map()? } else { self.list()? };
        self.depth -= 1;
        Ok(self.node(value, start))
    }

    fn map(&mut self) -> Result<Value, WireError> {
        let mut entries: Vec<Entry> = Vec::new();
        self.skip()?;
        if self.peek() == Some(b'}') {
            self.bump();
            return Ok(Value::Map(entries));
        }
        loop {
            self.skip()?;
            if self.peek() != Some(b'"') {
                return Err(WireError::StringExpected(self.shift(1)));
            }
            let key = self.string()?;
            self.separator(":")?;
            let value = self.value()?;
            entries.push(Entry { key: key.into(), value });
            if self.separator(",}")? == b'}' {
                return Ok(Value::Map(last_of_each(entries)));
            }
        }
    }

    fn list(&mut self) -> Result<Value, WireError> {
        let mut items = Vec::new();
        self.skip()?;
        if self.peek() == Some(b']') {
            self.bump();
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value()?);
            if self.separator(",]")? == b']' {
                return Ok(Value::List(items));
            }
            // Kea: a list, but not a map, may end with a comma.
            self.skip()?;
            if self.peek() == Some(b']') {
                self.bump();
                return Ok(Value::List(items));
            }
        }
    }

    fn separator(&mut self, expected: &'static str) -> Result<u8, WireError> {
        self.skip()?;
        match self.peek() {
            Some(octet) if expected.as_bytes().contains(&octet) => {
                self.bump();
                Ok(octet)
            }
            Some(octet) => Err(WireError::Separator { found: char::from(octet), expected, at: self.shift(1) }),
            None => Err(WireError::Unterminated(self.here())),
        }
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(octet) = self.peek().filter(u8::is_ascii_alphabetic) {
            word.push(char::from(octet));
            self.bump();
        }
        word
    }

    fn number(&mut self, start: Position) -> Result<Value, WireError> {
        let mut text = String::new();
        while let Some(octet) =
            self.peek().filter(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b'-' | b'+' | b'e' | b'E'))
        {
            text.push(char::from(octet));
            self.bump();
        }
        if text.contains(['.', 'e', 'E']) {
            return match text.parse::<f64>() {
                Ok(real) if real.is_finite() => Ok(Value::Real(real)),
                Ok(_) | Err(_) => Err(WireError::BadReal { text, at: self.place(start) }),
            };
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(&text);
        if digits.contains(['-', '+']) {
            return Err(WireError::BadNumber);
        }
        if digits.is_empty() {
            return Ok(Value::Integer(0));
        }
        match text.parse::<i128>() {
            Ok(number) => Ok(Value::Integer(number)),
            Err(_) => Err(WireError::BadInteger { text, at: self.place(start) }),
        }
    }

    fn string(&mut self) -> Result<String, WireError> {
        self.bump();
        let mut octets = Vec::new();
        loop {
            // Kea: a line end inside a string counts as a column.
            let Some(octet) = self.peek() else { return Err(WireError::Unterminated(self.here())) };
            self.at += 1;
            self.column = self.column.saturating_add(1);
            match octet {
                b'"' => return Ok(decode(octets)),
                b'\\' => octets.push(self.escape()?),
                _ => octets.push(octet),
            }
        }
    }

    fn escape(&mut self) -> Result<u8, WireError> {
        let octet = match self.peek() {
            Some(plain @ (b'"' | b'\\' | b'/')) => plain,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode(),
            Some(_) | None => return Err(WireError::BadEscape(self.here())),
        };
        self.bump();
        Ok(octet)
    }

    fn unicode(&mut self) -> Result<u8, WireError> {
        let digits = self.bytes.get(self.at + 1..self.at + 5).unwrap_or_default();
        let Some((b"00", low)) = digits.split_at_checked(2) else {
            let by = u32::from(digits.first() != Some(&b'0'));
            return Err(WireError::UnsupportedEscape(self.shift(by)));
        };
        let mut octet = 0_u8;
        for digit in low {
            let Some(value) = char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok()) else {
                return Err(WireError::NotHexadecimal(self.here()));
            };
            octet = octet.wrapping_mul(16).wrapping_add(value);
        }
        for _ in 0..5 {
            self.bump();
        }
        Ok(octet)
    }
}

/// Keeps of each key the entry written last.
fn last_of_each(entries: Vec<Entry>) -> Vec<Entry> {
    let mut last: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        last.insert(entry.key.clone().into_owned(), at);
    }
    if last.len() == entries.len() {
        return entries;
    }
    entries
        .into_iter()
        .enumerate()
        .filter(|(at, entry)| last.get(&*entry.key) == Some(at))
        .map(|(_, entry)| entry)
        .collect()
}

/// Watches octets arrive and tells when they hold one whole command.
///
/// As in Kea, brackets are only counted, not matched: `{ "a": [1 } ]` is complete, and then refused by [`parse`].
#[derive(Debug, Clone, Default)]
pub struct Framer {
    depth: u32,
    state: FramerState,
    /// What stood before the present comment.
    started: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum FramerState {
    #[default]
    Plain,
    Text,
    Escape,
    Slash,
    Line,
    Block,
    BlockStar,
}

impl Framer {
    /// Starts before the first octet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next octets; `Some(n)` when the value ended with the `n`-th of them, `None` if more must come.
    ///
    /// # Errors
    /// [`WireError::FirstCharacter`] or [`WireError::LoneSlash`] as soon as the text cannot become a command.
    pub fn feed(&mut self, octets: &[u8]) -> Result<Option<usize>, WireError> {
        for (at, octet) in octets.iter().enumerate() {
            if self.step(*octet)? {
                return Ok(Some(at + 1));
            }
        }
        Ok(None)
    }

    fn step(&mut self, octet: u8) -> Result<bool, WireError> {
        self.state = match (self.state, octet) {
            (FramerState::Plain, _) => return self.plain(octet),
            (FramerState::Slash, b'/') => FramerState::Line,
            (FramerState::Slash, b'*') => FramerState::Block,
            (FramerState::Slash, other) => return Err(WireError::LoneSlash(char::from(other))),
            (FramerState::Text, b'"') | (FramerState::Line, b'\n') | (FramerState::BlockStar, b'/') => {
                FramerState::Plain
            }
            (FramerState::Text, b'\\') => FramerState::Escape,
            (FramerState::Text | FramerState::Escape, _) => FramerState::Text,
            (FramerState::Block | FramerState::BlockStar, b'*') => FramerState::BlockStar,
            (FramerState::Block | FramerState::BlockStar, _) => FramerState::Block,
            (FramerState::Line, _) => FramerState::Line,
        };
        Ok(false)
    }

    fn plain(&mut self, octet: u8) -> Result<bool, WireError> {
        match octet {
            b'#' => self.state = FramerState::Line,
            b'/' => self.state = FramerState::Slash,
            b'{' | b'[' => {
                self.started = true;
                self.depth = self.depth.saturating_add(1);
            }
            b' ' | b'\t' | b'\r' | b'\n' => {}
            other if !self.started => return Err(WireError::FirstCharacter(char::from(other))),
            b'"' => self.state = FramerState::Text,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return Ok(self.depth == 0);
            }
            _ => {}
        }
        Ok(false)
    }
}
