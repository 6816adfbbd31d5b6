//! How the daemon works: threads, queue, checks of leases, reclamation, and what is checked last.

use model::settings::{Compatibility, Names, Reclaim};
use model::{Family, Seconds};

use super::Reader;
use super::names;
use super::times::triplet;
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, map, ranged, text, truncated};
use crate::json::{Node, Value};
use crate::show::{Shown, made};
use crate::{MultiThreading, SanityChecks, StatisticDefaults};

impl Reader<'_> {
    /// Reads `multi-threading`.
    pub(crate) fn multi_threading(root: &Node) -> Read<(MultiThreading, Node)> {
        let nothing = made(Value::Map(Vec::new()));
        let node = root.get("multi-threading").map_or(Ok(&nothing), map)?;
        let enabled = flag(node, "enable-multi-threading")?.unwrap_or(true);
        let threads = size(node, "thread-pool-size", "thread pool size")?.unwrap_or(0);
        let queue_size = size(node, "packet-queue-size", "packet queue size")?.unwrap_or(64);
        let mut shown = Shown::new();
        shown
            .set("enable-multi-threading", enabled)
            .set("thread-pool-size", u32::from(threads))
            .set("packet-queue-size", u32::from(queue_size))
            .context(node);
        Ok((MultiThreading { enabled, threads, queue_size }, shown.finish()))
    }

    /// Reads `dhcp-queue-control`, which threads overrule.
    pub(crate) fn queue_control(&mut self, root: &Node, threads: MultiThreading) -> Read<Node> {
        let nothing = made(Value::Map(Vec::new()));
        let node = root.get("dhcp-queue-control").map_or(Ok(&nothing), map)?;
        let enabled = flag(node, "enable-queue")?.unwrap_or(false);
        if threads.enabled {
            self.notice(
                "DHCPSRV_MT_DISABLED_QUEUE_CONTROL",
                "disabling dhcp queue control when multi-threading is enabled.",
            );
        } else if enabled {
            self.unserved("dhcp-queue-control");
        }
        let mut shown = Shown::new();
        shown
            .set("capacity", 64)
            .set("queue-type", self.family.pick("kea-ring4", "kea-ring6"))
            .copy(node, &["capacity", "queue-type"])
            .set("enable-queue", enabled && !threads.enabled)
            .context(node);
        Ok(shown.finish())
    }

    /// Says that reservations are always looked up first with threads.
    pub(crate) fn lookup_first(&mut self, threads: MultiThreading) {
        if threads.enabled {
            let id =
                self.family.pick("DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED", "DHCP6_RESERVATIONS_LOOKUP_FIRST_ENABLED");
            self.notice(id, "Multi-threading is enabled and host reservations lookup is always performed first.");
        }
    }

    /// Checks what Kea looks at once everything is read.
    pub(crate) fn post_checks(&mut self, root: &Node) -> Read<(Seconds, u16)> {
        if let Some(directory) = text(root, "data-directory")? {
            self.notice(
                self.family.pick("DHCP4_DATA_DIRECTORY_DEPRECATED", "DHCP6_DATA_DIRECTORY_DEPRECATED"),
                "'data-directory' has been deprecated and should no longer be used.",
            );
            let supported = &self.surroundings.directories.data;
            if directory.trim_end_matches('/') != supported.trim_end_matches('/') {
                let at = root.get("data-directory").unwrap_or(root);
                return Err(Fault::near(
                    at,
                    format!("'data-directory' of '{directory}' is invalid, supported path is '{supported}'"),
                ));
            }
        }
        let probation = ranged(root, "decline-probation-period")?.unwrap_or(86400);
        let port: u16 = ranged(root, "dhcp4o6-port")?.unwrap_or(0);
        for name in ["preferred-lifetime", "valid-lifetime"] {
            for node in ["min-", "", "max-"].iter().filter_map(|bound| root.get(&format!("{bound}{name}"))) {
                node.as_integer().ok_or_else(|| Fault::at(node, "intValue() called on non-integer Element in"))?;
            }
            triplet(root, name, format_args!(""))?;
        }
        names::check_ttl(root)?;
        names::over(&Names::default(), root)?;
        Ok((Seconds(probation), port))
    }
}

fn size(node: &Node, key: &str, what: &str) -> Read<Option<u16>> {
    let Some(number) = integer(node, key)? else { return Ok(None) };
    if number < 0 {
        return Err(at_key(node, key, format!("{what} code must not be negative")));
    }
    let text = || format!("invalid {what} '{number}', it must not be greater than '65535'");
    u16::try_from(number).ok().map(Some).ok_or_else(|| at_key(node, key, text()))
}

