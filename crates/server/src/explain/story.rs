//! A decision told in order: what was tested, looked for and found, and how it ended.

use engine::event::{Drop, Event, Found, Limited, Refusal, Stage, Step, Tested, Tester};
use engine::{Decision, MessageType, Reply};
use model::{Family, Lease, Resource};
use wire::option::Definitions;
use wire::{v4, v6};

use super::reply;

/// What is told.
pub(crate) struct Story<'a> {
    pub(crate) family: Family,
    pub(crate) decision: &'a Decision,
    /// What was asked about leases.
    pub(crate) asked: &'a [String],
    pub(crate) definitions: &'a Definitions,
}

/// The chapter an event belongs to, in the order told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chapter {
    Query,
    Classes,
    Subnet,
    Reservations,
    Outcome,
    Options,
}

impl Story<'_> {
    /// Tells everything; the last line is the verdict.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (title, chapter) in [
            ("query", Chapter::Query),
            ("classes", Chapter::Classes),
            ("subnet", Chapter::Subnet),
            ("reservations", Chapter::Reservations),
        ] {
            self.chapter(title, chapter, &mut lines);
        }
        section(&mut lines, "leases", self.asked);
        self.chapter("outcome", Chapter::Outcome, &mut lines);
        self.chapter("options", Chapter::Options, &mut lines);
        section(&mut lines, "stored", &self.decision.changes.iter().map(stored).collect::<Vec<_>>());
        if let Some(reply) = &self.decision.reply {
            let mut told = reply::lines(self.definitions, &reply.octets);
            if let Some(first) = told.first_mut() {
                *first = format!("{first} to {}", reply.to);
            }
            section(&mut lines, "reply", &told);
        }
        lines.push(format!("verdict: {}", self.verdict()));
        lines
    }

    fn chapter(&self, title: &str, chapter: Chapter, lines: &mut Vec<String>) {
        let events = self.decision.events.iter().filter(|event| chapter_of(event) == chapter);
        section(lines, title, &events.flat_map(|event| self.texts(event)).collect::<Vec<_>>());
    }

    /// Writes an event: the text of its log messages, without the client's name and with the identifier behind.
    fn texts(&self, event: &Event) -> Vec<String> {
        if let Event::Tested(tested) = event {
            return tested_lines(tested);
        }
        if let Event::Classified { stage, classes } = event {
            let listed: Vec<&str> = classes.iter().map(model::ClassName::as_str).collect();
            return match stage {
                Stage::Joined(class) => vec![format!("joins {class}")],
                Stage::Selected => vec![format!("all, once the subnet is known: {}", listed.join(", "))],
                Stage::Answered(_) => vec![format!("all, at the end: {}", listed.join(", "))],
            };
        }
        let name = self.decision.label.to_string();
        let heading = format!("{name}: ");
        let text = |id: &str| {
            let mut text = String::new();
            let written = event.write(id, &self.decision.label, &mut text);
            written.map_or_else(
                |error| error.to_string(),
                |()| {
                    let text = text.replace(&heading, "");
                    text.replace(&format!("client {name}"), "this client").replace(&name, "this client")
                },
            )
        };
        if matches!(event, Event::Step(_)) {
            return vec![text("")];
        }
        let ids = event.messages(self.family).iter().filter(|id| !id.ends_with("_QUERY_LABEL"));
        ids.map(|id| format!("{}  [{id}]", text(id))).collect()
    }

    fn verdict(&self) -> String {
        match &self.decision.reply {
            None => format!("no answer: {}", self.silence()),
            Some(reply) => match reply.kind {
                MessageType::V4(kind) => self.verdict4(kind, reply),
                MessageType::V6(kind) => self.verdict6(kind, reply),
            },
        }
    }

    /// Says why there is no answer: the last thing that explains it.
    fn silence(&self) -> String {
        let reason = self.decision.events.iter().rev().find_map(reason);
        reason.unwrap_or_else(|| "none is due to this message, or another server has to answer it".to_owned())
    }

    fn verdict4(&self, kind: v4::MessageType, reply: &Reply) -> String {
        let address = v4::Message::decode(&reply.octets).map(|message| message.yiaddr);
        if kind == v4::MessageType::Nak {
            return format!("refuses: {}", self.silence());
        }
        let verb = if kind == v4::MessageType::Offer { "offers" } else { "grants" };
        match address {
            Ok(address) if !address.is_unspecified() => {
                let place = self.place(Resource::V4(address));
                format!("{verb} {address}{place}")
            }
            _ => format!("answers with a {kind} without an address"),
        }
    }

    fn verdict6(&self, kind: v6::MessageType, reply: &Reply) -> String {
        let given: Vec<String> = self
            .decision
            .events
            .iter()
            .filter_map(given)
            .map(|bound| format!("{} from subnet {} for {} s", bound.resource, bound.subnet, bound.valid))
            .collect();
        if !given.is_empty() {
            let verb = if kind == v6::MessageType::Advertise { "offers" } else { "grants" };
            return format!("{verb} {}", given.join(", "));
        }
        let status = v6::Packet::decode(&reply.octets).ok().and_then(|packet| status(&packet.message.options));
        match (status, self.decision.events.iter().rev().find_map(reason)) {
            (Some(status), Some(reason)) => format!("gives nothing: {status} ({reason})"),
            (Some(status), None) => format!("gives nothing: {status}"),
            (None, _) => format!("answers with a {kind} without leases"),
        }
    }

    /// Says where an address comes from and for how long.
    fn place(&self, resource: Resource) -> String {
        let bound = self.decision.events.iter().filter_map(given).find(|bound| bound.resource == resource);
        bound.map_or_else(String::new, |bound| format!(" from subnet {} for {} s", bound.subnet, bound.valid))
    }
}

