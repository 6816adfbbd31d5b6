//! What `nestor explain` is asked.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use model::Resource;

/// What `nestor explain` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The configuration file.
    pub file: PathBuf,
    /// The lease file; none means that nothing is leased.
    pub leases: Option<PathBuf>,
    /// The client and where it is.
    pub client: Client,
    /// The message's name, or one of the words that stand for a situation; the first of the protocol if empty.
    pub message: String,
    /// The packet itself, instead of one made of what is said of the client.
    pub packet: Option<Vec<u8>>,
    /// The server's IPv4 address on the client's link.
    pub server: Option<Ipv4Addr>,
    /// When the packet comes, in seconds since 1970; now if it is not said.
    pub at: Option<i64>,
}

/// A client and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// The hardware address.
    pub mac: Option<Vec<u8>>,
    /// The client identifier. DHCPv4 only.
    pub client_id: Option<Vec<u8>>,
    /// The DUID; made of the hardware address if it is not said. DHCPv6 only.
    pub duid: Option<Vec<u8>>,
    /// The relay's address on the client's link; none if the client is on a link of the server's.
    pub relay: Option<IpAddr>,
    /// The interface the packet comes in by.
    pub interface: Option<String>,
    /// What the client says it is.
    pub vendor_class: Option<String>,
    /// What it asks for or holds.
    pub requested: Option<Resource>,
    /// The name it gives.
    pub hostname: Option<String>,
    /// More options: code and value.
    pub options: Vec<(u16, Vec<u8>)>,
}

/// Reads the words behind `explain`.
///
/// # Errors
/// What is wrong with them.
pub fn read(mut parser: Parser) -> Result<Question, lexopt::Error> {
    let mut question = Question::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('c') | Arg::Long("config") => question.file = parser.value()?.into(),
            Arg::Long("leases") => question.leases = Some(parser.value()?.into()),
            Arg::Long("message") => question.message = parser.value()?.string()?,
            Arg::Long("packet") => question.packet = Some(octets(parser.value()?)?),
            Arg::Long("server") => question.server = Some(parser.value()?.parse()?),
            Arg::Long("at") => question.at = Some(parser.value()?.parse()?),
            Arg::Long(name) => {
                let name = name.to_owned();
                if !of_client(&mut question.client, &name, &mut parser)? {
                    return Err(Arg::Long(&name).unexpected());
                }
            }
            Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    if question.file.as_os_str().is_empty() {
        return Err("explain needs a configuration: -c FILE".into());
    }
    Ok(question)
}

/// Reads one thing said of the client; says whether the word is known.
fn of_client(client: &mut Client, name: &str, parser: &mut Parser) -> Result<bool, lexopt::Error> {
    match name {
        "mac" => client.mac = Some(octets(parser.value()?)?),
        "client-id" => client.client_id = Some(octets(parser.value()?)?),
        "duid" => client.duid = Some(octets(parser.value()?)?),
        "relay" => client.relay = Some(parser.value()?.parse()?),
        "interface" => client.interface = Some(parser.value()?.string()?),
        "vendor-class" => client.vendor_class = Some(parser.value()?.string()?),
        "requested" => client.requested = Some(resource(&parser.value()?.string()?)?),
        "hostname" => client.hostname = Some(parser.value()?.string()?),
        "option" => client.options.push(option(&parser.value()?.string()?)?),
        _ => return Ok(false),
    }
    Ok(true)
}

fn octets(word: OsString) -> Result<Vec<u8>, lexopt::Error> {
    let text = word.string()?;
    hex(&text).ok_or_else(|| format!("'{text}' is no hexadecimal number").into())
}

/// Reads octets in hexadecimal, with or without colons.
fn hex(text: &str) -> Option<Vec<u8>> {
    wire::option::encode_hex(text).ok().filter(|octets| !octets.is_empty())
}

fn resource(text: &str) -> Result<Resource, lexopt::Error> {
    let wrong = || lexopt::Error::from(format!("'{text}' is neither an address nor a prefix"));
    if let Some((prefix, length)) = text.split_once('/') {
        let prefix = prefix.parse().ok().ok_or_else(wrong)?;
        return Ok(Resource::Prefix(prefix, length.parse().ok().ok_or_else(wrong)?));
    }
    match text.parse().ok().ok_or_else(wrong)? {
        IpAddr::V4(address) => Ok(Resource::V4(address)),
        IpAddr::V6(address) => Ok(Resource::V6(address)),
    }
}

fn option(text: &str) -> Result<(u16, Vec<u8>), lexopt::Error> {
    let wrong = || lexopt::Error::from(format!("'{text}' is no option; write CODE=HEX"));
    let (code, value) = text.split_once('=').ok_or_else(wrong)?;
    let value = if value.is_empty() { Vec::new() } else { hex(value).ok_or_else(wrong)? };
    Ok((code.parse().ok().ok_or_else(wrong)?, value))
}
