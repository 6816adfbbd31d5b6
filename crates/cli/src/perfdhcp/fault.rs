//! What is wrong with a command line, in Kea's words. This file is a table.

/// Why a command line is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is documented by its text, which users see")]
pub enum UsageError {
    #[error("wrong command line option")]
    Wrong,
    #[error("extra arguments?")]
    Extra,
    #[error("IP version already set to {0}")]
    Family(char),
    #[error("{}", number_text(*.0))]
    Number(char),
    #[error("-A only supports 1 at the moment.")]
    Encapsulation,
    #[error("base value not provided as -b<value>, expected -b mac=<mac> or -b duid=<duid>")]
    Base,
    #[error("-b<value> already specified, unexpected occurrence of 5th -b<value>")]
    Bases,
    #[error("expected -b<base> format for mac address is -b mac=00::0C::01::02::03::04 or -b mac=00:0C:01:02:03:04")]
    BaseMac,
    #[error("invalid characters in MAC provided")]
    BaseMacDigits,
    #[error("DUID must be at least 6 octets long")]
    DuidShort,
    #[error("duid too large")]
    DuidLong,
    #[error("odd number of hexadecimal digits in duid")]
    DuidOdd,
    #[error("invalid characters in DUID provided, expected hex digits")]
    DuidDigits,
    #[error("drop-time must be a positive number")]
    DropTime,
    #[error("value of drop percentage: -D<value%> must be 0..100")]
    DropPercentage,
    #[error("values of maximum drops: -D<value> already specified, unexpected 3rd occurrence of -D<value>")]
    ThirdDrops,
    #[error("value of maximum number of requests: -n<value> already specified, unexpected 3rd occurrence of -n<value>")]
    ThirdRequests,
    #[error("template files are already specified, unexpected 3rd -T<filename> occurrence")]
    ThirdTemplate,
    #[error("transaction ids already specified, unexpected 3rd -X<value> occurrence")]
    ThirdTransactionOffset,
    #[error("random offsets already specified, unexpected 3rd occurrence of -O<value>")]
    ThirdRandomOffset,
    #[error("value of lease-type: -e<lease-type>, must be one of the following: 'address-only' or 'prefix-only'")]
    LeaseType,
    #[error("value of thread mode (-g) '{0}' is wrong - should be '-g single' or '-g multi'")]
    ThreadMode(String),
    #[error("scenario value '{0}' is wrong - should be 'basic' or 'avalanche'")]
    Scenario(String),
    #[error("file with addresses is empty!")]
    NoAddresses,
    #[error("invalid address or wrong address version in line: {0}")]
    AddressLine(usize),
    #[error("invalid mac in input line {0}")]
    MacLine(usize),
    #[error("cannot read file {0}")]
    Unreadable(String),
    #[error("local-port must be lower than 65535")]
    LocalPort,
    #[error("remote-port must be lower than 65535")]
    RemotePort,
    #[error("-4 or -6 must be explicitly specified before -o is used.")]
    OptionFamily,
    #[error(
        "-o option must provide option code, a comma and hexstring for the option content, \
         e.g. -o60,646f63736973 for sending option 60 (class-id) with the value 'docsis'"
    )]
    OptionForm,
    #[error("Invalid option code specified for {0} option, expected format: {0}{level}<integer>,<hexstring>", level = level(.0))]
    OptionCode(&'static str),
    #[error("DHCPv4 Option type {0} is too big. For DHCPv4 allowed type range is 0..255")]
    OptionCode4(u32),
    #[error("Error during {}coding option {option}:attempt to decode a value not in base16 char set: {value}", direction(.option))]
    OptionValue { option: &'static str, value: String },
    #[error("Error during {}coding option {option}:non-zero bits left over {value}", direction(.option))]
    OptionValueOdd { option: &'static str, value: String },
    #[error("-6 must be explicitly specified before --or is used.")]
    RelayOptionFamily,
    #[error("-A must be explicitly specified before --or is used.")]
    RelayOptionLevel,
    #[error("Relayed option encapsulation level supports only value 1 at the moment.")]
    RelayOptionOtherLevel,
    #[error(
        "Invalid relayed option encapsulation level specified for --or option, \
         expected format: --or <integer>:<integer>,<hexstring>"
    )]
    RelayOptionBadLevel,
    #[error(
        "--or option must provide encapsulation level, a colon, option code, a comma and hexstring for the option \
         content, e.g. --or 1:38,31323334 for sending option 38 (subscriber-id) with the value 1234 at first level of \
         encapsulation"
    )]
    RelayOptionForm,
    #[error("without an interface, server is required")]
    NoServer,
    #[error("-6 option must be used if lease type other than '-e address-only' is specified")]
    LeaseTypeFamily,
    #[error("Can't use -4 with -A, it's a V6 only option.")]
    EncapsulationFamily,
    #[error("-6 (IPv6) must be set to use -c")]
    RapidFamily,
    #[error("-i must be set to use -c")]
    RapidExchange,
    #[error("-B is not compatible with IPv6 (-6)")]
    Broadcast,
    #[error("{0} is not compatible with -i")]
    Initial(&'static str),
    #[error("Renew rate specified as -f<renew-rate> must not be specified when -r<rate> parameter is not specified")]
    RenewAlone,
    #[error(
        "Release rate specified as -F<release-rate> must not be specified when -r<rate> parameter is not specified"
    )]
    ReleaseAlone,
    #[error(
        "The sum of Renew rate (-f<renew-rate>) and Release rate (-F<release-rate>) must not be greater than the \
         exchange rate specified as -r<rate>"
    )]
    RateSum,
    #[error("{0}-T<template-file> must be set to use {1}")]
    NeedsTemplate(&'static str, &'static str),
    #[error("template files may be only used with '-e address-only'")]
    TemplateLease,
    #[error("in case of avalanche scenario number\nof clients must be specified using -R option explicitly")]
    AvalancheClients,
    #[error("Option {0} can't be used without {1}")]
    LateAlone(&'static str, &'static str),
    #[error("Can't use -b with -M option")]
    BaseWithMacs,
    #[error("value of --{0} must be a positive integer")]
    Own(&'static str),
    #[error("--mix takes shares in percent, as renew=20,rebind=5,release=5, with a sum of at most 100")]
    Mix,
    #[error("--{0} does not go with {1}")]
    Together(&'static str, &'static str),
}

