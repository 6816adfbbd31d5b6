//! Where commands come in: unix sockets and HTTP.
//!
//! Each channel has one thread that accepts and one per connection, with a written limit on how many. Connections are
//! few, short and wait for disk or operator; the packet path shares nothing with them but the server's state.

mod connections;
mod http;
mod unix;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::authenticate::Authentication;
use crate::{Answer, Command};

/// Carries out commands.
pub trait Handler: Send + Sync {
    /// Carries out one command.
    fn handle(&self, command: &Command) -> Answer;
}

/// Why a channel could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// The unix socket could not be bound.
    #[error("failed to bind unix domain socket {}: {source}", path.display())]
    Unix {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another program serves the unix socket.
    #[error("unix domain socket {} is in use by another process", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// The HTTP listener could not be bound.
    #[error("failed to listen on {address}: {source}")]
    Http {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// What to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix stream socket.
    Unix(PathBuf),
    /// Plain HTTP.
    Http {
        /// Address and port.
        address: SocketAddr,
        /// Who may.
        authentication: Authentication,
        /// Headers added to every response.
        headers: Vec<(String, String)>,
    },
}

/// An open channel; dropping it closes it.
#[derive(Debug)]
pub struct Channel {
    endpoint: Endpoint,
    listener: Listener,
}

/// What is held open; dropping it closes it.
#[derive(Debug)]
enum Listener {
    Unix(unix::UnixChannel),
    Http(http::HttpChannel),
}

impl Channel {
    /// Opens a channel whose commands go to `handler`.
    ///
    /// # Errors
    /// [`ChannelError`] if it cannot be bound.
    pub fn open(endpoint: Endpoint, handler: Arc<dyn Handler>) -> Result<Self, ChannelError> {
        let listener = match &endpoint {
            Endpoint::Unix(path) => Listener::Unix(unix::UnixChannel::open(path, handler)?),
            Endpoint::Http { address, authentication, headers } => {
                let site = http::Site { authentication: authentication.clone(), headers: headers.clone() };
                Listener::Http(http::HttpChannel::open(*address, site, handler)?)
            }
        };
        Ok(Self { endpoint, listener })
    }

    /// Gives what the channel listens on.
    pub const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Waits until nobody is connected, at most so long.
    pub fn drain(&self, patience: Duration) {
        match &self.listener {
            Listener::Unix(channel) => channel.drain(patience),
            Listener::Http(channel) => channel.drain(patience),
        }
    }

    /// Gives the address of an HTTP channel, with the port the system chose if it was 0.
    pub const fn address(&self) -> Option<SocketAddr> {
        match &self.listener {
            Listener::Unix(_) => None,
            Listener::Http(channel) => Some(channel.address()),
        }
    }
}
