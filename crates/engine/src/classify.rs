//! Which classes is the client in?
//!
//! First those of the server and its vendor, then those whose test holds, in configuration order; those of its host, and
//! those that ask for a reservation, when the reservation was looked for; those that the scopes of its leases add, last of
//! all.

use model::class::{Test, is_built_in};
use model::expression::{EvaluateError, Outcome, Query, Query4, Query6, Reception, Scratch};
use model::{ClassName, ClientClass, Host, IdentifierKind};
use wire::v6::{Packet, VendorClass};
use wire::{v4, v6};

use crate::course::Course;
use crate::decision::MessageType;
use crate::event::{Event, Found, Stage, Tested, Tester};
use crate::facts::Missing;
use crate::reserve::{self, Identifier, Reservations};
use crate::{flex_id, select};

/// The class of packets that are dropped.
const DROP: &str = "DROP";

/// The class of clients that something is reserved for.
const KNOWN: &str = "KNOWN";
/// The class of all others.
const UNKNOWN: &str = "UNKNOWN";

/// What a test looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    /// A DHCPv4 message, and what its relay said of the client earlier, if that counts.
    V4(&'a v4::Message<'a>, Option<&'a [u8]>),
    /// A DHCPv6 packet.
    V6(&'a Packet<'a>),
}

/// Which tests are evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Those that ask for no reservation.
    First,
    /// Those that do.
    Second,
    /// Those of additional classes.
    Last,
}

/// Puts the client into the classes that need no reservation; says whether its packet is to be dropped.
pub(crate) fn first(course: &mut Course<'_>, subject: Subject<'_>) -> bool {
    evaluate(course, subject, Pass::First);
    is_dropped(course)
}

/// Takes down what the client is recognised by, and looks for its global host if that is wanted before it has a subnet.
pub(crate) fn early(
    course: &mut Course<'_>,
    subject: Subject<'_>,
    identifiers: Vec<Identifier>,
) -> Result<(), Missing> {
    let flexible = identifiers.iter().find(|(kind, _)| *kind == IdentifierKind::FlexId);
    if let Some((_, identifier)) = flexible {
        flex_id::trace_identifier(course, identifier);
    }
    course.reservations = Reservations::new(identifiers);
    if course.model.settings.early_global_lookup {
        reserve::find_global(course)?;
        if course.reservations.is_known() {
            know(course, subject);
        }
    }
    Ok(())
}

/// Looks for the client's hosts, puts it into the remaining classes and settles its subnets; says whether its packet is to
/// be dropped.
///
/// Kea: who is known is asked only now, so that these classes guard no subnet but a network's later ones.
pub(crate) fn second(course: &mut Course<'_>, subject: Subject<'_>) -> Result<bool, Missing> {
    let selected = course.subnet.map(|subnet| subnet.id);
    course.trace(|| Event::Selected { subnet: selected });
    reserve::find(course)?;
    if course.reservations.is_known() {
        know(course, subject);
    } else if !course.classes.iter().any(|class| class.as_str() == KNOWN) {
        meet(course, UNKNOWN);
    }
    evaluate(course, subject, Pass::Second);
    classified(course, || Stage::Selected);
    if let Some(subnet) = course.subnet {
        course.chosen = Some(subnet);
        course.subnets = select::reachable(course.model, subnet, &course.classes);
    }
    Ok(is_dropped(course))
}

/// Puts a client that something is reserved for into the classes of its host, and into the one of all such clients.
///
/// Kea: tests that need no reservation are evaluated anew, for they may ask for the classes of the host.
fn know(course: &mut Course<'_>, subject: Subject<'_>) {
    let reserved = course.reservations.early_classes(course.subnet);
    if reserved.iter().any(|class| !course.classes.contains(class)) {
        let model = course.model;
        course.classes.retain(|name| model.class(name).is_none_or(|class| class.test.is_none()));
        for class in reserved {
            join(course, class.clone());
        }
        evaluate(course, subject, Pass::First);
    }
    if !course.classes.iter().any(|class| class.as_str() == KNOWN) {
        meet(course, KNOWN);
    }
}

/// Puts the client into the class that says whether something is reserved for it.
fn meet(course: &mut Course<'_>, class: &'static str) {
    join(course, ClassName::fixed(class));
    classified(course, || Stage::Joined(ClassName::fixed(class)));
}

