//! `nestor explain` on the questions of `docs/explain.md`: what is printed there is what it says.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its files has failed")]

use std::fs;
use std::path::Path;
use std::process::Command;

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
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.conf"), &asked.configuration).unwrap();
    if let Some(leases) = &asked.leases {
        fs::write(folder.path().join("x.csv"), leases).unwrap();
    }
    let output = Command::new(env!("CARGO_BIN_EXE_nestor")).current_dir(&folder).args(words).output().unwrap();
    let count = fs::read_dir(&folder).unwrap().count();
    assert_eq!(count, 1 + usize::from(asked.leases.is_some()), "nothing is written");
    if let Some(leases) = &asked.leases {
        assert_eq!(&fs::read_to_string(folder.path().join("x.csv")).unwrap(), leases, "nothing is stored");
    }
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

fn asked(title: &str) -> Asked {
    questions().into_iter().find(|asked| asked.title == title).unwrap()
}

#[test]
fn every_answer_of_the_document_is_what_the_tool_says() {
    let questions = questions();
    assert_eq!(questions.len(), 11);
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
fn a_question_that_makes_no_sense_is_refused_with_the_reason() {
    let asked = asked("Why is the reservation ignored?");
    for (words, reason) in [
        ("explain", "explain needs a configuration: -c FILE"),
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
