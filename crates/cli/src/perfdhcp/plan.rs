//! A test resolved: everything a session needs to know, and nothing it does not.

use std::net::IpAddr;

use super::arguments::{Arguments, Mac, Mix, Scenario};
use super::kind::Kind;
use super::pace::SECOND;
use super::setup::Setup;
use super::template::Template;

/// What all sessions of a test share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What queries are made of.
    pub setup: Setup,
    /// The prepared queries, one of each kind.
    pub templates: Vec<Template>,
    /// The six octets of the first client.
    pub base: Mac,
    /// Clients by name instead.
    pub macs: Vec<Mac>,
    /// How many clients there are.
    pub clients: u64,
    /// Clients are drawn at random.
    pub clients_at_random: bool,
    /// Relays to draw from for each exchange; without any, the template's stays.
    pub relays: Vec<IpAddr>,
    /// An exchange ends with the offer, or with rapid commit.
    pub initial_only: bool,
    /// All queries name the first server that answered.
    pub first_server: bool,
    /// Nanoseconds until a query counts as lost: the first exchange, the others.
    pub patience: [u64; 2],
    /// Exchanges a second; zero for as many as can be sent.
    pub rate: u32,
    /// Renewals a second.
    pub renew_rate: u32,
    /// Releases a second.
    pub release_rate: u32,
    /// Transactions that are open at any time.
    pub in_flight: Option<u32>,
    /// Shares of the exchanges that concern a lease.
    pub mix: Mix,
    /// How many exchanges are begun, and how many are taken to the second query.
    pub requests: [Option<u64>; 2],
    /// Nanoseconds after which nothing more is begun.
    pub period: Option<u64>,
    /// Exchanges that are due at once.
    pub preload: u32,
    /// From when on and until when clients say that they have been waiting, in nanoseconds since the test began.
    pub late: Option<(u64, u64)>,
    /// Offers are checked for uniqueness, too.
    pub unique_offers: bool,
    /// Answers name the client as the queries do, so that they can be checked.
    pub checks_client: bool,
    /// Clients repeat themselves until they are answered.
    pub avalanche: bool,
    /// Keep the times of every exchange.
    pub keeps_times: bool,
    /// Keep every lease.
    pub keeps_leases: bool,
    /// Queries of equal length are handed to the kernel in one piece.
    pub in_pieces: bool,
    /// Where numbers that look random begin.
    pub seed: u64,
}

impl Plan {
    /// Resolves a command line; `files` are the messages of `-T`, `seed` is used unless `-s` gives one.
    pub fn new(arguments: &Arguments, setup: Setup, files: &[Vec<u8>], seed: u64) -> Self {
        let nanoseconds = |time: Option<std::time::Duration>| {
            time.map_or(SECOND, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
        };
        let times = &arguments.drop_times;
        let avalanche = arguments.scenario == Scenario::Avalanche;
        let late = arguments
            .late_after
            .zip(arguments.late_for)
            .map(|(after, time)| (nanoseconds(Some(after)), nanoseconds(Some(after + time))));
        let clients = arguments.clients.unwrap_or(1).max(1);
        Self {
            templates: setup.templates(arguments, files),
            base: setup.base(arguments),
            macs: arguments.macs.clone(),
            clients: clients.into(),
            clients_at_random: arguments.random_clients,
            relays: arguments.relays.clone(),
            initial_only: arguments.initial_only,
            first_server: arguments.first_server,
            patience: [nanoseconds(times.first().copied()), nanoseconds(times.get(1).or(times.first()).copied())],
            rate: arguments.rate,
            renew_rate: arguments.renew_rate,
            release_rate: arguments.release_rate,
            in_flight: arguments.in_flight,
            mix: arguments.mix,
            requests: [
                if avalanche { Some(clients.into()) } else { arguments.requests.first().copied() },
                arguments.requests.get(1).copied(),
            ],
            period: arguments.period.filter(|_| !avalanche).map(|period| nanoseconds(Some(period))),
            preload: arguments.preload,
            late,
            unique_offers: arguments.unique,
            checks_client: files.is_empty(),
            avalanche,
            in_pieces: arguments.offload,
            keeps_times: arguments.diagnoses('t'),
            keeps_leases: arguments.diagnoses('l'),
            seed: if arguments.seed == 0 { seed } else { arguments.seed.into() },
            setup,
        }
    }

    /// The prepared query of a kind.
    pub fn template(&self, kind: Kind) -> Option<&Template> {
        self.templates.get(kind.index())
    }

    /// Tells whether leases are kept for later exchanges.
    pub fn uses_leases(&self) -> bool {
        self.renew_rate > 0 || self.release_rate > 0 || self.mix != Mix::default()
    }

    /// The kind of exchange that completes a transaction.
    pub fn last_kind(&self) -> Kind {
        if self.initial_only { Kind::Initial } else { Kind::Request }
    }
}

/// One session's part of a test, where there are several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 0.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

impl Part {
    /// The whole test in one session.
    pub const WHOLE: Self = Self { number: 0, of: 1 };

    /// This session's part of a number; all parts together make the number.
    pub fn share(self, whole: u64) -> u64 {
        let (number, of) = (u64::from(self.number), u64::from(self.of.max(1)));
        whole / of + u64::from(number < whole % of)
    }

    /// How many low bits of a transaction id say whose it is.
    pub fn bits(self) -> u32 {
        self.of.max(1).next_power_of_two().trailing_zeros()
    }

    /// Whose transaction id this is.
    pub fn owner(self, transaction: u32) -> u32 {
        transaction & ((1_u32 << self.bits()) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_number_make_it_up_and_transactions_find_their_owner() {
        for of in 1..6 {
            let parts: Vec<Part> = (0..of).map(|number| Part { number, of }).collect();
            assert_eq!(parts.iter().map(|part| part.share(17)).sum::<u64>(), 17);
            assert!(parts.iter().all(|part| part.owner((5 << part.bits()) | part.number) == part.number));
        }
    }
}
