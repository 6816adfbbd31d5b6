//! A server as a process: started with files of its own, waited for, ended.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use model::Family;
use net::namespace::Namespace;

/// How long a server may take until it serves.
const START: Duration = Duration::from_secs(10);
/// How long it may take to stop.
const END: Duration = Duration::from_secs(3);

/// A server of one protocol; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Daemon {
    /// The protocol.
    pub(crate) family: Family,
    /// The port of its control channel on the loopback.
    pub(crate) api: u16,
    folder: PathBuf,
    child: Child,
}

impl Daemon {
    /// Starts a server in a network, or in this one; its configuration is in the folder already.
    ///
    /// # Errors
    /// Those of starting a program.
    pub(crate) fn start(
        (family, api): (Family, u16),
        mut command: Command,
        folder: &Path,
        network: Option<&Namespace>,
    ) -> io::Result<Self> {
        let console = File::create(folder.join(console(family)))?;
        command.arg("-c").arg(folder.join(file(family, "conf")));
        environment(&mut command, folder);
        // The terminal's Ctrl-C shall reach the clients first, which release their leases.
        command.process_group(0);
        command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
        let child = match network {
            Some(network) => network.run(move || command.spawn()),
            None => command.spawn(),
        }?;
        Ok(Self { family, api, folder: folder.to_owned(), child })
    }

    /// Gives the number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Gives its log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join(file(self.family, "log"))
    }

    /// Gives its lease file.
    pub(crate) fn leases(&self) -> PathBuf {
        self.folder.join(leases(self.family))
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// What it said if it ended; `TimedOut` if it does not come up.
    pub(crate) fn wait_until_up(&mut self) -> io::Result<()> {
        let name = name(self.family);
        let started = format!("DHCP{}_STARTED", self.family.digit());
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                let said = fs::read_to_string(self.folder.join(console(self.family))).unwrap_or_default();
                return Err(io::Error::other(format!("{name} ended with {status}:\n{said}")));
            }
            if fs::read_to_string(self.log()).is_ok_and(|log| log.contains(&started)) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, format!("{name} did not come up")))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have stopped by itself.
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap_or_default();
        }
        let until = Instant::now() + END;
        while Instant::now() < until && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Gives the name of the server of a protocol.
pub(crate) fn name(family: Family) -> &'static str {
    family.pick("kea-dhcp4", "kea-dhcp6")
}

/// Gives the name of a file of a server, such as `kea-dhcp4.conf`.
pub(crate) fn file(family: Family, ending: &str) -> String {
    format!("{}.{ending}", name(family))
}

/// Gives the name of a lease file.
pub(crate) fn leases(family: Family) -> &'static str {
    family.pick("kea-leases4.csv", "kea-leases6.csv")
}

fn console(family: Family) -> &'static str {
    family.pick("console4", "console6")
}

/// Makes a folder that only its owner and group may read, as Kea wants the one with its sockets.
pub(crate) fn folder(name: &str) -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::DirBuilder::new().mode(0o750).create(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750))?;
    Ok(folder)
}

/// Starts a command line with the one of `servers` whose name ends in the protocol's digit, or else with this program
/// under the name by which it is the server.
pub(crate) fn program(servers: &[PathBuf], family: Family) -> io::Result<Command> {
    let is_of = |path: &&PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(family.digit()));
    let given = servers.iter().find(is_of).cloned();
    let mut command = Command::new(given.map_or_else(std::env::current_exe, Ok)?);
    command.arg0(name(family));
    Ok(command)
}

/// Keeps a server's files in `folder`.
pub(crate) fn environment(command: &mut Command, folder: &Path) {
    for variable in ["KEA_PIDFILE_DIR", "KEA_LOG_FILE_DIR", "KEA_DHCP_DATA_DIR", "KEA_CONTROL_SOCKET_DIR"] {
        command.env(variable, folder);
    }
    command.env("KEA_LOCKFILE_DIR", "none");
}
