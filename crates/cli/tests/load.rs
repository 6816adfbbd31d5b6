//! `perfdhcp` as its users call it, against this house's servers: on the loopback, and as root on hosts of their own.

#[cfg(test)]
mod against {
    use std::fs;
    use std::io::Write;
    use std::net::{IpAddr, UdpSocket};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Output, Stdio};
    use std::time::{Duration, Instant};

    use net::namespace::{self, Namespace};

    /// A server of a family, ended when dropped.
    struct Server {
        child: Child,
        _folder: tempfile::TempDir,
        family: char,
        place: Place,
    }

    /// Where server and clients reach each other.
    enum Place {
        /// On the loopback, on ports nobody uses: the server's, and the clients'.
        Loopback([u16; 2]),
        /// On hosts of their own, with `eth0` on either side of a cable.
        Hosts { server: Namespace, clients: Namespace },
    }

    impl Server {
        /// Starts the server on the loopback.
        fn on_loopback(family: char) -> Self {
            Self::start(family, Place::Loopback([free_port(family), free_port(family)]))
        }

        /// Starts the server on a host of its own; `None`, said loudly, where that cannot be had.
        fn on_a_link(family: char) -> Option<Self> {
            let hosts = Namespace::new().and_then(|server| {
                let clients = Namespace::new()?;
                server.cable("eth0", &clients, "eth0")?;
                Ok((server, clients))
            });
            let (server, clients) = match hosts {
                Ok(hosts) => hosts,
                Err(error) => {
                    // Not eprintln!, which cargo hides from those who run all tests.
                    writeln!(std::io::stderr(), "SKIPPED: no network namespaces: {error}").unwrap();
                    return None;
                }
            };
            for (host, number) in [(&server, 1), (&clients, 2)] {
                host.run(|| {
                    namespace::set_up("eth0")?;
                    namespace::add_address("eth0", IpAddr::from([10, 0, 0, number]), 16)?;
                    namespace::add_address("eth0", IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, number.into()]), 64)
                })
                .unwrap();
            }
            Some(Self::start(family, Place::Hosts { server, clients }))
        }

        fn start(family: char, place: Place) -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
            let path = folder.path().display().to_string();
            let config = folder.path().join("server.conf");
            let interface = if matches!(place, Place::Loopback(_)) { "lo/::1" } else { "eth0" };
            fs::write(&config, configuration(family, interface, &path)).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_nestor"));
            command.arg0(format!("kea-dhcp{family}")).arg("-c").arg(&config);
            for name in ["KEA_PIDFILE_DIR", "KEA_LOG_FILE_DIR", "KEA_DHCP_DATA_DIR", "KEA_CONTROL_SOCKET_DIR"] {
                command.env(name, folder.path());
            }
            command.env("KEA_LOCKFILE_DIR", "none");
            let console = fs::File::create(folder.path().join("console")).unwrap();
            command.stdin(Stdio::null()).stdout(console.try_clone().unwrap()).stderr(console);
            let child = match &place {
                Place::Loopback([server, clients]) => {
                    command.args(["-p", &server.to_string(), "-P", &clients.to_string()]).spawn().unwrap()
                }
                Place::Hosts { server, .. } => server.run(|| command.spawn()).unwrap(),
            };
            let mut server = Self { child, _folder: folder, family, place };
            let said = || fs::read_to_string(format!("{path}/console")).unwrap();
            let until = Instant::now() + Duration::from_secs(20);
            while !said().contains("_STARTED") {
                assert!(Instant::now() < until && server.child.try_wait().unwrap().is_none(), "{}", said());
                std::thread::sleep(Duration::from_millis(20));
            }
            server
        }

        /// Puts load on the server.
        fn load(&self, words: &str) -> Output {
            let family = self.family;
            match &self.place {
                // A server of DHCPv6 hears clients on its link by multicast only; what comes by unicast comes from a relay.
                Place::Loopback([server, clients]) => {
                    perfdhcp(&format!("-{family} -N {server} -L {clients} -l lo -A 1 {words} ::1")).output().unwrap()
                }
                Place::Hosts { clients, .. } => {
                    clients.run(|| perfdhcp(&format!("-{family} -l eth0 {words}")).output()).unwrap()
                }
            }
        }

        /// Puts load on the server in a mode, and expects that all goes well: `exchanges` kinds of them, `answers` to the first.
        fn serves(&self, words: &str, exchanges: usize, answers: u64) {
            let output = self.load(words);
            let report = text(&output);
            assert_eq!(output.status.code(), Some(0), "{words}: {report}");
            assert_eq!(number(&report, "received packets:", 0), answers, "{words}: {report}");
            for nth in 0..exchanges {
                for label in ["drops:", "orphans:", "rejected leases:", "non unique addresses:"] {
                    assert_eq!(number(&report, label, nth), 0, "{words}: {label} {nth}: {report}");
                }
            }
            for label in ["not sent:", "wrong message types:", "wrong clients:", "wrong or missing server ids:"] {
                assert_eq!(number(&report, label, 0), 0, "{words}: {label}: {report}");
            }
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
    }

    fn perfdhcp(line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perfdhcp"));
        command.args(line.split_whitespace());
        command
    }

    fn free_port(family: char) -> u16 {
        let socket = UdpSocket::bind(if family == '4' { "127.0.0.1:0" } else { "[::1]:0" }).unwrap();
        socket.local_addr().unwrap().port()
    }

    fn configuration(family: char, interface: &str, folder: &str) -> String {
        let network = if family == '4' {
            r#""subnet4": [ { "id": 1, "subnet": "10.0.0.0/16", "pools": [ { "pool": "10.0.16.0 - 10.0.255.200" } ] } ]"#
                .to_owned()
        } else {
            let on = interface.split('/').next().unwrap();
            format!(
                r#""subnet6": [ {{ "id": 1, "subnet": "::/64", "interface": "{on}", "rapid-commit": true,
                   "pools": [ {{ "pool": "::1:0/112" }} ],
                   "pd-pools": [ {{ "prefix": "2001:db8::", "prefix-len": 40, "delegated-len": 56 }} ] }} ]"#
            )
        };
        format!(
            r#"{{ "Dhcp{family}": {{ "interfaces-config": {{ "interfaces": [ "{interface}" ] }}, {network},
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

    #[test]
    fn relayed_clients_of_dhcpv6_are_served_in_every_mode() {
        let server = Server::on_loopback('6');
        server.serves("-n 50 -r 500 -R 50", 2, 50);
        server.serves("-n 50 -r 500 -R 50 -e prefix-only", 2, 50);
        server.serves("-n 50 -r 500 -R 50 -e address-and-prefix", 2, 50);
        server.serves("-n 50 -r 500 -R 50 --or 18,0001 -o 39,000161", 2, 50);
        server.serves("-n 50 -r 500 -R 50 -i", 1, 50);
        server.serves("-n 400 --in-flight 32 -R 400 --threads 2", 2, 400);
        server.serves("-n 400 --in-flight 32 -R 400 --offload", 2, 400);
        server.serves("-n 40 -r 100 -R 40 -f 30 -F 10", 4, 40);
        server.serves("--scenario avalanche -R 100", 2, 100);
    }

    #[test]
    fn clients_of_dhcpv6_on_the_link_are_served_by_multicast() {
        let Some(server) = Server::on_a_link('6') else { return };
        server.serves("-n 50 -r 500 -R 50", 2, 50);
        server.serves("-n 50 -r 500 -R 50 -i -c all", 1, 50);
        server.serves("-n 400 --in-flight 32 -R 400 --threads 2", 2, 400);
        server.serves("-p 1 --in-flight 16 -R 3000 --mix renew=30,rebind=10,release=10 -n 100", 5, 100);
    }

    #[test]
    fn clients_of_dhcpv4_are_served_by_broadcast_and_through_the_address() {
        let Some(server) = Server::on_a_link('4') else { return };
        server.serves("-n 50 -r 500 -R 50", 2, 50);
        server.serves("-n 50 -r 500 -R 50 -i 10.0.0.1", 1, 50);
        server.serves("-n 50 -r 500 -R 50 -B -o 60,646f63736973 10.0.0.1", 2, 50);
        server.serves("-n 400 --in-flight 32 -R 400 --threads 2 10.0.0.1", 2, 400);
        server.serves("-n 100 --in-flight 16 -R 300 --mix renew=30,rebind=10,release=10 10.0.0.1", 5, 100);
        server.serves("-n 40 -r 100 -R 40 -f 30 -F 10 10.0.0.1", 4, 40);
        server.serves("--scenario avalanche -R 100 10.0.0.1", 2, 100);
    }

    #[test]
    fn a_closed_loop_says_in_json_that_all_is_well() {
        let server = Server::on_loopback('6');
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
        let output =
            perfdhcp(&format!("-4 -N {port} -L {} -n 3 -r 100 -d 0.2 127.0.0.1", free_port('4'))).output().unwrap();
        let report = text(&output);
        assert_eq!(output.status.code(), Some(3), "{report}");
        assert_eq!((number(&report, "sent packets:", 0), number(&report, "drops:", 0)), (3, 3), "{report}");
        assert!(report.contains("drops ratio: 100 %") && report.contains("min delay: n/a"), "{report}");
    }

    #[test]
    fn wrong_usage_prints_the_usage_and_exits_with_one() {
        let output = perfdhcp("-4 -6 x").output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = text(&output);
        assert!(said.starts_with("perfdhcp [-1] [-4 | -6]"), "{said}");
        assert!(said.ends_with("\n\nERROR: parsing command line options: IP version already set to 4\n"), "{said}");
        let output = perfdhcp("-6 -c ::1").output().unwrap();
        assert!(
            text(&output).starts_with("Running: perfdhcp -6 -c ::1\nScenario: basic.\nMulti-thread mode enabled.\n")
        );
    }
}
