//! Reads a pattern into a tree.

use super::{Assertion, DEPTH_LIMIT, Node, PatternError, STATE_LIMIT, Set, Syntax};

pub(super) fn parse(pattern: &[u8], syntax: Syntax) -> Result<Node, PatternError> {
    let mut parser = Parser { rest: pattern, depth: 0, opened: 0, extended: syntax == Syntax::Extended };
    let node = parser.alternatives()?;
    if parser.rest.is_empty() { Ok(node) } else { Err(PatternError::Parenthesis) }
}

struct Parser<'p> {
    rest: &'p [u8],
    depth: usize,
    /// Groups begun.
    opened: u32,
    extended: bool,
}

type Parsed<T> = Result<T, PatternError>;

/// An octet or a class of them in brackets.
enum Member {
    Octet(u8),
    Class(Set),
}

impl Parser<'_> {
    const fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn accept(&mut self, wanted: &[u8]) -> bool {
        let Some(rest) = self.rest.strip_prefix(wanted) else { return false };
        self.rest = rest;
        true
    }

    fn alternatives(&mut self) -> Parsed<Node> {
        if self.depth > DEPTH_LIMIT {
            return Err(PatternError::Size);
        }
        self.depth = self.depth.saturating_add(1);
        let mut nodes = vec![self.row()?];
        while self.accept(b"|") {
            nodes.push(self.row()?);
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(Node::Either(nodes))
    }

    fn row(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        while let Some(first) = self.peek() {
            if matches!(first, b'|' | b')' | b'*' | b'+' | b'?' | b'{') {
                break;
            }
            let node = self.term()?;
            let zero_width = matches!(node, Node::Assert(_) | Node::Ahead(..));
            nodes.push(if zero_width { node } else { self.quantified(node)? });
        }
        Ok(Node::Row(nodes))
    }

    fn term(&mut self) -> Parsed<Node> {
        let Some(first) = self.next() else { return Err(PatternError::Parenthesis) };
        Ok(match first {
            b'^' => Node::Assert(Assertion::Start),
            b'$' => Node::Assert(Assertion::End),
            b'.' => Node::Set(Set::of([b'\n', b'\r']).complement()),
            b'[' => Node::Set(self.bracket()?),
            b'(' => self.group()?,
            b'\\' => self.escape()?,
            octet => Node::Set(Set::of([octet])),
        })
    }

    fn group(&mut self) -> Parsed<Node> {
        let ahead = |negated| move |node| Node::Ahead(Box::new(node), negated);
        let node = if self.extended || self.accept(b"?:") {
            self.alternatives()?
        } else if self.accept(b"?=") {
            self.alternatives().map(ahead(false))?
        } else if self.accept(b"?!") {
            self.alternatives().map(ahead(true))?
        } else if self.peek() == Some(b'?') {
            return Err(PatternError::Assertion);
        } else {
            self.opened = self.opened.saturating_add(1);
            self.alternatives()?
        };
        if self.accept(b")") { Ok(node) } else { Err(PatternError::Parenthesis) }
    }

    fn quantified(&mut self, first: Node) -> Parsed<Node> {
        let mut node = first;
        for _ in 0..DEPTH_LIMIT {
            let (least, most) = match self.peek() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => {
                    self.next();
                    let bounds = self.braces()?;
                    self.accept(b"?");
                    node = Node::Repeat(Box::new(node), bounds.0, bounds.1);
                    continue;
                }
                Some(_) | None => return Ok(node),
            };
            self.next();
            // Whether few or many are tried first makes no difference to a whole match.
            self.accept(b"?");
            node = Node::Repeat(Box::new(node), least, most);
        }
        Err(PatternError::Size)
    }

    fn braces(&mut self) -> Parsed<(u32, Option<u32>)> {
        let least = self.number()?.ok_or(PatternError::Repeat)?;
        let most = if self.accept(b",") { self.number()? } else { Some(least) };
        if !self.accept(b"}") {
            return Err(PatternError::Brace);
        }
        if most.is_some_and(|most| most < least) { Err(PatternError::Repeat) } else { Ok((least, most)) }
    }

    fn number(&mut self) -> Parsed<Option<u32>> {
        let mut number = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            self.next();
            let value: u32 = number.unwrap_or(0);
            let next = value.saturating_mul(10).saturating_add(u32::from(digit.wrapping_sub(b'0')));
            if usize::try_from(next).is_ok_and(|next| next > STATE_LIMIT) {
                return Err(PatternError::Size);
            }
            number = Some(next);
        }
        Ok(number)
    }

    /// Reads what follows a backslash outside of brackets.
    fn escape(&mut self) -> Parsed<Node> {
        if self.extended {
            return Ok(Node::Set(Set::of([self.next().ok_or(PatternError::Escape)?])));
        }
        match self.peek() {
            Some(b'b') => {
                self.next();
                Ok(Node::Assert(Assertion::WordEdge))
            }
            Some(b'B') => {
                self.next();
                Ok(Node::Assert(Assertion::NoWordEdge))
            }
            Some(b'1'..=b'9') => {
                let group = self.number()?.unwrap_or(0);
                Err(if group > self.opened { PatternError::NoGroup } else { PatternError::BackReference })
            }
            Some(_) | None => Ok(Node::Set(match self.escaped()? {
                Member::Octet(octet) => Set::of([octet]),
                Member::Class(set) => set,
            })),
        }
    }

    fn escaped(&mut self) -> Parsed<Member> {
        let Some(first) = self.next() else { return Err(PatternError::Escape) };
        Ok(match first {
            b'd' => Member::Class(digit()),
            b'D' => Member::Class(digit().complement()),
            b's' => Member::Class(space()),
            b'S' => Member::Class(space().complement()),
            b'w' => Member::Class(word()),
            b'W' => Member::Class(word().complement()),
            b'n' => Member::Octet(b'\n'),
            b't' => Member::Octet(b'\t'),
            b'r' => Member::Octet(b'\r'),
            b'f' => Member::Octet(0x0c),
            b'v' => Member::Octet(0x0b),
            b'0' => Member::Octet(0),
            b'c' => Member::Octet(self.next().ok_or(PatternError::Escape)? & 0x1f),
            b'x' => Member::Octet(self.hex(2).ok_or(PatternError::Hex)?),
            b'u' => Member::Octet(self.hex(4).ok_or(PatternError::Unicode)?),
            other => Member::Octet(other),
        })
    }

    /// Reads digits; of more than two, the last two count.
    fn hex(&mut self, digits: usize) -> Option<u8> {
        (0..digits).try_fold(0_u8, |value, _| {
            let digit = char::from(self.next()?).to_digit(16)?;
            Some((value << 4) | u8::try_from(digit).ok()?)
        })
    }

    fn bracket(&mut self) -> Parsed<Set> {
        let negated = self.accept(b"^");
        let mut set = Set::default();
        let mut is_first = self.extended;
        while is_first || !self.accept(b"]") {
            // POSIX: a closing bracket that comes first is one of the octets.
            is_first = false;
            let first = self.member()?;
            let range = self.peek() == Some(b'-') && !matches!(self.rest.get(1), Some(b']') | None);
            set = match first {
                Member::Class(_) if range => return Err(PatternError::RangeStart),
                Member::Class(class) => set.union(class),
                Member::Octet(low) if range && low != b'-' => {
                    self.next();
                    let Member::Octet(high) = self.member()? else { return Err(PatternError::RangeEnd) };
                    if high < low {
                        return Err(PatternError::Range);
                    }
                    set.union(Set::of(low..=high))
                }
                Member::Octet(octet) => set.union(Set::of([octet])),
            };
        }
        Ok(if negated { set.complement() } else { set })
    }

    fn member(&mut self) -> Parsed<Member> {
        let Some(first) = self.next() else { return Err(PatternError::Bracket) };
        match (first, self.peek()) {
            (b'[', Some(kind @ (b':' | b'.' | b'='))) => {
                self.next();
                self.named(kind)
            }
            (b'\\', Some(b'b')) if !self.extended => {
                self.next();
                Ok(Member::Octet(0x08))
            }
            (b'\\', _) if !self.extended => self.escaped(),
            (octet, _) => Ok(Member::Octet(octet)),
        }
    }

    /// Reads `[:name:]`, `[.x.]` or `[=x=]` from behind its second sign.
    fn named(&mut self, kind: u8) -> Parsed<Member> {
        let end = [kind, b']'];
        let length = self.rest.windows(2).position(|two| two == end).ok_or(PatternError::OpenClass)?;
        let (name, rest) = self.rest.split_at_checked(length).ok_or(PatternError::OpenClass)?;
        self.rest = rest.get(2..).unwrap_or_default();
        match (kind, name) {
            (b':', name) => class(name).map(Member::Class).ok_or(PatternError::Class),
            (_, [octet]) => Ok(Member::Octet(*octet)),
            (_, _) => Err(PatternError::Collate),
        }
    }
}

