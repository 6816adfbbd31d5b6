//! The hosts of the demonstration: a server, a relay and three clients, in namespaces or on the loopback.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use net::namespace::{self, Namespace};

use super::client::Client;
use super::relay::{Link, Relay};

const SERVER_PORT: u16 = 547;
const CLIENT_PORT: u16 = 546;
const SERVER: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);
const RELAY: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
const ALL_SERVERS_AND_RELAYS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);
/// How long the server may take until it answers on its control socket.
const START: Duration = Duration::from_secs(10);

/// The clients by name; the second is a router and asks for a prefix, too.
const CLIENTS: [(&str, bool); 3] = [("laptop", false), ("router", true), ("phone", false)];

/// Everything that was made; dropping it removes it all.
#[derive(Debug)]
pub(crate) struct World {
    /// The folder with the server's files.
    pub(crate) folder: PathBuf,
    /// The server's process.
    pub(crate) server: Child,
    /// Whether the hosts are in namespaces; else everything is on the loopback.
    pub(crate) namespaces: bool,
    /// The port of the control channel on `[::1]`.
    pub(crate) api: u16,
    /// The relay, taken by the thread that runs it.
    pub(crate) relay: Option<Relay>,
    /// The clients, taken by the threads that run them.
    pub(crate) clients: Vec<Client>,
    _networks: Vec<Namespace>,
}

/// Where the parts of a world reach each other.
struct Ground {
    networks: Vec<Namespace>,
    /// The server's interface and address, as its configuration names it.
    interface: String,
    /// Server and reply ports; `None` stands for the standard ones.
    ports: Option<(u16, u16)>,
    api: u16,
    relay: Relay,
    clients: Vec<Client>,
}

impl World {
    /// Makes the hosts and starts `server`, or this program under the name of kea-dhcp6.
    ///
    /// # Errors
    /// Those of the kernel; `TimedOut` if the server does not come up.
    pub(crate) fn make(server: Option<&Path>) -> io::Result<Self> {
        let (namespaces, ground) = match in_namespaces() {
            Ok(ground) => (true, ground),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => (false, on_loopback()?),
            Err(error) => return Err(error),
        };
        let folder = folder("nestor-demo")?;
        let command = command(server, &folder, &ground)?;
        let child = start(command, ground.networks.first());
        let Ground { networks, api, relay, clients, .. } = ground;
        let server = child.inspect_err(|_error| drop(fs::remove_dir_all(&folder)))?;
        let mut world = Self { folder, server, namespaces, api, relay: Some(relay), clients, _networks: networks };
        world.wait_until_up()?;
        Ok(world)
    }

    /// The server's log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("kea-dhcp6.log")
    }

    /// The lease file.
    pub(crate) fn leases(&self) -> PathBuf {
        self.folder.join("kea-leases6.csv")
    }

    fn wait_until_up(&mut self) -> io::Result<()> {
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = self.server.try_wait()? {
                let said = fs::read_to_string(self.folder.join("console")).unwrap_or_default();
                return Err(io::Error::other(format!("kea-dhcp6 ended with {status}:\n{said}")));
            }
            if fs::read_to_string(self.log()).is_ok_and(|log| log.contains("DHCP6_STARTED")) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::new(io::ErrorKind::TimedOut, "kea-dhcp6 did not come up"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(pid) = i32::try_from(self.server.id()).ok().and_then(rustix::process::Pid::from_raw) {
            // It may have stopped by itself.
            rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap_or_default();
        }
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until && matches!(self.server.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.server.kill());
        drop(self.server.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// Three networks for server, relay and each client, joined by cables.
fn in_namespaces() -> io::Result<Ground> {
    let (server, middle) = (Namespace::new()?, Namespace::new()?);
    server.cable("eth0", &middle, "up0")?;
    server.run(|| up("eth0", SERVER, 64))?;
    middle.run(|| up("up0", RELAY, 64))?;
    let up_socket = middle.run(|| {
        let socket = UdpSocket::bind(SocketAddrV6::new(RELAY, SERVER_PORT, 0, 0))?;
        socket.connect(SocketAddrV6::new(SERVER, SERVER_PORT, 0, 0))?;
        Ok(socket)
    })?;
    let mut networks = vec![server, middle];
    let (mut links, mut clients) = (Vec::new(), Vec::new());
    for (number, (name, router)) in (1_u8..).zip(CLIENTS) {
        let host = Namespace::new()?;
        let port = format!("lan{number}");
        let middle = networks.get(1).ok_or(io::ErrorKind::NotFound)?;
        host.cable("eth0", middle, &port)?;
        let (here, there) = (link_local(number), link_local(number.saturating_add(100)));
        let address = link_address(number);
        let socket = middle.run(|| {
            up(&port, there, 64)?;
            namespace::add_address(&port, address, 64)?;
            let socket =
                UdpSocket::bind(SocketAddrV6::new(ALL_SERVERS_AND_RELAYS, SERVER_PORT, 0, namespace::index(&port)?))?;
            socket.join_multicast_v6(&ALL_SERVERS_AND_RELAYS, namespace::index(&port)?)?;
            Ok(socket)
        })?;
        links.push(Link { name: name.to_owned(), address, socket });
        let (socket, index) = host.run(|| {
            up("eth0", here, 64)?;
            let index = namespace::index("eth0")?;
            Ok((UdpSocket::bind(SocketAddrV6::new(here, CLIENT_PORT, 0, index))?, index))
        })?;
        let to = SocketAddrV6::new(ALL_SERVERS_AND_RELAYS, SERVER_PORT, 0, index);
        clients.push(Client { name: name.to_owned(), duid: duid(number), router, socket, to });
        networks.push(host);
    }
    let relay = Relay { up: up_socket, links };
    Ok(Ground { networks, interface: format!("eth0/{SERVER}"), ports: None, api: 8006, relay, clients })
}

/// The same without any right: all on `::1`, on ports nobody uses.
fn on_loopback() -> io::Result<Ground> {
    let local = || UdpSocket::bind(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0));
    let port = |socket: &UdpSocket| socket.local_addr().map(|address| address.port());
    let server = port(&local()?)?;
    let api = std::net::TcpListener::bind(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0))?.local_addr()?.port();
    let up = local()?;
    up.connect(SocketAddrV6::new(Ipv6Addr::LOCALHOST, server, 0, 0))?;
    let (mut links, mut clients) = (Vec::new(), Vec::new());
    for (number, (name, router)) in (1_u8..).zip(CLIENTS) {
        let socket = local()?;
        let to = SocketAddrV6::new(Ipv6Addr::LOCALHOST, port(&socket)?, 0, 0);
        links.push(Link { name: name.to_owned(), address: link_address(number), socket });
        clients.push(Client { name: name.to_owned(), duid: duid(number), router, socket: local()?, to });
    }
    let ports = Some((server, port(&up)?));
    Ok(Ground { networks: Vec::new(), interface: "lo/::1".to_owned(), ports, api, relay: Relay { up, links }, clients })
}

fn up(interface: &str, address: Ipv6Addr, length: u8) -> io::Result<()> {
    namespace::set_up(interface)?;
    namespace::add_address(interface, address, length)
}

fn link_local(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(number))
}

