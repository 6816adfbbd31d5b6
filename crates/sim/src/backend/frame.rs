//! IPv4 and UDP around a payload, as a frame on the cable; nothing of the server's own code is used for it.

use std::net::{Ipv4Addr, SocketAddrV4};

use wire::DecodeError;
use wire::read::Reader;
use wire::write::Writer;

const IPV4: u16 = 0x0800;
const UDP: u8 = 17;
const HEADERS: usize = 28;

/// What a frame with a UDP datagram in it says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Frame<'a> {
    /// The Ethernet destination.
    pub(super) ethernet: [u8; 6],
    /// Address and port it came from.
    pub(super) from: SocketAddrV4,
    /// Address and port it goes to.
    pub(super) to: SocketAddrV4,
    /// The payload.
    pub(super) octets: &'a [u8],
}

/// Writes a frame from the Ethernet address `mac`.
pub(super) fn write(mac: [u8; 6], frame: &Frame<'_>) -> Vec<u8> {
    let length = |more: usize| u16::try_from(frame.octets.len().saturating_add(more)).unwrap_or(u16::MAX);
    let mut ip = Writer::new();
    ip.octets(&[0x45, 0]);
    ip.u16(length(HEADERS));
    ip.octets(&[0, 0, 0, 0, 64, UDP, 0, 0]);
    ip.ipv4(*frame.from.ip());
    ip.ipv4(*frame.to.ip());
    let mut ip = ip.finish();
    let sum = checksum(&ip).to_be_bytes();
    ip.splice(10..12, sum);
    let mut whole = Writer::new();
    whole.octets(&frame.ethernet);
    whole.octets(&mac);
    whole.u16(IPV4);
    whole.octets(&ip);
    whole.u16(frame.from.port());
    whole.u16(frame.to.port());
    whole.u16(length(8));
    // Zero says that no checksum was made (RFC 768).
    whole.u16(0);
    whole.octets(frame.octets);
    whole.finish()
}

/// Reads a frame; `None` if there is no UDP datagram in it.
pub(super) fn read(frame: &[u8]) -> Option<Frame<'_>> {
    let parts = |frame| -> Result<_, DecodeError> {
        let mut reader = Reader::new(frame);
        let ethernet = reader.octets("destination", 6)?;
        reader.octets("source", 6)?;
        let kind = reader.u16("type")?;
        let version = reader.u8("version")?;
        reader.octets("lengths", 8)?;
        let protocol = reader.u8("protocol")?;
        reader.u16("checksum")?;
        let (from, to): (Ipv4Addr, Ipv4Addr) = (reader.ipv4("from")?, reader.ipv4("to")?);
        reader.octets("options", usize::from(version & 15).saturating_mul(4).saturating_sub(20))?;
        let (from, to) = (SocketAddrV4::new(from, reader.u16("port")?), SocketAddrV4::new(to, reader.u16("port")?));
        let length = usize::from(reader.u16("length")?).saturating_sub(8);
        reader.u16("checksum")?;
        let octets = reader.octets("payload", length)?;
        Ok((ethernet, (kind, protocol, version >> 4), from, to, octets))
    };
    let (ethernet, kinds, from, to, octets) = parts(frame).ok()?;
    (kinds == (IPV4, UDP, 4)).then_some(Frame { ethernet: ethernet.try_into().ok()?, from, to, octets })
}

/// Makes the checksum of an IPv4 header (RFC 791 §3.1).
fn checksum(header: &[u8]) -> u16 {
    let (pairs, _) = header.as_chunks::<2>();
    let sum: u32 = pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair))).sum();
    let folded = (sum & 0xffff).saturating_add(sum >> 16);
    u16::try_from((folded & 0xffff).saturating_add(folded >> 16)).map_or(0, |sum| !sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_written_is_the_frame_read() {
        let from = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 68);
        let to = SocketAddrV4::new(Ipv4Addr::BROADCAST, 67);
        let frame = Frame { ethernet: [0xff; 6], from, to, octets: b"payload" };
        assert_eq!(read(&write([2, 0, 0, 0, 0, 1], &frame)), Some(frame));
        assert_eq!(read(b"short"), None);
    }

    #[test]
    fn the_checksum_of_a_header_with_its_checksum_is_zero() {
        let to = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 67);
        let frame = write([0; 6], &Frame { ethernet: [0; 6], from: to, to, octets: b"" });
        assert_eq!(checksum(&frame[14..34]), 0);
    }
}
