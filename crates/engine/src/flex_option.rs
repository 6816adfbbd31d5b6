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
use crate::event::{Changed, Event, Flexible, Place};

/// A change that cannot be made, because a value is none of its option.
struct Unfit(String);

impl From<EvaluateError> for Unfit {
    fn from(why: EvaluateError) -> Self {
        Self(why.to_string())
    }
}

impl From<ValueError> for Unfit {
    fn from(why: ValueError) -> Self {
        Self(why.to_string())
    }
}

/// Changes the options of a reply, and gives what there is to tell of it.
///
/// Kea: a change that cannot be made ends it all, but the reply goes out.
pub(crate) fn apply(course: &Course<'_>, subject: Subject<'_>, reply: &mut Options<'_>) -> Vec<Event> {
    let mut work = Work { course, subject, told: Vec::new() };
    for entry in &course.model.settings.flexible_options {
        if let Err(Unfit(why)) = work.entry(entry, reply) {
            work.told.push(Event::Flexible(Box::new(Flexible::Failed(why.into()))));
            break;
        }
    }
    work.told
}

/// Changes under way.
struct Work<'c, 'a> {
    course: &'c Course<'a>,
    subject: Subject<'c>,
    told: Vec<Event>,
}

/// What comes of an action.
enum Effect {
    Nothing,
    Remove,
    /// The octets of the option, and what the expression says.
    Set(Vec<u8>, Vec<u8>),
}

impl Work<'_, '_> {
    fn entry(&mut self, entry: &FlexibleOption, reply: &mut Options<'_>) -> Result<(), Unfit> {
        let place = Place { code: entry.code, within: None };
        if !self.is_for(place, entry.client_class.as_ref()) {
            return Ok(());
        }
        match &entry.change {
            OptionChange::Whole(change) => match self.effect(change, reply.has(entry.code))? {
                Effect::Nothing => {}
                Effect::Remove => {
                    reply.remove(entry.code);
                    self.changed(place, || Changed::Removed);
                }
                Effect::Set(value, said) => {
                    reply.remove(entry.code);
                    reply.add(entry.code, value);
                    self.set(place, change, said);
                }
            },
            OptionChange::Inside(changes) => {
                for change in changes {
                    let place = Place { code: change.code, within: Some(entry.code) };
                    if self.is_for(place, change.client_class.as_ref()) {
                        self.inside((entry.code, change), place, reply)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_for(&mut self, place: Place, class: Option<&ClassName>) -> bool {
        let missed = class.filter(|class| !self.course.classes.contains(class));
        if let Some(class) = missed {
            self.tell(|| Flexible::NotFor(place, class.clone()));
        }
        missed.is_none()
    }

    fn effect(&self, change: &ValueChange, is_there: bool) -> Result<Effect, Unfit> {
        let (course, subject) = (self.course, self.subject);
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
            None => Effect::Set(value.clone(), value),
            Some(definition) => {
                let text = String::from_utf8_lossy(&value);
                Effect::Set(wire::option::encode(definition, &text, course.model.family)?, value)
            }
        })
    }

    /// Changes an option inside another one.
    fn inside(
        &mut self,
        (code, change): (u16, &SubOptionChange),
        place: Place,
        reply: &mut Options<'_>,
    ) -> Result<(), Unfit> {
        let family = self.course.model.family;
        let found = reply.iter().find(|(there, _)| *there == code).map(|(_, value)| value.to_vec());
        let Some(mut opened) = Opened::new(family, change.container, found.as_deref()) else {
            self.mismatch(code, change.container, found.as_deref());
            return Ok(());
        };
        let is_there = opened.options.iter().any(|(there, _)| *there == change.code);
        match self.effect(&change.change, is_there)? {
            Effect::Nothing => return Ok(()),
            Effect::Set(..) if found.is_none() && !change.adds_container => return Ok(()),
            Effect::Set(value, said) => {
                if found.is_none() {
                    self.tell(|| Flexible::Opened(code, vendor(change.container)));
                }
                opened.options.retain(|(there, _)| *there != change.code);
                opened.options.push((change.code, value));
                self.set(place, &change.change, said);
            }
            Effect::Remove => {
                opened.options.retain(|(there, _)| *there != change.code);
                self.changed(place, || Changed::Removed);
            }
        }
        reply.remove(code);
        if opened.options.is_empty() && change.removes_container {
            self.changed(Place { code, within: None }, || Changed::Removed);
        } else {
            reply.add(code, opened.close(family));
        }
        Ok(())
    }

    fn mismatch(&mut self, code: u16, container: Container, found: Option<&[u8]>) {
        let is = found.and_then(|value| value.first_chunk::<4>()).copied().map(u32::from_be_bytes);
        if let Some((is, wanted)) = is.zip(vendor(container)) {
            self.tell(|| Flexible::OtherVendor { code, is, wanted });
        }
    }

    fn set(&mut self, place: Place, change: &ValueChange, said: Vec<u8>) {
        let adds = matches!(change.action, Action::Add(_));
        self.changed(place, || if adds { Changed::Added(said.into()) } else { Changed::Superseded(said.into()) });
    }

    fn changed(&mut self, place: Place, how: impl FnOnce() -> Changed) {
        self.tell(|| Flexible::Changed { place, how: how() });
    }

    /// Tells what only those who look into the program want to know.
    fn tell(&mut self, told: impl FnOnce() -> Flexible) {
        if self.course.datagram.trace {
            self.told.push(Event::Flexible(Box::new(told())));
        }
    }
}

const fn vendor(container: Container) -> Option<u32> {
    match container {
        Container::Vendor(enterprise) => Some(enterprise),
        Container::Fields(_) => None,
    }
}

/// An option taken apart.
pub(crate) struct Opened {
    container: Container,
    head: Vec<u8>,
    /// The options inside.
    pub(crate) options: Vec<(u16, Vec<u8>)>,
}

impl Opened {
    /// Takes an option apart, or begins a new one; `None` if it is another vendor's.
    pub(crate) fn new(family: Family, container: Container, value: Option<&[u8]>) -> Option<Self> {
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
    pub(crate) fn close(mut self, family: Family) -> Vec<u8> {
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
