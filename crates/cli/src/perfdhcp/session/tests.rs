use super::super::arguments::{Arguments, Mix};
use super::*;

/// A server without memory: offers and grants an address made of the client's last octets.
struct Server {
    address: [u8; 2],
}

impl Server {
    fn answer(&self, query: &[u8]) -> Option<Vec<u8>> {
        let mut reply = query[..240].to_vec();
        reply[0] = 2;
        let (kind, client) = (query[242], &query[32..34]);
        let kind = match kind {
            1 => 2,
            3 => 5,
            _ => return None,
        };
        reply[16..20].copy_from_slice(&[10, self.address[0], client[0] ^ self.address[1], client[1]]);
        reply.extend([53, 1, kind, 54, 4, 192, 0, 2, 2, 51, 4, 0, 0, 14, 16, 255]);
        Some(reply)
    }
}

fn plan(arguments: &Arguments) -> Plan {
    Plan::new(arguments, Setup::new(arguments, [192, 0, 2, 1].into(), 0), &[], 1)
}

fn session(plan: Plan) -> Session {
    Session::new(Arc::new(plan), Part::WHOLE, Arc::new(Holders::default()))
}

/// Lets a session run against a server that answers at once, in steps of a millisecond.
fn run(session: &mut Session, server: Option<&Server>, milliseconds: u64) -> Next {
    let mut last = Next::Done;
    for step in 0..=milliseconds {
        let now = step * SECOND / 1000;
        let mut out = Outbox::default();
        last = session.tick(now, true, 64, &mut out);
        while !out.is_empty() {
            let queries: Vec<Vec<u8>> = out.iter().map(|(_, octets)| octets.to_vec()).collect();
            out.clear();
            for answer in queries.iter().filter_map(|query| server?.answer(query)) {
                session.receive(&answer, now + 1000, &mut out);
            }
        }
    }
    last
}

const SERVER: Server = Server { address: [7, 0] };

#[test]
fn four_messages_make_a_lease_and_the_limit_ends_it() {
    let mut session =
        session(plan(&Arguments { rate: 100, requests: vec![20], clients: Some(5), ..Arguments::default() }));
    assert_eq!(run(&mut session, Some(&SERVER), 400), Next::Done);
    for kind in [Kind::Initial, Kind::Request] {
        let counts = session.statistics.of(kind);
        assert_eq!((counts.sent, counts.received, counts.drops(), counts.delays.count()), (20, 20, 0, 20));
        assert_eq!((counts.orphans, counts.wrong_server, counts.wrong_client, counts.not_unique), (0, 0, 0, 0));
    }
    assert_eq!((session.statistics.completed, session.open()), (20, 0));
    // Answers come in pairs, a pair every ten milliseconds.
    assert_eq!(session.statistics.silence, SECOND / 100);
}

#[test]
fn nothing_is_begun_after_the_period() {
    let period = Some(std::time::Duration::from_millis(500));
    let mut session = session(plan(&Arguments { rate: 100, period, ..Arguments::default() }));
    run(&mut session, Some(&SERVER), 900);
    assert_eq!(session.statistics.of(Kind::Initial).sent, 49);
}

#[test]
fn a_silent_server_loses_every_query_after_the_patience() {
    let mut session = session(plan(&Arguments { rate: 10, ..Arguments::default() }));
    run(&mut session, None, 1_900);
    let counts = session.statistics.of(Kind::Initial);
    assert_eq!((counts.sent, counts.received, counts.expired, counts.drops()), (19, 0, 9, 19));
}

#[test]
fn a_closed_loop_has_so_many_open_and_begins_the_next_when_one_ends() {
    let mut session = session(plan(&Arguments { in_flight: Some(8), clients: Some(100), ..Arguments::default() }));
    let mut out = Outbox::default();
    assert_eq!(session.tick(0, true, 64, &mut out), Next::At(SECOND));
    assert_eq!((out.len(), session.open()), (8, 8));
    let first = out.iter().next().unwrap().1.to_vec();
    out.clear();
    session.receive(&SERVER.answer(&first).unwrap(), 10, &mut out);
    assert_eq!((out.len(), session.open()), (1, 8));
    let request = out.iter().next().unwrap().1.to_vec();
    out.clear();
    session.receive(&SERVER.answer(&request).unwrap(), 20, &mut out);
    assert_eq!((out.len(), session.open()), (0, 7));
    session.tick(30, true, 64, &mut out);
    assert_eq!((out.len(), session.open()), (1, 8));
}

#[test]
fn a_closed_loop_behind_its_rate_has_skipped_nothing_and_an_open_one_has() {
    for (in_flight, skipped) in [(Some(1), 0), (None, 290)] {
        let mut session = session(plan(&Arguments { in_flight, rate: 100, ..Arguments::default() }));
        let mut out = Outbox::default();
        session.tick(SECOND / 10, true, 64, &mut out);
        session.tick(4 * SECOND, true, 64, &mut out);
        assert_eq!(session.statistics.skipped, skipped);
    }
}

