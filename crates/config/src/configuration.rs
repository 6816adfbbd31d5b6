//! One checked configuration: the model, and what the shell sets itself up by.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::OnceLock;

use model::{Family, Model};
use sha2::{Digest, Sha256};

use crate::error::Notice;
use crate::json::{self, Node, Span, Value, print};
use crate::paths::supported_path;
use crate::show::{entry, made};
use crate::surroundings::Surroundings;

/// One checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// What decisions are made by. The server's DUID is still to be filled in.
    pub model: Model,
    /// What `config-get` returns under `Dhcp4` or `Dhcp6`: defaults filled, inherited values present, keys sorted.
    pub shown: ShownConfiguration,
    /// The `user-context` of the whole, where our own settings are.
    pub user_context: Option<Node>,
    /// Where queries are listened for.
    pub interfaces: Interfaces,
    /// Where leases are kept.
    pub lease_database: LeaseDatabase,
    /// Where commands are listened for, in the order written.
    pub control_sockets: Vec<ControlSocket>,
    /// What is logged where, in the order written.
    pub loggers: Vec<LoggerSpec>,
    /// Hook libraries in the order written.
    pub hooks: Vec<HookLibrary>,
    /// What the server's DUID is made of. Unused in DHCPv4.
    pub server_id: ServerId,
    /// Worker threads.
    pub multi_threading: MultiThreading,
    /// How loaded leases are checked.
    pub sanity: SanityChecks,
    /// How many samples new statistics keep.
    pub statistics: StatisticDefaults,
    /// Where name change requests go; `None` if updates are off.
    pub ddns: Option<DdnsClient>,
    /// The tag of this server in a shared configuration database; empty if none.
    pub server_tag: String,
    /// How many packets may wait for a hook; 0 sets no bound.
    pub parked_packet_limit: u32,
    /// Lines for the log, in Kea's order.
    pub notices: Vec<Notice>,
}

/// What `config-get` shows, kept as text.
#[derive(Debug, Clone)]
pub struct ShownConfiguration {
    family: Family,
    text: Box<str>,
    hash: OnceLock<Box<str>>,
}

impl PartialEq for ShownConfiguration {
    fn eq(&self, other: &Self) -> bool {
        (self.family, &self.text) == (other.family, &other.text)
    }
}

impl ShownConfiguration {
    pub(crate) fn new(family: Family, shown: &Node) -> Self {
        Self { family, text: print::compact(shown).into_boxed_str(), hash: OnceLock::new() }
    }

    /// Lends it on one line, without the key around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives it as a tree, without the key around it.
    pub fn tree(&self) -> Node {
        // What was printed can be read; if not, there is nothing to show.
        json::wire::parse("<shown>", self.text.as_bytes()).unwrap_or_else(|_| made(Value::Map(Vec::new())))
    }

    /// Gives the hash: SHA-256 over the line with the top key around it, in upper-case hex.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| {
            let mut digest = Sha256::new();
            for part in ["{ \"", self.key(), "\": ", &self.text, " }"] {
                digest.update(part);
            }
            crate::address::upper_hex(&digest.finalize()).into()
        })
    }

    /// Writes it as `config-write` does: indented, with the top key around it.
    pub fn file_text(&self) -> String {
        print::pretty(&made(Value::Map(vec![entry(self.key(), self.tree())])))
    }

    fn key(&self) -> &'static str {
        self.family.pick("Dhcp4", "Dhcp6")
    }
}

/// Where queries are listened for (`interfaces-config`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interfaces {
    /// Whether `*` is given: every interface but the loopback.
    pub all: bool,
    /// Interfaces named one by one, in the order written.
    pub listen: Vec<Listen>,
    /// Whether interfaces are looked for anew on each reconfiguration.
    pub re_detect: bool,
    /// Whether one socket that cannot be opened is a failure of all.
    pub require_all: bool,
    /// Milliseconds between two tries to open sockets.
    pub retry_wait_ms: u32,
    /// How often opening is tried again.
    pub max_retries: u32,
    /// Which sockets hear DHCPv4 clients (`dhcp-socket-type`).
    pub socket_type: SocketType,
    /// Whether the system's routes choose where a reply leaves; if not, it leaves where the query came in
    /// (`outbound-interface`). DHCPv4 only.
    pub use_routing: bool,
}

/// Which sockets hear DHCPv4 clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SocketType {
    /// Sockets for whole frames: clients without an address are heard and answered.
    #[default]
    Raw,
    /// UDP sockets: relays and clients with an address are heard.
    Udp,
}

/// One entry of `interfaces`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The interface.
    pub interface: String,
    /// On what address.
    pub address: ListenAddress,
}

/// On which address of an interface is listened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenAddress {
    /// All of them; in DHCPv6 the link-local address and the multicast group.
    Any,
    /// This one besides; in DHCPv6 for unicast, the multicast socket is opened too.
    One(IpAddr),
}

impl Interfaces {
    /// Walks the unicast IPv6 addresses that are listened on, with their interfaces.
    pub fn unicast(&self) -> impl Iterator<Item = (&str, Ipv6Addr)> {
        self.listen.iter().filter_map(|listen| match listen.address {
            ListenAddress::One(IpAddr::V6(address)) => Some((&*listen.interface, address)),
            ListenAddress::One(IpAddr::V4(_)) | ListenAddress::Any => None,
        })
    }
}

/// Where leases are kept (`lease-database` of type `memfile`; other types are refused).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseDatabase {
    /// The lease file as written: a bare name, a path, or empty for the default file.
    pub name: String,
    /// Whether leases are written to disk.
    pub persist: bool,
    /// Seconds between two clean-ups of the lease file; 0 never cleans up.
    pub lfc_interval: u32,
    /// How many bad rows are tolerated on load; 0 sets no bound.
    pub max_row_errors: u32,
    /// The parameter that asks for reconnection, which a file does not take.
    pub reconnects: Option<&'static str>,
}

