//! Database access: `lease-database`, `hosts-database(s)`, `config-control`.

use super::Reader;
use crate::LeaseDatabase;
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, list, map, text};
use crate::json::{Entry, Node, Value};
use crate::show::{Shown, made, sorted};

const TYPES: [&str; 3] = ["memfile", "mysql", "postgresql"];

/// Parameters that one backend alone takes.
const OF_ONE_BACKEND: [(&str, &str); 3] =
    [("read-timeout", "mysql"), ("write-timeout", "mysql"), ("tcp-user-timeout", "postgresql")];

const TEXTS: [&str; 12] = [
    "password-file",
    "ssl-mode",
    "type",
    "user",
    "password",
    "host",
    "name",
    "on-fail",
    "trust-anchor",
    "cert-file",
    "key-file",
    "cipher-list",
];

const FLAGS: [&str; 3] = ["persist", "readonly", "retry-on-startup"];

const NUMBERS: [&str; 9] = [
    "lfc-interval",
    "connect-timeout",
    "read-timeout",
    "write-timeout",
    "tcp-user-timeout",
    "max-row-errors",
    "port",
    "max-reconnect-tries",
    "reconnect-wait-time",
];

impl Reader<'_> {
    /// Reads `hosts-database`; `None` if there is none worth showing.
    pub(crate) fn hosts_database(&mut self, root: &Node) -> Read<Option<Node>> {
        let Some(node) = root.get("hosts-database") else { return Ok(None) };
        if access(node)? == "memfile" {
            return Ok(None);
        }
        self.unserved("hosts-database");
        Ok(Some(sorted(node)))
    }

    /// Reads `hosts-databases`.
    pub(crate) fn hosts_databases(&mut self, root: &Node) -> Read<Vec<Node>> {
        let mut shown = Vec::new();
        for node in list(root, "hosts-databases")? {
            if access(node)? != "memfile" {
                self.unserved("hosts-databases");
                shown.push(sorted(node));
            }
        }
        Ok(shown)
    }

    /// Reads `config-control`.
    pub(crate) fn config_control(&mut self, root: &Node) -> Read<Option<Node>> {
        let Some(node) = root.get("config-control") else { return Ok(None) };
        let node = map(node)?;
        let mut shown = Shown::new();
        let mut databases = Vec::new();
        for database in list(node, "config-databases")? {
            access(database).map_err(|fault| fault.within(node))?;
            self.unserved("config-control");
            databases.push(sorted(database));
        }
        let wait = integer(node, "config-fetch-wait-time")?.unwrap_or(30);
        let Ok(seconds) = u16::try_from(wait) else {
            return Err(Fault::at(
                node,
                format!("The 'config-fetch-wait-time' value ({wait}) is not within expected range: (0 - 65535)"),
            ));
        };
        shown.set("config-databases", databases).set("config-fetch-wait-time", u32::from(seconds)).context(node);
        Ok(Some(shown.finish()))
    }
}

/// Reads `lease-database`.
pub(crate) fn lease_database(root: &Node) -> Read<(LeaseDatabase, Node)> {
    let Some(node) = root.get("lease-database") else {
        let mut shown = Shown::new();
        shown.set("type", "memfile");
        let database = LeaseDatabase {
            name: String::new(),
            persist: true,
            lfc_interval: 3600,
            max_row_errors: 0,
            reconnects: None,
        };
        return Ok((database, shown.finish()));
    };
    let kind = access(node)?;
    if kind != "memfile" {
        return Err(at_key(
            node,
            "type",
            format!("lease database type '{kind}' is not served yet, use 'memfile' instead"),
        ));
    }
    let number = |key, default| Ok::<_, Fault>(integer(node, key)?.map_or(default, crate::fields::truncated));
    let database = LeaseDatabase {
        name: text(node, "name")?.unwrap_or("").to_owned(),
        persist: flag(node, "persist")?.unwrap_or(true),
        lfc_interval: number("lfc-interval", 3600)?,
        max_row_errors: number("max-row-errors", 0)?,
        reconnects: ["max-reconnect-tries", "reconnect-wait-time"]
            .into_iter()
            .find(|key| node.get(key).and_then(Node::as_integer).is_some_and(|number| number > 0)),
    };
    Ok((database, sorted(node)))
}

/// Checks one map of access parameters and gives the type.
fn access(node: &Node) -> Read<&str> {
    for entry in map(node)?.as_map().unwrap_or_default() {
        check(entry)?;
    }
    let kind = text(node, "type")?.ok_or_else(|| {
        Fault::near(
            node,
            "database access parameters must include the keyword 'type' to determine type of database to be accessed",
        )
    })?;
    for (key, backend) in OF_ONE_BACKEND {
        if kind != backend && node.get(key).is_some() {
            return Err(at_key(node, key, format!("{key} value is only supported by the {backend} backend")));
        }
    }
    if TYPES.contains(&kind) {
        return Ok(kind);
    }
    Err(at_key(node, "type", format!("unknown backend database type: {kind}"))
        .hinted(crate::fault::nearest(kind, TYPES.into_iter())))
}

fn check(entry: &Entry) -> Read<()> {
    let Entry { key, value: node, .. } = entry;
    let sound = match &node.value {
        Value::String(_) => TEXTS.contains(&&**key),
        Value::Boolean(_) => FLAGS.contains(&&**key),
        Value::Integer(number) => return in_range(key, *number, node),
        Value::Null | Value::Real(_) | Value::List(_) | Value::Map(_) | Value::Printed(_) => false,
    };
    if sound { Ok(()) } else { Err(Fault::at(node, format!("invalid value type specified for parameter '{key}'"))) }
}

fn in_range(key: &str, number: i128, node: &Node) -> Read<()> {
    if !NUMBERS.contains(&key) {
        return Err(Fault::at(node, format!("invalid value type specified for parameter '{key}'")));
    }
    let limit = if key == "port" { i128::from(u16::MAX) } else { i128::from(u32::MAX) };
    if (0..=limit).contains(&number) {
        return Ok(());
    }
    Err(Fault::at(
        node,
        match key {
            "max-reconnect-tries" => "max-reconnect-tries cannot be less than zero: ".trim_end().to_owned(),
            "reconnect-wait-time" => format!("{key} {number} must be in range 0...MAX_UINT32 (4294967295)"),
            _ => format!("{key} value: {number} is out of range, expected value: 0..{limit}"),
        },
    ))
}

/// Wraps a shown list for the tree.
pub(crate) fn shown_list(nodes: Vec<Node>) -> Node {
    made(Value::List(nodes))
}
