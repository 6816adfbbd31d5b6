//! The features Kea ships as hook libraries, each a module known by the file name of its library.

pub mod class_cmds;
pub mod desk;
pub mod lease_cmds;
pub mod limits;
pub mod stat_cmds;
pub mod told;
pub mod user_chk;

pub use desk::{Configurator, Desk, Statistics};

/// The libraries Kea ships, by file name: `hooks-libraries` may name them, and no such file has to exist.
pub const LIBRARIES: [&str; 24] = [
    "libddns_gss_tsig.so",
    "libdhcp_bootp.so",
    "libdhcp_cb_cmds.so",
    "libdhcp_class_cmds.so",
    "libdhcp_ddns_tuning.so",
    "libdhcp_flex_id.so",
    "libdhcp_flex_option.so",
    "libdhcp_ha.so",
    "libdhcp_host_cache.so",
    "libdhcp_host_cmds.so",
    "libdhcp_lease_cmds.so",
    "libdhcp_lease_query.so",
    "libdhcp_legal_log.so",
    "libdhcp_limits.so",
    "libdhcp_mysql.so",
    "libdhcp_perfmon.so",
    "libdhcp_pgsql.so",
    "libdhcp_ping_check.so",
    "libdhcp_radius.so",
    "libdhcp_rbac.so",
    "libdhcp_run_script.so",
    "libdhcp_stat_cmds.so",
    "libdhcp_subnet_cmds.so",
    user_chk::LIBRARY,
];

/// A command of a feature.
pub type Served = control::Entry<Desk>;

/// Lists the commands of a library, by its file name; none if it has none, or is not served yet.
pub fn commands(library: &str) -> &'static [&'static Served] {
    match library {
        class_cmds::LIBRARY => class_cmds::COMMANDS,
        lease_cmds::LIBRARY => lease_cmds::COMMANDS,
        stat_cmds::LIBRARY => stat_cmds::COMMANDS,
        _ => &[],
    }
}
