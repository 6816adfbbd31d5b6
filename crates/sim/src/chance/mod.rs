//! Scenarios made up by chance: what nobody thought of asking a real Kea.
//!
//! One that Kea has recorded and ours does not hold is a finding; what it shows then gets a scenario of its own, small and
//! with a name.

mod v4;
mod v6;

use model::Family;

use crate::random::Random;

/// Makes up a scenario; a seed always gives the same.
pub fn scenario(family: Family, seed: u64) -> String {
    let mut chance = Chance(Random::new(seed));
    let words = match family {
        Family::V4 => &v4::WORDS,
        Family::V6 => &v6::WORDS,
    };
    let mut lines = vec![format!("config   {}", chance.config(words).join(", "))];
    let mut time = 0;
    for _ in 0..8 + chance.0.below(9) {
        let soon = chance.0.chance(80);
        time += chance.one(if soon { &SOON[..] } else { &LATER });
        if chance.0.chance(6) {
            lines.push(format!("at {time}s reclaim"));
        } else {
            let message = match family {
                Family::V4 => v4::message(&mut chance),
                Family::V6 => v6::message(&mut chance),
            };
            lines.push(format!("at {time}s send {message}"));
        }
        if chance.0.chance(40) {
            lines.push("lease ?".to_owned());
        }
    }
    let counts = words.counts.split(' ').map(|name| format!("{name}=?")).collect::<Vec<_>>();
    lines.extend(["lease ?".to_owned(), format!("count {}\n", counts.join(" "))]);
    lines.join("\n")
}

const SOON: [u32; 9] = [0, 0, 1, 1, 5, 20, 20, 60, 200];
const LATER: [u32; 3] = [300, 1100, 7300];

