//! Which classes is the client in? The built-in ones; expressions are not evaluated yet.

use model::ClassName;
use wire::v6::{Packet, VendorClass};
use wire::{v4, v6};

/// The class of packets that are dropped.
pub(crate) const DROP: &str = "DROP";

/// Lists the client's classes, in the order Kea assigns them, as far as they are known before its subnet is.
pub(crate) fn classes(vendors: impl Iterator<Item = ClassName>) -> Vec<ClassName> {
    let mut classes = vec![ClassName::new("ALL")];
    classes.extend(vendors);
    classes
}

/// Gives the class that says whether a reservation was found. None are looked up yet, so nobody is known.
pub(crate) fn known() -> ClassName {
    ClassName::new("UNKNOWN")
}

/// Cable modems and routers say what they are in any place of the option, which then gives no other class.
const CABLE: [&[u8]; 2] = [b"docsis3.0", b"eRouter1.0"];

/// Names the classes of a DHCPv6 client's vendors.
pub(crate) fn vendors6(packet: &Packet<'_>) -> impl Iterator<Item = ClassName> {
    packet.message.options.all(v6::code::VENDOR_CLASS).filter_map(|value| {
        let texts = VendorClass::decode(value).ok()?.data;
        let cable = texts.iter().find(|text| CABLE.contains(text));
        cable.or_else(|| texts.first()).map(vendor)
    })
}

/// Names the class of a DHCPv4 client's vendor.
pub(crate) fn vendors4(message: &v4::Message<'_>) -> impl Iterator<Item = ClassName> {
    let value = message.options.value(v4::code::VENDOR_CLASS).filter(|value| !value.is_empty());
    value.into_iter().map(|text| {
        let cable = CABLE.iter().find(|cable| text.windows(cable.len()).any(|part| part == **cable));
        vendor(cable.map_or(&*text, |cable| *cable))
    })
}

fn vendor(text: &[u8]) -> ClassName {
    ClassName::new(&format!("VENDOR_CLASS_{}", String::from_utf8_lossy(text)))
}
