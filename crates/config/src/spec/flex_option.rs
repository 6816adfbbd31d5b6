//! The parameters of `libdhcp_flex_option.so`: what is done to the options of replies at last.

use model::expression::{BooleanExpression, StringExpression};
use model::flexible::{Action, Container, FlexibleOption, OptionChange, SubOptionChange, ValueChange};
use model::{ClassName, Family};
use wire::option::definition::is_name;
use wire::option::shape::size;
use wire::option::vendor::enterprise_of;
use wire::option::{DataType, Definition};

use super::Reader;
use crate::HookLibrary;
use crate::fault::{Fault, Read, nearest};
use crate::json::{Node, Value, print};

/// The library's file name.
const LIBRARY: &str = "libdhcp_flex_option.so";
/// What is done to an option; one of them in an entry.
const ACTIONS: [&str; 3] = ["add", "supersede", "remove"];
const KEYWORDS: [&str; 9] =
    ["code", "name", "space", "csv-format", "add", "supersede", "remove", "client-class", "comment"];
/// The keyword of whole options alone.
const SUB_OPTIONS: &str = "sub-options";
/// Those of options inside others alone.
const CONTAINER: [&str; 2] = ["container-add", "container-remove"];

/// What the option of an entry is called in a finding.
#[derive(Clone, Copy)]
enum Kind {
    Whole,
    Inside,
}

/// The option an entry is about.
struct Subject<'n> {
    code: u16,
    space: &'n str,
    definition: Option<Definition>,
}

