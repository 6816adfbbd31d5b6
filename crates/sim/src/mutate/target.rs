//! What reads the damaged inputs, and what they are made from.

use config::Origin;
use model::{Family, UnixTime};

use crate::backend::{EPOCH, SERVER_DUID, complete};
use crate::packet::{self, Heard, Sent};
use crate::process::{Server, configure, datagram};
use crate::scenario::{Action, Scenario};

/// What kind of input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Packets of a family: decoded, shown, and served by the engine.
    Packets(Family),
    /// Configuration texts.
    Configurations,
    /// Lease files.
    LeaseFiles,
    /// Expressions of client classes, compiled and evaluated.
    Expressions,
}

impl Kind {
    /// Says whether inputs are texts.
    pub const fn is_text(self) -> bool {
        !matches!(self, Self::Packets(_))
    }

    /// Gives the name for progress lines and files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Packets(Family::V4) => "packets4",
            Self::Packets(Family::V6) => "packets6",
            Self::Configurations => "configurations",
            Self::LeaseFiles => "lease-files",
            Self::Expressions => "expressions",
        }
    }
}

/// Collects inputs of one kind out of scenarios.
pub fn corpus(kind: Kind, scenarios: &[Scenario]) -> Vec<Vec<u8>> {
    match kind {
        Kind::Packets(family) => scenarios
            .iter()
            .filter(|scenario| scenario.family == family)
            .flat_map(|scenario| &scenario.steps)
            .filter_map(|step| packet(family, step))
            .collect(),
        Kind::Configurations => scenarios
            .iter()
            .map(|scenario| {
                let root = scenario.family.pick("Dhcp4", "Dhcp6");
                serde_json::json!({ root: complete(scenario.family, &scenario.config) })
            })
            .flat_map(|config| [config.to_string(), format!("// remark\n{config:#}\n# end")])
            .map(String::into_bytes)
            .collect(),
        Kind::LeaseFiles => LEASES.iter().map(|file| file.as_bytes().to_vec()).collect(),
        Kind::Expressions => {
            let classes = scenarios.iter().filter_map(|scenario| scenario.config.get("client-classes")?.as_array());
            let of_class = |class: &serde_json::Value| {
                ["test", "template-test"].iter().find_map(|key| Some(class.get(key)?.as_str()?.as_bytes().to_vec()))
            };
            let own = EXPRESSIONS.iter().map(|text| text.as_bytes().to_vec());
            classes.flatten().filter_map(of_class).chain(own).collect()
        }
    }
}

fn packet(family: Family, step: &crate::scenario::Step) -> Option<Vec<u8>> {
    if let Action::Send(words) = &step.action {
        return packet::build(family, words, &SERVER_DUID, 0x00ab_cdef).ok().map(|sent| sent.octets);
    }
    None
}

/// Expressions that have a word of every kind between them.
const EXPRESSIONS: [&str; 3] = [
    "not (option[12].exists and relay4[1].hex == 'a') or vendor[4491].option[2].text == hexstring(pkt4.mac, ':') \
     sor member('ALL') sand match('[a-z]+(x|y){2,3}\\d?$', split(option[60].hex, ':.', 2))",
    "relay6[-1].option[37].exists and addrtotext(relay6[0].linkaddr) == ifelse(pkt6.msgtype == 1, '::1', lcase('A' + 'b'))",
    "concat(substring(option[3].option[5].hex, -4, all), uint32totext(vendor-class.enterprise)) + vendor-class[*].data[1]",
];

const LEASES: [&str; 2] = [LEASES4, LEASES6];

const LEASES4: &str = "\
address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
192.0.2.10,02:00:00:00:00:01,01:02:00:00:00:00:01,7200,1900007200,1,1,1,host.example.org,0,,0
192.0.2.11,,ff:01:02,4294967295,6194967295,1,0,0,a&#x2cb,0,{ \"ISC\": { \"relay-agent-info\": { \"sub-options\": \"0x0101\" } } },3
192.0.2.12,,,86400,1900086400,1,0,0,,1,,0
192.0.2.13,02:00:00:00:00:02,,0,1900000000,1,0,0,,3,,0
";

