//! Is the client registered? (Kea's library `libdhcp_user_chk.so`)

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use model::flexible::Container;
use model::users::User;
use model::{Family, Resource, Subnet};
use wire::hwaddr::write_hex;
use wire::v6::{Ia, IaAddress, IaPrefix};
use wire::{v4, v6};

use crate::assemble::Options;
use crate::course::Course;
use crate::decision::{Client, Label};
use crate::event::{Event, Step};
use crate::flex_option::Opened;

/// The vendor whose options tell DHCPv6 clients what to boot: CableLabs.
const VENDOR: u32 = 4491;
/// That vendor's option with the server.
const VENDOR_TFTP_SERVER: u16 = 32;
/// That vendor's option with the file.
const VENDOR_BOOTFILE: u16 = 33;

/// Says where a client is to be served: in the subnet chosen for it if it is registered, else in the last one of all.
pub(crate) fn place<'a>(course: &mut Course<'a>, chosen: Option<&'a Subnet>) -> Option<&'a Subnet> {
    let Some(users) = course.facts.users() else { return chosen };
    let family = course.model.family;
    let registered = identifier(course.label()).is_some_and(|id| users.find(family, id).is_some());
    if registered {
        course.trace(|| Event::Step(Step::User { moved: None, registered }));
        return chosen;
    }
    let last = course.model.subnets.last();
    course.trace(|| Event::Step(Step::User { moved: last.map(|subnet| subnet.id), registered }));
    last.or(chosen)
}

/// Tells a client what to boot if that is noted for it, unless the reply is to be `bare`, and notes what there is to record of the
/// reply; `yiaddr` is the address a DHCPv4 client is given.
pub(crate) fn answer(course: &mut Course<'_>, reply: &mut Options<'_>, yiaddr: Option<Ipv4Addr>, bare: bool) {
    let Some(users) = course.facts.users() else { return };
    let family = course.model.family;
    let Some(id) = identifier(course.label()) else { return };
    let known = users.find(family, id);
    let given = yiaddr.map_or_else(|| leased(reply), |address| vec![Resource::V4(address)]);
    let record = record(family, id, &given, known.is_some());
    if let Some(user) = known.or_else(|| users.default_user(family)).filter(|_| !bare) {
        tell(family, user, reply);
    }
    course.record(record);
}

/// What a client is registered by.
fn identifier(label: &Label) -> Option<&[u8]> {
    match &label.client {
        Client::Id(_) => label.hw.as_ref().map(|hw| &*hw.octets),
        Client::Duid(duid) => duid.as_ref().map(wire::Duid::octets),
    }
}

fn tell(family: Family, user: &User, reply: &mut Options<'_>) {
    let codes =
        family.pick([v4::code::TFTP_SERVER_NAME, v4::code::BOOT_FILE_NAME], [VENDOR_TFTP_SERVER, VENDOR_BOOTFILE]);
    let noted = codes.into_iter().zip([&user.tftp_server, &user.bootfile]);
    let told: Vec<_> = noted.filter_map(|(code, text)| Some((code, text.as_deref()?.as_bytes().to_vec()))).collect();
    if told.is_empty() {
        return;
    }
    if family == Family::V4 {
        for (code, value) in told {
            reply.remove(code);
            reply.add(code, value);
        }
        return;
    }
    let container = Container::Vendor(VENDOR);
    let is_ours = |value: &[u8]| value.starts_with(&VENDOR.to_be_bytes());
    let option = v6::code::VENDOR_OPTS;
    let found = reply.iter().find(|(code, value)| *code == option && is_ours(value)).map(|(_, value)| value.to_vec());
    let Some(mut opened) = Opened::new(family, container, found.as_deref()) else { return };
    opened.options.retain(|(code, _)| !told.iter().any(|(other, _)| code == other));
    opened.options.extend(told);
    reply.remove_where(|code, value| code == option && is_ours(value));
    reply.add(option, opened.close(family));
}

