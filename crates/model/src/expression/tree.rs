//! What an expression is: its parts as a tree, and their text.

use std::fmt;
use std::net::IpAddr;

use wire::option::Definition;

use crate::regex::Pattern;
use crate::{ClassName, Family};

/// A part that is true or false.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// `not`.
    Not(Box<Self>),
    /// `and`, `sand`, `or`, `sor` between two conditions or more.
    Join(Join, Vec<Self>),
    /// `==`.
    Equal(Box<Text>, Box<Text>),
    /// `….exists` of an option.
    Exists(Box<Place>),
    /// `vendor[…].exists` or `vendor-class[…].exists`.
    VendorExists(Vendor, Enterprise),
    /// `member('…')`.
    Member(ClassName),
    /// `match('…', …)`.
    Match(Box<Pattern>, Box<Text>),
}

/// A word between conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// All hold; the first that does not ends it.
    And,
    /// All hold; all are looked at.
    Sand,
    /// One holds; the first that does ends it.
    Or,
    /// One holds; all are looked at.
    Sor,
}

/// A part that is a string of octets.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    /// A constant.
    Literal(Literal),
    /// The value of an option: its octets.
    Hex(Box<Place>),
    /// The value of an option as text, by its definition.
    Shown(Box<Place>, Option<Box<Definition>>),
    /// A property of the packet.
    Field(Field),
    /// `vendor.enterprise` or `vendor-class.enterprise`.
    Enterprise(Vendor),
    /// `vendor-class[…].data[…]`.
    VendorClassData(Enterprise, u8),
    /// Two strings or more, one behind the other: `+` and `concat`.
    Concat(Vec<Self>),
    /// `substring`: where it starts and how long it is, `None` being `all`.
    Substring(Box<Self>, i64, Option<i64>),
    /// `split`: the string, the delimiters and the number of the field, from 1.
    Split(Box<Self>, Box<Self>, i64),
    /// A function of one string.
    Call(Function, Box<Self>),
    /// `hexstring`: the string and what stands between its octets.
    HexString(Box<Self>, Box<Self>),
    /// `ifelse` and, if the string not chosen is looked at too, `sifelse`.
    IfElse(Box<Choice>),
}

/// The parts of `ifelse` and `sifelse`.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Whether the string not chosen is computed too.
    pub strict: bool,
    /// What decides.
    pub condition: Condition,
    /// The string if it holds.
    pub then: Text,
    /// The string if it does not.
    pub otherwise: Text,
}

/// A constant as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Literal {
    /// `'…'`.
    Text(Box<str>),
    /// `0x…`.
    Hex(Box<[u8]>),
    /// Four octets in network order.
    Integer([u8; 4]),
    /// Four or sixteen octets.
    Address(IpAddr, Box<[u8]>),
}

impl Literal {
    /// Lends the octets.
    pub fn octets(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Hex(octets) | Self::Address(_, octets) => octets,
            Self::Integer(octets) => octets,
        }
    }
}

/// A function of one string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `lcase`.
    LowerCase,
    /// `ucase`.
    UpperCase,
    /// `addrtotext`.
    AddressToText,
    /// `int8totext`, `uint8totext` and so on.
    NumberToText {
        /// Whether the number may be negative.
        signed: bool,
        /// Its octets: 1, 2 or 4.
        octets: u8,
    },
}

/// Functions of one string and their names.
pub(super) const FUNCTIONS: [(Function, &str); 9] = [
    (Function::LowerCase, "lcase"),
    (Function::UpperCase, "ucase"),
    (Function::AddressToText, "addrtotext"),
    (Function::NumberToText { signed: true, octets: 1 }, "int8totext"),
    (Function::NumberToText { signed: true, octets: 2 }, "int16totext"),
    (Function::NumberToText { signed: true, octets: 4 }, "int32totext"),
    (Function::NumberToText { signed: false, octets: 1 }, "uint8totext"),
    (Function::NumberToText { signed: false, octets: 2 }, "uint16totext"),
    (Function::NumberToText { signed: false, octets: 4 }, "uint32totext"),
];

/// Where an option stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// What the option is looked for in.
    pub base: Base,
    /// The code there.
    pub code: u16,
    /// A sub-option, and how it is found inside the value of the option.
    pub inner: Option<(u16, Layout)>,
}

impl Place {
    /// Says whether the option is looked into only when the client's first classes are known, as they say what it means.
    ///
    /// Kea: DHCPv4's 43 and its private codes, whatever their definition.
    pub(super) fn is_deferred(&self, family: Family) -> bool {
        family == Family::V4 && self.base == Base::Message && (self.code == 43 || (224..=254).contains(&self.code))
    }
}

