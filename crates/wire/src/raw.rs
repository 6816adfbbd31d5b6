//! An option as both protocols have it on the wire.

/// One option: code and value octets; in DHCPv4 a part of them if the code comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawOption<'a> {
    /// The option code.
    pub code: u16,
    /// The value, without code and length.
    pub value: &'a [u8],
}