#[test]
fn a_mix_keeps_its_shares_and_releases_only_what_is_held() {
    let mix = Mix { renew: 50, rebind: 10, release: 20 };
    let arguments = Arguments { rate: 1000, clients: Some(5_000), mix, ..Arguments::default() };
    let mut session = session(plan(&arguments));
    run(&mut session, Some(&SERVER), 1000);
    let sent = KINDS_SENT.map(|kind| session.statistics.of(kind).sent);
    assert_eq!(sent.iter().sum::<u64>(), 1000);
    for (sent, expected) in sent.iter().zip([200_u64, 500, 100, 200]) {
        assert!(sent.abs_diff(expected) <= 3, "{sent} for {expected}");
    }
    assert_eq!(session.statistics.of(Kind::Renew).drops(), 0);
    assert_eq!(session.statistics.sum(|counts| counts.not_unique + counts.orphans + counts.rejected), 0);
}

const KINDS_SENT: [Kind; 4] = [Kind::Initial, Kind::Renew, Kind::Rebind, Kind::Release];

#[test]
fn renewals_and_releases_have_rates_of_their_own() {
    let arguments =
        Arguments { rate: 100, renew_rate: 40, release_rate: 20, clients: Some(1000), ..Arguments::default() };
    let mut session = session(plan(&arguments));
    run(&mut session, Some(&SERVER), 1000);
    let sent = [Kind::Initial, Kind::Request, Kind::Renew, Kind::Release].map(|kind| session.statistics.of(kind).sent);
    assert_eq!(sent, [100, 100, 40, 20]);
}

#[test]
fn an_address_given_to_two_clients_is_noticed() {
    let mut session =
        session(plan(&Arguments { rate: 100, requests: vec![2], clients: Some(2), ..Arguments::default() }));
    let mut out = Outbox::default();
    let mut kinds = Vec::new();
    for (now, server) in [(11_000_000, SERVER), (21_000_000, Server { address: [7, 0] })] {
        session.tick(now, true, 64, &mut out);
        while !out.is_empty() {
            let query = out.iter().next().unwrap().1.to_vec();
            out.clear();
            let mut answer = server.answer(&query).unwrap();
            answer[16..20].copy_from_slice(&[10, 0, 0, 1]);
            kinds.push(query[242]);
            session.receive(&answer, now, &mut out);
        }
    }
    assert_eq!(kinds, [1, 3, 1, 3]);
    assert_eq!(session.statistics.of(Kind::Request).not_unique, 1);
}

#[test]
fn answers_that_do_not_fit_are_told_apart() {
    let mut session = session(plan(&Arguments { rate: 100, ..Arguments::default() }));
    let mut out = Outbox::default();
    session.tick(11_000_000, true, 64, &mut out);
    let query = out.iter().next().unwrap().1.to_vec();
    out.clear();
    let offer = SERVER.answer(&query).unwrap();
    let changed = |at: usize, octet: u8| {
        let mut octets = offer.clone();
        octets[at] = octet;
        octets
    };
    for answer in
        [changed(4, offer[4] ^ 0x80), changed(33, 99), changed(242, 8), changed(242, 5), offer[..100].to_vec()]
    {
        session.receive(&answer, 12_000_000, &mut out);
    }
    let counts = session.statistics.of(Kind::Initial);
    assert_eq!((counts.received, counts.orphans, counts.wrong_client, counts.wrong_type), (0, 4, 1, 1));
    assert_eq!(session.statistics.malformed, 1);
    session.receive(&offer, 12_000_000, &mut out);
    assert_eq!((session.statistics.of(Kind::Initial).received, out.len()), (1, 1));
    // The same again is nobody's; a grant of another server is counted.
    session.receive(&offer, 12_000_000, &mut out);
    assert_eq!(session.statistics.of(Kind::Request).orphans, 1);
    let mut grant = SERVER.answer(out.iter().next().unwrap().1).unwrap();
    let server = grant.len() - 8;
    grant[server] = 99;
    session.receive(&grant, 12_000_000, &mut out);
    assert_eq!(
        (session.statistics.of(Kind::Request).received, session.statistics.of(Kind::Request).wrong_server),
        (1, 1)
    );
}

#[test]
fn a_client_that_is_refused_a_renewal_has_lost_its_lease() {
    let mix = Mix { renew: 100, ..Mix::default() };
    let mut session = session(plan(&Arguments { rate: 100, mix, clients: Some(2), ..Arguments::default() }));
    let mut out = Outbox::default();
    for (now, refuses) in [(11_000_000, false), (21_000_000, true), (31_000_000, false)] {
        session.tick(now, true, 64, &mut out);
        while !out.is_empty() {
            let query = out.iter().next().unwrap().1.to_vec();
            out.clear();
            let mut answer = SERVER.answer(&query).unwrap();
            answer[16..20].copy_from_slice(&[10, 0, 0, 1]);
            if refuses {
                answer[242] = 6;
            }
            session.receive(&answer, now, &mut out);
        }
    }
    let [request, renew] = [Kind::Request, Kind::Renew].map(|kind| session.statistics.of(kind));
    assert_eq!((renew.received, renew.rejected), (1, 1));
    assert_eq!((request.received, request.not_unique), (2, 0));
}

