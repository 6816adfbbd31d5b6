//! Cuts the text of an expression into words.

use super::error::{Problem, Span, SyntaxError};

/// A kind of word, with the name that errors use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a sign: itself.
    Word(&'static str),
    /// `'…'`.
    Text,
    /// `0x…`.
    Hex,
    /// Digits, with or without a minus.
    Integer,
    /// An IPv4 or IPv6 address, or what looks like one.
    Address,
    /// A name directly before a closing bracket.
    OptionName,
    /// Nothing is left.
    End,
}

impl Kind {
    /// Gives the name that errors use.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Word(",") => "\",\"",
            Self::Word(word) => word,
            Self::Text => "constant string",
            Self::Hex => "constant hexstring",
            Self::Integer => "integer",
            Self::Address => "ip address",
            Self::OptionName => "option name",
            Self::End => "end of file",
        }
    }
}

/// One word of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) span: Span,
}

/// Signs and keywords; of two that fit, the longer one counts.
const WORDS: [&str; 62] = [
    "(",
    ")",
    "[",
    "]",
    ".",
    ",",
    "==",
    "+",
    "*",
    "all",
    "and",
    "concat",
    "addrtotext",
    "ciaddr",
    "data",
    "dst",
    "enterprise",
    "exists",
    "giaddr",
    "hex",
    "hexstring",
    "hlen",
    "htype",
    "iface",
    "ifelse",
    "int8totext",
    "int16totext",
    "int32totext",
    "lcase",
    "len",
    "linkaddr",
    "mac",
    "match",
    "member",
    "msgtype",
    "not",
    "option",
    "or",
    "peeraddr",
    "pkt",
    "pkt4",
    "pkt6",
    "relay4",
    "relay6",
    "sand",
    "sifelse",
    "siaddr",
    "sor",
    "split",
    "src",
    "substring",
    "text",
    "transid",
    "ucase",
    "uint8totext",
    "uint16totext",
    "uint32totext",
    "vendor",
    "vendor-class",
    "yiaddr",
    "'",
    "0x",
];
/// How many of [`WORDS`] are signs, and how many at the end are only beginnings of words.
const SIGNS: usize = 9;
const BEGINNINGS: usize = 2;

/// Walks the keywords.
pub(super) fn keywords() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().take(WORDS.len() - BEGINNINGS).skip(SIGNS)
}

/// Hands out words one by one.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'t> Lexer<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        for octet in self.rest().bytes() {
            match octet {
                b'\n' => (self.line, self.column) = (self.line.saturating_add(1), 1),
                b' ' | b'\t' => self.column = self.column.saturating_add(1),
                _ => break,
            }
            self.at = self.at.saturating_add(1);
        }
    }

    /// Takes the next word.
    pub(super) fn next(&mut self) -> Result<Token<'t>, SyntaxError> {
        self.skip_blanks();
        let rest = self.rest();
        let (kind, length) = longest(rest).unwrap_or((Kind::End, 0));
        let text = rest.get(..length).unwrap_or_default();
        let span = Span::new(self.line, self.column, length);
        if length == 0 && !rest.is_empty() {
            let span = Span::new(self.line, self.column, 1);
            return Err(SyntaxError {
                span: Some(span),
                problem: Problem::Character(rest.chars().next()),
                hint: hint(self.text, self.at),
            });
        }
        self.at = self.at.saturating_add(length);
        self.column = span.next_column(length);
        Ok(Token { kind, text, span })
    }
}

/// Finds the longest word at the beginning of a text; of two equally long ones, what is named first here.
fn longest(text: &str) -> Option<(Kind, usize)> {
    let candidates = [
        (Kind::Text, quoted(text)),
        (Kind::Hex, hexadecimal(text)),
        (Kind::Integer, integer(text)),
        (Kind::Address, ipv4(text).max(ipv6(text))),
    ];
    let mut best = candidates.into_iter().fold((Kind::End, 0), |best, this| if this.1 > best.1 { this } else { best });
    for word in WORDS.into_iter().take(WORDS.len() - BEGINNINGS) {
        if word.len() > best.1 && text.starts_with(word) {
            best = (Kind::Word(word), word.len());
        }
    }
    let (name, to_bracket) = option_name(text);
    // The bracket after a name counts when lengths are compared, but is not part of the word.
    if name > 0 && to_bracket > best.1 {
        best = (Kind::OptionName, name);
    }
    (best.1 > 0).then_some(best)
}

