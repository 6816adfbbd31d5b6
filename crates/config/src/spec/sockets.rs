//! `control-sockets`: where commands are listened for.

use std::net::IpAddr;

use super::Reader;
use crate::address::plain;
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, items, list, map, text};
use crate::json::{Node, Value};
use crate::paths::supported_path;
use crate::show::{Shown, made, sorted};
use crate::{Authentication, BasicClient, ControlSocket, HttpHeader, Tls};

/// Bits that the directory of a unix socket must not have.
const BEYOND_0750: u32 = 0o7027;

impl Reader<'_> {
    /// Reads `control-sockets`, or the old `control-socket`; `None` to show if neither is there.
    pub(crate) fn control_sockets(&mut self, root: &Node) -> Read<(Vec<ControlSocket>, Option<Node>)> {
        let nodes = match (root.get("control-sockets"), root.get("control-socket")) {
            (Some(list), _) => items(list)?,
            (None, Some(one)) => std::slice::from_ref(one),
            (None, None) => return Ok((Vec::new(), None)),
        };
        let mut sockets = Vec::new();
        for node in nodes {
            let socket = self.control_socket(map(node)?)?;
            let is_unix = |socket: &ControlSocket| matches!(socket, ControlSocket::Unix { .. });
            if is_unix(&socket) && sockets.iter().any(is_unix) {
                return Err(Fault::near(node, "control socket of type 'unix' already configured"));
            }
            sockets.push(socket);
        }
        let shown = nodes.iter().map(shown).collect();
        Ok((sockets, Some(made(Value::List(shown)))))
    }

    fn control_socket(&mut self, node: &Node) -> Read<ControlSocket> {
        let Some(kind) = node.get("socket-type") else {
            return Err(Fault::near(node, "'socket-type' parameter is mandatory in control-sockets items"));
        };
        let kind =
            kind.as_str().ok_or_else(|| Fault::near(kind, "'socket-type' parameter is expected to be a string"))?;
        match kind {
            "unix" => self.unix_socket(node),
            "http" | "https" => self.http_socket(node, kind == "https"),
            _ => Err(Fault::near(node, format!("unsupported 'socket-type': '{kind}' not 'unix', 'http' or 'https'"))),
        }
    }

    fn unix_socket(&mut self, node: &Node) -> Read<ControlSocket> {
        let Some(at) = node.get("socket-name") else {
            return Err(Fault::near(node, "Mandatory 'socket-name' parameter missing"));
        };
        let name = text(node, "socket-name")?.unwrap_or("");
        let directory = &self.surroundings.directories.control_sockets;
        let invalid = |text: String| Fault::near(at, format!("'socket-name' is invalid: {text}"));
        let path = match supported_path(name, directory) {
            Ok(path) => path,
            Err(text) if self.surroundings.relaxed && text.starts_with("invalid path") => name.to_owned(),
            Err(text) => return Err(invalid(text)),
        };
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        if (self.surroundings.file_mode)(&parent).is_none_or(|mode| mode & BEYOND_0750 != 0) {
            let text = format!("socket path:{parent} does not exist or has more relaxed permissions than 750");
            if !self.surroundings.relaxed {
                return Err(invalid(text));
            }
        }
        Ok(ControlSocket::Unix { path, position: node.span.clone() })
    }

    fn http_socket(&mut self, node: &Node, secure: bool) -> Read<ControlSocket> {
        if node.get("socket-name").is_some() {
            return Err(Fault::near(node, "parameter 'socket-name' is not supported by HTTP control sockets"));
        }
        let written = text(node, "socket-address")?.unwrap_or("127.0.0.1");
        let address: IpAddr = plain(written).ok_or_else(|| {
            at_key(
                node,
                "socket-address",
                format!(
                    "failed to convert '{written}' to address: Failed to convert string to address '{written}': \
                     Invalid argument"
                ),
            )
        })?;
        let port = integer(node, "socket-port")?.unwrap_or(8000);
        let port = u16::try_from(port).ok().ok_or_else(|| {
            at_key(node, "socket-port", format!("out of range value {port} specified for parameter 'socket-port'"))
        })?;
        let tls = tls(node)?;
        if secure && tls.is_none() {
            return Err(Fault::near(node, "no TLS setup for a HTTPS control socket"));
        }
        let authentication = node.get("authentication").map(|node| self.authentication(node)).transpose()?;
        let headers = headers(node)?;
        Ok(ControlSocket::Http { address, port, tls, authentication, headers, position: node.span.clone() })
    }

    fn authentication(&self, node: &Node) -> Read<Authentication> {
        let directory = text(node, "directory")?.unwrap_or("");
        let realm = text(node, "realm")?.unwrap_or("").to_owned();
        let mut clients = Vec::new();
        for client in list(node, "clients")? {
            let user = self.secret(client, ("user", "user-file"), directory)?;
            let Some(user) = user else { return Err(Fault::at(client, "user is required in clients items")) };
            if user.is_empty() {
                return Err(at_key(client, "user", "user must not be empty"));
            }
            if user.contains(':') {
                return Err(at_key(client, "user", format!("user must not contain a ':': '{user}'")));
            }
            let password = self.secret(client, ("password", "password-file"), directory)?.unwrap_or_default();
            clients.push(BasicClient { user, password });
        }
        Ok(Authentication { realm, clients })
    }

    fn secret(&self, node: &Node, (key, file): (&str, &str), directory: &str) -> Read<Option<String>> {
        if let (Some(one), Some(other)) = (node.get(key), node.get(file)) {
            let text = format!("{key} ({}) and {file} ({}) are mutually exclusive", one.span, other.span);
            return Err(Fault::near(one, text));
        }
        let Some(name) = text(node, file)? else { return Ok(text(node, key)?.map(str::to_owned)) };
        let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
        match (self.surroundings.file_text)(&path) {
            Some(content) => Ok(Some(content.lines().next().unwrap_or("").to_owned())),
            None => Err(Fault::near(node, format!("Expected a file at path '{path}'"))),
        }
    }
}

