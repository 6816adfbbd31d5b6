//! Channels from the client's side of the socket.

#![expect(clippy::unwrap_used, reason = "a broken fixture should stop the test")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use control::authenticate::Authentication;
use control::channel::Endpoint;
use control::{Answer, Channel, ChannelError, Command, Ending, Handler, Pieces, ResultCode};

/// Answers with the name of the command, and to `long` with a long list.
struct Echo;

/// How many pieces the long list has.
const PIECES: usize = 300;

/// A list in pieces of 64 KiB.
struct Zeros(usize);

impl Pieces for Zeros {
    fn next(&mut self, text: &mut String) -> Option<Ending> {
        self.0 += 1;
        text.push_str(if self.0 == 1 { "[ 0" } else { ", 0" });
        text.push_str(&" ".repeat(65_533));
        (self.0 == PIECES).then(|| {
            text.push_str(" ]");
            Ending { result: ResultCode::Success, text: Some(PIECES.to_string()) }
        })
    }
}

impl Handler for Echo {
    fn handle(&self, command: &Command) -> Answer {
        if command.name == "long" { Answer::long(Zeros(0)) } else { Answer::success(command.name.clone()) }
    }
}

fn unix(path: &std::path::Path) -> Result<Channel, ChannelError> {
    Channel::open(Endpoint::Unix(path.to_owned()), Arc::new(Echo))
}

