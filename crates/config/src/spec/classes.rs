//! `client-classes`: names, options and lifetimes of classes.

use model::class::Test;
use model::expression::{BooleanExpression, StringExpression};
use model::{ClassName, ClientClass, Family, IdentifierKind};
use wire::option::Definitions;

use super::class_order;
use super::guard::both;
use super::option_data::OptionScope;
use super::option_def::{placed, show};
use super::times::{show_triplet_briefly, triplet};
use super::{Reader, v4};
use crate::fault::{Fault, Read};
use crate::fields::{at_key, flag, list, map, text};
use crate::json::{Node, Value};
use crate::show::Shown;

/// Classes the server puts clients into by itself; they can have no test.
const BUILT_IN: [&str; 6] = ["ALL", "KNOWN", "UNKNOWN", "BOOTP", "DROP", "REJECT"];

impl Reader<'_> {
    /// Reads `client-classes`.
    pub(crate) fn client_classes(&mut self, root: &Node) -> Read<(Vec<ClientClass>, Value)> {
        let (mut classes, mut shown) = (Vec::new(), Vec::new());
        let nodes = list(root, "client-classes")?;
        for (place, node) in nodes.iter().enumerate() {
            let read = map(node).and_then(|node| self.client_class(node));
            let (class, tree) = read.map_err(|fault| match class_order::explain(nodes, place, &fault) {
                Some(hint) => fault.hinted(Some(hint)),
                None => fault,
            })?;
            if self.class_names.contains(&class.name) {
                let name = &class.name;
                let text = format!("Can't add class: Client Class: {name} has already been defined");
                return Err(Fault::at(node, text));
            }
            self.class_names.push(class.name.clone());
            self.waiting_classes.extend(class.depends_on_known.then(|| class.name.clone()));
            classes.push(class);
            shown.push(tree);
        }
        Ok((classes, Value::List(shown)))
    }

    fn client_class(&mut self, node: &Node) -> Read<(ClientClass, Node)> {
        let name = text(node, "name")?.ok_or_else(|| Fault::at(node, "missing parameter 'name'"))?;
        if name.is_empty() {
            let at = node.get("name").unwrap_or(node);
            return Err(Fault::near(at, format!("not empty parameter 'name' is required {})", at.span)));
        }
        let test = self.class_test(node)?;
        let mut shown = Shown::new();
        let definitions = self.class_definitions(node)?;
        let options = self.option_list(node, OptionScope::Other);
        self.class_definitions.clear();
        let options = options?;
        let additional = self.only_additional(node)?;
        // A file of DHCPv6 has no boot fields, but Kea reads those of a command.
        let boot = v4::class_boot(node)?;
        let offer_lifetime = if self.family == Family::V4 { v4::offer_lifetime(node)? } else { None };
        let valid = triplet(node, "valid-lifetime", format_args!(""))?;
        let preferred =
            if self.family == Family::V6 { triplet(node, "preferred-lifetime", format_args!(""))? } else { None };
        let is_built_in = BUILT_IN.iter().take(4).any(|built_in| *built_in == name);
        if is_built_in && test.is_some() {
            return Err(Fault::near(node, format!("built-in class '{name}' test expression must be empty")));
        }
        if self.family == Family::V4 {
            shown.set("option-def", definitions);
            v4::show_class(&mut shown, node, &boot);
        }
        shown.set("name", name).set("option-data", options.shown).context(node);
        for key in ["test", "template-test"] {
            if let Some(written) = node.get(key) {
                shown.set(key, written.value.clone());
            }
        }
        if additional {
            shown.set("only-in-additional-list", true);
        }
        show_triplet_briefly(&mut shown, "valid-lifetime", valid);
        show_triplet_briefly(&mut shown, "preferred-lifetime", preferred);
        let mut times = [valid, preferred];
        if additional && times.iter().any(Option::is_some) {
            // Kea: by the time such a class is assigned, the lease has its times.
            times = [None; 2];
            let text = format!(
                "class: {name} has 'only-in-additional-list' true while specifying one or more lease life time values. \
                 Life time values will be ignored."
            );
            self.notice("DHCPSRV_CLASS_WITH_ADDITIONAL_AND_LIFETIMES", text);
        }
        let [valid, preferred] = times;
        let class = ClientClass {
            name: ClassName::new(name),
            // Kea: a template waits for nobody.
            depends_on_known: matches!(&test, Some(Test::Holds(test)) if self.waits(&test.classes())),
            test,
            only_additional: additional,
            options: options.set,
            valid,
            preferred,
            boot,
            offer_lifetime,
        };
        Ok((class, shown.finish()))
    }

    fn class_test(&self, class: &Node) -> Read<Option<Test>> {
        if let (Some(one), Some(other)) = (class.get("test"), class.get("template-test")) {
            let text = format!("can not use both 'test' and 'template-test' ({}) and ({})", one.span, other.span);
            return Err(Fault::near(one, text));
        }
        if let Some(test) = self.expression(class, "test", BooleanExpression::compile)? {
            return Ok(Some(Test::Holds(test)));
        }
        if let Some(empty) = class.get("template-test").filter(|node| node.as_str() == Some("")) {
            return Err(Fault::at(empty, "expression can not be empty at"));
        }
        Ok(self.expression(class, "template-test", StringExpression::compile)?.map(Test::Template))
    }

    /// Reads the definitions that hold for members only: of DHCPv4's option 43 and its private codes.
    fn class_definitions(&mut self, class: &Node) -> Read<Value> {
        let mut own = Definitions::new(self.family);
        let mut shown = Vec::new();
        for entry in list(class, "option-def")? {
            let definition = self.option_def(map(entry)?)?;
            let (code, space) = (definition.code, definition.space.to_string());
            if space != self.main_space() || !(code == 43 || (224..=254).contains(&code)) {
                let text = format!("Not allowed option definition for code '{code}' in space '{space}' at");
                return Err(Fault::at(entry, text));
            }
            shown.push(show(entry, &definition));
            own.add(definition).map_err(|why| placed(entry, &why))?;
        }
        self.class_definitions = own.custom().cloned().collect();
        Ok(Value::List(shown))
    }

    fn only_additional(&mut self, node: &Node) -> Read<bool> {
        let old = flag(node, "only-if-required")?;
        let new = flag(node, "only-in-additional-list")?;
        if old.is_none() {
            return Ok(new.unwrap_or(false));
        }
        if new.is_some() {
            return Err(both("only-if-required", "only-in-additional-list").placed(node));
        }
        self.notice(
            "DHCPSRV_ONLY_IF_REQUIRED_DEPRECATED",
            "The parameter 'only-if-required' is deprecated. Use 'only-in-additional-list' instead",
        );
        Ok(old.unwrap_or(false))
    }
}

