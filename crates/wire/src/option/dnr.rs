//! Encrypted DNS resolvers (RFC 9463): `100, dot.example.org., 2001:db8::1 2001:db8::2, alpn=dot port=853`.
//!
//! In DHCPv4 several of them may stand in one option, with `|` between them.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::value::split;
use crate::fqdn::{self, Name, NameError};
use crate::read::Reader;
use crate::{DecodeError, Family};

/// Why a text does not describe a resolver. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnrError {
    /// Less than a priority and a name.
    #[error("Option config requires at least comma separated Service Priority and ADN")]
    TooFewFields,
    /// More than priority, name, addresses and parameters.
    #[error(
        "Option config supports maximum 4 comma separated fields: Service Priority, ADN, resolver IP address(es) and SvcParams"
    )]
    TooManyFields,
    /// A priority or port that is no number of 16 bits.
    #[error(
        "Cannot parse uint_16 integer {what} from given value: {text}. Error: bad lexical cast: source type value could not be interpreted as target"
    )]
    Number {
        /// What the number is for.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// An authentication domain name that is none.
    #[error("Cannot parse ADN FQDN from given value: {text}. Error: {why}")]
    Name {
        /// The text.
        text: String,
        /// What is wrong with it.
        why: NameError,
    },
    /// An address of the wrong form.
    #[error(
        "Cannot parse {family} address from given value: {text}. Error: Failed to convert string to address '{text}': Invalid argument"
    )]
    Address {
        /// The family wanted.
        family: Family,
        /// The text.
        text: String,
    },
    /// An address of the wrong family.
    #[error("Cannot parse {family} address from given value: {text}. Error: Given address is not {family} address.")]
    AddressFamily {
        /// The family wanted.
        family: Family,
        /// The text.
        text: String,
    },
    /// Parameters without an address.
    #[error("Option config requires at least one valid IP address.")]
    NoAddress,
    /// A parameter without `=`.
    #[error("Wrong Svc Params syntax - SvcParamKey=SvcParamValue pair syntax must be used")]
    Pair,
    /// An address hint, which the addresses of the option itself replace.
    #[error("Wrong Svc Params syntax - key {0} must not be used")]
    Hint(String),
    /// HTTP without the path of its queries.
    #[error(
        "Wrong Svc Params syntax - dohpath SvcParam missing. When alpn SvcParam indicates support for HTTP, dohpath must be present."
    )]
    NoPath,
    /// A path without a place for the query.
    #[error("Wrong Svc Params syntax - dohpath SvcParamValue URI Template MUST contain a 'dns' variable.")]
    Path,
    /// A key nobody registered.
    #[error("Wrong Svc Params syntax - key {0} not found in SvcParamKeys registry")]
    UnknownKey(String),
    /// A key that makes no sense here.
    #[error("Wrong Svc Params syntax - key {0} not supported in DNR option SvcParams")]
    UnsupportedKey(String),
    /// A key twice.
    #[error("Wrong Svc Params syntax - key {0} is duplicated.")]
    DuplicateKey(String),
    /// A protocol nobody registered.
    #[error("Wrong Svc Params syntax - alpn-id {0} not found in ALPN-IDs registry")]
    UnknownProtocol(String),
    /// More octets than a length field can say.
    #[error("option value too long")]
    TooLong,
}

const ALPN: u16 = 1;
const PORT: u16 = 3;
const DOHPATH: u16 = 7;

/// What the option does with a key of service parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Taken,
    Unsupported,
    Hint,
}

/// Keys of service parameters (RFC 9460 §14.3) and whether the option may have them.
const KEYS: [(u16, &str, Use); 9] = [
    (0, "mandatory", Use::Unsupported),
    (ALPN, "alpn", Use::Taken),
    (2, "no-default-alpn", Use::Unsupported),
    (PORT, "port", Use::Taken),
    (4, "ipv4hint", Use::Hint),
    (5, "ech", Use::Unsupported),
    (6, "ipv6hint", Use::Hint),
    (DOHPATH, "dohpath", Use::Taken),
    (8, "ohttp", Use::Unsupported),
];

/// Registered protocols (RFC 7301 §6) that are HTTP.
const HTTP: [&str; 6] = ["http/0.9", "http/1.0", "http/1.1", "h2", "h2c", "h3"];

