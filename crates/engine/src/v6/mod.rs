//! DHCPv6 (RFC 8415): one file per message, and what they share.

mod accept;
mod addr_reg_inform;
mod associations;
mod confirm;
mod decline;
mod envelopes;
mod information_request;
mod release;
mod renew;
mod reply;
mod session;
mod solicit;

use model::Model;
use wire::v6::{Message, MessageType, Options, Packet};

pub(crate) use self::reply::Reply;
pub(crate) use self::session::Session;
use crate::decision::{self, Label};
use crate::event::{Drop, Event};
use crate::exchange::Datagram;
use crate::facts::{Facts, Missing};
use crate::{Decision, select};

/// Decides what a DHCPv6 packet leads to. The order of the steps is Kea's, and users can see it.
pub(crate) fn exchange(datagram: &Datagram<'_>, model: &Model, facts: &dyn Facts) -> Result<Decision, Missing> {
    let decoded =
        Packet::decode(datagram.octets).and_then(|packet| accept::well_formed(&packet.message).map(|()| packet));
    let packet = match decoded {
        Ok(packet) => packet,
        Err(why) => {
            let mut decision = Decision::silent(Label::nobody(model.family));
            decision.events.push(Event::Undecodable { why });
            return Ok(decision);
        }
    };
    let (octets, reread);
    let mut session = Session::new(datagram, &packet, model, facts);
    session.tell(Event::Received {
        kind: decision::MessageType::V6(packet.message.kind),
        from: datagram.from,
        to: datagram.to,
        interface: datagram.interface.into(),
    });
    if let Err(drop) = accept::check(&session) {
        return Ok(session.dropped(drop));
    }
    if packet.message.kind == MessageType::Dhcpv4Query {
        return Ok(session.forwarded());
    }
    let unwanted = session.classify();
    let options = match accept::admit(&mut session, unwanted)? {
        Ok(options) => options,
        Err(drop) => return Ok(session.dropped(drop)),
    };
    if let Some(options) = options {
        octets = options;
        let message = packet.message;
        let options = Options::decode(&octets).unwrap_or(message.options);
        reread = Packet { relays: packet.relays.clone(), message: Message { options, ..message } };
        session.reread(&reread);
    }
    session.recognise()?;
    let choice = select::v6(&packet, datagram, model, &session.classes);
    if let Err(drop) = session.select(choice)? {
        return Ok(session.dropped(drop));
    }
    if session.settle()? {
        return Ok(session.dropped(Drop::Class));
    }
    let reply = match packet.message.kind {
        MessageType::Solicit => Some(solicit::solicit(&mut session)?),
        MessageType::Request => Some(solicit::request(&mut session)?),
        MessageType::Renew => renew::renew(&mut session)?,
        MessageType::Rebind => renew::rebind(&mut session)?,
        MessageType::Release => Some(release::release(&mut session)?),
        MessageType::Decline => decline::decline(&mut session)?,
        MessageType::Confirm => confirm::confirm(&mut session),
        MessageType::InformationRequest => Some(information_request::information_request(&mut session)),
        MessageType::AddrRegInform => addr_reg_inform::addr_reg_inform(&mut session)?,
        kind @ (MessageType::Advertise
        | MessageType::Reply
        | MessageType::Reconfigure
        | MessageType::RelayForward
        | MessageType::RelayReply
        | MessageType::Dhcpv4Query
        | MessageType::Dhcpv4Response
        | MessageType::AddrRegReply
        | MessageType::Other(_)) => return Ok(session.dropped(Drop::NotServed(decision::MessageType::V6(kind)))),
    };
    Ok(session.decide(reply))
}
