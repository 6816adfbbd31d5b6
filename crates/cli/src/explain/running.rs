//! Asks a server that runs, by the socket that takes its commands.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use control::json::JsonText;
use model::Family;
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The command that answers.
const COMMAND: &str = "nestor-explain";

/// What a running server says.
pub(super) struct Told {
    pub(super) family: Option<Family>,
    pub(super) lines: Vec<String>,
}

/// Asks it what is said in words.
pub(super) fn ask(socket: &Path, words: &[(String, String)]) -> io::Result<Told> {
    let failed = |why: String| io::Error::other(format!("{}: {why}", socket.display()));
    let answer = exchange(socket, &command(words)).map_err(|error| failed(error.to_string()))?;
    let answer: Value = serde_json::from_str(&answer).map_err(|error| failed(format!("{error} in its answer")))?;
    let text = answer.get("text").and_then(Value::as_str).unwrap_or_default();
    match answer.get("result").and_then(Value::as_i64) {
        Some(0) => {}
        Some(2) => return Err(failed(format!("{text} (is it a server of Nestor's?)"))),
        _ => return Err(failed(text.to_owned())),
    }
    let arguments = answer.get("arguments");
    let lines = arguments.and_then(|map| map.get("lines")).and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let family = match arguments.and_then(|map| map.get("family")).and_then(Value::as_i64) {
        Some(4) => Some(Family::V4),
        Some(6) => Some(Family::V6),
        _ => None,
    };
    Ok(Told { family, lines })
}

/// Writes the command: each word with all its values.
fn command(words: &[(String, String)]) -> String {
    let mut names: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let mut json = JsonText::new();
    json.map(|map| {
        map.key("command").string(COMMAND);
        map.key("arguments").map(|map| {
            for name in names {
                let values = words.iter().filter(|(word, _)| word == name);
                // Of what can be said once, the last counts, as on the command line.
                map.key(name).list(|list| values.for_each(|(_, value)| list.string(value)));
            }
        });
    });
    json.finish()
}

fn exchange(socket: &Path, command: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(command.as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
