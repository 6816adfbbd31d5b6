//! What went over a cable: the file tcpdump writes, read as DHCPv4.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use wire::v4::{Message, MessageType, code};

use crate::lab::{Host, Lab};

/// A DHCPv4 message with what it travelled in.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Who sent the frame, and who is to hear it.
    pub(crate) machines: [[u8; 6]; 2],
    pub(crate) from: SocketAddrV4,
    pub(crate) to: SocketAddrV4,
    pub(crate) kind: MessageType,
    pub(crate) broadcast: bool,
    pub(crate) ciaddr: Ipv4Addr,
    pub(crate) yiaddr: Ipv4Addr,
    pub(crate) giaddr: Ipv4Addr,
    pub(crate) server_id: Option<Ipv4Addr>,
    pub(crate) requested: Option<Ipv4Addr>,
}

/// All Ethernet machines.
pub(crate) const EVERYBODY: [u8; 6] = [255; 6];

impl Lab {
    /// Records what goes over a host's interface, from now on, into the lab's file `name`.
    pub(crate) fn capture(&mut self, host: Host, interface: &str, name: &str) {
        self.capture_only(host, interface, name, "udp port 67 or udp port 68");
    }

    /// Records those of the packets over an interface that a filter of tcpdump lets through.
    pub(crate) fn capture_only(&mut self, host: Host, interface: &str, name: &str, filter: &str) {
        let path = self.path(name).to_str().unwrap().to_owned();
        let words = ["tcpdump", "-i", interface, "-U", "--immediate-mode", "-Z", "root", "-w", &path, filter];
        let said = format!("{name}.log");
        self.start(host, &words, &said);
        self.expect(&said, "listening on");
    }

    /// Reads what was recorded so far.
    pub(crate) fn seen(&self, name: &str) -> Vec<Seen> {
        self.frames(name).iter().filter_map(|frame| read(frame)).collect()
    }

    /// Reads the frames recorded so far.
    pub(crate) fn frames(&self, name: &str) -> Vec<Vec<u8>> {
        let octets = std::fs::read(self.path(name)).unwrap_or_default();
        let mut rest = octets.get(24..).unwrap_or_default();
        let mut frames = Vec::new();
        while let Some(length) = rest.get(8..12) {
            let end = 16 + usize::try_from(u32::from_ne_bytes(length.try_into().unwrap())).unwrap();
            let Some(frame) = rest.get(16..end) else { break };
            frames.push(frame.to_vec());
            rest = &rest[end..];
        }
        frames
    }

    /// Waits until something was recorded.
    pub(crate) fn await_seen(&self, name: &str, what: &str, is_it: impl Fn(&[Seen]) -> bool) {
        assert!(self.wait(40, |lab| is_it(&lab.seen(name))), "not seen: {what}\n{:#?}", self.seen(name));
    }
}

/// Reads a frame of IPv4 without IP options; `None` for what is no DHCPv4.
fn read(frame: &[u8]) -> Option<Seen> {
    let (ip, udp, payload) = (frame.get(14..34)?, frame.get(34..42)?, frame.get(42..)?);
    let address = |at: usize| Ipv4Addr::from(<[u8; 4]>::try_from(&ip[at..at + 4]).unwrap());
    let port = |at: usize| u16::from_be_bytes([udp[at], udp[at + 1]]);
    let message = Message::decode(payload).ok()?;
    let option = |code| message.options.first(code).map(|value| Ipv4Addr::from(<[u8; 4]>::try_from(value).unwrap()));
    Some(Seen {
        machines: [frame[6..12].try_into().unwrap(), frame[..6].try_into().unwrap()],
        from: SocketAddrV4::new(address(12), port(0)),
        to: SocketAddrV4::new(address(16), port(2)),
        kind: message.kind(),
        broadcast: message.wants_broadcast(),
        ciaddr: message.ciaddr,
        yiaddr: message.yiaddr,
        giaddr: message.giaddr,
        server_id: option(code::SERVER_ID),
        requested: option(code::REQUESTED_ADDRESS),
    })
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sender, hearer] = self.machines;
        let (from, to, Self { kind, ciaddr, yiaddr, giaddr, .. }) = (self.from, self.to, self);
        write!(
            f,
            "{kind} {from} ({sender:02x?}) to {to} ({hearer:02x?}) ciaddr {ciaddr} yiaddr {yiaddr} giaddr {giaddr}"
        )?;
        write!(f, " server {:?} requested {:?} broadcast {}", self.server_id, self.requested, self.broadcast)
    }
}
