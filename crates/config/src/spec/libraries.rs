//! What all libraries are told, those that ask for it by the whole configuration.

use model::flexible::FlexibleOption;
use model::{ClientClass, FlexibleId, Limits, NameTuning, Subnet};

use super::Reader;
use crate::HookLibrary;
use crate::fault::Read;
use crate::json::Node;

/// What libraries are told.
pub(crate) struct Libraries {
    pub(crate) bootp: bool,
    pub(crate) flexible_id: Option<FlexibleId>,
    pub(crate) flexible_options: Vec<FlexibleOption>,
    pub(crate) limits: Option<Limits>,
    pub(crate) name_tuning: Option<NameTuning>,
}

impl Reader<'_> {
    /// Reads what libraries are told; Kea loads them when all else is read.
    pub(crate) fn libraries(
        &mut self,
        root: &Node,
        hooks: &[HookLibrary],
        (classes, subnets): (&[ClientClass], &[Subnet]),
    ) -> Read<Libraries> {
        Ok(Libraries {
            bootp: hooks.iter().any(|hook| hook.name == "libdhcp_bootp.so"),
            flexible_id: self.flexible_id(hooks)?,
            flexible_options: self.flexible_options(hooks)?,
            limits: self.limits(root, hooks, classes)?,
            name_tuning: self.name_tuning(root, hooks, subnets)?,
        })
    }
}
