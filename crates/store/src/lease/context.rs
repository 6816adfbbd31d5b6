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

/// Reads a string and writes it with the escapes Kea uses.
///
/// Kea: strings are octets. An escape names one octet, larger ones are refused, and what is no printable ASCII is
/// written as an escape.
fn string(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    chars.next_if_eq(&'"')?;
    let mut text = String::from("\"");
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => write_octet(escaped(chars)?, &mut text),
            control if control < ' ' => return None,
            other => other.encode_utf8(&mut [0; 4]).bytes().for_each(|octet| write_octet(octet, &mut text)),
        }
    }
    text.push('"');
    Some(text)
}

/// Reads what follows a backslash.
fn escaped(chars: &mut Peekable<Chars<'_>>) -> Option<u8> {
    Some(match chars.next()? {
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        plain @ ('"' | '\\' | '/') => u8::try_from(plain).ok()?,
        'u' => {
            let digits: String = chars.by_ref().take(4).filter(char::is_ascii_hexdigit).collect();
            let code = (digits.len() == 4).then(|| u32::from_str_radix(&digits, 16).ok()).flatten()?;
            u8::try_from(code).ok()?
        }
        _ => return None,
    })
}

fn write_octet(octet: u8, text: &mut String) {
    use std::fmt::Write as _;
    match octet {
        0x08 => text.push_str("\\b"),
        0x0c => text.push_str("\\f"),
        b'\n' => text.push_str("\\n"),
        b'\r' => text.push_str("\\r"),
        b'\t' => text.push_str("\\t"),
        b'"' | b'\\' => text.extend(['\\', char::from(octet)]),
        b' '..=b'~' => text.push(char::from(octet)),
        // Writing into a string cannot fail.
        _ => write!(text, "\\u00{octet:02x}").unwrap_or_default(),
    }
}

/// Reads a number, `true`, `false` or `null`, kept as it was written.
///
/// Kea: writes reals with six digits only; here none are lost.
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
    fn strings_are_octets_escaped_as_kea_escapes_them() {
        let read = normalised(r#"{ "s": "\u0041\n\/\u00e9\"\\", "u": "é\u007f" }"#).unwrap();
        assert_eq!(read, r#"{ "s": "A\n/\u00e9\"\\", "u": "\u00c3\u00a9\u007f" }"#);
        assert_eq!(normalised(r#"{ "s": "\u1234" }"#), None);
        assert_eq!(normalised(&read).as_deref(), Some(read.as_str()));
    }

    #[test]
    fn what_is_no_map_is_refused() {
        for text in ["", "[ 1 ]", "{ bad", "{} x", "{\"a\"}", "{\"a\": }", "{\"a\": 1", "{\"a\": tru}", "\"x\""] {
            assert_eq!(normalised(text), None, "{text}");
        }
        assert_eq!(normalised(&format!("{{\"a\":{}", "[".repeat(10_000))), None);
    }
}
