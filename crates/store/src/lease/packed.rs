//! A lease as few octets: what the memory holds of it.
//!
//! ```text
//! flags 2 | address 4 or 16 | subnet 4 | last transaction 4 or 8 | valid lifetime 4 | [preferred 4] [pool 4] [length 1]
//! [iaid 4] [hardware type 2] [hardware address] [its source 1] [client] [hostname] [context]
//! ```
//! What stands in brackets is there if the flags say so, texts and identifiers begin with their length. Equal leases have equal
//! octets, and no record is the beginning of another.

use std::net::IpAddr;

use model::{Family, MacSource};
use wire::hwaddr::ETHERNET;

use super::row::{IA_NA, IA_PD, Row};
use crate::RowError;

const STATE: u16 = 7;
const FQDN_FWD: u16 = 1 << 3;
const FQDN_REV: u16 = 1 << 4;
const HW: u16 = 1 << 5;
const HW_TYPE: u16 = 1 << 6;
const HW_SOURCE: u16 = 1 << 7;
const POOL: u16 = 1 << 8;
const WIDE: u16 = 1 << 9;
const HOSTNAME: u16 = 1 << 10;
const CONTEXT: u16 = 1 << 11;
const PREFERRED: u16 = 1 << 12;
const PREFIX: u16 = 1 << 13;
const CLIENT: u16 = 1 << 14;
/// The client identifier is the hardware type in one octet and the hardware address (RFC 2132 §9.14): it stands in the
/// record in place of both, without a length.
const CLIENT_IS_HW: u16 = 1 << 15;
/// Octets of an Ethernet address.
const ETHERNET_LENGTH: usize = 6;

/// Appends a lease to `out`.
///
/// # Errors
/// [`RowError`] for numbers no server knows.
pub(crate) fn write(row: &Row<'_>, out: &mut Vec<u8>) -> Result<(), RowError> {
    let flags = flags_of(row)?;
    out.extend_from_slice(&flags.to_le_bytes());
    match row.address {
        IpAddr::V4(address) => out.extend_from_slice(&address.octets()),
        IpAddr::V6(address) => out.extend_from_slice(&address.octets()),
    }
    out.extend_from_slice(&row.subnet.to_le_bytes());
    match u32::try_from(row.cltt) {
        Ok(cltt) => out.extend_from_slice(&cltt.to_le_bytes()),
        Err(_) => out.extend_from_slice(&row.cltt.to_le_bytes()),
    }
    out.extend_from_slice(&row.valid.to_le_bytes());
    if flags & PREFERRED != 0 {
        out.extend_from_slice(&row.preferred.to_le_bytes());
    }
    if flags & POOL != 0 {
        out.extend_from_slice(&row.pool.to_le_bytes());
    }
    if flags & PREFIX != 0 {
        out.push(u8::try_from(row.length).ok().ok_or(RowError::PrefixLength(row.length))?);
    }
    if row.address.is_ipv6() {
        out.extend_from_slice(&row.iaid.to_le_bytes());
    }
    if let Some((htype, octets)) = row.hw {
        if flags & HW_TYPE != 0 {
            out.extend_from_slice(&htype.to_le_bytes());
        }
        if flags & CLIENT_IS_HW != 0 {
            out.extend_from_slice(row.client);
        } else {
            write_octets(octets, out);
        }
        if flags & HW_SOURCE != 0 {
            out.push(u8::try_from(row.mac_source().number()).unwrap_or_default());
        }
    }
    let rest = [(CLIENT, row.client), (HOSTNAME, row.hostname.as_bytes()), (CONTEXT, row.context.as_bytes())];
    for (_, octets) in rest.iter().filter(|(flag, _)| flags & flag != 0) {
        write_octets(octets, out);
    }
    Ok(())
}

