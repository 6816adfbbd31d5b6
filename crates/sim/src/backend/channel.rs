//! Commands to a running server over its unix socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Fault;

/// Sends one command and gives the whole answer: `result`, `text`, `arguments`.
///
/// # Errors
/// [`Fault::Io`] if the socket does not answer within ten seconds, [`Fault::Command`] if the answer is no JSON.
pub(super) fn ask(socket: &Path, command: &'static str, arguments: Option<Value>) -> Result<Value, Fault> {
    let question = match arguments {
        Some(arguments) => json!({ "command": command, "arguments": arguments }),
        None => json!({ "command": command }),
    };
    let answer = || -> std::io::Result<String> {
        let mut stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(question.to_string().as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = answer().map_err(Fault::io(format!("command {command}")))?;
    let answer: Value =
        serde_json::from_str(&answer).map_err(|why| Fault::Command { command, why: format!("{why}: {answer}") })?;
    // Over HTTP, and from some daemons, the answer comes as a list of one.
    Ok(answer.get(0).cloned().unwrap_or(answer))
}

/// Reads the result code of an answer; -1 if it has none.
pub(super) fn result(answer: &Value) -> i64 {
    answer.get("result").and_then(Value::as_i64).unwrap_or(-1)
}

/// Reads the text of an answer.
pub(super) fn text(answer: &Value) -> String {
    answer.get("text").and_then(Value::as_str).unwrap_or("no text").to_owned()
}
