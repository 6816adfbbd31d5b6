//! What is the client called, and who tells DNS? (RFC 4704)

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;

use model::Resource;
use model::settings::{Names, ReplaceClientName};
use wire::fqdn::Name;
use wire::v6::{ClientFqdn, code, fqdn};

use crate::v6::{Reply, Session};

/// What the client is called, as far as it is known before and after it has a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientName {
    /// The name; empty until one is generated.
    name: String,
    flags: u8,
    forward: bool,
    reverse: bool,
}

/// What a lease keeps of its client's name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct LeaseName {
    pub(crate) hostname: Box<str>,
    pub(crate) forward: bool,
    pub(crate) reverse: bool,
}

/// Reads the client's name and settles who updates DNS.
pub(crate) fn prepare(session: &mut Session<'_>) {
    let Some(subnet) = session.subnet else { return };
    let names = &subnet.names;
    let enabled = session.model.settings.ddns_enabled && names.send_updates;
    let Some(value) = session.packet.message.options.first(code::CLIENT_FQDN) else {
        let generates = matches!(names.replace, ReplaceClientName::Always | ReplaceClientName::WhenNotPresent);
        if enabled && generates {
            session.name = Some(ClientName { name: String::new(), flags: fqdn::FLAG_S, forward: true, reverse: true });
        }
        return;
    };
    let Ok(sent) = ClientFqdn::decode(value) else { return };
    let wants_s = sent.flags & fqdn::FLAG_S != 0;
    let wants_n = sent.flags & fqdn::FLAG_N != 0;
    let (s, n) = match (enabled, wants_n, wants_s) {
        (false, _, _) => (false, true),
        (true, false, true) => (true, false),
        (true, false, false) => (names.override_client_update, false),
        (true, true, _) => (names.override_no_update, !names.override_no_update),
    };
    let mut flags = 0;
    for (set, flag) in [(s, fqdn::FLAG_S), (s != wants_s, fqdn::FLAG_O), (n, fqdn::FLAG_N)] {
        if set {
            flags |= flag;
        }
    }
    let Some(name) = client_name(names, &sent.name) else { return };
    session.name = Some(ClientName { name: name.to_ascii_lowercase(), flags, forward: s, reverse: !n });
}

/// Cleans and completes the name the client sent; empty if one is to be generated, `None` if nothing is left of it.
fn client_name(names: &Names, sent: &Name<'_>) -> Option<String> {
    let replaced = matches!(names.replace, ReplaceClientName::Always | ReplaceClientName::WhenPresent);
    if replaced || sent.is_empty() {
        return Some(String::new());
    }
    let mut name = String::new();
    for label in sent.labels() {
        let label = sanitise(names, &String::from_utf8_lossy(label));
        if label.is_empty() {
            return None;
        }
        name.push_str(&label);
        name.push('.');
    }
    if !sent.is_full() {
        name.pop();
        return Some(qualified(names, &name));
    }
    Some(name)
}

/// Adds the suffix to a partial name and makes it absolute.
fn qualified(names: &Names, name: &str) -> String {
    let suffix = names.qualifying_suffix.trim_end_matches('.');
    if suffix.is_empty() { format!("{name}.") } else { format!("{name}.{suffix}.") }
}

/// Replaces the characters that `hostname-char-set` calls bad.
///
/// Bracket expressions are understood, which is what the keyword is used for; others clean nothing.
pub(crate) fn sanitise(names: &Names, text: &str) -> String {
    let Some(set) = names.char_set.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return text.to_owned();
    };
    let (negated, set) = set.strip_prefix('^').map_or((false, set), |rest| (true, rest));
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if in_set(set, character) == negated && character != '\0' {
            clean.push(character);
        } else {
            clean.push_str(&names.char_replacement);
        }
    }
    clean
}

/// Says whether a bracket expression's inside names a character, by itself or in a range.
fn in_set(set: &str, character: char) -> bool {
    let mut rest = set.chars().peekable();
    while let Some(first) = rest.next() {
        let mut ahead = rest.clone();
        if ahead.next() == Some('-')
            && let Some(last) = ahead.next()
        {
            if (first..=last).contains(&character) {
                return true;
            }
            rest = ahead;
        } else if first == character {
            return true;
        }
    }
    false
}

/// Makes a name out of an address.
///
/// Kea: an IPv6 address whose text ends in a colon gets a zero, so that no label ends in a hyphen.
pub(crate) fn generated(names: &Names, address: IpAddr) -> String {
    let mut name = String::new();
    // Writing to a `String` cannot fail.
    let _written = write!(name, "{}-{address}", names.generated_prefix);
    let mut name = name.replace(['.', ':'], "-");
    if name.ends_with('-') {
        name.push('0');
    }
    qualified(names, &name)
}

impl ClientName {
    /// Gives what the lease of an address keeps of the name; prefixes have none.
    pub(crate) fn for_address(&mut self, names: &Names, resource: Resource) -> LeaseName {
        if matches!(resource, Resource::Prefix(..)) {
            return LeaseName::default();
        }
        if self.name.is_empty() {
            self.name = generated(names, resource.address()).to_ascii_lowercase();
        }
        LeaseName { hostname: self.name.to_ascii_lowercase().into(), forward: self.forward, reverse: self.reverse }
    }
}

/// Tells the client what it is called.
pub(crate) fn answer<'a>(session: &Session<'a>, reply: &mut Reply<'a>) {
    let Some(name) = &session.name else { return };
    if let Ok(value) = fqdn::encode(name.flags, &name.name) {
        reply.add(code::CLIENT_FQDN, Cow::Owned(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_ends_and_what_lies_between() {
        assert!(['a', 'm', 'z'].into_iter().all(|character| in_set("a-z", character)));
        assert!(!in_set("a-z", 'A'));
    }

    #[test]
    fn a_hyphen_at_the_end_stands_for_itself() {
        assert!(in_set("a-z-", '-'));
        assert!(!in_set("a-z", '-'));
    }
}