/// What an option is looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The message.
    Message,
    /// The relay agent information of DHCPv4.
    Relay4,
    /// What a relay of DHCPv6 added: counted from the server, or from the client if negative.
    Relay6(i8),
    /// The vendor options of an enterprise.
    Vendor(Enterprise),
}

/// How the sub-options of an option are found in its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// There are none.
    None,
    /// They follow so many octets.
    After(u8),
    /// They follow so many octets, a length of a prefix and the octets of the prefix.
    AfterPrefix(u8),
}

/// Whose vendor options: one enterprise's, or `None` for anybody's.
pub type Enterprise = Option<u32>;

/// Which of the two options vendors have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Vendor-specific information: DHCPv4's 125, DHCPv6's 17.
    Options,
    /// The vendor class: DHCPv4's 124, DHCPv6's 16.
    Class,
}

/// A property of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// `pkt.iface`.
    Interface,
    /// `pkt.src`.
    Source,
    /// `pkt.dst`.
    Destination,
    /// `pkt.len`.
    Length,
    /// `pkt4.mac`.
    Mac,
    /// `pkt4.hlen`.
    HardwareLength,
    /// `pkt4.htype`.
    HardwareType,
    /// `pkt4.ciaddr`.
    Ciaddr,
    /// `pkt4.giaddr`.
    Giaddr,
    /// `pkt4.yiaddr`.
    Yiaddr,
    /// `pkt4.siaddr`.
    Siaddr,
    /// `pkt4.msgtype` and `pkt6.msgtype`.
    MessageType,
    /// `pkt4.transid` and `pkt6.transid`.
    Transaction,
    /// `relay6[…].peeraddr`.
    PeerAddress(i8),
    /// `relay6[…].linkaddr`.
    LinkAddress(i8),
}

/// The fields of `pkt` and their names.
pub(super) const ANY_FIELDS: [(Field, &str); 4] =
    [(Field::Interface, "iface"), (Field::Source, "src"), (Field::Destination, "dst"), (Field::Length, "len")];
/// The fields of `pkt4` and their names.
pub(super) const FIELDS4: [(Field, &str); 9] = [
    (Field::Mac, "mac"),
    (Field::HardwareLength, "hlen"),
    (Field::HardwareType, "htype"),
    (Field::Ciaddr, "ciaddr"),
    (Field::Giaddr, "giaddr"),
    (Field::Yiaddr, "yiaddr"),
    (Field::Siaddr, "siaddr"),
    (Field::MessageType, "msgtype"),
    (Field::Transaction, "transid"),
];
/// The fields of `pkt6` and their names.
pub(super) const FIELDS6: [(Field, &str); 2] = [(Field::MessageType, "msgtype"), (Field::Transaction, "transid")];

/// Finds the name of something in a table.
pub(super) fn name_of<T: Copy + PartialEq>(table: &[(T, &'static str)], wanted: T) -> Option<&'static str> {
    table.iter().find(|(item, _)| *item == wanted).map(|(_, name)| *name)
}

/// A part of a tree with the protocol it is for, so that it can be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'t, T>(pub(super) &'t T, pub(super) char);

impl fmt::Display for Written<'_, Condition> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(condition, family) = *self;
        match condition {
            Condition::Not(inner) => {
                f.write_str("not ")?;
                bracketed(f, Written(&**inner, family), matches!(**inner, Condition::Join(..)))
            }
            Condition::Join(join, parts) => {
                for (nth, part) in parts.iter().enumerate() {
                    if nth > 0 {
                        write!(f, " {} ", join.word())?;
                    }
                    let weaker = matches!(part, Condition::Join(inner, _) if nth > 0 || inner.rank() >= join.rank());
                    bracketed(f, Written(part, family), weaker)?;
                }
                Ok(())
            }
            Condition::Equal(left, right) => write!(f, "{} == {}", Written(&**left, family), Written(&**right, family)),
            Condition::Exists(place) => write!(f, "{place}.exists"),
            Condition::VendorExists(vendor, enterprise) => {
                write!(f, "{}[{}].exists", vendor.word(), Number(*enterprise))
            }
            Condition::Member(class) => write!(f, "member('{class}')"),
            Condition::Match(pattern, text) => write!(f, "match('{}', {})", pattern.source(), Written(&**text, family)),
        }
    }
}

fn bracketed(f: &mut fmt::Formatter<'_>, inner: impl fmt::Display, brackets: bool) -> fmt::Result {
    if brackets { write!(f, "({inner})") } else { write!(f, "{inner}") }
}

impl Join {
    /// Gives the word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Sand => "sand",
            Self::Or => "or",
            Self::Sor => "sor",
        }
    }

    /// How loosely it binds.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::And => 0,
            Self::Sand => 1,
            Self::Or => 2,
            Self::Sor => 3,
        }
    }
}

