//! Messages that only this program prints.

use super::{Message, Severity};

/// All of them by identifier, ascending.
pub(super) static MESSAGES: &[Message] =
    &[Message { id: "NESTOR_FEATURE_NOT_SERVED", severity: Severity::Warn, debuglevel: 0, logger: "dhcpsrv" }];
