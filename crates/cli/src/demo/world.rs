//! The hosts of the demonstration: the servers, a relay and three clients, in namespaces or on the loopback.

use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use model::Family;
use net::namespace::{self, Namespace};

use super::client::Client;
use super::daemon::{self, Daemon};
use super::relay::{Link, Relay};

const SERVERS: [Family; 2] = [Family::V4, Family::V6];
const ALL_SERVERS_AND_RELAYS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 1, 2);

/// The clients by name; the second is a router and asks for a prefix, too.
const CLIENTS: [(&str, bool); 3] = [("laptop", false), ("router", true), ("phone", false)];

/// Everything that was made; dropping it removes it all.
#[derive(Debug)]
pub(crate) struct World {
    /// The servers.
    pub(crate) servers: Vec<Daemon>,
    /// Whether the hosts are in namespaces; else everything is on the loopback.
    pub(crate) namespaces: bool,
    /// The relays, taken by the threads that run them.
    pub(crate) relays: Vec<Relay>,
    /// The clients, taken by the threads that run them.
    pub(crate) clients: Vec<Client>,
    folder: PathBuf,
    networks: Vec<Namespace>,
}

/// Where the parts of a world reach each other.
struct Ground {
    /// The first is the servers'.
    networks: Vec<Namespace>,
    sides: Vec<Side>,
    clients: Vec<Client>,
}

/// What one protocol needs.
struct Side {
    family: Family,
    /// The server's interface and address, as its configuration names it.
    interface: String,
    /// Server and reply ports; `None` stands for the standard ones.
    ports: Option<(u16, u16)>,
    api: u16,
    relay: Relay,
}

impl World {
    /// Makes the hosts and starts `servers`, or this program under the names of the servers.
    ///
    /// # Errors
    /// Those of the kernel; `TimedOut` if a server does not come up.
    pub(crate) fn make(servers: &[PathBuf]) -> io::Result<Self> {
        let (namespaces, ground) = match in_namespaces() {
            Ok(ground) => (true, ground),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => (false, on_loopback()?),
            Err(error) => return Err(error),
        };
        let Ground { networks, sides, clients } = ground;
        let folder = daemon::folder("nestor-demo")?;
        let mut world = Self { servers: Vec::new(), namespaces, relays: Vec::new(), clients, folder, networks };
        for side in sides {
            let text = configuration(&world.folder, &side);
            fs::write(world.folder.join(daemon::file(side.family, "conf")), text)?;
            let mut command = daemon::program(servers, side.family)?;
            if let Some((server, replies)) = side.ports {
                command.args(["-p", &server.to_string(), "-P", &replies.to_string()]);
            }
            let network = world.networks.first();
            world.servers.push(Daemon::start((side.family, side.api), command, &world.folder, network)?);
            world.relays.push(side.relay);
        }
        world.servers.iter_mut().try_for_each(Daemon::wait_until_up)?;
        Ok(world)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.servers.clear();
        drop(fs::remove_dir_all(&self.folder));
    }
}

fn server_port(family: Family) -> u16 {
    family.pick(67, 547)
}

fn client_port(family: Family) -> u16 {
    family.pick(68, 546)
}

/// The address of a host on the network of servers and relays: 1 is the servers', 2 the relays'.
fn backbone(family: Family, host: u8) -> IpAddr {
    family.pick(Ipv4Addr::new(10, 0, 0, host).into(), Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, host.into()).into())
}

/// The relay's address on a client's link.
fn link_address(family: Family, number: u8) -> IpAddr {
    let v6 = Ipv6Addr::new(0xfd00, u16::from(number) << 8, 0, 0, 0, 0, 0, 0xffff);
    family.pick(Ipv4Addr::new(10, number, 0, 1).into(), v6.into())
}

fn link_local(number: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(number))
}

/// A DUID of type LL with an address of the demonstration's own.
fn duid(number: u8) -> Vec<u8> {
    vec![0, 3, 0, 1, 2, 0, 0, 0, 0, number]
}

fn length(family: Family) -> u8 {
    family.pick(24, 64)
}

/// Networks for the servers, the relay and each client, joined by cables.
fn in_namespaces() -> io::Result<Ground> {
    let (server, middle) = (Namespace::new()?, Namespace::new()?);
    server.cable("eth0", &middle, "up0")?;
    let both = |interface: &str, host: u8| {
        namespace::set_up("lo")?;
        namespace::set_up(interface)?;
        SERVERS
            .into_iter()
            .try_for_each(|family| namespace::add_address(interface, backbone(family, host), length(family)))
    };
    server.run(|| both("eth0", 1))?;
    middle.run(|| both("up0", 2))?;
    let (mut hosts, mut clients) = (Vec::new(), Vec::new());
    let mut links = SERVERS.map(|family| (family, Vec::new()));
    for (number, (name, router)) in (1_u8..).zip(CLIENTS) {
        let host = Namespace::new()?;
        let port = format!("lan{number}");
        host.cable("eth0", &middle, &port)?;
        middle.run(|| ready(&port, number.saturating_add(100)))?;
        host.run(|| ready("eth0", number))?;
        for (family, links) in &mut links {
            let (family, address) = (*family, link_address(*family, number));
            let socket = middle.run(|| relay_socket(family, &port, address))?;
            links.push(Link { name: name.to_owned(), address, socket });
            let (socket, to) = host.run(|| client_socket(family, number))?;
            clients.push(Client { family, name: name.to_owned(), id: duid(number), router, socket, to });
        }
        hosts.push(host);
    }
    let mut sides = Vec::new();
    for (family, links) in links {
        let (server, address) = (backbone(family, 1), backbone(family, 2));
        let up = middle.run(|| {
            let socket = UdpSocket::bind((address, server_port(family)))?;
            socket.connect((server, server_port(family)))?;
            Ok(socket)
        })?;
        let relay = Relay { family, address, up, links };
        let api = family.pick(8004, 8006);
        sides.push(Side { family, interface: format!("eth0/{server}"), ports: None, api, relay });
    }
    let networks = [server, middle].into_iter().chain(hosts).collect();
    Ok(Ground { networks, sides, clients })
}

