//! What is asked: what is known of a client and its message, word by word.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use model::Resource;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// The client and where it is.
    pub client: Client,
    /// The message's name, or one of the words that stand for a situation; the first of the protocol if empty.
    pub message: String,
    /// The packet itself, instead of one made of what is said of the client.
    pub packet: Option<Vec<u8>>,
    /// Who sent the packet; made of what it says if it is not said.
    pub from: Option<SocketAddr>,
    /// The address it was sent to; likewise.
    pub to: Option<IpAddr>,
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

impl Question {
    /// Says one thing; gives `false` if there is no such word.
    ///
    /// The words are those of `nestor explain`, and the entries of the arguments of `nestor-explain`.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn say(&mut self, word: &str, value: &str) -> Result<bool, String> {
        match word {
            "message" => value.clone_into(&mut self.message),
            "packet" => self.packet = Some(octets(value)?),
            "from" => self.from = Some(parsed(value, "an address with a port")?),
            "to" => self.to = Some(parsed(value, "an address")?),
            "server" => self.server = Some(parsed(value, "an IPv4 address")?),
            "at" => self.at = Some(parsed(value, "a number of seconds")?),
            _ => return self.client.say(word, value),
        }
        Ok(true)
    }
}

impl Client {
    fn say(&mut self, word: &str, value: &str) -> Result<bool, String> {
        match word {
            "mac" => self.mac = Some(octets(value)?),
            "client-id" => self.client_id = Some(octets(value)?),
            "duid" => self.duid = Some(octets(value)?),
            "relay" => self.relay = Some(parsed(value, "an address")?),
            "interface" => self.interface = Some(value.to_owned()),
            "vendor-class" => self.vendor_class = Some(value.to_owned()),
            "requested" => self.requested = Some(resource(value)?),
            "hostname" => self.hostname = Some(value.to_owned()),
            "option" => self.options.push(option(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Reads octets in hexadecimal, with or without colons.
///
/// # Errors
/// If the text is something else, or empty.
pub fn octets(text: &str) -> Result<Vec<u8>, String> {
    hex(text).ok_or_else(|| format!("'{text}' is no hexadecimal number"))
}

fn hex(text: &str) -> Option<Vec<u8>> {
    wire::option::encode_hex(text).ok().filter(|octets| !octets.is_empty())
}

fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().ok().ok_or_else(|| format!("'{text}' is not {what}"))
}

fn resource(text: &str) -> Result<Resource, String> {
    let wrong = || format!("'{text}' is neither an address nor a prefix");
    if let Some((prefix, length)) = text.split_once('/') {
        let prefix = prefix.parse().ok().ok_or_else(wrong)?;
        return Ok(Resource::Prefix(prefix, length.parse().ok().ok_or_else(wrong)?));
    }
    match text.parse().ok().ok_or_else(wrong)? {
        IpAddr::V4(address) => Ok(Resource::V4(address)),
        IpAddr::V6(address) => Ok(Resource::V6(address)),
    }
}

fn option(text: &str) -> Result<(u16, Vec<u8>), String> {
    let wrong = || format!("'{text}' is no option; write CODE=HEX");
    let (code, value) = text.split_once('=').ok_or_else(wrong)?;
    let value = if value.is_empty() { Vec::new() } else { hex(value).ok_or_else(wrong)? };
    Ok((code.parse().ok().ok_or_else(wrong)?, value))
}
