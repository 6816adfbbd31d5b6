use super::*;

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap();
    let mut octets: Vec<u8> = length.to_ne_bytes().into_iter().chain(kind.to_ne_bytes()).collect();
    octets.extend_from_slice(value);
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

fn message(kind: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut octets: Vec<u8> = length.to_ne_bytes().into_iter().chain(kind.to_ne_bytes()).collect();
    octets.extend_from_slice(&[0; 10]);
    octets.extend_from_slice(body);
    octets
}

fn a_link() -> Vec<u8> {
    let mut body = vec![0, 0];
    body.extend(1_u16.to_ne_bytes());
    body.extend(7_u32.to_ne_bytes());
    body.extend((IFF_UP | IFF_RUNNING | IFF_MULTICAST).to_ne_bytes());
    body.extend([0; 4]);
    body.extend(attribute(IFLA_IFNAME, b"eth0\0"));
    body.extend(attribute(IFLA_MTU, &1500_u32.to_ne_bytes()));
    body.extend(attribute(IFLA_ADDRESS, &[2, 0, 0, 0, 0, 1]));
    body
}

#[test]
fn a_link_message_gives_name_flags_and_hardware_address() {
    let found = link(&a_link()).unwrap();
    assert_eq!((found.index, found.name.as_str(), found.mtu), (7, "eth0", 1500));
    assert!(found.up && found.running && found.multicast && !found.loopback);
    assert_eq!(found.hardware, HardwareAddress::ethernet(&[2, 0, 0, 0, 0, 1]));
    assert!(found.is_identifying());
}

#[test]
fn an_address_message_prefers_the_long_flags() {
    let mut body = vec![10, 64, 0x80, 253];
    body.extend(7_u32.to_ne_bytes());
    body.extend(attribute(IFA_ADDRESS, &"fe80::1".parse::<Ipv6Addr>().unwrap().octets()));
    body.extend(attribute(IFA_FLAGS, &(0x80 | IFA_F_TENTATIVE).to_ne_bytes()));
    let (index, entry) = address(&body).unwrap();
    let entry = entry.unwrap();
    assert_eq!((index, entry.prefix_length, entry.scope), (7, 64, Scope::Link));
    assert!(entry.tentative && !entry.duplicate);
}

#[test]
fn a_point_to_point_address_is_the_local_one() {
    let mut body = vec![2, 32, 0, 0];
    body.extend(3_u32.to_ne_bytes());
    body.extend(attribute(IFA_ADDRESS, &[192, 0, 2, 2]));
    body.extend(attribute(IFA_LOCAL, &[192, 0, 2, 1]));
    let (_, entry) = address(&body).unwrap();
    assert_eq!(entry.unwrap().address, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
}

#[test]
fn an_answer_ends_with_done_and_reports_the_kernels_error() {
    let mut take = |_: u16, _: &[u8]| Some(());
    assert!(walk(&message(NLMSG_DONE, &[0; 4]), &mut take).unwrap());
    assert!(!walk(&message(RTM_NEWLINK, &a_link()), &mut take).unwrap());
    let refused = message(NLMSG_ERROR, &(-1_i32).to_ne_bytes());
    let error = walk(&refused, &mut take).unwrap_err();
    assert!(matches!(error, InterfaceError::Netlink(why) if why.raw_os_error() == Some(1)));
}

#[test]
fn a_cut_off_answer_is_refused_wherever_it_ends() {
    let whole = message(RTM_NEWLINK, &a_link());
    for end in 1..whole.len() {
        let mut take = |_: u16, body: &[u8]| link(body).map(|_| ());
        assert!(walk(&whole[..end], &mut take).is_err(), "{end} octets");
    }
}
