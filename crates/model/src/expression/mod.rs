//! Kea's language of classification expressions: texts compiled once, evaluated for every packet.
//!
//! A [`BooleanExpression`] is a class's `test`; a [`StringExpression`] is a `template-test`, the `identifier-expression` of
//! flexible identifiers and every other format string. The grammar has one page in Kea's manual ("classification").
//!
//! ```
//! use model::Family;
//! use model::expression::{BooleanExpression, Vocabulary};
//! use wire::option::Definitions;
//!
//! let definitions = Definitions::new(Family::V4);
//! let vocabulary = Vocabulary { definitions: &definitions, classes: Some(&[]) };
//! let error = BooleanExpression::compile("option[61].hex = 1", &vocabulary).err().ok_or("compiled")?;
//! assert_eq!(error.to_string(), "<string>:1.16: Invalid character: =");
//! # Ok::<(), &'static str>(())
//! ```

mod chain;
mod error;
mod evaluate;
mod exercise;
mod find;
mod lex;
mod packet;
mod parse;
mod query;
mod show;
mod source;
mod special;
mod trace;
pub mod tree;

use std::fmt;

use wire::option::Definitions;

pub use self::error::{Problem, Span, SyntaxError};
use self::evaluate::{Deaf, Evaluator, Piece};
pub use self::evaluate::{EvaluateError, Scratch};
pub use self::exercise::exercise;
pub use self::packet::{Query4, Query6, Reception};
pub use self::parse::DEPTH_LIMIT;
pub use self::query::Query;
pub use self::source::Source;
pub use self::trace::{Outcome, Trace};
pub use self::tree::Field;
use self::tree::{Condition, Text, Written};
use crate::class::is_built_in;
use crate::{ClassName, Family};

/// The names an expression may use.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'v> {
    /// Options by name, and the protocol.
    pub definitions: &'v Definitions,
    /// Classes that `member` may name besides the built-in ones; `None` lets it name any.
    pub classes: Option<&'v [ClassName]>,
}

impl Vocabulary<'_> {
    /// Checks the name of a class; fails with what may have been meant.
    fn check_class(&self, name: &str) -> Result<(), Option<String>> {
        let Some(classes) = self.classes else { return Ok(()) };
        if is_built_in(name) || classes.iter().any(|class| class.as_str() == name) {
            return Ok(());
        }
        let known = classes.iter().map(ClassName::as_str).chain(crate::class::BUILT_IN);
        Err(crate::nearest::nearest(name, known))
    }
}

/// A compiled expression that is true or false.
#[derive(Debug, Clone, PartialEq)]
pub struct BooleanExpression {
    family: Family,
    tree: Condition,
}

/// A compiled expression that is a string of octets.
#[derive(Debug, Clone, PartialEq)]
pub struct StringExpression {
    family: Family,
    tree: Text,
}

impl BooleanExpression {
    /// Compiles a text.
    ///
    /// # Errors
    /// [`SyntaxError`] with the first thing that is wrong.
    pub fn compile(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Self, SyntaxError> {
        let tree = parse::condition(text, vocabulary)?;
        Ok(Self { family: vocabulary.definitions.family(), tree })
    }

    /// Says whether the expression holds for a packet.
    ///
    /// # Errors
    /// [`EvaluateError`] if a function gets a value it has no result for.
    pub fn holds(&self, query: &dyn Query, scratch: &mut Scratch) -> Result<bool, EvaluateError> {
        scratch.octets.clear();
        Evaluator { query, family: self.family, scratch, observer: Deaf }.condition(&self.tree)
    }

    /// Evaluates and tells of every part, by the same code as [`Self::holds`].
    pub fn trace(&self, query: &dyn Query, scratch: &mut Scratch) -> (Result<bool, EvaluateError>, Trace) {
        scratch.octets.clear();
        let mut trace = Trace::new(self.family);
        let value = Evaluator { query, family: self.family, scratch, observer: &mut trace }.condition(&self.tree);
        (value, trace)
    }

    /// Lends the tree.
    pub const fn tree(&self) -> &Condition {
        &self.tree
    }

    /// Lists the classes it asks about, in the order written.
    pub fn classes(&self) -> Vec<&ClassName> {
        let mut classes = Vec::new();
        self.tree.classes(&mut classes);
        classes
    }
}

impl StringExpression {
    /// Compiles a text.
    ///
    /// # Errors
    /// [`SyntaxError`] with the first thing that is wrong.
    pub fn compile(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Self, SyntaxError> {
        let tree = parse::text(text, vocabulary)?;
        Ok(Self { family: vocabulary.definitions.family(), tree })
    }

    /// Computes the string for a packet.
    ///
    /// # Errors
    /// [`EvaluateError`] if a function gets a value it has no result for.
    pub fn evaluate<'s>(&'s self, query: &'s dyn Query, scratch: &'s mut Scratch) -> Result<&'s [u8], EvaluateError> {
        scratch.octets.clear();
        Ok(match (Evaluator { query, family: self.family, scratch, observer: Deaf }).text(&self.tree)? {
            Piece::Lent(octets) => octets,
            Piece::Made(range) => scratch.octets.get(range).unwrap_or_default(),
        })
    }

    /// Evaluates and tells of every part, by the same code as [`Self::evaluate`].
    pub fn trace(&self, query: &dyn Query, scratch: &mut Scratch) -> (Result<Vec<u8>, EvaluateError>, Trace) {
        scratch.octets.clear();
        let mut trace = Trace::new(self.family);
        let mut evaluator = Evaluator { query, family: self.family, scratch, observer: &mut trace };
        let value = evaluator.text(&self.tree).map(|piece| piece.octets(evaluator.scratch).to_vec());
        (value, trace)
    }

    /// Lends the tree.
    pub const fn tree(&self) -> &Text {
        &self.tree
    }

    /// Lists the classes it asks about, in the order written.
    pub fn classes(&self) -> Vec<&ClassName> {
        let mut classes = Vec::new();
        self.tree.classes(&mut classes);
        classes
    }
}

impl fmt::Display for BooleanExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Written(&self.tree, self.family.digit()).fmt(f)
    }
}

impl fmt::Display for StringExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Written(&self.tree, self.family.digit()).fmt(f)
    }
}

#[cfg(test)]
mod tests;
