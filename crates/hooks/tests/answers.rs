//! Whether features answer commands as a Kea 3.0.4 did, word for word: `answers/` has what it was asked and what it said.

#![expect(clippy::unwrap_used, reason = "a broken recording should stop the test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use config::json::Node;
use config::{ConfigError, Configuration, Directories, Origin, Surroundings};
use control::{Command, catalogue};
use engine::Count;
use hooks::{Configurator, Desk, Statistics};
use model::{Family, LeaseKind, Model, SubnetId, UnixTime};
use store::LeaseStore;

/// Statistics that remember how they were moved.
#[derive(Default)]
struct Tally(Mutex<BTreeMap<(SubnetId, String), i128>>);

impl Tally {
    /// Starts with how much the subnets have to give.
    fn of(model: &Model) -> Self {
        let tally = Self::default();
        for (subnet, kind) in model.subnets.iter().flat_map(|subnet| KINDS.map(|kind| (subnet, kind))) {
            let total = subnet.pools_of(kind).iter().map(model::Pool::capacity).sum::<u128>();
            let key = (subnet.id, kind.statistics().total.to_owned());
            tally.0.lock().unwrap().insert(key, i128::try_from(total).unwrap());
        }
        tally
    }
}

const KINDS: [LeaseKind; 3] = [LeaseKind::V4, LeaseKind::Na, LeaseKind::Pd];

impl Statistics for Tally {
    fn count(&self, counts: &[Count]) {
        let mut tally = self.0.lock().unwrap();
        for count in counts {
            let (key, by) = match *count {
                Count::Global(name, by) => ((SubnetId(0), name.to_owned()), by),
                Count::Subnet(subnet, name, by) => ((subnet, name.to_owned()), by),
                Count::Pool(subnet, kind, pool, name, by) => ((subnet, format!("{kind:?} {pool} {name}")), by),
            };
            *tally.entry(key).or_default() += i128::from(by);
        }
    }

    fn of_subnet(&self, subnet: SubnetId, names: [&'static str; 2]) -> [i128; 2] {
        let tally = self.0.lock().unwrap();
        names.map(|name| tally.get(&(subnet, name.to_owned())).copied().unwrap_or(0))
    }

    fn instant(&self) -> String {
        "2026-01-02 03:04:05.000006".to_owned()
    }
}

/// Configurations that are read, and the one served last.
struct Changes(Family, Mutex<Option<Configuration>>);

impl Configurator for Changes {
    fn check(&self, root: &Node) -> Result<Configuration, String> {
        read(self.0, root).map_err(|error| error.to_string())
    }

