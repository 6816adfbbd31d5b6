//! What can be wrong with octets from outside.

/// Why octets are not what they claim to be. The sender is to blame, always.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The octets end inside a field.
    #[error("truncated {field}: {needed} octets needed, {left} left")]
    Truncated {
        /// The field that could not be read.
        field: &'static str,
        /// Octets the field takes.
        needed: usize,
        /// Octets that were left.
        left: usize,
    },
    /// A field's length is not one its type can have.
    #[error("{field} of {length} octets")]
    BadLength {
        /// The field.
        field: &'static str,
        /// Its length in octets.
        length: usize,
    },
    /// A field has a value its type does not allow.
    #[error("invalid {field}: {value}")]
    BadValue {
        /// The field.
        field: &'static str,
        /// The value found.
        value: u64,
    },
    /// Something repeats or nests beyond its written limit.
    #[error("more than {limit} {field}")]
    TooMany {
        /// What there is too much of.
        field: &'static str,
        /// How many are allowed.
        limit: usize,
    },
    /// A required part is absent.
    #[error("no {field}")]
    Missing {
        /// The part.
        field: &'static str,
    },
    /// The octets have no text form that encodes back to them.
    #[error("{field} cannot be written as text")]
    NoText {
        /// What the octets are.
        field: &'static str,
    },
}
