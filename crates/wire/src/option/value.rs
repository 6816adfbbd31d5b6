//! The text of an option value to octets, as the `data` of an `option-data` entry gives it.

use super::definition::{DHCP4, DHCP6, DataType, Definition};
use super::{DnrError, OctetsError, RouteError, dnr, field, routes, vendor_class};
use crate::Family;
use crate::fqdn::NameError;

/// Why a text is not a value of the option. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// There is no text where the type wants one.
    #[error("no option value specified")]
    NoValue,
    /// There is text where the type has no value.
    #[error("attempt to write invalid option data field type into the option buffer: 0")]
    Unexpected,
    /// A record has fewer values than fields.
    #[error("number of data fields for the option type '{0}' is greater than number of values provided.")]
    TooFewFields(u16),
    /// A list has no entry.
    #[error("option {0} empty")]
    EmptyArray(u16),
    /// Neither a word nor a number.
    #[error("unable to covert the value '{0}' to boolean data type")]
    Boolean(String),
    /// A number that is neither 0 nor 1.
    #[error("unable to convert '{0}' to boolean data type")]
    BooleanNumber(String),
    /// Not a number.
    #[error("unable to convert the value '{0}' to integer data type")]
    Integer(String),
    /// A number beyond the type's range.
    #[error("unable to convert '{text}' to numeric type. This value is expected to be in the range of {least}..{most}")]
    Range {
        /// The text.
        text: String,
        /// The least number of the type.
        least: i64,
        /// The greatest number of the type.
        most: i64,
    },
    /// Not an address.
    #[error("Failed to convert string to address '{0}': Invalid argument")]
    Address(String),
    /// An IPv4 address where an IPv6 address is wanted, or a domain name with characters that need an escape.
    #[error("option buffer truncated")]
    Truncated,
    /// A prefix without a slash.
    #[error("provided address/prefix {0} is not valid.")]
    Prefix(String),
    /// A prefix length that is no number up to 255.
    #[error("provided prefix {0} is not valid.")]
    PrefixLength(String),
    /// A prefix length above 128.
    #[error("bad prefix_len {0}, allowed range is [0..128]")]
    LongPrefix(u8),
    /// A prefix of the wrong family.
    #[error("provided address {0} is not a valid IPv4 or IPv6 address.")]
    PrefixFamily(String),
    /// A port set identifier without a slash.
    #[error("provided PSID value {0} is not valid")]
    Psid(String),
    /// A port set identifier that is no number of 16 bits.
    #[error("provided PSID {0} is not valid")]
    PsidNumber(String),
    /// A length that is no number of 8 bits.
    #[error("provided PSID length {0} is not valid")]
    PsidLength(String),
    /// A length above 16.
    #[error("invalid value {0} of PSID length")]
    LongPsid(u8),
    /// A port set identifier with more bits than its length.
    #[error("invalid PSID value {number} for a specified PSID length {length}")]
    WidePsid {
        /// The identifier.
        number: u16,
        /// Its length.
        length: u8,
    },
    /// Blanks only.
    #[error("failed to parse an option '{0}' holding string value' was empty or contained only nuls")]
    EmptyString(u16),
    /// Text longer than the length field can say.
    #[error("invalid tuple value (size {size} larger than {limit})")]
    LongTuple {
        /// Octets of the text.
        size: usize,
        /// The most there may be.
        limit: usize,
    },
    /// A tuple that says to be longer than what is left.
    #[error("unable to parse the opaque data tuple, the buffer length is {left}, but the tuple length is {length}")]
    CutTuple {
        /// Octets left.
        left: usize,
        /// Octets the tuple claims.
        length: usize,
    },
    /// Not even the length of a tuple.
    #[error("unable to parse the opaque data tuple, the buffer length is {left}, expected at least {needed}")]
    CutTupleLength {
        /// Octets left.
        left: usize,
        /// Octets of a length.
        needed: usize,
    },
    /// Not even an enterprise number between two vendor classes.
    #[error("Expected buffer to be long enough to read a 4-byte integer, but got {0} byte{plural} instead", plural = if *_0 == 1 { "" } else { "s" })]
    CutEnterprise(usize),
    /// Vendor classes of two enterprises in one DHCPv4 option.
    #[error("V-I Vendor Class option with two different enterprise ids: {first} and {second}")]
    TwoEnterprises {
        /// The first enterprise number.
        first: u32,
        /// Another one.
        second: u32,
    },
    /// Hexadecimal digits with one missing, the last of which is not 0.
    #[error("unable to cast {0} to binary data type: non-zero bits left over {0}")]
    LeftOverBinary(String),
    /// Hexadecimal digits with one missing, the last of which is 0.
    #[error("unable to cast {0} to binary data type: Incomplete input for base16: {0}")]
    OddBinary(String),
    /// Not hexadecimal digits.
    #[error("unable to cast {0} to binary data type: attempt to decode a value not in base16 char set: {0}")]
    Binary(String),
    /// Not a domain name.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Octets that are no value of the option.
    #[error(transparent)]
    Octets(#[from] OctetsError),
    /// Not a list of classless routes.
    #[error("DHCPv4 OptionClasslessStaticRoute 121 has invalid {0}")]
    Routes(#[from] RouteError),
    /// Not the description of an encrypted DNS resolver.
    #[error("DHCPv{} Encrypted DNS Option ({}) malformed: {why}", .family.digit(), .family.pick(162, 144))]
    Dnr {
        /// The protocol.
        family: Family,
        /// What is wrong.
        why: DnrError,
    },
}

/// An option whose value has a form of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// Classless static routes (RFC 3442).
    Routes,
    /// Encrypted DNS resolvers (RFC 9463).
    Dnr,
}

