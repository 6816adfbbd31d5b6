//! What an option is: code, name, space and the type of its value, as data.

use std::borrow::Cow;
use std::fmt;

use super::standard;
use crate::Family;

/// The space of the options of a DHCPv4 message.
pub const DHCP4: &str = "dhcp4";
/// The space of the options of a DHCPv6 message.
pub const DHCP6: &str = "dhcp6";

/// The type of an option's value, or of one field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// No value, or sub-options only.
    Empty,
    /// Octets, written in hexadecimal.
    Binary,
    /// One octet, 0 or 1.
    Boolean,
    /// A signed number of 8 bits.
    Int8,
    /// A signed number of 16 bits.
    Int16,
    /// A signed number of 32 bits.
    Int32,
    /// A number of 8 bits.
    Uint8,
    /// A number of 16 bits.
    Uint16,
    /// A number of 32 bits.
    Uint32,
    /// An IPv4 address.
    Ipv4Address,
    /// An IPv6 address.
    Ipv6Address,
    /// A length octet and as many octets of an IPv6 prefix as it needs.
    Ipv6Prefix,
    /// A port set identifier (RFC 7597): its length and 16 bits.
    Psid,
    /// Text.
    String,
    /// Octets after their length, which has 8 bits in DHCPv4 and 16 in DHCPv6.
    Tuple,
    /// A full domain name.
    Fqdn,
    /// Several fields.
    Record,
    /// A form of the option's own.
    Internal,
}

/// Types and their names in a configuration.
const NAMES: [(DataType, &str); 18] = [
    (DataType::Empty, "empty"),
    (DataType::Binary, "binary"),
    (DataType::Boolean, "boolean"),
    (DataType::Int8, "int8"),
    (DataType::Int16, "int16"),
    (DataType::Int32, "int32"),
    (DataType::Uint8, "uint8"),
    (DataType::Uint16, "uint16"),
    (DataType::Uint32, "uint32"),
    (DataType::Ipv4Address, "ipv4-address"),
    (DataType::Ipv6Address, "ipv6-address"),
    (DataType::Ipv6Prefix, "ipv6-prefix"),
    (DataType::Psid, "psid"),
    (DataType::String, "string"),
    (DataType::Tuple, "tuple"),
    (DataType::Fqdn, "fqdn"),
    (DataType::Record, "record"),
    (DataType::Internal, "internal"),
];

impl DataType {
    /// Says whether it is a number, signed or not.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Int8 | Self::Int16 | Self::Int32 | Self::Uint8 | Self::Uint16 | Self::Uint32)
    }

    /// Every type, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(kind, _)| *kind)
    }

    /// Reads the type off the value of `type` or a part of `record-types`.
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, n)| *n == name).map(|(kind, _)| *kind)
    }

    /// Gives the name the configuration uses.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One option as the standards or an `option-def` entry define it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The option code.
    pub code: u16,
    /// The name `option-data` may use.
    pub name: Cow<'static, str>,
    /// The space the code and the name belong to.
    pub space: Cow<'static, str>,
    /// The type of the value.
    pub kind: DataType,
    /// Whether the value repeats; in a record, its last field.
    pub array: bool,
    /// The fields of a [`DataType::Record`], else nothing.
    pub record: Cow<'static, [DataType]>,
    /// The space whose options follow the value.
    pub encapsulates: Option<Cow<'static, str>>,
    /// Whether the value comes from the configuration rather than from the server itself or a client.
    pub configurable: bool,
}

