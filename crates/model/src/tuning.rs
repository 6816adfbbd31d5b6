//! What clients are called by an expression (Kea's library `libdhcp_ddns_tuning.so`).

use std::collections::BTreeMap;

use crate::SubnetId;
use crate::expression::StringExpression;

/// The class of clients of which DNS is not told, where the library is there.
pub const SKIP_DDNS: &str = "SKIP_DDNS";

/// The expressions that name clients.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NameTuning {
    /// The one for all subnets that have none of their own.
    pub global: Option<StringExpression>,
    /// Those of subnets; `None` keeps the names that clients have without the library.
    pub subnets: BTreeMap<SubnetId, Option<StringExpression>>,
}

impl NameTuning {
    /// Finds the expression that names clients in a subnet; `None` if none does.
    pub fn of(&self, subnet: SubnetId) -> Option<&StringExpression> {
        self.subnets.get(&subnet).map_or(self.global.as_ref(), Option::as_ref)
    }
}