impl Special {
    pub(super) fn of(definition: &Definition, family: Family) -> Option<Self> {
        match (family, &*definition.space, definition.code) {
            (Family::V4, DHCP4, 121) => Some(Self::Routes),
            (Family::V4, DHCP4, 162) | (Family::V6, DHCP6, 144) => Some(Self::Dnr),
            (Family::V4 | Family::V6, _, _) => None,
        }
    }
}

/// Encodes the text of an option value. Sub-options of an encapsulated space are not part of it.
///
/// # Errors
/// The [`ValueError`] that tells which part of the text does not fit the definition.
pub fn encode(definition: &Definition, text: &str, family: Family) -> Result<Vec<u8>, ValueError> {
    let mut octets = Vec::new();
    if definition.kind == DataType::Empty {
        return if text.is_empty() { Ok(octets) } else { Err(ValueError::Unexpected) };
    }
    if text.is_empty() && definition.kind != DataType::Record {
        return Err(ValueError::NoValue);
    }
    match Special::of(definition, family) {
        Some(Special::Routes) => return Ok(routes::encode(text)?),
        Some(Special::Dnr) => return dnr::encode(text, family).map_err(|why| ValueError::Dnr { family, why }),
        None => {}
    }
    let values = split(text);
    let form = field::Form::of(definition, family);
    if definition.kind == DataType::Record {
        encode_record(definition, &values, form, &mut octets)?;
        vendor_class::check(definition, &octets, family)?;
    } else if definition.array {
        // Kea: only numbers must be at least one.
        if values.is_empty() && definition.kind.is_number() {
            return Err(ValueError::EmptyArray(definition.code));
        }
        for value in &values {
            field::encode(definition.kind, value, form, &mut octets)?;
        }
    } else {
        let value = values.first().ok_or(ValueError::NoValue)?;
        field::encode(definition.kind, value, form, &mut octets)?;
        if definition.kind == DataType::String && octets.iter().all(|octet| *octet == 0) {
            return Err(ValueError::EmptyString(definition.code));
        }
    }
    Ok(octets)
}

fn encode_record(
    definition: &Definition,
    values: &[String],
    form: field::Form,
    octets: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let fields = &definition.record;
    let repeated = values.get(fields.len()..).ok_or(ValueError::TooFewFields(definition.code))?;
    for (kind, value) in fields.iter().zip(values) {
        field::encode(*kind, value, form, octets)?;
    }
    if let (true, Some(last)) = (definition.array, fields.last()) {
        for value in repeated {
            field::encode(*last, value, form, octets)?;
        }
    }
    Ok(())
}

/// Splits at commas, drops the blanks around each value and the values without any character.
///
/// `\,` is a comma that does not split and `\\` a backslash; before anything else a backslash is itself.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut value = String::new();
    let mut end = |value: &mut String| {
        if !value.is_empty() {
            values.push(value.trim_matches(BLANKS).to_owned());
            value.clear();
        }
    };
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            ',' => end(&mut value),
            '\\' => value.push(rest.next_if(|next| matches!(next, ',' | '\\')).unwrap_or('\\')),
            other => value.push(other),
        }
    }
    end(&mut value);
    values
}

/// What is dropped around a value.
pub(super) const BLANKS: [char; 4] = [' ', '\t', '\n', '\r'];

#[cfg(test)]
mod tests;
