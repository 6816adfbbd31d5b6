//! What expressions make of a query: an identifier of the client (Kea's library `libdhcp_flex_id.so`).

use crate::expression::StringExpression;

/// What a client is recognised by instead of what it says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct FlexibleId {
    /// The identifier; an empty one is none (`identifier-expression`).
    pub expression: StringExpression,
    /// Whether leases are held under it instead of the client identifier or DUID (`replace-client-id`).
    pub replaces_client_id: bool,
    /// Whether a client's only association of a kind is taken for number 0 (`ignore-iaid`). DHCPv6 only.
    pub ignores_iaid: bool,
}
