//! The time of a message, and its text, which is made once per second.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::fmt::StdFmtWrite;
use jiff::fmt::strtime::{BrokenDownTime, Config};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// An instant as a message needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instant {
    /// Seconds since 1970 in UTC.
    pub(crate) second: i64,
    /// Microseconds within the second.
    pub(crate) micro: u32,
}

impl Instant {
    /// Reads the clock.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { second: i64::try_from(since.as_secs()).unwrap_or(0), micro: since.subsec_micros() }
    }
}

/// Which clock a date is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    Local,
    Utc,
}

/// Writes a second by a format of strftime(3); what the format does not know stays as it is.
pub(crate) fn strftime(second: i64, zone: Zone, format: &str) -> String {
    let mut text = String::new();
    let timestamp = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    let zone = match zone {
        Zone::Local => TimeZone::system(),
        Zone::Utc => TimeZone::UTC,
    };
    let broken = BrokenDownTime::from(&Zoned::new(timestamp, zone));
    let written = broken.format_with_config(&Config::new().lenient(true), format, &mut StdFmtWrite(&mut text));
    // Lenient formatting fails for no format; if it ever does, the format itself is the best there is to show.
    if written.is_ok() { text } else { format.to_owned() }
}
