//! What the demonstration shows: a screen that is brought up to date, or plain lines where there is no terminal.

use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use model::Family;

use super::Event;
use super::client::Bound;
use super::daemon::{Daemon, name};
use super::world::World;

/// So many messages and log lines are on the screen.
const MESSAGES: usize = 12;
const LOG_LINES: usize = 6;
const HEADING: &str = "client         leases                                   renews in  ends in  renewals";
const CLEAR: &str = "\x1b[2J\x1b[?25l\x1b[?7l";
const RESTORE: &str = "\x1b[?7h\x1b[?25h";

/// What one client holds, and what became of it.
#[derive(Debug)]
struct Row {
    client: (String, Family),
    bound: Option<Bound>,
    renewals: u32,
    was_bound: bool,
}

/// The state of the screen.
#[derive(Debug)]
pub(crate) struct View {
    terminal: bool,
    started: Instant,
    rows: Vec<Row>,
    messages: VecDeque<String>,
    topology: Vec<String>,
    further: Vec<String>,
    logs: Vec<PathBuf>,
}

impl View {
    /// Starts with nobody bound.
    pub(crate) fn new(world: &World, terminal: bool) -> Self {
        let mut clients: Vec<_> = world.clients.iter().map(|client| (client.name.clone(), client.family)).collect();
        // Both protocols of a client stand together.
        clients.dedup();
        let row = |client| Row { client, bound: None, renewals: 0, was_bound: false };
        Self {
            terminal,
            started: Instant::now(),
            rows: clients.into_iter().map(row).collect(),
            messages: VecDeque::new(),
            topology: topology(world),
            further: further(world),
            logs: world.servers.iter().map(Daemon::log).collect(),
        }
    }

    /// Prints what stays the same.
    pub(crate) fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.terminal {
            return write!(out, "{CLEAR}");
        }
        self.topology.iter().chain(&self.further).try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Takes note of an event; without a terminal it is a line at once.
    pub(crate) fn take(&mut self, event: Event, out: &mut dyn Write) -> io::Result<()> {
        let text = match event {
            Event::Message { client, up: true, text } => format!("{client:>8} -> relay -> server   {text}"),
            Event::Message { client, up: false, text } => format!("{client:>8} <- relay <- server   {text}"),
            Event::Leases { client, bound } => self.note(&client, bound),
            Event::Stop => return Ok(()),
        };
        let line = format!("{:>7.2} {text}", self.started.elapsed().as_secs_f64());
        if !self.terminal {
            return writeln!(out, "{line}");
        }
        self.messages.push_back(line);
        while self.messages.len() > MESSAGES {
            self.messages.pop_front();
        }
        Ok(())
    }

    fn note(&mut self, client: &(String, Family), bound: Option<Bound>) -> String {
        let (name, family) = client;
        let Some(row) = self.rows.iter_mut().find(|row| row.client == *client) else {
            return format!("{name} is unknown");
        };
        let verb = match (&row.bound, &bound) {
            (_, None) => "lost its leases",
            (None, Some(_)) => "is bound",
            (Some(_), Some(_)) => "renewed",
        };
        row.renewals = row.renewals.saturating_add(u32::from(verb == "renewed"));
        row.was_bound |= bound.is_some();
        row.bound = bound;
        format!("{name:>8} {verb} ({family}): {}", resources(row.bound.as_ref()))
    }

    /// Draws the screen; does nothing without a terminal.
    pub(crate) fn draw(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.terminal {
            return Ok(());
        }
        let mut lines = vec![format!(
            "\x1b[1mNestor: DHCPv4 and DHCPv6 through a relay\x1b[0m, {} s, Ctrl-C ends it",
            self.seconds()
        )];
        lines.extend(self.topology.iter().cloned());
        lines.push(format!("\x1b[1m{HEADING}\x1b[0m"));
        lines.extend(self.rows.iter().map(line_of));
        lines.push(String::new());
        lines.push("\x1b[1mmessages\x1b[0m".to_owned());
        lines.extend(self.messages.iter().cloned());
        lines.resize(lines.len() + MESSAGES.saturating_sub(self.messages.len()) + 1, String::new());
        lines.push("\x1b[1mserver log\x1b[0m".to_owned());
        lines.extend(self.tail());
        lines.push(String::new());
        lines.extend(self.further.iter().cloned());
        for (row, line) in (1_u32..).zip(&lines) {
            write!(out, "\x1b[{row};1H{line}\x1b[K")?;
        }
        out.flush()
    }

