//! Which flags do not go together.

use model::Family;

use super::arguments::{Arguments, LeaseType, Mix, Scenario};
use super::fault::UsageError;

/// Checks a command line as a whole; `on_interface` tells whether `-l` names an interface of this machine.
///
/// # Errors
/// The first thing that does not fit.
pub fn validate(arguments: &Arguments, on_interface: bool) -> Result<(), UsageError> {
    if arguments.server.is_empty() && !on_interface {
        return Err(UsageError::NoServer);
    }
    family(arguments)?;
    if arguments.initial_only {
        initial_only(arguments)?;
    }
    rates(arguments)?;
    templates(arguments)?;
    rest(arguments)
}

fn family(arguments: &Arguments) -> Result<(), UsageError> {
    let six = arguments.family() == Family::V6;
    if !six && arguments.lease_type != LeaseType::Address {
        return Err(UsageError::LeaseTypeFamily);
    }
    if !six && arguments.encapsulated {
        return Err(UsageError::EncapsulationFamily);
    }
    if arguments.rapid && !six {
        return Err(UsageError::RapidFamily);
    }
    if arguments.rapid && !arguments.initial_only {
        return Err(UsageError::RapidExchange);
    }
    if arguments.broadcast && six {
        return Err(UsageError::Broadcast);
    }
    Ok(())
}

/// What concerns the second exchange makes no sense if there is none.
fn initial_only(arguments: &Arguments) -> Result<(), UsageError> {
    let wrong = [
        (arguments.requests.len() > 1, "second -n<num-request>"),
        (arguments.drop_times.len() > 1, "second -d<drop-time>"),
        (arguments.max_drops.len() > 1, "second -D<max-drop>"),
        (arguments.first_server, "-1"),
        (arguments.templates.len() > 1, "second -T<template-file>"),
        (arguments.transaction_offsets.len() > 1, "second -X<xid-offset>"),
        (arguments.random_offsets.len() > 1, "second -O<random-offset"),
        (arguments.elapsed_offset.is_some(), "-E<time-offset>"),
        (arguments.server_offset.is_some(), "-S<srvid-offset>"),
        (arguments.address_offset.is_some(), "-I<ip-offset>"),
        (arguments.renew_rate > 0, "-f<renew-rate>"),
        (arguments.release_rate > 0, "-F<release-rate>"),
    ];
    let found = wrong.iter().find(|(wrong, _)| *wrong);
    found.map_or(Ok(()), |(_, name)| Err(UsageError::Initial(name)))
}

fn rates(arguments: &Arguments) -> Result<(), UsageError> {
    let Arguments { rate, renew_rate, release_rate, .. } = arguments;
    if *renew_rate > 0 && *rate == 0 {
        return Err(UsageError::RenewAlone);
    }
    if *release_rate > 0 && *rate == 0 {
        return Err(UsageError::ReleaseAlone);
    }
    if renew_rate.saturating_add(*release_rate) > *rate {
        return Err(UsageError::RateSum);
    }
    Ok(())
}

fn templates(arguments: &Arguments) -> Result<(), UsageError> {
    let count = arguments.templates.len();
    let needed = [
        (arguments.transaction_offsets.len(), 0, "-X<xid-offset>"),
        (arguments.random_offsets.len(), 0, "-O<random-offset>"),
        (usize::from(arguments.elapsed_offset.is_some()), 1, "-E<time-offset>"),
        (usize::from(arguments.server_offset.is_some()), 1, "-S<srvid-offset>"),
        (usize::from(arguments.address_offset.is_some()), 1, "-I<ip-offset>"),
    ];
    for (offsets, before, name) in needed {
        if offsets > 0 && count < offsets + before {
            let second = if before == 1 { "second/request " } else { "" };
            return Err(UsageError::NeedsTemplate(second, name));
        }
    }
    if count > 0 && arguments.lease_type != LeaseType::Address {
        return Err(UsageError::TemplateLease);
    }
    Ok(())
}

fn rest(arguments: &Arguments) -> Result<(), UsageError> {
    if arguments.scenario == Scenario::Avalanche && arguments.clients.is_none_or(|clients| clients == 0) {
        return Err(UsageError::AvalancheClients);
    }
    match (arguments.late_for, arguments.late_after) {
        (Some(_), None) => return Err(UsageError::LateAlone("-y", "-Y")),
        (None, Some(_)) => return Err(UsageError::LateAlone("-Y", "-y")),
        (Some(_), Some(_)) | (None, None) => {}
    }
    if !arguments.macs.is_empty() && !arguments.bases.is_empty() {
        return Err(UsageError::BaseWithMacs);
    }
    let avalanche = arguments.scenario == Scenario::Avalanche;
    if avalanche && arguments.in_flight.is_some() {
        return Err(UsageError::Together("in-flight", "--scenario avalanche"));
    }
    if arguments.mix != Mix::default() && (arguments.initial_only || avalanche) {
        return Err(UsageError::Together("mix", if avalanche { "--scenario avalanche" } else { "-i" }));
    }
    if arguments.json && arguments.separator.is_some() {
        return Err(UsageError::Together("json", "-C"));
    }
    Ok(())
}
