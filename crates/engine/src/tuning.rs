//! Does an expression call the client otherwise, and is DNS told of it? (Kea's library `libdhcp_ddns_tuning.so`)

use model::expression::{Query, Scratch, StringExpression};
use model::settings::Names;
use model::{Family, Subnet, SubnetId, tuning};
use wire::fqdn::LABEL_LIMIT;

use crate::classify::{self, Subject};
use crate::course::Course;
use crate::event::{Event, Renaming};
use crate::naming::ClientName;

/// What expressions call the client where it may get leases.
#[derive(Debug, Default)]
pub(crate) struct Calculated {
    /// The library is there.
    is_there: bool,
    /// DNS is not told of the client.
    skips: bool,
    names: Vec<(SubnetId, String)>,
    /// What was told last.
    told: Option<String>,
    /// It was told that DNS is not.
    told_skipped: bool,
}

/// The longest name, in octets.
const NAME_LIMIT: usize = 255;

/// Calculates what the client is called in each of its subnets.
pub(crate) fn calculate(course: &mut Course<'_>, subject: Subject<'_>) {
    let model = course.model;
    let Some(tuning) = &model.settings.name_tuning else { return };
    let mut names = Vec::new();
    let mut faults = Vec::new();
    for subnet in &course.subnets {
        let Some(expression) = tuning.of(subnet.id) else { continue };
        match evaluate(course, subject, expression) {
            Ok(name) if name.is_empty() => {}
            Ok(name) => names.push((subnet.id, qualified(model.family, &subnet.names, name))),
            Err(why) => faults.push(why),
        }
    }
    for why in faults {
        course.tell(Event::Renaming(Box::new(Renaming::Failed(why.into()))));
    }
    let skips = course.classes.iter().any(|class| class.as_str() == tuning::SKIP_DDNS);
    course.calculated = Calculated { is_there: true, skips, names, ..Calculated::default() };
}

fn evaluate(course: &Course<'_>, subject: Subject<'_>, expression: &StringExpression) -> Result<String, String> {
    let mut scratch = Scratch::default();
    let value = |query: &dyn Query| -> Result<String, String> {
        let octets = expression.evaluate(query, &mut scratch).map_err(|why| why.to_string())?;
        Ok(String::from_utf8_lossy(octets).into_owned())
    };
    let name = classify::with_query(course, subject, true, value)?;
    match fault(&name) {
        None => Ok(name),
        Some(what) => Err(format!("{what} {name}")),
    }
}

/// Says what keeps a name from being one.
fn fault(name: &str) -> Option<&'static str> {
    if matches!(name, "" | ".") {
        return None;
    }
    let labels = name.strip_suffix('.').unwrap_or(name);
    if labels.split('.').any(|label| label.len() > LABEL_LIMIT) {
        return Some("label is too long in");
    }
    let too_long = labels.len().saturating_add(2) > NAME_LIMIT;
    let empty = labels.split('.').any(str::is_empty);
    if empty { Some("duplicate period in") } else { too_long.then_some("name is too long in") }
}

/// Adds the suffix to a name of one label.
///
/// Kea: not to one that ends in a dot, which a DHCPv4 name of one label then loses; a longer name stays as it is.
fn qualified(family: Family, names: &Names, name: String) -> String {
    let label = name.strip_suffix('.').unwrap_or(&name);
    if label.is_empty() || label.contains('.') {
        return name;
    }
    let suffix = names.qualifying_suffix.trim_end_matches('.');
    let whole =
        if label.len() < name.len() || suffix.is_empty() { label.to_owned() } else { format!("{label}.{suffix}") };
    family.pick(whole.clone(), format!("{whole}."))
}

/// Gives the client its calculated name, if it has one in a subnet.
///
/// Kea: in DHCPv6 only a client that is to hear of its name gets one.
pub(crate) fn apply(course: &mut Course<'_>, name: Option<ClientName>, subnet: Option<&Subnet>) -> Option<ClientName> {
    let calculated = &course.calculated;
    let is_told = name.as_ref().is_some_and(ClientName::is_told);
    if !calculated.is_there || (course.model.family == Family::V6 && !is_told) {
        return name;
    }
    let (family, skips) = (course.model.family, calculated.skips);
    let found = subnet.and_then(|subnet| calculated.names.iter().find(|(id, _)| *id == subnet.id));
    let after = found.map(|(_, name)| name.clone());
    let names = subnet.map(|subnet| &subnet.names);
    let mut name = name;
    if let Some((after, names)) = after.zip(names) {
        let before = name.as_ref().map(|name| name.whole(names)).unwrap_or_default();
        if before != after {
            match &mut name {
                Some(name) => name.replace(family, &after),
                None => name = Some(ClientName::untold(&after)),
            }
            tell_calculated(course, before, after);
        }
    }
    if let Some(name) = name.as_mut().filter(|_| skips) {
        name.skip_updates();
        if !std::mem::replace(&mut course.calculated.told_skipped, true) {
            course.trace(|| Event::Renaming(Box::new(Renaming::Skipped)));
        }
    }
    name
}

/// Tells of a name, once.
fn tell_calculated(course: &mut Course<'_>, before: String, after: String) {
    if course.datagram.trace && course.calculated.told.as_ref() != Some(&after) {
        course.calculated.told = Some(after.clone());
        let (before, after) = (before.into(), after.into());
        course.tell(Event::Renaming(Box::new(Renaming::Calculated { before, after })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_one_label_gets_the_suffix_unless_it_ends_in_a_dot() {
        let names = Names { qualifying_suffix: "example.org.".into(), ..Names::default() };
        let both = |name: &str| [Family::V4, Family::V6].map(|family| qualified(family, &names, name.to_owned()));
        assert_eq!(both("a"), ["a.example.org", "a.example.org."]);
        assert_eq!(both("a."), ["a", "a."]);
        assert_eq!(both("a.b"), ["a.b", "a.b"]);
        assert_eq!(both("a.b."), ["a.b.", "a.b."]);
        assert_eq!(both("."), [".", "."]);
        assert_eq!(qualified(Family::V6, &Names::default(), "a".to_owned()), "a.");
    }

    #[test]
    fn what_is_no_name_is_told_apart() {
        assert_eq!(fault("a..b"), Some("duplicate period in"));
        assert_eq!(fault(&"a".repeat(64)), Some("label is too long in"));
        assert_eq!(fault(&["a"; 130].join(".")), Some("name is too long in"));
        assert_eq!([fault("."), fault("a."), fault("a.b"), fault("A b_")], [None; 4]);
    }
}
