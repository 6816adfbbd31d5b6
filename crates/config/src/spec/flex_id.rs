//! The parameters of `libdhcp_flex_id.so`: what clients are recognised by besides what they say of themselves.

use model::FlexibleId;
use model::expression::StringExpression;

use super::Reader;
use crate::HookLibrary;
use crate::fault::{Fault, Read};
use crate::json::Value;

/// The library's file name.
const LIBRARY: &str = "libdhcp_flex_id.so";

impl Reader<'_> {
    /// Reads what the library is told, if it is there.
    ///
    /// Kea: passes over keywords it does not know.
    pub(crate) fn flexible_id(&mut self, hooks: &[HookLibrary]) -> Read<Option<FlexibleId>> {
        let Some(hook) = hooks.iter().find(|hook| hook.name == LIBRARY) else { return Ok(None) };
        let parameter = |key| hook.parameters.as_ref().and_then(|map| map.get(key));
        let key = "identifier-expression";
        let Some(node) = parameter(key) else {
            let text = format!("Expression ({key}) is not defined.");
            return Err(Fault { text, span: Some(hook.position.clone()), hint: None });
        };
        if !matches!(node.value, Value::String(_) | Value::List(_)) {
            return Err(Fault::near(
                node,
                format!("The {key} is {}, but expected JSON string", node.value.type_name()),
            ));
        }
        let truth = |key| {
            let Some(node) = parameter(key) else { return Ok(false) };
            let wrong =
                || Fault::near(node, format!("the {key} is {} but expected boolean value", node.value.type_name()));
            node.as_boolean().ok_or_else(wrong)
        };
        if node.as_str() == Some("") {
            return Ok(None);
        }
        let expression = self.library_expression(node, StringExpression::compile, |text, why| {
            format!("The {key} is [{text}], but fails to parse with error: {why}")
        })?;
        let ignores_iaid = truth("ignore-iaid")?;
        let replaces_client_id = truth("replace-client-id")?;
        if ignores_iaid {
            let effect = "It only has an effect on clients with at most one IA_NA and one IA_PD.";
            self.notice("FLEX_ID_IGNORE_IAID_ENABLED", format!("the ignore-iaid is set. {effect}"));
        }
        Ok(Some(FlexibleId { expression, replaces_client_id, ignores_iaid }))
    }
}
