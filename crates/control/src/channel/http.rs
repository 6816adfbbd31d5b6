//! Commands over HTTP, answered the way Kea's listeners answer (RFC 9112).
//!
//! The request line and headers are parsed by `httparse`; the little that is left of HTTP is here, because the status,
//! the bodies of refusals and the echo of the client's version are part of the interface.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::connections::Acceptor;
use super::{ChannelError, Handler};
use crate::authenticate::Authentication;
use crate::{Answer, Command};

/// How long a request may take to arrive.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may stay open between requests.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest request head, in octets.
const HEAD_LIMIT: usize = 64 << 10;
/// The longest body, in octets.
const BODY_LIMIT: usize = 64 << 20;
const HEADER_LIMIT: usize = 64;
/// The longest answer that is held until its length is known, in octets: Kea's partners read no other ones.
const WHOLE_LIMIT: usize = 16 << 20;

/// What holds for all requests of a listener.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) authentication: Authentication,
    pub(super) headers: Vec<(String, String)>,
}

/// A bound listener with its accepting thread.
#[derive(Debug)]
pub(super) struct HttpChannel {
    address: SocketAddr,
    acceptor: Acceptor,
}

impl HttpChannel {
    pub(super) fn open(address: SocketAddr, site: Site, handler: Arc<dyn Handler>) -> Result<Self, ChannelError> {
        let failed = |source| ChannelError::Http { address, source };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let accept = |listener: &TcpListener| listener.accept().map(|(stream, _)| stream);
        // A broken connection concerns nobody but its client.
        let serve = move |stream| drop(serve(stream, &site, &*handler));
        let acceptor = Acceptor::start(listener, accept, serve).map_err(failed)?;
        Ok(Self { address, acceptor })
    }

    pub(super) fn drain(&self, patience: Duration) {
        self.acceptor.drain(patience);
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }
}

/// A request as far as it matters here.
struct Request {
    version: Version,
    keep_alive: bool,
    authorization: Option<Vec<u8>>,
    body: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

/// Why a request gets no further.
enum Fault {
    /// The client is gone, or idle for too long.
    Gone,
    /// It is not a request we serve. The body was read, so that the connection is fit for another one.
    Refused(Status, Version),
}

impl Fault {
    /// A broken connection needs no reason: there is nobody to tell.
    fn gone(_why: io::Error) -> Self {
        Self::Gone
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    BadRequest,
    Unauthorized,
    RequestTimeout,
}

impl Status {
    const fn code(self) -> u16 {
        match self {
            Self::Ok => 200,
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::RequestTimeout => 408,
        }
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::BadRequest => "Bad Request",
            Self::Unauthorized => "Unauthorized",
            Self::RequestTimeout => "Request Timeout",
        }
    }
}

fn serve(mut stream: TcpStream, site: &Site, handler: &dyn Handler) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(IDLE_TIMEOUT))?;
    let mut received = Vec::new();
    loop {
        let request = match receive(&mut stream, &mut received) {
            Ok(request) => request,
            Err(Fault::Gone) => return Ok(()),
            Err(Fault::Refused(status, version)) => {
                return respond(&mut stream, site, &refusal(status, version)).map(|_last| ());
            }
        };
        let response = answer(&request, site, handler);
        if !respond(&mut stream, site, &response)? {
            return Ok(());
        }
    }
}

struct Response {
    status: Status,
    version: Version,
    keep_alive: bool,
    body: Body,
}

/// What a response holds.
enum Body {
    Text(String),
    Answer(Box<Answer>),
}

fn refusal(status: Status, version: Version) -> Response {
    let body = format!("{{ \"result\": {}, \"text\": \"{}\" }}", status.code(), status.reason());
    Response { status, version, keep_alive: false, body: Body::Text(body) }
}

fn answer(request: &Request, site: &Site, handler: &dyn Handler) -> Response {
    let keep_alive = request.keep_alive;
    if !site.authentication.admits(request.authorization.as_deref()) {
        return Response { keep_alive, ..refusal(Status::Unauthorized, request.version) };
    }
    let text = String::from_utf8_lossy(&request.body);
    if config::json::wire::parse("<wire>", &request.body).is_err() {
        return Response { keep_alive, ..refusal(Status::BadRequest, request.version) };
    }
    let answer = match Command::parse(&text) {
        Ok(command) => handler.handle(&command),
        Err(answer) => answer,
    };
    Response { status: Status::Ok, version: request.version, keep_alive, body: Body::Answer(Box::new(answer)) }
}

/// Sends a response; says whether another may follow on the connection.
fn respond(stream: &mut TcpStream, site: &Site, response: &Response) -> io::Result<bool> {
    let answer = match &response.body {
        Body::Text(text) => return whole(stream, site, response, text).map(|()| response.keep_alive),
        Body::Answer(answer) => answer,
    };
    let mut text = String::from("[ ");
    let mut sender = None;
    answer.write(&mut |piece| {
        text.push_str(piece);
        if text.len() > WHOLE_LIMIT {
            if sender.is_none() {
                sender = Some(Chunks::of(response.version));
                let head = head(site, response, sender.map_or("", Chunks::header));
                stream.write_all(head.as_bytes())?;
            }
            sender.unwrap_or(Chunks::UntilClosed).send(stream, &text)?;
            text.clear();
        }
        Ok(())
    })?;
    text.push_str(" ]");
    match sender {
        None => whole(stream, site, response, &text).map(|()| response.keep_alive),
        Some(chunks) => {
            chunks.send(stream, &text)?;
            chunks.end(stream)?;
            Ok(response.keep_alive && chunks == Chunks::Framed)
        }
    }
}

