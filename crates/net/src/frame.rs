//! IPv4 and UDP headers of datagrams that bypass the kernel's own (RFC 791, RFC 768).

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::ops::Range;

/// Octets of an IPv4 header without options and a UDP header.
pub(crate) const HEADERS: usize = 28;

const UDP: u8 = 17;
/// Kea: replies are of low delay, may not be fragmented, have no identification and live for 128 hops.
const LOW_DELAY: u8 = 0x10;
const DONT_FRAGMENT: u16 = 0x4000;
const HOPS: u8 = 128;

/// What is known of a datagram's UDP checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checksum {
    /// Nothing: it has to be calculated.
    Unknown,
    /// It is right, or the sender's machine left it to hardware that the datagram never met.
    Trusted,
}

/// A UDP datagram inside an IPv4 packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inside {
    /// Who sent it.
    pub(crate) from: SocketAddrV4,
    /// Where to.
    pub(crate) to: Ipv4Addr,
    /// Where the payload stands in the packet.
    pub(crate) payload: Range<usize>,
}

/// Makes the headers of a datagram; `None` if the destination is no IPv4 address or the payload too long for UDP.
pub(crate) fn headers(from: SocketAddrV4, to: SocketAddr, payload: &[u8]) -> Option<[u8; HEADERS]> {
    let SocketAddr::V4(to) = to else { return None };
    let whole = u16::try_from(payload.len().checked_add(HEADERS)?).ok()?;
    let inner = whole.checked_sub(20)?;
    let mut ip = [0_u8; 20];
    fill(
        &mut ip,
        &[
            &[0x45, LOW_DELAY],
            &whole.to_be_bytes(),
            &[0, 0],
            &DONT_FRAGMENT.to_be_bytes(),
            &[HOPS, UDP, 0, 0],
            &from.ip().octets(),
            &to.ip().octets(),
        ],
    );
    let check = fold(sum(&ip)).to_be_bytes();
    fill(ip.get_mut(10..)?, &[&check]);
    let mut udp = [0_u8; 8];
    fill(&mut udp, &[&from.port().to_be_bytes(), &to.port().to_be_bytes(), &inner.to_be_bytes()]);
    // RFC 768: a checksum of zero is sent as all ones, because zero says that there is none.
    let check = match fold(pseudo(*from.ip(), *to.ip(), inner).wrapping_add(sum(&udp)).wrapping_add(sum(payload))) {
        0 => u16::MAX,
        check => check,
    };
    fill(udp.get_mut(6..)?, &[&check.to_be_bytes()]);
    let mut headers = [0_u8; HEADERS];
    fill(&mut headers, &[&ip, &udp]);
    Some(headers)
}

/// Reads the headers of a packet; `None` if it is damaged, a fragment, or no UDP over IPv4.
pub(crate) fn open(packet: &[u8], checksum: Checksum) -> Option<Inside> {
    let first = *packet.first()?;
    let length = usize::from(first & 0x0f).checked_mul(4).filter(|length| *length >= 20)?;
    let ip = packet.get(..length)?;
    if first >> 4 != 4 || *ip.get(9)? != UDP || word(ip, 6)? & 0x3fff != 0 || fold(sum(ip)) != 0 {
        return None;
    }
    // What stands behind the packet is the padding of short Ethernet frames.
    let body = packet.get(length..usize::from(word(ip, 2)?))?;
    let inner = word(body, 4).filter(|inner| *inner >= 8)?;
    let udp = body.get(..usize::from(inner))?;
    let (from, to) = (address(ip, 12)?, address(ip, 16)?);
    let given = checksum == Checksum::Unknown && word(udp, 6)? != 0;
    if given && fold(pseudo(from, to, inner).wrapping_add(sum(udp))) != 0 {
        return None;
    }
    let start = length.checked_add(8)?;
    let payload = start..length.checked_add(udp.len())?;
    Some(Inside { from: SocketAddrV4::new(from, word(udp, 0)?), to, payload })
}

