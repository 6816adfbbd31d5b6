//! A relay (RFC 8415 §19): wraps what it hears on its links for the server, unwraps what the server sends back.

use std::collections::BTreeMap;
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use wire::v6::{Packet, code};

use super::{Event, packet};

/// One link with clients.
#[derive(Debug)]
pub(crate) struct Link {
    /// Its name; the interface-id of the envelopes.
    pub(crate) name: String,
    /// An address on it, by which the server finds the subnet.
    pub(crate) address: Ipv6Addr,
    /// Hears the clients and speaks to them.
    pub(crate) socket: UdpSocket,
}

/// The relay's sockets.
#[derive(Debug)]
pub(crate) struct Relay {
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
        let SocketAddr::V6(peer) = from else {
            return;
        };
        if let Ok(mut peers) = peers.lock() {
            peers.insert(link.name.clone(), from);
        }
        tell(events, &link.name, true, octets);
        // What the network does not take is lost, as on any link; the client asks again.
        drop(self.up.send(&packet::forward(octets, link.address, *peer.ip(), link.name.as_bytes())));
    }

    fn go_down(&self, octets: &[u8], peers: &Peers, events: &Sender<Event>) {
        let Some((link, message)) = opened(octets, &self.links) else {
            return;
        };
        let peer = peers.lock().ok().and_then(|peers| peers.get(&link.name).copied());
        if let Some(peer) = peer {
            tell(events, &link.name, false, message);
            drop(link.socket.send_to(message, peer));
        }
    }
}

/// Opens the server's envelope: the link it is for and the message inside.
fn opened<'a, 'b>(octets: &'a [u8], links: &'b [Link]) -> Option<(&'b Link, &'a [u8])> {
    let packet = Packet::decode(octets).ok()?;
    let envelope = packet.relays.first()?;
    let name = envelope.options.first(code::INTERFACE_ID)?;
    let link = links.iter().find(|link| link.name.as_bytes() == name)?;
    Some((link, envelope.options.first(code::RELAY_MSG)?))
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

fn tell(events: &Sender<Event>, client: &str, up: bool, octets: &[u8]) {
    let text = packet::describe(octets);
    drop(events.send(Event::Message { client: client.to_owned(), up, text }));
}
