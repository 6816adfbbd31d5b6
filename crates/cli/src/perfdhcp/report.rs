//! The report: Kea's lines in Kea's order, then what only this program knows.

use std::fmt::{self, Write};
use std::time::Duration;

use model::Family;

use super::arguments::Arguments;
use super::counts::{Counts, Glance, Leased, Statistics};
use super::histogram::float;
use super::kind::{KINDS, Kind};
use super::plan::Plan;
use super::show::hex;
use super::template::Template;

/// The percentiles that are told.
pub const PERCENTILES: [(&str, f64); 5] = [("50", 0.5), ("90", 0.9), ("99", 0.99), ("99.9", 0.999), ("100", 1.0)];

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was asked for.
    pub arguments: &'a Arguments,
    /// What was done.
    pub plan: &'a Plan,
    /// What was counted.
    pub statistics: &'a Statistics,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report<'_> {
    /// The kinds that were part of the test.
    pub fn kinds(&self) -> Vec<Kind> {
        kinds(self.plan)
    }

    /// Exchanges brought to their end in a second.
    pub fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { float(self.statistics.completed) / seconds } else { 0.0 }
    }

    /// The longest time between an answer and the next one, in milliseconds.
    pub fn silence(&self) -> f64 {
        Duration::from_nanos(self.statistics.silence).as_secs_f64() * 1e3
    }

    /// Tells whether every query was sent and answered.
    pub fn is_complete(&self) -> bool {
        let lost = |kind: Kind| {
            let counts = self.statistics.of(kind);
            counts.unsent > 0 || (kind.is_answered(self.plan.setup.family) && counts.drops() > 0)
        };
        self.statistics.skipped == 0 && !KINDS.iter().any(|kind| lost(*kind))
    }

    /// Writes everything.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn Write) -> fmt::Result {
        self.rates(out)?;
        writeln!(out, "***Malformed Packets***\nMalformed packets: {}", self.statistics.malformed)?;
        for kind in self.kinds() {
            writeln!(out, "***Statistics for: {}***", kind.name(self.plan.setup.family))?;
            statistics(out, self.counts(kind))?;
        }
        self.diagnostics(out)?;
        if self.plan.avalanche {
            self.avalanche(out)?;
        }
        if self.arguments.separator.is_none() {
            self.beyond(out)?;
        }
        Ok(())
    }

    fn counts(&self, kind: Kind) -> Told<'_> {
        let counts = self.statistics.of(kind);
        let drops = if kind.is_answered(self.plan.setup.family) { counts.drops() } else { 0 };
        Told { counts, drops }
    }

    fn rates(&self, out: &mut dyn Write) -> fmt::Result {
        let what = match (self.plan.initial_only, self.plan.setup.family, self.plan.setup.rapid) {
            (false, _, _) => "4-way exchanges",
            (true, Family::V4, _) => "DISCOVER-OFFER",
            (true, Family::V6, false) => "Solicit-Advertise",
            (true, Family::V6, true) => "Solicit-Reply",
        };
        write!(out, "***Rate statistics***\nRate: {} {what}/second", general(self.rate()))?;
        match self.arguments.rate {
            0 => writeln!(out),
            rate => writeln!(out, ", expected rate: {rate}\n"),
        }
    }

    /// What the letters of `-x` ask for at the end.
    fn diagnostics(&self, out: &mut dyn Write) -> fmt::Result {
        let family = self.plan.setup.family;
        if self.arguments.diagnoses('t') {
            for kind in self.kinds() {
                writeln!(out, "***Timestamps for packets: {}***", kind.name(family))?;
                times(out, self.statistics.times.get(kind.index()).map_or(&[][..], Vec::as_slice))?;
            }
        }
        if self.arguments.diagnoses('s')
            && let Some(server) = &self.statistics.server
        {
            // Without code and length of the option.
            let header = if family == Family::V4 { 2 } else { 4 };
            writeln!(out, "Server id: {}", hex(server.get(header..).unwrap_or_default()))?;
        }
        if self.arguments.diagnoses('e') {
            writeln!(out, "Interrupted")?;
        }
        if self.arguments.diagnoses('T') {
            let shown = if self.plan.initial_only { 1 } else { 2 };
            self.plan.templates.iter().take(shown).try_for_each(|template| contents(out, template))?;
        }
        if self.arguments.diagnoses('l') {
            for kind in self.kinds() {
                writeln!(out, "***Leases for {}***\nclient_id,adrress,prefix", kind.name(family))?;
                let list = self.statistics.leases.get(kind.index()).map_or(&[][..], Vec::as_slice);
                list.iter().try_for_each(|leased| lease(out, leased, family))?;
                writeln!(out)?;
            }
        }
        Ok(())
    }

    fn avalanche(&self, out: &mut dyn Write) -> fmt::Result {
        let seconds = self.elapsed.as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let micros = self.elapsed.subsec_micros();
        let clients = self.plan.clients;
        writeln!(out, "It took {hours:02}:{minutes:02}:{seconds:02}.{micros:06} to provision {clients} clients. ")?;
        let (sent, resent) = (self.statistics.sum(|counts| counts.sent), self.statistics.sum(|counts| counts.resent));
        writeln!(out, "Requests sent + resent: {}\nRequests resent: {resent}", sent + resent)?;
        writeln!(out, "Responses received: {}", self.statistics.sum(|counts| counts.received))
    }

    /// What Kea's program does not tell: percentiles, checks, and what was never sent.
    fn beyond(&self, out: &mut dyn Write) -> fmt::Result {
        for kind in self.kinds() {
            let counts = self.statistics.of(kind);
            writeln!(out, "***Percentiles for: {}***", kind.name(self.plan.setup.family))?;
            for (name, share) in PERCENTILES {
                match counts.delays.percentile(share) {
                    Some(delay) => writeln!(out, "{name} %: {delay:.3} ms")?,
                    None => writeln!(out, "{name} %: n/a")?,
                }
            }
        }
        writeln!(out, "***Checks***")?;
        let sum = |of: fn(&Counts) -> u64| self.statistics.sum(of);
        writeln!(out, "not sent: {}", sum(|counts| counts.unsent))?;
        writeln!(out, "not begun in time: {}", self.statistics.skipped)?;
        writeln!(out, "answers without room: {}", self.statistics.overflows)?;
        writeln!(out, "longest time without an answer: {:.3} ms", self.silence())?;
        writeln!(out, "wrong message types: {}", sum(|counts| counts.wrong_type))?;
        writeln!(out, "wrong clients: {}", sum(|counts| counts.wrong_client))?;
        writeln!(out, "wrong or missing server ids: {}", sum(|counts| counts.wrong_server))?;
        writeln!(out, "addresses given to two clients: {}", sum(|counts| counts.not_unique))
    }
}

