//! The system log: datagrams in the form of RFC 3164 to a local socket.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::sync::Mutex;

use model::Severity;

use crate::clock::{Zone, strftime};
use crate::sink::lock;

/// Where the system's log daemon listens.
pub(crate) const SOCKET: &str = "/dev/log";

/// Facility names and numbers, as in syslog(3).
const FACILITIES: [(&str, u8); 20] = [
    ("kern", 0),
    ("user", 1),
    ("mail", 2),
    ("daemon", 3),
    ("auth", 4),
    ("syslog", 5),
    ("lpr", 6),
    ("news", 7),
    ("uucp", 8),
    ("cron", 9),
    ("authpriv", 10),
    ("ftp", 11),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];
const LOCAL0: u8 = 16;

/// A connection to the system log, made when it is first needed and again after a failure.
#[derive(Debug)]
pub(crate) struct Syslog {
    path: PathBuf,
    ident: String,
    facility: u8,
    socket: Mutex<Option<UnixDatagram>>,
}

impl Syslog {
    /// Sends to the socket at `path` under the name `ident`.
    pub(crate) fn new(path: impl Into<PathBuf>, ident: &str, facility: Option<&str>) -> Self {
        let known = |name: &str| FACILITIES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let facility = facility.and_then(known).map_or(LOCAL0, |(_, number)| *number);
        Self { path: path.into(), ident: ident.to_owned(), facility, socket: Mutex::new(None) }
    }

    /// Sends one message; a log daemon that does not keep up costs the message, not our time.
    pub(crate) fn write(&self, line: &str, severity: Severity, second: i64) -> io::Result<()> {
        let priority = self.facility.saturating_mul(8).saturating_add(level(severity));
        let date = strftime(second, Zone::Local, "%b %e %H:%M:%S");
        let datagram = format!("<{priority}>{date} {}: {}", self.ident, line.trim_end_matches('\n'));
        let mut socket = lock(&self.socket);
        if let Some(connected) = &*socket
            && connected.send(datagram.as_bytes()).is_ok()
        {
            return Ok(());
        }
        let fresh = UnixDatagram::unbound()?;
        fresh.set_nonblocking(true)?;
        fresh.connect(&self.path)?;
        fresh.send(datagram.as_bytes())?;
        *socket = Some(fresh);
        Ok(())
    }
}

/// The system log's number for a severity.
fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Fatal => 2,
        Severity::Error => 3,
        Severity::Warn => 4,
        Severity::Info => 6,
        Severity::Debug => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_arrives_with_priority_time_and_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("log");
        let syslog = Syslog::new(&path, "kea-dhcp6", None);
        assert!(syslog.write("lost\n", Severity::Info, 0).is_err());
        let daemon = UnixDatagram::bind(&path).unwrap();
        syslog.write("WARN  [kea-dhcp6.dhcp6.7] A_MESSAGE text\n", Severity::Warn, 1_000_000_000).unwrap();
        let mut room = [0; 200];
        let length = daemon.recv(&mut room).unwrap();
        let text = std::str::from_utf8(&room[..length]).unwrap();
        assert!(text.starts_with("<132>Sep  "), "{text}");
        assert!(text.ends_with(" kea-dhcp6: WARN  [kea-dhcp6.dhcp6.7] A_MESSAGE text"), "{text}");
    }

    #[test]
    fn facilities_are_known_by_name_and_default_to_local0() {
        for (name, number) in [(None, 16), (Some("daemon"), 3), (Some("LOCAL7"), 23), (Some("dhcp4"), 16)] {
            assert_eq!(Syslog::new(SOCKET, "x", name).facility, number);
        }
    }
}
