//! What a configuration means: inheritance, options on the wire, pools, guards.

#[cfg(test)]
mod surroundings;

#[cfg(test)]
mod tests {
    use super::surroundings;

    use config::{Configuration, ListenAddress};
    use model::{Family, PoolKind, Seconds, SubnetId};
    use proptest::prelude::*;

    fn no_includes(_: &str) -> std::io::Result<String> {
        Err(std::io::Error::other("no such file"))
    }

    fn read(inner: &str) -> Configuration {
        read_as(Family::V6, inner)
    }

    fn read_as(family: Family, inner: &str) -> Configuration {
        let key = family.pick("Dhcp4", "Dhcp6");
        let text = format!("{{\"{key}\": {{ {inner} }}}}");
        surroundings::with(|surroundings| {
            config::from_file_text(family, "x.conf", &text, &no_includes, surroundings).unwrap().0
        })
    }

    #[test]
    fn a_subnet_has_what_its_network_and_the_top_lend_it() {
        let model = read(
            r#""valid-lifetime": 4000, "t1-percent": 0.4, "allocator": "random",
        "shared-networks": [{ "name": "n", "valid-lifetime": 5000, "interface-id": "port1", "rapid-commit": true,
            "relay": { "ip-addresses": ["2001:db8::1"] }, "ddns-generated-prefix": "net",
            "subnet6": [{ "id": 9, "subnet": "2001:db8:9::/64", "min-valid-lifetime": 100 },
                        { "id": 2, "subnet": "2001:db8:2::/64" }] }],
        "subnet6": [{ "id": 5, "subnet": "2001:db8:5::/64", "client-class": "old" }]"#,
        )
        .model;
        assert_eq!(model.subnets.iter().map(|subnet| subnet.id.0).collect::<Vec<_>>(), [2, 5, 9]);
        let inner = model.subnet(SubnetId(9)).unwrap();
        assert_eq!((inner.times.valid.min, inner.times.valid.default), (Seconds(100), Seconds(5000)));
        assert!(inner.rapid_commit);
        assert_eq!(&*inner.names.generated_prefix, "net");
        assert_eq!(inner.relays.len(), 1);
        assert!((inner.times.t1_percent - 0.4).abs() < f64::EPSILON);
        let network = model.network_of(inner).unwrap();
        assert_eq!(network.interface_id.as_deref(), Some(&b"port1"[..]));
        assert_eq!(network.subnets, [SubnetId(2), SubnetId(9)]);
        let outer = model.subnet(SubnetId(5)).unwrap();
        assert_eq!(outer.times.valid.default, Seconds(4000));
        assert_eq!(outer.guard.0.first().unwrap().as_str(), "old");
        assert_eq!(outer.allocator, model::Allocator::Random);
    }

