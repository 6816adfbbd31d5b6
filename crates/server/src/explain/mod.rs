//! What a client would be answered, and why. The decision is made by the code that makes it for packets; nothing is sent,
//! stored or counted.

mod packet;
mod question;
mod reply;
mod story;
mod watch;

use std::net::Ipv4Addr;

use config::Configuration;
use engine::{Datagram, Facts};
use model::users::Users;
use model::{Host, Lease, LeaseState, UnixTime};

use self::packet::Sent;
pub use self::question::{Client, Question, octets};
use self::story::Story;
use self::watch::Watched;
use crate::aside::{Informed, Known};

/// The server at the moment of the question.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// What is configured.
    pub configuration: &'a Configuration,
    /// What is leased.
    pub leases: &'a dyn Facts,
    /// Who is registered; `None` if nobody is to be.
    pub users: Option<&'a Users>,
    /// The interface the client is heard on.
    pub interface: &'a str,
    /// The server's IPv4 address there.
    pub local: Ipv4Addr,
    /// All the IPv4 addresses it listens on.
    pub served: &'a [Ipv4Addr],
    /// Whether frames can be sent to clients without an address.
    pub raw: bool,
    /// When the packet comes.
    pub at: UnixTime,
}

/// Answers a question, in lines; the last one is the verdict.
///
/// # Errors
/// Why the question makes no sense.
pub fn tell(question: &Question, scene: &Scene<'_>) -> Result<Vec<String>, String> {
    let model = &scene.configuration.model;
    let server = packet::Server { local: scene.local, duid: model.settings.server_duid.octets() };
    let Sent { octets, from, to } = packet::sent(question, model.family, server)?;
    let Scene { interface, local, served, raw, at, .. } = *scene;
    let datagram =
        Datagram { octets: &octets, interface, from, to, local, served, raw, over: None, at, seed: 0, trace: true };
    let informed = Informed { leases: scene.leases, known: &Known::NOTHING, users: scene.users };
    let watched = Watched::new(&informed, model, at);
    let decided = engine::exchange(&datagram, model, &watched);
    let decision = decided.map_err(|missing| format!("a fact is missing: {missing:?}"))?;
    let asked = watched.told();
    let definitions = reply::definitions(model.family, &scene.configuration.shown.tree());
    Ok(Story { family: model.family, decision: &decision, asked: &asked, definitions: &definitions }.lines())
}

/// Names a host by its identifier, and tells what is noted of it.
fn host(host: &Host) -> String {
    let octets: Vec<String> = host.identifier.iter().map(|octet| format!("{octet:02x}")).collect();
    let noted = host.user_context();
    let blank = if noted.is_empty() { "" } else { " " };
    format!("{} {}{blank}{noted}", host.kind, octets.join(":"))
}

/// Says where a lease stands in its life; lease files call an assigned one the default.
fn state(lease: &Lease) -> String {
    if lease.state == LeaseState::Assigned { "assigned".to_owned() } else { lease.state.to_string() }
}
