//! What a command line asks for: the flags of Kea's program, and those only this one has.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lexopt::{Arg, Parser};
use model::Family;

use super::fault::UsageError;
use super::setup::hexadecimal;

/// An Ethernet address.
pub type Mac = [u8; 6];

/// What a command line asks for besides a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Run a test.
    Test(Box<Arguments>),
    /// Print the usage.
    Usage,
    /// Print the version.
    Version,
    /// Print the long version.
    ExtendedVersion,
    /// Answer queries without state, for measuring this program itself.
    Respond(String),
    /// The same, one datagram a system call, for measuring what datagrams alone cost.
    Echo(String),
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LeaseType {
    /// An address.
    #[default]
    Address,
    /// A delegated prefix.
    Prefix,
    /// Both.
    AddressAndPrefix,
}

/// How the load is shaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Exchanges one after the other.
    #[default]
    Basic,
    /// All clients at once, who repeat themselves until they are answered.
    Avalanche,
}

/// How much of what was started may go unanswered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxDrop {
    /// So many.
    Count(u64),
    /// So many in a hundred, once ten were started.
    Percent(u8),
}

/// Shares of the exchanges that concern a lease a client has, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mix {
    /// Renewals.
    pub renew: u8,
    /// Rebindings.
    pub rebind: u8,
    /// Releases.
    pub release: u8,
}

/// A test as the command line describes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    /// `-4` or `-6`; `None` if neither was given, which means DHCPv4.
    pub given_family: Option<Family>,
    /// `-1`: every message names the first server that answered.
    pub first_server: bool,
    /// `-A`: DHCPv6 messages come in a relay's envelope.
    pub encapsulated: bool,
    /// `-b` as written.
    pub bases: Vec<String>,
    /// `-b mac=`.
    pub mac: Option<Mac>,
    /// `-b duid=`.
    pub duid: Option<Vec<u8>>,
    /// `-B`.
    pub broadcast: bool,
    /// `-c`.
    pub rapid: bool,
    /// `-C`.
    pub separator: Option<String>,
    /// `-d`, for the first and the second exchange.
    pub drop_times: Vec<Duration>,
    /// `-D`, for the first and the second exchange.
    pub max_drops: Vec<MaxDrop>,
    /// `-e`.
    pub lease_type: LeaseType,
    /// `-E`.
    pub elapsed_offset: Option<usize>,
    /// `-f`: renewals a second.
    pub renew_rate: u32,
    /// `-F`: releases a second.
    pub release_rate: u32,
    /// `-g`.
    pub single_thread: Option<bool>,
    /// `-i`.
    pub initial_only: bool,
    /// `-I`.
    pub address_offset: Option<usize>,
    /// `-J`.
    pub relays: Vec<IpAddr>,
    /// `-l`.
    pub local: Option<String>,
    /// `-L`; zero for the usual port.
    pub local_port: u16,
    /// `-N`; zero for the usual port.
    pub remote_port: u16,
    /// `-M`: what the file says.
    pub macs: Vec<Mac>,
    /// `-M`: the file.
    pub mac_file: Option<PathBuf>,
    /// `-n`, for the first and the second exchange.
    pub requests: Vec<u64>,
    /// `-o`.
    pub options: Vec<(u16, Vec<u8>)>,
    /// `--or`.
    pub relay_options: Vec<(u16, Vec<u8>)>,
    /// `-O`.
    pub random_offsets: Vec<usize>,
    /// `-p`.
    pub period: Option<Duration>,
    /// `-P`.
    pub preload: u32,
    /// `-r`; zero for as fast as possible.
    pub rate: u32,
    /// `-R`; `None` if not given, which means one client.
    pub clients: Option<u32>,
    /// `-s`; zero for none.
    pub seed: u32,
    /// `--scenario`.
    pub scenario: Scenario,
    /// `-S`.
    pub server_offset: Option<usize>,
    /// `-t`.
    pub report: Option<Duration>,
    /// `-T`.
    pub templates: Vec<PathBuf>,
    /// `-u`.
    pub unique: bool,
    /// `-w`.
    pub wrapped: Option<OsString>,
    /// `-W`; `None` if not given.
    pub exit_wait: Option<Duration>,
    /// `-x`.
    pub diagnostics: String,
    /// `-X`.
    pub transaction_offsets: Vec<usize>,
    /// `-Y`: when clients begin to say that they wait.
    pub late_after: Option<Duration>,
    /// `-y`: for how long they say so.
    pub late_for: Option<Duration>,
    /// The server's name or address; empty if not given.
    pub server: String,
    /// `--in-flight`: how many transactions are open at any time.
    pub in_flight: Option<u32>,
    /// `--mix`.
    pub mix: Mix,
    /// `--random-clients`: clients come at random instead of in turn.
    pub random_clients: bool,
    /// `--offload`: the kernel cuts queries of equal length apart.
    pub offload: bool,
    /// `--threads`.
    pub threads: Option<u32>,
    /// `--json`.
    pub json: bool,
    /// `--no-progress`.
    pub quiet: bool,
}

