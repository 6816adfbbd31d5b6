//! Where queries come from and where they go.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::Duration;

use model::Family;
use net::socket::{ALL_RELAYS_AND_SERVERS, ALL_SERVERS, CLIENT_PORT, SERVER_PORT};
use net::{Interface, Interfaces, Plain, PlainSpec};

use super::arguments::Arguments;

/// The port servers and relays of DHCPv4 listen on.
const SERVER_PORT_4: u16 = 67;

/// Why there is no way to the server.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// A name is not an address.
    #[error("Failed to convert string to address '{0}': Invalid argument")]
    NotAnAddress(String),
    /// The address is of the other family.
    #[error("Values for IP version: {family} and server address: {address} are mismatched.")]
    OtherFamily {
        /// The family of the test.
        family: char,
        /// The server's address.
        address: IpAddr,
    },
    /// The interface has no address to send from.
    #[error("interface {0} has no address of this IP version")]
    NoAddress(String),
    /// There is no route to the server.
    #[error("failed to connect to remote endpoint.")]
    NoRoute,
    /// The socket cannot be had.
    #[error("Failed to bind socket to {address}/port={port}: {source}")]
    Bind {
        /// The address.
        address: IpAddr,
        /// The port.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
}

/// The sockets of a thread.
#[derive(Debug)]
pub struct Line {
    /// Hears whoever answers.
    pub hears: Plain,
    /// Speaks to the server, and hears it, with less work for the kernel; `None` if the server has no address of its own.
    pub speaks: Option<Plain>,
}

impl Line {
    /// The socket to send by.
    pub fn sender(&self) -> &Plain {
        self.speaks.as_ref().unwrap_or(&self.hears)
    }

    /// Counts the answers for which there was no room; zero if the system does not tell.
    pub fn overflows(&self) -> u64 {
        self.speaks.iter().chain([&self.hears]).map(|socket| u64::from(socket.overflows().unwrap_or_default())).sum()
    }

    /// Waits until something can be received or the time is over.
    ///
    /// # Errors
    /// Those of `poll`.
    pub fn wait(&self, time: Duration) -> io::Result<bool> {
        match &self.speaks {
            Some(speaks) => self.hears.wait_with(speaks, time),
            None => self.hears.wait(time, false),
        }
    }
}

/// Both ends of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The interface named by `-l`; empty if none was.
    pub interface: String,
    /// Its index, for destinations of link scope.
    pub ifindex: u32,
    /// Where queries come from.
    pub local: SocketAddr,
    /// Where they go.
    pub server: SocketAddr,
}

impl Endpoint {
    /// Finds both ends for a command line.
    ///
    /// # Errors
    /// Any but [`EndpointError::Bind`].
    pub fn find(arguments: &Arguments, interfaces: &Interfaces) -> Result<Self, EndpointError> {
        let interface = arguments.local.as_deref().and_then(|name| interfaces.named(name));
        let ifindex = interface.map_or(0, |interface| interface.index);
        let port = |given: u16, usual: u16| if given == 0 { usual } else { given };
        let six = arguments.family() == Family::V6;
        let address = server_address(arguments)?;
        let remote = port(arguments.remote_port, if six { SERVER_PORT } else { SERVER_PORT_4 });
        let server = with_scope(address, remote, ifindex);
        let own = match (&arguments.local, interface) {
            (Some(name), None) => Some(parse(name)?),
            (Some(_), Some(interface)) if !six => Some(first_address4(interface)?),
            (Some(_), Some(_)) | (None, _) => None,
        };
        let own = match own {
            Some(own) => own,
            None => route(server)?,
        };
        let usual = match (six, arguments.encapsulated) {
            (true, true) => SERVER_PORT,
            (true, false) => CLIENT_PORT,
            (false, _) => SERVER_PORT_4,
        };
        let local = with_scope(own, port(arguments.local_port, usual), ifindex);
        let interface = interface.map(|interface| interface.name.clone()).unwrap_or_default();
        Ok(Self { interface, ifindex, local, server })
    }

    /// Opens so many lines on the same address.
    ///
    /// # Errors
    /// [`EndpointError::Bind`].
    pub fn open(&self, count: u32) -> Result<Vec<Line>, EndpointError> {
        let (address, port) = (self.local.ip(), self.local.port());
        let server = self.server.ip();
        let one = !server.is_multicast() && server != IpAddr::V4(Ipv4Addr::BROADCAST);
        // Nobody may take the port away unnoticed: sharing it is for our own sockets, once the first has it alone.
        let alone = PlainSpec { local: self.local, device: None, shared: false, peer: None };
        drop(Plain::open(&alone).map_err(|source| EndpointError::Bind { address, port, source })?);
        let shared = PlainSpec { shared: true, ..alone };
        let open =
            |spec: &PlainSpec<'_>| Plain::open(spec).map_err(|source| EndpointError::Bind { address, port, source });
        let line = |_| {
            let hears = open(&shared)?;
            // Another port than a fixed one is the first socket's alone to know.
            let to_server = PlainSpec { local: hears.local(), peer: Some(self.server), ..shared };
            let speaks = if one { Plain::open(&to_server).ok() } else { None };
            Ok(Line { hears, speaks })
        };
        (0..count).map(line).collect()
    }
}

