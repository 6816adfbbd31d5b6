//! `libdhcp_stat_cmds.so`: how many leases there are, subnet by subnet.

use config::json::Node;
use control::json::JsonText;
use control::{Access, Answer, Arguments, Entry};
use model::{Family, LeaseKind, Subnet, SubnetId};
use store::Counts;

use crate::{Desk, Served};

/// The file name of the Kea library this stands for.
pub const LIBRARY: &str = "libdhcp_stat_cmds.so";

/// The commands of the library.
pub(crate) const COMMANDS: &[&Served] = &[&STAT_LEASE_GET];

const STAT_LEASE_GET: Served = Entry {
    names: ["stat-lease4-get", "stat-lease6-get"],
    access: Access::Read,
    brief: "Returns how many leases there are, subnet by subnet.",
    run: get,
};

/// Which subnets are asked about.
#[derive(Clone, Copy)]
enum Range {
    All,
    One(i128),
    Through(i128, i128),
}

fn get(desk: &Desk, family: Family, arguments: Arguments<'_>) -> Result<Answer, Answer> {
    let range = Range::read(arguments)?;
    let mut subnets: Vec<&Subnet> =
        desk.subnets(family).iter().filter(|subnet| range.contains(i128::from(subnet.id.0))).collect();
    subnets.sort_by_key(|subnet| subnet.id);
    let asked = format!("{}[{}]", arguments.command(), range.named());
    if subnets.is_empty() {
        let text = format!("{asked}: no matching data, {}", range.unmatched());
        return Ok(Answer::empty(text).with(|json| json.map(|_none| {})));
    }
    if let Range::Through(first, last) = range
        && first == last
    {
        return Err(Answer::error("LeaseStatsQuery: last_subnet_id_must be > first_subnet_id_"));
    }
    let text = format!("{asked}: {} rows found", subnets.len());
    Ok(Answer::success(text).with(|json| write(desk, family, &subnets, json)))
}

impl Range {
    fn read(arguments: Arguments<'_>) -> Result<Self, Answer> {
        let Some(map) = arguments.given() else { return Ok(Self::All) };
        if map.as_map().is_none() {
            return Err(Answer::error("'arguments' parameter is not a map"));
        }
        match (map.get("subnet-id"), map.get("subnet-range")) {
            (None, None) => Ok(Self::All),
            (Some(_), Some(_)) => Err(Answer::error("cannot specify both subnet-id and subnet-range")),
            (Some(node), None) => {
                let wrong = || Answer::error("'subnet-id' parameter is not integer");
                positive("subnet-id", node.as_integer().ok_or_else(wrong)?).map(Self::One)
            }
            (None, Some(range)) if range.as_map().is_none() => {
                Err(Answer::error("subnet-range parameter is not a map"))
            }
            (None, Some(range)) => {
                let (first, last) = (bound(range, "first-subnet-id")?, bound(range, "last-subnet-id")?);
                if last < first {
                    return Err(Answer::error("'last-subnet-id' must be greater than 'first-subnet-id'"));
                }
                Ok(Self::Through(first, last))
            }
        }
    }

    fn contains(self, id: i128) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => id == one,
            Self::Through(first, last) => (first..=last).contains(&id),
        }
    }

    fn named(self) -> String {
        match self {
            Self::All => "all subnets".to_owned(),
            Self::One(id) => format!("subnet-id={id}"),
            Self::Through(first, last) => format!("subnets {first} through {last}"),
        }
    }

    fn unmatched(self) -> String {
        let known = |first, last| format!("selected ID range: {first} through {last} includes no known subnets");
        match self {
            Self::All => known(0, 0),
            Self::One(id) => format!("subnet-id: {id} does not exist"),
            Self::Through(first, last) => known(first, last),
        }
    }
}

fn bound(range: &Node, key: &str) -> Result<i128, Answer> {
    let wrong = || Answer::error(format!("'{key}' parameter missing or not an integer"));
    positive(key, range.get(key).and_then(Node::as_integer).ok_or_else(wrong)?)
}

fn positive(key: &str, number: i128) -> Result<i128, Answer> {
    if number > 0 { Ok(number) } else { Err(Answer::error(format!("'{key}' parameter must be > 0"))) }
}

fn write(desk: &Desk, family: Family, subnets: &[&Subnet], json: &mut JsonText) {
    let kinds: &[LeaseKind] = family.pick(&[LeaseKind::V4], &[LeaseKind::Na, LeaseKind::Pd]);
    let mut columns = vec!["subnet-id"];
    for kind in kinds {
        let names = kind.statistics();
        columns.extend([names.total, names.cumulative, names.assigned]);
        columns.extend((*kind != LeaseKind::Pd).then_some("declined-addresses"));
    }
    let counts = desk.store(family).counts();
    let of = |subnet: SubnetId, kind: LeaseKind, count: fn(&Counts) -> u64| -> u64 {
        let pools = (subnet, kind, u32::MIN)..=(subnet, kind, u32::MAX);
        counts.range(pools).map(|(_, held)| count(held)).sum()
    };
    json.map(|map| {
        map.key("result-set").map(|set| {
            set.key("columns").list(|list| columns.iter().for_each(|column| list.string(column)));
            set.key("rows").list(|rows| {
                for subnet in subnets {
                    rows.list(|row| {
                        row.literal(subnet.id);
                        for kind in kinds {
                            let names = kind.statistics();
                            let named = desk.statistics.of_subnet(subnet.id, [names.total, names.cumulative]);
                            // Most numbers are short, and those are written much faster.
                            for value in named {
                                match i64::try_from(value) {
                                    Ok(short) => row.literal(short),
                                    Err(_) => row.literal(value),
                                }
                            }
                            row.literal(of(subnet.id, *kind, |held| held.assigned));
                            if *kind != LeaseKind::Pd {
                                row.literal(of(subnet.id, *kind, |held| held.declined));
                            }
                        }
                    });
                }
            });
            set.key("timestamp").string(&desk.statistics.instant());
        });
    });
}