impl LeaseDatabase {
    /// Completes and checks the name of the lease file; Kea does so when it opens the file, not under `-t`.
    ///
    /// # Errors
    /// Kea's words for reconnection, for a path without file name, or one outside the data directory unless that is allowed; Kea prints
    /// them behind `Unable to open database: `.
    pub fn path(&self, family: Family, surroundings: &Surroundings<'_>) -> Result<String, String> {
        if let Some(key) = self.reconnects {
            return Err(format!("'{key}' values greater than zero are not supported by memfile"));
        }
        let name = if self.name.is_empty() { family.pick("kea-leases4.csv", "kea-leases6.csv") } else { &self.name };
        match supported_path(name, &surroundings.directories.data) {
            Err(text) if surroundings.relaxed && text.starts_with("invalid path") => Ok(name.to_owned()),
            checked => checked,
        }
    }
}

/// Where commands are listened for.
#[derive(Debug, Clone, PartialEq)]
pub enum ControlSocket {
    /// A unix socket.
    Unix {
        /// The full path.
        path: String,
        /// Where it was written.
        position: Span,
    },
    /// An HTTP or HTTPS socket.
    Http {
        /// The address.
        address: IpAddr,
        /// The port; 0 lets the system choose.
        port: u16,
        /// Keys and certificates; `None` for plain HTTP.
        tls: Option<Tls>,
        /// Who may ask; `None` lets everybody.
        authentication: Option<Authentication>,
        /// Headers added to every answer.
        headers: Vec<HttpHeader>,
        /// Where it was written.
        position: Span,
    },
}

/// Keys and certificates of an HTTPS socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// File or directory of certificate authorities.
    pub trust_anchor: String,
    /// Certificate file.
    pub cert_file: String,
    /// Private key file.
    pub key_file: String,
    /// Whether clients must show a certificate.
    pub cert_required: bool,
}

/// Basic authentication of an HTTP socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// The realm clients are told.
    pub realm: String,
    /// Who may ask; empty lets everybody.
    pub clients: Vec<BasicClient>,
}

/// One user of basic authentication, files already read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicClient {
    /// The name; holds no colon.
    pub user: String,
    /// The password.
    pub password: String,
}

/// A header added to every HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpHeader {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// One entry of `loggers`, not yet checked: Kea checks loggers when they are put to use.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggerSpec {
    /// The full name, such as `kea-dhcp6.leases`; `None` if none is given, which is an error at use.
    pub name: Option<String>,
    /// The severity keyword; `None` inherits.
    pub severity: Option<String>,
    /// The debug level, 0 to 99 if it is sound.
    pub debuglevel: i64,
    /// Where `debuglevel` was written.
    pub debuglevel_position: Option<Span>,
    /// Where lines go; empty inherits.
    pub outputs: Vec<LoggerOutput>,
    /// Where the entry was written.
    pub position: Span,
}

/// One entry of `output-options`.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggerOutput {
    /// `stdout`, `stderr`, `syslog`, `syslog:NAME` or a file, as written.
    pub output: String,
    /// Whether every line is written through at once.
    pub flush: bool,
    /// Octets at which a file is rotated; values under 204800 turn rotation off.
    pub maxsize: u64,
    /// How many rotated files are kept.
    pub maxver: u32,
    /// The layout; empty is the default one.
    pub pattern: String,
    /// Where `output` was written.
    pub position: Span,
}

/// One entry of `hooks-libraries`.
#[derive(Debug, Clone, PartialEq)]
pub struct HookLibrary {
    /// The full path.
    pub path: String,
    /// The file name, such as `libdhcp_lease_cmds.so`.
    pub name: String,
    /// What the library is told.
    pub parameters: Option<Node>,
    /// Where the path was written.
    pub position: Span,
}

/// What the server's DUID is made of (`server-id`); zero and empty parts are made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerId {
    /// 1 for LLT, 2 for EN, 3 for LL.
    pub kind: u16,
    /// The link-layer address, or the identifier of an EN.
    pub identifier: Vec<u8>,
    /// Hardware type of an LLT or LL.
    pub htype: u16,
    /// The time of an LLT.
    pub time: u32,
    /// The enterprise number of an EN.
    pub enterprise_id: u32,
    /// Whether the DUID is kept in a file.
    pub persist: bool,
}

/// Worker threads (`multi-threading`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultiThreading {
    /// Whether packets are worked on in parallel.
    pub enabled: bool,
    /// How many threads; 0 is one per processor.
    pub threads: u16,
    /// How many packets may wait; 0 sets no bound.
    pub queue_size: u16,
}

/// How loaded leases are checked (`sanity-checks`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SanityChecks {
    /// `none`, `warn`, `fix`, `fix-del` or `del`.
    pub lease_checks: String,
    /// `none`, `fix`, `strict` or `pedantic`.
    pub extended_info_checks: String,
}

/// How many samples new statistics keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatisticDefaults {
    /// The most samples; 0 goes by age.
    pub sample_count: u32,
    /// The oldest sample in seconds.
    pub sample_age: u32,
}

/// Where name change requests go (`dhcp-ddns`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DdnsClient {
    /// Address of the DDNS daemon.
    pub server: IpAddr,
    /// Its port.
    pub server_port: u16,
    /// The address sent from.
    pub sender: IpAddr,
    /// The port sent from; 0 lets the system choose.
    pub sender_port: u16,
    /// How many requests may wait.
    pub max_queue_size: u32,
}
