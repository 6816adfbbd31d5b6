//! `pd-pools`: ranges of prefixes to delegate (DHCPv6 only).

use std::net::{IpAddr, Ipv6Addr};

use model::resource::bits_of;
use model::{Pool, PoolKind, Prefix};

use super::Reader;
use super::option_data::OptionScope;
use super::pool::{pool_id, required_text, show_pool_id};
use crate::address;
use crate::fault::{Fault, Read};
use crate::fields::{list, map, ranged, text};
use crate::json::Node;
use crate::show::Shown;

impl Reader<'_> {
    /// Reads the prefix pools of a subnet.
    pub(crate) fn prefix_pools(&mut self, subnet: &Node) -> Read<(Vec<Pool>, Vec<Node>)> {
        let (mut pools, mut shown) = (Vec::new(), Vec::new());
        for (index, node) in list(subnet, "pd-pools")?.iter().enumerate() {
            let (pool, tree) = self.prefix_pool(map(node)?, index)?;
            pools.push(pool);
            shown.push(tree);
        }
        Ok((pools, shown))
    }

    fn prefix_pool(&mut self, node: &Node, index: usize) -> Read<(Pool, Node)> {
        self.check_keywords(node, super::scope::PD_POOL)?;
        let shape = shape(node)?;
        let id = pool_id(node)?;
        let options = self.option_list(node, OptionScope::Pool)?;
        let classes = self.classes(node)?;
        let mut shown = Shown::new();
        shown
            .set("prefix", shape.prefix.address.to_string())
            .set("prefix-len", u32::from(shape.prefix.length))
            .set("delegated-len", u32::from(shape.delegated))
            .set("option-data", options.shown)
            .context(node);
        if let Some((excluded, length)) = shape.excluded {
            shown.set("excluded-prefix", excluded.to_string()).set("excluded-prefix-len", u32::from(length));
        }
        show_pool_id(&mut shown, id);
        classes.show(&mut shown);
        let pool = Pool {
            id,
            index,
            range: shape.prefix.range(),
            kind: PoolKind::Prefixes { delegated_length: shape.delegated, excluded: shape.excluded },
            guard: classes.guard,
            additional_classes: classes.additional,
            options: options.set,
            names: None,
        };
        Ok((pool, shown.finish()))
    }
}

struct Shape {
    prefix: Prefix,
    delegated: u8,
    excluded: Option<(Ipv6Addr, u8)>,
}

fn shape(node: &Node) -> Read<Shape> {
    let written = required_text(node, "prefix")?;
    let length: u8 = ranged(node, "prefix-len")?.ok_or_else(|| Fault::at(node, "missing parameter 'prefix-len'"))?;
    let delegated: u8 =
        ranged(node, "delegated-len")?.ok_or_else(|| Fault::at(node, "missing parameter 'delegated-len'"))?;
    let excluded_length: u8 = ranged(node, "excluded-prefix-len")?.unwrap_or(0);
    let excluded = text(node, "excluded-prefix")?.unwrap_or("::");
    let check = || -> Result<Shape, String> {
        let address = address::address(written)?;
        let excluded = address::address(excluded)?;
        if !(1..=128).contains(&length) {
            return Err(format!("Invalid prefix length: {length}"));
        }
        if address.is_ipv4() {
            return Err("Invalid Pool6 address boundaries: not IPv6".to_owned());
        }
        if delegated < length {
            return Err(format!(
                "Delegated length ({delegated}) must be longer than or equal to prefix length ({length})"
            ));
        }
        let prefix = Prefix { address, length };
        if prefix.range().first_address() != address {
            return Err(format!(
                "Invalid Pool6 address boundaries: {address} is not the first address in prefix: {}/{length}",
                prefix.range().first_address()
            ));
        }
        let excluded = excluded_prefix(excluded, excluded_length, prefix, delegated)?;
        Ok(Shape { prefix, delegated, excluded })
    };
    check().map_err(|text| Fault::at(node, text))
}

fn excluded_prefix(address: IpAddr, length: u8, pool: Prefix, delegated: u8) -> Result<Option<(Ipv6Addr, u8)>, String> {
    let IpAddr::V6(excluded) = address else { return Err(format!("invalid excluded prefix {address}/{length}")) };
    if length == 0 {
        return if excluded.is_unspecified() { Ok(None) } else { Err(format!("invalid excluded prefix {excluded}/0")) };
    }
    if length > 128 {
        return Err(format!("Invalid length ({length}) of the excluded prefix"));
    }
    if length <= delegated {
        return Err(format!(
            "Excluded prefix ({length}) must be longer than the delegated prefix length ({delegated})"
        ));
    }
    let shift = 128_u32.saturating_sub(u32::from(delegated));
    let differ = (bits_of(address) ^ bits_of(pool.address)).checked_shr(shift).unwrap_or(0);
    if differ != 0 {
        return Err(format!(
            "excluded prefix {excluded}/{length} must have the same common prefix part of {delegated} as the \
             delegated prefix {}/{delegated}",
            pool.address
        ));
    }
    Ok(Some((excluded, length)))
}
