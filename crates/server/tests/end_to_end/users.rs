//! Clients that somebody has registered, and those that nobody has (`libdhcp_user_chk.so`).

use std::os::unix::fs::PermissionsExt;

use model::Family;

use crate::lab::{Ground, Host, Lab};

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_user_chk.so";

const CONFIGURATIONS: [&str; 2] = [
    r#"{ "Dhcp4": { COMMON,
    "subnet4": [
        { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.109" } ] },
        { "id": 2, "subnet": "198.51.100.0/24", "pools": [ { "pool": "198.51.100.100-198.51.100.109" } ] } ]
} }"#,
    r#"{ "Dhcp6": { COMMON,
    "subnet6": [
        { "id": 1, "subnet": "2001:db8:100::/64", "interface": "eth0",
          "pools": [ { "pool": "2001:db8:100::1000-2001:db8:100::1fff" } ] },
        { "id": 2, "subnet": "2001:db8:200::/64",
          "pools": [ { "pool": "2001:db8:200::1000-2001:db8:200::1fff" } ] } ]
} }"#,
];

/// What both have, but for the library.
const COMMON: &str = r#""interfaces-config": { "interfaces": [ "eth0" ] },
    "control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005 } ],
    "lease-database": { "type": "memfile", "persist": false }"#;

/// The client's hardware address; its DUID is made of it, too.
const MACHINE: &str = "02:00:00:00:00:07";

/// What udhcpc runs.
const TELL: &str = "#!/bin/sh\necho \"$1 $ip boots=$bootfile from=$tftp\"\n";

/// A server with the library, and a client.
struct Scene {
    family: Family,
    lab: Lab,
}