/// Copies parts one after the other; what does not fit is left out.
fn fill(into: &mut [u8], parts: &[&[u8]]) {
    for (place, octet) in into.iter_mut().zip(parts.iter().copied().flatten()) {
        *place = *octet;
    }
}

fn word(octets: &[u8], at: usize) -> Option<u16> {
    octets.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

fn address(octets: &[u8], at: usize) -> Option<Ipv4Addr> {
    octets.get(at..)?.first_chunk::<4>().copied().map(Ipv4Addr::from)
}

/// The part of a UDP checksum that covers addresses, protocol and length.
fn pseudo(from: Ipv4Addr, to: Ipv4Addr, length: u16) -> u64 {
    let addresses = sum(&from.octets()).wrapping_add(sum(&to.octets()));
    addresses.wrapping_add(u64::from(UDP)).wrapping_add(u64::from(length))
}

/// Adds up words of 16 bits; an odd last octet is the high half of one (RFC 1071).
fn sum(octets: &[u8]) -> u64 {
    let (words, rest) = octets.as_chunks::<2>();
    let last = rest.first().map_or(0, |octet| u64::from(u16::from_be_bytes([*octet, 0])));
    words.iter().map(|word| u64::from(u16::from_be_bytes(*word))).fold(last, u64::wrapping_add)
}

/// Makes the complement of a sum in ones' complement arithmetic; 0 if the words summed up include a right checksum.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff).wrapping_add(sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(payload: &[u8]) -> Vec<u8> {
        let (from, to) = ("192.0.2.1:67".parse().unwrap(), "192.0.2.100:68".parse().unwrap());
        [&headers(from, to, payload).unwrap()[..], payload].concat()
    }

    #[test]
    fn headers_are_those_a_real_kea_sends() {
        // Captured from a Kea 3.0.4 with another payload; only lengths and checksums are this packet's own.
        let expected = [0x45, 0x10, 0, 31, 0, 0, 0x40, 0, 0x80, 0x11, 0x76, 0x58, 192, 0, 2, 1, 192, 0, 2, 100];
        let packet = packet(b"abc");
        assert_eq!(packet[..20], expected);
        assert_eq!(packet[20..26], [0, 67, 0, 68, 0, 11]);
    }

    #[test]
    fn what_was_made_is_read_back_for_even_and_odd_lengths() {
        for payload in [&b""[..], b"a", b"ab", b"abc", &[0xff; 1000], &[0; 999]] {
            let mut packet = packet(payload);
            packet.extend([0xaa; 7]);
            let inside = open(&packet, Checksum::Unknown).unwrap();
            assert_eq!(&packet[inside.payload.clone()], payload);
            assert_eq!(
                (inside.from.to_string().as_str(), inside.to.to_string().as_str()),
                ("192.0.2.1:67", "192.0.2.100")
            );
        }
    }

    #[test]
    fn a_wrong_checksum_is_noticed_unless_the_kernel_vouches_for_it() {
        let mut packet = packet(b"payload");
        packet[30] ^= 1;
        assert_eq!(open(&packet, Checksum::Unknown), None);
        assert!(open(&packet, Checksum::Trusted).is_some());
        packet[26..28].fill(0);
        assert!(open(&packet, Checksum::Unknown).is_some(), "zero says that there is no checksum");
        packet[8] ^= 1;
        assert_eq!(open(&packet, Checksum::Trusted), None, "the header has a checksum of its own");
    }

    #[test]
    fn damaged_packets_of_every_length_are_refused_without_a_panic() {
        let whole = packet(b"payload");
        for length in 0..whole.len() {
            assert_eq!(open(&whole[..length], Checksum::Trusted), None, "{length}");
        }
        for at in 0..whole.len() {
            for value in [0, 1, 0x4f, 0xff] {
                let mut damaged = whole.clone();
                damaged[at] = value;
                open(&damaged, Checksum::Trusted);
                open(&damaged, Checksum::Unknown);
            }
        }
    }
}
