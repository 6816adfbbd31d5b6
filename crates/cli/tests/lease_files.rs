//! Lease files to and from a real Kea 3.0 in the directory `NESTOR_REFERENCE`; skipped loudly where there is none, and
//! without root.

#[cfg(test)]
mod reference {
    use std::fmt::Write as _;
    use std::fs;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::process::{Child, Command, Stdio};
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use model::{Family, Lease, LeaseState, MacSource, Owner, Resource, Seconds, SubnetId, UnixTime};
    use store::{LeaseStore, SystemDisk};
    use wire::{Duid, HardwareAddress};

    const V4: &str = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id";
    const V6: &str = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id";
    const SUFFIXES: [&str; 4] = [".1", ".2", ".completed", ".output"];

    /// Files beside each other where the reference installation keeps its leases (it takes none from directories below);
    /// removed when dropped.
    struct Inside {
        root: PathBuf,
        prefix: tempfile::TempDir,
    }

    impl Drop for Inside {
        fn drop(&mut self) {
            let name = self.prefix.path().file_name().unwrap().to_str().unwrap();
            for entry in fs::read_dir(self.prefix.path().parent().unwrap()).unwrap().flatten() {
                let other = entry.file_name().into_string().unwrap();
                if other.starts_with(name) && other != name {
                    drop(fs::remove_file(entry.path()));
                }
            }
        }
    }

    impl Inside {
        fn new() -> Option<Self> {
            let root = std::env::var_os("NESTOR_REFERENCE").map_or_else(|| "/opt/reference".into(), PathBuf::from);
            let there = rustix::process::geteuid().is_root() && root.join("var/lib/kea").is_dir();
            if !there {
                eprintln!("SKIPPED: no Kea 3.0 in {}, or not root", root.display());
                return None;
            }
            let prefix = tempfile::Builder::new().prefix("nestor-").tempdir_in(root.join("var/lib/kea")).unwrap();
            Some(Self { root, prefix })
        }

        fn outside(&self, name: &str) -> PathBuf {
            PathBuf::from(format!("{}-{name}", self.prefix.path().display()))
        }

        fn inside(&self, name: &str) -> String {
            format!("/{}", self.outside(name).strip_prefix(&self.root).unwrap().display())
        }

        fn command(&self, program: &str) -> Command {
            let mut command = Command::new("chroot");
            command.arg(&self.root).arg(program).env("KEA_LOCKFILE_DIR", "none");
            command
        }
    }

