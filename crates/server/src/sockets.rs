//! Which sockets a configuration asks for, and which of the open ones can stay.

use std::sync::Arc;

use config::{InterfaceInfo, Interfaces as Wanted, ListenAddress};
use net::{Interface, Interfaces, OpenSpec, Udp6};

/// Sockets that are open, and why others are not.
#[derive(Debug, Default)]
pub struct Sockets {
    /// The open ones.
    pub open: Vec<Arc<Udp6>>,
    /// What could not be opened.
    pub errors: Vec<String>,
}

/// Opens what a configuration asks for; sockets of `old` that serve the same purpose stay open.
pub fn open(wanted: &Wanted, interfaces: &Interfaces, port: u16, old: &[Arc<Udp6>]) -> Sockets {
    let mut sockets = Sockets::default();
    for (interface, spec) in plan(wanted, interfaces, port) {
        let kept: Vec<Arc<Udp6>> = old.iter().filter(|socket| socket.serves(interface, &spec)).cloned().collect();
        let missing = without(&spec, &kept);
        sockets.open.extend(kept);
        if missing.multicast || !missing.unicast.is_empty() {
            let (opened, errors) = Udp6::open(interface, &missing);
            sockets.open.extend(opened.into_iter().map(Arc::new));
            sockets.errors.extend(errors.iter().map(ToString::to_string));
        }
    }
    sockets
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

/// Lists each interface once, with everything it is to listen on.
fn plan<'a>(wanted: &Wanted, interfaces: &'a Interfaces, port: u16) -> Vec<(&'a Interface, OpenSpec)> {
    let mut plan = Vec::new();
    for interface in interfaces {
        let named = wanted.listen.iter().filter(|listen| listen.interface == interface.name);
        let mut spec = OpenSpec { port, multicast: wanted.all && interface.is_wildcard_match(), unicast: Vec::new() };
        for listen in named {
            match listen.address {
                ListenAddress::Any => spec.multicast = true,
                ListenAddress::One(std::net::IpAddr::V6(address)) => {
                    spec.unicast.push(address);
                    // Kea: the loopback has neither a link-local address nor multicast.
                    spec.multicast |= !interface.loopback;
                }
                ListenAddress::One(std::net::IpAddr::V4(_)) => {}
            }
        }
        if spec.multicast || !spec.unicast.is_empty() {
            plan.push((interface, spec));
        }
    }
    plan
}

/// Takes out of a specification what `kept` sockets do already.
fn without(spec: &OpenSpec, kept: &[Arc<Udp6>]) -> OpenSpec {
    let has = |role| kept.iter().any(|socket| socket.role() == role);
    OpenSpec {
        port: spec.port,
        multicast: spec.multicast && !has(net::Role::LinkLocal),
        unicast: spec
            .unicast
            .iter()
            .filter(|address| {
                !kept.iter().any(|socket| socket.role() == net::Role::Unicast && socket.address() == **address)
            })
            .copied()
            .collect(),
    }
}