const LEASES6: &str = "\
address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state,user_context,hwtype,hwaddr_source,pool_id
2001:db8:1::10,00:03:00:01:02:00:00:00:00:01,7200,1900007200,1,4500,0,1,128,1,1,host.example.org.,02:00:00:00:00:01,0,,1,2,0
2001:db8:8000::,00:01:02,4294967295,6194967295,1,4294967295,2,7,56,0,0,,,0,{ \"ISC\": { \"relay-info\": [ ] } },,,3
2001:db8:1::11,00:00:00,86400,1900086400,1,0,0,1,128,0,0,,,1,,,,0
2001:db8:1::12,00:03:00:01:02:00:00:00:00:02,0,1900000000,1,0,0,2,128,0,0,a&#x2cb,02:00:00:00:00:02,3,,1,2,0
";

/// A configuration of each family under which packets reach far.
const MODELS: [&str; 2] = [
    r#"{ "next-server": "192.0.2.9", "boot-file-name": "f", "store-extended-info": true, "stash-agent-options": true,
    "ddns-qualifying-suffix": "example.org", "hostname-char-set": "[^A-Za-z0-9.-]", "hostname-char-replacement": "x",
    "option-data": [ { "name": "routers", "data": "192.0.2.1" }, { "name": "vivso-suboptions", "data": "4491" },
        { "name": "tftp-servers", "space": "vendor-4491", "data": "192.0.2.7" } ],
    "subnet4": [ { "id": 1, "subnet": "192.0.2.0/24", "pools": [ { "pool": "192.0.2.10-192.0.2.20" } ] },
        { "id": 2, "subnet": "10.0.0.0/24", "pools": [ { "pool": "10.0.0.10-10.0.0.20" } ],
          "option-data": [ { "name": "v6-only-preferred", "data": "1800" } ] } ] }"#,
    r#"{ "subnet6": [ { "id": 1, "subnet": "2001:db8:1::/64", "interface": "lan0",
    "pools": [ { "pool": "2001:db8:1::10-2001:db8:1::20" } ],
    "pd-pools": [ { "prefix": "2001:db8:8000::", "prefix-len": 48, "delegated-len": 56 } ] } ] }"#,
];

/// Packets one server takes before a fresh one stands in.
const SERVICE: u32 = 20_000;

/// Reads inputs of one kind.
#[derive(Debug)]
pub struct Reader {
    kind: Kind,
    server: Option<Server>,
    served: u32,
}

impl Reader {
    /// Gets ready to read.
    pub fn new(kind: Kind) -> Self {
        Self { kind, server: None, served: 0 }
    }

    /// Reads one input with everything that reads such inputs.
    pub fn read(&mut self, input: &[u8]) {
        match self.kind {
            Kind::Packets(family) => self.packet(family, input),
            Kind::Configurations => configuration(input),
            Kind::LeaseFiles => store::exercise(input),
            Kind::Expressions => expression(input),
        }
    }

    fn packet(&mut self, family: Family, octets: &[u8]) {
        match family {
            Family::V4 => wire::exercise::packet4(octets),
            Family::V6 => wire::exercise::packet6(octets),
        }
        let sent = Sent { octets: octets.to_vec(), ..Sent::empty(family) };
        drop(packet::reply(&Heard { octets: octets.to_vec(), delivery: Vec::new() }, &sent, &SERVER_DUID));
        if self.server.is_none() || self.served > SERVICE {
            let [first, second] = MODELS;
            let config = serde_json::from_str(family.pick(first, second)).unwrap_or_default();
            let config = serde_json::Value::Object(complete(family, &config));
            self.server = Server::new(family, &config, false).ok();
            self.served = 0;
        }
        self.served += 1;
        if let Some(server) = &mut self.server {
            let mut datagram = datagram(&sent, UnixTime(EPOCH + i64::from(self.served)));
            datagram.trace = true;
            drop(server.handle(&datagram));
        }
    }
}

