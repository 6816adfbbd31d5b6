//! `nestor crash-test`: kills the server in the middle of its work and asks afterwards whether it kept its word.
//!
//! Clients of either protocol ask for leases as fast as they are served, as a relay passes them on: DHCPv6 on the loopback, DHCPv4 on a cable between two networks of its own. The server
//! is killed with SIGKILL at a random moment and started again on the same files. Then every lease it ever acknowledged
//! is asked for again: the same client must get the same address, and no address may have been acknowledged to two clients.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::{Family, Resource};
use net::namespace::{self, Namespace};

use crate::demo::daemon;
use crate::demo::packet::{self, Answer, Envelope, Held, Query, Step};

/// How the test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The protocols whose servers are killed, one after the other.
    pub families: Vec<Family>,
    /// How often each server is killed.
    pub kills: u32,
    /// How many clients ask at once.
    pub clients: u16,
    /// Servers to run instead of this program's own, each for the protocol whose digit its name ends in.
    pub servers: Vec<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { families: vec![Family::V4, Family::V6], kills: 50, clients: 8, servers: Vec::new() }
    }
}

const PATIENCE: Duration = Duration::from_millis(300);
const START: Duration = Duration::from_secs(20);
/// How often a question is asked again before it counts as unanswered.
const TRIES: u32 = 10;
/// After every so many kills, and after the last, all leases are asked for; in between, those of the last round.
const ALL: u32 = 10;

/// Every lease the server acknowledged: who holds the address.
type Acknowledged = BTreeMap<IpAddr, Vec<u8>>;

/// What went wrong.
#[derive(Debug, Default)]
struct Losses {
    lost: Vec<String>,
    doubled: Vec<String>,
}

/// Runs the test; returns whether no lease was lost or doubled.
///
/// # Errors
/// If the server does not start, or the machine gives no socket or folder.
pub fn run(options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let kept = options.families.iter().map(|family| run_one(*family, options, out));
    kept.collect::<io::Result<Vec<bool>>>().map(|kept| !kept.contains(&false))
}

fn run_one(family: Family, options: &Options, out: &mut dyn Write) -> io::Result<bool> {
    let rig = match Rig::new(family, options) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && options.families.len() > 1 => {
            writeln!(out, "{}: left out, a network of its own takes root", daemon::name(family))?;
            return Ok(true);
        }
        rig => rig?,
    };
    let (known, losses) = (Mutex::new(Acknowledged::new()), Mutex::new(Losses::default()));
    let mut random = packet::seed_of(&std::process::id().to_be_bytes());
    let name = daemon::name(family);
    writeln!(out, "{name}: {} clients, {} kills; files in {}", options.clients, options.kills, rig.folder.display())?;
    for kill in 1..=options.kills {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let moment = Duration::from_millis(u64::from(100 + (random >> 8) % 700));
        let mut server = rig.start()?;
        let before: Acknowledged = known.lock().map(|known| known.clone()).unwrap_or_default();
        rig.load(kill, options.clients, (&known, &losses), || {
            std::thread::sleep(moment);
            server.kill()?;
            server.wait()
        })?;
        let mut server = rig.start()?;
        let mut ask = known.lock().map(|known| known.clone()).unwrap_or_default();
        let total = ask.len();
        if kill % ALL != 0 && kill != options.kills {
            ask.retain(|address, duid| before.get(address) != Some(duid));
        }
        let asked = ask.len();
        rig.verify(ask, &losses)?;
        server.kill()?;
        server.wait()?;
        let (lost, doubled) = counts(&losses);
        let new = total.saturating_sub(before.len());
        writeln!(
            out,
            "kill {kill:>3} after {:>3} ms: {new:>5} new of {total:>6} acknowledged, {asked:>6} asked for; {lost} lost, {doubled} doubled",
            moment.as_millis(),
        )?;
    }
    report(out, &losses, held(&known), (name, options.kills))
}

fn report(out: &mut dyn Write, losses: &Mutex<Losses>, total: usize, (name, kills): (&str, u32)) -> io::Result<bool> {
    let Ok(losses) = losses.lock() else {
        return Err(io::Error::other("a client panicked"));
    };
    for line in losses.lost.iter().chain(&losses.doubled).take(50) {
        writeln!(out, "{line}")?;
    }
    writeln!(
        out,
        "{name}: {kills} kills, {total} leases acknowledged, {} lost, {} doubled",
        losses.lost.len(),
        losses.doubled.len()
    )?;
    Ok(losses.lost.is_empty() && losses.doubled.is_empty() && total > 0)
}

fn held(known: &Mutex<Acknowledged>) -> usize {
    known.lock().map_or(0, |known| known.len())
}

