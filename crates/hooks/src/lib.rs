//! The features Kea ships as hook libraries, each a module known by the file name of its library.

pub mod lease_cmds;

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
    "libdhcp_user_chk.so",
];

/// A statistic that a feature sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatisticName {
    /// One of a subnet, such as `assigned-nas`.
    Subnet(model::SubnetId, &'static str),
}
