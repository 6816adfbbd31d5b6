//! Classic BPF programs: which packets the kernel hands to a socket at all (socket(7), `SO_ATTACH_FILTER`).

use std::net::Ipv4Addr;

use libc::sock_filter;

const LOAD: u32 = libc::BPF_LD | libc::BPF_ABS;
const LOAD_WORD: u32 = LOAD | libc::BPF_W;
const LOAD_HALF: u32 = LOAD | libc::BPF_H;
const LOAD_OCTET: u32 = LOAD | libc::BPF_B;
/// Loads a half word at an offset from the index register.
const LOAD_HALF_INDEXED: u32 = libc::BPF_LD | libc::BPF_H | libc::BPF_IND;
/// Loads the length of an IPv4 header into the index register.
const LOAD_HEADER_LENGTH: u32 = libc::BPF_LDX | libc::BPF_B | libc::BPF_MSH;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const IF_ANY_BIT: u32 = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
/// What the kernel knows besides the octets is loaded from offsets below zero.
const ANCILLARY: u32 = 0xffff_f000;
const PACKET_TYPE: u32 = ANCILLARY + 4;
const INTERFACE: u32 = ANCILLARY + 8;
/// Packet types of packet(7): for another machine, and sent by this one.
const OTHER_HOST: u32 = 3;
const OUTGOING: u32 = 4;
const UDP: u32 = 17;
const LIMITED_BROADCAST: u32 = 0xffff_ffff;
/// The whole packet.
const ALL: u32 = 0x4_0000;
/// So many addresses can be told apart with jumps of at most 255 instructions.
const MOST_ADDRESSES: usize = 200;

/// Hands over nothing.
pub(crate) fn nothing() -> Vec<sock_filter> {
    vec![step(RETURN, 0)]
}

/// Hands over UDP datagrams over IPv4 that arrived at an interface itself, whole, for one port, and for one of some
/// addresses or everybody on the link. The octets must begin with the IPv4 header.
///
/// An interface with VLANs shows their packets too, but as arriving at the VLAN's interface, or, if that does not exist,
/// as being for another machine.
pub(crate) fn datagrams(ifindex: u32, port: u16, addresses: &[Ipv4Addr]) -> Vec<sock_filter> {
    let origin = [
        &[step(LOAD_WORD, PACKET_TYPE)][..],
        &drop_if(IF_EQUAL, OTHER_HOST),
        &drop_if(IF_EQUAL, OUTGOING),
        &[step(LOAD_WORD, INTERFACE)],
        &drop_unless_equal(ifindex),
    ];
    [origin.concat(), destination(port, addresses)].concat()
}

/// The part of the program that looks at the octets.
fn destination(port: u16, addresses: &[Ipv4Addr]) -> Vec<sock_filter> {
    let mut program = [
        &[step(LOAD_OCTET, 9)][..],
        &drop_unless_equal(UDP),
        // More fragments, or not the first one.
        &[step(LOAD_HALF, 6)],
        &drop_if(IF_ANY_BIT, 0x3fff),
        &[step(LOAD_HEADER_LENGTH, 0), step(LOAD_HALF_INDEXED, 2)],
        &drop_unless_equal(u32::from(port)),
    ]
    .concat();
    if addresses.len() <= MOST_ADDRESSES {
        program.push(step(LOAD_WORD, 16));
        let wanted = addresses.iter().map(|address| address.to_bits()).chain([LIMITED_BROADCAST]);
        // Each jumps over those behind it, and over the instruction that drops.
        program.extend(wanted.zip((0..=addresses.len()).rev()).map(|(address, behind)| {
            let over = u8::try_from(behind.saturating_add(1)).unwrap_or(u8::MAX);
            instruction(IF_EQUAL, address, (over, 0))
        }));
        program.push(step(RETURN, 0));
    }
    program.push(step(RETURN, ALL));
    program
}

fn step(code: u32, value: u32) -> sock_filter {
    instruction(code, value, (0, 0))
}

