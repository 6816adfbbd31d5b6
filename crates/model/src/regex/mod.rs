//! Regular expressions over octets, in the syntax of ECMAScript or POSIX, matched in a time that no input can blow up.
//!
//! A pattern becomes a program whose states are all followed at once, so the time is at most states times octets.
//! There are no back-references, which no such program can follow.

mod matching;
mod parse;

pub use self::matching::Matcher;

/// How many states a pattern may have.
///
/// Kea: ten times as many.
pub const STATE_LIMIT: usize = 10_000;
/// How deep groups may stand in groups.
const DEPTH_LIMIT: usize = 100;

/// Why a text is no pattern. The texts are those a user of Kea knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A parenthesis without its other, or something that cannot stand at the beginning.
    #[error("Mismatched '(' and ')' in regular expression")]
    Parenthesis,
    /// A bracket without its other.
    #[error("Unexpected character within '[...]' in regular expression")]
    Bracket,
    /// A brace without its other.
    #[error("Mismatched '{{' and '}}' in regular expression")]
    Brace,
    /// Braces without numbers, or with the greater one first.
    #[error("Invalid range in '{{}}' in regular expression")]
    Repeat,
    /// A range of characters with the greater one first.
    #[error("Invalid range in bracket expression.")]
    Range,
    /// A range of characters that begins with a class of them.
    #[error("Invalid start of '[x-x]' range in regular expression")]
    RangeStart,
    /// A range of characters that ends with a class of them.
    #[error("Invalid end of '[x-x]' range in regular expression")]
    RangeEnd,
    /// `[:` without `:]`.
    #[error("Invalid character class in regular expression")]
    OpenClass,
    /// `[:…:]` around an unknown name.
    #[error("Invalid character class.")]
    Class,
    /// `[.….]` or `[=…=]` around more than one character.
    #[error("Invalid collate element.")]
    Collate,
    /// `(?` before something unknown.
    #[error("Invalid '(?...)' zero-width assertion in regular expression")]
    Assertion,
    /// `\x` without two digits.
    #[error("Invalid '\\xNN' control character in regular expression")]
    Hex,
    /// `\u` without four digits.
    #[error("Invalid '\\uNNNN' control character in regular expression")]
    Unicode,
    /// A backslash at the end.
    #[error("Invalid escape at end of regular expression")]
    Escape,
    /// `\1` without a group before it.
    #[error("Back-reference index exceeds current sub-expression count.")]
    NoGroup,
    /// `\1` to a group before it.
    #[error("back-references such as '\\1' are not supported")]
    BackReference,
    /// Too many states, or groups too deep in groups.
    #[error("Number of NFA states exceeds limit. Please use a shorter regex string, or a smaller brace expression.")]
    Size,
}

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: Box<str>,
    program: Box<[Step]>,
    sets: Box<[Set]>,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// Compiles a text in the syntax of ECMAScript.
    ///
    /// # Errors
    /// The [`PatternError`] that tells what is wrong with it.
    pub fn new(source: &str) -> Result<Self, PatternError> {
        Self::compile(source, Syntax::Ecma)
    }

    /// Compiles a text that is an extended regular expression of POSIX.
    ///
    /// # Errors
    /// The [`PatternError`] that tells what is wrong with it.
    pub fn extended(source: &str) -> Result<Self, PatternError> {
        Self::compile(source, Syntax::Extended)
    }

    fn compile(source: &str, syntax: Syntax) -> Result<Self, PatternError> {
        let tree = parse::parse(source.as_bytes(), syntax)?;
        let mut compiler = Compiler::default();
        compiler.emit(&tree)?;
        compiler.push(Step::End)?;
        Ok(Self { source: source.into(), program: compiler.program.into(), sets: compiler.sets.into() })
    }

    /// Lends the text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Says whether all of `text` matches.
    pub fn matches(&self, text: &[u8], matcher: &mut Matcher) -> bool {
        matcher.whole(&self.program, &self.sets, text)
    }

    /// Replaces every match, the empty ones too: from left to right, always the longest.
    pub fn replace_all(&self, text: &[u8], replacement: &[u8], matcher: &mut Matcher) -> Vec<u8> {
        let mut replaced = Vec::with_capacity(text.len());
        let mut at = 0_usize;
        while at <= text.len() {
            let found = (at..=text.len()).find_map(|from| Some((from, self.match_at(text, from, matcher)?)));
            let Some((from, end)) = found else { break };
            replaced.extend_from_slice(text.get(at..from).unwrap_or_default());
            replaced.extend_from_slice(replacement);
            // Behind an empty match an octet is passed over, so that there is an end.
            let passed = if end == from { text.get(from..).and_then(<[u8]>::first) } else { None };
            replaced.extend(passed);
            at = end.max(from.saturating_add(usize::from(end == from)));
        }
        replaced.extend_from_slice(text.get(at..).unwrap_or_default());
        replaced
    }

    /// Finds where a match that begins at `from` ends: the longest one, `None` if there is none.
    pub fn match_at(&self, text: &[u8], from: usize, matcher: &mut Matcher) -> Option<usize> {
        matcher.longest(&self.program, &self.sets, text, from)
    }
}

