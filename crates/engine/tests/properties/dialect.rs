//! Messages of both families, written and read in the simplest way.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use engine::{Datagram, Decision, exchange};
use model::{Family, Model, Owner, Resource, UnixTime};
use wire::write::Writer;
use wire::{v4, v6};

use crate::world::{SERVER, World};

/// What a client does; the same six things in both families.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Look,
    Take,
    Renew,
    Rebind,
    GiveBack,
    Decline,
}

/// One message of one client, with up to two associations; DHCPv4 has the first of them.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) deed: Deed,
    pub(super) client: u8,
    pub(super) associations: Vec<(u32, Option<u8>)>,
    pub(super) wait: u8,
    pub(super) seed: u64,
}

impl Step {
    /// Writes the message.
    pub(super) fn octets(&self, family: Family) -> Vec<u8> {
        match family {
            Family::V4 => self.v4(),
            Family::V6 => self.v6(),
        }
    }

    /// Says whether an owner is this client, under an association of DHCPv6.
    pub(super) fn is(&self, owner: &Owner) -> bool {
        match owner {
            Owner::V4 { hw, .. } => hw.as_ref().is_some_and(|hw| hw.octets.last() == Some(&self.client)),
            Owner::V6 { duid, .. } => duid.octets() == [0, 3, 0, 1, self.client],
        }
    }

    fn v4(&self) -> Vec<u8> {
        let address = self.associations.first().and_then(|(_, last)| *last).map(|last| Ipv4Addr::new(10, 0, 0, last));
        let own = matches!(self.deed, Deed::Renew | Deed::Rebind | Deed::GiveBack);
        let mut writer = Writer::new();
        writer.octets(&[1, 1, 6, 0, 0, 0, 0, 7, 0, 0, 0, 0]);
        writer.ipv4(address.filter(|_| own).unwrap_or(Ipv4Addr::UNSPECIFIED));
        writer.octets(&[0; 12]);
        writer.octets(&[2, 0, 0, 0, 0, self.client]);
        writer.octets(&[0; 10 + 64 + 128]);
        writer.u32(v4::message::MAGIC_COOKIE);
        let kind = match self.deed {
            Deed::Look => v4::MessageType::Discover,
            Deed::Take | Deed::Renew | Deed::Rebind => v4::MessageType::Request,
            Deed::GiveBack => v4::MessageType::Release,
            Deed::Decline => v4::MessageType::Decline,
        };
        writer.option4(53, &[kind.number()]);
        if let Some(address) = address.filter(|_| !own) {
            writer.option4(50, &address.octets());
        }
        if self.deed == Deed::Take && self.seed.is_multiple_of(2) {
            writer.option4(54, &SERVER4.octets());
        }
        if self.seed.is_multiple_of(3) {
            writer.option4(61, &[1, self.client]);
        }
        writer.u8(255);
        writer.finish()
    }

    fn v6(&self) -> Vec<u8> {
        let kind = match self.deed {
            Deed::Look => v6::MessageType::Solicit,
            Deed::Take => v6::MessageType::Request,
            Deed::Renew => v6::MessageType::Renew,
            Deed::Rebind => v6::MessageType::Rebind,
            Deed::GiveBack => v6::MessageType::Release,
            Deed::Decline => v6::MessageType::Decline,
        };
        let mut writer = Writer::new();
        writer.u8(kind.number());
        writer.u24(7);
        writer.option6(v6::code::CLIENT_ID, &[0, 3, 0, 1, self.client]);
        if !matches!(self.deed, Deed::Look | Deed::Rebind) {
            writer.option6(v6::code::SERVER_ID, &SERVER);
        }
        if self.seed.is_multiple_of(2) {
            writer.option6(v6::code::RAPID_COMMIT, &[]);
        }
        for (iaid, address) in &self.associations {
            let open = writer.begin6(v6::code::IA_NA);
            writer.u32(*iaid);
            writer.u32(0);
            writer.u32(0);
            if let Some(address) = address {
                let inner = writer.begin6(v6::code::IAADDR);
                writer.ipv6(Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, u16::from(*address)));
                writer.u32(0);
                writer.u32(0);
                writer.end6(inner);
            }
            writer.end6(open);
        }
        writer.finish()
    }
}

const SERVER4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// Decides on octets.
pub(super) fn decide(octets: &[u8], at: i64, seed: u64, model: &Model, world: &World) -> Decision {
    let (from, to) = model.family.pick(("0.0.0.0:68", "255.255.255.255"), ("[fe80::1]:546", "ff02::1:2"));
    let datagram = Datagram {
        octets,
        interface: "eth0",
        from: from.parse().unwrap(),
        to: to.parse::<IpAddr>().unwrap(),
        local: SERVER4,
        served: &[SERVER4],
        raw: true,
        over: None,
        at: UnixTime(at),
        seed,
        trace: true,
    };
    exchange(&datagram, model, world).unwrap()
}

/// Lists what a reply acknowledges: addresses with a lifetime, by association; 0 is that of DHCPv4.
pub(super) fn acknowledged(decision: &Decision, family: Family) -> Vec<(u32, Resource)> {
    let Some(reply) = decision.reply.as_ref().filter(|reply| reply.speaks_of_leases()) else {
        return Vec::new();
    };
    if family == Family::V4 {
        let message = v4::Message::decode(&reply.octets).unwrap();
        return vec![(0, Resource::V4(message.yiaddr))];
    }
    let packet = v6::Packet::decode(&reply.octets).unwrap();
    let mut found = Vec::new();
    for value in packet.message.options.all(v6::code::IA_NA) {
        let ia = v6::Ia::decode(value).unwrap();
        for value in ia.options.all(v6::code::IAADDR) {
            let address = v6::IaAddress::decode(value).unwrap();
            if address.valid > 0 {
                found.push((ia.iaid, Resource::V6(address.address)));
            }
        }
    }
    found
}
