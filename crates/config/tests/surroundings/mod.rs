//! Surroundings like those of the machine the expected files were captured on.

use config::{Directories, InterfaceInfo, Surroundings};

const HOOKS: &str = "/usr/lib/x86_64-linux-gnu/kea/hooks";

/// Calls `run` with the surroundings.
pub(crate) fn with<T>(run: impl FnOnce(&Surroundings<'_>) -> T) -> T {
    let interfaces = [
        interface("lo", true, &["127.0.0.1", "::1"]),
        interface("eth0", false, &["192.0.2.5", "2001:db8:100::5"]),
        interface("eth0p", false, &[]),
    ];
    let directories = Directories {
        data: "/var/lib/kea".to_owned(),
        control_sockets: "/run/kea".to_owned(),
        logs: "/var/log/kea".to_owned(),
        hooks: HOOKS.to_owned(),
    };
    let file_mode = |path: &str| match path {
        "/run/kea" => Some(0o750),
        _ => [
            "lease_cmds",
            "stat_cmds",
            "bootp",
            "flex_id",
            "flex_option",
            "ping_check",
            "limits",
            "ddns_tuning",
            "user_chk",
        ]
        .iter()
        .any(|name| path == format!("{HOOKS}/libdhcp_{name}.so"))
        .then_some(0o644),
    };
    run(&Surroundings {
        interfaces: &interfaces,
        directories: &directories,
        relaxed: false,
        file_mode: &file_mode,
        file_text: &|_| None,
    })
}

fn interface(name: &str, loopback: bool, addresses: &[&str]) -> InterfaceInfo {
    let addresses = addresses.iter().map(|address| address.parse().expect("an address")).collect();
    InterfaceInfo { name: name.to_owned(), up: true, loopback, addresses }
}
