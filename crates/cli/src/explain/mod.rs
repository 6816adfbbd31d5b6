//! `nestor explain`: what a server would answer a client, and why: one with a configuration, or one that runs. The decision is
//! made by the code that makes it in the servers; nothing is sent and nothing is stored.

mod arguments;
mod capture;
mod frame;
mod hexdump;
mod running;

use std::fs;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use config::json::{self, Node, Value};
use config::{Configuration, FileError, ListenAddress};
use model::users::Users;
use model::{Family, UnixTime};
use net::{Interface, Interfaces};
use server::explain::{Question, Scene, tell};
use server::paths::Paths;
use server::reconfigure::{registry, with_surroundings};
use store::{LeaseFiles, LeaseStore, SystemDisk};
use wire::{Duid, HardwareAddress};

pub use self::arguments::{Asked, Server, read};
use self::frame::Found;

/// The interface clients are heard on if no other is named.
const SOMEWHERE: &str = "eth0";
/// The server's DUID where it has none yet: that of a hardware address of zeros.
const NOBODY: [u8; 10] = [0, 3, 0, 1, 0, 0, 0, 0, 0, 0];

/// Answers what is asked.
///
/// # Errors
/// If a file cannot be read or is wrong, the server does not answer, or the question makes no sense.
pub fn run(asked: &Asked, out: &mut dyn Write) -> io::Result<bool> {
    match &asked.server {
        Server::Configured { file, leases } => {
            let lab = Lab::of(file, leases.as_deref(), &asked.question)?;
            let family = lab.configuration.model.family;
            answer(asked, || Ok(Some(family)), |words| lab.tell(words), out)
        }
        Server::Running(socket) => {
            // A question without words is answered, too, and tells what the server serves.
            let family = || Ok(running::ask(socket, &[])?.family);
            answer(asked, family, |words| Ok(running::ask(socket, words)?.lines), out)
        }
    }
}

/// Has each of the messages meant explained, and writes what is said.
fn answer(
    asked: &Asked,
    family: impl FnOnce() -> io::Result<Option<Family>>,
    tell: impl Fn(&[(String, String)]) -> io::Result<Vec<String>>,
    out: &mut dyn Write,
) -> io::Result<bool> {
    let Some(path) = &asked.capture else {
        return tell(&asked.words)?.iter().try_for_each(|line| writeln!(out, "{line}")).map(|()| true);
    };
    let failed = |why: &str| io::Error::other(format!("{}: {why}", path.display()));
    let file = fs::read(path).map_err(|error| failed(&error.to_string()))?;
    let frames = capture::frames(&file).map_err(failed)?;
    let chosen = frames.iter().filter(|frame| asked.frame.is_none_or(|number| number == frame.number));
    let found = chosen.filter_map(|frame| Some((frame.number, frame::message(frame.link, frame.octets)?)));
    let family = family()?;
    let found: Vec<_> = found.filter(|(_, found)| family.is_none_or(|family| family == found.family)).collect();
    if found.is_empty() {
        let family = family.map_or("DHCP", |family| family.pick("DHCPv4", "DHCPv6"));
        return Err(failed(&match asked.frame {
            Some(number) if number == 0 || number > frames.len() => {
                format!("there is no frame {number}, they are numbered from 1 to {}", frames.len())
            }
            Some(number) => format!("frame {number} is no {family} message for a server"),
            None => format!("none of {} frames is a {family} message for a server", frames.len()),
        }));
    }
    for (at, (number, found)) in found.iter().enumerate() {
        let said = words_of(found).map(|(word, value)| (word.to_owned(), value));
        let words: Vec<_> = said.into_iter().chain(asked.words.iter().cloned()).collect();
        writeln!(out, "{}frame {number}", if at == 0 { "" } else { "\n" })?;
        tell(&words)?.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(true)
}

/// Says a message in words.
fn words_of(found: &Found<'_>) -> [(&'static str, String); 3] {
    [("packet", digits(found.octets)), ("from", found.from.to_string()), ("to", found.to.to_string())]
}

fn digits(octets: &[u8]) -> String {
    let mut text = String::new();
    wire::hwaddr::write_upper_hex(octets, &mut text);
    text
}

/// A server that would run with a configuration, at the moment of the question.
struct Lab {
    configuration: Configuration,
    interfaces: Interfaces,
    leases: LeaseStore,
    /// Who is registered.
    users: Option<Arc<Users>>,
}

impl Lab {
    fn of(file: &Path, leases: Option<&Path>, question: &Question) -> io::Result<Self> {
        let name = file.display().to_string();
        let text =
            fs::read_to_string(file).map_err(|error| io::Error::new(error.kind(), format!("{name}: {error}")))?;
        let family = crate::check::family_of(&text);
        let load = |path: &str| fs::read_to_string(path);
        let root = json::parse(&name, &text, &load).root;
        let key = family.pick("Dhcp4", "Dhcp6");
        let interfaces = surrounding(root.as_ref().and_then(|root| root.get(key)), question)?;
        let paths = Paths::from_environment();
        let read = with_surroundings(&paths, true, &interfaces, |surroundings| {
            config::from_file_text(family, &name, &text, &load, surroundings)
        });
        let (mut configuration, _) =
            read.map_err(|error: FileError| io::Error::other(format!("{name}: {error} (see nestor check)")))?;
        let at = UnixTime(question.at.unwrap_or_else(now));
        configuration.model.settings.server_duid = duid(&configuration, &interfaces, at);
        let leases = load_leases(family, leases)?;
        leases.tally(configuration.model.settings.limits.is_some());
        let registry = registry(&configuration, &paths).map_err(io::Error::other)?;
        let users = registry.map(|registry| registry.users().0);
        Ok(Self { configuration, interfaces, leases, users })
    }