fn tls(node: &Node) -> Read<Option<Tls>> {
    let part = |key| Ok::<_, Fault>(text(node, key)?.unwrap_or("").to_owned());
    let (trust_anchor, cert_file, key_file) = (part("trust-anchor")?, part("cert-file")?, part("key-file")?);
    let parts = [("trust-anchor", &trust_anchor), ("cert-file", &cert_file), ("key-file", &key_file)];
    if parts.iter().all(|(_, value)| value.is_empty()) {
        return Ok(None);
    }
    if let Some((key, _)) = parts.iter().find(|(_, value)| value.is_empty()) {
        return Err(Fault::near(
            node,
            format!("{key} parameter is missing or empty: all or none of TLS parameters must be set"),
        ));
    }
    let cert_required = flag(node, "cert-required")?.unwrap_or(true);
    Ok(Some(Tls { trust_anchor, cert_file, key_file, cert_required }))
}

fn headers(node: &Node) -> Read<Vec<HttpHeader>> {
    let mut headers = Vec::new();
    for header in list(node, "http-headers")? {
        let part = |key| {
            let value = text(header, key)?.ok_or_else(|| Fault::at(header, format!("missing '{key}' parameter")))?;
            if value.is_empty() {
                return Err(at_key(header, key, format!("empty '{key}' parameter")));
            }
            Ok(value.to_owned())
        };
        headers.push(HttpHeader { name: part("name")?, value: part("value")? });
    }
    Ok(headers)
}

/// Shows a map as written, comments moved into user contexts all the way down.
pub(crate) fn shown(node: &Node) -> Node {
    match &node.value {
        Value::Map(entries) => {
            let mut shown_map = Shown::new();
            for entry in
                entries.iter().filter(|entry| !matches!(&*entry.key, "user-context" | "comment" | "parameters"))
            {
                shown_map.node(&entry.key, shown(&entry.value));
            }
            shown_map.copy(node, &["parameters"]).context(node);
            shown_map.finish()
        }
        Value::List(nodes) => made(Value::List(nodes.iter().map(shown).collect())),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::String(_) | Value::Printed(_) => {
            sorted(node)
        }
    }
}
