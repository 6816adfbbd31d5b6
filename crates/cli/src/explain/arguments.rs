//! What `nestor explain` is asked, as it stands on the command line.

use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};
use server::explain::Question;

/// What `nestor explain` is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// The server that answers.
    pub server: Server,
    /// The capture file whose messages are meant.
    pub capture: Option<PathBuf>,
    /// The frame of it; all of them if it is not said.
    pub frame: Option<usize>,
    /// What is said of the client and its message: words and values, in order.
    pub words: Vec<(String, String)>,
    /// The same, understood.
    pub question: Question,
}

/// Which server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Server {
    /// One that would run with a configuration.
    Configured {
        /// The configuration file.
        file: PathBuf,
        /// The lease file; none means that nothing is leased.
        leases: Option<PathBuf>,
    },
    /// One that runs, by the socket that takes its commands.
    Running(PathBuf),
}

impl Default for Server {
    fn default() -> Self {
        Self::Configured { file: PathBuf::new(), leases: None }
    }
}

/// Reads the words behind `explain`. `input` gives what stands for `-`.
///
/// # Errors
/// What is wrong with them.
pub fn read(mut parser: Parser, input: &mut dyn FnMut() -> std::io::Result<String>) -> Result<Asked, lexopt::Error> {
    let mut asked = Asked::default();
    let (mut file, mut leases, mut socket) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Short('c') | Arg::Long("config") => file = Some(PathBuf::from(parser.value()?)),
            Arg::Long("leases") => leases = Some(PathBuf::from(parser.value()?)),
            Arg::Long("socket") => socket = Some(PathBuf::from(parser.value()?)),
            Arg::Long("pcap") => asked.capture = Some(parser.value()?.into()),
            Arg::Long("frame") => asked.frame = Some(parser.value()?.parse()?),
            Arg::Long("packet") => {
                let value = parser.value()?.string()?;
                let text =
                    if value == "-" { input().map_err(|error| format!("standard input: {error}"))? } else { value };
                packet(&mut asked, &text)?;
            }
            Arg::Long(name) => {
                let name = name.to_owned();
                if !Question::default().say(&name, "").map_or(true, |known| known) {
                    return Err(Arg::Long(&name).unexpected());
                }
                let value = parser.value()?.string()?;
                say(&mut asked, &name, value)?;
            }
            Arg::Short(_) | Arg::Value(_) => return Err(argument.unexpected()),
        }
    }
    if asked.frame.is_some() && asked.capture.is_none() {
        return Err("--frame is one of --pcap FILE".into());
    }
    asked.server = match (file, socket, leases) {
        (Some(file), None, leases) => Server::Configured { file, leases },
        (None, Some(socket), None) => Server::Running(socket),
        (None, Some(_), Some(_)) => {
            return Err("a running server has leases of its own: no --leases with --socket".into());
        }
        (Some(_), Some(_), _) => return Err("explain takes a configuration or a running server, not both".into()),
        (None, None, _) => {
            return Err("explain needs a configuration: -c FILE, or a running server: --socket PATH".into());
        }
    };
    Ok(asked)
}

/// Takes a packet as it is, or out of the frame or IP packet it is in.
fn packet(asked: &mut Asked, text: &str) -> Result<(), lexopt::Error> {
    let octets = super::hexdump::read(text)?;
    match super::frame::guess(&octets) {
        Some(found) => super::words_of(&found).into_iter().try_for_each(|(word, value)| say(asked, word, value)),
        None => say(asked, "packet", super::digits(&octets)),
    }
}

fn say(asked: &mut Asked, word: &str, value: String) -> Result<(), lexopt::Error> {
    asked.question.say(word, &value)?;
    asked.words.push((word.to_owned(), value));
    Ok(())
}
