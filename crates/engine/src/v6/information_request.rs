//! INFORMATION-REQUEST: the client wants options and no lease (RFC 8415 §18.3.6).

use wire::v6::MessageType;

use super::{Reply, Session};

/// Answers with options alone.
pub(super) fn information_request<'a>(session: &mut Session<'a>) -> Reply<'a> {
    let mut reply = session.reply(MessageType::Reply);
    session.add_options(&mut reply);
    reply
}
