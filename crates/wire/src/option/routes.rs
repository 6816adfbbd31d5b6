//! Classless static routes (RFC 3442): `10.229.0.128/25 - 10.229.0.1, 10.27.129.0/24 - 10.27.129.1`.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::DecodeError;
use crate::read::Reader;

/// Why a text is not a list of routes. The texts are those Kea prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// Shorter than any route.
    #[error("length={0}, must be at least 5.")]
    Short(usize),
    /// Not a subnet, a hyphen and a router.
    #[error(
        "value, option definition must have comma separated routes formatted as in example: 10.229.0.128/25 - 10.229.0.1"
    )]
    Form,
    /// A subnet without a slash.
    #[error("value, provided IPv4 prefix {0} is not valid.")]
    Prefix(String),
    /// A subnet whose address is not one.
    #[error("value, provided subnet_addr {0} is not a valid IPv4 address. Error: {why}", why = why(.0))]
    Subnet(String),
    /// A prefix length that is not a number.
    #[error(
        "value, provided prefix len {0} is not valid. Error: bad lexical cast: source type value could not be interpreted as target"
    )]
    LengthText(String),
    /// A prefix length above 32.
    #[error("value, provided prefix len {0} is not valid. Error: Provided IPv4 prefix len is out of 0-32 range.")]
    Length(String),
    /// A router whose address is not one.
    #[error("value, provided router address {0} is not a valid IPv4 address. Error: {why}", why = why(.0))]
    Router(String),
}

fn why(address: &str) -> String {
    if address.parse::<std::net::Ipv6Addr>().is_ok() {
        "This is not IPv4 address.".to_owned()
    } else {
        format!("Failed to convert string to address '{address}': Invalid argument")
    }
}

/// Encodes a list of routes.
pub(super) fn encode(text: &str) -> Result<Vec<u8>, RouteError> {
    if text.len() < 5 {
        return Err(RouteError::Short(text.len()));
    }
    let mut octets = Vec::new();
    for route in text.split(',').filter(|route| !route.is_empty()) {
        encode_route(route, &mut octets)?;
    }
    Ok(octets)
}

fn encode_route(route: &str, octets: &mut Vec<u8>) -> Result<(), RouteError> {
    let mut parts = route.split('-').map(str::trim).filter(|part| !part.is_empty());
    let (Some(subnet), Some(router), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(RouteError::Form);
    };
    let (address, length) = subnet.split_once('/').ok_or_else(|| RouteError::Prefix(subnet.to_owned()))?;
    let address: Ipv4Addr = address.parse().map_err(|_cause| RouteError::Subnet(address.to_owned()))?;
    let bits: u8 = length.parse().map_err(|_cause| RouteError::LengthText(length.to_owned()))?;
    if bits > 32 {
        return Err(RouteError::Length(length.to_owned()));
    }
    let router: Ipv4Addr = router.parse().map_err(|_cause| RouteError::Router(router.to_owned()))?;
    octets.push(bits);
    octets.extend(address.octets().iter().take(usize::from(bits.div_ceil(8))));
    octets.extend(router.octets());
    Ok(())
}

/// Writes routes as text.
pub(super) fn decode(reader: &mut Reader<'_>) -> Result<String, DecodeError> {
    let mut text = String::new();
    while !reader.is_empty() {
        let bits = reader.u8("route prefix length")?;
        if bits > 32 {
            return Err(DecodeError::BadValue { field: "route prefix length", value: u64::from(bits) });
        }
        let mut subnet = [0; 4];
        for (place, octet) in subnet.iter_mut().zip(reader.octets("route subnet", usize::from(bits.div_ceil(8)))?) {
            *place = *octet;
        }
        let router = reader.ipv4("router")?;
        let comma = if text.is_empty() { "" } else { ", " };
        write!(text, "{comma}{}/{bits} - {router}", Ipv4Addr::from(subnet))
            .map_err(|_cause| DecodeError::NoText { field: "routes" })?;
    }
    Ok(text)
}
