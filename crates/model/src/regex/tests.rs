use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern).unwrap().matches(text.as_bytes(), &mut Matcher::default())
}

#[test]
fn a_pattern_matches_all_of_a_text_or_nothing() {
    for (pattern, text) in [
        ("", ""),
        ("abc", "abc"),
        ("a|bc", "bc"),
        ("a*", ""),
        ("a*", "aaa"),
        ("(ab)+", "abab"),
        ("a?b", "b"),
        ("a{2}", "aa"),
        ("a{2,}", "aaaa"),
        ("a{2,3}", "aaa"),
        ("(a{2}){2}", "aaaa"),
        ("a{2}{3}", "aaaaaa"),
        ("a{0}b", "b"),
        ("[a-c]+", "abc"),
        ("[^a-c]+", "xyz"),
        ("[]|x", "x"),
        ("[^]", "q"),
        ("[-a]+", "-a"),
        ("[a-]+", "-a"),
        ("[a-b-c]+", "a-c"),
        ("[[:digit:]x]+", "1x2"),
        ("[\\d.]+", "1.2"),
        ("\\w+\\s\\S+", "ab cd"),
        ("\\x41\\u0042\\t", "AB\t"),
        (".*", "anything"),
        ("a\\.b", "a.b"),
        ("^a$", "a"),
        ("a\\b b", "a b"),
        ("a\\Bb", "ab"),
        ("(?:a|b)c", "bc"),
        ("(?=ab)a.", "ab"),
        ("(?!ab)a.", "ac"),
        ("a(?=bc).*", "abcd"),
        ("(a*)*", "aaa"),
        ("(|a)+", "aa"),
        ("a+?", "aaa"),
        ("]}", "]}"),
    ] {
        assert!(matches(pattern, text), "{pattern} {text}");
        assert!(!matches(pattern, &format!("{text}\n!")) || pattern == "[^a-c]+", "{pattern} {text} and more");
    }
    for (pattern, text) in [
        ("os", "host"),
        ("a{2,3}", "a"),
        ("a{2,3}", "aaaa"),
        ("[]", "a"),
        (".", "\n"),
        ("(?!a).*", "ab"),
        ("a^b", "ab"),
    ] {
        assert!(!matches(pattern, text), "{pattern} {text}");
    }
}

#[test]
fn what_is_wrong_with_a_pattern_is_said_in_known_words() {
    for (pattern, error) in [
        ("(", PatternError::Parenthesis),
        ("a)", PatternError::Parenthesis),
        ("*", PatternError::Parenthesis),
        ("a|*", PatternError::Parenthesis),
        ("{2}", PatternError::Parenthesis),
        ("^*", PatternError::Parenthesis),
        ("(?=a)*", PatternError::Parenthesis),
        ("[", PatternError::Bracket),
        ("[[:alpha:]", PatternError::Bracket),
        ("[z-a]", PatternError::Range),
        ("[\\d-z]", PatternError::RangeStart),
        ("[a-\\d]", PatternError::RangeEnd),
        ("[[:foo:]]", PatternError::Class),
        ("[[:alpha]", PatternError::OpenClass),
        ("a{3,2}", PatternError::Repeat),
        ("a{,2}", PatternError::Repeat),
        ("a{", PatternError::Repeat),
        ("a{2", PatternError::Brace),
        ("a{100000}", PatternError::Size),
        ("(a{1000}){1000}", PatternError::Size),
        ("(?<a>b)", PatternError::Assertion),
        ("\\1", PatternError::NoGroup),
        ("(a)\\1", PatternError::BackReference),
        ("\\x4", PatternError::Hex),
        ("\\u004", PatternError::Unicode),
        ("a\\", PatternError::Escape),
    ] {
        assert_eq!(Pattern::new(pattern).map(|_| ()), Err(error), "{pattern}");
    }
}

#[test]
fn a_pattern_that_stops_other_engines_does_not_stop_this_one() {
    assert!(!matches("(a*)*b", &"a".repeat(2000)));
    assert!(!matches("(a|aa)+$b", &"a".repeat(2000)));
    assert_eq!(Pattern::new(&"(".repeat(5000)).map(|_| ()), Err(PatternError::Size));
    assert_eq!(Pattern::new("(){10000}{10000}").map(|_| ()), Err(PatternError::Size));
}

#[test]
fn the_longest_match_from_a_place_is_found() {
    let pattern = Pattern::new("[^a-z]+").unwrap();
    let mut matcher = Matcher::default();
    assert_eq!(pattern.match_at(b"ab12c", 2, &mut matcher), Some(4));
    assert_eq!(pattern.match_at(b"ab12c", 0, &mut matcher), None);
}

#[test]
fn an_extended_expression_of_posix_replaces_as_kea_does() {
    for (pattern, text, replaced) in [
        ("[^A-Za-z0-9.-]", "a_b!c", "axbxc"),
        ("[^A-Za-z0-9.-]+", "a__b!c", "axbxc"),
        ("(ab|a)", "abac", "xxc"),
        ("a*", "baab", "xbxxbx"),
        ("\\d", "a1b2", "a1b2"),
        ("[[:digit:]]+", "a12b2", "axbx"),
        ("^a", "aab", "xab"),
        ("(b)(c)?", "abc", "ax"),
        (".", "abc", "xxx"),
        ("a{2}", "aaab", "xab"),
        ("b|", "abc", "xaxxcx"),
        ("[]a\\]", "a]\\b", "xxxb"),
    ] {
        let pattern = Pattern::extended(pattern).unwrap();
        let made = pattern.replace_all(text.as_bytes(), b"x", &mut Matcher::default());
        assert_eq!(String::from_utf8(made).unwrap(), replaced, "{} in {text}", pattern.source());
    }
    assert_eq!(Pattern::extended("[").map(|_| ()), Err(PatternError::Bracket));
}