fn ask(path: &std::path::Path, pieces: &[&str]) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    for piece in pieces {
        stream.write_all(piece.as_bytes()).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_unix_channel_answers_a_command_once_its_braces_match_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let channel = unix(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o770);
    let answer = ask(&path, &["{ \"command\": \"a}", "\" , \"arguments\": {}", "}"]);
    assert_eq!(answer, r#"{ "result": 0, "text": "a}" }"#);
    drop(channel);
    assert!(!path.exists());
}

#[test]
fn what_is_no_command_is_told_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _channel = unix(&path).unwrap();
    let invalid = "Error during command processing: invalid command: ";
    for (sent, text) in [
        ("ghi", "invalid first character g".to_owned()),
        ("{}", format!("{invalid}does not contain mandatory 'command'")),
        ("[]", format!("{invalid}expected toplevel entry to be a map, got list instead")),
        (r#"{"command":7}"#, format!("{invalid}expected 'command' to be a string, got map instead")),
        (r#"{"command":"a","foo":1}"#, format!("{invalid}unsupported parameter 'foo'")),
    ] {
        assert_eq!(ask(&path, &[sent]), Answer::error(text).to_json(), "{sent}");
    }
}

#[test]
fn a_second_server_on_the_same_socket_is_refused_and_a_stale_socket_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let first = unix(&path).unwrap();
    assert!(matches!(unix(&path), Err(ChannelError::InUse { .. })));
    assert!(ask(&path, &[r#"{"command":"still-there"}"#]).contains("still-there"));
    drop(first);
    assert!(unix(&path).is_ok());
}

fn http(authentication: Authentication) -> (Channel, SocketAddr) {
    let headers = vec![("Strict-Transport-Security".to_owned(), "max-age=1".to_owned())];
    let endpoint = Endpoint::Http { address: "127.0.0.1:0".parse().unwrap(), authentication, headers };
    let channel = Channel::open(endpoint, Arc::new(Echo)).unwrap();
    let address = channel.address().unwrap();
    (channel, address)
}

fn post(version: &str, headers: &str, body: &str) -> String {
    format!(
        "POST / HTTP/{version}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

/// Sends requests in one go and gives everything that comes back until the server closes.
fn talk(address: SocketAddr, requests: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(requests.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

const BAD_REQUEST: &str = r#"{ "result": 400, "text": "Bad Request" }"#;
const CLOSE: &str = "Connection: close\r\n";

#[test]
fn http_answers_a_command_with_a_list_of_one_answer() {
    let (_channel, address) = http(Authentication::default());
    let answer = talk(address, &post("1.1", CLOSE, r#"{ "command": "x" }"#));
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("\r\nStrict-Transport-Security: max-age=1\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n[ { \"result\": 0, \"text\": \"x\" } ]"), "{answer}");
}

#[test]
fn one_http_connection_serves_several_commands_and_1_0_closes() {
    let (_channel, address) = http(Authentication::default());
    let requests = post("1.1", "", r#"{ "command": "a" }"#) + &post("1.0", "", r#"{ "command": "b" }"#);
    let answer = talk(address, &requests);
    assert_eq!(answer.matches("200 OK").count(), 2, "{answer}");
    assert!(answer.contains("HTTP/1.0 200 OK"), "{answer}");
}

const LONG: &str = r#"{ "command": "long" }"#;
const END: &str = r#"], "result": 0, "text": "300" }"#;

#[test]
fn a_long_answer_comes_whole_over_a_unix_channel_however_slowly_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _channel = unix(&path).unwrap();
    let mut slow = UnixStream::connect(&path).unwrap();
    slow.write_all(LONG.as_bytes()).unwrap();
    // Whoever reads slowly holds nobody up.
    assert!(ask(&path, &[LONG]).ends_with(END));
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.len() > PIECES * 65_536 && answer.ends_with(END));
}

#[test]
fn a_long_answer_over_http_is_chunked_and_to_1_0_ends_with_the_connection() {
    let (_channel, address) = http(Authentication::default());
    let old = talk(address, &post("1.0", "Connection: keep-alive\r\n", LONG));
    let (head, body) = old.split_once("\r\n\r\n").unwrap();
    assert!(!head.contains("Content-Length") && head.contains("\r\nConnection: close"), "{head}");
    assert!(body.starts_with("[ { \"arguments\": [ 0 ") && body.ends_with(&format!("{END} ]")));
    let new = talk(address, &(post("1.1", "", LONG) + &post("1.1", CLOSE, r#"{ "command": "x" }"#)));
    let (head, mut rest) = new.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\nTransfer-Encoding: chunked"), "{head}");
    let mut unframed = String::new();
    loop {
        let (length, chunk) = rest.split_once("\r\n").unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        let (piece, after) = chunk.split_at(length);
        unframed.push_str(piece);
        rest = after.strip_prefix("\r\n").unwrap();
        if length == 0 {
            break;
        }
    }
    assert_eq!(unframed, body);
    assert!(rest.starts_with("HTTP/1.1 200 OK\r\n"), "the connection goes on");
}

#[test]
fn http_refuses_what_kea_refuses_in_the_same_words() {
    let (_channel, address) = http(Authentication::default());
    let body = r#"{ "command": "x" }"#;
    let charset = post("1.1", CLOSE, body).replace("application/json", "application/json; charset=utf-8");
    let lengthless = post("1.1", CLOSE, body).replace("Content-Length", "X-Length");
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "garbage\r\n\r\n".to_owned(),
        charset,
        lengthless,
        post("1.1", CLOSE, "no json"),
    ] {
        let answer = talk(address, &request);
        assert!(answer.contains(" 400 Bad Request\r\n"), "{request} → {answer}");
        assert!(answer.ends_with(BAD_REQUEST), "{request} → {answer}");
    }
    // What is JSON but no command is an answer like any other.
    assert!(talk(address, &post("1.1", CLOSE, "{}")).contains(" 200 OK"));
}

#[test]
fn http_asks_who_it_is_where_that_is_configured() {
    let clients = vec![("admin".to_owned(), "secret".to_owned())];
    let (_channel, address) = http(Authentication { realm: "kea".to_owned(), clients });
    let refused = talk(address, &post("1.1", CLOSE, r#"{ "command": "x" }"#));
    assert!(refused.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{refused}");
    assert!(refused.contains("WWW-Authenticate: Basic realm=\"kea\"\r\n"), "{refused}");
    let headers = format!("{CLOSE}Authorization: Basic YWRtaW46c2VjcmV0\r\n");
    assert!(talk(address, &post("1.1", &headers, r#"{ "command": "x" }"#)).contains(" 200 OK"));
}
