//! Class guards and lists of additional classes, under their old and new names.

use model::ClassName;
use model::class::Guard;

use super::Reader;
use crate::fault::{Fault, Read};
use crate::fields::{item_text, items, text};
use crate::json::Node;
use crate::show::{Shown, texts};

/// The classes a scope asks for, and those it adds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Classes {
    pub(crate) guard: Guard,
    pub(crate) additional: Vec<ClassName>,
}

impl Reader<'_> {
    /// Reads guard and additional classes of a pool, subnet or shared network.
    pub(crate) fn classes(&mut self, map: &Node) -> Read<Classes> {
        let mut guard = Vec::new();
        let old = text(map, "client-class")?;
        if let Some(name) = old {
            if map.get("client-classes").is_some() {
                return Err(both("client-class", "client-classes").placed(map));
            }
            self.notice(
                "DHCPSRV_CLIENT_CLASS_DEPRECATED",
                "The parameter 'client-class' is deprecated. Use 'client-classes' list parameter instead",
            );
            guard.extend((!name.is_empty()).then(|| ClassName::new(name)));
        }
        guard.extend(class_list(map, "client-classes")?);
        let mut additional = Vec::new();
        if map.get("require-client-classes").is_some() {
            if map.get("evaluate-additional-classes").is_some() {
                return Err(both("require-client-classes", "evaluate-additional-classes").placed(map));
            }
            self.notice(
                "DHCPSRV_REQUIRE_CLIENT_CLASSES_DEPRECATED",
                "The parameter 'require-client-classes' is deprecated. Use 'evaluate-additional-classes' instead",
            );
            additional.extend(class_list(map, "require-client-classes")?);
        }
        additional.extend(class_list(map, "evaluate-additional-classes")?);
        Ok(Classes { guard: Guard(guard), additional })
    }
}

/// Reads a list of class names.
pub(crate) fn class_list(map: &Node, key: &str) -> Read<Vec<ClassName>> {
    let Some(list) = map.get(key) else { return Ok(Vec::new()) };
    let mut names = Vec::new();
    for item in items(list)? {
        let name = item_text(item)?;
        if name.is_empty() {
            return Err(Fault::at(item, "invalid class name"));
        }
        names.push(ClassName::new(name));
    }
    Ok(names)
}

impl Classes {
    /// Shows what is not empty.
    pub(crate) fn show(&self, shown: &mut Shown) {
        let lists = [("client-classes", &self.guard.0), ("evaluate-additional-classes", &self.additional)];
        for (key, names) in lists {
            if !names.is_empty() {
                shown.set(key, texts(names.iter().map(ClassName::as_str)));
            }
        }
    }
}

/// The words for an old and a new keyword side by side.
pub(crate) fn both(old: &str, new: &str) -> Fault {
    Fault::new(format!("cannot specify both '{old}' and '{new}'. Use only the latter."))
}

/// Reads a list of class names as `option-data` takes it: empty names are skipped.
pub(crate) fn class_list_loosely(map: &Node, key: &str) -> Read<Vec<ClassName>> {
    let mut names = Vec::new();
    for item in crate::fields::list(map, key)? {
        let name = item_text(item)?;
        names.extend((!name.is_empty()).then(|| ClassName::new(name)));
    }
    Ok(names)
}
