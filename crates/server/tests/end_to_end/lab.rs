//! Hosts and cables: a server with Kea's own directories to itself, the machine of the clients, and a relay if wanted.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv6Addr, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use model::Family;

/// The server's address on the cable; the clients' machine has the next one.
pub(crate) const SERVER: &str = "2001:db8:100::1";
const CLIENT: &str = "2001:db8:100::2";
/// The server's address of DHCPv4. Clients have none before they ask.
pub(crate) const SERVER4: &str = "192.0.2.1";

/// The programs under test, as cargo built them.
const PROGRAMS: [&str; 2] = [env!("CARGO_BIN_EXE_kea-dhcp4"), env!("CARGO_BIN_EXE_kea-dhcp6")];

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The hosts; dropping it removes them and ends what runs there.
pub(crate) struct Lab {
    family: Family,
    ground: Ground,
    folder: tempfile::TempDir,
    name: String,
    children: Vec<Child>,
    /// The network of a further machine.
    neighbour: Option<String>,
}

/// Which of the hosts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    Server,
    Client,
    Relay,
}

/// How clients reach the server. Everybody's interface is `eth0`, but for the relay's own `relay-up` and `relay-down`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// By one cable.
    Direct,
    /// By a relay, which is their router, too: 192.0.2.2 towards the server, 198.51.100.1 towards them.
    Relayed,
}

impl Lab {
    /// Makes a server of DHCPv6 and the clients' machine; `None`, said loudly, where that or one of the `tools` is missing.
    pub(crate) fn new(tools: &[&str]) -> Option<Self> {
        Self::on(Family::V6, Ground::Direct, tools)
    }