/// Reads the names of host identifiers (`host-reservation-identifiers`).
pub(crate) fn host_identifiers(reader: &Reader<'_>, root: &Node) -> Read<(Vec<IdentifierKind>, Value)> {
    use crate::fields::{item_text, items};
    let defaults = reader.family.pick(&["hw-address", "duid", "circuit-id", "client-id"][..], &["hw-address", "duid"]);
    let kinds = |names: &[&str]| names.iter().filter_map(|name| IdentifierKind::find(name)).collect();
    let Some(node) = root.get("host-reservation-identifiers") else {
        return Ok((kinds(defaults), crate::show::texts(defaults)));
    };
    let mut names: Vec<&str> = Vec::new();
    for item in items(node)? {
        let name = item_text(item)?;
        let known = defaults.contains(&name) || name == "flex-id";
        if !known {
            return Err(Fault::at(item, format!("unsupported identifier '{name}'")));
        }
        if names.contains(&name) {
            return Err(Fault::at(item, format!("duplicate host identifier '{name}'")));
        }
        names.push(name);
    }
    if names.is_empty() {
        return Err(at_key(
            root,
            "host-reservation-identifiers",
            "'host-reservation-identifiers' list must not be empty",
        ));
    }
    Ok((kinds(&names), crate::show::texts(names)))
}
