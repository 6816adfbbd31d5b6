//! Is somebody there at an address that is about to be offered? (RFC 2131 §2.2: a server should ask by ICMP echo.)

use model::Resource;

use super::session::Session;
use crate::bind::{self, Given};
use crate::event::{Drop, Event, Step};
use crate::facts::{Missing, Presence, Probe};

/// Says whether what was found for the client may be offered to it; `events` were told before it was found.
///
/// An address that somebody uses goes out of service. Kea: the client hears nothing then, and has to ask again.
pub(super) fn may_be_offered(
    session: &mut Session<'_>,
    given: &Given<'_>,
    reserved: Option<Resource>,
    events: usize,
) -> Result<bool, Missing> {
    let Resource::V4(address) = given.resource else { return Ok(true) };
    // Kea: what is reserved for the client is offered unasked.
    let Some(check) = given.subnet.ping_check.filter(|_| reserved != Some(given.resource)) else { return Ok(true) };
    let lease = session.facts.lease_at(given.resource)?;
    let now = session.datagram.at;
    let is_young = |age: i64| age < i64::from(check.cltt.0);
    let own = lease.as_ref().filter(|lease| session.owns(lease, given.subnet.match_client_id));
    if own.is_some_and(|lease| !lease.is_expired_at(now) || is_young(now.0.saturating_sub(lease.cltt.0))) {
        return Ok(true);
    }
    session.trace(|| Event::Step(Step::Probed { address, check }));
    let probe = Probe { address, check, label: session.label().clone(), cursors: session.cursors().into() };
    let presence = session.facts.presence(&probe)?;
    match presence {
        Presence::Free => Ok(true),
        Presence::Used => {
            bind::found_in_use(session, given, lease);
            Ok(false)
        }
        Presence::Asked | Presence::Crowded => {
            session.unsay(events);
            let crowded = presence == Presence::Crowded;
            session.tell(Event::Dropped(if crowded { Drop::Crowded } else { Drop::Probed { address } }));
            Ok(false)
        }
    }
}