impl Reader<'_> {
    /// Reads what the library is told, if it is there: the changes by ascending code.
    pub(crate) fn flexible_options(&self, hooks: &[HookLibrary]) -> Read<Vec<FlexibleOption>> {
        let Some(hook) = hooks.iter().find(|hook| hook.name == LIBRARY) else { return Ok(Vec::new()) };
        let Some(node) = hook.parameters.as_ref().and_then(|map| map.get("options")) else {
            let text = "'options' parameter is mandatory".to_owned();
            return Err(Fault { text, span: Some(hook.position.clone()), hint: None });
        };
        let entries = node.as_list().ok_or_else(|| Fault::near(node, "'options' parameter must be a list"))?;
        let mut changes: Vec<FlexibleOption> = Vec::new();
        for entry in entries {
            let change = self.flexible_option(entry)?;
            let others = || changes.iter().filter(|other| other.code == change.code).flat_map(inside);
            if let Some(twice) = inside(&change).find(|own| others().any(|other| other.code == own.code)) {
                return Err(again(entry, twice.code, change.code));
            }
            changes.push(change);
        }
        changes.sort_by_key(|change| change.code);
        Ok(changes)
    }

    fn flexible_option(&self, entry: &Node) -> Read<FlexibleOption> {
        check(entry, Kind::Whole)?;
        let option = self.flexible_subject(entry, Kind::Whole, self.main_space())?;
        let client_class = client_class(entry)?;
        let change = match entry.get(SUB_OPTIONS) {
            None => OptionChange::Whole(Box::new(self.value_change(entry, &option)?)),
            Some(node) => {
                let list = node.as_list().ok_or_else(|| wrong(node, SUB_OPTIONS, "a list"))?;
                if let Some(action) = ACTIONS.iter().find(|action| entry.get(action).is_some()) {
                    let text = format!("'{SUB_OPTIONS}' and '{action}' are incompatible in the same entry");
                    return Err(Fault::near(entry, text));
                }
                OptionChange::Inside(self.sub_option_changes(list, &option)?)
            }
        };
        Ok(FlexibleOption { code: option.code, client_class, change })
    }

    /// Reads the changes inside an option, by ascending code.
    fn sub_option_changes(&self, entries: &[Node], around: &Subject<'_>) -> Read<Vec<SubOptionChange>> {
        let mut changes: Vec<SubOptionChange> = Vec::new();
        for entry in entries {
            let change = self.sub_option_change(entry, around)?;
            if changes.iter().any(|there| there.code == change.code) {
                return Err(again(entry, change.code, around.code));
            }
            changes.push(change);
        }
        changes.sort_by_key(|change| change.code);
        Ok(changes)
    }

    fn sub_option_change(&self, entry: &Node, around: &Subject<'_>) -> Read<SubOptionChange> {
        check(entry, Kind::Inside)?;
        let space = || match &around.definition {
            None => Err("container is not defined: can't get space"),
            Some(definition) => definition.encapsulates.as_deref().ok_or("container does not encapsulate a space"),
        };
        let space = if entry.get("space").is_some() { Ok("") } else { space() };
        let option = self.flexible_subject(entry, Kind::Inside, space.map_err(|text| Fault::near(entry, text))?)?;
        let holds_vendors = around.code == self.family.pick(wire::v4::code::VIVSO, wire::v6::code::VENDOR_OPTS);
        let container = match enterprise_of(option.space).filter(|_| holds_vendors) {
            Some(enterprise) => Container::Vendor(enterprise),
            None => Container::Fields(around.definition.as_ref().map_or(0, fields)),
        };
        Ok(SubOptionChange {
            code: option.code,
            client_class: client_class(entry)?,
            adds_container: truth(entry, "container-add")?.unwrap_or(true),
            removes_container: truth(entry, "container-remove")?.unwrap_or(true),
            container,
            change: self.value_change(entry, &option)?,
        })
    }

    fn flexible_subject<'n>(&self, entry: &'n Node, kind: Kind, space: &'n str) -> Read<Subject<'n>> {
        let words = kind.words();
        let space = word(entry, "space")?.unwrap_or(space);
        if !is_name(space) {
            return Err(at(entry, "space", format!("'{space}' is not a valid space name")));
        }
        let code = self.flexible_code(entry, kind, space)?;
        let name = word(entry, "name")?;
        if name == Some("") {
            return Err(at(entry, "name", "'name' must not be empty".to_owned()));
        }
        let named = name.and_then(|name| self.definitions.by_name(space, name));
        let definition = match (code, name) {
            (_, Some(name)) => {
                let unknown = || at(entry, "name", format!("no known '{name}' {words} in '{space}' space"));
                let named = named.ok_or_else(unknown)?;
                if let Some(code) = code.filter(|code| *code != named.code) {
                    let defined = format!("{words} '{name}' is defined as code: {}", named.code);
                    return Err(at(entry, "name", format!("{defined}, not the specified code: {code}")));
                }
                Some(named)
            }
            (code, None) => code.and_then(|code| self.definitions.by_code(space, code)),
        };
        let code = definition.map_or(code.unwrap_or_default(), |definition| definition.code);
        Ok(Subject { code, space, definition: definition.cloned() })
    }

    fn flexible_code(&self, entry: &Node, kind: Kind, space: &str) -> Read<Option<u16>> {
        let Some(node) = entry.get("code") else { return Ok(None) };
        let number = node.as_integer().ok_or_else(|| wrong(node, "code", "an integer"))?;
        let most = self.family.pick(u16::from(u8::MAX), u16::MAX);
        let refused = |why: String| Err(Fault::near(node, format!("invalid 'code' value {number}{why}")));
        let Some(code) = u16::try_from(number).ok().filter(|code| *code <= most) else {
            return refused(format!(" not in [0..{most}]"));
        };
        let is_main = matches!(kind, Kind::Whole) && space == self.main_space();
        match (self.family, code) {
            (Family::V4, 0) if is_main => refused(": reserved for PAD".to_owned()),
            (Family::V4, 255) if is_main => refused(": reserved for END".to_owned()),
            (Family::V6, 0) if is_main => refused(": reserved".to_owned()),
            _ => Ok(Some(code)),
        }
    }

    fn value_change(&self, entry: &Node, option: &Subject<'_>) -> Read<ValueChange> {
        let is_text = truth(entry, "csv-format")?.unwrap_or(false);
        if is_text && option.definition.is_none() {
            let words = if entry.get(SUB_OPTIONS).is_none() && option.space == self.main_space() {
                Kind::Whole.words()
            } else {
                Kind::Inside.words()
            };
            let text = format!("no known {words} with code '{}' in '{}' space", option.code, option.space);
            return Err(Fault::near(entry, text));
        }
        let mut written = ACTIONS.iter().filter_map(|key| entry.get(key).map(|node| (*key, node)));
        let (key, node) = match (written.next(), written.next()) {
            (Some(action), None) => action,
            (None, _) => return Err(Fault::near(entry, format!("no action: {}", print::compact(entry)))),
            (Some(_), Some(_)) => {
                return Err(Fault::near(entry, format!("multiple actions: {}", print::compact(entry))));
            }
        };
        if !matches!(node.value, Value::String(_) | Value::List(_)) {
            return Err(wrong(node, key, "a string"));
        }
        if node.as_str() == Some("") {
            return Err(Fault::near(node, format!("'{key}' must not be empty")));
        }
        let tell = |text: &str, why: &model::expression::SyntaxError| {
            format!("can't parse {key} expression [{text}] error: {why}")
        };
        let action = match key {
            "add" => Action::Add(self.library_expression(node, StringExpression::compile, tell)?),
            "supersede" => Action::Supersede(self.library_expression(node, StringExpression::compile, tell)?),
            _ => Action::Remove(self.library_expression(node, BooleanExpression::compile, tell)?),
        };
        Ok(ValueChange { action, definition: option.definition.clone().filter(|_| is_text) })
    }
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Whole => "option",
            Self::Inside => "sub-option",
        }
    }
}

