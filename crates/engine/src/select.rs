//! Which subnet is the client in?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use model::subnet::Dhcp4o6;
use model::{ClassName, Model, SharedNetwork, Subnet};
use wire::v6::{Packet, code};

use crate::exchange::Over;
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

/// Chooses the subnet a DHCPv6 client is in: the first by id that matches best and admits it.
///
/// Kea: the relay nearest the client that names its link counts, no other; its Interface-Id beats its link address, and
/// there is no longest-prefix rule.
pub(crate) fn v6<'m>(
    packet: &Packet<'_>,
    (interface, from): (&str, SocketAddr),
    model: &'m Model,
    classes: &[ClassName],
) -> Option<&'m Subnet> {
    by_place(place(packet, interface, from), model, classes)
}

/// Chooses a DHCPv6 client's subnet by where the client is.
pub fn by_place<'m>(place: Place<'_>, model: &'m Model, classes: &[ClassName]) -> Option<&'m Subnet> {
    let choose = |matches: &dyn Fn(&Subnet, Option<&SharedNetwork>) -> bool| {
        model.subnets.iter().find(|subnet| matches(subnet, model.network_of(subnet)) && admits(model, subnet, classes))
    };
    match place {
        Place::Direct { interface, source } => {
            choose(&|subnet, network| interface_of(subnet, network) == Some(interface))
                .or_else(|| choose(&|subnet, _| subnet.prefix.contains(source)))
        }
        Place::Relayed { link, interface_id } => {
            let by_interface = interface_id.and_then(|wanted| {
                choose(&|subnet, network| {
                    let own = subnet.interface_id.as_deref();
                    own.or_else(|| network.and_then(|network| network.interface_id.as_deref())) == Some(wanted)
                })
            });
            let link = IpAddr::V6(link);
            by_interface
                .or_else(|| choose(&|subnet, network| relays(subnet, network).contains(&link)))
                .or_else(|| choose(&|subnet, _| subnet.prefix.contains(link)))
        }
    }
}

fn place<'a>(packet: &Packet<'a>, interface: &'a str, from: SocketAddr) -> Place<'a> {
    let usable = |link: Ipv6Addr| !link.is_unspecified() && !is_link_local(link);
    match packet.from_client().find(|relay| usable(relay.link_address)) {
        None => Place::Direct { interface, source: from.ip() },
        Some(relay) => {
            Place::Relayed { link: relay.link_address, interface_id: relay.options.first(code::INTERFACE_ID) }
        }
    }
}

/// Chooses the subnet a DHCPv4 client is in.
pub(crate) fn v4<'m>(session: &Session<'m>) -> Option<&'m Subnet> {
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
    by_clues(&clues, session.model, &session.classes)
}

/// Chooses a DHCPv4 client's subnet: the first by id that matches and admits the client.
///
/// Kea: there is no longest-prefix rule, and a link named by option 82 or option 118 is the last word.
pub fn by_clues<'m>(clues: &Clues<'_>, model: &'m Model, classes: &[ClassName]) -> Option<&'m Subnet> {
    let choose = |matches: &dyn Fn(&Subnet, Option<&SharedNetwork>) -> bool| {
        let mut admitting = model.subnets.iter().filter(|subnet| admits(model, subnet, classes));
        admitting.find(|subnet| matches(subnet, model.network_of(subnet)))
    };
    if let Some(over) = clues.over {
        return choose(&|subnet, _| subnet.dhcp4o6.as_ref().is_some_and(|link| is_over(link, &over, clues.interface)));
    }
    let holding = |address: Ipv4Addr| choose(&|subnet, _| subnet.prefix.contains(address.into()));
    if let Some(link) = clues.link {
        return holding(link);
    }
    let giaddr = clues.giaddr;
    if !giaddr.is_unspecified() {
        return choose(&|subnet, network| relays(subnet, network).contains(&giaddr.into())).or_else(|| holding(giaddr));
    }
    let mut own = [clues.ciaddr, clues.source].into_iter();
    if let Some(known) = own.find(|own| !clues.broadcast && !own.is_unspecified()) {
        return holding(known);
    }
    choose(&|subnet, network| interface_of(subnet, network) == Some(clues.interface)).or_else(|| holding(clues.local))
}

/// Says whether a subnet is on the link of a client that came through DHCPv6.
fn is_over(link: &Dhcp4o6, over: &Over<'_>, interface: &str) -> bool {
    link.prefix.is_some_and(|prefix| prefix.contains(over.remote.into()))
        || link.interface_id.as_deref().is_some_and(|own| Some(own) == over.interface_id)
        || link.interface.as_deref() == Some(interface)
}

/// Says whether a packet was sent to everybody on the link.
pub(crate) const fn is_broadcast(to: IpAddr) -> bool {
    matches!(to, IpAddr::V4(Ipv4Addr::BROADCAST))
}

/// The interface a subnet is reached by, or that of its network.
fn interface_of<'m>(subnet: &'m Subnet, network: Option<&'m SharedNetwork>) -> Option<&'m str> {
    subnet.interface.as_deref().or_else(|| network.and_then(|network| network.interface.as_deref()))
}

/// The relays of a subnet, or of its network if it has none.
fn relays<'m>(subnet: &'m Subnet, network: Option<&'m SharedNetwork>) -> &'m [IpAddr] {
    match network {
        Some(network) if subnet.relays.is_empty() => &network.relays,
        _ => &subnet.relays,
    }
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
