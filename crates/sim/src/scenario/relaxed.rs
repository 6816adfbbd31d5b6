//! Kea's JSON with less ink: keys and plain words need no quotes, the outermost braces may be left out.

use serde_json::{Map, Number, Value};

/// Reads members of a map, as they stand after `config`.
///
/// # Errors
/// What was expected and what stands there.
pub fn parse(text: &str) -> Result<Map<String, Value>, String> {
    let mut cursor = Cursor { rest: text };
    let map = cursor.members(None)?;
    cursor.blank();
    if cursor.rest.is_empty() { Ok(map) } else { Err(format!("expected a comma before \"{}\"", cursor.shown())) }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, letter: char) -> bool {
        self.blank();
        self.rest.strip_prefix(letter).map(|rest| self.rest = rest).is_some()
    }

    fn shown(&self) -> String {
        self.rest.chars().take(20).collect()
    }

    fn members(&mut self, end: Option<char>) -> Result<Map<String, Value>, String> {
        let mut map = Map::new();
        loop {
            if end.is_some_and(|end| self.take(end)) || (end.is_none() && self.rest.trim().is_empty()) {
                return Ok(map);
            }
            let key = self.key()?;
            if !self.take(':') {
                return Err(format!("expected a colon after {key}"));
            }
            map.insert(key, self.value()?);
            if !self.take(',') {
                return match end {
                    Some(end) if !self.take(end) => Err(format!("expected {end} before \"{}\"", self.shown())),
                    _ => Ok(map),
                };
            }
        }
    }

    fn key(&mut self) -> Result<String, String> {
        self.blank();
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let key = self.run(|letter| letter.is_alphanumeric() || letter == '-' || letter == '_');
        if key.is_empty() { Err(format!("expected a key at \"{}\"", self.shown())) } else { Ok(key.to_owned()) }
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.take('{') {
            return self.members(Some('}')).map(Value::Object);
        }
        if self.take('[') {
            let mut items = Vec::new();
            while !self.take(']') {
                items.push(self.value()?);
                if !self.take(',') && !self.rest.trim_start().starts_with(']') {
                    return Err(format!("expected ] before \"{}\"", self.shown()));
                }
            }
            return Ok(Value::Array(items));
        }
        if self.rest.starts_with('"') {
            return self.quoted().map(Value::String);
        }
        let word = self.run(|letter| !letter.is_whitespace() && !",[]{}\"".contains(letter));
        if word.is_empty() {
            return Err(format!("expected a value at \"{}\"", self.shown()));
        }
        Ok(match (word, word.parse::<i64>(), word.parse::<f64>()) {
            ("true", ..) => Value::Bool(true),
            ("false", ..) => Value::Bool(false),
            ("null", ..) => Value::Null,
            (_, Ok(number), _) => Value::Number(number.into()),
            (_, _, Ok(number)) => {
                Number::from_f64(number).map_or_else(|| Value::String(word.to_owned()), Value::Number)
            }
            _ => Value::String(word.to_owned()),
        })
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|letter| !belongs(letter)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, letter)| {
            let ends = *letter == '"' && !escaped;
            escaped = *letter == '\\' && !escaped;
            ends
        });
        let (at, _) = end.ok_or("a quote is never closed")?;
        let (text, rest) = self.rest.split_at_checked(at + 1).unwrap_or((self.rest, ""));
        self.rest = rest;
        serde_json::from_str(text).map_err(|why| format!("{text}: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_words_become_strings_and_numbers_stay_numbers() {
        let map =
            parse("a: 1, b-c: [{ pool: 2001:db8::1-2001:db8::2, \"x\": \"y, z\" }, true], d: 0.5, e: {}").unwrap();
        let expected = r#"{"a":1,"b-c":[{"pool":"2001:db8::1-2001:db8::2","x":"y, z"},true],"d":0.5,"e":{}}"#;
        assert_eq!(Value::Object(map).to_string(), expected);
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(parse("a: [1 2]").unwrap_err(), "expected ] before \" 2]\"".replace("\" ", "\""));
        assert_eq!(parse("a 1").unwrap_err(), "expected a colon after a");
    }
}
