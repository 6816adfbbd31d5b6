//! The DHCPv6 server.

fn main() -> std::process::ExitCode {
    server::main("kea-dhcp6", model::Family::V6)
}
