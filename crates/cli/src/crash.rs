//! `nestor crash-test`: kills the server in the middle of its work and asks afterwards whether it kept its word.
//!
//! Clients ask for leases as fast as they are served, through an envelope as a relay sends it, on the loopback. The server
//! is killed with SIGKILL at a random moment and started again on the same files. Then every lease it ever acknowledged
//! is asked for again: the same client must get the same address, and no address may have been acknowledged to two clients.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::{Ipv6Addr, SocketAddrV6, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use model::Resource;
use wire::v6::{MessageType, Packet, code};

use crate::demo::packet::{self, Answer, Held, Query};
use crate::demo::world;

/// How the test runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How often the server is killed.
    pub kills: u32,
    /// How many clients ask at once.
    pub clients: u16,
    /// A server to run instead of this program's own.
    pub server: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { kills: 50, clients: 8, server: None }
    }
}

const LINK: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0, 0xffff);
const PATIENCE: Duration = Duration::from_millis(300);
const START: Duration = Duration::from_secs(20);
/// How often a question is asked again before it counts as unanswered.
const TRIES: u32 = 10;
/// After every so many kills, and after the last, all leases are asked for; in between, those of the last round.
const ALL: u32 = 10;

/// Every lease the server acknowledged: who holds the address.
type Acknowledged = BTreeMap<Ipv6Addr, Vec<u8>>;

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
    let rig = Rig::new(options)?;
    let (known, losses) = (Mutex::new(Acknowledged::new()), Mutex::new(Losses::default()));
    let mut random = packet::seed_of(&std::process::id().to_be_bytes());
    writeln!(out, "{} clients, {} kills; files in {}", options.clients, options.kills, rig.folder.display())?;
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
    report(out, &losses, held(&known), options.kills)
}