impl Arguments {
    /// Reads a command line.
    ///
    /// # Errors
    /// The first thing that cannot be read. What does not go together is [`super::validate`]'s business.
    pub fn parse(words: impl Iterator<Item = OsString>) -> Result<Action, UsageError> {
        let mut parser = Parser::from_args(words);
        let mut arguments = Self::default();
        while let Some(arg) = parser.next().map_err(|_unreadable| UsageError::Wrong)? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(Action::Usage),
                Arg::Short('v') | Arg::Long("version") => return Ok(Action::Version),
                Arg::Short('V') => return Ok(Action::ExtendedVersion),
                Arg::Short(flag @ ('1' | '4' | '6' | 'B' | 'c' | 'i' | 'u')) => arguments.flag(flag)?,
                Arg::Short(option) => {
                    let value = value_of(&mut parser)?;
                    arguments.option(option, value)?;
                }
                Arg::Long("json") => arguments.json = true,
                Arg::Long("offload") => arguments.offload = true,
                Arg::Long("random-clients") => arguments.random_clients = true,
                Arg::Long("no-progress") => arguments.quiet = true,
                Arg::Long(name) => {
                    let name = name.to_owned();
                    let value = value_of(&mut parser)?.to_string_lossy().into_owned();
                    match name.as_str() {
                        "respond" => return Ok(Action::Respond(value)),
                        "echo" => return Ok(Action::Echo(value)),
                        _ => {}
                    }
                    arguments.long(&name, &value)?;
                }
                Arg::Value(value) if arguments.server.is_empty() => {
                    arguments.server = value.to_string_lossy().into_owned();
                }
                Arg::Value(_) => return Err(UsageError::Extra),
            }
        }
        Ok(Action::Test(Box::new(arguments)))
    }

    /// The family of the test.
    pub fn family(&self) -> Family {
        self.given_family.unwrap_or(Family::V4)
    }

    /// Tells whether a letter of `-x` was given.
    pub fn diagnoses(&self, letter: char) -> bool {
        self.diagnostics.contains(letter)
    }

    fn flag(&mut self, flag: char) -> Result<(), UsageError> {
        match flag {
            '1' => self.first_server = true,
            'B' => self.broadcast = true,
            'c' => self.rapid = true,
            'i' => self.initial_only = true,
            'u' => self.unique = true,
            _ => {
                let family = if flag == '4' { Family::V4 } else { Family::V6 };
                if let Some(other) = self.given_family.filter(|given| *given != family) {
                    return Err(UsageError::Family(if other == Family::V4 { '4' } else { '6' }));
                }
                self.given_family = Some(family);
            }
        }
        Ok(())
    }

    fn option(&mut self, option: char, value: OsString) -> Result<(), UsageError> {
        let text = &*value.to_string_lossy();
        match option {
            'b' => self.base(text)?,
            'C' => self.separator = Some(text.to_owned()),
            'D' => self.max_drop(text)?,
            'e' => self.lease_type = lease_type(text)?,
            'g' => self.single_thread = Some(thread_mode(text)?),
            'J' => self.relays = addresses(Path::new(&value), self.family())?,
            'l' => self.local = Some(text.to_owned()),
            'M' => {
                self.macs = macs(Path::new(&value))?;
                self.mac_file = Some(value.into());
            }
            'o' => self.dhcp_option(text)?,
            'T' if self.templates.len() == 2 => return Err(UsageError::ThirdTemplate),
            'T' => self.templates.push(value.into()),
            'w' => self.wrapped = Some(value),
            'x' => text.clone_into(&mut self.diagnostics),
            'd' => self.drop_time(text)?,
            _ => self.number(option, text)?,
        }
        Ok(())
    }

    /// Reads the options whose value is a number.
    fn number(&mut self, option: char, text: &str) -> Result<(), UsageError> {
        let least = u32::from(!"ELNPRsWY".contains(option));
        if !"AEfFILNnOpPrRsStWXyY".contains(option) {
            return Err(UsageError::Wrong);
        }
        let number = whole(text).filter(|number| *number >= least).ok_or(UsageError::Number(option))?;
        let seconds = Duration::from_secs(number.into());
        let offset = usize::try_from(number).unwrap_or(usize::MAX);
        match option {
            'A' if number != 1 => return Err(UsageError::Encapsulation),
            'A' => self.encapsulated = true,
            'E' => self.elapsed_offset = Some(offset),
            'f' => self.renew_rate = number,
            'F' => self.release_rate = number,
            'I' => self.address_offset = Some(offset),
            'L' => self.local_port = u16::try_from(number).map_err(|_large| UsageError::LocalPort)?,
            'N' => self.remote_port = u16::try_from(number).map_err(|_large| UsageError::RemotePort)?,
            'n' if self.requests.len() == 2 => return Err(UsageError::ThirdRequests),
            'n' => self.requests.push(number.into()),
            'O' if number < 3 => return Err(UsageError::Number('o')),
            'O' if self.random_offsets.len() == 2 => return Err(UsageError::ThirdRandomOffset),
            'O' => self.random_offsets.push(offset),
            'p' => self.period = Some(seconds),
            'P' => self.preload = number,
            'r' => self.rate = number,
            'R' => self.clients = Some(number),
            's' => self.seed = number,
            'S' => self.server_offset = Some(offset),
            't' => self.report = Some(seconds),
            'W' => self.exit_wait = Some(Duration::from_micros(number.into())),
            'X' if self.transaction_offsets.len() == 2 => return Err(UsageError::ThirdTransactionOffset),
            'X' => self.transaction_offsets.push(offset),
            'y' => self.late_for = Some(seconds),
            _ => self.late_after = Some(seconds),
        }
        Ok(())
    }

    fn long(&mut self, name: &str, value: &str) -> Result<(), UsageError> {
        let positive = |name| whole(value).filter(|n| *n > 0).ok_or(UsageError::Own(name));
        match name {
            "scenario" => {
                self.scenario = match value {
                    "basic" => Scenario::Basic,
                    "avalanche" => Scenario::Avalanche,
                    _ => return Err(UsageError::Scenario(value.to_owned())),
                }
            }
            "or" => self.relay_option(value)?,
            "in-flight" => self.in_flight = Some(positive("in-flight")?),
            "threads" => self.threads = Some(positive("threads")?),
            "mix" => self.mix = Mix::parse(value).ok_or(UsageError::Mix)?,
            _ => return Err(UsageError::Wrong),
        }
        Ok(())
    }

    fn base(&mut self, text: &str) -> Result<(), UsageError> {
        if self.bases.len() == 4 {
            return Err(UsageError::Bases);
        }
        self.bases.push(text.to_owned());
        match text.split_once('=') {
            Some(("mac" | "ether", mac)) => {
                let parts: Vec<&str> = mac.split(':').filter(|part| !part.is_empty()).collect();
                if parts.len() != 6 {
                    return Err(UsageError::BaseMac);
                }
                self.mac = Some(mac_of(&parts).ok_or(UsageError::BaseMacDigits)?);
            }
            Some(("duid", duid)) => {
                if !duid.len().is_multiple_of(2) {
                    return Err(UsageError::DuidOdd);
                }
                let octets = hexadecimal(duid).map_err(|_digits| UsageError::DuidDigits)?;
                match octets.len() {
                    0..6 => return Err(UsageError::DuidShort),
                    6..=64 => self.duid = Some(octets),
                    _ => return Err(UsageError::DuidLong),
                }
            }
            Some(_) | None => return Err(UsageError::Base),
        }
        Ok(())
    }

    fn drop_time(&mut self, text: &str) -> Result<(), UsageError> {
        let seconds: f64 = text.parse().map_err(|_number| UsageError::Number('d'))?;
        let time = Duration::try_from_secs_f64(seconds).map_err(|_negative| UsageError::DropTime)?;
        if time.is_zero() {
            return Err(UsageError::DropTime);
        }
        if self.drop_times.len() == 2 {
            self.drop_times.pop();
        }
        self.drop_times.push(time);
        Ok(())
    }

    fn max_drop(&mut self, text: &str) -> Result<(), UsageError> {
        let limit = match text.strip_suffix('%') {
            Some(share) => {
                let share = whole(share).and_then(|share| u8::try_from(share).ok());
                MaxDrop::Percent(share.filter(|share| (1..=100).contains(share)).ok_or(UsageError::DropPercentage)?)
            }
            None => MaxDrop::Count(whole(text).filter(|n| *n > 0).ok_or(UsageError::Number('D'))?.into()),
        };
        if self.max_drops.len() == 2 {
            return Err(UsageError::ThirdDrops);
        }
        self.max_drops.push(limit);
        Ok(())
    }

    fn dhcp_option(&mut self, text: &str) -> Result<(), UsageError> {
        let family = self.given_family.ok_or(UsageError::OptionFamily)?;
        let (code, value) = text.split_once(',').ok_or(UsageError::OptionForm)?;
        let code = whole(code).ok_or(UsageError::OptionCode("-o"))?;
        if family == Family::V4 && code > 255 {
            return Err(UsageError::OptionCode4(code));
        }
        let code = u16::try_from(code).map_err(|_large| UsageError::OptionCode("-o"))?;
        self.options.push((code, option_value("-o", value)?));
        Ok(())
    }

    fn relay_option(&mut self, text: &str) -> Result<(), UsageError> {
        if self.given_family != Some(Family::V6) {
            return Err(UsageError::RelayOptionFamily);
        }
        if !self.encapsulated {
            return Err(UsageError::RelayOptionLevel);
        }
        let (head, value) = text.split_once(',').ok_or(UsageError::RelayOptionForm)?;
        let (level, code) = head.split_once(':').unwrap_or(("1", head));
        match whole(level) {
            Some(1) => {}
            Some(_) => return Err(UsageError::RelayOptionOtherLevel),
            None => return Err(UsageError::RelayOptionBadLevel),
        }
        let code = whole(code).and_then(|code| u16::try_from(code).ok()).ok_or(UsageError::OptionCode("--or"))?;
        self.relay_options.push((code, option_value("--or", value)?));
        Ok(())
    }
}

