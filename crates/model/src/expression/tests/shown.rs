//! The text of options in `shown.txt` against what a real Kea makes of them.

use super::*;

struct One(u16, Vec<u8>);

impl Query for One {
    fn option(&self, code: u16) -> Option<Cow<'_, [u8]>> {
        (code == self.0).then(|| self.1.as_slice().into())
    }

    fn relay_option(&self, _relay: i8, _code: u16) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn field(&self, _field: Field, _octets: &mut Vec<u8>) {}

    fn is_unpacked(&self) -> bool {
        false
    }

    fn is_member(&self, _class: &str) -> bool {
        false
    }
}

#[test]
fn the_text_of_every_kind_of_option_is_that_of_a_real_kea() {
    let mut different = Vec::new();
    for line in include_str!("shown.txt").lines().filter(|line| !line.starts_with('#')) {
        let [family, code, value, expected] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let family = if family == "4" { Family::V4 } else { Family::V6 };
        let octets = value.as_bytes().chunks(2).map(|pair| {
            let digits = std::str::from_utf8(pair).unwrap();
            u8::from_str_radix(digits, 16).unwrap()
        });
        let octets = octets.collect();
        let query = One(code.parse().unwrap(), octets);
        let text = with_vocabulary(family, |vocabulary| {
            let compiled = StringExpression::compile(&format!("option[{code}].text"), vocabulary).unwrap();
            let mut scratch = Scratch::default();
            String::from_utf8_lossy(compiled.evaluate(&query, &mut scratch).unwrap()).into_owned()
        });
        if text.replace('\n', "\\n") != expected {
            different.push(format!("{family} {code} {value}\n  is:  {text}\n  Kea: {expected}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
