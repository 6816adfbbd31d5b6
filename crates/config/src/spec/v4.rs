//! What DHCPv4 alone lets the server, a shared network and a subnet set, and what subnets of both families inherit.

use std::net::{IpAddr, Ipv4Addr};

use model::host::Reserved;
use model::subnet::{Dhcp4o6, Modes};
use model::{BootFields, Family, Prefix, Resource, Seconds};

use super::Reader;
use crate::address::{address, plain};
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, item_text, text, truncated};
use crate::json::{Node, Value};
use crate::show::Shown;

/// The most octets of `server-hostname`: one less than `sname` holds, except at the top, where Kea checks nothing.
const SERVER_HOSTNAME: usize = 63;
/// The most octets of `boot-file-name`: Kea's words say 127, its check lets 128 pass.
const BOOT_FILE_NAME: usize = 128;

/// What Kea takes at the top and cannot serve either.
const ODD_GLOBALS: &str = "values at the top of a wrong type, or that fit no field";

/// What a scope hands down unless the scope inside says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Lent {
    pub(crate) boot: BootFields,
    pub(crate) match_client_id: bool,
    pub(crate) authoritative: bool,
    pub(crate) reservations: Modes,
}

impl Default for Lent {
    fn default() -> Self {
        Self {
            boot: BootFields::default(),
            match_client_id: true,
            authoritative: false,
            reservations: Modes::default(),
        }
    }
}

impl Lent {
    /// Reads a scope over what the scope around it says; DHCPv6 has the modes of reservations alone.
    pub(crate) fn over(family: Family, outer: &Self, map: &Node) -> Read<Self> {
        let reservations = modes(outer.reservations, map);
        if family == Family::V6 {
            return Ok(Self { reservations, ..outer.clone() });
        }
        let words = |key, most, outer: &str| Ok::<_, Fault>(Box::from(field(map, key, most)?.unwrap_or(outer)));
        Ok(Self {
            match_client_id: flag(map, "match-client-id")?.unwrap_or(outer.match_client_id),
            authoritative: flag(map, "authoritative")?.unwrap_or(outer.authoritative),
            reservations,
            boot: BootFields {
                next_server: next_server(map)?.unwrap_or(outer.boot.next_server),
                server_hostname: words("server-hostname", SERVER_HOSTNAME, &outer.boot.server_hostname)?,
                boot_file_name: words("boot-file-name", BOOT_FILE_NAME, &outer.boot.boot_file_name)?,
            },
        })
    }

    /// Reads the top, where Kea takes anything; what cannot be counts as not written.
    pub(crate) fn top(reader: &mut Reader<'_>, root: &Node) -> Self {
        let reservations = modes(Modes::default(), root);
        if reader.family == Family::V6 {
            return Self { reservations, ..Self::default() };
        }
        let mut words = |key| match root.get(key) {
            Some(Node { value: Value::String(written), .. }) => written.as_str(),
            Some(_) => {
                reader.unserved(ODD_GLOBALS);
                ""
            }
            None => "",
        };
        let (next_server, server_hostname) = (words("next-server"), words("server-hostname"));
        let boot_file_name = words("boot-file-name");
        let next = if next_server.is_empty() { Ok(Ipv4Addr::UNSPECIFIED) } else { next_server.parse() };
        let fits = (server_hostname.len() <= SERVER_HOSTNAME + 1, boot_file_name.len() <= BOOT_FILE_NAME);
        if next.is_err() || fits != (true, true) {
            reader.unserved(ODD_GLOBALS);
        }
        Self {
            boot: BootFields {
                next_server: next.unwrap_or(Ipv4Addr::UNSPECIFIED),
                server_hostname: if fits.0 { server_hostname.into() } else { Box::default() },
                boot_file_name: if fits.1 { boot_file_name.into() } else { Box::default() },
            },
            match_client_id: global_flag(reader, root, "match-client-id").unwrap_or(true),
            authoritative: global_flag(reader, root, "authoritative").unwrap_or(false),
            reservations,
        }
    }
}

