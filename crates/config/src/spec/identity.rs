//! Who the server is and how it recognises hardware: `server-id`, `mac-sources`, `relay-supplied-options`.

use model::MacSource;

use super::Reader;
use crate::ServerId;
use crate::address::{hex, upper_hex};
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, item_text, items, map, ranged, text};
use crate::json::{Node, Value};
use crate::show::{Shown, texts};

const KINDS: [(&str, u16); 3] = [("LLT", 1), ("EN", 2), ("LL", 3)];

/// Every name of a source, Kea's preferred one first.
const SOURCES: [(&str, Option<MacSource>); 11] = [
    ("any", None),
    ("raw", Some(MacSource::Raw)),
    ("duid", Some(MacSource::Duid)),
    ("ipv6-link-local", Some(MacSource::Ipv6LinkLocal)),
    ("client-link-addr-option", Some(MacSource::ClientLinkAddr)),
    ("rfc6939", Some(MacSource::ClientLinkAddr)),
    ("remote-id", Some(MacSource::RemoteId)),
    ("rfc4649", Some(MacSource::RemoteId)),
    ("subscriber-id", Some(MacSource::SubscriberId)),
    ("rfc4580", Some(MacSource::SubscriberId)),
    ("docsis-cmts", Some(MacSource::DocsisCmts)),
];

const LAST_SOURCE: (&str, Option<MacSource>) = ("docsis-modem", Some(MacSource::DocsisModem));

impl Reader<'_> {
    /// Reads `server-id`.
    pub(crate) fn server_id(&mut self, root: &Node) -> Read<(ServerId, Node)> {
        let mut shown = Shown::new();
        let mut id = ServerId { kind: 1, identifier: Vec::new(), htype: 0, time: 0, enterprise_id: 0, persist: true };
        let mut name = "LLT";
        if let Some(node) = root.get("server-id") {
            let node = map(node)?;
            name = text(node, "type")?.unwrap_or(name);
            let kind = KINDS.iter().find(|(known, _)| *known == name);
            id.kind = kind.map(|(_, kind)| *kind).ok_or_else(|| {
                at_key(node, "type", format!("unsupported DUID type '{name}'. Expected: LLT, EN or LL"))
            })?;
            let written = text(node, "identifier")?.unwrap_or("");
            id.identifier = hex(written).ok_or_else(|| {
                at_key(
                    node,
                    "identifier",
                    format!(
                        "identifier specified in the DUID configuration '{written}' is not a valid string of \
                         hexadecimal digits"
                    ),
                )
            })?;
            id.htype = ranged(node, "htype")?.unwrap_or(0);
            id.time = ranged(node, "time")?.unwrap_or(0);
            id.enterprise_id = ranged(node, "enterprise-id")?.unwrap_or(0);
            id.persist = flag(node, "persist")?.unwrap_or(true);
            shown.context(node);
            self.notice(
                "DHCPSRV_CFGMGR_CONFIGURE_SERVERID",
                "server configuration includes specification of a server identifier",
            );
        }
        shown
            .set("type", name)
            .set("identifier", upper_hex(&id.identifier))
            .set("htype", u32::from(id.htype))
            .set("time", id.time)
            .set("enterprise-id", id.enterprise_id)
            .set("persist", id.persist);
        Ok((id, shown.finish()))
    }
}

/// Reads `mac-sources`.
pub(crate) fn mac_sources(root: &Node) -> Read<(Vec<MacSource>, Value)> {
    let table = || SOURCES.into_iter().chain([LAST_SOURCE]);
    let every = || table().filter_map(|(_, source)| source);
    let (mut sources, mut names) = (Vec::new(), Vec::new());
    match root.get("mac-sources") {
        None => {
            names.push("any");
            sources.extend(every());
        }
        Some(node) => {
            for item in items(node)? {
                let written = item_text(item)?;
                let Some((_, source)) = table().find(|(name, _)| *name == written) else {
                    return Err(Fault::at(
                        node,
                        format!(
                            "Failed to convert '{written}' to any recognized MAC source:Can't convert '{written}' to \
                             any known MAC source."
                        ),
                    )
                    .hinted(crate::fault::nearest(written, table().map(|(name, _)| name))));
                };
                let name = table().find(|(_, other)| *other == source).map_or("any", |(name, _)| name);
                if names.contains(&name) {
                    return Err(Fault::at(node, format!("The mac-sources value '{written}' was specified twice")));
                }
                names.push(name);
                match source {
                    Some(source) => sources.push(source),
                    None => sources.extend(every()),
                }
            }
            if names.is_empty() {
                return Err(Fault::near(node, "If specified, MAC Sources cannot be empty"));
            }
        }
    }
    let mut once: Vec<MacSource> = Vec::new();
    for source in sources {
        if !once.contains(&source) {
            once.push(source);
        }
    }
    Ok((once, texts(names)))
}

/// Reads `relay-supplied-options`.
pub(crate) fn relay_supplied(reader: &Reader<'_>, root: &Node) -> Read<(Vec<u16>, Value)> {
    let Some(node) = root.get("relay-supplied-options") else { return Ok((vec![65], texts(["65"]))) };
    let mut codes = Vec::new();
    for item in items(node)? {
        let written = item_text(item).map_err(|fault| fault.within(node))?;
        codes.push(match written.parse::<u64>() {
            Ok(code) if code != 0 => u16::try_from(code).ok().ok_or_else(|| {
                Fault::at(
                    node,
                    format!(
                        "invalid option code value specified '{written}', the option code must not be greater than \
                         '65535'"
                    ),
                )
            })?,
            _ => {
                let found = reader.definitions.by_name(reader.main_space(), written);
                found.map(|definition| definition.code).ok_or_else(|| {
                    Fault::at(
                        node,
                        format!(
                            "unable to find option code for the  specified option name '{written}' while parsing the \
                             list of enabled relay-supplied-options"
                        ),
                    )
                })?
            }
        });
    }
    if codes.is_empty() {
        codes.push(65);
    }
    codes.sort_unstable();
    codes.dedup();
    let shown = texts(codes.iter().map(u16::to_string));
    Ok((codes, shown))
}
