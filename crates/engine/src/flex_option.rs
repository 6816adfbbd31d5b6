//! What expressions make of a finished reply: options added, superseded and removed, whole ones and those inside others.

use model::expression::{EvaluateError, Query, Scratch};
use model::flexible::{Action, Container, FlexibleOption, OptionChange, SubOptionChange, ValueChange};
use model::{ClassName, Family};
use wire::option::ValueError;
use wire::write::Writer;
use wire::{v4, v6};

use crate::assemble::Options;
use crate::classify::{self, Subject};
use crate::course::Course;

/// A change that cannot be made, because a value is none of its option.
struct Unfit;

impl From<EvaluateError> for Unfit {
    fn from(_: EvaluateError) -> Self {
        Self
    }
}

impl From<ValueError> for Unfit {
    fn from(_: ValueError) -> Self {
        Self
    }
}

/// Changes the options of a reply.
///
/// Kea: a change that cannot be made ends it all, but the reply goes out.
pub(crate) fn apply(course: &Course<'_>, subject: Subject<'_>, reply: &mut Options<'_>) {
    for entry in &course.model.settings.flexible_options {
        if is_for(course, entry.client_class.as_ref()) && change(course, subject, entry, reply).is_err() {
            return;
        }
    }
}

fn is_for(course: &Course<'_>, class: Option<&ClassName>) -> bool {
    class.is_none_or(|class| course.classes.contains(class))
}

fn change(
    course: &Course<'_>,
    subject: Subject<'_>,
    entry: &FlexibleOption,
    reply: &mut Options<'_>,
) -> Result<(), Unfit> {
    match &entry.change {
        OptionChange::Whole(change) => match effect(course, subject, change, reply.has(entry.code))? {
            Effect::Nothing => {}
            Effect::Remove => reply.remove(entry.code),
            Effect::Set(value) => {
                reply.remove(entry.code);
                reply.add(entry.code, value);
            }
        },
        OptionChange::Inside(changes) => {
            for change in changes.iter().filter(|change| is_for(course, change.client_class.as_ref())) {
                inside(course, subject, (entry.code, change), reply)?;
            }
        }
    }
    Ok(())
}

/// What comes of an action.
enum Effect {
    Nothing,
    Remove,
    Set(Vec<u8>),
}

fn effect(course: &Course<'_>, subject: Subject<'_>, change: &ValueChange, is_there: bool) -> Result<Effect, Unfit> {
    let mut scratch = Scratch::default();
    let expression = match &change.action {
        Action::Add(_) if is_there => return Ok(Effect::Nothing),
        Action::Remove(test) => {
            let holds = |query: &dyn Query| test.holds(query, &mut scratch);
            let holds = classify::with_query(course, subject, true, holds)?;
            return Ok(if holds && is_there { Effect::Remove } else { Effect::Nothing });
        }
        Action::Add(expression) | Action::Supersede(expression) => expression,
    };
    let value = |query: &dyn Query| expression.evaluate(query, &mut scratch).map(<[u8]>::to_vec);
    let value = classify::with_query(course, subject, true, value)?;
    Ok(match &change.definition {
        _ if value.is_empty() => Effect::Nothing,
        None => Effect::Set(value),
        Some(definition) => {
            let text = String::from_utf8_lossy(&value);
            Effect::Set(wire::option::encode(definition, &text, course.model.family)?)
        }
    })
}

/// Changes an option inside another one.
fn inside(
    course: &Course<'_>,
    subject: Subject<'_>,
    (code, change): (u16, &SubOptionChange),
    reply: &mut Options<'_>,
) -> Result<(), Unfit> {
    let family = course.model.family;
    let found = reply.iter().find(|(there, _)| *there == code).map(|(_, value)| value.to_vec());
    let Some(mut opened) = Opened::new(family, change.container, found.as_deref()) else { return Ok(()) };
    let is_there = opened.options.iter().any(|(there, _)| *there == change.code);
    match effect(course, subject, &change.change, is_there)? {
        Effect::Nothing => return Ok(()),
        Effect::Set(_) if found.is_none() && !change.adds_container => return Ok(()),
        Effect::Set(value) => {
            opened.options.retain(|(there, _)| *there != change.code);
            opened.options.push((change.code, value));
        }
        Effect::Remove => opened.options.retain(|(there, _)| *there != change.code),
    }
    reply.remove(code);
    if !(opened.options.is_empty() && change.removes_container) {
        reply.add(code, opened.close(family));
    }
    Ok(())
}

/// An option taken apart.
struct Opened {
    container: Container,
    head: Vec<u8>,
    options: Vec<(u16, Vec<u8>)>,
}

impl Opened {
    /// Takes an option apart, or begins a new one; `None` if it is another vendor's.
    fn new(family: Family, container: Container, value: Option<&[u8]>) -> Option<Self> {
        let (empty, whole) = match container {
            Container::Fields(length) => (vec![0; length], length),
            // RFC 3925 §4: in DHCPv4 a vendor's options have their length before them.
            Container::Vendor(enterprise) => (enterprise.to_be_bytes().to_vec(), family.pick(5, 4)),
        };
        let Some(value) = value else { return Some(Self { container, head: empty, options: Vec::new() }) };
        let head = value.get(..empty.len()).unwrap_or(value).to_vec();
        if matches!(container, Container::Vendor(_)) && head != empty {
            return None;
        }
        let rest = value.get(whole..).unwrap_or_default();
        let pair = |option: wire::RawOption<'_>| (option.code, option.value.to_vec());
        let options = match family {
            Family::V4 => v4::Options::of_value(rest).iter().map(pair).collect(),
            Family::V6 => {
                v6::Options::decode(rest).map(|options| options.iter().map(pair).collect()).unwrap_or_default()
            }
        };
        Some(Self { container, head, options })
    }

    /// Puts it together again, with the options inside by ascending code.
    fn close(mut self, family: Family) -> Vec<u8> {
        self.options.sort_by_key(|(code, _)| *code);
        let mut writer = Writer::new();
        for (code, value) in &self.options {
            match family {
                Family::V4 => writer.option4(u8::try_from(*code).unwrap_or_default(), value),
                Family::V6 => writer.option6(*code, value),
            }
        }
        let options = writer.finish();
        let mut value = self.head;
        if matches!(self.container, Container::Vendor(_)) && family == Family::V4 {
            value.extend(u8::try_from(options.len()).ok());
        }
        value.extend(options);
        value
    }
}
