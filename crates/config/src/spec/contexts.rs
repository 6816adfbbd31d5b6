//! What user contexts say to libraries.

use model::{Family, SubnetId};

use crate::json::Node;

/// Finds what the user context of something says under a key.
pub(crate) fn told<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    node.get("user-context").and_then(|context| context.get(key))
}

/// Lists what the user contexts of subnets say under a key, those of shared networks last.
pub(crate) fn told_in_subnets<'n>(family: Family, root: &'n Node, key: &str) -> Vec<(SubnetId, &'n Node)> {
    let below = |node: &'n Node, key: &str| node.get(key).and_then(Node::as_list).unwrap_or_default();
    let subnets = family.pick("subnet4", "subnet6");
    let networks = below(root, "shared-networks").iter().flat_map(|network| below(network, subnets));
    let all = below(root, subnets).iter().chain(networks);
    let id = |subnet: &Node| subnet.get("id").and_then(Node::as_integer).and_then(|id| u32::try_from(id).ok());
    all.filter_map(|subnet| Some((SubnetId(id(subnet)?), told(subnet, key)?))).collect()
}
