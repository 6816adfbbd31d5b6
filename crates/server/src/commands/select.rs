//! Commands that say which subnet a client would be in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use config::json::{Node, Value};
use control::{Access, Answer, Arguments, Entry, ResultCode};
use engine::Over;
use engine::select::{Clues, Place, by_clues, by_place};
use model::{ClassName, Family, Model, Subnet};

use super::Served;
use crate::server::Server;

pub(super) const SUBNET_SELECT_TEST: Served = Entry {
    names: ["subnet4-select-test", "subnet6-select-test"],
    access: Access::Read,
    brief: "Says which subnet a client would be in.",
    run: select,
};

pub(super) const SUBNET4O6_SELECT_TEST: Served = Entry {
    names: ["subnet4o6-select-test", ""],
    access: Access::Read,
    brief: "Says which subnet a DHCPv4 client would be in that came through DHCPv6.",
    run: select,
};

/// What the arguments say of a client; what they leave out is unspecified.
struct Client<'a> {
    interface: &'a str,
    interface_id: Option<Vec<u8>>,
    /// By the place of the key in [`ADDRESSES`].
    addresses: [Option<IpAddr>; ADDRESSES.len()],
    classes: Vec<ClassName>,
}

const ADDRESSES: [&str; 6] = ["address", "link", "local", "relay", "remote", "subnet"];
const KEYS_4: [&str; 8] = ["interface", "classes", "address", "link", "local", "relay", "remote", "subnet"];
const KEYS_4O6: [&str; 9] =
    ["interface", "interface-id", "classes", "address", "link", "local", "relay", "remote", "subnet"];
const KEYS_6: [&str; 5] = ["interface", "interface-id", "classes", "link", "remote"];

fn select(server: &Arc<Server>, family: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    if family != server.family {
        return Err(control::catalogue::unsupported(arguments.command()));
    }
    let node = arguments.node().ok_or_else(|| Answer::error("empty arguments"))?;
    let over = arguments.command() == SUBNET4O6_SELECT_TEST.names[0];
    let client = client(node, family, over)?;
    let running = server.running();
    let model = &running.configuration.model;
    let found = match family {
        Family::V4 if over => over6(&client, model),
        Family::V4 => direct4(&client, model)?,
        Family::V6 => direct6(&client, model),
    };
    let Some(subnet) = found else {
        return Ok(Answer::new(ResultCode::Empty, "no subnet selected"));
    };
    let Subnet { prefix, id, .. } = subnet;
    Ok(Answer::success(match model.network_of(subnet) {
        None => format!("selected subnet '{prefix}' id {id}"),
        Some(network) => {
            format!("selected shared network '{}' starting with subnet '{prefix}' id {id}", network.name)
        }
    }))
}

fn client(node: &Node, family: Family, over: bool) -> Result<Client<'_>, Answer> {
    let entries = node.as_map().ok_or_else(|| Answer::error("arguments must be a map"))?;
    let known = if over { &KEYS_4O6[..] } else { family.pick(&KEYS_4[..], &KEYS_6[..]) };
    if let Some(entry) = entries.iter().find(|entry| !known.contains(&&*entry.key)) {
        return Err(Answer::error(format!("unknown entry '{}'", entry.key)));
    }
    let words = |key: &str| {
        node.get(key)
            .map(|node| node.as_str().ok_or_else(|| Answer::error(format!("'{key}' entry must be a string"))))
            .transpose()
    };
    let mut addresses = [None; ADDRESSES.len()];
    for (key, into) in ADDRESSES.into_iter().zip(&mut addresses) {
        let Some(written) = words(key)? else { continue };
        let bad = |why: &str| Answer::error(format!("bad '{key}' entry: {why}"));
        let address: IpAddr = written
            .parse()
            .ok()
            .ok_or_else(|| bad(&format!("Failed to convert string to address '{written}': Invalid argument")))?;
        // Whoever comes through DHCPv6 has an address of that family.
        let wanted = if over && matches!(key, "local" | "remote" | "link") { Family::V6 } else { family };
        if address.is_ipv4() != (wanted == Family::V4) {
            return Err(bad(&format!("not {wanted}")));
        }
        *into = Some(address);
    }
    let interface_id = words("interface-id")?.map(interface_id).transpose()?;
    Ok(Client { interface: words("interface")?.unwrap_or(""), interface_id, addresses, classes: classes(node)? })
}

