//! Reads what names an option: `option[…]`, `relay4[…]`, `relay6[…]`, `vendor[…]` and `vendor-class[…]`.

use wire::option::{DataType, Definition, vendor};

use super::error::Problem;
use super::error::SyntaxError;
use super::lex::{Kind, Token};
use super::parse::{Parsed, Parser, Part, bounded, fault};
use super::tree::{Base, Condition, Enterprise, Field, Layout, Place, Text, Vendor};
use crate::Family;

/// Reads a chain and what is asked about it; `exists` only where a condition can stand.
pub(super) fn read(parser: &mut Parser<'_>, or_condition: bool) -> Parsed<Part> {
    let word = parser.take()?;
    match word.kind {
        Kind::Word("relay4") => relay4(parser, &word, or_condition),
        Kind::Word("relay6") => relay6(parser, or_condition),
        Kind::Word("vendor") => vendor_options(parser, or_condition),
        Kind::Word("vendor-class") => vendor_class(parser, or_condition),
        Kind::Word(_) | Kind::Text | Kind::Hex | Kind::Integer | Kind::Address | Kind::OptionName | Kind::End => {
            option(parser, or_condition)
        }
    }
}

fn option(parser: &mut Parser<'_>, or_condition: bool) -> Parsed<Part> {
    parser.sign("[")?;
    let code = main_code(parser)?;
    parser.sign("]")?;
    parser.sign(".")?;
    let mut place = Place { base: Base::Message, code, inner: None };
    if !parser.accept("option")? {
        return asked(parser, place, or_condition, &["option", "text", "hex", "exists"]);
    }
    let inner = sub_code(parser)?;
    let space = parser.vocabulary.definitions.family().pick("dhcp4", "dhcp6");
    place.inner = Some((inner, layout(parser, space, code)));
    parser.sign(".")?;
    asked(parser, place, or_condition, &["text", "hex", "exists"])
}

/// Reads `[` code `]` where only a number can stand.
fn sub_code(parser: &mut Parser<'_>) -> Parsed<u16> {
    parser.sign("[")?;
    let (number, token) = parser.integer(&["integer"])?;
    let code = code_of(parser, number, &token)?;
    parser.sign("]")?;
    Ok(code)
}

fn code_of(parser: &Parser<'_>, number: i64, token: &Token<'_>) -> Parsed<u16> {
    let most = parser.family().pick(i64::from(u8::MAX), i64::from(u16::MAX));
    let code = bounded(number, token, "Option code has invalid value", (0, most))?;
    Ok(u16::try_from(code).unwrap_or(u16::MAX))
}

/// Reads the number or the name of an option of the message.
fn main_code(parser: &mut Parser<'_>) -> Parsed<u16> {
    const EXPECTED: [&str; 2] = ["integer", "option name"];
    if parser.peek()?.kind != Kind::OptionName {
        let (number, token) = parser.integer(&EXPECTED)?;
        return code_of(parser, number, &token);
    }
    let token = parser.take()?;
    let definitions = parser.vocabulary.definitions;
    let space = parser.family().pick("dhcp4", "dhcp6");
    if let Some(definition) = definitions.by_name(space, token.text) {
        return Ok(definition.code);
    }
    let of_space = |definition: &&Definition| definition.space == space;
    let standard = wire::option::standard::all(parser.family()).filter(of_space).map(|definition| &*definition.name);
    let custom = definitions.custom().filter(of_space).map(|definition| &*definition.name);
    let hint = crate::nearest::nearest(token.text, standard.chain(custom));
    Err(SyntaxError { span: Some(token.span), problem: Problem::Option(token.text.to_owned()), hint })
}

fn relay4(parser: &mut Parser<'_>, word: &Token<'_>, or_condition: bool) -> Parsed<Part> {
    let code = sub_code(parser)?;
    parser.sign(".")?;
    let place = Place { base: Base::Relay4, code, inner: None };
    let part = asked(parser, place, or_condition, &["text", "hex", "exists"])?;
    parser.of_family(Family::V4, "relay4", word.span)?;
    Ok(part)
}

/// RFC 8415 §7.6 knows no number of relays; Kea's is 32.
const RELAYS: (i64, i64) = (-32, 31);

fn relay6(parser: &mut Parser<'_>, or_condition: bool) -> Parsed<Part> {
    parser.sign("[")?;
    let (number, token) = parser.integer(&["integer"])?;
    if parser.family() == Family::V4 {
        return Err(fault(token.span, Problem::NestLevel));
    }
    let relay = bounded(number, &token, "Nest level has invalid value", RELAYS)?;
    let relay = i8::try_from(relay).unwrap_or_default();
    parser.sign("]")?;
    parser.sign(".")?;
    for (word, field) in [("peeraddr", Field::PeerAddress(relay)), ("linkaddr", Field::LinkAddress(relay))] {
        if parser.accept(word)? {
            return Ok(Part::Text(Text::Field(field)));
        }
    }
    parser.demand("option", &["option", "peeraddr", "linkaddr"])?;
    let code = sub_code(parser)?;
    parser.sign(".")?;
    let place = Place { base: Base::Relay6(relay), code, inner: None };
    asked(parser, place, or_condition, &["text", "hex", "exists"])
}

/// Reads `[` enterprise `].`; `None` is any.
///
/// Kea: enterprise 0 is any, too.
fn enterprise(parser: &mut Parser<'_>) -> Parsed<Enterprise> {
    if parser.accept("*")? {
        parser.sign("]")?;
        parser.sign(".")?;
        return Ok(None);
    }
    let (number, token) = parser.integer(&["*", "integer"])?;
    let number = bounded(number, &token, "Invalid value", (0, u32::MAX.into()))?;
    parser.sign("]")?;
    parser.sign(".")?;
    Ok(u32::try_from(number).ok().filter(|number| *number != 0))
}

