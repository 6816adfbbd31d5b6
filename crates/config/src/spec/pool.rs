//! `pools`: ranges of addresses to lease from.

use model::resource::bits_of;
use model::settings::Names;
use model::{AddressRange, Family, Pool, PoolKind, Prefix};

use super::Reader;
use super::names;
use super::option_data::OptionScope;
use crate::address::{family_of, plain};
use crate::fault::{Fault, Read};
use crate::fields::{integer, list, map, text};
use crate::json::{Node, Value};
use crate::show::Shown;

impl Reader<'_> {
    /// Reads the address pools of a subnet.
    pub(crate) fn pools(&mut self, subnet: &Node) -> Read<(Vec<Pool>, Vec<Node>)> {
        let (mut pools, mut shown) = (Vec::new(), Vec::new());
        for (index, node) in list(subnet, "pools")?.iter().enumerate() {
            let (pool, tree) = self.pool(map(node)?, index)?;
            pools.push(pool);
            shown.push(tree);
        }
        pools.shrink_to_fit();
        Ok((pools, shown))
    }

    fn pool(&mut self, node: &Node, index: usize) -> Read<(Pool, Node)> {
        self.check_keywords(node, super::scope::POOL)?;
        let Some(written) = node.get("pool") else { return Err(Fault::at(node, "missing parameter 'pool'")) };
        let range = range(self.family, written)?;
        let id = pool_id(node)?;
        let options = self.option_list(node, OptionScope::Pool)?;
        let classes = self.classes(node)?;
        names::check_ttl(node)?;
        if names::is_set_in(node) {
            names::over(&Names::default(), node)?;
        }
        let mut shown = Shown::new();
        shown.set("pool", range_text(&range)).set("option-data", options.shown).context(node);
        show_pool_id(&mut shown, id);
        classes.show(&mut shown);
        names::show(&mut shown, node);
        let pool = Pool {
            id,
            index,
            range,
            kind: PoolKind::Addresses,
            guard: classes.guard,
            additional_classes: classes.additional,
            options: options.set,
            names: None,
        };
        Ok((pool, shown.finish()))
    }
}

/// Reads `first-last` or `prefix/len`.
fn range(family: Family, node: &Node) -> Read<AddressRange> {
    let Some(written) = node.as_str() else { return Err(Fault::new("'pool' parameter is not a string")) };
    let compact: String = written.chars().filter(|letter| !letter.is_whitespace()).collect();
    let unreadable = || Fault::at(node, format!("Failed to parse pool definition: {written}"));
    let impossible = || Fault::at(node, format!("Failed to create pool defined by: {written}"));
    if let Some((address, length)) = compact.split_once('/') {
        let address: std::net::IpAddr = plain(address).ok_or_else(unreadable)?;
        let length: u32 = length.parse().ok().ok_or_else(unreadable)?;
        let width = family.pick(32, 128);
        let length =
            u8::try_from(length).ok().filter(|length| *length > 0 && *length <= width).ok_or_else(impossible)?;
        let range = Prefix { address, length }.range();
        if family_of(address) != family || range.first_address() != address {
            return Err(impossible());
        }
        return Ok(range);
    }
    let Some((first, last)) = compact.split_once('-') else {
        return Err(Fault::at(
            node,
            format!(
                "invalid pool definition: {written}. There are two acceptable formats <min address-max address> or \
                 <prefix/len>"
            ),
        ));
    };
    let first: std::net::IpAddr = plain(first).ok_or_else(unreadable)?;
    let last: std::net::IpAddr = plain(last).ok_or_else(unreadable)?;
    let ends = (bits_of(first), bits_of(last));
    if family_of(first) != family || family_of(last) != family || ends.0 > ends.1 {
        return Err(impossible());
    }
    Ok(AddressRange { family, first: ends.0, last: ends.1 })
}

/// Writes a range as Kea does: as a prefix if it is one.
fn range_text(range: &AddressRange) -> String {
    let size = range.last - range.first;
    let bits = 128 - size.leading_zeros();
    let aligned = size.checked_add(1).is_none_or(u128::is_power_of_two) && range.first & size == 0;
    let width = range.family.pick(32, 128);
    if aligned {
        return format!("{}/{}", range.first_address(), width - bits);
    }
    format!("{}-{}", range.first_address(), range.last_address())
}

/// Reads `pool-id`; 0 if there is none.
pub(crate) fn pool_id(map: &Node) -> Read<u32> {
    let Some(number) = integer(map, "pool-id")? else { return Ok(0) };
    if number <= 0 {
        return Err(Fault::new(format!("pool-id {number} is not a positive integer greater than 0")).placed(map));
    }
    u32::try_from(number)
        .ok()
        .ok_or_else(|| Fault::new(format!("pool-id {number} is not a 32 bit unsigned integer")).placed(map))
}

/// Shows a pool's id if it has one.
pub(crate) fn show_pool_id(shown: &mut Shown, id: u32) {
    if id != 0 {
        shown.set("pool-id", Value::from(id));
    }
}

/// Reads `key` as text, or fails as a missing parameter.
pub(crate) fn required_text<'n>(map: &'n Node, key: &str) -> Read<&'n str> {
    text(map, key)?.ok_or_else(|| Fault::at(map, format!("missing parameter '{key}'")))
}
