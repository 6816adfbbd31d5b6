//! One DHCPv6 exchange under way.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use model::{IdentifierKind, Lease, LeaseKind, LeaseState, MacSource, Model, Owner};
use wire::v6::{Packet, VendorClass, VendorOpts, code, values};
use wire::{Duid, HardwareAddress};

use super::Reply;
use crate::assemble::{self, Asked, CABLELABS};
use crate::classify::{self, Subject};
use crate::course::{Course, derefs_to_course};
use crate::decision::{Client, Label, MessageType};
use crate::event::Drop;
use crate::exchange::Datagram;
use crate::facts::{Facts, Missing};
use crate::naming::SentName;
use crate::{Decision, dhcp4o6, flex_id, flex_option, identify, limits, reserve, tuning, user_check};

/// The course of an exchange, and what only DHCPv6 has.
pub(crate) struct Session<'a> {
    course: Course<'a>,
    pub(crate) packet: &'a Packet<'a>,
    /// The client's DUID, if it sent one that can be read.
    pub(crate) duid: Option<Duid>,
    pub(crate) hw: Option<(HardwareAddress, MacSource)>,
}

derefs_to_course!(Session);

impl<'a> Session<'a> {
    /// Begins with what the packet itself says.
    pub(crate) fn new(
        datagram: &'a Datagram<'a>,
        packet: &'a Packet<'a>,
        model: &'a Model,
        facts: &'a dyn Facts,
    ) -> Self {
        let (duid, hw) = identities(packet, datagram, model);
        // Kea: the label is made before the packet is looked into, so it never shows a hardware address.
        let label =
            Label { client: Client::Duid(duid.clone()), hw: None, transaction: Some(packet.message.transaction) };
        Self { course: Course::new(datagram, model, facts, label), packet, duid, hw }
    }

    /// Puts the client into its first classes; says whether its packet is to be dropped.
    pub(crate) fn classify(&mut self) -> bool {
        self.classes = classify::classes(classify::vendors6(self.packet));
        classify::first(&mut self.course, Subject::V6(self.packet))
    }

    /// Gives the options of the query with other words for the client's own; `None` if they count as they are.
    pub(crate) fn receive(&mut self) -> Result<Result<Option<Vec<u8>>, Drop>, Missing> {
        limits::receive(&mut self.course, Subject::V6(self.packet))
    }

    /// Goes on with other words than the client's own.
    pub(crate) fn reread(&mut self, packet: &'a Packet<'a>) {
        self.packet = packet;
        (self.duid, self.hw) = identities(packet, self.datagram, self.model);
    }

    /// Prepares the look-up of reservations.
    pub(crate) fn recognise(&mut self) -> Result<(), Missing> {
        let identifiers = reserve::identifiers(self, |kind| match kind {
            IdentifierKind::HwAddress => self.hw.as_ref().map(|(hw, _)| hw.octets.to_vec()),
            IdentifierKind::Duid => self.duid.as_ref().map(|duid| duid.octets().to_vec()),
            IdentifierKind::FlexId => flex_id::identifier(self, Subject::V6(self.packet)),
            IdentifierKind::CircuitId | IdentifierKind::ClientId => None,
        });
        classify::early(&mut self.course, Subject::V6(self.packet), identifiers)
    }

    /// Puts the client into the classes that ask for reservations; says whether its packet is to be dropped.
    pub(crate) fn settle(&mut self) -> Result<bool, Missing> {
        classify::second(&mut self.course, Subject::V6(self.packet))
    }

    /// Says who holds leases under an association.
    pub(crate) fn owner(&self, iaid: u32) -> Owner {
        Owner::V6 { duid: self.duid.clone().unwrap_or_else(Duid::empty), iaid, hw: self.hw.clone() }
    }

    /// Lists leases this exchange has made under an association: a message may name one twice.
    pub(crate) fn made_under(&self, kind: LeaseKind, iaid: u32) -> Vec<Arc<Lease>> {
        let of_it = |lease: &&Arc<Lease>| {
            lease.kind() == kind
                && lease.state == LeaseState::Assigned
                && matches!(lease.owner, Owner::V6 { iaid: theirs, .. } if theirs == iaid)
        };
        self.made().filter(of_it).cloned().collect()
    }

    /// Ends in silence, for a reason.
    pub(crate) fn dropped(self, drop: Drop) -> Decision {
        self.course.dropped(drop)
    }

