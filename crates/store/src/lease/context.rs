//! User contexts: JSON maps, brought into the one spacing Kea writes.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// Deepest nesting that is read.
const DEEPEST: u32 = 32;

/// Brings a JSON map into Kea's form: one line, members sorted by name, a space after every mark.
///
/// `None` if the text is no JSON map, nests too deep, or is followed by something.
pub(crate) fn normalised(text: &str) -> Option<String> {
    let mut chars = text.chars().peekable();
    skip_space(&mut chars);
    if chars.peek() != Some(&'{') {
        return None;
    }
    let value = value(&mut chars, 0)?;
    skip_space(&mut chars);
    chars.next().is_none().then_some(value)
}

fn skip_space(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(char::is_ascii_whitespace).is_some() {}
}

/// Reads any value and gives it as Kea writes it.
fn value(chars: &mut Peekable<Chars<'_>>, depth: u32) -> Option<String> {
    if depth > DEEPEST {
        return None;
    }
    match chars.peek()? {
        '{' => map(chars, depth),
        '[' => list(chars, depth),
        '"' => string(chars),
        _ => word(chars),
    }
}

fn map(chars: &mut Peekable<Chars<'_>>, depth: u32) -> Option<String> {
    chars.next();
    let mut members = BTreeMap::new();
    skip_space(chars);
    if chars.next_if_eq(&'}').is_some() {
        return Some("{  }".to_owned());
    }
    loop {
        skip_space(chars);
        let name = string(chars)?;
        skip_space(chars);
        chars.next_if_eq(&':')?;
        skip_space(chars);
        members.insert(name, value(chars, depth + 1)?);
        skip_space(chars);
        if chars.next_if_eq(&',').is_none() {
            break;
        }
    }
    chars.next_if_eq(&'}')?;
    let members: Vec<_> = members.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    Some(format!("{{ {} }}", members.join(", ")))
}

fn list(chars: &mut Peekable<Chars<'_>>, depth: u32) -> Option<String> {
    chars.next();
    let mut values = Vec::new();
    skip_space(chars);
    if chars.next_if_eq(&']').is_some() {
        return Some("[  ]".to_owned());
    }
    loop {
        skip_space(chars);
        values.push(value(chars, depth + 1)?);
        skip_space(chars);
        if chars.next_if_eq(&',').is_none() {
            break;
        }
    }
    chars.next_if_eq(&']')?;
    Some(format!("[ {} ]", values.join(", ")))
}

/// Reads a string, kept as it was written, quotes and escapes included.
fn string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    chars.next_if_eq(&'"')?;
    let mut text = String::from("\"");
    loop {
        let character = chars.next()?;
        text.push(character);
        match character {
            '"' => return Some(text),
            '\\' => text.push(chars.next().filter(|next| r#""\/bfnrtu"#.contains(*next))?),
            other if other.is_ascii_control() => return None,
            _ => {}
        }
    }
}

/// Reads a number, `true`, `false` or `null`, kept as it was written.
fn word(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    while let Some(character) = chars.next_if(|next| next.is_ascii_alphanumeric() || "+-.".contains(*next)) {
        text.push(character);
    }
    let known = matches!(text.as_str(), "true" | "false" | "null");
    let number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit()) && text.parse::<f64>().is_ok();
    (known || number).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_get_the_spacing_of_kea() {
        assert_eq!(
            normalised(r#"{"x":1.5,"a":[1,{"b":null}]}"#).unwrap(),
            r#"{ "a": [ 1, { "b": null } ], "x": 1.5 }"#
        );
        assert_eq!(normalised("{ }").unwrap(), "{  }");
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for text in ["", "[ 1 ]", "{ bad", "{} x", "{\"a\"}", "{\"a\": }", "{\"a\": 1", "{\"a\": tru}", "\"x\""] {
            assert_eq!(normalised(text), None, "{text}");
        }
        assert_eq!(normalised(&format!("{{\"a\":{}", "[".repeat(10_000))), None);
    }
}