fn interface_id(written: &str) -> Result<Vec<u8>, Answer> {
    if written.is_empty() {
        return Err(Answer::error("'interface-id' must be not empty"));
    }
    wire::option::encode_hex(written).ok().ok_or_else(|| Answer::error("value of 'interface-id' was not recognized"))
}

fn classes(node: &Node) -> Result<Vec<ClassName>, Answer> {
    let Some(node) = node.get("classes") else { return Ok(Vec::new()) };
    let Value::List(items) = &node.value else { return Err(Answer::error("'classes' entry must be a list")) };
    let name = |item: &Node| item.as_str().map(ClassName::new);
    let names: Option<Vec<_>> = items.iter().map(name).collect();
    names.ok_or_else(|| Answer::error("'classes' entry must be a list of strings"))
}

impl Client<'_> {
    fn address(&self, key: &str) -> Option<IpAddr> {
        let at = ADDRESSES.iter().position(|name| *name == key)?;
        self.addresses.get(at).copied().flatten()
    }

    fn v4(&self, key: &str) -> Ipv4Addr {
        match self.address(key) {
            Some(IpAddr::V4(address)) => address,
            Some(IpAddr::V6(_)) | None => Ipv4Addr::UNSPECIFIED,
        }
    }

    fn v6(&self, key: &str) -> Ipv6Addr {
        match self.address(key) {
            Some(IpAddr::V6(address)) => address,
            Some(IpAddr::V4(_)) | None => Ipv6Addr::UNSPECIFIED,
        }
    }
}

fn direct4<'m>(client: &Client<'_>, model: &'m Model) -> Result<Option<&'m Subnet>, Answer> {
    let link = ["link", "subnet"].into_iter().find(|key| client.address(key).is_some()).map(|key| client.v4(key));
    let interfaces = net::interfaces().map_err(|error| Answer::error(error.to_string()))?;
    let interface = interfaces.named(client.interface);
    let mut clues = Clues {
        link,
        giaddr: client.v4("relay"),
        ciaddr: client.v4("address"),
        source: client.v4("remote"),
        broadcast: client.v4("local").is_broadcast(),
        interface: client.interface,
        local: Ipv4Addr::UNSPECIFIED,
        over: None,
    };
    let mut own = interface.into_iter().flat_map(|interface| &interface.addresses).map(|own| own.address);
    if let Some(first) = own.find_map(|own| if let IpAddr::V4(own) = own { Some(own) } else { None }) {
        clues.local = first;
    }
    let found = by_clues(&clues, model, &client.classes);
    let only_interface =
        link.is_none() && [clues.giaddr, clues.ciaddr, clues.source].iter().all(Ipv4Addr::is_unspecified);
    if found.is_none() && only_interface && interface.is_none() && !client.interface.is_empty() {
        let name = client.interface;
        return Err(Answer::error(format!(
            "Error during command processing: interface {name} doesn't exist and therefore it is impossible to find a \
             suitable subnet for its IPv4 address"
        )));
    }
    Ok(found)
}

fn over6<'m>(client: &Client<'_>, model: &'m Model) -> Option<&'m Subnet> {
    let over = Over { remote: client.v6("remote"), interface_id: client.interface_id.as_deref() };
    let clues = Clues {
        link: None,
        giaddr: Ipv4Addr::UNSPECIFIED,
        ciaddr: Ipv4Addr::UNSPECIFIED,
        source: Ipv4Addr::UNSPECIFIED,
        broadcast: false,
        interface: client.interface,
        local: Ipv4Addr::UNSPECIFIED,
        over: Some(over),
    };
    by_clues(&clues, model, &client.classes)
}

fn direct6<'m>(client: &Client<'_>, model: &'m Model) -> Option<&'m Subnet> {
    let link = client.v6("link");
    let place = if link.is_unspecified() {
        Place::Direct { interface: client.interface, source: client.v6("remote").into() }
    } else {
        Place::Relayed { link, interface_id: client.interface_id.as_deref() }
    };
    by_place(place, model, &client.classes)
}
