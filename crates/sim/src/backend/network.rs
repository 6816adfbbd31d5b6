//! Two network namespaces joined by two cables: the server's links `lan0` and `lan1`, and the clients' ends of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsFd;
use std::process::Command;
use std::time::Duration;

use model::Family;
use net::Frames;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::frame::{self, Frame};
use crate::Fault;
use crate::packet::words::show_hex;
use crate::packet::{EVERYBODY, Heard, RELAY, SERVER, SERVERS4, Sent, end_of, server_port};

/// The namespaces of one server; they go when this is dropped.
///
/// The thread that makes one moves into the clients' namespace for good.
#[derive(Debug)]
pub struct Network {
    server: String,
    clients: String,
    scopes: BTreeMap<String, u32>,
    /// Addresses of clients and relays the server's side knows.
    addresses: Vec<(String, IpAddr, [u8; 6])>,
    sockets: BTreeMap<(String, Ipv6Addr, u16), UdpSocket>,
    frames: BTreeMap<String, Frames>,
    /// Addresses that somebody besides the clients has.
    neighbours: Vec<Ipv4Addr>,
    /// The server knows no way to others.
    alone: bool,
}

/// How often a new address is tried.
const TRIES: usize = 100;
/// Where scenarios that put somebody on a link have their clients.
const ALL_CLIENTS: &str = "10.0.0.0/8";
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
            frames: BTreeMap::new(),
            neighbours: Vec::new(),
            alone: false,
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
            let mut quiet = vec!["netns", "exec", namespace, "sysctl", "-qw"];
            quiet.extend(["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0"]);
            // Relays send from wherever they like.
            quiet.extend(["net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"]);
            ip(&quiet)?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        for link in ["lan0", "lan1"] {
            let (near, far) = (show_hex(&end_of(link, 0)), show_hex(&end_of(link, 1)));
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
        for (link, address) in ["lan0", "lan1"].into_iter().zip(SERVERS4) {
            ip(&["-n", server, "addr", "add", &format!("{address}/24"), "brd", "+", "dev", link])?;
        }
        ip(&["-n", server, "route", "add", "default", "dev", "lan0"])?;
        Self::introduce(clients, SERVER.into(), "lan0", end_of("lan0", 0))?;
        Self::introduce(server, RELAY.into(), "lan0", end_of("lan0", 1))
    }

    /// Tells one side where an address of the other side is, so that no reply waits for neighbour discovery.
    fn introduce(namespace: &str, address: IpAddr, link: &str, mac: [u8; 6]) -> Result<(), Fault> {
        let mac = show_hex(&mac);
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
            let frames = Frames::open(link).map_err(Fault::io(format!("listening on {link}")))?;
            self.frames.insert(link.to_owned(), frames);
        }
        self.addresses.push(("lan0".to_owned(), RELAY.into(), end_of("lan0", 1)));
        Ok(())
    }

    /// Starts over with nobody besides the clients. With `alone` the server's system knows no way to anybody else, so that
    /// asking for them fails at once: the clock that scenarios move makes no time pass.
    ///
    /// # Errors
    /// [`Fault`] if `ip` fails.
    pub fn settle_nobody(&mut self, alone: bool) -> Result<(), Fault> {
        for address in std::mem::take(&mut self.neighbours) {
            ip(&["-n", &self.clients, "addr", "del", &format!("{address}/32"), "dev", "lan0"])?;
            ip(&["-n", &self.server, "route", "del", &format!("{address}/32")])?;
        }
        if self.alone != alone {
            let verb = if alone { "add" } else { "del" };
            ip(&["-n", &self.server, "route", verb, "unreachable", ALL_CLIENTS])?;
            self.alone = alone;
        }
        Ok(())
    }

    /// Lets somebody on the clients' side of `lan0` have an address.
    ///
    /// # Errors
    /// [`Fault`] if `ip` fails.
    pub fn settle(&mut self, address: Ipv4Addr) -> Result<(), Fault> {
        let [server, _] = SERVERS4;
        let (one, back) = (format!("{address}/32"), format!("{server}/32"));
        Self::introduce(&self.clients, server.into(), "lan0", end_of("lan0", 0))?;
        ip(&["-n", &self.clients, "addr", "replace", &one, "dev", "lan0"])?;
        ip(&["-n", &self.clients, "route", "replace", &back, "dev", "lan0"])?;
        ip(&["-n", &self.server, "route", "replace", &one, "dev", "lan0"])?;
        self.neighbours.push(address);
        self.meet(address.into(), "lan0", end_of("lan0", 1)).map(drop)
    }

    /// Sends a packet to the server.
    ///
    /// # Errors
    /// [`Fault::Io`] if the socket cannot be had or used.
    pub fn send(&mut self, sent: &Sent) -> Result<(), Fault> {
        match (sent.from, sent.to) {
            (SocketAddr::V4(from), IpAddr::V4(to)) => self.send_frame(sent, from, to),
            (SocketAddr::V6(from), IpAddr::V6(to)) => self.send_datagram(sent, from, to),
            (from, to) => Err(Fault::scenario(0, format!("nothing goes from {from} to {to}"))),
        }
    }

    /// Looks a moment for an answer to what was sent last.
    ///
    /// # Errors
    /// [`Fault::Io`] if the socket fails.
    pub fn look(&self, sent: &Sent) -> Result<Option<Heard>, Fault> {
        match sent.from {
            SocketAddr::V4(_) => self.look_for_frame(sent),
            SocketAddr::V6(from) => self.look_for_datagram(sent, from),
        }
    }

    /// Tells the server's side where an address is, unless it knows.
    fn meet(&mut self, address: IpAddr, link: &str, mac: [u8; 6]) -> Result<bool, Fault> {
        let known = (link.to_owned(), address, mac);
        if self.addresses.contains(&known) {
            return Ok(false);
        }
        self.addresses.retain(|(on, other, _)| (on.as_str(), *other) != (link, address));
        self.addresses.push(known);
        Self::introduce(&self.server, address, link, mac)?;
        Ok(true)
    }

    /// Sends a frame as a client without an address would, or a relay; nothing of this side's system has part in it.
    fn send_frame(&mut self, sent: &Sent, from: SocketAddrV4, to: Ipv4Addr) -> Result<(), Fault> {
        let giaddr = sent.octets.get(24..28).and_then(|octets| octets.as_array::<4>());
        for address in [*from.ip(), giaddr.map_or(Ipv4Addr::UNSPECIFIED, |octets| Ipv4Addr::from(*octets))] {
            if !address.is_unspecified() && !SERVERS4.contains(&address) {
                self.meet(address.into(), &sent.link, sent.mac)?;
            }
        }
        let frames = self.frames(&sent.link)?;
        while frames.receive(&mut [0; 1], Duration::ZERO).map_err(Fault::io("emptying a socket"))?.is_some() {}
        let ethernet = if to.is_broadcast() { EVERYBODY } else { end_of(&sent.link, 0) };
        let to = SocketAddrV4::new(to, server_port(Family::V4));
        let frame = frame::write(sent.mac, &Frame { ethernet, from, to, octets: &sent.octets });
        frames.send(&frame).map_err(Fault::io(format!("sending to {to}")))
    }

    fn look_for_frame(&self, sent: &Sent) -> Result<Option<Heard>, Fault> {
        let mut buffer = vec![0; 65536];
        let Some(length) = self.frames(&sent.link)?.receive(&mut buffer, LOOK).map_err(Fault::io("receiving"))? else {
            return Ok(None);
        };
        let answer = buffer.get(..length).and_then(frame::read);
        Ok(answer.filter(|answer| answer.from.port() == server_port(Family::V4)).map(|answer| Heard {
            octets: answer.octets.to_vec(),
            delivery: sent.delivery(answer.to.into(), answer.ethernet),
        }))
    }

    fn frames(&self, link: &str) -> Result<&Frames, Fault> {
        self.frames.get(link).ok_or_else(|| Fault::scenario(0, format!("there is no link {link}")))
    }

    /// Sends from an address and port on a link; the address is given to the link if it has it not yet.
    fn send_datagram(&mut self, sent: &Sent, from: SocketAddrV6, to: Ipv6Addr) -> Result<(), Fault> {
        let link = sent.link.as_str();
        let scope = *self.scopes.get(link).ok_or_else(|| Fault::scenario(0, format!("there is no link {link}")))?;
        let address = *from.ip();
        if self.meet(address.into(), link, end_of(link, 1))? {
            ip(&["-n", &self.clients, "addr", "replace", &format!("{address}/64"), "dev", link, "nodad"])?;
        }
        let key = (link.to_owned(), address, from.port());
        if !self.sockets.contains_key(&key) {
            let bound = UdpSocket::bind(SocketAddrV6::new(address, from.port(), 0, scoped(address, scope)))
                .map_err(Fault::io(format!("binding {from}")))?;
            bound.set_read_timeout(Some(LOOK)).map_err(Fault::io("setting a timeout"))?;
            await_route(&bound);
            self.sockets.insert(key.clone(), bound);
        }
        if let Some(socket) = self.sockets.get(&key) {
            drain(socket)?;
            socket
                .send_to(&sent.octets, SocketAddrV6::new(to, server_port(Family::V6), 0, scoped(to, scope)))
                .map_err(Fault::io(format!("sending to {to}")))?;
        }
        Ok(())
    }

    fn look_for_datagram(&self, sent: &Sent, from: SocketAddrV6) -> Result<Option<Heard>, Fault> {
        let mut buffer = vec![0; 65536];
        let Some(socket) = self.sockets.get(&(sent.link.clone(), *from.ip(), from.port())) else {
            return Ok(None);
        };
        match socket.recv_from(&mut buffer) {
            Ok((length, _)) => {
                buffer.truncate(length);
                Ok(Some(Heard { octets: buffer, delivery: Vec::new() }))
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
fn await_route(socket: &UdpSocket) {
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