fn flags_of(row: &Row<'_>) -> Result<u16, RowError> {
    let set = |flag: u16, is_set: bool| if is_set { flag } else { 0 };
    let is_prefix = row.address.is_ipv6() && row.lease_type == IA_PD;
    if row.address.is_ipv6() && !is_prefix && row.lease_type != IA_NA {
        return Err(RowError::LeaseType(row.lease_type));
    }
    let state = u16::try_from(row.lease_state()?.number()).unwrap_or_default();
    let is_hw = client_is_hw(row);
    Ok((state & STATE)
        | set(FQDN_FWD, row.fqdn_fwd)
        | set(FQDN_REV, row.fqdn_rev)
        | set(HW, row.hw.is_some())
        | set(HW_TYPE, row.hw.is_some_and(|(htype, _)| htype != ETHERNET))
        | set(HW_SOURCE, row.hw.is_some() && row.mac_source() != MacSource::Unknown)
        | set(POOL, row.pool != 0)
        | set(WIDE, u32::try_from(row.cltt).is_err())
        | set(HOSTNAME, !row.hostname.is_empty())
        | set(CONTEXT, !row.context.is_empty())
        | set(PREFERRED, row.preferred != 0)
        | set(PREFIX, is_prefix)
        | set(CLIENT, !row.client.is_empty() && !is_hw)
        | set(CLIENT_IS_HW, is_hw))
}

/// Says whether the client identifier need not be stored beside the hardware address.
fn client_is_hw(row: &Row<'_>) -> bool {
    row.hw.is_some_and(|(htype, octets)| {
        htype == ETHERNET && octets.len() == ETHERNET_LENGTH && row.client.split_first() == Some((&1, octets))
    })
}

fn write_octets(octets: &[u8], out: &mut Vec<u8>) {
    let mut length = octets.len();
    while length >= 0x80 {
        out.push(0x80 | u8::try_from(length & 0x7f).unwrap_or_default());
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
    out.extend_from_slice(octets);
}

/// Reads a lease off a record, whatever follows it. Octets that are no record give some lease or other.
pub(crate) fn read(family: Family, record: &[u8]) -> Row<'_> {
    let mut row = Row::blank(family);
    // A record was written by `write`; anything else ends here with what was read so far.
    let _whole = fill(family, &mut Octets(record), &mut row);
    row
}

fn fill<'a>(family: Family, octets: &mut Octets<'a>, row: &mut Row<'a>) -> Option<()> {
    let flags = u16::from_le_bytes(octets.take()?);
    let has = |flag: u16| flags & flag != 0;
    row.state = u32::from(flags & STATE);
    row.fqdn_fwd = has(FQDN_FWD);
    row.fqdn_rev = has(FQDN_REV);
    row.address = match family {
        Family::V4 => octets.take::<4>()?.into(),
        Family::V6 => octets.take::<16>()?.into(),
    };
    row.subnet = octets.number()?;
    row.cltt = if has(WIDE) { i64::from_le_bytes(octets.take()?) } else { octets.number()?.into() };
    row.valid = octets.number()?;
    if has(PREFERRED) {
        row.preferred = octets.number()?;
    }
    if has(POOL) {
        row.pool = octets.number()?;
    }
    if has(PREFIX) {
        row.lease_type = IA_PD;
        row.length = u32::from(octets.take::<1>()?[0]);
    }
    if family == Family::V6 {
        row.iaid = octets.number()?;
    }
    if has(HW) {
        let htype = if has(HW_TYPE) { u16::from_le_bytes(octets.take()?) } else { ETHERNET };
        if has(CLIENT_IS_HW) {
            row.client = octets.slice(1 + ETHERNET_LENGTH)?;
            row.hw = row.client.split_first().map(|(_, address)| (htype, address));
        } else {
            row.hw = Some((htype, octets.counted()?));
        }
        if has(HW_SOURCE) {
            row.hw_source = u32::from(octets.take::<1>()?[0]);
        }
    }
    if has(CLIENT) {
        row.client = octets.counted()?;
    }
    if has(HOSTNAME) {
        row.hostname = octets.text()?;
    }
    if has(CONTEXT) {
        row.context = octets.text()?;
    }
    Some(())
}

