//! Text to tokens: comments and includes are resolved here, and every token knows where it stands.

use super::text::decode;
use super::{Fault, Position, Source, Span};

/// What reads an included file: its name as written in, its text out.
pub type Loader<'l> = dyn Fn(&str) -> std::io::Result<String> + 'l;

/// How many files may include one another in a chain; Kea refuses the twelfth.
const MAX_INCLUDES: usize = 11;
/// How many files may be included in all, so that files including one another twice come to an end.
const MAX_INCLUDED: usize = 1000;

/// One token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    OpenMap,
    CloseMap,
    OpenList,
    CloseList,
    Comma,
    Colon,
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    /// Something unreadable that has been reported.
    Garbage,
    End,
}

/// Why no token could be read.
pub(super) struct Unreadable {
    pub(super) span: Span,
    pub(super) fault: Fault,
}

/// A file being read.
struct Frame {
    source: Source,
    text: Vec<u8>,
    at: usize,
    position: Position,
}

/// The lexer: a stack of files, the innermost include last.
pub(super) struct Lexer<'l> {
    frames: Vec<Frame>,
    load: &'l Loader<'l>,
    included: usize,
}

impl<'l> Lexer<'l> {
    pub(super) fn new(source: &str, text: &str, load: &'l Loader<'l>) -> Self {
        Self { frames: vec![Frame::new(source, text)], load, included: 0 }
    }

    /// Reads the next token. After an error reading goes on behind it.
    pub(super) fn next(&mut self) -> Result<Token, Unreadable> {
        loop {
            let included = self.frames.len() > 1;
            let Some(frame) = self.frames.last_mut() else {
                return Err(Unreadable { span: Frame::new("", "").here(), fault: Fault::UnclosedDirective });
            };
            frame.skip_blanks();
            if frame.peek().is_none() && included {
                self.frames.pop();
                continue;
            }
            if frame.rest().starts_with(b"/*") {
                frame.skip_block()?;
                continue;
            }
            if let Some(directive) = frame.directive() {
                let (span, name) = directive?;
                self.include(span, &name)?;
                continue;
            }
            return frame.token();
        }
    }

    fn include(&mut self, span: Span, name: &str) -> Result<(), Unreadable> {
        self.included += 1;
        if self.frames.len() > MAX_INCLUDES || self.included > MAX_INCLUDED {
            return Err(Unreadable { span, fault: Fault::TooManyIncludes });
        }
        let loaded = (self.load)(name).ok();
        let closed = self.frames.last_mut().map_or(Ok(()), Frame::close_directive);
        let Some(text) = loaded else {
            return Err(Unreadable { span, fault: Fault::CannotInclude(name.to_owned()) });
        };
        closed?;
        self.frames.push(Frame::new(name, &text));
        Ok(())
    }
}

