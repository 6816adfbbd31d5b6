//! The DHCP message in a frame, with the addresses on its envelope.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::Family;
use wire::v4::message::{BOOTREQUEST, MAGIC_COOKIE};
use wire::v6;

/// A message for a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) family: Family,
    pub(super) octets: &'a [u8],
    pub(super) from: SocketAddr,
    pub(super) to: IpAddr,
}

/// What frames begin with, as a LINKTYPE of tcpdump.org.
const NULL: u32 = 0;
const ETHERNET: u32 = 1;
const RAW: [u32; 5] = [12, 14, 101, 228, 229];
const LOOP: u32 = 108;
const COOKED: u32 = 113;
const COOKED_2: u32 = 276;
/// Ethernet types.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN: [u16; 3] = [0x8100, 0x88a8, 0x9100];
/// So many VLAN tags, and so many headers of IPv6, may stand before each other.
const NESTED: usize = 8;
const UDP: u8 = 17;
const SERVER4: u16 = 67;
const SERVER6: u16 = 547;

/// Finds the message for a server in a frame; `None` if it is something else.
pub(super) fn message(link: u32, frame: &[u8]) -> Option<Found<'_>> {
    match link {
        ETHERNET => tagged(frame, 12),
        COOKED => tagged(frame, 14),
        COOKED_2 => ip(frame.get(20..)?),
        NULL | LOOP => ip(frame.get(4..)?),
        _ if RAW.contains(&link) => ip(frame),
        _ => None,
    }
}

/// Finds the message in octets that may be a frame or a packet; `None` if they are neither.
pub(super) fn guess(octets: &[u8]) -> Option<Found<'_>> {
    [ETHERNET, RAW[0], COOKED, COOKED_2, NULL].iter().find_map(|link| message(*link, octets))
}

/// Reads the type of what follows at a place, and VLAN tags before it.
fn tagged(frame: &[u8], mut at: usize) -> Option<Found<'_>> {
    for _ in 0..NESTED {
        let rest = frame.get(at..)?;
        let kind = u16(rest, 0)?;
        if [IPV4, IPV6].contains(&kind) {
            return ip(rest.get(2..)?);
        }
        if !VLAN.contains(&kind) {
            return None;
        }
        at = at.saturating_add(4);
    }
    None
}

fn ip(packet: &[u8]) -> Option<Found<'_>> {
    match packet.first()? >> 4 {
        4 => ipv4(packet),
        6 => ipv6(packet),
        _ => None,
    }
}

/// Fragments are no messages.
fn ipv4(packet: &[u8]) -> Option<Found<'_>> {
    let header = usize::from(packet.first()? & 0x0f).saturating_mul(4);
    let is_fragment = u16(packet, 6)? & 0x3fff != 0;
    if header < 20 || is_fragment || *packet.get(9)? != UDP {
        return None;
    }
    let ends = [12_usize, 16].map(|at| packet.get(at..).and_then(|rest| rest.first_chunk::<4>()).copied());
    let [Some(from), Some(to)] = ends else { return None };
    let packet = packet.get(..usize::from(u16(packet, 2)?)).unwrap_or(packet);
    udp(packet.get(header..)?, (Ipv4Addr::from(from).into(), Ipv4Addr::from(to).into()))
}

fn ipv6(packet: &[u8]) -> Option<Found<'_>> {
    const HOP_BY_HOP: u8 = 0;
    const ROUTING: u8 = 43;
    const DESTINATION: u8 = 60;
    let from: [u8; 16] = *packet.get(8..)?.first_chunk()?;
    let to: [u8; 16] = *packet.get(24..)?.first_chunk()?;
    let (mut next, mut rest) = (*packet.get(6)?, packet.get(40..)?);
    for _ in 0..NESTED {
        match next {
            UDP => return udp(rest, (Ipv6Addr::from(from).into(), Ipv6Addr::from(to).into())),
            HOP_BY_HOP | ROUTING | DESTINATION => {
                let size = usize::from(*rest.get(1)?).saturating_add(1).saturating_mul(8);
                (next, rest) = (*rest.first()?, rest.get(size..)?);
            }
            _ => return None,
        }
    }
    None
}

fn udp(datagram: &[u8], (from, to): (IpAddr, IpAddr)) -> Option<Found<'_>> {
    let (source, port) = (u16(datagram, 0)?, u16(datagram, 2)?);
    let length = usize::from(u16(datagram, 4)?);
    // What is longer than the datagram says is padding of the frame.
    let octets = datagram.get(8..length).or_else(|| datagram.get(8..))?;
    let family = if to.is_ipv4() { Family::V4 } else { Family::V6 };
    let is_query = match family {
        Family::V4 => {
            let cookie = octets.get(236..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_be_bytes);
            octets.first() == Some(&BOOTREQUEST) && (port == SERVER4 || cookie == Some(MAGIC_COOKIE))
        }
        Family::V6 => port == SERVER6 && octets.first().is_some_and(|kind| is_for_servers(*kind)),
    };
    is_query.then(|| Found { family, octets, from: SocketAddr::new(from, source), to })
}