/// How a body is sent whose length is not known when it begins (RFC 9112 §6.3, §7.1).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chunks {
    Framed,
    UntilClosed,
}

impl Chunks {
    fn of(version: Version) -> Self {
        if version == Version::Http11 { Self::Framed } else { Self::UntilClosed }
    }

    const fn header(self) -> &'static str {
        match self {
            Self::Framed => "Transfer-Encoding: chunked\r\n",
            Self::UntilClosed => "Connection: close\r\n",
        }
    }

    fn send(self, stream: &mut TcpStream, text: &str) -> io::Result<()> {
        match self {
            Self::Framed => {
                stream.write_all(format!("{:x}\r\n", text.len()).as_bytes())?;
                stream.write_all(text.as_bytes())?;
                stream.write_all(b"\r\n")
            }
            Self::UntilClosed => stream.write_all(text.as_bytes()),
        }
    }

    fn end(self, stream: &mut TcpStream) -> io::Result<()> {
        match self {
            Self::Framed => stream.write_all(b"0\r\n\r\n"),
            Self::UntilClosed => Ok(()),
        }
    }
}

fn whole(stream: &mut TcpStream, site: &Site, response: &Response, body: &str) -> io::Result<()> {
    let mut text = head(site, response, &format!("Content-Length: {}\r\n", body.len()));
    text.push_str(body);
    stream.write_all(text.as_bytes())
}

fn head(site: &Site, response: &Response, framing: &str) -> String {
    let mut head = String::with_capacity(256);
    let version = if response.version == Version::Http11 { "1.1" } else { "1.0" };
    // Writing to a `String` cannot fail.
    let _infallible = write!(head, "HTTP/{version} {} {}\r\n", response.status.code(), response.status.reason());
    let _infallible = write!(head, "{framing}Content-Type: application/json\r\n");
    let _infallible = write!(head, "Date: {}\r\n", jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT"));
    for (name, value) in &site.headers {
        let _infallible = write!(head, "{name}: {value}\r\n");
    }
    if response.status == Status::Unauthorized {
        let _infallible = write!(head, "WWW-Authenticate: Basic realm=\"{}\"\r\n", site.authentication.realm);
    }
    head.push_str("\r\n");
    head
}

/// Reads one request; what was received beyond it stays in `received`.
fn receive(stream: &mut TcpStream, received: &mut Vec<u8>) -> Result<Request, Fault> {
    stream.set_read_timeout(Some(IDLE_TIMEOUT)).map_err(Fault::gone)?;
    let head = loop {
        if let Some(head) = Head::parse(received)? {
            break head;
        }
        if received.len() > HEAD_LIMIT {
            return Err(Fault::Refused(Status::BadRequest, Version::Http10));
        }
        let started = !received.is_empty();
        more(stream, received, started, Version::Http10)?;
        stream.set_read_timeout(Some(REQUEST_TIMEOUT)).map_err(Fault::gone)?;
    };
    let Some(length) = head.content_length.filter(|length| *length <= BODY_LIMIT && head.acceptable) else {
        return Err(Fault::Refused(Status::BadRequest, head.version));
    };
    if head.expects_continue {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").map_err(Fault::gone)?;
    }
    let end = head.length.saturating_add(length);
    while received.len() < end {
        more(stream, received, true, head.version)?;
    }
    let rest = received.split_off(end);
    let body = received.split_off(head.length);
    *received = rest;
    Ok(Request { version: head.version, keep_alive: head.keep_alive, authorization: head.authorization, body })
}

fn more(stream: &mut TcpStream, received: &mut Vec<u8>, started: bool, version: Version) -> Result<(), Fault> {
    let mut chunk = [0_u8; 16384];
    match stream.read(&mut chunk) {
        Ok(0) => Err(Fault::Gone),
        Ok(length) => {
            received.extend_from_slice(chunk.get(..length).unwrap_or_default());
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        Err(error) if started && matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Err(Fault::Refused(Status::RequestTimeout, version))
        }
        Err(_) => Err(Fault::Gone),
    }
}

/// The request line and headers, as far as they matter.
struct Head {
    length: usize,
    version: Version,
    /// POST with exactly the content type Kea takes.
    acceptable: bool,
    content_length: Option<usize>,
    keep_alive: bool,
    expects_continue: bool,
    authorization: Option<Vec<u8>>,
}

impl Head {
    /// Parses the head once all of it is there.
    fn parse(octets: &[u8]) -> Result<Option<Self>, Fault> {
        let mut headers = [httparse::EMPTY_HEADER; HEADER_LIMIT];
        let mut request = httparse::Request::new(&mut headers);
        let length = match request.parse(octets) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(Fault::Refused(Status::BadRequest, Version::Http10)),
        };
        let version = if request.version == Some(1) { Version::Http11 } else { Version::Http10 };
        let value = |name: &str| {
            let header = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.map(|header| header.value.trim_ascii())
        };
        let connection = value("connection").unwrap_or_default();
        Ok(Some(Self {
            length,
            version,
            acceptable: request.method == Some("POST")
                && value("content-type").is_some_and(|kind| kind.eq_ignore_ascii_case(b"application/json")),
            content_length: value("content-length")
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| text.parse().ok()),
            keep_alive: match version {
                Version::Http11 => !connection.eq_ignore_ascii_case(b"close"),
                Version::Http10 => connection.eq_ignore_ascii_case(b"keep-alive"),
            },
            expects_continue: value("expect").is_some_and(|what| what.eq_ignore_ascii_case(b"100-continue")),
            authorization: value("authorization").map(<[u8]>::to_vec),
        }))
    }
}
