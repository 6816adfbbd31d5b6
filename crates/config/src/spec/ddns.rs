//! `dhcp-ddns`: where name change requests go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Reader;
use crate::DdnsClient;
use crate::address::{address, plain};
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, map, ranged, text, truncated};
use crate::json::Node;
use crate::show::{Shown, made};

impl Reader<'_> {
    /// Reads `dhcp-ddns`; `None` if updates are off.
    pub(crate) fn dhcp_ddns(&mut self, root: &Node) -> Read<(Option<DdnsClient>, Node)> {
        let nothing = made(crate::json::Value::Map(Vec::new()));
        let node = root.get("dhcp-ddns").map_or(Ok(&nothing), map)?;
        let enabled = flag(node, "enable-updates")?.unwrap_or(false);
        let written = text(node, "server-ip")?.unwrap_or("127.0.0.1");
        let server = address(written).map_err(|why| {
            let at = node.get("server-ip").unwrap_or(node);
            Fault::near(at, format!("Failed to convert '{written}' to address: {why}({})", at.span))
        })?;
        let sender = sender(node, server)?;
        let port = |key, default| Ok::<_, Fault>(integer(node, key)?.map_or(default, low16));
        let client = DdnsClient {
            server,
            server_port: port("server-port", 53001)?,
            sender,
            sender_port: port("sender-port", 0)?,
            max_queue_size: ranged(node, "max-queue-size")?.unwrap_or(1024),
        };
        let protocol = text(node, "ncr-protocol")?.unwrap_or("UDP");
        let format = text(node, "ncr-format")?.unwrap_or("JSON");
        if protocol.eq_ignore_ascii_case("TCP") {
            return Err(at_key(node, "ncr-protocol", "D2ClientConfig error: NCR Protocol: TCP is not supported."));
        }
        let same = client.server == client.sender && client.server_port == client.sender_port;
        if same {
            let text = format!(
                "D2ClientConfig error: server and sender cannot share the exact same IP address/port: {server}/{}",
                client.server_port
            );
            return Err(at_key(node, "sender-ip", text));
        }
        if enabled {
            self.unserved("dhcp-ddns");
        }
        let mut shown = Shown::new();
        shown
            .set("enable-updates", enabled)
            .set("server-ip", server.to_string())
            .set("server-port", u32::from(client.server_port))
            .set("sender-ip", sender.to_string())
            .set("sender-port", u32::from(client.sender_port))
            .set("max-queue-size", client.max_queue_size)
            .set("ncr-protocol", protocol)
            .set("ncr-format", format)
            .context(node);
        Ok((enabled.then_some(client), shown.finish()))
    }
}

fn sender(node: &Node, server: IpAddr) -> Read<IpAddr> {
    let any = if server.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let Some(written) = text(node, "sender-ip")?.filter(|written| !written.is_empty()) else { return Ok(any) };
    let sender: IpAddr = plain(written).ok_or_else(|| {
        at_key(node, "sender-ip", format!("invalid address ({written}) specified for parameter 'sender-ip'"))
    })?;
    if sender.is_ipv4() == server.is_ipv4() {
        return Ok(sender);
    }
    let family = |address: IpAddr| if address.is_ipv4() { "IPv4" } else { "IPv6" };
    Err(at_key(
        node,
        "sender-ip",
        format!(
            "D2ClientConfig error: address family mismatch: server-ip: {server} is: {} while sender-ip: {sender} is: {}",
            family(server),
            family(sender)
        ),
    ))
}

fn low16(number: i128) -> u16 {
    u16::try_from(truncated(number) & 0xffff).unwrap_or(0)
}
