//! Two network namespaces joined by two cables: the server's links `lan0` and `lan1`, and the clients' ends of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::os::fd::AsFd;
use std::process::Command;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::Fault;
use crate::packet::{RELAY, SERVER};

/// The namespaces of one server; they go when this is dropped.
///
/// The thread that makes one moves into the clients' namespace for good.
#[derive(Debug)]
pub struct Network {
    server: String,
    clients: String,
    scopes: BTreeMap<String, u32>,
    addresses: Vec<(String, Ipv6Addr)>,
    sockets: BTreeMap<(String, Ipv6Addr, u16), UdpSocket>,
}

/// How often a new address is tried.
const TRIES: usize = 100;
/// How long one look for a reply lasts.
const LOOK: Duration = Duration::from_millis(15);

impl Network {
    /// Makes the namespaces `NAME-s` and `NAME-c` and moves the calling thread into the second.
    ///
    /// # Errors
    /// [`Fault`] if `ip` fails, which it does without root.
    pub fn new(name: &str) -> Result<Self, Fault> {
        let mut network = Self {
            server: format!("{name}-s"),
            clients: format!("{name}-c"),
            scopes: BTreeMap::new(),
            addresses: Vec::new(),
            sockets: BTreeMap::new(),
        };
        network.build()?;
        network.enter()?;
        Ok(network)
    }

    /// Gives the name of the server's namespace.
    pub fn server(&self) -> &str {
        &self.server
    }

    fn build(&self) -> Result<(), Fault> {
        let (server, clients) = (self.server.as_str(), self.clients.as_str());
        for namespace in [server, clients] {
            ip(&["netns", "add", namespace])?;
            let quiet = ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0"];
            ip(&["netns", "exec", namespace, "sysctl", "-qw", quiet[0], quiet[1]])?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        for (index, link) in ["lan0", "lan1"].into_iter().enumerate() {
            let (near, far) = (format!("02:00:00:00:0{}:00", index + 1), format!("02:00:00:00:0{}:01", index + 1));
            ip(&[
                "-n", server, "link", "add", link, "address", &near, "type", "veth", "peer", "name", link, "netns",
                clients, "address", &far,
            ])?;
        }
        for (namespace, address) in [(server, SERVER), (clients, RELAY)] {
            for link in ["lan0", "lan1"] {
                ip(&["-n", namespace, "link", "set", link, "up"])?;
            }
            ip(&["-n", namespace, "addr", "add", &format!("{address}/64"), "dev", "lan0", "nodad"])?;
            ip(&["-n", namespace, "-6", "route", "add", "default", "dev", "lan0"])?;
        }
        Self::introduce(clients, SERVER, "lan0", "00")?;
        Self::introduce(server, RELAY, "lan0", "01")
    }

    /// Tells one side where an address of the other side is, so that no reply waits for neighbour discovery.
    fn introduce(namespace: &str, address: Ipv6Addr, link: &str, side: &str) -> Result<(), Fault> {
        let number = if link == "lan0" { 1 } else { 2 };
        let mac = format!("02:00:00:00:0{number}:{side}");
        ip(&[
            "-n",
            namespace,
            "neigh",
            "replace",
            &address.to_string(),
            "lladdr",
            &mac,
            "dev",
            link,
            "nud",
            "permanent",
        ])
    }

    fn enter(&mut self) -> Result<(), Fault> {
        let path = format!("/run/netns/{}", self.clients);
        let namespace = File::open(&path).map_err(Fault::io(format!("opening {path}")))?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
            .map_err(|error| Fault::io("entering a namespace")(error.into()))?;
        let probe = UdpSocket::bind("[::1]:0").map_err(Fault::io("opening a socket"))?;
        for link in ["lan0", "lan1"] {
            let index = rustix::net::netdevice::name_to_index(&probe, link)
                .map_err(|error| Fault::io("looking for a link")(error.into()))?;
            self.scopes.insert(link.to_owned(), index);
        }
        self.addresses.push(("lan0".to_owned(), RELAY));
        Ok(())
    }

    /// Sends octets from an address and port on a link; the address is given to the link if it has it not yet.
    ///
    /// # Errors
    /// [`Fault::Io`] if the socket cannot be had or used.
    pub fn send(&mut self, link: &str, from: (Ipv6Addr, u16), to: (Ipv6Addr, u16), octets: &[u8]) -> Result<(), Fault> {
        let scope = *self.scopes.get(link).ok_or_else(|| Fault::scenario(0, format!("there is no link {link}")))?;
        let has = self.addresses.iter().any(|(on, address)| on == link && *address == from.0);
        if !has {
            ip(&["-n", &self.clients, "addr", "replace", &format!("{}/64", from.0), "dev", link, "nodad"])?;
            Self::introduce(&self.server, from.0, link, "01")?;
            self.addresses.push((link.to_owned(), from.0));
        }
        let key = (link.to_owned(), from.0, from.1);
        if !self.sockets.contains_key(&key) {
            let bound = UdpSocket::bind(SocketAddrV6::new(from.0, from.1, 0, scoped(from.0, scope)))
                .map_err(Fault::io(format!("binding {}:{}", from.0, from.1)))?;
            bound.set_read_timeout(Some(LOOK)).map_err(Fault::io("setting a timeout"))?;
            settle(&bound);
            self.sockets.insert(key.clone(), bound);
        }
        if let Some(socket) = self.sockets.get(&key) {
            drain(socket)?;
            socket
                .send_to(octets, SocketAddrV6::new(to.0, to.1, 0, scoped(to.0, scope)))
                .map_err(Fault::io(format!("sending to {}", to.0)))?;
        }
        Ok(())
    }

    /// Looks a moment for a packet that came to the socket last sent from.
    ///
    /// # Errors
    /// [`Fault::Io`] if the socket fails.
    pub fn look(&self, link: &str, at: (Ipv6Addr, u16)) -> Result<Option<Vec<u8>>, Fault> {
        let mut buffer = vec![0; 65536];
        let Some(socket) = self.sockets.get(&(link.to_owned(), at.0, at.1)) else {
            return Ok(None);
        };
        match socket.recv_from(&mut buffer) {
            Ok((length, _)) => {
                buffer.truncate(length);
                Ok(Some(buffer))
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(Fault::io("receiving")(error)),
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in [&self.server, &self.clients] {
            if let Err(fault) = ip(&["netns", "del", namespace]) {
                eprintln!("leaving namespace {namespace} behind: {fault}");
            }
        }
    }
}

fn scoped(address: Ipv6Addr, scope: u32) -> u32 {
    if address.is_multicast() || address.is_unicast_link_local() { scope } else { 0 }
}

/// Waits until a new address hears what is sent to it: the system enters its route a little later than the address.
fn settle(socket: &UdpSocket) {
    let Ok(own) = socket.local_addr() else {
        return;
    };
    for _ in 0..TRIES {
        if socket.send_to(&[0], own).is_ok() && socket.recv_from(&mut [0; 1]).is_ok() {
            return;
        }
    }
}

fn drain(socket: &UdpSocket) -> Result<(), Fault> {
    socket.set_nonblocking(true).map_err(Fault::io("emptying a socket"))?;
    while socket.recv_from(&mut [0; 1]).is_ok() {}
    socket.set_nonblocking(false).map_err(Fault::io("emptying a socket"))
}

fn ip(arguments: &[&str]) -> Result<(), Fault> {
    let output = Command::new("ip").args(arguments).output().map_err(Fault::io("running ip"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = format!("ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    Err(Fault::Server { why })
}