/// Octets that are taken off from the front.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(first)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let (mut length, mut shift) = (0_usize, 0_u32);
        loop {
            let [octet] = self.take()?;
            length |= usize::from(octet & 0x7f).checked_shl(shift)?;
            if octet & 0x80 == 0 {
                return self.slice(length);
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.counted()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use model::{Lease, Owner, Resource, Seconds, UnixTime};
    use proptest::prelude::*;
    use wire::{Duid, HardwareAddress};

    use super::*;
    use crate::battery::lease;

    fn packed(lease: &Lease) -> Vec<u8> {
        let mut out = Vec::new();
        write(&Row::of_lease(lease), &mut out).unwrap();
        out
    }

    #[test]
    fn a_lease_of_an_ethernet_client_takes_32_octets() {
        for client_id in [&[1, 2, 0, 0, 0, 0, 3][..], &[1, 2, 0, 0, 0, 3]] {
            let base = lease(Family::V4, 3);
            let Owner::V4 { hw, .. } = base.owner.clone() else { unreachable!() };
            let owner = Owner::V4 { hw, client_id: client_id.into() };
            let lease = Lease { owner, hostname: "".into(), user_context: "".into(), ..base };
            assert!(packed(&lease).len() <= 32);
            assert_eq!(read(Family::V4, &packed(&lease)).to_lease(), Ok(lease));
        }
    }

    #[test]
    fn numbers_no_server_knows_are_not_stored() {
        let lease = lease(Family::V6, 1);
        let row = Row::of_lease(&lease);
        let refused = |row: Row<'_>| write(&row, &mut Vec::new()).unwrap_err();
        assert_eq!(refused(Row { state: 5, ..row }), RowError::State(5));
        assert_eq!(refused(Row { lease_type: 1, ..row }), RowError::LeaseType(1));
        assert_eq!(refused(Row { lease_type: 2, length: 256, ..row }), RowError::PrefixLength(256));
    }

    proptest! {
        #[test]
        fn any_lease_is_read_as_it_was_written(
            (number, state, htype, source) in (any::<u8>(), 0..5_u32, 0..3_u16, 0..3_u32),
            (hw, client) in (proptest::option::of(proptest::collection::vec(any::<u8>(), 0..21)), proptest::collection::vec(any::<u8>(), 3..131)),
            (hostname, context) in ("\\PC{0,300}", "\\PC{0,9}"),
            (cltt, valid, preferred, pool) in (any::<i64>(), any::<u32>(), 0..3_u32, 0..3_u32),
            is_hw in any::<bool>(),
        ) {
            for family in [Family::V4, Family::V6] {
                let base = lease(family, number);
                let hw = hw.as_deref().map(|octets| HardwareAddress { htype, octets: octets.into() });
                let client_id = match &hw {
                    Some(hw) if is_hw => [&[1], &*hw.octets].concat(),
                    _ => client.clone(),
                };
                let owner = match family {
                    Family::V4 => Owner::V4 { hw, client_id: client_id.into() },
                    Family::V6 => Owner::V6 { duid: Duid::decode(&client).unwrap(), iaid: valid, hw: hw.map(|hw| (hw, MacSource::from_number(source))) },
                };
                let lease = Lease {
                    owner,
                    state: model::LeaseState::from_number(state).unwrap(),
                    hostname: hostname.clone().into(),
                    user_context: context.clone().into(),
                    cltt: UnixTime(cltt),
                    valid: Seconds(valid),
                    preferred: Seconds(preferred),
                    pool,
                    fqdn_rev: is_hw,
                    ..base
                };
                let mut record = packed(&lease);
                record.extend_from_slice(&[0xff; 9]);
                prop_assert_eq!(read(family, &record).to_lease(), Ok(lease.clone()));
                let longer = Lease { resource: match lease.resource { Resource::Prefix(at, _) | Resource::V6(at) => Resource::V6(at), Resource::V4(at) => Resource::V4(at) }, pool: pool + 1, ..lease };
                prop_assert!(!packed(&longer).starts_with(&record[..record.len() - 9]));
            }
        }

        #[test]
        fn any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..90)) {
            for family in [Family::V4, Family::V6] {
                drop(read(family, &octets).to_lease());
            }
        }
    }
}
