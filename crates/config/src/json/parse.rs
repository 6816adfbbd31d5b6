//! Tokens to a tree, in one pass from left to right, with or without the grammar of a server at hand.
//!
//! Kea reads and checks in one pass too, so the first error here is the one Kea stops at. Reading then goes on, to
//! list all errors of a file at once: behind an error it resumes at the next comma or bracket of the same level.

use std::borrow::Cow;

use super::entries::Entries;
use super::error::Warning;
use super::lex::{Kind as Lexeme, Lexer, Loader, Token, Unreadable};
use super::{Entry, Fault, Node, Position, Source, Span, SyntaxError, Value};
use crate::grammar::{Key, Kind, MapRule, Status, Style, Vocabulary};

/// How deep maps and lists may nest.
const MAX_DEPTH: usize = 200;
/// After how many errors reading stops.
const MAX_ERRORS: usize = 100;

const COMMA_OR_CLOSE_MAP: &[&str] = &["\",\"", "}"];
const COMMA_OR_CLOSE_LIST: &[&str] = &["\",\"", "]"];

/// What was made of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The tree; with errors, what could be read of it.
    pub root: Option<Node>,
    /// What Kea would warn of.
    pub warnings: Vec<Warning>,
    /// What is wrong, in the order of the text.
    pub errors: Vec<SyntaxError>,
}

/// Reads a text with no grammar in mind: any value may stand anywhere.
pub fn parse(source: &str, text: &str, load: &Loader<'_>) -> Parsed {
    document(source, text, load, &Kind::Anything)
}

/// Reads a text that is to be of a kind.
pub(crate) fn document(source: &str, text: &str, load: &Loader<'_>, kind: &Kind) -> Parsed {
    let mut parser = Parser {
        lexer: Lexer::new(source, text, load),
        next: None,
        warnings: Vec::new(),
        errors: Vec::new(),
        depth: 0,
        map: None,
    };
    let root = parser.value(kind, None, Vocabulary::EMPTY);
    let last = parser.peek();
    if last.kind != Lexeme::End {
        parser.unexpected(&last, Vocabulary::EMPTY, &["end of file"]);
    }
    Parsed { root, warnings: parser.warnings, errors: parser.errors }
}

struct Parser<'l> {
    lexer: Lexer<'l>,
    next: Option<Token>,
    warnings: Vec<Warning>,
    errors: Vec<SyntaxError>,
    depth: usize,
    /// The innermost map with a rule, for diagnostics.
    map: Option<&'static MapRule>,
}

