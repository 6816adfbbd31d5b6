//! The directories a daemon works in, as the environment sets them.

use std::path::{Path, PathBuf};

use config::Directories;
use hooks::user_chk;

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The directories configurations are held against.
    pub directories: Directories,
    /// PID files.
    pub pid: String,
    /// Lock file of the loggers; `None` if they do without.
    pub lock: Option<PathBuf>,
    /// Who is registered, for `libdhcp_user_chk.so`.
    pub user_registry: PathBuf,
    /// Who was answered, as that library tells it.
    pub user_outcome: PathBuf,
}

/// The directory of hook libraries when the environment names none: Debian's, for the machine this is built for.
#[cfg(target_arch = "aarch64")]
const HOOKS: &str = "/usr/lib/aarch64-linux-gnu/kea/hooks";
#[cfg(not(target_arch = "aarch64"))]
const HOOKS: &str = "/usr/lib/x86_64-linux-gnu/kea/hooks";

impl Paths {
    /// Reads `KEA_PIDFILE_DIR`, `KEA_LOCKFILE_DIR`, `KEA_LOG_FILE_DIR`, `KEA_DHCP_DATA_DIR`, `KEA_CONTROL_SOCKET_DIR`,
    /// `KEA_HOOKS_PATH`, `NESTOR_USER_REGISTRY` and `NESTOR_USER_OUTCOME`.
    pub fn from_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let directory = |name: &str, default: &str| {
            let given = variable(name).filter(|value| !value.is_empty());
            let text = given.unwrap_or_else(|| default.to_owned());
            match text.trim_end_matches('/') {
                "" => "/".to_owned(),
                trimmed => trimmed.to_owned(),
            }
        };
        let pid = directory("KEA_PIDFILE_DIR", "/run/kea");
        let lock = directory("KEA_LOCKFILE_DIR", &pid);
        let lock = (lock != "none").then(|| Path::new(&lock).join("logger_lockfile"));
        let directories = Directories {
            data: directory("KEA_DHCP_DATA_DIR", "/var/lib/kea"),
            control_sockets: directory("KEA_CONTROL_SOCKET_DIR", "/run/kea"),
            logs: directory("KEA_LOG_FILE_DIR", "/var/log/kea"),
            hooks: directory("KEA_HOOKS_PATH", HOOKS),
        };
        let user_registry = directory("NESTOR_USER_REGISTRY", user_chk::REGISTRY_FILE).into();
        let user_outcome = directory("NESTOR_USER_OUTCOME", user_chk::OUTCOME_FILE).into();
        Self { directories, pid, lock, user_registry, user_outcome }
    }

    /// Gives the PID file of a program with its configuration file.
    pub fn pid_file(&self, program: &str, configuration: &str) -> PathBuf {
        let base = Path::new(configuration).file_name().unwrap_or_default().to_string_lossy();
        let stem = base.rsplit_once('.').map_or(&*base, |(stem, _)| stem);
        Path::new(&self.pid).join(format!("{stem}.{program}.pid"))
    }

    /// Gives the file the server's DUID is kept in.
    pub fn server_id(&self) -> PathBuf {
        Path::new(&self.directories.data).join("kea-dhcp6-serverid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_is_named_after_configuration_and_program() {
        let paths = Paths::of(|_| None);
        assert_eq!(
            paths.pid_file("kea-dhcp6", "/etc/kea/kea-dhcp6.conf"),
            Path::new("/run/kea/kea-dhcp6.kea-dhcp6.pid")
        );
        assert_eq!(paths.pid_file("kea-dhcp6", "a.b.conf"), Path::new("/run/kea/a.b.kea-dhcp6.pid"));
    }

    #[test]
    fn the_lock_file_can_be_done_without() {
        let none = Paths::of(|name| (name == "KEA_LOCKFILE_DIR").then(|| "none".to_owned()));
        assert_eq!(none.lock, None);
        let elsewhere = Paths::of(|name| (name == "KEA_PIDFILE_DIR").then(|| "/srv/".to_owned()));
        assert_eq!(elsewhere.lock, Some(PathBuf::from("/srv/logger_lockfile")));
    }
}
