//! The kinds of exchanges, their names, and what each one says and expects.

use model::Family;

/// One query and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A client looks for a server: DISCOVER or SOLICIT.
    Initial,
    /// It takes up the offer.
    Request,
    /// It extends its lease with the server that gave it.
    Renew,
    /// It extends its lease with any server.
    Rebind,
    /// It gives its lease back.
    Release,
}

/// All kinds, in the order of the report.
pub const KINDS: [Kind; 5] = [Kind::Initial, Kind::Request, Kind::Renew, Kind::Rebind, Kind::Release];

/// The names of the statistics by kind, DHCPv4 and DHCPv6.
const NAMES: [[&str; 2]; 5] = [
    ["DISCOVER-OFFER", "SOLICIT-ADVERTISE"],
    ["REQUEST-ACK", "REQUEST-REPLY"],
    ["REQUEST-ACK (renewal)", "RENEW-REPLY"],
    ["REQUEST-ACK (rebinding)", "REBIND-REPLY"],
    ["RELEASE", "RELEASE-REPLY"],
];

/// The message types by kind, DHCPv4 and DHCPv6.
const TYPES: [[u8; 2]; 5] = [[1, 1], [3, 3], [3, 5], [3, 6], [7, 8]];

impl Kind {
    /// Its place in the report.
    pub fn index(self) -> usize {
        KINDS.iter().position(|kind| *kind == self).unwrap_or(0)
    }

    /// The name of its statistics.
    pub fn name(self, family: Family) -> &'static str {
        pick(&NAMES, self, family)
    }

    /// The type of its query.
    pub fn message_type(self, family: Family) -> u8 {
        pick(&TYPES, self, family)
    }

    /// Tells whether the server answers: a DHCPv4 server says nothing to a RELEASE.
    pub fn is_answered(self, family: Family) -> bool {
        self != Self::Release || family == Family::V6
    }

    /// Tells whether the query concerns a lease the client has.
    pub fn needs_lease(self) -> bool {
        matches!(self, Self::Renew | Self::Rebind | Self::Release)
    }

    /// Tells whether the query names the server.
    pub fn names_server(self, family: Family) -> bool {
        match self {
            Self::Initial | Self::Rebind => false,
            Self::Request | Self::Release => true,
            Self::Renew => family == Family::V6,
        }
    }

    /// Tells whether the query repeats what was offered or is held, as options.
    pub fn names_lease(self, family: Family) -> bool {
        self == Self::Request || (family == Family::V6 && self != Self::Initial)
    }

    /// Tells whether the query has the client's address in its header.
    pub fn has_address(self, family: Family) -> bool {
        family == Family::V4 && self.needs_lease()
    }
}

fn pick<T: Copy + Default>(table: &[[T; 2]; 5], kind: Kind, family: Family) -> T {
    let row = table.get(kind.index()).copied().unwrap_or_default();
    if family == Family::V4 { row[0] } else { row[1] }
}
