//! Options whose text has a form of its own.

use std::net::{Ipv4Addr, Ipv6Addr};

use wire::DecodeError;
use wire::fqdn::Name;
use wire::option::Definition;
use wire::read::Reader;

use super::show::{put, put_text};
use crate::Family;

type Written = Result<(), DecodeError>;

/// Writes an option with a form of its own, up to its sub-options; `None` if it has none.
pub(super) fn write(
    shown: &mut Vec<u8>,
    family: Family,
    definition: &Definition,
    reader: &mut Reader<'_>,
) -> Option<Written> {
    let length = reader.left();
    Some(match (family, &*definition.space, definition.code) {
        (Family::V4, "dhcp4", 79) => slp_scope(shown, reader),
        (Family::V4, "dhcp4", 81) => fqdn4(shown, reader),
        (Family::V4, "dhcp4", 121) => routes(shown, reader),
        (Family::V4, "dhcp4", 125) => {
            put_text(shown, format_args!("type=125, len={length:03}:"));
            numbers(shown, reader)
        }
        (Family::V4, "dhcp4", 124) | (Family::V6, "dhcp6", 16) => vendor_class(shown, family, reader),
        (Family::V4, "dhcp4", 143) | (Family::V6, "dhcp6", 60 | 136) => {
            put_text(shown, format_args!("type={}, len={length}", definition.code));
            tuples(shown, true, "data", reader)
        }
        (Family::V6, "dhcp6", code @ (3 | 25)) => association(shown, code, reader),
        (Family::V6, "dhcp6", 5) => address(shown, reader),
        (Family::V6, "dhcp6", 26) => prefix(shown, reader),
        (Family::V6, "dhcp6", 13) => status(shown, reader),
        (Family::V6, "dhcp6", 39) => fqdn6(shown, reader),
        (Family::V6, "dhcp6", 67) => excluded(shown, reader),
        (Family::V4 | Family::V6, _, _) => return None,
    })
}

fn slp_scope(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    put_text(shown, format_args!("type=079, len={:03}: mandatory:{}", reader.left(), reader.clone().u8("mandatory")?));
    reader.u8("mandatory")?;
    put(shown, b", scope-list:\"");
    put(shown, reader.rest());
    put(shown, b"\"");
    Ok(())
}

fn flag(flags: u8, bit: u8) -> u8 {
    u8::from(flags & bit != 0)
}

fn fqdn4(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let [flags, _, _] = reader.array("flags")?;
    let (s, o, e, n) = (flag(flags, 1), flag(flags, 2), flag(flags, 4), flag(flags, 8));
    put_text(shown, format_args!("type=81 (CLIENT_FQDN), flags: (N={n}, E={e}, O={o}, S={s}), domain-name='"));
    let octets = reader.rest();
    if e == 1 {
        name(shown, octets)
    } else {
        put(shown, octets);
        put(shown, if octets.ends_with(b".") { b"' (full)" } else { b"' (partial)" });
        Ok(())
    }
}

fn name(shown: &mut Vec<u8>, octets: &[u8]) -> Written {
    let name = Name::decode(octets)?;
    put_text(shown, format_args!("{name}' ({})", if name.is_full() { "full" } else { "partial" }));
    Ok(())
}

fn fqdn6(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let flags = reader.u8("flags")?;
    let (s, o, n) = (flag(flags, 1), flag(flags, 2), flag(flags, 4));
    put_text(shown, format_args!("type=39(CLIENT_FQDN), flags: (N={n}, O={o}, S={s}), domain-name='"));
    name(shown, reader.rest())
}

fn routes(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    put_text(shown, format_args!("type=121(CLASSLESS_STATIC_ROUTE), len={}", reader.left()));
    let mut nth = 0_u32;
    while !reader.is_empty() {
        nth = nth.saturating_add(1);
        let bits = reader.u8("route prefix length")?;
        let mut subnet = [0; 4];
        let significant = reader.octets("route subnet", usize::from(bits.div_ceil(8)))?;
        subnet.iter_mut().zip(significant).for_each(|(place, octet)| *place = *octet);
        let (subnet, router) = (Ipv4Addr::from(subnet), reader.ipv4("router")?);
        put_text(shown, format_args!(", Route {nth} (subnet {subnet}/{bits}, router IP {router})"));
    }
    Ok(())
}

