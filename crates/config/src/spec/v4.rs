//! What DHCPv4 alone lets the server, a shared network and a subnet set, and what it lets them inherit.

use std::net::{IpAddr, Ipv4Addr};

use model::subnet::Dhcp4o6;
use model::{BootFields, Family, Seconds, Subnet};

use super::Reader;
use super::subnet::prefix;
use crate::address::plain;
use crate::fault::{Fault, Read};
use crate::fields::{flag, low32, text};
use crate::json::Node;

/// The most octets of `server-hostname`: one less than `sname` holds.
const SERVER_HOSTNAME: usize = 63;
/// The most octets of `boot-file-name`: Kea's words say 127, its check lets 128 pass.
const BOOT_FILE_NAME: usize = 128;

/// What a scope hands down unless the scope inside says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Lent {
    pub(crate) boot: BootFields,
    pub(crate) match_client_id: bool,
    pub(crate) authoritative: bool,
}

impl Default for Lent {
    fn default() -> Self {
        Self { boot: BootFields::default(), match_client_id: true, authoritative: false }
    }
}

impl Lent {
    /// Reads a scope over what the scope around it says; DHCPv6 has none of it.
    pub(crate) fn over(family: Family, outer: &Self, map: &Node) -> Read<Self> {
        if family == Family::V6 {
            return Ok(outer.clone());
        }
        let words = |key, most, outer: &str| Ok::<_, Fault>(Box::from(field(map, key, most)?.unwrap_or(outer)));
        Ok(Self {
            match_client_id: flag(map, "match-client-id")?.unwrap_or(outer.match_client_id),
            authoritative: flag(map, "authoritative")?.unwrap_or(outer.authoritative),
            boot: BootFields {
                next_server: next_server(map)?.unwrap_or(outer.boot.next_server),
                server_hostname: words("server-hostname", SERVER_HOSTNAME, &outer.boot.server_hostname)?,
                boot_file_name: words("boot-file-name", BOOT_FILE_NAME, &outer.boot.boot_file_name)?,
            },
        })
    }

    /// Reads the top, where Kea takes any text; one that fits no field counts as none.
    pub(crate) fn top(reader: &mut Reader<'_>, root: &Node) -> Read<Self> {
        if reader.family == Family::V6 {
            return Ok(Self::default());
        }
        let mut words = |key, most| {
            let written = text(root, key)?.unwrap_or("");
            if written.len() > most {
                reader.unserved("server-hostname and boot-file-name that are longer than their fields");
            }
            Ok::<_, Fault>(Box::from(if written.len() > most { "" } else { written }))
        };
        let server_hostname = words("server-hostname", SERVER_HOSTNAME)?;
        let boot_file_name = words("boot-file-name", BOOT_FILE_NAME)?;
        let next_server = text(root, "next-server")?.filter(|written| !written.is_empty()).unwrap_or("0.0.0.0").parse();
        if next_server.is_err() {
            reader.unserved("next-server that is no IPv4 address");
        }
        let next_server = next_server.unwrap_or(Ipv4Addr::UNSPECIFIED);
        Ok(Self {
            boot: BootFields { next_server, server_hostname, boot_file_name },
            match_client_id: flag(root, "match-client-id")?.unwrap_or(true),
            authoritative: flag(root, "authoritative")?.unwrap_or(false),
        })
    }

    /// Gives a subnet what is its own and what it inherits.
    pub(crate) fn settle(self, subnet: &mut Subnet, map: &Node) -> Read<()> {
        subnet.boot = self.boot;
        subnet.match_client_id = self.match_client_id;
        subnet.authoritative = self.authoritative;
        subnet.offer_lifetime = low32(map, "offer-lifetime")?.map(Seconds);
        subnet.dhcp4o6 = dhcp4o6(map)?;
        Ok(())
    }
}

fn next_server(map: &Node) -> Read<Option<Ipv4Addr>> {
    let Some(written) = text(map, "next-server")? else { return Ok(None) };
    match plain(written) {
        Some(IpAddr::V4(address)) => Ok(Some(address)),
        Some(IpAddr::V6(_)) | None => {
            let at = map.get("next-server").unwrap_or(map);
            Err(Fault::near(at, format!("invalid parameter next-server : {written}({})", at.span)))
        }
    }
}

fn field<'n>(map: &'n Node, key: &str, most: usize) -> Read<Option<&'n str>> {
    let written = text(map, key)?;
    match written {
        Some(long) if long.len() > most => {
            let most = most.min(127);
            Err(Fault::at(
                map.get(key).unwrap_or(map),
                format!("{key} must be at most {most} bytes long, it is {}", long.len()),
            ))
        }
        _ => Ok(written),
    }
}

/// Reads where clients come from that speak DHCPv4 through a DHCPv6 server.
fn dhcp4o6(map: &Node) -> Read<Option<Dhcp4o6>> {
    let mut found = Dhcp4o6::default();
    if let Some(written) = text(map, "4o6-subnet")?.filter(|written| !written.is_empty()) {
        found.prefix = Some(prefix(Family::V6, written, map.get("4o6-subnet").unwrap_or(map))?);
    }
    found.interface = text(map, "4o6-interface")?.filter(|name| !name.is_empty()).map(Box::from);
    let id = text(map, "4o6-interface-id")?.filter(|id| !id.is_empty());
    found.interface_id = id.map(|id| Box::from(id.as_bytes()));
    Ok((found != Dhcp4o6::default()).then_some(found))
}