/// The kinds that are part of a test.
pub fn kinds(plan: &Plan) -> Vec<Kind> {
    let used = |kind: &Kind| match kind {
        Kind::Initial => true,
        Kind::Request => !plan.initial_only,
        Kind::Renew => plan.renew_rate > 0 || plan.mix.renew > 0,
        Kind::Rebind => plan.mix.rebind > 0,
        Kind::Release => plan.release_rate > 0 || plan.mix.release > 0,
    };
    KINDS.into_iter().filter(used).collect()
}

/// Writes the line of an interim report.
///
/// # Errors
/// Those of the writer.
pub fn interim(out: &mut dyn Write, arguments: &Arguments, plan: &Plan, glance: &Glance) -> fmt::Result {
    let kinds = kinds(plan);
    let drops: Vec<u64> =
        glance.sent.iter().zip(&glance.received).map(|(sent, got)| sent.saturating_sub(*got)).collect();
    let join = |list: &[u64], separator: &str| {
        let of = |kind: &Kind| list.get(kind.index()).copied().unwrap_or(0).to_string();
        kinds.iter().map(of).collect::<Vec<_>>().join(separator)
    };
    let lists: [&[u64]; 4] = [&glance.sent, &glance.received, &drops, &glance.rejected];
    if let Some(separator) = &arguments.separator {
        return writeln!(out, "{}", lists.map(|list| join(list, separator)).join(separator));
    }
    let [sent, received, drops, rejected] = lists.map(|list| join(list, "/"));
    writeln!(out, "sent: {sent}; received: {received}; drops: {drops}; rejected: {rejected}")
}

struct Told<'a> {
    counts: &'a Counts,
    drops: u64,
}

fn statistics(out: &mut dyn Write, Told { counts, drops }: Told<'_>) -> fmt::Result {
    let ratio = if counts.sent == 0 { 0.0 } else { 100.0 * float(drops) / float(counts.sent) };
    writeln!(out, "sent packets: {}\nreceived packets: {}", counts.sent, counts.received)?;
    writeln!(out, "drops: {drops}\ndrops ratio: {} %", general(ratio))?;
    writeln!(out, "orphans: {}\nrejected leases: {}", counts.orphans, counts.rejected)?;
    writeln!(out, "non unique addresses: {}\n", counts.not_unique)?;
    let delays = &counts.delays;
    for (name, delay) in [
        ("min delay", delays.least()),
        ("avg delay", delays.average()),
        ("max delay", delays.most()),
        ("std deviation", delays.deviation()),
    ] {
        match delay {
            Some(delay) => writeln!(out, "{name}: {delay:.3} ms")?,
            None => writeln!(out, "{name}: n/a")?,
        }
    }
    writeln!(out, "collected packets: 0\n")
}

fn times(out: &mut dyn Write, list: &[(u64, u64)]) -> fmt::Result {
    if list.is_empty() {
        writeln!(out, "Unavailable! No packets received.")?;
    }
    for (sent, received) in list {
        let time =
            |nanoseconds: &u64| format!("{:06}.{:06}", nanoseconds / 1_000_000_000, nanoseconds / 1000 % 1_000_000);
        writeln!(out, "sent / received: {} / {}", time(sent), time(received))?;
    }
    writeln!(out)
}

fn contents(out: &mut dyn Write, template: &Template) -> fmt::Result {
    writeln!(out, "xid-offset={}", template.transaction.0)?;
    if let Some(first) = template.identities.last() {
        writeln!(out, "random-offset={}", first + 5)?;
    }
    writeln!(out, "contents: ")?;
    for (line, octets) in template.octets.chunks(16).enumerate() {
        writeln!(out, "{:04x}   {}", line * 16, hex(octets))?;
    }
    writeln!(out)
}

fn lease(out: &mut dyn Write, leased: &Leased, family: Family) -> fmt::Result {
    let client = match family {
        Family::V4 => hex(&leased.client),
        Family::V6 => leased.client.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(":"),
    };
    let text = |address: Option<std::net::IpAddr>| address.map(|address| address.to_string()).unwrap_or_default();
    writeln!(out, "{client},{},{}", text(leased.address), text(leased.prefix))
}

/// A number with six significant digits, as C++ streams write it.
pub fn general(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return number.to_string();
    }
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trim(&format!("{number:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trim(digits), exponent.abs())
}

#[cfg(test)]
mod tests;
