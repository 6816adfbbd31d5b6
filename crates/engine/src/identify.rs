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
            // Kea: finds nothing in a subscriber id. A UDP socket shows no frames, and DOCSIS relays' options are not read yet.
            MacSource::Raw
            | MacSource::SubscriberId
            | MacSource::DocsisCmts
            | MacSource::DocsisModem
            | MacSource::Unknown => None,
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
    let (_, identifier) = address.octets().split_last_chunk::<8>().map(|(prefix, last)| (prefix.len(), *last))?;
    let (head, [0xff, 0xfe, tail @ ..]) = identifier.split_first_chunk::<3>()? else { return None };
    let (first, rest) = head.split_first()?;
    // Kea: only an identifier made of a universal address counts.
    (first & UNIVERSAL != 0).then(|| {
        let octets = std::iter::once(first ^ UNIVERSAL).chain(rest.iter().copied()).chain(tail.iter().copied());
        HardwareAddress { htype: ETHERNET, octets: octets.collect() }
    })
}

/// The bit of an EUI-64 that says it is universal.
const UNIVERSAL: u8 = 0x02;

/// Says whether an address is good on its link only.
pub(crate) const fn is_link_local(address: Ipv6Addr) -> bool {
    address.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_from(address: &str) -> Option<HardwareAddress> {
        let packet = Packet::decode(&[1, 0, 0, 1]).unwrap();
        let from = SocketAddr::new(address.parse().unwrap(), 546);
        hardware(&packet, from, None, &[MacSource::Duid, MacSource::Ipv6LinkLocal]).map(|(found, _)| found)
    }

    #[test]
    fn a_link_local_address_made_from_a_universal_hardware_address_gives_it_back() {
        assert_eq!(sent_from("fe80::21a:2bff:fe3c:4d5e").unwrap().octets.as_ref(), [0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e]);
    }

    #[test]
    fn a_locally_administered_hardware_address_is_not_found_in_a_link_local_address() {
        assert_eq!(sent_from("fe80::ff:fe00:1"), None);
    }

    #[test]
    fn any_other_address_shows_no_hardware_address() {
        assert_eq!(sent_from("fe80::1"), None);
        assert_eq!(sent_from("2001:db8::21a:2bff:fe3c:4d5e"), None);
    }
}
