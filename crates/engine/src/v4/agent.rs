//! What a relay says of its client (RFC 3046): echoed, kept with the lease, and found again there.

use std::fmt::Write as _;

use model::Family;
use wire::hwaddr::write_upper_hex;
use wire::option::{shape, standard};
use wire::v4::{Options, relay};
use wire::write::Writer;

use super::accept::AGENT_SPACE;

/// Writes the sub-options as they go back to the relay.
///
/// Kea: in the order of their codes, whatever order they came in; repeated ones put together, and cut to their types.
pub(super) fn echoed(agent: &[u8]) -> Vec<u8> {
    let options = Options::of_value(agent);
    let mut codes: Vec<u16> = options.iter().map(|option| option.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut writer = Writer::with_capacity(agent.len());
    for code in codes {
        let value = options.value(code).unwrap_or_default();
        let size = standard::by_code(Family::V4, AGENT_SPACE, code).and_then(shape::size);
        let value = size.and_then(|size| value.get(..size)).unwrap_or(&value);
        writer.option4(u8::try_from(code).unwrap_or_default(), value);
    }
    writer.finish()
}

/// Writes what is kept with a lease (`store-extended-info`), in Kea's form.
pub(super) fn context(agent: &[u8]) -> String {
    let options = Options::of_value(agent);
    let mut text = String::from("{ \"ISC\": { \"relay-agent-info\": { ");
    for (code, name) in [(relay::RELAY_ID, "relay-id"), (relay::REMOTE_ID, "remote-id")] {
        if let Some(value) = options.value(code) {
            let _infallible = write!(text, "\"{name}\": \"");
            write_upper_hex(&value, &mut text);
            text.push_str("\", ");
        }
    }
    text.push_str("\"sub-options\": \"0x");
    write_upper_hex(agent, &mut text);
    text.push_str("\" } } }");
    text
}

/// Reads the sub-options out of what is kept with a lease, in either of Kea's forms.
pub(super) fn stored(context: &str) -> Option<Vec<u8>> {
    let (_, rest) = context.split_once("\"relay-agent-info\":")?;
    let rest = rest.split_once("\"sub-options\":").map_or(rest, |(_, rest)| rest);
    let (_, rest) = rest.split_once('"')?;
    let (text, _) = rest.split_once('"')?;
    wire::option::encode_hex(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_with_a_lease_is_found_again() {
        let agent = [1, 2, b'a', 0x0b, 4, 4, 7, 7, 7, 7, 2, 1, 9];
        let text = context(&agent);
        assert_eq!(
            text,
            "{ \"ISC\": { \"relay-agent-info\": { \"remote-id\": \"09\", \"sub-options\": \"0x0102610B040407070707020109\" } } }"
        );
        assert_eq!(stored(&text).as_deref(), Some(&agent[..]));
        assert_eq!(stored("{ \"ISC\": { \"relay-agent-info\": \"0x0101AA\" } }").as_deref(), Some(&[1, 1, 0xaa][..]));
        assert_eq!(stored("{ \"a\": 1 }"), None);
    }

    #[test]
    fn sub_options_go_back_in_the_order_of_their_codes() {
        assert_eq!(echoed(&[2, 1, 9, 1, 1, 8]), [1, 1, 8, 2, 1, 9]);
    }
}
