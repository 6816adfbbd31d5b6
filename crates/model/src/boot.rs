//! The fixed fields of a DHCPv4 reply that tell a client where to boot from.

use std::net::Ipv4Addr;

/// `siaddr`, `sname` and `file` as one scope has them; unset ones are left to the scope around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootFields {
    /// `next-server`; 0.0.0.0 if unset.
    pub next_server: Ipv4Addr,
    /// `server-hostname`, at most 64 octets; empty if unset.
    pub server_hostname: Box<str>,
    /// `boot-file-name`, at most 128 octets; empty if unset.
    pub boot_file_name: Box<str>,
}

impl Default for BootFields {
    fn default() -> Self {
        Self { next_server: Ipv4Addr::UNSPECIFIED, server_hostname: Box::default(), boot_file_name: Box::default() }
    }
}
