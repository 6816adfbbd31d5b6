//! How an address is asked whether somebody is there before it is offered (`libdhcp_ping_check.so`).

use crate::Seconds;

/// How addresses of a subnet are asked for before they are offered. DHCPv4 only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PingCheck {
    /// So many echo requests without an answer make an address free (`min-ping-requests`); at least 1.
    pub requests: u32,
    /// For how many milliseconds the answer to each is waited for (`reply-timeout`); at least 1.
    pub reply_timeout_ms: u32,
    /// A client whose lease ended is not held up while the lease is younger than this (`ping-cltt-secs`).
    pub cltt: Seconds,
}

impl Default for PingCheck {
    /// Gives what applies where nothing is configured.
    fn default() -> Self {
        Self { requests: 1, reply_timeout_ms: 100, cltt: Seconds(60) }
    }
}
