//! What an option takes, in words for whoever wrote something else.

use model::Family;
use wire::option::definition::DHCP4;
use wire::option::{DataType, Definition};

/// Says what the value of an option looks like, with an example.
pub(super) fn expected(definition: &Definition, family: Family, as_text: bool) -> String {
    let name = &definition.name;
    let (what, example) = described(definition, family);
    if as_text {
        format!("{name} takes {what}{example}")
    } else {
        format!("{name} takes the octets of {what}; as text, with csv-format true, it is {what}{example}")
    }
}

fn described(definition: &Definition, family: Family) -> (String, String) {
    let such_as = |example: String| if example.is_empty() { example } else { format!(", such as \"{example}\"") };
    if definition.kind == DataType::Internal && definition.space == DHCP4 && definition.code == 121 {
        return ("routes".to_owned(), such_as("10.0.0.0/8 - 192.0.2.1, 0.0.0.0/0 - 192.0.2.2".to_owned()));
    }
    if definition.kind == DataType::Internal {
        let address = family.pick("192.0.2.1", "2001:db8::1");
        return ("a resolver".to_owned(), such_as(format!("100, dns.example.org, {address}, alpn=dot")));
    }
    if definition.kind == DataType::Record {
        let fields = definition.record.iter().map(|kind| words(*kind)).map(|(one, _, example)| (one, example));
        let (fields, examples): (Vec<_>, Vec<_>) = fields.unzip();
        let more = if definition.array { ", the last one as often as wanted" } else { "" };
        return (format!("{} fields: {}{more}", fields.len(), fields.join(", ")), such_as(examples.join(", ")));
    }
    let (one, many, example) = words(definition.kind);
    if definition.array {
        (many.to_owned(), such_as(format!("{example}, {example}")))
    } else {
        (one.to_owned(), such_as(example.to_owned()))
    }
}

/// Names one value of a type, several, and gives an example.
const fn words(kind: DataType) -> (&'static str, &'static str, &'static str) {
    match kind {
        DataType::Empty | DataType::Record | DataType::Internal => ("no data", "no data", ""),
        DataType::Binary => ("hexadecimal digits", "hexadecimal digits", "0a0b0c"),
        DataType::Boolean => ("true or false", "values of true and false", "true"),
        DataType::Int8 => ("a number from -128 to 127", "numbers from -128 to 127", "-1"),
        DataType::Int16 => ("a number from -32768 to 32767", "numbers from -32768 to 32767", "-1"),
        DataType::Int32 => ("a number from -2147483648 to 2147483647", "numbers from -2147483648 to 2147483647", "-1"),
        DataType::Uint8 => ("a number from 0 to 255", "numbers from 0 to 255", "1"),
        DataType::Uint16 => ("a number from 0 to 65535", "numbers from 0 to 65535", "1"),
        DataType::Uint32 => ("a number from 0 to 4294967295", "numbers from 0 to 4294967295", "1"),
        DataType::Ipv4Address => ("an IPv4 address", "IPv4 addresses", "192.0.2.1"),
        DataType::Ipv6Address => ("an IPv6 address", "IPv6 addresses", "2001:db8::1"),
        DataType::Ipv6Prefix => ("an IPv6 prefix", "IPv6 prefixes", "2001:db8::/32"),
        DataType::Psid => ("a port set and its length", "port sets and their lengths", "3/4"),
        DataType::String | DataType::Tuple => ("text", "texts", "text"),
        DataType::Fqdn => ("a domain name", "domain names", "www.example.org"),
    }
}