impl Mix {
    fn parse(text: &str) -> Option<Self> {
        let mut mix = Self::default();
        for part in text.split(',') {
            let (name, share) = part.split_once('=')?;
            let share = share.trim_end_matches('%').parse().ok()?;
            match name {
                "renew" => mix.renew = share,
                "rebind" => mix.rebind = share,
                "release" => mix.release = share,
                _ => return None,
            }
        }
        let sum = u32::from(mix.renew) + u32::from(mix.rebind) + u32::from(mix.release);
        (sum <= 100).then_some(mix)
    }
}

fn value_of(parser: &mut Parser) -> Result<OsString, UsageError> {
    parser.value().map_err(|_missing| UsageError::Wrong)
}

/// A number without sign that fits where Kea keeps it.
fn whole(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| *number <= i32::MAX.unsigned_abs())
}

fn lease_type(text: &str) -> Result<LeaseType, UsageError> {
    match text {
        "address-only" => Ok(LeaseType::Address),
        "prefix-only" => Ok(LeaseType::Prefix),
        "address-and-prefix" => Ok(LeaseType::AddressAndPrefix),
        _ => Err(UsageError::LeaseType),
    }
}

fn thread_mode(text: &str) -> Result<bool, UsageError> {
    match text {
        "single" => Ok(true),
        "multi" => Ok(false),
        _ => Err(UsageError::ThreadMode(text.to_owned())),
    }
}

