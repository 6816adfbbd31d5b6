//! One DHCPv4 exchange under way.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::{BootFields, Host, IdentifierKind, Lease, LeaseState, Model, Owner, Resource, Seconds, Subnet};
use wire::HardwareAddress;
use wire::v4::{Message, MessageType, Options, code, relay, vendor};

use super::agent;
use super::reply::Reply;
use crate::Decision;
use crate::assemble::{Asked, CABLELABS};
use crate::bind::{Claim, Purpose};
use crate::classify::{self, Subject};
use crate::course::{Course, derefs_to_course};
use crate::decision::{self, Client, Label};
use crate::event::{Drop, Event, Refusal, Refused};
use crate::exchange::Datagram;
use crate::facts::{Facts, Missing};
use crate::lifetimes::Lifetimes;
use crate::naming::SentName;
use crate::{flex_id, flex_option, limits, reserve, tuning, user_check};

/// The course of an exchange, and what only DHCPv4 has.
pub(crate) struct Session<'a> {
    course: Course<'a>,
    pub(crate) message: &'a Message<'a>,
    /// What the message is for; BOOTP is a request where it is served.
    pub(crate) kind: MessageType,
    pub(crate) hw: HardwareAddress,
    /// The client identifier; empty if there is none.
    pub(crate) client_id: Cow<'a, [u8]>,
    /// What a relay says of the client; empty if there is no relay that says anything.
    pub(crate) agent: Cow<'a, [u8]>,
    /// What the relay says is not in this message but kept with the lease.
    pub(crate) recovered: bool,
}

derefs_to_course!(Session);

impl<'a> Session<'a> {
    /// Begins with what the packet itself says.
    pub(crate) fn new(
        datagram: &'a Datagram<'a>,
        message: &'a Message<'a>,
        model: &'a Model,
        facts: &'a dyn Facts,
    ) -> Self {
        let hw = message.hardware_address();
        let client_id = message.options.value(code::CLIENT_ID).unwrap_or_default();
        let client = Client::Id((!client_id.is_empty()).then(|| (&*client_id).into()));
        let label = Label { client, hw: Some(hw.clone()), transaction: Some(message.transaction) };
        Self {
            course: Course::new(datagram, model, facts, label),
            message,
            kind: message.kind(),
            hw,
            client_id,
            agent: message.options.value(code::RELAY_AGENT).unwrap_or_default(),
            recovered: false,
        }
    }

    /// Lends what classes are assigned by: the course, and what tests look at.
    fn classing(&mut self) -> (&mut Course<'a>, Subject<'_>) {
        let recovered = self.recovered.then_some(&*self.agent);
        (&mut self.course, Subject::V4(self.message, recovered))
    }