impl fmt::Display for Written<'_, Text> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, family) = *self;
        let of = |inner| Written::<Text>(inner, family);
        match text {
            Text::Literal(literal) => write!(f, "{literal}"),
            Text::Hex(place) => write!(f, "{place}.hex"),
            Text::Shown(place, _) => write!(f, "{place}.text"),
            Text::Field(field) => field.write(f, family),
            Text::Enterprise(vendor) => write!(f, "{}.enterprise", vendor.word()),
            Text::VendorClassData(enterprise, nth) => write!(f, "vendor-class[{}].data[{nth}]", Number(*enterprise)),
            Text::Concat(parts) => {
                for (nth, part) in parts.iter().enumerate() {
                    if nth > 0 {
                        f.write_str(" + ")?;
                    }
                    bracketed(f, of(part), matches!(part, Text::Concat(_)))?;
                }
                Ok(())
            }
            Text::Substring(text, start, Some(length)) => write!(f, "substring({}, {start}, {length})", of(text)),
            Text::Substring(text, start, None) => write!(f, "substring({}, {start}, all)", of(text)),
            Text::Split(text, delimiters, nth) => write!(f, "split({}, {}, {nth})", of(text), of(delimiters)),
            Text::Call(function, text) => {
                write!(f, "{}({})", name_of(&FUNCTIONS, *function).unwrap_or_default(), of(text))
            }
            Text::HexString(text, separator) => write!(f, "hexstring({}, {})", of(text), of(separator)),
            Text::IfElse(choice) => {
                let word = if choice.strict { "sifelse" } else { "ifelse" };
                let condition = Written(&choice.condition, family);
                write!(f, "{word}({condition}, {}, {})", of(&choice.then), of(&choice.otherwise))
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Hex(octets) => {
                f.write_str("0x")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
            Self::Integer(octets) => write!(f, "{}", u32::from_be_bytes(*octets)),
            Self::Address(address, _) => write!(f, "{address}"),
        }
    }
}

impl Field {
    fn write(self, f: &mut fmt::Formatter<'_>, family: char) -> fmt::Result {
        if let Some(name) = name_of(&ANY_FIELDS, self) {
            return write!(f, "pkt.{name}");
        }
        if let Self::PeerAddress(relay) = self {
            return write!(f, "relay6[{relay}].peeraddr");
        }
        if let Self::LinkAddress(relay) = self {
            return write!(f, "relay6[{relay}].linkaddr");
        }
        write!(f, "pkt{family}.{}", name_of(&FIELDS4, self).unwrap_or_default())
    }
}

impl Vendor {
    const fn word(self) -> &'static str {
        match self {
            Self::Options => "vendor",
            Self::Class => "vendor-class",
        }
    }
}

/// An enterprise as it is written.
struct Number(Enterprise);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(number) => write!(f, "{number}"),
            None => f.write_str("*"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code;
        match self.base {
            Base::Message => write!(f, "option[{code}]")?,
            Base::Relay4 => write!(f, "relay4[{code}]")?,
            Base::Relay6(relay) => write!(f, "relay6[{relay}].option[{code}]")?,
            Base::Vendor(enterprise) => write!(f, "vendor[{}].option[{code}]", Number(enterprise))?,
        }
        self.inner.map_or(Ok(()), |(inner, _)| write!(f, ".option[{inner}]"))
    }
}

impl Condition {
    /// Collects the classes asked about.
    pub(super) fn classes<'t>(&'t self, classes: &mut Vec<&'t ClassName>) {
        match self {
            Self::Not(inner) => inner.classes(classes),
            Self::Join(_, parts) => parts.iter().for_each(|part| part.classes(classes)),
            Self::Equal(left, right) => {
                left.classes(classes);
                right.classes(classes);
            }
            Self::Member(class) => classes.push(class),
            Self::Match(_, text) => text.classes(classes),
            Self::Exists(_) | Self::VendorExists(..) => {}
        }
    }
}

impl Text {
    /// Collects the classes asked about.
    pub(super) fn classes<'t>(&'t self, classes: &mut Vec<&'t ClassName>) {
        match self {
            Self::Concat(parts) => parts.iter().for_each(|part| part.classes(classes)),
            Self::Substring(text, _, _) | Self::Call(_, text) => text.classes(classes),
            Self::Split(one, other, _) | Self::HexString(one, other) => {
                one.classes(classes);
                other.classes(classes);
            }
            Self::IfElse(choice) => {
                choice.condition.classes(classes);
                choice.then.classes(classes);
                choice.otherwise.classes(classes);
            }
            Self::Literal(_)
            | Self::Hex(_)
            | Self::Shown(..)
            | Self::Field(_)
            | Self::Enterprise(_)
            | Self::VendorClassData(..) => {}
        }
    }
}
