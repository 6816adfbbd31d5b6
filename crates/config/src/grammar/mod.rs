//! Which keys each map of a configuration takes, and of what kind their values are.
//!
//! One table serves both families; what they share is written once. It follows Kea 3.0.4; keys that came later are
//! rows marked [`Status::Later`] and accepted too.

mod table;

use model::Family;

/// What a map may hold.
#[derive(Debug)]
pub struct MapRule {
    /// The name Kea gives the map in its errors.
    pub name: &'static str,
    /// What may stand in it beside its keys, and whether it may be empty.
    pub style: Style,
    /// Its keys, in groups that several maps share.
    pub groups: &'static [&'static [Key]],
    /// Keys that must be there.
    pub required: &'static [&'static str],
    /// Words Kea reads as keywords here although the map does not take them.
    pub strays: &'static [&'static str],
}

impl PartialEq for MapRule {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// How strict a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Not empty; other keys are reported by name.
    Strict,
    /// May be empty; other keys are reported by name.
    Optional,
    /// Not empty; other keys are a plain syntax error.
    Closed,
    /// Exactly one key.
    Single,
    /// Not empty; other keys may hold anything.
    Open,
    /// The document itself: one key, no second.
    Top,
}

/// A key of a map.
#[derive(Debug)]
pub struct Key {
    /// The keyword.
    pub name: &'static str,
    /// The keyword it stands for, itself if it is no alias.
    pub canonical: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether Kea 3.0 has it.
    pub status: Status,
}

/// How a keyword stands with Kea 3.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// In use.
    Current,
    /// In use, with a better one at hand.
    Deprecated,
    /// Accepted with this warning, and ignored or replaced by the keyword it stands for.
    Replaced(&'static str),
    /// Unknown to 3.0.4, added later.
    Later,
}

/// What a value is.
#[derive(Debug)]
pub enum Kind {
    /// A number without a fraction.
    Integer,
    /// A number with a point or exponent.
    Real,
    /// `true` or `false`.
    Boolean,
    /// Text.
    String,
    /// Text, or a list of texts that are lines of one.
    Expression,
    /// One of some words.
    Word(&'static Choice),
    /// One of some words; Kea has a text of its own for a boolean.
    ReplaceName(&'static Choice),
    /// One of some words, reported with a text of its own.
    Checks {
        /// The keyword.
        keyword: &'static str,
        /// The words.
        words: &'static [&'static str],
    },
    /// A map with keys of its own.
    Map(&'static MapRule),
    /// A list of maps.
    Maps(&'static MapRule),
    /// A list of maps that is not empty.
    SomeMaps(&'static MapRule),
    /// A list of texts.
    Strings,
    /// A list of texts that is not empty.
    SomeStrings(&'static Choice),
    /// A list of words that is not empty.
    SomeWords(&'static Choice),
    /// A list of anything.
    Values,
    /// A map of anything.
    Free,
    /// A map of anything, which takes in the `comment` beside it.
    UserContext,
    /// A text that moves into the `user-context` beside it.
    Comment,
    /// Any value.
    Anything,
}

/// Words a value may be.
#[derive(Debug)]
pub struct Choice {
    /// The words.
    pub words: &'static [&'static str],
    /// What Kea says it expected.
    pub expecting: &'static [&'static str],
    /// Whether case matters.
    pub exact: bool,
    /// Name Kea uses for the map when the key stands twice, if it is not the map's.
    pub duplicate_map: Option<&'static str>,
}

impl Choice {
    /// Finds a word and gives it as Kea keeps it.
    pub fn find(&self, text: &str) -> Option<&'static str> {
        self.words.iter().copied().find(|word| if self.exact { *word == text } else { word.eq_ignore_ascii_case(text) })
    }
}

/// The words that have a meaning of their own at some place; elsewhere they are plain text.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    rule: Option<&'static MapRule>,
    words: &'static [&'static str],
}

impl Vocabulary {
    /// No words at all.
    pub const EMPTY: Self = Self { rule: None, words: &[] };

    /// These words.
    pub const fn words(words: &'static [&'static str]) -> Self {
        Self { rule: None, words }
    }

    /// Tells whether a word is one of these.
    pub fn contains(&self, word: &str) -> bool {
        self.words.contains(&word)
            || self.rule.is_some_and(|rule| rule.strays.contains(&word) || rule.key(word).is_some())
    }
}

impl MapRule {
    /// Finds a key.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }

    /// Lists the keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + use<> {
        self.groups.iter().copied().flatten()
    }

    /// Gives the words that are keywords inside the map.
    pub const fn vocabulary(&'static self) -> Vocabulary {
        Vocabulary { rule: Some(self), words: &[] }
    }

    /// Lists what may stand behind the opening bracket, in Kea's words.
    pub fn openers(&self) -> Vec<&'static str> {
        let mut openers: Vec<&'static str> = self.keys().map(|key| key.name).collect();
        match self.style {
            Style::Strict | Style::Open => openers.push("constant string"),
            Style::Optional => openers = vec!["}"],
            Style::Closed | Style::Single | Style::Top => {}
        }
        openers
    }
}

