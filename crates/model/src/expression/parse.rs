//! Reads the words of an expression into a tree.
//!
//! What binds tightest first: `not`, `and`, `sand`, `or`, `sor`, all from left to right; `+` before `==`.

use std::net::IpAddr;

use super::error::{Problem, Span, SyntaxError};
use super::lex::{Kind, Lexer, Token};
use super::tree::{ANY_FIELDS, Choice, Condition, FIELDS4, FIELDS6, FUNCTIONS, Field, Join, Literal, Text, name_of};
use super::{Vocabulary, chain};
use crate::regex::Pattern;
use crate::{ClassName, Family};

/// How many parentheses, functions and `not` may stand inside one another.
///
/// Kea: allows some thousands.
pub const DEPTH_LIMIT: usize = 100;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Reads a text that is true or false.
pub(super) fn condition(text: &str, vocabulary: &Vocabulary<'_>) -> Parsed<Condition> {
    let mut parser = Parser::new(text, vocabulary);
    let condition = parser.condition(Join::Sor.rank())?;
    parser.end()?;
    Ok(condition)
}

/// Reads a text that is a string.
pub(super) fn text(text: &str, vocabulary: &Vocabulary<'_>) -> Parsed<Text> {
    let mut parser = Parser::new(text, vocabulary);
    let text = parser.text()?;
    parser.end()?;
    Ok(text)
}

/// What a parenthesis may hold where both are possible.
pub(super) enum Part {
    Condition(Condition),
    Text(Text),
}

