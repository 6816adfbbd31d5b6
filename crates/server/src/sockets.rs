//! Which sockets a configuration asks for.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use config::{Configuration, InterfaceInfo, Interfaces as Wanted, ListenAddress, SocketType};
use model::Family;
use net::{Interface, Interfaces, OpenSpec, Role, Socket, Transport};

use crate::delivery::Delivery;

/// Sockets that are open, and why others are not.
#[derive(Debug, Default)]
pub struct Sockets {
    /// The open ones.
    pub open: Vec<Arc<Socket>>,
    /// What could not be opened.
    pub errors: Vec<String>,
}

impl Sockets {
    /// Logs what could not be opened.
    pub fn log_errors(&self, outlet: &Delivery) {
        for error in &self.errors {
            outlet.log("DHCPSRV_OPEN_SOCKET_FAIL", format_args!("failed to open socket: {error}"));
        }
    }
}

/// Opens what a configuration asks for; sockets of `old` that serve the same purpose stay open.
pub fn open(configuration: &Configuration, interfaces: &Interfaces, port: u16, old: &[Arc<Socket>]) -> Sockets {
    let (model, wanted) = (&configuration.model, &configuration.interfaces);
    let mut sockets = Sockets::default();
    let transport = match (model.family, wanted.socket_type) {
        (Family::V6, _) => Transport::Udp6,
        (Family::V4, SocketType::Raw) => Transport::Raw4,
        (Family::V4, SocketType::Udp) => Transport::Udp4,
    };
    for interface in interfaces {
        let Some(spec) = spec(transport, wanted, interface, port) else { continue };
        let (opened, errors) = Socket::open(interface, &spec, old);
        sockets.open.extend(opened);
        sockets.errors.extend(errors.iter().map(ToString::to_string));
    }
    if let Some(theirs) = engine::dhcp4o6::channel(model) {
        let port = model.settings.dhcp4o6_port;
        let own = model.family.pick(port.saturating_add(1), port);
        let same = old.iter().find(|socket| socket.role() == Role::Channel && socket.port() == own);
        match same.map_or_else(|| Socket::channel(own, theirs.port()), |same| Ok(Arc::clone(same))) {
            Ok(channel) => sockets.open.push(channel),
            Err(error) => sockets.errors.push(error.to_string()),
        }
    }
    sockets
}

/// Finds the socket that talks to the server of the other family.
pub fn channel(sockets: &[Arc<Socket>]) -> Option<&Arc<Socket>> {
    sockets.iter().find(|socket| socket.role() == Role::Channel)
}

/// Finds a socket to send by an interface with, one of a group if there is: its source address is the system's choice.
pub fn by<'a>(sockets: &'a [Arc<Socket>], interface: &str) -> Option<&'a Arc<Socket>> {
    let of_it = || sockets.iter().filter(|socket| socket.interface() == interface && socket.role() != Role::Channel);
    of_it().find(|socket| socket.role() == Role::Group).or_else(|| of_it().next())
}

/// Says that opening sockets was tried again often enough.
pub fn exhausted(tries: u32) -> String {
    format!("maximum number of open service sockets attempts: {tries}, has been exhausted without success")
}

/// Lists the IPv4 addresses that sockets listen on: those a client may know the server by.
pub fn served(sockets: &[Arc<Socket>]) -> Vec<Ipv4Addr> {
    let addresses = sockets.iter().flat_map(|socket| socket.addresses());
    addresses.filter_map(|address| if let IpAddr::V4(address) = address { Some(*address) } else { None }).collect()
}

/// Gives what the configuration language knows of an interface.
pub fn info(interface: &Interface) -> InterfaceInfo {
    InterfaceInfo {
        name: interface.name.clone(),
        up: interface.up,
        loopback: interface.loopback,
        addresses: interface.addresses.iter().map(|address| address.address).collect(),
    }
}

/// Says what an interface is to listen on; `None` for nothing.
fn spec(transport: Transport, wanted: &Wanted, interface: &Interface, port: u16) -> Option<OpenSpec> {
    let is_v6 = transport == Transport::Udp6;
    // Kea: the wildcard stands for interfaces that are down, too; that they are is told.
    let whole = wanted.all && !interface.loopback;
    let mut spec = OpenSpec { transport, port, whole, addresses: Vec::new() };
    for listen in wanted.listen.iter().filter(|listen| listen.interface == interface.name) {
        match listen.address {
            ListenAddress::Any => spec.whole = true,
            ListenAddress::One(address) if address.is_ipv6() == is_v6 => {
                spec.addresses.push(address);
                // Kea: the loopback has neither a link-local address nor multicast.
                spec.whole |= is_v6 && !interface.loopback;
            }
            ListenAddress::One(IpAddr::V4(_) | IpAddr::V6(_)) => {}
        }
    }
    (spec.whole || !spec.addresses.is_empty()).then_some(spec)
}