const fn given(event: &Event) -> Option<&engine::event::Bound> {
    if let Event::Advertised(bound) | Event::Allocated(bound) | Event::Renewed(bound) | Event::Reused(bound) = event {
        return Some(bound);
    }
    None
}

/// Finds the status that is not success in the options of a message, or of its associations.
fn status(options: &v6::Options<'_>) -> Option<String> {
    let inner = options.iter().filter(|option| [v6::code::IA_NA, v6::code::IA_PD].contains(&option.code));
    let inner = inner.filter_map(|option| v6::Ia::decode(option.value).ok()).find_map(|ia| status(&ia.options));
    let own = options.first(v6::code::STATUS_CODE).and_then(|value| v6::status::decode(value).ok());
    let own = own.filter(|(number, _)| *number != 0);
    inner.or_else(|| own.map(|(number, text)| format!("status {number}, {}", String::from_utf8_lossy(text))))
}

fn reason(event: &Event) -> Option<String> {
    if let Event::Dropped(drop) = event {
        return Some(dropped(drop));
    }
    if let Event::Refused(refused) = event {
        let wanted = refused.requested.map_or_else(|| refused.ciaddr.to_string(), |address| address.to_string());
        return match refused.why {
            Refusal::NoSubnet => Some("the client is in no subnet of this configuration".to_owned()),
            Refusal::NoLease => {
                Some(format!("nothing is known of {wanted}, and the server is not authoritative for it"))
            }
            Refusal::WrongAddress => Some(format!("{wanted} is not the address the client has here")),
            Refusal::UnknownAddress => Some(format!("{wanted} is no address this server gives the client")),
            // What came before says why.
            Refusal::NotOffered | Refusal::NotGranted => None,
        };
    }
    if let Event::Limited(limited) = event {
        return beyond(limited);
    }
    if let Event::Exhausted(exhausted) = event {
        if exhausted.limited {
            // What came before says why.
            return None;
        }
        let subnet = exhausted.subnet.0;
        return Some(match exhausted.attempts {
            0 => format!("no pool of subnet {subnet} is open to the client"),
            attempts => format!("no address is free in subnet {subnet} ({attempts} in its pools)"),
        });
    }
    if let Event::FoundInUse(bound) = event {
        return Some(format!("somebody uses {} already", bound.resource));
    }
    if let Event::ReservedForOthers { resource } = event {
        return Some(format!("{resource} is reserved for another client"));
    }
    if let Event::Undecodable { why } = event {
        return Some(format!("the packet cannot be read: {why}"));
    }
    let no_subnet = matches!(event, Event::Selected { subnet: None });
    no_subnet.then(|| "the client is in no subnet of this configuration".to_owned())
}