fn counts(losses: &Mutex<Losses>) -> (usize, usize) {
    losses.lock().map_or((0, 0), |losses| (losses.lost.len(), losses.doubled.len()))
}

/// The server's command, its files and its port.
struct Rig {
    family: Family,
    folder: PathBuf,
    programs: Vec<PathBuf>,
    cable: Cable,
}

impl Drop for Rig {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Rig {
    fn new(family: Family, options: &Options) -> io::Result<Self> {
        let cable = Cable::new(family)?;
        let folder = daemon::folder(&format!("nestor-crash{}", family.digit()))?;
        let text = configuration(family, &folder.display().to_string());
        std::fs::write(folder.join(daemon::file(family, "conf")), text)?;
        Ok(Self { family, folder, programs: options.servers.clone(), cable })
    }

    /// Starts the server and waits until it answers.
    fn start(&self) -> io::Result<Child> {
        let port = self.cable.port.to_string();
        let console = std::fs::File::create(self.folder.join("console"))?;
        let mut command = daemon::program(&self.programs, self.family)?;
        command.arg("-c").arg(self.folder.join(daemon::file(self.family, "conf"))).args(["-p", &port]);
        daemon::environment(&mut command, &self.folder);
        command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
        let mut child = self.cable.at_the_server(|| command.spawn())?;
        let probe = Asker::new(&self.cable, vec![0, 3, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])?;
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = child.try_wait()? {
                let said = std::fs::read_to_string(self.folder.join("console")).unwrap_or_default();
                return Err(io::Error::other(format!("the server ended with {status}:\n{said}")));
            }
            if probe.ask(Step::Discover, 1, &[], None)?.is_some() {
                return Ok(child);
            }
        }
        child.kill()?;
        child.wait()?;
        Err(io::Error::new(io::ErrorKind::TimedOut, "the server did not answer within 20 seconds of its start"))
    }

    /// Lets clients get leases while `end` runs; what is acknowledged goes into `known`.
    fn load<T>(
        &self,
        round: u32,
        clients: u16,
        books: (&Mutex<Acknowledged>, &Mutex<Losses>),
        end: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<()> {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for client in 0..clients {
                let stop = &stop;
                scope.spawn(move || {
                    for number in 0_u32.. {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        // A socket that fails because the server was just killed ends with it.
                        drop(self.acquire(duid(round, client, number), books));
                    }
                });
            }
            let ended = end().map(|_| ());
            stop.store(true, Ordering::Relaxed);
            ended
        })
    }

    /// One client's life: it takes what it is offered; an acknowledged lease is written down.
    fn acquire(&self, duid: Vec<u8>, (known, losses): (&Mutex<Acknowledged>, &Mutex<Losses>)) -> io::Result<()> {
        let asker = Asker::new(&self.cable, duid)?;
        let Some(offer) = asker.ask(Step::Discover, 2, &[], None)? else {
            return Ok(());
        };
        let Some(reply) = asker.ask(Step::Take, 3, &offer.held, Some(&offer.server))? else {
            return Ok(());
        };
        for address in addresses(&reply) {
            let Ok(mut known) = known.lock() else {
                continue;
            };
            let other = known.insert(address, asker.id.clone()).filter(|other| *other != asker.id);
            if let (Some(other), Ok(mut losses)) = (other, losses.lock()) {
                losses.doubled.push(format!("doubled: {address} to {other:02x?} and to {:02x?}", asker.id));
            }
        }
        Ok(())
    }

    /// Asks for acknowledged leases: each client must get its own again.
    fn verify(&self, acknowledged: Acknowledged, losses: &Mutex<Losses>) -> io::Result<()> {
        for (address, duid) in acknowledged {
            let asker = Asker::new(&self.cable, duid)?;
            let held = [Held { resource: resource_of(address), valid: 7200 }];
            let mut answer = None;
            for _ in 0..TRIES {
                answer = asker.ask(Step::Rebind, 4, &held, None)?;
                if answer.is_some() {
                    break;
                }
            }
            let served = answer.as_ref().is_some_and(|answer| addresses(answer).any(|held| held == address));
            if !served && let Ok(mut losses) = losses.lock() {
                losses.lost.push(format!("lost: {address} of {:02x?}, answered {answer:?}", asker.id));
            }
        }
        Ok(())
    }
}

fn resource_of(address: IpAddr) -> Resource {
    match address {
        IpAddr::V4(address) => Resource::V4(address),
        IpAddr::V6(address) => Resource::V6(address),
    }
}

fn addresses(answer: &Answer) -> impl Iterator<Item = IpAddr> {
    let held = answer.held.iter().filter(|held| held.valid > 0);
    held.map(|held| held.resource).filter(|held| !matches!(held, Resource::Prefix(..))).map(Resource::address)
}