impl Parser<'_> {
    /// Reads the next token, if it is not at hand; what cannot be read is reported once and taken for garbage.
    fn read(&mut self) -> Token {
        if let Some(token) = self.next.take() {
            return token;
        }
        match self.lexer.next() {
            Ok(token) => token,
            Err(Unreadable { span, fault }) => {
                let fatal = matches!(fault, Fault::TooManyIncludes) || self.errors.len() >= MAX_ERRORS;
                self.report(span.clone(), fault);
                Token { kind: if fatal { Lexeme::End } else { Lexeme::Garbage }, span }
            }
        }
    }

    /// Lends the next token.
    fn at(&mut self) -> &Token {
        let token = self.read();
        self.next.insert(token)
    }

    /// Copies the next token.
    fn peek(&mut self) -> Token {
        self.at().clone()
    }

    /// Takes the next token; the end is never passed.
    fn take(&mut self) -> Token {
        let token = self.read();
        if token.kind == Lexeme::End {
            self.next = Some(token.clone());
        }
        token
    }

    fn report(&mut self, span: Span, fault: Fault) {
        if self.errors.len() >= MAX_ERRORS {
            self.next = Some(Token { kind: Lexeme::End, span });
            return;
        }
        self.errors.push(SyntaxError { span, fault, map: self.map });
    }

    fn unexpected(&mut self, token: &Token, known: Vocabulary, expected: &[&'static str]) {
        if token.kind == Lexeme::Garbage {
            return;
        }
        let found = match &token.kind {
            Lexeme::OpenMap => "{",
            Lexeme::CloseMap => "}",
            Lexeme::OpenList => "[",
            Lexeme::CloseList => "]",
            Lexeme::Comma => "\",\"",
            Lexeme::Colon => ":",
            Lexeme::Null => "null",
            Lexeme::Boolean(_) => "boolean",
            Lexeme::Integer(_) => "integer",
            Lexeme::Real(_) => "floating point",
            Lexeme::Text(text) if known.contains(text) => text,
            Lexeme::Text(_) | Lexeme::Garbage => "constant string",
            Lexeme::End => "end of file",
        };
        // Kea lists no more than four tokens.
        let expected = if expected.len() > 4 { Vec::new() } else { expected.to_vec() };
        self.report(token.span.clone(), Fault::Unexpected { found: found.to_owned(), expected });
    }

    /// Warns, as long as nothing is wrong: Kea gets no further than the first error.
    fn warn(&mut self, span: Span, text: &'static str) {
        if !self.errors.is_empty() {
            return;
        }
        self.warnings.push(Warning { span, text });
    }

    /// Skips to a comma or closing bracket of this level, and leaves it.
    fn resume(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek().kind {
                Lexeme::OpenMap | Lexeme::OpenList => depth += 1,
                Lexeme::CloseMap | Lexeme::CloseList if depth > 0 => depth -= 1,
                Lexeme::CloseMap | Lexeme::CloseList | Lexeme::End => return,
                Lexeme::Comma if depth == 0 => return,
                Lexeme::Comma
                | Lexeme::Colon
                | Lexeme::Null
                | Lexeme::Boolean(_)
                | Lexeme::Integer(_)
                | Lexeme::Real(_)
                | Lexeme::Text(_)
                | Lexeme::Garbage => {}
            }
            self.take();
        }
    }

    /// Reads a value of a kind. `key` is where its keyword stands, if it has one.
    fn value(&mut self, kind: &Kind, key: Option<&Span>, known: Vocabulary) -> Option<Node> {
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH {
            let token = self.peek();
            self.report(token.span, Fault::TooDeep(MAX_DEPTH));
            self.resume();
            None
        } else {
            self.value_of(kind, key, known)
        };
        self.depth -= 1;
        node
    }

    fn value_of(&mut self, kind: &Kind, key: Option<&Span>, known: Vocabulary) -> Option<Node> {
        match kind {
            Kind::Map(rule) => self.typed_map(rule, key),
            Kind::Maps(rule) => {
                self.list(&Kind::Map(rule), key, &ListRule { known: rule.vocabulary(), may_be_empty: true, first: &[] })
            }
            Kind::SomeMaps(rule) => self.list(
                &Kind::Map(rule),
                key,
                &ListRule { known: rule.vocabulary(), may_be_empty: false, first: &["{"] },
            ),
            Kind::Strings => {
                self.list(&Kind::String, key, &ListRule { known: Vocabulary::EMPTY, may_be_empty: true, first: &[] })
            }
            Kind::SomeStrings(choice) | Kind::SomeWords(choice) => {
                let item = if matches!(kind, Kind::SomeStrings(_)) { Kind::String } else { Kind::Word(choice) };
                self.list(
                    &item,
                    key,
                    &ListRule { known: Vocabulary::words(choice.words), may_be_empty: false, first: choice.expecting },
                )
            }
            Kind::Values => {
                self.list(&Kind::Anything, key, &ListRule { known: Vocabulary::EMPTY, may_be_empty: true, first: &[] })
            }
            Kind::Free | Kind::UserContext => {
                let token = self.peek();
                if token.kind == Lexeme::OpenMap {
                    return Some(self.free_map());
                }
                self.wrong_type(&token, Vocabulary::EMPTY, &["{"])
            }
            Kind::Anything => self.anything(),
            Kind::Expression if self.peek().kind == Lexeme::OpenList => {
                self.list(&Kind::String, None, &ListRule { known: Vocabulary::EMPTY, may_be_empty: true, first: &[] })
            }
            Kind::Integer
            | Kind::Real
            | Kind::Boolean
            | Kind::String
            | Kind::Expression
            | Kind::Comment
            | Kind::Checks { .. }
            | Kind::ReplaceName(_)
            | Kind::Word(_) => self.scalar(kind, known),
        }
    }

    fn wrong_type(&mut self, token: &Token, known: Vocabulary, expected: &[&'static str]) -> Option<Node> {
        self.unexpected(token, known, expected);
        if matches!(token.kind, Lexeme::CloseMap | Lexeme::CloseList | Lexeme::Comma | Lexeme::End) {
            return None;
        }
        // What stands there is read over, whatever it is, so that what follows can be told.
        if matches!(token.kind, Lexeme::OpenMap | Lexeme::OpenList) {
            self.anything();
        } else {
            self.take();
        }
        None
    }

    fn scalar(&mut self, kind: &Kind, known: Vocabulary) -> Option<Node> {
        let Token { kind: lexeme, span } = self.take();
        let value = match (lexeme, kind) {
            (Lexeme::Integer(number), Kind::Integer) => Value::Integer(i128::from(number)),
            (Lexeme::Real(number), Kind::Real) => Value::Real(number),
            (Lexeme::Boolean(truth), Kind::Boolean) => Value::Boolean(truth),
            (Lexeme::Text(text), Kind::String | Kind::Expression | Kind::Comment) => Value::String(text),
            (Lexeme::Text(text), Kind::Checks { keyword, words }) => {
                if !words.contains(&text.as_str()) {
                    let fault = Fault::UnsupportedChecks { keyword, found: text.clone(), supported: words };
                    self.report(span.clone(), fault);
                }
                Value::String(text)
            }
            (Lexeme::Text(text), Kind::Word(choice) | Kind::ReplaceName(choice)) if choice.find(&text).is_some() => {
                Value::String(choice.find(&text).unwrap_or(&text).to_owned())
            }
            (Lexeme::Boolean(_), Kind::ReplaceName(_)) => {
                self.report(span, Fault::BooleanReplaceName);
                return None;
            }
            (other, _) => {
                let token = Token { kind: other, span };
                self.next = Some(token.clone());
                let known = kind.vocabulary().unwrap_or(known);
                return self.wrong_type(&token, known, kind.expecting());
            }
        };
        Some(Node { value, span })
    }

    /// Reads a value of any kind.
    fn anything(&mut self) -> Option<Node> {
        let token = self.peek();
        let value = match &token.kind {
            Lexeme::Null => Value::Null,
            Lexeme::Boolean(truth) => Value::Boolean(*truth),
            Lexeme::Integer(number) => Value::Integer(i128::from(*number)),
            Lexeme::Real(number) => Value::Real(*number),
            Lexeme::Text(text) => Value::String(text.clone()),
            Lexeme::OpenMap => return self.nested(|parser| Some(parser.free_map())),
            Lexeme::OpenList => {
                let rule = ListRule { known: Vocabulary::EMPTY, may_be_empty: true, first: &[] };
                return self.list(&Kind::Anything, None, &rule);
            }
            Lexeme::CloseMap | Lexeme::CloseList | Lexeme::Comma | Lexeme::Colon | Lexeme::Garbage | Lexeme::End => {
                return self.wrong_type(&token, Vocabulary::EMPTY, &[]);
            }
        };
        self.take();
        Some(Node { value, span: token.span })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH {
            let token = self.peek();
            self.report(token.span, Fault::TooDeep(MAX_DEPTH));
            self.resume();
            None
        } else {
            read(self)
        };
        self.depth -= 1;
        node
    }

    /// Reads a list. A list under a keyword is placed at its keyword, as in Kea.
    fn list(&mut self, item: &Kind, key: Option<&Span>, rule: &ListRule) -> Option<Node> {
        let open = self.peek();
        if open.kind != Lexeme::OpenList {
            return self.wrong_type(&open, rule.known, &["["]);
        }
        self.take();
        let mut items = Vec::new();
        let first = self.peek();
        if first.kind == Lexeme::CloseList && !rule.may_be_empty {
            self.unexpected(&first, rule.known, rule.first);
        } else if first.kind != Lexeme::CloseList {
            self.items(item, rule, &mut items);
        }
        let end = self.close(&Lexeme::CloseList, if rule.may_be_empty { &["]"] } else { COMMA_OR_CLOSE_LIST });
        Some(Node { value: Value::List(items), span: join(key.unwrap_or(&open.span), &end) })
    }

    fn items(&mut self, item: &Kind, rule: &ListRule, items: &mut Vec<Node>) {
        let after: &[&str] = if rule.may_be_empty { &["]"] } else { COMMA_OR_CLOSE_LIST };
        let mut expected = if rule.may_be_empty { after } else { rule.first };
        loop {
            if item.begins_with(&self.at().kind) {
                items.extend(self.value(item, None, rule.known));
            } else {
                let token = self.peek();
                self.unexpected(&token, rule.known, expected);
                self.resume();
            }
            expected = after;
            if !self.comma(&Lexeme::CloseList, |next| item.begins_with(next)) {
                if ends(&self.at().kind) {
                    return;
                }
                let token = self.peek();
                self.unexpected(&token, rule.known, after);
                if !item.begins_with(&token.kind) {
                    self.resume();
                    if !self.comma(&Lexeme::CloseList, |next| item.begins_with(next)) {
                        return;
                    }
                }
            }
            if ends(&self.at().kind) {
                return;
            }
        }
    }

    /// Takes the commas that stand here, with a warning for each behind which nothing of use stands; tells if there
    /// was one.
    fn comma(&mut self, close: &Lexeme, begins: impl Fn(&Lexeme) -> bool) -> bool {
        let mut any = false;
        while self.at().kind == Lexeme::Comma {
            let comma = self.take();
            any = true;
            let next = &self.at().kind;
            if *next == Lexeme::Garbage {
                return true;
            }
            if !begins(next) || next == close {
                let ends_here = *next != Lexeme::Comma && next != close;
                self.warn(comma.span, Warning::EXTRA_COMMA);
                if ends_here {
                    return false;
                }
            }
        }
        any
    }

    /// Takes a closing bracket and gives its place; a wrong one is left for whom it may concern.
    fn close(&mut self, close: &Lexeme, expected: &[&'static str]) -> Span {
        let token = self.peek();
        if token.kind == *close {
            self.take();
            return token.span;
        }
        if token.kind != Lexeme::End || self.errors.is_empty() {
            self.unexpected(&token, Vocabulary::EMPTY, expected);
        }
        token.span
    }

    /// Reads a map that may hold anything.
    fn free_map(&mut self) -> Node {
        let open = self.take();
        let mut entries = Entries::default();
        if self.peek().kind != Lexeme::CloseMap {
            self.free_entries(&mut entries);
        }
        let end = self.close(&Lexeme::CloseMap, &["}"]);
        Node { value: Value::Map(entries.list), span: join(&open.span, &end) }
    }

    fn free_entries(&mut self, entries: &mut Entries) {
        loop {
            let token = self.peek();
            if matches!(token.kind, Lexeme::Text(_)) {
                self.take();
                if self.colon(Vocabulary::EMPTY) {
                    if let Some(value) = self.value(&Kind::Anything, None, Vocabulary::EMPTY) {
                        self.insert(entries, &token, value, "JSON");
                    }
                } else {
                    self.resume();
                }
            } else {
                self.unexpected(&token, Vocabulary::EMPTY, &["}"]);
                self.resume();
            }
            if !self.next_entry(Vocabulary::EMPTY, &["}"]) {
                return;
            }
        }
    }

    /// Goes on to the next entry of a map; false at its end.
    fn next_entry(&mut self, known: Vocabulary, expected: &[&'static str]) -> bool {
        let is_text = |next: &Lexeme| matches!(next, Lexeme::Text(_));
        let mut commas = self.comma(&Lexeme::CloseMap, is_text);
        if !commas {
            let token = self.peek();
            if ends(&token.kind) {
                return false;
            }
            self.unexpected(&token, known, expected);
            if !is_text(&token.kind) {
                self.resume();
                commas = self.comma(&Lexeme::CloseMap, is_text);
                if !commas && !is_text(&self.peek().kind) {
                    return false;
                }
            }
        }
        !ends(&self.peek().kind)
    }

    fn colon(&mut self, known: Vocabulary) -> bool {
        if self.at().kind == Lexeme::Colon {
            self.take();
            return true;
        }
        let token = self.peek();
        self.unexpected(&token, known, &[":"]);
        false
    }

    fn insert(&mut self, entries: &mut Entries, token: &Token, value: Node, map: &'static str) {
        let Lexeme::Text(key) = &token.kind else { return };
        if let Some(previous) = entries.seen(key) {
            let fault = Fault::Duplicate { keyword: key.to_owned(), map, previous: previous.clone() };
            self.report(token.span.clone(), fault);
            return;
        }
        entries.push(Cow::Owned(key.to_owned()), value);
    }

    /// Reads a map that has a rule.
    fn typed_map(&mut self, rule: &'static MapRule, key: Option<&Span>) -> Option<Node> {
        let outer = self.map.replace(rule);
        let node = self.map_of(rule, key);
        self.map = outer;
        node
    }

    fn map_of(&mut self, rule: &'static MapRule, key: Option<&Span>) -> Option<Node> {
        let known = rule.vocabulary();
        let open = self.peek();
        if open.kind != Lexeme::OpenMap {
            return self.wrong_type(&open, known, &["{"]);
        }
        self.take();
        let mut entries = Entries::default();
        let first = self.peek();
        let may_be_empty = rule.style == Style::Optional;
        if first.kind == Lexeme::CloseMap && !may_be_empty {
            self.unexpected(&first, known, &rule.openers());
            let end = self.take();
            return Some(Node { value: Value::Map(Vec::new()), span: join(key.unwrap_or(&open.span), &end.span) });
        }
        if first.kind != Lexeme::CloseMap {
            self.typed_entries(rule, &mut entries);
        }
        let optional = matches!(rule.style, Style::Optional | Style::Single);
        let end = self.close(&Lexeme::CloseMap, if optional { &["}"] } else { COMMA_OR_CLOSE_MAP });
        self.required(rule, &entries, key.unwrap_or(&open.span), &join(&open.span, &end));
        Some(Node { value: Value::Map(entries.finish()), span: join(key.unwrap_or(&open.span), &end) })
    }

    fn required(&mut self, rule: &'static MapRule, entries: &Entries, at: &Span, between: &Span) {
        let missing = rule.required.iter().find(|keyword| entries.seen(keyword).is_none());
        // A key that stands there with a bad value has been reported already.
        if let Some(keyword) = missing.filter(|keyword| !entries.tried.contains(keyword)) {
            let mut at = at.clone();
            at.end = at.start;
            let fault = Fault::Missing { keyword, map: rule.name, between: between.clone() };
            self.report(at, fault);
        }
    }

    fn typed_entries(&mut self, rule: &'static MapRule, entries: &mut Entries) {
        let known = rule.vocabulary();
        let after: &[&str] = match rule.style {
            Style::Optional | Style::Single => &["}"],
            Style::Strict | Style::Closed | Style::Open | Style::Top => COMMA_OR_CLOSE_MAP,
        };
        let openers = if rule.style == Style::Optional { vec!["}"] } else { rule.openers() };
        let mut expected: &[&str] = &openers;
        loop {
            let key = if let Lexeme::Text(text) = &self.at().kind { Some(rule.key(text)) } else { None };
            match key {
                Some(Some(key)) => {
                    let token = self.take();
                    self.known_entry(rule, key, &token, entries);
                }
                Some(None) => {
                    let token = self.peek();
                    self.entry(rule, &token, entries, expected);
                }
                None => {
                    let token = self.peek();
                    self.unexpected(&token, known, expected);
                    self.resume();
                }
            }
            expected = after;
            if rule.style == Style::Single && self.peek().kind == Lexeme::Comma {
                let comma = self.peek();
                self.unexpected(&comma, known, after);
            }
            if !self.next_typed(rule, after) {
                return;
            }
        }
    }

    /// Goes on to the next entry of a typed map; false at its end.
    fn next_typed(&mut self, rule: &'static MapRule, after: &[&'static str]) -> bool {
        let known = rule.vocabulary();
        let closed = matches!(rule.style, Style::Closed | Style::Top | Style::Single);
        let comma = self.comma_of(rule);
        if comma.is_some_and(|useful| useful) {
            return !ends(&self.at().kind);
        }
        if ends(&self.at().kind) {
            return false;
        }
        let token = self.peek();
        self.unexpected(&token, known, after);
        if let Lexeme::Text(text) = &token.kind {
            if closed && rule.key(text).is_none() {
                self.unknown_entry();
                return self.next_entry(known, after);
            }
            return true;
        }
        self.resume();
        self.next_entry(known, after)
    }

    /// Takes commas; tells whether the last leads to an entry, `None` if there was no comma.
    fn comma_of(&mut self, rule: &'static MapRule) -> Option<bool> {
        if self.at().kind != Lexeme::Comma {
            return None;
        }
        let closed = matches!(rule.style, Style::Closed | Style::Top | Style::Single);
        Some(self.comma(&Lexeme::CloseMap, |next| {
            matches!(next, Lexeme::Text(text) if rule.style != Style::Top
                && !rule.strays.contains(&text.as_str())
                && (!closed || rule.key(text).is_some()))
        }))
    }

    /// Reads over a key and its value.
    fn unknown_entry(&mut self) {
        self.take();
        if self.peek().kind == Lexeme::Colon {
            self.take();
            self.value(&Kind::Anything, None, Vocabulary::EMPTY);
        } else {
            self.resume();
        }
    }

    fn entry(&mut self, rule: &'static MapRule, token: &Token, entries: &mut Entries, expected: &[&'static str]) {
        let Lexeme::Text(text) = &token.kind else { return };
        match rule.style {
            _ if rule.strays.contains(&text.as_str()) => {
                self.unexpected(token, rule.vocabulary(), expected);
                self.unknown_entry();
            }
            Style::Closed | Style::Single | Style::Top => {
                self.unexpected(token, rule.vocabulary(), expected);
                self.unknown_entry();
            }
            Style::Strict | Style::Optional | Style::Open => {
                self.take();
                if !self.colon(rule.vocabulary()) {
                    self.resume();
                    return;
                }
                if rule.style != Style::Open {
                    self.report(token.span.clone(), Fault::UnknownKeyword { keyword: text.to_owned() });
                }
                let value = self.value(&Kind::Anything, None, Vocabulary::EMPTY);
                if let Some(value) = value.filter(|_| rule.style == Style::Open) {
                    self.insert(entries, token, value, rule.name);
                }
            }
        }
    }

    fn known_entry(&mut self, rule: &'static MapRule, key: &'static Key, token: &Token, entries: &mut Entries) {
        let early = key.kind.is_claimed_early();
        let previous = entries.seen(key.canonical).cloned();
        // Kea: what replaces a keyword also replaces what was set before.
        let replaces = key.name != key.canonical && matches!(key.status, Status::Replaced(_));
        let duplicate = previous.filter(|_| !key.kind.is_context() && !replaces).map(|previous| Fault::Duplicate {
            keyword: entries.name_of(rule, key).to_owned(),
            map: key.kind.duplicate_map().unwrap_or(rule.name),
            previous,
        });
        if let Some(fault) = duplicate.clone().filter(|_| early) {
            self.report(token.span.clone(), fault);
        }
        let known = key.kind.vocabulary().unwrap_or_else(|| rule.vocabulary());
        let colon = self.at().span.clone();
        if !self.colon(known) {
            entries.tried.push(key.canonical);
            if matches!(self.at().kind, Lexeme::Text(_)) {
                self.take();
            } else {
                self.resume();
            }
            return;
        }
        let key_place = key.kind.is_placed_at_key().then_some(&token.span);
        let Some(value) = self.value(&key.kind, key_place, known) else {
            entries.tried.push(key.canonical);
            return;
        };
        let value = self.replace(key, &colon, value);
        match (&key.kind, duplicate) {
            (Kind::UserContext, _) => self.user_context(token, value, entries),
            (Kind::Comment, _) => self.comment(token, value, entries),
            (_, Some(fault)) if !early => self.report(token.span.clone(), fault),
            (_, Some(_)) => {}
            (_, None) => {
                if key.written() != key.canonical {
                    entries.places.insert(Cow::Borrowed(key.canonical), value.span.clone());
                }
                if replaces {
                    // What was set before goes.
                    entries.list.retain(|entry| entry.key != key.written());
                }
                entries.push(Cow::Borrowed(key.written()), value);
            }
        }
    }

    /// Warns of a keyword that is replaced or ignored, and puts in what replaces its value.
    fn replace(&mut self, key: &'static Key, colon: &Span, value: Node) -> Node {
        let Status::Replaced(text) = key.status else { return value };
        self.warn(colon.clone(), text);
        let Value::Boolean(checks) = value.value else { return value };
        let mode = if checks { "check-with-dhcid" } else { "no-check-with-dhcid" };
        // Kea: what stands in for the boolean has no place.
        let nowhere = Position { line: 0, column: 0 };
        Node { value: Value::String(mode.to_owned()), span: Span { source: "".into(), start: nowhere, end: nowhere } }
    }

    fn user_context(&mut self, token: &Token, value: Node, entries: &mut Entries) {
        if entries.context.is_some() {
            let previous = entries.context_place.clone().unwrap_or_else(|| value.span.clone());
            self.report(token.span.clone(), Fault::DuplicateContext { what: "user-context", previous });
            return;
        }
        // Kea: a comment beside a user-context that has its own is refused in the other order only.
        if value.get("comment").is_some() {
            entries.comment = None;
        }
        entries.context_place = Some(value.span.clone());
        entries.context = Some(Entry { key: Cow::Borrowed("user-context"), value });
    }

    fn comment(&mut self, token: &Token, value: Node, entries: &mut Entries) {
        let within = entries.context.as_ref().is_some_and(|context| context.value.get("comment").is_some());
        if let Some(previous) = entries.context_place.clone().filter(|_| within || entries.comment.is_some()) {
            self.report(token.span.clone(), Fault::DuplicateContext { what: "user-context/comment", previous });
            return;
        }
        entries.context_place = Some(token.span.clone());
        entries.comment = Some(Entry { key: Cow::Borrowed("comment"), value });
    }
}