fn is_for_servers(kind: u8) -> bool {
    use v6::MessageType as M;
    let kinds = [
        M::Solicit,
        M::Request,
        M::Confirm,
        M::Renew,
        M::Rebind,
        M::Release,
        M::Decline,
        M::InformationRequest,
        M::RelayForward,
        M::AddrRegInform,
    ];
    kinds.iter().any(|known| known.number() == kind)
}

fn u16(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn datagram(port: u16, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 8).unwrap();
        [&68_u16.to_be_bytes()[..], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload].concat()
    }

    fn packet4(datagram: &[u8]) -> Vec<u8> {
        let length = u16::try_from(datagram.len() + 20).unwrap().to_be_bytes();
        let header = [0x45, 0, length[0], length[1], 0, 0, 0x40, 0, 64, UDP, 0, 0, 192, 0, 2, 7, 192, 0, 2, 1];
        [&header[..], datagram].concat()
    }

    fn packet6(datagram: &[u8], before: &[u8]) -> Vec<u8> {
        let from: Ipv6Addr = "fe80::7".parse().unwrap();
        let to: Ipv6Addr = "ff02::1:2".parse().unwrap();
        let first = if before.is_empty() { UDP } else { 0 };
        [&[0x60, 0, 0, 0, 0, 0, first, 64][..], &from.octets(), &to.octets(), before, datagram].concat()
    }

    #[test]
    fn messages_are_found_on_every_kind_of_link_under_tags_and_before_padding() {
        let packet = packet4(&datagram(67, &[1, 2, 3]));
        let found = |link, before: &[u8]| {
            let frame = [before, &packet, b"padding"].concat();
            let found = message(link, &frame).map(|found| (found.octets.to_vec(), found.from, found.to));
            assert_eq!(guess(&frame).map(|found| found.octets.to_vec()), found.as_ref().map(|found| found.0.clone()));
            found
        };
        let wanted = (vec![1, 2, 3], "192.0.2.7:68".parse().unwrap(), "192.0.2.1".parse().unwrap());
        let machines = [2; 12];
        assert_eq!(found(1, &[&machines[..], &[8, 0]].concat()), Some(wanted.clone()));
        assert_eq!(found(1, &[&machines[..], &[0x81, 0, 0, 7, 8, 0]].concat()), Some(wanted.clone()));
        assert_eq!(found(1, &[&machines[..], &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 9, 8, 0]].concat()), Some(wanted.clone()));
        assert_eq!(found(113, &[&[0; 14][..], &[8, 0]].concat()), Some(wanted.clone()));
        assert_eq!(found(101, &[]), Some(wanted.clone()));
        assert_eq!(found(0, &[2, 0, 0, 0]), Some(wanted));
        let arp = [&machines[..], &[8, 6], &[0; 40]].concat();
        assert_eq!((message(1, &arp), message(147, &packet)), (None, None));
    }

    #[test]
    fn messages_of_dhcpv6_are_found_behind_other_headers_and_only_those_for_servers() {
        for before in [&[][..], &[UDP, 0, 0, 0, 0, 0, 0, 0]] {
            let packet = packet6(&datagram(547, &[1, 0, 0, 9]), before);
            let found = message(101, &packet).unwrap();
            assert_eq!((found.family, found.octets), (Family::V6, &[1, 0, 0, 9][..]));
            assert_eq!(found.to, "ff02::1:2".parse::<IpAddr>().unwrap());
        }
        assert_eq!(message(101, &packet6(&datagram(547, &[7, 0, 0, 9]), &[])), None);
        assert_eq!(message(101, &packet6(&datagram(546, &[1, 0, 0, 9]), &[])), None);
        assert_eq!(message(101, &packet4(&datagram(68, &[2, 2, 3]))), None);
    }

    #[test]
    fn what_is_cut_off_is_no_message_and_no_panic() {
        let frame = [&[2; 12][..], &[0x81, 0, 0, 7, 8, 0], &packet4(&datagram(67, &[1, 2, 3]))].concat();
        for length in 0..frame.len() - 3 {
            assert_eq!(message(1, &frame[..length]), None, "{length}");
        }
        let mut fragment = packet4(&datagram(67, &[1, 2, 3]));
        fragment[6] = 0x20;
        assert_eq!(message(101, &fragment), None);
    }
}
