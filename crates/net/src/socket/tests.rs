mod namespace;
mod raw;

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::{Poller, interfaces};

fn spec(port: u16, whole: bool, addresses: &[&str]) -> OpenSpec {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    OpenSpec { transport: Transport::Udp6, port, whole, addresses }
}

/// A socket on `lo/::1` with a port of the system's choice, or `None` where the machine has no IPv6.
fn on_loopback() -> Option<Arc<Socket>> {
    let all = interfaces().unwrap();
    let lo = all.named("lo").unwrap();
    if lo.address(Ipv6Addr::LOCALHOST.into()).is_none() {
        eprintln!("SKIPPED: the loopback has no ::1");
        return None;
    }
    let spec = spec(0, false, &["::1"]);
    let (mut sockets, errors) = Socket::open(lo, &spec, &[]);
    assert!(errors.is_empty(), "{errors:?}");
    sockets.pop()
}

#[test]
fn the_loopback_serves_by_name_and_answers_from_the_address_it_was_asked_at() {
    let Some(socket) = on_loopback() else { return };
    let client = UdpSocket::bind("[::1]:0").unwrap();
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    for text in ["one", "two", "three"] {
        client.send_to(text.as_bytes(), ("::1", socket.port())).unwrap();
    }
    let poller = Poller::new(vec![Arc::clone(&socket)]).unwrap();
    let (mut ready, mut batch) = (Vec::new(), Batch::new(2, 4));
    assert!(!poller.wait(Some(Duration::from_secs(5)), &mut ready).unwrap());
    assert_eq!(ready.len(), 1);
    assert_eq!(socket.recv_batch(&mut batch).unwrap(), 2);
    let first = batch.iter().next().unwrap();
    assert_eq!((first.octets, first.to, first.truncated), (&b"one"[..], IpAddr::V6(Ipv6Addr::LOCALHOST), false));
    assert_eq!((first.from, first.ifindex), (client.local_addr().unwrap(), socket.ifindex()));
    let answer =
        Outgoing { octets: b"answer", to: first.from, source: Some(first.to), ifindex: first.ifindex, via: Via::Route };
    assert_eq!(socket.send_batch(&[answer, answer], |_, error| panic!("{error}")), 2);
    let mut room = [0; 16];
    let (length, from) = client.recv_from(&mut room).unwrap();
    assert_eq!((&room[..length], from.port()), (&b"answer"[..], socket.port()));
    assert_eq!(socket.recv_batch(&mut batch).unwrap(), 1);
    assert!(batch.iter().all(|datagram| datagram.truncated && datagram.octets == b"thre"));
    assert_eq!(socket.recv_batch(&mut batch).unwrap(), 0);
}

#[test]
fn a_datagram_the_kernel_refuses_does_not_stop_the_others() {
    let Some(socket) = on_loopback() else { return };
    let client = UdpSocket::bind("[::1]:0").unwrap();
    let to = client.local_addr().unwrap();
    let refused: SocketAddr = "192.0.2.1:1".parse().unwrap();
    let list = [to, refused, to].map(|to| Outgoing { octets: b"x", to, source: None, ifindex: 0, via: Via::Route });
    let mut failures = Vec::new();
    assert_eq!(socket.send_batch(&list, |datagram, _| failures.push(datagram.to)), 2);
    assert_eq!(failures, [refused]);
}

#[test]
fn a_port_in_use_is_explained_with_address_and_interface() {
    let Some(socket) = on_loopback() else { return };
    let all = interfaces().unwrap();
    let lo = all.named("lo").unwrap();
    let spec = spec(socket.port(), false, &["::1"]);
    let (kept, errors) = Socket::open(lo, &spec, &[Arc::clone(&socket)]);
    assert!(Arc::ptr_eq(&kept[0], &socket) && errors.is_empty());
    let (sockets, errors) = Socket::open(lo, &spec, &[]);
    assert!(sockets.is_empty());
    let text = errors[0].to_string();
    assert!(text.starts_with(&format!("failed to bind to ::1 port {} on interface lo: ", spec.port)), "{text}");
    assert!(text.ends_with(" (another process uses this port)"), "{text}");
    assert!(errors[0].is_temporary());
}

#[test]
fn an_address_the_interface_lacks_is_refused_by_name() {
    let all = interfaces().unwrap();
    let lo = all.named("lo").unwrap();
    let spec = spec(0, true, &["2001:db8::77"]);
    let (sockets, errors) = Socket::open(lo, &spec, &[]);
    assert!(sockets.is_empty());
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["interface lo does not have address 2001:db8::77", "interface lo has no usable IPv6 link-local address"]
    );
}