/// Other registered protocols.
const PROTOCOLS: [&str; 27] = [
    "spdy/1",
    "spdy/2",
    "spdy/3",
    "stun.turn",
    "stun.nat-discovery",
    "webrtc",
    "c-webrtc",
    "ftp",
    "imap",
    "pop3",
    "managesieve",
    "coap",
    "xmpp-client",
    "xmpp-server",
    "acme-tls/1",
    "mqtt",
    "dot",
    "ntske/1",
    "sunrpc",
    "smb",
    "irc",
    "nntp",
    "nnsp",
    "doq",
    "sip/2",
    "tds/8.0",
    "dicom",
];

/// Encodes the text of the option.
pub(super) fn encode(text: &str, family: Family) -> Result<Vec<u8>, DnrError> {
    match family {
        Family::V6 => encode_resolver(text, family),
        Family::V4 => {
            let mut octets = Vec::new();
            for resolver in text.split('|') {
                let one = encode_resolver(resolver, family)?;
                octets.extend(u16::try_from(one.len()).map_err(|_cause| DnrError::TooLong)?.to_be_bytes());
                octets.extend(one);
            }
            Ok(octets)
        }
    }
}

fn encode_resolver(text: &str, family: Family) -> Result<Vec<u8>, DnrError> {
    let fields = split(text);
    let [priority, adn, rest @ ..] = fields.as_slice() else {
        return Err(DnrError::TooFewFields);
    };
    let mut octets = u16_of("Service priority", priority)?.to_be_bytes().to_vec();
    let mut name = Vec::new();
    fqdn::encode_full(adn, &mut name).map_err(|why| DnrError::Name { text: adn.clone(), why })?;
    // Letters only: no label is long enough for its length to be one.
    name.make_ascii_lowercase();
    counted(&name, family, &mut octets)?;
    match rest {
        [] => {}
        [addresses] => encode_addresses(addresses, family, &mut octets)?,
        [addresses, parameters] => {
            encode_addresses(addresses, family, &mut octets)?;
            encode_parameters(parameters, &mut octets)?;
        }
        _ => return Err(DnrError::TooManyFields),
    }
    Ok(octets)
}

/// Appends octets after their length: 8 bits in DHCPv4, 16 in DHCPv6.
fn counted(value: &[u8], family: Family, octets: &mut Vec<u8>) -> Result<(), DnrError> {
    match family {
        Family::V4 => octets.push(u8::try_from(value.len()).map_err(|_cause| DnrError::TooLong)?),
        Family::V6 => octets.extend(u16::try_from(value.len()).map_err(|_cause| DnrError::TooLong)?.to_be_bytes()),
    }
    octets.extend_from_slice(value);
    Ok(())
}

fn encode_addresses(text: &str, family: Family, octets: &mut Vec<u8>) -> Result<(), DnrError> {
    let mut addresses = Vec::new();
    for address in text.split_ascii_whitespace() {
        let without_zone = address.split_once('%').map_or(address, |(before, _)| before);
        let parsed = without_zone.parse().map_err(|_cause| DnrError::Address { family, text: address.to_owned() })?;
        match (family, parsed) {
            (Family::V4, IpAddr::V4(parsed)) => addresses.extend(parsed.octets()),
            (Family::V6, IpAddr::V6(parsed)) => addresses.extend(parsed.octets()),
            (Family::V4 | Family::V6, _) => return Err(DnrError::AddressFamily { family, text: address.to_owned() }),
        }
    }
    if addresses.is_empty() {
        return Err(DnrError::NoAddress);
    }
    counted(&addresses, family, octets)
}

fn encode_parameters(text: &str, octets: &mut Vec<u8>) -> Result<(), DnrError> {
    let mut parameters: Vec<(u16, Vec<u8>)> = Vec::new();
    let mut http = false;
    for parameter in text.split_ascii_whitespace() {
        let mut parts = parameter.split('=').filter(|part| !part.is_empty());
        let (Some(name), Some(value), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(DnrError::Pair);
        };
        let (key, _, usage) =
            KEYS.iter().find(|(_, key, _)| *key == name).ok_or_else(|| DnrError::UnknownKey(name.to_owned()))?;
        match usage {
            Use::Taken => {}
            Use::Unsupported => return Err(DnrError::UnsupportedKey(name.to_owned())),
            Use::Hint => return Err(DnrError::Hint(name.to_owned())),
        }
        if parameters.iter().any(|(other, _)| other == key) {
            return Err(DnrError::DuplicateKey(name.to_owned()));
        }
        http |= *key == ALPN && value.split(',').any(|id| HTTP.contains(&id));
        parameters.push((*key, encode_parameter(*key, value)?));
    }
    if http && !parameters.iter().any(|(key, _)| *key == DOHPATH) {
        return Err(DnrError::NoPath);
    }
    parameters.sort();
    for (key, value) in parameters {
        octets.extend(key.to_be_bytes());
        counted(&value, Family::V6, octets)?;
    }
    Ok(())
}

