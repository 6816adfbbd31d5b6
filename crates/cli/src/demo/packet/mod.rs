//! The messages of the demonstration's clients and relay: how they are written and what is read off the answers.

mod v4;
mod v6;

use std::net::IpAddr;

use model::{Family, Resource};

/// What a client wants, in either protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To be offered leases.
    Discover,
    /// To have what was offered.
    Take,
    /// To keep its leases, of the server that gave them.
    Renew,
    /// To keep its leases, of any server.
    Rebind,
    /// To give its leases back.
    Release,
}

/// What a client asks.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pub(crate) family: Family,
    pub(crate) step: Step,
    pub(crate) transaction: u32,
    /// The client's DUID; in DHCPv4 its last six octets are the hardware address, too.
    pub(crate) id: &'a [u8],
    /// The server the client chose; `None` if any may answer.
    pub(crate) server: Option<&'a [u8]>,
    /// A prefix is asked for, too.
    pub(crate) router: bool,
    /// What the client holds or was offered.
    pub(crate) held: &'a [Held],
}

/// One lease as the client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// Address or prefix.
    pub(crate) resource: Resource,
    /// Valid lifetime in seconds.
    pub(crate) valid: u32,
}

/// What a server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Which query it answers.
    pub(crate) transaction: u32,
    /// The server's identifier.
    pub(crate) server: Vec<u8>,
    /// Addresses and prefixes, in the order of the answer.
    pub(crate) held: Vec<Held>,
    /// Seconds until the client renews; `None` if it may choose.
    pub(crate) t1: Option<u32>,
    /// Seconds until the client asks any server; `None` if it may choose.
    pub(crate) t2: Option<u32>,
}

/// What a relay writes on a client's message.
#[derive(Debug)]
pub(crate) struct Envelope<'a> {
    /// The relay's address on the client's link.
    pub(crate) link: IpAddr,
    /// The client's address in DHCPv6; in DHCPv4 the relay's, where it hears the server.
    pub(crate) peer: IpAddr,
    /// The name of the link.
    pub(crate) name: &'a [u8],
    /// The relay's port if it is not the standard one (RFC 8357).
    pub(crate) port: Option<u16>,
}

/// Starts a client's random numbers from its DUID, so that a run can be repeated.
pub(crate) fn seed_of(id: &[u8]) -> u32 {
    id.iter().fold(0x811c_9dc5, |hash, octet| (hash ^ u32::from(*octet)).wrapping_mul(0x0100_0193))
}

/// Writes a client's message.
pub(crate) fn query(query: &Query<'_>) -> Vec<u8> {
    match query.family {
        Family::V4 => v4::query(query),
        Family::V6 => v6::query(query),
    }
}

/// Reads a server's message; `None` if it is none.
pub(crate) fn answer(family: Family, octets: &[u8]) -> Option<Answer> {
    match family {
        Family::V4 => v4::answer(octets),
        Family::V6 => v6::answer(octets),
    }
}

/// Says in a few words what a message is: its name and the leases in it.
pub(crate) fn describe(family: Family, octets: &[u8]) -> String {
    let summary = match family {
        Family::V4 => v4::summary(octets),
        Family::V6 => v6::summary(octets),
    };
    let Some((name, held)) = summary else { return "a message that cannot be read".to_owned() };
    held.iter().fold(name.to_owned(), |text, Held { resource, valid }| match valid {
        0 => format!("{text} {resource}"),
        _ => format!("{text} {resource} ({valid} s)"),
    })
}

/// Puts a client's message into a relay's envelope.
pub(crate) fn forward(family: Family, message: &[u8], envelope: &Envelope<'_>) -> Vec<u8> {
    match family {
        Family::V4 => v4::forward(message, envelope),
        Family::V6 => v6::forward(message, envelope),
    }
}

/// Opens a server's envelope: the name of the link it is for and the message inside.
pub(crate) fn opened(family: Family, octets: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    match family {
        Family::V4 => v4::opened(octets),
        Family::V6 => v6::opened(octets).map(|(name, message)| (name.to_vec(), message)),
    }
}

/// Gives the shortest of some times, those that leave it to the client passed over.
fn least(times: impl Iterator<Item = u32>) -> Option<u32> {
    times.filter(|time| *time > 0).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(resource: Resource) -> Held {
        Held { resource, valid: 60 }
    }

    fn asked(family: Family, held: &[Held]) -> Vec<u8> {
        let server = family.pick(&[192, 0, 2, 1][..], &[0, 3, 0, 1, 9]);
        let id = &[0, 3, 0, 1, 2, 0, 0, 0, 0, 1];
        query(&Query { family, step: Step::Renew, transaction: 7, id, server: Some(server), router: true, held })
    }

    #[test]
    fn a_query_carries_each_lease_in_the_place_of_its_kind() {
        let leases =
            [held(Resource::V6("fd00::1".parse().unwrap())), held(Resource::Prefix("fd01::".parse().unwrap(), 56))];
        let octets = asked(Family::V6, &leases);
        let read = answer(Family::V6, &octets).unwrap();
        assert_eq!((read.transaction, read.server, read.held), (7, vec![0, 3, 0, 1, 9], leases.to_vec()));
        assert_eq!(describe(Family::V6, &octets), "RENEW fd00::1 (60 s) fd01::/56 (60 s)");

        let octets = asked(Family::V4, &[held(Resource::V4([192, 0, 2, 9].into()))]);
        let read = wire::v4::Message::decode(&octets).unwrap();
        assert_eq!(
            (read.ciaddr, read.hardware_address().to_string()),
            ([192, 0, 2, 9].into(), "02:00:00:00:00:01".into())
        );
        assert_eq!(describe(Family::V4, &octets), "DHCPREQUEST 192.0.2.9");
    }

    #[test]
    fn what_a_relay_wraps_it_can_open() {
        for family in [Family::V4, Family::V6] {
            let address: IpAddr = family.pick([192, 0, 2, 7].into(), [7; 16].into());
            let envelope = Envelope { link: address, peer: address, name: b"hall", port: Some(1067) };
            let message = asked(family, &[]);
            let wrapped = forward(family, &message, &envelope);
            let (name, inside) = opened(family, &wrapped).unwrap();
            assert_eq!(name, b"hall");
            assert_eq!(describe(family, inside), describe(family, &message));
        }
    }
}
