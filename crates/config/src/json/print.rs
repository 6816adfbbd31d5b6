//! Values to JSON text, spaced as Kea spaces it: on one line for answers, indented for files.

use std::fmt::Write as _;

use super::{Entry, Node, Value};

/// Writes a value on one line, as Kea's answers are: `{ "a": [ 1, 2 ], "b": {  } }`.
///
/// Keys are put in the order of their octets, as Kea keeps maps; of a key that stands twice the last counts.
pub fn compact(node: &Node) -> String {
    let mut out = String::new();
    append(&mut out, &node.value);
    out
}

/// Appends a value as [`compact`] writes it.
pub(crate) fn append(out: &mut String, value: &Value) {
    write_compact(out, value);
}

/// Writes a value over several lines, as `config-write` does: two blanks a level; a list that begins with a scalar stays on
/// one line.
pub fn pretty(node: &Node) -> String {
    let mut out = String::new();
    write_pretty(&mut out, node, 0);
    out
}

fn write_compact(out: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::String(_) => scalar(out, value),
        Value::Printed(text) => out.push_str(text),
        Value::List(items) => {
            out.push_str("[ ");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_compact(out, &item.value);
            }
            out.push_str(" ]");
        }
        Value::Map(entries) => {
            out.push_str("{ ");
            for (at, entry) in sorted(entries).into_iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                string(out, &entry.key);
                out.push_str(": ");
                write_compact(out, &entry.value.value);
            }
            out.push_str(" }");
        }
    }
}

fn write_pretty(out: &mut String, node: &Node, level: usize) {
    match &node.value {
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::String(_) => {
            scalar(out, &node.value);
        }
        Value::Printed(text) => match super::wire::parse("<shown>", text.as_bytes()) {
            Ok(node) => write_pretty(out, &node, level),
            Err(_) => out.push_str(text),
        },
        Value::List(items) => pretty_list(out, items, level),
        Value::Map(entries) => pretty_map(out, entries, level),
    }
}

fn pretty_list(out: &mut String, items: &[Node], level: usize) {
    if items.is_empty() {
        out.push_str("[ ]");
        return;
    }
    // Kea: the first item decides.
    let spread = items.first().is_some_and(|item| matches!(item.value, Value::Map(_) | Value::List(_)));
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        if spread {
            line(out, level + 1);
        } else {
            out.push(' ');
        }
        write_pretty(out, item, level + 1);
    }
    if spread {
        line(out, level);
    } else {
        out.push(' ');
    }
    out.push(']');
}

fn pretty_map(out: &mut String, entries: &[Entry], level: usize) {
    if entries.is_empty() {
        out.push_str("{ }");
        return;
    }
    out.push('{');
    for (at, entry) in sorted(entries).into_iter().enumerate() {
        out.push_str(if at > 0 { "," } else { "" });
        line(out, level + 1);
        string(out, &entry.key);
        out.push_str(": ");
        write_pretty(out, &entry.value, level + 1);
    }
    line(out, level);
    out.push('}');
}

fn line(out: &mut String, level: usize) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("  ");
    }
}

/// Puts entries in the order of their keys; of equal keys the last stays.
fn sorted(entries: &[Entry]) -> Vec<&Entry> {
    let mut sorted: Vec<&Entry> = entries.iter().rev().collect();
    sorted.sort_by(|a, b| a.key.as_bytes().cmp(b.key.as_bytes()));
    sorted.dedup_by(|a, b| a.key == b.key);
    sorted
}

fn scalar(out: &mut String, value: &Value) {
    match value {
        Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Integer(number) => {
            // Most numbers are short, and those are written much faster.
            let written = match i64::try_from(*number) {
                Ok(short) => write!(out, "{short}"),
                Err(_) => write!(out, "{number}"),
            };
            // Writing to a string cannot fail.
            debug_assert!(written.is_ok());
        }
        Value::Real(number) => out.push_str(&real(*number)),
        Value::String(text) => string(out, text),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Printed(_) => out.push_str("null"),
    }
}

/// Writes a string with Kea's escapes: short ones where JSON has them, `\u00XX` for each other octet outside ASCII.
pub fn string(out: &mut String, text: &str) {
    out.push('"');
    if text.bytes().all(|octet| matches!(octet, 0x20..=0x7e) && octet != b'"' && octet != b'\\') {
        out.push_str(text);
        out.push('"');
        return;
    }
    for octet in text.bytes() {
        match octet {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x20..=0x7e => out.push(char::from(octet)),
            _ => {
                // Writing to a string cannot fail.
                if write!(out, "\\u{octet:04x}").is_err() {
                    return;
                }
            }
        }
    }
    out.push('"');
}

/// Writes a real with six significant digits, and so that it cannot be taken for an integer.
///
/// Kea: `0.25`, `1000.0`, `1e+06`, `1.23457e+08`.
pub fn real(number: f64) -> String {
    if !number.is_finite() {
        return "0.0".to_owned();
    }
    // The shortest text that means the number is Kea's, unless it is too long or too small a number for that.
    let size = number.abs();
    if size == 0.0 || (1e-4..1e6).contains(&size) {
        let shortest = number.to_string();
        let significant = shortest.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
        if significant <= 6 {
            return if shortest.contains('.') { shortest } else { format!("{shortest}.0") };
        }
    }
    let scientific = format!("{number:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        let fixed = format!("{number:.decimals$}");
        let trimmed = if fixed.contains('.') { fixed.trim_end_matches('0').trim_end_matches('.') } else { &fixed };
        return if trimmed.contains('.') { trimmed.to_owned() } else { format!("{trimmed}.0") };
    }
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}
