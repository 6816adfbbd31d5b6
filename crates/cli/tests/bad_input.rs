//! What `nestor check` says of a configuration that is wrong: Kea's words, the place, the line, and what may be done.

#[cfg(test)]
mod tests {
    /// Files with what is said of them, `FILE` being the file.
    const CASES: [(&str, &str); 9] = [
        (
            r#"{ "Dhcp4": {
    "option-data": [
        { "name": "domain-name-servers", "data": "192.0.2.1, 192.0.2.x" }
    ]
} }"#,
            r#"FILE:3:50: option data does not match option definition (space: dhcp4, code: 6): Failed to convert string to address '192.0.2.x': Invalid argument (FILE:3:50)
 3 |         { "name": "domain-name-servers", "data": "192.0.2.1, 192.0.2.x" }
   |                                                  ^^^^^^^^^^^^^^^^^^^^^^
   = domain-name-servers takes IPv4 addresses, such as "192.0.2.1, 192.0.2.1""#,
        ),
        (
            r#"{ "Dhcp4": {
    "option-data": [
        { "name": "interface-mtu", "csv-format": false, "data": "05" }
    ]
} }"#,
            r#"FILE:3:65: option data does not match option definition (space: dhcp4, code: 26): OptionInt 26 truncated (FILE:3:65)
 3 |         { "name": "interface-mtu", "csv-format": false, "data": "05" }
   |                                                                 ^^^^
   = interface-mtu takes the octets of a number from 0 to 65535; as text, with csv-format true, it is a number from 0 to 65535, such as "1""#,
        ),
        (
            r#"{ "Dhcp6": {
    "option-data": [
        { "name": "client-arch-type", "data": "7, 70000" }
    ]
} }"#,
            r#"FILE:3:47: option data does not match option definition (space: dhcp6, code: 61): unable to convert '70000' to numeric type. This value is expected to be in the range of 0..65535 (FILE:3:47)
 3 |         { "name": "client-arch-type", "data": "7, 70000" }
   |                                               ^^^^^^^^^^
   = client-arch-type takes numbers from 0 to 65535, such as "1, 1""#,
        ),
        (
            r#"{ "Dhcp4": {
    "client-classes": [
        { "name": "phones", "test": "substring(option[60].hex, 0, 5) == 'phone'" },
        { "name": "desk", "test": "member('phone')" }
    ]
} }"#,
            r#"FILE:4:43: expression: [member('phone')] error: <string>:1.8-14: Not defined client class 'phone' at (FILE:4:35)
 4 |         { "name": "desk", "test": "member('phone')" }
   |                                           ^^^^^^^
   = did you mean 'phones'?"#,
        ),
        (
            r#"{ "Dhcp6": {
    "client-classes": [
        { "name": "a", "test": "member('b')" },
        { "name": "b", "test": [ "option[1].exists and ", "member('c')" ] },
        { "name": "c", "test": "not member('a')" }
    ]
} }"#,
            r#"FILE:3:40: expression: [member('b')] error: <string>:1.8-10: Not defined client class 'b' at (FILE:3:32)
 3 |         { "name": "a", "test": "member('b')" },
   |                                        ^^^
   = these classes ask for each other, one has to do without: a, b, c, a"#,
        ),
        (
            r#"{ "Dhcp4": {
    "client-classes": [
        { "name": "a", "test": "member('b')" },
        { "name": "b", "test": "option[60].exists" }
    ]
} }"#,
            r#"FILE:3:40: expression: [member('b')] error: <string>:1.8-10: Not defined client class 'b' at (FILE:3:32)
 3 |         { "name": "a", "test": "member('b')" },
   |                                        ^^^
   = 'b' is defined at FILE:4:9; a class may only ask for those before it"#,
        ),
        (
            r#"{ "Dhcp4": {
    "client-classes": [ { "name": "a", "test": "not member('a')" } ]
} }"#,
            r#"FILE:2:60: expression: [not member('a')] error: <string>:1.12-14: Not defined client class 'a' at (FILE:2:48)
 2 |     "client-classes": [ { "name": "a", "test": "not member('a')" } ]
   |                                                            ^^^
   = class 'a' asks for itself"#,
        ),
        (
            r#"{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "reservations": [
    { "hw-address": "02:00:00:00:00:01", "ip-address": "192.0.2.10" },
    { "hw-address": "02:00:00:00:00:02", "ip-address": "192.0.2.12" },
    { "hw-address": "020000000001" } ] } ]
} }"#,
            r#"FILE:4:5: failed to add new host using the HW address '02:00:00:00:00:01' to the IPv4 subnet id '1' as this host has already been added
 4 |     { "hw-address": "020000000001" } ] } ]
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = it stands already at FILE:2:5"#,
        ),
        (
            r#"{ "Dhcp6": { "subnet6": [ { "id": 1, "subnet": "2001:db8::/64", "reservations": [
    { "duid": "01:02:03", "ip-addresses": [ "2001:db8::1", "2001:db8::2" ] },
    { "duid": "01:02:04", "ip-addresses": [ "2001:db8::2" ] } ] } ]
} }"#,
            r#"FILE:3:5: failed to add address reservation for host using the HW address '(null) and DUID '01:02:04' to the IPv6 subnet id '1' for address/prefix 2001:db8::2: There's already reservation for this address/prefix
 3 |     { "duid": "01:02:04", "ip-addresses": [ "2001:db8::2" ] } ] } ]
   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   = it stands already at FILE:2:5"#,
        ),
    ];

    #[test]
    fn what_is_wrong_is_said_with_its_place_its_reason_and_what_may_be_done() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.conf");
        let mut wrong = Vec::new();
        for (text, expected) in CASES {
            std::fs::write(&file, text).unwrap();
            let mut out = Vec::new();
            assert!(!cli::check::run(&file, &mut out).unwrap(), "{text}");
            let said = String::from_utf8(out).unwrap().replace(&file.display().to_string(), "FILE");
            if said.trim_end() != expected {
                wrong.push(format!("{text}\nsaid:\n{said}\nexpected:\n{expected}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }
}
