//! What else is the client recognised by? An expression says, and what it makes of the query may stand for the client's own
//! identifier in everything but the reply.

use std::borrow::Cow;

use model::expression::{Query, Scratch};
use model::{Family, FlexibleId};
use wire::write::Writer;
use wire::{v4, v6};

use crate::assemble::Options;
use crate::classify::{self, Subject};
use crate::course::Course;
use crate::event::{Drop, Event, Flexible};

/// What stands for the client's own words in its query, and those words.
#[derive(Debug, Default)]
pub(crate) struct Replaced {
    /// The identifier that stands for the client's own.
    identifier: Option<Vec<u8>>,
    /// The client's own identifier, if another one stands for it.
    own: Option<Vec<u8>>,
    /// The numbers of its associations that are taken for 0, by the option they came in.
    iaids: Vec<(u16, [u8; 4])>,
}

/// Replaces what is to be replaced in a query whose first classes are known, and gives its options as they are to be read;
/// `None` leaves them as they are.
///
/// Kea: drops a query whose client would get an identifier that is too short, and counts it nowhere.
pub(crate) fn replace(course: &mut Course<'_>, subject: Subject<'_>) -> Result<Option<Vec<u8>>, Drop> {
    let model = course.model;
    let Some(flexible) = &model.settings.flexible_id else { return Ok(None) };
    if flexible.replaces_client_id {
        course.replaced.identifier = identifier(course, subject);
    }
    let options = match subject {
        Subject::V4(message, _) => course.replaced.options4(message),
        Subject::V6(packet) => course.replaced.options6(&packet.message, flexible.ignores_iaid),
    };
    if let Subject::V6(packet) = subject
        && flexible.ignores_iaid
    {
        trace_numbers(course, packet);
    }
    if flexible.replaces_client_id {
        let value = |course: &Course<'_>| course.replaced.identifier.clone().unwrap_or_default().into();
        let (evaluated, used) = (value(course), value(course));
        course.trace(|| Event::Flexible(Box::new(Flexible::Evaluated(evaluated))));
        match course.replaced.identifier.as_ref().map(Vec::len) {
            Some(..SHORTEST) => return Err(Drop::Unservable { why: "identifier is too short" }),
            Some(_) => course.trace(|| Event::Flexible(Box::new(Flexible::UsedAsOwn(used)))),
            None => {}
        }
    }
    Ok(options)
}

/// Tells which numbers of associations are taken for 0.
fn trace_numbers(course: &mut Course<'_>, packet: &v6::Packet<'_>) {
    for code in [v6::code::IA_NA, v6::code::IA_PD] {
        let prefixes = code == v6::code::IA_PD;
        let ignored = course.replaced.iaids.iter().find(|(there, _)| *there == code);
        let told = match ignored {
            Some((_, iaid)) => Flexible::NumberIgnored { prefixes, iaid: u32::from_be_bytes(*iaid) },
            None if packet.message.options.all(code).next().is_some() => Flexible::NumbersKept { prefixes },
            None => continue,
        };
        course.trace(|| Event::Flexible(Box::new(told)));
    }
}

/// Tells by what reservations are looked up.
pub(crate) fn trace_identifier(course: &mut Course<'_>, identifier: &[u8]) {
    if !course.datagram.trace {
        return;
    }
    // What replaces the client's own words was told before.
    if course.replaced.identifier.is_none() {
        course.tell(Event::Flexible(Box::new(Flexible::Evaluated(identifier.into()))));
    }
    course.tell(Event::Flexible(Box::new(Flexible::Generated(identifier.into()))));
}

/// Gives the client its own words back.
pub(crate) fn restore(course: &mut Course<'_>, reply: &mut Options<'_>) {
    let replaced = std::mem::take(&mut course.replaced);
    replaced.restore(course.model.family, reply);
    if let Some(own) = replaced.own {
        course.trace(|| Event::Flexible(Box::new(Flexible::Restored(own.into()))));
    }
}

/// Finds the identifier by which hosts are looked up; `None` if there is none.
pub(crate) fn identifier(course: &Course<'_>, subject: Subject<'_>) -> Option<Vec<u8>> {
    let flexible = course.model.settings.flexible_id.as_ref()?;
    let replaced = course.replaced.identifier.clone();
    replaced.or_else(|| evaluate(course, subject, flexible))
}

fn evaluate(course: &Course<'_>, subject: Subject<'_>, flexible: &FlexibleId) -> Option<Vec<u8>> {
    let mut scratch = Scratch::default();
    let value = |query: &dyn Query| flexible.expression.evaluate(query, &mut scratch).map(<[u8]>::to_vec).ok();
    classify::with_query(course, subject, true, value).filter(|value| !value.is_empty())
}

impl Replaced {
    fn options4(&mut self, message: &v4::Message<'_>) -> Option<Vec<u8>> {
        let identifier = self.identifier.as_ref()?;
        self.own = message.options.value(CLIENT_ID).map(Cow::into_owned);
        let mut writer = Writer::new();
        // What was overloaded stands among the options now.
        for option in message.options.iter().filter(|option| ![OVERLOAD, CLIENT_ID].contains(&option.code)) {
            writer.option4(u8::try_from(option.code).unwrap_or_default(), option.value);
        }
        writer.option4(u8::try_from(CLIENT_ID).unwrap_or_default(), &[&[0], &**identifier].concat());
        Some(writer.finish())
    }

    fn options6(&mut self, message: &v6::Message<'_>, ignores_iaid: bool) -> Option<Vec<u8>> {
        if self.identifier.is_none() && !ignores_iaid {
            return None;
        }
        let mut writer = Writer::new();
        for option in message.options.iter() {
            let alone = ignores_iaid && message.options.all(option.code).nth(1).is_none();
            match (option.code, &self.identifier, option.value.split_first_chunk()) {
                (v6::code::CLIENT_ID, Some(_), _) => self.own = Some(option.value.to_vec()),
                (v6::code::IA_NA | v6::code::IA_PD, _, Some((iaid, rest))) if alone => {
                    self.iaids.push((option.code, *iaid));
                    writer.option6(option.code, &[&[0; 4], rest].concat());
                }
                _ => writer.option6(option.code, option.value),
            }
        }
        if let Some(identifier) = &self.identifier {
            writer.option6(v6::code::CLIENT_ID, &[&[0; 2], &**identifier].concat());
        }
        Some(writer.finish())
    }

    /// Gives the client its own words back.
    ///
    /// Kea: a client identifier that was replaced is told even where none is echoed.
    fn restore(&self, family: Family, reply: &mut Options<'_>) {
        if self.identifier.is_some() {
            let code = family.pick(v4::code::CLIENT_ID, v6::code::CLIENT_ID);
            reply.remove(code);
            if let Some(own) = &self.own {
                reply.add(code, own.clone());
            }
        }
        for (code, iaid) in &self.iaids {
            reply.change(*code, |value| {
                if let Some(number) = value.first_chunk_mut::<4>() {
                    *number = *iaid;
                }
            });
        }
    }
}

/// Octets an identifier has at least that stands for the client's own.
const SHORTEST: usize = 3;
const CLIENT_ID: u16 = v4::code::CLIENT_ID;
const OVERLOAD: u16 = v4::code::OVERLOAD;