pub(super) struct Parser<'t> {
    lexer: Lexer<'t>,
    ahead: Option<Token<'t>>,
    depth: usize,
    pub(super) vocabulary: &'t Vocabulary<'t>,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, vocabulary: &'t Vocabulary<'t>) -> Self {
        Self { lexer: Lexer::new(text), ahead: None, depth: 0, vocabulary }
    }

    pub(super) const fn family(&self) -> Family {
        self.vocabulary.definitions.family()
    }

    pub(super) fn peek(&mut self) -> Parsed<Token<'t>> {
        if let Some(token) = self.ahead {
            return Ok(token);
        }
        let token = self.lexer.next()?;
        self.ahead = Some(token);
        Ok(token)
    }

    pub(super) fn take(&mut self) -> Parsed<Token<'t>> {
        let token = self.peek()?;
        self.ahead = None;
        Ok(token)
    }

    /// Takes a word if it comes next.
    pub(super) fn accept(&mut self, word: &'static str) -> Parsed<bool> {
        let found = self.peek()?.kind == Kind::Word(word);
        if found {
            self.take()?;
        }
        Ok(found)
    }

    /// Refuses what comes next.
    pub(super) fn unexpected<T>(&mut self, expected: &[&'static str]) -> Parsed<T> {
        let token = self.peek()?;
        let problem = Problem::Unexpected { found: token.kind.name(), expected: expected.to_vec() };
        Err(SyntaxError { span: Some(token.span), problem, hint: None })
    }

    /// Takes a word, or refuses what comes instead.
    pub(super) fn demand(&mut self, word: &'static str, expected: &[&'static str]) -> Parsed<()> {
        if self.accept(word)? { Ok(()) } else { self.unexpected(expected) }
    }

    /// Takes a word that alone can stand here.
    pub(super) fn sign(&mut self, word: &'static str) -> Parsed<()> {
        self.demand(word, &[Kind::Word(word).name()])
    }

    /// Takes a word of some kind, or refuses what comes instead.
    pub(super) fn token(&mut self, kind: Kind, expected: &[&'static str]) -> Parsed<Token<'t>> {
        if self.peek()?.kind == kind { self.take() } else { self.unexpected(expected) }
    }

    pub(super) fn integer(&mut self, expected: &[&'static str]) -> Parsed<(i64, Token<'t>)> {
        let token = self.token(Kind::Integer, expected)?;
        match token.text.parse() {
            Ok(number) => Ok((number, token)),
            Err(_) => Err(fault(token.span, Problem::Integer(token.text.to_owned()))),
        }
    }

    fn end(&mut self) -> Parsed<()> {
        if self.peek()?.kind == Kind::End { Ok(()) } else { self.unexpected(&[Kind::End.name()]) }
    }

    /// Goes a level deeper for as long as `inner` takes.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= DEPTH_LIMIT {
            let span = self.peek()?.span;
            return Err(fault(span, Problem::Depth(DEPTH_LIMIT)));
        }
        self.depth = self.depth.saturating_add(1);
        let result = inner(self);
        self.depth = self.depth.saturating_sub(1);
        result
    }

    /// Reads conditions between words that bind no looser than `rank`.
    fn condition(&mut self, rank: u8) -> Parsed<Condition> {
        match self.comparison(false)? {
            Part::Condition(first) => self.joined(first, rank),
            // A string alone is refused where it is read.
            Part::Text(_) => self.unexpected(&AFTER_TEXT),
        }
    }

    fn joined(&mut self, first: Condition, rank: u8) -> Parsed<Condition> {
        let mut left = first;
        while let Some(join) = join_of(self.peek()?.kind).filter(|join| join.rank() <= rank) {
            self.take()?;
            let right = match join.rank().checked_sub(1) {
                Some(tighter) => self.condition(tighter)?,
                None => match self.comparison(false)? {
                    Part::Condition(right) => right,
                    Part::Text(_) => return self.unexpected(&AFTER_TEXT),
                },
            };
            if let Condition::Join(same, parts) = &mut left
                && *same == join
            {
                parts.push(right);
            } else {
                left = Condition::Join(join, vec![left, right]);
            }
        }
        Ok(left)
    }

    /// Reads one comparison, or what else is a condition of its own; a string too, if one may stand in these parentheses.
    fn comparison(&mut self, or_text: bool) -> Parsed<Part> {
        let first = match self.peek()?.kind {
            Kind::Word("not") => {
                self.take()?;
                let inner = self.deeper(|parser| parser.comparison(false))?;
                let Part::Condition(inner) = inner else { return self.unexpected(&AFTER_TEXT) };
                return Ok(Part::Condition(Condition::Not(Box::new(inner))));
            }
            Kind::Word("(") => {
                self.take()?;
                self.deeper(Self::group)?
            }
            Kind::Word("member") => return self.member().map(Part::Condition),
            Kind::Word("match") => return self.matching().map(Part::Condition),
            Kind::Word("option" | "relay4" | "relay6" | "vendor" | "vendor-class") => chain::read(self, true)?,
            Kind::Word(_) | Kind::Text | Kind::Hex | Kind::Integer | Kind::Address | Kind::OptionName | Kind::End => {
                Part::Text(self.primary()?)
            }
        };
        let Part::Text(first) = first else { return Ok(first) };
        let left = self.sum(first)?;
        if self.accept("==")? {
            let right = self.text()?;
            return Ok(Part::Condition(Condition::Equal(Box::new(left), Box::new(right))));
        }
        match (or_text, self.peek()?.kind) {
            (true, Kind::Word(")")) => Ok(Part::Text(left)),
            (true, _) => self.unexpected(&[")", "==", "+"]),
            (false, _) => self.unexpected(&AFTER_TEXT),
        }
    }

    /// Reads what a parenthesis holds that may be either, and the one that closes it.
    fn group(&mut self) -> Parsed<Part> {
        let part = match self.comparison(true)? {
            Part::Condition(first) => Part::Condition(self.joined(first, Join::Sor.rank())?),
            text @ Part::Text(_) => text,
        };
        self.demand(")", &[])?;
        Ok(part)
    }

    fn member(&mut self) -> Parsed<Condition> {
        self.take()?;
        self.sign("(")?;
        let token = self.token(Kind::Text, &[Kind::Text.name()])?;
        self.sign(")")?;
        let name = inside(token);
        self.vocabulary.check_class(name).map_err(|hint| SyntaxError {
            span: Some(token.span),
            problem: Problem::Class(name.to_owned()),
            hint,
        })?;
        Ok(Condition::Member(ClassName::new(name)))
    }

    fn matching(&mut self) -> Parsed<Condition> {
        self.take()?;
        self.sign("(")?;
        let token = self.token(Kind::Text, &[Kind::Text.name()])?;
        self.sign(",")?;
        let text = self.argument(")")?;
        let pattern = inside(token);
        let compiled = Pattern::new(pattern).map_err(|why| SyntaxError {
            span: None,
            problem: Problem::Pattern { pattern: pattern.to_owned(), why },
            hint: None,
        })?;
        Ok(Condition::Match(Box::new(compiled), Box::new(text)))
    }

    /// Reads a string.
    pub(super) fn text(&mut self) -> Parsed<Text> {
        let first = self.deeper(Self::primary)?;
        self.sum(first)
    }

    fn sum(&mut self, first: Text) -> Parsed<Text> {
        let mut left = first;
        while self.accept("+")? {
            let right = self.deeper(Self::primary)?;
            left = concatenated(left, right);
        }
        Ok(left)
    }

    /// Reads a string up to the sign that ends an argument.
    fn argument(&mut self, end: &'static str) -> Parsed<Text> {
        let text = self.text()?;
        let expected = [Kind::Word(end).name(), "+"];
        self.demand(end, &expected)?;
        Ok(text)
    }

    fn primary(&mut self) -> Parsed<Text> {
        let token = self.peek()?;
        if let Some(literal) = self.literal(token)? {
            return Ok(Text::Literal(literal));
        }
        let Kind::Word(word) = token.kind else { return self.unexpected(&[]) };
        if let Some((function, _)) = FUNCTIONS.iter().find(|(_, name)| *name == word) {
            self.take()?;
            self.sign("(")?;
            return Ok(Text::Call(*function, Box::new(self.argument(")")?)));
        }
        match word {
            "(" => {
                self.take()?;
                self.argument(")")
            }
            "concat" => {
                self.open()?;
                let left = self.argument(",")?;
                Ok(concatenated(left, self.argument(")")?))
            }
            "substring" => self.substring(),
            "split" => {
                self.open()?;
                let (text, delimiters) = (self.argument(",")?, self.argument(",")?);
                let (nth, _) = self.integer(&["integer"])?;
                self.sign(")")?;
                Ok(Text::Split(Box::new(text), Box::new(delimiters), nth))
            }
            "hexstring" => {
                self.open()?;
                let text = self.argument(",")?;
                Ok(Text::HexString(Box::new(text), Box::new(self.argument(")")?)))
            }
            "ifelse" | "sifelse" => self.choice(word == "sifelse"),
            "pkt" => self.field("pkt", &ANY_FIELDS, None),
            "pkt4" => self.field("pkt4", &FIELDS4, Some(Family::V4)),
            "pkt6" => self.field("pkt6", &FIELDS6, Some(Family::V6)),
            "option" | "relay4" | "relay6" | "vendor" | "vendor-class" => match chain::read(self, false)? {
                Part::Text(text) => Ok(text),
                // `exists` is refused where it is read.
                Part::Condition(_) => self.unexpected(&[]),
            },
            _ => self.unexpected(&[]),
        }
    }

    /// Takes the name of a function and the parenthesis behind it.
    fn open(&mut self) -> Parsed<()> {
        self.take()?;
        self.sign("(")
    }

    fn literal(&mut self, token: Token<'t>) -> Parsed<Option<Literal>> {
        let literal = match token.kind {
            Kind::Text => Literal::Text(inside(token).into()),
            Kind::Hex => Literal::Hex(octets_of(token.text)),
            Kind::Integer => {
                let (number, token) = self.integer(&[])?;
                let octets = bounded(number, &token, "Invalid value", (0, u32::MAX.into()))?;
                let number = u32::try_from(octets).unwrap_or_default();
                return Ok(Some(Literal::Integer(number.to_be_bytes())));
            }
            Kind::Address => {
                let address: IpAddr =
                    token.text.parse().map_err(|_cause| fault(token.span, Problem::Address(token.text.to_owned())))?;
                let octets: Box<[u8]> = match address {
                    IpAddr::V4(address) => address.octets().into(),
                    IpAddr::V6(address) => address.octets().into(),
                };
                Literal::Address(address, octets)
            }
            Kind::Word(_) | Kind::OptionName | Kind::End => return Ok(None),
        };
        self.take()?;
        Ok(Some(literal))
    }

    fn substring(&mut self) -> Parsed<Text> {
        self.open()?;
        let text = self.argument(",")?;
        let (start, _) = self.integer(&["integer"])?;
        self.sign(",")?;
        let length = if self.accept("all")? { None } else { Some(self.integer(&["all", "integer"])?.0) };
        self.sign(")")?;
        Ok(Text::Substring(Box::new(text), start, length))
    }

    fn choice(&mut self, strict: bool) -> Parsed<Text> {
        self.open()?;
        let condition = self.deeper(|parser| parser.condition(Join::Sor.rank()))?;
        self.demand(",", &[])?;
        let (then, otherwise) = (self.argument(",")?, self.argument(")")?);
        Ok(Text::IfElse(Box::new(Choice { strict, condition, then, otherwise })))
    }

    fn field(&mut self, what: &'static str, fields: &[(Field, &'static str)], of: Option<Family>) -> Parsed<Text> {
        let word = self.take()?;
        self.sign(".")?;
        let kind = self.peek()?.kind;
        let Some((field, _)) = fields.iter().find(|(_, name)| kind == Kind::Word(name)) else {
            let names: Vec<&str> =
                fields.iter().map(|(field, _)| name_of(fields, *field).unwrap_or_default()).collect();
            return self.unexpected(if names.len() > EXPECTED { &[] } else { &names });
        };
        self.take()?;
        self.of_family(of.map_or(self.family(), |family| family), what, word.span)?;
        Ok(Text::Field(*field))
    }

    /// Refuses what belongs to the other protocol.
    pub(super) fn of_family(&self, family: Family, what: &'static str, span: Span) -> Parsed<()> {
        if family == self.family() {
            return Ok(());
        }
        Err(fault(span, Problem::Family { what, family: family.digit() }))
    }
}

