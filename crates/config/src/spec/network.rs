//! `shared-networks`: subnets on one link.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use model::settings::Names;
use model::{Prefix, SharedNetwork, SharedNetworkIndex, Subnet, SubnetId};

use super::names;
use super::option_data::OptionScope;
use super::scope::{self, subnets_key};
use super::subnet::{Around, allocator, by_id};
use super::times;
use super::v4::{self, Lent, offer_lifetime};
use super::{Reader, pool::required_text};
use crate::fault::{Fault, Read};
use crate::fields::{flag, list, map};
use crate::json::{Node, Value};
use crate::show::{Shown, made};
use model::Family;

/// All shared networks with their subnets.
#[derive(Default)]
pub(crate) struct Networks {
    pub(crate) all: Vec<SharedNetwork>,
    pub(crate) subnets: Vec<Subnet>,
    pub(crate) shown: Vec<(String, Node)>,
    /// What those subnets and all read since take.
    pub(crate) taken: Taken,
    /// Subnets whose `authoritative` is not that of their network, with what Kea says of it.
    pub(crate) disagreeing: Vec<(SubnetId, String)>,
}

impl Reader<'_> {
    /// Reads `shared-networks`.
    pub(crate) fn shared_networks(&mut self, root: &Node, outer: (&Arc<Names>, &Lent)) -> Read<Networks> {
        let mut all = Networks::default();
        let mut names = HashSet::new();
        for node in list(root, "shared-networks")? {
            let known = all.subnets.len();
            self.shared_network(map(node)?, outer, &mut all).map_err(|fault| fault.within(node))?;
            let own = all.subnets.get(known..).unwrap_or_default();
            for subnet in own {
                all.taken.check(subnet).map_err(|text| Fault::near(node, text))?;
            }
            for subnet in own {
                all.taken.add(subnet);
            }
            let twice = all.all.last().is_some_and(|last| !names.insert(last.name.clone()));
            if let (true, Some(last), Some(at)) = (twice, all.all.last(), root.get("shared-networks")) {
                return Err(Fault::at(at, format!("duplicate network '{}' found in the configuration", last.name)));
            }
        }
        all.shown.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(all)
    }

    fn shared_network(&mut self, node: &Node, outer: (&Arc<Names>, &Lent), all: &mut Networks) -> Read<()> {
        self.check_keywords(node, scope::network_keywords(self.family))?;
        let name = required_text(node, "name")?;
        let index = SharedNetworkIndex(all.all.len());
        let times = times::lease_times(node, format_args!(" in {}", node.span))?;
        self.warn_of_timers(&times, format_args!("shared-network {name}"));
        let rapid_commit = flag(node, "rapid-commit")?.unwrap_or(false);
        let link = self.link(node, format_args!("shared network {name}"))?;
        let options = self.option_list(node, OptionScope::Other)?;
        let names = names::shared(outer.0, node);
        let lent = Lent::over(self.family, outer.1, node);
        let around = Around {
            network: Some(index),
            names: names.as_ref().unwrap_or(outer.0),
            lent: lent.as_ref().unwrap_or(outer.1),
            relay: node.get("relay"),
            rapid_commit,
        };
        // Kea reads the subnets of a DHCPv4 network before what else the network says, those of DHCPv6 after it.
        let (members, classes, relays) = match self.family {
            Family::V4 => {
                let members = self.members(node, &around, all)?;
                lent?;
                (members, self.classes(node)?, self.relay(node.get("relay"))?)
            }
            Family::V6 => {
                let (classes, relays) = (self.classes(node)?, self.relay(node.get("relay"))?);
                (self.members(node, &around, all)?, classes, relays)
            }
        };
        times::check_shares(&times)?;
        names::check_char_set(node)?;
        names::check_ttl(node)?;
        names?;
        times::check_cache(&times)?;
        allocator(node, "allocator")?;
        let mut shown = Shown::new();
        match self.family {
            Family::V4 => {
                offer_lifetime(node)?;
                v4::show(&mut shown, node);
            }
            Family::V6 => {
                allocator(node, "pd-allocator")?;
                shown.set("rapid-commit", rapid_commit).copy(node, &["pd-allocator"]);
            }
        }
        let subnets = members.iter().map(|(id, _)| *id).collect();
        shown
            .set("name", name)
            .set("option-data", options.shown)
            .node("relay", scope::show_relays(&relays))
            .node(subnets_key(self.family), by_id(members))
            .copy(node, &["store-extended-info", "allocator", "interface", "interface-id"])
            .copy(node, &scope::RESERVATION_MODES)
            .context(node);
        times::show(&mut shown, node, &times);
        names::show(&mut shown, node);
        classes.show(&mut shown);
        all.shown.push((name.to_owned(), shown.finish()));
        all.all.push(SharedNetwork {
            name: name.into(),
            subnets,
            relays,
            interface: link.interface,
            interface_id: link.interface_id,
            guard: classes.guard,
            additional_classes: classes.additional,
            options: options.set,
        });
        Ok(())
    }

    /// Reads the subnets of a network; they come back by ascending id.
    fn members(&mut self, network: &Node, around: &Around<'_>, all: &mut Networks) -> Read<Vec<(SubnetId, Node)>> {
        let mut members: Vec<(SubnetId, Node)> = Vec::new();
        let mut ids = HashSet::new();
        let authoritative = flag(network, "authoritative")?.unwrap_or(false);
        for node in list(network, subnets_key(self.family))? {
            if node.as_map().is_none() {
                return Err(Fault::at(node, "mapValue() called on non-map Element in"));
            }
            let spec = self.subnet(node, around)?;
            let id = spec.subnet.id;
            if !ids.insert(id) {
                return Err(Fault::at(node, "can't store subnet because of conflict"));
            }
            members.push((id, spec.shown));
            // Kea: the global value does not count here.
            let own = flag(node, "authoritative")?.unwrap_or(authoritative);
            if own != authoritative {
                all.disagreeing.push((
                    id,
                    format!(
                        "Subnet {} has different authoritative setting {own} than the shared-network itself: \
                         {authoritative}",
                        spec.subnet.prefix
                    ),
                ));
            }
            all.subnets.push(spec.subnet);
        }
        members.sort_by_key(|(id, _)| *id);
        Ok(members)
    }
}