/// What lies between the clients and the server.
struct Cable {
    family: Family,
    /// The networks of the server and of the clients; `None` on the loopback.
    ///
    /// Kea: a DHCPv4 server does not serve the loopback.
    networks: Option<[Namespace; 2]>,
    server: IpAddr,
    client: IpAddr,
    port: u16,
}

impl Cable {
    fn new(family: Family) -> io::Result<Self> {
        let localhost = Ipv6Addr::LOCALHOST.into();
        if family == Family::V6 {
            let port = UdpSocket::bind((localhost, 0))?.local_addr()?.port();
            return Ok(Self { family, networks: None, server: localhost, client: localhost, port });
        }
        let [server, client] = [1, 2].map(|host| IpAddr::from([10, 0, 0, host]));
        let [here, there] = [Namespace::new()?, Namespace::new()?];
        here.cable("eth0", &there, "eth0")?;
        for (network, address) in [(&here, server), (&there, client)] {
            network.run(|| {
                namespace::set_up("eth0")?;
                namespace::add_address("eth0", address, 24)
            })?;
        }
        Ok(Self { family, networks: Some([here, there]), server, client, port: 67 })
    }

    fn at_the_server<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        match &self.networks {
            Some([network, _]) => network.run(work),
            None => work(),
        }
    }

    /// Opens a socket by which clients ask the server.
    fn socket(&self) -> io::Result<UdpSocket> {
        let open = || {
            let socket = UdpSocket::bind((self.client, 0))?;
            socket.connect((self.server, self.port))?;
            Ok(socket)
        };
        match &self.networks {
            Some([_, network]) => network.run(open),
            None => open(),
        }
    }
}

/// A client behind a relay of its own.
struct Asker {
    family: Family,
    relay: IpAddr,
    socket: UdpSocket,
    id: Vec<u8>,
}

impl Asker {
    fn new(cable: &Cable, id: Vec<u8>) -> io::Result<Self> {
        let socket = cable.socket()?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { family: cable.family, relay: cable.client, socket, id })
    }

    /// Sends one relayed message; `None` if no answer comes, or the server is not there.
    fn ask(&self, step: Step, transaction: u32, held: &[Held], server: Option<&[u8]>) -> io::Result<Option<Answer>> {
        let family = self.family;
        let query = Query { family, step, transaction, id: &self.id, server, router: false, held };
        let port = Some(self.socket.local_addr()?.port());
        let envelope = Envelope { link: link(family), peer: self.relay, name: b"crash", port };
        if self.socket.send(&packet::forward(family, &packet::query(&query), &envelope)).is_err() {
            std::thread::sleep(Duration::from_millis(20));
            return Ok(None);
        }
        let mut buffer = [0; 4096];
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let Ok(length) = self.socket.recv(&mut buffer) else {
                std::thread::sleep(Duration::from_millis(5));
                return Ok(None);
            };
            let opened = buffer.get(..length).and_then(|octets| packet::opened(family, octets));
            let answer = opened.and_then(|(_, message)| packet::answer(family, message));
            if let Some(answer) = answer.filter(|answer| answer.transaction == transaction) {
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }
}

/// The relay's address on the clients' link.
fn link(family: Family) -> IpAddr {
    family.pick(Ipv4Addr::new(10, 0, 0, 1).into(), Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0, 0xffff).into())
}

/// A DUID nobody used before.
fn duid(round: u32, client: u16, number: u32) -> Vec<u8> {
    [&[0, 2, 0, 0, 0x7f, 0xff][..], &round.to_be_bytes(), &client.to_be_bytes(), &number.to_be_bytes()].concat()
}

fn configuration(family: Family, folder: &str) -> String {
    let (digit, leases, interface) = (family.digit(), daemon::leases(family), family.pick("eth0", "lo/::1"));
    let times = family.pick("", r#""preferred-lifetime": 4500, "#);
    let subnet = family.pick(
        r#""subnet": "10.0.0.0/8", "pools": [ { "pool": "10.1.0.0 - 10.255.255.255" } ]"#,
        r#""subnet": "fd00:100::/64", "pools": [ { "pool": "fd00:100::1:0 - fd00:100::ff:ffff" } ]"#,
    );
    format!(
        r#"{{ "Dhcp{digit}": {{
  "interfaces-config": {{ "interfaces": [ "{interface}" ] }},
  "lease-database": {{ "type": "memfile", "persist": true, "name": "{folder}/{leases}", "lfc-interval": 1 }},
  "cache-threshold": 0.0, {times}"valid-lifetime": 7200,
  "subnet{digit}": [ {{ "id": 1, {subnet} }} ],
  "loggers": [ {{ "name": "kea-dhcp{digit}", "severity": "WARN", "output-options": [ {{ "output": "{folder}/kea-dhcp{digit}.log" }} ] }} ]
}} }}
"#
    )
}
