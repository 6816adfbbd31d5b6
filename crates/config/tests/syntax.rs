//! What Kea 3.0.4 was seen to say of broken texts, row by row.

use std::io;

use config::json::wire::{self, Framer};
use config::json::{self, Node, Value, print};
use config::{diagnostic, syntax};
use model::Family;
use proptest::prelude::*;

fn nothing(name: &str) -> io::Result<String> {
    Err(io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
}

fn first_error(family: Family, text: &str) -> String {
    match syntax::read(family, "c.json", text, &nothing) {
        Ok(_) => "fine".to_owned(),
        Err(errors) => errors.to_string(),
    }
}

fn warnings(family: Family, text: &str) -> Vec<String> {
    let warnings = match syntax::read(family, "c.json", text, &nothing) {
        Ok((_, warnings)) => warnings,
        Err(errors) => errors.warnings,
    };
    warnings.iter().map(ToString::to_string).collect()
}

/// Texts for DHCPv4 and what Kea says of them.
const CATALOGUE: &[(&str, &str)] = &[
    ("", "c.json:1.1: syntax error, unexpected end of file, expecting {"),
    ("hello", "c.json:1.1: Invalid character: h"),
    ("[ 1 ]", "c.json:1.1: syntax error, unexpected [, expecting {"),
    ("{ \"Dhcp4\": { ", "c.json:1.14: syntax error, unexpected end of file"),
    (
        "{ \"Dhcp4\": {\n  \"valid-lifetime\": 1\n  \"renew-timer\": 2 } }",
        "c.json:3.3-15: syntax error, unexpected renew-timer, expecting \",\" or }",
    ),
    ("{ \"Dhcp4\": { \"renew-timer\" 5 } }", "c.json:1.28: syntax error, unexpected integer, expecting :"),
    ("{ \"Dhcp4\": { \"foo-bar\": 5 } }", "c.json:1.14-22: got unexpected keyword \"foo-bar\" in Dhcp4 map."),
    ("{ \"Dhcp5\": { } }", "c.json:1.3-9: syntax error, unexpected constant string, expecting Dhcp4"),
    (
        "{ \"Dhcp4\": { \"renew-timer\": 1 }, \"Logging\": { } }",
        "c.json:1.34-42: syntax error, unexpected constant string, expecting \",\" or }",
    ),
    (
        "{ \"Dhcp4\": { \"renew-timer\": \"1000\" } }",
        "c.json:1.29-34: syntax error, unexpected constant string, expecting integer",
    ),
    (
        "{ \"Dhcp4\": { \"renew-timer\": 1.5 } }",
        "c.json:1.29-31: syntax error, unexpected floating point, expecting integer",
    ),
    ("{ \"Dhcp4\": { \"renew-timer\": null } }", "c.json:1.29-32: syntax error, unexpected null, expecting integer"),
    ("{ \"Dhcp4\": { \"t1-percent\": 1 } }", "c.json:1.28: syntax error, unexpected integer, expecting floating point"),
    (
        "{ \"Dhcp4\": { \"authoritative\": \"yes\" } }",
        "c.json:1.31-35: syntax error, unexpected constant string, expecting boolean",
    ),
    (
        "{ \"Dhcp4\": { \"interfaces-config\": { \"dhcp-socket-type\": \"tcp\" } } }",
        "c.json:1.57-61: syntax error, unexpected constant string, expecting raw or udp",
    ),
    ("{ \"Dhcp4\": { \"authoritative\": True } }", "c.json:1.31-34: JSON true reserved keyword is lower case only"),
    (
        "{ \"Dhcp4\": { \"renew-timer\": 99999999999999999999 } }",
        "c.json:1.29-48: Failed to convert 99999999999999999999 to an integer.",
    ),
    (
        "{ \"Dhcp4\": { \"renew-timer\": +10 } }",
        "c.json:1.29-31: syntax error, unexpected floating point, expecting integer",
    ),
    (
        "{ \"Dhcp4\": {\n \"valid-lifetime\": 1,\n \"valid-lifetime\": 2 } }",
        "c.json:3:2: duplicate valid-lifetime entries in Dhcp4 map (previous at c.json:2:20)",
    ),
    (
        "{ \"Dhcp4\": { \"user-context\": { \"a\": 1, \"a\": 2 } } }",
        "c.json:1:40: duplicate a entries in JSON map (previous at c.json:1:37)",
    ),
    ("{ /* x", "Comment not closed. (/* in line 1"),
    ("<?include", "Directive not closed."),
    ("{ \"Dhcp4\": { \"server-tag\": \"a\\qb\" } }", "c.json:1.28-33 (near 3): Bad escape in \"a\\qb\""),
    ("{ \"Dhcp4\": { \"server-tag\": \"a\tb\" } }", "c.json:1.28-32 (near 2): Invalid control in \"a\tb\""),
    (
        "{ \"Dhcp4\": { \"server-tag\": \"a\\u1234\" } }",
        "c.json:1.28-36 (near 4): Unsupported unicode escape in \"a\\u1234\"",
    ),
    ("{ <?include \"/nonexist\"?> }", "Can't open include file /nonexist"),
    ("{ \"Dhcp4\": { @", "c.json:1.14: Invalid character: @"),
    ("{ \"Dhcp4\": { \"subnet4\": [ , ] } }", "c.json:1.27: syntax error, unexpected \",\", expecting ]"),
    ("{ \"Dhcp4\": { } }", "c.json:1.14: syntax error, unexpected }"),
    (
        "{ \"Dhcp4\": { \"subnet4\": [ { \"id\": 1 } ] } }",
        "missing parameter 'subnet' (c.json:1:27) [subnet4 map between c.json:1:27 and c.json:1:37]",
    ),
    (
        "{ \"Dhcp4\": { \"sanity-checks\": { \"lease-checks\": \"maybe\" } } }",
        "c.json:1.49-55: Unsupported 'lease-checks value: maybe, supported values are: none, warn, fix, fix-del, del",
    ),
    (
        "{ \"Dhcp4\": { \"sanity-checks\": { \"extended-info-checks\": \"maybe\" } } }",
        "c.json:1.57-63: Unsupported 'extended-info-checks value: maybe, supported values are: none, fix, strict, pedantic",
    ),
    (
        "{ \"Dhcp4\": { \"ddns-replace-client-name\": true } }",
        "c.json:1.42-45: boolean values for the ddns-replace-client-name are no longer supported",
    ),
    (
        "{ \"Dhcp4\": { \"reservation-mode\": \"all\" } }",
        "c.json:1.14-31: got unexpected keyword \"reservation-mode\" in Dhcp4 map.",
    ),
    ("{ \"Dhcp4\": { \"loggers\": [ ] } }", "c.json:1.27: syntax error, unexpected ], expecting {"),
    (
        "{ \"Dhcp4\": { \"multi-threading\": { \"thread-pool-size\": 1 } } }",
        "missing parameter 'enable-multi-threading' (c.json:1:14) [multi-threading map between c.json:1:33 and c.json:1:57]",
    ),
    (
        "{ \"Dhcp4\": { \"comment\": \"a\", \"user-context\": { }, \"comment\": \"b\" } }",
        "c.json:1.51-59: duplicate user-context/comment entries (previous at c.json:1:46)",
    ),
];

#[test]
fn every_row_of_the_catalogue_reads_as_in_kea() {
    for (text, expected) in CATALOGUE {
        assert_eq!(first_error(Family::V4, text), *expected, "{text}");
    }
}

/// The configuration of the DHCPv6 course, with the bracket too many that its reader is to find.
const LAB: &str = include_str!("data/broken6.conf");

#[test]
fn the_broken_file_of_the_course_is_described_as_kea_describes_it() {
    let errors = syntax::read(Family::V6, "/etc/kea/kea-dhcp6.conf", LAB, &nothing).unwrap_err();
    let warnings: Vec<String> = errors.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["/etc/kea/kea-dhcp6.conf:32.11: Extraneous comma. A piece of configuration may have been omitted."]
    );
    assert_eq!(
        errors.to_string(),
        "/etc/kea/kea-dhcp6.conf:33.9-17: syntax error, unexpected constant string, expecting \",\" or }"
    );
    let shown = diagnostic::render(&errors, Family::V6, &|_| Some(LAB.to_owned()), false);
    assert!(shown.contains("33 |         \"loggers\": ["), "{shown}");
    assert!(shown.contains("        ^^^^^^^^^\n"), "{shown}");
    assert!(shown.contains("too many above"), "{shown}");
}

