//! What `libdhcp_ddns_tuning.so` is told: what clients are called, everywhere and in single subnets.

use model::expression::StringExpression;
use model::tuning::NameTuning;
use model::{Subnet, SubnetId};

use super::Reader;
use super::contexts::told_in_subnets;
use crate::HookLibrary;
use crate::fault::{Fault, Read};
use crate::json::{Node, Value};

/// The library's file name.
const LIBRARY: &str = "libdhcp_ddns_tuning.so";
/// What an expression stands under.
const EXPRESSION: &str = "hostname-expr";

impl Reader<'_> {
    /// Reads the expressions, if the library is there.
    ///
    /// Kea: passes over keywords it does not know, and over an expression of a subnet that is no string.
    pub(crate) fn name_tuning(
        &mut self,
        root: &Node,
        hooks: &[HookLibrary],
        subnets: &[Subnet],
    ) -> Read<Option<NameTuning>> {
        let Some(hook) = hooks.iter().find(|hook| hook.name == LIBRARY) else { return Ok(None) };
        let Some(parameters) = &hook.parameters else {
            let text = "params must not be null".to_owned();
            return Err(Fault { text, span: Some(hook.position.clone()), hint: None });
        };
        let mut tuning = NameTuning::default();
        if let Some(node) = parameters.get(EXPRESSION) {
            if !is_expression(node) {
                return Err(Fault::near(node, format!("'{EXPRESSION}' must be a string")));
            }
            tuning.global = self.naming_expression(node, "global expression")?;
            if let Some(text) = node.as_str().filter(|_| tuning.global.is_some()) {
                self.notice("DDNS_TUNING_GLOBAL_EXPR_SET", format!("Global hostname expression set to: {text}"));
            }
        }
        for (id, told) in told_in_subnets(self.family, root, "ddns-tuning") {
            let Some(node) = told.get(EXPRESSION).filter(|node| is_expression(node)) else { continue };
            let prefix = prefix(subnets, id);
            if let Some(text) = node.as_str() {
                let text = format!("Parsing subnet expression ({text}) for for subnet {prefix}");
                self.notice("DDNS_TUNING_SUBNET_EXPRESSION_PARSE", text);
            }
            let what = format!("hostname expression for subnet: {prefix}");
            let expression = self.naming_expression(node, &what)?;
            tuning.subnets.insert(id, expression);
        }
        Ok(Some(tuning))
    }

    /// Compiles an expression; `None` if it is empty.
    fn naming_expression(&self, node: &Node, what: &str) -> Read<Option<StringExpression>> {
        if node.as_str() == Some("") {
            return Ok(None);
        }
        let tell = |text: &str, why: &model::expression::SyntaxError| {
            format!("{what} parsing failed: error parsing expression: [{text}] : {why}")
        };
        self.library_expression(node, StringExpression::compile, tell).map(Some)
    }
}

const fn is_expression(node: &Node) -> bool {
    matches!(node.value, Value::String(_) | Value::List(_))
}

fn prefix(subnets: &[Subnet], id: SubnetId) -> String {
    let subnet = subnets.iter().find(|subnet| subnet.id == id);
    subnet.map(|subnet| subnet.prefix.to_string()).unwrap_or_default()
}