/// Reads which reservations count in a scope.
fn modes(outer: Modes, map: &Node) -> Modes {
    let flag = |key, outer| map.get(key).and_then(Node::as_boolean).unwrap_or(outer);
    Modes {
        global: flag("reservations-global", outer.global),
        in_subnet: flag("reservations-in-subnet", outer.in_subnet),
        out_of_pool: flag("reservations-out-of-pool", outer.out_of_pool),
    }
}

/// Reads a flag at the top, where Kea takes a value of any type.
pub(crate) fn global_flag(reader: &mut Reader<'_>, root: &Node, key: &str) -> Option<bool> {
    let node = root.get(key)?;
    if node.as_boolean().is_none() {
        reader.unserved(ODD_GLOBALS);
    }
    node.as_boolean()
}

/// Shows what a network or subnet sets itself; an empty text sets nothing.
pub(crate) fn show(shown: &mut Shown, map: &Node) {
    shown.copy(map, &["authoritative", "match-client-id"]);
    for key in ["boot-file-name", "next-server", "server-hostname"] {
        if map.get(key).and_then(Node::as_str).is_some_and(|written| !written.is_empty()) {
            shown.copy(map, &[key]);
        }
    }
    if let Some(lifetime) = map.get("offer-lifetime").and_then(Node::as_integer) {
        shown.set("offer-lifetime", truncated(lifetime));
    }
}

/// Shows what a subnet says of DHCPv4-over-DHCPv6.
pub(crate) fn show_dhcp4o6(shown: &mut Shown, map: &Node) {
    for key in ["4o6-interface", "4o6-interface-id", "4o6-subnet"] {
        shown.set(key, map.get(key).and_then(Node::as_str).unwrap_or(""));
    }
}

fn next_server(map: &Node) -> Read<Option<Ipv4Addr>> {
    // Kea: an empty text sets nothing, although a wrong one is refused.
    let Some(written) = text(map, "next-server")?.filter(|written| !written.is_empty()) else { return Ok(None) };
    match plain(written) {
        Some(IpAddr::V4(address)) => Ok(Some(address)),
        Some(IpAddr::V6(_)) | None => {
            let at = map.get("next-server").unwrap_or(map);
            Err(Fault::near(at, format!("invalid parameter next-server : {written}({})", at.span)))
        }
    }
}

fn field<'n>(map: &'n Node, key: &str, most: usize) -> Read<Option<&'n str>> {
    let written = text(map, key)?.filter(|written| !written.is_empty());
    match written {
        Some(long) if long.len() > most => {
            let (most, length) = (most.min(127), long.len());
            Err(at_key(map, key, format!("{key} must be at most {most} bytes long, it is {length}")))
        }
        _ => Ok(written),
    }
}

/// Reads the fixed fields of a class.
pub(crate) fn class_boot(map: &Node) -> Read<BootFields> {
    let mut boot = BootFields::default();
    if let Some(written) = text(map, "next-server")? {
        let wrong = |text: String| at_key(map, "next-server", format!("Invalid next-server value{text}"));
        boot.next_server = match plain(written) {
            Some(IpAddr::V4(Ipv4Addr::BROADCAST)) => {
                return Err(wrong(format!(": '{written}', must not be a broadcast")));
            }
            Some(IpAddr::V4(address)) => address,
            Some(IpAddr::V6(_)) => return Err(wrong(format!(": '{written}', must be IPv4 address"))),
            None => return Err(wrong(format!(" specified: '{written}'"))),
        };
    }
    boot.server_hostname = field(map, "server-hostname", SERVER_HOSTNAME)?.unwrap_or("").into();
    boot.boot_file_name = field(map, "boot-file-name", BOOT_FILE_NAME)?.unwrap_or("").into();
    Ok(boot)
}

/// Shows the fixed fields and the offer lifetime of a class.
pub(crate) fn show_class(shown: &mut Shown, map: &Node, boot: &BootFields) {
    shown
        .set("next-server", boot.next_server.to_string())
        .set("server-hostname", &*boot.server_hostname)
        .set("boot-file-name", &*boot.boot_file_name)
        .copy(map, &["offer-lifetime"]);
}