impl Frame {
    fn new(source: &str, text: &str) -> Self {
        Self { source: source.into(), text: text.as_bytes().to_vec(), at: 0, position: Position { line: 1, column: 1 } }
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn here(&self) -> Span {
        Span { source: Source::clone(&self.source), start: self.position, end: self.position }
    }

    /// Steps over octets of one line.
    fn step(&mut self, length: usize) {
        self.at = self.at.saturating_add(length);
        self.position.column = self.position.column.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
    }

    /// Steps over octets of one token; line ends inside count as columns, as Kea counts them.
    fn take(&mut self, length: usize) -> Span {
        let mut span = self.here();
        self.step(length);
        span.end.column = self.position.column.saturating_sub(1).max(span.start.column);
        span
    }

    fn new_line(&mut self) {
        self.at += 1;
        self.position = Position { line: self.position.line.saturating_add(1), column: 1 };
    }

    fn skip_blanks(&mut self) {
        while let Some(octet) = self.peek() {
            match octet {
                b'\n' => self.new_line(),
                b' ' | b'\t' | b'\r' => self.step(1),
                b'#' => self.skip_line(),
                b'/' if self.rest().starts_with(b"//") => self.skip_line(),
                _ => return,
            }
        }
    }

    fn skip_line(&mut self) {
        let length = self.rest().iter().position(|octet| *octet == b'\n').unwrap_or(self.rest().len());
        self.take(length);
    }

    fn skip_block(&mut self) -> Result<(), Unreadable> {
        let span = self.take(2);
        while let Some(octet) = self.peek() {
            if self.rest().starts_with(b"*/") {
                self.take(2);
                return Ok(());
            }
            if octet == b'\n' {
                self.new_line();
            } else {
                self.take(1);
            }
        }
        Err(Unreadable { fault: Fault::UnclosedComment { line: span.start.line }, span })
    }

    /// Reads `<?include "name"?>`; `None` if nothing of that kind stands here.
    fn directive(&mut self) -> Option<Result<(Span, String), Unreadable>> {
        self.rest().starts_with(b"<?").then(|| self.include())
    }

    fn include(&mut self) -> Result<(Span, String), Unreadable> {
        let opening = self.take(2);
        self.skip_spaces();
        if !self.rest().starts_with(b"include") {
            return Err(self.stray(&opening));
        }
        self.take(7);
        self.skip_spaces();
        let name = self.rest().strip_prefix(b"\"").and_then(|rest| {
            let length = rest.iter().position(|octet| matches!(octet, b'"' | b'\n'))?;
            (length > 0 && rest.get(length) == Some(&b'"')).then(|| rest.get(..length).map(<[u8]>::to_vec))?
        });
        let Some(name) = name else { return Err(self.stray(&opening)) };
        let span = self.take(name.len() + 2);
        Ok((span, decode(name)))
    }

    fn close_directive(&mut self) -> Result<(), Unreadable> {
        let opening = self.here();
        loop {
            self.skip_spaces();
            match self.peek() {
                Some(b'\n') => self.new_line(),
                Some(b'?') if self.rest().starts_with(b"?>") => {
                    self.take(2);
                    return Ok(());
                }
                Some(_) => return Err(self.stray(&opening)),
                None => return Err(Unreadable { span: opening, fault: Fault::UnclosedDirective }),
            }
        }
    }

    fn skip_spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.take(1);
        }
    }

    /// Reports what does not belong into a directive; right behind `<?` the place begins there, as in Kea.
    fn stray(&mut self, opening: &Span) -> Unreadable {
        if self.peek().is_none() {
            return Unreadable { span: opening.clone(), fault: Fault::UnclosedDirective };
        }
        let mut invalid = self.invalid();
        if invalid.span.start.column == opening.end.column.saturating_add(1)
            && invalid.span.start.line == opening.start.line
        {
            invalid.span.start = opening.start;
        }
        invalid
    }

    /// Reports the character that stands here and steps over it.
    fn invalid(&mut self) -> Unreadable {
        let length = self.peek().map_or(1, |octet| match octet {
            0xf0.. => 4,
            0xe0..0xf0 => 3,
            0xc0..0xe0 => 2,
            0..0xc0 => 1,
        });
        let found = self.rest().get(..length).and_then(|octets| std::str::from_utf8(octets).ok());
        let found = found.and_then(|text| text.chars().next()).unwrap_or(char::REPLACEMENT_CHARACTER);
        let mut span = self.take(length);
        span.end = span.start;
        Unreadable { span, fault: Fault::InvalidCharacter(found) }
    }

    fn token(&mut self) -> Result<Token, Unreadable> {
        let kind = match self.peek() {
            None => return Ok(Token { kind: Kind::End, span: self.here() }),
            Some(b'{') => Kind::OpenMap,
            Some(b'}') => Kind::CloseMap,
            Some(b'[') => Kind::OpenList,
            Some(b']') => Kind::CloseList,
            Some(b',') => Kind::Comma,
            Some(b':') => Kind::Colon,
            Some(b'"') => return self.string(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') => return self.number(),
            Some(b'e' | b'E') if exponent_length(self.rest()) > 0 => return self.number(),
            Some(octet) if octet.is_ascii_alphabetic() => return self.word(),
            Some(_) => return Err(self.invalid()),
        };
        let span = self.take(1);
        Ok(Token { kind, span })
    }

    fn word(&mut self) -> Result<Token, Unreadable> {
        for (word, kind) in [("true", Kind::Boolean(true)), ("false", Kind::Boolean(false)), ("null", Kind::Null)] {
            let Some(found) = self.rest().get(..word.len()) else { continue };
            if found == word.as_bytes() {
                return Ok(Token { kind, span: self.take(word.len()) });
            }
            if found.eq_ignore_ascii_case(word.as_bytes()) {
                return Err(Unreadable { span: self.take(word.len()), fault: Fault::LowerCaseOnly(word) });
            }
        }
        Err(self.invalid())
    }

    fn number(&mut self) -> Result<Token, Unreadable> {
        let integer = integer_length(self.rest());
        let real = real_length(self.rest());
        let length = integer.max(real);
        let text = String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default()).into_owned();
        let span = self.take(length);
        if integer == length {
            return match text.parse() {
                Ok(number) => Ok(Token { kind: Kind::Integer(number), span }),
                Err(_) => Err(Unreadable { span, fault: Fault::BadNumber { text, to: "an integer" } }),
            };
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Token { kind: Kind::Real(number), span }),
            Ok(_) | Err(_) => Err(Unreadable { span, fault: Fault::BadNumber { text, to: "a floating point" } }),
        }
    }

    fn string(&mut self) -> Result<Token, Unreadable> {
        let plain = self.rest().iter().skip(1).position(|octet| matches!(octet, b'"' | b'\\' | 0..0x20));
        if let Some(plain) = plain.filter(|plain| self.rest().get(plain + 1) == Some(&b'"')) {
            let octets = self.rest().get(1..=plain).unwrap_or_default().to_vec();
            let span = self.take(plain + 2);
            return Ok(Token { kind: Kind::Text(decode(octets)), span });
        }
        let Some(length) = string_length(self.rest()) else { return Err(self.invalid()) };
        let written = self.rest().get(..length).unwrap_or_default().to_vec();
        let span = self.take(length);
        match unescape(&written) {
            Ok(octets) => Ok(Token { kind: Kind::Text(decode(octets)), span }),
            Err((near, trouble)) => {
                let text = String::from_utf8_lossy(&written).into_owned();
                Err(Unreadable { span, fault: Fault::BadString { near, trouble, text } })
            }
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|octet| octet.is_ascii_digit()).count()
}