fn ready(interface: &str, number: u8) -> io::Result<()> {
    namespace::set_up(interface)?;
    namespace::add_address(interface, link_local(number), 64)
}

/// The relay's ear on a client's link.
fn relay_socket(family: Family, interface: &str, address: IpAddr) -> io::Result<UdpSocket> {
    namespace::add_address(interface, address, length(family))?;
    let port = server_port(family);
    if family == Family::V4 {
        return namespace::broadcast_socket(interface, port);
    }
    let index = namespace::index(interface)?;
    let socket = UdpSocket::bind(SocketAddrV6::new(ALL_SERVERS_AND_RELAYS, port, 0, index))?;
    socket.join_multicast_v6(&ALL_SERVERS_AND_RELAYS, index)?;
    Ok(socket)
}

/// A client's mouth and ear, and where it finds servers and relays.
fn client_socket(family: Family, number: u8) -> io::Result<(UdpSocket, SocketAddr)> {
    let (ours, theirs) = (client_port(family), server_port(family));
    if family == Family::V4 {
        let socket = namespace::broadcast_socket("eth0", ours)?;
        return Ok((socket, (Ipv4Addr::BROADCAST, theirs).into()));
    }
    let index = namespace::index("eth0")?;
    let socket = UdpSocket::bind(SocketAddrV6::new(link_local(number), ours, 0, index))?;
    Ok((socket, SocketAddrV6::new(ALL_SERVERS_AND_RELAYS, theirs, 0, index).into()))
}

/// The same without any right: DHCPv6 on the loopback, on ports nobody uses.
///
/// Kea: a DHCPv4 server does not serve the loopback.
fn on_loopback() -> io::Result<Ground> {
    let (family, address) = (Family::V6, Ipv6Addr::LOCALHOST.into());
    let local = || UdpSocket::bind((address, 0));
    let port = |socket: &UdpSocket| socket.local_addr().map(|address| address.port());
    let server = port(&local()?)?;
    let api = TcpListener::bind((address, 0))?.local_addr()?.port();
    let up = local()?;
    up.connect((address, server))?;
    let (mut links, mut clients) = (Vec::new(), Vec::new());
    for (number, (name, router)) in (1_u8..).zip(CLIENTS) {
        let socket = local()?;
        let to = (address, port(&socket)?).into();
        links.push(Link { name: name.to_owned(), address: link_address(family, number), socket });
        clients.push(Client { family, name: name.to_owned(), id: duid(number), router, socket: local()?, to });
    }
    let ports = Some((server, port(&up)?));
    let relay = Relay { family, address, up, links };
    let sides = vec![Side { family, interface: format!("lo/{address}"), ports, api, relay }];
    Ok(Ground { networks: Vec::new(), sides, clients })
}

/// Three subnets with lifetimes short enough to watch.
fn configuration(folder: &Path, side: &Side) -> String {
    let Side { family, interface, api, .. } = side;
    let (digit, folder, localhost) = (family.digit(), folder.display(), family.pick("127.0.0.1", "::1"));
    let subnet = |number: u8| {
        family.pick(
            format!(
                r#"      {{ "id": {number}, "subnet": "10.{number}.0.0/24",
        "pools": [ {{ "pool": "10.{number}.0.10 - 10.{number}.0.99" }} ] }}"#
            ),
            format!(
                r#"      {{ "id": {number}, "subnet": "fd00:{number}00::/64",
        "pools": [ {{ "pool": "fd00:{number}00::1 - fd00:{number}00::fff" }} ],
        "pd-pools": [ {{ "prefix": "fd00:{number}10::", "prefix-len": 48, "delegated-len": 56 }} ] }}"#
            ),
        )
    };
    let subnets = [1, 2, 3].map(subnet).join(",\n");
    let times = family.pick(r#""calculate-tee-times": true"#, r#""preferred-lifetime": 30"#);
    let leases = daemon::leases(*family);
    format!(
        r#"{{
  "Dhcp{digit}": {{
    "interfaces-config": {{ "interfaces": [ "{interface}" ] }},
    "control-sockets": [
      {{ "socket-type": "unix", "socket-name": "{folder}/kea{digit}-ctrl-socket" }},
      {{ "socket-type": "http", "socket-address": "{localhost}", "socket-port": {api} }}
    ],
    "lease-database": {{ "type": "memfile", "persist": true, "name": "{folder}/{leases}" }},
    "renew-timer": 5, "rebind-timer": 20, {times}, "valid-lifetime": 40,
    "cache-threshold": 0.0,
    "subnet{digit}": [
{subnets}
    ],
    "loggers": [
      {{ "name": "kea-dhcp{digit}", "severity": "INFO", "output-options": [ {{ "output": "{folder}/kea-dhcp{digit}.log" }} ] }}
    ]
  }}
}}
"#
    )
}
