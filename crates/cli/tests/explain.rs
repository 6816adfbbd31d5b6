//! `nestor explain` on the questions of `docs/explain.md`: what is printed there is what it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// One question of the document.
struct Asked {
    title: String,
    configuration: String,
    leases: Option<String>,
    words: Vec<String>,
    answer: String,
}

/// Reads the block of a language out of a chapter.
fn block(chapter: &str, language: &str) -> Option<String> {
    let (_, rest) = chapter.split_once(&format!("```{language}\n"))?;
    rest.split_once("```").map(|(block, _)| block.to_owned())
}

fn questions() -> Vec<Asked> {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/explain.md");
    let text = fs::read_to_string(document).unwrap();
    let chapters = text.split("\n## ").skip(1).map(|chapter| {
        let console = block(chapter, "console").unwrap();
        let (command, answer) = console.split_once('\n').unwrap();
        Asked {
            title: chapter.lines().next().unwrap().to_owned(),
            configuration: block(chapter, "json").unwrap(),
            leases: block(chapter, "csv"),
            words: command.split_whitespace().skip(2).map(str::to_owned).collect(),
            answer: answer.to_owned(),
        }
    });
    chapters.collect()
}

fn explain(asked: &Asked, words: &[String]) -> String {
    explain_with(asked, words, &capture(&frames()))
}

/// Asks in a folder of its own, where the files that the question names are; a server runs there if one is asked.
fn explain_with(asked: &Asked, words: &[String], capture: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.conf"), asked.configuration.replace(SOCKETS, "")).unwrap();
    fs::write(folder.path().join("x.pcap"), capture).unwrap();
    let leases = asked.leases.as_deref().unwrap_or_default();
    fs::write(folder.path().join("x.csv"), leases).unwrap();
    let words: Vec<String> = words.iter().map(|word| word.replace(SOCKETS, "")).collect();
    let server = asked.configuration.contains("control-sockets").then(|| Daemon::start(folder.path()));
    let before = fs::read_dir(&folder).unwrap().count();
    let said = nestor(folder.path(), &words, "");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), before, "nothing is written");
    assert_eq!(fs::read_to_string(folder.path().join("x.csv")).unwrap(), leases, "nothing is stored");
    drop(server);
    said
}

/// Runs the tool with something on its standard input.
fn nestor(folder: &Path, words: &[String], input: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nestor"));
    command.current_dir(folder).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap_or_default();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// Where sockets are in the document; in a test they are in its folder.
const SOCKETS: &str = "/run/kea/";

/// A server with the configuration of a folder; ended when dropped.
struct Daemon(Child);

impl Daemon {
    fn start(folder: &Path) -> Self {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o750)).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_nestor"));
        command.arg0("kea-dhcp4").args(["-c", "x.conf"]).current_dir(folder);
        for name in ["KEA_PIDFILE_DIR", "KEA_CONTROL_SOCKET_DIR", "KEA_DHCP_DATA_DIR", "KEA_LOG_FILE_DIR"] {
            command.env(name, folder);
        }
        let child = command.env("KEA_LOCKFILE_DIR", "none").stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let daemon = Self(child.unwrap());
        let patience = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(folder.join("kea4.sock")).is_err() {
            assert!(Instant::now() < patience, "the server does not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().unwrap();
    }
}

/// Frames of a capture: something else, and a DISCOVER of a relay's under a VLAN tag.
fn frames() -> [Vec<u8>; 2] {
    let discover = [
        &[1, 1, 6, 1, 0, 0, 0x12, 0x34][..],
        &[0; 16],
        &[198, 51, 100, 1],
        &[2, 0, 0, 0, 0, 1],
        &[0; 202],
        &[0x63, 0x82, 0x53, 0x63, 53, 1, 1, 82, 6, 1, 4],
        b"eth2",
        &[255],
    ]
    .concat();
    let length = |more: usize| u16::try_from(discover.len() + more).unwrap().to_be_bytes();
    let [ip, udp] = [length(28), length(8)];
    let arp = [&[255; 6][..], &[2, 0, 0, 0, 0, 9], &[8, 6], &[0; 46]].concat();
    let frame = [
        &[2, 0, 0, 0, 0, 8][..],
        &[2, 0, 0, 0, 0, 9, 0x81, 0, 0, 42, 8, 0],
        &[0x45, 0, ip[0], ip[1], 0, 0, 0, 0, 64, 17, 0, 0, 198, 51, 100, 1, 192, 0, 2, 1],
        &[0, 67, 0, 67, udp[0], udp[1], 0, 0],
        &discover,
    ]
    .concat();
    [arp, frame]
}

/// Writes a capture as tcpdump does.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = [&0xa1b2_c3d4_u32.to_le_bytes()[..], &[2, 0, 4, 0], &[0; 8], &[0, 0, 4, 0, 1, 0, 0, 0]].concat();
    for frame in frames {
        let size = u32::try_from(frame.len()).unwrap().to_le_bytes();
        file.extend([&[0; 8][..], &size, &size, frame].concat());
    }
    file
}