fn drop_if(test: u32, value: u32) -> [sock_filter; 2] {
    [instruction(test, value, (0, 1)), step(RETURN, 0)]
}

fn drop_unless_equal(value: u32) -> [sock_filter; 2] {
    [instruction(IF_EQUAL, value, (1, 0)), step(RETURN, 0)]
}

fn instruction(code: u32, k: u32, (jt, jf): (u8, u8)) -> sock_filter {
    sock_filter { code: u16::try_from(code).unwrap_or(u16::MAX), jt, jf, k }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;
    use crate::sys;

    /// Says whether the kernel hands a packet over; its program looks at octets of any socket alike.
    fn passes(program: &[sock_filter], packet: &[u8]) -> bool {
        let (near, far) = UnixDatagram::pair().unwrap();
        sys::attach_filter(far.as_fd(), program).unwrap();
        far.set_nonblocking(true).unwrap();
        let sent = near.send(packet).is_ok();
        sent && far.recv(&mut [0; 2048]).is_ok_and(|length| length == packet.len())
    }

    fn packet(to: &str, port: u16, options: usize) -> Vec<u8> {
        let mut packet = vec![0; 20 + options + 8];
        packet[0] = 0x45 + u8::try_from(options / 4).unwrap();
        packet[9] = 17;
        packet[16..20].copy_from_slice(&to.parse::<Ipv4Addr>().unwrap().octets());
        packet[20 + options + 2..][..2].copy_from_slice(&port.to_be_bytes());
        packet
    }

    #[test]
    fn only_whole_datagrams_for_the_port_and_an_address_or_everybody_pass() {
        let own: Vec<Ipv4Addr> = ["192.0.2.1", "198.51.100.1"].iter().map(|text| text.parse().unwrap()).collect();
        let program = destination(67, &own);
        for (to, port, options, wanted) in [
            ("192.0.2.1", 67, 0, true),
            ("198.51.100.1", 67, 8, true),
            ("255.255.255.255", 67, 0, true),
            ("192.0.2.2", 67, 0, false),
            ("192.0.2.255", 67, 0, false),
            ("192.0.2.1", 68, 0, false),
            ("192.0.2.1", 68, 4, false),
        ] {
            assert_eq!(passes(&program, &packet(to, port, options)), wanted, "{to}:{port}");
        }
        let mut tcp = packet("192.0.2.1", 67, 0);
        tcp[9] = 6;
        let mut first_fragment = packet("192.0.2.1", 67, 0);
        first_fragment[6] = 0x20;
        let mut later_fragment = packet("192.0.2.1", 67, 0);
        later_fragment[7] = 1;
        let mut not_to_be_fragmented = packet("192.0.2.1", 67, 0);
        not_to_be_fragmented[6] = 0x40;
        assert!([tcp, first_fragment, later_fragment].iter().all(|packet| !passes(&program, packet)));
        assert!(passes(&program, &not_to_be_fragmented));
        assert!(!passes(&program, &[0x45]), "a packet that ends early");
    }

    #[test]
    fn with_many_addresses_the_last_one_passes_and_with_too_many_all_do() {
        let own: Vec<Ipv4Addr> = (0..200).map(|last| Ipv4Addr::new(10, 0, 0, last)).collect();
        let program = destination(67, &own);
        assert!(passes(&program, &packet("10.0.0.0", 67, 0)) && passes(&program, &packet("10.0.0.199", 67, 0)));
        assert!(passes(&program, &packet("255.255.255.255", 67, 0)) && !passes(&program, &packet("10.0.0.200", 67, 0)));
        let more: Vec<Ipv4Addr> = (0..201).map(|last| Ipv4Addr::new(10, 0, 0, last)).collect();
        assert!(passes(&destination(67, &more), &packet("10.0.1.1", 67, 0)));
    }

    #[test]
    fn a_socket_that_only_holds_a_port_gets_nothing() {
        assert!(!passes(&nothing(), &packet("192.0.2.1", 67, 0)));
    }
}