/// Puts the client into the classes that its pools, its subnet and its network add.
pub(crate) fn additional(course: &mut Course<'_>, subject: Subject<'_>) {
    let host = course.reservations.current(course.subnet);
    host.into_iter().flat_map(Host::classes).for_each(|class| join(course, class.clone()));
    let network = course.subnet.and_then(|subnet| course.model.network_of(subnet));
    let lists = course.pools_here().map(|pool| &pool.additional_classes);
    let lists = lists.chain(course.subnet.map(|subnet| &subnet.additional_classes));
    let lists = lists.chain(network.map(|network| &network.additional_classes));
    let names: Vec<&ClassName> = lists.flatten().collect();
    let mut scratch = Scratch::default();
    for name in names {
        let (found, outcomes) = match course.model.class(name) {
            None => (Found::Undefined, Vec::new()),
            Some(ClientClass { test: None, .. }) => {
                join(course, name.clone());
                (Found::NoTest, Vec::new())
            }
            Some(ClientClass { test: Some(test), .. }) => {
                let (answer, outcomes) = ask(course, (subject, Pass::Last), test, &mut scratch);
                if answer.is_true() {
                    join(course, name.clone());
                }
                (answer.insist_on_truth(), outcomes)
            }
        };
        tell(course, Tester::Additional, name, (found, outcomes));
    }
    let kind = match subject {
        Subject::V4(message, _) => MessageType::V4(message.kind()),
        Subject::V6(packet) => MessageType::V6(packet.message.kind),
    };
    classified(course, || Stage::Answered(kind));
    if course.datagram.trace {
        let unknown = |class: &&ClassName| course.model.class(class).is_none() && !is_built_in(class.as_str());
        let unknown: Vec<ClassName> = course.classes.iter().filter(unknown).cloned().collect();
        for class in unknown {
            course.tell(Event::Unconfigured { class });
        }
    }
}

/// Tells which classes the client is in.
fn classified(course: &mut Course<'_>, stage: impl FnOnce() -> Stage) {
    if course.datagram.trace {
        let (stage, classes) = (stage(), course.classes.as_slice().into());
        course.tell(Event::Classified { stage, classes });
    }
}

fn evaluate(course: &mut Course<'_>, subject: Subject<'_>, pass: Pass) {
    let mut scratch = Scratch::default();
    for class in &course.model.settings.classes {
        let waits = class.depends_on_known == (pass == Pass::First);
        let Some(test) = class.test.as_ref().filter(|_| !waits && !class.only_additional) else { continue };
        let (answer, outcomes) = ask(course, (subject, pass), test, &mut scratch);
        match &answer {
            Answer::Text(value) if value.is_empty() => continue,
            Answer::Text(value) => {
                join(course, ClassName::new(&format!("SPAWN_{}_{value}", class.name)));
                join(course, class.name.clone());
            }
            Answer::Truth(true) => join(course, class.name.clone()),
            Answer::Truth(false) | Answer::Failed(_) => {}
        }
        if course.datagram.trace || matches!(answer, Answer::Failed(_)) {
            let tester = match test {
                Test::Holds(_) => Tester::Test,
                Test::Template(_) => Tester::Template,
            };
            tell(course, tester, &class.name, (answer.into_found(), outcomes));
        }
    }
}

/// What a test comes to.
enum Answer {
    Truth(bool),
    /// The value of a template.
    Text(String),
    Failed(EvaluateError),
}

/// What a test that holds is called.
const TRUE: &str = "true";
/// What a test that does not hold is called.
const FALSE: &str = "false";

impl Answer {
    fn is_true(&self) -> bool {
        match self {
            Self::Truth(truth) => *truth,
            Self::Text(text) => text == TRUE,
            Self::Failed(_) => false,
        }
    }

    fn into_found(self) -> Found {
        match self {
            Self::Truth(truth) => Found::Value(if truth { TRUE } else { FALSE }.into()),
            Self::Text(text) => Found::Value(text.into()),
            Self::Failed(why) => Found::Error(why.to_string().into()),
        }
    }

    /// Kea: a template in a list of additional classes is a test, and fails as such unless its value is that of one.
    fn insist_on_truth(self) -> Found {
        if let Self::Text(text) = &self
            && ![TRUE, FALSE].contains(&&**text)
        {
            let why = format!("Incorrect boolean. Expected exactly \"false\" or \"true\", got \"{text}\"");
            return Found::Error(why.into());
        }
        self.into_found()
    }
}

