//! Which Kea this stands in for, and what it is made of.

use model::Family;

/// The version of Kea whose behaviour this program has.
pub const VERSION: &str = "3.0.4";

/// Gives the text of `-V` and of `version-get`'s `extended`.
pub fn extended(family: Family) -> String {
    format!(
        "{VERSION} ({VERSION} (Nestor {}))\npremium: no\nlinked with:\nlease backends:\n- Memfile backend {}",
        env!("CARGO_PKG_VERSION"),
        store::lease::csv::schema_version(family)
    )
}

/// Gives the text of `-W` and `build-report`.
pub fn build_report() -> String {
    format!(
        "Package:\n  Name:               nestor\n  Version:            {}\n  Stands in for:      Kea {VERSION}\n  \
         Version type:       stable\n  OS Family:          Linux\n  Architecture:       {}\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH
    )
}
