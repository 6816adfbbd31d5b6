//! What the daemon does on command, one file per subject.

mod configuration;
mod process;
mod select;
mod service;
mod statistics;

use std::sync::Arc;

use control::catalogue::{Entry, dispatch, unsupported};
use control::{Answer, Command};
use hooks::lease_cmds;

pub(crate) use configuration::reload;

use crate::server::Server;

type Served = Entry<Arc<Server>>;

/// The commands of the daemon itself.
const CORE: &[&Served] = &[
    &configuration::CONFIG_BACKEND_PULL,
    &configuration::CONFIG_GET,
    &configuration::CONFIG_HASH_GET,
    &configuration::CONFIG_RELOAD,
    &configuration::CONFIG_SET,
    &configuration::CONFIG_TEST,
    &configuration::CONFIG_WRITE,
    &process::BUILD_REPORT,
    &process::LIST_COMMANDS,
    &process::SERVER_TAG_GET,
    &process::SHUTDOWN,
    &process::STATUS_GET,
    &process::VERSION_GET,
    &select::SUBNET_SELECT_TEST,
    &select::SUBNET4O6_SELECT_TEST,
    &service::DHCP_DISABLE,
    &service::DHCP_ENABLE,
    &service::LEASES_RECLAIM,
    &statistics::STATISTIC_GET,
    &statistics::STATISTIC_GET_ALL,
    &statistics::STATISTIC_REMOVE,
    &statistics::STATISTIC_REMOVE_ALL,
    &statistics::STATISTIC_RESET,
    &statistics::STATISTIC_RESET_ALL,
    &statistics::STATISTIC_SAMPLE_AGE_SET,
    &statistics::STATISTIC_SAMPLE_AGE_SET_ALL,
    &statistics::STATISTIC_SAMPLE_COUNT_SET,
    &statistics::STATISTIC_SAMPLE_COUNT_SET_ALL,
];

/// Carries out a command.
pub(crate) fn run(server: &Arc<Server>, command: &Command) -> Answer {
    server.delivery.log("COMMAND_RECEIVED", format_args!("Received command '{}'", command.name));
    if let Some(answer) = dispatch(CORE, server, server.family, command) {
        return answer;
    }
    let running = server.running();
    if running.configuration.hooks.iter().any(|library| library.name == lease_cmds::LIBRARY) {
        let desk = lease_cmds::Desk {
            store: Arc::clone(&running.storage.store),
            statistics: &|name, value| set(server, name, value),
        };
        if let Some(answer) = lease_cmds::run(&desk, server.family, command) {
            return answer;
        }
    }
    unsupported(&command.name)
}

/// Lists the names of all commands served at present, in alphabetical order.
fn names(server: &Server) -> Vec<&'static str> {
    let of_family = |entry: &&Served| server.family.pick(entry.names[0], entry.names[1]);
    let mut names: Vec<&str> = CORE.iter().map(of_family).filter(|name| !name.is_empty()).collect();
    if server.running().configuration.hooks.iter().any(|library| library.name == lease_cmds::LIBRARY) {
        names.extend(lease_cmds::names(server.family));
    }
    names.sort_unstable();
    names
}

fn set(server: &Server, name: hooks::StatisticName, value: i64) {
    use crate::statistics::Name;
    let hooks::StatisticName::Subnet(subnet, text) = name;
    server.statistics().set(Name::Subnet(subnet, text), i128::from(value));
}
