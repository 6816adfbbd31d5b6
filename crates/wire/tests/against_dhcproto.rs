//! The same DHCPv6 octets through this crate and through dhcproto: where both take them, they must read the same.

use dhcproto::v6::{DhcpOption, DhcpOptions};
use dhcproto::{Decodable, Decoder};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::v6::{
    Ia, IaAddress, IaPrefix, Message, Options, Packet, VendorClass, VendorOpts, code, status, values, vendor,
};
use wire::write::Writer;

/// One option whose value dhcproto can read too.
fn option() -> impl Strategy<Value = (u16, Vec<u8>)> {
    let lifetimes = || (any::<u32>(), any::<u32>());
    let octets = || vec(any::<u8>(), 0..20);
    let inner = (any::<[u8; 16]>(), lifetimes(), 0_u8..=128, 0_u16..7).prop_map(
        |(address, (preferred, valid), bits, number)| {
            let mut writer = Writer::new();
            let open = writer.begin6(code::IAADDR);
            writer.octets(&address);
            writer.u32(preferred);
            writer.u32(valid);
            writer.option6(code::STATUS_CODE, &number.to_be_bytes());
            writer.end6(open);
            let open = writer.begin6(code::IAPREFIX);
            writer.u32(preferred);
            writer.u32(valid);
            writer.u8(bits);
            writer.octets(&address);
            writer.end6(open);
            writer.finish()
        },
    );
    let ia = (any::<[u32; 3]>(), vec(inner, 0..3)).prop_map(|(head, inner)| {
        let mut value: Vec<u8> = head.iter().flat_map(|number| number.to_be_bytes()).collect();
        value.extend(inner.concat());
        value
    });
    let tuples = vec(octets(), 1..4).prop_map(|tuples| {
        let mut writer = Writer::new();
        for tuple in tuples {
            writer.u16(u16::try_from(tuple.len()).unwrap_or_default());
            writer.octets(&tuple);
        }
        writer.finish()
    });
    prop_oneof![
        (prop_oneof![Just(code::IA_NA), Just(code::IA_PD)], ia),
        (prop_oneof![Just(code::CLIENT_ID), Just(code::SERVER_ID), Just(code::INTERFACE_ID)], octets()),
        (Just(code::ORO), vec(0_u16..200, 0..9).prop_map(|codes| codes.iter().flat_map(|c| c.to_be_bytes()).collect())),
        (Just(code::ELAPSED_TIME), vec(any::<u8>(), 2..=2)),
        (Just(code::PREFERENCE), vec(any::<u8>(), 1..=1)),
        (Just(code::RAPID_COMMIT), Just(Vec::new())),
        (Just(code::STATUS_CODE), "[a-z ]{0,9}".prop_map(|text| [&[0, 2], text.as_bytes()].concat())),
        (Just(code::USER_CLASS), tuples.clone()),
        (Just(code::VENDOR_CLASS), tuples.prop_map(|tuples| [&[0, 0, 0x11, 0x8b], &*tuples].concat())),
        (200_u16..60_000, octets()),
    ]
}

fn message() -> impl Strategy<Value = Vec<u8>> {
    (1_u8..=11, any::<[u8; 3]>(), vec(option(), 0..8)).prop_map(|(kind, transaction, options)| {
        let mut writer = Writer::new();
        writer.u8(kind);
        writer.octets(&transaction);
        for (code, value) in options {
            writer.option6(code, &value);
        }
        writer.finish()
    })
}

/// Compares lists of options: dhcproto sorts by code, so both are looked at in that order.
fn same_options(ours: Options<'_>, theirs: &DhcpOptions) -> Result<(), TestCaseError> {
    let mut ours: Vec<_> = ours.iter().collect();
    ours.sort_by_key(|option| option.code);
    prop_assert_eq!(ours.len(), theirs.iter().count());
    for code in ours.iter().map(|option| option.code) {
        let mut mine: Vec<&[u8]> =
            ours.iter().filter(|option| option.code == code).map(|option| option.value).collect();
        let all = theirs.get_all(code.into()).unwrap_or_default();
        prop_assert_eq!(mine.len(), all.len());
        for other in all {
            let at = mine.iter().position(|value| same_value(code, value, other).is_ok());
            prop_assert!(at.is_some(), "option {}: {:?} is none of {:02x?}", code, other, mine);
            mine.remove(at.unwrap_or_default());
        }
    }
    Ok(())
}

