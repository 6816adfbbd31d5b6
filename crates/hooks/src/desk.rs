//! What the commands of features work on: the server as far as they may see it.

use std::path::PathBuf;
use std::sync::Arc;

use config::Configuration;
use config::json::Node;
use control::Answer;
use engine::Count;
use model::{Family, Lease, LeaseKind, LeaseState, Subnet, SubnetId, UnixTime};
use store::LeaseStore;

/// The server's statistics, as features see them.
pub trait Statistics: Send + Sync {
    /// Moves statistics.
    fn count(&self, counts: &[Count]);

    /// Gives the present values of two statistics of a subnet; 0 for one that is not there.
    fn of_subnet(&self, subnet: SubnetId, names: [&'static str; 2]) -> [i128; 2];

    /// Gives the present instant in UTC, written as result sets have it.
    fn instant(&self) -> String;
}

/// Who serves by another configuration when a command changes it.
pub trait Configurator: Send + Sync {
    /// Reads a changed configuration: the value of `Dhcp4` or `Dhcp6`. Nothing has changed yet.
    ///
    /// # Errors
    /// What is wrong with it.
    fn check(&self, root: &Node) -> Result<Configuration, String>;

    /// Serves by a configuration from now on.
    ///
    /// # Errors
    /// Why it cannot be served; nothing has changed.
    fn serve(&self, configuration: Configuration) -> Result<(), String>;
}

/// What one command works on.
pub struct Desk {
    /// The leases of the server's own family.
    pub leases: Arc<LeaseStore>,
    /// The configuration served with.
    pub configuration: Arc<Configuration>,
    /// The statistics.
    pub statistics: Arc<dyn Statistics>,
    /// Who changes the configuration.
    pub configurator: Arc<dyn Configurator>,
    /// The present instant.
    pub now: UnixTime,
    /// The directory of lease files.
    pub data: String,
    /// The lease file in use; `None` if leases are not kept.
    pub lease_file: Option<PathBuf>,
}

impl Desk {
    /// Gives the leases of a family.
    ///
    /// Kea: a server knows the commands of both families, and has no leases and no subnets of the other.
    pub(crate) fn store(&self, family: Family) -> Arc<LeaseStore> {
        if self.leases.family() == family { Arc::clone(&self.leases) } else { Arc::new(LeaseStore::new(family)) }
    }

    /// Lends the subnets of a family.
    pub(crate) fn subnets(&self, family: Family) -> &[Subnet] {
        let model = &self.configuration.model;
        if model.family == family { &model.subnets } else { &[] }
    }

    /// Counts that leases became others, came or went.
    ///
    /// Kea: counts by the pool the address lies in, whatever pool id the lease has. Where a lease changes its state, Kea
    /// forgets some of the statistics, which then never agree with the leases again; here they always do.
    pub(crate) fn count<'l>(&self, changes: impl IntoIterator<Item = (Option<&'l Lease>, Option<&'l Lease>)>) {
        let mut counts = Vec::new();
        for (before, after) in changes {
            let mut gone = before.map(|lease| self.tallies(lease)).unwrap_or_default();
            let mut came = after.map(|lease| self.tallies(lease)).unwrap_or_default();
            came.retain(|tally| gone.iter().position(|other| other == tally).map(|at| gone.remove(at)).is_none());
            counts.extend(gone.into_iter().map(|tally| moved(tally, -1)));
            counts.extend(came.into_iter().map(|tally| moved(tally, 1)));
        }
        self.statistics.count(&counts);
    }

    /// Lists the statistics a lease counts in.
    fn tallies(&self, lease: &Lease) -> Vec<Count> {
        let kind = lease.kind();
        let names: &[&'static str] = match lease.state {
            LeaseState::Assigned => &[kind.statistics().assigned],
            LeaseState::Declined => &[kind.statistics().assigned, "declined-addresses"],
            LeaseState::Registered if kind == LeaseKind::Na => {
                return vec![Count::Subnet(lease.subnet, "registered-nas", 1)];
            }
            LeaseState::Registered | LeaseState::Reclaimed | LeaseState::Released => &[],
        };
        let pool = self.configuration.model.subnet(lease.subnet).and_then(|subnet| subnet.pool_of(lease.resource));
        let mut counts = Vec::new();
        for name in names {
            counts.push(Count::Subnet(lease.subnet, name, 1));
            counts.extend(pool.map(|pool| Count::Pool(lease.subnet, kind, pool.id, name, 1)));
        }
        counts
    }
}

/// Says in which direction a statistic moves.
const fn moved(tally: Count, by: i64) -> Count {
    match tally {
        Count::Global(name, _) => Count::Global(name, by),
        Count::Subnet(subnet, name, _) => Count::Subnet(subnet, name, by),
        Count::Pool(subnet, kind, pool, name, _) => Count::Pool(subnet, kind, pool, name, by),
    }
}

/// Makes the answer out of what a reader of arguments finds wrong.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn refusal(fault: config::Fault) -> Answer {
    Answer::error(fault.to_string())
}