/// Packets that expressions are evaluated on: words of a DHCPv4 and of a DHCPv6 message.
const ASKED: [(Family, &str); 2] = [
    (
        Family::V4,
        "DISCOVER from 02:00:00:00:00:01 host-name=\"h\" vendor-class=\"a:b\" via relay giaddr=10.0.0.1 circuit-id=\"e\"",
    ),
    (
        Family::V6,
        "SOLICIT from 02:00:00:00:00:01 ia-na=1 address=2001:db8::5 vendor-class=4491:\"x\" via relay link=2001:db8::1",
    ),
];

fn expression(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for (family, words) in ASKED {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let octets = packet::build(family, &words, &SERVER_DUID, 1).map(|sent| sent.octets).unwrap_or_default();
        assert!(model::expression::exercise(&text, &octets), "{text} is another expression when it is written");
    }
}

fn configuration(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    config::syntax::exercise(&text);
    config::exercise(&text);
    // Once more with the interfaces that the scenarios' configurations name, so that they are read to their end.
    if let Ok(tree) = config::json::wire::parse("<wire>", input) {
        for (family, root) in [(Family::V4, "Dhcp4"), (Family::V6, "Dhcp6")] {
            if let Some(root) = tree.get(root) {
                drop(configure(family, root, Origin::File));
                drop(configure(family, root, Origin::Command));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::super::{Plan, run};
    use super::*;

    fn scenario(text: &str) -> Scenario {
        crate::scenario::parse(std::path::Path::new("x"), text).unwrap()
    }

    #[test]
    fn a_few_thousand_damaged_inputs_of_each_kind_are_read_without_panic() {
        let scenarios = [
            scenario(
                "config subnet6: [{ id: 1, subnet: 2001:db8:1::/64, pools: [{ pool: 2001:db8:1::/80 }] }]\n\
                 at 0s send SOLICIT from 02:00:00:00:00:01 ia-na=1 address=2001:db8:1::5 ia-pd=2 prefix=::/56 oro=23,24,67 \
                 client-fqdn=S:host.example. vendor-class=4491:\"x\" via relay link=2001:db8:1::1 interface-id=\"a b\" rsoo=65=0x00\n\
                 at 0s send RENEW from 02:00:00:00:00:01 server-id ia-na=1 address=2001:db8:1::5\n",
            ),
            scenario(
                "config subnet4: [{ id: 1, subnet: 192.0.2.0/24, pools: [{ pool: 192.0.2.10-192.0.2.20 }] }]\n\
                 at 0s send DISCOVER from 02:00:00:00:00:01 requested-address=192.0.2.10 client-id=0x0102 prl=1,3,6,108,125 \
                 fqdn=SE:host.example. vivso-suboptions=4491:1=0x02 via relay giaddr=10.0.0.1 circuit-id=\"a b\"\n\
                 at 0s send REQUEST from 02:00:00:00:00:01 server-id requested-address=192.0.2.10 host-name=\"host\"\n",
            ),
        ];
        let packets = [Family::V4, Family::V6].map(Kind::Packets);
        for kind in packets.into_iter().chain([Kind::Configurations, Kind::LeaseFiles, Kind::Expressions]) {
            let plan = Plan { items: 4000, seed: 6, threads: 2 };
            let corpus = corpus(kind, &scenarios);
            assert!(corpus.len() >= 2, "{} has nothing to damage", kind.name());
            let findings = run(kind, &corpus, plan, &AtomicU64::new(0));
            assert_eq!(findings, [], "{} of seed 6", kind.name());
        }
    }
}
