//! What expressions made of a query and its reply (Kea's libraries `libdhcp_flex_id.so` and `libdhcp_flex_option.so`).

use std::fmt;

use model::{ClassName, Family};
use wire::hwaddr::write_hex;

use crate::decision::Label;

/// What an expression did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flexible {
    /// It made this identifier of the query.
    Evaluated(Box<[u8]>),
    /// The identifier stands for the client's own.
    UsedAsOwn(Box<[u8]>),
    /// Reservations are looked up by the identifier.
    Generated(Box<[u8]>),
    /// The client got its own identifier back.
    Restored(Box<[u8]>),
    /// The number of an association is taken for 0.
    NumberIgnored {
        /// Whether the association is for prefixes.
        prefixes: bool,
        /// The number.
        iaid: u32,
    },
    /// Numbers of associations are not taken for 0, for there are several.
    NumbersKept {
        /// Whether the associations are for prefixes.
        prefixes: bool,
    },
    /// An option of the reply changed.
    Changed {
        /// Which.
        place: Place,
        /// How.
        how: Changed,
    },
    /// Nothing is done to an option, because the client is not in this class.
    NotFor(Place, ClassName),
    /// The option that is to hold another one came into being; that of a vendor has a number.
    Opened(u16, Option<u32>),
    /// The option that is to hold another one is of another vendor.
    OtherVendor {
        /// The option.
        code: u16,
        /// Whose it is.
        is: u32,
        /// Whose it should be.
        wanted: u32,
    },
    /// A change cannot be made, for this reason.
    Failed(Box<str>),
}

/// An option of the reply by its code, and the one it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The code.
    pub code: u16,
    /// The code of the option around it; `None` if it is in none.
    pub within: Option<u16>,
}

/// How an option of the reply changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// It was added, with this value of the expression.
    Added(Box<[u8]>),
    /// It has another value, that of the expression.
    Superseded(Box<[u8]>),
    /// It was removed.
    Removed,
}