#[test]
fn all_errors_of_a_file_are_listed() {
    let text = "{ \"Dhcp6\": {\n \"renew-timr\": 1,\n \"rebind-timer\": \"x\"\n \"subnet6\": [ { \"id\": 1.5 } ],\n \"comment\": } }";
    let errors = syntax::read(Family::V6, "c", text, &nothing).unwrap_err();
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "c:2.2-13: got unexpected keyword \"renew-timr\" in Dhcp6 map.",
            "c:3.18-20: syntax error, unexpected constant string, expecting integer",
            "c:4.2-10: syntax error, unexpected subnet6, expecting \",\" or }",
            "c:4.23-25: syntax error, unexpected floating point, expecting integer",
            "missing parameter 'subnet' (c:4:15) [subnet6 map between c:4:15 and c:4:27]",
            "c:5.13: syntax error, unexpected }, expecting constant string",
        ]
    );
    let shown = diagnostic::render(&errors, Family::V6, &|_| Some(text.to_owned()), false);
    assert!(shown.contains("did you mean \"renew-timer\"?"), "{shown}");
    assert!(shown.ends_with("6 errors\n"), "{shown}");
}

#[test]
fn a_misplaced_keyword_is_told_where_it_belongs() {
    let errors = syntax::read(Family::V6, "c", "{ \"Dhcp6\": { \"pd-pools\": [ ] } }", &nothing).unwrap_err();
    let shown = diagnostic::render(&errors, Family::V6, &|_| None, false);
    assert!(shown.contains("\"pd-pools\" is allowed in Dhcp6.subnet6[]"), "{shown}");
}

