//! Typed access to the entries of a map, of a configuration or a command, with Kea's words for values of the wrong type.

use crate::fault::{Fault, Read};
use crate::json::{Node, Value};

/// Reads an optional text.
///
/// # Errors
/// A [`Fault`] at the value if it is no text.
pub fn text<'n>(map: &'n Node, key: &str) -> Read<Option<&'n str>> {
    map.get(key).map(|node| node.as_str().ok_or_else(|| bad_type(node, key))).transpose()
}

/// Reads an optional number.
///
/// # Errors
/// A [`Fault`] at the value if it is no integer.
pub fn integer(map: &Node, key: &str) -> Read<Option<i128>> {
    map.get(key).map(|node| node.as_integer().ok_or_else(|| bad_type(node, key))).transpose()
}

/// Reads an optional truth.
///
/// # Errors
/// A [`Fault`] at the value if it is no truth.
pub fn flag(map: &Node, key: &str) -> Read<Option<bool>> {
    map.get(key).map(|node| node.as_boolean().ok_or_else(|| bad_type(node, key))).transpose()
}

/// Reads an optional number with a fraction.
pub(crate) fn real(map: &Node, key: &str) -> Read<Option<f64>> {
    map.get(key)
        .map(|node| if let Value::Real(number) = node.value { Ok(number) } else { Err(bad_type(node, key)) })
        .transpose()
}

/// Reads a list; empty if there is none.
pub(crate) fn list<'n>(map: &'n Node, key: &str) -> Read<&'n [Node]> {
    map.get(key).map_or(Ok(&[]), items)
}

/// Lends the values of a list.
pub(crate) fn items(node: &Node) -> Read<&[Node]> {
    node.as_list().ok_or_else(|| Fault::at(node, "listValue() called on non-list Element in"))
}

/// Insists on a map.
///
/// # Errors
/// A [`Fault`] at the value if it is none.
pub fn map(node: &Node) -> Read<&Node> {
    if node.as_map().is_some() { Ok(node) } else { Err(Fault::at(node, "get(string) called on a non-map Element in")) }
}

/// Lends the text of a list item.
pub(crate) fn item_text(node: &Node) -> Read<&str> {
    node.as_str().ok_or_else(|| Fault::at(node, "stringValue() called on non-string Element in"))
}

/// Reads an optional number that must fit its type.
///
/// # Errors
/// A [`Fault`] at the value if it is no integer or does not fit.
pub fn ranged<T: TryFrom<i128>>(map: &Node, key: &str) -> Read<Option<T>> {
    let Some(number) = integer(map, key)? else { return Ok(None) };
    match T::try_from(number) {
        Ok(value) => Ok(Some(value)),
        Err(_) => Err(at_key(map, key, format!("out of range value ({number}) specified for parameter '{key}'"))),
    }
}

/// Makes a finding at the value of `key`, or at the map if it has none.
pub(crate) fn at_key(map: &Node, key: &str, text: impl AsRef<str>) -> Fault {
    Fault::at(map.get(key).unwrap_or(map), text)
}

/// Keeps the low 32 bits of a number, as Kea does where it checks no range.
pub fn truncated(number: i128) -> u32 {
    u32::try_from(number.rem_euclid(1 << 32)).unwrap_or(u32::MAX)
}

/// Reads an optional number of which the low 32 bits count.
pub(crate) fn low32(map: &Node, key: &str) -> Read<Option<u32>> {
    Ok(integer(map, key)?.map(truncated))
}

fn bad_type(node: &Node, key: &str) -> Fault {
    Fault::at(node, format!("invalid type specified for parameter '{key}'"))
}
