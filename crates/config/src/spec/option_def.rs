//! `option-def`: options of the configuration's own.

use wire::option::{DataType, Definition, DefinitionError};

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

    fn option_def(&self, entry: &Node) -> Read<Definition> {
        self.check_keywords(entry, OPTION_DEF)?;
        let name = required_text(entry, "name")?;
        let code = code(entry)?;
        let kind = required_text(entry, "type")?;
        let space = text(entry, "space")?.unwrap_or_else(|| self.main_space());
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
}

fn code(entry: &Node) -> Read<u16> {
    let number = integer(entry, "code")?.ok_or_else(|| Fault::at(entry, "missing parameter 'code'"))?;
    let text = match number {
        ..0 => "option code must not be negative".to_owned(),
        0 => "invalid option code '0': reserved value".to_owned(),
        _ => match u16::try_from(number) {
            Ok(code) => return Ok(code),
            Err(_) => format!("invalid option code '{number}', it must not be greater than '65535'"),
        },
    };
    Err(at_key(entry, "code", text))
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

fn placed(entry: &Node, why: &DefinitionError) -> Fault {
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

fn show(entry: &Node, definition: &Definition) -> Node {
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