    fn tell(&self, words: &[(String, String)]) -> io::Result<Vec<String>> {
        let mut question = Question::default();
        for (word, value) in words {
            question.say(word, value).map_err(io::Error::other)?;
        }
        let interface = interface_of(&self.configuration, &question);
        let local = local(&self.configuration, &question, &self.interfaces, &interface);
        let scene = Scene {
            configuration: &self.configuration,
            leases: &self.leases.facts(),
            users: self.users.as_deref(),
            interface: &interface,
            local,
            served: &[local],
            raw: true,
            at: UnixTime(question.at.unwrap_or_else(now)),
        };
        tell(&question, &scene).map_err(io::Error::other)
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Lists the interfaces of this machine and those the configuration and the question name, as if they were here.
fn surrounding(root: Option<&Node>, question: &Question) -> io::Result<Interfaces> {
    let mut all: Vec<Interface> = net::interfaces().map_err(io::Error::other)?.iter().cloned().collect();
    let mut named: Vec<(String, Option<IpAddr>)> = Vec::new();
    if let Some(root) = root {
        let listed = root.get("interfaces-config").and_then(|map| map.get("interfaces")).and_then(Node::as_list);
        for listen in listed.unwrap_or_default().iter().filter_map(Node::as_str).filter(|listen| *listen != "*") {
            let (name, address) = listen.split_once('/').unwrap_or((listen, ""));
            named.push((name.to_owned(), address.parse().ok()));
        }
        interfaces_in(root, &mut named);
    }
    named.extend(question.client.interface.iter().map(|name| (name.clone(), question.server.map(IpAddr::V4))));
    for (name, address) in named {
        let at = all.iter().position(|known| known.name == name);
        let at = at.unwrap_or_else(|| {
            all.push(made_up(&name));
            all.len().saturating_sub(1)
        });
        if let (Some(interface), Some(address)) = (all.get_mut(at), address)
            && interface.address(address).is_none()
        {
            interface.addresses.push(net::InterfaceAddress {
                address,
                prefix_length: if address.is_ipv4() { 24 } else { 64 },
                scope: net::Scope::Global,
                tentative: false,
                duplicate: false,
                deprecated: false,
            });
        }
    }
    Ok(Interfaces::new(all))
}

/// Finds the interfaces that subnets and networks are reached by.
fn interfaces_in(node: &Node, named: &mut Vec<(String, Option<IpAddr>)>) {
    if let Some(name) = node.get("interface").and_then(Node::as_str).filter(|name| !name.is_empty()) {
        named.push((name.to_owned(), None));
    }
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|entry| interfaces_in(&entry.value, named)),
        Value::List(items) => items.iter().for_each(|item| interfaces_in(item, named)),
        Value::Printed(_) | Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Real(_) | Value::String(_) => {
        }
    }
}

fn made_up(name: &str) -> Interface {
    Interface {
        index: 0,
        name: name.to_owned(),
        up: true,
        running: true,
        loopback: false,
        multicast: true,
        broadcast: true,
        point_to_point: false,
        mtu: 1500,
        hardware: HardwareAddress::ethernet(&[2, 0, 0, 0, 0, 0]),
        addresses: Vec::new(),
    }
}

/// The interface the client is heard on: the one named, else the first that is listened on.
fn interface_of(configuration: &Configuration, question: &Question) -> String {
    let listened = configuration.interfaces.listen.first().map(|listen| listen.interface.clone());
    question.client.interface.clone().or(listened).unwrap_or_else(|| SOMEWHERE.to_owned())
}

/// The server's IPv4 address towards the client: as said, as listened on, or the interface's first.
fn local(configuration: &Configuration, question: &Question, interfaces: &Interfaces, interface: &str) -> Ipv4Addr {
    let of = |address| if let IpAddr::V4(address) = address { Some(address) } else { None };
    let listened = configuration.interfaces.listen.iter().filter(|listen| listen.interface == interface);
    let listened = listened.filter_map(|listen| match listen.address {
        ListenAddress::One(address) => of(address),
        ListenAddress::Any => None,
    });
    let own = interfaces.named(interface).into_iter().flat_map(|interface| &interface.addresses);
    let own = own.filter_map(|address| of(address.address));
    question.server.into_iter().chain(listened).chain(own).next().unwrap_or(Ipv4Addr::UNSPECIFIED)
}

/// The server's DUID: that of its file, else what it would make; nothing is written.
fn duid(configuration: &Configuration, interfaces: &Interfaces, at: UnixTime) -> Duid {
    let wanted = config::ServerId { persist: false, ..configuration.server_id.clone() };
    let file = Paths::from_environment().server_id();
    let own = server::server_id::establish(&file, &wanted, interfaces, at).ok();
    own.or_else(|| Duid::decode(&NOBODY).ok()).unwrap_or_else(Duid::empty)
}

/// Loads what a server would load of a lease file and those a clean-up keeps beside it, and changes none of them.
fn load_leases(family: Family, path: Option<&Path>) -> io::Result<LeaseStore> {
    let store = LeaseStore::new(family);
    let Some(path) = path else { return Ok(store) };
    let files = LeaseFiles::of(path);
    let load = |path: &Path| {
        let loaded = store::lease::open::load_one(&SystemDisk, path, &store).map_err(io::Error::other)?;
        Ok::<_, io::Error>(loaded.0.is_some())
    };
    if !load(&files.completed)? {
        load(&files.previous)?;
        load(&files.copy)?;
    }
    if load(&files.current)? {
        return Ok(store);
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("{}: no such lease file", path.display())))
}