/// Why a definition cannot be. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The name has characters other than letters, digits, `-`, `_`, or begins or ends with one of the last two.
    #[error("invalid option name '{0}'")]
    Name(String),
    /// The space has such a name.
    #[error("invalid option space name '{0}'")]
    Space(String),
    /// The encapsulated space has such a name.
    #[error("invalid encapsulated option space name: '{0}'")]
    EncapsulatedSpace(String),
    /// The option encapsulates the space it is in.
    #[error(
        "option must not encapsulate an option space it belongs to: '{space}.{name}' is set to encapsulate '{space}'"
    )]
    EncapsulatesItself {
        /// The space.
        space: String,
        /// The option.
        name: String,
    },
    /// An array has no place for sub-options.
    #[error("option '{space}.{name}', comprising an array of data fields may not encapsulate any option space")]
    ArrayEncapsulates {
        /// The space.
        space: String,
        /// The option.
        name: String,
    },
    /// A type that cannot repeat does.
    #[error("array of {0} is not a valid option definition.")]
    Array(&'static str),
    /// A record of no or one field.
    #[error(
        "invalid number of data fields: {0} specified for the option of type 'record'. Expected at least 2 fields."
    )]
    Fields(usize),
    /// A field of a type that takes all that is left stands before the last.
    #[error("{0} data field can't be laid before data fields of other types.")]
    Unbounded(DataType),
    /// A field of type `internal`.
    #[error("internal data type can't be stored as a field in an option record.")]
    InternalField,
    /// A field of a type that fields cannot have.
    #[error(
        "invalid record type values specified for the option definition: attempted to add invalid data type '{0}' to the record."
    )]
    FieldType(DataType),
    /// Fields without the type `record`.
    #[error(
        "invalid record type values specified for the option definition: 'record' option type must be used instead of '{0}' to add data fields to the record"
    )]
    FieldsWithoutRecord(DataType),
    /// The code or name of a standard option.
    #[error("unable to override definition of option '{option}' in standard option space '{space}'")]
    Standard {
        /// The code or the name.
        option: String,
        /// The space.
        space: String,
    },
    /// A second definition of the code.
    #[error("option definition with code '{code}' already exists in option space '{space}'")]
    DuplicateCode {
        /// The code.
        code: u16,
        /// The space.
        space: String,
    },
    /// A second definition of the name.
    #[error("option definition with name '{name}' already exists in option space '{space}'")]
    DuplicateName {
        /// The name.
        name: String,
        /// The space.
        space: String,
    },
}

impl Definition {
    /// Begins a definition as an `option-def` entry does: one value, nothing encapsulated.
    pub fn custom(space: &str, code: u16, name: &str, kind: DataType) -> Self {
        Self {
            code,
            name: Cow::Owned(name.to_owned()),
            space: Cow::Owned(space.to_owned()),
            kind,
            array: false,
            record: Cow::Borrowed(&[]),
            encapsulates: None,
            configurable: true,
        }
    }

    /// Checks that the parts of the definition agree.
    ///
    /// # Errors
    /// Every [`DefinitionError`] but those about other definitions.
    pub fn check(&self) -> Result<(), DefinitionError> {
        let of = |name: &str| name.to_owned();
        if !is_name(&self.space) {
            return Err(DefinitionError::Space(of(&self.space)));
        }
        self.check_fields()?;
        if !is_name(&self.name) {
            return Err(DefinitionError::Name(of(&self.name)));
        }
        if let Some(space) = &self.encapsulates {
            if !is_name(space) {
                return Err(DefinitionError::EncapsulatedSpace(of(space)));
            }
            if self.array {
                return Err(DefinitionError::ArrayEncapsulates { space: of(&self.space), name: of(&self.name) });
            }
            if *space == self.space {
                return Err(DefinitionError::EncapsulatesItself { space: of(space), name: of(&self.name) });
            }
        }
        self.check_layout()
    }

    fn check_fields(&self) -> Result<(), DefinitionError> {
        if self.kind != DataType::Record && !self.record.is_empty() {
            return Err(DefinitionError::FieldsWithoutRecord(self.kind));
        }
        match self.record.iter().find(|field| matches!(field, DataType::Record | DataType::Empty)) {
            Some(field) => Err(DefinitionError::FieldType(*field)),
            None => Ok(()),
        }
    }

    fn check_layout(&self) -> Result<(), DefinitionError> {
        if self.kind == DataType::Record && self.record.len() < 2 {
            return Err(DefinitionError::Fields(self.record.len()));
        }
        if self.record.contains(&DataType::Internal) {
            return Err(DefinitionError::InternalField);
        }
        let (last, before) = self.record.split_last().unwrap_or((&self.kind, &[]));
        if let Some(field) = before.iter().find(|field| matches!(field, DataType::String | DataType::Binary)) {
            return Err(DefinitionError::Unbounded(*field));
        }
        let unrepeatable =
            [(DataType::String, "strings"), (DataType::Binary, "binary values"), (DataType::Empty, "empty value")];
        match unrepeatable.iter().find(|(kind, _)| self.array && kind == last) {
            Some((_, what)) => Err(DefinitionError::Array(what)),
            None => Ok(()),
        }
    }
}

/// Says whether `text` can name an option or a space: letters, digits, `-` and `_`, the last two only inside.
pub fn is_name(text: &str) -> bool {
    let inside = |byte: u8| matches!(byte, b'-' | b'_');
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || inside(*byte))
        && [bytes.first(), bytes.last()].into_iter().all(|end| end.is_some_and(|byte| !inside(*byte)))
}

