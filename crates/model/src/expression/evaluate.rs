//! Computes an expression for a packet.
//!
//! Strings are slices of the packet or of the expression as far as they can be; what has to be made goes into a buffer
//! that is used again, so that nothing is allocated once the buffer has grown to its size.

use std::borrow::Cow;
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use wire::option::Definition;

use super::tree::{Base, Choice, Condition, Enterprise, Function, Join, Layout, Place, Text, Vendor};
use super::{Query, find, show};
use crate::Family;
use crate::regex::Matcher;

/// Why an expression has no value for a packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// Neither 4 nor 16 octets where an address is wanted.
    #[error("Can not convert to valid address.")]
    Address,
    /// A number of another size than the function takes.
    #[error("Can not convert to valid {}int{}.", if *.signed { "" } else { "u" }, u32::from(*.octets) * 8)]
    Number {
        /// Whether it may be negative.
        signed: bool,
        /// The octets it should have.
        octets: u8,
    },
    /// A start of `substring` beyond 32 bits.
    #[error("the parameter '{0}' for the starting position of the substring couldn't be converted to an integer.")]
    Start(i64),
    /// A length of `substring` beyond 32 bits.
    #[error("the parameter '{0}' for the length of the substring couldn't be converted to an integer.")]
    Length(i64),
    /// A field number of `split` beyond 32 bits.
    #[error("the parameter '{0}' for the field field for split couldn't be converted to an integer.")]
    Field(i64),
}

/// Memory for the evaluation, to be used again and again.
#[derive(Debug, Clone, Default)]
pub struct Scratch {
    pub(super) octets: Vec<u8>,
    matcher: Matcher,
}

/// Hears of every part that was computed.
pub(super) trait Observe {
    fn condition(&mut self, condition: &Condition, value: bool);
    fn text(&mut self, text: &Text, value: &[u8]);
}

/// Hears nothing.
pub(super) struct Deaf;

impl Observe for Deaf {
    fn condition(&mut self, _condition: &Condition, _value: bool) {}
    fn text(&mut self, _text: &Text, _value: &[u8]) {}
}

/// A string: part of the packet or the expression, or of the buffer.
#[derive(Debug, Clone)]
pub(super) enum Piece<'q> {
    Lent(&'q [u8]),
    Made(Range<usize>),
}

const EMPTY: Piece<'static> = Piece::Lent(&[]);

impl<'q> Piece<'q> {
    pub(super) fn octets<'s>(&'s self, scratch: &'s Scratch) -> &'s [u8]
    where
        'q: 's,
    {
        match self {
            Self::Lent(octets) => octets,
            Self::Made(range) => scratch.octets.get(range.clone()).unwrap_or_default(),
        }
    }

    /// Takes a part; what lies beyond the end is not there.
    fn part(self, part: Range<usize>) -> Self {
        match self {
            Self::Lent(octets) => Self::Lent(octets.get(part).unwrap_or_default()),
            Self::Made(Range { start, end }) => {
                let from = start.saturating_add(part.start).min(end);
                Self::Made(from..start.saturating_add(part.end).clamp(from, end))
            }
        }
    }
}

pub(super) struct Evaluator<'q, 's, O> {
    pub(super) query: &'q dyn Query,
    pub(super) family: Family,
    pub(super) scratch: &'s mut Scratch,
    pub(super) observer: O,
}

type Evaluated<T> = Result<T, EvaluateError>;

