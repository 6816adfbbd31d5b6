//! DHCPv4 over DHCPv6 (RFC 7341) between the two servers of one machine.

use std::net::Ipv4Addr;

use model::Family;
use wire::v4::Message as Message4;
use wire::v4::MessageType as MessageType4;
use wire::v6::{MessageType, Packet, code};
use wire::write::Writer;

use crate::lab::{Host, Lab};

const CONFIGURATION4: &str = r#"{ "Dhcp4": {
    "interfaces-config": { "interfaces": [ "eth0" ] }, "dhcp4o6-port": 6767,
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp4.leases" },
    "subnet4": [
        { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.109" } ] },
        { "id": 2, "subnet": "198.51.100.0/24", "4o6-subnet": "2001:db8:100::/64",
          "pools": [ { "pool": "198.51.100.100-198.51.100.109" } ] }
    ]
} }"#;

const CONFIGURATION6: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ "eth0", "eth0/2001:db8:100::1" ] }, "dhcp4o6-port": 6767,
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp6.leases" },
    "subnet6": [ { "id": 1, "subnet": "2001:db8:100::/64" } ]
} }"#;

#[test]
fn a_client_with_dhcpv6_only_gets_its_ipv4_address_through_both_servers() {
    let Some(mut lab) = Lab::new(&[]) else { return };
    lab.address(Host::Server, "eth0", "192.0.2.1/24");
    lab.configure_as(Family::V4, CONFIGURATION4);
    lab.configure(CONFIGURATION6);
    lab.serve_as(Family::V4, "server4");
    lab.serve();
    let offer = converse(&lab, &[53, 1, 1]);
    let address = Ipv4Addr::new(198, 51, 100, 100);
    assert_eq!((offer.0, offer.1), (MessageType4::Offer, address));
    let ack = converse(&lab, &[53, 1, 3, 54, 4, 192, 0, 2, 1, 50, 4, 198, 51, 100, 100]);
    assert_eq!((ack.0, ack.1), (MessageType4::Ack, address));
    assert!(lab.wait(5, |lab| lab.read("lib/kea/dhcp4.leases").contains(&format!("\n{address},02:00:00:00:00:01,"))));
    let received = "DHCPREQUEST (type 3) received from 2001:db8:100::2 to";
    lab.expect("server4", received);
    lab.expect("server4", &format!("lease {address} has been allocated"));
    lab.expect("server", "DHCPV4_QUERY (type 20) received from 2001:db8:100::2");
}

/// Sends a DHCPv4 message with these options through a relay, and reads the answer: what it is, and the address in it.
fn converse(lab: &Lab, options: &[u8]) -> (MessageType4, Ipv4Addr) {
    let mut inside = vec![1, 1, 6, 0, 0, 0, 0, 7];
    inside.resize(28, 0);
    inside.extend([2, 0, 0, 0, 0, 1]);
    inside.resize(236, 0);
    inside.extend([99, 130, 83, 99]);
    inside.extend(options);
    inside.push(255);
    let mut query = Writer::new();
    query.u8(MessageType::Dhcpv4Query.number());
    query.u24(0);
    query.option6(code::DHCPV4_MSG, &inside);
    let mut envelope = Writer::new();
    envelope.octets(&[MessageType::RelayForward.number(), 0]);
    envelope.ipv6("2001:db8:100::2".parse().unwrap());
    envelope.ipv6("fe80::5".parse().unwrap());
    envelope.option6(code::INTERFACE_ID, b"port 1");
    envelope.option6(code::RELAY_MSG, query.as_slice());
    let answer = lab.exchange(envelope.as_slice()).expect("an answer");
    let packet = Packet::decode(&answer).unwrap();
    assert_eq!(packet.relays[0].options.first(code::INTERFACE_ID), Some(&b"port 1"[..]));
    assert_eq!(packet.message.kind, MessageType::Dhcpv4Response);
    let codes: Vec<u16> = packet.message.options.iter().map(|option| option.code).collect();
    assert_eq!(codes, [code::DHCPV4_MSG], "the servers keep to themselves where the client is");
    let reply = packet.message.options.first(code::DHCPV4_MSG).unwrap();
    let reply = Message4::decode(reply).unwrap();
    (reply.kind(), reply.yiaddr)
}