    /// The same choices on every run.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % sides
        }

        fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
            of[usize::try_from(self.roll(of.len().try_into().unwrap())).unwrap()]
        }
    }

    const CONTEXTS: [&str; 4] =
        ["", "{ }", r#"{"z":1&#x2c"a":[ ]&#x2c"t":"\u0041\/é"}"#, r#"{ "ISC": { "x": [ "A"&#x2c null ] } }"#];

    fn row(family: Family, dice: &mut Dice) -> String {
        let (valid, state) = (dice.pick(&["0", "60", "3600", "4294967295"]), dice.roll(4));
        let (expire, subnet, pool) = (dice.roll(4_000_000_000) + 4_294_967_295, dice.roll(9), dice.roll(3));
        let (hostname, context) = (dice.pick(&["", "h.example.", "a&#x2cb", "A B", "x&y"]), dice.pick(&CONTEXTS));
        let (octet, place) = (dice.roll(256), dice.roll(300));
        match family {
            Family::V4 => {
                let client = dice.pick(&["", "01:02:03", "1"]);
                let address = format!("192.0.{}.{}", place / 256, place % 256);
                format!(
                    "{address},02:00:00:00:00:{octet:02x},{client},{valid},{expire},{subnet},1,0,{hostname},{state},{context},{pool}\n"
                )
            }
            Family::V6 => {
                let hw = dice.pick(&[",|,", "02:00|1,2", "02:00|,", "zz|,"]);
                let (hw, source) = hw.split_once('|').unwrap();
                let hw = hw.trim_end_matches(',');
                let kind =
                    dice.pick(&["fd00::|,0|128", "fd00:|::,2|56", "fd00:|::,2|64"]).split('|').collect::<Vec<_>>();
                let address = format!("{}{place:x}{}", kind[0], kind[1].split_once(',').unwrap().0);
                let (lease_type, length) = (kind[1].split_once(',').unwrap().1, kind[2]);
                format!(
                    "{address},00:01:02:{octet:02x},{valid},{expire},{subnet},7,{lease_type},{place},{length},0,1,{hostname},{hw},{state},{context},{source},{pool}\n"
                )
            }
        }
    }

    fn file(family: Family, dice: &mut Dice, rows: u32) -> String {
        let mut text = format!("{}\n", family.pick(V4, V6));
        for number in 0..rows {
            if number % 50 == 7 {
                text.push_str("bad row\n\n");
            }
            text.push_str(&row(family, dice));
        }
        text
    }

    fn clean(command: &mut Command, family: Family, name: &str) {
        command.arg(format!("-{}", family.digit())).args(["-c", "ignored"]);
        for (flag, suffix) in [("-x", ".2"), ("-i", ".1"), ("-o", ".output"), ("-f", ".completed"), ("-p", ".pid")] {
            command.arg(flag).arg(format!("{name}{suffix}"));
        }
        assert!(command.status().unwrap().success());
    }

    /// Runs both programs on the same files and compares what they leave.
    fn compare(inside: &Inside, family: Family, files: &[(&str, &str)]) {
        for name in ["theirs", "ours"] {
            for suffix in SUFFIXES {
                drop(fs::remove_file(inside.outside(&format!("{name}{suffix}"))));
            }
            for (suffix, text) in files {
                fs::write(inside.outside(&format!("{name}{suffix}")), text).unwrap();
            }
        }
        clean(&mut inside.command("kea-lfc"), family, &inside.inside("theirs"));
        let ours = inside.outside("ours");
        clean(&mut Command::new(env!("CARGO_BIN_EXE_kea-lfc")), family, ours.to_str().unwrap());
        for suffix in SUFFIXES {
            let left = |name: &str| fs::read_to_string(inside.outside(&format!("{name}{suffix}"))).ok();
            let (ours, theirs) = (left("ours"), left("theirs"));
            let lines =
                |text: &Option<String>| text.clone().unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
            for (ours, theirs) in lines(&ours).iter().zip(&lines(&theirs)) {
                assert_eq!(ours, theirs, "{suffix} of {family}");
            }
            assert!(ours == theirs, "one {suffix} of {family} is longer");
        }
    }

    #[test]
    fn both_programs_clean_the_same_files_to_the_same_octets() {
        let Some(inside) = Inside::new() else { return };
        for family in [Family::V4, Family::V6] {
            let mut dice = Dice(1);
            for _ in 0..4 {
                let (copy, previous) = (file(family, &mut dice, 400), file(family, &mut dice, 200));
                compare(&inside, family, &[(".1", &copy), (".2", &previous)]);
                // Stopped after each rename or removal.
                compare(&inside, family, &[(".1", &copy), (".2", &previous), (".completed", &copy)]);
                compare(&inside, family, &[(".1", &copy), (".completed", &copy)]);
                compare(&inside, family, &[(".completed", &copy)]);
                compare(&inside, family, &[(".2", &previous)]);
            }
            let header = family.pick(V4, V6);
            compare(&inside, family, &[]);
            compare(&inside, family, &[(".1", "")]);
            compare(&inside, family, &[(".1", "foo,bar\n")]);
            compare(&inside, family, &[(".1", &format!("{header}\n{}", "x\n".repeat(101)))]);
            compare(&inside, family, &[(".1", &format!("{header},more\n{}", row(family, &mut dice)))]);
            let columns = family.pick(9, 12);
            let old = |line: &str| line.split(',').take(columns).collect::<Vec<_>>().join(",");
            let mut text = format!("{}\n", old(header));
            for _ in 0..20 {
                writeln!(text, "{}", old(&row(family, &mut dice))).unwrap();
            }
            compare(&inside, family, &[(".1", &text)]);
        }
    }

    fn resource(family: Family, number: u8) -> Resource {
        let address = || format!("fd00:{number:x}::").parse().unwrap();
        match family {
            Family::V4 => Resource::V4([192, 0, 2, number].into()),
            Family::V6 if number.is_multiple_of(2) => Resource::V6(address()),
            Family::V6 => Resource::Prefix(address(), 56),
        }
    }

    fn owner(family: Family, number: u8) -> Owner {
        let hw = HardwareAddress::ethernet(&[2, 0, 0, 0, 0, number]);
        match family {
            // The second was declined, the third has a client identifier only.
            Family::V4 => Owner::V4 {
                hw: (!matches!(number, 2 | 3)).then_some(hw),
                client_id: if number.is_multiple_of(3) { [1, 2, number].into() } else { Box::default() },
            },
            Family::V6 => Owner::V6 {
                duid: Duid::decode(&[0, 3, 0, 1, number]).unwrap(),
                iaid: number.into(),
                hw: (number > 3).then_some((hw, MacSource::Duid)),
            },
        }
    }

    fn lease(family: Family, number: u8) -> Lease {
        let states = [0, 2, 1, 0, 3, 2, 0, 3, 0];
        Lease {
            resource: resource(family, number),
            owner: owner(family, number),
            subnet: SubnetId(1),
            pool: 7,
            state: LeaseState::from_number(states[usize::from(number)]).unwrap(),
            cltt: UnixTime(4_000_000_000),
            valid: if number == 4 { Seconds::INFINITE } else { Seconds(3_600) },
            preferred: family.pick(Seconds(0), Seconds(1_800)),
            hostname: "a,b&c.example.".into(),
            fqdn_fwd: true,
            fqdn_rev: false,
            user_context: r#"{ "ISC": { "x": [ 1, "y" ] } }"#.into(),
        }
    }

    fn loaded(family: Family, path: &Path) -> (LeaseStore, store::Opened) {
        let store = LeaseStore::new(family);
        let opened = store::open(Arc::new(SystemDisk), path, &store, 0).unwrap();
        store.attach(Arc::clone(opened.writer.queue()));
        (store, opened)
    }

    /// A real server, stopped when dropped.
    struct Server(Child);

    impl Drop for Server {
        fn drop(&mut self) {
            drop(self.0.kill());
            drop(self.0.wait());
        }
    }

    fn start(family: Family, inside: &Inside) -> Server {
        let leases = inside.inside("leases.csv");
        let socket = format!("/run/kea/{}", socket_name(inside));
        let (digit, subnet) = (family.digit(), family.pick("192.0.2.0/24", "fd00::/16"));
        let config = format!(
            r#"{{"Dhcp{digit}":{{"interfaces-config":{{"interfaces":[]}},"control-socket":{{"socket-type":"unix","socket-name":"{socket}"}},
            "lease-database":{{"type":"memfile","name":"{leases}","lfc-interval":0}},"subnet{digit}":[{{"id":1,"subnet":"{subnet}"}}],
            "hooks-libraries":[{{"library":"libdhcp_lease_cmds.so"}}]}}}}"#
        );
        fs::write(inside.outside("lease.conf"), config).unwrap();
        let mut command = inside.command(&format!("kea-dhcp{digit}"));
        command.args(["-c", &inside.inside("lease.conf")]).env("KEA_PIDFILE_DIR", "/var/lib/kea");
        let log = fs::File::create(inside.outside("log")).unwrap();
        Server(command.stdout(log).stderr(Stdio::null()).spawn().unwrap())
    }

    fn socket_name(inside: &Inside) -> String {
        format!("{}.sock", inside.prefix.path().file_name().unwrap().to_str().unwrap())
    }

    fn ask(inside: &Inside, command: &str) -> String {
        let path = inside.root.join("run/kea").join(socket_name(inside));
        let until = Instant::now() + Duration::from_secs(20);
        let mut stream = loop {
            match UnixStream::connect(&path) {
                Ok(stream) => break stream,
                Err(_) if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
                Err(error) => panic!("{error}: {}", fs::read_to_string(inside.outside("log")).unwrap()),
            }
        };
        stream.write_all(command.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn there_and_back(family: Family) {
        let Some(inside) = Inside::new() else { return };
        let path = inside.outside("leases.csv");
        let (store, mut opened) = loaded(family, &path);
        for number in 1..=8 {
            let change = engine::Change { before: None, after: Some(Arc::new(lease(family, number))) };
            store.commit(&[change]).unwrap();
        }
        opened.writer.step();
        let server = start(family, &inside);
        let digit = family.digit();
        let command = |name: &str, arguments: &str| {
            ask(&inside, &format!(r#"{{"command":"lease{digit}-{name}","arguments":{{ {arguments} }} }}"#))
        };
        let all = command("get-page", r#""from":"start","limit":99"#);
        assert!(all.contains(&format!("8 {family} lease(s) found.")), "{all}");
        assert_eq!(all.matches(r#""hostname": "a,b&c.example.""#).count(), 8, "{all}");
        let (added, holder) =
            family.pick(("192.0.2.77", r#""hw-address":"02:77""#), ("fd00::77", r#""duid":"00:01:02:03","iaid":5"#));
        let add = format!(r#""ip-address":"{added}",{holder},"subnet-id":1,"hostname":"A,é""#);
        assert!(command("add", &add).contains("added"));
        let gone = resource(family, 2).address();
        assert!(command("del", &format!(r#""ip-address":"{gone}""#)).contains("deleted"));
        drop(server);
        let log = fs::read_to_string(inside.outside("log")).unwrap();
        assert!(!log.contains("NEEDS_") && !log.contains("ROW_ERROR"), "{log}");
        let (again, opened) = loaded(family, &path);
        assert_eq!(opened.events.len(), 1, "{:?}", opened.events);
        for number in (1..=8).filter(|number| *number != 2) {
            assert_eq!(again.lease(resource(family, number)).as_deref(), Some(&lease(family, number)));
        }
        assert_eq!(again.len(), 8);
        assert!(again.all().iter().any(|lease| lease.resource.address().to_string() == added));
        for suffix in ["", ".lock"] {
            let socket = format!("run/kea/{}{suffix}", socket_name(&inside));
            drop(fs::remove_file(inside.root.join(socket)));
        }
    }

    #[test]
    fn a_real_server_loads_our_leases_and_we_load_what_it_adds() {
        [Family::V4, Family::V6].into_iter().for_each(there_and_back);
    }
}
