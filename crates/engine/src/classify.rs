//! Which classes is the client in?
//!
//! First those of the server and its vendor, then those whose test holds, in configuration order; those that ask for a
//! reservation when the reservation was looked for; those that the scopes of its leases add, last of all.

use std::borrow::Cow;

use model::class::Test;
use model::expression::{EvaluateError, Query, Query4, Query6, Reception, Scratch};
use model::{ClassName, ClientClass};
use wire::v6::{Packet, VendorClass};
use wire::{v4, v6};

use crate::course::Course;
use crate::event::{Event, Found, Tested, Tester};
use crate::select;

/// The class of packets that are dropped.
const DROP: &str = "DROP";

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

/// Puts the client into the remaining classes and settles its subnets; says whether its packet is to be dropped.
///
/// Kea: who is known is asked only now, so that these classes guard no subnet but a network's later ones.
pub(crate) fn second(course: &mut Course<'_>, subject: Subject<'_>) -> bool {
    // No reservations are looked up yet, so nobody is known.
    join(course, "UNKNOWN");
    evaluate(course, subject, Pass::Second);
    let classes = course.classes.as_slice().into();
    course.trace(|| Event::Classified { classes });
    if let Some(subnet) = course.subnet {
        course.subnets = select::reachable(course.model, subnet, &course.classes);
    }
    let subnet = course.subnet.map(|subnet| subnet.id);
    course.trace(|| Event::Selected { subnet });
    is_dropped(course)
}

/// Puts the client into the classes that its pools, its subnet and its network add.
pub(crate) fn additional(course: &mut Course<'_>, subject: Subject<'_>) {
    let network = course.subnet.and_then(|subnet| course.model.network_of(subnet));
    let lists = course.pools.iter().map(|pool| &pool.additional_classes);
    let lists = lists.chain(course.subnet.map(|subnet| &subnet.additional_classes));
    let lists: Vec<&Vec<ClassName>> = lists.chain(network.map(|network| &network.additional_classes)).collect();
    let mut scratch = Scratch::default();
    for name in lists.into_iter().flatten() {
        let found = match course.model.class(name) {
            None => Found::Undefined,
            Some(ClientClass { test: None, .. }) => {
                join(course, name.as_str());
                Found::NoTest
            }
            Some(ClientClass { test: Some(test), .. }) => {
                let found = ask(course, (subject, Pass::Last), test, &mut scratch);
                if found == Found::Value(TRUE.into()) {
                    join(course, name.as_str());
                }
                insist_on_truth(test, found)
            }
        };
        tell(course, Tester::Additional, name, found);
    }
}

/// What a test that holds comes to.
const TRUE: &str = "true";
/// What a test that does not hold comes to.
const FALSE: &str = "false";

fn evaluate(course: &mut Course<'_>, subject: Subject<'_>, pass: Pass) {
    let mut scratch = Scratch::default();
    for class in &course.model.settings.classes {
        let waits = class.depends_on_known == (pass == Pass::First);
        let Some(test) = class.test.as_ref().filter(|_| !waits && !class.only_additional) else { continue };
        let found = ask(course, (subject, pass), test, &mut scratch);
        let tester = match (test, &found) {
            (Test::Holds(_), Found::Value(value)) => {
                if **value == *TRUE {
                    join(course, class.name.as_str());
                }
                Tester::Test
            }
            (Test::Template(_), Found::Value(value)) => {
                if value.is_empty() {
                    continue;
                }
                join(course, &format!("SPAWN_{}_{value}", class.name));
                join(course, class.name.as_str());
                Tester::Template
            }
            (Test::Holds(_), _) => Tester::Test,
            (Test::Template(_), _) => Tester::Template,
        };
        tell(course, tester, &class.name, found);
    }
}

/// Evaluates a test.
///
/// Kea: looks into options that mean something to members of some classes once the first tests are evaluated.
fn ask(course: &Course<'_>, (subject, pass): (Subject<'_>, Pass), test: &Test, scratch: &mut Scratch) -> Found {
    let unpacked = pass != Pass::First;
    let reception = Reception {
        interface: course.datagram.interface,
        source: course.datagram.from.ip(),
        destination: course.datagram.to,
        length: course.datagram.octets.len(),
    };
    let classes = &course.classes;
    match subject {
        Subject::V4(message, recovered) => {
            value(test, &Query4 { message, recovered, unpacked, reception, classes }, scratch)
        }
        Subject::V6(packet) => value(test, &Query6 { packet, reception, classes }, scratch),
    }
}

fn value(test: &Test, query: &dyn Query, scratch: &mut Scratch) -> Found {
    let found: Result<Cow<'_, str>, EvaluateError> = match test {
        Test::Holds(test) => test.holds(query, scratch).map(|holds| if holds { TRUE } else { FALSE }.into()),
        Test::Template(test) => test.evaluate(query, scratch).map(String::from_utf8_lossy),
    };
    match found {
        Ok(value) => Found::Value(value.into()),
        Err(why) => Found::Error(why.to_string().into()),
    }
}

/// Kea: a template in a list of additional classes is a test, and fails as such unless its value is that of one.
fn insist_on_truth(test: &Test, found: Found) -> Found {
    match (test, found) {
        (Test::Template(_), Found::Value(value)) if ![TRUE, FALSE].contains(&&*value) => {
            Found::Error(format!("Incorrect boolean. Expected exactly \"false\" or \"true\", got \"{value}\"").into())
        }
        (_, found) => found,
    }
}

fn tell(course: &mut Course<'_>, tester: Tester, class: &ClassName, found: Found) {
    let tested = Tested { tester, class: class.clone(), found };
    if matches!(tested.found, Found::Error(_)) {
        course.tell(Event::Tested(Box::new(tested)));
    } else {
        course.trace(|| Event::Tested(Box::new(tested)));
    }
}

/// Puts the client into a class, unless it is in it.
pub(crate) fn join(course: &mut Course<'_>, class: &str) {
    if !course.classes.iter().any(|there| there.as_str() == class) {
        course.classes.push(ClassName::new(class));
    }
}

fn is_dropped(course: &Course<'_>) -> bool {
    course.classes.iter().any(|class| class.as_str() == DROP)
}

/// Lists the classes everybody is in, and those of the client's vendors.
pub(crate) fn classes(vendors: impl Iterator<Item = ClassName>) -> Vec<ClassName> {
    let mut classes = vec![ClassName::new("ALL")];
    classes.extend(vendors);
    classes
}
/// Cable modems and routers say what they are in any place of the option, which then gives no other class.
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
    value.into_iter().map(|text| {
        let cable = CABLE.iter().find(|cable| text.windows(cable.len()).any(|part| part == **cable));
        vendor(cable.map_or(&*text, |cable| *cable))
    })
}

fn vendor(text: &[u8]) -> ClassName {
    ClassName::new(&format!("VENDOR_CLASS_{}", String::from_utf8_lossy(text)))
}
