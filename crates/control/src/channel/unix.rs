//! Commands over a unix stream socket: one per connection.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use config::json::wire::Framer;

use super::connections::Acceptor;
use super::{ChannelError, Handler};
use crate::{Answer, Command};

/// How long a client may think before the command is dropped.
const IDLE: Duration = Duration::from_secs(10);
/// How long a client may not read on before its answer is given up.
const PATIENCE: Duration = Duration::from_mins(1);
/// The longest command, in octets.
const COMMAND_LIMIT: usize = 64 << 20;

/// A bound unix socket with its accepting thread. The socket file is removed when this is dropped.
#[derive(Debug)]
pub(super) struct UnixChannel {
    path: PathBuf,
    _lock: File,
    acceptor: Option<Acceptor>,
}

impl UnixChannel {
    pub(super) fn open(path: &Path, handler: Arc<dyn Handler>) -> Result<Self, ChannelError> {
        let failed = |source| ChannelError::Unix { path: path.to_owned(), source };
        let lock = lock(path)?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let listener = UnixListener::bind(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o770)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let accept = |listener: &UnixListener| listener.accept().map(|(stream, _)| stream);
        let acceptor = Acceptor::start(listener, accept, move |stream| serve(stream, &*handler)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock, acceptor: Some(acceptor) })
    }

    pub(super) fn drain(&self, patience: Duration) {
        if let Some(acceptor) = &self.acceptor {
            acceptor.drain(patience);
        }
    }
}

impl Drop for UnixChannel {
    fn drop(&mut self) {
        self.acceptor = None;
        // Somebody may have removed it already; the lock says that it is ours.
        drop(fs::remove_file(&self.path));
        drop(fs::remove_file(lock_path(&self.path)));
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Holds `<socket>.lock`, so that a second server on the same socket is refused and a stale socket is not mistaken for one.
fn lock(path: &Path) -> Result<File, ChannelError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(lock_path(path))
        .map_err(|source| ChannelError::Unix { path: path.to_owned(), source })?;
    match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(_) => Err(ChannelError::InUse { path: path.to_owned() }),
    }
}

fn serve(mut stream: UnixStream, handler: &dyn Handler) {
    let answer = match receive(&mut stream) {
        Ok(None) => return,
        Ok(Some(text)) => match Command::parse(&text) {
            Ok(command) => handler.handle(&command),
            Err(answer) => answer,
        },
        Err(answer) => answer,
    };
    // The client may be gone; there is nobody to tell.
    drop(answer.write(&mut |piece| stream.write_all(piece.as_bytes())));
}

/// Reads until the JSON text is complete; `None` if the client left without a word.
fn receive(stream: &mut UnixStream) -> Result<Option<String>, Answer> {
    let refuse = |error: io::Error| Answer::error(error.to_string());
    stream.set_nonblocking(false).map_err(refuse)?;
    stream.set_read_timeout(Some(IDLE)).map_err(refuse)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(refuse)?;
    let mut text = Vec::new();
    let mut framer = Framer::new();
    let mut chunk = [0_u8; 16384];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) if text.is_empty() => return Ok(None),
            Ok(0) => break,
            Ok(length) => {
                let piece = chunk.get(..length).unwrap_or_default();
                text.extend_from_slice(piece);
                if text.len() > COMMAND_LIMIT {
                    return Err(Answer::error(format!("command longer than {COMMAND_LIMIT} bytes")));
                }
                // What is no JSON is answered at once; what follows a whole command is ignored.
                if framer.feed(piece).map_err(|error| Answer::error(error.to_string()))?.is_some() {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(timed_out(text.len())),
        }
    }
    Ok(Some(String::from_utf8_lossy(&text).into_owned()))
}

fn timed_out(received: usize) -> Answer {
    Answer::error(match received {
        0 => "Connection over control channel timed out".to_owned(),
        n => format!("Connection over control channel timed out, discarded partial command of {n} bytes"),
    })
}