/// What is said of a number that does not fit its option.
const NUMBERS: [(char, &str); 23] = [
    ('A', "-A<encapsulation-level> must be a positive integer"),
    ('d', "value of drop time: -d<value> must be positive number"),
    ('D', "value of max drops number: -D<value> must be a positive integer"),
    ('E', "value of time-offset: -E<value> must not be a negative integer"),
    ('f', "value of the renew rate: -f<renew-rate> must be a positive integer"),
    ('F', "value of the release rate: -F<release-rate> must be a positive integer"),
    ('I', "value of ip address offset: -I<value> must be a positive integer"),
    ('L', "value of local port: -L<value> must not be a negative integer"),
    // Kea: names the other option.
    ('N', "value of remote port: -L<value> must not be a negative integer"),
    ('n', "value of num-request: -n<value> must be a positive integer"),
    ('O', "value of random offset: -O<value> must be greater than 3"),
    // Not a flag of its own: what is said of an offset that is a number and too small.
    ('o', "value of random random-offset: -O<value> must be greater than 3 "),
    ('p', "value of test period: -p<value> must be a positive integer"),
    ('P', "number of preload packets: -P<value> must not be a negative integer"),
    ('r', "value of rate: -r<value> must be a positive integer"),
    ('R', "value of -R <value> must be non-negative integer"),
    ('s', "value of seed: -s <seed> must be non-negative integer"),
    ('S', "value of server id offset: -S<value> must be a positive integer"),
    ('t', "value of report delay: -t<value> must be a positive integer"),
    ('W', "value of exist wait time: -W<value> must not be a negative integer"),
    ('X', "value of transaction id: -X<value> must be a positive integer"),
    ('y', "value of time: -y<value> must be a positive integer"),
    ('Y', "value of time: -Y<value> must be a non negative integer"),
];

/// Kea: says "encoding" of the client's options and "decoding" of the relay's.
fn direction(option: &str) -> &'static str {
    if option == "-o" { "en" } else { "de" }
}

fn level(option: &str) -> &'static str {
    if option == "-o" { "" } else { " <integer>:" }
}

fn number_text(option: char) -> &'static str {
    NUMBERS.iter().find(|(o, _)| *o == option).map_or("wrong command line option", |(_, text)| text)
}
