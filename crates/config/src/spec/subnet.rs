//! `subnet4` and `subnet6`: one prefix and what its clients get.

use std::sync::Arc;

use model::settings::Names;
use model::subnet::Dhcp4o6;
use model::{Allocator, Family, LeaseKind, Pool, Prefix, Seconds, SharedNetworkIndex, Subnet, SubnetId};

use super::guard::Classes;
use super::names;
use super::option_data::OptionScope;
use super::times;
use super::v4::{self, Lent};
use super::{Reader, scope};
use crate::address::{address, family_of};
use crate::fault::{Fault, Read};
use crate::fields::{flag, integer, list, map, text};
use crate::json::Node;
use crate::show::{Shown, made};

/// The network around a subnet, as far as the subnet is read over it.
pub(crate) struct Around<'a> {
    pub(crate) network: Option<SharedNetworkIndex>,
    pub(crate) names: &'a Arc<Names>,
    pub(crate) lent: &'a Lent,
    pub(crate) relay: Option<&'a Node>,
    pub(crate) rapid_commit: bool,
}

/// A subnet as meant and as shown.
pub(crate) struct SubnetSpec {
    pub(crate) subnet: Subnet,
    pub(crate) shown: Node,
}

const PREFIX: &str = "subnet configuration failed: ";

impl Reader<'_> {
    /// Reads one subnet whose inherited values are in place.
    pub(crate) fn subnet(&mut self, node: &Node, around: &Around<'_>) -> Read<SubnetSpec> {
        self.check_keywords(node, scope::subnet_keywords(self.family))?;
        let (mut pools, shown_pools) = self.pools(node)?;
        let (mut pd_pools, shown_pd_pools) = match self.family {
            Family::V4 => Default::default(),
            Family::V6 => self.prefix_pools(node)?,
        };
        let relays = self.relay(node.get("relay").or(around.relay))?;
        let head = self.head(node, around).map_err(|fault| fault.prefixed(PREFIX).placed(node))?;
        fit(&head.prefix, &[&pools, &pd_pools]).map_err(|text| Fault::at(node, text).prefixed(PREFIX))?;
        for (pool, written) in pools.iter_mut().zip(list(node, "pools")?) {
            let written = map(written)?;
            if names::is_set_in(written) {
                pool.names = Some(Box::new(names::over(&head.names, written)?));
            }
        }
        // Kea: pools are searched by their addresses, in whatever order they are written.
        pools.sort_by_key(|pool| pool.range.first);
        pd_pools.sort_by_key(|pool| pool.range.first);
        let options = self.option_list(node, OptionScope::Other)?;
        let hosts = self.hosts(list(node, "reservations")?, Some((SubnetId(head.id), head.prefix)))?;
        let pd_allocator = allocator_for(self.family, node)?;
        let mut shown = Shown::new();
        shown
            .set("id", head.id)
            .set("subnet", head.written.clone())
            .set("option-data", options.shown)
            .set("pools", shown_pools)
            .set("reservations", hosts)
            .node("relay", scope::show_relays(&relays))
            .copy(node, &["store-extended-info", "allocator", "interface", "interface-id"])
            .copy(node, &scope::RESERVATION_MODES)
            .context(node);
        if self.family == Family::V4 {
            v4::show(&mut shown, node);
            v4::show_dhcp4o6(&mut shown, node);
        } else {
            shown.set("pd-pools", shown_pd_pools).copy(node, &["pd-allocator"]);
            if head.rapid_commit_written || around.network.is_none() {
                shown.set("rapid-commit", head.rapid_commit);
            }
        }
        times::show(&mut shown, node, &head.times);
        names::show(&mut shown, node);
        head.classes.show(&mut shown);
        let subnet = Subnet {
            id: SubnetId(head.id),
            prefix: head.prefix,
            network: around.network,
            pools,
            pd_pools,
            allocator: allocator(node, "allocator")?,
            pd_allocator,
            times: head.times,
            rapid_commit: head.rapid_commit,
            relays,
            interface: head.link.interface,
            interface_id: head.link.interface_id,
            guard: head.classes.guard,
            additional_classes: head.classes.additional,
            options: options.set,
            store_extended_info: flag(node, "store-extended-info")?.unwrap_or(false),
            names: head.names,
            boot: head.lent.boot,
            match_client_id: head.lent.match_client_id,
            authoritative: head.lent.authoritative,
            reservations: head.lent.reservations,
            offer_lifetime: head.offer_lifetime,
            dhcp4o6: head.dhcp4o6,
            ping_check: self.ping_check_of(node)?,
        };
        Ok(SubnetSpec { subnet, shown: shown.finish() })
    }

    fn head(&mut self, node: &Node, around: &Around<'_>) -> Read<Head> {
        let Some(written) = text(node, "subnet")? else {
            return Err(Fault::at(node, "mandatory 'subnet' parameter is missing for a subnet being configured"));
        };
        let at = node.get("subnet").unwrap_or(node);
        let prefix = prefix(written, at)?;
        let id = integer(node, "id")?.ok_or_else(|| Fault::at(node, "missing parameter 'id'"))?;
        let id = u32::try_from(id).ok().filter(|id| (1..u32::MAX).contains(id)).ok_or_else(|| {
            Fault::near(
                node.get("id").unwrap_or(node),
                format!("The 'id' value ({id}) is not within expected range: (1 - 4294967294)"),
            )
        })?;
        if family_of(prefix.address) != self.family {
            let (family, digit, address) = (self.family, self.family.digit(), prefix.address);
            return Err(Fault::near(at, format!("Non {family} prefix {address} specified in subnet{digit}")));
        }
        let times = times::lease_times(node, format_args!(" in {}", node.span))?;
        let own = flag(node, "rapid-commit")?;
        let rapid_commit = own.unwrap_or(around.rapid_commit);
        self.warn_of_timers(&times, format_args!("subnet-id {id}"));
        self.announce(&prefix, &times, own.or(around.network.is_none().then_some(false)));
        let lent = Lent::over(self.family, around.lent, node)?;
        let link = self.link(node, format_args!("subnet {prefix}"))?;
        let classes = self.classes(node)?;
        let dhcp4o6 = if self.family == Family::V4 { v4::dhcp4o6(node)? } else { None };
        times::check_shares(&times)?;
        names::check_char_set(node)?;
        names::check_ttl(node)?;
        let names = names::shared(around.names, node)?;
        times::check_cache(&times)?;
        Ok(Head {
            id,
            prefix,
            written: prefix.to_string(),
            times,
            rapid_commit,
            rapid_commit_written: own.is_some(),
            link,
            classes,
            names,
            lent,
            dhcp4o6,
            offer_lifetime: if self.family == Family::V4 { v4::offer_lifetime(node)? } else { None },
        })
    }

    fn announce(&mut self, prefix: &Prefix, times: &model::LeaseTimes, rapid_commit: Option<bool>) {
        let mut text = format!("a new subnet has been added to configuration: {prefix} with params: ");
        let seconds = [
            ("t1", times.renew),
            ("t2", times.rebind),
            ("preferred-lifetime", times.preferred.map(|triplet| triplet.default)),
            ("valid-lifetime", Some(times.valid.default)),
        ];
        let mut separator = "";
        for (word, seconds) in seconds {
            if let Some(seconds) = seconds {
                text.extend([separator, word, "=", &seconds.to_string()]);
                separator = ", ";
            }
        }
        if let Some(on) = rapid_commit.filter(|_| self.family == Family::V6) {
            text.push_str(if on { ", rapid-commit is true" } else { ", rapid-commit is false" });
        }
        self.notice(self.family.pick("DHCPSRV_CFGMGR_NEW_SUBNET4", "DHCPSRV_CFGMGR_NEW_SUBNET6"), text);
    }
}