#[test]
fn extra_commas_are_warned_of_one_by_one() {
    let text = "{ \"Dhcp4\": { \"renew-timer\": 1,,\n \"subnet4\": [ ,";
    assert_eq!(
        warnings(Family::V4, text),
        ["c.json:1.30: Extraneous comma. A piece of configuration may have been omitted."]
    );
}

#[test]
fn eleven_includes_may_nest_and_the_twelfth_is_refused() {
    let load = |name: &str| -> io::Result<String> {
        let depth: u32 = name.parse().map_err(io::Error::other)?;
        Ok(if depth == 0 { "1".to_owned() } else { format!("<?include \"{}\"?>", depth - 1) })
    };
    let text = |depth: u32| format!("{{ \"Dhcp4\": {{ \"renew-timer\": <?include \"{depth}\"?> }} }}");
    assert!(syntax::read(Family::V4, "c", &text(10), &load).is_ok());
    let errors = syntax::read(Family::V4, "c", &text(11), &load).unwrap_err();
    assert_eq!(errors.to_string(), "Too many nested include.");
}

#[test]
fn files_that_include_one_another_over_and_over_come_to_an_end() {
    let load = |name: &str| -> io::Result<String> {
        let depth: u32 = name.parse().map_err(io::Error::other)?;
        let next = format!("<?include \"{}\"?>", depth.saturating_sub(1));
        Ok(if depth == 0 { " ".to_owned() } else { next.repeat(10) })
    };
    let errors = syntax::read(Family::V4, "c", "<?include \"9\"?>", &load).unwrap_err();
    assert_eq!(errors.to_string(), "Too many nested include.");
}

#[test]
fn replaced_keywords_are_warned_of_and_replaced() {
    let text = "{ \"Dhcp6\": { \"ddns-use-conflict-resolution\": false } }";
    let (root, warnings) = syntax::read(Family::V6, "c", text, &nothing).unwrap();
    assert_eq!(print::compact(&root), "{ \"ddns-conflict-resolution-mode\": \"no-check-with-dhcid\" }");
    assert_eq!(
        warnings.first().unwrap().to_string(),
        "c:1.44: ddns-use-conflict-resolution is deprecated. Substituting ddns-conflict-resolution-mode"
    );
}

#[test]
fn a_comment_moves_into_the_user_context() {
    let text = "{ \"Dhcp6\": { \"comment\": \"c\", \"user-context\": { \"a\": 1 }, // note\n # more\n /* and */ \"renew-timer\": 010 } }";
    let (root, _) = syntax::read(Family::V6, "c", text, &nothing).unwrap();
    assert_eq!(print::compact(&root), "{ \"renew-timer\": 10, \"user-context\": { \"a\": 1, \"comment\": \"c\" } }");
}

#[test]
fn lists_under_a_keyword_are_placed_at_the_keyword() {
    let (root, _) =
        syntax::read(Family::V6, "c", "{ \"Dhcp6\": { \"subnet6\": [ ], \"user-context\": { } } }", &nothing).unwrap();
    assert_eq!(root.get("subnet6").unwrap().span.to_string(), "c:1:14");
    assert_eq!(root.get("user-context").unwrap().span.to_string(), "c:1:46");
}

/// Commands and what Kea says of them.
const WIRE: &[(&str, &str)] = &[
    ("garbage", "invalid first character g"),
    ("{ \"command\" \"x\" }", "'\"' read, one of \":\" expected in <wire>:0:13"),
    ("{ \"command\": \"x\", }", "String expected in <wire>:0:19"),
    ("{ \"command\": foo }", "Bad boolean value: foo in <wire>:0:13"),
    ("{ \"command\": nul }", "Bad null value: nul in <wire>:0:13"),
    ("{ \"command\": \"a\\qb\" }", "Bad escape in <wire>:0:16"),
    ("{ \"command\": \"\\u00g0\" }", "Not hexadecimal in unicode escape in <wire>:0:15"),
    ("{ \"command\": \"a\\u1234b\" }", "Unsupported unicode escape in <wire>:0:17"),
    ("[ 1 2 ]", "'2' read, one of \",]\" expected in <wire>:0:5"),
    ("[ , ]", "error: unexpected character , in <wire>:0:3"),
    ("/x {", "invalid characters /x"),
    ("\n\n{ \"command\"\n:\n foo }", "Bad boolean value: foo in <wire>:2:2"),
    ("{ \"a\": 1-2 }", "Unexpected content found while parsing character string."),
];