fn where_true(fits: impl Fn(u8) -> bool) -> Set {
    Set::of((0..=u8::MAX).filter(|octet| fits(*octet)))
}

fn digit() -> Set {
    Set::of(b'0'..=b'9')
}

fn space() -> Set {
    Set::of([b' ', b'\t', b'\n', b'\r', 0x0b, 0x0c])
}

fn word() -> Set {
    where_true(super::matching::is_word)
}

fn class(name: &[u8]) -> Option<Set> {
    Some(match name.to_ascii_lowercase().as_slice() {
        b"d" | b"digit" => digit(),
        b"w" => word(),
        b"s" | b"space" => space(),
        b"alpha" => where_true(|octet| octet.is_ascii_alphabetic()),
        b"alnum" => where_true(|octet| octet.is_ascii_alphanumeric()),
        b"upper" => where_true(|octet| octet.is_ascii_uppercase()),
        b"lower" => where_true(|octet| octet.is_ascii_lowercase()),
        b"blank" => Set::of([b' ', b'\t']),
        b"cntrl" => where_true(|octet| octet.is_ascii_control()),
        b"punct" => where_true(|octet| octet.is_ascii_punctuation()),
        b"graph" => where_true(|octet| octet.is_ascii_graphic()),
        b"print" => where_true(|octet| octet.is_ascii_graphic() || octet == b' '),
        b"xdigit" => where_true(|octet| octet.is_ascii_hexdigit()),
        _ => return None,
    })
}
