//! The laboratory's chapters about custom options and network boot (4.14, 4.15), its texts as they stand.
//!
//! What went over the cable is read by tshark, which shares nothing with the server's own codecs.

use model::Family;

use crate::lab::{Ground, Host, Lab};

const CUSTOM: &str = include_str!("../labs/4.14-custom-options.conf");
const NETBOOT: &str = include_str!("../labs/4.15-network-boot.conf");
const MENU: &str = include_str!("../labs/4.15-boot-menu.conf");

/// What the course leaves out.
const REST: &str = r#""interfaces-config": { "interfaces": [ "eth0" ] },
    "lease-database": { "type": "memfile", "persist": true, "name": "/var/lib/kea/dhcp4.leases" },
    "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.100-192.0.2.109" } ] } ]"#;

/// Where the course has its hook libraries.
const LIBRARIES: &str = "/usr/local/lib64/kea/hooks";

/// Where the server has them: a real Kea is installed as Debian does it.
fn libraries() -> &'static str {
    let real = std::env::var_os("NESTOR_REFERENCE").is_some();
    if real { "/usr/lib/x86_64-linux-gnu/kea/hooks" } else { LIBRARIES }
}

fn custom() -> String {
    format!("{} }} }}", CUSTOM.replace("[...]", REST))
}

fn netboot() -> String {
    format!("{} {REST} }} }}", NETBOOT.replace(LIBRARIES, libraries()))
}

fn menu() -> String {
    format!("{{ \"Dhcp4\": {{ {} {REST} }} }}", MENU.replace("[...]", "],"))
}

/// The first configuration of the chapter with the classes and definitions of its second.
fn both() -> String {
    let (definitions, classes) = MENU.split_once("\"client-classes\": [").unwrap();
    let (class, _) = classes.rsplit_once("[...]").unwrap();
    netboot().replacen("\"client-classes\": [", &format!("{definitions} \"client-classes\": [ {class}"), 1)
}

fn serve(text: &str, tools: &[&str]) -> Option<Lab> {
    let mut lab = Lab::on(Family::V4, Ground::Direct, &[tools, &["tcpdump", "tshark"]].concat())?;
    lab.configure(text);
    lab.serve_under(&["env", &format!("KEA_HOOKS_PATH={}", libraries())]);
    lab.capture(Host::Client, "eth0", "cable");
    Some(lab)
}

/// A firmware that looks for something to boot.
struct Firmware {
    number: u8,
    vendor: &'static str,
    options: &'static [(u8, &'static [u8])],
}

const MACHINE: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const UEFI: Firmware = Firmware {
    number: 1,
    vendor: "PXEClient:Arch:00007:UNDI:003016",
    options: &[(12, b"uefi"), (93, &[0, 7]), (94, &[1, 3, 16]), (97, MACHINE)],
};
const BIOS: Firmware = Firmware {
    number: 2,
    vendor: "PXEClient:Arch:00000:UNDI:002001",
    options: &[(12, b"bios"), (93, &[0, 0]), (94, &[1, 2, 1]), (97, MACHINE)],
};
const IPXE: Firmware = Firmware {
    number: 3,
    vendor: "PXEClient:Arch:00007:UNDI:003010",
    options: &[(12, b"ipxe"), (93, &[0, 7]), (94, &[1, 3, 10]), (97, MACHINE), (175, &[0xb1, 4, 1, 0x80, 0x86, 0x10])],
};
const OTHER: Firmware = Firmware { number: 4, vendor: "anaconda", options: &[(12, b"other"), (93, &[0, 11])] };
/// What the firmware of the course's boot menu says, to the letter.
const WINDOWS: Firmware =
    Firmware { number: 5, vendor: "PXEClient", options: &[(12, b"win"), (93, &[0, 7]), (97, MACHINE)] };

impl Firmware {
    fn discover(&self) -> Vec<u8> {
        let mut packet = vec![1, 1, 6, 0, 0x5e, 0x57, 0, self.number, 0, 0, 0x80, 0];
        packet.resize(28, 0);
        packet.extend([2, 0, 0, 0, 0, self.number]);
        packet.resize(236, 0);
        packet.extend([99, 130, 83, 99, 53, 1, 1]);
        packet.extend([55, 12, 1, 2, 3, 5, 6, 12, 13, 15, 43, 60, 66, 67]);
        packet.extend([60, u8::try_from(self.vendor.len()).unwrap()]);
        packet.extend(self.vendor.bytes());
        for (code, value) in self.options {
            packet.extend([*code, u8::try_from(value.len()).unwrap()]);
            packet.extend(*value);
        }
        packet.push(255);
        packet
    }
}

