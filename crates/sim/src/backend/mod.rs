//! What a scenario can be run on.

use std::net::Ipv6Addr;

use serde_json::{Map, Value, json};

use crate::Fault;
use crate::packet::{Heard, Sent};

mod channel;
pub mod clock;
pub mod daemon;
pub mod network;
pub mod process;

/// A server under test, with a clock and a link of its own.
pub trait Backend {
    /// Starts over: no leases, time zero, this configuration. `stored` asks for leases that outlive a restart.
    ///
    /// # Errors
    /// [`Fault::Configuration`] if the server refuses it; else what went wrong.
    fn configure(&mut self, config: &Value, stored: bool) -> Result<(), Fault>;

    /// Moves the clock to so many seconds after the start.
    ///
    /// # Errors
    /// [`Fault`] if the clock cannot be moved.
    fn set_time(&mut self, seconds: u32) -> Result<(), Fault>;

    /// Sends one packet and gives the reply, or `None` when the server has dealt with it in silence.
    ///
    /// # Errors
    /// [`Fault`] if the packet cannot be sent or the server is gone.
    fn exchange(&mut self, sent: &Sent) -> Result<Option<Heard>, Fault>;

    /// Lists all leases.
    ///
    /// # Errors
    /// [`Fault`] if they cannot be had.
    fn leases(&mut self) -> Result<Vec<LeaseRow>, Fault>;

    /// Gives the value of a statistic, counted from the start of the scenario; `None` if there is none of this name.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be had.
    fn statistic(&mut self, name: &str) -> Result<Option<i64>, Fault>;

    /// Takes back all ended leases.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be done.
    fn reclaim(&mut self) -> Result<(), Fault>;

    /// Kills the server and starts it on what it stored.
    ///
    /// # Errors
    /// [`Fault`] if it does not come back.
    fn restart(&mut self) -> Result<(), Fault>;

    /// Gives the DUID the server goes by.
    fn server_id(&self) -> Vec<u8> {
        SERVER_DUID.to_vec()
    }
}

/// The second a scenario starts at: 2030-03-17 17:46:40 UTC.
pub const EPOCH: i64 = 1_900_000_000;

/// The server's DUID unless the scenario configures one: EN, the enterprise number for documentation, 0x0001.
pub const SERVER_DUID: [u8; 8] = [0, 2, 0, 0, 0x7e, 0xd9, 0, 1];

/// States of a lease by number; the usual one is not written.
const STATES: [&str; 5] = ["", "declined", "reclaimed", "released", "registered"];

/// A lease as scenarios write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRow {
    /// The (first) address.
    pub address: Ipv6Addr,
    /// 128 for an address.
    pub prefix_length: u8,
    /// The holder's DUID.
    pub duid: Vec<u8>,
    /// The holder's association.
    pub iaid: u32,
    /// The subnet.
    pub subnet: u32,
    /// The client's last transaction, in seconds since the start.
    pub cltt: i64,
    /// Valid lifetime.
    pub valid: u32,
    /// Preferred lifetime.
    pub preferred: u32,
    /// The number of the state.
    pub state: u32,
    /// Hardware address as text; empty if none is known.
    pub hw: String,
    /// The client's name; empty if it has none.
    pub hostname: String,
    /// Whether the forward DNS entry is kept.
    pub forward: bool,
    /// Whether the reverse DNS entry is kept.
    pub reverse: bool,
    /// `pool-id`; 0 if the pool has none.
    pub pool: u32,
}

impl LeaseRow {
    /// Writes the lease word by word; what is at its usual value is left out.
    pub fn words(&self) -> Vec<String> {
        let resource = match self.prefix_length {
            128 => self.address.to_string(),
            length => format!("{}/{length}", self.address),
        };
        let hex = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":");
        let owner = match self.duid.strip_prefix(&[0, 3, 0, 1]) {
            Some(mac) if mac.len() == 6 => format!("of={}", hex(mac)),
            _ => format!("duid={}", hex(&self.duid)),
        };
        let mut words = vec![
            resource,
            owner,
            format!("iaid={}", self.iaid),
            format!("subnet={}", self.subnet),
            format!("valid={}", self.valid),
            format!("preferred={}", self.preferred),
            format!("cltt={}s", self.cltt),
        ];
        match usize::try_from(self.state).ok().and_then(|state| STATES.get(state)) {
            Some(&"") => {}
            Some(state) => words.push((*state).to_owned()),
            None => words.push(format!("state={}", self.state)),
        }
        let optional = [
            (!self.hw.is_empty(), format!("hw={}", self.hw)),
            (!self.hostname.is_empty(), format!("hostname=\"{}\"", self.hostname)),
            (self.forward, "forward".to_owned()),
            (self.reverse, "reverse".to_owned()),
            (self.pool != 0, format!("pool={}", self.pool)),
        ];
        words.extend(optional.into_iter().filter(|(there, _)| *there).map(|(_, word)| word));
        words
    }
}

/// Adds to a scenario's configuration what every run needs and the scenario does not set itself.
pub fn complete(config: &Value) -> Map<String, Value> {
    let mut map = config.as_object().cloned().unwrap_or_default();
    let listen = json!({ "interfaces": ["lan0", format!("lan0/{}", crate::packet::SERVER), "lan1"] });
    let duid = json!({ "type": "EN", "enterprise-id": 32473, "identifier": "0001", "persist": false });
    // Timers would race with the clock that scenarios move: reclamation happens where a scenario says so.
    let expired = json!({ "reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 65535 });
    for (key, value) in [
        ("interfaces-config", listen),
        ("server-id", duid),
        ("expired-leases-processing", expired),
        ("multi-threading", json!({ "enable-multi-threading": false })),
    ] {
        map.entry(key).or_insert(value);
    }
    map
}