impl Scene {
    fn new(family: Family) -> Option<Self> {
        // A real Kea is installed without the library.
        if std::env::var_os("NESTOR_REFERENCE").is_some() {
            return None;
        }
        let client = family.pick("udhcpc", "dhcpcd");
        let lab = Lab::on(family, Ground::Direct, &[client, "tcpdump", "curl"])?;
        let common = format!("{COMMON}, \"hooks-libraries\": [ {{ \"library\": \"{LIBRARY}\" }} ]");
        let text = family.pick(CONFIGURATIONS[0], CONFIGURATIONS[1]).replace("COMMON", &common);
        lab.configure(&text);
        for (name, text) in
            [("tell.sh", TELL), ("dhcpcd.conf", "duid ll\nnoipv6rs\nipv6only\ninterface eth0\n  ia_na 1\n")]
        {
            std::fs::write(lab.path(name), text).unwrap();
            std::fs::set_permissions(lab.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        lab.run(Host::Client, &["ip", "link", "set", "dev", "eth0", "address", MACHINE]);
        Some(Self { family, lab })
    }

    /// The files of the library, as the environment names them.
    fn environment(&self) -> [String; 2] {
        let file = |name: &str| self.lab.path(name).to_str().unwrap().to_owned();
        [format!("NESTOR_USER_REGISTRY={}", file("registry")), format!("NESTOR_USER_OUTCOME={}", file("outcome"))]
    }

    fn register(&self, id: &str, notes: &str) {
        let kind = self.family.pick("HW_ADDR", "DUID");
        let text = format!("{{ \"type\": \"{kind}\", \"id\": \"{id}\"{notes} }}\n");
        std::fs::write(self.lab.path("registry"), text).unwrap();
    }

    /// What the client is registered by.
    fn id(&self) -> String {
        self.family.pick(MACHINE.to_owned(), format!("00:03:00:01:{MACHINE}"))
    }

    /// Has a client that knows nothing of earlier ones ask for an address.
    fn ask(&mut self, output: &str, address: &str) {
        let state = self.lab.path("client-lib/dhcpcd");
        std::fs::remove_dir_all(&state).unwrap_or_default();
        std::fs::create_dir_all(&state).unwrap();
        let file = |name: &str| self.lab.path(name).to_str().unwrap().to_owned();
        let (tell, settings) = (file("tell.sh"), file("dhcpcd.conf"));
        let words = match self.family {
            Family::V4 => {
                vec!["udhcpc", "-f", "-q", "-n", "-i", "eth0", "-s", &tell, "-O", "bootfile", "-O", "tftp"]
            }
            Family::V6 => vec!["dhcpcd", "-6", "-B", "-1", "-d", "-f", &settings, "-c", "/bin/true", "eth0"],
        };
        let client = self.lab.start(Host::Client, &words, output);
        self.lab.expect(output, address);
        if self.lab.exit_code(client).is_none() {
            self.lab.signal(client, rustix::process::Signal::TERM);
            self.lab.exit_code(client);
        }
    }

    /// What the server makes of the client's registration.
    fn explained(&self) -> String {
        let (word, id) = (self.family.pick("mac", "duid"), self.id());
        self.lab.api(&format!(r#"{{ "command": "nestor-explain", "arguments": {{ "{word}": "{id}" }} }}"#))
    }
}

/// A client is served where it belongs as soon as it is registered, and elsewhere when it no longer is.
fn users_are_told_apart(family: Family) {
    let Some(mut scene) = Scene::new(family) else { return };
    scene.register(&scene.id(), r#", "bootfile": "own.efi", "tftp_server": "192.0.2.9""#);
    let [registry, outcome] = scene.environment();
    scene.lab.serve_under(&["env", &registry, &outcome]);
    scene.lab.capture_only(Host::Client, "eth0", "cable", "udp");
    let (own, others) = family.pick(("192.0.2.100", "198.51.100.100"), ("2001:db8:100::1000", "2001:db8:200::1000"));

    assert!(scene.explained().contains("the client is registered"), "{}", scene.explained());
    scene.ask("first", own);
    let kind = family.pick("HW_ADDR", "DUID");
    let record =
        |address: &str, is: &str| format!("id_type={kind}\nclient={}\naddr={address}\nregistered={is}\n\n", scene.id());
    let (registered, stranger) = (record(own, "yes"), record(others, "no"));
    // One for the offer, one for the acknowledgement.
    scene.lab.expect("outcome", &registered.repeat(2));
    scene.told("own.efi", Some("192.0.2.9"), "first");

    let nobody = family.pick("00:00:00:00:00:00", "00:00:00:00:00:00:00:00");
    scene.register(nobody, r#", "bootfile": "guest.efi""#);
    let explained = scene.explained();
    assert!(explained.contains("the client is not registered, so it is served in the last subnet, 2"), "{explained}");
    scene.ask("second", others);
    scene.lab.expect("outcome", &format!("{registered}{}", stranger.repeat(2)));
    scene.told("guest.efi", None, "second");
    let text = scene.lab.read("outcome");
    assert_eq!(text.replace(&registered, "").replace(&stranger, ""), "");

    // A registry that is spoilt is complained of, and the one before still holds.
    std::fs::write(scene.lab.path("registry"), "{ \"type\": \"MAC\" }\n").unwrap();
    assert!(scene.explained().contains("the client is not registered"));
    scene.lab.expect("server", family.pick("USER_CHK_SUBNET4_SELECT_ERROR", "USER_CHK_SUBNET6_SELECT_ERROR"));
    scene.lab.expect("server", "line 1: the type 'MAC' is neither HW_ADDR nor DUID");
}

impl Scene {
    /// Asserts that the client was told what to boot: by itself, or by what is seen on its cable.
    fn told(&self, file: &str, server: Option<&str>, client: &str) {
        if self.family == Family::V4 {
            return self.lab.expect(client, &format!("boots={file} from={}", server.unwrap_or_default()));
        }
        let option =
            |code: u8, text: &str| [&[0, code, 0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
        let inside = [server.map(|server| option(32, server)).unwrap_or_default(), option(33, file)].concat();
        let length = u8::try_from(4 + inside.len()).unwrap();
        let whole = [&[0, 17, 0, length, 0, 0, 0x11, 0x8b], &inside[..]].concat();
        let is_there = |frame: &Vec<u8>| frame.windows(whole.len()).any(|window| window == whole);
        assert!(self.lab.wait(5, |lab| lab.frames("cable").iter().any(is_there)), "no vendor option {whole:?}");
    }
}

/// Without a registry that can be read the configuration is refused.
fn a_bad_registry_is_refused(family: Family) {
    let Some(scene) = Scene::new(family) else { return };
    let [registry, outcome] = scene.environment();
    let file = format!("/etc/kea/kea-dhcp{}.conf", family.digit());
    let said = |flag: &str| {
        let done = scene.lab.kea_under(&["env", &registry, &outcome], &[flag, &file]);
        assert!(!done.status.success());
        String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
    };
    for flag in ["-t", "-c"] {
        let text = said(flag);
        assert!(text.contains("One or more hook libraries failed to load: cannot read the user registry"), "{text}");
    }
    scene.register("nobody", "");
    let text = said("-c");
    assert!(text.contains("USER_CHK_HOOK_LOAD_ERROR"), "{text}");
    assert!(text.contains("line 1: the id 'nobody' is not hexadecimal"), "{text}");
}

#[test]
fn udhcpc_boots_what_is_noted_for_it_and_is_served_apart_when_it_is_no_longer_registered() {
    users_are_told_apart(Family::V4);
}

#[test]
fn dhcpcd_boots_what_is_noted_for_it_and_is_served_apart_when_it_is_no_longer_registered() {
    users_are_told_apart(Family::V6);
}

#[test]
fn a_registry_that_cannot_be_used_keeps_the_dhcp4_server_from_starting() {
    a_bad_registry_is_refused(Family::V4);
}

#[test]
fn a_registry_that_cannot_be_used_keeps_the_dhcp6_server_from_starting() {
    a_bad_registry_is_refused(Family::V6);
}