/// The relay's address on a client's link: the last of `fd00:N00::/64` that ends in ffff.
fn link_address(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, u16::from(number) << 8, 0, 0, 0, 0, 0, 0xffff)
}

/// A DUID of type LL with an address of the demonstration's own.
fn duid(number: u8) -> Vec<u8> {
    vec![0, 3, 0, 1, 2, 0, 0, 0, 0, number]
}

/// Makes a folder that only its owner and group may read, as Kea wants the one with its sockets.
pub(crate) fn folder(name: &str) -> io::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    fs::DirBuilder::new().mode(0o750).create(&folder)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o750))?;
    Ok(folder)
}

/// Starts a command line with `server`, or with this program under the name by which it is the server.
pub(crate) fn program(server: Option<&Path>) -> io::Result<Command> {
    let mut command = Command::new(server.map_or_else(std::env::current_exe, |program| Ok(program.to_owned()))?);
    command.arg0("kea-dhcp6");
    Ok(command)
}

/// Keeps a server's files in `folder`.
pub(crate) fn environment(command: &mut Command, folder: &Path) {
    for variable in ["KEA_PIDFILE_DIR", "KEA_LOG_FILE_DIR", "KEA_DHCP_DATA_DIR", "KEA_CONTROL_SOCKET_DIR"] {
        command.env(variable, folder);
    }
    command.env("KEA_LOCKFILE_DIR", "none");
}

/// The server's command line, environment and configuration file.
fn command(server: Option<&Path>, folder: &Path, ground: &Ground) -> io::Result<Command> {
    let config = folder.join("kea-dhcp6.conf");
    fs::write(&config, configuration(folder, ground))?;
    let mut command = program(server)?;
    command.arg("-c").arg(&config);
    if let Some((server, replies)) = ground.ports {
        command.args(["-p", &server.to_string(), "-P", &replies.to_string()]);
    }
    environment(&mut command, folder);
    // The terminal's Ctrl-C shall reach the clients first, which release their leases.
    command.process_group(0);
    let console = File::create(folder.join("console"))?;
    command.stdin(std::process::Stdio::null()).stdout(console.try_clone()?).stderr(console);
    Ok(command)
}

fn start(mut command: Command, network: Option<&Namespace>) -> io::Result<Child> {
    match network {
        Some(network) => network.run(move || command.spawn()),
        None => command.spawn(),
    }
}

/// Three subnets with lifetimes short enough to watch.
fn configuration(folder: &Path, ground: &Ground) -> String {
    let Ground { interface, api, .. } = ground;
    let folder = folder.display();
    let subnet = |number: u8| {
        format!(
            r#"      {{ "id": {number}, "subnet": "fd00:{number}00::/64",
        "pools": [ {{ "pool": "fd00:{number}00::1 - fd00:{number}00::fff" }} ],
        "pd-pools": [ {{ "prefix": "fd00:{number}10::", "prefix-len": 48, "delegated-len": 56 }} ] }}"#
        )
    };
    format!(
        r#"{{
  "Dhcp6": {{
    "interfaces-config": {{ "interfaces": [ "{interface}" ] }},
    "control-sockets": [
      {{ "socket-type": "unix", "socket-name": "{folder}/kea6-ctrl-socket" }},
      {{ "socket-type": "http", "socket-address": "::1", "socket-port": {api} }}
    ],
    "lease-database": {{ "type": "memfile", "persist": true, "name": "{folder}/kea-leases6.csv" }},
    "renew-timer": 5, "rebind-timer": 20, "preferred-lifetime": 30, "valid-lifetime": 40,
    "cache-threshold": 0.0,
    "subnet6": [
{},
{},
{}
    ],
    "loggers": [
      {{ "name": "kea-dhcp6", "severity": "INFO", "output-options": [ {{ "output": "{folder}/kea-dhcp6.log" }} ] }}
    ]
  }}
}}
"#,
        subnet(1),
        subnet(2),
        subnet(3)
    )
}
