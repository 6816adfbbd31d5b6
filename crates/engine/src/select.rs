//! Which subnet is the client in?

use std::cell::RefCell;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::{ClassName, Model, Subnet};
use wire::v6::{Packet, code};

use crate::event::Step;
use crate::exchange::{Datagram, Over};
use crate::identify::is_link_local;
use crate::v4::Session;

/// What the subnet of a DHCPv6 client is chosen by.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// The client is on a link of ours.
    Direct {
        /// The interface it was heard on.
        interface: &'a str,
        /// Its address.
        source: IpAddr,
    },
    /// The client is behind a relay.
    Relayed {
        /// The relay's address on the client's link.
        link: Ipv6Addr,
        /// The relay's name of the client's link.
        interface_id: Option<&'a [u8]>,
    },
}

/// What the subnet of a DHCPv4 client is chosen by; addresses that nothing gives are 0.0.0.0.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// The link that the relay's option 82 or the client's option 118 names.
    pub link: Option<Ipv4Addr>,
    /// The relay's address.
    pub giaddr: Ipv4Addr,
    /// The client's address, as it says.
    pub ciaddr: Ipv4Addr,
    /// Where the packet came from.
    pub source: Ipv4Addr,
    /// Whether it was sent to everybody on the link.
    pub broadcast: bool,
    /// The interface it was heard on.
    pub interface: &'a str,
    /// The server's address there.
    pub local: Ipv4Addr,
    /// How it came, if it was inside DHCPv6.
    pub over: Option<Over<'a>>,
}

/// A subnet that was chosen, and the steps to it if they are wanted.
pub(crate) type Choice<'m> = (Option<&'m Subnet>, Vec<Step>);

/// A search for a subnet: where, and for whom.
struct Quest<'m, 'c> {
    model: &'m Model,
    classes: &'c [ClassName],
    /// What was done, if anybody wants to know.
    steps: Option<RefCell<Vec<Step>>>,
}

impl<'m, 'c> Quest<'m, 'c> {
    fn new(model: &'m Model, classes: &'c [ClassName], trace: bool) -> Self {
        Self { model, classes, steps: trace.then(RefCell::default) }
    }

    fn note(&self, step: impl FnOnce() -> Step) {
        if let Some(steps) = &self.steps {
            steps.borrow_mut().push(step());
        }
    }

    /// Finds the first of some subnets that admits the client; `by` says what they were looked for by.
    fn choose(&self, by: fmt::Arguments<'_>, mut found: impl Iterator<Item = &'m Subnet>) -> Option<&'m Subnet> {
        self.note(|| Step::Sought { by: by.to_string().into() });
        found.find(|subnet| self.admits(subnet))
    }

    fn admits(&self, subnet: &Subnet) -> bool {
        let passes = admits(self.model, subnet, self.classes);
        if !passes {
            let network = self.model.network_of(subnet).map_or(&[][..], |network| &network.guard.0);
            let classes = subnet.guard.0.iter().chain(network).cloned().collect();
            self.note(|| Step::Barred { subnet: subnet.id, classes });
        }
        passes
    }

    fn holding(&self, address: IpAddr) -> Option<&'m Subnet> {
        self.choose(format_args!("address {address} in its prefix"), self.model.subnets.holding(address))
    }

    fn on(&self, interface: &str) -> Option<&'m Subnet> {
        self.choose(format_args!("interface {interface}"), self.model.subnets.on(interface))
    }

    fn behind(&self, relay: IpAddr) -> Option<&'m Subnet> {
        self.choose(format_args!("relay address {relay}"), self.model.subnets.behind(relay))
    }

    fn end(self, found: Option<&'m Subnet>) -> Choice<'m> {
        (found, self.steps.map(RefCell::into_inner).unwrap_or_default())
    }
}

/// Chooses the subnet a DHCPv6 client is in: the first by id that matches best and admits it.
///
/// Kea: the relay nearest the client that names its link counts, no other; its Interface-Id beats its link address, and
/// there is no longest-prefix rule.
pub(crate) fn v6<'m>(
    packet: &Packet<'_>,
    datagram: &Datagram<'_>,
    model: &'m Model,
    classes: &[ClassName],
) -> Choice<'m> {
    let quest = Quest::new(model, classes, datagram.trace);
    let found = quest.by_place(place(packet, datagram.interface, datagram.from.ip()));
    quest.end(found)
}

/// Chooses a DHCPv6 client's subnet by where the client is.
pub fn by_place<'m>(place: Place<'_>, model: &'m Model, classes: &[ClassName]) -> Option<&'m Subnet> {
    Quest::new(model, classes, false).by_place(place)
}

