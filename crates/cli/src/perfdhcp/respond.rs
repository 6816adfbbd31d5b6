//! A server without memory, for measuring this program itself: it answers every query with what the query makes of it.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use net::{Batch, Outgoing, Plain, PlainSpec, Via};
use wire::v6::{Message, MessageType, code};
use wire::write::Writer;

use super::worker::BATCH;

/// The identifier of this server: its address in DHCPv4, a DUID in DHCPv6.
const SERVER_4: [u8; 4] = [192, 0, 2, 1];
const SERVER_6: [u8; 10] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 1];
/// T1, T2, preferred and valid lifetime.
const LIFETIMES: [u32; 4] = [1800, 2880, 3600, 4000];

/// Answers at an address until told to stop.
///
/// # Errors
/// Those of the socket.
pub fn respond(local: SocketAddr, stop: &AtomicBool) -> io::Result<u64> {
    let socket = Plain::open(&PlainSpec { local, device: None, shared: false, peer: None })?;
    let mut batch = Batch::new(BATCH, 2048);
    let (mut octets, mut ends) = (Vec::new(), Vec::<(usize, usize, SocketAddr)>::new());
    let mut answered = 0;
    while !stop.load(Ordering::Relaxed) {
        if socket.recv_batch(&mut batch)? == 0 {
            socket.wait(Duration::from_millis(100), false)?;
            continue;
        }
        octets.clear();
        ends.clear();
        for datagram in batch.iter() {
            let start = octets.len();
            answer(local.is_ipv4(), datagram.octets, &mut octets);
            if octets.len() > start {
                ends.push((start, octets.len(), datagram.from));
            }
        }
        for run in ends.chunk_by(|a, b| a.1 - a.0 == b.1 - b.0 && a.2 == b.2) {
            answered += send(&socket, &octets, run)?;
        }
    }
    Ok(answered)
}

/// Answers at an address until told to stop, with one system call for each datagram received and sent.
///
/// # Errors
/// Those of the socket.
pub fn echo(local: SocketAddr, stop: &AtomicBool) -> io::Result<u64> {
    let socket = UdpSocket::bind(local)?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let (mut query, mut octets, mut answered) = (vec![0; 2048], Vec::new(), 0);
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut query) {
            Ok((length, from)) => {
                octets.clear();
                answer(local.is_ipv4(), query.get(..length).unwrap_or_default(), &mut octets);
                // A client that is gone is no reason to stop.
                answered += u64::from(!octets.is_empty() && socket.send_to(&octets, from).is_ok());
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(answered)
}

/// Sends answers of equal length to the same client, in one piece if the system can.
fn send(socket: &Plain, octets: &[u8], run: &[(usize, usize, SocketAddr)]) -> io::Result<u64> {
    let letter = |start: usize, end: usize, to: SocketAddr| Outgoing {
        octets: octets.get(start..end).unwrap_or_default(),
        to,
        source: None,
        ifindex: 0,
        via: Via::Route,
    };
    if let (Some((start, end, to)), Some((_, last, _))) = (run.first(), run.last())
        && run.len() > 1
        && socket.send_in_one_piece(&letter(*start, *last, *to), end - start).is_ok()
    {
        return u64::try_from(run.len()).map_err(io::Error::other);
    }
    let outgoing: Vec<Outgoing<'_>> = run.iter().map(|(start, end, to)| letter(*start, *end, *to)).collect();
    let mut done = 0;
    while let Some(rest) = outgoing.get(done..).filter(|rest| !rest.is_empty()) {
        match socket.send_some(rest) {
            Ok(sent) => done += sent,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                socket.wait(Duration::from_millis(10), true)?;
            }
            // A client that is gone is no reason to stop.
            Err(_) => done += 1,
        }
    }
    u64::try_from(done).map_err(io::Error::other)
}

/// Appends the answer to a query; nothing if there is none.
fn answer(four: bool, query: &[u8], out: &mut Vec<u8>) {
    if four { answer4(query, out) } else { answer6(query, out) }
}

