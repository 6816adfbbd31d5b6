//! Sockets on real links: two veth pairs in a network namespace of the test's own. Needs root, `unshare` and `ip`.

use std::net::{IpAddr, SocketAddr, SocketAddrV6, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::super::*;
use crate::{Interfaces, Poller, interfaces};

/// Set in the process that runs inside the namespace.
const INSIDE: &str = "NESTOR_TEST_INSIDE_NAMESPACE";
const LINKS: &str = "set -e
echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
ip link set lo up
ip link add srv0 type veth peer name cli0
ip link add srv1 type veth peer name cli1
for i in srv0 cli0 srv1 cli1; do ip link set $i up; done
ip addr add 2001:db8:1::1/64 dev srv0 nodad
ip addr add 2001:db8:1::2/64 dev cli0 nodad
exec \"$0\" \"$@\"";

/// Runs this test program's one test again inside a fresh namespace; false if that is where we are.
fn runs_outside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return false;
    }
    let root = Command::new("unshare").args(["-n", "ip", "link"]).output();
    if !root.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: {test} needs root, unshare and ip");
        return true;
    }
    let status = Command::new("unshare")
        .args(["-n", "sh", "-c", LINKS])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .status();
    assert!(status.unwrap().success(), "{test} failed inside the namespace");
    true
}

/// The interfaces, once no address is tentative any more.
fn settled() -> Interfaces {
    for _ in 0..100 {
        let all = interfaces().unwrap();
        let ready = |interface: &&Interface| interface.link_local6().any(|(_, entry)| !entry.tentative);
        if all.iter().filter(|interface| interface.reaches_others()).filter(ready).count() == 4 {
            return all;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the links do not come up");
}

fn link_local(interface: &Interface) -> Ipv6Addr {
    interface.link_local6().next().unwrap().0
}

fn client(interface: &Interface) -> UdpSocket {
    let socket = UdpSocket::bind(SocketAddrV6::new(link_local(interface), 546, 0, interface.index)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(250))).unwrap();
    socket
}

/// Sends and waits for one datagram; returns its octets, source, destination and interface.
///
/// It is sent again if nothing comes: the kernel drops what is sent before it has noticed that a cable is in.
fn receive(poller: &Poller, send: impl Fn() -> usize) -> (Vec<u8>, SocketAddr, IpAddr, u32) {
    let (mut ready, mut batch) = (Vec::new(), Batch::new(8, 1500));
    for _ in 0..20 {
        send();
        assert!(!poller.wait(Some(Duration::from_millis(250)), &mut ready).unwrap());
        if !ready.is_empty() {
            break;
        }
    }
    assert_eq!(ready.len(), 1, "one socket hears it");
    assert_eq!(ready[0].recv_batch(&mut batch).unwrap(), 1);
    let found = batch.iter().next().unwrap();
    (found.octets.to_vec(), found.from, found.to, found.ifindex)
}

#[test]
fn a_multicast_query_is_heard_on_its_own_link_only_and_answered_link_locally() {
    if runs_outside("socket::namespace::a_multicast_query_is_heard_on_its_own_link_only_and_answered_link_locally") {
        return;
    }
    let all = settled();
    let [srv0, srv1, cli0, cli1] = ["srv0", "srv1", "cli0", "cli1"].map(|name| all.named(name).unwrap());
    assert!(srv0.is_identifying() && srv0.hardware.octets.len() == 6 && srv0.mtu == 1500);
    let unicast: Ipv6Addr = "2001:db8:1::1".parse().unwrap();
    let whole = |addresses| OpenSpec { transport: Transport::Udp6, port: 547, whole: true, addresses };
    let spec = whole(vec![unicast.into()]);
    let (sockets, errors) = Socket::open(srv0, &spec, &[]);
    assert!(errors.is_empty(), "{errors:?}");
    let roles: Vec<_> = sockets.iter().map(|socket| socket.role()).collect();
    assert_eq!(roles, [Role::Unicast, Role::LinkLocal, Role::Group, Role::Group]);
    let (same, errors) = Socket::open(srv0, &spec, &sockets);
    assert!(errors.is_empty(), "{errors:?}");
    assert!(same.len() == 4 && same.iter().all(|socket| sockets.iter().any(|old| Arc::ptr_eq(socket, old))));
    let (others, errors) = Socket::open(srv1, &whole(Vec::new()), &sockets);
    assert!(errors.is_empty() && others.len() == 3, "{errors:?}");
    let first = Poller::new(sockets).unwrap();
    let second = Poller::new(others).unwrap();

    for (link, from, poller) in [(srv0, cli0, &first), (srv1, cli1, &second)] {
        let client = client(from);
        let group = SocketAddrV6::new(ALL_RELAYS_AND_SERVERS, 547, 0, from.index);
        let query = || client.send_to(b"query", group).unwrap();
        let (octets, source, to, ifindex) = receive(poller, query);
        assert_eq!((&octets[..], to, ifindex), (&b"query"[..], IpAddr::V6(ALL_RELAYS_AND_SERVERS), link.index));
        let expected = SocketAddrV6::new(link_local(from), 546, 0, link.index);
        assert_eq!(source, SocketAddr::V6(expected));
        let scopeless = SocketAddr::V6(SocketAddrV6::new(*expected.ip(), 546, 0, 0));
        let answer = Outgoing { octets: b"answer", to: scopeless, source: Some(to), ifindex, via: Via::Route };
        let group = poller.sockets().iter().find(|socket| socket.role() == Role::Group).unwrap();
        let mut room = [0; 16];
        let heard = (0..20).find_map(|_| {
            assert_eq!(group.send_batch(&[answer], |_, error| panic!("{error}")), 1);
            client.recv_from(&mut room).ok()
        });
        let (length, from) = heard.unwrap();
        assert_eq!((&room[..length], from.ip(), from.port()), (&b"answer"[..], IpAddr::V6(link_local(link)), 547));
    }
    let mut ready = Vec::new();
    for poller in [&first, &second] {
        poller.wait(Some(Duration::ZERO), &mut ready).unwrap();
        assert!(ready.is_empty(), "the other link's query is not heard");
    }

    let far = UdpSocket::bind("[2001:db8:1::2]:0").unwrap();
    let (_, source, to, _) = receive(&first, || far.send_to(b"relayed", (unicast, 547)).unwrap());
    assert_eq!((source, to), (far.local_addr().unwrap(), IpAddr::V6(unicast)));
}
