//! How client names are made, cleaned and put into DNS, as any scope may say.

use std::sync::Arc;

use model::Seconds;
use model::settings::{CharSet, NameTtl, Names, ReplaceClientName};

use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, low32, real, text};
use crate::json::Node;
use crate::show::Shown;

/// The keys a scope may set, all shown only where they are set.
pub(crate) const KEYS: [&str; 14] = [
    "ddns-conflict-resolution-mode",
    "ddns-generated-prefix",
    "ddns-override-client-update",
    "ddns-override-no-update",
    "ddns-qualifying-suffix",
    "ddns-replace-client-name",
    "ddns-send-updates",
    "ddns-ttl",
    "ddns-ttl-max",
    "ddns-ttl-min",
    "ddns-ttl-percent",
    "ddns-update-on-renew",
    "hostname-char-replacement",
    "hostname-char-set",
];

const REPLACE: [(&str, ReplaceClientName); 4] = [
    ("never", ReplaceClientName::Never),
    ("always", ReplaceClientName::Always),
    ("when-present", ReplaceClientName::WhenPresent),
    ("when-not-present", ReplaceClientName::WhenNotPresent),
];

/// Says whether a scope sets anything about names itself.
pub(crate) fn is_set_in(map: &Node) -> bool {
    KEYS.iter().any(|key| map.get(key).is_some())
}

/// Reads a scope over what the scope around it says; one that says nothing shares that.
pub(crate) fn shared(outer: &Arc<Names>, map: &Node) -> Read<Arc<Names>> {
    if is_set_in(map) { over(outer, map).map(Arc::new) } else { Ok(Arc::clone(outer)) }
}

/// Reads a scope over what the scope around it says.
pub(crate) fn over(outer: &Names, map: &Node) -> Read<Names> {
    let words = |key, outer: &str| Ok::<_, Fault>(Box::from(text(map, key)?.unwrap_or(outer)));
    Ok(Names {
        send_updates: flag(map, "ddns-send-updates")?.unwrap_or(outer.send_updates),
        override_no_update: flag(map, "ddns-override-no-update")?.unwrap_or(outer.override_no_update),
        override_client_update: flag(map, "ddns-override-client-update")?.unwrap_or(outer.override_client_update),
        replace: replace(map)?.unwrap_or(outer.replace),
        generated_prefix: words("ddns-generated-prefix", &outer.generated_prefix)?,
        qualifying_suffix: words("ddns-qualifying-suffix", &outer.qualifying_suffix)?,
        update_on_renew: flag(map, "ddns-update-on-renew")?.unwrap_or(outer.update_on_renew),
        char_set: text(map, "hostname-char-set")?.map_or_else(|| outer.char_set.clone(), CharSet::from),
        char_replacement: words("hostname-char-replacement", &outer.char_replacement)?,
        ttl: ttl(&outer.ttl, map)?,
    })
}

fn ttl(outer: &NameTtl, map: &Node) -> Read<NameTtl> {
    let seconds = |key| Ok::<_, Fault>(low32(map, key)?.map(Seconds));
    Ok(NameTtl {
        fixed: seconds("ddns-ttl")?.or(outer.fixed),
        share: real(map, "ddns-ttl-percent")?.or(outer.share),
        least: seconds("ddns-ttl-min")?.or(outer.least),
        most: seconds("ddns-ttl-max")?.or(outer.most),
    })
}

fn replace(map: &Node) -> Read<Option<ReplaceClientName>> {
    let key = "ddns-replace-client-name";
    let Some(word) = text(map, key)? else { return Ok(None) };
    match REPLACE.iter().find(|(name, _)| *name == word) {
        Some((_, mode)) => Ok(Some(*mode)),
        None => {
            Err(at_key(map, key, format!("invalid ReplaceClientName mode ({word}) specified for parameter '{key}'")))
        }
    }
}

/// Checks the lifetime of DNS records.
pub(crate) fn check_ttl(map: &Node) -> Read<()> {
    let place = |key: &str| map.get(key).unwrap_or(map);
    let both = |what: &str| Err(Fault::near(place(what), format!("cannot specify both {what} and ddns-ttl")));
    let (percent, ttl) = (real(map, "ddns-ttl-percent")?, integer(map, "ddns-ttl")?);
    let (min, max) = (integer(map, "ddns-ttl-min")?, integer(map, "ddns-ttl-max")?);
    if ttl.is_some() {
        if percent.is_some() {
            return both("ddns-ttl-percent");
        }
        if min.is_some() {
            return both("ddns-ttl-min");
        }
        if max.is_some() {
            return both("ddns-ttl-max");
        }
    }
    match (min, max) {
        (Some(min), Some(max)) if max < min => {
            let text = format!("ddns-ttl-max: {max} must be greater than ddns-ttl-min: {min}");
            Err(Fault::near(place("ddns-ttl-max"), text))
        }
        _ => Ok(()),
    }
}

/// Checks that the expression for bad characters is one.
pub(crate) fn check_char_set(map: &Node) -> Read<()> {
    let Some(expression) = text(map, "hostname-char-set")? else { return Ok(()) };
    if CharSet::from(expression).is_valid() {
        return Ok(());
    }
    let at = map.get("hostname-char-set").unwrap_or(map);
    Err(Fault::near(at, format!("hostname-char-set '{expression}' is not a valid regular expression")))
}

/// Shows what the scope sets itself.
pub(crate) fn show(shown: &mut Shown, map: &Node) {
    shown.copy(map, &KEYS);
    let old = map.get("ddns-use-conflict-resolution").and_then(Node::as_boolean);
    if let (Some(old), None) = (old, map.get("ddns-conflict-resolution-mode")) {
        let mode = if old { "check-with-dhcid" } else { "no-check-with-dhcid" };
        shown.set("ddns-conflict-resolution-mode", mode);
    }
}