    fn serve(&self, configuration: Configuration) -> Result<(), String> {
        *self.1.lock().unwrap() = Some(configuration);
        Ok(())
    }
}

fn configuration(family: Family, text: &str) -> Configuration {
    let root = config::json::wire::parse("<wire>", text.as_bytes()).unwrap();
    read(family, root.get(family.pick("Dhcp4", "Dhcp6")).unwrap()).unwrap()
}

fn read(family: Family, tree: &Node) -> Result<Configuration, ConfigError> {
    let directory = || "/var/lib/kea".to_owned();
    let directories =
        Directories { data: directory(), control_sockets: directory(), logs: directory(), hooks: directory() };
    let surroundings = Surroundings {
        interfaces: &[],
        directories: &directories,
        relaxed: true,
        file_mode: &|_| None,
        file_text: &|_| None,
    };
    config::configure(family, tree, Origin::Command, &surroundings)
}

fn desk(family: Family, configuration: &str) -> (Desk, Arc<Tally>) {
    let configuration = Arc::new(self::configuration(family, configuration));
    let tally = Arc::new(Tally::of(&configuration.model));
    let desk = Desk {
        leases: Arc::new(LeaseStore::new(family)),
        configuration,
        statistics: Arc::<Tally>::clone(&tally),
        configurator: Arc::new(Changes(family, Mutex::new(None))),
        now: UnixTime(1_700_000_000),
        data: "/var/lib/kea".to_owned(),
        lease_file: None,
    };
    (desk, tally)
}

fn ask(desk: &Desk, family: Family, text: &str) -> String {
    let command = Command::parse(text).unwrap();
    ["libdhcp_class_cmds.so", "libdhcp_lease_cmds.so", "libdhcp_stat_cmds.so"]
        .iter()
        .find_map(|library| catalogue::dispatch(hooks::commands(library), desk, family, &command))
        .unwrap_or_else(|| catalogue::unsupported(&command.name))
        .to_json()
}

fn replay(family: Family, recording: &str) {
    let mut lines = recording.lines().skip(1);
    let (desk, tally) = desk(family, lines.next().unwrap());
    let mut wrong = Vec::new();
    while let Some((asked, answered)) = lines.next().zip(lines.next()) {
        let answer = ask(&desk, family, asked);
        if answer != answered {
            wrong.push(format!("{asked}\n  Kea    {answered}\n  Nestor {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
    let counted = tally.0.lock().unwrap();
    let left: Vec<_> = counted.iter().filter(|((_, name), by)| **by != 0 && !name.starts_with("total-")).collect();
    assert!(desk.leases.is_empty() && left.is_empty(), "all leases are wiped, and counted are still {left:?}");
}

#[test]
fn dhcpv4_leases_are_looked_up_and_changed_as_kea_does() {
    replay(Family::V4, include_str!("answers/lease4.txt"));
}

#[test]
fn dhcpv6_leases_are_looked_up_and_changed_as_kea_does() {
    replay(Family::V6, include_str!("answers/lease6.txt"));
}

fn change_classes(family: Family, recording: &str) {
    let mut lines = recording.lines().skip(1);
    let (mut desk, _) = desk(family, lines.next().unwrap());
    let changes = Arc::new(Changes(family, Mutex::new(None)));
    desk.configurator = Arc::<Changes>::clone(&changes);
    let mut wrong = Vec::new();
    while let Some((asked, answered)) = lines.next().zip(lines.next()) {
        let answer = ask(&desk, family, asked);
        if answer != answered {
            wrong.push(format!("{asked}\n  Kea    {answered}\n  Nestor {answer}"));
        }
        if let Some(changed) = changes.1.lock().unwrap().take() {
            desk.configuration = Arc::new(changed);
        }
    }
    assert!(wrong.is_empty(), "{} answers differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn dhcpv4_classes_are_looked_at_and_changed_as_kea_does() {
    change_classes(Family::V4, include_str!("answers/class4.txt"));
}

#[test]
fn dhcpv6_classes_are_looked_at_and_changed_as_kea_does() {
    change_classes(Family::V6, include_str!("answers/class6.txt"));
}

#[test]
fn leases_are_found_by_state_as_newer_keas_do() {
    let (desk, _) = desk(Family::V4, r#"{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24" } ] } }"#);
    for state in 0..4 {
        let lease = format!(r#"{{ "ip-address": "192.0.2.{state}", "hw-address": "2:0", "state": {state} }}"#);
        ask(&desk, Family::V4, &format!(r#"{{ "command": "lease4-add", "arguments": {lease} }}"#));
    }
    let by = |arguments: &str| {
        ask(&desk, Family::V4, &format!(r#"{{ "command": "lease4-get-by-state", "arguments": {{ {arguments} }} }}"#))
    };
    for (wanted, address) in
        [(r#""declined""#, 1), ("1", 1), (r#""assigned""#, 0), (r#""default""#, 0), (r#""released""#, 3)]
    {
        let found = by(&format!(r#""state": {wanted}"#));
        assert!(found.contains(&format!(r#""192.0.2.{address}""#)), "{found}");
        assert!(found.contains("1 IPv4 lease(s) found."), "{found}");
    }
    assert!(by(r#""state": 3, "subnet-id": 7"#).contains("0 IPv4 lease(s) found."));
    assert!(by(r#""state": "lost""#).contains(r#"Invalid state value: \"lost\""#));
}

#[test]
fn written_leases_are_a_lease_file() {
    let folder = tempfile::tempdir().unwrap();
    let (mut desk, _) = desk(Family::V4, r#"{ "Dhcp4": { "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24" } ] } }"#);
    desk.data = folder.path().to_string_lossy().into_owned();
    let lease = r#"{ "ip-address": "192.0.2.9", "hw-address": "2:0:0:0:0:1", "hostname": "A,b", "comment": "x" }"#;
    ask(&desk, Family::V4, &format!(r#"{{ "command": "lease4-add", "arguments": {lease} }}"#));
    let write = r#"{ "command": "lease4-write", "arguments": { "filename": "dump.csv" } }"#;
    let answer = ask(&desk, Family::V4, write);
    assert!(answer.contains(r#""result": 0"#), "{answer}");
    assert_eq!(
        std::fs::read_to_string(folder.path().join("dump.csv")).unwrap(),
        "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n\
         192.0.2.9,02:00:00:00:00:01,,7200,1700007200,1,0,0,a&#x2cb,0,{ \"comment\": \"x\" },0\n"
    );
}
