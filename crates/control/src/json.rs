//! Writes JSON in Kea's spacing: `{ "a": 1, "b": [  ] }`.

use std::fmt::{Display, Write};

/// Builds one JSON text, piece by piece. The caller gives keys in the order they shall stand.
#[derive(Debug, Default)]
pub struct JsonText {
    text: String,
    /// Whether the innermost open map or list has an element yet.
    filled: Vec<bool>,
}

impl JsonText {
    /// Starts an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a map; `fill` writes its entries.
    pub fn map(&mut self, fill: impl FnOnce(&mut Self)) {
        self.nest("{ ", " }", fill);
    }

    /// Writes a list; `fill` writes its elements.
    pub fn list(&mut self, fill: impl FnOnce(&mut Self)) {
        self.nest("[ ", " ]", fill);
    }

    /// Writes a key of the open map; its value is written next.
    pub fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        write_string(&mut self.text, key);
        self.text.push_str(": ");
        // The value must not be separated from its key.
        self.filled.push(false);
        self
    }

    /// Writes a string.
    pub fn string(&mut self, value: &str) {
        self.element(|text| write_string(text, value));
    }

    /// Writes something that prints as a JSON number or literal.
    pub fn literal(&mut self, value: impl Display) {
        // Writing to a `String` cannot fail.
        self.element(|text| {
            let _infallible = write!(text, "{value}");
        });
    }

    /// Writes text that is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.element(|text| text.push_str(json));
    }

    /// Writes a value by hand: `fill` appends one JSON value to the text.
    pub fn by_hand(&mut self, fill: impl FnOnce(&mut String)) {
        self.element(fill);
    }

    /// Hands out the text.
    pub fn finish(self) -> String {
        self.text
    }

    fn nest(&mut self, open: &str, close: &str, fill: impl FnOnce(&mut Self)) {
        let is_value = self.begin_element();
        self.text.push_str(open);
        self.filled.push(false);
        fill(self);
        self.filled.pop();
        self.text.push_str(close);
        self.end_element(is_value);
    }

    fn element(&mut self, write: impl FnOnce(&mut String)) {
        let is_value = self.begin_element();
        write(&mut self.text);
        self.end_element(is_value);
    }

    /// Separates an element from its predecessor; a value follows its key without. Says whether it is such a value.
    fn begin_element(&mut self) -> bool {
        let is_value = self.text.ends_with(": ") && self.filled.last() == Some(&false);
        if !is_value {
            self.separate();
        }
        is_value
    }

    fn end_element(&mut self, is_value: bool) {
        if is_value {
            self.filled.pop();
        }
    }

    fn separate(&mut self) {
        if let Some(filled) = self.filled.last_mut() {
            if *filled {
                self.text.push_str(", ");
            }
            *filled = true;
        }
    }
}

/// Appends `value` as a JSON string: quotes, backslash and control characters escaped.
pub fn write_string(text: &mut String, value: &str) {
    text.push('"');
    if value.bytes().all(|octet| !matches!(octet, 0..0x20 | b'"' | b'\\' | 0x7f)) {
        text.push_str(value);
        text.push('"');
        return;
    }
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            // Writing to a `String` cannot fail.
            control if control.is_control() && control.is_ascii() => {
                let _infallible = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_and_lists_are_spaced_as_kea_spaces_them() {
        let mut json = JsonText::new();
        json.map(|map| {
            map.key("a").literal(1);
            map.key("b").list(|_| {});
            map.key("c").map(|_| {});
            map.key("d").list(|list| {
                list.string("x: ");
                list.map(|inner| inner.key("y").literal(true));
                list.literal(2);
            });
        });
        assert_eq!(json.finish(), r#"{ "a": 1, "b": [  ], "c": {  }, "d": [ "x: ", { "y": true }, 2 ] }"#);
    }

    #[test]
    fn what_json_forbids_in_strings_is_escaped() {
        let mut text = String::new();
        write_string(&mut text, "a\"b\\c\n\u{1}é");
        assert_eq!(text, "\"a\\\"b\\\\c\\n\\u0001é\"");
    }
}
