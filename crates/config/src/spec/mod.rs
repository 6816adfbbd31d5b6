//! The readers of Kea's maps, one file per map: from a node to what is meant and to what `config-get` shows.

mod class_order;
pub(crate) mod classes;
pub(crate) mod contexts;
pub(crate) mod daemon;
pub(crate) mod database;
pub(crate) mod ddns;
pub(crate) mod ddns_tuning;
mod expected;
pub(crate) mod expression;
pub(crate) mod flex_id;
pub(crate) mod flex_option;
pub(crate) mod guard;
pub(crate) mod host;
pub(crate) mod identity;
pub(crate) mod interfaces;
pub(crate) mod libraries;
pub(crate) mod limits;
pub(crate) mod loggers;
pub(crate) mod names;
pub(crate) mod network;
pub(crate) mod option_data;
pub(crate) mod option_def;
pub(crate) mod ping_check;
pub(crate) mod pool;
pub(crate) mod prefix_pool;
pub(crate) mod scope;
pub(crate) mod sockets;
pub(crate) mod subnet;
pub(crate) mod times;
pub(crate) mod v4;

use model::{ClassName, Family, Host};
use wire::option::{Definition, Definitions};

use crate::error::Notice;
use crate::surroundings::{Origin, Surroundings};

/// What the readers share: what they are held against, and what they learn on the way.
pub(crate) struct Reader<'a> {
    pub(crate) family: Family,
    pub(crate) origin: Origin,
    pub(crate) surroundings: &'a Surroundings<'a>,
    pub(crate) definitions: Definitions,
    /// Definitions of the class being read.
    pub(crate) class_definitions: Vec<Definition>,
    /// Whether no two reservations may have the same address.
    pub(crate) unique_addresses: bool,
    pub(crate) class_names: Vec<ClassName>,
    /// The classes among them whose tests wait for reservations to be looked up.
    pub(crate) waiting_classes: Vec<ClassName>,
    /// Reservations read so far.
    pub(crate) hosts: Vec<Host>,
    /// What the library is told that asks whether addresses are in use.
    pub(crate) ping_check: ping_check::Told,
    pub(crate) notices: Vec<Notice>,
    pub(crate) unserved: Vec<&'static str>,
}

impl Reader<'_> {
    /// Puts a line for the log.
    pub(crate) fn notice(&mut self, id: &'static str, text: impl Into<String>) {
        self.notices.push(Notice { id, text: text.into() });
    }

    /// Notes a feature that is configured but not served.
    pub(crate) fn unserved(&mut self, feature: &'static str) {
        if !self.unserved.contains(&feature) {
            self.unserved.push(feature);
        }
    }

    /// Gives the option space of the family.
    pub(crate) fn main_space(&self) -> &'static str {
        self.family.pick(wire::option::definition::DHCP4, wire::option::definition::DHCP6)
    }
}
