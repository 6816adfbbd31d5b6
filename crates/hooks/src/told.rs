//! What the log tells of features and their commands, under Kea's message identifiers.

use config::json::{Node, print};
use control::{Answer, Command, ResultCode};

use crate::{class_cmds, lease_cmds, stat_cmds};

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The message identifier.
    pub id: String,
    /// The text behind it.
    pub text: String,
}

fn told(id: impl Into<String>, text: impl Into<String>) -> Told {
    Told { id: id.into(), text: text.into() }
}

/// Tells that a library is in use; nothing of one that is not served.
pub fn loaded(library: &str) -> Option<Told> {
    Some(match library {
        lease_cmds::LIBRARY => told("LEASE_CMDS_INIT_OK", "loading Lease Commands hooks library successful"),
        class_cmds::LIBRARY => told("CLASS_CMDS_INIT_OK", "loading Class Commands hooks library successful"),
        "libdhcp_ddns_tuning.so" => told("DDNS_TUNING_LOAD_OK", "DDNS Tuning hooks library loaded successfully."),
        "libdhcp_ping_check.so" => told("PING_CHECK_LOAD_OK", "Ping Check hooks library loaded successfully."),
        stat_cmds::LIBRARY => told("STAT_CMDS_INIT_OK", "loading Stat Commands hooks library successful"),
        _ => return None,
    })
}

/// Tells how a command of a library went.
pub fn answered(library: &str, command: &Command, answer: &Answer) -> Option<Told> {
    match library {
        class_cmds::LIBRARY => classes(command, answer),
        lease_cmds::LIBRARY => leases(command, answer),
        stat_cmds::LIBRARY => Some(statistics(command, answer)),
        _ => None,
    }
}

fn classes(command: &Command, answer: &Answer) -> Option<Told> {
    let verb = command.name.strip_prefix("class-")?;
    let id = format!("CLASS_CMDS_CLASS_{}", verb.to_uppercase());
    let said = answer.text.as_deref().unwrap_or_default();
    let arguments = command.arguments.as_ref();
    let class = || arguments.and_then(|map| map.get("client-classes")?.as_list()?.first());
    let named = |map: Option<&Node>| map.and_then(|map| map.get("name")?.as_str()).unwrap_or_default().to_owned();
    let (done, missing, failed) = match verb {
        "add" => ("class added", "", "failed to add a new class"),
        "update" => ("class updated", "class not updated (not found)", "failed to update a class"),
        "del" => ("class deleted", "class not deleted (not found)", "failed to delete a class"),
        "get" => ("successfully retrieved a class", "specified class was not found", "failed to retrieve a class"),
        "list" if answer.result == ResultCode::Empty => return Some(told(format!("{id}_EMPTY"), "no class was found")),
        _ => return Some(told(id, "successfully retrieved classes names")),
    };
    let changes = matches!(verb, "add" | "update");
    Some(match answer.result {
        ResultCode::Success if changes => told(id, format!("{done}: {}", class().map(print::compact)?)),
        ResultCode::Success => told(id, format!("{done}: {}", named(arguments))),
        ResultCode::Empty => {
            let whose = if changes { class() } else { arguments };
            told(format!("{id}_EMPTY"), format!("{missing}: {}", named(whose)))
        }
        ResultCode::Error | ResultCode::Unsupported | ResultCode::Conflict | ResultCode::Fatal => {
            told(format!("{id}_FAILED"), format!("{failed}: {said}"))
        }
    })
}

/// Kea: tells of the commands that change something, and of look-ups of one lease that fail.
fn leases(command: &Command, answer: &Answer) -> Option<Told> {
    let name = &command.name;
    let (family, verb) = name.strip_prefix("lease")?.split_once('-')?;
    let id = format!("LEASE_CMDS_{}{family}", verb.replace('-', "_").to_uppercase());
    let said = answer.text.as_deref().unwrap_or_default();
    let node = command.arguments.as_ref();
    let given = || node.map_or_else(|| "<no args>".to_owned(), print::compact);
    Some(match (verb, answer.result) {
        ("resend-ddns", ResultCode::Success) => told(id, said),
        ("resend-ddns", _) => told(format!("{id}_FAILED"), format!("{name} command failed: {said}")),
        ("add" | "update" | "del", ResultCode::Success) => {
            let address = node?.get("ip-address")?.as_str()?;
            told(id, format!("{name} command successful (address: {address})"))
        }
        ("wipe", ResultCode::Success | ResultCode::Empty) => {
            told(id, format!("{name} command successful (parameters: {})", given()))
        }
        ("bulk-apply", ResultCode::Success | ResultCode::Empty) => {
            let count = said.split(' ').find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
            told(id, format!("{name} command successful (applied addresses count: {count})"))
        }
        ("add" | "update", ResultCode::Conflict) => {
            let why = format!("{name} command failed due to conflict (parameters: {}, reason: {said})", given());
            told(format!("{id}_CONFLICT"), why)
        }
        ("add" | "update" | "del" | "wipe" | "bulk-apply" | "get", ResultCode::Error) => {
            let why = format!("{name} command failed (parameters: {}, reason: {said})", given());
            told(format!("{id}_FAILED"), why)
        }
        _ => return None,
    })
}

