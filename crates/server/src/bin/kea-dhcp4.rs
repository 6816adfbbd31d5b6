//! The DHCPv4 server.

fn main() -> std::process::ExitCode {
    server::main("kea-dhcp4", model::Family::V4)
}