fn numbers(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let (enterprise, length) = (reader.u32("enterprise number")?, reader.u8("vendor data length")?);
    put_text(shown, format_args!(" {enterprise} (uint32) {length} (uint8)"));
    Ok(())
}

fn vendor_class(shown: &mut Vec<u8>, family: Family, reader: &mut Reader<'_>) -> Written {
    let (code, length) = (family.pick(124, 16), reader.left());
    let enterprise = reader.u32("enterprise number")?;
    put_text(shown, format_args!("type={code}, len={length},  enterprise id={enterprise:#x}"));
    tuples(shown, family == Family::V6, "vendor-class-data", reader)
}

fn tuples(shown: &mut Vec<u8>, wide: bool, what: &str, reader: &mut Reader<'_>) -> Written {
    let mut nth = 0_u32;
    while !reader.is_empty() {
        if nth > 0 && !wide {
            reader.u32("enterprise number")?;
        }
        let length = if wide { reader.u16("tuple length")? } else { u16::from(reader.u8("tuple length")?) };
        put_text(shown, format_args!(", data-len{nth}={length}, {what}{nth}='"));
        put(shown, reader.octets("tuple", usize::from(length))?);
        put(shown, b"'");
        nth = nth.saturating_add(1);
    }
    Ok(())
}

fn association(shown: &mut Vec<u8>, code: u16, reader: &mut Reader<'_>) -> Written {
    let name = if code == 3 { "IA_NA" } else { "IA_PD" };
    let length = reader.left();
    let (iaid, t1, t2) = (reader.u32("iaid")?, reader.u32("t1")?, reader.u32("t2")?);
    put_text(shown, format_args!("type={code:05}({name}), len={length:05}: iaid={iaid}, t1={t1}, t2={t2}"));
    Ok(())
}

fn address(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let length = reader.left();
    let (address, preferred, valid) = (reader.ipv6("address")?, reader.u32("preferred")?, reader.u32("valid")?);
    put_text(
        shown,
        format_args!(
            "type=00005(IAADDR), len={length:05}: address={address}, preferred-lft={preferred}, valid-lft={valid}"
        ),
    );
    Ok(())
}

fn prefix(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let length = reader.left();
    let (preferred, valid) = (reader.u32("preferred")?, reader.u32("valid")?);
    let (bits, prefix): (u8, Ipv6Addr) = (reader.u8("prefix length")?, reader.ipv6("prefix")?);
    put_text(
        shown,
        format_args!(
            "type=00026(IAPREFIX), len={length:05}: prefix={prefix}/{bits}, preferred-lft={preferred}, valid-lft={valid}"
        ),
    );
    Ok(())
}

/// Names of status codes from 0 up (RFC 8415 §21.13, RFC 5007 §4.1.3, RFC 5460 §6.2.1).
const STATUS: [&str; 12] = [
    "Success",
    "UnspecFail",
    "NoAddrsAvail",
    "NoBinding",
    "NotOnLink",
    "UseMulticast",
    "NoPrefixAvail",
    "UnknownQueryType",
    "MalformedQuery",
    "NotConfigured",
    "NotAllowed",
    "QueryTerminated",
];

fn status(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let length = reader.left();
    let code = reader.u16("status code")?;
    let name = STATUS.get(usize::from(code)).copied().unwrap_or("(unknown status code)");
    put_text(shown, format_args!("type=00013, len={length:05}: {name}({code}) \""));
    put(shown, reader.rest());
    put(shown, b"\"");
    Ok(())
}

fn excluded(shown: &mut Vec<u8>, reader: &mut Reader<'_>) -> Written {
    let length = reader.left();
    let bits = reader.u8("excluded prefix length")?;
    put_text(shown, format_args!("type=00067, len={length:05}: excluded-prefix-len={bits}, subnet-id=0x"));
    reader.rest().iter().for_each(|octet| put_text(shown, format_args!("{octet:02x}")));
    Ok(())
}
