//! DHCPv4 (RFC 2131): one file per message, and what they share.

mod accept;
mod agent;
mod decline;
mod discover;
mod holdings;
mod inform;
mod probe;
mod release;
mod reply;
mod request;
mod session;

use model::Model;
use wire::v4::{Message, MessageType, Options};

pub(crate) use self::session::Session;
use crate::decision::{self, Label};
use crate::event::{Drop, Event};
use crate::exchange::Datagram;
use crate::facts::{Facts, Missing};
use crate::{Decision, select};

/// Decides what a DHCPv4 packet leads to. The order of the steps is Kea's, and users can see it.
pub(crate) fn exchange(datagram: &Datagram<'_>, model: &Model, facts: &dyn Facts) -> Result<Decision, Missing> {
    let lenient = model.settings.compatibility.lenient_option_parsing;
    let decoded = Message::decode(datagram.octets);
    let decoded = decoded.and_then(|message| match accept::well_formed(&message) {
        Err(why) if !lenient => Err(why),
        Ok(()) | Err(_) => Ok(message),
    });
    let message = match decoded {
        Ok(message) => message,
        Err(why) => {
            let mut decision = Decision::silent(Label::nobody(model.family));
            decision.events.push(Event::Undecodable { why });
            return Ok(decision);
        }
    };
    let (octets, reread);
    let mut session = Session::new(datagram, &message, model, facts);
    let kind = message.kind();
    session.tell(Event::Received {
        kind: decision::MessageType::V4(kind),
        from: datagram.from,
        to: datagram.to,
        interface: datagram.interface.into(),
    });
    session.recover_agent()?;
    let unwanted = session.classify();
    if let Err(drop) = accept::check(&session) {
        return Ok(session.dropped(drop));
    }
    let options = match session.receive()? {
        Ok(options) => options,
        Err(drop) => return Ok(session.dropped(drop)),
    };
    if let Err(drop) = accept::sane(&session, unwanted) {
        return Ok(session.dropped(drop));
    }
    if let Some(options) = options {
        octets = options;
        reread = Message { options: Options::of_message(&octets, &[], &[]), ..message };
        session.reread(&reread);
    }
    session.recognise()?;
    if matches!(session.kind, MessageType::Discover | MessageType::Request | MessageType::Inform) {
        let choice = select::v4(&session);
        if let Err(drop) = session.select(choice)? {
            return Ok(session.dropped(drop));
        }
    }
    if session.settle()? {
        return Ok(session.dropped(Drop::Class));
    }
    let reply = match session.kind {
        MessageType::Discover => discover::discover(&mut session)?,
        MessageType::Request => request::request(&mut session)?,
        MessageType::Inform => Some(inform::inform(&mut session)),
        MessageType::Release => release::release(&mut session)?,
        MessageType::Decline => decline::decline(&mut session)?,
        kind @ (MessageType::Bootp
        | MessageType::Offer
        | MessageType::Ack
        | MessageType::Nak
        | MessageType::LeaseQuery
        | MessageType::LeaseUnassigned
        | MessageType::LeaseUnknown
        | MessageType::LeaseActive
        | MessageType::BulkLeaseQuery
        | MessageType::LeaseQueryDone
        | MessageType::Other(_)) => return Ok(session.dropped(Drop::NotServed(decision::MessageType::V4(kind)))),
    };
    Ok(session.decide(reply))
}