impl Flexible {
    /// Gives the log messages it makes in a server of the family.
    pub(super) fn messages(&self, family: Family) -> &'static [&'static str] {
        match self {
            Self::Evaluated(value) => match (is_text(value), value.is_empty()) {
                (_, true) => &["FLEX_ID_EXPRESSION_EVALUATED"],
                (true, false) => &["FLEX_ID_EXPRESSION_EVALUATED", "FLEX_ID_EXPRESSION_HEX"],
                (false, false) => &["FLEX_ID_EXPRESSION_EVALUATED_NP", "FLEX_ID_EXPRESSION_HEX"],
            },
            Self::UsedAsOwn(_) => family.pick(&["FLEX_ID_USED_AS_CLIENT_ID"], &["FLEX_ID_USED_AS_DUID"]),
            Self::Generated(_) => family.pick(&["DHCP4_FLEX_ID"], &["DHCP6_FLEX_ID"]),
            Self::Restored(_) => family.pick(&["FLEX_ID_RESTORE_CLIENT_ID"], &["FLEX_ID_RESTORE_DUID"]),
            Self::NumberIgnored { prefixes: false, .. } => &["FLEX_ID_IGNORE_IAID_APPLIED_ON_NA"],
            Self::NumberIgnored { prefixes: true, .. } => &["FLEX_ID_IGNORE_IAID_APPLIED_ON_PD"],
            Self::NumbersKept { prefixes: false } => &["FLEX_ID_IGNORE_IAID_NOT_APPLIED_ON_NA"],
            Self::NumbersKept { prefixes: true } => &["FLEX_ID_IGNORE_IAID_NOT_APPLIED_ON_PD"],
            Self::Changed { place, how } => match (place.within, how) {
                (None, Changed::Added(_)) => &["FLEX_OPTION_PROCESS_ADD"],
                (None, Changed::Superseded(_)) => &["FLEX_OPTION_PROCESS_SUPERSEDE"],
                (None, Changed::Removed) => &["FLEX_OPTION_PROCESS_REMOVE"],
                (Some(_), Changed::Added(_)) => &["FLEX_OPTION_PROCESS_SUB_ADD"],
                (Some(_), Changed::Superseded(_)) => &["FLEX_OPTION_PROCESS_SUB_SUPERSEDE"],
                (Some(_), Changed::Removed) => &["FLEX_OPTION_PROCESS_SUB_REMOVE"],
            },
            Self::NotFor(Place { within: None, .. }, _) => &["FLEX_OPTION_PROCESS_CLIENT_CLASS"],
            Self::NotFor(..) => &["FLEX_OPTION_PROCESS_SUB_CLIENT_CLASS"],
            Self::Opened(..) => &["FLEX_OPTION_PROCESS_ADD"],
            Self::OtherVendor { .. } => &["FLEX_OPTION_PROCESS_VENDOR_ID_MISMATCH"],
            Self::Failed(_) => &["FLEX_OPTION_PROCESS_ERROR"],
        }
    }

    /// Writes the text that follows one of [`Self::messages`].
    pub(super) fn write(&self, id: &str, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Evaluated(value) if id.ends_with("_HEX") => {
                write!(f, "evaluated expression in hexadecimal form \"{}\"", Hex(value))
            }
            Self::Evaluated(value) if is_text(value) => {
                let (text, size) = (String::from_utf8_lossy(value), value.len());
                write!(f, "Expression evaluated for packet to \"{text}\" (size: {size})")
            }
            Self::Evaluated(value) => {
                write!(f, "Expression evaluated for packet to {} (size: {})", Shown(value), value.len())
            }
            Self::UsedAsOwn(value) if id.ends_with("DUID") => {
                write!(f, "using flexible identifier \"00:00:{}\" as DUID", Hex(value))
            }
            Self::UsedAsOwn(value) => {
                write!(f, "using flexible identifier \"00:{}\" as client identifier", Hex(value))
            }
            Self::Generated(value) => {
                write!(f, "{label}: flexible identifier generated for incoming packet: flex-id={}", Plain(value))
            }
            Self::Restored(own) if id.ends_with("DUID") => {
                write!(f, "restoring original DUID \"{}\" in the response", Hex(own))
            }
            Self::Restored(own) => {
                write!(f, "restoring original client identifier '{}' in the response", Hex(own))
            }
            Self::NumberIgnored { prefixes, iaid } => {
                write!(f, "the ignore-iaid has changed IAID ({iaid}) to 0 for the {} option.", association(*prefixes))
            }
            Self::NumbersKept { prefixes } => write!(
                f,
                "the ignore-iaid was not applied on the packet because it contains more than one {}.",
                association(*prefixes)
            ),
            Self::Changed { .. } | Self::NotFor(..) | Self::Opened(..) | Self::OtherVendor { .. } | Self::Failed(_) => {
                self.write_option(label, f)
            }
        }
    }

    fn write_option(&self, label: &Label, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Self::Changed { place, how: Changed::Added(value) } => {
                write!(f, "Added the {place} with value {}", Shown(value))
            }
            Self::Changed { place, how: Changed::Superseded(value) } => {
                write!(f, "Supersedes the {place} with value {}", Shown(value))
            }
            Self::Changed { place, how: Changed::Removed } => write!(f, "Removed {place}"),
            Self::NotFor(place, class) => write!(f, "Skip processing of the {place} for class '{class}'"),
            Self::Opened(code, None) => write!(f, "Added the option code {code} with value ''"),
            Self::Opened(code, Some(vendor)) => write!(f, "Added the option code {code} with value {vendor}"),
            Self::OtherVendor { code, is, wanted } => write!(
                f,
                "Skip processing of vendor option code {code} with vendor id {is} not matching wanted {wanted}"
            ),
            Self::Failed(why) => write!(f, "An error occurred processing query {label}: {why}"),
            Self::Evaluated(_)
            | Self::UsedAsOwn(_)
            | Self::Generated(_)
            | Self::Restored(_)
            | Self::NumberIgnored { .. }
            | Self::NumbersKept { .. } => Ok(()),
        }
    }
}

const fn association(prefixes: bool) -> &'static str {
    if prefixes { "IA_PD" } else { "IA_NA" }
}

/// Says whether all octets are printable ASCII.
fn is_text(value: &[u8]) -> bool {
    value.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.within {
            None => write!(f, "option code {}", self.code),
            Some(code) => write!(f, "sub-option code {} in option code {code}", self.code),
        }
    }
}

/// Octets with colons between them.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, self.0)
    }
}

