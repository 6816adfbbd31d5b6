//! What libraries are told and refuse, in the words `kea-dhcp4 -T` and `kea-dhcp6 -T` log.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use config::{Configuration, FileError};
    use model::{Family, PingCheck, Seconds};

    fn read(family: Family, library: &str, parameters: &str) -> Result<Configuration, String> {
        let key = family.pick("Dhcp4", "Dhcp6");
        let parameters = if parameters.is_empty() { String::new() } else { format!(", \"parameters\": {parameters}") };
        let hooks = format!("[{{ \"library\": \"libdhcp_{library}.so\"{parameters} }}]");
        configuration(family, &format!("{{ \"{key}\": {{ \"hooks-libraries\": {hooks} }} }}"))
    }

    fn configuration(family: Family, text: &str) -> Result<Configuration, String> {
        let no_includes = |_: &str| Err(std::io::Error::other("no such file"));
        let read = surroundings::with(|surroundings| {
            config::from_file_text(family, "x.conf", text, &no_includes, surroundings)
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

    #[test]
    fn what_asks_for_addresses_is_refused_with_the_words_of_kea() {
        let said = |parameters: &str| refused(Family::V4, "ping_check", parameters);
        assert_eq!(said(""), "params must not be null");
        assert_eq!(said(r#"{ "foo": 1, "min-ping-requests": 0 }"#), "spurious 'foo' parameter");
        assert_eq!(said(r#"{ "enable-ping-check": 1 }"#), "'enable-ping-check' parameter is not a boolean");
        assert_eq!(said(r#"{ "min-ping-requests": 0 }"#), "invalid min-ping-requests: '0', must be greater than 0");
        assert_eq!(said(r#"{ "reply-timeout": -5 }"#), "invalid reply-timeout: '-5', must be greater than 0");
        assert_eq!(said(r#"{ "ping-cltt-secs": -1 }"#), "invalid ping-cltt-secs: '-1', cannot be less than 0");
        let text = said(r#"{ "ping-channel-threads": -1 }"#);
        assert_eq!(text, "invalid ping-channel-threads: '-1', cannot be less than 0");
        for key in ["min-ping-requests", "reply-timeout", "ping-cltt-secs", "ping-channel-threads"] {
            let text = said(&format!("{{ \"{key}\": \"x\" }}"));
            assert_eq!(text, format!("'{key}' parameter is not an integer"));
        }
        let text = refused(Family::V6, "ping_check", "{}");
        assert_eq!(text, "Bad process name: kea-dhcp6, expected kea-dhcp4");
    }

    #[test]
    fn the_check_of_users_is_served_in_both_families_and_takes_no_parameters() {
        for family in [Family::V4, Family::V6] {
            for parameters in ["", "{}"] {
                let configuration = read(family, "user_chk", parameters).unwrap();
                assert_eq!(configuration.hooks[0].name, "libdhcp_user_chk.so");
                assert!(configuration.notices.iter().all(|notice| notice.id != "NESTOR_FEATURE_NOT_SERVED"));
            }
        }
    }

    #[test]
    fn a_subnet_that_says_how_addresses_are_asked_for_says_all_of_it() {
        let checks = |parameters: &str, context: &str| {
            let text = format!(
                r#"{{ "Dhcp4": {{
                    "hooks-libraries": [ {{ "library": "libdhcp_ping_check.so", "parameters": {parameters} }} ],
                    "subnet4": [ {{ "id": 1, "subnet": "192.0.2.0/24", "user-context": {context} }} ]
                }} }}"#
            );
            let configuration = configuration(Family::V4, &text)?;
            Ok::<_, String>(configuration.model.subnets[0].ping_check)
        };
        let check =
            |requests, reply_timeout_ms, cltt| Ok(Some(PingCheck { requests, reply_timeout_ms, cltt: Seconds(cltt) }));
        assert_eq!(checks("{}", "{}"), check(1, 100, 60));
        assert_eq!(checks(r#"{ "min-ping-requests": 3, "ping-cltt-secs": 0 }"#, "{}"), check(3, 100, 0));
        let own = r#"{ "ping-check": { "reply-timeout": 20 } }"#;
        assert_eq!(checks(r#"{ "min-ping-requests": 3 }"#, own), check(1, 20, 60));
        assert_eq!(checks(r#"{ "enable-ping-check": false }"#, "{}"), Ok(None));
        assert_eq!(checks(r#"{ "enable-ping-check": false }"#, r#"{ "ping-check": {} }"#), check(1, 100, 60));
        let wrong = checks("{}", r#"{ "ping-check": 5 }"#).unwrap_err();
        assert!(wrong.starts_with("mapValue() called on non-map Element in (x.conf:"), "{wrong}");
        let wrong = checks("{}", r#"{ "ping-check": { "foo": 1 } }"#).unwrap_err();
        assert_eq!(wrong, "spurious 'foo' parameter");
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

    /// What limits are answered with: where they stand, the limits and the words.
    const LIMITS: &str = include_str!("data/limits.txt");

    #[test]
    fn limits_are_refused_with_the_words_of_kea() {
        let text = refused(Family::V4, "limits", r#"{ "bogus": 1 }"#);
        assert_eq!(text, r#"expected no parameters for libdhcp_limits.so, found { "bogus": 1 }"#);
        let mut wrong = Vec::new();
        for (case, family) in LIMITS.lines().flat_map(|case| [(case, Family::V4), (case, Family::V6)]) {
            let (limits, words) = case.split_once(" => ").unwrap();
            let (place, limits) = limits.split_once(' ').unwrap();
            let (key, subnets) = family.pick(("Dhcp4", "subnet4"), ("Dhcp6", "subnet6"));
            let prefix = family.pick("10.0.0.0/24", "2001:db8::/64");
            let around = match place {
                "class" => "\"client-classes\": [{ \"name\": \"lim\"".to_owned(),
                _ => format!("\"{subnets}\": [{{ \"id\": 1, \"subnet\": \"{prefix}\""),
            };
            let hooks = r#""hooks-libraries": [{ "library": "libdhcp_limits.so" }]"#;
            let text =
                format!("{{ \"{key}\": {{ {hooks}, {around}, \"user-context\": {{ \"limits\": {limits} }} }}] }} }}");
            let said = configuration(family, &text).map_or_else(|text| text, |_| "OK".to_owned());
            let said = said.split(" (x.conf:").next().unwrap().to_owned();
            if said != words {
                wrong.push(format!("{case}\n  says {said}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn an_expression_for_names_is_refused_with_the_words_of_kea() {
        let both = [Family::V4, Family::V6];
        assert_eq!(both.map(|family| refused(family, "ddns_tuning", "")), ["params must not be null"; 2]);
        let text = |family, parameters: &str| refused(family, "ddns_tuning", parameters);
        let words = "'hostname-expr' must be a string";
        assert_eq!(both.map(|family| text(family, r#"{ "hostname-expr": 5 }"#)), [words; 2]);
        assert_eq!(both.map(|family| text(family, r#"{ "hostname-expr": null }"#)), [words; 2]);
        let cases = [
            ("foo(", "<string>:1.1: Invalid character: f"),
            ("member('x')", "<string>:1.1-6: syntax error, unexpected member"),
            ("option[12].exists", "<string>:1.12-17: syntax error, unexpected exists, expecting option or text or hex"),
        ];
        for (expression, why) in cases {
            let words = format!("parsing failed: error parsing expression: [{expression}] : {why}");
            let said = both.map(|family| text(family, &format!("{{ \"hostname-expr\": \"{expression}\" }}")));
            assert_eq!(said, [format!("global expression {words}"), format!("global expression {words}")]);
            let of_subnet =
                both.map(|family| tuned(family, &format!("{{ \"hostname-expr\": \"{expression}\" }}")).unwrap_err());
            let [v4, v6] = ["10.0.0.0/24", "2001:db8::/64"];
            let words = [v4, v6].map(|subnet| format!("hostname expression for subnet: {subnet} {words}"));
            assert_eq!(of_subnet, words);
        }
        assert_eq!(
            text(Family::V6, r#"{ "hostname-expr": "hexstring(pkt4.mac,'')" }"#),
            "global expression parsing failed: error parsing expression: [hexstring(pkt4.mac,'')] : <string>:1.11-14: pkt4 can \
             only be used in DHCPv4."
        );
    }

    #[test]
    fn a_subnet_may_have_an_expression_of_its_own_or_none() {
        let expressions = [("{ }", Some(true)), (r#"{ "hostname-expr": 5 }"#, Some(true)), ("5", Some(true))];
        let own =
            [(r#"{ "hostname-expr": "" }"#, Some(false)), (r#"{ "hostname-expr": ["'b'", " + 'c'"] }"#, Some(true))];
        for (told, names) in expressions.into_iter().chain(own) {
            let tuning = tuned(Family::V4, told).unwrap().model.settings.name_tuning;
            assert_eq!(tuning.map(|tuning| tuning.of(model::SubnetId(1)).is_some()), names, "{told}");
        }
        assert_eq!(read(Family::V4, "flex_option", r#"{ "options": [] }"#).unwrap().model.settings.name_tuning, None);
    }

    /// Reads a configuration with an expression for all and what one subnet is told.
    fn tuned(family: Family, told: &str) -> Result<Configuration, String> {
        let (key, subnets) = family.pick(("Dhcp4", "subnet4"), ("Dhcp6", "subnet6"));
        let prefix = family.pick("10.0.0.0/24", "2001:db8::/64");
        let hooks = r#"[{ "library": "libdhcp_ddns_tuning.so", "parameters": { "hostname-expr": "'a'" } }]"#;
        let context = format!("\"user-context\": {{ \"ddns-tuning\": {told} }}");
        let subnet = format!("{{ \"id\": 1, \"subnet\": \"{prefix}\", {context} }}");
        configuration(
            family,
            &format!("{{ \"{key}\": {{ \"hooks-libraries\": {hooks}, \"{subnets}\": [{subnet}] }} }}"),
        )
    }
}
