//! The DHCPv6 server.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os().skip(1).map(|text| text.to_string_lossy().into_owned()).collect();
    server::run("kea-dhcp6", model::Family::V6, &arguments)
}