/// What a list may hold, as far as errors name it.
struct ListRule {
    known: Vocabulary,
    may_be_empty: bool,
    first: &'static [&'static str],
}

fn ends(kind: &Lexeme) -> bool {
    matches!(kind, Lexeme::CloseMap | Lexeme::CloseList | Lexeme::End)
}

/// Spans from the start of one place to the end of another, within one text.
fn join(from: &Span, to: &Span) -> Span {
    let end = if from.source == to.source { to.end.max(from.end) } else { from.end };
    Span { source: Source::clone(&from.source), start: from.start, end }
}

impl Kind {
    /// Tells whether a token can begin a list's item of this kind.
    fn begins_with(&self, token: &Lexeme) -> bool {
        match token {
            Lexeme::Garbage => true,
            Lexeme::OpenMap => matches!(self, Self::Map(_) | Self::Anything),
            Lexeme::Text(text) => {
                matches!(self, Self::String | Self::Anything)
                    || matches!(self, Self::Word(choice) if choice.find(text).is_some())
            }
            Lexeme::OpenList | Lexeme::Null | Lexeme::Boolean(_) | Lexeme::Integer(_) | Lexeme::Real(_) => {
                matches!(self, Self::Anything)
            }
            Lexeme::CloseMap | Lexeme::CloseList | Lexeme::Comma | Lexeme::Colon | Lexeme::End => false,
        }
    }
}