    #[test]
    fn a_host_keeps_what_is_noted_of_it() {
        for family in [Family::V4, Family::V6] {
            let hosts = r#"{ "hw-address": "02:00:00:00:00:01", "user-context": { "floor": 2, "b": [ 1 ] }, "comment": "printer" },
                { "hw-address": "02:00:00:00:00:02" }"#;
            let model = read_as(family, &format!("\"reservations\": [{hosts}]")).model;
            let noted = |last| {
                let hosts = model.hosts.of(model::IdentifierKind::HwAddress, &[2, 0, 0, 0, 0, last]);
                hosts.first().map(|host| host.user_context().to_owned())
            };
            assert_eq!(noted(1).unwrap(), r#"{ "b": [ 1 ], "comment": "printer", "floor": 2 }"#);
            assert_eq!(noted(2).unwrap(), "");
        }
    }

    #[test]
    fn an_interface_id_is_the_text_itself_whatever_it_looks_like() {
        let model = read(r#""subnet6": [{ "id": 1, "subnet": "2001:db8::/32", "interface-id": "0x0102" }]"#).model;
        assert_eq!(model.subnets.first().unwrap().interface_id.as_deref(), Some(&b"0x0102"[..]));
    }

    #[test]
    fn options_of_an_encapsulated_space_follow_the_value_of_their_container() {
        let model = read(
            r#""option-def": [{ "name": "outer", "code": 2000, "type": "uint8", "encapsulate": "inner" },
                          { "name": "a", "code": 7, "type": "uint16", "space": "inner" }],
        "option-data": [{ "name": "outer", "data": "1" }, { "name": "a", "space": "inner", "data": "258" },
                        { "code": 5, "space": "vendor-9", "csv-format": false, "data": "ff" }]"#,
        )
        .model;
        let outer = model.options.all("dhcp6", 2000, &[]).next().unwrap();
        assert_eq!(&*outer.value, [1, 0, 7, 0, 2, 1, 2]);
        assert_eq!(model.options.in_space("vendor-9", &[]).count(), 1);
    }

    #[test]
    fn the_prefix_pool_of_the_lab_is_read_with_its_exclusion() {
        let model = read(
            r#""subnet6": [{ "id": 1000, "subnet": "fd00:100::/32",
            "pd-pools": [{ "prefix": "fd00:100:10::", "prefix-len": 48, "delegated-len": 56,
                           "excluded-prefix": "fd00:100:10::", "excluded-prefix-len": 64 }] }]"#,
        )
        .model;
        let pool = &model.subnet(SubnetId(1000)).unwrap().pd_pools[0];
        let excluded = Some(("fd00:100:10::".parse().unwrap(), 64));
        assert_eq!(pool.kind, PoolKind::Prefixes { delegated_length: 56, excluded });
        assert_eq!(pool.capacity(), 256);
    }

    #[test]
    fn the_lease_file_is_looked_for_in_the_data_directory_only() {
        surroundings::with(|surroundings| {
            let path = |inner| read(inner).lease_database.path(Family::V6, surroundings);
            assert_eq!(path("\"valid-lifetime\": 1").unwrap(), "/var/lib/kea/kea-leases6.csv");
            let elsewhere = path(r#""lease-database": { "type": "memfile", "name": "/tmp/x" }"#);
            assert_eq!(elsewhere.unwrap_err(), "invalid path specified: '/tmp', supported path is '/var/lib/kea'");
        });
    }

    #[test]
    fn interfaces_are_listened_on_as_written() {
        let configuration = read(r#""interfaces-config": { "interfaces": ["*", "eth0/2001:db8:100::5", "lo"] }"#);
        let interfaces = &configuration.interfaces;
        assert!(interfaces.all && interfaces.re_detect);
        assert_eq!(interfaces.unicast().next(), Some(("eth0", "2001:db8:100::5".parse().unwrap())));
        assert_eq!(interfaces.listen[1].address, ListenAddress::Any);
    }

    #[test]
    fn a_dhcpv4_subnet_has_each_fixed_field_from_the_nearest_scope_that_sets_it() {
        let model = read_as(
            Family::V4,
            r#""next-server": "192.0.2.1", "server-hostname": "top", "boot-file-name": "top", "offer-lifetime": 60,
        "match-client-id": false,
        "shared-networks": [{ "name": "n", "boot-file-name": "net", "match-client-id": true, "authoritative": true,
            "subnet4": [{ "id": 1, "subnet": "10.1.0.0/16", "next-server": "0.0.0.0", "server-hostname": "",
                          "authoritative": true, "offer-lifetime": 0, "4o6-interface-id": "a" }] }],
        "subnet4": [{ "id": 2, "subnet": "10.2.0.0/16", "4o6-subnet": "2001:db8::/32" }]"#,
        )
        .model;
        let inner = model.subnet(SubnetId(1)).unwrap();
        assert!(inner.boot.next_server.is_unspecified());
        assert_eq!((&*inner.boot.server_hostname, &*inner.boot.boot_file_name), ("top", "net"));
        assert_eq!((inner.match_client_id, inner.authoritative), (true, true));
        assert_eq!(inner.offer_lifetime, Some(Seconds(0)));
        assert_eq!(inner.dhcp4o6.as_ref().unwrap().interface_id.as_deref(), Some(&b"a"[..]));
        assert!(!inner.times.calculate_tee_times);
        let outer = model.subnet(SubnetId(2)).unwrap();
        assert_eq!(outer.boot.next_server.to_string(), "192.0.2.1");
        assert_eq!((outer.match_client_id, outer.authoritative), (false, false));
        assert_eq!(outer.offer_lifetime, Some(Seconds(60)));
        assert_eq!(outer.dhcp4o6.as_ref().unwrap().prefix.unwrap().to_string(), "2001:db8::/32");
    }

    #[test]
    fn a_class_encodes_vendor_options_by_its_own_definition_of_them() {
        let text = include_str!("data/config-get4/11-pxe.conf");
        let model = surroundings::with(|surroundings| {
            config::from_file_text(Family::V4, "x.conf", text, &no_includes, surroundings).unwrap().0.model
        });
        let [class] = &*model.settings.classes else { panic!("one class") };
        let vendor = class.options.all("dhcp4", 43, &[]).next().unwrap();
        // What kea-dhcp4 3.0.4 sent to a client of the class.
        let sent = "0601070807fff101c0000201090500fff132380a04004f53444703000000ff00";
        let ours: Vec<_> = vendor.value.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(ours.concat(), sent);
    }

    #[test]
    fn what_dhcpv4_serves_from_the_server_as_a_whole_is_in_the_settings() {
        let configuration = read_as(
            Family::V4,
            r#""authoritative": true, "echo-client-id": false, "stash-agent-options": true, "dhcp4o6-port": 786,
        "compatibility": { "ignore-rai-link-selection": true, "exclude-first-last-24": true },
        "hooks-libraries": [{ "library": "libdhcp_bootp.so" }],
        "interfaces-config": { "interfaces": ["eth0"], "dhcp-socket-type": "udp", "outbound-interface": "use-routing" }"#,
        );
        let settings = configuration.model.settings;
        assert!(settings.authoritative && !settings.echo_client_id && settings.stash_agent_options && settings.bootp);
        assert_eq!(settings.dhcp4o6_port, 786);
        let compatibility = settings.compatibility;
        assert!(compatibility.ignore_rai_link_selection && compatibility.exclude_first_last_24);
        assert!(!compatibility.ignore_server_identifier && !compatibility.lenient_option_parsing);
        assert_eq!(configuration.interfaces.socket_type, config::SocketType::Udp);
        assert!(configuration.interfaces.use_routing);
    }

    #[test]
    fn every_feature_that_is_not_served_is_named_once() {
        let configuration = read(
            r#""store-extended-info": true, "subnet6": [{ "id": 1, "subnet": "2001:db8:1::/64" },
        { "id": 2, "subnet": "2001:db8:2::/64" }], "dhcp-ddns": { "enable-updates": true }"#,
        );
        let named: Vec<_> =
            configuration.notices.iter().filter(|notice| notice.id == "NESTOR_FEATURE_NOT_SERVED").collect();
        assert_eq!(named.len(), 1);
        assert!(named.iter().all(|notice| notice.message().unwrap().severity == model::Severity::Warn));
    }

    #[test]
    fn a_keyword_of_later_versions_is_taken_and_named() {
        let inner = r#""shared-networks": [{ "name": "n", "subnet4": [
            { "id": 1, "subnet": "10.0.0.0/8", "adaptive-lease-time-threshold": 0.5 }] }]"#;
        let notices = read_as(Family::V4, inner).notices;
        assert!(notices.iter().any(|notice| notice.text.starts_with("adaptive-lease-time-threshold: configured")));
    }

    #[test]
    fn what_dhcpv4_serves_and_dhcpv6_does_not_is_named_in_dhcpv6_alone() {
        let inner = r#""compatibility": { "lenient-option-parsing": true }, "store-extended-info": true,"#;
        let named = |family: Family, subnet: &str| {
            let configuration = read_as(family, &format!("{inner} {subnet}"));
            configuration.notices.iter().filter(|notice| notice.id == "NESTOR_FEATURE_NOT_SERVED").count()
        };
        assert_eq!(named(Family::V4, r#""subnet4": [{ "id": 1, "subnet": "10.0.0.0/8" }]"#), 0);
        assert_eq!(named(Family::V6, r#""subnet6": [{ "id": 1, "subnet": "2001:db8::/32" }]"#), 1);
    }

    #[test]
    fn a_word_that_is_nearly_right_brings_a_hint() {
        let text = r#"{"Dhcp6":{"option-data":[{"name":"dns-server","data":"::1"}]}}"#;
        let error = surroundings::with(|surroundings| {
            config::from_file_text(Family::V6, "x.conf", text, &no_includes, surroundings).unwrap_err()
        });
        let config::FileError::Semantic(error, _) = error else { panic!("{error}") };
        assert_eq!(error.hint.as_deref(), Some("did you mean 'dns-servers'?"));
    }

    #[test]
    fn an_expression_may_be_an_array_and_is_shown_as_written() {
        let classes = r#""client-classes": [{ "name": "a", "test": ["option[1].exists", " and option[6].exists"] },
            { "name": "b", "template-test": ["'x'"] }, { "name": "c", "test": "member('KNOWN')" },
            { "name": "d", "test": ["member('a')", "or member('c')"] }]"#;
        let configuration = read(classes);
        let shown = configuration.shown.text();
        assert!(shown.contains(r#""test": [ "option[1].exists", " and option[6].exists" ]"#), "{shown}");
        let waiting: Vec<bool> =
            configuration.model.settings.classes.iter().map(|class| class.depends_on_known).collect();
        assert_eq!(waiting, [false, false, true, true]);
        let Some(model::class::Test::Holds(test)) = &configuration.model.settings.classes[0].test else { panic!() };
        assert_eq!(test.to_string(), "option[1].exists and option[6].exists");
    }

    #[test]
    fn wherever_an_expression_or_a_pattern_stands_an_array_of_strings_may_stand() {
        let configuration = read_as(
            Family::V4,
            r#""client-classes": [{ "name": "a", "test": ["option[60].exists", "and option[12].exists"] },
                { "name": "t", "template-test": ["substring(option[60].hex,", "0, 3)"] }],
            "loggers": [{ "name": "kea-dhcp4", "output-options": [
                { "output": "stdout", "pattern": ["%-5p ", "%m", "\n"] }] }],
            "hooks-libraries": [
                { "library": "libdhcp_flex_id.so", "parameters": {
                    "identifier-expression": ["concat(option[60].hex,", "option[12].hex)"] } },
                { "library": "libdhcp_flex_option.so", "parameters": { "options": [
                    { "code": 100, "add": ["concat('a',", "'b')"] }, { "code": 101, "remove": ["option[60]", ".exists"] },
                    { "code": 102, "supersede": ["'y'"] },
                    { "code": 43, "sub-options": [{ "code": 1, "supersede": ["'x'", "+ 'z'"] }] }] } },
                { "library": "libdhcp_ddns_tuning.so", "parameters": {
                    "hostname-expr": ["'host-'", "+ hexstring(pkt4.mac, '-')"] } }],
            "subnet4": [{ "id": 1, "subnet": "192.0.2.0/24",
                "user-context": { "ddns-tuning": { "hostname-expr": ["'a'", "+ 'b'"] } } }]"#,
        );
        let shown = configuration.shown.text();
        for written in [
            r#""test": [ "option[60].exists", "and option[12].exists" ]"#,
            r#""template-test": [ "substring(option[60].hex,", "0, 3)" ]"#,
            r#""pattern": [ "%-5p ", "%m", "\n" ]"#,
            r#""identifier-expression": [ "concat(option[60].hex,", "option[12].hex)" ]"#,
            r#""add": [ "concat('a',", "'b')" ]"#,
            r#""remove": [ "option[60]", ".exists" ]"#,
            r#""supersede": [ "'y'" ]"#,
            r#""supersede": [ "'x'", "+ 'z'" ]"#,
            r#""hostname-expr": [ "'host-'", "+ hexstring(pkt4.mac, '-')" ]"#,
            r#""hostname-expr": [ "'a'", "+ 'b'" ]"#,
        ] {
            assert!(shown.contains(written), "no {written} in {shown}");
        }
        let pattern = &configuration.loggers[0].outputs[0].pattern;
        assert_eq!(pattern, "%-5p %m\n");
    }

    #[test]
    fn an_error_in_an_expression_is_marked_at_its_place_in_the_file() {
        let text = "{ \"Dhcp6\": { \"client-classes\": [ { \"name\": \"a\", \"test\": [\n  \"option[1].exists and\",\n  \"optoin[6].exists\" ] } ] } }";
        let outcome = surroundings::with(|surroundings| {
            config::from_file_text(Family::V6, "f.conf", text, &no_includes, surroundings)
        });
        let Err(config::FileError::Semantic(error, _)) = outcome else { panic!("not refused for its meaning") };
        let shown = config::diagnostic::render_meaning(&error, &|_| Some(text.to_owned()), false);
        let marked = " 3 |   \"optoin[6].exists\" ] } ] } }\n   |    ^\n   = did you mean 'option'?\n";
        assert!(
            shown.starts_with("expression: [option[1].exists and\noptoin[6].exists] error: <string>:2.1: "),
            "{shown}"
        );
        assert!(shown.contains(marked), "{shown}");
    }

    proptest! {
        #[test]
        fn a_damaged_configuration_never_panics(at in 0_usize..3000, by in 0_usize..40, with in "[-0-9a-f:/,\"{}\\[\\]. ]{0,12}") {
            for seed in [include_str!("data/config-get6/01-options.conf"), include_str!("data/config-get6/03-globals.conf"),
                         include_str!("data/config-get6/04-hosts.conf"), include_str!("data/config-get6/07-triplets.conf"),
                         include_str!("data/config-get4/01-options.conf"), include_str!("data/config-get4/02-networks.conf"),
                         include_str!("data/config-get4/03-globals.conf"), include_str!("data/config-get4/04-hosts.conf")] {
                let start = at.min(seed.len());
                let end = start.saturating_add(by).min(seed.len());
                config::exercise(&format!("{}{with}{}", seed.get(..start).unwrap_or(""), seed.get(end..).unwrap_or("")));
            }
        }
    }

    #[test]
    fn a_wrong_meaning_is_shown_with_its_line() {
        let text = "{ \"Dhcp6\": {\n  \"subnet6\": [ { \"id\": 1, \"subnet\": \"2001:db8::/64\",\n    \"pools\": [ { \"pool\": \"2001:db8:1::/80\" } ] } ]\n} }";
        let outcome = surroundings::with(|surroundings| {
            config::from_file_text(Family::V6, "f.conf", text, &no_includes, surroundings)
        });
        let Err(config::FileError::Semantic(error, _)) = outcome else { panic!("not refused for its meaning") };
        let shown = config::diagnostic::render_meaning(&error, &|_| Some(text.to_owned()), false);
        assert!(shown.starts_with(&error.text), "{shown}");
        assert!(shown.contains(" 2 |   \"subnet6\""), "{shown}");
        assert!(shown.contains('^'), "{shown}");
    }
}
