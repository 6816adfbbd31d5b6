//! What expressions make of a query: an identifier of the client (`libdhcp_flex_id.so`), and options of the reply
//! (`libdhcp_flex_option.so`).

use wire::option::Definition;

use crate::ClassName;
use crate::expression::{BooleanExpression, StringExpression};

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

/// One change to the options of a reply (an entry of `options` of Kea's library `libdhcp_flex_option.so`).
#[derive(Debug, Clone, PartialEq)]
pub struct FlexibleOption {
    /// The option.
    pub code: u16,
    /// Whose replies are changed; `None` changes all.
    pub client_class: Option<ClassName>,
    /// What is done.
    pub change: OptionChange,
}

/// What is done to an option of a reply.
#[derive(Debug, Clone, PartialEq)]
pub enum OptionChange {
    /// The option itself is changed.
    Whole(Box<ValueChange>),
    /// Options inside it are.
    Inside(Vec<SubOptionChange>),
}

/// What stands in an option before the options inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// So many octets.
    Fields(usize),
    /// The enterprise whose options they are.
    Vendor(u32),
}

/// What is done to an option inside another one.
#[derive(Debug, Clone, PartialEq)]
pub struct SubOptionChange {
    /// The option inside.
    pub code: u16,
    /// Whose replies are changed; `None` changes all.
    pub client_class: Option<ClassName>,
    /// Whether the option around it is made if there is none (`container-add`).
    pub adds_container: bool,
    /// Whether the option around it goes when nothing is left inside (`container-remove`).
    pub removes_container: bool,
    /// What stands before it there.
    pub container: Container,
    /// What is done.
    pub change: ValueChange,
}

/// How a value comes into a reply or out of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueChange {
    /// What is done.
    pub action: Action,
    /// By which the expression's value is text; `None` takes the value as it is (`csv-format`).
    pub definition: Option<Definition>,
}

/// What is done to an option; an empty value does nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Gives a value to an option that is not there.
    Add(StringExpression),
    /// Gives a value in place of all that are there.
    Supersede(StringExpression),
    /// Takes all away if the expression holds.
    Remove(BooleanExpression),
}
