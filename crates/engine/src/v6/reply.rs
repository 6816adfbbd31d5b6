//! A reply being put together, and written with the envelopes of the relays it goes through.

use std::borrow::Cow;

use wire::v6::{MessageType, Packet, Relay, StatusCode, code, status};
use wire::write::Writer;

use crate::assemble::Options;

/// A reply being put together.
pub(crate) struct Reply<'a> {
    pub(crate) kind: MessageType,
    transaction: u32,
    pub(crate) options: Options<'a>,
}

impl<'a> Reply<'a> {
    pub(crate) fn new(kind: MessageType, transaction: u32) -> Self {
        Self { kind, transaction, options: Options::default() }
    }

    /// Adds an option.
    pub(crate) fn add(&mut self, code: u16, value: Cow<'a, [u8]>) {
        self.options.add(code, value);
    }

    /// Says whether an option is there.
    pub(crate) fn has(&self, code: u16) -> bool {
        self.options.has(code)
    }

    /// Adds the status of the whole message.
    pub(crate) fn status(&mut self, code: StatusCode, text: &str) {
        self.add(code::STATUS_CODE, Cow::Owned(status::encode(code, text)));
    }

    /// Adds options a relay supplies for the client, as far as they are allowed and not there yet (RFC 6422).
    pub(crate) fn supply_from_relays(&mut self, packet: &Packet<'a>, allowed: &[u16]) {
        for relay in packet.from_client() {
            let Some(container) = relay.options.first(code::RSOO) else { continue };
            let Ok(supplied) = wire::v6::Options::decode(container) else { continue };
            for option in supplied.iter() {
                if allowed.contains(&option.code) && !self.has(option.code) {
                    self.add(option.code, Cow::Borrowed(option.value));
                }
            }
        }
    }

    /// Writes the packet: options by ascending code, those of one code in the order added.
    pub(crate) fn write(&mut self, packet: &Packet<'_>) -> Vec<u8> {
        self.options.sort();
        let size: usize = self.options.iter().map(|(_, value)| value.len().saturating_add(4)).sum();
        let envelopes: usize = packet.relays.iter().map(|_| 64_usize).sum();
        let mut writer = Writer::with_capacity(size.saturating_add(envelopes).saturating_add(4));
        self.wrap(&packet.relays, &mut writer);
        writer.finish()
    }

    fn wrap(&self, relays: &[Relay<'_>], writer: &mut Writer) {
        let Some((relay, inner)) = relays.split_first() else { return self.message(writer) };
        writer.u8(MessageType::RelayReply.number());
        writer.u8(relay.hop_count);
        writer.ipv6(relay.link_address);
        writer.ipv6(relay.peer_address);
        let message = |writer: &mut Writer| {
            let open = writer.begin6(code::RELAY_MSG);
            self.wrap(inner, writer);
            writer.end6(open);
        };
        message(writer);
        if let Some(interface_id) = relay.options.first(code::INTERFACE_ID) {
            writer.option6(code::INTERFACE_ID, interface_id);
        }
        if let Some(port) = relay.options.first(code::RELAY_SOURCE_PORT) {
            writer.option6(code::RELAY_SOURCE_PORT, port);
        }
    }

    fn message(&self, writer: &mut Writer) {
        writer.u8(self.kind.number());
        writer.u24(self.transaction);
        for (code, value) in self.options.iter() {
            writer.option6(code, value);
        }
    }
}
