//! Every example of the language's description, and properties that hold for all expressions.

mod examples;
mod properties;
mod refusals;
mod shown;

use std::borrow::Cow;
use std::net::Ipv4Addr;

use wire::option::Definitions;

use super::*;

/// The packet of the examples: a DHCPDISCOVER that came through a relay.
struct Discover {
    options: Vec<(u16, Vec<u8>)>,
    classes: Vec<&'static str>,
}

impl Discover {
    fn new() -> Self {
        let options: [(u16, &[u8]); 9] = [
            (12, b"host1"),
            (50, &[192, 0, 2, 15]),
            (53, &[1]),
            (55, &[1, 3, 6]),
            (60, b"docsis3.0:abc"),
            (61, &[1, 2, 0xaa, 0, 0, 0, 1]),
            (82, b"\x01\x06eth0/1\x02\x03\xaa\xbb\xcc"),
            (124, b"\x00\x00\x11\x8b\x05\x04abcd"),
            (125, &[0, 0, 0x11, 0x8b, 4, 1, 2, 1, 2]),
        ];
        let options = options.into_iter().map(|(code, value)| (code, value.to_vec())).collect();
        Self { options, classes: vec!["ALL"] }
    }
}

impl Query for Discover {
    fn option(&self, code: u16) -> Option<Cow<'_, [u8]>> {
        // A value that has to be put together is no different from one that is there.
        self.options
            .iter()
            .find(|(there, _)| *there == code)
            .map(|(code, value)| if code % 2 == 0 { value.into() } else { Cow::Owned(value.clone()) })
    }

    fn relay_option(&self, _relay: i8, _code: u16) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn field(&self, field: Field, octets: &mut Vec<u8>) {
        match field {
            Field::Interface => octets.extend(b"kcs0"),
            Field::Source | Field::Giaddr => octets.extend(Ipv4Addr::new(192, 0, 2, 250).octets()),
            Field::Destination => octets.extend(Ipv4Addr::new(192, 0, 2, 1).octets()),
            Field::Length => octets.extend(300_u32.to_be_bytes()),
            Field::Mac => octets.extend([2, 0xaa, 0, 0, 0, 1]),
            Field::HardwareLength => octets.extend(6_u32.to_be_bytes()),
            Field::HardwareType | Field::MessageType => octets.extend(1_u32.to_be_bytes()),
            Field::Ciaddr | Field::Yiaddr | Field::Siaddr => octets.extend([0; 4]),
            Field::Transaction => octets.extend(0x1234_u32.to_be_bytes()),
            Field::PeerAddress(_) | Field::LinkAddress(_) => {}
        }
    }

    fn is_unpacked(&self) -> bool {
        false
    }

    fn is_member(&self, class: &str) -> bool {
        self.classes.contains(&class)
    }
}

fn holds(text: &str) -> Result<bool, EvaluateError> {
    with_vocabulary(Family::V4, |vocabulary| {
        BooleanExpression::compile(text, vocabulary).unwrap().holds(&Discover::new(), &mut Scratch::default())
    })
}

fn value(text: &str) -> Result<Vec<u8>, EvaluateError> {
    with_vocabulary(Family::V4, |vocabulary| {
        let compiled = StringExpression::compile(text, vocabulary).unwrap();
        let (discover, mut scratch) = (Discover::new(), Scratch::default());
        compiled.evaluate(&discover, &mut scratch).map(<[u8]>::to_vec)
    })
}

fn with_vocabulary<T>(family: Family, inner: impl FnOnce(&Vocabulary<'_>) -> T) -> T {
    let classes = [ClassName::new("earlier")];
    inner(&Vocabulary { definitions: &Definitions::new(family), classes: Some(&classes) })
}

#[test]
fn an_array_of_strings_is_one_expression_and_an_error_names_the_string() {
    let source = Source::new(["option[12].exists and", "  'a' == 'b' and\n 1 == 1", "and option[99] = 1"]);
    with_vocabulary(Family::V4, |vocabulary| {
        let error = BooleanExpression::compile(source.text(), vocabulary).unwrap_err();
        assert_eq!(error.to_string(), "<string>:4.16: Invalid character: =");
        assert_eq!(source.locate(error.span.unwrap()), (2, Span { line: 1, column: 16, last: 16 }));
    });
}

#[test]
fn an_error_is_shown_with_a_mark_under_its_place_and_a_guess() {
    let source = Source::new(["optoin[12].exists"]);
    with_vocabulary(Family::V4, |vocabulary| {
        let error = BooleanExpression::compile(source.text(), vocabulary).unwrap_err();
        assert_eq!(source.show(&error), "optoin[12].exists\n^\n= did you mean 'option'?\n");
        let error = BooleanExpression::compile("option[host-nam].exists", vocabulary).unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean 'host-name'?");
        let error = BooleanExpression::compile("member('earlyer')", vocabulary).unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean 'earlier'?");
        let error = BooleanExpression::compile("known", vocabulary).unwrap_err();
        assert_eq!(error.hint.unwrap(), "did you mean member('KNOWN')?");
    });
}

#[test]
fn a_trace_names_the_comparison_that_failed_and_what_it_saw() {
    with_vocabulary(Family::V4, |vocabulary| {
        let text = "option[12].exists and substring(option[60].hex, 0, 3) == 'abc' sand not member('earlier')";
        let compiled = BooleanExpression::compile(text, vocabulary).unwrap();
        let (value, trace) = compiled.trace(&Discover::new(), &mut Scratch::default());
        assert_eq!(value, Ok(false));
        let told: Vec<String> = trace.outcomes.iter().map(ToString::to_string).collect();
        let comparison = "substring(option[60].hex, 0, 3) == 'abc' is false: substring(option[60].hex, 0, 3) is 'doc'";
        assert_eq!(told, ["option[12].exists is true", comparison, "member('earlier') is false"]);
    });
}

#[test]
fn the_classes_an_expression_asks_about_are_known() {
    with_vocabulary(Family::V4, |vocabulary| {
        let text = "ifelse(member('KNOWN') or not member('earlier'), 'a', ucase('b'))";
        let compiled = StringExpression::compile(text, vocabulary).unwrap();
        let classes: Vec<&str> = compiled.classes().into_iter().map(ClassName::as_str).collect();
        assert_eq!(classes, ["KNOWN", "earlier"]);
    });
}

#[test]
fn depth_has_a_limit_and_length_has_none() {
    with_vocabulary(Family::V4, |vocabulary| {
        let deep = format!("{}1 == 1{}", "(".repeat(DEPTH_LIMIT + 1), ")".repeat(DEPTH_LIMIT + 1));
        let error = BooleanExpression::compile(&deep, vocabulary).unwrap_err();
        assert_eq!(error.problem, Problem::Depth(DEPTH_LIMIT));
        assert!(BooleanExpression::compile(&format!("{}1 == 1", "not ".repeat(100_000)), vocabulary).is_err());
        let long = format!("'a'{}", " + 'a'".repeat(10_000));
        let compiled = StringExpression::compile(&long, vocabulary).unwrap();
        assert_eq!(compiled.evaluate(&Discover::new(), &mut Scratch::default()).unwrap().len(), 10_001);
    });
}
