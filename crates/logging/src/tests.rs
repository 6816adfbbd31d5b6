use std::fs;
use std::path::Path;

use model::{Message, Severity};

use crate::*;

fn output(path: &Path, pattern: &str) -> OutputSpec {
    OutputSpec { pattern: pattern.to_owned(), ..OutputSpec::new(Destination::File(path.to_owned())) }
}

fn spec(name: &str, severity: &str, outputs: Vec<OutputSpec>) -> LoggerSpec {
    LoggerSpec { name: name.to_owned(), severity: severity.parse().ok(), debuglevel: 0, outputs }
}

const fn message(severity: Severity, debuglevel: u8, logger: &'static str) -> Message {
    Message { id: "AN_ID", severity, debuglevel, logger }
}

/// What one message gives under a pattern.
fn line(pattern: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let logs = Logs::new("kea-dhcp6", false, None);
    logs.replace(&[spec("kea-dhcp6", "INFO", vec![output(&path, pattern)])]).unwrap();
    logs.log(&message(Severity::Warn, 0, "dhcp6"), format_args!("text {}", 1));
    fs::read_to_string(&path).unwrap()
}

#[test]
fn patterns_print_what_log4cplus_prints() {
    let pid = std::process::id().to_string();
    let table = [
        ("%c|%-20c|%.5c|%20.30c", "kea-dhcp6.dhcp6|kea-dhcp6.dhcp6     |dhcp6|     kea-dhcp6.dhcp6"),
        ("%5.3m|%.0m|%3.9p", "  t 1||WARN"),
        ("%p|%-6p|%6p|%.2p", "WARN|WARN  |  WARN|RN"),
        ("%m%n", "AN_ID text 1\n"),
        ("%i", pid.as_str()),
        ("%c{1}|%c{2}|%c{9}|%c{x}", "dhcp6|kea-dhcp6.dhcp6|kea-dhcp6.dhcp6|kea-dhcp6.dhcp6"),
        ("%q|%Q|%y|%-|%5|%%|%", "%q|%Q|%y|%-|%5|%|%"),
        ("%F%L%M%b%x%X%X{a}|%l", "|:"),
        ("%E{NO_SUCH_VARIABLE}.", "."),
        ("plain", "plain"),
    ];
    for (pattern, expected) in table {
        assert_eq!(line(pattern), expected, "{pattern}");
    }
}

