//! A message and a pattern into a line.

use std::fmt::{self, Write};

use model::Message;

use crate::clock::{Instant, Zone, strftime};
use crate::json::push_string;
use crate::pattern::{DatePart, Fit, Pattern, Piece, What};

/// What a line is made of besides the pattern.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) message: &'a Message,
    /// The text behind the identifier.
    pub(crate) text: fmt::Arguments<'a>,
    /// The logger's full name.
    pub(crate) root: &'a str,
    pub(crate) at: Instant,
    pub(crate) process: u32,
    pub(crate) thread: u64,
    /// Milliseconds since the start.
    pub(crate) elapsed: u128,
}

/// Makes lines; keeps the texts of the current second.
#[derive(Debug)]
pub(crate) struct Formatter {
    pattern: Pattern,
    host: String,
    second: Option<i64>,
    /// The texts of all [`DatePart::Format`]s of the pattern, in order, for `second`.
    dates: Vec<String>,
    /// For values that are fitted into a field.
    field: String,
}

impl Formatter {
    pub(crate) fn new(pattern: Pattern) -> Self {
        Self { pattern, host: host(), second: None, dates: Vec::new(), field: String::new() }
    }

    /// Appends the line to `out`.
    ///
    /// # Errors
    /// Those of the message's own text.
    pub(crate) fn write(&mut self, out: &mut String, entry: &Entry<'_>) -> fmt::Result {
        let Self { pattern, host, second, dates, field } = self;
        if *second != Some(entry.at.second) {
            *second = Some(entry.at.second);
            *dates = all_dates(pattern, entry.at.second);
        }
        let mut dates = dates.iter();
        match pattern {
            Pattern::Json => write_json(out, entry, dates.next().map_or("", String::as_str)),
            Pattern::Pieces(pieces) => {
                for Piece { what, fit } in pieces {
                    if *fit == Fit::default() {
                        write_value(out, what, entry, (host, &mut dates))?;
                    } else {
                        field.clear();
                        write_value(field, what, entry, (host, &mut dates))?;
                        push_fitted(out, field, *fit);
                    }
                }
                Ok(())
            }
        }
    }
}

fn all_dates(pattern: &Pattern, second: i64) -> Vec<String> {
    let pieces = match pattern {
        Pattern::Json => return vec![strftime(second, Zone::Utc, "%Y-%m-%dT%H:%M:%S")],
        Pattern::Pieces(pieces) => pieces,
    };
    let mut dates = Vec::new();
    for piece in pieces {
        if let What::Date(zone, parts) = &piece.what {
            dates.extend(parts.iter().filter_map(|part| match part {
                DatePart::Format(format) => Some(strftime(second, *zone, format)),
                DatePart::Milliseconds | DatePart::Microseconds => None,
            }));
        }
    }
    dates
}

fn write_value(
    out: &mut String,
    what: &What,
    entry: &Entry<'_>,
    (host, dates): (&str, &mut std::slice::Iter<'_, String>),
) -> fmt::Result {
    match what {
        What::Text(text) => out.push_str(text),
        What::Logger(parts) => push_logger(out, entry, *parts),
        What::Date(_, parts) => {
            for part in parts {
                match part {
                    DatePart::Format(_) => out.push_str(dates.next().map_or("", String::as_str)),
                    DatePart::Milliseconds => write!(out, "{:03}", entry.at.micro / 1000)?,
                    DatePart::Microseconds => write!(out, "{:03}.{:03}", entry.at.micro / 1000, entry.at.micro % 1000)?,
                }
            }
        }
        What::Severity => out.push_str(entry.message.severity.name()),
        What::Process => write!(out, "{}", entry.process)?,
        What::Thread => write!(out, "{}", entry.thread)?,
        What::Message => write!(out, "{} {}", entry.message.id, entry.text)?,
        What::Host => out.push_str(host),
        What::Elapsed => write!(out, "{}", entry.elapsed)?,
        What::Environment(value) => out.push_str(value),
        What::Location => out.push(':'),
        What::Nothing => {}
    }
    Ok(())
}

/// Appends the logger's full name or its last parts.
fn push_logger(out: &mut String, entry: &Entry<'_>, parts: usize) {
    let logger = entry.message.logger;
    let root = entry.root;
    let count = 1 + if logger.is_empty() { 0 } else { logger.split('.').count() };
    let skip = if parts == 0 { 0 } else { count.saturating_sub(parts) };
    let names = root_and_below(root, logger).skip(skip);
    for (index, name) in names.enumerate() {
        if index > 0 {
            out.push('.');
        }
        out.push_str(name);
    }
}

fn root_and_below<'a>(root: &'a str, logger: &'a str) -> impl Iterator<Item = &'a str> {
    std::iter::once(root).chain(logger.split('.').filter(|name| !name.is_empty()))
}

/// Appends a value padded on the left or right, its first characters cut off if it is too long.
fn push_fitted(out: &mut String, value: &str, fit: Fit) {
    let length = value.chars().count();
    let skip = fit.most.map_or(0, |most| length.saturating_sub(most));
    let padding = fit.least.saturating_sub(length - skip);
    let spaces = std::iter::repeat_n(' ', padding);
    if !fit.left {
        out.extend(spaces.clone());
    }
    out.extend(value.chars().skip(skip));
    if fit.left {
        out.extend(spaces);
    }
}

fn write_json(out: &mut String, entry: &Entry<'_>, date: &str) -> fmt::Result {
    write!(out, "{{\"timestamp\":\"{date}.{:06}Z\",\"severity\":\"{}\"", entry.at.micro, entry.message.severity)?;
    let mut logger = String::new();
    push_logger(&mut logger, entry, 0);
    out.push_str(",\"logger\":");
    push_string(out, &logger);
    write!(out, ",\"pid\":{},\"thread\":{},\"id\":", entry.process, entry.thread)?;
    push_string(out, entry.message.id);
    out.push_str(",\"message\":");
    push_string(out, &entry.text.to_string());
    out.push_str("}\n");
    Ok(())
}

/// The machine's name.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}
