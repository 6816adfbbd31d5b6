//! Two hosts and a cable: a server with Kea's own directories to itself, and the machine of the clients.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv6Addr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// The server's address on the cable; the clients' machine has the next one.
pub(crate) const SERVER: &str = "2001:db8:100::1";
const CLIENT: &str = "2001:db8:100::2";

/// The program under test, as cargo built it.
const PROGRAM: &str = env!("CARGO_BIN_EXE_kea-dhcp6");

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The two hosts; dropping it removes them and ends what runs there.
pub(crate) struct Lab {
    folder: tempfile::TempDir,
    server: String,
    client: String,
    children: Vec<Child>,
}

/// Which of the two hosts.
#[derive(Clone, Copy)]
pub(crate) enum Host {
    Server,
    Client,
}

impl Lab {
    /// Makes the hosts; `None`, said loudly, where that or one of the `tools` is missing.
    pub(crate) fn new(tools: &[&str]) -> Option<Self> {
        let missing: Vec<&str> = ["ip"].iter().chain(tools).filter(|tool| !is_installed(tool)).copied().collect();
        if !rustix::process::geteuid().is_root() || !missing.is_empty() {
            // Not eprintln!, which cargo hides from those who run all tests.
            writeln!(std::io::stderr(), "SKIPPED: needs root, ip {}; missing: {missing:?}", tools.join(" ")).unwrap();
            return None;
        }
        let name = format!("nst{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        let lab = Self { folder, server: format!("{name}s"), client: format!("{name}c"), children: Vec::new() };
        for folder in ["etc/kea", "run/kea", "lib/kea", "log/kea", "client-run", "client-lib"] {
            fs::create_dir_all(lab.path(folder)).unwrap();
        }
        for folder in ["etc/kea", "run/kea", "lib/kea", "log/kea"] {
            fs::set_permissions(lab.path(folder), fs::Permissions::from_mode(0o750)).unwrap();
        }
        for file in ["passwd", "group", "nsswitch.conf", "hosts", "ld.so.cache"] {
            if let Ok(text) = fs::read(Path::new("/etc").join(file)) {
                fs::write(lab.path("etc").join(file), text).unwrap();
            }
        }
        let (server, client) = (&lab.server, &lab.client);
        for host in [server.as_str(), client.as_str()] {
            ip(&format!("netns add {host}"));
            ip(&format!("-n {host} link set lo up"));
            // Addresses can be used at once; where the kernel's settings are read-only, `ready` waits.
            run("ip", ["netns", "exec", host, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0"]);
        }
        ip(&format!("link add eth0 netns {server} type veth peer name eth0 netns {client}"));
        for (host, address) in [(server, SERVER), (client, CLIENT)] {
            ip(&format!("-n {host} addr add {address}/64 dev eth0 nodad"));
            ip(&format!("-n {host} link set eth0 up"));
        }
        lab.ready(Host::Server);
        lab.ready(Host::Client);
        Some(lab)
    }

    /// Adds the virtual cable of the labs: client-veth0 to relay-veth0, both on the clients' machine.
    pub(crate) fn add_client_cable(&self) {
        let host = &self.client;
        ip(&format!("-n {host} link add client-veth0 type veth peer name relay-veth0"));
        ip(&format!("-n {host} addr add fd00:100::ffff/64 dev relay-veth0 nodad"));
        ip(&format!("-n {host} link set dev relay-veth0 up"));
        ip(&format!("-n {host} link set dev client-veth0 up"));
        self.ready(Host::Client);
    }

    /// A path of the lab: `etc`, `run`, `lib` and `log` are the server's /etc, /run, /var/lib and /var/log.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Reads a file of the lab; empty if it is not there.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Writes the server's configuration, /etc/kea/kea-dhcp6.conf.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.path("etc/kea/kea-dhcp6.conf"), text).unwrap();
    }

    /// Runs a command on a host and waits for it.
    pub(crate) fn run(&self, host: Host, words: &[&str]) -> Output {
        self.command(host, words).output().unwrap()
    }

    /// Runs kea-dhcp6 on the server's host and waits for it.
    pub(crate) fn kea(&self, flags: &[&str]) -> Output {
        self.kea_command(flags).output().unwrap()
    }

    /// Starts a command on a host; its output goes to the lab's file `output`.
    pub(crate) fn start(&mut self, host: Host, words: &[&str], output: &str) -> usize {
        let command = self.command(host, words);
        self.spawn(command, output)
    }

    /// Starts kea-dhcp6 with the configuration and waits until it serves.
    pub(crate) fn serve(&mut self) -> usize {
        let command = self.kea_command(&["-c", "/etc/kea/kea-dhcp6.conf"]);
        let child = self.spawn(command, "server");
        let up = |lab: &Self| {
            [lab.read("server"), lab.read("log/kea/kea-dhcp6.log")].iter().any(|log| log.contains("DHCP6_STARTED"))
        };
        let started = self.wait(20, up);
        assert!(started, "the server did not start:\n{}", self.read("server"));
        child
    }

    /// Waits until a file of the lab contains `text`.
    pub(crate) fn expect(&self, file: &str, text: &str) {
        assert!(self.wait(30, |lab| lab.read(file).contains(text)), "no {text:?} in {file}:\n{}", self.read(file));
    }

    /// Waits until `done` or the time is up; returns whether it was done.
    pub(crate) fn wait(&self, seconds: u64, done: impl Fn(&Self) -> bool) -> bool {
        let until = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < until {
            if done(self) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        done(self)
    }

    /// Sends a signal to a child.
    pub(crate) fn signal(&self, child: usize, signal: rustix::process::Signal) {
        let pid = i32::try_from(self.children[child].id()).unwrap();
        rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
    }

    /// Waits for a child to end and returns its exit code; `None` if it had to be killed.
    pub(crate) fn exit_code(&mut self, child: usize) -> Option<i32> {
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if let Some(status) = self.children[child].try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        None
    }

    /// Says whether a child still runs.
    pub(crate) fn runs(&mut self, child: usize) -> bool {
        self.children[child].try_wait().unwrap().is_none()
    }

    /// Sends a command to the server's HTTP channel, as the labs do; returns the body of the answer.
    pub(crate) fn api(&self, command: &str) -> String {
        let said = self.run(Host::Server, &["curl", "-s", "--json", command, "http://[::1]:8005/"]);
        String::from_utf8(said.stdout).unwrap()
    }

    /// Sends a packet to the server from the relay's port on the clients' machine; `None` if no answer comes.
    pub(crate) fn exchange(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let network = net::namespace::Namespace::named(&self.client).unwrap();
        let socket = network.run(|| UdpSocket::bind((CLIENT.parse::<Ipv6Addr>().unwrap(), 547))).unwrap();
        socket.send_to(packet, (SERVER.parse::<Ipv6Addr>().unwrap(), 547)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        let mut buffer = vec![0; 4096];
        let length = socket.recv(&mut buffer).ok()?;
        buffer.truncate(length);
        Some(buffer)
    }

    fn spawn(&mut self, mut command: Command, output: &str) -> usize {
        let file = File::create(self.path(output)).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        self.children.push(command.spawn().unwrap());
        self.children.len() - 1
    }

    /// Wraps a command so that it sees the host's network and its own /run and /var/lib.
    fn command(&self, host: Host, words: &[&str]) -> Command {
        let (name, mounts) = match host {
            Host::Server => (&self.server, String::new()),
            Host::Client => (
                &self.client,
                format!(
                    "mount --bind {0}/client-run /run; mount --bind {0}/client-lib /var/lib;",
                    self.folder.path().display()
                ),
            ),
        };
        wrapped(name, &mounts, words)
    }

    fn kea_command(&self, flags: &[&str]) -> Command {
        let folder = self.folder.path().display();
        let reference = std::env::var("NESTOR_REFERENCE").ok();
        let mut words = Vec::new();
        let mounts = if let Some(root) = &reference {
            words.extend(["chroot", root.as_str(), "kea-dhcp6"]);
            let mount = |(from, to)| format!("mount --bind {folder}/{from}/kea {root}{to}/kea;");
            [("etc", "/etc"), ("run", "/run"), ("lib", "/var/lib"), ("log", "/var/log")].map(mount).concat()
        } else {
            words.push(PROGRAM);
            let mount = |(from, to)| format!("mount --bind {folder}/{from} {to};");
            [("lib", "/var/lib"), ("log", "/var/log"), ("run", "/run"), ("etc", "/etc")].map(mount).concat()
        };
        words.extend(flags);
        wrapped(&self.server, &mounts, &words)
    }

    /// Waits until no address of a host is tentative any more.
    fn ready(&self, host: Host) {
        let name = match host {
            Host::Server => &self.server,
            Host::Client => &self.client,
        };
        let list = || run("ip", ["-n", name, "-6", "addr", "show", "tentative"]);
        assert!(self.wait(10, |_| list().stdout.is_empty()), "addresses stay tentative");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for child in &mut self.children {
            child.kill().unwrap_or_default();
            child.wait().unwrap();
        }
        for host in [self.server.as_str(), self.client.as_str()] {
            run("ip", ["netns", "del", host]);
        }
    }
}

/// `ip netns exec` gives the command mounts of its own, so that these never show outside.
fn wrapped(host: &str, mounts: &str, words: &[&str]) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", host, "sh", "-c", &format!("set -e; {mounts} exec \"$@\""), "sh"]).args(words);
    command
}

fn ip(line: &str) {
    let done = run("ip", line.split(' '));
    assert!(done.status.success(), "ip {line}: {}", String::from_utf8_lossy(&done.stderr));
}

fn run<'a>(program: &str, words: impl IntoIterator<Item = &'a str>) -> Output {
    Command::new(program).args(words).output().unwrap()
}

fn is_installed(tool: &str) -> bool {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|folder| Path::new(folder).join(tool).exists())
}