#[test]
fn dates_follow_their_format_and_an_unclosed_brace_swallows_the_rest() {
    let shape = |text: &str| text.chars().map(|letter| if letter.is_ascii_digit() { '9' } else { letter }).collect();
    let table = [
        ("%D", "9999-99-99 99:99:99"),
        ("%d|", "9999-99-99 99:99:99|"),
        ("%D{%H:%M:%S.%Q}", "99:99:99.999.999"),
        ("%D{%q}", "999"),
        ("%D{%H|zz\n", "9999-99-99 99:99:99"),
        ("", "9999-99-99 99:99:99.999 WARN  [kea-dhcp9.dhcp9/PID.TID] AN_ID text 9\n"),
    ];
    for (pattern, expected) in table {
        let mut found: String = shape(&line(pattern));
        if pattern.is_empty() {
            let (before, rest) = found.split_once('/').unwrap();
            let (numbers, after) = rest.split_once(']').unwrap();
            assert!(numbers.split('.').all(|number| number.chars().all(|digit| digit == '9')), "{numbers}");
            found = format!("{before}/PID.TID]{after}");
        }
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn the_pattern_json_gives_one_object_per_line() {
    let text = line("json");
    assert!(text.starts_with("{\"timestamp\":\"2"), "{text}");
    let rest = ",\"id\":\"AN_ID\",\"message\":\"text 1\"}\n";
    assert!(
        text.contains("\"severity\":\"WARN\",\"logger\":\"kea-dhcp6.dhcp6\",\"pid\":") && text.ends_with(rest),
        "{text}"
    );
}

#[test]
fn a_logger_prints_from_its_severity_on() {
    let gravest_last = [Severity::Debug, Severity::Info, Severity::Warn, Severity::Error, Severity::Fatal];
    let table = [("DEBUG", 5), ("info", 4), ("Warn", 3), ("ERROR", 2), ("FATAL", 1), ("NONE", 0)];
    let logs = Logs::new("kea-dhcp6", false, None);
    for (name, count) in table {
        logs.replace(&[spec("kea-dhcp6", name, Vec::new())]).unwrap();
        let allowed = gravest_last.map(|severity| logs.enabled(&message(severity, 0, "leases")));
        assert_eq!(allowed.iter().filter(|allowed| **allowed).count(), count, "{name}");
        assert!(allowed.is_sorted(), "{name}");
        assert_eq!(logs.enabled(&message(Severity::Fatal, 0, "outside-hooks")), count > 0, "{name}");
    }
    assert_eq!("LOUD".parse::<Threshold>().unwrap_err().to_string(), "unrecognized log severity: LOUD");
}

#[test]
fn debug_messages_need_the_level_and_a_verbose_start_prints_all() {
    let logs = Logs::new("kea-dhcp6", false, None);
    let mut debug = spec("kea-dhcp6.leases", "DEBUG", Vec::new());
    debug.debuglevel = 40;
    logs.replace(&[debug.clone()]).unwrap();
    assert!(logs.enabled(&message(Severity::Debug, 40, "leases")));
    assert!(!logs.enabled(&message(Severity::Debug, 41, "leases")));
    assert!(!logs.enabled(&message(Severity::Debug, 0, "dhcp6")));
    assert!(logs.enabled(&message(Severity::Info, 0, "dhcp6")));
    let verbose = Logs::new("kea-dhcp6", true, None);
    verbose.replace(&[spec("kea-dhcp6", "NONE", Vec::new())]).unwrap();
    assert!(Message::all().all(|message| verbose.enabled(message)));
    debug.debuglevel = 100;
    let why = logs.replace(&[debug]).unwrap_err().to_string();
    assert_eq!(why, "Unsupported debuglevel value 100, expected 0-99");
}

#[test]
fn outputs_are_those_of_the_nearest_logger_that_has_any() {
    let directory = tempfile::tempdir().unwrap();
    let (root, child) = (directory.path().join("root"), directory.path().join("child"));
    let logs = Logs::new("kea-dhcp6", false, None);
    logs.replace(&[
        spec("kea-dhcp6", "INFO", vec![output(&root, "%c\n")]),
        spec("kea-dhcp6.dhcp6", "", vec![output(&child, "%c\n"), output(&root, "also %c\n")]),
        spec("kea-dhcp6.leases", "ERROR", Vec::new()),
        spec("elsewhere", "DEBUG", vec![output(&child, "never\n")]),
    ])
    .unwrap();
    for logger in ["", "dhcp6", "dhcp6.below", "leases", "hosts"] {
        logs.log(&message(Severity::Info, 0, logger), format_args!("x"));
    }
    logs.log(&message(Severity::Error, 0, "leases"), format_args!("x"));
    let root = fs::read_to_string(root).unwrap();
    assert_eq!(
        root,
        "kea-dhcp6\nalso kea-dhcp6.dhcp6\nalso kea-dhcp6.dhcp6.below\nkea-dhcp6.hosts\nkea-dhcp6.leases\n"
    );
    assert_eq!(fs::read_to_string(child).unwrap(), "kea-dhcp6.dhcp6\nkea-dhcp6.dhcp6.below\n");
}

#[test]
fn a_file_that_cannot_be_opened_leaves_the_old_loggers_in_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let logs = Logs::new("kea-dhcp6", false, None);
    logs.replace(&[spec("kea-dhcp6", "INFO", vec![output(&path, "%m\n")])]).unwrap();
    let bad = spec("kea-dhcp6", "NONE", vec![output(directory.path(), "%m\n")]);
    let why = logs.replace(&[bad]).unwrap_err().to_string();
    assert!(why.starts_with(&format!("unable to open log file '{}': ", directory.path().display())), "{why}");
    logs.log(&message(Severity::Info, 0, ""), format_args!("still here"));
    let new = logs.prepare(&[spec("kea-dhcp6", "NONE", Vec::new())]).unwrap();
    let old = logs.swap(new);
    logs.log(&message(Severity::Fatal, 0, ""), format_args!("unheard"));
    logs.swap(old);
    logs.log(&message(Severity::Info, 0, ""), format_args!("back"));
    assert_eq!(fs::read_to_string(path).unwrap(), "AN_ID still here\nAN_ID back\n");
}

#[test]
fn a_file_is_rotated_beyond_its_size_and_the_newest_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let logs = Logs::new("kea-dhcp6", false, Some(directory.path().join("logger_lockfile")));
    let mut rotated = output(&path, "%m\n");
    (rotated.maxsize, rotated.maxver) = (204_800, 2);
    logs.replace(&[spec("kea-dhcp6", "INFO", vec![rotated])]).unwrap();
    let padding = "x".repeat(1024 * 101);
    for number in 0..9 {
        logs.log(&message(Severity::Info, 0, ""), format_args!("{number} {padding}"));
    }
    let firsts = |name: &str| {
        let text = fs::read_to_string(directory.path().join(name)).ok()?;
        Some(text.lines().map(|line| line.split(' ').nth(1).unwrap().to_owned()).collect::<String>())
    };
    let found = ["log", "log.1", "log.2", "log.3"].map(firsts);
    assert_eq!(found, [Some("8".to_owned()), Some("67".to_owned()), Some("45".to_owned()), None]);
    assert!(directory.path().join("logger_lockfile").exists());
}

#[test]
fn a_small_maxsize_turns_rotation_off_and_flush_off_delays_all_but_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let logs = Logs::new("kea-dhcp6", false, None);
    let mut lazy = output(&path, "%m\n");
    (lazy.maxsize, lazy.flush) = (10, false);
    logs.replace(&[spec("kea-dhcp6", "INFO", vec![lazy])]).unwrap();
    logs.log(&message(Severity::Info, 0, ""), format_args!("one"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
    logs.log(&message(Severity::Fatal, 0, ""), format_args!("two"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "AN_ID one\nAN_ID two\n");
    logs.log(&message(Severity::Info, 0, ""), format_args!("three"));
    logs.flush().unwrap();
    assert!(fs::read_to_string(&path).unwrap().ends_with("three\n"));
    assert_eq!((logs.lost(), fs::read_dir(directory.path()).unwrap().count()), (0, 1));
}

#[test]
fn concurrent_writers_do_not_interleave_their_lines() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("log");
    let logs = Logs::new("kea-dhcp6", false, None);
    let outputs = vec![output(&path, "%m\n"), output(&path, "%-300m|\n")];
    logs.replace(&[spec("kea-dhcp6", "INFO", outputs)]).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8_u32 {
            let logs = logs.clone();
            scope.spawn(move || {
                for number in 0..200_u32 {
                    logs.log(&message(Severity::Info, 0, "dhcp6"), format_args!("{writer} {number} end"));
                }
            });
        }
    });
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().count(), 3200);
    assert!(text.lines().all(|line| line.starts_with("AN_ID ") && (line.ends_with(" end") || line.len() == 301)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(256))]

    #[test]
    fn no_pattern_panics(pattern in "([%{}.0-9cdDqQpitmnFLMhHrxXEbly -]|\\PC){0,24}") {
        line(&pattern);
    }
}