#[test]
fn commands_are_refused_in_keas_words() {
    for (text, expected) in WIRE {
        assert_eq!(wire::parse("<wire>", text.as_bytes()).unwrap_err().to_string(), *expected, "{text}");
    }
    let node = wire::parse("<wire>", b"{ \"a\": 1, # x\n \"a\": [ 2, ] } rest").unwrap();
    assert_eq!(print::compact(&node), "{ \"a\": [ 2 ] }");
}

#[test]
fn a_command_is_complete_when_its_brackets_are_balanced() {
    let text = br#" /* { */ { "a": "}\"", "b": [ 1 ] } rest"#;
    let end = text.len() - " rest".len();
    for cut in 0..text.len() {
        let mut framer = Framer::new();
        let (head, tail) = text.split_at(cut);
        let found = match framer.feed(head).unwrap() {
            Some(at) => at,
            None => cut + framer.feed(tail).unwrap().unwrap(),
        };
        assert_eq!(found, end, "cut at {cut}");
    }
    assert!(Framer::new().feed(b"x").is_err());
    assert_eq!(Framer::new().feed(b"{ \"a\": [ ").unwrap(), None);
}

#[test]
fn reals_have_six_digits_and_never_look_like_integers() {
    let seen = [
        (1000.0, "1000.0"),
        (100_000.0, "100000.0"),
        (1e6, "1e+06"),
        (123_456_789.0, "1.23457e+08"),
        (0.25, "0.25"),
        (-0.0, "-0.0"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (1e300, "1e+300"),
        (123_456.7, "123457.0"),
        (999_999.5, "1e+06"),
        (99999.95, "99999.9"),
    ];
    for (number, expected) in seen {
        assert_eq!(print::real(number), expected);
    }
}

#[test]
fn files_are_written_as_config_write_writes_them() {
    let node = wire::parse("<wire>", br#"{"b":[1,[2]],"a":[{"x":{}},3],"c":[[]],"d":[]}"#).unwrap();
    assert_eq!(
        print::pretty(&node),
        "{\n  \"a\": [\n    {\n      \"x\": { }\n    },\n    3\n  ],\n  \"b\": [ 1, [ 2 ] ],\n  \"c\": [\n    [ ]\n  ],\n  \"d\": [ ]\n}"
    );
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    for (open, close) in [("[", "]"), ("{ \"a\": ", "}"), ("[ { \"a\": ", "} ]")] {
        let text = format!(
            "{{ \"Dhcp6\": {{ \"user-context\": {{ \"a\": {} 1 {} }} }} }}",
            open.repeat(100_000),
            close.repeat(100_000)
        );
        assert!(first_error(Family::V6, &text).contains("levels of nesting"));
        assert!(wire::parse("<wire>", text.as_bytes()).is_err());
    }
}

fn trees() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(|number| Value::Integer(i128::from(number))),
        (-1000_i32..1000).prop_map(|number| Value::Real(f64::from(number) / 8.0)),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5)
                .prop_map(|items| Value::List(items.into_iter().map(node).collect())),
            proptest::collection::btree_map("[a-z\"é\n]{0,4}", inner, 0..5).prop_map(|entries| {
                Value::Map(
                    entries
                        .into_iter()
                        .map(|(key, value)| json::Entry { key: key.into(), value: node(value) })
                        .collect(),
                )
            }),
        ]
    })
}

fn node(value: Value) -> Node {
    let at = json::Position { line: 1, column: 1 };
    Node { value, span: json::Span { source: "x".into(), start: at, end: at } }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_the_same(value in trees()) {
        let tree = node(Value::List(vec![node(value)]));
        for text in [print::compact(&tree), print::pretty(&tree)] {
            let parsed = json::parse("x", &text, &nothing);
            prop_assert_eq!(&parsed.errors, &[]);
            prop_assert_eq!(print::compact(&parsed.root.unwrap()), print::compact(&tree));
            let parsed = wire::parse("x", text.as_bytes()).unwrap();
            prop_assert_eq!(print::compact(&parsed), print::compact(&tree));
        }
    }

    #[test]
    fn no_text_does_harm(text in "([{}\\[\\],:\" \n/*#<?]|\"[a-z-]{0,9}\"|[0-9.e+-]{1,4}|<\\?include \"self\"\\?>|\"Dhcp6\"|\"subnet6\"|\"pools\"|\"comment\"|\\\\u00|\\PC){0,60}") {
        syntax::exercise(&text);
        syntax::exercise(&format!("{{ \"Dhcp6\": {{ {text}"));
    }
}
