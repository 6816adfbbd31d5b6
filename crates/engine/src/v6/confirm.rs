//! CONFIRM: are the client's addresses right for its link? (RFC 8415 §18.3.3)

use model::{LeaseKind, Resource};
use wire::v6::{MessageType, StatusCode};

use super::associations::Association;
use super::{Reply, Session};

/// Says whether all addresses fit the link; silence if the client names none.
pub(super) fn confirm<'a>(session: &mut Session<'a>) -> Option<Reply<'a>> {
    let named: Vec<Resource> = Association::all(session)
        .iter()
        .filter(|association| association.kind == LeaseKind::Na)
        .flat_map(Association::named)
        .map(|(resource, _)| resource)
        .collect();
    if named.is_empty() {
        return None;
    }
    let mut reply = session.reply(MessageType::Reply);
    match session.subnet {
        None => reply.status(StatusCode::NotOnLink, "No subnet selected"),
        Some(subnet) => match named.iter().find(|resource| !subnet.prefix.contains(resource.address())) {
            Some(stray) => {
                reply.status(StatusCode::NotOnLink, &format!("Address {stray} is not on link."));
            }
            None => reply.status(StatusCode::Success, "All addresses are on-link"),
        },
    }
    session.add_options(&mut reply);
    Some(reply)
}
