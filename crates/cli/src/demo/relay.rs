//! A relay (RFC 8415 §19, RFC 2131 §4.1): wraps what it hears on its links for the server, unwraps what that sends back.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use model::Family;

use super::Event;
use super::packet::{self, Envelope};

/// One link with clients.
#[derive(Debug)]
pub(crate) struct Link {
    /// Its name; interface-id or circuit-id of the envelopes.
    pub(crate) name: String,
    /// An address on it, by which the server finds the subnet.
    pub(crate) address: IpAddr,
    /// Hears the clients and speaks to them.
    pub(crate) socket: UdpSocket,
}

/// The relay's sockets for one protocol.
#[derive(Debug)]
pub(crate) struct Relay {
    /// The protocol.
    pub(crate) family: Family,
    /// Where it hears the server, as its envelopes say it.
    pub(crate) address: IpAddr,
    /// Speaks with the server; connected to it.
    pub(crate) up: UdpSocket,
    /// The links with clients.
    pub(crate) links: Vec<Link>,
}

/// Where the client of a link last spoke from; every link here has one client.
type Peers = Mutex<BTreeMap<String, SocketAddr>>;

/// How often a waiting relay looks whether it shall stop.
const TICK: Duration = Duration::from_millis(100);

impl Relay {
    /// Relays until `stop`.
    pub(crate) fn live(&self, events: &Sender<Event>, stop: &AtomicBool) {
        let peers = Peers::default();
        std::thread::scope(|scope| {
            for link in &self.links {
                scope.spawn(|| {
                    each(&link.socket, stop, |octets, from| self.go_up(link, octets, from, (&peers, events)));
                });
            }
            each(&self.up, stop, |octets, _| self.go_down(octets, &peers, events));
        });
    }

    fn go_up(&self, link: &Link, octets: &[u8], from: SocketAddr, (peers, events): (&Peers, &Sender<Event>)) {
        if let Ok(mut peers) = peers.lock() {
            peers.insert(link.name.clone(), from);
        }
        self.tell(events, &link.name, true, octets);
        let peer = self.family.pick(self.address, from.ip());
        let envelope = Envelope { link: link.address, peer, name: link.name.as_bytes(), port: None };
        // What the network does not take is lost, as on any link; the client asks again.
        drop(self.up.send(&packet::forward(self.family, octets, &envelope)));
    }

    fn go_down(&self, octets: &[u8], peers: &Peers, events: &Sender<Event>) {
        let Some((name, message)) = packet::opened(self.family, octets) else { return };
        let Some(link) = self.links.iter().find(|link| link.name.as_bytes() == name) else { return };
        let peer = peers.lock().ok().and_then(|peers| peers.get(&link.name).copied());
        if let Some(mut peer) = peer {
            if peer.ip() == IpAddr::V4(Ipv4Addr::UNSPECIFIED) {
                peer.set_ip(Ipv4Addr::BROADCAST.into());
            }
            self.tell(events, &link.name, false, message);
            drop(link.socket.send_to(message, peer));
        }
    }

    fn tell(&self, events: &Sender<Event>, client: &str, up: bool, octets: &[u8]) {
        let text = packet::describe(self.family, octets);
        drop(events.send(Event::Message { client: client.to_owned(), up, text }));
    }
}

/// Hands every datagram of a socket to `take` until `stop`.
fn each(socket: &UdpSocket, stop: &AtomicBool, mut take: impl FnMut(&[u8], SocketAddr)) {
    let mut buffer = [0; 4096];
    if socket.set_read_timeout(Some(TICK)).is_err() {
        return;
    }
    while !stop.load(Ordering::Relaxed) {
        if let Ok((length, from)) = socket.recv_from(&mut buffer)
            && let Some(octets) = buffer.get(..length)
        {
            take(octets, from);
        }
    }
}
