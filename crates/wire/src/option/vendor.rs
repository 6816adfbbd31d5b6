//! Vendor spaces, and the options of the vendors known by name.

use super::definition::DataType::{Binary, Int32, Ipv4Address, Ipv6Address, String, Uint8, Uint16};
use super::definition::{Definition, array, one, row};
use super::standard::find;
use crate::Family;

/// CableLabs, of the DOCSIS options.
pub const ENTERPRISE_CABLELABS: u32 = 4491;
/// ISC, of the options on the channel between the servers of the two families.
pub const ENTERPRISE_ISC: u32 = 2495;

const CABLELABS: &str = "vendor-4491";
const ISC: &str = "vendor-2495";

static VENDOR4: [Definition; 2] =
    [row(CABLELABS, 1, "oro", array(Uint8)), row(CABLELABS, 2, "tftp-servers", array(Ipv4Address))];

static VENDOR6: [Definition; 13] = [
    row(ISC, 60000, "4o6-interface", one(String)),
    row(ISC, 60001, "4o6-source-address", one(Ipv6Address)),
    row(ISC, 60002, "4o6-source-port", one(Uint16)),
    row(CABLELABS, 1, "oro", array(Uint16)),
    row(CABLELABS, 2, "device-type", one(String)),
    row(CABLELABS, 10, "vendor-type", one(String)),
    row(CABLELABS, 32, "tftp-servers", array(Ipv6Address)),
    row(CABLELABS, 33, "config-file", one(String)),
    row(CABLELABS, 34, "syslog-servers", array(Ipv6Address)),
    row(CABLELABS, 36, "device-id", one(Binary)),
    row(CABLELABS, 37, "time-servers", array(Ipv6Address)),
    row(CABLELABS, 38, "time-offset", one(Int32)),
    row(CABLELABS, 1026, "cmts-cm-mac", one(Binary)),
];

/// Reads the enterprise number off the name of a vendor space: `vendor-` and a decimal number.
pub fn enterprise_of(space: &str) -> Option<u32> {
    let digits = space.strip_prefix("vendor-")?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

/// Names the space of a vendor's options.
pub fn space_of(enterprise: u32) -> std::string::String {
    format!("vendor-{enterprise}")
}

/// Finds a vendor's definition of a code.
pub fn by_code(family: Family, space: &str, code: u16) -> Option<&'static Definition> {
    find(table(family), own_space(family, space), code)
}

/// Finds a vendor's definition of a name.
pub fn by_name(family: Family, space: &str, name: &str) -> Option<&'static Definition> {
    let space = own_space(family, space);
    table(family).iter().find(|row| row.space == space && row.name == name)
}

pub(super) fn table(family: Family) -> &'static [Definition] {
    family.pick(&VENDOR4, &VENDOR6)
}

/// Replaces the other names that Kea has for some vendor spaces.
fn own_space(family: Family, space: &str) -> &str {
    match (family, space) {
        (Family::V4, "docsis3-v4") | (Family::V6, "docsis3-v6") => CABLELABS,
        (Family::V6, "4o6") => ISC,
        (Family::V4 | Family::V6, other) => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_space_is_named_by_its_number_alone() {
        assert_eq!(enterprise_of("vendor-4491"), Some(4491));
        assert_eq!(space_of(4491), "vendor-4491");
        assert_eq!(["vendor-", "vendor-x", "vendor-+1", "vendor-4294967296", "dhcp6"].map(enterprise_of), [None; 5]);
    }
}
