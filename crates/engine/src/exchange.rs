//! The life of one exchange, as one plain list of steps.

use std::net::{IpAddr, SocketAddr};

use model::{Model, UnixTime};

use crate::decision::Label;
use crate::{Decision, Event, Facts, Missing};

/// A packet as it came in.
#[derive(Debug, Clone, Copy)]
pub struct Datagram<'a> {
    /// The payload of the UDP datagram.
    pub octets: &'a [u8],
    /// Name of the interface it came in by.
    pub interface: &'a str,
    /// Who sent it.
    pub from: SocketAddr,
    /// The address it was sent to: unicast or multicast.
    pub to: IpAddr,
    /// When it came in.
    pub at: UnixTime,
    /// Decides whatever is left to chance.
    pub seed: u64,
    /// Whether debug events are wanted too.
    pub trace: bool,
}

/// Decides what a packet leads to.
///
/// # Errors
/// [`Missing`] names a fact that has to be fetched before the same call is made again.
pub fn exchange(datagram: &Datagram<'_>, _model: &Model, _facts: &dyn Facts) -> Result<Decision, Missing> {
    let events = wire::v6::Packet::decode(datagram.octets).err().map(|why| Event::Undecodable { why });
    Ok(Decision {
        label: Label::default(),
        reply: None,
        changes: Vec::new(),
        cursors: Vec::new(),
        events: events.into_iter().collect(),
    })
}
