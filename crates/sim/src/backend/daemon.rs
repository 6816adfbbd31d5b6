//! A daemon over real sockets: Nestor's own, or a real Kea in its root directory.

use std::fs::Permissions;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use model::Family;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::channel::{ask, result, text};
use super::clock::Clock;
use super::network::Network;
use super::{Backend, EPOCH, LeaseRow, compact, complete};
use crate::Fault;
use crate::packet::{Heard, Sent};

/// Where a daemon's files are and how it is called.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The protocol it serves.
    pub family: Family,
    /// The root directory the daemon runs in (chroot); `/` runs it where we are.
    pub root: PathBuf,
    /// The program, as seen from the root.
    pub program: String,
    /// The library to load for lease commands, if they are not built in.
    pub lease_commands: Option<String>,
    /// How long to wait for a reply once the daemon has counted the packet.
    pub grace: Duration,
    /// Debug logging.
    pub debug: bool,
}

impl Installation {
    /// Says whether the program is there.
    pub fn is_there(&self) -> bool {
        let below = self.program.trim_start_matches('/');
        let folders = ["", "usr/sbin", "usr/bin"];
        folders.iter().any(|folder| self.root.join(folder).join(below).is_file())
    }
}

/// One running daemon with its namespaces and its clock.
#[derive(Debug)]
pub struct Daemon {
    installation: Installation,
    name: String,
    child: Option<Child>,
    network: Network,
    clock: Clock,
    received: i64,
    /// Scenarios begun so far.
    scenarios: u64,
    config: Map<String, Value>,
    /// Where everything is if the daemon does not run in a root directory of its own.
    folder: Option<TempDir>,
}

/// How long a daemon may take to open its control socket, and to finish when told to.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for a reply from a daemon that does not count the packet.
const SILENCE: Duration = Duration::from_secs(3);

impl Daemon {
    /// Starts a daemon; `name` must be its own on this machine, at most eight letters.
    ///
    /// # Errors
    /// [`Fault`] if it does not come up.
    pub fn start(installation: Installation, name: &str) -> Result<Self, Fault> {
        let network = Network::new(name)?;
        // A root directory of its own has Kea's folders; elsewhere the daemon gets one folder for everything.
        let folder = match installation.root.as_path() {
            root if root == Path::new("/") => Some(private_folder()?),
            _ => None,
        };
        let files = folder.as_ref().map_or_else(|| installation.root.join("tmp"), |folder| folder.path().to_owned());
        let clock = Clock::new(&files, name)?;
        let mut daemon = Self {
            installation,
            name: name.to_owned(),
            child: None,
            network,
            clock,
            received: 0,
            scenarios: 0,
            config: Map::new(),
            folder,
        };
        daemon.config = daemon.dress(&json!({}), false);
        daemon.spawn()?;
        Ok(daemon)
    }

    fn path(&self, folder: &str, ending: &str) -> PathBuf {
        let inside = self.inside(folder, ending);
        self.installation.root.join(inside.trim_start_matches('/'))
    }

    /// Gives a path as the daemon sees it.
    fn inside(&self, folder: &str, ending: &str) -> String {
        let name = format!("{}.{ending}", self.name);
        match &self.folder {
            Some(own) => own.path().join(name).to_string_lossy().into_owned(),
            None => format!("/{folder}/{name}"),
        }
    }

    /// Lists the environment: Kea's own variables where one folder stands for all.
    fn environment(&self) -> Vec<String> {
        let mut variables = vec!["KEA_LOCKFILE_DIR=none".to_owned()];
        let clock = self.clock.environment(&self.installation.root);
        variables.extend(clock.map(|(name, value)| format!("{name}={value}")));
        if let Some(own) = &self.folder {
            let names = ["KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR"];
            variables.extend(names.map(|name| format!("{name}={}", own.path().display())));
        }
        variables
    }