fn vendor_options(parser: &mut Parser<'_>, or_condition: bool) -> Parsed<Part> {
    if parser.accept(".")? {
        parser.sign("enterprise")?;
        return Ok(Part::Text(Text::Enterprise(Vendor::Options)));
    }
    parser.demand("[", &["[", "."])?;
    let enterprise = enterprise(parser)?;
    if or_condition && parser.accept("exists")? {
        return Ok(Part::Condition(Condition::VendorExists(Vendor::Options, enterprise)));
    }
    parser.demand("option", if or_condition { &["option", "exists"] } else { &["option"] })?;
    let code = sub_code(parser)?;
    parser.sign(".")?;
    let place = Place { base: Base::Vendor(enterprise), code, inner: None };
    asked(parser, place, or_condition, &["text", "hex", "exists"])
}

fn vendor_class(parser: &mut Parser<'_>, or_condition: bool) -> Parsed<Part> {
    if parser.accept(".")? {
        parser.sign("enterprise")?;
        return Ok(Part::Text(Text::Enterprise(Vendor::Class)));
    }
    parser.demand("[", &["[", "."])?;
    let enterprise = enterprise(parser)?;
    if or_condition && parser.accept("exists")? {
        return Ok(Part::Condition(Condition::VendorExists(Vendor::Class, enterprise)));
    }
    parser.demand("data", if or_condition { &["exists", "data"] } else { &["data"] })?;
    let mut nth = 0;
    if parser.accept("[")? {
        let (number, token) = parser.integer(&["integer"])?;
        parser.sign("]")?;
        nth = u8::try_from(bounded(number, &token, "Invalid value", (0, u8::MAX.into()))?).unwrap_or_default();
    }
    Ok(Part::Text(Text::VendorClassData(enterprise, nth)))
}

/// Reads what is asked about an option; the last word expected is `exists`.
fn asked(parser: &mut Parser<'_>, place: Place, or_condition: bool, expected: &[&'static str]) -> Parsed<Part> {
    if parser.accept("hex")? {
        return Ok(Part::Text(Text::Hex(Box::new(place))));
    }
    if parser.accept("text")? {
        let definition = definition_of(parser, &place).cloned().map(Box::new);
        return Ok(Part::Text(Text::Shown(Box::new(place), definition)));
    }
    if or_condition && parser.accept("exists")? {
        return Ok(Part::Condition(Condition::Exists(Box::new(place))));
    }
    let without = expected.split_last().map_or(expected, |(_, without)| without);
    parser.unexpected(if or_condition { expected } else { without })
}

/// Finds what an option's value looks like.
fn definition_of<'p>(parser: &'p Parser<'_>, place: &Place) -> Option<&'p Definition> {
    let definitions = parser.vocabulary.definitions;
    let main = parser.family().pick("dhcp4", "dhcp6");
    match (place.base, place.inner) {
        (Base::Message | Base::Relay6(_), None) => definitions.by_code(main, place.code),
        (Base::Message | Base::Relay6(_), Some((inner, _))) => {
            let space = definitions.by_code(main, place.code)?.encapsulates.as_deref()?;
            definitions.by_code(space, inner)
        }
        (Base::Relay4, _) => definitions.by_code("dhcp-agent-options-space", place.code),
        (Base::Vendor(enterprise), _) => definitions.by_code(&vendor::space_of(enterprise?), place.code),
    }
}

/// Tells where the sub-options of an option begin.
fn layout(parser: &Parser<'_>, space: &str, code: u16) -> Layout {
    // RFC 8415 §21 and RFC 3925 §4: these hold options behind fixed fields, although no definition says so.
    const FIXED6: [(u16, u8); 6] = [(3, 12), (4, 4), (5, 24), (17, 4), (25, 12), (26, 25)];
    const FIXED4: [(u16, u8); 1] = [(125, 5)];
    let fixed = parser.family().pick(&FIXED4[..], &FIXED6);
    if let Some((_, before)) = fixed.iter().find(|(fixed, _)| *fixed == code) {
        return Layout::After(*before);
    }
    let definition = parser.vocabulary.definitions.by_code(space, code);
    let Some(definition) = definition.filter(|definition| definition.encapsulates.is_some()) else {
        return Layout::None;
    };
    let one = [definition.kind];
    let fields = if definition.kind == DataType::Record { &*definition.record } else { &one };
    let (last, before) = fields.split_last().unwrap_or((&DataType::Empty, &[]));
    let sum = before.iter().try_fold(0_u8, |sum, field| sum.checked_add(size(*field)?));
    match (sum, size(*last), *last) {
        (Some(sum), Some(last), _) => sum.checked_add(last).map_or(Layout::None, Layout::After),
        (Some(sum), None, DataType::Ipv6Prefix) => Layout::AfterPrefix(sum),
        (Some(_) | None, _, _) => Layout::None,
    }
}

/// Counts the octets of a field, if all of its type have as many.
const fn size(kind: DataType) -> Option<u8> {
    match kind {
        DataType::Empty => Some(0),
        DataType::Boolean | DataType::Int8 | DataType::Uint8 => Some(1),
        DataType::Int16 | DataType::Uint16 => Some(2),
        DataType::Psid => Some(3),
        DataType::Int32 | DataType::Uint32 | DataType::Ipv4Address => Some(4),
        DataType::Ipv6Address => Some(16),
        DataType::Binary
        | DataType::Ipv6Prefix
        | DataType::String
        | DataType::Tuple
        | DataType::Fqdn
        | DataType::Record
        | DataType::Internal => None,
    }
}