/// What `-l` or the server's name stands for as an address.
fn server_address(arguments: &Arguments) -> Result<IpAddr, EndpointError> {
    let six = arguments.family() == Family::V6;
    let address = match (arguments.server.as_str(), six) {
        ("" | "all", true) => ALL_RELAYS_AND_SERVERS.into(),
        ("servers", true) => ALL_SERVERS.into(),
        ("" | "all", false) => Ipv4Addr::BROADCAST.into(),
        (name, _) => parse(name)?,
    };
    if address.is_ipv6() != six {
        return Err(EndpointError::OtherFamily { family: if six { '6' } else { '4' }, address });
    }
    Ok(address)
}

fn parse(name: &str) -> Result<IpAddr, EndpointError> {
    name.parse().map_err(|_bad| EndpointError::NotAnAddress(name.to_owned()))
}

fn with_scope(address: IpAddr, port: u16, ifindex: u32) -> SocketAddr {
    match address {
        IpAddr::V6(six) if six.is_unicast_link_local() || six.is_multicast() => {
            SocketAddrV6::new(six, port, 0, ifindex).into()
        }
        IpAddr::V4(_) | IpAddr::V6(_) => SocketAddr::new(address, port),
    }
}

fn first_address4(interface: &Interface) -> Result<IpAddr, EndpointError> {
    let mut addresses = interface.addresses.iter().map(|entry| entry.address);
    addresses.find(IpAddr::is_ipv4).ok_or_else(|| EndpointError::NoAddress(interface.name.clone()))
}

/// Asks the system which address it would send from.
fn route(server: SocketAddr) -> Result<IpAddr, EndpointError> {
    if server.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) {
        return Ok(Ipv4Addr::UNSPECIFIED.into());
    }
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let connected = UdpSocket::bind(SocketAddr::new(any, 0)).and_then(|socket| {
        socket.connect(server)?;
        socket.local_addr()
    });
    connected.map(|local| local.ip()).map_err(|_no_route| EndpointError::NoRoute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(arguments: &Arguments) -> Result<Endpoint, String> {
        Endpoint::find(arguments, &Interfaces::new(Vec::new())).map_err(|error| error.to_string())
    }

    #[test]
    fn ports_are_the_usual_ones_unless_given() {
        let arguments = Arguments { server: "127.0.0.1".to_owned(), ..Arguments::default() };
        let found = find(&arguments).unwrap();
        assert_eq!(
            (found.local.to_string().as_str(), found.server.to_string().as_str()),
            ("127.0.0.1:67", "127.0.0.1:67")
        );
        let arguments = Arguments { local_port: 1, remote_port: 2, local: Some("127.0.0.2".to_owned()), ..arguments };
        let found = find(&arguments).unwrap();
        assert_eq!(
            (found.local.to_string().as_str(), found.server.to_string().as_str()),
            ("127.0.0.2:1", "127.0.0.1:2")
        );
    }

    #[test]
    fn a_relay_of_dhcpv6_speaks_from_the_servers_port() {
        let six = Arguments { given_family: Some(Family::V6), local: Some("::1".to_owned()), ..Arguments::default() };
        let arguments = Arguments { server: "::1".to_owned(), ..six };
        assert_eq!(find(&arguments).unwrap().local.to_string(), "[::1]:546");
        let arguments = Arguments { encapsulated: true, server: "servers".to_owned(), ..arguments };
        let found = find(&arguments).unwrap();
        assert_eq!(
            (found.local.to_string().as_str(), found.server.to_string().as_str()),
            ("[::1]:547", "[ff05::1:3]:547")
        );
    }

    #[test]
    fn a_name_or_an_address_of_the_other_family_is_refused() {
        let arguments = Arguments { server: "host.example".to_owned(), ..Arguments::default() };
        assert_eq!(
            find(&arguments).unwrap_err(),
            "Failed to convert string to address 'host.example': Invalid argument"
        );
        let arguments = Arguments { server: "::1".to_owned(), ..Arguments::default() };
        assert_eq!(find(&arguments).unwrap_err(), "Values for IP version: 4 and server address: ::1 are mismatched.");
    }
}
