//! DHCPINFORM: the client has an address and wants options (RFC 2131 §4.3.5).

use wire::v4::MessageType;

use super::reply::Reply;
use super::session::Session;

/// Answers with options and no lease.
pub(super) fn inform<'a>(session: &mut Session<'a>) -> Reply<'a> {
    session.add_classes();
    let mut reply = Reply::new(session, MessageType::Ack);
    if session.subnet.is_some() {
        reply.add_options(session);
    } else {
        reply.add_own_identifier(session);
    }
    reply.informs(session);
    reply
}
