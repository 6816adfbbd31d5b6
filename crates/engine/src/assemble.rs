//! Which options does the client get, and whose value of each?
//!
//! Precedence, first that has the option: pool (in the order of leases), subnet, shared network, classes in the order of
//! assignment, server. `never-send` anywhere silences an option; `always-send` anywhere asks for it.

use std::borrow::Cow;

use model::{ConfiguredOption, OptionSet};
use wire::v6::{VendorClass, VendorOpts, code};
use wire::write::Writer;

use crate::v6::{Reply, Session};

/// Options the server makes itself; configured values of them are ignored.
const COMPUTED: [u16; 11] = [
    code::CLIENT_ID,
    code::SERVER_ID,
    code::IA_NA,
    code::IA_TA,
    code::IAADDR,
    code::INTERFACE_ID,
    code::IA_PD,
    code::IAPREFIX,
    code::CLIENT_FQDN,
    code::PD_EXCLUDE,
    code::RELAY_MSG,
];

const SPACE: &str = "dhcp6";
/// CableLabs, whose clients say which of its options they want.
const CABLELABS: u32 = 4491;

/// Adds all options a client gets to its reply.
pub(crate) fn options<'a>(session: &Session<'a>, reply: &mut Reply<'a>) {
    let scopes = scopes(session);
    let always = scopes.iter().flat_map(|scope| scope.in_space(SPACE, &session.classes));
    let always = always.filter(|option| option.always_send).map(|option| option.code);
    let mut wanted: Vec<u16> = session.packet.message.requested_options().chain(always).collect();
    wanted.sort_unstable();
    wanted.dedup();
    for code in wanted {
        if code == code::VENDOR_OPTS || COMPUTED.contains(&code) || reply.has(code) {
            continue;
        }
        for option in values(&scopes, session, code) {
            reply.add(code, Cow::Borrowed(&option.value));
        }
    }
    vendor(session, &scopes, reply);
}

/// Lists the scopes that count for the client, most specific first.
fn scopes<'a>(session: &Session<'a>) -> Vec<&'a OptionSet> {
    let model = session.model;
    let mut scopes: Vec<&OptionSet> = session.pools.iter().map(|pool| &pool.options).collect();
    if let Some(subnet) = session.subnet {
        scopes.push(&subnet.options);
        scopes.extend(model.network_of(subnet).map(|network| &network.options));
    }
    let of_class = |name| model.settings.classes.iter().find(move |class| &class.name == name);
    scopes.extend(session.classes.iter().filter_map(of_class).map(|class| &class.options));
    scopes.push(&model.options);
    scopes.retain(|scope| !scope.is_empty());
    scopes
}

/// Finds the values of an option: those of the first scope that has it. Vendor classes may have several, others one.
fn values<'a>(scopes: &[&'a OptionSet], session: &Session<'a>, code: u16) -> Vec<&'a ConfiguredOption> {
    let of =
        |scope: &&'a OptionSet| -> Vec<&'a ConfiguredOption> { scope.all(SPACE, code, &session.classes).collect() };
    let all: Vec<Vec<&ConfiguredOption>> = scopes.iter().map(of).collect();
    if all.iter().flatten().any(|option| option.never_send) {
        return Vec::new();
    }
    let mut first = all.into_iter().find(|options| !options.is_empty()).unwrap_or_default();
    if code != code::VENDOR_CLASS {
        first.truncate(1);
    }
    first
}

/// Adds the vendor options of every enterprise the client names.
fn vendor<'a>(session: &Session<'a>, scopes: &[&'a OptionSet], reply: &mut Reply<'a>) {
    let sent = &session.packet.message.options;
    let mut enterprises: Vec<(u32, Vec<u16>)> = Vec::new();
    for value in sent.all(code::VENDOR_OPTS) {
        if let Ok(vendor) = VendorOpts::decode(value) {
            let requested =
                if vendor.enterprise == CABLELABS { vendor.requested_options(1).collect() } else { Vec::new() };
            enterprises.push((vendor.enterprise, requested));
        }
    }
    // A configured value names an enterprise to those who ask for vendor options.
    let asked = session.requests(code::VENDOR_OPTS);
    let mut named = Vec::new();
    for option in values(scopes, session, code::VENDOR_OPTS) {
        if let Ok(vendor) = VendorOpts::decode(&option.value)
            && (asked || option.always_send)
        {
            named.push(vendor.enterprise);
            enterprises.push((vendor.enterprise, Vec::new()));
        }
    }
    for value in sent.all(code::VENDOR_CLASS) {
        if let Ok(vendor) = VendorClass::decode(value) {
            enterprises.push((vendor.enterprise, Vec::new()));
        }
    }
    enterprises.sort_by_key(|(enterprise, _)| *enterprise);
    enterprises.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1.append(&mut later.1);
        }
        same
    });
    for (enterprise, requested) in enterprises {
        let (value, any) = container(session, scopes, enterprise, &requested);
        if any || named.contains(&enterprise) {
            reply.add(code::VENDOR_OPTS, Cow::Owned(value));
        }
    }
}

fn container(session: &Session<'_>, scopes: &[&OptionSet], enterprise: u32, requested: &[u16]) -> (Vec<u8>, bool) {
    let space = format!("vendor-{enterprise}");
    let entries: Vec<&ConfiguredOption> =
        scopes.iter().flat_map(|scope| scope.in_space(&space, &session.classes)).collect();
    let always = entries.iter().filter(|option| option.always_send).map(|option| option.code);
    let mut wanted: Vec<u16> = requested.iter().copied().chain(always).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut writer = Writer::new();
    writer.u32(enterprise);
    let mut any = false;
    for code in wanted {
        let mut values = entries.iter().filter(|option| option.code == code);
        if entries.iter().any(|option| option.code == code && option.never_send) {
            continue;
        }
        if let Some(option) = values.next() {
            any = true;
            writer.option6(code, &option.value);
        }
    }
    (writer.finish(), any)
}