struct Head {
    id: u32,
    prefix: Prefix,
    written: String,
    times: model::LeaseTimes,
    rapid_commit: bool,
    rapid_commit_written: bool,
    link: scope::Link,
    classes: Classes,
    names: Arc<Names>,
    lent: Lent,
    dhcp4o6: Option<Dhcp4o6>,
    offer_lifetime: Option<Seconds>,
}

fn prefix(written: &str, at: &Node) -> Read<Prefix> {
    let compact: String = written.chars().filter(|letter| !letter.is_whitespace()).collect();
    let Some((base, length)) = compact.rsplit_once('/') else {
        return Err(Fault::at(at, format!("Invalid subnet syntax (prefix/len expected):{written}")));
    };
    let longest = if base.contains(':') { 128 } else { 32 };
    let Ok(number) = length.parse::<i64>() else {
        return Err(Fault::at(at, format!("prefix length: '{length}' is not an integer")));
    };
    let Some(bits) = u8::try_from(number).ok().filter(|bits| *bits <= longest) else {
        let number = crate::fields::truncated(i128::from(number));
        return Err(Fault::at(at, format!("Invalid prefix length specified for subnet: {number}")));
    };
    let address = address(base).map_err(|text| Fault::near(at, text))?;
    Ok(Prefix { address, length: bits })
}

/// Checks that pools lie in the subnet (prefix pools need not) and apart from each other.
fn fit(prefix: &Prefix, kinds: &[&[Pool]]) -> Result<(), String> {
    let mut before: Vec<&Pool> = Vec::new();
    for pool in kinds.iter().copied().flatten() {
        let (first, last) = (pool.range.first_address(), pool.range.last_address());
        let which =
            || format!("a pool of type {}, with the following address range: {first}-{last}", pool.lease_kind().name());
        let inside = prefix.contains(first) && prefix.contains(last);
        if pool.lease_kind() != LeaseKind::Pd && !inside {
            let which = which();
            return Err(format!("{which} does not match the prefix of a subnet: {prefix} to which it is being added"));
        }
        let overlaps = |other: &&Pool| other.range.first <= pool.range.last && pool.range.first <= other.range.last;
        if before.iter().any(overlaps) {
            let which = which();
            return Err(format!(
                "{which} overlaps with an existing pool in the subnet: {prefix} to which it is being added"
            ));
        }
        before.push(pool);
    }
    Ok(())
}

/// Reads the name of an allocator.
pub(crate) fn allocator(map: &Node, key: &str) -> Read<Allocator> {
    let at = map.get(key).unwrap_or(map);
    match text(map, key)? {
        None | Some("iterative") => Ok(Allocator::Iterative),
        Some("random") => Ok(Allocator::Random),
        Some("flq") => Ok(Allocator::FreeLeaseQueue),
        Some(_) => Err(Fault::near(at, "supported allocators are: iterative, random and flq")),
    }
}

fn allocator_for(family: Family, map: &Node) -> Read<Allocator> {
    match family {
        Family::V4 => Ok(Allocator::Iterative),
        Family::V6 => allocator(map, "pd-allocator"),
    }
}

/// Makes the shown list of subnets, by ascending id.
pub(crate) fn by_id(mut subnets: Vec<(SubnetId, Node)>) -> Node {
    subnets.sort_by_key(|(id, _)| *id);
    made(crate::json::Value::List(subnets.into_iter().map(|(_, shown)| shown).collect()))
}