fn below(random: &mut Random, limit: usize) -> usize {
    usize::try_from(random.below(u64::try_from(limit).unwrap())).unwrap()
}

#[test]
fn damaged_answers_never_end_the_test() {
    for family in [Family::V4, Family::V6] {
        let arguments = Arguments { given_family: Some(family), in_flight: Some(4), ..Arguments::default() };
        let mut session = session(plan(&arguments));
        let mut random = Random::new(7);
        let mut out = Outbox::default();
        for now in 0..3_000_u64 {
            out.clear();
            session.tick(now * SECOND / 100, true, 64, &mut out);
            let queries: Vec<Vec<u8>> = out.iter().map(|(_, octets)| octets.to_vec()).collect();
            for mut octets in queries {
                if let Some(first) = octets.first_mut() {
                    *first = u8::try_from(random.below(15)).unwrap();
                }
                for _ in 0..random.below(4) {
                    let at = below(&mut random, octets.len());
                    octets[at] = u8::try_from(random.below(256)).unwrap();
                }
                octets.truncate(1 + below(&mut random, octets.len()));
                session.receive(&octets, now * SECOND / 100, &mut out);
            }
        }
        assert!(session.statistics.malformed > 0);
    }
}

#[test]
fn what_the_system_did_not_take_is_not_counted_as_sent() {
    let mut session = session(plan(&Arguments { in_flight: Some(2), ..Arguments::default() }));
    let mut out = Outbox::default();
    session.tick(0, true, 64, &mut out);
    let (letter, _) = out.iter().next().unwrap();
    session.unsent(letter.transaction, letter.kind, letter.again);
    let counts = session.statistics.of(Kind::Initial);
    assert_eq!((counts.sent, counts.unsent, session.open()), (1, 1, 1));
}

#[test]
fn an_avalanche_repeats_itself_until_everybody_has_a_lease() {
    use super::super::arguments::Scenario;
    let arguments = Arguments { clients: Some(300), scenario: Scenario::Avalanche, ..Arguments::default() };
    let mut session = session(plan(&arguments));
    let mut out = Outbox::default();
    // Nobody hears the first queries.
    while session.tick(0, true, 64, &mut out) == Next::Now {
        out.clear();
    }
    assert_eq!(session.open(), 300);
    let mut now = 0;
    while session.open() > 0 && now < 10 * SECOND {
        now += SECOND / 100;
        out.clear();
        while session.tick(now, true, 64, &mut out) == Next::Now || !out.is_empty() {
            let queries: Vec<Vec<u8>> = out.iter().map(|(_, octets)| octets.to_vec()).collect();
            out.clear();
            for query in queries {
                session.receive(&SERVER.answer(&query).unwrap(), now, &mut out);
            }
        }
    }
    let (discover, request) = (session.statistics.of(Kind::Initial), session.statistics.of(Kind::Request));
    assert_eq!((discover.sent, discover.resent, discover.received), (300, 300, 300));
    assert_eq!((request.sent, request.received, session.statistics.completed), (300, 300, 300));
    assert_eq!(session.tick(now, true, 64, &mut out), Next::Done);
}

#[test]
fn each_query_goes_through_one_of_the_relays_and_says_how_long_it_waits() {
    let relays = vec![[10, 1, 1, 1].into(), [10, 2, 2, 2].into()];
    let late = Some(std::time::Duration::from_secs(0));
    let for_four = Some(std::time::Duration::from_secs(4));
    let arguments = Arguments { rate: 100, relays, late_after: late, late_for: for_four, ..Arguments::default() };
    let mut session = session(plan(&arguments));
    let mut out = Outbox::default();
    session.tick(SECOND, true, 200, &mut out);
    let mut seen = std::collections::BTreeSet::new();
    for (_, octets) in out.iter() {
        let message = wire::v4::Message::decode(octets).unwrap();
        seen.insert(message.giaddr);
        assert_eq!(message.secs, 2);
    }
    assert_eq!(seen.len(), 2);
}

#[test]
fn all_queries_about_a_lease_go_through_the_relay_it_came_through() {
    let relays = vec![[10, 1, 1, 1].into(), [10, 2, 2, 2].into(), [10, 3, 3, 3].into()];
    let mix = Mix { renew: 50, ..Mix::default() };
    let arguments = Arguments { rate: 100, clients: Some(1000), relays, mix, ..Arguments::default() };
    let mut session = session(plan(&arguments));
    let mut seen = std::collections::BTreeMap::new();
    for step in 0..100 {
        let (now, mut out) = (step * SECOND / 100 + 1, Outbox::default());
        session.tick(now, true, 64, &mut out);
        while !out.is_empty() {
            let query = out.iter().next().unwrap().1.to_vec();
            out.clear();
            let message = wire::v4::Message::decode(&query).unwrap();
            let client = message.hardware_address().octets.to_vec();
            assert_eq!(*seen.entry(client).or_insert(message.giaddr), message.giaddr);
            session.receive(&SERVER.answer(&query).unwrap(), now, &mut out);
        }
    }
    assert!(session.statistics.of(Kind::Renew).received > 40);
}