fn same_value(code: u16, value: &[u8], theirs: &DhcpOption) -> Result<(), TestCaseError> {
    let failed = |error: wire::DecodeError| TestCaseError::fail(error.to_string());
    if let DhcpOption::ClientId(id) | DhcpOption::ServerId(id) | DhcpOption::InterfaceId(id) = theirs {
        prop_assert_eq!(value, id);
    } else if let DhcpOption::Unknown(unknown) = theirs {
        prop_assert_eq!((code, value), (u16::from(unknown.code()), unknown.data()));
    } else if let DhcpOption::IANA(ia) = theirs {
        let ours = Ia::decode(value).map_err(failed)?;
        prop_assert_eq!((ours.iaid, ours.t1, ours.t2), (ia.id, ia.t1, ia.t2));
        same_options(ours.options, &ia.opts)?;
    } else if let DhcpOption::IAPD(ia) = theirs {
        let ours = Ia::decode(value).map_err(failed)?;
        prop_assert_eq!((ours.iaid, ours.t1, ours.t2), (ia.id, ia.t1, ia.t2));
        same_options(ours.options, &ia.opts)?;
    } else if let DhcpOption::IAAddr(address) = theirs {
        let ours = IaAddress::decode(value).map_err(failed)?;
        prop_assert_eq!((ours.address, ours.preferred), (address.addr, address.preferred_life));
        prop_assert_eq!(ours.valid, address.valid_life);
        same_options(ours.options, &address.opts)?;
    } else if let DhcpOption::IAPrefix(prefix) = theirs {
        let ours = IaPrefix::decode(value).map_err(failed)?;
        prop_assert_eq!((ours.prefix, ours.length), (prefix.prefix_ip, prefix.prefix_len));
        prop_assert_eq!((ours.preferred, ours.valid), (prefix.preferred_lifetime, prefix.valid_lifetime));
        same_options(ours.options, &prefix.opts)?;
    } else {
        return same_small_value(value, theirs);
    }
    Ok(())
}

fn same_small_value(value: &[u8], theirs: &DhcpOption) -> Result<(), TestCaseError> {
    let failed = |error: wire::DecodeError| TestCaseError::fail(error.to_string());
    if let DhcpOption::ElapsedTime(time) = theirs {
        prop_assert_eq!(values::elapsed_time(value).map_err(failed)?, *time);
    } else if let DhcpOption::Preference(preference) = theirs {
        prop_assert_eq!(value, &[*preference]);
    } else if let DhcpOption::StatusCode(code) = theirs {
        let (number, text) = status::decode(value).map_err(failed)?;
        prop_assert_eq!((number, text), (u16::from(code.status), code.msg.as_bytes()));
    } else if let DhcpOption::ORO(oro) = theirs {
        let codes: Vec<u8> = oro.opts.iter().flat_map(|code| u16::from(*code).to_be_bytes()).collect();
        prop_assert_eq!(value, codes);
    } else if let DhcpOption::UserClass(class) = theirs {
        let ours = vendor::Tuples::decode(value).map_err(failed)?;
        prop_assert!(ours.iter().eq(class.data.iter()));
    } else if let DhcpOption::VendorClass(class) = theirs {
        let ours = VendorClass::decode(value).map_err(failed)?;
        prop_assert_eq!(ours.enterprise, class.num);
        prop_assert!(ours.data.iter().eq(class.data.iter()));
    } else if let DhcpOption::VendorOpts(opts) = theirs {
        prop_assert_eq!(VendorOpts::decode(value).map_err(failed)?.enterprise, opts.num);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn a_valid_message_reads_the_same_in_both(octets in message()) {
        let ours = Message::decode(&octets).unwrap();
        let theirs = dhcproto::v6::Message::decode(&mut Decoder::new(&octets)).unwrap();
        prop_assert_eq!(ours.kind.number(), u8::from(theirs.msg_type()));
        prop_assert_eq!(ours.transaction, theirs.xid_num());
        same_options(ours.options, theirs.opts())?;
    }

    #[test]
    fn a_relayed_message_reads_the_same_in_both(inner in message(), hops in 0_u8..9, link in any::<[u8; 16]>()) {
        let mut writer = Writer::new();
        writer.u8(12);
        writer.u8(hops);
        writer.octets(&link);
        writer.octets(&link);
        writer.option6(code::INTERFACE_ID, &link);
        writer.option6(code::REMOTE_ID, &link);
        let octets = writer.clone().finish();
        let theirs = dhcproto::v6::RelayMessage::decode(&mut Decoder::new(&octets)).unwrap();
        writer.option6(code::RELAY_MSG, &inner);
        let octets = writer.finish();
        let packet = Packet::decode(&octets).unwrap();
        let relay = packet.relays[0];
        prop_assert_eq!((relay.hop_count, relay.link_address), (theirs.hop_count(), theirs.link_addr()));
        prop_assert_eq!(relay.peer_address, theirs.peer_addr());
        prop_assert_eq!(packet.message, Message::decode(&inner).unwrap());
        prop_assert_eq!(relay.options.first(code::INTERFACE_ID), Some(&link[..]));
    }

    #[test]
    fn a_damaged_message_reads_the_same_where_dhcproto_takes_all_of_it(
        octets in message(),
        at in any::<prop::sample::Index>(),
        by in any::<u8>(),
    ) {
        let mut octets = octets;
        let at = at.index(octets.len());
        octets[at] = by;
        // Theirs panics on some damage where overflow is checked; such a message has no second opinion.
        let theirs = std::panic::catch_unwind(|| dhcproto::v6::Message::decode(&mut Decoder::new(&octets)));
        if let (Ok(ours), Ok(Ok(theirs))) = (Message::decode(&octets), theirs) {
            prop_assert_eq!(ours.transaction, theirs.xid_num());
            // A tail too short for an option is passed over by ours and read into the option before it by theirs.
            let ragged = ours.options.as_slice().len() + 4 < octets.len();
            let whole = !ragged && ours.options.iter().all(|option| option.code >= 200 || option.code == code::CLIENT_ID);
            if whole {
                same_options(ours.options, theirs.opts())?;
            }
        }
    }
}