    /// Makes the hosts; `None`, said loudly, where that or one of the `tools` is missing.
    pub(crate) fn on(family: Family, ground: Ground, tools: &[&str]) -> Option<Self> {
        let missing: Vec<&str> = ["ip"].iter().chain(tools).filter(|tool| !is_installed(tool)).copied().collect();
        if !rustix::process::geteuid().is_root() || !missing.is_empty() {
            // Not eprintln!, which cargo hides from those who run all tests.
            writeln!(std::io::stderr(), "SKIPPED: needs root, ip {}; missing: {missing:?}", tools.join(" ")).unwrap();
            return None;
        }
        let name = format!("nst{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().unwrap();
        let lab = Self { family, ground, folder, name, children: Vec::new(), neighbour: None };
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
        for host in lab.hosts() {
            let host = lab.host(*host);
            ip(&format!("netns add {host}"));
            ip(&format!("-n {host} link set lo up"));
            // Addresses can be used at once; where the kernel's settings are read-only, `ready` waits.
            run("ip", ["netns", "exec", &host, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0"]);
        }
        match ground {
            Ground::Direct => lab.cable((Host::Server, "eth0"), (Host::Client, "eth0")),
            Ground::Relayed => {
                lab.cable((Host::Server, "eth0"), (Host::Relay, "relay-up"));
                lab.cable((Host::Relay, "relay-down"), (Host::Client, "eth0"));
            }
        }
        match (family, ground) {
            (Family::V6, _) => {
                lab.address(Host::Server, "eth0", &format!("{SERVER}/64"));
                lab.address(Host::Client, "eth0", &format!("{CLIENT}/64"));
            }
            (Family::V4, Ground::Direct) => lab.address(Host::Server, "eth0", "192.0.2.1/24"),
            (Family::V4, Ground::Relayed) => {
                lab.address(Host::Server, "eth0", "192.0.2.1/24");
                lab.address(Host::Relay, "relay-up", "192.0.2.2/24");
                lab.address(Host::Relay, "relay-down", "198.51.100.1/24");
                ip(&format!("-n {} route add 198.51.100.0/24 via 192.0.2.2", lab.host(Host::Server)));
                run("ip", ["netns", "exec", &lab.host(Host::Relay), "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
            }
        }
        lab.hosts().iter().for_each(|host| lab.ready(*host));
        Some(lab)
    }

    fn hosts(&self) -> &'static [Host] {
        match self.ground {
            Ground::Direct => &[Host::Server, Host::Client],
            Ground::Relayed => &[Host::Server, Host::Client, Host::Relay],
        }
    }

    /// Names a host as `ip netns` knows it.
    pub(crate) fn host(&self, host: Host) -> String {
        let letter = match host {
            Host::Server => 's',
            Host::Client => 'c',
            Host::Relay => 'r',
        };
        format!("{}{letter}", self.name)
    }

    fn cable(&self, (here, port): (Host, &str), (there, other): (Host, &str)) {
        let (here, there) = (self.host(here), self.host(there));
        ip(&format!("link add {port} netns {here} type veth peer name {other} netns {there}"));
        ip(&format!("-n {here} link set dev {port} up"));
        ip(&format!("-n {there} link set dev {other} up"));
    }

    /// Gives an interface an address, with its length, that can be used at once.
    pub(crate) fn address(&self, host: Host, interface: &str, address: &str) {
        let nodad = if address.contains(':') { " nodad" } else { "" };
        ip(&format!("-n {} addr add {address} dev {interface}{nodad}", self.host(host)));
    }

    /// Adds a machine to the clients' cable that has an address of its own and answers for it.
    pub(crate) fn add_neighbour(&mut self, address: &str) {
        let (name, client) = (format!("{}n", self.name), self.host(Host::Client));
        ip(&format!("netns add {name}"));
        ip(&format!("-n {client} link add link eth0 name neighbour netns {name} type macvlan mode bridge"));
        ip(&format!("-n {name} link set dev neighbour up"));
        ip(&format!("-n {name} addr add {address} dev neighbour"));
        self.neighbour = Some(name);
    }

    /// Adds the virtual cable of the labs: client-veth0 to relay-veth0, both on the clients' machine.
    pub(crate) fn add_client_cable(&self) {
        self.cable((Host::Client, "client-veth0"), (Host::Client, "relay-veth0"));
        self.address(Host::Client, "relay-veth0", "fd00:100::ffff/64");
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

    /// Writes the server's configuration, such as /etc/kea/kea-dhcp6.conf.
    pub(crate) fn configure(&self, text: &str) {
        self.configure_as(self.family, text);
    }

    /// Writes the configuration of the server of a family.
    pub(crate) fn configure_as(&self, family: Family, text: &str) {
        fs::write(self.path(&format!("etc/kea/{}.conf", program(family))), text).unwrap();
    }

    /// Runs a command on a host and waits for it.
    pub(crate) fn run(&self, host: Host, words: &[&str]) -> Output {
        self.command(host, words).output().unwrap()
    }

    /// Runs the program on the server's host and waits for it.
    pub(crate) fn kea(&self, flags: &[&str]) -> Output {
        self.kea_command(self.family, flags, &[]).output().unwrap()
    }

    /// Runs the program on the server's host by another one, which is to run it, and waits for it.
    pub(crate) fn kea_under(&self, words: &[&str], flags: &[&str]) -> Output {
        self.kea_command(self.family, flags, words).output().unwrap()
    }

    /// Starts a command on a host; its output goes to the lab's file `output`.
    pub(crate) fn start(&mut self, host: Host, words: &[&str], output: &str) -> usize {
        let command = self.command(host, words);
        self.spawn(command, output)
    }

    /// Starts the program with the configuration and waits until it serves.
    pub(crate) fn serve(&mut self) -> usize {
        self.serve_as(self.family, "server")
    }

    /// Starts the program with the configuration by another one, which is to run it, and waits until it serves.
    pub(crate) fn serve_under(&mut self, words: &[&str]) -> usize {
        self.serve_by(self.family, "server", words)
    }

    /// Starts the server of a family; its output goes to the lab's file `output`.
    pub(crate) fn serve_as(&mut self, family: Family, output: &str) -> usize {
        self.serve_by(family, output, &[])
    }

    fn serve_by(&mut self, family: Family, output: &str, by: &[&str]) -> usize {
        let (program, started) = (program(family), family.pick("DHCP4_STARTED", "DHCP6_STARTED"));
        let command = self.kea_command(family, &["-c", &format!("/etc/kea/{program}.conf")], by);
        let child = self.spawn(command, output);
        // The messages of starting may have a file of their own.
        let (log, own) = (format!("log/kea/{program}.log"), format!("log/kea/{program}-dhcp{}.log", family.digit()));
        let up = |lab: &Self| [output, &log, &own].iter().any(|log| lab.read(log).contains(started));
        let started = self.wait(20, up);
        assert!(started, "the server did not start:\n{}", self.read(output));
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

    /// The root directory as a child sees it, with what is mounted there for it alone.
    pub(crate) fn root_of(&self, child: usize) -> PathBuf {
        Path::new("/proc").join(self.children[child].id().to_string()).join("root")
    }

    /// The memory a child holds, in KiB.
    pub(crate) fn resident(&self, child: usize) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.children[child].id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Sends a command to the server's HTTP channel, as the labs do; returns the body of the answer.
    pub(crate) fn api(&self, command: &str) -> String {
        let said = self.run(Host::Server, &["curl", "-s", "--json", command, "http://[::1]:8005/"]);
        String::from_utf8(said.stdout).unwrap()
    }

    /// Sends a packet to the server from the relay's port on the clients' machine; `None` if no answer comes.
    pub(crate) fn exchange(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let network = net::namespace::Namespace::named(&self.host(Host::Client)).unwrap();
        let bind = || network.run(|| UdpSocket::bind((CLIENT.parse::<Ipv6Addr>().unwrap(), 547)));
        // A child that another test has just forked holds the last socket until it becomes its program.
        let mut socket = bind();
        for _ in 0..100 {
            if matches!(&socket, Err(error) if error.kind() == std::io::ErrorKind::AddrInUse) {
                std::thread::sleep(Duration::from_millis(50));
                socket = bind();
            }
        }
        let socket = socket.unwrap();
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
        let folder = self.folder.path().display();
        let mounts = match host {
            Host::Server | Host::Relay => String::new(),
            Host::Client => {
                format!("mount --bind {folder}/client-run /run; mount --bind {folder}/client-lib /var/lib;")
            }
        };
        wrapped(&self.host(host), &mounts, words)
    }

    fn kea_command(&self, family: Family, flags: &[&str], by: &[&str]) -> Command {
        let folder = self.folder.path().display();
        let reference = std::env::var("NESTOR_REFERENCE").ok();
        let (mut words, program) = (by.to_vec(), program(family));
        let mounts = if let Some(root) = &reference {
            words.extend(["chroot", root.as_str(), &program]);
            let mount = |(from, to)| format!("mount --bind {folder}/{from}/kea {root}{to}/kea;");
            [("etc", "/etc"), ("run", "/run"), ("lib", "/var/lib"), ("log", "/var/log")].map(mount).concat()
        } else {
            words.push(family.pick(PROGRAMS[0], PROGRAMS[1]));
            let mount = |(from, to)| format!("mount --bind {folder}/{from} {to};");
            [("lib", "/var/lib"), ("log", "/var/log"), ("run", "/run"), ("etc", "/etc")].map(mount).concat()
        };
        words.extend(flags);
        wrapped(&self.host(Host::Server), &mounts, &words)
    }

    /// Waits until no address of a host is tentative any more.
    fn ready(&self, host: Host) {
        let name = self.host(host);
        let list = || run("ip", ["-n", &name, "-6", "addr", "show", "tentative"]);
        assert!(self.wait(10, |_| list().stdout.is_empty()), "addresses stay tentative");
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for child in &mut self.children {
            child.kill().unwrap_or_default();
            child.wait().unwrap();
        }
        let hosts = self.hosts().iter().map(|host| self.host(*host));
        for host in hosts.chain(self.neighbour.clone()) {
            run("ip", ["netns", "del", &host]);
        }
    }
}

/// The name of the program that serves a family.
fn program(family: Family) -> String {
    format!("kea-dhcp{}", family.digit())
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