/// Lists what a DHCPv6 reply gives.
fn leased(reply: &Options<'_>) -> Vec<Resource> {
    let mut given = Vec::new();
    for (code, value) in reply.iter().filter(|(code, _)| matches!(*code, v6::code::IA_NA | v6::code::IA_PD)) {
        let Ok(association) = Ia::decode(value) else { continue };
        if code == v6::code::IA_NA {
            let addresses = association.options.all(v6::code::IAADDR).filter_map(|value| IaAddress::decode(value).ok());
            given.extend(addresses.filter(|address| address.valid > 0).map(|address| Resource::V6(address.address)));
        } else {
            let prefixes = association.options.all(v6::code::IAPREFIX).filter_map(|value| IaPrefix::decode(value).ok());
            let prefixes = prefixes.filter(|prefix| prefix.valid > 0);
            given.extend(prefixes.map(|prefix| Resource::Prefix(prefix.prefix, prefix.length)));
        }
    }
    given
}

/// Writes what is recorded of a reply; where it gives nothing, the address is that of nobody.
fn record(family: Family, id: &[u8], given: &[Resource], registered: bool) -> String {
    let mut text = format!("id_type={}\nclient=", family.pick("HW_ADDR", "DUID"));
    let _infallible = write_hex(&mut text, id);
    for resource in given {
        let what = if matches!(resource, Resource::Prefix(..)) { "prefix" } else { "addr" };
        let _infallible = write!(text, "\n{what}={resource}");
    }
    if given.is_empty() {
        let nobody: IpAddr = family.pick(Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into());
        let _infallible = write!(text, "\naddr={nobody}");
    }
    text.push_str(if registered { "\nregistered=yes\n\n" } else { "\nregistered=no\n\n" });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_names_client_leases_and_whether_it_is_registered() {
        let given = [Resource::V4(Ipv4Addr::new(192, 0, 2, 10))];
        assert_eq!(
            record(Family::V4, &[12, 14, 10, 1, 255, 4], &given, true),
            "id_type=HW_ADDR\nclient=0c:0e:0a:01:ff:04\naddr=192.0.2.10\nregistered=yes\n\n"
        );
        let (address, prefix) = ("2001:db8::1".parse().unwrap(), "2001:db8:1::".parse().unwrap());
        let given = [Resource::V6(address), Resource::Prefix(prefix, 48)];
        assert_eq!(
            record(Family::V6, &[0, 3, 255], &given, false),
            "id_type=DUID\nclient=00:03:ff\naddr=2001:db8::1\nprefix=2001:db8:1::/48\nregistered=no\n\n"
        );
        let text = record(Family::V6, &[0, 3, 255], &[], false);
        assert_eq!(text, "id_type=DUID\nclient=00:03:ff\naddr=::\nregistered=no\n\n");
    }

    #[test]
    fn what_to_boot_stands_in_place_of_what_was_configured_and_beside_the_rest() {
        let user = User { bootfile: Some("b".into()), tftp_server: Some("t".into()) };
        let told = |family, options: &[(u16, &[u8])], user: &User| {
            let mut reply = Options::new();
            for (code, value) in options {
                reply.add(*code, value.to_vec());
            }
            tell(family, user, &mut reply);
            reply.iter().map(|(code, value)| (code, value.to_vec())).collect::<Vec<_>>()
        };
        let before: &[(u16, &[u8])] = &[(67, b"x"), (12, b"h")];
        let after = [(12, b"h".to_vec()), (66, b"t".to_vec()), (67, b"b".to_vec())];
        assert_eq!(told(Family::V4, before, &user), after);
        let only = User { bootfile: Some("b".into()), tftp_server: None };
        assert_eq!(told(Family::V4, before, &only), [(12, b"h".to_vec()), (67, b"b".to_vec())]);
        assert_eq!(told(Family::V4, before, &User::default()), [(67, b"x".to_vec()), (12, b"h".to_vec())]);

        let ours = [0, 0, 0x11, 0x8b, 0, 1, 0, 1, 9, 0, 33, 0, 1, b'x'];
        let others = [0, 0, 0, 9, 0, 33, 0, 1, b'o'];
        let after = [0, 0, 0x11, 0x8b, 0, 1, 0, 1, 9, 0, 32, 0, 1, b't', 0, 33, 0, 1, b'b'];
        let expected = [(17, others.to_vec()), (17, after.to_vec())];
        assert_eq!(told(Family::V6, &[(17, &ours), (17, &others)], &user), expected);
    }
}