fn report(out: &mut dyn Write, losses: &Mutex<Losses>, total: usize, kills: u32) -> io::Result<bool> {
    let Ok(losses) = losses.lock() else {
        return Err(io::Error::other("a client panicked"));
    };
    for line in losses.lost.iter().chain(&losses.doubled).take(50) {
        writeln!(out, "{line}")?;
    }
    writeln!(
        out,
        "{kills} kills, {total} leases acknowledged, {} lost, {} doubled",
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
    folder: PathBuf,
    program: Option<PathBuf>,
    port: u16,
}

impl Drop for Rig {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Rig {
    fn new(options: &Options) -> io::Result<Self> {
        let folder = world::folder("nestor-crash")?;
        let port = local()?.local_addr()?.port();
        std::fs::write(folder.join("kea-dhcp6.conf"), configuration(&folder.display().to_string()))?;
        Ok(Self { folder, program: options.server.clone(), port })
    }

    /// Starts the server and waits until it answers.
    fn start(&self) -> io::Result<Child> {
        let replies = self.port.to_string();
        let console = std::fs::File::create(self.folder.join("console"))?;
        let mut command = world::program(self.program.as_deref())?;
        command.arg("-c").arg(self.folder.join("kea-dhcp6.conf")).args(["-p", &replies]);
        world::environment(&mut command, &self.folder);
        let mut child = command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console).spawn()?;
        let probe = Asker::new(self.port, vec![0, 3, 0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])?;
        let until = Instant::now() + START;
        while Instant::now() < until {
            if let Some(status) = child.try_wait()? {
                let said = std::fs::read_to_string(self.folder.join("console")).unwrap_or_default();
                return Err(io::Error::other(format!("the server ended with {status}:\n{said}")));
            }
            if probe.ask(MessageType::Solicit, 1, &[], None)?.is_some() {
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

    /// One client's life: SOLICIT, REQUEST; an acknowledged lease is written down.
    fn acquire(&self, duid: Vec<u8>, (known, losses): (&Mutex<Acknowledged>, &Mutex<Losses>)) -> io::Result<()> {
        let asker = Asker::new(self.port, duid)?;
        let Some(offer) = asker.ask(MessageType::Solicit, 2, &[], None)? else {
            return Ok(());
        };
        let Some(reply) = asker.ask(MessageType::Request, 3, &offer.held, Some(&offer.server))? else {
            return Ok(());
        };
        for address in addresses(&reply) {
            let Ok(mut known) = known.lock() else {
                continue;
            };
            let other = known.insert(address, asker.duid.clone()).filter(|other| *other != asker.duid);
            if let (Some(other), Ok(mut losses)) = (other, losses.lock()) {
                losses.doubled.push(format!("doubled: {address} to {other:02x?} and to {:02x?}", asker.duid));
            }
        }
        Ok(())
    }

    /// Asks for acknowledged leases: each client must get its own again.
    fn verify(&self, acknowledged: Acknowledged, losses: &Mutex<Losses>) -> io::Result<()> {
        for (address, duid) in acknowledged {
            let asker = Asker::new(self.port, duid)?;
            let held = [Held { resource: Resource::V6(address), valid: 7200 }];
            let mut answer = None;
            for _ in 0..TRIES {
                answer = asker.ask(MessageType::Rebind, 4, &held, None)?;
                if answer.is_some() {
                    break;
                }
            }
            let served = answer.as_ref().is_some_and(|answer| addresses(answer).any(|held| held == address));
            if !served && let Ok(mut losses) = losses.lock() {
                losses.lost.push(format!("lost: {address} of {:02x?}, answered {answer:?}", asker.duid));
            }
        }
        Ok(())
    }
}

fn addresses(answer: &Answer) -> impl Iterator<Item = Ipv6Addr> {
    answer.held.iter().filter(|held| held.valid > 0).filter_map(|held| match held.resource {
        Resource::V6(address) => Some(address),
        Resource::V4(_) | Resource::Prefix(..) => None,
    })
}

/// A client behind a relay of its own.
struct Asker {
    socket: UdpSocket,
    duid: Vec<u8>,
}

impl Asker {
    fn new(port: u16, duid: Vec<u8>) -> io::Result<Self> {
        let socket = local()?;
        socket.connect(SocketAddrV6::new(Ipv6Addr::LOCALHOST, port, 0, 0))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { socket, duid })
    }

    /// Sends one relayed message; `None` if no answer comes, or the server is not there.
    fn ask(
        &self,
        kind: MessageType,
        transaction: u32,
        held: &[Held],
        server: Option<&[u8]>,
    ) -> io::Result<Option<Answer>> {
        let query = Query { kind, transaction, duid: &self.duid, server, router: false, held };
        let envelope = packet::forward_from_port(&packet::query(&query), LINK, self.socket.local_addr()?.port());
        if self.socket.send(&envelope).is_err() {
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
            let answer = buffer.get(..length).and_then(opened).filter(|answer| answer.transaction == transaction);
            if answer.is_some() {
                return Ok(answer);
            }
        }
        Ok(None)
    }
}

fn opened(octets: &[u8]) -> Option<Answer> {
    let packet = Packet::decode(octets).ok()?;
    packet::answer(packet.relays.first()?.options.first(code::RELAY_MSG)?)
}

fn local() -> io::Result<UdpSocket> {
    UdpSocket::bind(SocketAddrV6::new(Ipv6Addr::LOCALHOST, 0, 0, 0))
}

/// A DUID nobody used before.
fn duid(round: u32, client: u16, number: u32) -> Vec<u8> {
    [&[0, 2, 0, 0, 0x7f, 0xff][..], &round.to_be_bytes(), &client.to_be_bytes(), &number.to_be_bytes()].concat()
}

fn configuration(folder: &str) -> String {
    format!(
        r#"{{ "Dhcp6": {{
  "interfaces-config": {{ "interfaces": [ "lo/::1" ] }},
  "lease-database": {{ "type": "memfile", "persist": true, "name": "{folder}/kea-leases6.csv", "lfc-interval": 1 }},
  "cache-threshold": 0.0, "valid-lifetime": 7200, "preferred-lifetime": 4500,
  "subnet6": [ {{ "id": 1, "subnet": "fd00:100::/64", "pools": [ {{ "pool": "fd00:100::1:0 - fd00:100::ff:ffff" }} ] }} ],
  "loggers": [ {{ "name": "kea-dhcp6", "severity": "WARN", "output-options": [ {{ "output": "{folder}/kea-dhcp6.log" }} ] }} ]
}} }}
"#
    )
}