/// Counts the octets at the beginning that fit.
fn run(text: &str, fits: impl Fn(u8) -> bool) -> usize {
    text.bytes().take_while(|octet| fits(*octet)).count()
}

fn after(text: &str, length: usize) -> &str {
    text.get(length..).unwrap_or_default()
}

fn quoted(text: &str) -> usize {
    let Some(rest) = text.strip_prefix('\'') else { return 0 };
    let inner = run(rest, |octet| !matches!(octet, b'\'' | b'\n'));
    if after(rest, inner).starts_with('\'') { inner + 2 } else { 0 }
}

fn hexadecimal(text: &str) -> usize {
    let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else { return 0 };
    match run(digits, |octet| octet.is_ascii_hexdigit()) {
        0 => 0,
        digits => digits + 2,
    }
}

fn integer(text: &str) -> usize {
    let sign = usize::from(text.starts_with('-'));
    match run(after(text, sign), |octet| octet.is_ascii_digit()) {
        0 => 0,
        digits => digits + sign,
    }
}

/// Four numbers with points between them; whether they are small enough is asked later.
fn ipv4(text: &str) -> usize {
    let mut length = 0;
    for part in 0..4 {
        let rest = after(text, length);
        let rest = if part == 0 { Some(rest) } else { rest.strip_prefix('.') };
        let Some(digits) = rest.map(|rest| run(rest, |octet| octet.is_ascii_digit())).filter(|digits| *digits > 0)
        else {
            return 0;
        };
        length += digits + usize::from(part > 0);
    }
    length
}

/// Hexadecimal digits, colons and points, of which two colons come early.
fn ipv6(text: &str) -> usize {
    let is_digit = |octet: u8| octet.is_ascii_hexdigit();
    let first = run(text, is_digit);
    if !after(text, first).starts_with(':') {
        return 0;
    }
    let second = first + 1 + run(after(text, first + 1), is_digit);
    if !after(text, second).starts_with(':') {
        return 0;
    }
    run(text, |octet| is_digit(octet) || matches!(octet, b':' | b'.'))
}

/// Gives the length of a name before a closing bracket, without and with the way to the bracket.
fn option_name(text: &str) -> (usize, usize) {
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return (0, 0);
    }
    let name = run(text, |octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'));
    let blanks = run(after(text, name), |octet| matches!(octet, b' ' | b'\t' | b'\n'));
    if after(text, name + blanks).starts_with(']') { (name, name + blanks + 1) } else { (0, 0) }
}

/// Guesses what was meant where no word begins.
fn hint(text: &str, at: usize) -> Option<String> {
    let is_part = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    let octets = text.as_bytes();
    let before = octets.get(..at)?.iter().rev().take_while(|octet| is_part(octet)).count();
    let behind = octets.get(at..)?.iter().take_while(|octet| is_part(octet)).count();
    let word = text.get(at - before..at + behind)?;
    let small = word.to_ascii_lowercase();
    match octets.get(at)? {
        b'=' => Some("did you mean '=='?".to_owned()),
        b'!' => Some("a difference is written not (a == b)".to_owned()),
        b'"' => Some("text stands between single quotes".to_owned()),
        b'\'' => Some("the text has no second quote on its line".to_owned()),
        b'&' => Some("did you mean 'and'?".to_owned()),
        b'|' => Some("did you mean 'or'?".to_owned()),
        _ if matches!(small.as_str(), "known" | "unknown") => {
            Some(format!("did you mean member('{}')?", small.to_ascii_uppercase()))
        }
        _ => crate::nearest::nearest(&small, keywords()),
    }
}
