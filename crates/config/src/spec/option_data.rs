//! `option-data`: option values, encoded for the wire.

use model::class::Guard;
use model::{ClassName, ConfiguredOption, Family, OptionSet};
use wire::option::definition::{DHCP4, DHCP6, is_name};
use wire::option::vendor::enterprise_of;
use wire::option::{DataType, Definition, Definitions, ValueError, encode, encode_hex, settle, standard};
use wire::v4::code;
use wire::write::Writer;

use super::Reader;
use super::expected::expected;
use super::guard::class_list_loosely;
use super::scope::OPTION_DATA;
use crate::address::upper_hex;
use crate::fault::{Fault, Read, nearest};
use crate::fields::{at_key, flag, integer, list, map, text, truncated};
use crate::json::{Node, Value};
use crate::show::{Shown, texts};

/// Where an `option-data` list stands; texts and defaults differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OptionScope {
    /// At the top: values are text unless said otherwise.
    Global,
    /// In a pool: findings name the list too.
    Pool,
    /// Anywhere else.
    Other,
}

/// The options of one scope, as meant and as shown.
pub(crate) struct Options {
    pub(crate) set: OptionSet,
    pub(crate) shown: Value,
}

struct Entry {
    option: ConfiguredOption,
    encapsulates: Option<String>,
    shown: Node,
}

impl Reader<'_> {
    /// Reads the `option-data` of a scope.
    pub(crate) fn option_list(&mut self, scope: &Node, kind: OptionScope) -> Read<Options> {
        let mut all = Vec::new();
        for entry in list(scope, "option-data")? {
            let read = map(entry).and_then(|entry| self.option(entry, kind));
            all.push(match (scope.get("option-data"), kind) {
                (Some(list), OptionScope::Pool) => read.map_err(|fault| fault.within(list))?,
                _ => read?,
            });
        }
        let (order, options): (Vec<_>, Vec<_>) = all
            .into_iter()
            .map(|read| ((read.option.space.to_string(), read.shown), (read.option, read.encapsulates)))
            .unzip();
        Ok(Options { set: compose(self.family, &options), shown: in_order(order) })
    }

    fn option(&self, entry: &Node, kind: OptionScope) -> Read<Entry> {
        self.check_keywords(entry, OPTION_DATA)?;
        let (code, name) = (self.option_code(entry)?, name(entry)?);
        let space = text(entry, "space")?.unwrap_or_else(|| self.main_space());
        if !is_name(space) {
            return Err(at_key(entry, "space", format!("invalid option space name '{space}'")));
        }
        let foreign = self.family.pick(("dhcp6", Family::V6), ("dhcp4", Family::V4));
        if space == foreign.0 {
            let text = format!("'{space}' option space name is reserved for DHCPv{} server", foreign.1.digit());
            return Err(at_key(entry, "space", text));
        }
        if code.is_none() && name.is_none() {
            return Err(Fault::at(
                entry,
                "option data configuration requires one of 'code' or 'name' parameters to be specified",
            ));
        }
        let csv = flag(entry, "csv-format")?.or((kind == OptionScope::Global).then_some(true));
        let definition = self.definition(entry, (space, code, name), csv)?;
        let never_send = flag(entry, "never-send")?.unwrap_or(false);
        let data = text(entry, "data")?.unwrap_or("");
        let as_text = definition.is_some() && csv.unwrap_or(true);
        let value = match definition {
            Some(definition) if data.is_empty() && as_text && (never_send || is_list(definition)) => Vec::new(),
            Some(definition) if as_text => {
                encode(definition, data, self.family).map_err(|why| self.unfit(entry, (definition, true), &why))?
            }
            Some(_) | None => encode_hex(data).map_err(|why| at_key(entry, "data", why.to_string()))?,
        };
        let value = match definition {
            Some(definition) if !(never_send && value.is_empty()) => {
                settle(definition, &value, self.family).map_err(|why| self.unfit(entry, (definition, as_text), &why))?
            }
            Some(_) | None => value,
        };
        if let (None, Some(why)) = (definition, self.reserved(space, code.unwrap_or(0)))
            && !(never_send && value.is_empty())
        {
            return Err(Fault::at(entry, why));
        }
        let code = definition.map_or(code.unwrap_or(0), |definition| definition.code);
        let is_container = definition.is_some_and(|definition| definition.kind == DataType::Empty);
        let value = match (self.family, code) {
            (Family::V4, code::VENDOR_ENCAPSULATED) if is_container && space == DHCP4 => whole(&value),
            (Family::V4 | Family::V6, _) => value,
        };
        let option = ConfiguredOption {
            space: space.into(),
            code,
            value: value.into(),
            always_send: flag(entry, "always-send")?.unwrap_or(false),
            never_send,
            guard: Guard(class_list_loosely(entry, "client-classes")?),
        };
        let name = definition.map(|definition| &*definition.name).or(name);
        let shown = show(entry, &option, name, (as_text && !data.is_empty()).then_some(data));
        let encapsulates = definition.and_then(|definition| definition.encapsulates.as_deref());
        // Kea: the options of a message are inside no other, whatever its definition says.
        // Those of a vendor hold no others either.
        let encapsulates =
            encapsulates.filter(|inside| ![DHCP4, DHCP6].contains(inside) && enterprise_of(space).is_none());
        let encapsulates = encapsulates.map(str::to_owned);
        Ok(Entry { option, encapsulates, shown })
    }

    fn unfit(&self, entry: &Node, (definition, as_text): (&Definition, bool), why: &ValueError) -> Fault {
        let Definition { space, code, .. } = definition;
        let text = format!("option data does not match option definition (space: {space}, code: {code}): {why}");
        at_key(entry, "data", text).hinted(Some(expected(definition, self.family, as_text)))
    }

    fn option_code(&self, entry: &Node) -> Read<Option<u16>> {
        let Some(number) = integer(entry, "code")? else { return Ok(None) };
        let (most, words) = self.family.pick((255, "be greater than"), (u16::MAX, "exceed"));
        match u16::try_from(number) {
            Ok(code) if code <= most => Ok(Some(code)),
            _ => {
                let number = truncated(number);
                Err(at_key(entry, "code", format!("invalid option code '{number}', it must not {words} '{most}'")))
            }
        }
    }

    fn definition(
        &self,
        entry: &Node,
        (space, code, name): (&str, Option<u16>, Option<&str>),
        csv: Option<bool>,
    ) -> Read<Option<&Definition>> {
        let written = name.unwrap_or("");
        let mut own = self.class_definitions.iter().filter(|own| own.space == space);
        let own = own.find(|own| code.map_or(own.name == written, |code| own.code == code));
        let found = own.or_else(|| match code {
            Some(code) => self.definitions.by_code(space, code),
            None => self.definitions.by_name(space, written),
        });
        // Without a name, Kea points at the whole entry.
        let key = "name";
        if let Some(found) = found {
            if name.is_some_and(|name| *name != *found.name) {
                let text = format!(
                    "specified option name '{written}' does not match the option definition: '{space}.{}'",
                    found.name
                );
                return Err(at_key(entry, "name", text));
            }
            return Ok(Some(found));
        }
        let hint = || name.and_then(|name| nearest(name, known_names(&self.definitions, space).into_iter()));
        if csv == Some(true) {
            let code = code.unwrap_or(0);
            let text = format!("definition for the option '{space}.{written}' having code '{code}' does not exist");
            return Err(at_key(entry, key, text).hinted(hint()));
        }
        if code.is_none() {
            let text = format!("definition for the option '{space}.{written}' does not exist");
            return Err(at_key(entry, key, text).hinted(hint()));
        }
        Ok(None)
    }
}