/// What may stand in a configuration: a chance in a hundred, the key, and values to choose from.
type Row = (usize, &'static str, &'static [&'static str]);

/// What differs between the families' configurations.
struct Words {
    subnets: &'static str,
    /// Three subnets, each with what stands in it besides what chance adds.
    nets: [Net; 3],
    /// What may stand at the top only.
    global: &'static [Row],
    /// What may stand in every scope.
    scope: &'static [Row],
    /// What may stand in networks and subnets.
    near: &'static [Row],
    /// Names and values of options.
    options: &'static [Row],
    counts: &'static str,
}

struct Net {
    prefix: &'static str,
    /// Pools to choose from.
    pools: &'static [&'static str],
    more: &'static [Row],
}

/// What may stand in every scope of either family.
const SCOPE: [Row; 17] = [
    (20, "valid-lifetime", &["60", "100", "300", "1000"]),
    (6, "min-valid-lifetime: 30, max-valid-lifetime: 2000, valid-lifetime", &["100", "500"]),
    (10, "renew-timer", &["20", "50", "400"]),
    (10, "rebind-timer", &["30", "80", "900"]),
    (10, "calculate-tee-times", &["true", "false"]),
    (15, "cache-threshold", &["0.0", "0.5", "0.9"]),
    (10, "cache-max-age", &["0", "5", "50"]),
    (15, "store-extended-info", &["true", "false"]),
    (15, "ddns-qualifying-suffix", &["example.org", "\"ex.net.\""]),
    (10, "ddns-replace-client-name", &["always", "when-present", "when-not-present"]),
    (10, "ddns-override-client-update", &["true", "false"]),
    (10, "ddns-override-no-update", &["true", "false"]),
    (10, "ddns-send-updates", &["true", "false"]),
    (8, "reservations-global", &["true"]),
    (8, "reservations-out-of-pool", &["true"]),
    (8, "reservations-in-subnet", &["false"]),
    (10, "hostname-char-set: \"[^A-Za-z0-9.-]\", hostname-char-replacement", &["\"\"", "x", "\"-\""]),
];

/// What may stand at the top of either family.
const GLOBAL: [Row; 5] = [
    (40, "dhcp-ddns", &["{ enable-updates: true }"]),
    (20, "decline-probation-period", &["50"]),
    (
        15,
        "reservations",
        &[
            "[{ hw-address: 02:00:00:00:00:01, hostname: fixed }]",
            "[{ hw-address: 02:00:00:00:00:02, client-classes: [t] }]",
        ],
    ),
    (10, "early-global-reservations-lookup", &["true"]),
    (15, "expired-leases-processing", &["{ hold-reclaimed-time: 0, reclaim-timer-wait-time: 0 }"]),
];

/// A guard that few clients pass.
const GUARD: Row = (10, "client-classes", &["[VENDOR_CLASS_x]", "[VENDOR_CLASS_y]", "[t]", "[KNOWN]"]);

struct Chance(Random);

impl Chance {
    fn one<T: Copy + Default>(&mut self, things: &[T]) -> T {
        self.0.pick(things).copied().unwrap_or_default()
    }

    /// Chooses among rows; of two with the same key only the first is taken.
    fn some(&mut self, rows: &[Row]) -> Vec<String> {
        let mut chosen: Vec<String> = Vec::new();
        for (percent, key, values) in rows {
            let taken = chosen.iter().any(|it| key.split(": ").any(|part| it.contains(&format!("{part}:"))));
            if self.0.chance(*percent) && !taken {
                chosen.push(format!("{key}: {}", self.one(values)));
            }
        }
        chosen
    }

    fn options(&mut self, words: &Words) -> Option<String> {
        let mut list = Vec::new();
        for (percent, name, values) in words.options {
            if self.0.chance(*percent) {
                let more = self.some(&[
                    (20, "always-send", &["true"]),
                    (10, "never-send", &["true"]),
                    (10, "client-classes", &["[VENDOR_CLASS_x]"]),
                ]);
                let entry = [vec![format!("name: {name}"), format!("data: {}", self.one(values))], more].concat();
                list.push(format!("{{ {} }}", entry.join(", ")));
            }
        }
        (!list.is_empty()).then(|| format!("option-data: [{}]", list.join(", ")))
    }

    fn config(&mut self, words: &Words) -> Vec<String> {
        let mut config = [self.some(&GLOBAL), self.some(words.global)].concat();
        config.extend([self.some(&SCOPE), self.some(words.scope)].concat());
        config.extend(self.options(words));
        let subnets: Vec<String> = words.nets.iter().enumerate().map(|(at, net)| self.subnet(words, at, net)).collect();
        let (inside, outside) = subnets.split_at_checked(self.one(&[0, 2, 2, 3])).unwrap_or_default();
        if !inside.is_empty() {
            let mut network = [vec!["name: n".to_owned()], self.some(&[GUARD]), self.some(words.near)].concat();
            if self.0.chance(40) {
                network.extend([self.some(&SCOPE), self.some(words.scope)].concat());
                network.extend(self.options(words));
            }
            network.push(format!("{}: [{}]", words.subnets, inside.join(", ")));
            config.push(format!("shared-networks: [{{ {} }}]", network.join(", ")));
        }
        config.push(format!("{}: [{}]", words.subnets, outside.join(", ")));
        config
    }

    fn subnet(&mut self, words: &Words, at: usize, net: &Net) -> String {
        let mut subnet = vec![format!("id: {}", at + 1), format!("subnet: {}", net.prefix)];
        let pools: Vec<_> = net.pools.iter().filter(|_| self.0.chance(75)).collect();
        let pools: Vec<_> = pools.into_iter().map(|pool| self.pool(words, pool)).collect();
        subnet.push(format!("pools: [{}]", pools.join(", ")));
        subnet.extend([self.some(&[GUARD]), self.some(net.more), self.some(words.near)].concat());
        if self.0.chance(60) {
            subnet.extend([self.some(&SCOPE), self.some(words.scope)].concat());
        }
        if self.0.chance(50) {
            subnet.extend(self.options(words));
        }
        format!("{{ {} }}", subnet.join(", "))
    }

    fn pool(&mut self, words: &Words, range: &str) -> String {
        let rows = [GUARD, (15, "pool-id", &["1", "2", "3"]), (5, "ddns-qualifying-suffix", &["pool.org"])];
        let mut pool = [vec![format!("pool: {range}")], self.some(&rows)].concat();
        if self.0.chance(20) {
            pool.extend(self.options(words));
        }
        format!("{{ {} }}", pool.join(", "))
    }

    /// Draws one of the words by their weights.
    fn draw(&mut self, weighted: &[(&'static str, usize)]) -> &'static str {
        let mut drawn = self.0.below(weighted.iter().map(|(_, weight)| weight).sum());
        let hit = |(_, weight): &&(&str, usize)| {
            let hit = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            hit
        };
        weighted.iter().find(hit).map_or("", |(word, _)| *word)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::backend::process::Process;
    use crate::run::run;
    use crate::scenario::parse;

    #[test]
    fn what_chance_makes_up_can_be_run() {
        for family in [Family::V4, Family::V6] {
            for seed in 0..40 {
                let text = scenario(family, seed);
                let parsed = parse(Path::new("x"), &text).unwrap();
                assert_eq!(parsed.family, family);
                run(&parsed, &mut Process::new()).map_err(|fault| format!("seed {seed}: {fault}\n{text}")).unwrap();
            }
        }
    }
}