fn option_value(option: &'static str, text: &str) -> Result<Vec<u8>, UsageError> {
    hexadecimal(text).map_err(|wrong| {
        let value = text.to_owned();
        if wrong.is_some() {
            UsageError::OptionValue { option, value }
        } else {
            UsageError::OptionValueOdd { option, value }
        }
    })
}

fn mac_of(parts: &[&str]) -> Option<Mac> {
    let octets: Option<Vec<u8>> = parts.iter().map(|part| u8::from_str_radix(part, 16).ok()).collect();
    octets?.try_into().ok()
}

/// Reads a list of hardware addresses, one a line.
fn macs(file: &Path) -> Result<Vec<Mac>, UsageError> {
    let lines = lines(file)?;
    let mac = |(number, line): (usize, &String)| {
        mac_of(&line.split(':').collect::<Vec<_>>()).ok_or(UsageError::MacLine(number + 1))
    };
    lines.iter().enumerate().map(mac).collect()
}

/// Reads a list of addresses, one a line.
fn addresses(file: &Path, family: Family) -> Result<Vec<IpAddr>, UsageError> {
    let lines = lines(file).map_err(|_unreadable| UsageError::NoAddresses)?;
    let address = |(number, line): (usize, &String)| {
        let address = line.parse().ok().filter(|address: &IpAddr| address.is_ipv6() == (family == Family::V6));
        address.ok_or(UsageError::AddressLine(number + 1))
    };
    let list: Vec<IpAddr> = lines.iter().enumerate().map(address).collect::<Result<_, _>>()?;
    if list.is_empty() { Err(UsageError::NoAddresses) } else { Ok(list) }
}

fn lines(file: &Path) -> Result<Vec<String>, UsageError> {
    let text = std::fs::read_to_string(file).map_err(|_error| UsageError::Unreadable(file.display().to_string()))?;
    Ok(text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect())
}

#[cfg(test)]
mod tests;