/// Says whether the value may hold any number of values, none included.
fn is_list(definition: &Definition) -> bool {
    definition.array && definition.record.is_empty()
}

fn known_names<'a>(definitions: &'a Definitions, space: &str) -> Vec<&'a str> {
    let standard = standard::all(definitions.family()).filter(|definition| definition.space == space);
    let own = definitions.custom().filter(|definition| definition.space == space);
    standard.map(|definition| &*definition.name).chain(own.map(|definition| &*definition.name)).collect()
}

fn name(entry: &Node) -> Read<Option<&str>> {
    let name = text(entry, "name")?;
    match name {
        Some(name) if name.contains(' ') => {
            Err(at_key(entry, "name", format!("invalid option name '{name}', space character is not allowed")))
        }
        _ => Ok(name),
    }
}

fn show(entry: &Node, option: &ConfiguredOption, name: Option<&str>, data: Option<&str>) -> Node {
    let mut shown = Shown::new();
    shown
        .set("code", u32::from(option.code))
        .set("space", &*option.space)
        .set("csv-format", data.is_some())
        .set("data", data.map_or_else(|| upper_hex(&option.value), str::to_owned))
        .set("always-send", option.always_send)
        .set("never-send", option.never_send)
        .context(entry);
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        shown.set("name", name);
    }
    if !option.guard.0.is_empty() {
        shown.set("client-classes", texts(option.guard.0.iter().map(ClassName::as_str)));
    }
    shown.finish()
}

/// Lists options by space, vendor spaces last and by enterprise number; within a space as written.
fn in_order(mut entries: Vec<(String, Node)>) -> Value {
    entries.sort_by_cached_key(|(space, _)| match enterprise_of(space) {
        Some(enterprise) => (Some(enterprise), String::new()),
        None => (None, space.clone()),
    });
    Value::List(entries.into_iter().map(|(_, shown)| shown).collect())
}

/// Puts the options of encapsulated spaces behind the values of the options that encapsulate them.
fn compose(family: Family, options: &[(ConfiguredOption, Option<String>)]) -> OptionSet {
    OptionSet::new(
        options
            .iter()
            .map(|(option, encapsulates)| {
                let mut option = option.clone();
                if let Some(space) = encapsulates {
                    let mut value = option.value.into_vec();
                    append(family, options, space, &mut value, MAX_NESTING);
                    option.value = value.into();
                }
                option
            })
            .collect(),
    )
}

/// Takes the whole sub-options of a value written as octets.
///
/// Kea: what follows them is left out.
fn whole(value: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    for option in wire::v4::Options::of_framed_value(value).iter() {
        writer.option4(u8::try_from(option.code).unwrap_or_default(), option.value);
    }
    writer.finish()
}

/// How deep spaces may encapsulate each other.
const MAX_NESTING: u8 = 8;

fn append(family: Family, options: &[(ConfiguredOption, Option<String>)], space: &str, into: &mut Vec<u8>, depth: u8) {
    let Some(deeper) = depth.checked_sub(1) else { return };
    let mut inner: Vec<_> = options.iter().filter(|(option, _)| *option.space == *space).collect();
    inner.sort_by_key(|(option, _)| option.code);
    for (option, encapsulates) in inner {
        let mut value = option.value.to_vec();
        if let Some(space) = encapsulates {
            append(family, options, space, &mut value, deeper);
        }
        let header = match family {
            Family::V4 => u8::try_from(option.code)
                .ok()
                .zip(u8::try_from(value.len()).ok())
                .map(|(code, length)| vec![code, length]),
            Family::V6 => {
                u16::try_from(value.len()).ok().map(|length| [option.code.to_be_bytes(), length.to_be_bytes()].concat())
            }
        };
        if let Some(header) = header {
            into.extend(header);
            into.extend(value);
        }
    }
}
