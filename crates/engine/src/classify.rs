//! Which classes is the client in? The built-in ones; expressions are not evaluated yet.

use model::ClassName;
use wire::v6::{Packet, VendorClass, code};

/// The class of packets that are dropped.
pub(crate) const DROP: &str = "DROP";

/// Lists the client's classes, in the order Kea assigns them, as far as they are known before its subnet is.
pub(crate) fn classes(packet: &Packet<'_>) -> Vec<ClassName> {
    let mut classes = vec![ClassName::new("ALL")];
    classes.extend(vendor_classes(packet));
    classes
}

/// Gives the class that says whether a reservation was found. None are looked up yet, so nobody is known.
pub(crate) fn known() -> ClassName {
    ClassName::new("UNKNOWN")
}

/// Cable modems and routers say what they are in any place of the option, which then gives no other class.
const CABLE: [&[u8]; 2] = [b"docsis3.0", b"eRouter1.0"];

fn vendor_classes(packet: &Packet<'_>) -> impl Iterator<Item = ClassName> {
    packet.message.options.all(code::VENDOR_CLASS).filter_map(|value| {
        let texts = VendorClass::decode(value).ok()?.data;
        let cable = texts.iter().find(|text| CABLE.contains(text));
        let text = cable.or_else(|| texts.first())?;
        Some(ClassName::new(&format!("VENDOR_CLASS_{}", String::from_utf8_lossy(text))))
    })
}