impl<'q, O: Observe> Evaluator<'q, '_, O> {
    pub(super) fn condition(&mut self, condition: &'q Condition) -> Evaluated<bool> {
        let value = match condition {
            Condition::Not(inner) => !self.condition(inner)?,
            Condition::Join(join, parts) => self.join(*join, parts)?,
            Condition::Equal(left, right) => {
                let (left, right) = (self.text(left)?, self.text(right)?);
                left.octets(self.scratch) == right.octets(self.scratch)
            }
            Condition::Exists(place) => self.find(place).is_some(),
            Condition::VendorExists(vendor, enterprise) => self.vendor(*vendor, *enterprise).is_some(),
            Condition::Member(class) => self.query.is_member(class.as_str()),
            Condition::Match(pattern, text) => {
                let text = self.text(text)?;
                let Scratch { octets, matcher } = &mut *self.scratch;
                let text = match &text {
                    Piece::Lent(octets) => octets,
                    Piece::Made(range) => octets.get(range.clone()).unwrap_or_default(),
                };
                pattern.matches(text, matcher)
            }
        };
        self.observer.condition(condition, value);
        Ok(value)
    }

    /// Kea: `sand` and `sor` look at both sides, so that an error on either counts; `and` and `or` stop when they know.
    fn join(&mut self, join: Join, parts: &'q [Condition]) -> Evaluated<bool> {
        let all = matches!(join, Join::And | Join::Sand);
        let lazy = matches!(join, Join::And | Join::Or);
        let mut value = all;
        for part in parts {
            let this = self.condition(part)?;
            value = if all { value && this } else { value || this };
            if lazy && value != all {
                break;
            }
        }
        Ok(value)
    }

    pub(super) fn text(&mut self, text: &'q Text) -> Evaluated<Piece<'q>> {
        let piece = match text {
            Text::Literal(literal) => Piece::Lent(literal.octets()),
            Text::Hex(place) => self.find(place).unwrap_or(EMPTY),
            Text::Shown(place, definition) => self.shown(place, definition.as_deref()).unwrap_or(EMPTY),
            Text::Field(field) => {
                let query = self.query;
                self.made(|octets| query.field(*field, octets))
            }
            Text::Enterprise(vendor) => match self.vendor(*vendor, None) {
                Some((enterprise, _)) => self.made(|octets| octets.extend(enterprise.to_be_bytes())),
                None => EMPTY,
            },
            Text::VendorClassData(enterprise, nth) => self.vendor_class_data(*enterprise, *nth),
            Text::Concat(parts) => self.concat(parts)?,
            Text::Substring(text, start, length) => self.substring(text, *start, *length)?,
            Text::Split(text, delimiters, nth) => self.split(text, delimiters, *nth)?,
            Text::Call(function, text) => self.call(*function, text)?,
            Text::HexString(text, separator) => self.hexstring(text, separator)?,
            Text::IfElse(choice) => self.choice(choice)?,
        };
        self.observer.text(text, piece.octets(self.scratch));
        Ok(piece)
    }

    /// Shows the value of an option; vendor options say only in their value what defines their sub-options.
    fn shown(&mut self, place: &Place, definition: Option<&Definition>) -> Option<Piece<'q>> {
        let own = match (place.base, place.inner) {
            (Base::Message, Some((code, _))) if definition.is_none() => {
                let outer = self.find(&Place { inner: None, ..place.clone() })?;
                show::inner_definition(self.family, place.code, outer.octets(self.scratch), code)
            }
            (Base::Vendor(None), _) => {
                let (enterprise, _) = self.vendor(Vendor::Options, None)?;
                show::vendor_definition(self.family, enterprise, place.code)
            }
            (Base::Message | Base::Relay4 | Base::Relay6(_) | Base::Vendor(_), _) => None,
        };
        let value = self.find(place)?;
        let code = place.inner.map_or(place.code, |(inner, _)| inner);
        let definition = definition.or(own).filter(|_| !self.is_closed(place));
        let shown = show::option(self.family, code, definition, value.octets(self.scratch));
        Some(self.made(|octets| octets.extend_from_slice(&shown)))
    }

    /// Makes a string in the buffer.
    fn made(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Piece<'q> {
        let start = self.scratch.octets.len();
        write(&mut self.scratch.octets);
        Piece::Made(start..self.scratch.octets.len())
    }

    /// Keeps the value of an option, which may have been put together for this call.
    fn kept(&mut self, value: Cow<'q, [u8]>) -> Piece<'q> {
        match value {
            Cow::Borrowed(octets) => Piece::Lent(octets),
            Cow::Owned(whole) => self.made(|octets| octets.extend_from_slice(&whole)),
        }
    }

    fn find(&mut self, place: &Place) -> Option<Piece<'q>> {
        let query = self.query;
        let value = match place.base {
            Base::Message => query.option(place.code).map(|value| self.kept(value))?,
            Base::Relay6(relay) => query.relay_option(relay, place.code).map(|value| self.kept(value))?,
            Base::Relay4 => {
                let whole = query.option(RELAY_AGENT).map(|value| self.kept(value))?;
                self.inside(whole, Layout::After(0), place.code)?
            }
            Base::Vendor(enterprise) => {
                let (_, options) = self.vendor(Vendor::Options, enterprise)?;
                self.inside(options, Layout::After(0), place.code)?
            }
        };
        match place.inner {
            Some(_) if self.is_closed(place) => None,
            Some((code, layout)) => self.inside(value, layout, code),
            None => Some(value),
        }
    }

    /// Says whether an option is not to be looked into yet.
    fn is_closed(&self, place: &Place) -> bool {
        place.is_deferred(self.family) && !self.query.is_unpacked()
    }

    /// Finds a sub-option in the value of an option.
    fn inside(&self, value: Piece<'q>, layout: Layout, code: u16) -> Option<Piece<'q>> {
        let found = find::sub_option(self.family, value.octets(self.scratch), layout, code)?;
        Some(value.part(found))
    }

    /// Finds the vendor options or vendor class of an enterprise: its number, and what follows the number.
    fn vendor(&mut self, vendor: Vendor, wanted: Enterprise) -> Option<(u32, Piece<'q>)> {
        let query = self.query;
        let code = match vendor {
            Vendor::Options => self.family.pick(125, 17),
            Vendor::Class => self.family.pick(124, 16),
        };
        let value = query.option(code).map(|value| self.kept(value))?;
        let (enterprise, part) = find::vendor(self.family, vendor, value.octets(self.scratch))?;
        wanted.is_none_or(|wanted| wanted == enterprise).then(|| (enterprise, value.part(part)))
    }

    fn vendor_class_data(&mut self, enterprise: Enterprise, nth: u8) -> Piece<'q> {
        let Some((_, tuples)) = self.vendor(Vendor::Class, enterprise) else { return EMPTY };
        match find::tuple(self.family, tuples.octets(self.scratch), nth) {
            Some(found) => tuples.part(found),
            None => EMPTY,
        }
    }

    /// Writes strings one behind the other; what they left in the buffer while they were made is dropped.
    fn concat(&mut self, parts: &'q [Text]) -> Evaluated<Piece<'q>> {
        let start = self.scratch.octets.len();
        for part in parts {
            let end = self.scratch.octets.len();
            let piece = self.text(part)?;
            self.keep_only(end, &piece);
        }
        Ok(Piece::Made(start..self.scratch.octets.len()))
    }

    /// Cuts the buffer at `end` and puts a piece there, even one from behind `end`.
    fn keep_only(&mut self, end: usize, piece: &Piece<'q>) {
        let octets = &mut self.scratch.octets;
        match piece {
            Piece::Lent(lent) => {
                octets.truncate(end);
                octets.extend_from_slice(lent);
            }
            Piece::Made(range) => {
                let length = range.len();
                if range.end <= octets.len() && range.start >= end {
                    octets.copy_within(range.clone(), end);
                    octets.truncate(end.saturating_add(length));
                }
            }
        }
    }

    fn substring(&mut self, text: &'q Text, start: i64, length: Option<i64>) -> Evaluated<Piece<'q>> {
        let piece = self.text(text)?;
        let size = piece.octets(self.scratch).len();
        if size == 0 {
            return Ok(EMPTY);
        }
        let start = i32::try_from(start).map_err(|_cause| EvaluateError::Start(start))?;
        let length = length.map(|length| i32::try_from(length).map_err(|_cause| EvaluateError::Length(length)));
        let length = length.transpose()?;
        Ok(piece.part(substring(size, start, length)))
    }

    fn split(&mut self, text: &'q Text, delimiters: &'q Text, nth: i64) -> Evaluated<Piece<'q>> {
        let (text, delimiters) = (self.text(text)?, self.text(delimiters)?);
        let part = {
            let (text, delimiters) = (text.octets(self.scratch), delimiters.octets(self.scratch));
            // Without a delimiter there is one field, whatever number is asked for.
            if text.is_empty() || delimiters.is_empty() {
                0..text.len()
            } else {
                field(text, delimiters, i32::try_from(nth).map_err(|_cause| EvaluateError::Field(nth))?)
            }
        };
        Ok(text.part(part))
    }

    fn call(&mut self, function: Function, text: &'q Text) -> Evaluated<Piece<'q>> {
        let start = self.scratch.octets.len();
        let piece = self.text(text)?;
        match function {
            Function::LowerCase | Function::UpperCase => {
                self.keep_only(start, &piece);
                let made = self.scratch.octets.get_mut(start..).unwrap_or_default();
                if function == Function::LowerCase {
                    made.make_ascii_lowercase();
                } else {
                    made.make_ascii_uppercase();
                }
                Ok(Piece::Made(start..self.scratch.octets.len()))
            }
            Function::AddressToText => {
                let address = piece.octets(self.scratch);
                if address.is_empty() {
                    return Ok(EMPTY);
                }
                if let Ok(address) = <[u8; 4]>::try_from(address) {
                    return Ok(self.written(format_args!("{}", Ipv4Addr::from(address))));
                }
                let address = <[u8; 16]>::try_from(address).map_err(|_cause| EvaluateError::Address)?;
                Ok(self.written(format_args!("{}", Ipv6Addr::from(address))))
            }
            Function::NumberToText { signed, octets } => {
                let number = piece.octets(self.scratch);
                if number.is_empty() {
                    return Ok(EMPTY);
                }
                let error = EvaluateError::Number { signed, octets };
                let number = number_of(number, signed).filter(|_| number.len() == usize::from(octets)).ok_or(error)?;
                Ok(self.written(format_args!("{number}")))
            }
        }
    }

    fn written(&mut self, text: std::fmt::Arguments<'_>) -> Piece<'q> {
        self.made(|octets| {
            // Writing to a vector cannot fail.
            let _done = octets.write_fmt(text);
        })
    }

    fn hexstring(&mut self, text: &'q Text, separator: &'q Text) -> Evaluated<Piece<'q>> {
        let (text, separator) = (self.text(text)?, self.text(separator)?);
        let start = self.scratch.octets.len();
        let count = text.octets(self.scratch).len();
        for nth in 0..count {
            if nth > 0 {
                self.append(&separator);
            }
            let octet = text.octets(self.scratch).get(nth).copied().unwrap_or_default();
            self.scratch.octets.extend([octet >> 4, octet & 15].map(|digit| {
                let offset = if digit < 10 { b'0' } else { b'a'.wrapping_sub(10) };
                digit.wrapping_add(offset)
            }));
        }
        Ok(Piece::Made(start..self.scratch.octets.len()))
    }

    fn append(&mut self, piece: &Piece<'q>) {
        match piece {
            Piece::Lent(octets) => self.scratch.octets.extend_from_slice(octets),
            Piece::Made(range) if range.end <= self.scratch.octets.len() => {
                self.scratch.octets.extend_from_within(range.clone());
            }
            Piece::Made(_) => {}
        }
    }

    fn choice(&mut self, choice: &'q Choice) -> Evaluated<Piece<'q>> {
        let holds = self.condition(&choice.condition)?;
        if !choice.strict {
            return self.text(if holds { &choice.then } else { &choice.otherwise });
        }
        let (then, otherwise) = (self.text(&choice.then)?, self.text(&choice.otherwise)?);
        Ok(if holds { then } else { otherwise })
    }
}

/// DHCPv4's relay agent information.
const RELAY_AGENT: u16 = 82;

/// Gives the part that `substring` means of a string of `size` octets.
///
/// A negative start counts from the end; a negative length takes what stands before the start.
pub(super) fn substring(size: usize, start: i32, length: Option<i32>) -> Range<usize> {
    let distance = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let from = if start < 0 { size.checked_sub(distance) } else { Some(distance) };
    let Some(from) = from.filter(|from| *from < size) else { return 0..0 };
    let Some(length) = length else { return from..size };
    let count = usize::try_from(length.unsigned_abs()).unwrap_or(usize::MAX);
    if length < 0 { from.saturating_sub(count)..from } else { from..from.saturating_add(count).min(size) }
}

/// Finds a field, counted from 1, between delimiters of one octet each.
fn field(text: &[u8], delimiters: &[u8], nth: i32) -> Range<usize> {
    let Some(wanted) = usize::try_from(nth).ok().and_then(|nth| nth.checked_sub(1)) else { return 0..0 };
    let mut start = 0_usize;
    for (at, part) in text.split(|octet| delimiters.contains(octet)).enumerate() {
        let end = start.saturating_add(part.len());
        if at == wanted {
            return start..end;
        }
        start = end.saturating_add(1);
    }
    0..0
}

fn number_of(octets: &[u8], signed: bool) -> Option<i64> {
    Some(match *octets {
        [a] => {
            if signed {
                i64::from(i8::from_be_bytes([a]))
            } else {
                i64::from(a)
            }
        }
        [a, b] => {
            if signed {
                i64::from(i16::from_be_bytes([a, b]))
            } else {
                i64::from(u16::from_be_bytes([a, b]))
            }
        }
        [a, b, c, d] => {
            let octets = [a, b, c, d];
            if signed { i64::from(i32::from_be_bytes(octets)) } else { i64::from(u32::from_be_bytes(octets)) }
        }
        _ => return None,
    })
}
