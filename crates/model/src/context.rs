//! The classes a lease counts for: they stand in its user context, under `ISC`, as Kea's library `libdhcp_limits.so` writes
//! them there.

use std::fmt::Write as _;

/// Whose part of a user context it is.
const OWN: &str = "ISC";
/// What the classes stand under.
const CLASSES: &str = "client-classes";
/// The deepest nesting that is looked into.
const DEEPEST: usize = 32;

/// Lists the classes a lease with this user context counts for; none if it says none, or is no JSON map.
pub fn classes(context: &str) -> Vec<String> {
    let found = members(context).and_then(|all| value(&all, OWN));
    let found = found.and_then(members).and_then(|all| value(&all, CLASSES));
    let items = found.and_then(|list| parts(list, ('[', ']'))).unwrap_or_default();
    items.into_iter().filter_map(unquoted).collect()
}

/// Puts classes into a user context, in place of those it names; everything else stays.
///
/// A context that is no JSON map makes way.
pub fn with_classes<'c>(context: &str, classes: impl Iterator<Item = &'c str>) -> String {
    let mut list = String::from("[ ");
    for (at, class) in classes.enumerate() {
        list.push_str(if at == 0 { "" } else { ", " });
        quote(class, &mut list);
    }
    list.push_str(" ]");
    let all = members(context).unwrap_or_default();
    let own = value(&all, OWN).and_then(members).unwrap_or_default();
    let own = replaced(&own, CLASSES, &list);
    replaced(&all, OWN, &own)
}

/// Writes a map with one member set, in Kea's order and spacing.
fn replaced(all: &[(&str, &str)], key: &str, value: &str) -> String {
    let quoted = format!("\"{key}\"");
    let others = all.iter().copied().filter(|(name, _)| *name != quoted);
    let mut all: Vec<(&str, &str)> = others.chain([(&*quoted, value)]).collect();
    all.sort_unstable();
    let all: Vec<String> = all.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("{{ {} }}", all.join(", "))
}

fn value<'t>(all: &[(&'t str, &'t str)], key: &str) -> Option<&'t str> {
    let is_it = |name: &str| name.strip_prefix('"').and_then(|name| name.strip_suffix('"')) == Some(key);
    all.iter().find(|(name, _)| is_it(name)).map(|(_, value)| *value)
}

/// Takes a map apart: names, quotes and all, and values.
fn members(text: &str) -> Option<Vec<(&str, &str)>> {
    let parts = parts(text, ('{', '}'))?.into_iter();
    parts
        .map(|part| {
            let end = first_outside(part, ':')?;
            Some((part.get(..end)?.trim(), part.get(end..)?.strip_prefix(':')?.trim()))
        })
        .collect()
}

/// Takes a map or list apart at its commas; `None` if it is none.
fn parts(text: &str, (open, close): (char, char)) -> Option<Vec<&str>> {
    let mut rest = text.trim().strip_prefix(open)?.strip_suffix(close)?;
    let mut parts = Vec::new();
    while let Some(end) = first_outside(rest, ',') {
        parts.push(rest.get(..end)?.trim());
        rest = rest.get(end..)?.strip_prefix(',')?;
    }
    if !rest.trim().is_empty() {
        parts.push(rest.trim());
    }
    Some(parts)
}

/// Finds the first of a mark that is in no string, map or list; `None` if there is none, or nesting is too deep.
fn first_outside(text: &str, mark: char) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, character) in text.char_indices() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => in_string = true,
            '{' | '[' if depth == DEEPEST => return None,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ if character == mark && depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// Reads a string with the escapes Kea writes; `None` if it is none.
fn unquoted(text: &str) -> Option<String> {
    let text = text.strip_prefix('"')?.strip_suffix('"')?;
    if !text.contains('\\') {
        return Some(text.to_owned());
    }
    let mut octets = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            octets.extend(character.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        match characters.next()? {
            'u' => {
                let digits: String = characters.by_ref().take(4).collect();
                octets.push(u8::from_str_radix(&digits, 16).ok()?);
            }
            'b' => octets.push(8),
            'f' => octets.push(12),
            'n' => octets.push(b'\n'),
            'r' => octets.push(b'\r'),
            't' => octets.push(b'\t'),
            plain => octets.extend(plain.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Some(String::from_utf8_lossy(&octets).into_owned())
}

/// Writes a string as Kea does: what is no printable ASCII as an escape.
fn quote(word: &str, text: &mut String) {
    text.push('"');
    for octet in word.bytes() {
        match octet {
            b'"' | b'\\' => text.extend(['\\', char::from(octet)]),
            b' '..=b'~' => text.push(char::from(octet)),
            // Writing into a string cannot fail.
            _ => write!(text, "\\u00{octet:02x}").unwrap_or_default(),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_written_beside_what_is_there_and_found_again() {
        let names = ["ALL", "VENDOR_CLASS_a\"b", "é"];
        let relay = r#"{ "ISC": { "relay-agent-info": { "sub-options": "0x01" } }, "note": [ 1, { "ISC": "}" } ] }"#;
        let text = with_classes(relay, names.into_iter());
        assert_eq!(
            text,
            "{ \"ISC\": { \"client-classes\": [ \"ALL\", \"VENDOR_CLASS_a\\\"b\", \"\\u00c3\\u00a9\" ], \
             \"relay-agent-info\": { \"sub-options\": \"0x01\" } }, \"note\": [ 1, { \"ISC\": \"}\" } ] }"
        );
        assert_eq!(classes(&text), names);
        assert_eq!(with_classes("", names.into_iter().take(1)), r#"{ "ISC": { "client-classes": [ "ALL" ] } }"#);
        assert_eq!(classes(&with_classes(&text, names.into_iter().skip(2))), ["é"]);
    }

    #[test]
    fn a_context_that_names_no_classes_counts_for_none() {
        for text in ["", "{  }", "[ 1 ]", r#"{ "client-classes": [ "a" ] }"#, r#"{ "ISC": { "client-classes": 1 } }"#] {
            assert_eq!(classes(text), Vec::<String>::new(), "{text}");
        }
        assert_eq!(classes(&"[".repeat(100_000)), Vec::<String>::new());
        assert_eq!(classes(&format!("{{ \"a\": {}", "[".repeat(100_000))), Vec::<String>::new());
    }
}
