//! The parameters of `libdhcp_ping_check.so`, and those a subnet has instead: how addresses are asked for before they are
//! offered.

use model::{Family, PingCheck, Seconds};

use super::Reader;
use crate::HookLibrary;
use crate::fault::{Fault, Read, nearest};
use crate::json::Node;

/// The library's file name.
const LIBRARY: &str = "libdhcp_ping_check.so";
/// What a subnet calls its own parameters, in its user context.
const CONTEXT: &str = "ping-check";

const ENABLE: &str = "enable-ping-check";
const REQUESTS: &str = "min-ping-requests";
const TIMEOUT: &str = "reply-timeout";
const CLTT: &str = "ping-cltt-secs";
const THREADS: &str = "ping-channel-threads";
const KEYWORDS: [&str; 5] = [ENABLE, REQUESTS, TIMEOUT, CLTT, THREADS];

/// What the library is told: `None` if it is not there, else whether and how addresses are asked for.
pub(crate) type Told = Option<Option<PingCheck>>;

impl Reader<'_> {
    /// Reads what the library is told, if it is there. Subnets are read after it.
    pub(crate) fn ping_check(&mut self, hooks: &[HookLibrary]) -> Read<()> {
        let Some(hook) = hooks.iter().find(|hook| hook.name == LIBRARY) else { return Ok(()) };
        let refused = |text: &str| Fault { text: text.to_owned(), span: Some(hook.position.clone()), hint: None };
        if self.family == Family::V6 {
            return Err(refused("Bad process name: kea-dhcp6, expected kea-dhcp4"));
        }
        let parameters = hook.parameters.as_ref().ok_or_else(|| refused("params must not be null"))?;
        self.ping_check = Some(parse(parameters)?);
        Ok(())
    }

    /// Reads how addresses of a subnet are asked for.
    ///
    /// Kea: a subnet with parameters of its own takes none of the library's.
    pub(crate) fn ping_check_of(&self, subnet: &Node) -> Read<Option<PingCheck>> {
        let Some(of_library) = self.ping_check else { return Ok(None) };
        let own = subnet.get("user-context").and_then(|context| context.get(CONTEXT));
        own.map_or(Ok(of_library), parse)
    }
}

/// Reads a set of parameters; `None` if nothing is asked.
fn parse(map: &Node) -> Read<Option<PingCheck>> {
    let entries = map.as_map().ok_or_else(|| Fault::at(map, "mapValue() called on non-map Element in"))?;
    for entry in entries {
        if !KEYWORDS.contains(&&*entry.key) {
            let text = format!("spurious '{}' parameter", entry.key);
            return Err(Fault::near(&entry.value, text).hinted(nearest(&entry.key, KEYWORDS.into_iter())));
        }
    }
    let enabled = match map.get(ENABLE) {
        None => true,
        Some(node) => {
            let wrong = || Fault::near(node, format!("'{ENABLE}' parameter is not a boolean"));
            node.as_boolean().ok_or_else(wrong)?
        }
    };
    let unset = PingCheck::default();
    let requests = number(map, REQUESTS, 1)?.unwrap_or(unset.requests);
    let reply_timeout_ms = number(map, TIMEOUT, 1)?.unwrap_or(unset.reply_timeout_ms);
    let cltt = number(map, CLTT, 0)?.map_or(unset.cltt, Seconds);
    // Here one thread listens for all answers, whatever is written; the value has only to be one.
    number(map, THREADS, 0)?;
    Ok(enabled.then_some(PingCheck { requests, reply_timeout_ms, cltt }))
}

/// Reads a number that must not be less than `least`, which is 0 or 1; what is too large counts as the largest.
fn number(map: &Node, key: &str, least: i128) -> Read<Option<u32>> {
    let Some(node) = map.get(key) else { return Ok(None) };
    let number = node.as_integer().ok_or_else(|| Fault::near(node, format!("'{key}' parameter is not an integer")))?;
    if number < least {
        let bound = if least == 0 { "cannot be less than 0" } else { "must be greater than 0" };
        return Err(Fault::near(node, format!("invalid {key}: '{number}', {bound}")));
    }
    Ok(Some(u32::try_from(number).unwrap_or(u32::MAX)))
}