/// What tshark makes of the offer to a firmware.
struct Offer {
    /// Fields before the options: client's address, next server, boot file.
    header: String,
    /// Each option as `code=octets`.
    options: Vec<String>,
    /// In words.
    story: String,
}

fn offer(lab: &Lab, firmware: &Firmware) -> Offer {
    let network = net::namespace::Namespace::named(&lab.host(Host::Client)).unwrap();
    let socket = network.run(|| net::namespace::broadcast_socket("eth0", 68)).unwrap();
    socket.send_to(&firmware.discover(), "255.255.255.255:67").unwrap();
    let filter = format!("dhcp.type == 2 and dhcp.hw.mac_addr == 02:00:00:00:00:0{}", firmware.number);
    let cable = lab.path("cable");
    let read = |how: &[&str]| {
        let words = [&["tshark", "-n", "-r", cable.to_str().unwrap(), "-Y", &filter], how].concat();
        String::from_utf8(lab.run(Host::Client, &words).stdout).unwrap()
    };
    let names = ["dhcp.ip.your", "dhcp.ip.server", "dhcp.file", "dhcp.option.type", "dhcp.option.value", "udp.payload"];
    let fields: Vec<&str> = ["-T", "fields"].into_iter().chain(names.iter().flat_map(|name| ["-e", name])).collect();
    assert!(lab.wait(10, |_| !read(&fields).trim().is_empty()), "no offer:\n{}", lab.read("server"));
    let line = read(&fields);
    let cells: Vec<&str> = line.trim_end_matches('\n').split('\t').collect();
    let [yours, server, file, codes, values, payload] = cells[..] else { panic!("{line:?}") };
    let pairs = codes.split(',').zip(values.split(',')).filter(|(code, _)| *code != "255");
    let told: Vec<String> = pairs.map(|(code, value)| format!("{code}={value}")).collect();
    let options = inside(payload.get(480..).unwrap().trim_end_matches('0').strip_suffix("ff").unwrap());
    // tshark ends where it finds something it thinks malformed.
    assert!(options.starts_with(&told) && told.len() >= 4, "{told:?} {options:?}");
    Offer { header: [yours, server, file].join(" "), options, story: read(&["-V"]) }
}

