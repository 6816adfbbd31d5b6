//! The entries of a map while it is read: which keys stand where, and the comment that moves into the user context.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Entry, Node, Span, Value};
use crate::grammar::{Key, MapRule};

/// Where the values of keys stand. Most maps are small, and there are many.
#[derive(Default)]
pub(super) struct Places {
    few: Vec<(Cow<'static, str>, Span)>,
    many: BTreeMap<Cow<'static, str>, Span>,
}

/// How many keys are looked through one by one.
const FEW: usize = 64;

impl Places {
    fn get(&self, key: &str) -> Option<&Span> {
        // Of a key that was replaced the last place counts.
        let found = self.many.get(key);
        found.or_else(|| self.few.iter().rev().find(|(known, _)| known == key).map(|(_, span)| span))
    }

    pub(super) fn insert(&mut self, key: Cow<'static, str>, span: Span) {
        if self.few.len() < FEW {
            self.few.push((key, span));
        } else {
            self.many.insert(key, span);
        }
    }
}

/// The entries of a map while it is read.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) list: Vec<Entry>,
    pub(super) places: Places,
    pub(super) tried: Vec<&'static str>,
    pub(super) comment: Option<Entry>,
    pub(super) context: Option<Entry>,
    /// Where the later of the two stands.
    pub(super) context_place: Option<Span>,
}

impl Entries {
    pub(super) fn seen(&self, key: &str) -> Option<&Span> {
        self.places.get(key)
    }

    /// Gives the name under which a key, or an alias of it, stands already.
    pub(super) fn name_of(&self, rule: &MapRule, key: &'static Key) -> &'static str {
        let mut standing = self.list.iter().filter_map(|entry| rule.key(&entry.key));
        standing.find(|other| other.canonical == key.canonical).map_or(key.canonical, Key::written)
    }

    pub(super) fn push(&mut self, key: Cow<'static, str>, value: Node) {
        self.places.insert(key.clone(), value.span.clone());
        self.list.push(Entry { key, value });
    }

    /// Moves the comment into the user-context, as Kea does, and gives the entries.
    pub(super) fn finish(mut self) -> Vec<Entry> {
        let context = match (self.context, self.comment) {
            (None, None) => None,
            (Some(context), None) => Some(context),
            (context, Some(comment)) => {
                let span = comment.value.span.clone();
                let mut context = context.unwrap_or_else(|| Entry {
                    key: Cow::Borrowed("user-context"),
                    value: Node { value: Value::Map(Vec::new()), span },
                });
                if let Value::Map(entries) = &mut context.value.value {
                    entries.push(comment);
                }
                Some(context)
            }
        };
        self.list.extend(context);
        self.list
    }
}