/// Octets without anything between them.
struct Plain<'a>(&'a [u8]);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// The value of an expression: as text if it is one.
struct Shown<'a>(&'a [u8]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_text(self.0) {
            write!(f, "'{}'", String::from_utf8_lossy(self.0))
        } else {
            write!(f, "0x{}", Plain(self.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Message;

    use super::*;

    fn lines(event: &Flexible, family: Family) -> Vec<String> {
        let label = Label::nobody(family);
        let line = |id: &&str| {
            assert!(Message::find(id).is_some(), "{id}");
            let mut text = format!("{id} ");
            event.write(id, &label, &mut text).unwrap();
            text
        };
        event.messages(family).iter().map(line).collect()
    }

    fn line(event: &Flexible) -> String {
        lines(event, Family::V4).concat()
    }

    #[test]
    fn what_identifiers_are_used_for_is_told_in_the_words_of_kea() {
        let value = || Box::from(&b"eth0"[..]);
        assert_eq!(
            lines(&Flexible::Evaluated(value()), Family::V4),
            [
                "FLEX_ID_EXPRESSION_EVALUATED Expression evaluated for packet to \"eth0\" (size: 4)",
                "FLEX_ID_EXPRESSION_HEX evaluated expression in hexadecimal form \"65:74:68:30\""
            ]
        );
        assert_eq!(
            lines(&Flexible::Evaluated([2, 0xa].into()), Family::V4)[0],
            "FLEX_ID_EXPRESSION_EVALUATED_NP Expression evaluated for packet to 0x020a (size: 2)"
        );
        assert_eq!(
            lines(&Flexible::UsedAsOwn(value()), Family::V6),
            ["FLEX_ID_USED_AS_DUID using flexible identifier \"00:00:65:74:68:30\" as DUID"]
        );
        assert_eq!(
            line(&Flexible::UsedAsOwn(value())),
            "FLEX_ID_USED_AS_CLIENT_ID using flexible identifier \"00:65:74:68:30\" as client identifier"
        );
        assert!(
            line(&Flexible::Generated(value()))
                .ends_with(": flexible identifier generated for incoming packet: flex-id=65746830")
        );
        assert_eq!(
            line(&Flexible::Restored([1, 2].into())),
            "FLEX_ID_RESTORE_CLIENT_ID restoring original client identifier '01:02' in the response"
        );
        assert_eq!(
            line(&Flexible::NumberIgnored { prefixes: true, iaid: 9 }),
            "FLEX_ID_IGNORE_IAID_APPLIED_ON_PD the ignore-iaid has changed IAID (9) to 0 for the IA_PD option."
        );
    }

    #[test]
    fn what_is_done_to_options_is_told_in_the_words_of_kea() {
        let whole = Place { code: 15, within: None };
        let inside = Place { code: 2, within: Some(125) };
        let changed = |place, how| line(&Flexible::Changed { place, how });
        assert_eq!(
            changed(whole, Changed::Added(Box::from(&b"pc"[..]))),
            "FLEX_OPTION_PROCESS_ADD Added the option code 15 with value 'pc'"
        );
        assert_eq!(
            changed(inside, Changed::Superseded([10, 0, 0, 7].into())),
            "FLEX_OPTION_PROCESS_SUB_SUPERSEDE Supersedes the sub-option code 2 in option code 125 with value 0x0a000007"
        );
        assert_eq!(changed(whole, Changed::Removed), "FLEX_OPTION_PROCESS_REMOVE Removed option code 15");
        assert_eq!(
            changed(inside, Changed::Removed),
            "FLEX_OPTION_PROCESS_SUB_REMOVE Removed sub-option code 2 in option code 125"
        );
        assert_eq!(
            line(&Flexible::NotFor(whole, ClassName::new("pc"))),
            "FLEX_OPTION_PROCESS_CLIENT_CLASS Skip processing of the option code 15 for class 'pc'"
        );
        assert_eq!(
            line(&Flexible::Opened(125, Some(4491))),
            "FLEX_OPTION_PROCESS_ADD Added the option code 125 with value 4491"
        );
        assert_eq!(
            line(&Flexible::OtherVendor { code: 17, is: 9, wanted: 4491 }),
            "FLEX_OPTION_PROCESS_VENDOR_ID_MISMATCH Skip processing of vendor option code 17 with vendor id 9 not matching \
             wanted 4491"
        );
    }
}
