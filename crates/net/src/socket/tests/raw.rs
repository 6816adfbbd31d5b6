//! Raw sockets on a real link: two network namespaces and a cable. Needs root.

use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::super::*;
use crate::namespace::{self, Namespace};
use crate::{Frames, Interfaces, LinkAddress, Poller, interfaces};

/// Two machines on a cable; the server has 192.0.2.1 and 192.0.2.3, the client no address.
struct Link {
    server: Namespace,
    client: Namespace,
}

impl Link {
    /// Makes the machines; `None`, said loudly, without the rights to.
    fn new() -> Option<Self> {
        let made = Namespace::new().and_then(|server| {
            let client = Namespace::new()?;
            server.cable("eth0", &client, "eth0")?;
            client.run(|| namespace::set_up("eth0"))?;
            server.run(|| {
                namespace::set_up("eth0")?;
                ["192.0.2.1", "192.0.2.3"].iter().try_for_each(|own| namespace::add_address("eth0", ip(own), 24))
            })?;
            Ok(Self { server, client })
        });
        match made {
            Ok(link) => {
                let there_and_back = passes(&link.client, &link.server) && passes(&link.server, &link.client);
                assert!(there_and_back, "the link does not come up");
                Some(link)
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                writeln!(io::stderr(), "SKIPPED: raw sockets on a link need root").unwrap();
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    fn interfaces(&self) -> Interfaces {
        self.server.run(|| interfaces().map_err(io::Error::other)).unwrap()
    }

    fn open(&self, spec: &OpenSpec, old: &[Arc<Socket>]) -> (Vec<Arc<Socket>>, Vec<OpenError>) {
        let all = self.interfaces();
        self.server.run(|| Ok(Socket::open(all.named("eth0").unwrap(), spec, old))).unwrap()
    }

    fn tap(&self) -> (OwnedFd, u32) {
        tap(&self.client)
    }

    /// A UDP socket of the client on its port, tied to the cable.
    fn udp(&self) -> UdpSocket {
        let open = || {
            let socket = UdpSocket::bind("0.0.0.0:68")?;
            sys::bind_to_device(socket.as_fd(), "eth0")?;
            socket.set_broadcast(true)?;
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            Ok(socket)
        };
        self.client.run(open).unwrap()
    }
}

/// A packet socket of a machine that sees all IPv4 packets, and the number of its interface.
fn tap(machine: &Namespace) -> (OwnedFd, u32) {
    let open = || {
        let (fd, index) = (sys::packet_socket()?, namespace::index("eth0")?);
        sys::bind_packets(fd.as_fd(), index)?;
        Ok((fd, index))
    };
    machine.run(open).unwrap()
}

/// Waits until packets get through: the kernel drops what is sent before it has noticed that the cable is in.
fn passes(from: &Namespace, to: &Namespace) -> bool {
    let (near, far) = (tap(from), tap(to));
    within_moments(|| {
        inject(&near, LinkAddress::BROADCAST, "192.0.2.255:9", |_| {});
        let mut batch = Batch::new(1, 2048);
        let (buffers, size, received) = batch.parts();
        sys::receive(far.0.as_fd(), buffers, size, received).is_ok_and(|count| count > 0)
    })
}

fn within_moments(done: impl Fn() -> bool) -> bool {
    (0..100).any(|_| {
        done() || {
            std::thread::sleep(Duration::from_millis(20));
            false
        }
    })
}

/// The hardware address of a machine's `eth0`.
fn hardware(machine: &Namespace) -> LinkAddress {
    let all = machine.run(|| interfaces().map_err(io::Error::other)).unwrap();
    LinkAddress::new(&all.named("eth0").unwrap().hardware.octets).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn spec(transport: Transport, addresses: &[&str]) -> OpenSpec {
    let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
    OpenSpec { transport, port: 67, whole: addresses.is_empty(), addresses }
}

/// Waits for so many packets by one socket: octets, source, destination and the machine it came from.
fn receive(socket: &Arc<Socket>, count: usize) -> Vec<(Vec<u8>, SocketAddr, IpAddr, LinkAddress)> {
    let poller = Poller::new(vec![Arc::clone(socket)]).unwrap();
    let (mut ready, mut batch, mut heard) = (Vec::new(), Batch::new(8, 2048), Vec::new());
    while heard.len() < count {
        poller.wait(Some(Duration::from_secs(5)), &mut ready).unwrap();
        assert!(!ready.is_empty(), "only {heard:?}");
        socket.recv_batch(&mut batch).unwrap();
        heard.extend(batch.iter().map(|found| (found.octets.to_vec(), found.from, found.to, found.link)));
    }
    heard
}

/// Sends packets with the headers of 192.0.2.9 port 68, as damaged as `change` makes them.
fn inject(tap: &(OwnedFd, u32), link: LinkAddress, to: &str, change: impl Fn(&mut [u8; frame::HEADERS])) {
    let to: SocketAddr = to.parse().unwrap();
    let mut headers = frame::headers("192.0.2.9:68".parse().unwrap(), to, b"query").unwrap();
    change(&mut headers);
    let packet = Outgoing { octets: b"query", to, source: None, ifindex: tap.1, via: Via::Link(link) };
    assert_eq!(sys::send(tap.0.as_fd(), &[packet], &[headers]).unwrap(), 1);
}

/// Repairs the header's checksum after a change of one of its words.
fn patch(headers: &mut [u8; frame::HEADERS], at: usize, octets: &[u8]) {
    headers[at..at + octets.len()].copy_from_slice(octets);
    headers[10..12].fill(0);
    let sum: u32 = headers[..20].chunks(2).map(|word| u32::from(u16::from_be_bytes([word[0], word[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    headers[10..12].copy_from_slice(&(!u16::try_from(folded).unwrap()).to_be_bytes());
}

#[test]
fn a_client_without_an_address_is_heard_once_and_answered_at_its_machine() {
    let Some(link) = Link::new() else { return };
    let (sockets, errors) = link.open(&spec(Transport::Raw4, &[]), &[]);
    assert!(errors.is_empty() && sockets.len() == 1, "{errors:?}");
    let socket = &sockets[0];
    assert_eq!((socket.role(), socket.addresses()), (Role::Raw, &[ip("192.0.2.1"), ip("192.0.2.3")][..]));
    let client = link.udp();
    // The kernel leaves the checksum to the cable, which has none: the packet arrives without.
    client.send_to(b"discover", "255.255.255.255:67").unwrap();
    let own = hardware(&link.client);
    let from: SocketAddr = "0.0.0.0:68".parse().unwrap();
    assert_eq!(receive(socket, 1), [(b"discover".to_vec(), from, ip("255.255.255.255"), own)]);
    assert_eq!(socket.local(ip("255.255.255.255")), ip("192.0.2.1"));
    assert_eq!(socket.local(ip("192.0.2.3")), ip("192.0.2.3"));

    let tap = link.tap();
    let answer = |to: &str, machine| Outgoing {
        octets: b"offer",
        to: to.parse().unwrap(),
        source: Some(ip("192.0.2.3")),
        ifindex: 0,
        via: Via::Link(machine),
    };
    let answers = [answer("192.0.2.100:68", own), answer("255.255.255.255:68", LinkAddress::BROADCAST)];
    assert_eq!(socket.send_batch(&answers, |_, error| panic!("{error}")), 2);
    let mut room = [0; 64];
    let (length, from) = client.recv_from(&mut room).unwrap();
    assert_eq!((&room[..length], from), (&b"offer"[..], "192.0.2.3:67".parse().unwrap()));
    let mut batch = Batch::new(4, 2048);
    let (buffers, size, received) = batch.parts();
    assert_eq!(sys::receive(tap.0.as_fd(), buffers, size, received).unwrap(), 2);
    let first = &buffers[..received[0].length];
    assert_eq!(received[0].link, hardware(&link.server));
    let wanted = frame::headers("192.0.2.3:67".parse().unwrap(), "192.0.2.100:68".parse().unwrap(), b"offer").unwrap();
    assert_eq!(first, [&wanted[..], b"offer"].concat());
}

#[test]
fn what_is_damaged_or_for_somebody_else_is_not_handed_over() {
    let Some(link) = Link::new() else { return };
    let (sockets, _) = link.open(&spec(Transport::Raw4, &["192.0.2.1"]), &[]);
    let (tap, server) = (link.tap(), hardware(&link.server));
    let other = LinkAddress::new(&[2, 0, 0, 0, 0, 9]).unwrap();
    let whole = |_: &mut [u8; frame::HEADERS]| {};
    inject(&tap, other, "192.0.2.1:67", whole);
    inject(&tap, server, "192.0.2.3:67", whole);
    inject(&tap, server, "192.0.2.255:67", whole);
    inject(&tap, server, "192.0.2.1:68", whole);
    inject(&tap, server, "192.0.2.1:67", |headers| headers[27] ^= 1);
    inject(&tap, server, "192.0.2.1:67", |headers| patch(headers, 6, &[0x20, 0]));
    inject(&tap, server, "192.0.2.1:67", |headers| headers[8] ^= 1);
    inject(&tap, server, "192.0.2.1:67", whole);
    inject(&tap, server, "192.0.2.1:67", |headers| patch(headers, 8, &[1]));
    inject(&tap, server, "192.0.2.1:67", |headers| headers[26..28].fill(0));
    let heard = receive(&sockets[0], 3);
    let machine = hardware(&link.client);
    let query = (b"query".to_vec(), "192.0.2.9:68".parse().unwrap(), ip("192.0.2.1"), machine);
    assert_eq!(heard, [query.clone(), query.clone(), query]);
    let mut batch = Batch::new(8, 2048);
    assert_eq!(sockets[0].recv_batch(&mut batch).unwrap(), 0);
}

#[test]
fn a_frame_of_a_vlan_is_not_taken_for_one_of_its_carrier() {
    let Some(link) = Link::new() else { return };
    let (sockets, _) = link.open(&spec(Transport::Raw4, &["192.0.2.1"]), &[]);
    let frames = link.client.run(|| Frames::open("eth0")).unwrap();
    let to: SocketAddr = "255.255.255.255:67".parse().unwrap();
    let send = |tag: &[u8]| {
        let headers = frame::headers("0.0.0.0:68".parse().unwrap(), to, tag).unwrap();
        let machine = [2, 0, 0, 0, 0, 7];
        frames.send(&[&[255; 6][..], &machine, tag, &[8, 0], &headers, tag].concat()).unwrap();
    };
    // VLAN 10; then VLAN 0, which is only a priority; then no tag.
    for tag in [&[0x81, 0, 0, 10][..], &[0x81, 0, 0xa0, 0], &[]] {
        send(tag);
    }
    let heard = receive(&sockets[0], 2);
    let payloads: Vec<&[u8]> = heard.iter().map(|(octets, ..)| &octets[..]).collect();
    assert_eq!(payloads, [&[0x81, 0, 0xa0, 0][..], &[]]);
    assert!(heard.iter().all(|(_, _, _, machine)| machine.octets() == [2, 0, 0, 0, 0, 7]));
}

#[test]
fn the_port_of_every_address_is_held_and_can_change_hands_only_within_the_server() {
    let Some(link) = Link::new() else { return };
    let (first, errors) = link.open(&spec(Transport::Raw4, &["192.0.2.1"]), &[]);
    assert!(errors.is_empty(), "{errors:?}");
    let taken = |address: &str| link.server.run(|| UdpSocket::bind((ip(address), 67)).map(drop)).is_err();
    assert!(taken("192.0.2.1") && !taken("192.0.2.3"));
    let (kept, errors) = link.open(&spec(Transport::Raw4, &["192.0.2.1"]), &first);
    assert!(Arc::ptr_eq(&kept[0], &first[0]) && errors.is_empty());
    drop(kept);
    let (none, errors) = link.open(&spec(Transport::Raw4, &["192.0.2.1"]), &[]);
    assert!(none.is_empty());
    assert!(errors[0].to_string().ends_with("(another process uses this port)"), "{}", errors[0]);
    let (both, errors) = link.open(&spec(Transport::Raw4, &[]), &first);
    assert!(errors.is_empty() && both[0].addresses().len() == 2, "{errors:?}");
    drop(first);
    assert!(taken("192.0.2.1") && taken("192.0.2.3"));
    let (plain, errors) = link.open(&spec(Transport::Udp4, &[]), &both);
    assert!(errors.is_empty() && plain.len() == 2, "{errors:?}");
    drop(both);
    assert!(plain.iter().all(|socket| socket.role() == Role::Unicast) && taken("192.0.2.3"));
}

#[test]
fn an_interface_that_was_down_is_heard_again() {
    let Some(link) = Link::new() else { return };
    let (sockets, _) = link.open(&spec(Transport::Raw4, &[]), &[]);
    link.server.run(|| namespace::set_down("eth0")).unwrap();
    let mut batch = Batch::new(8, 2048);
    assert_eq!(sockets[0].recv_batch(&mut batch).unwrap_err().kind(), io::ErrorKind::NetworkDown);
    assert_eq!(sockets[0].recv_batch(&mut batch).unwrap(), 0);
    link.server.run(|| namespace::set_up("eth0")).unwrap();
    assert!(passes(&link.client, &link.server), "the link does not come up again");
    inject(&link.tap(), hardware(&link.server), "192.0.2.1:67", |_| {});
    assert_eq!(receive(&sockets[0], 1)[0].0, b"query");
}

#[test]
fn an_interface_that_cannot_serve_is_refused_with_the_reason() {
    let Some(link) = Link::new() else { return };
    let refusal_of = |transport, name: &str| {
        let all = link.interfaces();
        let open = || Ok(Socket::open(all.named(name).unwrap(), &spec(transport, &[]), &[]));
        let (sockets, errors) = link.server.run(open).unwrap();
        assert!(sockets.is_empty());
        errors[0].to_string()
    };
    let refusal = |name: &str| refusal_of(Transport::Raw4, name);
    assert_eq!(refusal("lo"), "must not open socket on the loopback interface lo");
    // The second address of a network goes with the first.
    link.server.run(|| namespace::remove_address("eth0", ip("192.0.2.1"), 24)).unwrap();
    assert_eq!(refusal("eth0"), "the interface eth0 has no usable IPv4 addresses configured");
    link.server.cable("eth1", &link.client, "eth1").unwrap();
    assert_eq!(refusal("eth1"), "the interface eth1 is down");
    assert_eq!(refusal_of(Transport::Udp6, "eth1"), "the interface eth1 is down");
    link.server.run(|| namespace::set_up("eth1")).unwrap();
    // The other end is down; the kernel takes a moment to notice.
    assert!(within_moments(|| refusal("eth1") == "the interface eth1 is not running"), "{}", refusal("eth1"));
}

#[test]
fn a_plain_socket_hears_and_answers_relays_by_their_interface() {
    let Some(link) = Link::new() else { return };
    let (sockets, errors) = link.open(&spec(Transport::Udp4, &["192.0.2.3"]), &[]);
    assert!(errors.is_empty() && sockets.len() == 1, "{errors:?}");
    let open = || {
        namespace::add_address("eth0", ip("192.0.2.9"), 24)?;
        let relay = UdpSocket::bind("192.0.2.9:67")?;
        relay.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(relay)
    };
    let relay = link.client.run(open).unwrap();
    relay.send_to(b"relayed", "192.0.2.3:67").unwrap();
    let from = relay.local_addr().unwrap();
    assert_eq!(receive(&sockets[0], 1), [(b"relayed".to_vec(), from, ip("192.0.2.3"), LinkAddress::default())]);
    let ifindex = sockets[0].ifindex();
    let source = Some(ip("192.0.2.3"));
    let answers = [Via::Route, Via::Interface].map(|via| Outgoing { octets: b"reply", to: from, source, ifindex, via });
    assert_eq!(sockets[0].send_batch(&answers, |_, error| panic!("{error}")), 2);
    let mut room = [0; 64];
    for _ in answers {
        let (length, from) = relay.recv_from(&mut room).unwrap();
        assert_eq!((&room[..length], from), (&b"reply"[..], "192.0.2.3:67".parse().unwrap()));
    }
}
