//! What a scenario can be run on.

use std::net::{IpAddr, Ipv4Addr};

use model::Family;
use serde_json::{Map, Value, json};

use crate::Fault;
use crate::packet::words::show_hex;
use crate::packet::{Heard, Sent};

mod channel;
pub mod clock;
pub mod daemon;
mod frame;
pub mod network;
pub mod process;

/// A server under test, with a clock and a link of its own.
pub trait Backend {
    /// Starts over: no leases, time zero, this configuration. `stored` asks for leases that outlive a restart.
    ///
    /// # Errors
    /// [`Fault::Configuration`] if the server refuses it; else what went wrong.
    fn configure(&mut self, family: Family, config: &Value, stored: bool) -> Result<(), Fault>;

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

    /// Puts somebody else on the clients' first link who has an address and answers for it, until it starts over.
    ///
    /// # Errors
    /// [`Fault`] if it cannot be done.
    fn neighbour(&mut self, address: Ipv4Addr) -> Result<(), Fault>;

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
    pub address: IpAddr,
    /// The length of a delegated prefix.
    pub prefix_length: Option<u8>,
    /// The holder's DUID; in DHCPv4 its client identifier, which may be empty.
    pub client: Vec<u8>,
    /// The holder's association; DHCPv4 has none.
    pub iaid: u32,
    /// The subnet.
    pub subnet: u32,
    /// The client's last transaction, in seconds since the start.
    pub cltt: i64,
    /// Valid lifetime.
    pub valid: u32,
    /// Preferred lifetime; DHCPv4 has none.
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
    /// Extended information, as JSON without blanks; empty if there is none.
    pub context: String,
}

impl LeaseRow {
    /// Writes the lease word by word; what is at its usual value is left out.
    pub fn words(&self) -> Vec<String> {
        let mut words = self.owner();
        match usize::try_from(self.state).ok().and_then(|state| STATES.get(state)) {
            Some(&"") => {}
            Some(state) => words.push((*state).to_owned()),
            None => words.push(format!("state={}", self.state)),
        }
        let optional = [
            (!self.hw.is_empty() && self.address.is_ipv6(), format!("hw={}", self.hw)),
            (!self.hostname.is_empty(), format!("hostname=\"{}\"", self.hostname)),
            (self.forward, "forward".to_owned()),
            (self.reverse, "reverse".to_owned()),
            (self.pool != 0, format!("pool={}", self.pool)),
            (!self.context.is_empty(), format!("context={}", self.context)),
        ];
        words.extend(optional.into_iter().filter(|(there, _)| *there).map(|(_, word)| word));
        words
    }

    /// Writes what is leased to whom, from where and since when.
    fn owner(&self) -> Vec<String> {
        let mut words = vec![match self.prefix_length {
            None => self.address.to_string(),
            Some(length) => format!("{}/{length}", self.address),
        }];
        let (subnet, valid, cltt) =
            (format!("subnet={}", self.subnet), format!("valid={}", self.valid), format!("cltt={}s", self.cltt));
        match self.address {
            IpAddr::V4(_) => {
                words.push(format!("of={}", if self.hw.is_empty() { "nobody" } else { &self.hw }));
                if !self.client.is_empty() {
                    words.push(format!("client-id={}", show_hex(&self.client)));
                }
                words.extend([subnet, valid, cltt]);
            }
            IpAddr::V6(_) => {
                words.push(match self.client.strip_prefix(&[0, 3, 0, 1]) {
                    Some(mac) if mac.len() == 6 => format!("of={}", show_hex(mac)),
                    _ => format!("duid={}", show_hex(&self.client)),
                });
                let (iaid, preferred) = (format!("iaid={}", self.iaid), format!("preferred={}", self.preferred));
                words.extend([iaid, subnet, valid, preferred, cltt]);
            }
        }
        words
    }
}

/// Writes extended information without blanks; text that is no JSON, or an empty map, becomes nothing.
fn compact(context: &str) -> String {
    let value: Value = serde_json::from_str(context).unwrap_or_default();
    if value.as_object().is_none_or(Map::is_empty) { String::new() } else { value.to_string() }
}

/// Adds to a scenario's configuration what every run needs and the scenario does not set itself.
pub fn complete(family: Family, config: &Value) -> Map<String, Value> {
    let mut map = config.as_object().cloned().unwrap_or_default();
    let unicast = family.pick(None, Some(format!("lan0/{}", crate::packet::SERVER)));
    let links = ["lan0".to_owned()].into_iter().chain(unicast).chain(["lan1".to_owned()]);
    // Timers would race with the clock that scenarios move: reclamation happens where a scenario says so.
    let expired = json!({ "reclaim-timer-wait-time": 0, "flush-reclaimed-timer-wait-time": 65535 });
    let mut usual = vec![
        ("interfaces-config", json!({ "interfaces": links.collect::<Vec<_>>() })),
        ("expired-leases-processing", expired),
        ("multi-threading", json!({ "enable-multi-threading": false })),
    ];
    if family == Family::V6 {
        let duid = json!({ "type": "EN", "enterprise-id": 32473, "identifier": "0001", "persist": false });
        usual.push(("server-id", duid));
    }
    for (key, value) in usual {
        map.entry(key).or_insert(value);
    }
    map
}
