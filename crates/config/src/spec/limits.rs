//! What the user contexts of classes and subnets say to `libdhcp_limits.so`: how many leases and packets there may be.

use model::class::Test;
use model::limits::{Limit, Limits, Rate};
use model::{ClassName, ClientClass, Seconds};

use super::Reader;
use super::contexts::{told, told_in_subnets};
use crate::HookLibrary;
use crate::fault::{Fault, Read};
use crate::json::{Node, print};

/// The library's file name.
const LIBRARY: &str = "libdhcp_limits.so";
/// The library before which packets are counted, or after.
const OTHER: &str = "libdhcp_flex_id.so";
/// What tells of limits of classes: for addresses, prefixes and packets.
const CLASSES: [&str; 3] = [
    "LIMITS_CONFIGURED_ADDRESS_LIMIT_BY_CLIENT_CLASS",
    "LIMITS_CONFIGURED_PREFIX_LIMIT_BY_CLIENT_CLASS",
    "LIMITS_CONFIGURED_RATE_LIMIT_BY_CLIENT_CLASS",
];
/// What tells of those of subnets.
const SUBNETS: [&str; 3] = [
    "LIMITS_CONFIGURED_ADDRESS_LIMIT_BY_SUBNET",
    "LIMITS_CONFIGURED_PREFIX_LIMIT_BY_SUBNET",
    "LIMITS_CONFIGURED_RATE_LIMIT_BY_SUBNET",
];
/// What the limits stand under.
const KEY: &str = "limits";
const DAY: u32 = 86_400;
/// Spans of time by name, in seconds.
const SPANS: [(&str, u32); 7] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 3600),
    ("day", DAY),
    ("week", 7 * DAY),
    ("month", 30 * DAY),
    ("year", 365 * DAY),
];

impl Reader<'_> {
    /// Reads the limits of classes and subnets out of their user contexts; `None` if the library is not there.
    pub(crate) fn limits(
        &mut self,
        root: &Node,
        hooks: &[HookLibrary],
        classes: &[ClientClass],
    ) -> Read<Option<Limits>> {
        let place = |name| hooks.iter().position(|hook| hook.name == name);
        let Some(own) = place(LIBRARY) else { return Ok(None) };
        if let Some(told) = hooks.get(own).and_then(|hook| hook.parameters.as_ref())
            && told.as_map().is_none_or(|map| !map.is_empty())
        {
            let text = format!("expected no parameters for {LIBRARY}, found {}", print::compact(told));
            return Err(Fault::near(told, text));
        }
        let after_flexible_id = place(OTHER).is_some_and(|other| other < own);
        let mut limits = Limits { after_flexible_id, ..Limits::default() };
        for node in root.get("client-classes").and_then(Node::as_list).unwrap_or_default() {
            let named = told(node, KEY).zip(node.get("name").and_then(Node::as_str));
            let Some((told, name)) = named else { continue };
            let limit = limit(told)?;
            self.tell_limit(&limit, CLASSES, &format!("client class {name}"));
            let class = classes.iter().find(|class| class.name.as_str() == name);
            if class.is_some_and(|class| matches!(class.test, Some(Test::Template(_)))) {
                limits.templates.push((format!("SPAWN_{name}_").into(), limit));
            } else {
                limits.classes.insert(ClassName::new(name), limit);
            }
        }
        for (subnet, told) in told_in_subnets(self.family, root, KEY) {
            let limit = limit(told)?;
            self.tell_limit(&limit, SUBNETS, &format!("subnet with ID {subnet}"));
            limits.subnets.insert(subnet, limit);
        }
        Ok(Some(limits))
    }

    /// Tells what is limited.
    fn tell_limit(&mut self, limit: &Limit, [addresses, prefixes, rate]: [&'static str; 3], whose: &str) {
        let mut told = |id, what: String| self.notice(id, format!("New {what} for {whose} has been configured."));
        if let Some(most) = limit.addresses {
            told(addresses, format!("lease limit of {most} addresses"));
        }
        if let Some(most) = limit.prefixes {
            told(prefixes, format!("lease limit of {most} prefixes"));
        }
        if let Some(most) = &limit.rate {
            told(rate, format!("rate limit of {}", most.text));
        }
    }
}

fn limit(told: &Node) -> Read<Limit> {
    if told.as_map().is_none() {
        return Err(Fault::at(told, "get(string) called on a non-map Element in"));
    }
    let number = |key| {
        let Some(node) = told.get(key) else { return Ok(None) };
        let number = node.as_integer().ok_or_else(|| Fault::at(node, "intValue() called on non-integer Element in"))?;
        within(node, number).map(Some)
    };
    Ok(Limit {
        addresses: number("address-limit")?,
        prefixes: number("prefix-limit")?,
        rate: told.get("rate-limit").map(rate).transpose()?,
    })
}

/// Reads how many packets there may be in a span of time.
///
/// Kea: what follows the digits of the number is passed over.
fn rate(node: &Node) -> Read<Rate> {
    let text = node.as_str().ok_or_else(|| Fault::at(node, "stringValue() called on non-string Element in"))?;
    let malformed = || {
        let text = format!("expected rate limit of format <n> packet[s] per <time-unit>, got: {text}");
        Fault::near(node, text)
    };
    let split = [" packet per ", " packets per "].iter().find_map(|words| text.split_once(words));
    let (number, unit) = split.ok_or_else(malformed)?;
    let packets = within(node, leading(number).ok_or_else(malformed)?)?;
    let span = SPANS.iter().find(|(name, _)| *name == unit);
    let (_, seconds) = span.ok_or_else(|| Fault::near(node, format!("invalid time period {unit}")))?;
    Ok(Rate { packets, per: Seconds(*seconds), text: text.into() })
}

/// Reads the number a text begins with.
fn leading(text: &str) -> Option<i128> {
    let text = text.trim_start();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let length = digits.bytes().take_while(u8::is_ascii_digit).count();
    let number: i128 = digits.get(..length)?.parse().ok()?;
    Some(if text.starts_with('-') { -number } else { number })
}

fn within(node: &Node, number: i128) -> Read<u32> {
    if number < 0 {
        return Err(Fault::near(node, format!("expected positive limit configured, got negative limit {number}")));
    }
    let beyond = || Fault::near(node, format!("expected limit in range [0, {}], got limit {number}", u32::MAX));
    u32::try_from(number).ok().ok_or_else(beyond)
}
