//! Why a class is not there yet for one that asks for it: it comes later, or both ask for each other.

use crate::fault::Fault;
use crate::json::{Node, Value};

/// Explains a refused class among `classes`, the one at `place`; `None` if order has nothing to do with it.
pub(super) fn explain(classes: &[Node], place: usize, fault: &Fault) -> Option<String> {
    let (_, rest) = fault.text.split_once("Not defined client class '")?;
    let (wanted, _) = rest.rsplit_once('\'')?;
    let own = name(classes.get(place)?)?;
    if wanted == own {
        return Some(format!("class '{own}' asks for itself"));
    }
    let later = classes.iter().skip(place).find(|class| name(class) == Some(wanted))?;
    let circle = circle(classes, own, wanted);
    Some(match circle {
        Some(path) => format!("these classes ask for each other, one has to do without: {}", path.join(", ")),
        None => format!("'{wanted}' is defined at {}; a class may only ask for those before it", later.span),
    })
}

/// Follows what classes ask for, from `from` to `to`; gives the names on the way, `to` first and last.
fn circle<'a>(classes: &'a [Node], to: &'a str, from: &'a str) -> Option<Vec<&'a str>> {
    let mut paths = vec![vec![to, from]];
    let mut seen = vec![from];
    while let Some(path) = paths.pop() {
        let last = path.last().copied()?;
        let class = classes.iter().find(|class| name(class) == Some(last));
        for asked in class.map(asked).unwrap_or_default() {
            let longer = [&path[..], &[asked]].concat();
            if asked == to {
                return Some(longer);
            }
            if !seen.contains(&asked) {
                seen.push(asked);
                paths.push(longer);
            }
        }
    }
    None
}

fn name(class: &Node) -> Option<&str> {
    class.get("name").and_then(Node::as_str)
}

/// Lists the classes that the test of a class names.
fn asked(class: &Node) -> Vec<&str> {
    let test = class.get("test").or_else(|| class.get("template-test"));
    let texts: Vec<&str> = match test.map(|test| &test.value) {
        Some(Value::String(text)) => vec![text],
        Some(Value::List(lines)) => lines.iter().filter_map(Node::as_str).collect(),
        _ => Vec::new(),
    };
    let members = texts.into_iter().flat_map(|text| text.split("member").skip(1));
    members
        .filter_map(|rest| rest.trim_start().strip_prefix('(')?.trim_start().strip_prefix('\''))
        .filter_map(end)
        .collect()
}

fn end(rest: &str) -> Option<&str> {
    rest.split_once('\'').map(|(name, _)| name)
}
