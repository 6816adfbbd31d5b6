use std::fs;
use std::path::Path;

use super::*;

fn run(words: &str) -> (ExitCode, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = main(words.split_whitespace().map(OsString::from), &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn words_for(directory: &Path) -> String {
    let file = |suffix: &str| directory.join(format!("leases{suffix}")).display().to_string();
    format!(
        "-4 -d -c ignored -p {} -x {} -i {} -o {} -f {}",
        file(".pid"),
        file(".2"),
        file(".1"),
        file(".output"),
        file(".completed")
    )
}

const HEADER: &str =
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n";

#[test]
fn wrong_usage_is_told_as_kea_tells_it() {
    for (words, wrong) in [
        ("", "DHCP version required"),
        ("-6 -c x", "PID file not specified"),
        ("-4 -c x -p y -x z", "Copy file not specified"),
        ("-4 -p a -x b -i c -o d -f e", "Config file not specified"),
        ("-4 -c x -p", "Missing option argument"),
        ("-z", "Unknown argument"),
        ("-4 extra", "Extraneous parameters."),
    ] {
        let (code, out, err) = run(words);
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE), "{words}");
        assert_eq!(out, "");
        assert_eq!(err, format!("Usage error: {wrong}\n{USAGE}\nService failed: {wrong}\n"), "{words}");
    }
    assert_eq!(run("-v").1, "3.0.4\n");
    assert!(run("-h").2.starts_with("Usage: kea-lfc\n"));
}

#[test]
fn two_files_become_one_with_the_last_row_of_each_lease() {
    let directory = tempfile::tempdir().unwrap();
    let row = |number: u8, valid: u32, name: &str| {
        format!("192.0.2.{number},02:00:00:00:00:01,,{valid},4000000000,1,0,0,{name},0,,0\n")
    };
    let file = |suffix: &str| directory.path().join(format!("leases{suffix}"));
    fs::write(file(".2"), [HEADER, &row(9, 60, "old"), &row(1, 60, "kept"), &row(5, 60, "gone")].concat()).unwrap();
    fs::write(file(".1"), [HEADER, "bad\n", &row(9, 60, "new"), &row(5, 0, "gone")].concat()).unwrap();
    let (_, out, err) = run(&words_for(directory.path()));
    assert!(out.starts_with("Protocol version:    DHCPv4\nPrevious or ex lease file: "), "{out}");
    for part in
        ["LFC_READ_STATS Leases: 5, attempts: 8, errors: 1.", "LFC_WRITE_STATS Leases: 2, attempts: 2, errors: 0."]
    {
        assert!(err.contains(part), "{err}");
    }
    assert_eq!(fs::read_to_string(file(".2")).unwrap(), [HEADER, &row(1, 60, "kept"), &row(9, 60, "new")].concat());
    for suffix in [".1", ".output", ".completed", ".pid"] {
        assert!(!file(suffix).exists(), "{suffix}");
    }
}

#[test]
fn a_completed_file_only_takes_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let file = |suffix: &str| directory.path().join(format!("leases{suffix}"));
    fs::write(file(".completed"), "whatever").unwrap();
    fs::write(file(".1"), "not read").unwrap();
    run(&words_for(directory.path()));
    assert_eq!(fs::read_to_string(file(".2")).unwrap(), "whatever");
    assert!(!file(".1").exists());
}

#[test]
fn a_foreign_file_is_left_alone_and_the_exit_code_is_still_zero() {
    let directory = tempfile::tempdir().unwrap();
    let copy = directory.path().join("leases.1");
    fs::write(&copy, "foo,bar\n").unwrap();
    let (code, _, err) = run(&words_for(directory.path()));
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    assert!(
        err.contains("FATAL [DhcpLFC/") && err.contains("LFC_FAIL_PROCESS : invalid header 'foo,bar' in CSV file"),
        "{err}"
    );
    assert!(copy.exists());
}
