//! What libraries are told and refuse, in the words `kea-dhcp4 -T` and `kea-dhcp6 -T` log.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use config::{Configuration, FileError};
    use model::Family;

    fn read(family: Family, library: &str, parameters: &str) -> Result<Configuration, String> {
        let key = family.pick("Dhcp4", "Dhcp6");
        let parameters = if parameters.is_empty() { String::new() } else { format!(", \"parameters\": {parameters}") };
        let hooks = format!("[{{ \"library\": \"libdhcp_{library}.so\"{parameters} }}]");
        let text = format!("{{ \"{key}\": {{ \"hooks-libraries\": {hooks} }} }}");
        let no_includes = |_: &str| Err(std::io::Error::other("no such file"));
        let read = surroundings::with(|surroundings| {
            config::from_file_text(family, "x.conf", &text, &no_includes, surroundings)
        });
        read.map(|(configuration, _)| configuration).map_err(|error| match error {
            FileError::Semantic(error, _) => {
                assert!(error.span.is_some(), "{text}: {error}");
                error.text
            }
            FileError::Syntax(errors) => format!("syntax: {errors}"),
        })
    }

    fn refused(family: Family, library: &str, parameters: &str) -> String {
        read(family, library, parameters).map(|_| ()).unwrap_err()
    }

    #[test]
    fn a_flexible_identifier_is_refused_with_the_words_of_kea() {
        let refused = |parameters: &str| refused(Family::V6, "flex_id", parameters);
        assert_eq!(refused(""), "Expression (identifier-expression) is not defined.");
        let text = refused(r#"{ "identifier-expression": 5 }"#);
        assert_eq!(text, "The identifier-expression is integer, but expected JSON string");
        let text = refused(r#"{ "identifier-expression": "foo(" }"#);
        let words = "fails to parse with error: <string>:1.1: Invalid character: f";
        assert_eq!(text, format!("The identifier-expression is [foo(], but {words}"));
        let text = refused(r#"{ "identifier-expression": "'a'", "replace-client-id": 1 }"#);
        assert_eq!(text, "the replace-client-id is integer but expected boolean value");
        let text = refused(r#"{ "identifier-expression": "'a'", "ignore-iaid": 3 }"#);
        assert_eq!(text, "the ignore-iaid is integer but expected boolean value");
    }

    #[test]
    fn a_flexible_identifier_may_name_any_class_and_be_an_array() {
        let parameters = r#"{ "identifier-expression": ["ifelse(member('nope'),", "'a','b')"], "bogus": true }"#;
        let flexible = read(Family::V4, "flex_id", parameters).unwrap().model.settings.flexible_id.unwrap();
        assert!(!flexible.replaces_client_id && !flexible.ignores_iaid);
    }

    /// What parameters are answered with: a family, the parameters and the words.
    const ENTRIES: &str = include_str!("data/flex_option.txt");

    #[test]
    fn changes_to_replies_are_refused_with_the_words_of_kea() {
        assert_eq!(refused(Family::V4, "flex_option", ""), "'options' parameter is mandatory");
        let mut wrong = Vec::new();
        for case in ENTRIES.lines() {
            let (entries, words) = case.split_once(" => ").unwrap();
            let (family, parameters) = entries.split_once(' ').unwrap();
            let family = if family == "4" { Family::V4 } else { Family::V6 };
            let said = read(family, "flex_option", parameters).map_or_else(|text| text, |_| "OK".to_owned());
            if said != words {
                wrong.push(format!("{case}\n  says {said}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