    /// Lends what tests look at.
    fn subject(&self) -> Subject<'_> {
        Subject::V4(self.message, self.recovered.then_some(&*self.agent))
    }

    /// Gives the options of the query with other words for the client's own; `None` if they count as they are.
    pub(crate) fn receive(&mut self) -> Result<Result<Option<Vec<u8>>, Drop>, Missing> {
        let (course, subject) = self.classing();
        limits::receive(course, subject)
    }

    /// Goes on with other words than the client's own.
    pub(crate) fn reread(&mut self, message: &'a Message<'a>) {
        self.message = message;
        self.client_id = message.options.value(code::CLIENT_ID).unwrap_or_default();
    }

    /// Puts the client into its first classes; says whether its packet is to be dropped.
    pub(crate) fn classify(&mut self) -> bool {
        self.classes = classify::classes(classify::vendors4(self.message));
        if self.kind == MessageType::Bootp && self.model.settings.bootp {
            self.classes.push(model::ClassName::fixed(BOOTP));
            self.kind = MessageType::Request;
        }
        if self.recovered {
            self.classes.push(model::ClassName::fixed("STASH_AGENT_OPTIONS"));
        }
        let (course, subject) = self.classing();
        classify::first(course, subject)
    }

    /// Prepares the look-up of reservations.
    pub(crate) fn recognise(&mut self) -> Result<(), Missing> {
        let identifiers = reserve::identifiers(self, |kind| self.identifier(kind));
        let (course, subject) = self.classing();
        classify::early(course, subject, identifiers)
    }

    fn identifier(&self, kind: IdentifierKind) -> Option<Vec<u8>> {
        match kind {
            IdentifierKind::HwAddress => Some(self.hw.octets.to_vec()),
            IdentifierKind::ClientId => Some(self.client_id.to_vec()),
            // RFC 4361 §6.1: the DUID follows the type and an identity association.
            IdentifierKind::Duid => {
                self.client_id.strip_prefix(&[255]).and_then(|rest| rest.get(4..)).map(<[u8]>::to_vec)
            }
            IdentifierKind::CircuitId => self.agent_option(relay::CIRCUIT_ID),
            IdentifierKind::FlexId => flex_id::identifier(self, self.subject()),
        }
    }

    /// Puts the client into the classes that ask for reservations; says whether its packet is to be dropped.
    pub(crate) fn settle(&mut self) -> Result<bool, Missing> {
        let (course, subject) = self.classing();
        classify::second(course, subject)
    }

    /// Puts the client into the classes that the scopes of its lease add.
    pub(crate) fn add_classes(&mut self) {
        let (course, subject) = self.classing();
        classify::additional(course, subject);
    }

    /// Says where the client boots from: each field as its host says, else its first class that sets it, else its subnet.
    pub(crate) fn boot(&self) -> (Ipv4Addr, &'a str, &'a str) {
        let of_subnet = self.subnet.map(|subnet| &subnet.boot);
        let of_host = self.reservations.current(self.subnet).and_then(Host::boot);
        let text = |of: fn(&BootFields) -> &str| {
            let of_host = of_host.map(of).filter(|text| !text.is_empty());
            let of_class = self.of_class(|class| Some(of(&class.boot)).filter(|text| !text.is_empty()));
            of_host.or(of_class).or_else(|| of_subnet.map(of)).unwrap_or_default()
        };
        let is_set = |next: &Ipv4Addr| !next.is_unspecified();
        let of_host = of_host.map(|boot| boot.next_server).filter(is_set);
        let next = of_host.or_else(|| self.of_class(|class| Some(class.boot.next_server).filter(is_set)));
        let next = next.or_else(|| of_subnet.map(|boot| boot.next_server)).unwrap_or(Ipv4Addr::UNSPECIFIED);
        (next, text(|boot| &boot.server_hostname), text(|boot| &boot.boot_file_name))
    }

    /// Says whether the client is one of BOOTP.
    pub(crate) fn is_bootp(&self) -> bool {
        self.message.kind() == MessageType::Bootp
    }

    /// Takes what a relay said when the lease was made, if a client that renews comes without a relay.
    pub(crate) fn recover_agent(&mut self) -> Result<(), Missing> {
        let message = self.message;
        let alone = message.giaddr.is_unspecified() && self.agent.is_empty();
        let renews = self.kind == MessageType::Request && !message.ciaddr.is_unspecified();
        if !self.model.settings.stash_agent_options || !renews || !alone {
            return Ok(());
        }
        let lease = self.facts.lease_at(Resource::V4(message.ciaddr))?;
        let own = lease.filter(|lease| lease.state == LeaseState::Assigned && self.owns(lease, true));
        if let Some(stored) = own.and_then(|lease| agent::stored(&lease.user_context)) {
            self.agent = Cow::Owned(stored);
            self.recovered = true;
        }
        Ok(())
    }

    /// Finds a sub-option of what the relay says.
    pub(crate) fn agent_option(&self, code: u16) -> Option<Vec<u8>> {
        Options::of_value(&self.agent).value(code).map(Cow::into_owned)
    }

    /// Gives the link that the relay or the client says the client is on.
    pub(crate) fn link(&self) -> Option<Ipv4Addr> {
        let address = |value: &[u8]| value.first_chunk::<4>().filter(|_| value.len() == 4).copied().map(Ipv4Addr::from);
        let ignores = self.model.settings.compatibility.ignore_rai_link_selection;
        let selected = self.agent_option(relay::LINK_SELECTION).filter(|_| !ignores);
        let selected = selected.as_deref().and_then(address);
        selected.or_else(|| address(self.message.options.value(code::SUBNET_SELECTION)?.get(..4)?))
    }

    /// Gives the address the client asks for.
    pub(crate) fn requested(&self) -> Option<Ipv4Addr> {
        let value = self.message.options.value(code::REQUESTED_ADDRESS)?;
        value.first_chunk::<4>().copied().map(Ipv4Addr::from).filter(|address| !address.is_unspecified())
    }

    /// Says who holds leases of a subnet.
    pub(crate) fn owner(&self, subnet: &Subnet) -> Owner {
        let client_id = if subnet.match_client_id { (&*self.client_id).into() } else { [].into() };
        Owner::V4 { hw: Some(self.hw.clone()), client_id }
    }

    /// Says whether a lease is the client's.
    ///
    /// Kea: client identifiers decide if both sides have one and it counts; else hardware addresses do.
    pub(crate) fn owns(&self, lease: &Lease, match_client_id: bool) -> bool {
        let Owner::V4 { hw, client_id } = &lease.owner else { return false };
        if match_client_id && !client_id.is_empty() && !self.client_id.is_empty() {
            return **client_id == *self.client_id;
        }
        hw.as_ref().is_some_and(|hw| *hw == self.hw && !hw.octets.is_empty())
    }

    /// Says what the client is to get in a subnet.
    pub(crate) fn claim<'c>(&self, owner: &'c Owner, context: Option<&'c str>, purpose: Purpose) -> Claim<'c> {
        let wish = self.message.options.value(code::LEASE_TIME);
        let wish = wish.and_then(|value| value.first_chunk::<4>().copied()).map(u32::from_be_bytes);
        let wish = wish.map(|valid| Lifetimes { preferred: Seconds::ZERO, valid: Seconds(valid) });
        let kind = model::LeaseKind::V4;
        Claim { kind, owner, hint: None, wish, forever: self.is_bootp(), context, purpose }
    }

    /// Reads the client's name and settles who updates DNS.
    pub(crate) fn prepare_name(&mut self) {
        let (course, subject) = self.classing();
        tuning::calculate(course, subject);
        let options = &self.message.options;
        let sent = SentName { fqdn: options.value(code::CLIENT_FQDN), host_name: options.value(code::HOST_NAME) };
        self.course.prepare_name(sent);
    }

    /// Tells that the client does not get what it wants.
    pub(crate) fn refuse(&mut self, why: Refusal, requested: Option<Ipv4Addr>) {
        let kind = decision::MessageType::V4(self.kind);
        let (from, ciaddr) = (self.datagram.from.ip(), self.message.ciaddr);
        self.tell(Event::Refused(Refused { why, kind, from, ciaddr, requested }));
    }

    /// Lists what the client asks for.
    pub(crate) fn asked(&self) -> Asked {
        let options = &self.message.options;
        let mut asked = Asked { codes: self.message.requested_options().collect(), vendors: Vec::new() };
        for block in vendor::blocks(&options.value(code::VIVSO).unwrap_or_default()) {
            let wanted = Options::of_value(block.data).value(1).filter(|_| block.enterprise == CABLELABS);
            let wanted = wanted.iter().flat_map(|codes| codes.iter().map(|code| u16::from(*code))).collect();
            asked.vendors.push((block.enterprise, wanted));
        }
        let classes = options.value(code::VIVCO).unwrap_or_default();
        asked.vendors.extend(vendor::blocks(&classes).map(|block| (block.enterprise, Vec::new())));
        asked
    }

    /// Says whether the client asks for an option.
    pub(crate) fn requests(&self, code: u16) -> bool {
        self.message.requested_options().any(|requested| requested == code)
    }

    /// Ends in silence, for a reason.
    pub(crate) fn dropped(self, drop: Drop) -> Decision {
        self.course.dropped(drop)
    }

    /// Ends with a reply, or without one.
    pub(crate) fn decide(mut self, reply: Option<Reply<'a>>) -> Decision {
        let Some(mut reply) = reply else { return self.course.silent() };
        let from = SocketAddr::new(IpAddr::V4(self.datagram.local), SERVER_PORT);
        let to = reply.address(&self);
        flex_id::restore(&mut self, &mut reply.options);
        let told = flex_option::apply(&self, self.subject(), &mut reply.options);
        self.tell_all(told);
        user_check::answer(&mut self, &mut reply.options, Some(reply.yiaddr), reply.kind == MessageType::Nak);
        let octets = reply.write(self.message);
        let kind = if self.is_bootp() { MessageType::Bootp } else { reply.kind };
        self.course.answered(decision::MessageType::V4(kind), octets, (from, to))
    }
}

/// The class of clients that know BOOTP only.
const BOOTP: &str = "BOOTP";
/// The port servers and relays listen on.
pub(super) const SERVER_PORT: u16 = 67;
/// The port clients listen on.
pub(super) const CLIENT_PORT: u16 = 68;
