//! Messages that only this program prints.

use super::Message;
use super::Severity::{self, Error, Info, Warn};

const fn own(id: &'static str, severity: Severity, logger: &'static str) -> Message {
    Message { id, severity, debuglevel: 0, logger }
}

/// All of them by identifier, ascending.
pub(super) static MESSAGES: &[Message] = &[
    own("NESTOR_FEATURE_NOT_SERVED", Warn, "dhcpsrv"),
    own("NESTOR_LEASE_FILE_FAILED", Error, "dhcpsrv"),
    own("NESTOR_LEASE_FILE_RECOVERED", Info, "dhcpsrv"),
    own("NESTOR_LEASE_NOT_STORED", Error, "dhcpsrv"),
    own("NESTOR_LOGGERS_UNUSABLE", Warn, "dhcpsrv"),
    own("NESTOR_MESSAGE", Warn, "dhcpsrv"),
    own("NESTOR_PACKETS_ENDED", Error, "dhcpsrv"),
    own("NESTOR_SIGNALS_LOST", Error, "dhcpsrv"),
    own("NESTOR_SOCKETS_OPEN", Info, "dhcpsrv"),
    own("NESTOR_USERS_NOT_RECORDED", Error, "user_chk"),
];
