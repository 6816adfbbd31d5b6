//! Tells why an expression came out as it did.

use std::fmt;

use super::evaluate::Observe;
use super::tree::{Condition, Text, Written};
use crate::Family;

/// What became of the conditions of an expression, in the order they were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    family: Family,
    texts: Vec<(String, Vec<u8>)>,
    /// Comparisons and questions; what only joins or negates them is left out.
    pub outcomes: Vec<Outcome>,
}

/// What became of one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The condition as text.
    pub condition: String,
    /// Whether it held.
    pub held: bool,
    /// The strings it looked at: their text and their value. Constants are left out.
    pub operands: Vec<(String, Vec<u8>)>,
}

impl Trace {
    pub(super) const fn new(family: Family) -> Self {
        Self { family, texts: Vec::new(), outcomes: Vec::new() }
    }

    fn operand(&self, text: &Text, operands: &mut Vec<(String, Vec<u8>)>) {
        if matches!(text, Text::Literal(_)) {
            return;
        }
        let written = Written(text, self.family.digit()).to_string();
        operands.extend(self.texts.iter().rev().find(|(text, _)| *text == written).cloned());
    }
}

impl Observe for &mut Trace {
    fn condition(&mut self, condition: &Condition, held: bool) {
        let mut operands = Vec::new();
        match condition {
            Condition::Not(_) | Condition::Join(..) => return,
            Condition::Equal(left, right) => {
                self.operand(left, &mut operands);
                self.operand(right, &mut operands);
            }
            Condition::Match(_, text) => self.operand(text, &mut operands),
            Condition::Exists(_) | Condition::VendorExists(..) | Condition::Member(_) => {}
        }
        self.texts.clear();
        let condition = Written(condition, self.family.digit()).to_string();
        self.outcomes.push(Outcome { condition, held, operands });
    }

    fn text(&mut self, text: &Text, value: &[u8]) {
        if !matches!(text, Text::Literal(_)) {
            self.texts.push((Written(text, self.family.digit()).to_string(), value.to_vec()));
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.condition, self.held)?;
        for (nth, (text, value)) in self.operands.iter().enumerate() {
            write!(f, "{}{text} is {}", if nth == 0 { ": " } else { ", " }, Octets(value))?;
        }
        Ok(())
    }
}

/// Octets as people read them: as quoted text, or in hexadecimal.
struct Octets<'a>(&'a [u8]);

impl fmt::Display for Octets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |octet: &u8| octet.is_ascii_graphic() || *octet == b' ';
        match std::str::from_utf8(self.0) {
            Ok(text) if self.0.iter().all(is_plain) => write!(f, "'{text}'"),
            Ok(_) | Err(_) => {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}
