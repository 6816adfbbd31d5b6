//! Other people's clients on a direct link.

use crate::lab::{Host, Lab};

const CONFIGURATION: &str = r#"{ "Dhcp6": {
    "interfaces-config": { "interfaces": [ "eth0" ] },
    "control-sockets": [ { "socket-type": "http", "socket-address": "::1", "socket-port": 8005 } ],
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp6.leases" },
    "subnet6": [ { "id": 1, "subnet": "2001:db8:100::/64", "interface": "eth0",
                   "pools": [ { "pool": "2001:db8:100::1000-2001:db8:100::1fff" } ] } ]
} }"#;

#[test]
fn dhcpcd_is_bound_on_a_direct_link() {
    let Some(mut lab) = Lab::new(&["dhcpcd"]) else { return };
    lab.configure(CONFIGURATION);
    lab.serve();
    let settings = lab.path("dhcpcd.conf");
    std::fs::write(&settings, "duid ll\nnoipv6rs\nnoipv4\nipv6only\ninterface eth0\n  ia_na 1\n").unwrap();
    std::fs::create_dir_all(lab.path("client-lib/dhcpcd")).unwrap();
    let settings = settings.to_str().unwrap().to_owned();
    lab.start(Host::Client, &["dhcpcd", "-6", "-B", "-d", "-f", &settings, "-c", "/bin/true", "eth0"], "client");
    lab.expect("client", "REPLY6 received from");
    lab.expect("client", "2001:db8:100::1000");
    assert!(lab.wait(5, |lab| lab.read("lib/kea/dhcp6.leases").contains("\n2001:db8:100::1000,")));
}
