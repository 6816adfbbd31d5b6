//! What a logger is configured to be.

use std::path::PathBuf;
use std::str::FromStr;

use model::Severity;

use crate::error::LogError;

/// Kea's layout for files and the console.
pub const DEFAULT_PATTERN: &str = "%D{%Y-%m-%d %H:%M:%S.%q} %-5p [%c/%i.%t] %m\n";
/// Kea's layout for syslog, which adds time and name itself.
pub const SYSLOG_PATTERN: &str = "%-5p [%c.%t] %m\n";
/// Kea's default for `maxsize`, in octets.
pub const DEFAULT_MAXSIZE: u64 = 10_240_000;
/// Files with a smaller `maxsize` are never rotated.
pub const LEAST_MAXSIZE: u64 = 204_800;

/// One entry of `loggers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggerSpec {
    /// Its full name, such as `kea-dhcp6.leases`; it rules the names below it too.
    pub name: String,
    /// `severity`; `None` takes the parent's.
    pub severity: Option<Threshold>,
    /// `debuglevel`, 0 to 99; only for [`Severity::Debug`].
    pub debuglevel: u8,
    /// `output-options`; none means those of the parent.
    pub outputs: Vec<OutputSpec>,
}

/// From which severity on a logger prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// This one and graver ones.
    From(Severity),
    /// Nothing at all (`NONE`).
    Nothing,
}

/// One entry of `output-options`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputSpec {
    /// `output`.
    pub destination: Destination,
    /// `flush`: write each message at once. Otherwise files are written in larger pieces.
    pub flush: bool,
    /// `maxsize`: a file that has grown beyond it is rotated; below [`LEAST_MAXSIZE`] it never is.
    pub maxsize: u64,
    /// `maxver`: how many rotated files are kept, at least 1.
    pub maxver: u32,
    /// `pattern`; the empty one means the default. The word `json` makes a JSON object of each message.
    pub pattern: String,
}

/// Where messages go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The system's log, with a facility's name (`local0` if `None` or unknown).
    Syslog(Option<String>),
    /// A file.
    File(PathBuf),
}

impl Destination {
    /// Reads Kea's `output`. A file's name is taken as it is: the caller completes the path.
    pub fn parse(output: &str) -> Self {
        match output {
            "stdout" => Self::Stdout,
            "stderr" => Self::Stderr,
            "syslog" => Self::Syslog(None),
            other => match other.strip_prefix("syslog:") {
                Some(facility) => Self::Syslog(Some(facility.to_owned()).filter(|name| !name.is_empty())),
                None => Self::File(other.into()),
            },
        }
    }
}

impl OutputSpec {
    /// Gives an output with Kea's defaults.
    pub fn new(destination: Destination) -> Self {
        Self { destination, flush: true, maxsize: DEFAULT_MAXSIZE, maxver: 1, pattern: String::new() }
    }

    /// The pattern that is used.
    pub(crate) fn layout(&self) -> &str {
        match &self.destination {
            _ if !self.pattern.is_empty() => &self.pattern,
            Destination::Syslog(_) => SYSLOG_PATTERN,
            Destination::Stdout | Destination::Stderr | Destination::File(_) => DEFAULT_PATTERN,
        }
    }
}

impl FromStr for Threshold {
    type Err = LogError;

    /// Reads Kea's keyword in any case.
    fn from_str(text: &str) -> Result<Self, LogError> {
        let all = [Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Fatal];
        let named = all.into_iter().find(|severity| severity.name().eq_ignore_ascii_case(text)).map(Self::From);
        let none = text.eq_ignore_ascii_case("none").then_some(Self::Nothing);
        named.or(none).ok_or_else(|| LogError::Severity(text.to_owned()))
    }
}
