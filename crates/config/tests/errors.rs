//! What is refused, with Kea's element, words and positions: `data/errors6.txt` holds what `kea-dhcp6 -t` said, and
//! `data/commands6.txt` what `config-test` over the unix socket said.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use config::{FileError, Origin};
    use model::Family;

    /// Cases where this program refuses what Kea accepts, or says something else, each with the reason.
    const DIFFERENT: &[(&str, &str)] = &[
        (r#""option-data":[{"name":"dns-servers","data":"1.2.3.4"}]"#, "the text is the codec's own"),
        (
            r#""option-data":[{"name":"preference","csv-format":false,"data":""}]"#,
            "hex values are not held against types",
        ),
        (r#""option-data":[{"name":"sip-server-dns","data":"a b.c"}]"#, "a blank in a name is refused"),
        ("\"client-classes\":[{\"name\":\"a\",\"test\":⏎\"option[61].hex = 1\"}]", EXPRESSIONS),
        (r#""client-classes":[{"name":"a","test":"member('b')"}]"#, EXPRESSIONS),
        (r#""client-classes":[{"name":"a","option-data":[{"name":"nope"}],"test":"x"}]"#, EXPRESSIONS),
        (r#""lease-database":{"type":"mysql"}"#, DATABASES),
        (r#""lease-database":{"type":"postgresql","name":"x","user":"u"}"#, DATABASES),
        (r#"{"Dhcp6":{"ddns-replace-client-name":"foo"}}"#, "Kea takes any word and fails when a client comes"),
    ];

    const EXPRESSIONS: &str = "class expressions are not read yet";
    const DATABASES: &str = "only memfile is served, and Kea finds out only when it starts";

    fn cases(text: &str) -> Vec<(&str, &str)> {
        let lines: Vec<&str> = text.lines().collect();
        lines.chunks(2).map(|pair| (pair[0].strip_prefix('#').unwrap(), pair[1])).collect()
    }

    fn report(wrong: &[String]) {
        assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn a_file_is_refused_with_the_words_of_kea() {
        let mut wrong = Vec::new();
        for (input, expected) in cases(include_str!("data/errors6.txt")) {
            let text = format!("{{\"Dhcp6\":{{{}}}}}\n", input.replace('⏎', "\n"));
            let no_includes = |_: &str| Err(std::io::Error::other("no such file"));
            let said = surroundings::with(|surroundings| {
                match config::from_file_text(Family::V6, "x.conf", &text, &no_includes, surroundings) {
                    Ok(_) => "ok".to_owned(),
                    Err(FileError::Semantic(error, _)) => format!("{}|{}", error.element, error.text),
                    Err(FileError::Syntax(errors)) => format!("syntax: {errors}"),
                }
            });
            let excused = DIFFERENT.iter().any(|(case, _)| *case == input);
            if (said == expected) == excused {
                wrong.push(format!("{input}\n  says {said}\n  Kea: {expected}"));
            }
        }
        report(&wrong);
    }

    #[test]
    fn a_command_is_refused_with_the_words_of_kea() {
        let mut wrong = Vec::new();
        for (input, expected) in cases(include_str!("data/commands6.txt")) {
            let text = format!("{{\"command\":\"config-test\",\"arguments\":{input}}}");
            let root = config::json::wire::parse("<wire>", text.as_bytes()).unwrap();
            let root = root.get("arguments").unwrap().get("Dhcp6").unwrap();
            let said = surroundings::with(|surroundings| {
                match config::configure(Family::V6, root, Origin::Command, surroundings) {
                    Ok(_) => "ok".to_owned(),
                    Err(error) => error.text,
                }
            });
            let excused = DIFFERENT.iter().any(|(case, _)| *case == input);
            if (said == expected) == excused {
                wrong.push(format!("{input}\n  says {said}\n  Kea: {expected}"));
            }
        }
        report(&wrong);
    }
}