/// Evaluates a test; what it compared is told only to those who look into the program.
///
/// Kea: looks into options that mean something to members of some classes once the first tests are evaluated.
fn ask(
    course: &Course<'_>,
    (subject, pass): (Subject<'_>, Pass),
    test: &Test,
    scratch: &mut Scratch,
) -> (Answer, Vec<Outcome>) {
    let trace = course.datagram.trace;
    let ask = |query: &dyn Query| answer(test, query, scratch, trace);
    with_query(course, subject, pass != Pass::First, ask)
}

/// Lends a packet as expressions see it.
pub(crate) fn with_query<T>(
    course: &Course<'_>,
    subject: Subject<'_>,
    unpacked: bool,
    ask: impl FnOnce(&dyn Query) -> T,
) -> T {
    let (datagram, classes) = (course.datagram, &course.classes);
    let reception = Reception {
        interface: datagram.interface,
        source: datagram.from.ip(),
        destination: datagram.to,
        length: datagram.octets.len(),
    };
    match subject {
        Subject::V4(message, recovered) => ask(&Query4 { message, recovered, unpacked, reception, classes }),
        Subject::V6(packet) => ask(&Query6 { packet, reception, classes }),
    }
}

fn answer(test: &Test, query: &dyn Query, scratch: &mut Scratch, trace: bool) -> (Answer, Vec<Outcome>) {
    let text = |octets: &[u8]| Answer::Text(String::from_utf8_lossy(octets).into_owned());
    let (answer, outcomes) = match (test, trace) {
        (Test::Holds(test), false) => (test.holds(query, scratch).map(Answer::Truth), Vec::new()),
        (Test::Template(test), false) => (test.evaluate(query, scratch).map(text), Vec::new()),
        (Test::Holds(test), true) => {
            let (truth, trace) = test.trace(query, scratch);
            (truth.map(Answer::Truth), trace.outcomes)
        }
        (Test::Template(test), true) => {
            let (octets, trace) = test.trace(query, scratch);
            (octets.map(|octets| text(&octets)), trace.outcomes)
        }
    };
    (answer.unwrap_or_else(Answer::Failed), outcomes)
}

fn tell(course: &mut Course<'_>, tester: Tester, class: &ClassName, (found, outcomes): (Found, Vec<Outcome>)) {
    let is_error = matches!(found, Found::Error(_));
    let event = || Event::Tested(Box::new(Tested { tester, class: class.clone(), found, outcomes: outcomes.into() }));
    if is_error {
        course.tell(event());
    } else {
        course.trace(event);
    }
}

/// Puts the client into a class, unless it is in it.
pub(crate) fn join(course: &mut Course<'_>, class: ClassName) {
    if !course.classes.contains(&class) {
        course.classes.push(class);
    }
}

fn is_dropped(course: &Course<'_>) -> bool {
    course.classes.iter().any(|class| class.as_str() == DROP)
}

/// Lists the classes everybody is in, and those of the client's vendors.
pub(crate) fn classes(vendors: impl Iterator<Item = ClassName>) -> Vec<ClassName> {
    let mut classes = Vec::with_capacity(8);
    classes.push(ClassName::fixed("ALL"));
    classes.extend(vendors);
    classes
}
/// Cable modems and routers of DHCPv6 say what they are in any place of the option, which then gives no other class.
const CABLE: [&[u8]; 2] = [b"docsis3.0", b"eRouter1.0"];

/// Names the classes of a DHCPv6 client's vendors.
pub(crate) fn vendors6(packet: &Packet<'_>) -> impl Iterator<Item = ClassName> {
    packet.message.options.all(v6::code::VENDOR_CLASS).filter_map(|value| {
        let texts = VendorClass::decode(value).ok()?.data;
        let cable = texts.iter().find(|text| CABLE.contains(text));
        cable.or_else(|| texts.first()).map(vendor)
    })
}

/// Names the class of a DHCPv4 client's vendor.
pub(crate) fn vendors4(message: &v4::Message<'_>) -> impl Iterator<Item = ClassName> {
    let value = message.options.value(v4::code::VENDOR_CLASS).map(v4::options::text).filter(|value| !value.is_empty());
    value.into_iter().map(|text| vendor(&text))
}

fn vendor(text: &[u8]) -> ClassName {
    ClassName::new(&format!("VENDOR_CLASS_{}", String::from_utf8_lossy(text)))
}