/// Reads `sanity-checks`.
pub(crate) fn sanity_checks(root: &Node) -> Read<(SanityChecks, Node)> {
    let nothing = made(Value::Map(Vec::new()));
    let node = root.get("sanity-checks").map_or(Ok(&nothing), map)?;
    let pick = |key: &str, default: &'static str, known: &[&str]| {
        let word = text(node, key)?.unwrap_or(default);
        if known.contains(&word) {
            return Ok(word.to_owned());
        }
        let text = format!("Unsupported {key} value: {word}, supported values are: {}", known.join(", "));
        Err(Fault::near(node.get(key).unwrap_or(node), text))
    };
    let checks = SanityChecks {
        lease_checks: pick("lease-checks", "warn", &["none", "warn", "fix", "fix-del", "del"])?,
        extended_info_checks: pick("extended-info-checks", "fix", &["none", "fix", "strict", "pedantic"])?,
    };
    let mut shown = Shown::new();
    shown
        .set("lease-checks", &*checks.lease_checks)
        .set("extended-info-checks", &*checks.extended_info_checks)
        .context(node);
    Ok((checks, shown.finish()))
}

/// Reads `expired-leases-processing`.
pub(crate) fn reclaim(root: &Node) -> Read<(Reclaim, Node)> {
    let nothing = made(Value::Map(Vec::new()));
    let node = root.get("expired-leases-processing").map_or(Ok(&nothing), map)?;
    let mut shown = Shown::new();
    let mut number = |key: &str, default: u32, limit: u32| {
        let number = integer(node, key)?.unwrap_or_else(|| i128::from(default));
        let text = match u32::try_from(number) {
            Ok(value) if value <= limit => {
                shown.set(key, value);
                return Ok(value);
            }
            Err(_) if number < 0 => format!("value for configuration parameter '{key}' must not be negative"),
            _ => format!(
                "out range value '{number}' for configuration parameter '{key}', expected maximum value of '{limit}'"
            ),
        };
        Err(at_key(node, key, text))
    };
    let reclaim = Reclaim {
        wait_time: number("reclaim-timer-wait-time", 10, 0xffff)?,
        flush_wait_time: number("flush-reclaimed-timer-wait-time", 25, 0xffff)?,
        hold_time: Seconds(number("hold-reclaimed-time", 3600, u32::MAX)?),
        max_leases: number("max-reclaim-leases", 100, u32::MAX)?,
        max_time_ms: number("max-reclaim-time", 250, 10_000)?,
        unwarned_cycles: number("unwarned-reclaim-cycles", 5, 0xffff)?,
    };
    Ok((reclaim, shown.finish()))
}

/// Reads `compatibility`, of flags only; those that are on are shown.
pub(crate) fn compatibility(reader: &mut Reader<'_>, root: &Node) -> Read<(Compatibility, Option<Node>)> {
    let mut meant = Compatibility::default();
    let mut shown = Shown::new();
    let Some(node) = root.get("compatibility") else { return Ok((meant, None)) };
    let Some(entries) = node.as_map() else {
        return Err(Fault::at(node, "mapValue() called on non-map Element in"));
    };
    for entry in entries {
        let (key, value) = (&*entry.key, &entry.value);
        let Some(on) = value.as_boolean() else {
            return Err(Fault::near(
                value,
                format!("compatibility parameter values must be boolean ({key} at {})", value.span),
            ));
        };
        let flag = match (key, reader.family) {
            ("lenient-option-parsing", _) => &mut meant.lenient_option_parsing,
            ("ignore-dhcp-server-identifier", Family::V4) => &mut meant.ignore_server_identifier,
            ("ignore-rai-link-selection", Family::V4) => &mut meant.ignore_rai_link_selection,
            ("exclude-first-last-24", Family::V4) => &mut meant.exclude_first_last_24,
            _ => return Err(Fault::at(value, format!("unsupported compatibility parameter: {key}"))),
        };
        *flag = on;
        if on {
            if reader.family == Family::V6 {
                reader.unserved("compatibility");
            }
            shown.set(key, true);
        }
    }
    Ok((meant, (meant != Compatibility::default()).then(|| shown.finish())))
}

/// Reads how many samples new statistics keep; Kea takes a value of any type.
pub(crate) fn statistics(root: &Node) -> StatisticDefaults {
    StatisticDefaults {
        sample_count: global_number(root, "statistic-default-sample-count").unwrap_or(20),
        sample_age: global_number(root, "statistic-default-sample-age").unwrap_or(0),
    }
}

/// Reads a number at the top, where Kea takes a value of any type and keeps its low 32 bits.
pub(crate) fn global_number(root: &Node, key: &str) -> Option<u32> {
    root.get(key).and_then(Node::as_integer).map(truncated)
}
