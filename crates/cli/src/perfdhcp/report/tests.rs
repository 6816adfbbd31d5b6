use std::ffi::OsString;

use super::super::arguments::Action;
use super::super::setup::Setup;
use super::*;

fn test(line: &str) -> (Arguments, Plan) {
    let Ok(Action::Test(arguments)) = Arguments::parse(line.split_whitespace().map(OsString::from)) else {
        panic!("{line}")
    };
    let setup = Setup::new(&arguments, [192, 0, 2, 1].into(), 0);
    let plan = Plan::new(&arguments, setup, &[], 1);
    (*arguments, plan)
}

fn counted(sent: u64, delays: &[u64]) -> Counts {
    let mut counts = Counts { sent, received: u64::try_from(delays.len()).unwrap(), ..Counts::default() };
    for delay in delays {
        counts.delays.record(*delay);
    }
    counts
}

fn text(line: &str, statistics: &Statistics) -> String {
    let (arguments, plan) = test(line);
    let report = Report { arguments: &arguments, plan: &plan, statistics, elapsed: Duration::from_millis(2_506) };
    let mut text = String::new();
    report.write(&mut text).unwrap();
    text
}

#[test]
fn the_report_begins_with_keas_lines_in_keas_order() {
    let mut statistics = Statistics { completed: 19, ..Statistics::default() };
    *statistics.of_mut(Kind::Initial) = counted(20, &[1_000_000; 19]);
    *statistics.of_mut(Kind::Request) = counted(19, &[505_000, 505_000]);
    let expected = "\
***Rate statistics***
Rate: 7.5818 4-way exchanges/second, expected rate: 8

***Malformed Packets***
Malformed packets: 0
***Statistics for: DISCOVER-OFFER***
sent packets: 20
received packets: 19
drops: 1
drops ratio: 5 %
orphans: 0
rejected leases: 0
non unique addresses: 0

min delay: 1.000 ms
avg delay: 1.000 ms
max delay: 1.000 ms
std deviation: 0.000 ms
collected packets: 0

***Statistics for: REQUEST-ACK***
sent packets: 19
received packets: 2
drops: 17
drops ratio: 89.4737 %
orphans: 0
rejected leases: 0
non unique addresses: 0

min delay: 0.505 ms
avg delay: 0.505 ms
max delay: 0.505 ms
std deviation: 0.000 ms
collected packets: 0

";
    let text = text("-r 8 x", &statistics);
    assert_eq!(text.get(..expected.len()), Some(expected), "{text}");
    assert!(text.ends_with("addresses given to two clients: 0\n"), "{text}");
}

#[test]
fn without_answers_there_are_no_delays_and_without_a_rate_no_expectation() {
    let text = text("-i -C , x", &Statistics::default());
    assert!(
        text.starts_with("***Rate statistics***\nRate: 0 DISCOVER-OFFER/second\n***Malformed Packets***\n"),
        "{text}"
    );
    assert!(
        text.ends_with("min delay: n/a\navg delay: n/a\nmax delay: n/a\nstd deviation: n/a\ncollected packets: 0\n\n")
    );
}

#[test]
fn what_the_letters_ask_for_follows() {
    let mut statistics = Statistics { server: Some(vec![54, 4, 127, 0, 0, 1]), ..Statistics::default() };
    statistics.times[0].push((533_000, 2_359_000));
    statistics.leases[0].push(Leased { client: vec![1, 0, 12], address: Some([10, 77, 0, 120].into()), prefix: None });
    let text = text("-i -C , -x estl x", &statistics);
    let (_, end) = text.split_once("***Timestamps").unwrap();
    assert_eq!(
        end,
        " for packets: DISCOVER-OFFER***\nsent / received: 000000.000533 / 000000.002359\n\nServer id: 7f000001\n\
         Interrupted\n***Leases for DISCOVER-OFFER***\nclient_id,adrress,prefix\n01000c,10.77.0.120,\n\n"
    );
}

#[test]
fn a_release_of_dhcpv4_is_no_loss_and_a_query_not_sent_is() {
    let (arguments, plan) = test("-r 9 -F 2 x");
    let report = |statistics: &Statistics| {
        Report { arguments: &arguments, plan: &plan, statistics, elapsed: Duration::ZERO }.is_complete()
    };
    let mut statistics = Statistics::default();
    statistics.of_mut(Kind::Release).sent = 5;
    assert!(report(&statistics));
    statistics.of_mut(Kind::Initial).unsent = 1;
    assert!(!report(&statistics));
}

#[test]
fn an_interim_line_has_all_kinds_of_the_test() {
    let (arguments, plan) = test("-r 9 -f 1 x");
    let glance = Glance { sent: [7, 6, 5, 0, 0], received: [6, 6, 5, 0, 0], ..Glance::default() };
    let mut out = String::new();
    interim(&mut out, &arguments, &plan, &glance).unwrap();
    let (arguments, plan) = test("-r 9 -C ; x");
    interim(&mut out, &arguments, &plan, &glance).unwrap();
    assert_eq!(out, "sent: 7/6/5; received: 6/6/5; drops: 1/0/0; rejected: 0/0/0\n7;6;6;6;1;0;0;0\n");
}

#[test]
fn numbers_have_six_significant_digits() {
    for (number, text) in [
        (0.0, "0"),
        (7.580_03, "7.58003"),
        (18.985, "18.985"),
        (33.333_33, "33.3333"),
        (123_456.7, "123457"),
        (1_234_567.0, "1.23457e+06"),
        (0.000_012_3, "1.23e-05"),
        (100.0, "100"),
    ] {
        assert_eq!(general(number), text);
    }
}
