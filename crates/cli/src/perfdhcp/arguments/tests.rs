use super::super::validate::validate;
use super::*;

fn parse(line: &str) -> Result<Action, UsageError> {
    Arguments::parse(line.split_whitespace().map(OsString::from))
}

fn test(line: &str) -> Arguments {
    match parse(line) {
        Ok(Action::Test(arguments)) => *arguments,
        other => panic!("{line}: {other:?}"),
    }
}

/// What is said of a command line, without an interface of the name of `-l`.
fn said(line: &str) -> String {
    match parse(line) {
        Ok(Action::Test(arguments)) => {
            validate(&arguments, false).map_or_else(|wrong| wrong.to_string(), |()| String::new())
        }
        Ok(other) => format!("{other:?}"),
        Err(wrong) => wrong.to_string(),
    }
}

#[test]
fn what_cannot_be_read_is_told_as_kea_tells_it() {
    for (line, text) in [
        ("", "without an interface, server is required"),
        ("-l nosuch -6", "without an interface, server is required"),
        ("-4 -6 x", "IP version already set to 4"),
        ("-A 2 x", "-A only supports 1 at the moment."),
        ("-A x x", "-A<encapsulation-level> must be a positive integer"),
        ("-b duid=010 x", "odd number of hexadecimal digits in duid"),
        ("-b duid=00 x", "DUID must be at least 6 octets long"),
        ("-b mac=00:0c:01:02:03:zz x", "invalid characters in MAC provided"),
        ("-d 0 x", "drop-time must be a positive number"),
        ("-d x x", "value of drop time: -d<value> must be positive number"),
        ("-D 0 x", "value of max drops number: -D<value> must be a positive integer"),
        ("-D 101% x", "value of drop percentage: -D<value%> must be 0..100"),
        (
            "-n 1 -n 2 -n 3 x",
            "value of maximum number of requests: -n<value> already specified, unexpected 3rd occurrence of -n<value>",
        ),
        ("-g foo x", "value of thread mode (-g) 'foo' is wrong - should be '-g single' or '-g multi'"),
        ("-N x x", "value of remote port: -L<value> must not be a negative integer"),
        ("-L 70000 x", "local-port must be lower than 65535"),
        ("-o 60,aa x", "-4 or -6 must be explicitly specified before -o is used."),
        ("-4 -o 300,aa x", "DHCPv4 Option type 300 is too big. For DHCPv4 allowed type range is 0..255"),
        ("-6 --or 38,1234 x", "-A must be explicitly specified before --or is used."),
        ("-6 -A 1 --or 2:38,1234 x", "Relayed option encapsulation level supports only value 1 at the moment."),
        ("-4 -o 60,a x", "Error during encoding option -o:non-zero bits left over a"),
        (
            "-6 -A 1 --or 38,zz x",
            "Error during decoding option --or:attempt to decode a value not in base16 char set: zz",
        ),
        (
            "-6 -A 1 --or x,aa x",
            "Invalid option code specified for --or option, expected format: --or <integer>:<integer>,<hexstring>",
        ),
        ("-X 4 -X 4 -X 4 x", "transaction ids already specified, unexpected 3rd -X<value> occurrence"),
        ("-J /nonexistent x", "file with addresses is empty!"),
        ("--scenario foo x", "scenario value 'foo' is wrong - should be 'basic' or 'avalanche'"),
        ("-z", "wrong command line option"),
        ("--foo x", "wrong command line option"),
        ("-n", "wrong command line option"),
        ("a b", "extra arguments?"),
    ] {
        assert_eq!(said(line), text, "{line}");
    }
}