fn statistics(command: &Command, answer: &Answer) -> Told {
    let name = &command.name;
    let id = format!("STAT_CMDS_{}", name.trim_start_matches("stat-").replace('-', "_").to_uppercase());
    let said = answer.text.as_deref().unwrap_or_default();
    let (asked, found) = said.strip_prefix(name.as_str()).and_then(|rest| rest.split_once(": ")).unwrap_or_default();
    match answer.result {
        ResultCode::Success => {
            let rows = found.split(' ').next().unwrap_or_default();
            told(id, format!("{name} command successful, parameters: {asked} rows found: {rows}"))
        }
        ResultCode::Empty => {
            let why = found.strip_prefix("no matching data, ").unwrap_or(found);
            told(format!("{id}_NO_SUBNETS"), format!("{name}, parameters: {asked}, {why}"))
        }
        ResultCode::Error | ResultCode::Unsupported | ResultCode::Conflict | ResultCode::Fatal => {
            let why = format!("{name} command is malformed or invalid, reason: {said}");
            told(format!("{id}_INVALID"), why)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, answer: &Answer) -> String {
        let command = Command::parse(text).unwrap();
        let of_statistics = command.name.starts_with("stat-");
        let library = if of_statistics { stat_cmds::LIBRARY } else { lease_cmds::LIBRARY };
        let line = answered(library, &command, answer);
        line.map(|Told { id, text }| format!("{id} {text}")).unwrap_or_default()
    }

    #[test]
    fn a_change_and_its_failure_are_told_with_keas_words() {
        let add = r#"{ "command": "lease4-add", "arguments": { "ip-address": "192.0.2.1" } }"#;
        assert_eq!(
            said(add, &Answer::success("added")),
            "LEASE_CMDS_ADD4 lease4-add command successful (address: 192.0.2.1)"
        );
        assert_eq!(
            said(add, &Answer::conflict("IPv4 lease already exists.")),
            "LEASE_CMDS_ADD4_CONFLICT lease4-add command failed due to conflict (parameters: \
             { \"ip-address\": \"192.0.2.1\" }, reason: IPv4 lease already exists.)"
        );
        assert_eq!(
            said(r#"{ "command": "lease6-wipe" }"#, &Answer::empty("Deleted 0")),
            "LEASE_CMDS_WIPE6 lease6-wipe command successful (parameters: <no args>)"
        );
        assert_eq!(
            said(r#"{ "command": "lease6-bulk-apply" }"#, &Answer::success("Bulk apply of 2 IPv6 leases completed.")),
            "LEASE_CMDS_BULK_APPLY6 lease6-bulk-apply command successful (applied addresses count: 2)"
        );
        assert_eq!(said(r#"{ "command": "lease4-get-all" }"#, &Answer::success("1 IPv4 lease(s) found.")), "");
    }

    #[test]
    fn classes_are_told_by_name_and_changes_as_a_whole() {
        let line = |text: &str, answer: &Answer| {
            let command = Command::parse(text).unwrap();
            answered(class_cmds::LIBRARY, &command, answer).map(|Told { id, text }| format!("{id} {text}")).unwrap()
        };
        let add = r#"{ "command": "class-add", "arguments": { "client-classes": [ { "name": "c1" } ] } }"#;
        assert_eq!(line(add, &Answer::success("")), r#"CLASS_CMDS_CLASS_ADD class added: { "name": "c1" }"#);
        assert_eq!(line(add, &Answer::error("no")), "CLASS_CMDS_CLASS_ADD_FAILED failed to add a new class: no");
        let update = add.replace("-add", "-update");
        assert_eq!(
            line(&update, &Answer::empty("")),
            "CLASS_CMDS_CLASS_UPDATE_EMPTY class not updated (not found): c1"
        );
        let del = r#"{ "command": "class-del", "arguments": { "name": "c1" } }"#;
        assert_eq!(line(del, &Answer::success("")), "CLASS_CMDS_CLASS_DEL class deleted: c1");
        assert_eq!(
            line(r#"{ "command": "class-list" }"#, &Answer::empty("")),
            "CLASS_CMDS_CLASS_LIST_EMPTY no class was found"
        );
    }

    #[test]
    fn statistics_are_told_with_what_was_asked_and_found() {
        let get = r#"{ "command": "stat-lease4-get" }"#;
        assert_eq!(
            said(get, &Answer::success("stat-lease4-get[all subnets]: 3 rows found")),
            "STAT_CMDS_LEASE4_GET stat-lease4-get command successful, parameters: [all subnets] rows found: 3"
        );
        assert_eq!(
            said(get, &Answer::empty("stat-lease4-get[subnet-id=9]: no matching data, subnet-id: 9 does not exist")),
            "STAT_CMDS_LEASE4_GET_NO_SUBNETS stat-lease4-get, parameters: [subnet-id=9], subnet-id: 9 does not exist"
        );
    }
}
