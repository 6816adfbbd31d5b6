//! `option-def`: options of the configuration's own.

use model::Family;
use wire::option::definition::{DHCP4, DHCP6, is_name};
use wire::option::{DataType, Definition, DefinitionError, standard};

use super::Reader;
use super::pool::required_text;
use super::scope::OPTION_DEF;
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, integer, list, map, text};
use crate::json::{Node, Value};
use crate::show::Shown;
use std::borrow::Cow;

impl Reader<'_> {
    /// Reads `option-def` into the definitions.
    pub(crate) fn option_defs(&mut self, root: &Node) -> Read<Value> {
        let mut all = Vec::new();
        for entry in list(root, "option-def")? {
            let definition = self.option_def(map(entry)?)?;
            all.push((definition.space.to_string(), show(entry, &definition)));
            self.definitions.add(definition).map_err(|why| placed(entry, &why))?;
        }
        all.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(Value::List(all.into_iter().map(|(_, shown)| shown).collect()))
    }

    pub(crate) fn option_def(&self, entry: &Node) -> Read<Definition> {
        self.check_keywords(entry, OPTION_DEF)?;
        let name = required_text(entry, "name")?;
        let code = self.code(entry)?;
        let kind = required_text(entry, "type")?;
        let space = text(entry, "space")?.unwrap_or_else(|| self.main_space());
        if !is_name(space) {
            return Err(placed(entry, &DefinitionError::Space(space.to_owned())));
        }
        let foreign = self.family.pick((Family::V6, DHCP6), (Family::V4, DHCP4));
        if space == foreign.1 && standard::by_code(foreign.0, space, code).is_some() {
            let why = DefinitionError::Standard { option: code.to_string(), space: space.to_owned() };
            return Err(placed(entry, &why));
        }
        if let Some(why) = self.reserved(space, code) {
            return Err(at_key(entry, "code", why));
        }
        if !is_name(name) {
            return Err(placed(entry, &DefinitionError::Name(name.to_owned())));
        }
        let kind = DataType::from_name(kind).ok_or_else(|| {
            let names = DataType::all().map(DataType::name);
            Fault::at(entry, "option type 255 not supported.").hinted(crate::fault::nearest(kind, names))
        })?;
        let encapsulates = text(entry, "encapsulate")?.filter(|space| !space.is_empty());
        Ok(Definition {
            array: flag(entry, "array")?.unwrap_or(false),
            record: Cow::Owned(fields(entry)?),
            encapsulates: encapsulates.map(|space| Cow::Owned(space.to_owned())),
            ..Definition::custom(space, code, name, kind)
        })
    }

    fn code(&self, entry: &Node) -> Read<u16> {
        let number = integer(entry, "code")?.ok_or_else(|| Fault::at(entry, "missing parameter 'code'"))?;
        let most = self.family.pick(u16::from(u8::MAX), u16::MAX);
        let text = match u16::try_from(number) {
            Ok(code) if code <= most => return Ok(code),
            Err(_) if number < 0 => "option code must not be negative".to_owned(),
            _ => format!("invalid option code '{number}', it must not be greater than '{most}'"),
        };
        Err(at_key(entry, "code", text))
    }

    /// Says why no option of the main space can have `code`.
    pub(crate) fn reserved(&self, space: &str, code: u16) -> Option<String> {
        let why = match (self.family, code) {
            (Family::V4, 0) => "PAD",
            (Family::V4, 255) => "END",
            (Family::V6, 0) if space == self.main_space() => {
                return Some("invalid option code '0': reserved value".to_owned());
            }
            _ => return None,
        };
        (space == self.main_space()).then(|| format!("invalid option code '{code}': reserved for {why}"))
    }
}

fn fields(entry: &Node) -> Read<Vec<DataType>> {
    let written = text(entry, "record-types")?.unwrap_or("");
    if written.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut fields = Vec::new();
    for name in written.split(',') {
        fields.push(DataType::from_name(name.trim()).ok_or_else(|| {
            at_key(
                entry,
                "record-types",
                "invalid record type values specified for the option definition: attempted to add invalid data type \
                 'unknown' to the record.",
            )
        })?);
    }
    Ok(fields)
}

/// Places the reason why a definition cannot be.
pub(crate) fn placed(entry: &Node, why: &DefinitionError) -> Fault {
    let key = match why {
        DefinitionError::Space(_) => "space",
        DefinitionError::FieldType(_) | DefinitionError::FieldsWithoutRecord(_) => "record-types",
        DefinitionError::Name(_)
        | DefinitionError::EncapsulatedSpace(_)
        | DefinitionError::EncapsulatesItself { .. }
        | DefinitionError::ArrayEncapsulates { .. }
        | DefinitionError::Array(_)
        | DefinitionError::Fields(_)
        | DefinitionError::Unbounded(_)
        | DefinitionError::InternalField
        | DefinitionError::Standard { .. }
        | DefinitionError::DuplicateCode { .. }
        | DefinitionError::DuplicateName { .. } => return Fault::at(entry, why.to_string()),
    };
    at_key(entry, key, why.to_string())
}

/// Shows a definition.
pub(crate) fn show(entry: &Node, definition: &Definition) -> Node {
    let fields: Vec<_> = definition.record.iter().map(|field| field.name()).collect();
    let mut shown = Shown::new();
    shown
        .set("array", definition.array)
        .set("code", u32::from(definition.code))
        .set("encapsulate", definition.encapsulates.as_deref().unwrap_or(""))
        .set("name", &*definition.name)
        .set("record-types", fields.join(", "))
        .set("space", &*definition.space)
        .set("type", definition.kind.name())
        .context(entry);
    shown.finish()
}