    /// Gives the name of the map that holds the configuration.
    fn root(&self) -> &'static str {
        self.installation.family.pick("Dhcp4", "Dhcp6")
    }

    fn socket(&self) -> PathBuf {
        self.path("run/kea", "sock")
    }

    fn dress(&self, config: &Value, stored: bool) -> Map<String, Value> {
        let family = self.installation.family;
        let mut map = complete(family, config);
        let socket = json!({ "socket-type": "unix", "socket-name": self.inside("run/kea", "sock") });
        let severity = if self.installation.debug { "DEBUG" } else { "INFO" };
        let logger = json!([{ "name": family.pick("kea-dhcp4", "kea-dhcp6"), "severity": severity, "debuglevel": 99,
            "output-options": [{ "output": "stdout" }] }]);
        map.insert("control-socket".to_owned(), socket);
        map.insert("loggers".to_owned(), logger);
        let database = map.entry("lease-database").or_insert(json!({ "type": "memfile" }));
        if let Some(database) = database.as_object_mut() {
            database.insert("persist".to_owned(), json!(stored));
            let kept = self.inside("var/lib/kea", "csv");
            // Leases that are not kept on disk outlive a configuration of the same name; every scenario begins with none.
            let name = if stored { kept } else { format!("{kept}-{}", self.scenarios) };
            database.insert("name".to_owned(), json!(name));
            database.insert("lfc-interval".to_owned(), json!(0));
        }
        if let Some(library) = &self.installation.lease_commands {
            let hooks = map.entry("hooks-libraries").or_insert(json!([]));
            if let Some(hooks) = hooks.as_array_mut() {
                hooks.push(json!({ "library": library }));
            }
        }
        map
    }

    fn spawn(&mut self) -> Result<(), Fault> {
        let file = self.path("etc/kea", "conf");
        let whole = json!({ self.root(): self.config });
        std::fs::write(&file, whole.to_string()).map_err(Fault::io(format!("writing {}", file.display())))?;
        let log = std::fs::File::options().create(true).append(true).open(self.path("tmp", "log"));
        let log = log.map_err(Fault::io("opening the log"))?;
        let err = log.try_clone().map_err(Fault::io("opening the log"))?;
        let mut command = Command::new("ip");
        command.args(["netns", "exec", self.network.server()]);
        if self.installation.root != Path::new("/") {
            command.arg("chroot").arg(&self.installation.root);
        }
        command.arg("env").args(self.environment());
        command.arg(&self.installation.program).args(["-c", &self.inside("etc/kea", "conf")]);
        let child = command.stdin(Stdio::null()).stdout(log).stderr(err).spawn();
        self.child = Some(child.map_err(Fault::io(format!("starting {}", self.installation.program)))?);
        self.wait_until_up()
    }

    fn wait_until_up(&mut self) -> Result<(), Fault> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(child) = &mut self.child
                && let Ok(Some(status)) = child.try_wait()
            {
                let log = std::fs::read_to_string(self.path("tmp", "log")).unwrap_or_default();
                let why = format!("ended with {status}: {}", log.lines().last().unwrap_or("without a word"));
                return Err(Fault::Server { why });
            }
            if ask(&self.socket(), "version-get", None).is_ok() {
                return self.reset_statistics();
            }
            sleep(Duration::from_millis(10));
        }
        Err(Fault::Server { why: "the control socket does not answer".to_owned() })
    }

    fn reset_statistics(&mut self) -> Result<(), Fault> {
        self.command("statistic-reset-all", None)?;
        self.received = 0;
        Ok(())
    }

    fn command(&self, command: &'static str, arguments: Option<Value>) -> Result<Value, Fault> {
        let answer = ask(&self.socket(), command, arguments)?;
        match result(&answer) {
            0 | 3 => Ok(answer),
            _ => Err(Fault::Command { command, why: text(&answer) }),
        }
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take()
            && let Err(error) = child.kill().and_then(|()| child.wait().map(drop))
        {
            eprintln!("{}: {error}", self.name);
        }
    }

    fn count(&self) -> Result<i64, Fault> {
        Ok(self.value(self.installation.family.pick("pkt4-received", "pkt6-received"))?.unwrap_or(self.received))
    }

    fn value(&self, name: &str) -> Result<Option<i64>, Fault> {
        let answer = self.command("statistic-get", Some(json!({ "name": name })))?;
        let samples = answer.get("arguments").and_then(|arguments| arguments.get(name));
        Ok(samples.and_then(|samples| samples.get(0)?.get(0)?.as_i64()))
    }
}

impl Backend for Daemon {
    fn configure(&mut self, family: Family, config: &Value, stored: bool) -> Result<(), Fault> {
        if family != self.installation.family {
            return Err(Fault::Configuration { why: format!("{} serves the other family", self.installation.program) });
        }
        self.clock.set(0)?;
        let hooks = config.get("hooks-libraries").and_then(Value::as_array);
        let mut names = hooks.into_iter().flatten().filter_map(|hook| hook.get("library")?.as_str());
        self.network.settle_nobody(names.any(|name| name.ends_with("libdhcp_ping_check.so")))?;
        self.scenarios += 1;
        self.config = self.dress(config, stored);
        let file = self.path("var/lib/kea", "csv");
        if stored && file.exists() {
            std::fs::remove_file(&file).map_err(Fault::io("removing old leases"))?;
        }
        let answer = ask(&self.socket(), "config-set", Some(json!({ self.root(): self.config })))?;
        if result(&answer) != 0 {
            return Err(Fault::Configuration { why: text(&answer) });
        }
        self.reset_statistics()
    }

