//! What is refused, with Kea's element, words and positions: `data/errors4.txt` and `data/errors6.txt` hold what
//! `kea-dhcp4 -t` and `kea-dhcp6 -t` said, `data/commands4.txt` and `data/commands6.txt` what `config-test` over the unix
//! socket said.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use config::{FileError, Origin};
    use model::Family;

    /// Cases where this program refuses what Kea accepts, or says something else, each with the reason.
    const DIFFERENT_6: &[(&str, &str)] = &[
        (r#""option-data":[{"name":"dns-servers","data":"1.2.3.4"}]"#, "the text is the codec's own"),
        (r#""option-data":[{"name":"sip-server-dns","data":"a b.c"}]"#, "a blank in a name is refused"),
        (r#""lease-database":{"type":"mysql"}"#, DATABASES),
        (r#""lease-database":{"type":"postgresql","name":"x","user":"u"}"#, DATABASES),
        (r#"{"Dhcp6":{"ddns-replace-client-name":"foo"}}"#, "Kea takes any word and fails when a client comes"),
    ];

    /// The same of DHCPv4.
    const DIFFERENT_4: &[(&str, &str)] = &[
        (r#"{"Dhcp4":{"ddns-replace-client-name":"foo"}}"#, "Kea takes any word and fails when a client comes"),
        (r#""lease-database":{"type":"mysql"}"#, DATABASES),
        (r#""lease-database":{"type":"postgresql","name":"x","user":"u"}"#, DATABASES),
    ];

    const DATABASES: &str = "only memfile is served, and Kea finds out only when it starts";

    fn cases(text: &str) -> Vec<(&str, &str)> {
        let lines: Vec<&str> = text.lines().collect();
        lines.chunks(2).map(|pair| (pair[0].strip_prefix('#').unwrap(), pair[1])).collect()
    }

    fn compare(cases: Vec<(&str, &str)>, different: &[(&str, &str)], say: impl Fn(&str) -> String) {
        let mut wrong = Vec::new();
        for (input, expected) in cases {
            let said = say(input);
            let excused = different.iter().any(|(case, _)| *case == input);
            if (said == expected) == excused {
                wrong.push(format!("{input}\n  says {said}\n  Kea: {expected}"));
            }
        }
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    fn read_file(family: Family, input: &str) -> Result<(), FileError> {
        let key = family.pick("Dhcp4", "Dhcp6");
        let text = format!("{{\"{key}\":{{{}}}}}\n", input.replace('⏎', "\n"));
        let no_includes = |_: &str| Err(std::io::Error::other("no such file"));
        surroundings::with(|surroundings| {
            config::from_file_text(family, "x.conf", &text, &no_includes, surroundings).map(|_| ())
        })
    }

    fn file(family: Family, input: &str) -> String {
        match read_file(family, input) {
            Ok(()) => "ok".to_owned(),
            Err(FileError::Semantic(error, _)) => format!("{}|{}", error.element, error.text),
            Err(FileError::Syntax(errors)) => format!("syntax: {errors}"),
        }
    }

    fn command(family: Family, input: &str) -> String {
        let text = format!("{{\"command\":\"config-test\",\"arguments\":{input}}}");
        let root = config::json::wire::parse("<wire>", text.as_bytes()).unwrap();
        let root = root.get("arguments").unwrap().get(family.pick("Dhcp4", "Dhcp6")).unwrap();
        surroundings::with(|surroundings| match config::configure(family, root, Origin::Command, surroundings) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.text,
        })
    }

    #[test]
    fn a_dhcpv6_file_is_refused_with_the_words_of_kea() {
        compare(cases(include_str!("data/errors6.txt")), DIFFERENT_6, |input| file(Family::V6, input));
    }

    #[test]
    fn a_dhcpv6_command_is_refused_with_the_words_of_kea() {
        compare(cases(include_str!("data/commands6.txt")), DIFFERENT_6, |input| command(Family::V6, input));
    }

    #[test]
    fn a_dhcpv4_file_is_refused_with_the_words_of_kea() {
        compare(cases(include_str!("data/errors4.txt")), DIFFERENT_4, |input| file(Family::V4, input));
    }

    #[test]
    fn a_dhcpv4_command_is_refused_with_the_words_of_kea() {
        compare(cases(include_str!("data/commands4.txt")), DIFFERENT_4, |input| command(Family::V4, input));
    }

    #[test]
    fn every_wrong_meaning_has_a_place_in_the_file() {
        let files = [(Family::V4, include_str!("data/errors4.txt")), (Family::V6, include_str!("data/errors6.txt"))];
        for (family, text) in files {
            for (input, _) in cases(text) {
                if let Err(FileError::Semantic(error, _)) = read_file(family, input) {
                    assert!(error.span.is_some(), "{input}: {error}");
                }
            }
        }
    }

    #[test]
    fn what_was_logged_before_the_error_is_not_lost() {
        let input = r#""subnet4":[{"id":1,"subnet":"10.0.0.0/8"},{"id":1,"subnet":"11.0.0.0/8"}]"#;
        let Err(FileError::Semantic(error, _)) = read_file(Family::V4, input) else { panic!("not refused") };
        let ids: Vec<_> = error.notices.iter().map(|notice| notice.id).collect();
        assert_eq!(
            ids,
            [
                "DHCPSRV_MT_DISABLED_QUEUE_CONTROL",
                "DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED",
                "DHCPSRV_CFGMGR_NEW_SUBNET4",
                "DHCPSRV_CFGMGR_NEW_SUBNET4"
            ]
        );
    }
}