/// The definitions a configuration can use: the standard ones and its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    family: Family,
    custom: Vec<Definition>,
}

impl Definitions {
    /// Starts with the standard definitions of a family.
    pub const fn new(family: Family) -> Self {
        Self { family, custom: Vec::new() }
    }

    /// Adds what an `option-def` entry defines.
    ///
    /// # Errors
    /// Those of [`Definition::check`]; [`DefinitionError::DuplicateCode`], [`DefinitionError::DuplicateName`] and
    /// [`DefinitionError::Standard`] if the code or name is taken.
    pub fn add(&mut self, definition: Definition) -> Result<(), DefinitionError> {
        definition.check()?;
        let Definition { code, name, space, .. } = &definition;
        let space_name = || space.clone().into_owned();
        if standard::by_code(self.family, space, *code).is_some() && !self.is_private(space, *code) {
            return Err(DefinitionError::Standard { option: code.to_string(), space: space_name() });
        }
        if standard::by_name(self.family, space, name).is_some() {
            return Err(DefinitionError::Standard { option: name.to_string(), space: space_name() });
        }
        if self.custom.iter().any(|other| other.space == *space && other.code == *code) {
            return Err(DefinitionError::DuplicateCode { code: *code, space: space_name() });
        }
        if self.custom.iter().any(|other| other.space == *space && other.name == *name) {
            return Err(DefinitionError::DuplicateName { name: name.to_string(), space: space_name() });
        }
        self.custom.push(definition);
        Ok(())
    }

    /// Finds a definition by its code: a standard one, else a vendor's, else the configuration's own, else the last resort.
    pub fn by_code(&self, space: &str, code: u16) -> Option<&Definition> {
        standard::by_code(self.family, space, code)
            .or_else(|| super::vendor::by_code(self.family, space, code))
            .or_else(|| self.custom.iter().find(|own| own.space == space && own.code == code))
            .or_else(|| standard::last_resort_by_code(self.family, space, code))
    }

    /// Finds a definition by its name, in the order of [`Self::by_code`].
    pub fn by_name(&self, space: &str, name: &str) -> Option<&Definition> {
        standard::by_name(self.family, space, name)
            .or_else(|| super::vendor::by_name(self.family, space, name))
            .or_else(|| self.custom.iter().find(|own| own.space == space && own.name == name))
            .or_else(|| standard::last_resort_by_name(self.family, space, name))
    }

    /// Walks the configuration's own definitions in the order added.
    pub fn custom(&self) -> impl Iterator<Item = &Definition> {
        self.custom.iter()
    }

    /// The protocol the definitions are for.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Says whether the code may be redefined although it is known: DHCPv4's 43 and its private codes.
    fn is_private(&self, space: &str, code: u16) -> bool {
        self.family == Family::V4 && space == DHCP4 && (code == 43 || (224..=254).contains(&code))
    }
}

/// How a value is laid out, for the tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    kind: DataType,
    array: bool,
    record: &'static [DataType],
    encapsulates: Option<&'static str>,
    configurable: bool,
}

/// A single value.
pub(super) const fn one(kind: DataType) -> Shape {
    Shape { kind, array: false, record: &[], encapsulates: None, configurable: true }
}

/// Values of one type, any number of them.
pub(super) const fn array(kind: DataType) -> Shape {
    Shape { array: true, ..one(kind) }
}

/// Several fields.
pub(super) const fn record(fields: &'static [DataType]) -> Shape {
    Shape { record: fields, ..one(DataType::Record) }
}

/// Several fields, the last of which repeats.
pub(super) const fn repeating(fields: &'static [DataType]) -> Shape {
    Shape { array: true, ..record(fields) }
}

impl Shape {
    /// Followed by options of a space.
    pub(super) const fn encapsulating(self, space: &'static str) -> Self {
        Self { encapsulates: Some(space), ..self }
    }

    /// Set by the server or sent by clients only.
    pub(super) const fn automatic(self) -> Self {
        Self { configurable: false, ..self }
    }
}

/// A row of a table.
pub(super) const fn row(space: &'static str, code: u16, name: &'static str, shape: Shape) -> Definition {
    Definition {
        code,
        name: Cow::Borrowed(name),
        space: Cow::Borrowed(space),
        kind: shape.kind,
        array: shape.array,
        record: Cow::Borrowed(shape.record),
        encapsulates: match shape.encapsulates {
            Some(space) => Some(Cow::Borrowed(space)),
            None => None,
        },
        configurable: shape.configurable,
    }
}

#[cfg(test)]
mod tests;