fn digits(octets: &[u8]) -> String {
    octets
        .iter()
        .flat_map(|octet| [octet >> 4, octet & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn hex(text: &str) -> String {
    digits(text.as_bytes())
}

fn value(offer: &Offer, code: u8) -> Option<&str> {
    offer.options.iter().find_map(|option| option.strip_prefix(&format!("{code}=")))
}

#[test]
fn chapter_4_14_clients_that_ask_are_told_the_message() {
    let tools = ["udhcpc", "dhclient", "dhcpcd"];
    let Some(mut lab) = serve(&custom(), &tools) else { return };
    let path = |lab: &Lab, name: &str| lab.path(name).to_str().unwrap().to_owned();
    std::fs::write(lab.path("tell.sh"), "#!/bin/sh\necho \"$1 $reason message=$opt234$new_my_message\"\n").unwrap();
    let tell = path(&lab, "tell.sh");
    lab.run(Host::Client, &["chmod", "755", &tell]);
    lab.start(Host::Client, &["udhcpc", "-f", "-q", "-n", "-i", "eth0", "-s", &tell, "-O", "234"], "udhcpc");
    lab.expect("udhcpc", &format!("bound  message={}", hex("Hello World")));

    let settings = "option my-message code 234 = text;\nrequest subnet-mask, my-message;\ninitial-interval 1;\n";
    std::fs::write(lab.path("dhclient.conf"), settings).unwrap();
    let files = ["dhclient.conf", "client-lib/leases", "client-run/pid"].map(|name| path(&lab, name));
    let [conf, leases, pid] = &files;
    lab.start(
        Host::Client,
        &["dhclient", "-d", "-1", "-4", "-cf", conf, "-sf", &tell, "-lf", leases, "-pf", pid, "eth0"],
        "dhclient",
    );
    lab.expect("dhclient", "BOUND message=Hello World");

    std::fs::write(lab.path("dhcpcd.conf"), "define 234 string my_message\noption my_message\nnoipv6\nnoarp\n")
        .unwrap();
    std::fs::create_dir_all(lab.path("client-lib/dhcpcd")).unwrap();
    let conf = path(&lab, "dhcpcd.conf");
    lab.start(Host::Client, &["dhcpcd", "-4", "-B", "-1", "-f", &conf, "-c", &tell, "eth0"], "dhcpcd");
    lab.expect("dhcpcd", "BOUND message=Hello World");
}

#[test]
fn chapter_4_15_firmware_of_uefi_bios_and_ipxe_gets_its_file_and_what_the_hook_adds() {
    let Some(lab) = serve(&netboot(), &[]) else { return };
    for (firmware, architecture, name) in [(&UEFI, "0007", "uefi"), (&BIOS, "0000", "bios"), (&IPXE, "0007", "ipxe")] {
        let offer = offer(&lab, firmware);
        let address = format!("192.0.2.{}", 99 + firmware.number);
        assert_eq!(offer.header, format!("{address} 192.0.2.100 "), "{}", offer.story);
        let expected = [
            "53=02".to_owned(),
            "1=ffffff00".to_owned(),
            format!("12={}", hex(name)),
            "51=00001c20".to_owned(),
            "54=c0000201".to_owned(),
            format!("60={}", hex("PXEClient")),
            format!("66={}", hex("192.0.2.100")),
            format!("67={}", hex("ipxe.efi")),
            format!("93={architecture}"),
            "97=000102030405060708090a0b0c0d0e0f10".to_owned(),
        ];
        assert_eq!(sorted(&offer.options), sorted(&expected), "{}", offer.story);
        assert!(offer.story.contains("TFTP Server Name: 192.0.2.100"), "{}", offer.story);
        assert!(offer.story.contains("Bootfile name: ipxe.efi"), "{}", offer.story);
    }
    // Who is no firmware of the three is told nothing of booting.
    let offer = offer(&lab, &OTHER);
    assert_eq!(offer.header, "192.0.2.103 0.0.0.0 ", "{}", offer.story);
    let codes: Vec<_> =
        sorted(&offer.options).iter().map(|option| option.split_once('=').unwrap().0.to_owned()).collect();
    assert_eq!(codes, ["1", "12", "51", "53", "54"], "{}", offer.story);
}

/// Sub-options as `code=octets`, read off the octets of option 43; what follows its end is left.
fn inside(value: &str) -> Vec<String> {
    let octets = wire::option::encode_hex(value).unwrap();
    let (mut rest, mut found) = (&octets[..], Vec::new());
    while let [code, length, more @ ..] = rest {
        let (value, after) = more.split_at(usize::from(*length));
        found.push(format!("{code}={}", digits(value)));
        rest = after;
    }
    assert!(rest.is_empty(), "{rest:?} is left of {value}");
    found
}

/// What the course's values are in octets. Kea: fields beyond a record's are left out, so the menu's text is its third.
const MENU_OCTETS: [&str; 6] = ["6=07", "8=fff101c0000201", "9=00fff13238", "10=004f5344", "71=000000", "255="];

#[test]
fn chapter_4_15_the_boot_menu_in_option_43_is_the_one_of_the_course() {
    let Some(lab) = serve(&menu(), &[]) else { return };
    let offer = offer(&lab, &WINDOWS);
    assert_eq!(inside(value(&offer, 43).unwrap()), MENU_OCTETS, "{}", offer.story);
}

#[test]
fn chapter_4_15_the_boot_menu_and_the_hook_go_together() {
    let Some(lab) = serve(&both(), &[]) else { return };
    let offer = offer(&lab, &WINDOWS);
    assert_eq!(inside(value(&offer, 43).unwrap()), MENU_OCTETS, "{}", offer.story);
    // Where option 60 says so, too, tshark knows what is inside, up to the menu, of which a record of three leaves too little.
    for line in
        ["Serverlist only: Set", "Type: Unknown (65521)", "IP count: 1", "IP: 192.0.2.1", "boot menu: 00fff13238"]
    {
        assert!(offer.story.contains(line), "no {line:?} in:\n{}", offer.story);
    }
    assert_eq!(value(&offer, 12), Some(&*hex("win")));
    assert_eq!(value(&offer, 67), Some(&*hex("ipxe.efi")));
    assert_eq!((value(&offer, 93), value(&offer, 97)), (Some("0007"), Some("000102030405060708090a0b0c0d0e0f10")));
    // Those whose vendor class says more than the course's have no menu, and all the rest.
    let offer = self::offer(&lab, &UEFI);
    assert_eq!((value(&offer, 43), value(&offer, 67)), (None, Some(&*hex("ipxe.efi"))));
}

fn sorted(options: &[String]) -> Vec<String> {
    let mut options = options.to_vec();
    options.sort_by_key(|option| option.split_once('=').unwrap().0.parse::<u8>().unwrap());
    options
}
