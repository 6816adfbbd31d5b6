//! Which classes is the client in? The built-in ones; expressions are not evaluated yet.

use model::ClassName;
use wire::v6::{Packet, VendorClass, code};

/// The class of packets that are dropped.
pub(crate) const DROP: &str = "DROP";

/// Lists the client's classes in the order Kea assigns them.
pub(crate) fn classes(packet: &Packet<'_>) -> Vec<ClassName> {
    let mut classes = vec![ClassName::new("ALL")];
    if let Some(vendor) = vendor_class(packet) {
        classes.push(vendor);
    }
    // No reservations are looked up yet, so nobody is known.
    classes.push(ClassName::new("UNKNOWN"));
    classes
}

fn vendor_class(packet: &Packet<'_>) -> Option<ClassName> {
    let value = packet.message.options.first(code::VENDOR_CLASS)?;
    let first = VendorClass::decode(value).ok()?.data.first()?;
    Some(ClassName::new(&format!("VENDOR_CLASS_{}", String::from_utf8_lossy(first))))
}