fn encode_parameter(key: u16, text: &str) -> Result<Vec<u8>, DnrError> {
    match key {
        ALPN => {
            let mut value = Vec::new();
            for id in text.split(',').filter(|id| !id.is_empty()) {
                if !HTTP.contains(&id) && !PROTOCOLS.contains(&id) {
                    return Err(DnrError::UnknownProtocol(id.to_owned()));
                }
                counted(id.as_bytes(), Family::V4, &mut value)?;
            }
            Ok(value)
        }
        PORT => Ok(u16_of("port nr", text)?.to_be_bytes().to_vec()),
        _ if has_dns_variable(text) => Ok(text.as_bytes().to_vec()),
        _ => Err(DnrError::Path),
    }
}

/// Looks for the variable `dns` in the expressions of a URI template.
fn has_dns_variable(template: &str) -> bool {
    template.split('{').skip(1).any(|rest| rest.split_once('}').is_some_and(|(inside, _)| inside.contains("dns")))
}

/// Kea: a negative number counts down from 65536.
fn u16_of(what: &'static str, text: &str) -> Result<u16, DnrError> {
    let number = match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().map(u16::wrapping_neg),
        _ => text.parse(),
    };
    number.map_err(|_cause| DnrError::Number { what, text: text.to_owned() })
}

/// Writes the option as text.
pub(super) fn decode(reader: &mut Reader<'_>, family: Family) -> Result<String, DecodeError> {
    let mut text = String::new();
    match family {
        Family::V6 => decode_resolver(reader, family, &mut text)?,
        Family::V4 => {
            while !reader.is_empty() {
                let length = reader.u16("DNR instance length")?;
                let mut instance = Reader::new(reader.octets("DNR instance", usize::from(length))?);
                text.push_str(if text.is_empty() { "" } else { " | " });
                decode_resolver(&mut instance, family, &mut text)?;
            }
        }
    }
    Ok(text)
}

fn decode_resolver(reader: &mut Reader<'_>, family: Family, text: &mut String) -> Result<(), DecodeError> {
    let no_text = |_cause| DecodeError::NoText { field: "resolver" };
    let priority = reader.u16("service priority")?;
    let name = Name::decode(taken("ADN", family, reader)?)?;
    write!(text, "{priority}, {}", name.to_string().replace('\\', "\\\\").replace(',', "\\,")).map_err(no_text)?;
    if reader.is_empty() {
        return Ok(());
    }
    let mut addresses = Reader::new(taken("resolver addresses", family, reader)?);
    let mut separator = ", ";
    while !addresses.is_empty() {
        match family {
            Family::V4 => write!(text, "{separator}{}", addresses.ipv4("resolver address")?),
            Family::V6 => write!(text, "{separator}{}", addresses.ipv6("resolver address")?),
        }
        .map_err(no_text)?;
        separator = " ";
    }
    let mut separator = ", ";
    while !reader.is_empty() {
        let key = reader.u16("service parameter")?;
        let value = taken("service parameter value", Family::V6, reader)?;
        let value = decode_parameter(key, value)?;
        let (_, name, _) = KEYS.iter().find(|(k, _, _)| *k == key).ok_or(DecodeError::NoText { field: "parameter" })?;
        write!(text, "{separator}{name}={value}").map_err(no_text)?;
        separator = " ";
    }
    Ok(())
}

fn decode_parameter(key: u16, value: &[u8]) -> Result<String, DecodeError> {
    let utf8 = |octets: &[u8]| {
        std::str::from_utf8(octets).map(str::to_owned).map_err(|_cause| DecodeError::NoText { field: "parameter" })
    };
    let mut reader = Reader::new(value);
    match key {
        ALPN => {
            let mut ids = Vec::new();
            while !reader.is_empty() {
                ids.push(utf8(taken("protocol", Family::V4, &mut reader)?)?);
            }
            Ok(ids.join("\\,"))
        }
        PORT => Ok(reader.u16("port")?.to_string()),
        _ => Ok(utf8(value)?.replace('\\', "\\\\").replace(',', "\\,")),
    }
}

fn taken<'a>(field: &'static str, family: Family, reader: &mut Reader<'a>) -> Result<&'a [u8], DecodeError> {
    let length = match family {
        Family::V4 => usize::from(reader.u8(field)?),
        Family::V6 => usize::from(reader.u16(field)?),
    };
    reader.octets(field, length)
}