impl Networks {
    /// Lists the networks by name, as shown.
    pub(crate) fn tree(&mut self) -> Node {
        made(Value::List(std::mem::take(&mut self.shown).into_iter().map(|(_, shown)| shown).collect()))
    }

    /// Checks what must agree within each network.
    pub(crate) fn check(&self, root: &Node) -> Read<()> {
        let mut members: BTreeMap<SharedNetworkIndex, Vec<&Subnet>> = BTreeMap::new();
        for subnet in &self.subnets {
            if let Some(index) = subnet.network {
                members.entry(index).or_default().push(subnet);
            }
        }
        for ((index, network), node) in self.all.iter().enumerate().zip(list(root, "shared-networks")?) {
            let mut members = members.remove(&SharedNetworkIndex(index)).unwrap_or_default();
            members.sort_by_key(|subnet| subnet.id);
            agree(network, &members, &self.disagreeing).map_err(|fault| fault.placed(node))?;
        }
        Ok(())
    }
}

fn agree(network: &SharedNetwork, members: &[&Subnet], disagreeing: &[(SubnetId, String)]) -> Read<()> {
    if network.name.is_empty() {
        let prefixes: Vec<_> = members.iter().map(|subnet| subnet.prefix.to_string()).collect();
        return Err(Fault::new(format!(
            "Shared-network with subnets {} is missing mandatory 'name' parameter",
            prefixes.join(" ")
        )));
    }
    let mut interface = network.interface.as_deref();
    let rapid_commit = members.first().map(|subnet| subnet.rapid_commit);
    for subnet in members {
        if let Some((_, text)) = disagreeing.iter().find(|(id, _)| *id == subnet.id) {
            return Err(Fault::new(text.clone()));
        }
        let own = subnet.interface.as_deref().or(interface);
        if let (Some(own), Some(earlier)) = (own, interface)
            && own != earlier
        {
            return Err(Fault::new(format!(
                "Subnet {} has specified interface {own}, but earlier subnet in the same shared-network or the \
                 shared-network itself used {earlier}",
                subnet.prefix
            )));
        }
        interface = own;
        if let Some(earlier) = rapid_commit
            && earlier != subnet.rapid_commit
        {
            return Err(Fault::new(format!(
                "All subnets in a shared network must have the same rapid-commit value. Subnet {} has specified \
                 rapid-commit {}, but earlier subnet in the same shared-network or the shared-network itself used \
                 rapid-commit {earlier}",
                subnet.prefix, subnet.rapid_commit
            )));
        }
    }
    Ok(())
}

/// Ids and prefixes that subnets have.
#[derive(Default)]
pub(crate) struct Taken {
    ids: HashSet<SubnetId>,
    prefixes: HashSet<Prefix>,
}

impl Taken {
    /// Checks that neither id nor prefix of a subnet is taken.
    pub(crate) fn check(&self, subnet: &Subnet) -> Result<(), String> {
        let family = if subnet.prefix.address.is_ipv4() { Family::V4 } else { Family::V6 };
        if self.ids.contains(&subnet.id) {
            return Err(format!("ID of the new {family} subnet '{}' is already in use", subnet.id));
        }
        if self.prefixes.contains(&subnet.prefix) {
            return Err(format!("subnet with the prefix of '{}' already exists", subnet.prefix));
        }
        Ok(())
    }

    /// Takes id and prefix of a subnet.
    pub(crate) fn add(&mut self, subnet: &Subnet) {
        self.ids.insert(subnet.id);
        self.prefixes.insert(subnet.prefix);
    }
}
