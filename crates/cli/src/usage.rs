//! What `nestor --help` and `nestor COMMAND --help` print. A table of texts.

/// One thing `nestor` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Servers and clients, live.
    Demo,
    /// Servers killed under load.
    CrashTest,
    /// A configuration, checked.
    Check,
    /// A client's answer, and why.
    Explain,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Demo, Self::CrashTest, Self::Check, Self::Explain];

    /// Finds one by its word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verb| verb.word() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::CrashTest => "crash-test",
            Self::Check => "check",
            Self::Explain => "explain",
        }
    }

    const fn lines(self) -> &'static [&'static str] {
        match self {
            Self::Demo => &["nestor demo [--for SECONDS] [--once] [--server PROGRAM]..."],
            Self::CrashTest => &["nestor crash-test [-4 | -6] [--kills N] [--clients N] [--server PROGRAM]..."],
            Self::Check => &["nestor check FILE"],
            Self::Explain => &[
                "nestor explain -c FILE [--leases FILE] [--mac HEX] [what else is known of the client]...",
                "nestor explain --socket PATH [--mac HEX] [what else is known of the client]...",
                "nestor explain {-c FILE | --socket PATH} {--pcap FILE [--frame N] | --packet {HEX | -}}",
            ],
        }
    }

    const fn brief(self) -> &'static str {
        match self {
            Self::Demo => "the DHCPv4 and the DHCPv6 server, a relay and three clients on hosts of their own, live",
            Self::CrashTest => "kill -9 each server again and again under load, and look for lost or doubled leases",
            Self::Check => "say what is wrong with a configuration file, with its lines, and what of it is not served",
            Self::Explain => "say what a client would be answered, and why: by a configuration or by a running server",
        }
    }

    const fn options(self) -> &'static str {
        match self {
            Self::Demo => {
                "  --for SECONDS     end after this time; without it, Ctrl-C ends
  --once            end when every client is bound and one has renewed; exit 1 if that fails
  --server PROGRAM  run this server instead of this program's own, for the protocol whose digit its name ends in
"
            }
            Self::CrashTest => {
                "  -4, -6            kill the server of this protocol only
  --kills N         how often each server is killed, 50 by default
  --clients N       how many clients are served at once, 8 by default
  --server PROGRAM  run this server instead of this program's own, for the protocol whose digit its name ends in
"
            }
            Self::Check => {
                "  FILE  the configuration, of kea-dhcp4 or kea-dhcp6
"
            }
            Self::Explain => EXPLAIN,
        }
    }
}

const EXPLAIN: &str = "  -c FILE, --config FILE  the configuration, of kea-dhcp4 or kea-dhcp6
  --leases FILE       the lease file; without it nothing is leased yet
  --socket PATH       a server that runs, by its control socket; it answers with what it serves and has leased now

  --pcap FILE         the messages of a capture, pcap or pcapng: all that are for a server
  --frame N           this frame of it alone
  --packet HEX        the message itself, or the frame or IP packet it is in; - reads it from the standard input,
                      as digits or as tshark -x, tcpdump -x and Wireshark show it
  --message WORD      discover, request, init-reboot, renew, rebind, release, decline, inform, confirm
  --mac HEX, --client-id HEX, --duid HEX, --vendor-class TEXT, --hostname TEXT, --option CODE=HEX
                      the client, and options it sends
  --requested ADDR    what it asks for or holds: an address, or a prefix with its length
  --relay ADDR        the relay's address on the client's link
  --interface NAME    where the message comes in
  --from ADDR:PORT, --to ADDR
                      the ends of the message, if not those that it speaks of itself
  --server ADDR       the server's IPv4 address there
  --at SECONDS        when, since 1970; now by default
";

/// Says how the tool is used: as a whole, or for one thing it does.
pub fn text(verb: Option<Verb>) -> String {
    let verbs = verb.map_or_else(|| Verb::ALL.to_vec(), |verb| vec![verb]);
    let title = verb.map_or_else(
        || "Nestor: DHCP servers that read Kea's configuration, speak Kea's API and keep Kea's lease files.".to_owned(),
        |verb| format!("nestor {}: {}", verb.word(), verb.brief()),
    );
    let lines: Vec<&str> = verbs.iter().flat_map(|verb| verb.lines()).copied().collect();
    let usage = lines.join("\n       ");
    match verb {
        None => {
            let brief = |verb: &Verb| format!("  {:<10}  {}\n", verb.word(), verb.brief());
            let briefs: String = verbs.iter().map(brief).collect::<Vec<_>>().concat();
            format!(
                "{title}\n\nusage: {usage}\n       nestor help [COMMAND] | --help | --version\n\n{briefs}\n\
                 Options: nestor help COMMAND. Details: man nestor\n"
            )
        }
        Some(verb) => format!("{title}\n\nusage: {usage}\n\n{}\nDetails: man nestor\n", verb.options()),
    }
}
