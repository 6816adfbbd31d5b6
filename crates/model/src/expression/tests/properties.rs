//! What holds for all expressions, all packets and all patterns.

use proptest::prelude::*;

use super::*;
use crate::regex::{Matcher, Pattern};

/// Texts of the language, most of them right.
fn string() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "'[a-zA-Z0-9 .:_-]{0,6}'",
        "0x[0-9a-f]{1,8}",
        (0_u32..).prop_map(|number| number.to_string()),
        Just("192.0.2.1".to_owned()),
        Just("2001:db8::1".to_owned()),
        (0_u16..256).prop_map(|code| format!("option[{code}].hex")),
        (0_u16..256).prop_map(|code| format!("option[{code}].text")),
        (0_u16..256, 0_u16..8).prop_map(|(code, inner)| format!("option[{code}].option[{inner}].text")),
        (0_u16..8).prop_map(|code| format!("vendor[*].option[{code}].text")),
        (0_u16..4).prop_map(|nth| format!("vendor-class[*].data[{nth}]")),
        Just("vendor.enterprise".to_owned()),
        prop_oneof!["pkt\\.(iface|src|dst|len)", "pkt6\\.(msgtype|transid)"],
        (-3_i8..3).prop_map(|relay| format!("relay6[{relay}].peeraddr")),
        (-3_i8..3, 0_u16..80).prop_map(|(relay, code)| format!("relay6[{relay}].option[{code}].text")),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(a, b)| format!("{a} + {b}")),
            pair.clone().prop_map(|(a, b)| format!("({a}) + ({b})")),
            pair.clone().prop_map(|(a, b)| format!("concat({a}, {b})")),
            pair.clone().prop_map(|(a, b)| format!("hexstring({a}, {b})")),
            (inner.clone(), -9_i8..9, -9_i8..9).prop_map(|(a, from, count)| format!("substring({a}, {from}, {count})")),
            (inner.clone(), -9_i8..9).prop_map(|(a, from)| format!("substring({a},{from},all)")),
            (pair.clone(), -2_i8..9).prop_map(|((a, b), nth)| format!("split({a}, {b}, {nth})")),
            (inner.clone(), "lcase|ucase|addrtotext|u?int(8|16|32)totext").prop_map(|(a, word)| format!("{word}({a})")),
            (pair.clone(), inner.clone(), "s?ifelse")
                .prop_map(|((a, b), c, word)| format!("{word}({a} == {b}, {c}, {a})")),
        ]
    })
}

fn condition() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (string(), string()).prop_map(|(a, b)| format!("{a} == {b}")),
        string().prop_map(|text| format!("match('[a-f0-9]*(x|y)+', {text})")),
        Just("member('ALL')".to_owned()),
        Just("member('a')".to_owned()),
        (0_u16..256).prop_map(|code| format!("option[{code}].exists")),
        Just("vendor[*].exists".to_owned()),
        Just("vendor-class[4491].exists".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("not {a}")),
            inner.clone().prop_map(|a| format!("({a})")),
            (inner.clone(), inner, "s?(and|or)").prop_map(|(a, b, word)| format!("{a} {word} ({b})")),
        ]
    })
}

/// Octets that begin as a packet does.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    let options = proptest::collection::vec((0_u16..60, proptest::collection::vec(any::<u8>(), 0..40)), 0..12);
    (options, 0_usize..3).prop_map(|(options, relays)| {
        let mut octets = vec![1, 0, 0, 7];
        for (code, value) in &options {
            octets.extend(code.to_be_bytes());
            octets.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            octets.extend(value);
        }
        for hop in 0..relays {
            let mut envelope = vec![12, u8::try_from(hop).unwrap()];
            envelope.extend([0x20; 32]);
            envelope.extend([0, 37, 0, 5, 0, 0, 0, 9, b'x', 0, 9]);
            envelope.extend(u16::try_from(octets.len()).unwrap().to_be_bytes());
            envelope.extend(octets);
            octets = envelope;
        }
        octets
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_as_it_was_and_a_trace_says_what_evaluation_does(text in string(), octets in packet()) {
        let compiles = with_vocabulary(Family::V6, |vocabulary| StringExpression::compile(&text, vocabulary).is_ok());
        prop_assert!(compiles && exercise(&text, &octets), "{text}");
    }

    #[test]
    fn conditions_are_written_and_traced_as_they_are(text in condition(), octets in packet()) {
        let compiles = with_vocabulary(Family::V6, |vocabulary| {
            BooleanExpression::compile(&text.replace("'a'", "'earlier'"), vocabulary).is_ok()
        });
        prop_assert!(compiles && exercise(&text, &octets), "{text}");
    }

    #[test]
    fn no_text_and_no_packet_panics(
        text in "[a-z0-9'()\\[\\].,+*=:x é\n-]{0,40}",
        octets in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        exercise(&text, &octets);
    }

    #[test]
    fn no_pattern_and_no_text_panics(pattern in "[ab.*+?(){}|^$\\\\1-9,\\[\\]:=!-]{0,24}", text in "[ab1 \n]{0,30}") {
        if let Ok(pattern) = Pattern::new(&pattern) {
            let mut matcher = Matcher::default();
            let whole = pattern.matches(text.as_bytes(), &mut matcher);
            prop_assert_eq!(whole, pattern.match_at(text.as_bytes(), 0, &mut matcher) == Some(text.len()));
        }
    }
}