/// DHCPv4: the header with an address made of the client's hardware address.
fn answer4(query: &[u8], out: &mut Vec<u8>) {
    let Some((header, options)) = query.split_at_checked(240) else { return };
    let kind = match options {
        [53, 1, 1, ..] => 2,
        [53, 1, 3, ..] => 5,
        _ => return,
    };
    let start = out.len();
    out.extend_from_slice(header);
    let Some(reply) = out.get_mut(start..) else { return };
    if let (Some(op), Some([_, _, _, b, c, d])) = (reply.first_mut(), header.get(28..34)) {
        *op = 2;
        let address = [10, *b, *c, *d];
        if let Some(place) = reply.get_mut(16..20) {
            place.copy_from_slice(&address);
        }
    }
    let [_, _, _, valid] = LIFETIMES;
    out.extend([53, 1, kind, 54, 4]);
    out.extend(SERVER_4);
    out.extend([51, 4]);
    out.extend(valid.to_be_bytes());
    out.push(255);
}

/// DHCPv6: whatever association the query has, filled with an address or prefix made of the client's DUID.
fn answer6(query: &[u8], out: &mut Vec<u8>) {
    let Ok(message) = Message::decode(query) else { return };
    let rapid = message.options.first(code::RAPID_COMMIT).is_some();
    let kind = if message.kind == MessageType::Solicit && !rapid { MessageType::Advertise } else { MessageType::Reply };
    let mut writer = Writer::with_capacity(192);
    writer.u8(kind.number());
    writer.u24(message.transaction);
    let mut client: [u8; 6] = [0; 6];
    for option in message.options.iter() {
        match option.code {
            code::CLIENT_ID => {
                client = option.value.last_chunk().copied().unwrap_or_default();
                writer.option6(option.code, option.value);
            }
            code::RAPID_COMMIT => writer.option6(option.code, &[]),
            code::IA_NA | code::IA_PD => association(&mut writer, option.code, option.value, client),
            _ => {}
        }
    }
    writer.option6(code::SERVER_ID, &SERVER_6);
    out.extend_from_slice(writer.as_slice());
}

fn association(writer: &mut Writer, kind: u16, value: &[u8], client: [u8; 6]) {
    let [t1, t2, preferred, valid] = LIFETIMES;
    let open = writer.begin6(kind);
    writer.octets(value.get(..4).unwrap_or_default());
    writer.u32(t1);
    writer.u32(t2);
    let inner = writer.begin6(if kind == code::IA_NA { code::IAADDR } else { code::IAPREFIX });
    if kind == code::IA_NA {
        writer.octets(&[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0]);
        writer.octets(&client);
    }
    writer.u32(preferred);
    writer.u32(valid);
    if kind == code::IA_PD {
        writer.u8(80);
        writer.octets(&[0x20, 0x01, 0x0d, 0xb9]);
        writer.octets(&client);
        writer.octets(&[0; 6]);
    }
    writer.end6(inner);
    writer.end6(open);
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::super::arguments::{Arguments, LeaseType};
    use super::super::kind::Kind;
    use super::super::reply::{Reply, Verdict};
    use super::super::setup::Setup;
    use super::super::template::Values;
    use super::*;
    use model::Family;

    #[test]
    fn what_the_server_without_memory_says_is_what_the_program_reads() {
        for family in [Family::V4, Family::V6] {
            let lease_type = if family == Family::V6 { LeaseType::AddressAndPrefix } else { LeaseType::Address };
            let arguments = Arguments { given_family: Some(family), lease_type, ..Arguments::default() };
            let setup = Setup::new(&arguments, UdpSocket::bind("[::1]:0").unwrap().local_addr().unwrap().ip(), 0);
            for (kind, verdict) in [(Kind::Initial, Verdict::Offer), (Kind::Request, Verdict::Grant)] {
                let template = &setup.templates(&arguments, &[])[kind.index()];
                let mut reply = Reply::default();
                if kind == Kind::Request && family == Family::V6 {
                    // The associations a REQUEST repeats.
                    reply.lease = vec![0, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];
                }
                let values =
                    Values { transaction: 77, identity: [2, 0, 0, 0, 1, 9], lease: &reply.lease, ..Values::default() };
                let (mut query, mut octets) = (Vec::new(), Vec::new());
                template.fill(&values, &mut query);
                answer(family == Family::V4, &query, &mut octets);
                setup.read(&octets, &mut reply).unwrap();
                assert_eq!((reply.verdict, reply.transaction), (verdict, 77), "{family:?} {kind:?}");
                assert_eq!(reply.identity, Some([2, 0, 0, 0, 1, 9]));
                assert!(reply.told[0].is_some() && !reply.server.is_empty());
            }
        }
    }
}
