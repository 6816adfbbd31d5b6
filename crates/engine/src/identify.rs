//! Who is the client? Its DUID and, where it can be found, its hardware address.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use model::MacSource;
use wire::hwaddr::ETHERNET;
use wire::v6::{Packet, code, values};
use wire::{Duid, HardwareAddress};

/// Finds the client's hardware address by the first source that has one.
pub(crate) fn hardware(
    packet: &Packet<'_>,
    from: SocketAddr,
    duid: Option<&Duid>,
    sources: &[MacSource],
) -> Option<(HardwareAddress, MacSource)> {
    sources.iter().find_map(|source| {
        let found = match source {
            MacSource::Duid => duid.and_then(Duid::hardware_address),
            MacSource::Ipv6LinkLocal => link_local(packet, from),
            MacSource::ClientLinkAddr => {
                of_relays(packet, code::CLIENT_LINKLAYER_ADDR, |value| values::client_link_layer_address(value).ok())
            }
            MacSource::RemoteId => of_relays(packet, code::REMOTE_ID, |value| {
                let (_, identifier) = values::remote_id(value).ok()?;
                ethernet(identifier)
            }),
            MacSource::SubscriberId => of_relays(packet, code::SUBSCRIBER_ID, ethernet),
            // A UDP socket shows no frames, and DOCSIS relays' options are not read yet.
            MacSource::Raw | MacSource::DocsisCmts | MacSource::DocsisModem | MacSource::Unknown => None,
        };
        found.map(|hw| (hw, *source))
    })
}

fn ethernet(octets: &[u8]) -> Option<HardwareAddress> {
    (!octets.is_empty()).then(|| HardwareAddress { htype: ETHERNET, octets: octets.into() })
}

/// Looks for an option of the relays, nearest the client first.
fn of_relays<T>(packet: &Packet<'_>, code: u16, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    packet.from_client().find_map(|relay| relay.options.first(code).and_then(&read))
}

/// Undoes the EUI-64 of the client's link-local address (RFC 4291 appendix A).
fn link_local(packet: &Packet<'_>, from: SocketAddr) -> Option<HardwareAddress> {
    let address = match (packet.from_client().next(), from.ip()) {
        (Some(relay), _) => relay.peer_address,
        (None, IpAddr::V6(address)) => address,
        (None, IpAddr::V4(_)) => return None,
    };
    if !is_link_local(address) {
        return None;
    }
    let [_, _, _, _, _, _, _, _, a, b, c, 0xff, 0xfe, d, e, f] = address.octets() else { return None };
    Some(HardwareAddress { htype: ETHERNET, octets: [a ^ 2, b, c, d, e, f].into() })
}

/// Says whether an address is good on its link only.
pub(crate) const fn is_link_local(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local()
}
