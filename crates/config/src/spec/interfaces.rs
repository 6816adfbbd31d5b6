//! `interfaces-config`: where queries are listened for.

use std::net::IpAddr;

use model::Family;

use super::Reader;
use crate::address::{address, family_of};
use crate::fault::{Fault, Read, nearest};
use crate::fields::{flag, item_text, list, map, truncated};
use crate::json::Node;
use crate::show::{Shown, texts};
use crate::{Interfaces, Listen, ListenAddress, SocketType};

/// Keywords of the map.
const KEYWORDS: [&str; 9] = [
    "interfaces",
    "re-detect",
    "service-sockets-require-all",
    "service-sockets-retry-wait-time",
    "service-sockets-max-retries",
    "dhcp-socket-type",
    "outbound-interface",
    "user-context",
    "comment",
];

impl Reader<'_> {
    /// Reads `interfaces-config`.
    pub(crate) fn interfaces(&mut self, root: &Node) -> Read<(Interfaces, Node)> {
        let mut shown = Shown::new();
        let mut interfaces = Interfaces { retry_wait_ms: 5000, ..Interfaces::default() };
        let Some(node) = root.get("interfaces-config") else {
            shown.set("interfaces", texts([""; 0])).set("re-detect", false);
            return Ok((interfaces, shown.finish()));
        };
        let node = map(node)?;
        if let Some(entry) = node.as_map().unwrap_or_default().iter().find(|entry| !KEYWORDS.contains(&&*entry.key)) {
            return Err(Fault::at(&entry.value, format!("unsupported parameter '{}'", entry.key))
                .hinted(nearest(&entry.key, KEYWORDS.into_iter())));
        }
        self.notice("DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", "using socket type raw");
        interfaces.re_detect = flag(node, "re-detect")?.unwrap_or(true);
        let chosen = self.socket_type(node, &mut interfaces)?;
        let mut names = Vec::new();
        let within = node.get("interfaces").unwrap_or(node);
        for item in list(node, "interfaces").map_err(|fault| fault.within(within))? {
            let name = item_text(item).map_err(|fault| fault.within(within))?;
            self.interface(name, &mut interfaces).map_err(|(text, hint)| {
                Fault::at(item, format!("Failed to select interface: {text}")).within(within).hinted(hint)
            })?;
            names.push(name);
        }
        if !chosen && self.family == Family::V4 {
            let text = "\"dhcp-socket-type\" not specified , using default socket type raw";
            self.notice("DHCPSRV_CFGMGR_SOCKET_TYPE_DEFAULT", text);
        }
        self.outbound(node, &mut interfaces)?;
        interfaces.require_all = flag(node, "service-sockets-require-all")?.unwrap_or(false);
        interfaces.retry_wait_ms = number(node, "service-sockets-retry-wait-time")?.unwrap_or(5000);
        interfaces.max_retries = number(node, "service-sockets-max-retries")?.unwrap_or(0);
        // Kea lists the wildcard first, then interfaces by name, then those with an address.
        names.sort_by_key(|name| (*name != "*", name.contains('/'), *name));
        shown
            .set("interfaces", texts(names))
            .set("re-detect", interfaces.re_detect)
            .copy(node, &["service-sockets-require-all"])
            .context(node);
        // Kea shows how often and how long to wait only where there is a number of tries.
        if node.get("service-sockets-max-retries").is_some() {
            shown
                .set("service-sockets-max-retries", interfaces.max_retries)
                .set("service-sockets-retry-wait-time", interfaces.retry_wait_ms);
        }
        // Kea shows these two only where they are not the default.
        if interfaces.socket_type == SocketType::Udp {
            shown.set("dhcp-socket-type", "udp");
        }
        if interfaces.use_routing {
            shown.set("outbound-interface", "use-routing");
        }
        Ok((interfaces, shown.finish()))
    }

    /// Reads what kind of sockets to open; says whether that is written.
    fn socket_type(&mut self, node: &Node, into: &mut Interfaces) -> Read<bool> {
        let Some((written, at)) = self.of_dhcp4(node, "dhcp-socket-type")? else { return Ok(false) };
        into.socket_type = match written {
            "raw" => SocketType::Raw,
            "udp" => SocketType::Udp,
            _ => return Err(Fault::at(at, format!("unsupported socket type '{written}'"))),
        };
        self.notice("DHCPSRV_CFGMGR_SOCKET_TYPE_SELECT", format!("using socket type {written}"));
        Ok(true)
    }

    fn outbound(&self, node: &Node, into: &mut Interfaces) -> Read<()> {
        let Some((written, at)) = self.of_dhcp4(node, "outbound-interface")? else { return Ok(()) };
        into.use_routing = match written {
            "same-as-inbound" => false,
            "use-routing" => true,
            _ => return Err(Fault::at(at, format!("unsupported outbound interface type '{written}'"))),
        };
        Ok(())
    }

    fn of_dhcp4<'n>(&self, node: &'n Node, key: &str) -> Read<Option<(&'n str, &'n Node)>> {
        let Some(at) = node.get(key) else { return Ok(None) };
        if self.family == Family::V6 {
            return Err(Fault::at(at, format!("{key} is not supported in DHCPv6")));
        }
        let written = item_text(at).map_err(|fault| fault.within(at))?;
        Ok(Some((written, at)))
    }

    fn interface(&mut self, written: &str, into: &mut Interfaces) -> Result<(), (String, Option<String>)> {
        let plain = |text: &str| (text.to_owned(), None);
        let (name, on) = match written.split_once('/') {
            Some((name, on)) => (name.trim(), Some(on.trim())),
            None => (written.trim(), None),
        };
        match (name, on) {
            ("", None) => return Err(plain("empty interface name used in configuration")),
            ("", Some(_)) => return Err(plain("empty interface name specified in the interface configuration")),
            (_, Some("")) => return Err(plain("empty address specified in the interface configuration")),
            ("*", Some(_)) => {
                return Err(plain("wildcard interface name '*' must not be used in conjunction with an address"));
            }
            ("*", None) if into.all => {
                return Err(plain("the wildcard interface '*' can only be specified once"));
            }
            ("*", None) => {
                into.all = true;
                return Ok(());
            }
            _ => {}
        }
        let Some(info) = self.surroundings.interfaces.iter().find(|info| info.name == name) else {
            let names = self.surroundings.interfaces.iter().map(|info| &*info.name);
            return Err((format!("interface '{name}' doesn't exist in the system"), nearest(name, names)));
        };
        let chosen = match on {
            None => ListenAddress::Any,
            Some(on) => {
                ListenAddress::One(self.listen_address(name, on, &info.addresses).map_err(|text| (text, None))?)
            }
        };
        // Kea: a DHCPv4 interface is either heard on all addresses or on those named.
        let kind = |address: &ListenAddress| matches!(address, ListenAddress::Any);
        let mixed = |other: &&Listen| other.interface == name && kind(&other.address) != kind(&chosen);
        if self.family == Family::V4 && into.listen.iter().any(|other| mixed(&other)) {
            let verb = if kind(&chosen) { "specified" } else { "selected" };
            return Err(plain(&format!("interface '{name}' has already been {verb}")));
        }
        if into.listen.iter().any(|other| other.interface == name && other.address == chosen) {
            return Err(match chosen {
                ListenAddress::Any => (format!("interface '{name}' has already been specified"), None),
                ListenAddress::One(address) => (
                    format!(
                        "must not select address '{address}' for interface '{name}' because this address is already \
                         selected"
                    ),
                    None,
                ),
            });
        }
        match chosen {
            ListenAddress::Any => {
                self.notice("DHCPSRV_CFGMGR_ADD_IFACE", format!("listening on interface {name}"));
            }
            ListenAddress::One(address) => {
                let (id, what) = self
                    .family
                    .pick(("DHCPSRV_CFGMGR_USE_ADDRESS", "address"), ("DHCPSRV_CFGMGR_USE_UNICAST", "unicast address"));
                self.notice(id, format!("listening on {what} {address}, on interface {name}"));
            }
        }
        into.listen.push(Listen { interface: name.to_owned(), address: chosen });
        Ok(())
    }

    fn listen_address(&self, name: &str, written: &str, own: &[IpAddr]) -> Result<IpAddr, String> {
        let on = address(written)?;
        if family_of(on) != self.family {
            return Err(match self.family {
                Family::V6 => format!("address '{on}' is not a valid IPv6 unicast address"),
                Family::V4 => format!("address '{on}' is not a valid IPv4 address"),
            });
        }
        if !own.contains(&on) {
            return Err(format!("interface '{name}' doesn't have address '{on}' assigned"));
        }
        Ok(on)
    }
}

fn number(node: &Node, key: &str) -> Read<Option<u32>> {
    let Some(at) = node.get(key) else { return Ok(None) };
    let number =
        at.as_integer().ok_or_else(|| Fault::at(at, "intValue() called on non-integer Element in").within(at))?;
    Ok(Some(truncated(number)))
}
