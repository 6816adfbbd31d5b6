//! The arguments as `-x a` shows them.

use std::fmt::{self, Display, Write};

use model::Family;

use super::arguments::{Arguments, LeaseType, Mac, MaxDrop};

/// Writes the arguments as they were understood, one a line; `interface` is the one of `-l`, `server` what it was resolved to.
///
/// # Errors
/// Those of the writer.
pub fn arguments(out: &mut dyn Write, given: &Arguments, interface: &str, server: &str) -> fmt::Result {
    let six = given.family() == Family::V6;
    writeln!(out, "IPv{}", given.family().digit())?;
    if given.initial_only {
        writeln!(out, "{} only", if six { "SOLICIT-ADVERTISE" } else { "DISCOVER-OFFER" })?;
    }
    if given.rapid {
        writeln!(out, "rapid-commit")?;
    }
    writeln!(out, "lease-type={}", lease_type(given.lease_type))?;
    load(out, given)?;
    files(out, given)?;
    let on = |out: &mut dyn Write, name: &str, value: &str| {
        if value.is_empty() { Ok(()) } else { writeln!(out, "{name}={value}") }
    };
    on(out, "diagnostic-selectors", &given.diagnostics)?;
    on(out, "wrapped", &given.wrapped.as_deref().unwrap_or_default().to_string_lossy())?;
    on(out, "interface", interface)?;
    on(out, "server", server)?;
    let single = given.single_thread == Some(true);
    writeln!(out, "{}", if single { "single-thread-mode" } else { "multi-thread-mode" })
}

/// Writes the identifiers clients are counted from.
///
/// # Errors
/// Those of the writer.
pub fn identifiers(out: &mut dyn Write, mac: Mac, duid: &[u8]) -> fmt::Result {
    let octets = mac.map(|octet| format!("{octet:02x}"));
    writeln!(out, "Set MAC to {}", octets.join("::"))?;
    writeln!(out, "Set DUID to {}", hex(duid))
}

/// Octets as digits in a row.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        // A string takes everything.
        write!(text, "{octet:02x}").unwrap_or_default();
        text
    })
}

fn lease_type(kind: LeaseType) -> &'static str {
    match kind {
        LeaseType::Address => "address-only (IA_NA option added to the client's request)",
        LeaseType::Prefix => "prefix-only (IA_PD option added to the client's request)",
        LeaseType::AddressAndPrefix => {
            "address-and-prefix (Both IA_NA and IA_PD options added to the client's request)"
        }
    }
}

fn load(out: &mut dyn Write, given: &Arguments) -> fmt::Result {
    let seconds = |time: Option<std::time::Duration>| time.map_or(0, |time| time.as_secs());
    number(out, "rate[1/s]", given.rate)?;
    number(out, "renew-rate[1/s]", given.renew_rate)?;
    number(out, "release-rate[1/s]", given.release_rate)?;
    number(out, "report[s]", seconds(given.report))?;
    number(out, "clients", given.clients.unwrap_or(0))?;
    list(out, "num-request", given.requests.iter())?;
    number(out, "test-period", seconds(given.period))?;
    for stage in 0..2 {
        let time = given.drop_times.get(stage).map_or(1.0, std::time::Duration::as_secs_f64);
        writeln!(out, "drop-time[{stage}]={time}")?;
    }
    for (stage, limit) in given.max_drops.iter().enumerate() {
        match limit {
            MaxDrop::Count(count) => writeln!(out, "max-drop{{{stage}]={count}")?,
            MaxDrop::Percent(share) => writeln!(out, "max-pdrop{{{stage}]={share}")?,
        }
    }
    number(out, "preload", given.preload)?;
    number(out, "local-port", given.local_port)?;
    number(out, "remote-port", given.remote_port)?;
    number(out, "seed", given.seed)?;
    number(out, "in-flight", given.in_flight.unwrap_or(0))?;
    number(out, "threads", given.threads.unwrap_or(0))
}

fn files(out: &mut dyn Write, given: &Arguments) -> fmt::Result {
    for (flag, name) in [(given.broadcast, "broadcast"), (given.first_server, "use-first")] {
        if flag {
            writeln!(out, "{name}")?;
        }
    }
    if let Some(file) = &given.mac_file {
        writeln!(out, "mac-list-file={}", file.display())?;
    }
    list(out, "template-file", given.templates.iter().map(|file| file.display()))?;
    list(out, "xid-offset", given.transaction_offsets.iter())?;
    offset(out, "elp-offset", given.elapsed_offset)?;
    list(out, "rnd-offset", given.random_offsets.iter())?;
    offset(out, "sid-offset", given.server_offset)?;
    offset(out, "rip-offset", given.address_offset)
}

/// Writes a number unless it is zero, which stands for "not given".
fn number<T: Display + Default + PartialEq + Copy>(out: &mut dyn Write, name: &str, value: T) -> fmt::Result {
    if value == T::default() { Ok(()) } else { writeln!(out, "{name}={value}") }
}

fn list<T: Display>(out: &mut dyn Write, name: &str, values: impl Iterator<Item = T>) -> fmt::Result {
    for (number, value) in values.enumerate() {
        writeln!(out, "{name}[{number}]={value}")?;
    }
    Ok(())
}

fn offset(out: &mut dyn Write, name: &str, value: Option<usize>) -> fmt::Result {
    match value {
        Some(value) => writeln!(out, "{name}={value}"),
        None => writeln!(out, "{name}=-1"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::super::arguments::Action;
    use super::*;

    #[test]
    fn arguments_are_shown_line_by_line_as_kea_shows_them() {
        let line = "-6 -n 3 -r 10 -D 5% -A 1 --or 38,1234 -i -e prefix-only -L 6767 -t 3 -x a -X 1 -T file ::1";
        let Ok(Action::Test(given)) = Arguments::parse(line.split(' ').map(OsString::from)) else { panic!() };
        let mut text = String::new();
        arguments(&mut text, &given, "lo", "::1").unwrap();
        identifiers(&mut text, [0, 12, 1, 2, 3, 4], &[0, 3, 0, 1]).unwrap();
        let expected = "IPv6\nSOLICIT-ADVERTISE only\n\
            lease-type=prefix-only (IA_PD option added to the client's request)\nrate[1/s]=10\nreport[s]=3\n\
            num-request[0]=3\ndrop-time[0]=1\ndrop-time[1]=1\nmax-pdrop{0]=5\nlocal-port=6767\n\
            template-file[0]=file\nxid-offset[0]=1\nelp-offset=-1\nsid-offset=-1\nrip-offset=-1\n\
            diagnostic-selectors=a\ninterface=lo\nserver=::1\nmulti-thread-mode\n\
            Set MAC to 00::0c::01::02::03::04\nSet DUID to 00030001\n";
        assert_eq!(text, expected);
    }
}
