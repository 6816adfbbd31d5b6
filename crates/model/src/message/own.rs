//! Messages that only this program prints.

use super::{Message, Severity};

/// All of them, sorted by identifier.
pub(super) static MESSAGES: [Message; 1] = [Message {
    id: "NESTOR_FEATURE_NOT_SERVED",
    severity: Severity::Warn,
    debuglevel: 0,
    logger: "dhcpsrv",
}];
