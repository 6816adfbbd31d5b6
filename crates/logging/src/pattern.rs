//! The pattern language of log4cplus: text from outside into pieces to print.

use crate::clock::Zone;

/// A parsed pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Pieces in order.
    Pieces(Vec<Piece>),
    /// One JSON object per message: beyond Kea, chosen by the word `json`.
    Json,
}

/// A part of a pattern with the field it is fitted into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) what: What,
    pub(crate) fit: Fit,
}

/// How a value is padded and cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fit {
    /// At least this many characters; zero for no padding.
    pub(crate) least: usize,
    /// Padding goes behind the value.
    pub(crate) left: bool,
    /// At most this many characters: the last ones are kept.
    pub(crate) most: Option<usize>,
}

/// What a part of a pattern prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// Itself.
    Text(String),
    /// `%c`: the logger's name, or its last parts (0 for all).
    Logger(usize),
    /// `%D` and `%d`.
    Date(Zone, Vec<DatePart>),
    /// `%p`.
    Severity,
    /// `%i`.
    Process,
    /// `%t` and `%T`.
    Thread,
    /// `%m`.
    Message,
    /// `%h` and `%H`.
    Host,
    /// `%r`: milliseconds since the start.
    Elapsed,
    /// `%E{NAME}`, read when the pattern is parsed.
    Environment(String),
    /// `%l`: file and line, of which there are none here.
    Location,
    /// `%F %L %M %b %x %X`: nothing, as there is no source position and no context here.
    Nothing,
}

/// A part of a date's format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatePart {
    /// For strftime.
    Format(String),
    /// `%q`: milliseconds with three digits.
    Milliseconds,
    /// `%Q`: milliseconds with three digits of fraction.
    Microseconds,
}

/// What `%D` and `%d` print without braces.
const DEFAULT_DATE: &str = "%Y-%m-%d %H:%M:%S";
/// Fields wider than this are cut to it, so that a configuration cannot ask for all memory.
const WIDEST: usize = 4096;

impl Pattern {
    /// Reads a pattern. Every text is one: what is not a conversion stays text.
    pub(crate) fn parse(text: &str) -> Self {
        if text == "json" {
            return Self::Json;
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some((before, conversion)) = rest.split_once('%') {
            literal.push_str(before);
            match Conversion::parse(conversion) {
                Some((Conversion::Literal(letter), after)) => {
                    literal.push(letter);
                    rest = after;
                }
                Some((Conversion::Piece(piece), after)) => {
                    flush(&mut literal, &mut pieces);
                    pieces.push(piece);
                    rest = after;
                }
                None => {
                    literal.push('%');
                    rest = conversion;
                }
            }
        }
        literal.push_str(rest);
        flush(&mut literal, &mut pieces);
        Self::Pieces(pieces)
    }
}

fn flush(literal: &mut String, pieces: &mut Vec<Piece>) {
    if !literal.is_empty() {
        pieces.push(Piece { what: What::Text(std::mem::take(literal)), fit: Fit::default() });
    }
}

/// What stands behind a percent sign.
enum Conversion {
    Literal(char),
    Piece(Piece),
}

impl Conversion {
    /// Reads the modifiers and the letter; `None` if they make no sense and the percent sign is text.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (fit, rest) = fit(text)?;
        let mut letters = rest.chars();
        let letter = letters.next()?;
        let rest = letters.as_str();
        let piece = |what| Self::Piece(Piece { what, fit });
        let plain = |what| Some((piece(what), rest));
        match letter {
            '%' => Some((Self::Literal('%'), rest)),
            'n' => Some((Self::Literal('\n'), rest)),
            'c' => {
                let (option, rest) = option(rest);
                let parts = option.and_then(|option| option.trim().parse().ok()).unwrap_or(0);
                Some((piece(What::Logger(parts)), rest))
            }
            'd' | 'D' => {
                let zone = if letter == 'D' { Zone::Local } else { Zone::Utc };
                let (option, rest) = option(rest);
                Some((piece(What::Date(zone, date_parts(option.unwrap_or(DEFAULT_DATE)))), rest))
            }
            'E' => {
                let (option, rest) = option(rest);
                let value = option.and_then(std::env::var_os).unwrap_or_default();
                Some((piece(What::Environment(value.to_string_lossy().into_owned())), rest))
            }
            'X' => Some((piece(What::Nothing), option(rest).1)),
            'p' => plain(What::Severity),
            'i' => plain(What::Process),
            't' | 'T' => plain(What::Thread),
            'm' => plain(What::Message),
            'h' | 'H' => plain(What::Host),
            'r' => plain(What::Elapsed),
            'l' => plain(What::Location),
            'F' | 'L' | 'M' | 'b' | 'x' => plain(What::Nothing),
            _ => None,
        }
    }
}

/// Reads `-20.30` in front of a conversion letter.
fn fit(text: &str) -> Option<(Fit, &str)> {
    let (left, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (least, rest) = number(rest);
    let (most, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (most, rest) = number(rest);
            (Some(most?), rest)
        }
        None => (None, rest),
    };
    Some((Fit { least: least.unwrap_or(0), left, most }, rest))
}

fn number(text: &str) -> (Option<usize>, &str) {
    let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let digits = text.strip_suffix(rest).unwrap_or_default();
    let value = (!digits.is_empty()).then(|| digits.parse().unwrap_or(WIDEST).min(WIDEST));
    (value, rest)
}

/// Reads `{…}`. Without the closing brace everything that follows is lost, as in log4cplus.
fn option(text: &str) -> (Option<&str>, &str) {
    match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}').map_or((None, ""), |(option, rest)| (Some(option), rest)),
        None => (None, text),
    }
}

/// Cuts a date's format at `%q` and `%Q`, which strftime does not know.
fn date_parts(format: &str) -> Vec<DatePart> {
    let (mut parts, mut current) = (Vec::new(), String::new());
    let mut letters = format.chars();
    while let Some(letter) = letters.next() {
        let next = if letter == '%' { letters.next() } else { None };
        let part = match next {
            Some('q') => DatePart::Milliseconds,
            Some('Q') => DatePart::Microseconds,
            other => {
                current.push(letter);
                current.extend(other);
                continue;
            }
        };
        if !current.is_empty() {
            parts.push(DatePart::Format(std::mem::take(&mut current)));
        }
        parts.push(part);
    }
    if !current.is_empty() {
        parts.push(DatePart::Format(current));
    }
    parts
}