/// How a pattern is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Syntax {
    Ecma,
    /// Without escapes but for signs, and without groups that begin with a question mark.
    Extended,
}

/// A set of octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Set([u128; 2]);

impl Set {
    fn of(octets: impl IntoIterator<Item = u8>) -> Self {
        let mut set = Self::default();
        octets.into_iter().for_each(|octet| set.insert(octet));
        set
    }

    fn insert(&mut self, octet: u8) {
        let [low, high] = &mut self.0;
        let half = if octet < 128 { low } else { high };
        *half |= 1 << (octet % 128);
    }

    const fn has(&self, octet: u8) -> bool {
        let [low, high] = self.0;
        let half = if octet < 128 { low } else { high };
        (half >> (octet % 128)) & 1 == 1
    }

    const fn union(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, other.0);
        Self([a | c, b | d])
    }

    const fn complement(self) -> Self {
        let [low, high] = self.0;
        Self([!low, !high])
    }
}

/// A part of a pattern.
#[derive(Debug, Clone)]
enum Node {
    Set(Set),
    Row(Vec<Self>),
    Either(Vec<Self>),
    Repeat(Box<Self>, u32, Option<u32>),
    Assert(Assertion),
    /// What follows matches, or does not.
    Ahead(Box<Self>, bool),
}

/// What is asked about a place between octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Assertion {
    Start,
    End,
    WordEdge,
    NoWordEdge,
}

/// A state of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Takes an octet of the set with this number.
    Take(u32),
    /// Goes on in two places.
    Split(u32, u32),
    /// Goes on elsewhere.
    Jump(u32),
    Assert(Assertion),
    /// Goes on at the number if the program behind this step, up to there, matches here or, negated, does not.
    Ahead(u32, bool),
    End,
}

#[derive(Default)]
struct Compiler {
    program: Vec<Step>,
    sets: Vec<Set>,
}

impl Compiler {
    fn here(&self) -> u32 {
        u32::try_from(self.program.len()).unwrap_or(u32::MAX)
    }

    fn push(&mut self, step: Step) -> Result<usize, PatternError> {
        if self.program.len() >= STATE_LIMIT {
            return Err(PatternError::Size);
        }
        self.program.push(step);
        Ok(self.program.len().saturating_sub(1))
    }

    fn patch(&mut self, at: usize, step: Step) {
        if let Some(place) = self.program.get_mut(at) {
            *place = step;
        }
    }

    fn emit(&mut self, node: &Node) -> Result<(), PatternError> {
        match node {
            Node::Set(set) => {
                let at = self.sets.iter().position(|known| known == set).unwrap_or_else(|| {
                    self.sets.push(*set);
                    self.sets.len().saturating_sub(1)
                });
                self.push(Step::Take(u32::try_from(at).unwrap_or(u32::MAX)))?;
            }
            Node::Row(nodes) => nodes.iter().try_for_each(|node| self.emit(node))?,
            Node::Either(nodes) => self.either(nodes)?,
            Node::Repeat(node, least, most) => self.repeat(node, *least, *most)?,
            Node::Assert(assertion) => {
                self.push(Step::Assert(*assertion))?;
            }
            Node::Ahead(node, negated) => {
                let start = self.push(Step::Ahead(0, *negated))?;
                self.emit(node)?;
                self.push(Step::End)?;
                let behind = self.here();
                self.patch(start, Step::Ahead(behind, *negated));
            }
        }
        Ok(())
    }

    fn either(&mut self, nodes: &[Node]) -> Result<(), PatternError> {
        let Some((last, before)) = nodes.split_last() else { return Ok(()) };
        let mut ends = Vec::new();
        for node in before {
            let split = self.push(Step::End)?;
            let first = self.here();
            self.emit(node)?;
            ends.push(self.push(Step::End)?);
            let second = self.here();
            self.patch(split, Step::Split(first, second));
        }
        self.emit(last)?;
        let behind = self.here();
        for end in ends {
            self.patch(end, Step::Jump(behind));
        }
        Ok(())
    }

    fn repeat(&mut self, node: &Node, least: u32, most: Option<u32>) -> Result<(), PatternError> {
        for _ in 0..least {
            self.step_or_more(node)?;
        }
        let Some(most) = most else {
            let split = self.push(Step::End)?;
            let first = self.here();
            self.emit(node)?;
            self.push(Step::Jump(u32::try_from(split).unwrap_or(u32::MAX)))?;
            let behind = self.here();
            self.patch(split, Step::Split(first, behind));
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            let split = self.push(Step::End)?;
            splits.push((split, self.here()));
            self.emit(node)?;
        }
        let behind = self.here();
        for (split, first) in splits {
            self.patch(split, Step::Split(first, behind));
        }
        Ok(())
    }

    /// Emits a node, and something even for one that is empty, so that repeating it has an end.
    fn step_or_more(&mut self, node: &Node) -> Result<(), PatternError> {
        let before = self.here();
        self.emit(node)?;
        if self.here() == before {
            self.push(Step::Jump(before.saturating_add(1)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