fn asked(title: &str) -> Asked {
    questions().into_iter().find(|asked| asked.title == title).unwrap()
}

#[test]
fn every_answer_of_the_document_is_what_the_tool_says() {
    let questions = questions();
    assert_eq!(questions.len(), 15);
    for asked in &questions {
        assert_eq!(explain(asked, &asked.words), asked.answer, "{}", asked.title);
    }
}

#[test]
fn the_line_that_matters_is_in_every_answer() {
    for (title, telling) in [
        ("Why does this client get no answer at all?", "looked for a subnet by relay address 203.0.113.1\n"),
        ("Why does this client get no answer at all?", "no answer: the client is in no subnet"),
        ("Why is nothing left?", "no answer: no address is free in subnet 1 (3 in its pools)"),
        ("Why is this phone not in its class?", "substring(option[60].hex, 0, 10) is 'ACME-Phone'"),
        ("Why is this phone not in its class?", "subnet 1 matches, but admits only phones"),
        ("Why is the pool closed to this client?", "of subnet 1 admits only pxe"),
        ("Why is the reservation ignored?", "one of subnet 2 (does not count here)"),
        ("Why does the client not get its reserved address yet?", "conflicting reservation for address 192.0.2.10"),
        (
            "Whose name servers does this printer get?",
            "option 6 from subnet 1; passed over: class printers, the global options",
        ),
        ("Why does the client not get the address it asks for?", "192.0.2.20: lease of [hwtype=1 02:00:00:00:00:0a]"),
        ("Why does nobody answer a laptop that wakes up?", "nothing is known of 192.0.2.30"),
        ("Why was the client refused?", "refuses: 192.0.2.30 is reserved for another client"),
        ("Why does the offer come late?", "192.0.2.10 is asked for before it is offered: 2 ICMP echo requests"),
        ("What did the machine in this capture want?", "frame 2\n"),
        ("What did the machine in this capture want?", "relay4[1].hex == 'eth2' is true"),
        ("What would the server that runs answer now?", "192.0.2.10: lease of [hwtype=1 02:00:00:00:00:0a]"),
    ] {
        assert!(asked(title).answer.contains(telling), "{title} {telling}");
    }
}

#[test]
fn a_packet_can_be_given_as_it_is() {
    let asked = asked("Why is the reservation ignored?");
    let packet = |giaddr: &str| {
        let header = format!("01010600000012340000000000000000{}{giaddr}", "00".repeat(8));
        let client = format!("020000000001{}", "00".repeat(10 + 64 + 128));
        [header.as_str(), &client, "638253633501013204c0000263ff"].concat()
    };
    for (giaddr, from, verdict) in [
        ("00000000", "0.0.0.0 to 255.255.255.255", "offers 192.0.2.99 from subnet 1 for 7200 s"),
        ("c6336401", "198.51.100.1 to 192.0.2.1", "offers 198.51.100.7 from subnet 2 for 7200 s"),
    ] {
        let words = ["explain", "-c", "x.conf", "--packet", &packet(giaddr)].map(str::to_owned);
        let said = explain(&asked, &words);
        assert!(said.contains(&format!("received from {from} ")), "{said}");
        assert!(said.ends_with(&format!("verdict: {verdict}\n")), "{said}");
    }
}