/// Reads and shows what is reserved in DHCPv4, in the order of the keys' names, as Kea does.
pub(crate) fn reserved(map: &Node, shown: &mut Shown) -> Read<(Vec<Reserved>, BootFields)> {
    let mut resources = Vec::new();
    let words = |key, most: usize, what| match map.get(key) {
        None => Ok(""),
        Some(at) => match item_text(at).map_err(|fault| fault.within(at))? {
            long if long.len() > most => Err(Fault::at(at, format!("{what} length must not exceed {most}"))),
            fitting => Ok(fitting),
        },
    };
    let boot_file_name = words("boot-file-name", 127, "boot file")?;
    if let Some(at) = map.get("ip-address") {
        let reserved = ipv4(at, "address")?;
        if reserved.is_unspecified() || reserved.is_broadcast() {
            return Err(Fault::at(at, format!("must not make reservation for the '{reserved}' address")));
        }
        // An IPv4 address can be written in one way only.
        shown.set("ip-address", at.as_str().unwrap_or_default());
        resources.push(Reserved { resource: Resource::V4(reserved), excluded: None });
    }
    let mut next_server = Ipv4Addr::UNSPECIFIED;
    if let Some(at) = map.get("next-server") {
        next_server = ipv4(at, "next server address")?;
        if next_server.is_broadcast() {
            return Err(Fault::at(at, format!("invalid next server address '{next_server}'")));
        }
    }
    let server_hostname = words("server-hostname", SERVER_HOSTNAME, "server hostname")?;
    shown
        .set("boot-file-name", boot_file_name)
        .set("next-server", map.get("next-server").and_then(Node::as_str).unwrap_or("0.0.0.0"))
        .set("server-hostname", server_hostname);
    let (server_hostname, boot_file_name) = (server_hostname.into(), boot_file_name.into());
    Ok((resources, BootFields { next_server, server_hostname, boot_file_name }))
}

fn ipv4(item: &Node, what: &str) -> Read<Ipv4Addr> {
    let written = item_text(item).map_err(|fault| fault.within(item))?;
    match address(written).map_err(|text| Fault::at(item, text))? {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(address) => Err(Fault::at(item, format!("{what} '{address}' is not a valid IPv4 address"))),
    }
}

/// Reads how long an address stays taken that was only offered.
pub(crate) fn offer_lifetime(map: &Node) -> Read<Option<Seconds>> {
    match integer(map, "offer-lifetime")? {
        Some(number) if number < 0 => {
            let text = format!("the value of offer-lifetime '{number}' must be a positive number");
            Err(at_key(map, "offer-lifetime", text))
        }
        number => Ok(number.map(truncated).map(Seconds)),
    }
}

/// Reads where clients come from that speak DHCPv4 through a DHCPv6 server.
pub(crate) fn dhcp4o6(map: &Node) -> Read<Option<Dhcp4o6>> {
    let words = |key| Ok::<_, Fault>(text(map, key)?.filter(|written| !written.is_empty()));
    let (subnet, interface, id) = (words("4o6-subnet")?, words("4o6-interface")?, words("4o6-interface-id")?);
    if subnet.is_none() && interface.is_none() && id.is_none() {
        return Ok(None);
    }
    Ok(Some(Dhcp4o6 {
        prefix: subnet.map(dhcp4o6_subnet).transpose()?.flatten(),
        interface: interface.map(Box::from),
        interface_id: id.map(|id| Box::from(id.as_bytes())),
    }))
}

/// Reads a prefix; one that Kea takes although no address can lie in it is none.
fn dhcp4o6_subnet(written: &str) -> Read<Option<Prefix>> {
    let Some((base, length)) = written.split_once('/') else {
        let text = format!("Missing / in the 4o6-subnet parameter:{written}, expected format: prefix6/length");
        return Err(Fault::new(text));
    };
    let Ok(length) = length.parse::<i64>() else {
        return Err(Fault::new(format!(
            "Invalid prefix length specified in 4o6-subnet parameter: {written}, expected 0..128 value"
        )));
    };
    let address = address(base).map_err(Fault::new)?;
    let length = u8::try_from(length).ok().filter(|length| *length <= 128 && address.is_ipv6());
    Ok(length.map(|length| Prefix { address, length }))
}
