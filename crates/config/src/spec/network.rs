//! `shared-networks`: subnets on one link.

use model::settings::Names;
use model::{SharedNetwork, SharedNetworkIndex, Subnet, SubnetId};

use super::names;
use super::option_data::OptionScope;
use super::scope::{self, NETWORK, subnets_key};
use super::subnet::{Around, allocator, by_id};
use super::times;
use super::v4::Lent;
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
}

impl Reader<'_> {
    /// Reads `shared-networks`.
    pub(crate) fn shared_networks(&mut self, root: &Node, outer: (&Names, &Lent)) -> Read<Networks> {
        let mut all = Networks::default();
        for node in list(root, "shared-networks")? {
            let known = all.subnets.len();
            self.shared_network(map(node)?, outer, &mut all).map_err(|fault| fault.within(node))?;
            let (before, own) = all.subnets.split_at_checked(known).unwrap_or_default();
            for subnet in own {
                not_taken(before, subnet).map_err(|text| Fault::near(node, text))?;
            }
            let twice =
                all.all.split_last().is_some_and(|(last, others)| others.iter().any(|other| other.name == last.name));
            if let (true, Some(last), Some(at)) = (twice, all.all.last(), root.get("shared-networks")) {
                return Err(Fault::at(at, format!("duplicate network '{}' found in the configuration", last.name)));
            }
        }
        all.shown.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(all)
    }

    fn shared_network(&mut self, node: &Node, outer: (&Names, &Lent), all: &mut Networks) -> Read<()> {
        self.check_keywords(node, NETWORK)?;
        let name = required_text(node, "name")?;
        let index = SharedNetworkIndex(all.all.len());
        let relays = self.relay(node.get("relay"))?;
        let times = times::lease_times(node, &format!(" in {}", node.span))?;
        let rapid_commit = flag(node, "rapid-commit")?.unwrap_or(false);
        let lent = Lent::over(self.family, outer.1, node)?;
        let link = self.link(node, &format!("shared network {name}"))?;
        names::check_ttl(node)?;
        names::check_char_set(node)?;
        let names = names::over(outer.0, node)?;
        times::check_shares(&times)?;
        let options = self.option_list(node, OptionScope::Other)?;
        let around =
            Around { network: Some(index), names: &names, lent: &lent, relay: node.get("relay"), rapid_commit };
        let mut shown_subnets = Vec::new();
        let mut ids: Vec<SubnetId> = Vec::new();
        for subnet in list(node, subnets_key(self.family))? {
            let spec = self.subnet(map(subnet)?, &around)?;
            if ids.contains(&spec.subnet.id) {
                return Err(Fault::at(subnet, "can't store subnet because of conflict"));
            }
            ids.push(spec.subnet.id);
            shown_subnets.push((spec.subnet.id, spec.shown));
            all.subnets.push(spec.subnet);
        }
        allocator(node, "allocator")?;
        allocator(node, "pd-allocator")?;
        ids.sort_unstable();
        let mut shown = Shown::new();
        shown
            .set("name", name)
            .set("option-data", options.shown)
            .node("relay", scope::show_relays(&relays))
            .node(subnets_key(self.family), by_id(shown_subnets))
            .copy(node, &["store-extended-info", "allocator", "interface", "interface-id"])
            .copy(node, &scope::RESERVATION_MODES)
            .context(node);
        if self.family == Family::V6 {
            shown.set("rapid-commit", rapid_commit).copy(node, &["pd-allocator"]);
        }
        times::show(&mut shown, node, &times);
        names::show(&mut shown, node);
        link.classes.show(&mut shown);
        all.shown.push((name.to_owned(), shown.finish()));
        all.all.push(SharedNetwork {
            name: name.into(),
            subnets: ids,
            relays,
            interface: link.interface,
            interface_id: link.interface_id,
            guard: link.classes.guard,
            additional_classes: link.classes.additional,
            options: options.set,
        });
        Ok(())
    }
}

impl Networks {
    /// Lists the networks by name, as shown.
    pub(crate) fn tree(&mut self) -> Node {
        made(Value::List(std::mem::take(&mut self.shown).into_iter().map(|(_, shown)| shown).collect()))
    }

    /// Checks what must agree within each network.
    pub(crate) fn check(&self) -> Read<()> {
        for network in &self.all {
            let members: Vec<&Subnet> = self
                .subnets
                .iter()
                .filter(|subnet| {
                    subnet
                        .network
                        .is_some_and(|index| self.all.get(index.0).is_some_and(|other| other.name == network.name))
                })
                .collect();
            if network.name.is_empty() {
                let prefixes: Vec<_> = members.iter().map(|subnet| subnet.prefix.to_string()).collect();
                return Err(Fault::new(format!(
                    "Shared-network with subnets {} is missing mandatory 'name' parameter",
                    prefixes.join(" ")
                )));
            }
            agree(network, &members)?;
        }
        Ok(())
    }
}

fn agree(network: &SharedNetwork, members: &[&Subnet]) -> Read<()> {
    let mut interface = network.interface.as_deref();
    let rapid_commit = members.first().map(|subnet| subnet.rapid_commit);
    for subnet in members {
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

/// Checks that neither id nor prefix of a subnet is taken by another.
pub(crate) fn not_taken(others: &[Subnet], subnet: &Subnet) -> Result<(), String> {
    let family = if subnet.prefix.address.is_ipv4() { Family::V4 } else { Family::V6 };
    if others.iter().any(|other| other.id == subnet.id) {
        return Err(format!("ID of the new {family} subnet '{}' is already in use", subnet.id));
    }
    if others.iter().any(|other| other.prefix == subnet.prefix) {
        return Err(format!("subnet with the prefix of '{}' already exists", subnet.prefix));
    }
    Ok(())
}