    /// Puts the terminal back and says how it went.
    pub(crate) fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.terminal {
            write!(out, "\x1b[999;1H\r\n{RESTORE}")?;
        } else {
            writeln!(out, "\n{HEADING}")?;
            self.rows.iter().try_for_each(|row| writeln!(out, "{}", line_of(row)))?;
        }
        let bound = self.rows.iter().filter(|row| row.was_bound).count();
        let renewals: u32 = self.rows.iter().map(|row| row.renewals).sum();
        writeln!(
            out,
            "{bound} of {} clients were bound in their protocol, {renewals} renewals; everything made is removed",
            self.rows.len()
        )
    }

    /// Says whether every client has had leases.
    pub(crate) fn all_were_bound(&self) -> bool {
        self.rows.iter().all(|row| row.was_bound)
    }

    /// Says whether a client has renewed.
    pub(crate) fn has_renewed(&self) -> bool {
        self.rows.iter().any(|row| row.renewals > 0)
    }

    fn seconds(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// The last lines of the servers' logs, without the date.
    fn tail(&self) -> Vec<String> {
        let texts: Vec<String> = self.logs.iter().map(|log| fs::read_to_string(log).unwrap_or_default()).collect();
        // Lines begin with their time.
        let mut lines: Vec<&str> = texts.iter().flat_map(|text| text.lines().rev().take(LOG_LINES)).collect();
        lines.sort_unstable();
        let begin = lines.len().saturating_sub(LOG_LINES);
        let without_date = |line: &&str| line.split_once(' ').map_or(*line, |(_, rest)| rest).to_owned();
        let mut lines: Vec<String> = lines.iter().skip(begin).map(without_date).collect();
        lines.resize(LOG_LINES, String::new());
        lines
    }
}

fn resources(bound: Option<&Bound>) -> String {
    let held = bound.into_iter().flat_map(|bound| &bound.held);
    held.map(|held| held.resource.to_string()).collect::<Vec<_>>().join(" ")
}

fn line_of(row: &Row) -> String {
    let now = Instant::now();
    let until = |at: Option<Instant>| {
        at.map_or_else(|| "-".to_owned(), |at| format!("{} s", at.saturating_duration_since(now).as_secs()))
    };
    let (name, family) = &row.client;
    format!(
        "{:<9} {:<4} {:<40} {:>9}  {:>7}  {:>8}",
        // The name stands once, before the first of its rows.
        family.pick(name.as_str(), ""),
        family,
        resources(row.bound.as_ref()),
        until(row.bound.as_ref().map(|bound| bound.renew)),
        until(row.bound.as_ref().map(|bound| bound.end)),
        row.renewals
    )
}

fn topology(world: &World) -> Vec<String> {
    let named = |family| world.servers.iter().find(|server| server.family == family);
    let server =
        |family| named(family).map_or_else(String::new, |server| format!("{} (pid {})", name(family), server.pid()));
    let text = if world.namespaces {
        format!(
            "  five network namespaces, joined by virtual cables
  laptop --- 10.1.0.0/24, fd00:100::/64 ---+
  router --- 10.2.0.0/24, fd00:200::/64 ---+-- relay ------------- {}
  phone ---- 10.3.0.0/24, fd00:300::/64 ---+   10.0.0.2, fd00::2   {}

",
            server(Family::V4),
            server(Family::V6)
        )
    } else {
        format!(
            "  no right to make namespaces: DHCPv6 alone on ::1 with high ports (run as root for both protocols on hosts of their own)
  laptop --- fd00:100::/64 ---+
  router --- fd00:200::/64 ---+-- relay --- {}
  phone ---- fd00:300::/64 ---+

",
            server(Family::V6)
        )
    };
    text.lines().map(str::to_owned).collect()
}

fn further(world: &World) -> Vec<String> {
    let mut lines = vec!["look further, from another terminal:".to_owned()];
    for server in &world.servers {
        let enter =
            if world.namespaces { format!("nsenter --net=/proc/{}/ns/net ", server.pid()) } else { String::new() };
        let host = server.family.pick("127.0.0.1", "[::1]");
        let command = r#"{"command": "statistic-get-all"}"#;
        lines.push(format!("  {enter}curl -s --json '{command}' 'http://{host}:{}/'", server.api));
        lines.push(format!("  cat {}; tail -f {}", server.leases().display(), server.log().display()));
    }
    lines.push(String::new());
    lines
}