fn integer_length(text: &[u8]) -> usize {
    let sign = usize::from(text.first() == Some(&b'-'));
    let digits = digits(text.get(sign..).unwrap_or_default());
    if digits == 0 { 0 } else { sign + digits }
}

fn real_length(text: &[u8]) -> usize {
    let mut length = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    length += digits(text.get(length..).unwrap_or_default());
    if text.get(length) == Some(&b'.') {
        length += 1;
        length += digits(text.get(length..).unwrap_or_default());
    }
    length + exponent_length(text.get(length..).unwrap_or_default())
}

fn exponent_length(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'e' | b'E')) {
        return 0;
    }
    let head = 1 + usize::from(matches!(text.get(1), Some(b'-' | b'+')));
    let digits = digits(text.get(head..).unwrap_or_default());
    if digits == 0 { 0 } else { head + digits }
}

/// Measures a string with its quotes; `None` if it does not end. A string with a fault in it still has an end: behind a
/// bad escape the next quote, else the last quote that a backslash precedes.
fn string_length(text: &[u8]) -> Option<usize> {
    let (mut at, mut control, mut escaped_quote) = (1, false, None);
    loop {
        match text.get(at) {
            Some(b'"') => return Some(at + 1),
            Some(b'\\') => match text.get(at + 1) {
                Some(b'"') => {
                    escaped_quote = (!control).then_some(at + 2).or(escaped_quote);
                    at += 2;
                }
                Some(b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u') => at += 2,
                Some(_) if !control => {
                    let behind = text.get(at + 2..).unwrap_or_default();
                    let quote = behind.iter().position(|octet| *octet == b'"');
                    return quote.map(|quote| at + 2 + quote + 1).or(escaped_quote);
                }
                Some(_) | None => return escaped_quote,
            },
            Some(octet) => {
                control |= *octet < 0x20;
                at += 1;
            }
            None => return escaped_quote,
        }
    }
}

/// Resolves the escapes of a string with its quotes; an error is an offset and Kea's name of the trouble.
fn unescape(written: &[u8]) -> Result<Vec<u8>, (usize, &'static str)> {
    let end = written.len().saturating_sub(1);
    let mut octets = Vec::with_capacity(end);
    let mut at = 1;
    while at < end {
        let octet = written.get(at).copied().unwrap_or_default();
        if octet < 0x20 {
            return Err((at, "Invalid control"));
        }
        if octet != b'\\' {
            octets.push(octet);
            at += 1;
            continue;
        }
        at += 1;
        if at >= end {
            return Err((at + 1, "Overflow escape"));
        }
        match written.get(at) {
            Some(plain @ (b'"' | b'\\' | b'/')) => octets.push(*plain),
            Some(b'b') => octets.push(0x08),
            Some(b'f') => octets.push(0x0c),
            Some(b'n') => octets.push(b'\n'),
            Some(b'r') => octets.push(b'\r'),
            Some(b't') => octets.push(b'\t'),
            Some(b'u') => {
                octets.push(unicode(written.get(at + 1..end).unwrap_or_default(), at)?);
                at += 4;
            }
            Some(_) | None => return Err((at, "Bad escape")),
        }
        at += 1;
    }
    Ok(octets)
}

/// Reads the four digits of `\u`, which stands at the offset `at`.
fn unicode(digits: &[u8], at: usize) -> Result<u8, (usize, &'static str)> {
    let Some(digits) = digits.get(..4) else { return Err((at, "Overflow unicode escape")) };
    let mut number = 0_u32;
    for digit in digits {
        let Some(value) = char::from(*digit).to_digit(16) else { return Err((at, "Bad escape")) };
        number = number * 16 + value;
    }
    u8::try_from(number).ok().ok_or((at + 1, "Unsupported unicode escape"))
}
