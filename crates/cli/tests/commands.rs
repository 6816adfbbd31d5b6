//! `nestor` as its users call it, with the server it was built with.

use std::process::Command;

#[cfg(test)]
fn nestor(words: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_nestor")).args(words).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn the_demonstration_binds_every_client_and_sees_a_renewal() {
    let (code, said) = nestor(&["demo", "--once"]);
    assert_eq!(code, Some(0), "{said}");
    // Without the right to make hosts there is no DHCPv4.
    assert!(["6 of 6", "3 of 3"].iter().any(|all| said.contains(&format!("{all} clients were bound"))), "{said}");
}

#[test]
fn five_kills_lose_no_acknowledged_lease() {
    let (code, said) = nestor(&["crash-test", "--kills", "5", "--clients", "4"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" 0 lost, 0 doubled"), "{said}");
}

#[test]
fn a_wrong_flag_prints_the_usage_and_exits_with_one() {
    let (code, said) = nestor(&["demo", "--fast"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("usage: nestor demo"), "{said}");
}
