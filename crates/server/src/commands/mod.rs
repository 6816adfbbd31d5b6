//! What the daemon does on command, one file per subject.

mod configuration;
mod explain;
mod process;
mod select;
mod service;
mod statistics;

use std::sync::Arc;

use config::Configuration;
use config::json::Node;
use control::catalogue::{Entry, dispatch, unsupported};
use control::{Answer, Command};
use engine::Count;
use hooks::Desk;
use model::SubnetId;

pub(crate) use configuration::reload;

use crate::delivery::Delivery;
use crate::reconfigure;
use crate::server::{Running, Server};

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
    &explain::NESTOR_EXPLAIN,
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
    for library in &running.configuration.hooks {
        let desk = desk(server, &running);
        if let Some(answer) = dispatch(hooks::commands(&library.name), &desk, server.family, command) {
            running.storage.settle();
            if let Some(told) = hooks::told::answered(&library.name, command, &answer) {
                server.delivery.log(&told.id, format_args!("{}", told.text));
            }
            return answer;
        }
    }
    unsupported(&command.name)
}

/// Gives features what they may see of the server.
fn desk(server: &Arc<Server>, running: &Running) -> Desk {
    let statistics: Arc<Delivery> = Arc::clone(&server.delivery);
    Desk {
        leases: Arc::clone(&running.storage.store),
        configuration: Arc::clone(&running.configuration),
        statistics,
        configurator: Arc::new(Changes(Arc::clone(server))),
        now: crate::drive::now(),
        data: server.paths.directories.data.clone(),
        lease_file: running.storage.outbox().map(|_| running.storage.path().to_owned()),
    }
}

/// Lets features change the configuration.
struct Changes(Arc<Server>);

impl hooks::Configurator for Changes {
    fn check(&self, root: &Node) -> Result<Configuration, String> {
        let interfaces = net::interfaces().map_err(|error| error.to_string())?;
        configuration::reader(&self.0).command(root, &interfaces).map_err(|error| error.to_string())
    }

    fn serve(&self, configuration: Configuration) -> Result<(), String> {
        reconfigure::apply(&self.0, configuration).map(|_hash| ()).map_err(|error| error.to_string())
    }
}

impl hooks::Statistics for Delivery {
    fn count(&self, counts: &[Count]) {
        self.statistics().count(counts);
    }

    fn of_subnet(&self, subnet: SubnetId, names: [&'static str; 2]) -> [i128; 2] {
        self.statistics().of_subnet(subnet, names)
    }

    fn instant(&self) -> String {
        jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S.%6f").to_string()
    }
}

/// Lists the names of all commands served at present, in alphabetical order.
///
/// Kea: features bring the commands of both families.
fn names(server: &Server) -> Vec<&'static str> {
    let of_family = |entry: &&Served| server.family.pick(entry.names[0], entry.names[1]);
    let mut names: Vec<&str> = CORE.iter().map(of_family).collect();
    let running = server.running();
    let features = running.configuration.hooks.iter().flat_map(|library| hooks::commands(&library.name));
    names.extend(features.flat_map(|entry| entry.names));
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    names
}