impl<'m> Quest<'m, '_> {
    fn by_place(&self, place: Place<'_>) -> Option<&'m Subnet> {
        match place {
            Place::Direct { interface, source } => self.on(interface).or_else(|| self.holding(source)),
            Place::Relayed { link, interface_id } => {
                let by_interface = interface_id.and_then(|wanted| {
                    self.choose(format_args!("the relay's interface-id"), self.model.subnets.named(wanted))
                });
                let link = IpAddr::V6(link);
                by_interface.or_else(|| self.behind(link)).or_else(|| self.holding(link))
            }
        }
    }
}

fn place<'a>(packet: &Packet<'a>, interface: &'a str, source: IpAddr) -> Place<'a> {
    let usable = |link: Ipv6Addr| !link.is_unspecified() && !is_link_local(link);
    match packet.from_client().find(|relay| usable(relay.link_address)) {
        None => Place::Direct { interface, source },
        Some(relay) => {
            Place::Relayed { link: relay.link_address, interface_id: relay.options.first(code::INTERFACE_ID) }
        }
    }
}

/// Chooses the subnet a DHCPv4 client is in.
pub(crate) fn v4<'m>(session: &Session<'m>) -> Choice<'m> {
    let (message, datagram) = (session.message, session.datagram);
    let source = if let IpAddr::V4(source) = datagram.from.ip() { Some(source) } else { None };
    let clues = Clues {
        link: session.link(),
        giaddr: message.giaddr,
        ciaddr: message.ciaddr,
        source: source.unwrap_or(Ipv4Addr::UNSPECIFIED),
        broadcast: is_broadcast(datagram.to),
        interface: datagram.interface,
        local: datagram.local,
        over: datagram.over,
    };
    let quest = Quest::new(session.model, &session.classes, datagram.trace);
    let found = quest.by_clues(&clues);
    quest.end(found)
}

/// Chooses a DHCPv4 client's subnet: the first by id that matches and admits the client.
///
/// Kea: there is no longest-prefix rule, and a link named by option 82 or option 118 is the last word.
pub fn by_clues<'m>(clues: &Clues<'_>, model: &'m Model, classes: &[ClassName]) -> Option<&'m Subnet> {
    Quest::new(model, classes, false).by_clues(clues)
}

impl<'m> Quest<'m, '_> {
    fn by_clues(&self, clues: &Clues<'_>) -> Option<&'m Subnet> {
        if let Some(over) = clues.over {
            let found = self.model.subnets.over(over.remote.into(), over.interface_id, clues.interface);
            return self.choose(format_args!("the link of DHCPv4-over-DHCPv6"), found);
        }
        if let Some(link) = clues.link {
            return self.holding(link.into());
        }
        let giaddr = clues.giaddr;
        if !giaddr.is_unspecified() {
            return self.behind(giaddr.into()).or_else(|| self.holding(giaddr.into()));
        }
        let mut own = [clues.ciaddr, clues.source].into_iter();
        if let Some(known) = own.find(|own| !clues.broadcast && !own.is_unspecified()) {
            return self.holding(known.into());
        }
        self.on(clues.interface).or_else(|| self.holding(clues.local.into()))
    }
}

/// Says whether a packet was sent to everybody on the link.
pub(crate) const fn is_broadcast(to: IpAddr) -> bool {
    matches!(to, IpAddr::V4(Ipv4Addr::BROADCAST))
}

/// Says whether a client may use a subnet: its guard and that of its network let it pass.
pub(crate) fn admits(model: &Model, subnet: &Subnet, classes: &[ClassName]) -> bool {
    subnet.guard.admits(classes) && model.network_of(subnet).is_none_or(|network| network.guard.admits(classes))
}

/// Lists the subnets a client can get leases from: the chosen one, then the others of its network in cyclic order.
pub(crate) fn reachable<'m>(model: &'m Model, chosen: &'m Subnet, classes: &[ClassName]) -> Vec<&'m Subnet> {
    let Some(network) = model.network_of(chosen) else { return vec![chosen] };
    let at = network.subnets.iter().position(|id| *id == chosen.id).unwrap_or_default();
    let (before, after) = network.subnets.split_at_checked(at).unwrap_or((&[], &network.subnets));
    after
        .iter()
        .chain(before)
        .filter_map(|id| model.subnet(*id))
        .filter(|subnet| subnet.id == chosen.id || admits(model, subnet, classes))
        .collect()
}