    fn set_time(&mut self, seconds: u32) -> Result<(), Fault> {
        self.clock.set(seconds)
    }

    fn exchange(&mut self, sent: &Sent) -> Result<Option<Heard>, Fault> {
        self.network.send(sent)?;
        self.received += 1;
        let start = Instant::now();
        let mut dealt_with: Option<Instant> = None;
        loop {
            if let Some(heard) = self.network.look(sent)? {
                return Ok(Some(heard));
            }
            if dealt_with.is_some_and(|at| at.elapsed() >= self.installation.grace) || start.elapsed() > SILENCE {
                self.received = self.count()?;
                return Ok(None);
            }
            if dealt_with.is_none() && self.count()? >= self.received {
                dealt_with = Some(Instant::now());
            }
        }
    }

    fn leases(&mut self) -> Result<Vec<LeaseRow>, Fault> {
        let command = self.installation.family.pick("lease4-get-all", "lease6-get-all");
        let answer = self.command(command, None)?;
        let leases = answer.get("arguments").and_then(|arguments| arguments.get("leases")).and_then(Value::as_array);
        let rows = leases
            .into_iter()
            .flatten()
            .map(|lease| row(lease).ok_or_else(|| Fault::Command { command, why: lease.to_string() }));
        rows.collect()
    }

    fn statistic(&mut self, name: &str) -> Result<Option<i64>, Fault> {
        self.value(name)
    }

    fn neighbour(&mut self, address: Ipv4Addr) -> Result<(), Fault> {
        self.network.settle(address)
    }

    fn reclaim(&mut self) -> Result<(), Fault> {
        let hold = self.config.get("expired-leases-processing").and_then(|map| map.get("hold-reclaimed-time"));
        let remove = hold.and_then(Value::as_i64) == Some(0);
        self.command("leases-reclaim", Some(json!({ "remove": remove }))).map(drop)
    }

    fn restart(&mut self) -> Result<(), Fault> {
        self.stop();
        self.spawn()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
        let mut leftovers = vec![
            ("etc/kea", "conf"),
            ("run/kea", "sock"),
            ("run/kea", "sock.lock"),
            ("run/kea", self.installation.family.pick("kea-dhcp4.pid", "kea-dhcp6.pid")),
            ("var/lib/kea", "csv"),
        ];
        if !self.installation.debug {
            leftovers.push(("tmp", "log"));
        }
        for (folder, ending) in leftovers {
            let path = self.path(folder, ending);
            if path.exists()
                && let Err(error) = std::fs::remove_file(&path)
            {
                eprintln!("leaving {} behind: {error}", path.display());
            }
        }
    }
}

/// Makes a folder that may hold a control socket: closed to others.
fn private_folder() -> Result<TempDir, Fault> {
    tempfile::Builder::new()
        .prefix("sim-")
        .permissions(Permissions::from_mode(0o750))
        .tempdir()
        .map_err(Fault::io("making a folder for the daemon"))
}

fn row(lease: &Value) -> Option<LeaseRow> {
    let number = |name: &str| lease.get(name).and_then(Value::as_i64);
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    let words = |name: &str| lease.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let flag = |name: &str| lease.get(name).and_then(Value::as_bool).unwrap_or_default();
    let address: IpAddr = words("ip-address").parse().ok()?;
    let client = words(if address.is_ipv4() { "client-id" } else { "duid" });
    let length = number("prefix-len").map(u8::try_from).transpose().ok()?;
    Some(LeaseRow {
        address,
        prefix_length: length.filter(|length| *length != 128),
        client: if client.is_empty() { Vec::new() } else { wire::hwaddr::parse_hex(&client)? },
        iaid: small("iaid").unwrap_or_default(),
        subnet: small("subnet-id")?,
        cltt: number("cltt")? - EPOCH,
        valid: small("valid-lft")?,
        preferred: small("preferred-lft").unwrap_or_default(),
        state: small("state")?,
        hw: words("hw-address"),
        hostname: words("hostname"),
        forward: flag("fqdn-fwd"),
        reverse: flag("fqdn-rev"),
        pool: small("pool-id").unwrap_or_default(),
        context: lease.get("user-context").map(|context| compact(&context.to_string())).unwrap_or_default(),
    })
}