/// How many words are named that could stand somewhere; more are not.
const EXPECTED: usize = 4;
/// What can follow a string that is compared.
const AFTER_TEXT: [&str; 2] = ["==", "+"];

pub(super) const fn fault(span: Span, problem: Problem) -> SyntaxError {
    SyntaxError { span: Some(span), problem, hint: None }
}

/// Insists on a number between two others.
pub(super) fn bounded(number: i64, token: &Token<'_>, what: &'static str, (least, most): (i64, i64)) -> Parsed<i64> {
    if (least..=most).contains(&number) {
        return Ok(number);
    }
    Err(fault(token.span, Problem::Range { what, text: token.text.to_owned(), least, most }))
}

fn join_of(kind: Kind) -> Option<Join> {
    [Join::And, Join::Sand, Join::Or, Join::Sor].into_iter().find(|join| kind == Kind::Word(join.word()))
}

fn inside(token: Token<'_>) -> &str {
    token.text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')).unwrap_or_default()
}

/// Reads hexadecimal digits behind `0x`; a zero is put before an odd number of them.
fn octets_of(text: &str) -> Box<[u8]> {
    let digits = text.get(2..).unwrap_or_default().bytes();
    let mut digits =
        digits.map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0));
    let mut octets = Vec::with_capacity(digits.len().div_ceil(2));
    if !digits.len().is_multiple_of(2) {
        octets.extend(digits.next());
    }
    while let (Some(high), Some(low)) = (digits.next(), digits.next()) {
        octets.push((high << 4) | low);
    }
    octets.into()
}

/// Puts one string behind another; a row of them is one node.
fn concatenated(mut left: Text, right: Text) -> Text {
    if let Text::Concat(parts) = &mut left {
        parts.push(right);
        return left;
    }
    Text::Concat(vec![left, right])
}