    /// Ends with a reply, or without one.
    pub(crate) fn decide(mut self, reply: Option<Reply<'a>>) -> Decision {
        let Some(mut reply) = reply else { return self.course.silent() };
        reply.supply_from_relays(self.packet, &self.model.settings.relay_supplied_options);
        let ends = (SocketAddr::new(self.datagram.to, SERVER_PORT), self.destination());
        flex_id::restore(&mut self, &mut reply.options);
        let told = flex_option::apply(&self, Subject::V6(self.packet), &mut reply.options);
        self.tell_all(told);
        let bare = reply.kind == wire::v6::MessageType::AddrRegReply;
        user_check::answer(&mut self, &mut reply.options, None, bare);
        let octets = reply.write(self.packet);
        self.course.answered(MessageType::V6(reply.kind), octets, ends)
    }

    /// Ends with the query handed on to the DHCPv4 server.
    pub(crate) fn forwarded(self) -> Decision {
        let way = dhcp4o6::channel(self.model).zip(dhcp4o6::forwarded(self.packet, self.datagram));
        let Some((to, octets)) = way else { return self.course.silent() };
        self.course.handed_on(MessageType::V6(self.packet.message.kind), octets, to)
    }

    /// Where a reply goes: to the client, or to the relay and the port it names.
    fn destination(&self) -> SocketAddr {
        let port = match self.packet.relays.first() {
            None => CLIENT_PORT,
            Some(outermost) => match outermost.options.first(code::RELAY_SOURCE_PORT) {
                Some(value) if values::relay_source_port(value).is_ok() => self.datagram.from.port(),
                _ => SERVER_PORT,
            },
        };
        let mut to = self.datagram.from;
        to.set_port(port);
        to
    }

    /// Walks the client's identity associations of both kinds in the order sent.
    pub(crate) fn options(&self) -> impl Iterator<Item = wire::v6::RawOption<'a>> + use<'a> {
        self.packet.message.options.iter()
    }

    /// Lists what the client asks for.
    fn asked(&self) -> Asked {
        let sent = &self.packet.message.options;
        let mut asked = Asked { codes: self.packet.message.requested_options().collect(), vendors: Vec::new() };
        for vendor in sent.all(code::VENDOR_OPTS).filter_map(|value| VendorOpts::decode(value).ok()) {
            let lists = vendor.enterprise == CABLELABS;
            let requested = if lists { vendor.requested_options(1).collect() } else { Vec::new() };
            asked.vendors.push((vendor.enterprise, requested));
        }
        for vendor in sent.all(code::VENDOR_CLASS).filter_map(|value| VendorClass::decode(value).ok()) {
            asked.vendors.push((vendor.enterprise, Vec::new()));
        }
        asked
    }

    /// Adds all options the client gets to its reply, and to the client the classes that its leases' scopes add.
    pub(crate) fn add_options(&mut self, reply: &mut Reply<'a>) {
        classify::additional(&mut self.course, Subject::V6(self.packet));
        let asked = self.asked();
        assemble::options(self, asked, &mut reply.options);
    }

    /// Says whether the client asks for an option.
    pub(crate) fn requests(&self, code: u16) -> bool {
        self.packet.message.requested_options().any(|requested| requested == code)
    }

    /// Reads the client's name and settles who updates DNS.
    pub(crate) fn prepare_name(&mut self) {
        tuning::calculate(&mut self.course, Subject::V6(self.packet));
        let fqdn = self.packet.message.options.first(code::CLIENT_FQDN).map(Cow::Borrowed);
        self.course.prepare_name(SentName { fqdn, host_name: None });
    }

    /// Tells the client what it is called.
    pub(crate) fn answer_name(&self, reply: &mut Reply<'a>) {
        let option = self.name.as_ref().and_then(|name| name.option(self.rules()));
        if let Some(value) = option {
            reply.add(code::CLIENT_FQDN, Cow::Owned(value));
        }
    }

    /// Begins a reply with the identifiers every reply has.
    pub(crate) fn reply(&self, kind: wire::v6::MessageType) -> Reply<'a> {
        let mut reply = Reply::new(kind, self.packet.message.transaction);
        if let Some(client) = self.packet.message.options.first(code::CLIENT_ID) {
            reply.add(code::CLIENT_ID, Cow::Borrowed(client));
        }
        reply.add(code::SERVER_ID, Cow::Borrowed(self.model.settings.server_duid.octets()));
        reply
    }
}

/// Finds the client's DUID and hardware address.
fn identities(
    packet: &Packet<'_>,
    datagram: &Datagram<'_>,
    model: &Model,
) -> (Option<Duid>, Option<(HardwareAddress, MacSource)>) {
    let duid = packet.message.options.first(code::CLIENT_ID).and_then(|value| Duid::decode(value).ok());
    let hw = identify::hardware(packet, datagram.from, duid.as_ref(), &model.settings.mac_sources);
    (duid, hw)
}

const CLIENT_PORT: u16 = 546;
const SERVER_PORT: u16 = 547;
