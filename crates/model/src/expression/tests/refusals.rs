//! Texts in `refusals.txt` against what a real Kea says about them.

use super::*;

/// Replaces `\n`, `\t` and `\\`.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        plain.push(match (character, character == '\\') {
            (_, true) => match rest.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                other => other.unwrap(),
            },
            (plain, false) => plain,
        });
    }
    plain
}

#[test]
fn every_text_is_taken_or_refused_as_a_real_kea_does() {
    let mut different = Vec::new();
    for line in include_str!("refusals.txt").lines().filter(|line| !line.starts_with('#')) {
        let [kind, text, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let family = if kind.starts_with('4') { Family::V4 } else { Family::V6 };
        let (text, expected) = (unescape(text), unescape(expected));
        let error = with_vocabulary(family, |vocabulary| {
            if kind.ends_with('b') {
                BooleanExpression::compile(&text, vocabulary).err()
            } else {
                StringExpression::compile(&text, vocabulary).err()
            }
        });
        let said = error.map_or_else(String::new, |error| error.to_string());
        if said != expected {
            different.push(format!("{family} {text}\n  is:  {said}\n  Kea: {expected}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