impl Key {
    /// Gives the name the entry has in the tree.
    pub fn written(&self) -> &'static str {
        if self.name == "socket-address" { self.name } else { self.canonical }
    }
}

impl Kind {
    /// Says what a value of this kind begins with, in Kea's words.
    pub fn expecting(&self) -> &'static [&'static str] {
        match self {
            Self::Integer => &["integer"],
            Self::Real => &["floating point"],
            Self::Boolean => &["boolean"],
            Self::String | Self::Expression | Self::Comment | Self::Checks { .. } => &["constant string"],
            Self::Word(choice) | Self::ReplaceName(choice) => choice.expecting,
            Self::Map(_) | Self::Free | Self::UserContext => &["{"],
            Self::Maps(_)
            | Self::SomeMaps(_)
            | Self::Strings
            | Self::SomeStrings(_)
            | Self::SomeWords(_)
            | Self::Values => &["["],
            Self::Anything => &[],
        }
    }

    /// Tells whether a second key of this kind is refused before its value is looked at.
    pub(crate) fn is_claimed_early(&self) -> bool {
        !matches!(self, Self::Integer | Self::Real | Self::Boolean)
    }

    pub(crate) fn is_context(&self) -> bool {
        matches!(self, Self::Comment | Self::UserContext)
    }

    /// Tells whether Kea places the value at its keyword instead of its first octet.
    pub(crate) fn is_placed_at_key(&self) -> bool {
        matches!(
            self,
            Self::Map(_)
                | Self::Maps(_)
                | Self::SomeMaps(_)
                | Self::Strings
                | Self::SomeStrings(_)
                | Self::SomeWords(_)
                | Self::Values
        )
    }

    pub(crate) fn duplicate_map(&self) -> Option<&'static str> {
        if let Self::Word(choice) | Self::ReplaceName(choice) = self { choice.duplicate_map } else { None }
    }

    /// Gives the words that have a meaning behind the keyword; `None` if they are those of the map around it.
    pub(crate) fn vocabulary(&self) -> Option<Vocabulary> {
        match self {
            Self::Integer | Self::Real | Self::Boolean => None,
            Self::Map(rule) | Self::Maps(rule) | Self::SomeMaps(rule) => Some(rule.vocabulary()),
            Self::Word(choice) | Self::ReplaceName(choice) | Self::SomeStrings(choice) | Self::SomeWords(choice) => {
                Some(Vocabulary::words(choice.words))
            }
            Self::String
            | Self::Expression
            | Self::Checks { .. }
            | Self::Strings
            | Self::Values
            | Self::Free
            | Self::UserContext
            | Self::Comment
            | Self::Anything => Some(Vocabulary::EMPTY),
        }
    }
}

/// Gives the rule of a whole document: one map with the key `Dhcp4` or `Dhcp6`.
pub fn top(family: Family) -> &'static MapRule {
    family.pick(&table::TOP4, &table::TOP6)
}

/// Gives the rule of the map at a path such as `Dhcp6.subnet6[].pools[]`; brackets may be left out.
pub fn map(family: Family, path: &str) -> Option<&'static MapRule> {
    let mut rule = top(family);
    for part in path.split('.') {
        let key = rule.key(part.trim_end_matches("[]"))?;
        let (Kind::Map(next) | Kind::Maps(next) | Kind::SomeMaps(next)) = &key.kind else { return None };
        rule = next;
    }
    Some(rule)
}

/// Lists the keys of a map that a misspelt word may have meant, the nearest first.
pub fn suggestions(rule: &MapRule, word: &str) -> Vec<&'static str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    let mut near: Vec<(usize, &'static str)> = rule
        .keys()
        .map(|key| (distance(word, key.name), key.name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

/// Lists the paths of the maps that take a keyword, the shallowest first.
pub fn places(family: Family, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut level = vec![(String::new(), top(family))];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (path, rule) in level {
            if !path.is_empty() && rule.key(word).is_some() {
                found.push(path.clone());
            }
            for key in rule.keys() {
                let dot = if path.is_empty() { "" } else { "." };
                if let Kind::Map(inner) = &key.kind {
                    next.push((format!("{path}{dot}{}", key.name), *inner));
                }
                if let Kind::Maps(inner) | Kind::SomeMaps(inner) = &key.kind {
                    next.push((format!("{path}{dot}{}[]", key.name), *inner));
                }
            }
        }
        level = next;
    }
    found
}

/// Counts the letters to insert, drop, change or swap between two words; long words are far from everything.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 64 || a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (to, above) in b.iter().zip(row.iter().skip(1)) {
            let change = diagonal + usize::from(from != to);
            left = change.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(usize::MAX)
}