#[test]
fn a_dump_can_be_given_on_the_standard_input() {
    let asked = asked("What did the machine in this capture want?");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.conf"), &asked.configuration).unwrap();
    let [_, frame] = frames();
    let words = ["explain", "-c", "x.conf", "--packet", "-", "--at", "1700000000"].map(str::to_owned);
    let (_, answer) = asked.answer.split_once('\n').unwrap();
    let digits = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>();
    let line =
        |(at, octets): (usize, &[u8])| format!("{:04x}  {:<47}   {}\n", at * 16, digits(octets).join(" "), "ab cd");
    let dump: String = frame.chunks(16).enumerate().map(line).collect();
    for input in [dump, digits(&frame).concat(), digits(&frame[18..]).join(":")] {
        assert_eq!(nestor(folder.path(), &words, &input), answer, "{input}");
    }
}

#[test]
fn all_messages_of_a_capture_are_explained_by_a_server_that_runs() {
    let asked = asked("What would the server that runs answer now?");
    let [arp, discover] = frames();
    let words = ["explain", "--socket", "/run/kea/kea4.sock", "--pcap", "x.pcap"].map(str::to_owned);
    let said = explain_with(&asked, &words, &capture(&[discover.clone(), arp, discover]));
    let frames: Vec<&str> = said.lines().filter(|line| line.starts_with("frame ")).collect();
    assert_eq!(frames, ["frame 1", "frame 3"], "{said}");
    assert_eq!(said.matches("received from 198.51.100.1 to 192.0.2.1 ").count(), 2, "{said}");
    assert_eq!(said.matches("verdict: no answer: the client is in no subnet").count(), 2, "{said}");
    let none = explain_with(&asked, &words, &capture(&[]));
    assert!(none.ends_with("none of 0 frames is a DHCPv4 message for a server\n"), "{none}");
}

#[test]
fn a_question_that_makes_no_sense_is_refused_with_the_reason() {
    let asked = asked("Why is the reservation ignored?");
    for (words, reason) in [
        ("explain", "explain needs a configuration: -c FILE, or a running server: --socket PATH"),
        ("explain -c x.conf --socket s", "not both"),
        ("explain --socket none.sock", "none.sock: No such file"),
        ("explain -c x.conf --frame 2", "--frame is one of --pcap FILE"),
        ("explain -c x.conf --pcap x.pcap --frame 1", "x.pcap: frame 1 is no DHCPv4 message for a server"),
        ("explain -c x.conf --pcap x.pcap --frame 3", "there is no frame 3, they are numbered from 1 to 2"),
        ("explain -c x.conf --pcap x.conf", "x.conf: the file is neither pcap nor pcapng"),
        ("explain -c x.conf --mac 02:zz", "'02:zz' is no hexadecimal number"),
        ("explain -c x.conf --message solve", "IPv4 has no message 'solve'; there are discover"),
        ("explain -c x.conf --message confirm", "has no message 'confirm'"),
        ("explain -c x.conf --requested 2001:db8::1", "2001:db8::1 is no IPv4 address"),
        ("explain -c x.conf --leases none.csv", "none.csv: no such lease file"),
        ("explain -c none.conf", "none.conf: No such file"),
        ("explain -c x.conf --colour red", "--colour"),
    ] {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let said = explain(&asked, &words);
        assert!(said.starts_with("nestor: ") && said.contains(reason), "{said}");
    }
}