#[test]
fn what_does_not_go_together_is_told_as_kea_tells_it() {
    for (line, text) in [
        ("-6 -c x", "-i must be set to use -c"),
        ("-c -i x", "-6 (IPv6) must be set to use -c"),
        ("-6 -B x", "-B is not compatible with IPv6 (-6)"),
        ("-4 -A 1 x", "Can't use -4 with -A, it's a V6 only option."),
        ("-e prefix-only x", "-6 option must be used if lease type other than '-e address-only' is specified"),
        ("-i -1 x", "-1 is not compatible with -i"),
        ("-i -n 2 -n 4 x", "second -n<num-request> is not compatible with -i"),
        ("-i -F 2 -r 4 x", "-F<release-rate> is not compatible with -i"),
        ("-O 3 x", "-T<template-file> must be set to use -O<random-offset>"),
        ("-E 5 x", "second/request -T<template-file> must be set to use -E<time-offset>"),
        ("-y 5 x", "Option -y can't be used without -Y"),
        ("-Y 5 x", "Option -Y can't be used without -y"),
        ("-y 0 -Y 0 x", "value of time: -y<value> must be a positive integer"),
        (
            "--scenario avalanche x",
            "in case of avalanche scenario number\nof clients must be specified using -R option explicitly",
        ),
        (
            "--mix renew=60,release=50 x",
            "--mix takes shares in percent, as renew=20,rebind=5,release=5, with a sum of at most 100",
        ),
        ("--in-flight 0 x", "value of --in-flight must be a positive integer"),
        (
            "-f 5 x",
            "Renew rate specified as -f<renew-rate> must not be specified when -r<rate> parameter is not specified",
        ),
    ] {
        assert_eq!(said(line), text, "{line}");
    }
}

#[test]
fn every_flag_finds_its_place() {
    let given = test(
        "-6 -A1 -b ether=00::0c::01::02::03::ff -b duid=0101010101010101010110111F14 -d0.5 -d 2 -D 5% -D 3 \
         -e address-and-prefix -f 2 -F 3 -g single -l eth0 -L 5 -N 6 -n 7 -o 40,aabb --or 1:38,1234 -p 4 -P 1 -r 10 -R 100 \
         -s 9 -t 2 -u -W 100 -x ae -y 3 -Y 0 --in-flight 8 --mix renew=20,rebind=5% --threads 2 --json ::1",
    );
    assert_eq!(validate(&given, false), Ok(()));
    assert_eq!((given.family(), given.encapsulated, given.lease_type), (Family::V6, true, LeaseType::AddressAndPrefix));
    assert_eq!((given.mac, given.duid.as_ref().map(Vec::len)), (Some([0, 12, 1, 2, 3, 255]), Some(14)));
    assert_eq!(given.drop_times, [Duration::from_millis(500), Duration::from_secs(2)]);
    assert_eq!(given.max_drops, [MaxDrop::Percent(5), MaxDrop::Count(3)]);
    assert_eq!((given.options, given.relay_options), (vec![(40, vec![0xaa, 0xbb])], vec![(38, vec![0x12, 0x34])]));
    assert_eq!((given.rate, given.renew_rate, given.release_rate, given.clients), (10, 2, 3, Some(100)));
    assert_eq!((given.in_flight, given.mix), (Some(8), Mix { renew: 20, rebind: 5, release: 0 }));
    assert_eq!((given.exit_wait, given.late_after), (Some(Duration::from_micros(100)), Some(Duration::ZERO)));
    assert_eq!((given.server.as_str(), given.diagnostics.as_str()), ("::1", "ae"));
}

#[test]
fn help_and_version_come_before_everything_behind_them() {
    assert_eq!(parse("-4 -h -z"), Ok(Action::Usage));
    assert_eq!((parse("-v"), parse("-V")), (Ok(Action::Version), Ok(Action::ExtendedVersion)));
    assert_eq!(parse("--respond 127.0.0.1:67"), Ok(Action::Respond("127.0.0.1:67".to_owned())));
}

#[test]
fn files_of_clients_and_relays_have_one_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (macs, relays) =
        (file("macs", "00:0c:01:02:03:aa\n\n00:0c:01:02:03:bb\n"), file("relays", "10.1.1.1\n10.2.2.2\n"));
    let given = test(&format!("-M {macs} -J {relays} x"));
    assert_eq!((given.macs.len(), given.relays.len()), (2, 2));
    assert_eq!(said(&format!("-6 -J {relays} x")), "invalid address or wrong address version in line: 1");
    assert_eq!(said(&format!("-M {} x", file("bad", "00:0c:01:02:03:aa\nhost\n"))), "invalid mac in input line 2");
}