/// Checks what every entry has to keep to.
fn check(entry: &Node, kind: Kind) -> Read<()> {
    let Some(map) = entry.as_map() else {
        return Err(Fault::near(entry, format!("{} element is not a map", kind.words())));
    };
    let more = match kind {
        Kind::Whole => &[SUB_OPTIONS][..],
        Kind::Inside => &CONTAINER[..],
    };
    let known = || KEYWORDS.iter().chain(more).copied();
    if let Some(there) = map.iter().find(|there| !known().any(|key| key == there.key)) {
        let text = format!("unknown parameter '{}'", there.key);
        return Err(Fault::near(&there.value, text).hinted(nearest(&there.key, known())));
    }
    if entry.get("code").is_none() && entry.get("name").is_none() {
        return Err(Fault::near(entry, format!("'code' or 'name' must be specified: {}", print::compact(entry))));
    }
    Ok(())
}

/// Counts the octets that stand before the options inside an option.
fn fields(definition: &Definition) -> usize {
    let width = |kind: &DataType| size(&Definition::custom("", 0, "", *kind)).unwrap_or(0);
    if definition.kind == DataType::Record {
        definition.record.iter().map(width).sum()
    } else {
        width(&definition.kind)
    }
}

/// Walks the changes inside an option.
fn inside(change: &FlexibleOption) -> impl Iterator<Item = &SubOptionChange> {
    let changes = if let OptionChange::Inside(changes) = &change.change { changes.as_slice() } else { &[] };
    changes.iter()
}

fn again(entry: &Node, code: u16, around: u16) -> Fault {
    Fault::near(entry, format!("sub-option {code} of option {around} was already specified"))
}

fn client_class(entry: &Node) -> Read<Option<ClassName>> {
    Ok(word(entry, "client-class")?.filter(|class| !class.is_empty()).map(ClassName::new))
}

fn word<'n>(entry: &'n Node, key: &str) -> Read<Option<&'n str>> {
    entry.get(key).map(|node| node.as_str().ok_or_else(|| wrong(node, key, "a string"))).transpose()
}

fn truth(entry: &Node, key: &str) -> Read<Option<bool>> {
    entry.get(key).map(|node| node.as_boolean().ok_or_else(|| wrong(node, key, "a boolean"))).transpose()
}

fn wrong(node: &Node, key: &str, kind: &str) -> Fault {
    Fault::near(node, format!("'{key}' must be {kind}: {}", print::compact(node)))
}

fn at(entry: &Node, key: &str, text: String) -> Fault {
    Fault::near(entry.get(key).unwrap_or(entry), text)
}