/// Says which limit is reached, if one is.
fn beyond(limited: &Limited) -> Option<String> {
    match limited {
        Limited::Lease(exceeded) => Some(format!("no lease more is allowed: {exceeded}")),
        Limited::OfClasses { .. } | Limited::OfSubnet { .. } | Limited::LeaseWithin(_) | Limited::NoSubnet => None,
    }
}

fn dropped(drop: &Drop) -> String {
    match drop {
        Drop::OtherServer { .. } => "the message is for another server".to_owned(),
        Drop::NoType => "the message has no type; it is of BOOTP, which is not served".to_owned(),
        Drop::BadClientId { length } => format!("the client identifier has {length} octets, at least 2 are needed"),
        Drop::NoAddress => "the message says nowhere where to send the answer".to_owned(),
        Drop::Unicast(kind) => format!("a {kind} must be sent to the multicast address"),
        Drop::Options { why, .. } => why.to_string(),
        Drop::NotServed(kind) => format!("{kind} is not for a server"),
        Drop::Class => "the client is in the class DROP".to_owned(),
        Drop::Registration { why } | Drop::Unservable { why } => (*why).to_owned(),
        Drop::Probed { address } => format!("{address} is asked for already, whether it is in use"),
        Drop::Crowded => "too many wait already to be told whether an address is in use".to_owned(),
        Drop::NoSubnet => "the client is in no subnet of this configuration".to_owned(),
        Drop::TooMany { of_subnet: true } => "there were too many packets for its subnet a short time ago".to_owned(),
        Drop::TooMany { of_subnet: false } => "there were too many packets of its classes a short time ago".to_owned(),
    }
}

fn chapter_of(event: &Event) -> Chapter {
    if matches!(event, Event::Received { .. } | Event::Undecodable { .. }) {
        return Chapter::Query;
    }
    if matches!(event, Event::Classified { .. } | Event::Unconfigured { .. } | Event::Tested(_)) {
        return Chapter::Classes;
    }
    if matches!(
        event,
        Event::Selected { .. } | Event::Step(Step::Sought { .. } | Step::Barred { .. } | Step::User { .. })
    ) {
        return Chapter::Subnet;
    }
    if matches!(event, Event::Step(Step::Option { .. })) {
        return Chapter::Options;
    }
    let reserved = matches!(
        event,
        Event::Step(Step::HostsSought { .. })
            | Event::ReservationFound { .. }
            | Event::ReservationConflict { .. }
            | Event::ReservedGranted { .. }
            | Event::ReservedForOthers { .. }
            | Event::ReservedName { .. }
    );
    if reserved { Chapter::Reservations } else { Chapter::Outcome }
}

fn tested_lines(tested: &Tested) -> Vec<String> {
    let what = match tested.tester {
        Tester::Test => "test",
        Tester::Template => "template-test",
        Tester::Additional => "additional class",
    };
    let found = match &tested.found {
        Found::Value(value) => value.to_string(),
        Found::Error(why) => format!("no value, {why}"),
        Found::NoTest => "no test, so the client joins".to_owned(),
        Found::Undefined => "not defined".to_owned(),
    };
    let first = format!("{what} of {}: {found}", tested.class);
    [first].into_iter().chain(tested.outcomes.iter().map(|outcome| format!("  {outcome}"))).collect()
}

fn stored(change: &engine::Change) -> String {
    let tell = |lease: &Lease| {
        let label = engine::decision::Label::of(lease);
        format!("lease of {} for {label}, {}, {} s", lease.resource, super::state(lease), lease.valid)
    };
    match (&change.before, &change.after) {
        (_, Some(after)) => tell(after),
        (Some(before), None) => format!("{} deleted", tell(before)),
        (None, None) => String::new(),
    }
}

fn section(lines: &mut Vec<String>, title: &str, told: &[String]) {
    if !told.is_empty() {
        lines.push(title.to_owned());
        lines.extend(told.iter().map(|line| format!("  {line}")));
    }
}
