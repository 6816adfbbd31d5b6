//! What a daemon says differently in each family: messages and statistics of the shell. A table.

use model::Family;

/// The words of one family.
#[derive(Debug)]
pub struct Dialect {
    /// The protocol's name.
    pub protocol: &'static str,
    /// Message: a datagram could not be received.
    pub receive_failed: &'static str,
    /// Message: an exchange ended in a panic.
    pub exchange_failed: &'static str,
    /// Message: a reply could not be sent.
    pub send_failed: &'static str,
    /// Message: a packet could not be sent to the server of the other family.
    pub hand_over_failed: &'static str,
    /// Message: no socket of the interface can be used to answer.
    pub no_socket: &'static str,
    /// Message: the service sockets could not be opened, however often it was tried.
    pub sockets_failed: &'static str,
    /// Message: leases expire faster than they are reclaimed.
    pub reclamation_slow: &'static str,
    /// The messages whose audience wants debug events of exchanges collected.
    pub traces: &'static [&'static str],
    /// Statistic: packets received.
    pub received: &'static str,
    /// Statistic: packets dropped, for any reason.
    pub dropped: &'static str,
    /// Statistic: packets dropped because the service was switched off.
    pub disabled: &'static str,
    /// Statistic: packets dropped because too many waited.
    pub crowded: &'static str,
    /// Statistic: packets dropped because of an error.
    pub failed: &'static str,
}

impl Dialect {
    /// Gives the words of a family.
    pub fn of(family: Family) -> &'static Self {
        family.pick(&V4, &V6)
    }
}

const V4: Dialect = Dialect {
    protocol: "DHCPv4",
    receive_failed: "DHCP4_BUFFER_RECEIVE_FAIL",
    exchange_failed: "DHCP4_PACKET_PROCESS_EXCEPTION",
    send_failed: "DHCP4_PACKET_SEND_FAIL",
    hand_over_failed: "DHCP4_DHCP4O6_PACKET_SEND_FAIL",
    no_socket: "DHCP4_PACKET_DROP_0007",
    sockets_failed: "DHCP4_OPEN_SOCKETS_FAILED",
    reclamation_slow: "ALLOC_ENGINE_V4_LEASES_RECLAMATION_SLOW",
    traces: &["DHCP4_CLASSES_ASSIGNED", "DHCP4_SUBNET_SELECTED", "ALLOC_ENGINE_V4_OFFER_NEW_LEASE"],
    received: "pkt4-received",
    dropped: "pkt4-receive-drop",
    disabled: "pkt4-service-disabled",
    crowded: "pkt4-queue-full",
    failed: "pkt4-processing-failed",
};

const V6: Dialect = Dialect {
    protocol: "DHCPv6",
    receive_failed: "DHCP6_PACKET_RECEIVE_FAIL",
    exchange_failed: "DHCP6_PACKET_PROCESS_EXCEPTION",
    send_failed: "DHCP6_PACKET_SEND_FAIL",
    hand_over_failed: "DHCP6_DHCP4O6_SEND_FAIL",
    no_socket: "DHCP6_PACKET_PROCESS_FAIL",
    sockets_failed: "DHCP6_OPEN_SOCKETS_FAILED",
    reclamation_slow: "ALLOC_ENGINE_V6_LEASES_RECLAMATION_SLOW",
    traces: &["DHCP6_CLASSES_ASSIGNED", "DHCP6_SUBNET_SELECTED", "ALLOC_ENGINE_V6_ALLOC_UNRESERVED"],
    received: "pkt6-received",
    dropped: "pkt6-receive-drop",
    disabled: "pkt6-service-disabled",
    crowded: "pkt6-queue-full",
    failed: "pkt6-processing-failed",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_of_both_families_is_in_the_catalogue() {
        for words in [&V4, &V6] {
            let named = [words.receive_failed, words.exchange_failed, words.send_failed, words.sockets_failed];
            let named = [&named[..], &[words.hand_over_failed, words.no_socket]].concat();
            for id in named.iter().chain([&words.reclamation_slow]).chain(words.traces) {
                assert!(model::Message::find(id).is_some(), "{id}");
            }
        }
    }
}
