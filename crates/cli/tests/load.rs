//! `perfdhcp` as its users call it, against this house's servers and, if there is one, a real Kea in `NESTOR_REFERENCE`.

#[cfg(test)]
mod against {
    use std::fs;
    use std::net::UdpSocket;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Output, Stdio};
    use std::time::{Duration, Instant};

    /// A server on the loopback, on ports nobody uses; ended when dropped.
    struct Server {
        child: Child,
        _folder: tempfile::TempDir,
        ports: [u16; 2],
        family: char,
    }

    impl Server {
        /// Starts this house's server for a family.
        fn start(family: char) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
            let path = folder.path().display().to_string();
            let config = folder.path().join("server.conf");
            fs::write(&config, configuration(family, &path)).unwrap();
            let ports = [free_port(family), free_port(family)];
            let mut command = Command::new(env!("CARGO_BIN_EXE_nestor"));
            command.arg0(format!("kea-dhcp{family}")).arg("-c").arg(&config);
            command.args(["-p", &ports[0].to_string(), "-P", &ports[1].to_string()]);
            for name in ["KEA_PIDFILE_DIR", "KEA_LOG_FILE_DIR", "KEA_DHCP_DATA_DIR", "KEA_CONTROL_SOCKET_DIR"] {
                command.env(name, folder.path());
            }
            command.env("KEA_LOCKFILE_DIR", "none");
            let console = fs::File::create(folder.path().join("console")).unwrap();
            command.stdin(Stdio::null()).stdout(console.try_clone().unwrap()).stderr(console);
            let child = command.spawn().unwrap();
            let mut server = Self { child, _folder: folder, ports, family };
            let log = format!("{path}/console");
            let until = Instant::now() + Duration::from_secs(20);
            while !fs::read_to_string(&log).unwrap().contains("_STARTED") {
                assert!(
                    Instant::now() < until && server.child.try_wait().unwrap().is_none(),
                    "{}",
                    fs::read_to_string(&log).unwrap()
                );
                std::thread::sleep(Duration::from_millis(20));
            }
            server
        }

        /// Puts load on the server.
        fn load(&self, words: &str) -> Output {
            let address = if self.family == '4' { "127.0.0.1" } else { "::1" };
            let [server, client] = self.ports;
            // A server of DHCPv6 hears clients on its link by multicast only; what comes by unicast comes from a relay.
            let relayed = if self.family == '6' { "-A 1" } else { "" };
            let line = format!("-{} -N {server} -L {client} -l lo {relayed} {words} {address}", self.family);
            perfdhcp(&line)
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }

    fn perfdhcp(line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_perfdhcp")).args(line.split_whitespace()).output().unwrap()
    }

    fn free_port(family: char) -> u16 {
        let socket = UdpSocket::bind(if family == '4' { "127.0.0.1:0" } else { "[::1]:0" }).unwrap();
        socket.local_addr().unwrap().port()
    }

    fn configuration(family: char, folder: &str) -> String {
        let network = if family == '4' {
            r#""interfaces-config": { "interfaces": [ "lo/127.0.0.1" ], "dhcp-socket-type": "udp" },
               "subnet4": [ { "id": 1, "subnet": "127.0.0.0/8", "pools": [ { "pool": "127.1.0.0/16" } ] } ]"#
        } else {
            r#""interfaces-config": { "interfaces": [ "lo/::1" ] },
               "subnet6": [ { "id": 1, "subnet": "::/64", "interface": "lo",
                   "pools": [ { "pool": "::1:0/112" } ],
                   "pd-pools": [ { "prefix": "2001:db8::", "prefix-len": 40, "delegated-len": 56 } ] } ]"#
        };
        format!(
            r#"{{ "Dhcp{family}": {{ {network},
                "lease-database": {{ "type": "memfile", "persist": true, "name": "{folder}/leases.csv" }},
                "valid-lifetime": 4000, "renew-timer": 1000, "rebind-timer": 2000, "cache-threshold": 0.0,
                "loggers": [ {{ "name": "kea-dhcp{family}", "severity": "INFO",
                    "output-options": [ {{ "output": "stdout" }} ] }} ] }} }}"#
        )
    }

    fn text(output: &Output) -> String {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }

    /// The number behind the `nth` line with this label, from 0.
    fn number(report: &str, label: &str, nth: usize) -> u64 {
        let line = report.lines().filter_map(|line| line.strip_prefix(label)).nth(nth);
        line.unwrap_or_else(|| panic!("no {label} in {report}")).trim().parse().unwrap()
    }

    fn assert_nothing_wrong(report: &str, exchanges: usize) {
        for nth in 0..exchanges {
            for label in ["drops:", "orphans:", "rejected leases:", "non unique addresses:"] {
                assert_eq!(number(report, label, nth), 0, "{label} {nth}: {report}");
            }
        }
        for label in ["not sent:", "wrong message types:", "wrong clients:", "wrong or missing server ids:"] {
            assert_eq!(number(report, label, 0), 0, "{label}: {report}");
        }
    }

    #[test]
    fn kea_dhcp6_answers_every_mode() {
        let server = Server::start('6');
        for (words, exchanges, answers) in [
            ("-n 50 -r 500 -R 50", 2, 50),
            ("-n 50 -r 500 -R 50 -e prefix-only", 2, 50),
            ("-n 50 -r 500 -R 50 -e address-and-prefix", 2, 50),
            ("-n 50 -r 500 -R 50 --or 18,0001 -o 39,000161", 2, 50),
            ("-n 50 -r 500 -R 50 -i", 1, 50),
            ("-n 400 --in-flight 32 -R 400 --threads 2", 2, 400),
            ("-n 300 --in-flight 16 -R 300 --mix renew=30,rebind=10,release=10", 5, 300),
            ("-n 40 -r 100 -R 40 -f 30 -F 10", 4, 40),
            ("--scenario avalanche -R 100", 2, 100),
        ] {
            let output = server.load(words);
            let report = text(&output);
            assert_eq!(output.status.code(), Some(0), "{words}: {report}");
            assert_eq!(number(&report, "received packets:", 0), answers, "{words}: {report}");
            assert_nothing_wrong(&report, exchanges);
        }
    }

    #[test]
    fn a_closed_loop_says_in_json_that_all_is_well() {
        let server = Server::start('6');
        let output = server.load("-n 200 --in-flight 8 -R 200 --json");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let at = |path: &str| report.pointer(path).unwrap_or_else(|| panic!("no {path} in {report}")).clone();
        assert_eq!(at("/completed"), 200);
        assert_eq!(at("/complete"), true);
        for count in ["drops", "orphans", "rejected", "not-unique", "not-sent", "wrong-server"] {
            assert_eq!(at(&format!("/exchanges/REQUEST-REPLY/{count}")), 0, "{count}");
        }
        let delay = |name: &str| at(&format!("/exchanges/SOLICIT-ADVERTISE/delay-ms/{name}")).as_f64().unwrap();
        assert!(delay("min") <= delay("p50") && delay("p50") <= delay("p99.9") && delay("p99.9") <= delay("max"));
    }

    #[test]
    fn silence_is_told_as_a_loss_and_by_the_exit_code() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let output = perfdhcp(&format!("-4 -N {port} -L {} -n 3 -r 100 -d 0.2 127.0.0.1", free_port('4')));
        let report = text(&output);
        assert_eq!(output.status.code(), Some(3), "{report}");
        assert_eq!((number(&report, "sent packets:", 0), number(&report, "drops:", 0)), (3, 3), "{report}");
        assert!(report.contains("drops ratio: 100 %") && report.contains("min delay: n/a"), "{report}");
    }

    #[test]
    fn wrong_usage_prints_the_usage_and_exits_with_one() {
        let output = perfdhcp("-4 -6 x");
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output);
        assert!(said.starts_with("perfdhcp [-1] [-4 | -6]"), "{said}");
        assert!(said.ends_with("\n\nERROR: parsing command line options: IP version already set to 4\n"), "{said}");
        let output = perfdhcp("-6 -c ::1");
        assert!(
            text(&output).starts_with("Running: perfdhcp -6 -c ::1\nScenario: basic.\nMulti-thread mode enabled.\n")
        );
    }
}
