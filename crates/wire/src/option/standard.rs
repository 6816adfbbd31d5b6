//! Looks up standard definitions by code and by name.

use std::sync::LazyLock;

use super::definition::{DHCP4, Definition};
use super::standard4::{LAST_RESORT4, STANDARD4};
use super::standard6::STANDARD6;
use crate::Family;

/// Finds the standard definition of a code in a space.
pub fn by_code(family: Family, space: &str, code: u16) -> Option<&'static Definition> {
    match (family, u8::try_from(code)) {
        // Every option of every DHCPv4 packet is looked up here.
        (Family::V4, Ok(code)) if space == DHCP4 => *MESSAGE4.get(usize::from(code))?,
        _ => find(table(family), space, code),
    }
}

/// The definitions of a DHCPv4 message's own options, by their code.
static MESSAGE4: LazyLock<[Option<&'static Definition>; 256]> = LazyLock::new(|| {
    let mut all = [None; 256];
    for (code, place) in (0_u16..).zip(&mut all) {
        *place = find(table(Family::V4), DHCP4, code);
    }
    all
});

/// Finds the standard definition of a name in a space.
pub fn by_name(family: Family, space: &str, name: &str) -> Option<&'static Definition> {
    table(family).iter().find(|row| row.space == space && row.name == name)
}

/// Finds the definition that counts if nobody else defines the code.
pub fn last_resort_by_code(family: Family, space: &str, code: u16) -> Option<&'static Definition> {
    find(last_resort(family), space, code)
}

/// Finds the definition that counts if nobody else defines the name.
pub fn last_resort_by_name(family: Family, space: &str, name: &str) -> Option<&'static Definition> {
    last_resort(family).iter().find(|row| row.space == space && row.name == name)
}

/// Walks every definition a family comes with, those of vendors and of last resort included.
pub fn all(family: Family) -> impl Iterator<Item = &'static Definition> {
    table(family).iter().chain(super::vendor::table(family)).chain(last_resort(family))
}

/// Finds a row of a table that is sorted by space and code.
pub(super) fn find(table: &'static [Definition], space: &str, code: u16) -> Option<&'static Definition> {
    let at = table.binary_search_by(|row| (&*row.space, row.code).cmp(&(space, code))).ok()?;
    table.get(at)
}

fn table(family: Family) -> &'static [Definition] {
    family.pick(&STANDARD4, &STANDARD6)
}

fn last_resort(family: Family) -> &'static [Definition] {
    family.pick(&LAST_RESORT4, &[])
}
